//! How much the drive of a neuron fluctuates about its mean, as its membrane sees it.
//!
//! A membrane averages over tau_m. Events of charge q that come at random with rate r leave a variance of
//! q^2 r / (2 (tau_m + tau_s)), coloured noise of variance s^2 and correlation time tau one of s^2 tau / (tau + tau_m)
//! (Dayan & Abbott 2001; the first is Campbell's theorem for exponentials that are short beside tau_m).

use super::population_network::{RateNetwork, charge};
use crate::network::{Drive, Stimulus, StimulusTarget};

/// Standard deviation per population (in its unit of drive), at these mean rates of the populations (Hz).
pub fn fluctuation(wiring: &RateNetwork, rates: &[f64]) -> Vec<f64> {
    let mut variance = wiring.shot_noise(rates);
    for stimulus in &wiring.network.stimuli {
        for target in &stimulus.targets {
            variance[target.population] += of_stimulus(wiring, stimulus, target);
        }
    }
    variance.into_iter().map(f64::sqrt).collect()
}

/// What a stimulus adds to the variance, on the mean over the population's neurons and the time after the warm-up.
fn of_stimulus(wiring: &RateNetwork, stimulus: &Stimulus, target: &StimulusTarget) -> f64 {
    let (network, group) = (wiring.network, &wiring.groups[target.population]);
    let reached = target.first..target.first + target.neurons.len();
    let sum: f64 = match &stimulus.drive {
        Drive::Noise(list) => reached
            .map(|at| {
                // The process itself tells its mean, its standard deviation, and how much of 1 is left after a step.
                let (mean, std) = (list[at].initial(0.0), list[at].initial(1.0) - list[at].initial(0.0));
                let tau = -network.dt_ms / (list[at].next(mean + 1.0, 0.0) - mean).ln();
                std * std * tau / (tau + group.tau_ms)
            })
            .sum(),
        Drive::Poisson(..) => {
            let list = stimulus.drive.poisson_means();
            let Some(port) = target.port else { return 0.0 };
            let (charge, tau_syn) = charge(&network.populations[target.population], group, &network.ports[port]);
            let of = |(at, neuron): (usize, &u32)| {
                let (mean, weight) = list[at];
                let q = weight * charge.get(*neuron as usize).unwrap_or(&charge[0]);
                q * q * mean / network.dt_ms / (2.0 * (group.tau_ms + tau_syn))
            };
            reached.zip(&target.neurons).map(of).sum()
        }
        _ => 0.0,
    };
    let counted = network.steps - network.warmup;
    let acts = stimulus.stop.min(network.steps) - stimulus.start.max(network.warmup);
    sum / group.size as f64 * (acts.max(0) as f64 / counted.max(1) as f64)
}
