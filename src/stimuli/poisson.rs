//! Spikes at random times onto each target neuron, as if from many distant cells.
//!
//!   P(n spikes in dt) = (rate dt)^n exp(-rate dt) / n!
//! A rate may follow a [`Course`](super::course::Course): `{ times, values, between }`, or `{ mean, amplitude, frequency }`; then
//! rate dt is its integral over the step, and its time counts from that of the run, not from `start`. Each spike acts through the stimulus' `synapse` with its `weight`.
//!
//! Neurons are independent, or have spikes in common: with `correlation` c all listen to one hidden process
//! at rate / c, and each takes every spike of it with probability c. Then each hears a Poisson process at `rate`, and the counts of any two
//! have the correlation c (multiple interaction process: Kuhn, Aertsen & Rotter 2003, Neural Comput 15:67).

use crate::model::{ModelInfo, Parameter, Range};
use crate::num::poisson::PoissonTable;

pub const INFO: ModelInfo = ModelInfo {
    name: "poisson",
    summary: "spikes at random times, independent or in common; `rate` may follow a course in time",
    equations: "P(n spikes in dt) = (rate dt)^n exp(-rate dt) / n!",
    reference: "Dayan & Abbott 2001, Theoretical Neuroscience, section 1.4; Kuhn, Aertsen & Rotter 2003, Neural Comput 15:67-101",
    parameters: &[
        Parameter::new(
            "rate",
            "Hz",
            Range::NonNegative,
            "spikes per second, or a course { mean, amplitude, frequency, phase } or { times, values, between } in the run's time",
        ),
        Parameter::new("correlation", "", Range::Within(0.0, 1.0), "of the counts of any two neurons").default(0.0),
    ],
    variables: &[],
};

/// The counts per step for a rate in Hz and dt in ms.
pub fn table(rate: f64, dt_ms: f64) -> PoissonTable {
    PoissonTable::new(rate * dt_ms / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_becomes_a_mean_per_step() {
        assert_eq!(table(8000.0, 0.1), PoissonTable::new(0.8));
    }
}
