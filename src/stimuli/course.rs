//! A number that changes through time as it is written: held or linear between points, or a sine.
//!
//! What acts during a step is the mean over it, and that is exact: points lie on the grid, so within a step the course
//! is constant or a straight line; the mean of a sine is its value in the middle times sin(x)/x, x = pi frequency dt.

use crate::num::math::sin;
use std::f64::consts::{PI, TAU};

#[derive(Clone, Debug, PartialEq)]
pub enum Course {
    /// (step, value), ascending; before the first and after the last it stays. `linear` between them, or held.
    Points { points: Vec<(i64, f64)>, linear: bool },
    /// mean + amplitude sin(2 pi cycles_per_step k + phase), with the amplitude of the means over a step.
    Sine { mean: f64, amplitude: f64, cycles_per_step: f64, phase: f64 },
}

impl Course {
    /// `frequency` in Hz, `phase` in radians, dt in ms.
    pub fn sine(mean: f64, amplitude: f64, frequency: f64, phase: f64, dt_ms: f64) -> Course {
        let cycles_per_step = frequency * dt_ms / 1000.0;
        let x = PI * cycles_per_step;
        let damping = if x == 0.0 { 1.0 } else { sin(x) / x };
        Course::Sine { mean, amplitude: amplitude * damping, cycles_per_step, phase }
    }

    /// The mean over the step [k, k+1).
    pub fn mean(&self, k: i64) -> f64 {
        match self {
            Course::Points { points, linear } => {
                let after = points.partition_point(|(step, _)| *step <= k);
                let (Some(before), Some(next)) = (after.checked_sub(1), points.get(after)) else {
                    return points.get(after.saturating_sub(1)).map_or(0.0, |(_, value)| *value);
                };
                let (from, value) = points[before];
                if !linear {
                    return value;
                }
                let part = ((k - from) as f64 + 0.5) / (next.0 - from) as f64;
                value + (next.1 - value) * part
            }
            Course::Sine { mean, amplitude, cycles_per_step, phase } => {
                let cycles = cycles_per_step * (k as f64 + 0.5);
                mean + amplitude * sin(TAU * (cycles - cycles.floor()) + phase)
            }
        }
    }

    /// The mean over the steps first..end, in closed form: runs may have billions of them.
    pub fn average(&self, first: i64, end: i64) -> f64 {
        let steps = (end - first) as f64;
        match self {
            _ if end <= first => 0.0,
            Course::Points { points, linear } => sum_of_points(points, *linear, first, end) / steps,
            Course::Sine { mean, amplitude, cycles_per_step, phase } => {
                // sum of sin(w (k + 1/2) + p) over n steps = sin(n w / 2) / sin(w / 2) sin(w (first + n / 2) + p).
                let turned = |cycles: f64| TAU * (cycles - cycles.floor());
                let (half, all) = (sin(PI * cycles_per_step), sin(turned(cycles_per_step * steps / 2.0)));
                let ratio = if half == 0.0 { steps } else { all / half };
                let middle = turned(cycles_per_step * (first as f64 + steps / 2.0));
                mean + amplitude * ratio / steps * sin(middle + phase)
            }
        }
    }

    /// No step has more.
    pub fn most(&self) -> f64 {
        match self {
            Course::Points { points, .. } => points.iter().map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max),
            Course::Sine { mean, amplitude, .. } => mean + amplitude.abs(),
        }
    }

    /// All values times `factor`.
    pub fn scaled(&self, factor: f64) -> Course {
        match self {
            Course::Points { points, linear } => {
                let points = points.iter().map(|(step, value)| (*step, value * factor)).collect();
                Course::Points { points, linear: *linear }
            }
            Course::Sine { mean, amplitude, cycles_per_step, phase } => Course::Sine {
                mean: mean * factor,
                amplitude: amplitude * factor,
                cycles_per_step: *cycles_per_step,
                phase: *phase,
            },
        }
    }
}

/// Over the steps first..end, of which each has the mean over it.
fn sum_of_points(points: &[(i64, f64)], linear: bool, first: i64, end: i64) -> f64 {
    let (Some(start), Some(last)) = (points.first(), points.last()) else { return 0.0 };
    let steps = |from: i64, to: i64| (to.min(end) - from.max(first)).max(0) as f64;
    let between = points.windows(2).map(|pair| {
        let ((from, value), (to, next)) = (pair[0], pair[1]);
        let count = steps(from, to);
        if !linear || count == 0.0 {
            return value * count;
        }
        let middle = (from.max(first) - from) as f64 + count / 2.0;
        (value + (next - value) * middle / (to - from) as f64) * count
    });
    let (before, after) = (steps(i64::MIN, start.0) * start.1, steps(last.0, i64::MAX) * last.1);
    before + between.sum::<f64>() + after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_held_or_joined() {
        let points = vec![(2, 10.0), (4, 20.0), (8, 0.0)];
        let held = Course::Points { points: points.clone(), linear: false };
        assert_eq!([0, 2, 3, 4, 7, 8, 99].map(|k| held.mean(k)), [10.0, 10.0, 10.0, 20.0, 20.0, 0.0, 0.0]);
        let linear = Course::Points { points, linear: true };
        // Means over a step of straight lines: their values in the middle.
        assert_eq!([0, 2, 3, 4, 7, 8].map(|k| linear.mean(k)), [10.0, 12.5, 17.5, 17.5, 2.5, 0.0]);
        assert_eq!(linear.average(2, 8), (2.0 * 15.0 + 4.0 * 10.0) / 6.0);
    }

    /// The closed form is the sum; and over a billion billion steps, whole periods, it is the mean.
    #[test]
    fn the_average_is_the_sum_of_the_means_and_needs_no_time() {
        let points = vec![(2, 10.0), (4, 20.0), (8, 0.0)];
        let of_points = |linear: bool| Course::Points { points: points.clone(), linear };
        let courses = [of_points(false), of_points(true), Course::sine(3.0, 2.0, 40.0, 0.3, 0.5)];
        for course in courses {
            for (first, end) in [(0, 1), (0, 12), (3, 7), (5, 90), (9, 9)] {
                let sum: f64 = (first..end).map(|k| course.mean(k)).sum();
                let mean = sum / (end - first).max(1) as f64;
                assert!((course.average(first, end) - mean).abs() < 1e-12, "rounding: {first}..{end} of {course:?}");
            }
        }
        // A 64th of a cycle a step.
        let sine = Course::Sine { mean: 3.0, amplitude: 2.0, cycles_per_step: 1.0 / 64.0, phase: 0.3 };
        assert!((sine.average(0, 1 << 60) - 3.0).abs() < 1e-12);
        assert_eq!(of_points(true).average(8, 1 << 60), 0.0);
        // A cycle in two steps: the same twice, but for its sign.
        let fastest = Course::Sine { mean: 1.0, amplitude: 1.0, cycles_per_step: 0.5, phase: 0.0 };
        assert!((fastest.average(0, 3) - (1.0 + 1.0 / 3.0)).abs() < 1e-12);
    }

    #[test]
    fn the_mean_of_a_sine_over_a_step_is_its_integral() {
        let course = Course::sine(3.0, 2.0, 40.0, 0.3, 0.5);
        let omega = TAU * 0.04;
        for k in [0, 1, 17, 4000] {
            let (from, to) = (k as f64 * 0.5, (k + 1) as f64 * 0.5);
            let integral = ((omega * from + 0.3).cos() - (omega * to + 0.3).cos()) / omega;
            assert!((course.mean(k) - (3.0 + 2.0 * integral / 0.5)).abs() < 1e-11, "phase of step {k}");
        }
        assert_eq!(course.scaled(2.0), Course::sine(6.0, 4.0, 40.0, 0.3, 0.5));
    }
}
