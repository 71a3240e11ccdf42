//! Delivery at arrival: for each delay d, the spikes of d steps ago, each with the synapses onto this shard.
//!
//! Every target sums its input in the order (projection, delay, source, synapse index), whatever the shard, so the
//! sums do not depend on how many shards there are.

use super::exchange::Spike;
use crate::network::{Network, Pathway, Weights};
use std::ops::Range;

/// The synapses of one pathway onto the neurons of one shard.
pub struct Route {
    pub source: usize,
    pub trigger: usize,
    /// Ascending in delay.
    groups: Vec<Group>,
}

/// Synapses of one delay, ascending in (source, synapse index).
struct Group {
    delay: u32,
    /// Those of source s: from `starts[s]` to `starts[s + 1]`.
    starts: Vec<u32>,
    /// Counted within the shard's part of the population.
    targets: Vec<u32>,
    weights: Weights,
}

impl Route {
    /// The part of `pathway` that ends on neurons in `range`; `None` if there is none.
    pub fn new(network: &Network, pathway: &Pathway, range: &Range<usize>) -> Option<Route> {
        let connections = &pathway.connections;
        let mut synapses: Vec<(u32, u32, u32, u64)> = Vec::new();
        for (position, &target) in connections.targets.iter().enumerate() {
            if !range.contains(&(target as usize)) {
                continue;
            }
            for index in connections.starts[position]..connections.starts[position + 1] {
                let source = connections.sources[index as usize];
                synapses.push((connections.delays.at(index as usize), source, target - range.start as u32, index));
            }
        }
        if synapses.is_empty() {
            return None;
        }
        synapses.sort_unstable();
        let sources = network.populations[pathway.source].size;
        let groups = synapses.chunk_by(|a, b| a.0 == b.0).map(|group| Group::new(group, sources, &connections.weights));
        let groups = groups.collect();
        Some(Route { source: pathway.source, trigger: pathway.trigger, groups })
    }

    /// Calls `each(spike, targets, weights)` for what arrives at `step`, in order.
    pub fn arrivals(&self, step: i64, history: &History, mut each: impl FnMut(f64, &[u32], Segment)) -> u64 {
        let mut events = 0;
        for group in &self.groups {
            for &(source, late) in history.at(self.source, self.trigger, step - group.delay as i64) {
                let (first, last) =
                    (group.starts[source as usize] as usize, group.starts[source as usize + 1] as usize);
                if first < last {
                    events += (last - first) as u64;
                    each(late, &group.targets[first..last], group.segment(first..last));
                }
            }
        }
        events
    }
}

/// The weights of one spike's synapses.
pub enum Segment<'a> {
    Same(f64),
    Drawn(&'a [f32]),
    Exact(&'a [f64]),
}

impl Segment<'_> {
    /// Adds weight x `factor` to `sums` at `targets`.
    pub fn add(&self, targets: &[u32], factor: f64, sums: &mut [f64]) {
        match self {
            Segment::Same(weight) => targets.iter().for_each(|&target| sums[target as usize] += weight * factor),
            Segment::Drawn(list) => {
                targets.iter().zip(*list).for_each(|(&target, &weight)| sums[target as usize] += weight as f64 * factor)
            }
            Segment::Exact(list) => {
                targets.iter().zip(*list).for_each(|(&target, &weight)| sums[target as usize] += weight * factor)
            }
        }
    }
}

impl Group {
    fn new(synapses: &[(u32, u32, u32, u64)], sources: usize, weights: &Weights) -> Group {
        let mut starts = vec![0u32; sources + 1];
        synapses.iter().for_each(|synapse| starts[synapse.1 as usize + 1] += 1);
        (0..sources).for_each(|source| starts[source + 1] += starts[source]);
        let indices = synapses.iter().map(|synapse| synapse.3 as usize);
        let weights = match weights {
            Weights::Same(weight) => Weights::Same(*weight),
            Weights::Drawn(list) => Weights::Drawn(indices.map(|index| list[index]).collect()),
            Weights::Exact(list) => Weights::Exact(indices.map(|index| list[index]).collect()),
        };
        let targets = synapses.iter().map(|synapse| synapse.2).collect();
        Group { delay: synapses[0].0, starts, targets, weights }
    }

    fn segment(&self, range: Range<usize>) -> Segment<'_> {
        match &self.weights {
            Weights::Same(weight) => Segment::Same(*weight),
            Weights::Drawn(list) => Segment::Drawn(&list[range]),
            Weights::Exact(list) => Segment::Exact(&list[range]),
        }
    }
}

/// The spikes of the last steps, by population, trigger and step.
pub struct History {
    /// First row of each population.
    first: Vec<usize>,
    /// [population, trigger][step modulo length]: (neuron, late), ascending in neuron.
    rows: Vec<Vec<Vec<(u32, f64)>>>,
    length: usize,
    /// Rows that are read by a pathway; others are not kept.
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
        network.pathways.iter().for_each(|pathway| wanted[first[pathway.source] + pathway.trigger] = true);
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
