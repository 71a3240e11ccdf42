//! The alpha synapse: rises and falls with one time constant.
//!
//!   y(t) = w (t/tau) exp(1 - t/tau)
//! y is the current (pA) or, with `E_rev`, the conductance (nS); the weight is its peak, reached at t = tau.

use super::{Linear, Synapse};
use crate::model::{ModelInfo, Parameter, Range};

pub const INFO: ModelInfo = ModelInfo {
    name: "alpha",
    summary: "a current or conductance that peaks at the weight after tau",
    equations: "y(t) = w (t/tau) exp(1 - t/tau) after an arrival",
    reference: "Rall 1967, J Neurophysiol 30:1138-1168; Rotter & Diesmann 1999, Biol Cybern 81:381-402",
    parameters: &[Parameter::new("tau", "ms", Range::Positive, "time from the arrival to the peak")],
    variables: &[],
};

pub fn build(parameters: &[f64], dt: f64) -> Result<Synapse, String> {
    Ok(Synapse::Linear(Linear::dual_exponential(parameters[0], parameters[0], dt)))
}
