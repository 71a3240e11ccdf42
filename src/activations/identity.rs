//! No activation at all: f(x) = x.
//!
//! Layers without one collapse into a single matrix: W2 (W1 x) = (W2 W1) x. It stands behind the last layer, whose
//! numbers are scores, and here to show what the others are for.

use super::{About, Activation, Operations};

pub struct Identity;

const ABOUT: About = About {
    name: "identity",
    equation: "f(x) = x",
    source: "the linear unit of Widrow & Hoff (1960), Adaptive switching circuits",
    operations: Operations { additions: 0, multiplications: 0, comparisons: 0, exponentials: 0, divisions: 0 },
    range: (f64::NEG_INFINITY, f64::INFINITY),
    greatest_slope: 1.0,
};

impl Activation for Identity {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    #[inline(always)]
    fn value(&self, x: f64) -> f64 {
        x
    }

    #[inline(always)]
    fn slope(&self, _: f64) -> f64 {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_happens() {
        assert_eq!([-2.0, 0.0, 3.5].map(|x| Identity.value(x)), [-2.0, 0.0, 3.5]);
        assert_eq!(Identity.slope(-7.0), 1.0);
    }
}
