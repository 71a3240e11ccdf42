//! Random values: `"normal(-58 mV, 10 mV) in [-80 mV, -50 mV]"` and its relatives.
//!
//! A distribution is named by the mean and standard deviation of the *value* (for `lognormal` too, not of the
//! logarithm). Bounds cut it: by drawing again, by clipping, or by drawing again until the sign is the mean's.

use super::quantity::trouble;
use crate::error::{Code, Diagnostic};
use crate::num::math::{exp, ln};
use crate::num::rng::Stream;

/// A random number in the unit that it was asked in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Random {
    pub shape: Shape,
    pub bounds: Bounds,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    Normal {
        mean: f64,
        sd: f64,
    },
    Uniform {
        low: f64,
        high: f64,
    },
    Exponential {
        mean: f64,
    },
    /// Mean and standard deviation of the value, not of its logarithm.
    Lognormal {
        mean: f64,
        sd: f64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bounds {
    None,
    /// Drawn again while outside, ends included.
    Redraw {
        low: f64,
        high: f64,
    },
    Clip {
        low: f64,
        high: f64,
    },
    /// Drawn again until the sign is the mean's.
    KeepSign,
}

/// Draws after which a value counts as impossible: at the 10 % that a description must accept, 1e-46 of them fail.
const TRIES: usize = 1000;

/// The share of draws that must pass the bounds.
const LEAST_ACCEPTED: f64 = 0.1;

impl Shape {
    fn draw(self, stream: &mut Stream) -> f64 {
        match self {
            Shape::Normal { mean, sd } => mean + sd * stream.normal(),
            Shape::Uniform { low, high } => low + (high - low) * stream.uniform(),
            Shape::Exponential { mean } => mean * stream.exponential(),
            Shape::Lognormal { mean: 0.0, .. } => 0.0,
            Shape::Lognormal { mean, sd } => {
                let (mu, sigma) = logarithmic(mean, sd);
                exp(mu + sigma * stream.normal())
            }
        }
    }

    /// The share of values at or below `x`.
    fn below(self, x: f64) -> f64 {
        match self {
            _ if x == f64::INFINITY => 1.0,
            _ if x == f64::NEG_INFINITY => 0.0,
            Shape::Normal { mean, sd } if sd > 0.0 => standard_normal_below((x - mean) / sd),
            Shape::Uniform { low, high } if high > low => ((x - low) / (high - low)).clamp(0.0, 1.0),
            Shape::Exponential { mean } if mean > 0.0 => {
                if x > 0.0 {
                    1.0 - exp(-x / mean)
                } else {
                    0.0
                }
            }
            Shape::Lognormal { mean, sd } if sd > 0.0 && mean > 0.0 => {
                let (mu, sigma) = logarithmic(mean, sd);
                if x > 0.0 { standard_normal_below((ln(x) - mu) / sigma) } else { 0.0 }
            }
            certain => f64::from(certain.mean_sd().0 <= x),
        }
    }

    fn mean_sd(self) -> (f64, f64) {
        match self {
            Shape::Normal { mean, sd } | Shape::Lognormal { mean, sd } => (mean, sd),
            Shape::Uniform { low, high } => ((low + high) / 2.0, (high - low) / 12_f64.sqrt()),
            Shape::Exponential { mean } => (mean, mean),
        }
    }

    /// Whether there is such a distribution.
    fn check(self) -> Result<(), Diagnostic> {
        let bad = |message: &str| Err(trouble(Code::BadRandom, message));
        match self {
            Shape::Normal { mean, sd } | Shape::Lognormal { mean, sd } if !mean.is_finite() || !sd.is_finite() => {
                bad("the mean and sd of a random value must be finite")
            }
            Shape::Normal { sd, .. } | Shape::Lognormal { sd, .. } if sd < 0.0 => bad("the sd is negative"),
            Shape::Lognormal { mean, sd } if mean < 0.0 || (mean == 0.0 && sd > 0.0) => {
                bad("the mean of a `lognormal` must be above zero")
            }
            Shape::Uniform { low, high } if !low.is_finite() || !high.is_finite() => {
                bad("the ends of `uniform` must be finite")
            }
            Shape::Uniform { low, high } if low > high => bad("the low end of `uniform` is above its high end"),
            Shape::Exponential { mean } if !(mean >= 0.0 && mean.is_finite()) => {
                bad("the mean of an `exponential` must be zero or above, and finite")
            }
            _ => Ok(()),
        }
    }
}

/// mu and sigma of the logarithm of a lognormal value with this mean and sd.
fn logarithmic(mean: f64, sd: f64) -> (f64, f64) {
    let variance = ln(1.0 + (sd / mean) * (sd / mean));
    (ln(mean) - variance / 2.0, variance.sqrt())
}

/// The standard normal distribution function, to 1e-7 (Abramowitz & Stegun 1964, 26.2.17).
fn standard_normal_below(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.2316419 * x.abs());
    let series = [1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.319381530];
    let sum = series.iter().fold(0.0, |sum, c| (sum + c) * t);
    let above = sum * exp(-x * x / 2.0) / std::f64::consts::TAU.sqrt();
    if x >= 0.0 { 1.0 - above } else { above }
}

impl Random {
    /// Refuses what is no distribution, and bounds that more than 90 % of the draws miss.
    pub fn check(&self) -> Result<(), Diagnostic> {
        self.shape.check()?;
        if let Bounds::Redraw { low, high } | Bounds::Clip { low, high } = self.bounds
            && low > high
        {
            return Err(trouble(Code::BadRandom, "the lower bound is above the upper bound"));
        }
        let (mean, sd) = self.shape.mean_sd();
        if self.bounds == Bounds::KeepSign && mean == 0.0 && sd > 0.0 {
            return Err(trouble(Code::BadRandom, "the mean is zero and has no sign to keep"));
        }
        let accepted = self.acceptance();
        if accepted < LEAST_ACCEPTED {
            let message = format!("{:.4} % of the draws would be outside the bounds", 100.0 * (1.0 - accepted));
            return Err(trouble(Code::BadRandom, message)
                .help("at most 90 % may be drawn again: widen the bounds, or clip with `clipped to [a, b]`"));
        }
        Ok(())
    }

    /// The share of draws that pass the bounds at once.
    fn acceptance(&self) -> f64 {
        match (self.bounds, self.shape) {
            (Bounds::Redraw { low, high }, shape) if shape.mean_sd().1 == 0.0 => {
                let value = shape.mean_sd().0;
                f64::from(low <= value && value <= high)
            }
            (Bounds::Redraw { low, high }, shape) => shape.below(high) - shape.below(low),
            // At least half of every distribution here has the sign of its mean.
            (Bounds::None | Bounds::Clip { .. } | Bounds::KeepSign, _) => 1.0,
        }
    }

    /// The next value; None if the bounds refused a thousand.
    pub fn draw(&self, stream: &mut Stream) -> Option<f64> {
        let mean = self.shape.mean_sd().0;
        let passes = |x: f64| match self.bounds {
            Bounds::Redraw { low, high } => low <= x && x <= high,
            Bounds::KeepSign => mean == 0.0 || x * mean.signum() > 0.0,
            Bounds::None | Bounds::Clip { .. } => true,
        };
        let drawn = (0..TRIES).map(|_| self.shape.draw(stream)).find(|x| passes(*x))?;
        Some(match self.bounds {
            Bounds::Clip { low, high } => drawn.max(low).min(high),
            _ => drawn,
        })
    }

    /// The next value in steps of `dt`, at least one: a drawn delay. Rounded first, then held against the bounds, so
    /// that `in [0.1 ms, inf]` at a dt of 0.1 ms accepts all that rounds to a step or more.
    pub fn draw_steps(&self, dt: f64, stream: &mut Stream) -> Option<i64> {
        // Bounds that are meant to lie on the grid do so to within the rounding of one division.
        let least = |bound: f64| (bound / dt - 1e-9).ceil();
        let most = |bound: f64| (bound / dt + 1e-9).floor();
        let mean = self.shape.mean_sd().0;
        let passes = |step: f64| match self.bounds {
            Bounds::Redraw { low, high } => least(low) <= step && step <= most(high),
            Bounds::KeepSign => step * mean.signum() > 0.0 || (step == 0.0 && mean >= 0.0),
            Bounds::None | Bounds::Clip { .. } => true,
        };
        let drawn = (0..TRIES).map(|_| (self.shape.draw(stream) / dt).round()).find(|step| passes(*step))?;
        let bounded = match self.bounds {
            Bounds::Clip { low, high } => drawn.max(least(low)).min(most(high)),
            _ => drawn,
        };
        Some(bounded.max(1.0) as i64)
    }

    /// Mean and standard deviation of the distribution without its bounds.
    pub fn mean_sd(&self) -> (f64, f64) {
        self.shape.mean_sd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::Purpose;

    fn sample(shape: Shape, bounds: Bounds, count: usize) -> Vec<f64> {
        let mut stream = Stream::new(7, Purpose::Parameter, 0, 0);
        let random = Random { shape, bounds };
        (0..count).map(|_| random.draw(&mut stream).expect("draws pass")).collect()
    }

    fn moments(values: &[f64]) -> (f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        (mean, (values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt())
    }

    /// Mean and sd are those of the value. Tolerances: five standard errors of 100 000 draws (of the sd of a
    /// lognormal, which has heavy tails, more).
    #[test]
    fn draws_have_the_mean_and_sd_of_their_description() {
        let shapes = [
            Shape::Normal { mean: -58.0, sd: 10.0 },
            Shape::Uniform { low: -2.0, high: 6.0 },
            Shape::Exponential { mean: 3.0 },
            Shape::Lognormal { mean: 2.0, sd: 1.0 },
        ];
        for shape in shapes {
            let (mean, sd) = moments(&sample(shape, Bounds::None, 100_000));
            let (wanted_mean, wanted_sd) = shape.mean_sd();
            assert!((mean - wanted_mean).abs() < 5.0 * wanted_sd / 316.0, "{shape:?}: mean {mean}");
            assert!((sd / wanted_sd - 1.0).abs() < 0.04, "{shape:?}: sd {sd}");
        }
    }

    #[test]
    fn bounds_hold() {
        let normal = Shape::Normal { mean: 1.0, sd: 2.0 };
        assert!(sample(normal, Bounds::Redraw { low: 0.0, high: 2.0 }, 1000).iter().all(|x| (0.0..=2.0).contains(x)));
        let clipped = sample(normal, Bounds::Clip { low: 0.0, high: f64::INFINITY }, 1000);
        assert!(clipped.contains(&0.0) && clipped.iter().all(|x| *x >= 0.0));
        assert!(sample(normal, Bounds::KeepSign, 1000).iter().all(|x| *x > 0.0));
        let negative = Shape::Normal { mean: -1.0, sd: 2.0 };
        assert!(sample(negative, Bounds::KeepSign, 1000).iter().all(|x| *x < 0.0));
        let certain = Shape::Normal { mean: 0.0, sd: 0.0 };
        assert_eq!(sample(certain, Bounds::KeepSign, 2), [0.0, 0.0]);
        assert_eq!(sample(Shape::Lognormal { mean: 0.0, sd: 0.0 }, Bounds::None, 1), [0.0]);
    }

    #[test]
    fn impossible_bounds_give_up() {
        let random =
            Random { shape: Shape::Uniform { low: 0.0, high: 1.0 }, bounds: Bounds::Redraw { low: 2.0, high: 3.0 } };
        assert_eq!(random.draw(&mut Stream::new(1, Purpose::Weight, 0, 0)), None);
    }

    /// Phi(1) = 0.841344746, Phi(1.96) = 0.975002105 (Abramowitz & Stegun 1964, table 26.1).
    #[test]
    fn shares_below_a_value() {
        let close = |x: f64, y: f64| assert!((x - y).abs() < 1e-7, "{x} {y}");
        let normal = Shape::Normal { mean: 2.0, sd: 3.0 };
        close(normal.below(5.0), 0.841344746);
        close(normal.below(2.0 + 3.0 * 1.96), 0.975002105);
        close(normal.below(-1.0), 1.0 - 0.841344746);
        close(Shape::Uniform { low: 0.0, high: 4.0 }.below(1.0), 0.25);
        close(Shape::Exponential { mean: 2.0 }.below(2.0), 1.0 - 0.36787944117);
        // The median of a lognormal is mean / sqrt(1 + (sd/mean)^2).
        close(Shape::Lognormal { mean: 2.0, sd: 2.0 }.below(2.0_f64.sqrt()), 0.5);
        close(normal.below(f64::INFINITY), 1.0);
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let message = |shape, bounds| Random { shape, bounds }.check().expect_err("refused").message;
        let unit = Shape::Normal { mean: 0.0, sd: 1.0 };
        assert_eq!(message(Shape::Normal { mean: 0.0, sd: -1.0 }, Bounds::None), "the sd is negative");
        let reversed = Shape::Uniform { low: 1.0, high: 0.0 };
        assert_eq!(message(reversed, Bounds::None), "the low end of `uniform` is above its high end");
        assert!(message(Shape::Exponential { mean: -1.0 }, Bounds::None).contains("zero or above"));
        assert!(message(Shape::Lognormal { mean: -1.0, sd: 1.0 }, Bounds::None).contains("above zero"));
        assert!(message(Shape::Normal { mean: f64::INFINITY, sd: 1.0 }, Bounds::None).contains("finite"));
        assert!(message(unit, Bounds::KeepSign).contains("no sign"));
        assert!(message(unit, Bounds::Clip { low: 1.0, high: 0.0 }).contains("lower bound"));
        // Phi(-1.2816) = 0.1: just more, and just less, than a tenth of the draws pass.
        let tail = |low: f64| Bounds::Redraw { low, high: f64::INFINITY };
        assert!(Random { shape: unit, bounds: tail(1.281) }.check().is_ok());
        assert!(message(unit, tail(1.282)).contains("% of the draws would be outside"));
    }

    /// Delays as in Potjans & Diesmann (2014): drawn, rounded to 0.1 ms, at least 0.1 ms.
    #[test]
    fn delays_are_rounded_before_their_bounds_are_asked() {
        let shape = Shape::Normal { mean: 0.75, sd: 0.375 };
        let random = Random { shape, bounds: Bounds::Redraw { low: 0.1, high: 0.3 } };
        let mut stream = Stream::new(3, Purpose::Delay, 0, 0);
        let steps: Vec<i64> = (0..2000).filter_map(|_| random.draw_steps(0.1, &mut stream)).collect();
        assert_eq!((steps.len(), steps.iter().min(), steps.iter().max()), (2000, Some(&1), Some(&3)));
        let never = Random { shape: Shape::Normal { mean: -1.0, sd: 0.0 }, bounds: Bounds::None };
        assert_eq!(never.draw_steps(0.1, &mut stream), Some(1));
    }
}
