//! The logistic sigmoid: f(x) = 1 / (1 + e^-x).
//!
//! A channel's open probability against voltage (Boltzmann) has this shape, and so had the units of the first
//! trainable networks (Rumelhart, Hinton & Williams 1986). Its slope is 1/4 at most and falls as e^-|x|: behind a few
//! layers of it hardly any gradient is left.

use super::{About, Activation, Operations};
use crate::num::math::exp;

pub struct Sigmoid;

const ABOUT: About = About {
    name: "sigmoid",
    equation: "f(x) = 1 / (1 + e^-x)",
    source: "Rumelhart, Hinton & Williams (1986), Learning representations by back-propagating errors, Nature 323",
    operations: Operations { additions: 1, multiplications: 0, comparisons: 1, exponentials: 1, divisions: 1 },
    range: (0.0, 1.0),
    greatest_slope: 0.25,
};

impl Activation for Sigmoid {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    #[inline(always)]
    fn value(&self, x: f64) -> f64 {
        1.0 / (1.0 + exp(-x))
    }

    /// e^-|x| / (1 + e^-|x|)^2, which is f (1 - f) without its cancellation.
    #[inline(always)]
    fn slope(&self, x: f64) -> f64 {
        let e = exp(-x.abs());
        e / ((1.0 + e) * (1.0 + e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_half_and_symmetric() {
        assert_eq!((Sigmoid.value(0.0), Sigmoid.slope(0.0)), (0.5, 0.25));
        // f(ln 3) = 3/4, f(x) + f(-x) = 1, f' = f (1 - f).
        let x = 3.0_f64.ln();
        assert!((Sigmoid.value(x) - 0.75).abs() < 1e-15 && (Sigmoid.value(-x) - 0.25).abs() < 1e-15);
        assert!((Sigmoid.slope(x) - 0.1875).abs() < 1e-15 && Sigmoid.slope(-x) == Sigmoid.slope(x));
        assert_eq!((Sigmoid.value(-1e9), Sigmoid.value(1e9), Sigmoid.slope(1e9)), (0.0, 1.0, 0.0));
    }
}
