//! The hyperbolic tangent: f(x) = (e^x - e^-x) / (e^x + e^-x), the logistic function between -1 and 1.

use super::Activation;
use crate::num::math::exp;

pub struct Tanh;

impl Activation for Tanh {
    fn name(&self) -> &'static str {
        "tanh"
    }

    #[inline]
    fn value(&self, x: f64) -> f64 {
        1.0 - 2.0 / (1.0 + exp(2.0 * x))
    }

    #[inline]
    fn slope(&self, x: f64) -> f64 {
        {
            let y = self.value(x);
            1.0 - y * y
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
        assert!((Tanh.value(0.0) - (0.0)).abs() < 1e-15, "rounding at 0.0");
        assert!((Tanh.value(2.0_f64.ln()) - (0.6)).abs() < 1e-15, "rounding at 2.0_f64.ln()");
    }
}
