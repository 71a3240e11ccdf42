//! A stack of dense layers: y = f(W x + b), the last one linear.

use crate::activations::Activation;
use rayon::prelude::*;

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

    /// Activations of the hidden layers, then the logits, each `[sample][unit]`, of `samples` rows of `x`, in double
    /// precision: every sum from the first input to the last.
    pub fn activations_f64(&self, x: &[f64], samples: usize) -> Vec<Vec<f64>> {
        let mut all: Vec<Vec<f64>> = Vec::new();
        for (number, layer) in self.dense.iter().enumerate() {
            let before = all.last().map_or(x, Vec::as_slice);
            let hidden = number + 1 < self.dense.len();
            let mut values = vec![0.0; samples * layer.outputs];
            let rows = values.par_chunks_exact_mut(layer.outputs).zip(before.par_chunks_exact(layer.inputs));
            rows.for_each(|(out, input)| {
                layer.apply(input, out);
                if hidden {
                    out.iter_mut().for_each(|value| *value = self.activation.value(*value));
                }
            });
            all.push(values);
        }
        all
    }
}

impl Dense {
    /// W x + b of one sample.
    fn apply(&self, x: &[f64], out: &mut [f64]) {
        for ((row, bias), out) in self.weights.chunks_exact(self.inputs).zip(&self.bias).zip(out) {
            *out = bias + row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
        }
    }
}
