//! Synapses: what an arriving spike does to a cell over time. The weight belongs to the projection, the shape is here.
//!
//! To add a linear one: a file with a table and a `build`, and a line in [`SYNAPSES`].

use crate::model::ModelInfo;

pub mod alpha;
pub mod ampa;
pub mod delta;
pub mod dual_exponential;
pub mod exponential;
pub mod gaba_a;
pub mod gaba_b;
pub mod kinetic;
pub mod linear;
pub mod nmda;
pub mod quantal;
pub mod short_term;

pub use kinetic::Kinetic;
pub use linear::Linear;
pub use quantal::Quantal;
pub use short_term::ShortTerm;

/// The shelf.
pub const SYNAPSES: &[SynapseEntry] = &[
    SynapseEntry { info: &delta::INFO, build: delta::build },
    SynapseEntry { info: &exponential::INFO, build: exponential::build },
    SynapseEntry { info: &alpha::INFO, build: alpha::build },
    SynapseEntry { info: &dual_exponential::INFO, build: dual_exponential::build },
    SynapseEntry { info: &ampa::INFO, build: ampa::build },
    SynapseEntry { info: &nmda::INFO, build: nmda::build },
    SynapseEntry { info: &gaba_a::INFO, build: gaba_a::build },
    SynapseEntry { info: &gaba_b::INFO, build: gaba_b::build },
];

/// The tables of this shelf, in the order of the documentation.
pub const ALL: &[&ModelInfo] = &[
    &delta::INFO,
    &exponential::INFO,
    &alpha::INFO,
    &dual_exponential::INFO,
    &ampa::INFO,
    &nmda::INFO,
    &gaba_a::INFO,
    &gaba_b::INFO,
];

/// The synapse model of this name.
pub fn synapse(name: &str) -> Option<&'static SynapseEntry> {
    SYNAPSES.iter().find(|entry| entry.info.name == name)
}

/// A synapse, made for one dt.
#[derive(Clone, Debug, PartialEq)]
pub enum Synapse {
    /// V_m jumps by the weight.
    Delta,
    /// A current or conductance with a linear time course.
    Linear(Linear),
    /// Receptors on the transmitter of a terminal, graded by its potential.
    Kinetic(Kinetic),
}

pub struct SynapseEntry {
    pub info: &'static ModelInfo,
    /// Parameters in the order and units of the table, and dt in ms; an error in words. Those that are always conductances have an
    /// `E_rev` among them; others become one by it.
    pub build: fn(&[f64], f64) -> Result<Synapse, String>,
}
