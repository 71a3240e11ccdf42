//! One thread's neurons: a part of every population, all synapses onto them, and the step.

use super::clamped;
use super::connect::{self, Reach};
use super::counts::Counts;
use super::coupling::Couplings;
use super::deliver::{Calendar, Route, Sums};
use super::deliver_plan::{Plan, power_of_two};
use super::drive::DrivePart;
use super::exchange::{Failure, Outbox, Spike};
use super::graded::Grading;
use super::part::{Part, PartBody};
use super::port::Slots;
use super::profile::{Phase, Profile};
use super::resources::Watched;
use crate::error::Error;
use crate::network::{Blocked, Body, Network, Probe, Quantity};
use crate::num::bits::WORD;
use std::ops::Range;

/// What one thread owns.
pub struct Shard<'n> {
    network: &'n Network,
    parts: Vec<Part>,
    routes: Vec<Route>,
    calendar: Calendar,
    sums: Sums,
    drives: Vec<DrivePart>,
    couplings: Couplings,
    grading: Grading,
    /// [recorder]: what it samples here, as (probe, part, neuron within it).
    probes: Vec<Vec<(usize, usize, usize)>>,
    resources: Watched,
    /// Synaptic events of stimuli.
    events: u64,
    /// Spikes of all shards, in order, that were received last.
    received: Vec<Spike>,
    pub profile: Profile,
}

/// How the pathways of a network travel, the same for all shards.
pub struct Wiring {
    pub plans: Vec<Plan>,
    /// [port]: the exponent of the unit of its whole sums.
    pub exponents: Vec<Option<i32>>,
    /// [port]: see [`Slots::direct`].
    pub direct: Vec<bool>,
    /// Steps that arrivals are written down ahead of time.
    pub kept: usize,
    /// There is one shard: threads may help it with its cables.
    pub alone: bool,
}

/// Synaptic events of a run, counted twice: by their spikes when they are sent, and one by one when they arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    pub sent: u64,
    pub arrived: u64,
    pub in_flight: u64,
}

impl<'n> Shard<'n> {
    /// `ranges[population]` are its neurons.
    pub fn new(network: &'n Network, ranges: &[Range<usize>], wiring: &Wiring) -> Result<Shard<'n>, Error> {
        let inhabited = ranges.iter().enumerate().filter(|(_, range)| !range.is_empty());
        let parts: Vec<Part> =
            inhabited.map(|(population, range)| Part::new(network, population, range.clone())).collect();
        let couplings = Couplings::new(network, &parts, wiring.alone)?;
        let mut shard = Shard {
            network,
            routes: vec![],
            calendar: Calendar::new(network, &[], 1),
            sums: Sums::new(0, &[]),
            drives: vec![],
            couplings,
            grading: Grading::default(),
            probes: vec![],
            resources: Watched::default(),
            events: 0,
            received: vec![],
            profile: Profile::default(),
            parts,
        };
        shard.connect(wiring)?;
        shard.reach();
        shard.look();
        shard.grading = Grading::new(network, &shard.parts, |port| shard.port_of(port));
        Ok(shard)
    }

    fn part_of(&self, population: usize) -> Option<usize> {
        self.parts.iter().position(|part| part.population == population)
    }

    fn port_of(&self, port: usize) -> Option<(usize, usize)> {
        let part = self.part_of(self.network.ports[port].population)?;
        Some((part, self.parts[part].ports.iter().position(|known| known.port == port)?))
    }

    /// The synapses onto this shard.
    fn connect(&mut self, wiring: &Wiring) -> Result<(), Error> {
        let slots = self.assign_slots(wiring);
        let mut scratch = connect::Scratch::new();
        for plan in &wiring.plans {
            let reaches: Vec<Reach> =
                plan.pathways.iter().filter_map(|&pathway| self.reach_of(plan, pathway)).collect();
            let Some(reach) = reaches.first() else { continue };
            let slots = if plan.late { reach.range.len() } else { slots };
            let exponent = wiring.exponents[self.network.pathways[reach.pathway].port];
            self.routes.push(connect::build(self.network, plan, &reaches, slots, exponent, &mut scratch)?);
        }
        self.sums = Sums::new(slots, &self.routes);
        let ports = self.parts.iter_mut().flat_map(|part| &mut part.ports);
        ports.for_each(|port| port.move_into(&mut self.sums));
        self.calendar = Calendar::new(self.network, &self.routes, wiring.kept);
        Ok(())
    }

    /// Gives every port that spikes on the grid reach its slots; returns how many there are.
    fn assign_slots(&mut self, wiring: &Wiring) -> usize {
        let mut next = 0;
        for whole in &mut self.parts {
            for own in &mut whole.ports {
                let reaches = |pathway: &usize| self.network.pathways[*pathway].port == own.port;
                if wiring.plans.iter().any(|plan| !plan.late && plan.pathways.iter().any(reaches)) {
                    let unit = wiring.exponents[own.port].map(power_of_two);
                    own.place(Slots { first: next, unit, direct: wiring.direct[own.port] });
                    next += whole.range.len().next_multiple_of(WORD);
                }
            }
        }
        next
    }

    /// The neurons here that a pathway ends on.
    fn reach_of(&self, plan: &Plan, pathway: usize) -> Option<Reach> {
        let (part, port) = self.port_of(self.network.pathways[pathway].port)?;
        let slot = if plan.late { 0 } else { self.parts[part].ports[port].slots()?.first };
        Some(Reach { pathway, range: self.parts[part].range.clone(), slot, part, port })
    }

    /// The stimuli onto this shard.
    fn reach(&mut self) {
        for (index, stimulus) in self.network.stimuli.iter().enumerate() {
            for (number, target) in stimulus.targets.iter().enumerate() {
                let Some(part) = self.part_of(target.population) else { continue };
                let port = target.port.and_then(|port| self.port_of(port)).map(|(_, port)| port);
                let range = &self.parts[part].range;
                let same = |drive: &DrivePart| {
                    self.network.stimuli[drive.stimulus].name == stimulus.name
                        && (drive.target, drive.part) == (number, part)
                };
                let before = self.drives.iter().rposition(same);
                let mut drive = DrivePart::new(self.network, index, number, part, range, port);
                drive.iter_mut().zip(before).for_each(|(drive, before)| drive.follows(before));
                if let (Some(drive), PartBody::Point(point), Some(_)) = (&mut drive, &self.parts[part].body, port) {
                    drive.drawn_by_cells = drive.is_plain() && point.is_together();
                }
                self.drives.extend(drive);
                if let (PartBody::Point(point), None) = (&mut self.parts[part].body, port) {
                    (point.driven, point.stimulated) = (true, true);
                }
            }
        }
    }

    /// The probes on this shard.
    fn look(&mut self) {
        for recorder in &self.network.recorders {
            let here = |(number, probe): (usize, &Probe)| {
                let part = self.part_of(probe.population)?;
                let range = &self.parts[part].range;
                range.contains(&(probe.neuron as usize)).then(|| (number, part, probe.neuron as usize - range.start))
            };
            let probes: Vec<_> = recorder.probes.iter().enumerate().filter_map(here).collect();
            for &(number, part, _) in &probes {
                self.resources.look(self.network, &recorder.probes[number], part);
            }
            self.probes.push(probes);
        }
        self.resources.connect(self.network);
    }

    /// For each recorder, which of its probes this shard samples.
    pub fn probe_numbers(&self) -> Vec<Vec<u32>> {
        self.probes.iter().map(|list| list.iter().map(|(probe, ..)| *probe as u32).collect()).collect()
    }

    /// Step 0: adds what arrives, tests, records the initial state.
    pub fn start(&mut self, outbox: &mut Outbox) {
        self.advance_noise(0);
        self.gather(0);
        for (index, part) in self.parts.iter_mut().enumerate() {
            let whole = &self.network.populations[part.population];
            part.emit(whole, 0);
            match (&mut part.body, &whole.body) {
                (PartBody::Point(point), Body::Point(body)) => {
                    let range = part.range.clone();
                    point.start(&*body.kernel, range, &mut part.ports, &mut self.sums, &mut part.fired[0]);
                }
                (PartBody::Cable(cable), _) => {
                    cable.jump(self.network, whole, &part.range, &part.ports, &mut part.fired);
                    part.ports.iter_mut().for_each(|port| port.take_in(&mut self.sums));
                }
                _ => {}
            }
            self.resources.follow(index, &part.fired, 0, self.network.dt_ms);
            part.take_spikes(self.network, 0, &mut outbox.spikes);
        }
        self.sample(0, outbox);
    }

    /// The step k -> k+1; each number of the state is true at k before it and at k+1 after it.
    pub fn step(&mut self, k: i64, outbox: &mut Outbox) {
        self.begin(k);
        self.finish(k, outbox);
    }

    /// Of the step k -> k+1 what needs no spikes that land in synapses' states at k+1.
    pub fn begin(&mut self, k: i64) {
        self.gather(k + 1);
        self.couplings.exchange(&mut self.parts, 0.5 * self.network.dt_ms, false);
        self.block_channels(k);
        self.grading.load(self.network, &mut self.parts, k);
        self.stimulate(k);
        self.profile.lap(Phase::Stimulate);
        self.propagate(k);
        self.profile.lap(Phase::Update);
    }

    /// The rest of it.
    pub fn finish(&mut self, k: i64, outbox: &mut Outbox) {
        let dt = self.network.dt_ms;
        self.calendar.land(k + 1, &self.routes, &mut self.sums);
        self.profile.lap(Phase::Deliver);
        self.grading.settle(self.network, &mut self.parts);
        self.couplings.exchange(&mut self.parts, 0.5 * dt, true);
        self.profile.lap(Phase::Update);
        for (index, part) in self.parts.iter_mut().enumerate() {
            part.emit(&self.network.populations[part.population], k + 1);
            self.resources.follow(index, &part.fired, k + 1, dt);
            part.take_spikes(self.network, k + 1, &mut outbox.spikes);
        }
        self.advance_noise(k + 1);
        self.sample(k + 1, outbox);
        self.profile.lap(Phase::Record);
    }

    /// Drugs that come or go at k.
    fn block_channels(&mut self, k: i64) {
        let blocked = &self.network.blocked;
        for own in blocked.iter().filter(|own| own.start == k || own.stop == k) {
            let same = |other: &&Blocked| {
                (other.population, other.mechanism, other.parameter) == (own.population, own.mechanism, own.parameter)
            };
            let now = blocked.iter().filter(same).filter(|other| (other.start..other.stop).contains(&k));
            let factor = now.map(|other| other.factor).product();
            for part in self.parts.iter_mut().filter(|part| part.population == own.population) {
                let PartBody::Cable(cable) = &mut part.body else { continue };
                let blocks = &mut cable.blocks;
                blocks.iter_mut().for_each(|block| block.scale_parameter(own.mechanism, own.parameter, factor));
            }
        }
    }

    /// (1) Stimulate: the currents and conductances that act during [k, k+1), with the synapses' state at k.
    fn stimulate(&mut self, k: i64) {
        for (index, part) in self.parts.iter_mut().enumerate() {
            match &mut part.body {
                PartBody::Cable(cable) => cable.load(self.network, index, &part.ports, &self.drives, k),
                PartBody::Point(point) => {
                    for drive in self.drives.iter().filter(|drive| drive.part == index && drive.port.is_none()) {
                        let stimulus = &self.network.stimuli[drive.stimulus];
                        for (number, &(cell, _)) in drive.cells.iter().enumerate() {
                            point.current[cell as usize] += drive.current(stimulus, number, k);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// (2) to (4): propagates every cell from k to k+1, adds what arrives there, tests and resets.
    fn propagate(&mut self, k: i64) {
        self.couplings.solve(&mut self.parts);
        for (index, part) in self.parts.iter_mut().enumerate() {
            let whole = &self.network.populations[part.population];
            match (&mut part.body, &whole.body) {
                (PartBody::Point(point), Body::Point(body)) => {
                    let stimuli = &self.network.stimuli;
                    let showers = |drive: &&DrivePart| drive.is_shower(&stimuli[drive.stimulus], k + 1);
                    let drives = self.drives.iter().filter(|drive| drive.part == index).filter(showers);
                    part.ports.iter_mut().for_each(|port| port.drawn = false);
                    drives.clone().filter_map(|drive| drive.port).for_each(|port| part.ports[port].drawn = true);
                    let drawn = |port: usize, cells: &Range<usize>, out: &mut [f64]| -> u64 {
                        let own = drives.clone().filter(|drive| drive.port == Some(port));
                        own.map(|drive| drive.shower(&stimuli[drive.stimulus], k + 1, cells, out)).sum()
                    };
                    self.events += point.advance(
                        &*body.kernel,
                        (part.range.clone(), k),
                        &mut part.ports,
                        (&mut self.sums, &drawn),
                        &mut part.fired[0],
                    );
                }
                (PartBody::Cable(cable), Body::Cable(body)) => {
                    cable.detect(whole, &part.range, self.network.dt_ms, &mut part.fired);
                    let (cell, at) = ((whole, &*body.tree), (part.range.start, k));
                    clamped::take_back(self.network, cell, (&self.drives, index), at, &mut part.fired);
                    cable.jump(self.network, whole, &part.range, &part.ports, &mut part.fired);
                    part.ports.iter_mut().for_each(|port| port.settle(0..part.range.len()));
                }
                _ => {}
            }
        }
    }

    /// What arrives at `step`: spikes of other neurons, then events of stimuli.
    fn gather(&mut self, step: i64) {
        let parts = &mut self.parts;
        self.calendar.arrivals(step, &self.routes, &mut self.sums, |arrival| {
            let Some((part, port)) = arrival.route.late else { return };
            parts[part].ports[port].receive(arrival);
        });
        // Point neurons take in what arrives when they are propagated.
        for part in parts.iter_mut().filter(|part| matches!(part.body, PartBody::Cable(_))) {
            part.ports.iter_mut().for_each(|port| port.collect_all(&mut self.sums));
        }
        self.profile.lap(Phase::Deliver);
        for index in 0..self.drives.len() {
            let stimulus = &self.network.stimuli[self.drives[index].stimulus];
            if let Some(before) = self.drives[index].takes_over(stimulus, step) {
                let fibres = self.drives[before].exchange_fibres(None);
                self.drives[index].exchange_fibres(fibres);
            }
            let drive = &mut self.drives[index];
            // At step 0 no cell goes through a step.
            if drive.drawn_by_cells && step > 0 {
                continue;
            }
            let Some(port) = drive.port else { continue };
            let port = &mut self.parts[drive.part].ports[port];
            self.events += drive.events(stimulus, step, port, self.network.dt_ms);
        }
    }

    fn advance_noise(&mut self, step: i64) {
        self.drives.iter_mut().for_each(|drive| drive.advance_noise(&self.network.stimuli[drive.stimulus], step));
    }

    /// (6) Record at `step`.
    fn sample(&self, step: i64, outbox: &mut Outbox) {
        for (index, (recorder, probes)) in self.network.recorders.iter().zip(&self.probes).enumerate() {
            let due = step >= recorder.start && step <= recorder.stop && (step - recorder.start) % recorder.every == 0;
            if !due || recorder.probes.is_empty() {
                continue;
            }
            outbox.samples.push((index as u32, step, outbox.values.len() as u32));
            for &(probe, part, cell) in probes {
                outbox.values.push(self.read(&recorder.probes[probe], part, cell, step));
            }
        }
    }

    fn read(&self, probe: &Probe, index: usize, cell: usize, step: i64) -> f64 {
        let part = &self.parts[index];
        match (&probe.what, &part.body) {
            (Quantity::State(column), PartBody::Point(point)) => point.columns[*column][cell],
            (Quantity::Voltage(place), PartBody::Cable(cable)) => cable.voltage(cell, place),
            (Quantity::Gate { mechanism, gate, place }, PartBody::Cable(cable)) => {
                cable.blocks[cell / cable.lanes].gate(*mechanism, *gate, place, cell % cable.lanes)
            }
            (Quantity::MechanismCurrent { mechanism, only, place }, PartBody::Cable(cable)) => {
                cable.blocks[cell / cable.lanes].mechanism_current(*mechanism, *only, place, cell % cable.lanes)
            }
            (Quantity::Resource { trigger, short_term, which }, _) => {
                let read = self.resources.read((index, *trigger, probe.neuron), short_term, step, self.network.dt_ms);
                read.map_or(f64::NAN, |resources| resources[*which])
            }
            (Quantity::Vesicles { pathways, which }, _) => {
                self.resources.vesicles(self.network, (index, probe.neuron), pathways, step)[*which]
            }
            (Quantity::Transmitter { graded, which }, _) => {
                self.grading.read(self.network, &self.parts, (*graded, *which), probe.neuron, step)
            }
            (Quantity::PortState(port), _) => self.port_state(index, *port, cell).0,
            (Quantity::PortCurrent(port), _) => {
                let (state, reversal) = self.port_state(index, *port, cell);
                let place = self.network.ports[*port].place.as_ref();
                reversal.map_or(state, |reversal| state * (reversal - part.voltage(cell, place)))
            }
            (Quantity::StimulusCurrent { stimulus }, _) => self.stimulus_current(*stimulus, index, cell, step),
            (Quantity::GapCurrent { table, place }, _) => {
                self.couplings.current(&self.parts, *table, index, cell, place.as_ref())
            }
            _ => f64::NAN,
        }
    }

    fn port_state(&self, part: usize, port: usize, cell: usize) -> (f64, Option<f64>) {
        let found = self.parts[part].ports.iter().find(|known| known.port == port);
        found.map_or((f64::NAN, None), |port| (port.state_in(&self.sums, cell), port.reversal))
    }

    /// The stimulus's current into a neuron during [step, step + 1), all its places together; at the end of the run, what it was.
    fn stimulus_current(&self, stimulus: usize, part: usize, cell: usize, step: i64) -> f64 {
        let stimuli = &self.network.stimuli;
        // Those of the same name are the windows of one.
        let named = |drive: &&DrivePart| stimuli[drive.stimulus].name == stimuli[stimulus].name && drive.part == part;
        let here = self.drives.iter().filter(named);
        here.filter_map(|drive| {
            let number = drive.number_of(cell)?;
            let whole = &stimuli[drive.stimulus];
            if let (Some(clamp), Some((place, _))) =
                (drive.clamp(whole, number), whole.targets[drive.target].places.first())
            {
                // V is what the command of the step that ends has made of it.
                let held = clamp.command(step - 1);
                let v = self.parts[part].voltage(cell, Some(place));
                return Some(held.map_or(0.0, |command| clamp.conductance * (command - v)));
            }
            Some(drive.current(whole, number, step.min(self.network.steps - 1)))
        })
        .sum()
    }

    /// Takes in the spikes that all shards sent, to be delivered when their delays are over: in the order (step,
    /// population, trigger, neuron), however many shards there are. Hands them back in this order.
    pub fn receive(&mut self, boxes: &[Vec<Spike>]) -> &[Spike] {
        let mut spikes = std::mem::take(&mut self.received);
        spikes.clear();
        boxes.iter().for_each(|left| spikes.extend_from_slice(left));
        // Each box is in order, and shards own ascending neurons: a stable sort need not look at these.
        spikes.sort_by_key(|spike| (spike.step, spike.population, spike.trigger));
        for (number, spike) in spikes.iter().enumerate() {
            self.calendar.expect(&self.routes, &spikes[number + 1..]);
            self.calendar.enter(&self.routes, spike);
            if self.grading.listens() {
                self.grading.receive(self.network, spike);
            }
        }
        self.received = spikes;
        &self.received
    }

    /// What was counted of its neurons goes behind what the shards before it counted.
    pub fn hand_over(&mut self, counts: &mut [Counts]) {
        self.parts.iter_mut().for_each(|part| counts[part.population].append(&mut part.counts));
    }

    /// Synaptic events delivered.
    pub fn events(&self) -> u64 {
        self.events + self.calendar.arrived + self.grading.arrived
    }

    /// The account of what was sent to this shard.
    pub fn ledger(&self) -> Ledger {
        let pulses = self.grading.ledger();
        Ledger {
            sent: self.calendar.sent + pulses.sent,
            arrived: self.calendar.arrived + pulses.arrived,
            in_flight: self.calendar.in_flight() + pulses.in_flight,
        }
    }

    /// A state that is not finite, or that no membrane has.
    pub fn failure(&self, step: i64) -> Option<Failure> {
        let found = self.parts.iter().find_map(|part| part.failure(self.network, step));
        // What a synapse that is not finite does to a membrane is seen sooner; that it is recorded is not.
        let at_the_end = || self.parts.iter().find_map(|part| part.synaptic_failure(self.network, &self.sums, step));
        found.or_else(|| if step >= self.network.steps { at_the_end() } else { None })
    }
}
