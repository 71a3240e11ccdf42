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

#[cfg(test)]
mod tests {
    use super::*;

    /// (t/tau) exp(1 - t/tau) is 1 at tau, less a step before and after, and 2/e at 2 tau.
    #[test]
    fn it_peaks_at_the_weight_after_tau() {
        let Synapse::Linear(linear) = build(&[2.0], 0.1).unwrap() else { unreachable!() };
        let step = linear.propagate();
        let (mut y, mut course) = (linear.arrive(), vec![]);
        for _ in 0..=40 {
            course.push(y[0]);
            y = [step[0][0] * y[0] + step[0][1] * y[1], step[1][1] * y[1]];
        }
        assert_eq!(course[0], 0.0);
        assert!((course[20] - 1.0).abs() < 1e-14 && course[19] < 1.0 && course[21] < 1.0, "20 roundings");
        assert!((course[40] - 2.0 * (-1f64).exp()).abs() < 1e-14, "40 roundings");
    }
}
