//! The two runs side by side, population by population.

use super::f_i::Curve;
use super::reasons::{Evidence, Reason, reasons};
use super::spikes::Counted;
use super::{Fitted, Met};
use crate::rate::fit::r_squared;
use crate::rate::fluctuation::fluctuation;
use crate::rate::inputs::Inputs;
use crate::rate::population_network::{Group, RateNetwork};
use crate::rate::relax::{Mode, Rates, Settling};
use crate::rate::units::Unit;

/// The whole comparison.
#[derive(Clone, Debug)]
pub struct Twin {
    pub mode: Mode,
    /// Each neuron had a unit of its own.
    pub per_neuron: bool,
    pub warmup_ms: f64,
    pub duration_ms: f64,
    /// Middles of the bins of the rates in time, ms.
    pub times_ms: Vec<f64>,
    pub settling: Settling,
    pub populations: Vec<Compared>,
}

/// One population.
#[derive(Clone, Debug)]
pub struct Compared {
    pub name: String,
    pub cell: String,
    pub size: usize,
    /// Else its rates are given, to the twin as to the network.
    pub has_membrane: bool,
    /// Of drives.
    pub drive_unit: &'static str,
    /// Means after the warm-up, Hz.
    pub spikes_hz: f64,
    pub twin_hz: f64,
    /// Of `twin_hz`, relative to `spikes_hz`; `None` where only the twin fires.
    pub relative_error: Option<f64>,
    /// Over neurons, of the unit's rate as an estimate of the neuron's; `None` where units are all alike, or stand for
    /// populations.
    pub r2: Option<f64>,
    /// Pearson's over neurons.
    pub neuron_correlation: Option<f64>,
    /// Pearson's, between the rates in the bins after the warm-up; `None` where one of them does not vary.
    pub correlation: Option<f64>,
    pub spikes_in_time: Vec<f64>,
    pub twin_in_time: Vec<f64>,
    /// (twin, spikes), Hz, where each neuron has a unit.
    pub neurons: Vec<(f64, f64)>,
    /// (twin, spikes): mean drives.
    pub drives: (f64, f64),
    pub parts: Parts,
    pub unit: Option<Unit>,
    pub tau_ms: f64,
    /// Of the unit to the curve.
    pub fit_r2: Option<f64>,
    pub curve: Curve,
    pub reasons: Vec<Reason>,
}

/// Why the twin's rate is not that of the spikes: the three add up to the difference, Hz.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Parts {
    /// The twin was given another input: what its unit makes of its drive, less what it makes of the one that was met.
    pub input: f64,
    /// The unit is not its cell's curve: at the drive that was met.
    pub fit: f64,
    /// A mean drive does not tell what the cell does: its curve at the drive that was met, less the spikes.
    pub mean_field: f64,
}

impl Twin {
    pub(super) fn new(
        wiring: &RateNetwork,
        inputs: &Inputs,
        met: &Met,
        counted: &Counted,
        fitted: Vec<Fitted>,
        rates: Rates,
    ) -> Twin {
        let network = wiring.network;
        let bins = rates.bins;
        let middle = |bin: usize| {
            let steps = bins.of(bin);
            0.5 * (network.time_ms(steps.start) + network.time_ms(steps.end))
        };
        let spikes_hz: Vec<f64> = (0..wiring.groups.len()).map(|population| counted.rate(population)).collect();
        let sides = Sides {
            wiring,
            inputs,
            met,
            counted,
            fluctuation: fluctuation(wiring, &spikes_hz),
            conductance: wiring.conductance(&spikes_hz),
            rates: &rates,
        };
        let populations = fitted.into_iter().enumerate().map(|(index, fitted)| sides.compare(index, fitted)).collect();
        Twin {
            mode: rates.mode,
            per_neuron: wiring.per_neuron,
            warmup_ms: network.time_ms(network.warmup),
            duration_ms: network.time_ms(network.steps),
            times_ms: (0..bins.count()).map(middle).collect(),
            settling: rates.settling,
            populations,
        }
    }

    /// A sentence if the twin found no rest.
    pub fn unsettled(&self) -> Option<String> {
        let name = |population: usize| &self.populations[population].name;
        match self.settling {
            Settling::Settled | Settling::Driven => None,
            Settling::Oscillates { population, low, high } => Some(format!(
                "the twin does not settle: `{}` goes up and down between {low:.1} and {high:.1} Hz",
                name(population)
            )),
            Settling::Moves { population, by } => Some(format!(
                "the twin has not settled at the end: `{}` still moved by {by:.1} Hz in the last fifth of the run",
                name(population)
            )),
        }
    }
}

/// All that is known of both runs.
struct Sides<'s, 'n> {
    wiring: &'s RateNetwork<'n>,
    inputs: &'s Inputs<'n>,
    met: &'s Met,
    counted: &'s Counted,
    /// Per population.
    fluctuation: Vec<f64>,
    conductance: Vec<f64>,
    rates: &'s Rates,
}

impl Sides<'_, '_> {
    fn compare(&self, index: usize, fitted: Fitted) -> Compared {
        let (group, population) = (&self.wiring.groups[index], &self.wiring.network.populations[index]);
        let own = group.first..group.first + group.units;
        let (twin, met, drives) =
            (&self.rates.rates[own.clone()], &self.met.drives[own.clone()], &self.rates.drives[own]);
        let (spikes_hz, twin_hz) = (self.counted.rate(index), mean(twin.iter().copied()));
        let neurons: Vec<(f64, f64)> = match self.wiring.per_neuron {
            true => twin.iter().copied().zip(self.counted.rates(index)).collect(),
            false => vec![],
        };
        let spikes_in_time = self.counted.in_time(index, &self.rates.bins);
        let twin_in_time = self.rates.in_time[index].clone();
        let first = (self.rates.bins.warmup + self.rates.bins.bin - 1) / self.rates.bins.bin;
        let after = (first as usize).min(twin_in_time.len())..;
        let pairs = fitted.curve.pairs();
        let mut compared = Compared {
            name: population.name.clone(),
            cell: population.cell.clone(),
            size: population.size,
            has_membrane: group.has_membrane,
            drive_unit: group.unit,
            spikes_hz,
            twin_hz,
            relative_error: relative(twin_hz, spikes_hz),
            r2: Some(&neurons).filter(|pairs| varies(pairs)).and_then(|pairs| r_squared(pairs.iter().copied())),
            neuron_correlation: neuron_correlation(&neurons),
            correlation: correlation(&twin_in_time[after.clone()], &spikes_in_time[after]),
            spikes_in_time,
            twin_in_time,
            neurons,
            drives: (mean(drives.iter().copied()), mean(met.iter().copied())),
            parts: parts(group, &fitted, met, twin_hz, spikes_hz),
            unit: fitted.unit,
            tau_ms: fitted.asked.tau_ms.unwrap_or(group.tau_ms),
            fit_r2: fitted.unit.and_then(|unit| r_squared(pairs.iter().map(|(x, y)| (unit.rate(*x), *y)))),
            curve: fitted.curve,
            reasons: vec![],
        };
        let evidence = Evidence {
            compared: &compared,
            group,
            population,
            inputs: self.inputs,
            bins: &self.rates.bins,
            dt_ms: self.wiring.network.dt_ms,
            fluctuation: self.fluctuation[index],
            conductance: self.conductance[index],
            synchrony: self.counted.synchrony(index),
            cv_isi: self.counted.cv_isi.get(index).copied().flatten(),
            fastest_hz: self.counted.rates(index).into_iter().fold(0.0, f64::max),
            ran_away: self.rates.ran_away.contains(&index),
            settling: (index == unsettled(self.rates.settling)).then_some(self.rates.settling),
        };
        let reasons = if group.has_membrane { reasons(&evidence) } else { vec![] };
        compared.reasons = reasons;
        compared
    }
}

/// The twin's rates differ from neuron to neuron by more than rounding.
fn varies(neurons: &[(f64, f64)]) -> bool {
    let (low, high) = neurons.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), (x, _)| (l.min(*x), h.max(*x)));
    high - low > 1e-9 * (1.0 + high.abs())
}

fn neuron_correlation(neurons: &[(f64, f64)]) -> Option<f64> {
    let (twin, spikes): (Vec<f64>, Vec<f64>) = neurons.iter().copied().unzip();
    correlation(&twin, &spikes)
}

/// The population that did not settle, or none that exists.
fn unsettled(settling: Settling) -> usize {
    match settling {
        Settling::Oscillates { population, .. } | Settling::Moves { population, .. } => population,
        _ => usize::MAX,
    }
}

fn parts(group: &Group, fitted: &Fitted, met: &[f64], twin_hz: f64, spikes_hz: f64) -> Parts {
    if !group.has_membrane {
        return Parts { input: twin_hz - spikes_hz, ..Parts::default() };
    }
    let unit = mean(met.iter().map(|drive| fitted.unit.map_or(0.0, |unit| unit.rate(*drive))));
    let curve = mean(met.iter().map(|drive| fitted.curve.at(*drive)));
    Parts { input: twin_hz - unit, fit: unit - curve, mean_field: curve - spikes_hz }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    crate::recording::analysis::mean(values).unwrap_or(0.0)
}

fn relative(twin: f64, spikes: f64) -> Option<f64> {
    match (twin, spikes) {
        (0.0, 0.0) => Some(0.0),
        (_, 0.0) => None,
        _ => Some((twin - spikes) / spikes),
    }
}

/// Pearson's coefficient; `None` where one side does not vary.
fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let (mean_a, mean_b) = (mean(a.iter().copied()), mean(b.iter().copied()));
    let sum = |f: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(a, b)| f(a - mean_a, b - mean_b)).sum::<f64>();
    let (aa, bb, ab) = (sum(&|a, _| a * a), sum(&|_, b| b * b), sum(&|a, b| a * b));
    // Less than a billionth of its size is rounding.
    let varies = |squares: f64, mean: f64| squares > 1e-18 * (1.0 + mean * mean) * a.len() as f64;
    (varies(aa, mean_a) && varies(bb, mean_b)).then(|| ab / (aa * bb).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correlation_is_pearsons() {
        assert_eq!(correlation(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]), Some(1.0));
        assert_eq!(correlation(&[1.0, -1.0, 1.0, -1.0], &[1.0, 1.0, -1.0, -1.0]), Some(0.0));
        assert_eq!(correlation(&[1.0, 1.0], &[1.0, 2.0]), None);
    }

    #[test]
    fn silence_on_both_sides_is_agreement() {
        assert_eq!(relative(0.0, 0.0), Some(0.0));
        assert_eq!(relative(5.0, 0.0), None);
        assert_eq!(relative(5.0, 10.0), Some(-0.5));
    }
}
