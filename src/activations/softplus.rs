//! A ReLU with a round corner: f(x) = ln(1 + exp(x)) (Dugas et al. 2001, NIPS).

use super::Activation;
use crate::num::math::{exp, ln};

pub struct Softplus;

impl Activation for Softplus {
    fn name(&self) -> &'static str {
        "softplus"
    }

    #[inline]
    fn value(&self, x: f64) -> f64 {
        x.max(0.0) + ln(1.0 + exp(-x.abs()))
    }

    #[inline]
    fn slope(&self, x: f64) -> f64 {
        1.0 / (1.0 + exp(-x))
    }

    fn values(&self, x: &mut [f32]) {
        super::each_value(self, x);
    }

    fn slopes(&self, x: &[f32], delta: &mut [f32]) {
        super::each_slope(self, x, delta);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert!((Softplus.value(0.0) - (2.0_f64.ln())).abs() < 1e-15, "rounding at 0.0");
        assert!((Softplus.value(800.0) - (800.0)).abs() < 1e-15, "rounding at 800.0");
    }
}
