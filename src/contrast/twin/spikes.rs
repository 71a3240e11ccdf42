//! The spiking run, reduced to what a comparison needs: counts per neuron, and in short bins per population.

use super::super::{Progress, Stage};
use crate::engine::{Engine, Observer, Spike};
use crate::error::Error;
use crate::network::Network;
use crate::rate::relax::Bins;
use crate::recording::analysis::SYNCHRONY_BIN_MS;
use std::ops::Range;

/// Counts that are kept, all populations together; beyond, they are put together over several steps.
const MOST_COUNTS: i64 = 20_000_000;

/// What a run of spikes was.
pub struct Counted {
    pub steps: i64,
    warmup: i64,
    dt_ms: f64,
    /// Steps of one entry of `fine`.
    grain: i64,
    /// `[population][grain]`.
    fine: Vec<Vec<u32>>,
    /// `[population][neuron]`, after the warm-up.
    counts: Vec<Vec<u32>>,
    pub cv_isi: Vec<Option<f64>>,
}

/// Runs the network; `None` if it was asked to stop.
///
/// # Errors
/// `Numeric` if a state stops being a number.
pub fn run(network: &Network, threads: Option<usize>, progress: &mut Progress) -> Result<Option<Counted>, Error> {
    let grain = (network.steps * network.populations.len() as i64 / MOST_COUNTS).max(1);
    let grains = (network.steps / grain + 1) as usize;
    let fine = network.populations.iter().map(|_| vec![0; grains]).collect();
    let counts = network.populations.iter().map(|population| vec![0; population.size]).collect();
    let (steps, warmup, dt_ms) = (network.steps, network.warmup, network.dt_ms);
    let counted = Counted { steps, warmup, dt_ms, grain, fine, counts, cv_isi: vec![] };
    let mut watch = Watch { counted, progress };
    let outcome = Engine::new(network, threads)?.run(&mut watch)?;
    let mut counted = watch.counted;
    counted.cv_isi = outcome.counts.iter().map(|counts| counts.cv_isi()).collect();
    Ok((outcome.steps == network.steps).then_some(counted))
}

impl Counted {
    fn seconds(&self, steps: &Range<i64>) -> f64 {
        (steps.end - steps.start) as f64 * self.dt_ms * 1e-3
    }

    /// Hz of each neuron after the warm-up.
    pub fn rates(&self, population: usize) -> Vec<f64> {
        let seconds = self.seconds(&(self.warmup..self.steps));
        let rate = |count: &u32| if seconds > 0.0 { f64::from(*count) / seconds } else { 0.0 };
        self.counts[population].iter().map(rate).collect()
    }

    /// Mean over neurons, Hz.
    pub fn rate(&self, population: usize) -> f64 {
        let rates = self.rates(population);
        rates.iter().sum::<f64>() / rates.len().max(1) as f64
    }

    /// Mean rate of the neurons in each bin, Hz.
    pub fn in_time(&self, population: usize, bins: &Bins) -> Vec<f64> {
        let size = self.counts[population].len().max(1) as f64;
        let rate = |bin: usize| {
            let steps = bins.of(bin);
            f64::from(self.count(population, &steps)) / size / self.seconds(&steps)
        };
        (0..bins.count()).map(rate).collect()
    }

    /// Spikes stamped after `steps.start` and up to `steps.end`: a spike of the step k -> k + 1 is stamped k + 1.
    fn count(&self, population: usize, steps: &Range<i64>) -> u32 {
        let (from, to) = ((steps.start / self.grain) as usize, (steps.end / self.grain) as usize);
        let fine = &self.fine[population];
        fine[from.min(fine.len())..to.min(fine.len())].iter().sum()
    }

    /// Variance over mean of the population's counts in bins of 3 ms after the warm-up: 1 for independent neurons that
    /// fire at random.
    pub fn synchrony(&self, population: usize) -> Option<f64> {
        let bin = ((SYNCHRONY_BIN_MS / self.dt_ms).round() as i64).max(self.grain);
        let bins = (self.steps - self.warmup) / bin;
        let from = |k: i64| self.warmup + k * bin;
        let counts: Vec<f64> = (0..bins).map(|k| f64::from(self.count(population, &(from(k)..from(k + 1))))).collect();
        let mean = counts.iter().sum::<f64>() / counts.len() as f64;
        let variance = counts.iter().map(|count| (count - mean) * (count - mean)).sum::<f64>() / counts.len() as f64;
        (counts.len() > 1 && mean > 0.0).then(|| variance / mean)
    }
}

struct Watch<'w, 'p> {
    counted: Counted,
    progress: &'w mut Progress<'p>,
}

impl Observer for Watch<'_, '_> {
    fn spikes(&mut self, spikes: &[Spike]) -> Result<(), Error> {
        let Counted { warmup, grain, fine, counts, .. } = &mut self.counted;
        for spike in spikes.iter().filter(|spike| spike.trigger == 0) {
            let population = spike.population as usize;
            // Stamped k + 1, it belongs to the step from k; one of step 0 to the first.
            fine[population][((spike.step - 1).max(0) / *grain) as usize] += 1;
            if spike.step >= *warmup {
                counts[population][spike.neuron as usize] += 1;
            }
        }
        Ok(())
    }

    fn sample(&mut self, _: usize, _: i64, _: &[f64]) -> Result<(), Error> {
        Ok(())
    }

    fn reached(&mut self, step: i64) -> Result<bool, Error> {
        let (done, of) = (step.max(0) as u64, self.counted.steps.max(0) as u64);
        Ok((self.progress)(Stage { what: "spikes", done, of }))
    }
}
