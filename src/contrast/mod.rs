//! Spikes beside numbers: one network, two codes, compared in figures and pictures.
//!
//! Two kinds: a config with `[layers]` is a layered contrast (one trained network as numbers, converted to spikes, as
//! biological neurons, trained as spikes); any other gets a twin, population by population.

pub mod curves;
pub mod data;
pub mod html;
pub mod plan;
pub mod seen;

use html::Section;

/// What a contrast found, ready to be written: `contrast.json`, `contrast.html`, pictures, lines for the terminal.
#[derive(Default)]
pub struct Findings {
    pub json: serde_json::Map<String, serde_json::Value>,
    pub sections: Vec<Section>,
    pub summary: String,
    pub warnings: Vec<String>,
}

/// How far a contrast is.
#[derive(Clone, Copy, Debug)]
pub struct Stage<'a> {
    /// "training", "spiking: column `converted`".
    pub what: &'a str,
    pub done: u64,
    pub of: u64,
}

/// Is told how far a contrast is; true asks to stop.
pub type Progress<'p> = dyn FnMut(Stage) -> bool + Send + 'p;
