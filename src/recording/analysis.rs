//! Numbers from spikes and traces: intervals, synchrony, crossing times, velocities.
//!
//! Pure functions. Times are ms, ascending within a train; a window [start, stop] includes both ends. Variances divide
//! by n, not n - 1, as NumPy's `std` and Elephant's `cv` do.
//!
//! | quantity | definition |
//! |---|---|
//! | CV | standard deviation / mean of the intervals between spikes; 0 for a clock, 1 for a Poisson process |
//! | synchrony of spikes | variance / mean of the population's spike counts in bins of 3 ms: 1 for independent Poisson neurons, about N if N fire together (Potjans & Diesmann 2014, Cereb. Cortex 24:785) |

use super::SpikeTrains;
use crate::num::math::variation;

/// Width of the bins in which spikes count as together (ms): Potjans & Diesmann 2014.
pub const SYNCHRONY_BIN_MS: f64 = 3.0;

/// The spike times of each recorded neuron, in the order of `recorded`.
pub fn trains(spikes: &SpikeTrains) -> Vec<Vec<f64>> {
    let mut trains = vec![vec![]; spikes.recorded.len()];
    for (time, neuron) in spikes.times_ms.iter().zip(&spikes.neurons) {
        if let Ok(index) = spikes.recorded.binary_search(&(*neuron as usize)) {
            trains[index].push(*time);
        }
    }
    trains
}

/// The part of a train within [start, stop].
pub fn within(train: &[f64], start_ms: f64, stop_ms: f64) -> &[f64] {
    let first = train.partition_point(|time| *time < start_ms);
    let end = train.partition_point(|time| *time <= stop_ms);
    &train[first..end.max(first)]
}

/// Times between successive spikes (ms).
pub fn intervals(train: &[f64]) -> Vec<f64> {
    train.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// Coefficient of variation of a train's intervals; `None` below three spikes.
pub fn cv(train: &[f64]) -> Option<f64> {
    let mut intervals = Intervals::default();
    train.iter().for_each(|time| intervals.spike(*time));
    intervals.cv()
}

/// Mean of [`cv`] over the trains that have three spikes in the window.
pub fn mean_cv(trains: &[Vec<f64>], start_ms: f64, stop_ms: f64) -> Option<f64> {
    mean(trains.iter().filter_map(|train| cv(within(train, start_ms, stop_ms))))
}

/// The intervals of one neuron as they come, without keeping them (Welford 1962): for counting in large networks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Intervals {
    last_ms: Option<f64>,
    count: u32,
    mean: f64,
    /// Sum of squared deviations from the mean.
    squares: f64,
}

impl Intervals {
    /// Times must ascend.
    pub fn spike(&mut self, time_ms: f64) {
        if let Some(last) = self.last_ms.replace(time_ms) {
            let interval = time_ms - last;
            self.count += 1;
            let deviation = interval - self.mean;
            self.mean += deviation / f64::from(self.count);
            self.squares += deviation * (interval - self.mean);
        }
    }

    /// Spikes so far: intervals, and one.
    pub fn spikes(&self) -> u32 {
        self.count + u32::from(self.last_ms.is_some())
    }

    /// `None` below three spikes.
    pub fn cv(&self) -> Option<f64> {
        let deviation = (self.squares / f64::from(self.count.max(1))).sqrt();
        (self.count >= 2 && self.mean > 0.0).then(|| variation(deviation, self.mean))
    }
}

/// The mean, if there is anything.
pub fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0u64), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

fn variance(values: &[f64]) -> Option<f64> {
    let centre = mean(values.iter().copied())?;
    mean(values.iter().map(|value| (value - centre) * (value - centre)))
}

/// Spikes of all trains in successive bins from `start_ms`; a last bin that the window cuts is left out.
pub fn spike_counts(trains: &[Vec<f64>], start_ms: f64, stop_ms: f64, bin_ms: f64) -> Vec<f64> {
    // Half a thousandth of a bin absorbs the rounding of a window that is a whole number of bins.
    let bins = ((stop_ms - start_ms) / bin_ms + 5e-4).floor().max(0.0) as usize;
    let mut counts = vec![0.0; bins];
    for time in trains.iter().flat_map(|train| within(train, start_ms, stop_ms)) {
        if let Some(count) = counts.get_mut(((time - start_ms) / bin_ms) as usize) {
            *count += 1.0;
        }
    }
    counts
}

/// Variance over mean of the population's spike counts; `None` without spikes or with fewer than two bins.
pub fn synchrony_of_spikes(trains: &[Vec<f64>], start_ms: f64, stop_ms: f64) -> Option<f64> {
    let counts = spike_counts(trains, start_ms, stop_ms, SYNCHRONY_BIN_MS);
    let centre = mean(counts.iter().copied())?;
    (counts.len() >= 2 && centre > 0.0).then(|| variance(&counts).map(|variance| variance / centre))?
}

/// A sample: time in ms, and the value.
pub type Sample = (f64, f64);

/// When a value rises through `threshold` between `at` (below) and `next` (at or above), on the parabola through these
/// and the sample `before` where there is one: the error falls with the cube of the step, on a line with its square.
pub fn crossing_time(before: Option<Sample>, at: Sample, next: Sample, threshold: f64) -> f64 {
    let (step, rise) = (next.0 - at.0, threshold - at.1);
    let slope = (next.1 - at.1) / step;
    let line = at.0 + rise / slope;
    let Some(before) = before else { return line };
    // V(at + s) = V(at) + a s + b s^2; of the roots, the one that a > 0 leads to, without cancellation.
    let slope_before = (at.1 - before.1) / (at.0 - before.0);
    let b = (slope - slope_before) / (next.0 - before.0);
    let a = slope - b * step;
    let s = 2.0 * rise / (a + (a * a + 4.0 * b * rise).sqrt());
    if (0.0..=step).contains(&s) { at.0 + s } else { line }
}

/// Times of all upward crossings of a trace.
pub fn crossings(samples: &[Sample], threshold: f64) -> Vec<f64> {
    let crosses = |k: &usize| samples[k - 1].1 < threshold && samples[*k].1 >= threshold;
    let before = |k: usize| k.checked_sub(2).map(|k| samples[k]);
    (1..samples.len())
        .filter(crosses)
        .map(|k| crossing_time(before(k), samples[k - 1], samples[k], threshold))
        .collect()
}

/// Path length over travelling time (m/s) from um and ms; negative if it ran the other way, `None` if in no time.
pub fn velocity(distance_um: f64, time_ms: f64) -> Option<f64> {
    // 1 um/ms = 1e-6 m / 1e-3 s.
    (time_ms != 0.0).then(|| distance_um / time_ms * 1e-3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trains_hold_silent_neurons_too() {
        let spikes = SpikeTrains {
            size: 9,
            recorded: vec![2, 3, 7],
            times_ms: vec![1.0, 2.0, 3.0],
            neurons: vec![7, 2, 7],
            ..SpikeTrains::default()
        };
        assert_eq!(trains(&spikes), [vec![2.0], vec![], vec![1.0, 3.0]]);
    }

    #[test]
    fn a_window_has_both_its_ends() {
        let train = [0.0, 100.0, 150.0, 200.0, 201.0];
        assert_eq!(within(&train, 100.0, 200.0), [100.0, 150.0, 200.0]);
        assert!(within(&train, 5.0, 1.0).is_empty());
    }

    #[test]
    fn cv_is_that_of_the_intervals() {
        // Intervals 1 and 3: mean 2, standard deviation 1.
        assert_eq!(cv(&[0.0, 1.0, 4.0]), Some(0.5));
        assert_eq!(cv(&[0.0, 2.0, 4.0, 6.0]), Some(0.0));
        assert_eq!(cv(&[0.0, 1.0]), None);
        assert_eq!(mean_cv(&[vec![0.0, 1.0, 4.0], vec![1.0]], 0.0, 9.0), Some(0.5));
        assert_eq!(intervals(&[0.0, 1.0, 4.0]), [1.0, 3.0]);
    }

    #[test]
    fn unison_and_alternation_have_the_synchrony_of_theory() {
        // Four neurons together in every other bin: counts 4, 0, 4, 0: mean 2, variance 4.
        let together = vec![vec![1.0, 7.0]; 4];
        assert_eq!(synchrony_of_spikes(&together, 0.0, 12.0), Some(2.0));
        // One neuron in each bin: no variance.
        assert_eq!(synchrony_of_spikes(&[vec![1.0, 7.0], vec![4.0, 10.0]], 0.0, 12.0), Some(0.0));
        assert_eq!(synchrony_of_spikes(&[vec![]], 0.0, 12.0), None);
    }

    #[test]
    fn a_parabola_is_crossed_exactly_and_a_line_too() {
        // V = t^2 crosses 2 at sqrt(2), sampled at 0, 1, 2.
        let samples = [(0.0, 0.0), (1.0, 1.0), (2.0, 4.0)];
        assert!((crossings(&samples, 2.0)[0] - 2f64.sqrt()).abs() < 1e-15);
        // V = 4 t - t^2 bends the other way: crosses 3.75 at 1.5.
        let samples = [(0.0, 0.0), (1.0, 3.0), (2.0, 4.0)];
        assert!((crossings(&samples, 3.75)[0] - 1.5).abs() < 1e-15);
        assert_eq!(crossings(&samples[..2], 1.5), [0.5]);
        assert_eq!(crossings(&[(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)], 1.5), [1.5]);
    }

    #[test]
    fn crossings_are_upward_and_rearm_below() {
        let v = [0.0, 2.0, 2.0, 0.0, 1.0, 0.0];
        let samples: Vec<Sample> = v.iter().enumerate().map(|(k, v)| (k as f64, *v)).collect();
        assert_eq!(crossings(&samples, 1.0).len(), 2);
    }

    #[test]
    fn the_crossing_converges_with_the_cube_of_the_step() {
        // sin(t) crosses 0.5 at pi/6; halving the step must divide the error by about eight.
        let error = |step: f64| {
            let samples: Vec<Sample> = (0..30).map(|k| (k as f64 * step, (k as f64 * step).sin())).collect();
            (crossings(&samples, 0.5)[0] - std::f64::consts::FRAC_PI_6).abs()
        };
        // Steps that put the crossing in the same place within its interval: 5.5 and 10.5, 21.5 steps from 0.
        let step = |steps: f64| std::f64::consts::FRAC_PI_6 / steps;
        let order = (error(step(10.5)) / error(step(21.5))).ln() / (21.5f64 / 10.5).ln();
        assert!((2.8..3.3).contains(&order), "{order}");
    }

    #[test]
    fn velocity_is_in_metres_per_second() {
        assert_eq!(velocity(1000.0, 1.0), Some(1.0));
        assert_eq!(velocity(1000.0, 0.0), None);
    }
}
