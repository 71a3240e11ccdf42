//! A neuron that fires at random, with no membrane and no memory: something to project from.
//!
//! The number of spikes in a step of dt is Poisson-distributed with mean rate x dt
//! ([`PoissonTable`](crate::num::poisson::PoissonTable)); a neuron that draws two or more fires that often at once.

use crate::model::{ModelInfo, Parameter, Range};

pub const INFO: ModelInfo = ModelInfo {
    name: "poisson",
    summary: "a source of spikes at random times with a constant rate",
    equations: "P(n spikes in dt) = (rate dt)^n exp(-rate dt) / n!",
    reference: "Dayan & Abbott 2001, Theoretical Neuroscience, section 1.4",
    parameters: &[Parameter::new("rate", "Hz", Range::NonNegative, "spikes per second")],
    variables: &[],
};

#[cfg(test)]
mod tests {
    #[test]
    fn a_rate_is_all_it_has() {
        assert_eq!(super::INFO.parameters.len(), 1);
        assert!(super::INFO.variables.is_empty());
    }
}
