//! Who is connected to whom, how strongly and how late: a pure function of the seed, asked target by target.
//!
//! A network of 300 million synapses is not kept twice. What stands here is the rule, and the distributions of weights
//! and delays; the engine asks for one target's row after the other, in parallel and more than once, and gets
//! the same numbers each time, because each comes from a counter (see [`crate::num::rng`]).

use crate::config::random::Random;
use crate::config::random_steps::RandomSteps;
use crate::connectivity::distance::{Places, length};
use crate::connectivity::{Rule, Sides};
use crate::num::rng::{Key, Purpose, Stream};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap};

/// The connections of one pathway.
pub struct Connections {
    pub(super) rule: Box<dyn Rule>,
    pub(super) sides: Sides,
    /// The neurons behind the positions on either side.
    pub(super) sources: Vec<u32>,
    pub targets: Vec<u32>,
    pub weights: Weights,
    pub delays: Delays,
    pub(super) seed: u64,
    /// Of the random streams.
    pub(super) key: u64,
    /// Where each target's row begins in a list of all connections, target by target; only where there are such lists.
    pub(super) starts: Vec<u64>,
    pub(super) count: u64,
    pub(super) most_sources: u32,
    /// They were not counted: this is how many are to be expected.
    pub(super) is_estimate: bool,
}

/// So many connections are drawn to learn their number and delays even where an estimate will do.
const DRAWN: f64 = 1e5;
/// Targets that are looked at for an estimate.
const SAMPLED: usize = 256;

pub enum Weights {
    Same(f64),
    Drawn(Random),
    /// One each, row by row.
    Listed(Vec<f64>),
}

pub enum Delays {
    /// Steps.
    Same(u32),
    Drawn(RandomSteps),
    /// One each, row by row.
    Listed(Vec<u32>),
    /// By how far it is from source to target.
    Far(Conduction),
}

/// delay = base + distance / speed, to the nearest step, at least one.
#[derive(Clone)]
pub struct Conduction {
    pub base_ms: f64,
    pub um_per_ms: f64,
    pub dt_ms: f64,
    /// Of all neurons of both populations.
    pub places: Places,
    /// The shortest and the longest that occur.
    pub bounds: (u32, u32),
}

impl Conduction {
    fn steps(&self, source: u32, target: u32) -> u32 {
        let places = &self.places;
        let apart = length(places.offset(places.sources[source as usize], places.targets[target as usize]));
        let ms = self.base_ms + apart / self.um_per_ms;
        // Half a step is a whole one for all that are as far apart, however their places were rounded.
        (ms / self.dt_ms + 1e-9).round().clamp(1.0, f64::from(u32::MAX)) as u32
    }
}

/// The connections of one target, in the order of their synapse index; lists that were not asked for are stale.
#[derive(Default)]
pub struct Row {
    /// Neurons of the source population.
    pub sources: Vec<u32>,
    /// Steps; empty if all are the same.
    pub delays: Vec<u32>,
    /// Empty if all are the same.
    pub weights: Vec<f64>,
    scratch: Vec<f64>,
}

impl Connections {
    /// How many there are.
    pub fn len(&self) -> u64 {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// A neuron may meet itself.
    pub fn has_autapses(&self) -> bool {
        self.sides.autapses
    }

    /// Memory that its rule keeps of it.
    pub fn rule_bytes(&self) -> f64 {
        self.rule.bytes()
    }

    /// Of a rule of space, which draws them one by one.
    pub fn is_in_space(&self) -> bool {
        self.rule.counts_by_drawing()
    }

    /// Their number is what is to be expected, not what was drawn.
    pub fn is_estimate(&self) -> bool {
        self.is_estimate
    }

    /// Of its random streams.
    pub fn key(&self) -> u64 {
        self.key
    }

    /// The neuron at a position among the sources.
    pub(super) fn source(&self, position: usize) -> u32 {
        if self.is_identity() { position as u32 } else { self.sources[position] }
    }

    /// The position of each source among the sources; of those that stand at their own number, none.
    pub fn places_of_sources(&self) -> HashMap<u32, u32> {
        (0..).zip(&self.sources).map(|(position, source)| (*source, position)).collect()
    }

    /// The most sources that a target has.
    pub fn most_sources(&self) -> u32 {
        self.most_sources
    }

    /// The shortest and the longest delay that can occur, in steps.
    pub fn delay_bounds(&self) -> Option<(u32, u32)> {
        match &self.delays {
            _ if self.count == 0 => None,
            Delays::Same(steps) => Some((*steps, *steps)),
            Delays::Drawn(steps) => Some(steps.bounds()),
            Delays::Listed(list) => Some((*list.iter().min()?, *list.iter().max()?)),
            Delays::Far(conduction) => Some(conduction.bounds),
        }
    }

    /// The sources of the target at `position` in `targets`, the same each time.
    pub fn sources_of(&self, position: usize, row: &mut Row) {
        row.sources.clear();
        let mut stream = Stream::new(self.seed, Purpose::Structure, self.key, position as u64);
        self.rule.sources_of(position, &self.sides, &mut stream, &mut row.sources);
        if !self.is_identity() {
            row.sources.iter_mut().for_each(|source| *source = self.sources[*source as usize]);
        }
    }

    /// Sources, delays and weights of the target at `position`.
    pub fn row(&self, position: usize, row: &mut Row) {
        self.sources_of(position, row);
        self.delays_of(position, row);
        self.weights_of(position, row);
    }

    fn delays_of(&self, position: usize, row: &mut Row) {
        let count = row.sources.len();
        row.delays.clear();
        match &self.delays {
            Delays::Same(_) => {}
            Delays::Listed(list) => row.delays.extend_from_slice(&list[self.starts[position] as usize..][..count]),
            Delays::Far(conduction) => {
                let target = self.targets[position];
                row.delays.extend(row.sources.iter().map(|source| conduction.steps(*source, target)));
            }
            Delays::Drawn(steps) => {
                row.delays.resize(count, 0);
                let key = Key::new(self.seed, Purpose::Delay, self.key);
                steps.fill_row(key, position as u64, &mut row.scratch, &mut row.delays);
            }
        }
    }

    fn weights_of(&self, position: usize, row: &mut Row) {
        let count = row.sources.len();
        row.weights.clear();
        match &self.weights {
            Weights::Same(_) => {}
            Weights::Listed(list) => row.weights.extend_from_slice(&list[self.starts[position] as usize..][..count]),
            Weights::Drawn(random) => {
                row.weights.resize(count, 0.0);
                random.fill_row(Key::new(self.seed, Purpose::Weight, self.key), position as u64, &mut row.weights);
            }
        }
    }

    /// Every row, one after the other: (target, its connections).
    pub fn for_each_row(&self, mut each: impl FnMut(u32, &Row)) {
        let mut row = Row::default();
        for (position, &target) in self.targets.iter().enumerate() {
            self.row(position, &mut row);
            each(target, &row);
        }
    }

    /// Neurons of the source population that have a synapse.
    pub(super) fn used_sources(&self) -> BTreeSet<u32> {
        let (mut used, mut row) = (BTreeSet::new(), Row::default());
        for position in 0..self.targets.len() {
            self.sources_of(position, &mut row);
            used.extend(&row.sources);
        }
        used
    }

    /// The smallest weight that is drawn.
    pub(super) fn least_weight(&self) -> f64 {
        let least = |position: usize, row: &mut Row| {
            self.sources_of(position, row);
            self.weights_of(position, row);
            row.weights.iter().fold(f64::INFINITY, |least, weight| least.min(*weight))
        };
        (0..self.targets.len())
            .into_par_iter()
            .map_init(Row::default, |row, position| least(position, row))
            .reduce(|| f64::INFINITY, f64::min)
    }

    /// Counts the connections, and where rows begin if lists need that; `roughly`: large numbers are estimated.
    pub(super) fn count(&mut self, roughly: bool) {
        let every = if self.rule.counts_by_drawing() { self.looked_at(roughly) } else { 1 };
        let degrees: Vec<u32> = (0..self.targets.len())
            .into_par_iter()
            .step_by(every)
            .map(|position| {
                let mut stream = Stream::new(self.seed, Purpose::Structure, self.key, position as u64);
                self.rule.degree(position, &self.sides, &mut stream) as u32
            })
            .collect();
        self.is_estimate = every > 1;
        self.count = match self.is_estimate {
            true => self.rule.expected(&self.sides).round() as u64,
            false => degrees.iter().map(|degree| u64::from(*degree)).sum(),
        };
        self.most_sources = degrees.iter().copied().max().unwrap_or(0);
        if matches!(self.weights, Weights::Listed(_)) || matches!(self.delays, Delays::Listed(_)) {
            self.starts = std::iter::once(0)
                .chain(degrees.iter().scan(0, |sum, degree| {
                    *sum += u64::from(*degree);
                    Some(*sum)
                }))
                .collect();
        }
    }

    /// One of how many targets: of all, unless an estimate will do.
    fn looked_at(&self, roughly: bool) -> usize {
        let many = self.rule.expected(&self.sides) > DRAWN;
        if roughly && many { self.targets.len().div_ceil(SAMPLED) } else { 1 }
    }

    /// Finds the shortest and the longest delay of conduction; `roughly`: of many connections, those of some targets.
    pub(super) fn bound_delays(&mut self, roughly: bool) {
        let Delays::Far(conduction) = &self.delays else { return };
        let every = self.looked_at(roughly);
        let of_row = |row: &mut Row, position: usize| {
            self.sources_of(position, row);
            let steps = row.sources.iter().map(|source| conduction.steps(*source, self.targets[position]));
            steps.fold((u32::MAX, 1), |(least, most): (u32, u32), steps| (least.min(steps), most.max(steps)))
        };
        let bounds = (0..self.targets.len())
            .into_par_iter()
            .step_by(every)
            .map_init(Row::default, of_row)
            .reduce(|| (u32::MAX, 1), |a, b| (a.0.min(b.0), a.1.max(b.1)));
        let conduction = Conduction { bounds, ..conduction.clone() };
        self.delays = Delays::Far(conduction);
    }

    fn is_identity(&self) -> bool {
        self.sources.is_empty()
    }
}

impl Row {
    /// The delay of connection `i` in steps.
    pub fn delay(&self, i: usize, delays: &Delays) -> u32 {
        match delays {
            Delays::Same(steps) => *steps,
            _ => self.delays[i],
        }
    }

    /// The weight of connection `i`, where `same` is that of all if all are the same.
    pub fn weight(&self, i: usize, weights: &Weights) -> f64 {
        match weights {
            Weights::Same(weight) => *weight,
            _ => self.weights[i],
        }
    }
}

#[cfg(test)]
impl super::Pathway {
    /// Nobody connected to anybody, with these weights.
    pub(crate) fn of_weights(weights: Weights) -> super::Pathway {
        let sides = Sides { sources: 0, targets: 0, itself: None, autapses: true, multapses: true };
        let rule = crate::connectivity::rule(
            "all_to_all",
            crate::connectivity::Given::Nothing,
            &sides,
            crate::connectivity::Source { seed: 1, key: 0 },
        );
        let connections = Connections {
            rule: rule.expect("it takes no argument"),
            sides,
            sources: vec![],
            targets: vec![],
            weights,
            delays: Delays::Same(1),
            seed: 1,
            key: 0,
            starts: vec![],
            count: 0,
            most_sources: 0,
            is_estimate: false,
        };
        super::Pathway { projection: 0, name: String::new(), source: 0, trigger: 0, port: 0, connections }
    }
}
