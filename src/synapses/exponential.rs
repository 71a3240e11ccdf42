//! The exponential synapse: opens at once, closes with one time constant.
//!
//!   dy/dt = -y/tau,   y -> y + w at an arrival
//! y is the current (pA) or, with `E_rev`, the conductance (nS); the weight is its jump.

use super::{Linear, Synapse};
use crate::model::{ModelInfo, Parameter, Range};

pub const INFO: ModelInfo = ModelInfo {
    name: "exponential",
    summary: "a current or conductance that jumps by the weight and decays",
    equations: "dy/dt = -y/tau; arrival: y = y + w",
    reference: "Rotter & Diesmann 1999, Biol Cybern 81:381-402",
    parameters: &[Parameter::new("tau", "ms", Range::Positive, "time constant of the decay")],
    variables: &[],
};

pub fn build(parameters: &[f64], dt: f64) -> Result<Synapse, String> {
    Ok(Synapse::Linear(Linear::exponential(parameters[0], dt)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_jumps_by_the_weight_and_a_time_constant_later_1_over_e_is_left() {
        let Synapse::Linear(linear) = build(&[2.0], 0.1).unwrap() else { unreachable!() };
        assert_eq!(linear.arrive()[0], 1.0);
        let left = (0..20).fold(1.0, |y, _| linear.propagate()[0][0] * y);
        assert!((left - (-1f64).exp()).abs() < 1e-15, "20 roundings: {left}");
    }
}
