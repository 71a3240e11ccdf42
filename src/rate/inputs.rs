//! What comes from outside, as rates see it: constant currents, stimuli as their means over a window of time, sources
//! of spikes as given rates.
//!
//! A stimulus that does not change is one number; others are asked for window by window. A waveform is averaged over the
//! steps of the window, `noise` is its mean, `poisson` its rate times the charge of an event, and the events of a
//! `spike_list` or a `spike_source` count over the window.

use super::population_network::{Group, RateNetwork, charge};
use crate::network::{Body, Drive, Network, Stimulus, StimulusTarget};
use crate::stimuli::Waveform;
use std::ops::Range;

/// Waveforms of one population that are looked at where it has a single unit.
const MOST_WAVEFORMS: usize = 64;
/// Steps of a window at which a waveform is looked at.
const MOST_LOOKS: i64 = 32;

/// All input from outside.
pub struct Inputs<'n> {
    network: &'n Network,
    /// Per unit: what never changes.
    pub constant: Vec<f64>,
    timed: Vec<Timed<'n>>,
    given: Vec<GivenRates<'n>>,
}

/// A stimulus of which something changes.
struct Timed<'n> {
    start: i64,
    stop: i64,
    /// It is the same from start to stop.
    steady: bool,
    what: What<'n>,
}

enum What<'n> {
    /// (unit, what it gets while the stimulus acts).
    Held(Vec<(usize, f64)>),
    /// (unit, share, waveform).
    Waves(Vec<(usize, f64, &'n dyn Waveform)>),
    /// Spikes, and for each position among those reached: (unit, charge).
    Events { spikes: &'n [(i64, Option<u32>)], reached: Vec<(usize, f64)>, first: usize },
}

/// The rates of a population without a membrane.
struct GivenRates<'n> {
    first: usize,
    size: usize,
    per_neuron: bool,
    /// Hz per unit.
    rates: Vec<f64>,
    spikes: &'n [(i64, Option<u32>)],
}

impl<'n> Inputs<'n> {
    pub fn new(wiring: &RateNetwork<'n>) -> Inputs<'n> {
        let network = wiring.network;
        let mut inputs = Inputs { network, constant: vec![0.0; wiring.units], timed: vec![], given: vec![] };
        for (group, population) in wiring.groups.iter().zip(&network.populations) {
            inputs.add_population(group, &population.body, wiring.per_neuron);
        }
        for stimulus in &network.stimuli {
            for target in &stimulus.targets {
                inputs.add_stimulus(wiring, stimulus, target);
            }
        }
        inputs
    }

    fn add_population(&mut self, group: &Group, body: &'n Body, per_neuron: bool) {
        let mean_of = |list: Vec<f64>| match per_neuron {
            true => list,
            false => vec![list.iter().sum::<f64>() / list.len().max(1) as f64],
        };
        let (rates, spikes): (Vec<f64>, &[(i64, Option<u32>)]) = match body {
            Body::Point(point) => {
                if let Some((index, _)) = point.kernel.info().parameter("I_e") {
                    let own = (0..group.size).map(|neuron| point.kernel.parameters(neuron)[index]).collect();
                    self.constant[group.first..group.first + group.units].copy_from_slice(&mean_of(own));
                }
                return;
            }
            Body::Cable(cable) => {
                self.constant[group.first..group.first + group.units].fill(cable.holding);
                return;
            }
            Body::Poisson(body) => {
                let rate = |neuron: usize| body.table(neuron).mean() / (self.network.dt_ms * 1e-3);
                (mean_of((0..group.size).map(rate).collect()), &[])
            }
            Body::SpikeSource(spikes) => (vec![0.0; group.units], spikes),
        };
        self.given.push(GivenRates { first: group.first, size: group.size, per_neuron, rates, spikes });
    }

    fn add_stimulus(&mut self, wiring: &RateNetwork, stimulus: &'n Stimulus, target: &StimulusTarget) {
        let group = &wiring.groups[target.population];
        let (unit, share) = (
            |neuron: u32| group.first + if wiring.per_neuron { neuron as usize } else { 0 },
            if wiring.per_neuron { 1.0 } else { 1.0 / group.size as f64 },
        );
        let reached = target.neurons.iter().enumerate().map(|(index, &neuron)| (target.first + index, neuron));
        let charges = target.port.map(|port| {
            let (charge, _) =
                charge(&wiring.network.populations[target.population], group, &wiring.network.ports[port]);
            move |neuron: u32| if charge.len() == 1 { charge[0] } else { charge[neuron as usize] }
        });
        let charge_of = |neuron: u32| charges.as_ref().map_or(1.0, |of| of(neuron));
        let dt_ms = self.network.dt_ms;
        let what = match &stimulus.drive {
            Drive::Currents(waveforms) if stimulus.kind == "step" => What::Held(
                reached.map(|(at, neuron)| (unit(neuron), share * waveforms[at].value(stimulus.start))).collect(),
            ),
            Drive::Currents(waveforms) => {
                let stride = if wiring.per_neuron { 1 } else { target.neurons.len().div_ceil(MOST_WAVEFORMS).max(1) };
                let looked_at: Vec<(usize, u32)> = reached.step_by(stride).collect();
                let share = share * target.neurons.len() as f64 / looked_at.len().max(1) as f64;
                What::Waves(looked_at.iter().map(|(at, n)| (unit(*n), share, &*waveforms[*at])).collect())
            }
            // The value that the process draws where the random number is 0 is its mean.
            Drive::Noise(list) => {
                What::Held(reached.map(|(at, neuron)| (unit(neuron), share * list[at].initial(0.0))).collect())
            }
            // A potential has no place among rates.
            Drive::Clamps(_) => What::Held(vec![]),
            Drive::Poisson(..) => {
                let list = stimulus.drive.poisson_means();
                let mean = |(at, neuron): (usize, u32)| {
                    let (mean, weight) = list[at];
                    (unit(neuron), share * mean / dt_ms * weight * charge_of(neuron))
                };
                What::Held(reached.map(mean).collect())
            }
            Drive::Events(spikes, weights) => {
                let reached = reached.map(|(at, neuron)| (unit(neuron), share * weights[at] * charge_of(neuron)));
                What::Events { spikes, reached: reached.collect(), first: target.first }
            }
        };
        match what {
            What::Held(list) if stimulus.start <= 0 && stimulus.stop >= self.network.steps => {
                list.iter().for_each(|(unit, drive)| self.constant[*unit] += drive);
            }
            what => {
                let steady = matches!(what, What::Held(_));
                self.timed.push(Timed { start: stimulus.start, stop: stimulus.stop, steady, what });
            }
        }
    }

    /// Nothing changes in time.
    pub fn is_constant(&self) -> bool {
        self.timed.is_empty() && self.given.iter().all(|given| given.spikes.is_empty())
    }

    /// The steps at which something begins or ends, ascending.
    pub fn changes(&self) -> Vec<i64> {
        let mut steps: Vec<i64> = self.timed.iter().flat_map(|timed| [timed.start, timed.stop]).collect();
        steps.retain(|step| (1..self.network.steps).contains(step));
        steps.sort_unstable();
        steps.dedup();
        steps
    }

    /// The input is the same during all of `steps`.
    pub fn is_steady(&self, steps: Range<i64>) -> bool {
        let still = |timed: &Timed| {
            let apart = timed.stop <= steps.start || timed.start >= steps.end;
            apart || timed.steady && timed.start <= steps.start && timed.stop >= steps.end
        };
        let silent = |given: &GivenRates| !given.spikes.iter().any(|(step, _)| *step >= steps.start);
        self.timed.iter().all(still) && self.given.iter().all(silent)
    }

    /// The mean input of every unit during the window `steps`.
    pub fn drive(&self, steps: &Range<i64>, drive: &mut [f64]) {
        drive.copy_from_slice(&self.constant);
        let length = (steps.end - steps.start) as f64;
        for timed in &self.timed {
            let (start, stop) = (steps.start.max(timed.start), steps.end.min(timed.stop));
            match &timed.what {
                What::Held(list) if stop > start => {
                    let part = (stop - start) as f64 / length;
                    list.iter().for_each(|(unit, value)| drive[*unit] += part * value);
                }
                What::Waves(list) if stop > start => {
                    let stride = ((stop - start) / MOST_LOOKS).max(1);
                    let looks: Vec<i64> = (start..stop).skip((stride / 2) as usize).step_by(stride as usize).collect();
                    let part = (stop - start) as f64 / length / looks.len() as f64;
                    for (unit, share, wave) in list {
                        drive[*unit] += part * share * looks.iter().map(|&k| wave.value(k)).sum::<f64>();
                    }
                }
                What::Events { spikes, reached, first } => {
                    self.events(within(spikes, steps), reached, *first, length, drive);
                }
                _ => {}
            }
        }
    }

    fn events(
        &self,
        spikes: &[(i64, Option<u32>)],
        reached: &[(usize, f64)],
        first: usize,
        length: f64,
        drive: &mut [f64],
    ) {
        let per_event = 1.0 / (length * self.network.dt_ms);
        for (_, who) in spikes {
            match who {
                None => reached.iter().for_each(|(unit, charge)| drive[*unit] += charge * per_event),
                Some(position) => {
                    if let Some((unit, charge)) = (*position as usize).checked_sub(first).and_then(|at| reached.get(at))
                    {
                        drive[*unit] += charge * per_event;
                    }
                }
            }
        }
    }

    /// Sets the rates of the units that have no membrane (Hz) during the window `steps`.
    pub fn given_rates(&self, steps: &Range<i64>, rates: &mut [f64]) {
        for given in &self.given {
            let rates = &mut rates[given.first..given.first + given.rates.len()];
            rates.copy_from_slice(&given.rates);
            let seconds = (steps.end - steps.start) as f64 * self.network.dt_ms * 1e-3;
            for (_, who) in within(given.spikes, steps) {
                match who {
                    None => rates.iter_mut().for_each(|rate| *rate += 1.0 / seconds),
                    Some(neuron) if given.per_neuron => rates[*neuron as usize] += 1.0 / seconds,
                    Some(_) => rates[0] += 1.0 / seconds / given.size as f64,
                }
            }
        }
    }
}

/// The events of a window, from a list that ascends in time.
fn within<'s, T>(events: &'s [(i64, T)], steps: &Range<i64>) -> &'s [(i64, T)] {
    let first = events.partition_point(|(step, _)| *step < steps.start);
    let end = events.partition_point(|(step, _)| *step < steps.end);
    &events[first..end]
}
