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
