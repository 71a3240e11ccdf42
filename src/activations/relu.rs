//! The rectified linear unit: f(x) = max(0, x).
//!
//! A firing rate against a drive, above a threshold and far from saturation. One comparison, no exponential, and a
//! slope of exactly 1 wherever the unit is active, so that a gradient passes through any number of layers unharmed
//! (Nair & Hinton 2010; Glorot, Bordes & Bengio 2011).

use super::{About, Activation, Operations};

pub struct Relu;

const ABOUT: About = About {
    name: "relu",
    equation: "f(x) = max(0, x)",
    source: "Nair & Hinton (2010), Rectified linear units improve restricted Boltzmann machines, ICML",
    operations: Operations { additions: 0, multiplications: 0, comparisons: 1, exponentials: 0, divisions: 0 },
    range: (0.0, f64::INFINITY),
    greatest_slope: 1.0,
};

impl Activation for Relu {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    #[inline(always)]
    fn value(&self, x: f64) -> f64 {
        x.max(0.0)
    }

    #[inline(always)]
    fn slope(&self, x: f64) -> f64 {
        if x > 0.0 { 1.0 } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_below_zero_and_the_input_above() {
        assert_eq!([-2.0, 0.0, 0.5, 7.0].map(|x| Relu.value(x)), [0.0, 0.0, 0.5, 7.0]);
        assert_eq!([-2.0, 0.0, 0.5].map(|x| Relu.slope(x)), [0.0, 0.0, 1.0]);
    }
}
