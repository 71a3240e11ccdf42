//! A stack of dense layers: y = f(W x + b), the last one linear.

use crate::activations::Activation;

/// One layer's weights. Numbers that were given in single precision are kept exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    pub inputs: usize,
    pub outputs: usize,
    /// `[output][input]`, row by row, as in the files of weights.
    pub weights: Vec<f64>,
    /// `[output]`.
    pub bias: Vec<f64>,
}

/// The whole network; `activation` stands between the layers, the last is linear.
#[derive(Clone)]
pub struct Layers {
    pub dense: Vec<Dense>,
    pub activation: &'static dyn Activation,
    /// Every number is exact in single precision.
    pub single: bool,
}

impl Layers {
    /// Numbers of units, the inputs first.
    pub fn sizes(&self) -> Vec<usize> {
        let first = self.dense.first().map(|layer| layer.inputs);
        first.into_iter().chain(self.dense.iter().map(|layer| layer.outputs)).collect()
    }

    /// Multiply-accumulates for one sample, layer by layer.
    pub fn macs(&self) -> Vec<u64> {
        self.dense.iter().map(|layer| (layer.inputs * layer.outputs) as u64).collect()
    }
}
