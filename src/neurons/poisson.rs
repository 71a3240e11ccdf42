//! A neuron that fires at random, with no membrane and no memory: something to project from.
//!
//! The number of spikes in a step of dt is Poisson-distributed with mean rate x dt
//! ([`PoissonTable`](crate::num::poisson::PoissonTable)); a neuron that draws two or more fires that often at once.
//! `rate` may follow a [`Course`](crate::stimuli::course::Course).
//!
//! With `correlation` c the neurons of a population have spikes in common: each takes every spike of one hidden process at
//! rate / c with probability c (Kuhn, Aertsen & Rotter 2003), as those that a `poisson` stimulus reaches.

use crate::model::{ModelInfo, Parameter, Range};

pub const INFO: ModelInfo = ModelInfo {
    name: "poisson",
    summary: "a source of spikes at random times, independent or in common",
    equations: "P(n spikes in dt) = (rate dt)^n exp(-rate dt) / n!",
    reference: "Dayan & Abbott 2001, Theoretical Neuroscience, section 1.4; Kuhn, Aertsen & Rotter 2003, Neural Comput 15:67-101",
    parameters: &[
        Parameter::new(
            "rate",
            "Hz",
            Range::NonNegative,
            "spikes per second, or a course { mean, amplitude, frequency, phase } or { times, values, between }",
        ),
        Parameter::new("correlation", "", Range::Within(0.0, 1.0), "of the counts of any two neurons").default(0.0),
    ],
    variables: &[],
};

#[cfg(test)]
mod tests {
    #[test]
    fn it_has_a_rate_and_no_memory() {
        assert_eq!(
            super::INFO.parameters.iter().map(|parameter| parameter.name).collect::<Vec<_>>(),
            ["rate", "correlation"]
        );
        assert!(super::INFO.variables.is_empty());
    }
}
