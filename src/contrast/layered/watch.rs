//! Counts what a batch does while it runs: spikes a neuron and a step, and the class chosen after each step.

use crate::engine::{Observer, Spike};
use crate::error::Error;

/// A layer's window is `first + 1 ..= first + steps`.
pub struct Window {
    pub population: usize,
    pub first: i64,
    pub size: usize,
    /// `[copy][neuron]`.
    pub counts: Vec<u32>,
    /// `[step]`.
    pub spikes_at: Vec<u64>,
    /// (step of the window, neuron) of the copy that is shown.
    pub raster: Vec<(u32, u32)>,
}

impl Window {
    pub fn new(population: usize, first: i64, size: usize, copies: usize, steps: usize) -> Window {
        let (counts, spikes_at) = (vec![0; size * copies], vec![0; steps]);
        Window { population, first, size, counts, spikes_at, raster: vec![] }
    }
}

/// Watches the run of one batch.
pub struct Watch<'w> {
    /// Per population: its window, if it is counted.
    pub windows: Vec<Option<Window>>,
    /// Copy whose spikes are kept.
    pub shown: Option<usize>,
    pub classes: usize,
    /// Of the output layer: (step of its window, neuron), where they decide.
    pub votes: Option<(usize, Vec<(u32, u32)>)>,
    /// First step of the readout's window, less one.
    pub first: i64,
    pub steps: usize,
    /// `[step][copy]`.
    pub decisions: Vec<Vec<u8>>,
    /// `[copy][class]`: the readout at the end.
    pub totals: Vec<f64>,
    pub tell: &'w mut (dyn FnMut(i64) -> bool + Send),
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

impl Observer for Watch<'_> {
    fn spikes(&mut self, spikes: &[Spike]) -> Result<(), Error> {
        for spikes in spikes.chunk_by(|a, b| (a.population, a.step) == (b.population, b.step)) {
            let Some(window) = &mut self.windows[spikes[0].population as usize] else { continue };
            let step = spikes[0].step - window.first - 1;
            if step < 0 || step >= window.spikes_at.len() as i64 {
                continue;
            }
            window.spikes_at[step as usize] += spikes.len() as u64;
            spikes.iter().for_each(|spike| window.counts[spike.neuron as usize] += 1);
            if let Some(shown) = self.shown {
                let own = shown * window.size..(shown + 1) * window.size;
                let here = spikes.iter().map(|spike| spike.neuron as usize).filter(|neuron| own.contains(neuron));
                window.raster.extend(here.map(|neuron| (step as u32, (neuron - own.start) as u32)));
            }
            if let Some((_, votes)) = self.votes.as_mut().filter(|(output, _)| *output == window.population) {
                votes.extend(spikes.iter().map(|spike| (step as u32, spike.neuron)));
            }
        }
        Ok(())
    }

    fn sample(&mut self, _: usize, step: i64, values: &[f64]) -> Result<(), Error> {
        if step > self.first && step <= self.first + self.steps as i64 {
            if self.votes.is_none() {
                let decide = |scores: &[f64]| largest(scores.iter().copied());
                self.decisions.push(values.chunks_exact(self.classes).map(decide).collect());
            }
            if step == self.first + self.steps as i64 {
                self.totals = values.to_vec();
            }
        }
        Ok(())
    }

    fn reached(&mut self, step: i64) -> Result<bool, Error> {
        Ok((self.tell)(step))
    }
}

impl Watch<'_> {
    /// Decisions by the numbers of spikes of the output layer.
    pub fn count_votes(&mut self, copies: usize) {
        let Some((_, votes)) = &mut self.votes else { return };
        votes.sort_unstable();
        let mut counts = vec![0u32; copies * self.classes];
        let mut rest = votes.iter().peekable();
        for step in 0..self.steps as u32 {
            while let Some((_, neuron)) = rest.next_if(|(when, _)| *when == step) {
                counts[*neuron as usize] += 1;
            }
            let decide = |scores: &[u32]| largest(scores.iter().map(|n| f64::from(*n)));
            self.decisions.push(counts.chunks_exact(self.classes).map(decide).collect());
        }
    }
}
