//! Drawn delays: a distribution over whole numbers of steps.
//!
//! A drawn delay is rounded to the nearest step and then held against the bounds, so that `in [0.1 ms, inf]` at a dt of
//! 0.1 ms accepts all that rounds to a step or more; what would come out below one step is one step. Rounding makes of
//! any distribution F one over integers, P(k) = F((k + 1/2) dt) - F((k - 1/2) dt), and drawing again until the bounds
//! hold divides by the share that they accept. So a delay is one uniform number looked up in a table (Devroye 1986,
//! Non-uniform random variate generation, section III.2: sequential search, started by a guide).

use super::random::{Bounds, Random};
use crate::num::rng::Key;

/// Entries of the guide.
const GUIDE: usize = 1024;
/// Longer tables are not made: no network needs a delay drawn from so many.
const MOST: f64 = 1e6;
/// The share of draws beyond each end of the table: below the step of a uniform number.
const NEGLIGIBLE: f64 = 1e-16;

/// Cumulative probabilities of successive numbers of steps.
#[derive(Clone, Debug, PartialEq)]
pub struct RandomSteps {
    /// The smallest number of steps.
    lowest: u32,
    /// `cumulative[i]`: the share at or below `lowest + i` steps; the last is 1.
    cumulative: Vec<f64>,
    /// `guide[j]`: where the search for a u from j/1024 on begins.
    guide: Vec<u32>,
}

impl RandomSteps {
    /// `None` if the bounds leave no step, or if it spreads over more than a million steps.
    pub fn new(random: &Random, dt: f64) -> Option<RandomSteps> {
        // The share that rounds to at most k steps.
        let up_to = |k: f64| random.shape.below((k + 0.5) * dt);
        // Bounds that are meant to lie on the grid do so to within the rounding of one division.
        let least = |bound: f64| (bound / dt - 1e-9).ceil();
        let most = |bound: f64| (bound / dt + 1e-9).floor();
        let free = (f64::NEG_INFINITY, f64::INFINITY);
        let ((from, to), (low, high)) = match random.bounds {
            Bounds::None => (free, free),
            Bounds::Redraw { low, high } => ((least(low), most(high)), free),
            Bounds::Clip { low, high } => (free, (least(low), most(high))),
            Bounds::KeepSign if random.mean_sd().0 > 0.0 => ((1.0, f64::INFINITY), free),
            Bounds::KeepSign => ((f64::NEG_INFINITY, 0.0), free),
        };
        let before = if from.is_finite() { up_to(from - 1.0) } else { 0.0 };
        let accepted = if to.is_finite() { up_to(to) } else { 1.0 } - before;
        if !(accepted > 0.0 && from <= to) {
            return None;
        }
        let lowest = from.max(low).max(1.0);
        let highest = to.min(high).max(lowest);
        let share = |k: f64| if k >= highest { 1.0 } else { ((up_to(k) - before) / accepted).clamp(0.0, 1.0) };
        let mut first = lowest;
        while share(first) < NEGLIGIBLE {
            first += 1.0;
            if first - lowest > 100.0 * MOST {
                return None;
            }
        }
        let mut cumulative = vec![share(first)];
        while cumulative[cumulative.len() - 1] < 1.0 - NEGLIGIBLE {
            cumulative.push(share(first + cumulative.len() as f64));
            if cumulative.len() as f64 > MOST {
                return None;
            }
        }
        *cumulative.last_mut()? = 1.0;
        let lowest = if first < f64::from(u32::MAX) - MOST { first as u32 } else { return None };
        let guide = (0..GUIDE).map(|j| cumulative.partition_point(|c| *c < j as f64 / GUIDE as f64) as u32).collect();
        Some(RandomSteps { lowest, cumulative, guide })
    }

    /// The number of steps for a uniform number in (0, 1).
    #[inline]
    pub fn of(&self, u: f64) -> u32 {
        let mut i = self.guide[(u * GUIDE as f64) as usize] as usize;
        while self.cumulative[i] < u {
            i += 1;
        }
        self.lowest + i as u32
    }

    /// Delays for the entries of row `row`; `scratch` is overwritten.
    pub fn fill_row(&self, key: Key, row: u64, scratch: &mut Vec<f64>, out: &mut [u32]) {
        scratch.resize(out.len(), 0.0);
        key.row_uniforms(row, scratch);
        out.iter_mut().zip(scratch).for_each(|(out, u)| *out = self.of(*u));
    }

    /// The share of more than `steps`.
    pub fn share_above(&self, steps: u32) -> f64 {
        match steps.checked_sub(self.lowest) {
            None => 1.0,
            Some(place) => self.cumulative.get(place as usize).map_or(0.0, |below| 1.0 - below),
        }
    }

    /// The smallest and the largest that can come out.
    pub fn bounds(&self) -> (u32, u32) {
        (self.lowest, self.lowest + self.cumulative.len() as u32 - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::Shape;
    use super::*;
    use crate::num::rng::Purpose;

    fn drawn(shape: Shape, bounds: Bounds, dt: f64) -> Vec<u32> {
        let steps = RandomSteps::new(&Random { shape, bounds }, dt).expect("there are steps");
        let mut out = vec![0; 20_000];
        steps.fill_row(Key::new(3, Purpose::Delay, 0), 1, &mut vec![], &mut out);
        out
    }

    /// Delays as in Potjans & Diesmann (2014): drawn, rounded to 0.1 ms, at least 0.1 ms.
    #[test]
    fn delays_are_rounded_before_their_bounds_are_asked() {
        let shape = Shape::Normal { mean: 0.75, sd: 0.375 };
        let bounded = drawn(shape, Bounds::Redraw { low: 0.1, high: 0.3 }, 0.1);
        assert_eq!((bounded.iter().min(), bounded.iter().max()), (Some(&1), Some(&3)));
        let clipped = drawn(shape, Bounds::Clip { low: 0.5, high: 0.8 }, 0.1);
        assert_eq!((clipped.iter().min(), clipped.iter().max()), (Some(&5), Some(&8)));
        // Phi((0.55 - 0.75) / 0.375) = Phi(-0.5333) = 0.29690 are clipped up to 5 steps: sd of the share 0.0032.
        let share = clipped.iter().filter(|k| **k == 5).count() as f64 / clipped.len() as f64;
        assert!((share - 0.2969).abs() < 4.0 * 0.0032, "{share}");
        let never = drawn(Shape::Normal { mean: -1.0, sd: 0.0 }, Bounds::None, 0.1);
        assert!(never.iter().all(|k| *k == 1));
    }

    /// Against the distribution itself, cell by cell: chi-square with as many degrees of freedom as cells but one.
    #[test]
    fn steps_have_the_rounded_distribution() {
        let shape = Shape::Normal { mean: 1.5, sd: 0.75 };
        let out = drawn(shape, Bounds::Redraw { low: 0.1, high: f64::INFINITY }, 0.1);
        let whole = 1.0 - shape.below(0.05);
        let mut chi_square = 0.0;
        for k in 1..=35 {
            let p = (shape.below(0.1 * k as f64 + 0.05) - shape.below(0.1 * k as f64 - 0.05)) / whole;
            let expected = p * out.len() as f64;
            chi_square += (out.iter().filter(|x| **x == k).count() as f64 - expected).powi(2) / expected;
        }
        assert!(chi_square < 35.0 + 5.0 * 70f64.sqrt(), "{chi_square}");
        let mean = out.iter().map(|k| f64::from(*k)).sum::<f64>() / out.len() as f64;
        // Cut at 0.05 ms, the mean of the normal is 1.5 + 0.75 phi(a)/(1 - Phi(a)), a = -1.9333: 1.5473 ms.
        assert!((mean - 15.473).abs() < 5.0 * 7.0 / 141.0, "{mean}");
    }

    #[test]
    fn no_step_left() {
        let random =
            Random { shape: Shape::Uniform { low: 1.0, high: 2.0 }, bounds: Bounds::Redraw { low: 1.12, high: 1.18 } };
        assert_eq!(RandomSteps::new(&random, 0.1), None);
    }
}
