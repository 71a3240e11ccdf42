//! The converted network as layers of neurons that the engine knows.

use crate::contrast::plan::Reset;
use crate::engine::layers::{Arrival, Inlet, Layer, Stack, Weights};
use crate::lift::{Kernel, Parameters, lift};
use crate::neurons::{lif::Lif, unit::Unit};
use crate::rate::layers::Dense;
use crate::synapses::Linear;
use std::sync::Arc;

/// A network made to spike, whatever its samples.
pub struct Wired {
    pub neurons: Neurons,
    /// `[layer]`: `[source][target]`, in what arrives per spike.
    matrices: Vec<Arc<Weights>>,
    /// Of the readout: as the last, in units of the normalised logits.
    readout: Arc<Weights>,
    /// The layers as converted.
    pub layers: Vec<Dense>,
    pub dt_ms: f64,
}

/// How the converted numbers act on one kind of neuron.
#[derive(Clone)]
pub struct Neurons {
    pub kind: Kind,
    /// V_m at the start.
    pub initial: f64,
    /// The current for an input of 0, and what an input of 1 adds to it.
    pub offset: f64,
    pub gain: f64,
    /// Spikes a step for an activation of 1.
    pub full_rate: f64,
    /// None: a spike's weight is a jump of V.
    pub tau_syn_ms: Option<f64>,
}

#[derive(Clone)]
pub enum Kind {
    Unit {
        beta: f64,
        reset: Reset,
    },
    /// Completed parameters of model `lif`.
    Lif(Vec<f64>),
}

impl Kind {
    fn kernel(&self, dt_ms: f64) -> Box<dyn Kernel> {
        match self {
            Kind::Unit { beta, reset } => unit(*beta, 1.0, *reset),
            Kind::Lif(parameters) => lift::<Lif>(Parameters::Same(parameters.clone()), dt_ms),
        }
    }
}

fn unit(beta: f64, theta: f64, reset: Reset) -> Box<dyn Kernel> {
    let parameters = Parameters::Same(vec![beta, theta]);
    match reset {
        Reset::Subtract => lift::<Unit<true>>(parameters, 1.0),
        Reset::Zero => lift::<Unit<false>>(parameters, 1.0),
    }
}

/// Adds its input up, and never fires.
fn counter() -> Box<dyn Kernel> {
    unit(1.0, f64::INFINITY, Reset::Subtract)
}

impl Wired {
    pub fn new(neurons: Neurons, layers: Vec<Dense>, dt_ms: f64) -> Wired {
        let logits = neurons.logits_per_event(dt_ms);
        let factor = logits * neurons.gain;
        let matrices = layers.iter().map(|layer| Arc::new(transposed(layer, factor))).collect();
        let readout =
            Arc::new(layers.last().map_or_else(|| Weights::new(0, 0, |_, _| 0.0), |layer| transposed(layer, logits)));
        Wired { neurons, matrices, readout, layers, dt_ms }
    }

    /// Numbers of units, the inputs first.
    pub fn sizes(&self) -> Vec<usize> {
        let inputs = self.layers.first().map(|layer| layer.inputs);
        inputs.into_iter().chain(self.layers.iter().map(|layer| layer.outputs)).collect()
    }

    /// The layers and their readout, which sums up what the last of them hears. `from_spikes`: the input spikes, and
    /// `lasting`: such a spike switches its weight on as a current, until the end.
    pub fn stack(&self, from_spikes: bool, lasting: bool) -> Stack {
        let mut layers = vec![];
        for (number, dense) in self.layers.iter().enumerate() {
            let inlet = |weights: &Arc<Weights>, factor: f64, kernel: &dyn Kernel| {
                let first = number == 0;
                (!first || from_spikes).then(|| match first && lasting {
                    true => {
                        let weights = Arc::new(transposed(dense, factor));
                        Inlet { from: 0, weights, arrival: Arrival::Lasting }
                    }
                    false => Inlet { from: number, weights: Arc::clone(weights), arrival: self.arrival(kernel) },
                })
            };
            let kernel = self.neurons.kind.kernel(self.dt_ms);
            layers.push(Layer {
                name: format!("layer {}", number + 1),
                neurons: dense.outputs,
                inlet: inlet(&self.matrices[number], self.neurons.gain, &*kernel),
                initial: self.neurons.initial,
                kernel,
            });
            if number + 1 == self.layers.len() {
                let kernel = counter();
                let inlet = inlet(&self.readout, 1.0, &*kernel);
                layers.push(Layer { name: "readout".into(), neurons: dense.outputs, kernel, initial: 0.0, inlet });
            }
        }
        Stack { layers }
    }

    /// What a spike does between two layers.
    fn arrival(&self, kernel: &dyn Kernel) -> Arrival {
        let Some(tau) = self.neurons.tau_syn_ms else { return Arrival::Jump };
        let linear = Linear::exponential(tau, self.dt_ms);
        let mean = kernel.tau_m(0).map_or_else(|| linear.mean(), |tau_m| linear.equivalent(tau_m))[0];
        Arrival::Decaying { decay: linear.propagate()[0][0], mean }
    }

    /// `[layer]`: the constant current into each unit, of the readout last: biases, and what numbers `x`
    /// (`[copy][feature]`) bring into the first.
    pub fn holding(&self, x: Option<&[f64]>) -> Vec<Vec<f64>> {
        let first = |number: usize| x.filter(|_| number == 0);
        let of = |(number, layer): (usize, &Dense)| self.currents(layer, first(number));
        let mut all: Vec<Vec<f64>> = self.layers.iter().enumerate().map(of).collect();
        let Neurons { offset, gain, .. } = self.neurons;
        all.extend(all.last().map(|last| last.iter().map(|i| (i - offset) / gain).collect::<Vec<_>>()));
        all
    }

    /// The constant current into each unit of a layer: its bias, and what numbers bring in.
    fn currents(&self, layer: &Dense, x: Option<&[f64]>) -> Vec<f64> {
        let act = |drive: f64| self.neurons.offset + self.neurons.gain * drive;
        let Some(x) = x else { return layer.bias.iter().map(|bias| act(*bias)).collect() };
        let mut currents = Vec::with_capacity(x.len() / layer.inputs * layer.outputs);
        for inputs in x.chunks_exact(layer.inputs) {
            for (row, bias) in layer.weights.chunks_exact(layer.inputs).zip(&layer.bias) {
                let sum: f64 = row.iter().zip(inputs).map(|(w, x)| w * x).sum();
                currents.push(act(sum + bias));
            }
        }
        currents
    }
}

impl Neurons {
    /// A spike's worth in units of the normalised input, per step of a steady input: a neuron that fires at the full
    /// rate adds 1 x weight.
    fn logits_per_event(&self, dt_ms: f64) -> f64 {
        match self.tau_syn_ms {
            None => 1.0,
            // The mean of exponentials that each hold tau / dt steps' worth.
            Some(tau) => dt_ms / (tau * self.full_rate),
        }
    }
}

/// `[source][target]`, times `factor`.
fn transposed(layer: &Dense, factor: f64) -> Weights {
    Weights::new(layer.inputs, layer.outputs, |source, target| layer.weights[target * layer.inputs + source] * factor)
}
