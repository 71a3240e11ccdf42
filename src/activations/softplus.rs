//! Softplus: f(x) = ln(1 + e^x).
//!
//! A ReLU with its corner rounded; what noise does to a neuron's threshold. Its slope is the sigmoid (Dugas et al. 2001).

use super::{About, Activation, Operations, sigmoid::Sigmoid};
use crate::num::math::{exp, ln};

pub struct Softplus;

const ABOUT: About = About {
    name: "softplus",
    equation: "f(x) = ln(1 + e^x)",
    source: "Dugas, Bengio, Belisle, Nadeau & Garcia (2001), Incorporating second-order functional knowledge, NIPS 13",
    operations: Operations { additions: 2, multiplications: 0, comparisons: 2, exponentials: 2, divisions: 0 },
    range: (0.0, f64::INFINITY),
    greatest_slope: 1.0,
};

impl Activation for Softplus {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    /// max(0, x) + ln(1 + e^-|x|): nothing overflows.
    #[inline(always)]
    fn value(&self, x: f64) -> f64 {
        let e = exp(-x.abs());
        // Where 1 + e loses e's digits, two terms of the series have them all: e^3/3 is below e's last place.
        let rounded = if e < 1e-6 { e - 0.5 * e * e } else { ln(1.0 + e) };
        x.max(0.0) + rounded
    }

    #[inline(always)]
    fn slope(&self, x: f64) -> f64 {
        Sigmoid.value(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_platforms() {
        for x in [-60.0_f64, -14.0, -13.0, -1.0, 0.0, 0.5, 3.0, 40.0] {
            let exact = x.exp().ln_1p();
            // 1 + e loses up to 1e-16 / 1e-6 of e's digits at the seam.
            assert!((Softplus.value(x) - exact).abs() <= 2e-10 * exact, "{x}");
        }
        assert!((Softplus.value(0.0) - std::f64::consts::LN_2).abs() < 1e-16);
        assert_eq!((Softplus.value(1e9), Softplus.value(-1e9)), (1e9, 0.0));
    }
}
