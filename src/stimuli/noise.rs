//! Coloured noise: a current that wanders about its mean (Ornstein & Uhlenbeck 1930).
//!
//!   dI/dt = (mean - I)/tau + std sqrt(2/tau) xi(t)
//! Its stationary distribution is normal with `mean` and `std`, its correlation decays with `tau`. From grid point to
//! grid point it is solved exactly (Gillespie 1996, Phys Rev E 54:2084):
//!   I(t + dt) = mean + (I - mean) exp(-dt/tau) + std sqrt(1 - exp(-2 dt/tau)) N(0, 1).

use crate::model::{ModelInfo, Parameter, Range};
use crate::num::math::{exp, expm1};

pub const INFO: ModelInfo = ModelInfo {
    name: "noise",
    summary: "coloured noise (Ornstein-Uhlenbeck), held over each step",
    equations: "dI/dt = (mean - I)/tau + std sqrt(2/tau) xi(t)",
    reference: "Uhlenbeck & Ornstein 1930, Phys Rev 36:823; Gillespie 1996, Phys Rev E 54:2084-2091",
    parameters: &[
        Parameter::new("mean", "pA", Range::Finite, "mean current"),
        Parameter::new("std", "pA", Range::NonNegative, "standard deviation of the current"),
        Parameter::new("tau", "ms", Range::Positive, "correlation time"),
    ],
    variables: &[],
};

/// The process for one dt; its random numbers come from outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrnsteinUhlenbeck {
    mean: f64,
    std: f64,
    decay: f64,
    /// Standard deviation of what a step adds.
    kick: f64,
}

impl OrnsteinUhlenbeck {
    /// `mean` and `std` in the current's unit, `tau` and `dt` in ms.
    pub fn new(mean: f64, std: f64, tau: f64, dt: f64) -> OrnsteinUhlenbeck {
        OrnsteinUhlenbeck { mean, std, decay: exp(-dt / tau), kick: std * (-expm1(-2.0 * dt / tau)).sqrt() }
    }

    /// The first value, for a standard normal number.
    #[inline(always)]
    pub fn initial(&self, normal: f64) -> f64 {
        self.mean + self.std * normal
    }

    /// The value one step after `x`, for a standard normal number.
    #[inline(always)]
    pub fn next(&self, x: f64, normal: f64) -> f64 {
        self.mean + (x - self.mean) * self.decay + self.kick * normal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_keeps_the_stationary_distribution() {
        for (tau, dt) in [(5.0, 0.1), (1e6, 0.1), (0.01, 0.1)] {
            let process = OrnsteinUhlenbeck::new(3.0, 2.0, tau, dt);
            assert!((process.next(3.0, 0.0) - 3.0).abs() < 1e-15);
            // Var' = Var exp(-2 dt/tau) + kick^2 = Var.
            assert!((4.0 * process.decay.powi(2) + process.kick.powi(2) - 4.0).abs() < 1e-14, "rounding");
            let correlation = process.next(4.0, 0.0) - process.next(3.0, 0.0);
            assert!((correlation - (-dt / tau).exp()).abs() < 1e-15, "rounding");
        }
        assert_eq!(OrnsteinUhlenbeck::new(3.0, 2.0, 1.0, 0.1).initial(-1.0), 1.0);
    }
}
