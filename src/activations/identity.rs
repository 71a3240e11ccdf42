//! Nothing at all: f(x) = x. A stack of these is one linear layer.

use super::Activation;

pub struct Identity;

impl Activation for Identity {
    fn name(&self) -> &'static str {
        "identity"
    }

    #[inline]
    fn value(&self, x: f64) -> f64 {
        x
    }

    #[inline]
    fn slope(&self, x: f64) -> f64 {
        {
            let _ = x;
            1.0
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
        assert!((Identity.value(-2.0) - (-2.0)).abs() < 1e-15, "rounding at -2.0");
    }
}
