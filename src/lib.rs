//! axonal: a biologically flavoured spiking-neuron simulator.
pub mod cable;
pub mod cli;
pub mod config;
pub mod connectivity;
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
