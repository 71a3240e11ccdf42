//! What is simulated: everything that is constant once it is built.
//!
//! [`build`](build()) is the only place where names meet numbers: it reads a [`Config`](crate::config::Config), asks
//! the shelves for their tables, and returns a [`Network`] of indices, steps and numbers in the units of `units.rs`.
//! The network knows nothing of time's passing: what changes is the engine's state.

pub mod apart;
mod autapses;
mod blocks;
mod build;
mod by_use;
mod cells;
mod chain;
mod chemical;
mod clamp;
mod connection_file;
pub mod connections;
mod context;
mod course;
mod distance;
mod draw;
pub mod drive;
pub mod duration;
pub mod estimate;
mod expect;
mod gaps;
mod gates;
mod graded;
mod grain;
mod initial;
mod ions;
mod measures;
mod morphology;
mod point_rest;
mod poisson;
mod populations;
mod positions;
mod projections;
mod rates;
mod recorded;
mod recorders;
mod resources;
mod rule;
mod run;
mod sections;
mod spike_file;
mod spike_times;
mod spikes;
mod stimuli;
mod synapses;
mod synaptic_initial;
mod targets;
mod time_grid;
mod unread;
mod warnings;
mod windows;

pub use blocks::Blocked;
pub use build::{build, outline};
pub use chemical::Chemical;
pub use context::Built;
pub use drive::{Drive, PoissonRun};
pub(crate) use gates::cable_variables;
pub use morphology::Reconstruction;
pub use positions::Positions;
pub use time_grid::TimeGrid;

use crate::cable::{Place, Tree};
use crate::lift::Kernel;
use crate::model::ModelInfo;
use crate::num::poisson::{InCommon, PoissonTable};
use crate::num::rng::{Key, Purpose};
use crate::recording::measures::MeasureSpec;
use crate::stimuli::course::Course;
use crate::synapses::{Kinetic, Quantal, ShortTerm, Synapse};
use connections::Connections;
use std::sync::Arc;

/// The whole network. Times are steps, potentials mV, currents pA, conductances nS.
pub struct Network {
    pub title: String,
    pub dt_ms: f64,
    pub grid: TimeGrid,
    pub steps: i64,
    pub warmup: i64,
    pub temperature_celsius: f64,
    pub seeds: Seeds,
    pub populations: Vec<Population>,
    pub ports: Vec<Port>,
    pub pathways: Vec<Pathway>,
    pub graded: Vec<Graded>,
    pub gaps: Vec<Gap>,
    pub stimuli: Vec<Stimulus>,
    pub blocked: Vec<Blocked>,
    pub recorders: Vec<Recorder>,
    pub measures: Vec<MeasureSpec>,
    pub expectations: Vec<Expectation>,
    /// Of the `[gap_junction]` tables.
    pub gap_names: Vec<String>,
    /// Written delays and times that were rounded: how many, and the largest shift in ms.
    pub rounded: (u64, f64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seeds {
    pub structure: u64,
    pub input: u64,
    pub initial: u64,
}

impl Seeds {
    /// The seed for what `purpose` draws.
    pub fn of(&self, purpose: Purpose) -> u64 {
        match purpose {
            Purpose::Structure | Purpose::Weight | Purpose::Delay | Purpose::Parameter => self.structure,
            Purpose::Initial => self.initial,
            _ => self.input,
        }
    }

    /// The random stream of a population for `purpose`.
    pub fn key(&self, purpose: Purpose, population: &str) -> Key {
        Key::new(self.of(purpose), purpose, population_key(population))
    }
}

/// Neurons of one kind.
pub struct Population {
    pub name: String,
    pub cell: String,
    pub size: usize,
    pub body: Body,
    /// Where spikes are detected; the first is `spike.at`, the others are asked for by projections and recorders.
    /// Empty for models that reset and for sources, which have one kind of spike.
    pub detectors: Vec<Detector>,
    pub positions: Option<Positions>,
}

impl Population {
    /// Kinds of spike that it emits: one, or one per detector.
    pub fn triggers(&self) -> usize {
        self.detectors.len().max(1)
    }

    /// Its spikes fall between grid points.
    pub fn crosses(&self) -> bool {
        matches!(self.body, Body::Cable(_))
    }

    pub fn model(&self) -> &'static ModelInfo {
        match &self.body {
            Body::Point(point) => point.kernel.info(),
            Body::Cable(cable) => cable.info,
            Body::Poisson(_) => &crate::neurons::poisson::INFO,
            Body::SpikeSource(_) => &crate::neurons::spike_source::INFO,
        }
    }
}

/// An upward crossing of `threshold` at `place` is a spike.
#[derive(Clone, Debug)]
pub struct Detector {
    pub label: String,
    pub place: Place,
    pub threshold: f64,
}

pub enum Body {
    Point(PointBody),
    Cable(CableBody),
    Poisson(PoissonBody),
    /// (step, neuron), ascending; without a neuron, all.
    SpikeSource(Arc<[(i64, Option<u32>)]>),
}

/// Neurons that spike by chance.
pub struct PoissonBody {
    /// Numbers of spikes a step, of each neuron or one for all; of the mean over the run, where the rate follows a course.
    pub tables: Vec<PoissonTable>,
    /// Means a step, the same for all.
    pub course: Option<Course>,
    pub in_common: Option<InCommon>,
}

impl PoissonBody {
    pub fn table(&self, neuron: usize) -> &PoissonTable {
        &self.tables[if self.tables.len() == 1 { 0 } else { neuron }]
    }
}

pub struct PointBody {
    pub kernel: Box<dyn Kernel>,
    /// `[state][neuron]` at step 0.
    pub initial: Vec<Vec<f64>>,
    /// For messages, plots: the threshold where spikes are cut off, of the first neuron.
    pub threshold: Option<f64>,
    /// `[parameter]`, of the first neuron.
    pub parameters: Vec<f64>,
}

pub struct CableBody {
    pub info: &'static ModelInfo,
    pub tree: Arc<Tree>,
    pub section_names: Vec<String>,
    pub sections: Vec<crate::cable::SectionSpec>,
    /// Drawn or set per neuron: (mechanism, parameter, value per neuron).
    pub overrides: Vec<crate::cable::Override>,
    /// V_m at the start per neuron; None solves for the resting state.
    pub v: Vec<Option<f64>>,
    /// (mechanism, gate, value per neuron).
    pub gates: Vec<(usize, usize, Vec<f64>)>,
    /// A constant current (pA) per neuron into the whole cell: `I_e` of `hodgkin_huxley`.
    pub holding: f64,
    pub morphology: Option<Reconstruction>,
}

/// Where synapses of one table meet one place of one population: they share their state.
pub struct Port {
    pub population: usize,
    pub synapse_name: String,
    pub place: Option<Place>,
    /// As the user wrote it, empty for point neurons.
    pub site: String,
    pub synapse: Synapse,
    /// `Some`: a conductance (nS); `None`: a current.
    pub reversal: Option<f64>,
    /// Depression and facilitation of what arrives.
    pub short_term: Option<ShortTerm>,
    /// Release by chance.
    pub quantal: Option<Quantal>,
    /// Events may arrive between grid points.
    pub late: bool,
    /// [state 0] per neuron at the start, if not zero.
    pub initial: Option<Vec<f64>>,
}

/// The part of a projection from one trigger of one population to one port.
pub struct Pathway {
    pub projection: usize,
    pub name: String,
    pub source: usize,
    pub trigger: usize,
    pub port: usize,
    pub connections: Connections,
}

/// Chemical synapses with a state for each terminal: receptors on its transmitter.
pub struct Graded {
    pub projection: usize,
    pub name: String,
    pub synapse_name: String,
    pub source: usize,
    pub opened_by: Opening,
    pub port: usize,
    pub receptor: Kinetic,
    /// Depression and facilitation of the pulses that open it.
    pub short_term: Option<ShortTerm>,
    /// Their delays mean something to spikes alone.
    pub connections: Connections,
}

/// What opens receptors.
pub enum Opening {
    /// The potential at a place, or the transmitter there.
    Potential {
        place: Place,
        /// As the user wrote it.
        site: String,
        /// Mechanism and variable that hold the transmitter, of a cascade.
        cascade: Option<(usize, usize)>,
    },
    /// Spikes of this trigger.
    Spikes(usize),
}

impl Graded {
    /// Which spikes open it.
    pub fn trigger(&self) -> Option<usize> {
        match self.opened_by {
            Opening::Spikes(trigger) => Some(trigger),
            Opening::Potential { .. } => None,
        }
    }
}

/// One electrical synapse between two sites.
#[derive(Clone, Debug)]
pub struct Gap {
    /// Index of its `[gap_junction]` table.
    pub table: usize,
    pub a: Site,
    pub b: Site,
    /// nS.
    pub conductance: f64,
}

/// A place of a neuron; no place for a point neuron.
#[derive(Clone, Debug)]
pub struct Site {
    pub population: usize,
    pub neuron: u32,
    pub place: Option<Place>,
}

pub struct Stimulus {
    pub name: String,
    pub kind: &'static str,
    pub start: i64,
    pub stop: i64,
    pub targets: Vec<StimulusTarget>,
    pub drive: Drive,
    /// Of the amplitudes as the user sees them.
    pub unit: String,
    /// One per neuron reached, in `unit`.
    pub amplitudes: Vec<f64>,
    /// Noise: one for all neurons.
    pub shared: bool,
    /// Of its random streams.
    pub key: u64,
}

impl Network {
    /// Nobody in it yet, no step to do.
    pub fn empty(dt_ms: f64, seeds: Seeds) -> Network {
        Network {
            title: String::new(),
            dt_ms,
            grid: TimeGrid::new(dt_ms),
            steps: 0,
            warmup: 0,
            temperature_celsius: 6.3,
            seeds,
            populations: vec![],
            ports: vec![],
            pathways: vec![],
            graded: vec![],
            gaps: vec![],
            stimuli: vec![],
            blocked: vec![],
            recorders: vec![],
            measures: vec![],
            expectations: vec![],
            gap_names: vec![],
            rounded: (0, 0.0),
        }
    }

    /// The time of a step in ms.
    pub fn time_ms(&self, step: i64) -> f64 {
        self.grid.time_ms(step)
    }
}

impl Stimulus {
    /// It injects a current, rather than spikes.
    pub fn is_current(&self) -> bool {
        matches!(self.drive, Drive::Currents(_) | Drive::Noise(_) | Drive::Clamps(_))
    }
}

/// Neurons of one population that a stimulus reaches.
pub struct StimulusTarget {
    pub population: usize,
    pub neurons: Vec<u32>,
    /// Current of amplitude 1 (in the drive's unit) into each of these places; empty for point neurons.
    pub places: Vec<(Place, f64)>,
    /// pA (or mV/ms) per unit that the user wrote.
    pub factor: f64,
    /// The port, for events.
    pub port: Option<usize>,
    /// Position of its first neuron among all that the stimulus reaches.
    pub first: usize,
}

pub struct Recorder {
    pub name: String,
    pub start: i64,
    pub stop: i64,
    pub every: i64,
    pub format: RecordFormat,
    /// Feeds a measure: neither written nor part of the digest.
    pub hidden: bool,
    pub probes: Vec<Probe>,
    /// (population, trigger, neurons) whose spikes it writes.
    pub spikes: Vec<(usize, usize, Vec<u32>)>,
    /// Whose spikes it counts in bins of `every`.
    pub rates: Vec<Counted>,
    /// Projections whose connections it writes.
    pub wiring: Vec<String>,
}

/// Neurons whose spikes are counted together, those at `spike.at`.
pub struct Counted {
    /// As the user wrote it: `exc`, `exc[0..400]`.
    pub name: String,
    pub population: usize,
    pub neurons: Vec<u32>,
}

impl Recorder {
    /// It writes a table of its own, beside the spikes that all recorders share a file for.
    pub fn has_table(&self) -> bool {
        !self.hidden && self.probes.len() + self.rates.len() > 0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordFormat {
    Csv,
    Npz,
}

impl RecordFormat {
    pub fn name(self) -> &'static str {
        match self {
            RecordFormat::Csv => "csv",
            RecordFormat::Npz => "npz",
        }
    }
}

/// One number to be sampled.
#[derive(Clone, Debug)]
pub struct Probe {
    pub population: usize,
    pub neuron: u32,
    pub site: String,
    pub section: Option<String>,
    pub position: Option<f64>,
    pub distance_um: Option<f64>,
    pub variable: String,
    pub unit: String,
    pub what: Quantity,
}

#[derive(Clone, Debug)]
pub enum Quantity {
    /// State column of a point neuron.
    State(usize),
    Voltage(Place),
    Gate {
        mechanism: usize,
        gate: usize,
        place: Place,
    },
    MechanismCurrent {
        mechanism: usize,
        /// Of one kind of its channels: the parameter that is their conductance.
        only: Option<usize>,
        place: Place,
    },
    /// u (0) or x (1) of a source, for spikes of a trigger.
    Resource {
        trigger: usize,
        short_term: ShortTerm,
        which: usize,
    },
    /// Vesicles of a source's synapses of pathways: one of [`quantal::VARIABLES`](crate::synapses::quantal::VARIABLES).
    Vesicles {
        pathways: Vec<usize>,
        which: usize,
    },
    /// One of [`kinetic::VARIABLES`](crate::synapses::kinetic::VARIABLES) of a terminal.
    Transmitter {
        graded: usize,
        which: usize,
    },
    PortState(usize),
    PortCurrent(usize),
    StimulusCurrent {
        stimulus: usize,
    },
    GapCurrent {
        table: usize,
        place: Option<Place>,
    },
}

pub struct Expectation {
    pub what: Expected,
    /// As written: `chain.spikes`.
    pub key: String,
    pub low: f64,
    pub high: f64,
    pub unit: String,
    pub span: crate::error::Span,
}

#[derive(Clone, Debug)]
pub enum Expected {
    Rate(usize),
    Cv(usize),
    Spikes(usize),
    Measure(usize),
}

/// Of the random streams of a population.
pub(crate) fn population_key(name: &str) -> u64 {
    targets::name_key(&["population", name])
}
