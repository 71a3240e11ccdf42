//! The logistic function: f(x) = 1 / (1 + exp(-x)); a channel opens so (Boltzmann). Its slope is at most 1/4.

use super::Activation;
use crate::num::math::exp;

pub struct Sigmoid;

impl Activation for Sigmoid {
    fn name(&self) -> &'static str {
        "sigmoid"
    }

    #[inline]
    fn value(&self, x: f64) -> f64 {
        1.0 / (1.0 + exp(-x))
    }

    #[inline]
    fn slope(&self, x: f64) -> f64 {
        {
            let y = self.value(x);
            y * (1.0 - y)
        }
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
        assert!((Sigmoid.value(0.0) - (0.5)).abs() < 1e-15, "rounding at 0.0");
        assert!((Sigmoid.value(3.0_f64.ln()) - (0.75)).abs() < 1e-15, "rounding at 3.0_f64.ln()");
    }
}
