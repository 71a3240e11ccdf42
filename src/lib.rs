//! axonal: a biologically flavoured spiking-neuron simulator.
//!
//! A stimulus depolarises a membrane; past a threshold it fires an action potential; that travels down the axon, a cable
//! with a finite speed, and reaches the next neuron through a chemical synapse (a delay, a conductance, a reversal
//! potential) or an electrical one (a gap junction: no delay, both ways). A TOML file says what neurons are made of, how
//! they are wired and what is done to them; axonal simulates it, measures it and draws it.
//!
//! The command line does this with files. From Rust:
//!
//! ```
//! use axonal::{Config, Simulation};
//!
//! let mut config = Config::new();
//! config.run().duration("50 ms").dt("0.025 ms").temperature("6.3 degC");
//! config.cell("squid").model("hodgkin_huxley");
//! config.population("axon").cell("squid").size(1);
//! config.stimulus("touch").kind("step").to("axon").amplitude("10 uA/cm^2").start("5 ms");
//! config.recorder("v").of("axon").what(["V_m", "spikes"]).every("0.05 ms");
//!
//! let finished = Simulation::new(config)?.run()?;
//! let spikes = &finished.recording.spikes[0].times_ms;
//! assert_eq!(spikes.len(), 3);
//! assert!((spikes[0] - 6.8967).abs() < 1e-3); // scipy, rtol 1e-11: 6.896665 ms
//! # Ok::<(), axonal::Error>(())
//! ```
//!
//! # The map
//!
//! ```text
//! text -> Config (as written, with places) -> Network (constant) + state (what changes)
//!      -> Engine, step by step -> Recording -> plots, measures, report -> run directory
//! ```
//! A module imports only from floors below its own (`tests/tidy.rs` checks it):
//!
//! | floor | module | holds |
//! |---|---|---|
//! | 0 | [`error`] | one error: what, where, why, what to do; many at once |
//! | 1 | [`units`], [`num`], [`files`] | dimensions; our own exp, random streams, CPU dispatch; the only way to the disk |
//! | 2 | [`model`] | what every model says about itself: the table that validation, docs and labels read |
//! | 3 | [`lift`] | the author's door (one cell) and the engine's (a population), and the way between |
//! | 4 | [`neurons`], [`mechanisms`], [`synapses`], [`stimuli`], [`connectivity`], [`activations`] | shelves: one file a model, and a list |
//! | 5 | [`config`], [`cable`], [`recording`] | what the user wrote; cells with a shape and their solver; what was seen |
//! | 6 | [`network`] | what is simulated: the only place where names meet numbers |
//! | 7 | [`engine`], [`rate`] | time: the step, delivery, threads; the network of numbers beside it |
//! | 8 | [`plots`] | pictures of a [`Recording`], which is all they see |
//! | 9 | [`report`] | `run.json` and the lines on the terminal |
//! | 10 | [`simulation`] | the wiring of all these |
//! | 11 | [`contrast`] | the spiking network beside the one of numbers |
//! | 12 | [`cli`] | the command line |
//!
//! # Where to add things
//!
//! - a point neuron: a file in [`neurons`] that implements [`lift::NeuronModel`], and a line in its list;
//! - an ion channel: a file in [`mechanisms`] that implements [`mechanisms::Mechanism`], and a line;
//! - a synapse, a stimulus, a connection rule: a file on its shelf, and a line;
//! - a plot: a file in [`plots`] that draws a [`Recording`];
//! - a key of the config: the file in [`network`] that reads its table.
//!
//! # Decisions that everything rests on
//!
//! - Time is an integer step; written times are exact decimals.
//! - State is f64; results are the same bits for any number of threads and any CPU: random numbers are a pure function
//!   of (seed, purpose, who, step), sums have a fixed order, and no result uses the platform's `exp`.
//! - Linear cells are integrated exactly, cables by an L-stable implicit method of second order, events included.
//! - A model is the equations of one cell and a table; the engine has never heard of names, units or files.

pub mod activations;
pub mod cable;
pub mod cli;
pub mod config;
pub mod connectivity;
pub mod contrast;
pub mod engine;
pub mod error;
pub mod files;
pub mod lift;
pub mod mechanisms;
pub mod model;
pub mod network;
pub mod neurons;
pub mod num;
pub mod plots;
pub mod rate;
pub mod recording;
pub mod report;
pub mod simulation;
pub mod stimuli;
pub mod synapses;
pub mod units;

pub use config::Config;
pub use error::Error;
pub use recording::Recording;
pub use simulation::{Finished, Progress, RunOptions, Simulation};
