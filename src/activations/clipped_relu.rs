//! The rectified linear unit with a ceiling: f(x) = min(max(0, x), 1).
//!
//! The exact twin of a spiking unit in discrete time, which can fire once a step and no more: its spikes per step are
//! the drive, in units of the threshold, clipped to 0..1.

use super::{About, Activation, Operations};

pub struct ClippedRelu;

const ABOUT: About = About {
    name: "clipped_relu",
    equation: "f(x) = min(max(0, x), 1)",
    source: "Krizhevsky (2010), Convolutional deep belief networks on CIFAR-10 (there with a ceiling of 6)",
    operations: Operations { additions: 0, multiplications: 0, comparisons: 2, exponentials: 0, divisions: 0 },
    range: (0.0, 1.0),
    greatest_slope: 1.0,
};

impl Activation for ClippedRelu {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    #[inline(always)]
    fn value(&self, x: f64) -> f64 {
        x.clamp(0.0, 1.0)
    }

    #[inline(always)]
    fn slope(&self, x: f64) -> f64 {
        if x > 0.0 && x <= 1.0 { 1.0 } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_and_a_ceiling() {
        assert_eq!([-2.0, 0.0, 0.5, 1.0, 7.0].map(|x| ClippedRelu.value(x)), [0.0, 0.0, 0.5, 1.0, 1.0]);
        assert_eq!([0.0, 0.5, 1.0, 1.5].map(|x| ClippedRelu.slope(x)), [0.0, 1.0, 1.0, 0.0]);
    }
}
