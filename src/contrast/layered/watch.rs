//! Counts what a batch does while it runs: spikes a neuron and a step, and the class chosen after each step.

use crate::contrast::plan::Readout;
use crate::contrast::seen::LayerSeen;
use crate::engine::layers::{self, SpikeBits};

/// Watches the run of one batch.
pub struct Watch<'w> {
    /// The input, if it spikes, and the layers.
    pub input: Option<LayerSeen>,
    pub layers: Vec<LayerSeen>,
    /// Copy whose spikes are kept.
    pub shown: Option<usize>,
    pub readout: Readout,
    pub classes: usize,
    /// `[step][copy]`.
    pub decisions: Vec<Vec<u8>>,
    /// `[copy][class]`: the readout at the end.
    pub totals: Vec<f64>,
    /// `[copy][class]`: the output's spikes so far.
    pub votes: Vec<u32>,
    pub tell: &'w mut dyn FnMut(usize) -> bool,
}

/// The place of the largest, the first of equals.
pub fn largest(values: impl Iterator<Item = f64>) -> u8 {
    let mut best = (0, f64::NEG_INFINITY);
    for (class, value) in values.enumerate() {
        if value > best.1 {
            best = (class, value);
        }
    }
    best.0 as u8
}

impl layers::Watch for Watch<'_> {
    fn spikes(&mut self, layer: usize, first: usize, spikes: &SpikeBits) {
        if layer == self.layers.len() && self.readout == Readout::Spikes {
            self.vote(spikes);
        }
        let seen = if layer == 0 { self.input.as_mut() } else { self.layers.get_mut(layer - 1) };
        // The readout has no spikes.
        let Some(seen) = seen else { return };
        spikes.count(&mut seen.counts);
        seen.spikes_at[first..].iter_mut().zip(0..spikes.steps()).for_each(|(at, step)| *at += spikes.at(step));
        let Some(shown) = self.shown else { return };
        for step in 0..spikes.steps() {
            let neurons = spikes.spiking(shown, step).map(|neuron| ((first + step) as u32, neuron as u32));
            seen.raster.extend(neurons);
        }
    }

    fn readout(&mut self, _: usize, values: &[f64]) {
        let copies = self.totals.len() / self.classes;
        let steps = values.len() / self.totals.len();
        let scores = |copy: usize, step: usize| &values[(copy * steps + step) * self.classes..][..self.classes];
        if self.readout == Readout::Current {
            let decide = |step: usize| (0..copies).map(|copy| largest(scores(copy, step).iter().copied())).collect();
            self.decisions.extend((0..steps).map(decide));
        }
        for (copy, total) in self.totals.chunks_exact_mut(self.classes).enumerate() {
            total.copy_from_slice(scores(copy, steps - 1));
        }
    }

    fn reached(&mut self, step: usize) -> bool {
        (self.tell)(step)
    }
}

impl Watch<'_> {
    /// Decisions by the numbers of spikes of the output layer.
    fn vote(&mut self, spikes: &SpikeBits) {
        for step in 0..spikes.steps() {
            for (copy, votes) in self.votes.chunks_exact_mut(self.classes).enumerate() {
                spikes.spiking(copy, step).for_each(|class| votes[class] += 1);
            }
            let decide = |votes: &[u32]| largest(votes.iter().map(|n| f64::from(*n)));
            self.decisions.push(self.votes.chunks_exact(self.classes).map(decide).collect());
        }
    }
}
