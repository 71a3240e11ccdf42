//! What leaves the engine: spikes and samples in canonical order, counted, hashed and handed to an observer.

use super::exchange::{Exchange, Inbox, Spike};
use super::shard::Shard;
use crate::error::Error;
use crate::network::Network;
use std::cmp::Ordering;
use xxhash_rust::xxh3::Xxh3;

/// Sees the run as it goes: recorders, progress.
pub trait Observer: Send {
    /// Spikes of one interval, ascending in (time, population, trigger, neuron).
    fn spikes(&mut self, spikes: &[Spike]) -> Result<(), Error>;
    /// One sample of a recorder, its probes in order.
    fn sample(&mut self, recorder: usize, step: i64, values: &[f64]) -> Result<(), Error>;
    /// After each interval, or some of them where they are short, the first and the last; true asks to stop here.
    fn reached(&mut self, step: i64) -> Result<bool, Error>;
}

/// Counts per population.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub spikes: u64,
    /// From the warm-up on.
    pub counted: u64,
    intervals: Intervals,
}

/// Running sums over inter-spike intervals, per neuron.
#[derive(Clone, Debug, Default)]
struct Intervals {
    last: Vec<f64>,
    count: Vec<u32>,
    sum: Vec<f64>,
    squares: Vec<f64>,
}

impl Counts {
    fn new(size: usize) -> Counts {
        let zero = vec![0.0; size];
        let intervals =
            Intervals { last: vec![f64::NAN; size], count: vec![0; size], sum: zero.clone(), squares: zero };
        Counts { intervals, ..Counts::default() }
    }

    fn add(&mut self, neuron: usize, time_ms: f64, counted: bool) {
        self.spikes += 1;
        if !counted {
            return;
        }
        self.counted += 1;
        let intervals = &mut self.intervals;
        let interval = time_ms - intervals.last[neuron];
        if interval.is_finite() {
            intervals.count[neuron] += 1;
            intervals.sum[neuron] += interval;
            intervals.squares[neuron] += interval * interval;
        }
        intervals.last[neuron] = time_ms;
    }

    /// Mean over neurons with at least two intervals of sd / mean of their intervals.
    pub fn cv_isi(&self) -> Option<f64> {
        let of = |neuron: usize| {
            let n = self.intervals.count[neuron] as f64;
            let mean = self.intervals.sum[neuron] / n;
            let variance = (self.intervals.squares[neuron] / n - mean * mean).max(0.0);
            (n >= 2.0 && mean > 0.0).then(|| variance.sqrt() / mean)
        };
        let all: Vec<f64> = (0..self.intervals.count.len()).filter_map(of).collect();
        (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
    }
}

/// A crossing lies before the grid point that it is stamped with, by `late`: the later, the earlier.
fn chronologically(a: &Spike, b: &Spike) -> Ordering {
    let place = |spike: &Spike| (spike.population, spike.trigger, spike.neuron);
    a.step.cmp(&b.step).then(b.late.total_cmp(&a.late)).then(place(a).cmp(&place(b)))
}

/// Gathers the outboxes of an interval; lives on the first shard.
pub struct Collector<'n> {
    network: &'n Network,
    pub counts: Vec<Counts>,
    spike_hash: Xxh3,
    /// Of the spikes of one interval, to be hashed at once.
    bytes: Vec<u8>,
    sample_hashes: Vec<Xxh3>,
    /// [shard][recorder]: which probes the shard's values are.
    probes: Vec<Vec<Vec<u32>>>,
    spikes: Vec<Spike>,
    row: Vec<f64>,
}

impl<'n> Collector<'n> {
    pub fn new(network: &'n Network, shards: &[Shard]) -> Collector<'n> {
        Collector {
            network,
            counts: network.populations.iter().map(|population| Counts::new(population.size)).collect(),
            spike_hash: Xxh3::new(),
            bytes: Vec::new(),
            sample_hashes: network.recorders.iter().map(|_| Xxh3::new()).collect(),
            probes: shards.iter().map(Shard::probe_numbers).collect(),
            spikes: Vec::new(),
            row: Vec::new(),
        }
    }

    /// Takes in what all shards left in `interval`.
    pub fn collect(
        &mut self,
        exchange: &Exchange,
        interval: usize,
        inbox: &Inbox,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        self.spikes.clear();
        inbox.spikes.iter().for_each(|spikes| self.spikes.extend_from_slice(spikes));
        self.spikes.sort_by(chronologically);
        self.bytes.clear();
        for spike in &self.spikes {
            if spike.trigger != 0 {
                continue;
            }
            let time = self.network.time_ms(spike.step) - spike.late;
            let counted = spike.step >= self.network.warmup;
            self.counts[spike.population as usize].add(spike.neuron as usize, time, counted);
            self.bytes.extend_from_slice(&spike.step.to_le_bytes());
            self.bytes.extend_from_slice(&spike.late.to_bits().to_le_bytes());
            self.bytes.extend_from_slice(&spike.population.to_le_bytes());
            self.bytes.extend_from_slice(&spike.neuron.to_le_bytes());
        }
        self.spike_hash.update(&self.bytes);
        observer.spikes(&self.spikes)?;
        if inbox.samples { self.collect_samples(exchange, interval, observer) } else { Ok(()) }
    }

    /// Every shard samples the same recorders at the same steps: their rows are put together probe by probe.
    fn collect_samples(
        &mut self,
        exchange: &Exchange,
        interval: usize,
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        let boxes: Vec<_> = (0..self.probes.len()).map(|shard| exchange.left(interval, shard)).collect();
        for index in 0..boxes[0].samples.len() {
            let (recorder, step, _) = boxes[0].samples[index];
            let recorder = recorder as usize;
            self.row.clear();
            self.row.resize(self.network.recorders[recorder].probes.len(), f64::NAN);
            for (shard, outbox) in boxes.iter().enumerate() {
                let numbers = &self.probes[shard][recorder];
                let start = outbox.samples[index].2 as usize;
                let values = &outbox.values[start..start + numbers.len()];
                numbers.iter().zip(values).for_each(|(&probe, &value)| self.row[probe as usize] = value);
            }
            let hidden = self.network.recorders[recorder].hidden;
            if !hidden {
                self.sample_hashes[recorder].update(&step.to_le_bytes());
                self.row.iter().for_each(|v| self.sample_hashes[recorder].update(&v.to_bits().to_le_bytes()));
            }
            observer.sample(recorder, step, &self.row)?;
        }
        Ok(())
    }

    /// Hash of every spike, then of every sample.
    pub fn digest(&self) -> String {
        let mut all = Xxh3::new();
        all.update(&self.spike_hash.digest128().to_le_bytes());
        for (recorder, hash) in self.network.recorders.iter().zip(&self.sample_hashes) {
            if !recorder.hidden {
                all.update(&hash.digest128().to_le_bytes());
            }
        }
        format!("{:032x}", all.digest128())
    }
}
