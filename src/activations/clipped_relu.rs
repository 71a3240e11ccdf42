//! A ReLU that saturates, as a neuron with a refractory time does: f(x) = min(1, max(0, x)).

use super::Activation;

pub struct ClippedRelu;

impl Activation for ClippedRelu {
    fn name(&self) -> &'static str {
        "clipped_relu"
    }

    #[inline]
    fn value(&self, x: f64) -> f64 {
        x.clamp(0.0, 1.0)
    }

    #[inline]
    fn slope(&self, x: f64) -> f64 {
        if x > 0.0 && x <= 1.0 { 1.0 } else { 0.0 }
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
        assert!((ClippedRelu.value(-2.0) - (0.0)).abs() < 1e-15, "rounding at -2.0");
        assert!((ClippedRelu.value(0.25) - (0.25)).abs() < 1e-15, "rounding at 0.25");
        assert!((ClippedRelu.value(3.5) - (1.0)).abs() < 1e-15, "rounding at 3.5");
    }
}
