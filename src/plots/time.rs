//! The time axis of a plot: its range, and ms or s, whichever reads better.

use super::decimate;
use super::page::{Panel, Quantity};
use super::text;
use crate::recording::thinning::round_up;

/// From this length on a time axis is in seconds.
const LONG_MS: f64 = 20_000.0;

#[derive(Clone, Debug)]
pub struct Time {
    pub low_ms: f64,
    pub high_ms: f64,
}

impl Time {
    /// Over all of these times, in ms.
    pub fn of(times_ms: impl Iterator<Item = f64>) -> Time {
        let (low, high) = times_ms.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), t| (low.min(t), high.max(t)));
        match low < high {
            true => Time { low_ms: low, high_ms: high },
            // A single instant, or none: a millisecond around it.
            false if low.is_finite() => Time { low_ms: low - 0.5, high_ms: low + 0.5 },
            false => Time { low_ms: 0.0, high_ms: 1.0 },
        }
    }

    /// The axis' unit per ms.
    pub fn scale(&self) -> f64 {
        if self.high_ms - self.low_ms >= LONG_MS { 1e-3 } else { 1.0 }
    }

    pub fn quantity(&self) -> Quantity {
        let scale = self.scale();
        let unit = if scale == 1.0 { "ms" } else { "s" };
        Quantity::new("time", unit, (self.low_ms * scale, self.high_ms * scale))
    }

    pub fn holds(&self, at_ms: f64) -> bool {
        (self.low_ms..=self.high_ms).contains(&at_ms)
    }

    /// The points (ms, value) that make a difference on `panel`, in its unit of time, as unbroken pieces.
    pub fn thin(&self, points: impl Iterator<Item = (f64, f64)>, panel: &Panel) -> Vec<Vec<(f64, f64)>> {
        let scale = self.scale();
        let column = (panel.x.high - panel.x.low) / (2.0 * panel.width());
        decimate::thin(points.map(|(at, value)| (at * scale, value)), column)
    }

    /// Those of ascending times (ms) that stand apart on `panel`, in its unit of time.
    pub fn apart(&self, times_ms: &[f64], panel: &Panel) -> Vec<f64> {
        let column = (panel.x.high - panel.x.low) / (2.0 * panel.width());
        let mut times: Vec<f64> = times_ms.iter().map(|at| at * self.scale()).collect();
        times.dedup_by_key(|at| (*at / column).floor());
        times
    }

    /// The part of a line of corner points (ms, value) within the axis.
    pub fn clip(&self, corners: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let mut kept = vec![];
        if let [only] = corners {
            kept.extend(self.holds(only.0).then_some(*only));
        }
        for two in corners.windows(2) {
            let (a, b) = (two[0], two[1]);
            if b.0 < self.low_ms || a.0 > self.high_ms {
                continue;
            }
            let at = |x: f64| (x, a.1 + (b.1 - a.1) * (x - a.0) / (b.0 - a.0));
            kept.push(if a.0 < self.low_ms { at(self.low_ms) } else { a });
            kept.push(if b.0 > self.high_ms { at(self.high_ms) } else { b });
        }
        kept.dedup();
        kept
    }
}

/// A bin width of 1, 2 or 5 times a power of ten ms, no less than `least_ms` and `dt_ms`.
pub fn bin(least_ms: f64, dt_ms: f64) -> f64 {
    round_up(least_ms.max(dt_ms).max(1e-6))
}

/// A length of time in words.
pub fn length(ms: f64) -> String {
    if ms >= 1000.0 { format!("{} s", text::short(ms / 1000.0)) } else { format!("{} ms", plain(ms)) }
}

/// A time without needless zeros.
pub fn plain(value: f64) -> String {
    let written = text::number(value, 4);
    written.trim_end_matches('0').trim_end_matches('.').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_round() {
        assert_eq!(bin(5.0, 0.1), 5.0);
        assert_eq!(bin(0.3, 0.1), 0.5);
        assert_eq!(bin(0.05, 0.1), 0.1);
        assert_eq!(length(0.5), "0.5 ms");
    }

    #[test]
    fn a_step_is_cut_at_the_ends_of_the_axis() {
        let time = Time { low_ms: 5.0, high_ms: 20.0 };
        let step = [(0.0, 0.0), (10.0, 0.0), (10.0, 2.0), (30.0, 2.0)];
        assert_eq!(time.clip(&step), [(5.0, 0.0), (10.0, 0.0), (10.0, 2.0), (20.0, 2.0)]);
    }
}
