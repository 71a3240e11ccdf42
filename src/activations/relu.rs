//! The rectified linear unit: f(x) = max(0, x) (Nair & Hinton 2010, ICML).

use super::Activation;

pub struct Relu;

impl Activation for Relu {
    fn name(&self) -> &'static str {
        "relu"
    }

    #[inline]
    fn value(&self, x: f64) -> f64 {
        x.max(0.0)
    }

    #[inline]
    fn slope(&self, x: f64) -> f64 {
        if x > 0.0 { 1.0 } else { 0.0 }
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
        assert!((Relu.value(-2.0) - (0.0)).abs() < 1e-15, "rounding at -2.0");
        assert!((Relu.value(0.0) - (0.0)).abs() < 1e-15, "rounding at 0.0");
        assert!((Relu.value(3.5) - (3.5)).abs() < 1e-15, "rounding at 3.5");
    }
}
