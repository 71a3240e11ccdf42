//! Synapses: what an arriving spike does to a cell over time. The weight belongs to the projection, the shape is here.
//!
//! To add a linear one: a file with a table and a `build`, and a line in [`SYNAPSES`].

use crate::model::ModelInfo;

pub mod alpha;
pub mod delta;
pub mod dual_exponential;
pub mod exponential;
pub mod linear;
pub mod short_term;

pub use linear::Linear;
pub use short_term::ShortTerm;

/// The shelf.
pub const SYNAPSES: &[SynapseEntry] = &[
    SynapseEntry { info: &delta::INFO, build: delta::build },
    SynapseEntry { info: &exponential::INFO, build: exponential::build },
    SynapseEntry { info: &alpha::INFO, build: alpha::build },
    SynapseEntry { info: &dual_exponential::INFO, build: dual_exponential::build },
];

/// The tables of this shelf, in the order of the documentation.
pub const ALL: &[&ModelInfo] = &[&delta::INFO, &exponential::INFO, &alpha::INFO, &dual_exponential::INFO];

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
}

pub struct SynapseEntry {
    pub info: &'static ModelInfo,
    /// Parameters in the order and units of the table, and dt in ms; an error in words.
    pub build: fn(&[f64], f64) -> Result<Synapse, String>,
}
