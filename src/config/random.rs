//! Random values: `"normal(-58 mV, 10 mV) in [-80 mV, -50 mV]"` and its relatives.
//!
//! A distribution is named by the mean and standard deviation of the *value* (for `lognormal` too, not of the
//! logarithm). Bounds cut it: by drawing again, by clipping, or by drawing again until the sign is the mean's.

use super::quantity::trouble;
use super::random_steps::RandomSteps;
use crate::error::{Code, Diagnostic};
use crate::num::dispatch::{self, Task};
use crate::num::math::{exp, ln};
use crate::num::rng::{Key, Stream};

/// A random number in the unit that it was asked in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Random {
    pub shape: Shape,
    pub bounds: Bounds,
}

/// No exponential number is farther from zero than this many means: -ln 2^-54.
const FARTHEST_EXPONENTIAL: f64 = 37.5;
/// No normal number is farther from its mean than this many standard deviations: of 2^53 uniform numbers none makes it.
const FARTHEST: f64 = 8.6;

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
    /// From `start` on, in the mean by `mean`; downwards, if this is negative.
    Exponential {
        start: f64,
        mean: f64,
    },
    /// From `start` on; mean and standard deviation of what is added to it, not of its logarithm; a negative mean as above.
    Lognormal {
        start: f64,
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
            Shape::Exponential { start, mean } => start + mean * stream.exponential(),
            Shape::Lognormal { start, mean: 0.0, .. } => start,
            Shape::Lognormal { start, mean, sd } => {
                let (mu, sigma) = logarithmic(mean, sd);
                start + exp(mu + sigma * stream.normal()).copysign(mean)
            }
        }
    }

    /// The share of values at or below `x`.
    pub(super) fn below(self, x: f64) -> f64 {
        match self {
            _ if x == f64::INFINITY => 1.0,
            _ if x == f64::NEG_INFINITY => 0.0,
            Shape::Normal { mean, sd } if sd > 0.0 => standard_normal_below((x - mean) / sd),
            Shape::Uniform { low, high } if high > low => ((x - low) / (high - low)).clamp(0.0, 1.0),
            Shape::Exponential { start, mean } if mean > 0.0 => {
                if x > start {
                    1.0 - exp(-(x - start) / mean)
                } else {
                    0.0
                }
            }
            Shape::Exponential { start, mean } if mean < 0.0 => {
                1.0 - Shape::Exponential { start: -start, mean: -mean }.below(-x)
            }
            Shape::Lognormal { start, mean, sd } if mean < 0.0 && sd > 0.0 => {
                1.0 - Shape::Lognormal { start: -start, mean: -mean, sd }.below(-x)
            }
            Shape::Lognormal { start, mean, sd } if sd > 0.0 && mean > 0.0 => {
                let (mu, sigma) = logarithmic(mean, sd);
                if x > start { standard_normal_below((ln(x - start) - mu) / sigma) } else { 0.0 }
            }
            certain => f64::from(certain.mean_sd().0 <= x),
        }
    }

    fn mean_sd(self) -> (f64, f64) {
        match self {
            Shape::Normal { mean, sd } => (mean, sd),
            Shape::Uniform { low, high } => ((low + high) / 2.0, (high - low) / 12_f64.sqrt()),
            Shape::Exponential { start, mean } => (start + mean, mean.abs()),
            Shape::Lognormal { start, mean, sd } => (start + mean, sd),
        }
    }

    /// Whether there is such a distribution.
    fn check(self) -> Result<(), Diagnostic> {
        let bad = |message: &str| Err(trouble(Code::BadRandom, message));
        match self {
            Shape::Exponential { start, .. } | Shape::Lognormal { start, .. } if !start.is_finite() => {
                bad("what is added to a random value must be finite")
            }
            Shape::Normal { mean, sd } | Shape::Lognormal { mean, sd, .. } if !mean.is_finite() || !sd.is_finite() => {
                bad("the mean and sd of a random value must be finite")
            }
            Shape::Normal { sd, .. } | Shape::Lognormal { sd, .. } if sd < 0.0 => bad("the sd is negative"),
            Shape::Lognormal { mean: 0.0, sd, .. } if sd > 0.0 => bad("the mean of a `lognormal` must not be zero"),
            Shape::Uniform { low, high } if !low.is_finite() || !high.is_finite() => {
                bad("the ends of `uniform` must be finite")
            }
            Shape::Uniform { low, high } if low > high => bad("the low end of `uniform` is above its high end"),
            Shape::Exponential { mean, .. } if !mean.is_finite() => bad("the mean of an `exponential` must be finite"),
            _ => Ok(()),
        }
    }
}

/// mu and sigma of the logarithm of the size of a lognormal value with this mean and sd.
fn logarithmic(mean: f64, sd: f64) -> (f64, f64) {
    let variance = ln(1.0 + (sd / mean) * (sd / mean));
    (ln(mean.abs()) - variance / 2.0, variance.sqrt())
}

/// The standard normal distribution function, to 1e-15: x + x^3/3 + x^5/(3 5) + ... times the density (Marsaglia 2004,
/// J Stat Softw 11:4).
fn standard_normal_below(x: f64) -> f64 {
    if x.abs() > 9.0 {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    let (mut sum, mut term, mut n) = (x, x, 1.0);
    while term.abs() > 1e-18 {
        n += 2.0;
        term *= x * x / n;
        sum += term;
    }
    (0.5 + sum * exp(-x * x / 2.0) / std::f64::consts::TAU.sqrt()).clamp(0.0, 1.0)
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
        let drawn = (0..TRIES).map(|_| self.shape.draw(stream)).find(|x| self.passes(*x))?;
        Some(match self.bounds {
            Bounds::Clip { low, high } => drawn.max(low).min(high),
            _ => drawn,
        })
    }

    /// Values for the entries of row `row`: `out[i]` is a function of `key`, `row` and i. Many at a time, in vectors.
    pub fn fill_row(&self, key: Key, row: u64, out: &mut [f64]) {
        match self.shape {
            Shape::Normal { .. } | Shape::Lognormal { .. } => key.row_normals(row, out),
            Shape::Uniform { .. } | Shape::Exponential { .. } => key.row_uniforms(row, out),
        }
        dispatch::run(Finish { random: self, out });
        if matches!(self.bounds, Bounds::Redraw { .. } | Bounds::KeepSign) {
            for (i, x) in out.iter_mut().enumerate().filter(|(_, x)| !self.passes(**x)) {
                *x = (1..TRIES)
                    .map(|attempt| self.entry(key, row, i as u64, attempt as u64))
                    .find(|x| self.passes(*x))
                    .unwrap_or(*x);
            }
        }
    }

    /// One attempt at one entry of a row.
    fn entry(&self, key: Key, row: u64, i: u64, attempt: u64) -> f64 {
        let mut x = [match self.shape {
            Shape::Normal { .. } | Shape::Lognormal { .. } => key.row_normal(row, i, attempt),
            Shape::Uniform { .. } | Shape::Exponential { .. } => key.row_uniform(row, i, attempt),
        }];
        Finish { random: self, out: &mut x }.run();
        x[0]
    }

    fn passes(&self, x: f64) -> bool {
        match self.bounds {
            Bounds::Redraw { low, high } => low <= x && x <= high,
            Bounds::KeepSign => self.shape.mean_sd().0 == 0.0 || x * self.shape.mean_sd().0.signum() > 0.0,
            Bounds::None | Bounds::Clip { .. } => true,
        }
    }

    /// As [`Random::extremes`], but as far as any number is drawn.
    pub fn drawn_extremes(&self) -> (f64, f64) {
        let ((mean, sd), (low, high)) = (self.mean_sd(), self.extremes());
        let (low_drawn, high_drawn) = match self.shape {
            Shape::Normal { .. } => (mean - FARTHEST * sd, mean + FARTHEST * sd),
            Shape::Lognormal { start, mean, sd } if mean != 0.0 => {
                let (mu, sigma) = logarithmic(mean, sd);
                let farthest = start + exp(mu + FARTHEST * sigma).copysign(mean);
                (start.min(farthest), start.max(farthest))
            }
            // Of 2^53 uniform numbers none is below 2^-54.
            Shape::Exponential { start, mean } => {
                let farthest = start + mean * FARTHEST_EXPONENTIAL;
                (start.min(farthest), start.max(farthest))
            }
            _ => (low, high),
        };
        (low.max(low_drawn), high.min(high_drawn))
    }

    /// The share of values below `x`, bounds applied; `x` is zero where bounds keep a sign.
    pub fn share_below(&self, x: f64) -> f64 {
        match self.bounds {
            Bounds::None => self.shape.below(x),
            Bounds::Clip { low, .. } if low >= x => 0.0,
            Bounds::Clip { .. } => self.shape.below(x),
            Bounds::Redraw { low, .. } if low >= x => 0.0,
            Bounds::Redraw { low, high } => {
                (self.shape.below(x.min(high)) - self.shape.below(low)) / self.acceptance().max(f64::MIN_POSITIVE)
            }
            Bounds::KeepSign => f64::from(self.shape.mean_sd().0 < 0.0),
        }
    }

    /// The smallest and largest number that can be drawn; infinite where nothing but the generator bounds them.
    pub fn extremes(&self) -> (f64, f64) {
        let mean_of_all = self.shape.mean_sd().0;
        let (least, most) = match self.shape {
            Shape::Uniform { low, high } => (low, high),
            Shape::Exponential { start, mean } | Shape::Lognormal { start, mean, .. } if mean < 0.0 => {
                (f64::NEG_INFINITY, start)
            }
            Shape::Exponential { start, .. } | Shape::Lognormal { start, .. } => (start, f64::INFINITY),
            Shape::Normal { mean, sd: 0.0 } => (mean, mean),
            Shape::Normal { .. } => (f64::NEG_INFINITY, f64::INFINITY),
        };
        match self.bounds {
            Bounds::None => (least, most),
            Bounds::Redraw { low, high } | Bounds::Clip { low, high } => {
                (least.max(low).min(high), most.min(high).max(low))
            }
            Bounds::KeepSign if mean_of_all > 0.0 => (least.max(0.0), most),
            Bounds::KeepSign => (least, most.min(0.0)),
        }
    }

    /// The distribution of a drawn delay in steps of `dt`, see [`super::random_steps`].
    pub fn steps(&self, dt: f64) -> Option<RandomSteps> {
        RandomSteps::new(self, dt)
    }

    /// The standard deviation with the bounds, where both ends are finite: E(x) and E(x^2) by the midpoint rule over what is below x.
    pub fn sd_within_bounds(&self) -> f64 {
        const PARTS: usize = 256;
        let (low, high) = self.drawn_extremes();
        if self.bounds == Bounds::None || !(high - low).is_finite() || low == high {
            return self.shape.mean_sd().1;
        }
        let ends = match self.bounds {
            Bounds::Clip { .. } => (0.0, 1.0),
            _ => (self.shape.below(low), self.shape.below(high)),
        };
        // y = high - x, whose moments are integrals of the share of x below: E(y) = S F, E(y^2) = 2 S (high - x) F.
        let part = (high - low) / PARTS as f64;
        let (mut mean, mut square) = (0.0, 0.0);
        for x in (0..PARTS).map(|i| low + (i as f64 + 0.5) * part) {
            let below = (self.shape.below(x) - ends.0) / (ends.1 - ends.0).max(f64::MIN_POSITIVE);
            mean += below * part;
            square += 2.0 * (high - x) * below * part;
        }
        (square - mean * mean).max(0.0).sqrt()
    }

    /// Mean and standard deviation of the distribution without its bounds.
    pub fn mean_sd(&self) -> (f64, f64) {
        self.shape.mean_sd()
    }
}

/// Makes values of `out`, which holds standard normal or uniform numbers.
struct Finish<'a> {
    random: &'a Random,
    out: &'a mut [f64],
}

impl Task for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let each = self.out.iter_mut();
        match self.random.shape {
            Shape::Normal { mean, sd } => each.for_each(|x| *x = mean + sd * *x),
            Shape::Uniform { low, high } => each.for_each(|x| *x = low + (high - low) * *x),
            Shape::Exponential { start, mean } => each.for_each(|x| *x = start - mean * ln(*x)),
            Shape::Lognormal { start, mean: 0.0, .. } => self.out.fill(start),
            Shape::Lognormal { start, mean, sd } => {
                let (mu, sigma) = logarithmic(mean, sd);
                each.for_each(|x| *x = start + exp(mu + sigma * *x).copysign(mean));
            }
        }
        if let Bounds::Clip { low, high } = self.random.bounds {
            self.out.iter_mut().for_each(|x| *x = x.max(low).min(high));
        }
    }
}

#[cfg(test)]
#[path = "random_tests.rs"]
mod tests;
