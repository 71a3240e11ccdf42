//! Spikes as recorders saw them: of these neurons, from then to then.
//!
//! [`SpikeTrains`] holds what all recorders of a population saw together. What is said of it (a rate, a raster) must be
//! said of neurons that were all watched at the same time: a [`View`] is of recorders with one window.

use std::borrow::Cow;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

use super::{Recording, SpikeTrains, Thinned};

/// What one recorder saw of a population's spikes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SeenBy {
    pub recorder: String,
    /// Ascending; empty for all that `recorded` of the trains holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub neurons: Vec<usize>,
    /// Both ends belong to it.
    pub start_ms: f64,
    pub stop_ms: f64,
}

/// Spikes of neurons that were watched from `start_ms` to `stop_ms`, both included, and no others.
#[derive(Clone, Debug)]
pub struct View<'a> {
    pub trains: Cow<'a, SpikeTrains>,
    /// The population's name, and those of the recorders where others saw it at other times.
    pub name: String,
    pub start_ms: f64,
    pub stop_ms: f64,
}

impl Deref for View<'_> {
    type Target = SpikeTrains;

    fn deref(&self) -> &SpikeTrains {
        &self.trains
    }
}

impl View<'_> {
    /// The part of its window after the warm-up: (from, to), not empty only if from < to.
    pub fn warm(&self, recording: &Recording) -> (f64, f64) {
        (self.start_ms.max(recording.warmup_ms).min(self.stop_ms), self.stop_ms)
    }

    pub fn holds(&self, time_ms: f64) -> bool {
        (self.start_ms..=self.stop_ms).contains(&time_ms)
    }
}

/// Recorders with the same window.
#[derive(Clone, PartialEq)]
struct Group {
    recorders: Vec<String>,
    neurons: Vec<usize>,
    window: (f64, f64),
}

impl Group {
    fn lies_in(&self, other: &Group) -> bool {
        let among = |neuron: &usize| other.neurons.binary_search(neuron).is_ok();
        self.window.0 >= other.window.0 && self.window.1 <= other.window.1 && self.neurons.iter().all(among)
    }
}

impl SpikeTrains {
    /// What the recorders that `asked` chooses saw of a run that lasted for `duration_ms`: one view for each window, but
    /// for those of which another view holds all.
    pub fn views(&self, duration_ms: f64, asked: impl Fn(&str) -> bool) -> Vec<View<'_>> {
        let groups = self.groups(duration_ms, asked);
        let within = |(index, group): (usize, &Group)| {
            let twin = |other: &Group| group.lies_in(other) && other.lies_in(group);
            groups
                .iter()
                .enumerate()
                .any(|(k, other)| k != index && group.lies_in(other) && (k < index || !twin(other)))
        };
        let apart: Vec<&Group> =
            groups.iter().enumerate().filter(|(k, group)| !within((*k, group))).map(|(_, group)| group).collect();
        let name = |group: &Group| match apart.len() {
            1 => self.population.clone(),
            _ => format!("{} ({})", self.population, group.recorders.join(", ")),
        };
        let view = |group: &&Group| {
            let trains = self.part(&group.neurons, group.window)?;
            Some(View { trains, name: name(group), start_ms: group.window.0, stop_ms: group.window.1 })
        };
        apart.iter().filter_map(view).collect()
    }

    fn groups(&self, duration_ms: f64, asked: impl Fn(&str) -> bool) -> Vec<Group> {
        let whole = SeenBy { stop_ms: duration_ms, ..SeenBy::default() };
        let all = if self.seen_by.is_empty() { std::slice::from_ref(&whole) } else { &self.seen_by };
        let mut groups: Vec<Group> = vec![];
        for seen in all.iter().filter(|seen| asked(&seen.recorder)) {
            let neurons = if seen.neurons.is_empty() { &self.recorded } else { &seen.neurons };
            let window = (seen.start_ms, seen.stop_ms.min(duration_ms));
            match groups.iter_mut().find(|group| group.window == window) {
                Some(group) => {
                    group.neurons.extend(neurons);
                    group.neurons.sort_unstable();
                    group.neurons.dedup();
                    group.recorders.push(seen.recorder.clone());
                }
                None => {
                    groups.push(Group { recorders: vec![seen.recorder.clone()], neurons: neurons.clone(), window });
                }
            }
        }
        groups
    }

    /// The spikes of some neurons in [start, stop]; nothing if of these neurons none is kept.
    fn part(&self, neurons: &[usize], (start, stop): (f64, f64)) -> Option<Cow<'_, SpikeTrains>> {
        let inside = |time: &f64| (start..=stop).contains(time);
        let all = neurons.len() == self.recorded.len();
        if all && self.times_ms.first().is_none_or(inside) && self.times_ms.last().is_none_or(inside) {
            return Some(Cow::Borrowed(self));
        }
        let among = |neuron: &usize| neurons.binary_search(neuron).is_ok();
        // Of more spikes than are kept, only counts of all neurons together are known.
        let (recorded, thinned) = match &self.thinned {
            Some(thinned) if all => {
                let total = self.counts(start, stop, stop - start).iter().sum::<f64>() as u64;
                (self.recorded.clone(), Some(Thinned { total, ..thinned.clone() }))
            }
            Some(_) => (self.kept().filter(among).collect(), None),
            None => (neurons.to_vec(), None),
        };
        if recorded.is_empty() && !neurons.is_empty() {
            return None;
        }
        let spikes = self.times_ms.iter().zip(&self.neurons);
        let seen = spikes.filter(|(time, neuron)| inside(time) && among(&(**neuron as usize)));
        let (times_ms, neurons) = seen.map(|(time, neuron)| (*time, *neuron)).unzip();
        let (population, site) = (self.population.clone(), self.site.clone());
        Some(Cow::Owned(SpikeTrains {
            population,
            site,
            size: self.size,
            recorded,
            times_ms,
            neurons,
            seen_by: vec![],
            thinned,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten neurons fire at 0.5, 1.5, ... 9.5 ms; `a` saw 0 to 4 from 2 to 4 ms, `b` 3 to 7 from 3 to 8 ms.
    fn trains() -> SpikeTrains {
        let seen = |recorder: &str, neurons: std::ops::Range<usize>, (start_ms, stop_ms)| SeenBy {
            recorder: recorder.into(),
            neurons: neurons.collect(),
            start_ms,
            stop_ms,
        };
        let seen_by = vec![seen("a", 0..5, (2.0, 4.0)), seen("b", 3..8, (3.0, 8.0))];
        let mut trains = SpikeTrains {
            population: "p".into(),
            size: 10,
            recorded: (0..8).collect(),
            seen_by,
            ..SpikeTrains::default()
        };
        for k in 0..10 {
            let time = f64::from(k) + 0.5;
            for neuron in 0..8u32 {
                let by_a = neuron < 5 && (2.0..=4.0).contains(&time);
                if by_a || neuron >= 3 && (3.0..=8.0).contains(&time) {
                    trains.times_ms.push(time);
                    trains.neurons.push(neuron);
                }
            }
        }
        trains
    }

    #[test]
    fn a_recorder_sees_its_neurons_in_its_window() {
        let trains = trains();
        let views = trains.views(10.0, |name| name == "a");
        // Five neurons, at 2.5 and 3.5 ms.
        assert_eq!((views.len(), views[0].name.as_str()), (1, "p"));
        assert_eq!((views[0].times_ms.len(), views[0].recorded.len()), (10, 5));
        let both = trains.views(10.0, |_| true);
        // Of b: five neurons, at 3.5 to 7.5 ms.
        assert_eq!(both.iter().map(|view| view.name.as_str()).collect::<Vec<_>>(), ["p (a)", "p (b)"]);
        assert_eq!((both[1].times_ms.len(), both[1].start_ms, both[1].stop_ms), (25, 3.0, 8.0));
    }

    #[test]
    fn recorders_of_one_window_are_one_view_and_what_another_holds_is_none() {
        let mut trains = trains();
        trains.seen_by[1].start_ms = 2.0;
        trains.seen_by[1].stop_ms = 4.0;
        assert_eq!(trains.views(10.0, |_| true).len(), 1);
        assert_eq!(trains.views(10.0, |_| true)[0].recorded.len(), 8);
        trains.seen_by[1] = SeenBy { recorder: "all".into(), stop_ms: 10.0, ..SeenBy::default() };
        let views = trains.views(10.0, |_| true);
        assert_eq!((views.len(), views[0].stop_ms, views[0].name.as_str()), (1, 10.0, "p"));
        // An interrupted run ends before its recorders do.
        assert_eq!(trains.views(5.0, |_| true)[0].stop_ms, 5.0);
    }
}
