//! A ReLU that never quite shuts: f(x) = x above 0, 0.01 x below (Maas, Hannun & Ng 2013, ICML).

use super::Activation;

/// The slope below 0.
const LEAK: f64 = 0.01;

pub struct LeakyRelu;

impl Activation for LeakyRelu {
    fn name(&self) -> &'static str {
        "leaky_relu"
    }

    #[inline]
    fn value(&self, x: f64) -> f64 {
        if x > 0.0 { x } else { LEAK * x }
    }

    #[inline]
    fn slope(&self, x: f64) -> f64 {
        if x > 0.0 { 1.0 } else { LEAK }
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
        assert!((LeakyRelu.value(-2.0) - (-0.02)).abs() < 1e-15, "rounding at -2.0");
        assert!((LeakyRelu.value(3.5) - (3.5)).abs() < 1e-15, "rounding at 3.5");
    }
}
