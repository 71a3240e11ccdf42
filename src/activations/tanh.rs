//! The hyperbolic tangent: f(x) = (e^x - e^-x) / (e^x + e^-x).
//!
//! A sigmoid around zero: twice as high and, with a slope of 1 in the middle, kinder to gradients (LeCun et al. 1998),
//! but it saturates on both sides all the same.

use super::{About, Activation, Operations};
use crate::num::math::{exp, expm1};

pub struct Tanh;

const ABOUT: About = About {
    name: "tanh",
    equation: "f(x) = (e^x - e^-x) / (e^x + e^-x)",
    source: "LeCun, Bottou, Orr & Mueller (1998), Efficient BackProp",
    operations: Operations { additions: 2, multiplications: 1, comparisons: 2, exponentials: 1, divisions: 1 },
    range: (-1.0, 1.0),
    greatest_slope: 1.0,
};

impl Activation for Tanh {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    /// With e = e^(-2|x|) - 1, which keeps its digits near 0: f(|x|) = -e / (2 + e).
    #[inline(always)]
    fn value(&self, x: f64) -> f64 {
        let e = expm1(-2.0 * x.abs());
        (-e / (2.0 + e)).copysign(x)
    }

    /// 1 / cosh^2 x = 4 e^(-2|x|) / (1 + e^(-2|x|))^2.
    #[inline(always)]
    fn slope(&self, x: f64) -> f64 {
        let e = exp(-2.0 * x.abs());
        4.0 * e / ((1.0 + e) * (1.0 + e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_platforms() {
        for x in [-30.0_f64, -1.5, -1e-9, 0.0, 1e-300, 0.3, 2.0, 19.0] {
            let exact = x.tanh();
            assert!((Tanh.value(x) - exact).abs() <= 4e-16 * exact.abs(), "{x}");
            assert!((Tanh.slope(x) - 1.0 / x.cosh().powi(2)).abs() < 1e-15);
        }
        // tanh(ln 2 / 2) = (2 - 1) / (2 + 1).
        assert!((Tanh.value(0.5 * 2.0_f64.ln()) - 1.0 / 3.0).abs() < 1e-15);
    }
}
