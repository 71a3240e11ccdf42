//! Delivery at arrival: a spike's synapses are touched in the step in which it arrives, not when it is sent.
//!
//! A [`Route`] keeps the synapses of several pathways onto one shard by source, those of a source by delay: a segment.
//! When a spike is received, each of its segments is written into the [`Calendar`] under the step of its arrival. In
//! that step the segments are gone through in the order in which they were written, and each weight is added to the
//! slot of its target. The sums of a step stay in the second-level cache; a ring of sums for all steps to come would
//! not. As the calendar says what comes next, the memory of segments is asked for ahead of time.
//!
//! Every target sums its input in the order (step sent, source population, trigger, source, delay, synapse index),
//! whatever the shard, so the sums do not depend on how many shards there are.

use super::deliver_memory::prefetch;
use super::exchange::Spike;
use super::port::Slots;
use super::release::{Arrival, Brought, ByUse, Sites, Used};
use crate::network::Network;
use crate::num::aligned::Aligned;
use crate::num::dispatch::{self, Task};
use std::ops::Range;

/// Slots that a 16-bit number can name. Sums of this length need no check of an index.
pub const NARROW: usize = 1 << 16;
/// Segments between the one that is asked for and the one that is added: from 4 to 20 it makes no difference.
const AHEAD: usize = 12;

/// Numbers that say where segments begin, up to which they are not asked for ahead of time: a quarter of a small second-level cache.
const WARM: usize = 1 << 14;
/// Spikes between the one that is written down and those of which something is asked for.
const FAR: usize = 7;
const NEAR: usize = 3;

/// The synapses of one [`Plan`](super::deliver_plan::Plan) onto one shard.
pub struct Route {
    pub source: usize,
    pub trigger: usize,
    /// (part, port within it) of spikes between grid points; slots then count within the part.
    pub late: Option<(usize, usize)>,
    /// Its slots are the synapses' state itself, and its weights land there when the step is over.
    pub direct: bool,
    /// What a spike carries depends on those before it, or on chance.
    pub by_use: ByUse,
    /// Who its synapses are, where it depends on chance.
    pub sites: Option<Sites>,
    /// Segments of source s: from `first[s]` to `first[s + 1]`.
    pub first: Vec<u32>,
    /// Where each begins, with its delay; one more at the end.
    pub segments: Vec<Segment>,
    pub synapses: Synapses,
    /// Units of the port in one of the route; negative where the weights are.
    pub factor: i32,
}

/// Synapses of one source with one delay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    pub delay: u32,
    pub start: u32,
}

/// In the order (source, delay, pathway, target, synapse index).
pub enum Synapses {
    /// Slot in the low half, weight in the high one.
    Packed(Vec<u32>),
    Narrow(Vec<u16>, Weights),
    Wide(Vec<u32>, Weights),
}

pub enum Weights {
    Same(f64),
    Fixed(Vec<u16>),
    Single(Vec<f32>),
    Double(Vec<f64>),
}

/// What arrives at one grid point, by slot.
///
/// Where synapses are plain exponentials with real weights, the slots hold their state itself: what few spikes bring is
/// added to few of them when the step is over, and no list of sums is read and emptied for all.
pub struct Sums {
    pub real: Aligned,
    /// In units of the port.
    pub whole: Vec<i32>,
}

impl Sums {
    /// As many slots as there are, of the kinds that `routes` use.
    pub fn new(slots: usize, routes: &[Route]) -> Sums {
        let length = if slots <= NARROW { NARROW } else { slots };
        let whole = routes.iter().any(Route::is_whole);
        let real = routes.iter().any(|route| route.late.is_none() && !route.is_whole());
        Sums { real: Aligned::zeros(if real { length } else { 0 }), whole: vec![0; if whole { length } else { 0 }] }
    }

    /// Those of some cells of a port; empty if it has none of a kind.
    pub fn of(&mut self, slots: Slots, cells: &Range<usize>) -> (&mut [f64], &mut [i32]) {
        let slot = slots.first + cells.start..slots.first + cells.end;
        let whole = slots.unit.and_then(|_| self.whole.get_mut(slot.clone())).unwrap_or_default();
        (self.real.get_mut(slot).unwrap_or_default(), whole)
    }
}

impl Route {
    /// Its sums are whole numbers.
    pub fn is_whole(&self) -> bool {
        matches!(
            self.synapses,
            Synapses::Packed(_) | Synapses::Narrow(_, Weights::Fixed(_)) | Synapses::Wide(_, Weights::Fixed(_))
        )
    }

    /// Synapses of a source.
    pub fn degree(&self, source: usize) -> u64 {
        let start = |source: usize| u64::from(self.segments[self.first[source] as usize].start);
        start(source + 1) - start(source)
    }

    /// Calls `each(slot, weight)` for the synapses in `range`.
    pub fn for_each(&self, range: Range<usize>, mut each: impl FnMut(usize, f64)) {
        let weight = |weights: &Weights, i: usize| match weights {
            Weights::Same(weight) => *weight,
            Weights::Fixed(list) => f64::from(list[i]) * f64::from(self.factor),
            Weights::Single(list) => f64::from(list[i]),
            Weights::Double(list) => list[i],
        };
        for i in range {
            match &self.synapses {
                Synapses::Packed(list) => {
                    each((list[i] & 0xffff) as usize, f64::from(list[i] >> 16) * f64::from(self.factor))
                }
                Synapses::Narrow(slots, weights) => each(slots[i].into(), weight(weights, i)),
                Synapses::Wide(slots, weights) => each(slots[i] as usize, weight(weights, i)),
            }
        }
    }

    #[inline(always)]
    fn prefetch(&self, due: &Due) {
        let (first, last) = (due.first as usize, due.last as usize);
        match &self.synapses {
            Synapses::Packed(list) => prefetch(list, first..last),
            Synapses::Narrow(slots, weights) => {
                prefetch(slots, first..last);
                weights.prefetch(first..last);
            }
            Synapses::Wide(slots, weights) => {
                prefetch(slots, first..last);
                weights.prefetch(first..last);
            }
        }
    }
}

impl Weights {
    #[inline(always)]
    fn prefetch(&self, range: Range<usize>) {
        match self {
            Weights::Same(_) => {}
            Weights::Fixed(list) => prefetch(list, range),
            Weights::Single(list) => prefetch(list, range),
            Weights::Double(list) => prefetch(list, range),
        }
    }
}

/// A segment on its way: synapses `first..last` of a route.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    route: u32,
    first: u32,
    last: u32,
}

impl Due {
    fn arrival<'a>(self, routes: &'a [Route], brought: Brought, used: &'a mut [Used]) -> Arrival<'a> {
        let route = self.route as usize;
        Arrival::new(&routes[route], self.first as usize..self.last as usize, brought, &mut used[route])
    }
}

/// Segments by the step of their arrival: [of a direct route][step].
pub struct Calendar {
    due: [Vec<Vec<Due>>; 2],
    /// Those on the grid that carry a part of their weights.
    scaled: [Vec<Vec<(Due, Brought)>>; 2],
    /// Of spikes between grid points.
    late: Vec<Vec<(Due, Brought)>>,
    /// By route.
    used: Vec<Used>,
    dt_ms: f64,
    /// Of a step: its place in the lists, whose length is a power of two.
    mask: usize,
    /// [population, trigger]: routes that begin there.
    routes: Vec<Vec<u32>>,
    first_row: Vec<usize>,
    /// What says where segments begin is more than the second-level cache keeps from spike to spike.
    cold: bool,
    /// Synaptic events that were sent: of each spike as many as its source has synapses here.
    pub sent: u64,
    /// Those that arrived.
    pub arrived: u64,
}

impl Calendar {
    /// Keeps `length` steps ahead.
    pub fn new(network: &Network, routes: &[Route], length: usize) -> Calendar {
        let mut first_row = Vec::new();
        let mut rows = 0;
        for population in &network.populations {
            first_row.push(rows);
            rows += population.triggers();
        }
        let mut of = vec![Vec::new(); rows];
        for (index, route) in routes.iter().enumerate() {
            of[first_row[route.source] + route.trigger].push(index as u32);
        }
        let length = length.next_power_of_two();
        let late = if routes.iter().any(|route| route.late.is_some()) { length } else { 0 };
        let lists = |wanted: &dyn Fn(&Route) -> bool| {
            let room = |direct| if routes.iter().any(|own| own.direct == direct && wanted(own)) { length } else { 0 };
            [room(false), room(true)]
        };
        let used = |route: &Route| Used::new(route, network.populations[route.source].size);
        Calendar {
            due: lists(&|_| true).map(|length| vec![Vec::new(); length]),
            scaled: lists(&|route| !route.by_use.is_none()).map(|length| vec![Vec::new(); length]),
            mask: length - 1,
            late: vec![Vec::new(); late],
            used: routes.iter().map(used).collect(),
            dt_ms: network.dt_ms,
            routes: of,
            first_row,
            cold: routes.iter().map(|route| route.first.len() + 2 * route.segments.len()).sum::<usize>() > WARM,
            sent: 0,
            arrived: 0,
        }
    }

    /// Asks for what [`Calendar::enter`] will need of the spikes that `follow`: of one where its segments begin, of a nearer one
    /// these. A network's segments do not stay in the caches from spike to spike.
    pub fn expect(&self, routes: &[Route], follow: &[Spike]) {
        if !self.cold {
            return;
        }
        let of = |spike: &Spike| {
            let row = self.first_row[spike.population as usize] + spike.trigger as usize;
            (&self.routes[row], spike.neuron as usize)
        };
        if let Some((own, source)) = follow.get(FAR).map(of) {
            own.iter().for_each(|&index| prefetch(&routes[index as usize].first, source..source + 2));
        }
        if let Some((own, source)) = follow.get(NEAR).map(of) {
            for route in own.iter().map(|&index| &routes[index as usize]) {
                prefetch(&route.segments, route.first[source] as usize..route.first[source + 1] as usize);
            }
        }
    }

    /// Writes down where and when a spike arrives.
    pub fn enter(&mut self, routes: &[Route], spike: &Spike) {
        let source = spike.neuron as usize;
        for &index in &self.routes[self.first_row[spike.population as usize] + spike.trigger as usize] {
            let route = &routes[index as usize];
            let segments = &route.segments[route.first[source] as usize..=route.first[source + 1] as usize];
            self.sent += route.degree(source);
            let dues = segments.iter().zip(&segments[1..]).map(|(segment, next)| {
                let place = (spike.step + i64::from(segment.delay)) as usize & self.mask;
                (place, Due { route: index, first: segment.start, last: next.start })
            });
            let direct = usize::from(route.direct);
            if route.late.is_none() && route.by_use.is_none() {
                dues.for_each(|(place, due)| self.due[direct][place].push(due));
                continue;
            }
            let brought = self.used[index as usize].spike(route, source, (spike.step, spike.late), self.dt_ms);
            let lists = if route.late.is_none() { &mut self.scaled[direct] } else { &mut self.late };
            dues.for_each(|(place, due)| lists[place].push((due, brought)));
        }
    }

    /// Adds what arrives on the grid at `step` to `sums`, and hands out what comes late.
    pub fn arrivals(&mut self, step: i64, routes: &[Route], sums: &mut Sums, mut each: impl FnMut(Arrival)) {
        self.add(step, routes, sums, false);
        if let Some(late) = self.late.get_mut(step as usize & self.mask) {
            for (due, brought) in late.drain(..) {
                self.arrived += u64::from(due.last - due.first);
                each(due.arrival(routes, brought, &mut self.used));
            }
        }
    }

    /// Adds what arrives at `step`, when the state is that of `step`, to the state of synapses.
    pub fn land(&mut self, step: i64, routes: &[Route], sums: &mut Sums) {
        self.add(step, routes, sums, true);
    }

    fn add(&mut self, step: i64, routes: &[Route], sums: &mut Sums, direct: bool) {
        let place = step as usize & self.mask;
        if let Some(due) = self.due[usize::from(direct)].get_mut(place).filter(|due| !due.is_empty()) {
            dispatch::run(Deliver { due, routes, sums });
            self.arrived += due.iter().map(|due| u64::from(due.last - due.first)).sum::<u64>();
            due.clear();
        }
        if let Some(scaled) = self.scaled[usize::from(direct)].get_mut(place) {
            for (due, brought) in scaled.drain(..) {
                self.arrived += u64::from(due.last - due.first);
                let arrival = due.arrival(routes, brought, &mut self.used);
                arrival.for_each(|slot, transmitted| sums.real[slot] += transmitted);
            }
        }
    }

    /// Events that were sent and have not arrived.
    pub fn in_flight(&self) -> u64 {
        let events = |due: &Due| u64::from(due.last - due.first);
        let on_grid: u64 = self.due.iter().flatten().flatten().map(events).sum();
        let scaled: u64 = self.scaled.iter().flatten().flatten().map(|(due, _)| events(due)).sum();
        on_grid + scaled + self.late.iter().flatten().map(|(due, _)| events(due)).sum::<u64>()
    }
}

/// The segments of one step.
struct Deliver<'a> {
    due: &'a [Due],
    routes: &'a [Route],
    sums: &'a mut Sums,
}

impl Task for Deliver<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (i, due) in self.due.iter().enumerate() {
            if let Some(next) = self.due.get(i + AHEAD) {
                self.routes[next.route as usize].prefetch(next);
            }
            let route = &self.routes[due.route as usize];
            let range = due.first as usize..due.last as usize;
            match &route.synapses {
                Synapses::Packed(list) => add_packed(&list[range], route.factor, &mut self.sums.whole),
                Synapses::Narrow(slots, weights) => add(slots, weights, range, route.factor, self.sums),
                Synapses::Wide(slots, weights) => add(slots, weights, range, route.factor, self.sums),
            }
        }
    }
}

#[inline(always)]
fn add<S: Slot>(slots: &[S], weights: &Weights, range: Range<usize>, factor: i32, sums: &mut Sums) {
    let slots = &slots[range.clone()];
    match weights {
        Weights::Same(weight) => add_same(slots, *weight, &mut sums.real),
        Weights::Single(list) => add_each(slots, &list[range], &mut sums.real),
        Weights::Double(list) => add_each(slots, &list[range], &mut sums.real),
        Weights::Fixed(list) => add_whole(slots, &list[range], factor, &mut sums.whole),
    }
}

/// The number of a slot.
trait Slot: Copy {
    /// Sums are at least this long: those of 16-bit slots need no check of an index.
    const SPAN: usize;
    fn index(self) -> usize;
}

impl Slot for u16 {
    const SPAN: usize = NARROW;
    #[inline(always)]
    fn index(self) -> usize {
        usize::from(self)
    }
}

impl Slot for u32 {
    const SPAN: usize = 0;
    #[inline(always)]
    fn index(self) -> usize {
        self as usize
    }
}

#[inline(always)]
fn add_packed(synapses: &[u32], factor: i32, sums: &mut [i32]) {
    if sums.len() < NARROW {
        return;
    }
    for synapse in synapses {
        sums[(synapse & 0xffff) as usize] += (synapse >> 16) as i32 * factor;
    }
}

#[inline(always)]
fn add_whole<S: Slot>(slots: &[S], weights: &[u16], factor: i32, sums: &mut [i32]) {
    if sums.len() < S::SPAN {
        return;
    }
    for (slot, weight) in slots.iter().zip(weights) {
        sums[slot.index()] += i32::from(*weight) * factor;
    }
}

#[inline(always)]
fn add_same<S: Slot>(slots: &[S], weight: f64, sums: &mut [f64]) {
    if sums.len() < S::SPAN {
        return;
    }
    slots.iter().for_each(|slot| sums[slot.index()] += weight);
}

#[inline(always)]
fn add_each<S: Slot, W: Copy + Into<f64>>(slots: &[S], weights: &[W], sums: &mut [f64]) {
    if sums.len() < S::SPAN {
        return;
    }
    for (slot, weight) in slots.iter().zip(weights) {
        sums[slot.index()] += (*weight).into();
    }
}
