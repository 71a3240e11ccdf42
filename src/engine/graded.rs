//! Receptors that wait for transmitter, and what they open in their targets.
//!
//! The order of things is that of the gates in `cable::solver`. Of a terminal's potential, transmitter is taken in the middle of
//! each of the step's two intervals, from a parabola through V at k, k-1, k-2 (of a cascade, from a line through T at k and k-1); of
//! spikes it is there or not, and intervals are cut where that changes. Receptors go exactly through each interval, and their
//! conductances at its end are what the solver's stage sees; a point neuron sees that in the middle of the step. Magnesium blocks by
//! the target's V, extrapolated to that time. So the whole is of second order.
//!
//! Receptors live where their targets do. Cells that a potential joins live in one shard; spikes reach every shard, and what they do
//! to a terminal is the same in each that has one of its targets.

use super::exchange::Spike;
use super::part::{CablePart, Part, PartBody};
use super::pulses::{Pulses, Timing};
use super::shard::Ledger;
use crate::cable::{STAGE_TIMES, STAGES};
use crate::network::connections::Row;
use crate::network::{Body, Graded, Network, Opening, Quantity};
use crate::synapses::Kinetic;
use crate::synapses::kinetic::{self, Release};
use crate::synapses::short_term::Resources;
use std::collections::BTreeMap;

/// The middle of the step and its end: where a point neuron's receptors are looked at.
const POINT_TIMES: [f64; STAGES] = [0.5, 1.0];

/// The projections onto receptors of a shard.
#[derive(Default)]
pub struct Grading {
    list: Vec<GradedPart>,
    /// Synaptic events of pulses: of the spikes that were sent, and of those whose pulses have begun.
    sent: u64,
    pub arrived: u64,
}

struct GradedPart {
    /// Index in the network.
    graded: usize,
    /// Index of the part whose potential opens them.
    source: Option<usize>,
    /// Indices of the target's part and of the port in it, if it lives here.
    target: Option<(usize, usize)>,
    /// By neuron, then by delay.
    terminals: Vec<Terminal>,
    /// (target's cell, terminal, weight in nS), by target.
    synapses: Vec<(u32, u32, f64)>,
    /// Of point neurons, where magnesium asks: V at k, and how it changed in the step before; 0 at a reset (mV).
    courses: Vec<[f64; 2]>,
}

struct Terminal {
    neuron: u32,
    /// Steps; 0 if it follows a potential.
    delay: u32,
    /// How many synapses it has here.
    synapses: u64,
    state: [f64; 2],
    open: [f64; STAGES],
    /// Of a cascade, at k and k-1.
    transmitter: [f64; 2],
    pulses: Pulses,
    /// Of synapses that tire.
    resources: Option<Resources>,
}

impl Grading {
    /// Those whose cells live here; `port_of` finds a port as (part, port within it).
    pub fn new(network: &Network, parts: &[Part], port_of: impl Fn(usize) -> Option<(usize, usize)>) -> Grading {
        let here = |(index, graded): (usize, &Graded)| {
            let target = port_of(graded.port);
            let source = parts.iter().position(|part| part.population == graded.source);
            let watched = watched(network, index, source.map(|source| &parts[source]));
            (target.is_some() || !watched.is_empty()).then(|| {
                let source = source.filter(|_| graded.trigger().is_none());
                let mut part = GradedPart { graded: index, source, target, ..GradedPart::empty() };
                part.connect(network, parts, &watched);
                part
            })
        };
        let list = network.graded.iter().enumerate().filter_map(here).collect();
        let mut grading = Grading { list, ..Grading::default() };
        for part in &mut grading.list {
            part.look(network, parts);
            part.terminals.iter_mut().for_each(|terminal| terminal.transmitter[1] = terminal.transmitter[0]);
        }
        grading
    }

    /// There is something that spikes may open.
    pub fn listens(&self) -> bool {
        !self.list.is_empty()
    }

    /// A spike that will arrive.
    pub fn receive(&mut self, network: &Network, spike: &Spike) {
        for own in &mut self.list {
            let graded = &network.graded[own.graded];
            if (graded.source, graded.trigger()) != (spike.population as usize, Some(spike.trigger as usize)) {
                continue;
            }
            let first = own.terminals.partition_point(|terminal| terminal.neuron < spike.neuron);
            for terminal in own.terminals[first..].iter_mut().take_while(|terminal| terminal.neuron == spike.neuron) {
                let tired = graded.short_term.zip(terminal.resources.as_mut());
                let share = tired.map_or(1.0, |(table, resources)| {
                    table.spike(resources, spike.step, spike.late, network.dt_ms).iter().product()
                });
                terminal.pulses.arrive(spike.step + i64::from(terminal.delay), spike.late, share);
                self.sent += terminal.synapses;
            }
        }
    }

    /// The account of the events of pulses.
    pub fn ledger(&self) -> Ledger {
        let terminals = self.list.iter().flat_map(|own| &own.terminals);
        let in_flight = terminals.map(|terminal| terminal.synapses * terminal.pulses.in_flight() as u64).sum();
        Ledger { sent: self.sent, arrived: self.arrived, in_flight }
    }

    /// Before the step k -> k+1: what its stages will see.
    pub fn load(&mut self, network: &Network, parts: &mut [Part], k: i64) {
        for own in &self.list {
            own.target.iter().for_each(|&(part, port)| clear(&mut parts[part], port));
        }
        for own in &mut self.list {
            self.arrived += own.advance(network, parts, k);
            own.open(network, parts);
        }
    }

    /// After it, and at step 0: the conductances as a recorder sees them.
    pub fn settle(&mut self, network: &Network, parts: &mut [Part]) {
        for &(part, port) in self.list.iter().filter_map(|own| own.target.as_ref()) {
            let cells = parts[part].range.len();
            (0..cells).for_each(|cell| parts[part].ports[port].set_state(cell, 0.0));
        }
        for own in &mut self.list {
            own.look(network, parts);
            own.settle(network, parts);
        }
    }

    /// One of [`VARIABLES`](crate::synapses::kinetic::VARIABLES) at a neuron's terminal, at `step`.
    pub fn read(
        &self,
        network: &Network,
        parts: &[Part],
        (graded, which): (usize, usize),
        neuron: u32,
        step: i64,
    ) -> f64 {
        let Some(own) = self.list.iter().find(|own| own.graded == graded) else { return f64::NAN };
        let first = own.terminals.partition_point(|terminal| terminal.neuron < neuron);
        let Some(terminal) = own.terminals.get(first).filter(|terminal| terminal.neuron == neuron) else {
            return f64::NAN;
        };
        let Graded { receptor, opened_by, .. } = &network.graded[graded];
        match (which, opened_by, receptor.release) {
            (kinetic::OPEN, ..) => receptor.scheme.open(&terminal.state),
            (kinetic::BOUND, ..) => terminal.state[0],
            (kinetic::G_PROTEIN, ..) => terminal.state[1],
            (_, _, Release::Pulse { most, .. }) => most * terminal.pulses.share(step),
            (_, Opening::Potential { place, .. }, release) => {
                let v = own.source.map_or(f64::NAN, |source| parts[source].voltage(neuron as usize, Some(place)));
                release.transmitter(v).unwrap_or(terminal.transmitter[0])
            }
            _ => f64::NAN,
        }
    }
}

/// Neurons of a part whose terminals are recorded, of pulses: they are needed here even if their targets live elsewhere.
fn watched(network: &Network, index: usize, part: Option<&Part>) -> Vec<u32> {
    let (Some(part), Some(_)) = (part, network.graded[index].trigger()) else { return vec![] };
    let probes = network.recorders.iter().flat_map(|recorder| &recorder.probes);
    let asked = probes.filter(|probe| {
        matches!(probe.what, Quantity::Transmitter { graded, .. } if graded == index)
            && part.range.contains(&(probe.neuron as usize))
    });
    asked.map(|probe| probe.neuron).collect()
}

fn clear(part: &mut Part, port: usize) {
    for stage in part.ports[port].stages().into_iter().flatten() {
        stage.fill(0.0);
    }
}

fn cable(part: &Part) -> Option<&CablePart> {
    match &part.body {
        PartBody::Cable(cable) => Some(cable),
        _ => None,
    }
}

/// The parabola through V at 0, -1, -2 (steps) at t.
fn ahead([v, before, earlier]: [f64; 3], t: f64) -> f64 {
    v + (1.5 * t + 0.5 * t * t) * (v - before) - (0.5 * t + 0.5 * t * t) * (before - earlier)
}

impl GradedPart {
    fn empty() -> GradedPart {
        GradedPart { graded: 0, source: None, target: None, terminals: vec![], synapses: vec![], courses: vec![] }
    }

    /// Finds its synapses and their terminals, and those of the neurons that are watched.
    fn connect(&mut self, network: &Network, parts: &[Part], watched: &[u32]) {
        let graded = &network.graded[self.graded];
        let cells = self.target.map_or(0..0, |(part, _)| parts[part].range.clone());
        let spikes = graded.trigger().is_some();
        let mut found: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        let (mut synapses, mut row) = (vec![], Row::default());
        for (position, &target) in graded.connections.targets.iter().enumerate() {
            let here = cells.contains(&(target as usize));
            if !here && watched.is_empty() {
                continue;
            }
            graded.connections.row(position, &mut row);
            for (i, &neuron) in row.sources.iter().enumerate() {
                let delay = if spikes { row.delay(i, &graded.connections.delays) } else { 0 };
                if here || watched.contains(&neuron) {
                    found.insert((neuron, delay), 0);
                }
                if here {
                    let weight = row.weight(i, &graded.connections.weights);
                    synapses.push((target - cells.start as u32, (neuron, delay), weight));
                }
            }
        }
        found.values_mut().zip(0..).for_each(|(number, index)| *number = index);
        let terminal = |&(neuron, delay): &(u32, u32)| Terminal {
            neuron,
            delay,
            synapses: 0,
            state: [0.0; 2],
            open: [0.0; STAGES],
            transmitter: [0.0; 2],
            pulses: Pulses::default(),
            resources: graded.short_term.map(|table| table.start()),
        };
        self.terminals = found.keys().map(terminal).collect();
        self.synapses = synapses.into_iter().map(|(cell, key, weight)| (cell, found[&key], weight)).collect();
        self.synapses.iter().for_each(|(_, terminal, _)| self.terminals[*terminal as usize].synapses += 1);
        if self.target.is_some_and(|(part, _)| matches!(parts[part].body, PartBody::Point(_))) {
            self.courses = vec![[0.0; 2]; if graded.receptor.scheme.is_blocked() { cells.len() } else { 0 }];
        }
    }

    /// Looks at the transmitter of a cascade.
    fn look(&mut self, network: &Network, parts: &[Part]) {
        let Opening::Potential { place, cascade: Some(variable), .. } = &network.graded[self.graded].opened_by else {
            return;
        };
        let Some(cable) = self.source.and_then(|source| cable(&parts[source])) else { return };
        for terminal in &mut self.terminals {
            let now = cable.gate(terminal.neuron as usize, *variable, place);
            terminal.transmitter = [now, terminal.transmitter[0]];
        }
    }

    /// When in a step its targets look at it, wherever they live.
    fn times(&self, network: &Network) -> [f64; STAGES] {
        let target = network.ports[network.graded[self.graded].port].population;
        match &network.populations[target].body {
            Body::Point(_) => POINT_TIMES,
            _ => STAGE_TIMES,
        }
    }

    /// Takes the receptors through the step; returns how many synaptic events arrived.
    fn advance(&mut self, network: &Network, parts: &[Part], k: i64) -> u64 {
        let graded = &network.graded[self.graded];
        let times = self.times(network);
        match (&graded.receptor.release, &graded.opened_by) {
            (&Release::Pulse { most, duration }, _) => {
                let timing = Timing { step: k, dt_ms: network.dt_ms, duration_ms: duration };
                let each = |terminal: &mut Terminal| terminal.pulse(&graded.receptor, most, &timing, times);
                self.terminals.iter_mut().map(each).sum()
            }
            (release, Opening::Potential { place, .. }) => {
                let Some(cable) = self.source.and_then(|source| cable(&parts[source])) else { return 0 };
                for terminal in &mut self.terminals {
                    let course = cable.course(terminal.neuron as usize, place);
                    terminal.follow(&graded.receptor, release, course, times, network.dt_ms);
                }
                0
            }
            _ => 0,
        }
    }

    /// Adds up the conductances in the targets.
    fn open(&mut self, network: &Network, parts: &mut [Part]) {
        let graded = &network.graded[self.graded];
        let Some((part, port)) = self.target else { return };
        let scheme = &graded.receptor.scheme;
        let place = network.ports[graded.port].place;
        if let PartBody::Point(point) = &parts[part].body {
            self.courses.iter_mut().zip(point.columns[0].iter()).for_each(|([v, _], now)| *v = *now);
        }
        for &(cell, terminal, weight) in &self.synapses {
            let open = self.terminals[terminal as usize].open;
            let through = match (&parts[part].body, place) {
                _ if !scheme.is_blocked() => [1.0; STAGES],
                (PartBody::Cable(cable), Some(place)) => {
                    let course = cable.course(cell as usize, &place);
                    STAGE_TIMES.map(|t| scheme.let_through(ahead(course, t)))
                }
                _ => {
                    let [v, slope] = self.courses.get(cell as usize).copied().unwrap_or_default();
                    POINT_TIMES.map(|t| scheme.let_through(v + t * slope))
                }
            };
            for (stage, list) in parts[part].ports[port].stages().into_iter().flatten().enumerate() {
                list[cell as usize] += weight * open[stage] * through[stage];
            }
        }
    }

    /// After the step: the conductances now, and how V of point neurons changed.
    fn settle(&mut self, network: &Network, parts: &mut [Part]) {
        let graded = &network.graded[self.graded];
        let Some((part, port)) = self.target else { return };
        let scheme = &graded.receptor.scheme;
        if let (PartBody::Point(point), Some(fired)) = (&parts[part].body, parts[part].fired.first()) {
            self.courses.iter_mut().zip(point.columns[0].iter()).for_each(|([v, slope], now)| *slope = now - *v);
            let first = parts[part].range.start;
            let reset = fired.iter().map(|(neuron, _)| *neuron as usize - first);
            reset.for_each(|cell| self.courses.get_mut(cell).into_iter().for_each(|[_, slope]| *slope = 0.0));
        }
        for &(cell, terminal, weight) in &self.synapses {
            let part = &mut parts[part];
            let through = match scheme.is_blocked() {
                true => scheme.let_through(part.voltage(cell as usize, network.ports[graded.port].place.as_ref())),
                false => 1.0,
            };
            let open = scheme.open(&self.terminals[terminal as usize].state);
            let sum = part.ports[port].state(cell as usize) + weight * open * through;
            part.ports[port].set_state(cell as usize, sum);
        }
    }
}

impl Terminal {
    /// Through a step with pulses.
    fn pulse(&mut self, receptor: &Kinetic, most: f64, timing: &Timing, times: [f64; STAGES]) -> u64 {
        let Terminal { pulses, state, open, .. } = self;
        let (mut from, mut arrived) = (0.0, 0);
        for (open, time) in open.iter_mut().zip(times) {
            let to = time * timing.dt_ms;
            arrived += pulses.advance(timing, [from, to], |share, ms| {
                receptor.scheme.advance(state, most * share, ms);
            });
            *open = receptor.scheme.open(state);
            from = to;
        }
        pulses.pass(timing.dt_ms);
        arrived * self.synapses
    }

    /// Through a step with the transmitter of its potential, or of a cascade.
    fn follow(&mut self, receptor: &Kinetic, release: &Release, course: [f64; 3], times: [f64; STAGES], dt_ms: f64) {
        let [now, before] = self.transmitter;
        let mut from = 0.0;
        for (open, to) in self.open.iter_mut().zip(times) {
            let middle = 0.5 * (from + to);
            let reduced = release.transmitter(ahead(course, middle));
            let transmitter = reduced.unwrap_or_else(|| (now + middle * (now - before)).max(0.0));
            receptor.scheme.advance(&mut self.state, transmitter, (to - from) * dt_ms);
            *open = receptor.scheme.open(&self.state);
            from = to;
        }
    }
}
