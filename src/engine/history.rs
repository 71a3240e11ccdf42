//! The spikes of the last steps, for deliveries that look back to them.

use super::exchange::Spike;
use crate::network::Network;
use std::ops::Range;

/// The spikes of the last steps, by population, trigger and step.
pub struct History {
    /// First row of each population.
    first: Vec<usize>,
    /// [population, trigger][step modulo length]: (neuron, late), ascending in neuron.
    rows: Vec<Vec<Vec<(u32, f64)>>>,
    length: usize,
    /// Rows that are read by a dense pathway; others are not kept.
    wanted: Vec<bool>,
}

impl History {
    /// Keeps `length` steps.
    pub fn new(network: &Network, length: usize) -> History {
        let mut first = Vec::new();
        let mut count = 0;
        for population in &network.populations {
            first.push(count);
            count += population.triggers();
        }
        let mut wanted = vec![false; count];
        network.dense.iter().for_each(|pathway| wanted[first[pathway.source]] = true);
        let row = |wanted: &bool| vec![Vec::new(); if *wanted { length } else { 0 }];
        History { rows: wanted.iter().map(row).collect(), first, length, wanted }
    }

    pub fn at(&self, population: usize, trigger: usize, step: i64) -> &[(u32, f64)] {
        if step < 0 { &[] } else { &self.rows[self.first[population] + trigger][step as usize % self.length] }
    }

    /// Forgets what stood where `steps` will be written.
    pub fn make_room(&mut self, steps: Range<i64>) {
        for row in self.rows.iter_mut().filter(|row| !row.is_empty()) {
            steps.clone().for_each(|step| row[step as usize % self.length].clear());
        }
    }

    /// Spikes of one trigger at one step, after those that are there.
    pub fn extend(&mut self, spikes: &[Spike]) {
        let Some(first) = spikes.first() else { return };
        let row = self.first[first.population as usize] + first.trigger as usize;
        if self.wanted[row] {
            let place = &mut self.rows[row][first.step as usize % self.length];
            place.extend(spikes.iter().map(|spike| (spike.neuron, spike.late)));
        }
    }
}
