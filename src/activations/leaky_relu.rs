//! The leaky rectified linear unit: f(x) = x for x > 0, else 0.01 x.
//!
//! A unit that a ReLU network has driven below zero for every sample passes no gradient and never comes back; the
//! small slope on the left lets it (Maas, Hannun & Ng 2013). No neuron fires at a negative rate: it has no spiking twin.

use super::{About, Activation, Operations};

pub struct LeakyRelu;

/// The slope below 0 of Maas et al., and the default of every framework.
const LEAK: f64 = 0.01;

const ABOUT: About = About {
    name: "leaky_relu",
    equation: "f(x) = x for x > 0, else 0.01 x",
    source: "Maas, Hannun & Ng (2013), Rectifier nonlinearities improve neural network acoustic models, ICML",
    operations: Operations { additions: 0, multiplications: 1, comparisons: 1, exponentials: 0, divisions: 0 },
    range: (f64::NEG_INFINITY, f64::INFINITY),
    greatest_slope: 1.0,
};

impl Activation for LeakyRelu {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    #[inline(always)]
    fn value(&self, x: f64) -> f64 {
        if x > 0.0 { x } else { LEAK * x }
    }

    #[inline(always)]
    fn slope(&self, x: f64) -> f64 {
        if x > 0.0 { 1.0 } else { LEAK }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundredth_passes_below_zero() {
        assert_eq!([-2.0, 0.0, 3.0].map(|x| LeakyRelu.value(x)), [-0.02, 0.0, 3.0]);
        assert_eq!([-2.0, 0.0, 3.0].map(|x| LeakyRelu.slope(x)), [0.01, 0.01, 1.0]);
    }
}
