//! How long a run will take, before it is run: to know whether to wait or to come back tomorrow.
//!
//! Costs are those that `axonal run --profile` prints, of one thread of a processor of 2023 with wide vectors: the configs that
//! ship lie within a factor of two of them there. What nobody can know is how often neurons will fire.

use super::{Body, Drive, Network, Population};

/// What neurons are taken to fire at.
pub const ASSUMED_HZ: f64 = 5.0;

/// ns for a step of a point neuron with current synapses: linear, with exponentials, a source.
const LINEAR: f64 = 0.6;
const NONLINEAR: f64 = 6.0;
const SOURCE: f64 = 4.0;
/// ns more where conductances reach it.
const CONDUCTING: f64 = 0.6;
/// ns for a step of a compartment with gates.
const COMPARTMENT: f64 = 18.0;
/// ns for a step of a neuron that Poisson input reaches; for one with a current that changes.
const RAIN: f64 = 1.0;
const WAVE: f64 = 10.0;
/// ns for a step of a gap junction; for Poisson input where each neuron has a rate of its own.
const GAP: f64 = 25.0;
const OWN_RAIN: f64 = 40.0;
/// ns for a synaptic event, and for building a synapse; one of a rule of space.
const EVENT: f64 = 1.5;
const SYNAPSE: f64 = 40.0;
const SYNAPSE_IN_SPACE: f64 = 350.0;
/// ns for a step, whatever it does.
const STEP: f64 = 400.0;
/// ns for a sample that is recorded.
const SAMPLE: f64 = 50.0;

/// To build and to simulate on one thread.
pub fn seconds(network: &Network) -> f64 {
    let steps = network.steps as f64;
    let neurons: f64 = network.populations.iter().enumerate().map(|(index, _)| of_neurons(network, index)).sum();
    let stimuli: f64 = network.stimuli.iter().map(of_stimulus).sum();
    let samples: f64 =
        network.recorders.iter().map(|recorder| recorder.probes.len() as f64 / recorder.every as f64 * SAMPLE).sum();
    let gaps = network.gaps.len() as f64 * GAP;
    let (mut events, mut building) = (0.0, 0.0);
    for chemical in network.chemical() {
        let synapses = chemical.connections.len() as f64;
        let hz = known_hz(network, &network.populations[chemical.source]).unwrap_or(ASSUMED_HZ);
        events += synapses * hz * network.dt_ms * 1e-3;
        building += synapses * if chemical.connections.is_in_space() { SYNAPSE_IN_SPACE } else { SYNAPSE };
    }
    1e-9 * (steps * (STEP + neurons + stimuli + samples + gaps + events * EVENT) + building)
}

/// How often a neuron fires, where that is written.
pub fn known_hz(network: &Network, population: &Population) -> Option<f64> {
    let seconds = network.time_ms(network.steps).max(1e-9) * 1e-3;
    match &population.body {
        Body::Poisson(body) => {
            let means = body.tables.iter().map(|table| table.mean()).sum::<f64>() / body.tables.len().max(1) as f64;
            Some(means / (network.dt_ms * 1e-3))
        }
        Body::SpikeSource(events) => {
            let spikes = |(_, who): &(i64, Option<u32>)| if who.is_none() { 1.0 } else { 1.0 / population.size as f64 };
            Some(events.iter().map(spikes).sum::<f64>() / seconds)
        }
        _ => None,
    }
}

/// ns for a step of a population.
fn of_neurons(network: &Network, index: usize) -> f64 {
    let population = &network.populations[index];
    let conducting = network.ports.iter().any(|port| port.population == index && port.reversal.is_some());
    let one = match &population.body {
        Body::Cable(cable) => cable.tree.compartments() as f64 * COMPARTMENT,
        Body::Poisson(_) | Body::SpikeSource(_) => SOURCE,
        Body::Point(point) => {
            let linear = ["lif", "izhikevich"].contains(&point.kernel.info().name);
            (if linear { LINEAR } else { NONLINEAR }) + if conducting { CONDUCTING } else { 0.0 }
        }
    };
    one * population.size as f64
}

/// ns for a step of a stimulus.
fn of_stimulus(stimulus: &super::Stimulus) -> f64 {
    let reached: usize = stimulus.targets.iter().map(|target| target.neurons.len()).sum();
    let one = match stimulus.drive {
        Drive::Poisson(ref runs, _) if runs.len() > reached / 8 => OWN_RAIN,
        Drive::Poisson(..) => RAIN,
        Drive::Events(..) => 0.0,
        _ => WAVE,
    };
    one * reached as f64
}
