//! The rates that a network of units takes, all at once or in time.
//!
//! Layered, where no population feeds back onto itself and nothing outside changes: each is evaluated once, after those
//! that feed it. Else relaxed in time (Wilson & Cowan 1972, Biophys J 12:1):
//!   tau dr/dt = -r + f(drive(t, r)),  r(0) = 0
//! over windows that are short beside tau and beside tau / (1 + coupling), so that the drive may be held within one; with
//! it held, r is exact. A rate is held below one spike a step, which no neuron can exceed either.

use super::inputs::Inputs;
use super::population_network::RateNetwork;
use super::units::Unit;
use std::ops::Range;

/// Bins of time in which rates are compared, about.
const BINS: i64 = 100;
/// A bin is at least this long (ms).
const SHORTEST_BIN_MS: f64 = 2.0;
/// Windows in the time in which a rate follows its drive.
const WINDOWS_PER_TAU: f64 = 4.0;
/// The last part of a run, by whose end rates should stand still where the input does.
const TAIL: f64 = 0.2;
/// Rates that move less than this (of their size, and of 1 Hz) stand still.
const STILL: f64 = 0.02;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Layered,
    Recurrent,
}

impl Mode {
    pub fn name(self) -> &'static str {
        match self {
            Mode::Layered => "layered",
            Mode::Recurrent => "recurrent",
        }
    }
}

/// How time is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bins {
    pub steps: i64,
    pub warmup: i64,
    /// Of one bin; the last may be shorter.
    pub bin: i64,
    /// A window, of which a bin is a multiple.
    pub window: i64,
}

impl Bins {
    /// Windows fine enough for units that follow with `tau_ms`, coupled with strength `coupling`.
    pub fn new(wiring: &RateNetwork, tau_ms: f64, coupling: f64) -> Bins {
        let network = wiring.network;
        let in_steps = |ms: f64| (ms / network.dt_ms).floor().max(1.0) as i64;
        let bin = (network.steps / BINS).max(in_steps(SHORTEST_BIN_MS)).max(1);
        let finest = in_steps(tau_ms / WINDOWS_PER_TAU / (1.0 + 0.5 * coupling)).min(bin);
        let parts = (bin + finest - 1) / finest;
        let window = (bin / parts).max(1);
        Bins { steps: network.steps, warmup: network.warmup, bin: window * parts.min(bin), window }
    }

    pub fn count(&self) -> usize {
        ((self.steps + self.bin - 1) / self.bin).max(0) as usize
    }

    pub fn of(&self, bin: usize) -> Range<i64> {
        bin as i64 * self.bin..((bin as i64 + 1) * self.bin).min(self.steps)
    }

    pub fn windows(&self) -> i64 {
        (self.steps + self.window - 1) / self.window
    }
}

/// Whether the rates came to rest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Settling {
    /// Nothing had to settle, or it did.
    Settled,
    /// The input moves to the end, so that nothing can be said.
    Driven,
    /// A population goes up and down between these rates (Hz).
    Oscillates { population: usize, low: f64, high: f64 },
    /// A population is still on its way at the end, by so many Hz in the last fifth of the run.
    Moves { population: usize, by: f64 },
}

/// The rates of the twin.
#[derive(Clone, Debug)]
pub struct Rates {
    pub mode: Mode,
    pub bins: Bins,
    /// `[population][bin]`, mean over its units, Hz.
    pub in_time: Vec<Vec<f64>>,
    /// Per unit, mean after the warm-up, Hz.
    pub rates: Vec<f64>,
    /// Per unit, mean after the warm-up.
    pub drives: Vec<f64>,
    pub settling: Settling,
    /// Populations with a unit that reached one spike a step.
    pub ran_away: Vec<usize>,
}

/// The network of rates, ready to run.
pub struct Relaxation<'r, 'n> {
    pub wiring: &'r RateNetwork<'n>,
    pub inputs: &'r Inputs<'n>,
    /// Per population; `None` is silent, or has its rates given.
    pub units: &'r [Option<Unit>],
    /// Per population, ms.
    pub tau_ms: &'r [f64],
    pub bins: Bins,
}

impl Relaxation<'_, '_> {
    /// Evaluates the network; `progress` is told how many windows of how many are done, and may ask to stop.
    pub fn run(&self, progress: &mut dyn FnMut(u64, u64) -> bool) -> Option<Rates> {
        match order(&self.wiring.sources()).filter(|_| self.inputs.is_constant()) {
            Some(order) => Some(self.layered(&order)),
            None => self.recurrent(progress),
        }
    }

    fn units_of(&self, population: usize) -> Range<usize> {
        let group = &self.wiring.groups[population];
        group.first..group.first + group.units
    }

    fn limit(&self) -> f64 {
        1e3 / self.wiring.network.dt_ms
    }

    fn mean(&self, population: usize, rates: &[f64]) -> f64 {
        let own = &rates[self.units_of(population)];
        own.iter().sum::<f64>() / own.len() as f64
    }

    fn layered(&self, order: &[usize]) -> Rates {
        let whole = 0..self.bins.steps.max(1);
        let mut drives = vec![0.0; self.wiring.units];
        let mut rates = vec![0.0; self.wiring.units];
        self.inputs.drive(&whole, &mut drives);
        self.inputs.given_rates(&whole, &mut rates);
        let mut ran_away = vec![];
        for &population in order.iter().filter(|population| self.wiring.groups[**population].has_membrane) {
            self.wiring.add_drive(population, &rates, &mut drives);
            let limit = self.limit();
            for unit in self.units_of(population) {
                rates[unit] = self.rate(population, drives[unit]);
            }
            if rates[self.units_of(population)].iter().any(|rate| rate.abs() >= limit) {
                ran_away.push(population);
            }
        }
        let in_time = (0..self.wiring.groups.len()).map(|p| vec![self.mean(p, &rates); self.bins.count()]).collect();
        Rates { mode: Mode::Layered, bins: self.bins, in_time, rates, drives, settling: Settling::Settled, ran_away }
    }

    fn rate(&self, population: usize, drive: f64) -> f64 {
        let limit = self.limit();
        self.units[population].map_or(0.0, |unit| unit.rate(drive).clamp(-limit, limit))
    }

    fn recurrent(&self, progress: &mut dyn FnMut(u64, u64) -> bool) -> Option<Rates> {
        let (units, populations, bins) = (self.wiring.units, self.wiring.groups.len(), self.bins);
        let mut now = vec![0.0; units];
        let mut drive = vec![0.0; units];
        let (mut rates, mut drives) = (vec![0.0; units], vec![0.0; units]);
        let mut in_time = vec![vec![0.0; bins.count()]; populations];
        let mut fine = vec![vec![]; populations];
        let mut ran_away = vec![false; populations];
        let counted = (bins.steps - bins.warmup).max(1) as f64;
        for index in 0..bins.windows() {
            let window = index * bins.window..((index + 1) * bins.window).min(bins.steps);
            let length = (window.end - window.start) as f64;
            let after_warmup = (window.end - window.start.max(bins.warmup)).max(0) as f64 / counted;
            self.inputs.drive(&window, &mut drive);
            self.inputs.given_rates(&window, &mut now);
            for population in 0..populations {
                self.wiring.add_drive(population, &now, &mut drive);
            }
            let bin = (window.start / bins.bin) as usize;
            let bin_steps = bins.of(bin);
            let share = length / (bin_steps.end - bin_steps.start) as f64;
            for population in 0..populations {
                let (mut mean, own) = (0.0, self.units_of(population));
                let decay = Decay::new(length * self.wiring.network.dt_ms, self.tau_ms[population]);
                for unit in own.clone() {
                    let during = if self.wiring.groups[population].has_membrane {
                        let (during, after) = decay.follow(now[unit], self.rate(population, drive[unit]));
                        now[unit] = after;
                        ran_away[population] |= after.abs() > 0.99 * self.limit();
                        during
                    } else {
                        now[unit]
                    };
                    mean += during / own.len() as f64;
                    rates[unit] += during * after_warmup;
                    drives[unit] += drive[unit] * after_warmup;
                }
                in_time[population][bin] += share * mean;
                fine[population].push(mean);
            }
            if index % 16 == 0 && progress(index as u64, bins.windows() as u64) {
                return None;
            }
        }
        let ran_away = (0..populations).filter(|population| ran_away[*population]).collect();
        let settling = self.settling(&fine);
        Some(Rates { mode: Mode::Recurrent, bins, in_time, rates, drives, settling, ran_away })
    }

    /// Whether the rates stand still at the end, if the input does.
    fn settling(&self, fine: &[Vec<f64>]) -> Settling {
        let from = ((1.0 - TAIL) * self.bins.windows() as f64) as i64;
        if !self.inputs.is_steady(from * self.bins.window..self.bins.steps) {
            return Settling::Driven;
        }
        let mut worst = (0.0, Settling::Settled);
        for (population, rates) in fine.iter().enumerate().filter(|(p, _)| self.wiring.groups[*p].has_membrane) {
            let tail = &rates[(from as usize).min(rates.len())..];
            let (low, high) = tail.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), r| (l.min(*r), h.max(*r)));
            let moved = (high - low) / (STILL * high.abs().max(low.abs()).max(1.0));
            if moved <= 1.0 || moved <= worst.0 {
                continue;
            }
            let slopes = tail.windows(2).map(|pair| pair[1] - pair[0]).filter(|slope| slope.abs() > 1e-9 * high.abs());
            let slopes: Vec<f64> = slopes.collect();
            let turns = slopes.windows(2).filter(|pair| pair[0] * pair[1] < 0.0).count();
            let settling = match turns {
                0 | 1 => Settling::Moves { population, by: high - low },
                _ => Settling::Oscillates { population, low, high },
            };
            worst = (moved, settling);
        }
        worst.1
    }
}

/// How a rate follows what is held for a window.
struct Decay {
    /// What is left of the distance at the end, and on the mean.
    left: f64,
    mean: f64,
}

impl Decay {
    fn new(window_ms: f64, tau_ms: f64) -> Decay {
        let x = window_ms / tau_ms;
        Decay { left: (-x).exp(), mean: -(-x).exp_m1() / x }
    }

    /// The mean during the window and the value after it.
    fn follow(&self, from: f64, to: f64) -> (f64, f64) {
        (to + (from - to) * self.mean, to + (from - to) * self.left)
    }
}

/// Populations in an order in which each comes after those that feed it (Kahn 1962); `None` if there is a loop.
fn order(sources: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut done = vec![false; sources.len()];
    let mut order = Vec::with_capacity(sources.len());
    while order.len() < sources.len() {
        let ready = |p: &usize| !done[*p] && sources[*p].iter().all(|source| done[*source]);
        let next = (0..sources.len()).find(ready)?;
        done[next] = true;
        order.push(next);
    }
    Some(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_comes_after_those_that_feed_it() {
        assert_eq!(order(&[vec![1, 2], vec![2], vec![]]), Some(vec![2, 1, 0]));
        assert_eq!(order(&[vec![0]]), None);
        assert_eq!(order(&[vec![1], vec![0], vec![]]), None);
        assert_eq!(order(&[]), Some(vec![]));
    }

    #[test]
    fn a_held_drive_is_followed_exactly() {
        // r = 1 - e^{-t/tau}: its mean over a tau is 1/e.
        let (during, after) = Decay::new(5.0, 5.0).follow(0.0, 1.0);
        assert!((during - (-1.0f64).exp()).abs() < 1e-15 && (after - 1.0 + (-1.0f64).exp()).abs() < 1e-15);
    }
}
