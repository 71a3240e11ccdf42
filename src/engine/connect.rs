//! From rules to routes: the synapses onto one shard, sorted by source and delay.
//!
//! Connections are drawn target by target, and needed source by source. They are drawn twice: first only to count how
//! many each source has, then to be put where they belong; what a source has is then sorted by delay. So the memory
//! that building takes, beyond what is built, is that of one route at a time.

use super::deliver::{NARROW, Route, Segment, Synapses, Weights};
use super::deliver_memory::with_room;
use super::deliver_plan::{Form, Plan, power_of_two};
use super::release::Sites;
use crate::error::{Code, Error, Exit};
use crate::network::connections::{Delays, Row};
use crate::network::{Network, Pathway};
use crate::num::rng::{Key, Purpose};
use std::ops::Range;

/// The neurons of a shard that one pathway reaches.
pub struct Reach {
    pub pathway: usize,
    /// In the target population.
    pub range: Range<usize>,
    /// The slot of the first of them.
    pub slot: usize,
    pub part: usize,
    pub port: usize,
}

/// A synapse before its source's are sorted.
#[derive(Clone, Copy, Default)]
pub struct Entry<W> {
    slot: u32,
    delay: u16,
    weight: W,
}

/// Memory for synapses that are being sorted, used again from route to route: fresh pages cost as much as sorting.
pub type Scratch = Vec<Entry<u16>>;

/// Where things stand when a route is built.
struct Builder<'a> {
    network: &'a Network,
    reaches: &'a [Reach],
    sources: usize,
}

/// The route of `plan` onto a shard whose sums have `slots` slots, of which `reaches` tells; `exponent` is that of the
/// unit in which its ports count.
///
/// # Errors
/// If there are more synapses, or longer delays, than indices can tell.
pub fn build(
    network: &Network,
    plan: &Plan,
    reaches: &[Reach],
    slots: usize,
    exponent: Option<i32>,
    scratch: &mut Scratch,
) -> Result<Route, Error> {
    let builder = Builder { network, reaches, sources: network.populations[plan.source].size };
    let starts = builder.count()?;
    let total = starts[builder.sources] as usize;
    let narrow = slots <= NARROW;
    let mut factor = 1;
    let mut sites = None;
    let (ordered, synapses) = match plan.form {
        _ if plan.by_use.quantal.is_some() => {
            let entries = builder.fill(&starts, vec![], |weight, number| (weight, number))?;
            let (ordered, slots, both) = listed(narrow, &starts, &entries);
            let (weights, numbers) = both.into_iter().unzip();
            sites = builder.sites(numbers);
            (ordered, slots.with(Weights::Double(weights)))
        }
        Form::Same(weight) => {
            let entries = builder.fill(&starts, vec![], |_, _| ())?;
            let mut slots = List::new(narrow, total);
            (sort(&starts, &entries, |entry| slots.push(entry.slot)), slots.with(Weights::Same(weight)))
        }
        Form::Fixed(fixed) => {
            let sign = fixed.per_unit().signum();
            factor = (sign * power_of_two(fixed.exponent - exponent.unwrap_or(fixed.exponent))) as i32;
            let entries = builder.fill(&starts, std::mem::take(scratch), |weight, _| fixed.units(weight))?;
            let built = if narrow {
                let mut list = with_room(total);
                let put = |entry: &Entry<u16>| list.push(entry.slot | u32::from(entry.weight) << 16);
                (sort(&starts, &entries, put), Synapses::Packed(list))
            } else {
                let (ordered, slots, weights) = listed(narrow, &starts, &entries);
                (ordered, slots.with(Weights::Fixed(weights)))
            };
            *scratch = entries;
            built
        }
        Form::Single => {
            let entries = builder.fill(&starts, vec![], |weight, _| weight as f32)?;
            let (ordered, slots, weights) = listed(narrow, &starts, &entries);
            (ordered, slots.with(Weights::Single(weights)))
        }
        Form::Double => {
            let entries = builder.fill(&starts, vec![], |weight, _| weight)?;
            let (ordered, slots, weights) = listed(narrow, &starts, &entries);
            (ordered, slots.with(Weights::Double(weights)))
        }
    };
    let late = plan.late.then(|| (reaches[0].part, reaches[0].port));
    let (first, segments) = ordered;
    let Plan { source, trigger, by_use, direct, .. } = *plan;
    Ok(Route { source, trigger, late, direct, by_use, sites, first, segments, synapses, factor })
}

/// Where each source's segments begin, and the segments.
type Sorted = (Vec<u32>, Vec<Segment>);

impl Builder<'_> {
    /// Calls `each(reach, pathway, position, target's slot)` for the targets that live here.
    fn for_each_target(&self, mut each: impl FnMut(&Pathway, usize, u32) -> Result<(), Error>) -> Result<(), Error> {
        for reach in self.reaches {
            let pathway = &self.network.pathways[reach.pathway];
            for (position, &target) in pathway.connections.targets.iter().enumerate() {
                if reach.range.contains(&(target as usize)) {
                    each(pathway, position, (reach.slot + target as usize - reach.range.start) as u32)?;
                }
            }
        }
        Ok(())
    }

    /// Who the synapses are, of one pathway alone.
    fn sites(&self, numbers: Vec<u32>) -> Option<Sites> {
        let reach = self.reaches.first()?;
        let (seed, key) =
            (self.network.seeds.of(Purpose::Release), self.network.pathways[reach.pathway].connections.key());
        Some(Sites { key: Key::new(seed, Purpose::Release, key), first: (reach.slot, reach.range.start), numbers })
    }

    /// Where each source's synapses begin, and at the end how many there are.
    fn count(&self) -> Result<Vec<u32>, Error> {
        let mut counts = vec![0u64; self.sources + 1];
        let mut row = Row::default();
        self.for_each_target(|pathway, position, _| {
            pathway.connections.sources_of(position, &mut row);
            row.sources.iter().for_each(|&source| counts[source as usize + 1] += 1);
            Ok(())
        })?;
        let mut sum = 0;
        let running = counts.into_iter().map(|count| {
            sum += count;
            u32::try_from(sum).map_err(|_| {
                too_large("more than 4 294 967 295 synapses onto one thread's neurons from one population")
            })
        });
        running.collect()
    }

    /// Draws them again, each into its source's place in `entries`.
    fn fill<W: Copy + Default>(
        &self,
        starts: &[u32],
        mut entries: Vec<Entry<W>>,
        form: impl Fn(f64, u32) -> W,
    ) -> Result<Vec<Entry<W>>, Error> {
        let total = starts[self.sources] as usize;
        if entries.capacity() < total {
            drop(entries);
            entries = with_room(total);
        }
        entries.resize(total, Entry::default());
        let mut next = starts.to_vec();
        let mut row = Row::default();
        self.for_each_target(|pathway, position, slot| {
            let connections = &pathway.connections;
            connections.row(position, &mut row);
            for (i, &source) in row.sources.iter().enumerate() {
                let steps = match connections.delays {
                    Delays::Same(steps) => steps,
                    _ => row.delays[i],
                };
                let Ok(delay) = u16::try_from(steps) else {
                    return Err(too_large("a delay is longer than 65 535 steps"));
                };
                let place = &mut next[source as usize];
                let weight = form(row.weight(i, &connections.weights), i as u32);
                entries[*place as usize] = Entry { slot, delay, weight };
                *place += 1;
            }
            Ok(())
        })?;
        Ok(entries)
    }
}

/// Sorts each source's synapses by delay, by counting, and hands them out in order.
fn sort<W: Copy + Default>(starts: &[u32], entries: &[Entry<W>], mut put: impl FnMut(&Entry<W>)) -> Sorted {
    let least = entries.iter().map(|entry| entry.delay).min().unwrap_or(0);
    let most = entries.iter().map(|entry| entry.delay).max().unwrap_or(0);
    let mut places = vec![0u32; usize::from(most - least) + 1];
    let (mut first, mut segments) = (Vec::with_capacity(starts.len()), Vec::new());
    let mut ordered: Vec<Entry<W>> = Vec::new();
    for source in starts.windows(2) {
        first.push(segments.len() as u32);
        let own = &entries[source[0] as usize..source[1] as usize];
        own.iter().for_each(|entry| places[usize::from(entry.delay - least)] += 1);
        let mut before = 0;
        for (delay, place) in places.iter_mut().enumerate().filter(|(_, count)| **count > 0) {
            segments.push(Segment { delay: u32::from(least) + delay as u32, start: source[0] + before });
            before += std::mem::replace(place, before);
        }
        ordered.resize(own.len(), Entry::default());
        for entry in own {
            let place = &mut places[usize::from(entry.delay - least)];
            ordered[*place as usize] = *entry;
            *place += 1;
        }
        places.fill(0);
        ordered.iter().for_each(&mut put);
    }
    first.push(segments.len() as u32);
    segments.push(Segment { delay: 0, start: entries.len() as u32 });
    (first, segments)
}

/// Slots, as short as they can be.
enum List {
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

impl List {
    fn new(narrow: bool, length: usize) -> List {
        if narrow { List::Narrow(with_room(length)) } else { List::Wide(with_room(length)) }
    }

    fn push(&mut self, slot: u32) {
        match self {
            List::Narrow(list) => list.push(slot as u16),
            List::Wide(list) => list.push(slot),
        }
    }

    fn with(self, weights: Weights) -> Synapses {
        match self {
            List::Narrow(list) => Synapses::Narrow(list, weights),
            List::Wide(list) => Synapses::Wide(list, weights),
        }
    }
}

/// Slots and weights side by side.
fn listed<W: Copy + Default>(narrow: bool, starts: &[u32], entries: &[Entry<W>]) -> (Sorted, List, Vec<W>) {
    let (mut slots, mut weights) = (List::new(narrow, entries.len()), with_room(entries.len()));
    let ordered = sort(starts, entries, |entry| {
        slots.push(entry.slot);
        weights.push(entry.weight);
    });
    (ordered, slots, weights)
}

fn too_large(message: &str) -> Error {
    Error::plain(Exit::Refused, Code::TooLarge, message.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_s_synapses_are_sorted_by_delay_and_else_stay_in_order() {
        let entry = |slot, delay| Entry { slot, delay, weight: slot as f32 };
        let entries = [entry(5, 3), entry(1, 2), entry(2, 3), entry(7, 9), entry(0, 2)];
        let mut out = Vec::new();
        let (first, segments) = sort(&[0, 3, 3, 5], &entries, |entry| out.push((entry.slot, entry.weight)));
        assert_eq!(out, [(1, 1.0), (5, 5.0), (2, 2.0), (0, 0.0), (7, 7.0)]);
        assert_eq!(first, [0, 2, 2, 4]);
        let of = |delay, start| Segment { delay, start };
        assert_eq!(segments, [of(2, 0), of(3, 1), of(2, 3), of(9, 4), of(0, 5)]);
    }
}
