//! The dual-exponential synapse: rises with one time constant, falls with a longer one.
//!
//!   y(t) = w N (exp(-t/tau_decay) - exp(-t/tau_rise)),   N such that the peak is w
//! y is the current (pA) or, with `E_rev`, the conductance (nS). The peak is at
//! tau_rise tau_decay / (tau_decay - tau_rise) ln(tau_decay/tau_rise). Equal time constants are the alpha synapse.

use super::{Linear, Synapse};
use crate::model::{ModelInfo, Parameter, Range};

pub const INFO: ModelInfo = ModelInfo {
    name: "dual_exponential",
    summary: "a current or conductance that rises and falls, with the weight as its peak",
    equations: "y(t) = w N (exp(-t/tau_decay) - exp(-t/tau_rise)) after an arrival; N makes the peak w",
    reference: "Roth & van Rossum 2009, in: De Schutter (ed.), Computational Modeling Methods for Neuroscientists, ch. 6",
    parameters: &[
        Parameter::new("tau_rise", "ms", Range::Positive, "time constant of the rise"),
        Parameter::new("tau_decay", "ms", Range::Positive, "time constant of the decay"),
    ],
    variables: &[],
};

pub fn build(parameters: &[f64], dt: f64) -> Result<Synapse, String> {
    let (rise, decay) = (parameters[0], parameters[1]);
    if rise > decay {
        return Err(format!("`tau_rise` ({rise} ms) is longer than `tau_decay` ({decay} ms); swap them"));
    }
    Ok(Synapse::Linear(Linear::dual_exponential(rise, decay, dt)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rise_slower_than_the_decay_is_an_error() {
        assert!(build(&[2.0, 1.0], 0.1).unwrap_err().contains("swap"));
        assert_eq!(build(&[2.0, 2.0], 0.1), super::super::alpha::build(&[2.0], 0.1));
    }
}
