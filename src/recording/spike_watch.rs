//! Watching the spikes of a measure while a run goes on: sums are kept, not spikes, so memory does not grow with time.
//!
//! A window [start, stop] has both its ends; bins begin at start, and what is behind the last whole one is left out. A last bin that
//! ends with the window has its end, too.

use super::analysis::{Intervals, mean};
use super::correlation::{Pairs, scrambled};
use super::measures::{MeasureKind, MeasureSpec};
use super::spectrum::{self, Welch};

/// What was seen of the spikes of one measure.
pub struct SpikeWatch {
    start_ms: f64,
    stop_ms: f64,
    neurons: usize,
    least_spikes: u32,
    bin_ms: f64,
    gathered: Gathered,
}

enum Gathered {
    Count(u64),
    /// Of each neuron, the time of its first spike.
    First(Vec<Option<f64>>),
    Intervals(Vec<Intervals>),
    /// Counts of all neurons together; which neurons these are, if not all.
    Together(Series, Sums, Option<Vec<bool>>),
    /// Counts of each neuron.
    Each(Vec<(Series, Sums)>),
    Pairs(Pairs),
    /// Or why there is no spectrum.
    Spectrum(Series, Result<Welch, String>, bool),
}

/// Counts of bins, one after the other.
#[derive(Clone)]
struct Series {
    start_ms: f64,
    bin_ms: f64,
    bins: u64,
    /// The window ends with its last bin.
    filled: bool,
    bin: u64,
    count: u64,
}

/// Of counts.
#[derive(Clone, Copy, Default)]
struct Sums {
    bins: u64,
    sum: u64,
    squares: u64,
}

impl Series {
    fn new(start_ms: f64, stop_ms: f64, bin_ms: f64) -> Series {
        let bins = whole_bins(start_ms, stop_ms, bin_ms);
        let filled = (bins as f64 - (stop_ms - start_ms) / bin_ms).abs() < 1e-6;
        Series { start_ms, bin_ms, bins, filled, bin: 0, count: 0 }
    }

    /// Counts a spike; times ascend. Bins before its own go to `take`.
    fn spike(&mut self, time_ms: f64, take: impl FnMut(u64)) {
        let mut bin = ((time_ms - self.start_ms) / self.bin_ms + 1e-6) as u64;
        if bin == self.bins && self.filled {
            bin = self.bins.saturating_sub(1);
        }
        if bin < self.bins {
            self.pass(bin, take);
            self.count += 1;
        }
    }

    fn pass(&mut self, bin: u64, mut take: impl FnMut(u64)) {
        while self.bin < bin {
            take(std::mem::take(&mut self.count));
            self.bin += 1;
        }
    }

    /// The bins that were whole by `reached_ms`.
    fn finish(&mut self, reached_ms: f64, take: impl FnMut(u64)) {
        self.pass(whole_bins(self.start_ms, reached_ms, self.bin_ms).min(self.bins), take);
    }
}

impl Sums {
    fn add(&mut self, count: u64) {
        self.bins += 1;
        self.sum += count;
        self.squares += count * count;
    }

    /// Variance / mean; nothing without spikes, or of fewer than two bins.
    fn dispersion(self) -> Option<f64> {
        let mean = self.sum as f64 / self.bins as f64;
        (self.bins >= 2 && self.sum > 0).then(|| (self.squares as f64 / self.bins as f64 - mean * mean) / mean)
    }
}

/// Bins from `start_ms` that end by `stop_ms`, but for rounding.
pub fn whole_bins(start_ms: f64, stop_ms: f64, bin_ms: f64) -> u64 {
    ((stop_ms - start_ms) / bin_ms + 1e-6).floor().max(0.0) as u64
}

impl SpikeWatch {
    /// Nothing, if the measure is not about spikes.
    pub fn new(spec: &MeasureSpec) -> Option<SpikeWatch> {
        if !spec.needs_trains() {
            return None;
        }
        let (start_ms, stop_ms, grain, neurons) = (spec.start_ms, spec.stop_ms, spec.grain, spec.count());
        let series = || Series::new(start_ms, stop_ms, grain.bin_ms);
        let gathered = match spec.kind {
            MeasureKind::Rate => Gathered::Count(0),
            MeasureKind::Cv => Gathered::Intervals(vec![Intervals::default(); neurons]),
            MeasureKind::Fano => Gathered::Each(vec![(series(), Sums::default()); neurons]),
            MeasureKind::Synchrony => Gathered::Together(series(), Sums::default(), some(neurons, grain.neurons)),
            MeasureKind::Correlation => Gathered::Pairs(Pairs::new(grain.neurons, start_ms, stop_ms, grain.bin_ms)),
            MeasureKind::SpectrumPeak => {
                let series = series();
                let length = spectrum::segment(series.bins, grain.bin_ms, grain.resolution_hz);
                Gathered::Spectrum(series, length.map(Welch::new), false)
            }
            _ => Gathered::First(vec![None; neurons]),
        };
        let least_spikes = grain.least_spikes.max(3);
        Some(SpikeWatch { start_ms, stop_ms, neurons, least_spikes, bin_ms: grain.bin_ms, gathered })
    }

    /// A spike of the neuron at `position` among those measured; times ascend.
    pub fn spike(&mut self, position: usize, time_ms: f64) {
        if time_ms < self.start_ms || time_ms > self.stop_ms {
            return;
        }
        match &mut self.gathered {
            Gathered::Count(count) => *count += 1,
            Gathered::First(first) => _ = first[position].get_or_insert(time_ms),
            Gathered::Intervals(intervals) => intervals[position].spike(time_ms),
            Gathered::Together(series, sums, among) => {
                if among.as_ref().is_none_or(|among| among[position]) {
                    series.spike(time_ms, |count| sums.add(count));
                }
            }
            Gathered::Each(each) => {
                let (series, sums) = &mut each[position];
                series.spike(time_ms, |count| sums.add(count));
            }
            Gathered::Pairs(pairs) => pairs.spike(position as u32, time_ms),
            Gathered::Spectrum(series, welch, any) => {
                *any = true;
                if let Ok(welch) = welch {
                    series.spike(time_ms, |count| welch.push(count as f64));
                }
            }
        }
    }

    /// The measure's value for a run that went on to `reached_ms`. An error says in words why there is none.
    pub fn value(self, reached_ms: f64) -> Result<f64, String> {
        let stop_ms = self.stop_ms.min(reached_ms);
        let window = format!("between {} and {stop_ms} ms", self.start_ms);
        if stop_ms <= self.start_ms {
            return Err(format!("the run ended at {stop_ms} ms"));
        }
        let silent = || format!("nobody fired {window}");
        let too_wide = || format!("there are no two bins of {} ms {window}", self.bin_ms);
        match self.gathered {
            // In this order whole numbers of ms are rounded once.
            Gathered::Count(count) => Ok(count as f64 * 1e3 / (self.neurons.max(1) as f64 * (stop_ms - self.start_ms))),
            Gathered::First(first) => {
                mean(first.into_iter().flatten().map(|time| time - self.start_ms)).ok_or_else(silent)
            }
            Gathered::Intervals(all) => {
                let enough = all.iter().filter(|intervals| intervals.spikes() >= self.least_spikes);
                mean(enough.filter_map(Intervals::cv))
                    .ok_or_else(|| format!("no neuron fired {} times {window}", self.least_spikes))
            }
            Gathered::Together(mut series, mut sums, _) => {
                series.finish(stop_ms, |count| sums.add(count));
                sums.dispersion().ok_or_else(|| if sums.sum == 0 { silent() } else { too_wide() })
            }
            Gathered::Each(mut each) => {
                each.iter_mut().for_each(|(series, sums)| series.finish(stop_ms, |count| sums.add(count)));
                let bins = each.iter().map(|(_, sums)| sums.bins).max().unwrap_or(0);
                mean(each.iter().filter_map(|(_, sums)| sums.dispersion()))
                    .ok_or_else(|| if bins < 2 { too_wide() } else { silent() })
            }
            Gathered::Pairs(pairs) => pairs.finish(stop_ms)?.mean().ok_or_else(silent),
            Gathered::Spectrum(mut series, welch, any) => {
                let mut welch = welch?;
                let window_bins = welch.length();
                series.finish(stop_ms, |count| welch.push(count as f64));
                let spectrum = welch.finish(self.bin_ms, self.neurons);
                let too_soon = || {
                    let needed = self.bin_ms * window_bins as f64;
                    format!(
                        "the run ended at {stop_ms} ms, before a window of {needed} ms was full; a coarser `resolution` has shorter ones"
                    )
                };
                let spectrum = spectrum.ok_or_else(too_soon)?;
                if any { spectrum.peak().ok_or_else(silent) } else { Err(silent()) }
            }
        }
    }
}

/// Which `most` of so many neurons are looked at: by chance, always the same; nothing if all are.
fn some(neurons: usize, most: usize) -> Option<Vec<bool>> {
    if neurons <= most {
        return None;
    }
    let mut keys: Vec<(u64, usize)> = (0..neurons).map(|position| (scrambled(position as u32), position)).collect();
    keys.sort_unstable();
    let mut among = vec![false; neurons];
    keys[..most].iter().for_each(|&(_, position)| among[position] = true);
    Some(among)
}

#[cfg(test)]
mod tests {
    use super::super::analysis::{mean_cv, synchrony_of_spikes};
    use super::super::measures::Grain;
    use super::*;
    use crate::num::rng::{Purpose, Stream};

    fn spec(kind: MeasureKind, neurons: usize, start_ms: f64, stop_ms: f64) -> MeasureSpec {
        MeasureSpec {
            name: "x".into(),
            kind,
            population: "exc".into(),
            neurons: (0..neurons).collect(),
            beside: vec![],
            sites: vec![],
            path_um: 0.0,
            start_ms,
            stop_ms,
            threshold_mv: 0.0,
            grain: Grain::of(kind),
        }
    }

    fn of(spec: &MeasureSpec, trains: &[Vec<f64>], reached_ms: f64) -> Result<f64, String> {
        let mut all: Vec<(f64, usize)> =
            trains.iter().enumerate().flat_map(|(n, train)| train.iter().map(move |time| (*time, n))).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut watch = SpikeWatch::new(spec).unwrap();
        all.iter().for_each(|&(time, neuron)| watch.spike(neuron, time));
        watch.value(reached_ms)
    }

    /// Poisson trains by their intervals.
    fn poisson(neurons: u64, hz: f64, duration_ms: f64) -> Vec<Vec<f64>> {
        let train = |neuron| {
            let mut stream = Stream::new(5, Purpose::PoissonCell, 3, neuron);
            let mut time = 0.0;
            std::iter::from_fn(|| {
                time += stream.exponential() * 1000.0 / hz;
                (time < duration_ms).then_some(time)
            })
            .collect()
        };
        (0..neurons).map(train).collect()
    }

    #[test]
    fn poisson_trains_are_as_theory_says() {
        let trains = poisson(100, 20.0, 50_000.0);
        let seen = |kind| of(&spec(kind, 100, 0.0, 50_000.0), &trains, 50_000.0).unwrap();
        // 100 000 spikes: relative errors of 1/sqrt(100 000) in the rate; tolerances are five standard errors.
        assert!((seen(MeasureKind::Rate) - 20.0).abs() < 5.0 * 20.0 / 100_000f64.sqrt());
        // The CV of n exponential intervals has a standard error of 1/sqrt(n), and a bias of the order of 1/n.
        assert!((seen(MeasureKind::Cv) - 1.0).abs() < 5.0 / 100_000f64.sqrt() + 1e-3, "{}", seen(MeasureKind::Cv));
        // A variance / mean of n counts has a standard error of sqrt(2/n).
        assert!((seen(MeasureKind::Fano) - 1.0).abs() < 5.0 * (2.0 / 50_000f64).sqrt() + 2e-3);
        assert!((seen(MeasureKind::Synchrony) - 1.0).abs() < 5.0 * (2.0 / 16_666f64).sqrt());
        // 4950 coefficients with a standard error of 1/sqrt(25 000) each.
        assert!(seen(MeasureKind::Correlation).abs() < 5.0 / 25_000f64.sqrt() / 4950f64.sqrt());
    }

    #[test]
    fn sums_on_the_way_are_those_of_the_whole() {
        let trains = poisson(12, 40.0, 2000.0);
        let seen = |kind| of(&spec(kind, 12, 200.0, 1800.0), &trains, 2000.0).unwrap();
        let synchrony = synchrony_of_spikes(&trains, 200.0, 1800.0).unwrap();
        assert!((seen(MeasureKind::Synchrony) - synchrony).abs() < 1e-12);
        assert!((seen(MeasureKind::Cv) - mean_cv(&trains, 200.0, 1800.0).unwrap()).abs() < 1e-12);
    }

    #[test]
    fn clocks_are_regular_and_in_step() {
        let clock: Vec<f64> = (0..100).map(|k| f64::from(k) * 10.0 + 0.5).collect();
        let trains = vec![clock.clone(), clock];
        let seen = |kind| of(&spec(kind, 2, 0.0, 1000.0), &trains, 1000.0).unwrap();
        assert_eq!(seen(MeasureKind::Rate), 100.0);
        assert!(seen(MeasureKind::Cv) < 1e-6 && seen(MeasureKind::Fano) == 0.0);
        assert!((seen(MeasureKind::Correlation) - 1.0).abs() < 1e-12);
        // All harmonics are equally strong.
        let peak = seen(MeasureKind::SpectrumPeak) / 100.0;
        assert!((peak - peak.round()).abs() < 0.02, "{peak}");
        let first = of(&spec(MeasureKind::Latency, 2, 1.0, 20.0), &trains, 20.0);
        assert_eq!(first, Ok(9.5));
    }

    #[test]
    fn a_spike_at_the_end_of_the_window_counts_in_the_last_bin() {
        // Bins of 100 ms with 1 and 2 spikes: mean 1.5, variance 0.25.
        let train = vec![vec![50.0, 150.0, 200.0]];
        let seen = of(&spec(MeasureKind::Fano, 1, 0.0, 200.0), &train, 200.0).unwrap();
        assert!((seen - 0.25 / 1.5).abs() < 1e-12, "{seen}");
    }

    #[test]
    fn what_is_missing_is_said_in_words() {
        let silent = vec![vec![], vec![]];
        for kind in MeasureKind::ALL.iter().filter(|kind| kind.is_of_spikes() && **kind != MeasureKind::Rate) {
            let reason = of(&spec(*kind, 2, 100.0, 900.0), &silent, 1000.0).unwrap_err();
            assert!(reason.contains("fired"), "{kind:?}: {reason}");
        }
        let cut = |kind, trains: &[Vec<f64>], reached| of(&spec(kind, 2, 100.0, 900.0), trains, reached).unwrap_err();
        assert_eq!(cut(MeasureKind::Rate, &silent, 50.0), "the run ended at 50 ms");
        let few = vec![vec![150.0, 160.0], vec![170.0]];
        assert_eq!(cut(MeasureKind::Cv, &few, 500.0), "no neuron fired 3 times between 100 and 500 ms");
        // A quarter of 800 ms in bins of 1 ms, as a power of two: 128 bins.
        let soon = cut(MeasureKind::SpectrumPeak, &few, 200.0);
        assert!(soon.contains("ended at 200 ms, before a window of 128 ms was full"), "{soon}");
        assert_eq!(cut(MeasureKind::Fano, &few, 250.0), "there are no two bins of 100 ms between 100 and 250 ms");
    }

    #[test]
    fn of_many_neurons_always_the_same_few_are_looked_at() {
        let among = some(5000, 1000).unwrap();
        assert_eq!(among.iter().filter(|among| **among).count(), 1000);
        // Of the first half about half: a hypergeometric count with a standard deviation of 14.
        let half = among[..2500].iter().filter(|among| **among).count();
        assert!(half.abs_diff(500) < 70, "{half}");
        assert!(some(1000, 1000).is_none());
    }
}
