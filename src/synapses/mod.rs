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
    SynapseEntry { info: &delta::INFO, build: delta::build, reversal: None },
    SynapseEntry { info: &exponential::INFO, build: exponential::build, reversal: None },
    SynapseEntry { info: &alpha::INFO, build: alpha::build, reversal: None },
    SynapseEntry { info: &dual_exponential::INFO, build: dual_exponential::build, reversal: None },
    SynapseEntry { info: &ampa::INFO, build: ampa::build, reversal: Some(ampa::REVERSAL) },
    SynapseEntry { info: &nmda::INFO, build: nmda::build, reversal: Some(nmda::REVERSAL) },
    SynapseEntry { info: &gaba_a::INFO, build: gaba_a::build, reversal: Some(gaba_a::REVERSAL) },
    SynapseEntry { info: &gaba_b::INFO, build: gaba_b::build, reversal: Some(gaba_b::REVERSAL) },
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
    /// Parameters in the order and units of the table, and dt in ms; an error in words.
    pub build: fn(&[f64], f64) -> Result<Synapse, String>,
    /// `E_rev` (mV) where the table leaves it out, of those that are always conductances.
    pub reversal: Option<f64>,
}
