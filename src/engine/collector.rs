//! What leaves the engine: spikes and samples in canonical order, hashed and handed to an observer.

use super::exchange::{Exchange, Inbox, Spike};
use super::shard::Shard;
use crate::error::Error;
use crate::network::Network;
use crossbeam_utils::CachePadded;
use std::cmp::Ordering;
use xxhash_rust::xxh3::Xxh3;

/// Sees the run as it goes: recorders, progress.
pub trait Observer: Send {
    /// Spikes of some intervals, ascending in (time, population, trigger, neuron).
    fn spikes(&mut self, spikes: &[Spike]) -> Result<(), Error>;
    /// One sample of a recorder, its probes in order.
    fn sample(&mut self, recorder: usize, step: i64, values: &[f64]) -> Result<(), Error>;
    /// After each interval, or some of them where they are short, the first and the last; true asks to stop here.
    fn reached(&mut self, step: i64) -> Result<bool, Error>;
}

/// A crossing lies before the grid point that it is stamped with, by `late`: the later, the earlier.
fn chronologically(a: &Spike, b: &Spike) -> Ordering {
    let place = |spike: &Spike| (spike.population, spike.trigger, spike.neuron);
    a.step.cmp(&b.step).then(b.late.total_cmp(&a.late)).then(place(a).cmp(&place(b)))
}

/// Gathers what all shards bring forth; lives on the first.
pub struct Collector<'n> {
    network: &'n Network,
    spike_hash: Xxh3,
    /// Of the spikes that are collected, to be hashed at once.
    bytes: Vec<u8>,
    sample_hashes: Vec<Xxh3>,
    /// [shard][recorder]: which probes the shard's values are.
    probes: Vec<Vec<Vec<u32>>>,
    row: Vec<f64>,
}

impl<'n> Collector<'n> {
    pub fn new(network: &'n Network, shards: &[CachePadded<Shard>]) -> Collector<'n> {
        Collector {
            network,
            spike_hash: Xxh3::new(),
            bytes: Vec::new(),
            sample_hashes: network.recorders.iter().map(|_| Xxh3::new()).collect(),
            probes: shards.iter().map(|shard| shard.probe_numbers()).collect(),
            row: Vec::new(),
        }
    }

    /// Takes the spikes of some intervals, and the samples that the shards left in the last of them.
    pub fn collect(
        &mut self,
        exchange: &Exchange,
        interval: usize,
        (spikes, inbox): (&mut [Spike], &Inbox),
        observer: &mut dyn Observer,
    ) -> Result<(), Error> {
        spikes.sort_by(chronologically);
        self.bytes.clear();
        for spike in spikes.iter().filter(|spike| spike.trigger == 0) {
            let mut row = [0; 24];
            row[..8].copy_from_slice(&spike.step.to_le_bytes());
            row[8..16].copy_from_slice(&spike.late.to_bits().to_le_bytes());
            row[16..20].copy_from_slice(&spike.population.to_le_bytes());
            row[20..].copy_from_slice(&spike.neuron.to_le_bytes());
            self.bytes.extend_from_slice(&row);
        }
        self.spike_hash.update(&self.bytes);
        observer.spikes(spikes)?;
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
            if !recorder.hidden && !recorder.probes.is_empty() {
                all.update(&hash.digest128().to_le_bytes());
            }
        }
        format!("{:032x}", all.digest128())
    }
}
