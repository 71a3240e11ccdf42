//! A layered contrast, as read: what is shown to which network, in which codes.

use super::data::Data;
use crate::activations::Activation;
use crate::rate::layers::Layers;

/// Everything that `[data]`, `[layers]`, `[train]` and `[contrast.x]` say.
pub struct Plan {
    pub title: String,
    pub seed: u64,
    pub data: Data,
    pub sizes: Vec<usize>,
    pub activation: &'static dyn Activation,
    /// Given; else the network is trained.
    pub weights: Option<Layers>,
    pub train: Option<Training>,
    pub columns: Vec<ColumnPlan>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    pub epochs: usize,
    pub batch: usize,
    pub learning_rate: f64,
}

pub struct ColumnPlan {
    pub name: String,
    pub code: Code,
}

pub enum Code {
    Rate,
    Converted(Conversion),
    Surrogate(SurrogatePlan),
}

/// A trained network made to spike.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    pub cell: Cell,
    pub reset: Reset,
    pub normalize: Normalize,
    pub input: InputCode,
    /// Membrane at the start, in units of the threshold, below 1.
    pub initial: f64,
    pub readout: Readout,
    pub steps: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    If,
    /// V decays by this factor a step.
    Leaky {
        beta: f64,
    },
    /// Leaky integrate-and-fire in mV and pA: the name of its `[cell.x]`, the completed parameters of model `lif`.
    Biological {
        name: String,
        parameters: Vec<f64>,
        dt_ms: f64,
        tau_syn_ms: f64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    Subtract,
    Zero,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Normalize {
    Max,
    Percentile(f64),
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputCode {
    Current,
    Poisson,
    Latency,
    /// One integrate-and-fire unit an input, driven by its value.
    Regular,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readout {
    Current,
    Spikes,
}

/// A spiking network trained as such.
#[derive(Clone)]
pub struct SurrogatePlan {
    pub steps: usize,
    pub beta: f64,
    pub epochs: usize,
    pub batch: usize,
    pub learning_rate: f64,
    pub surrogate: Surrogate,
    /// Gives the surrogate's width.
    pub slope: f64,
    /// The network's weights, where they were given rather than trained.
    pub weights: Option<Layers>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surrogate {
    FastSigmoid,
    Arctan,
}
