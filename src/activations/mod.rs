//! Activation functions: each file is one function of a unit's input, its slope, and a table of what it costs.
//!
//! Where a terminal turns a membrane potential into transmitter through its channels, a unit of an artificial network
//! turns a weighted sum into a number. Three questions separate the candidates, and each file answers them as data:
//! how many operations is one unit (an exponential is a polynomial of a dozen terms), is the result bounded, and how
//! steep is it at most (a gradient that passes through n layers is multiplied by n slopes: with 1/4 at most, as for
//! the sigmoid, it vanishes).

pub mod clipped_relu;
pub mod identity;
pub mod leaky_relu;
pub mod relu;
pub mod sigmoid;
pub mod softplus;
pub mod tanh;

use crate::num::dispatch::{self, Task};

/// What one unit costs, beyond its weighted sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operations {
    /// Additions and subtractions.
    pub additions: u32,
    pub multiplications: u32,
    /// Comparisons, and changes or copies of a sign.
    pub comparisons: u32,
    /// Exponentials and logarithms.
    pub exponentials: u32,
    pub divisions: u32,
}

/// What an activation function says about itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct About {
    pub name: &'static str,
    pub equation: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// Of one value.
    pub operations: Operations,
    /// Lower and upper bound of the values; infinite where there is none.
    pub range: (f64, f64),
    pub greatest_slope: f64,
}

impl About {
    /// Both bounds are finite.
    pub fn bounded(&self) -> bool {
        self.range.0.is_finite() && self.range.1.is_finite()
    }
}

/// What stands in a unit where the channels stood in the terminal.
///
/// `value` and `slope` of one number are all that an author writes, with `#[inline(always)]`; the loops over a layer
/// follow from them.
pub trait Activation: Send + Sync {
    fn about(&self) -> &'static About;

    fn value(&self, x: f64) -> f64;

    /// d value / d x; at a corner, the value from the left.
    fn slope(&self, x: f64) -> f64;

    fn name(&self) -> &'static str {
        self.about().name
    }

    /// x becomes f(x + bias): one unit, many samples.
    fn biased(&self, bias: f32, x: &mut [f32]) {
        dispatch::run(Biased { f: self, bias, x });
    }

    /// Puts the value in the place of each x.
    fn values(&self, x: &mut [f32]) {
        self.biased(0.0, x);
    }

    /// Multiplies each delta by the slope at the x in its place.
    fn slopes(&self, x: &[f32], delta: &mut [f32]) {
        dispatch::run(Slopes { f: self, x, delta });
    }
}

struct Biased<'a, F: ?Sized> {
    f: &'a F,
    bias: f32,
    x: &'a mut [f32],
}

impl<F: Activation + ?Sized> Task for Biased<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for x in self.x {
            *x = self.f.value(f64::from(*x + self.bias)) as f32;
        }
    }
}

struct Slopes<'a, F: ?Sized> {
    f: &'a F,
    x: &'a [f32],
    delta: &'a mut [f32],
}

impl<F: Activation + ?Sized> Task for Slopes<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (x, delta) in self.x.iter().zip(self.delta) {
            *delta *= self.f.slope(f64::from(*x)) as f32;
        }
    }
}

/// In the order of the documentation.
pub const ALL: &[&dyn Activation] = &[
    &relu::Relu,
    &clipped_relu::ClippedRelu,
    &leaky_relu::LeakyRelu,
    &sigmoid::Sigmoid,
    &tanh::Tanh,
    &softplus::Softplus,
    &identity::Identity,
];

/// The function of this name.
pub fn find(name: &str) -> Option<&'static dyn Activation> {
    ALL.iter().copied().find(|activation| activation.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> impl Iterator<Item = f64> {
        // Off the corners at 0 and 1.
        (-4000..4000).map(|k| f64::from(k) * 0.005 + 0.00123)
    }

    #[test]
    fn slopes_are_those_of_the_values() {
        let h = 1e-5;
        for f in ALL {
            let mut steepest = 0.0_f64;
            for x in grid() {
                let difference = (f.value(x + h) - f.value(x - h)) / (2.0 * h);
                // Central difference: h^2 times the third derivative, below 1, and rounding of f over h.
                assert!((f.slope(x) - difference).abs() < 1e-9, "{} at {x}", f.name());
                steepest = steepest.max(f.slope(x).abs());
            }
            let about = f.about();
            assert!(steepest <= about.greatest_slope && steepest > 0.999 * about.greatest_slope, "{}", f.name());
        }
    }

    #[test]
    fn values_stay_within_their_range_and_never_fall() {
        for f in ALL {
            let about = f.about();
            assert!(!about.equation.is_empty() && !about.source.is_empty());
            let mut before = f64::NEG_INFINITY;
            for x in grid() {
                let y = f.value(x);
                assert!(y >= about.range.0 && y <= about.range.1 && y >= before, "{} at {x}", f.name());
                before = y;
            }
            // A bound is reached far out, and what has no bound grows on.
            for (far, bound) in [(-1e6, about.range.0), (1e6, about.range.1)] {
                let y = f.value(far);
                assert!(if bound.is_finite() { (y - bound).abs() < 1e-15 } else { y.abs() >= 1e4 }, "{}", f.name());
            }
            assert!(f.value(f64::NAN).is_nan() || f.name().ends_with("relu"), "{}", f.name());
        }
        assert!(ALL.iter().filter(|f| f.about().bounded()).map(|f| f.name()).eq(["clipped_relu", "sigmoid", "tanh"]));
    }

    #[test]
    fn loops_do_what_single_calls_do() {
        for f in ALL {
            let x: Vec<f32> = grid().map(|x| x as f32).collect();
            let mut y = x.clone();
            f.biased(0.25, &mut y);
            let mut delta = vec![-2.0; x.len()];
            f.slopes(&x, &mut delta);
            for (i, x) in x.iter().enumerate() {
                assert_eq!(y[i], f.value(f64::from(x + 0.25)) as f32);
                assert_eq!(delta[i], -2.0 * f.slope(f64::from(*x)) as f32);
            }
        }
    }

    #[test]
    fn names_find_their_functions() {
        assert!(ALL.iter().all(|f| std::ptr::addr_eq(find(f.name()).unwrap().about(), f.about())));
        assert!(find("Relu").is_none());
    }
}
