//! What stimuli do, as lines and marks to be drawn: of the neurons that are sampled, for nobody else has a trace.

use crate::network::{Drive, Network, Stimulus, StimulusTarget};
use crate::plots::{MOST_LINES, evenly};
use crate::recording::{StimulusSeen, WaveformSeen};
use crate::stimuli::Waveform;
use crate::stimuli::voltage_clamp::Clamp;
use std::collections::{HashMap, HashSet};

/// Steps at which a waveform is looked at, at most.
const MOST_LOOKS: i64 = 20_000;
/// Steps at which those of one stimulus are looked at: some tenths of a second.
const ALL_LOOKS: i64 = 20_000_000;
/// Corner points that are kept of one stimulus, as much as a dozen of the longest waveforms have: 10 MB.
const ALL_CORNERS: usize = 500_000;
/// Waveforms of one stimulus that are kept: more than any page has lines.
const ALL_WAVEFORMS: usize = 500;
/// Events of a stimulus that are kept.
const MOST_EVENTS: usize = 20_000;

/// (population, neuron) of everyone who is sampled.
pub type Sampled = HashSet<(usize, u32)>;

/// Everyone of whom a trace will be there.
pub fn sampled(network: &Network) -> Sampled {
    let tables = network.recorders.iter().filter(|recorder| recorder.has_table());
    tables.flat_map(|recorder| recorder.probes.iter().map(|probe| (probe.population, probe.neuron))).collect()
}

/// Adds to `seen` what can be drawn of its stimulus.
pub fn fill(network: &Network, stimulus: &Stimulus, sampled: &Sampled, seen: &mut StimulusSeen) {
    match &stimulus.drive {
        Drive::Currents(waveforms) => currents(network, stimulus, waveforms, &positions(stimulus, sampled), seen),
        Drive::Clamps(clamps) => seen.waveform = command(network, stimulus, clamps),
        Drive::Events(events, _) => marks(network, events, &positions(stimulus, sampled), seen),
        _ => {}
    }
}

/// Where among the neurons that a stimulus reaches the sampled ones are.
fn positions(stimulus: &Stimulus, sampled: &Sampled) -> Vec<usize> {
    let of = |target: &'_ StimulusTarget| {
        let own = target.neurons.iter().enumerate();
        let own = own.filter(|(_, neuron)| sampled.contains(&(target.population, **neuron)));
        own.map(|(index, _)| target.first + index).collect::<Vec<_>>()
    };
    stimulus.targets.iter().flat_map(of).collect()
}

/// The waveform of the first neuron, and those of others that have another.
fn currents(
    network: &Network,
    stimulus: &Stimulus,
    waveforms: &[Box<dyn Waveform>],
    sampled: &[usize],
    seen: &mut StimulusSeen,
) {
    if waveforms.is_empty() {
        return;
    }
    seen.waveform = corners(network, stimulus, &*waveforms[0], factor(stimulus, 0));
    let bits = |line: &[(f64, f64)]| line.iter().map(|(at, value)| (at.to_bits(), value.to_bits())).collect::<Vec<_>>();
    let first = bits(&seen.waveform);
    let mut known: HashMap<Vec<(u64, u64)>, usize> = HashMap::new();
    let (mut looks, mut kept) = (0, 0);
    let mut unknown = WaveformSeen::default();
    for position in ordered(sampled).into_iter().filter(|position| *position > 0) {
        let waveform = &*waveforms[position];
        if looks > ALL_LOOKS {
            unknown.of.push(position);
            continue;
        }
        looks += if waveform.is_constant() { 2 } else { network.steps.min(MOST_LOOKS) };
        let line = corners(network, stimulus, waveform, factor(stimulus, position));
        let key = bits(&line);
        if key == first {
            continue;
        }
        match known.get(&key) {
            Some(index) => seen.others[*index].of.push(position),
            None if kept + line.len() > ALL_CORNERS || known.len() >= ALL_WAVEFORMS => unknown.of.push(position),
            None => {
                kept += line.len();
                known.insert(key, seen.others.len());
                seen.others.push(WaveformSeen { of: vec![position], corners: line });
            }
        }
    }
    seen.others.extend(Some(unknown).filter(|unknown| !unknown.of.is_empty()));
}

/// Those first that a page would show: they have room before all others.
fn ordered(sampled: &[usize]) -> Vec<usize> {
    let mut order = evenly(sampled, MOST_LINES);
    let first: HashSet<usize> = order.iter().copied().collect();
    order.extend(sampled.iter().filter(|position| !first.contains(position)));
    order
}

/// pA (or mV/ms) per unit that the user wrote, for the neuron at this position.
fn factor(stimulus: &Stimulus, position: usize) -> f64 {
    stimulus.targets.iter().rfind(|target| target.first <= position).map_or(1.0, |target| target.factor)
}

/// A current in the user's unit, as corners of straight lines.
fn corners(network: &Network, stimulus: &Stimulus, waveform: &dyn Waveform, factor: f64) -> Vec<(f64, f64)> {
    let value = |step: i64| {
        let on = (stimulus.start..stimulus.stop).contains(&step);
        if on { waveform.value(step) / factor } else { 0.0 }
    };
    let stride = (network.steps / MOST_LOOKS).max(1);
    let mut looks: Vec<i64> = match waveform.is_constant() {
        true => vec![],
        false => (stride..network.steps).step_by(stride as usize).collect(),
    };
    looks.extend([stimulus.start, stimulus.stop].iter().filter(|step| (1..network.steps).contains(*step)));
    looks.sort_unstable();
    looks.dedup();
    let mut corners = vec![(0.0, value(0))];
    let mut last = value(0);
    for step in looks {
        let now = value(step);
        if now != last {
            let time = network.time_ms(step);
            corners.extend([(time, last), (time, now)]);
            last = now;
        }
    }
    corners.push((network.time_ms(network.steps), last));
    corners
}

/// The potentials that all electrodes go through; nothing of a family, nor of one that holds a single level, which is its amplitude.
fn command(network: &Network, stimulus: &Stimulus, clamps: &[Clamp]) -> Vec<(f64, f64)> {
    let Some(clamp) = clamps.first().filter(|first| first.commands.len() > 1) else { return vec![] };
    if clamps.iter().any(|other| other.commands != clamp.commands) {
        return vec![];
    }
    let ends = clamp.commands.iter().skip(1).map(|(step, _)| *step).chain([stimulus.stop.min(network.steps)]);
    let held = clamp.commands.iter().zip(ends);
    held.flat_map(|((from, level), to)| [(network.time_ms(*from), *level), (network.time_ms(to), *level)]).collect()
}

/// The times that all neurons have in common, or those of the sampled ones, each with its neuron.
fn marks(network: &Network, events: &[(i64, Option<u32>)], sampled: &[usize], seen: &mut StimulusSeen) {
    let sampled: HashSet<usize> = sampled.iter().copied().collect();
    let mut drawn: Vec<(i64, Option<u32>)> = vec![];
    let seen_by_sampled = |(_, neuron): &&(i64, Option<u32>)| neuron.is_none_or(|n| sampled.contains(&(n as usize)));
    for event in events.iter().filter(seen_by_sampled) {
        if drawn.last() != Some(event) {
            drawn.push(*event);
        }
        if drawn.len() > MOST_EVENTS {
            break;
        }
    }
    seen.events_until_ms = drawn.get(MOST_EVENTS).map(|(step, _)| network.time_ms(*step));
    drawn.truncate(MOST_EVENTS);
    seen.events_ms = drawn.iter().map(|(step, _)| network.time_ms(*step)).collect();
    seen.events_of = drawn.iter().filter_map(|(_, neuron)| neuron.map(|neuron| neuron as usize)).collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_a_page_shows_come_first() {
        let sampled: Vec<usize> = (0..100).map(|k| 2 * k).collect();
        let order = ordered(&sampled);
        assert_eq!((order.len(), order[0], order[11], order[12]), (100, 0, 198, 2));
        assert_eq!(order.iter().collect::<HashSet<_>>().len(), 100);
    }
}
