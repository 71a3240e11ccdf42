//! Synapses that change by use: what a spike brings to each of those of its source.
//!
//! Depression and facilitation are the same for all synapses of a source, so a spike takes one factor along. Which of its sites
//! release each synapse draws for itself, from a counter that names it by projection, target and number among the target's:
//! none of these depends on the shard.

use super::deliver::Route;
use crate::network::Port;
use crate::num::rng::Key;
use crate::synapses::quantal::{Chances, Past};
use crate::synapses::short_term::Resources;
use crate::synapses::{Quantal, ShortTerm};
use std::ops::Range;

/// How the synapses of a route change by use.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ByUse {
    pub short_term: Option<ShortTerm>,
    pub quantal: Option<Quantal>,
}

/// Who a route's synapses are, where each draws for itself.
pub struct Sites {
    pub key: Key,
    /// Of the neuron whose slot is this, its number.
    pub first: (usize, usize),
    /// Number of each synapse among those of its target.
    pub numbers: Vec<u32>,
}

/// What the synapses of a route have been through.
#[derive(Default)]
pub struct Used {
    /// By source.
    resources: Vec<Resources>,
    pasts: Vec<Past>,
    /// Full sites, by synapse.
    full: Vec<u16>,
}

/// What a spike brings, other than the weights on the grid.
#[derive(Clone, Copy, Debug)]
pub struct Brought {
    /// How long before the grid point of its arrival (ms).
    pub late: f64,
    /// The part of the weights that it carries.
    factor: f64,
    chances: Option<Chances>,
}

/// A spike that arrives at some synapses of a route.
pub struct Arrival<'a> {
    pub route: &'a Route,
    synapses: Range<usize>,
    brought: Brought,
    used: &'a mut Used,
}

/// Synapses of fibres from outside, one a fibre.
pub struct Fibres {
    by_use: ByUse,
    key: Key,
    list: Vec<Fibre>,
}

#[derive(Clone)]
struct Fibre {
    resources: Option<Resources>,
    past: Past,
    full: u16,
}

impl ByUse {
    pub fn of(port: &Port) -> ByUse {
        ByUse { short_term: port.short_term, quantal: port.quantal }
    }

    /// Nothing changes.
    pub fn is_none(&self) -> bool {
        self.short_term.is_none() && self.quantal.is_none()
    }

    /// A spike of a source, sent at `when` = (step, late).
    fn spike(
        &self,
        resources: Option<&mut Resources>,
        past: Option<&mut Past>,
        when: (i64, f64),
        dt_ms: f64,
    ) -> Brought {
        let tired = self.short_term.zip(resources).map(|(table, own)| table.spike(own, when.0, when.1, dt_ms));
        let chances = self.quantal.zip(past).map(|(table, own)| table.spike(own, when, tired.map(|[u, _]| u), dt_ms));
        Brought { late: when.1, factor: tired.map_or(1.0, |[u, x]| u * x), chances }
    }
}

impl Fibres {
    /// `None` if nothing about them changes.
    pub fn new(by_use: ByUse, key: Key, count: usize) -> Option<Fibres> {
        let fibre = Fibre { resources: by_use.short_term.map(|table| table.start()), past: Past::default(), full: 0 };
        (!by_use.is_none()).then(|| Fibres { by_use, key, list: vec![fibre; count] })
    }

    /// A spike of the fibre of this number at `step`, `position` among all that the stimulus has: the part of the weight that it
    /// transmits.
    pub fn transmit(&mut self, number: usize, position: u32, step: i64, dt_ms: f64) -> f64 {
        let Fibre { resources, past, full } = &mut self.list[number];
        let brought = self.by_use.spike(resources.as_mut(), Some(past), (step, 0.0), dt_ms);
        match (brought.chances, self.by_use.quantal) {
            (Some(chances), Some(quantal)) => {
                quantal.release(full, &chances, &mut self.key.stream(position.into(), chances.spike))
            }
            _ => brought.factor,
        }
    }
}

impl Used {
    /// Of a route from `sources` neurons.
    pub fn new(route: &Route, sources: usize) -> Used {
        let synapses = route.sites.as_ref().map_or(0, |sites| sites.numbers.len());
        Used {
            resources: route.by_use.short_term.map_or(vec![], |table| vec![table.start(); sources]),
            pasts: vec![Past::default(); if route.by_use.quantal.is_some() { sources } else { 0 }],
            full: vec![0; synapses],
        }
    }

    /// A spike of `source`, sent at `when` = (step, late).
    pub fn spike(&mut self, route: &Route, source: usize, when: (i64, f64), dt_ms: f64) -> Brought {
        route.by_use.spike(self.resources.get_mut(source), self.pasts.get_mut(source), when, dt_ms)
    }
}

impl<'a> Arrival<'a> {
    pub fn new(route: &'a Route, synapses: Range<usize>, brought: Brought, used: &'a mut Used) -> Arrival<'a> {
        Arrival { route, synapses, brought, used }
    }

    /// How long before the grid point it comes (ms).
    pub fn late(&self) -> f64 {
        self.brought.late
    }

    /// Calls `each(slot, what it transmits)` for its synapses.
    pub fn for_each(self, mut each: impl FnMut(usize, f64)) {
        let Arrival { route, synapses, brought, used } = self;
        let drawn = brought.chances.zip(route.sites.as_ref()).zip(route.by_use.quantal);
        let Some(((chances, sites), quantal)) = drawn else {
            return route.for_each(synapses, |slot, weight| each(slot, weight * brought.factor));
        };
        let mut synapse = synapses.start;
        route.for_each(synapses, |slot, weight| {
            let target = (sites.first.1 + slot - sites.first.0) as u64;
            let mut stream = sites.key.stream(target << 32 | u64::from(sites.numbers[synapse]), chances.spike);
            let share = quantal.release(&mut used.full[synapse], &chances, &mut stream);
            synapse += 1;
            each(slot, weight * share);
        });
    }
}
