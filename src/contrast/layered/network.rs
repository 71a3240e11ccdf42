//! The network of one batch: every layer a population of as many copies as there are samples.

use crate::contrast::plan::Reset;
use crate::lift::{Kernel, Parameters, lift};
use crate::network::{
    Body, DensePathway, Matrix, Network, PointBody, Population, Port, Probe, Quantity, RecordFormat, Recorder, Seeds,
};
use crate::neurons::{self, unit::Unit};
use crate::rate::layers::Dense;
use crate::synapses::{Linear, Synapse};
use std::sync::Arc;

/// A network made to spike, whatever its samples.
pub struct Wired {
    pub neurons: Neurons,
    /// `[layer]`: `[source][target]`, in what arrives per spike.
    pub matrices: Vec<Matrix>,
    /// Of the readout: as the last, in units of the normalised logits.
    readout: Matrix,
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

/// What the input layer is.
pub enum Source {
    /// Numbers, as currents into the first layer.
    Currents,
    /// Body of its population, and how its spikes act.
    Spikes(Body, Arrival),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// As any layer's.
    Ordinary,
    /// A spike switches its weight on as a current, until the end.
    Lasting,
}

impl Kind {
    fn kernel(&self, dt_ms: f64) -> Option<Box<dyn Kernel>> {
        match self {
            Kind::Unit { beta, reset } => Some(unit(*beta, 1.0, *reset)),
            Kind::Lif(parameters) => Some((neurons::point("lif")?.kernel)(Parameters::Same(parameters.clone()), dt_ms)),
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
        let matrices = layers.iter().map(|layer| transposed(layer, factor)).collect();
        let readout = layers.last().map_or(Matrix::Double(Arc::from([])), |layer| transposed(layer, logits));
        Wired { neurons, matrices, readout, layers, dt_ms }
    }

    /// Numbers of units, the inputs first.
    pub fn sizes(&self) -> Vec<usize> {
        let inputs = self.layers.first().map(|layer| layer.inputs);
        inputs.into_iter().chain(self.layers.iter().map(|layer| layer.outputs)).collect()
    }

    /// The network for `copies` samples and a window of `steps`. Without an input that spikes, `x` (`[copy][feature]`)
    /// are the numbers. Populations: the input if it spikes, the layers, the readout.
    pub fn network(&self, copies: usize, steps: usize, x: &[f64], source: Source, seed: u64) -> Network {
        let seeds = Seeds { structure: seed, input: seed, initial: seed };
        let mut network = Network::empty(self.dt_ms, seeds);
        let depth = self.layers.len();
        let first_asleep = u32::from(matches!(source, Source::Spikes(..)));
        network.steps = (steps + depth - 1) as i64 + i64::from(first_asleep);
        let mut before = None;
        let mut arrival = Arrival::Ordinary;
        if let Source::Spikes(body, acts) = source {
            arrival = acts;
            before = Some(self.add(&mut network, "input", self.sizes()[0] * copies, body));
        }
        let driven = before.is_none().then_some(x);
        for (number, layer) in self.layers.iter().enumerate() {
            let holding = self.currents(layer, copies, driven.filter(|_| number == 0));
            let asleep = first_asleep + number as u32;
            let lasting = number == 0 && arrival == Arrival::Lasting;
            let last = number + 1 == depth;
            if last {
                let holding: Vec<f64> = holding.iter().map(|i| (i - self.neurons.offset) / self.neurons.gain).collect();
                let body = Body::Point(point(counter(), 0.0, holding, asleep));
                let readout = self.add(&mut network, "readout", layer.outputs * copies, body);
                let scale = if lasting { transposed(layer, 1.0) } else { self.readout.clone() };
                self.connect(&mut network, before, readout, copies, scale, lasting);
                network.recorders.push(watched(readout, layer.outputs * copies, network.steps));
            }
            let Some(kernel) = self.neurons.kind.kernel(self.dt_ms) else { continue };
            let body = Body::Point(point(kernel, self.neurons.initial, holding, asleep));
            let population = self.add(&mut network, &format!("layer{}", number + 1), layer.outputs * copies, body);
            let weights = if lasting { transposed(layer, self.neurons.gain) } else { self.matrices[number].clone() };
            self.connect(&mut network, before, population, copies, weights, lasting);
            before = Some(population);
        }
        network
    }

    fn add(&self, network: &mut Network, name: &str, size: usize, body: Body) -> usize {
        let population = Population { name: name.into(), cell: name.into(), size, body, detectors: vec![] };
        network.populations.push(population);
        network.populations.len() - 1
    }

    fn connect(
        &self,
        network: &mut Network,
        source: Option<usize>,
        target: usize,
        copies: usize,
        weights: Matrix,
        lasting: bool,
    ) {
        let Some(source) = source else { return };
        let tau = if lasting { Some(f64::INFINITY) } else { self.neurons.tau_syn_ms };
        let synapse = tau.map_or(Synapse::Delta, |tau| Synapse::Linear(Linear::exponential(tau, self.dt_ms)));
        network.ports.push(Port {
            population: target,
            synapse_name: "weights".into(),
            place: None,
            site: String::new(),
            synapse,
            reversal: None,
            late: false,
            initial: None,
        });
        network.dense.push(DensePathway { source, port: network.ports.len() - 1, delay: 1, copies, weights });
    }

    /// The constant current into each unit of a layer: its bias, and what numbers bring in.
    fn currents(&self, layer: &Dense, copies: usize, x: Option<&[f64]>) -> Vec<f64> {
        let act = |drive: f64| self.neurons.offset + self.neurons.gain * drive;
        let mut currents = Vec::with_capacity(copies * layer.outputs);
        for copy in 0..copies {
            let inputs = x.map(|x| &x[copy * layer.inputs..(copy + 1) * layer.inputs]);
            for (row, bias) in layer.weights.chunks_exact(layer.inputs).zip(&layer.bias) {
                let sum = inputs.map_or(0.0, |x| row.iter().zip(x).map(|(w, x)| w * x).sum());
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

fn point(kernel: Box<dyn Kernel>, v: f64, holding: Vec<f64>, asleep: u32) -> PointBody {
    let initial = vec![vec![v; holding.len()]];
    PointBody { kernel, initial, threshold: None, parameters: vec![], holding, asleep }
}

/// `[source][target]`, times `factor`; in single precision if that loses nothing.
fn transposed(layer: &Dense, factor: f64) -> Matrix {
    let at = |index: usize| layer.weights[index % layer.outputs * layer.inputs + index / layer.outputs] * factor;
    let count = layer.weights.len();
    if (0..count).all(|index| f64::from(at(index) as f32) == at(index)) {
        Matrix::Single((0..count).map(|index| at(index) as f32).collect())
    } else {
        Matrix::Double((0..count).map(at).collect())
    }
}

fn watched(population: usize, neurons: usize, steps: i64) -> Recorder {
    let probe = |neuron: usize| Probe {
        population,
        neuron: neuron as u32,
        site: String::new(),
        section: None,
        position: None,
        distance_um: None,
        variable: "V_m".into(),
        unit: String::new(),
        what: Quantity::State(0),
    };
    Recorder {
        name: "readout".into(),
        start: 0,
        stop: steps,
        every: 1,
        format: RecordFormat::Npz,
        hidden: true,
        probes: (0..neurons).map(probe).collect(),
        spikes: vec![],
    }
}
