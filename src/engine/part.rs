//! The neurons of one population that live in one shard.

use super::clamped::hold;
use super::counts::Counts;
use super::drive::DrivePart;
use super::exchange::Spike;
use super::point::PointPart;
use super::port::PortPart;
use crate::cable::{self, Block, Load, Place, STAGE_TIMES};
use crate::network::{Body, CableBody, Drive, Network, Population, StimulusTarget};
use crate::num::dispatch::{self, Task};
use crate::num::poisson::PoissonTable;
use crate::num::rng::{Key, Purpose};
use std::ops::Range;

/// Lanes of a block of one-compartment cells, and compartments that a block of longer ones should have.
const LANES: usize = 256;
/// Cells of a block, if there are so many: two of the widest vectors, so that the tree is solved for all at once.
const FEWEST_LANES: usize = 16;

/// A part of a population: its neurons `range`, and what reaches them.
pub struct Part {
    pub population: usize,
    pub range: Range<usize>,
    pub ports: Vec<PortPart>,
    pub body: PartBody,
    /// Neurons that fired at the last step, for each trigger: (neuron, late).
    pub fired: Vec<Vec<(u32, f64)>>,
    /// Of the first trigger.
    pub counts: Counts,
}

pub enum PartBody {
    Point(PointPart),
    Cable(CablePart),
    /// Of each neuron, and of what they have in common.
    Poisson(Key, Key),
    /// Index of the next spike.
    SpikeSource(usize),
}

/// Blocks of cables with the loads on them.
pub struct CablePart {
    pub lanes: usize,
    pub blocks: Vec<Block>,
    /// [block][place]: what acts there.
    pub loads: Vec<Vec<Load>>,
    /// The load of each port (none for delta), and of each place of each stimulus target: (stimulus, target, loads).
    port_loads: Vec<Option<usize>>,
    drive_loads: Vec<DriveLoads>,
    holding: Option<(usize, f64)>,
    /// Rows of `Linear` at the stages, per port.
    stage_rows: Vec<[[f64; 2]; cable::STAGES]>,
    /// The currents of stimuli stand in the loads.
    loaded: bool,
}

/// The loads of one target of a stimulus, each with its share of the current.
struct DriveLoads {
    stimulus: usize,
    target: usize,
    shares: Vec<(usize, f64)>,
}

impl Part {
    pub fn new(network: &Network, population: usize, range: Range<usize>) -> Part {
        let whole = &network.populations[population];
        let tau_m = |cell: usize| match &whole.body {
            Body::Point(point) => point.kernel.tau_m(cell),
            _ => None,
        };
        let ports: Vec<PortPart> = network
            .ports
            .iter()
            .enumerate()
            .filter(|(_, port)| port.population == population)
            .map(|(index, port)| PortPart::new(index, port, &range, network.dt_ms, tau_m))
            .collect();
        let key = |purpose: Purpose| network.seeds.key(purpose, &whole.name);
        let body = match &whole.body {
            Body::Point(point) => PartBody::Point(PointPart::new(point, key(Purpose::Threshold), &range, &ports)),
            Body::Cable(cable) => PartBody::Cable(CablePart::new(network, population, cable, &range, &ports)),
            Body::Poisson(_) => PartBody::Poisson(key(Purpose::PoissonCell), key(Purpose::SharedSpikes)),
            Body::SpikeSource(_) => PartBody::SpikeSource(0),
        };
        let counts = Counts::new(range.len());
        Part { population, range, ports, body, fired: vec![Vec::new(); whole.triggers()], counts }
    }

    /// V_m of a point neuron, or of a cable at `place` (its first compartment without one).
    pub fn voltage(&self, cell: usize, place: Option<&Place>) -> f64 {
        match (&self.body, place) {
            (PartBody::Point(point), _) => point.columns[0][cell],
            (PartBody::Cable(cable), Some(place)) => cable.voltage(cell, place),
            _ => f64::NAN,
        }
    }

    /// Spikes of sources, which have no membrane, at `step`.
    pub fn emit(&mut self, whole: &Population, step: i64) {
        let fired = &mut self.fired[0];
        match (&mut self.body, &whole.body) {
            (PartBody::Poisson(own, shared), Body::Poisson(body)) => {
                let now = body.course.as_ref().map(|course| PoissonTable::new(course.mean(step)));
                let hidden = body.in_common.as_ref().map(|all| (all, all.draw(now.as_ref(), *shared, step as u64)));
                for neuron in self.range.clone() {
                    let count = match hidden {
                        Some((all, hidden)) => all.taken(*own, hidden, neuron as u32, step as u64),
                        None => {
                            let table = now.as_ref().unwrap_or(body.table(neuron));
                            u64::from(table.draw(*own, neuron as u64, step as u64))
                        }
                    };
                    fired.extend((0..count).map(|_| (neuron as u32, 0.0)));
                }
            }
            (PartBody::SpikeSource(cursor), Body::SpikeSource(events)) => {
                while let Some(&(_, who)) = events.get(*cursor).filter(|(when, _)| *when <= step) {
                    *cursor += 1;
                    match who {
                        None => fired.extend(self.range.clone().map(|neuron| (neuron as u32, 0.0))),
                        Some(neuron) if self.range.contains(&(neuron as usize)) => fired.push((neuron, 0.0)),
                        Some(_) => {}
                    }
                }
            }
            _ => {}
        }
    }

    /// Moves the spikes of the last step to `spikes`.
    pub fn take_spikes(&mut self, network: &Network, step: i64, spikes: &mut Vec<Spike>) {
        let time_ms = network.time_ms(step);
        for &(neuron, late) in self.fired.first().into_iter().flatten() {
            // A crossing lies before the grid point that it is stamped with.
            let counted = step - i64::from(late > 0.0) >= network.warmup;
            self.counts.add(neuron as usize - self.range.start, time_ms - late, counted);
        }
        for (trigger, fired) in self.fired.iter_mut().enumerate() {
            let population = self.population as u32;
            let trigger = trigger as u32;
            spikes.extend(fired.iter().map(|&(neuron, late)| Spike { step, population, trigger, neuron, late }));
            fired.clear();
        }
    }
}

impl CablePart {
    fn new(
        network: &Network,
        population: usize,
        body: &CableBody,
        range: &Range<usize>,
        ports: &[PortPart],
    ) -> CablePart {
        let compartments = body.tree.compartments();
        let lanes = (LANES / compartments).clamp(FEWEST_LANES, LANES);
        let mut part = CablePart {
            lanes,
            blocks: vec![],
            loads: vec![],
            port_loads: vec![],
            drive_loads: vec![],
            holding: None,
            stage_rows: ports.iter().map(stage_rows).collect(),
            loaded: false,
        };
        let places = part.place_loads(network, population, body, ports);
        for first in range.clone().step_by(lanes) {
            let cells = first..(first + lanes).min(range.end);
            part.blocks.push(new_block(network, body, cells.clone()));
            let clamped = |loads: &DriveLoads| matches!(network.stimuli[loads.stimulus].drive, Drive::Clamps(_));
            let conducting = |index: usize| {
                part.port_loads.iter().zip(ports).any(|(load, port)| *load == Some(index) && port.reversal.is_some())
                    || part
                        .drive_loads
                        .iter()
                        .any(|own| clamped(own) && own.shares.iter().any(|(load, _)| *load == index))
            };
            let staged = |index: usize| part.port_loads.contains(&Some(index));
            let loads = places
                .iter()
                .enumerate()
                .map(|(index, place)| empty_load(place, cells.len(), conducting(index), staged(index)));
            part.loads.push(loads.collect());
        }
        part
    }

    /// Gives every port and stimulus its load; those at the same place share one.
    fn place_loads(
        &mut self,
        network: &Network,
        population: usize,
        body: &CableBody,
        ports: &[PortPart],
    ) -> Vec<Place> {
        let mut places: Vec<Place> = Vec::new();
        let mut load = |place: &Place| {
            places.iter().position(|known| known == place).unwrap_or_else(|| {
                places.push(*place);
                places.len() - 1
            })
        };
        for port in ports {
            let place = network.ports[port.port].place.as_ref().filter(|_| port.is_continuous());
            self.port_loads.push(place.map(&mut load));
        }
        for (index, stimulus) in network.stimuli.iter().enumerate() {
            for (target, StimulusTarget { places: at, .. }) in
                stimulus.targets.iter().enumerate().filter(|(_, target)| target.population == population)
            {
                let shares = at.iter().map(|(place, share)| (load(place), *share)).collect();
                self.drive_loads.push(DriveLoads { stimulus: index, target, shares });
            }
        }
        if body.holding != 0.0 {
            self.holding = Some((load(&body.tree.place(0, 0.5)), body.holding));
        }
        places
    }

    pub fn voltage(&self, cell: usize, place: &Place) -> f64 {
        self.blocks[cell / self.lanes].voltage(place, cell % self.lanes)
    }

    /// A variable of a mechanism at a place.
    pub fn gate(&self, cell: usize, (mechanism, gate): (usize, usize), place: &Place) -> f64 {
        self.blocks[cell / self.lanes].gate(mechanism, gate, place, cell % self.lanes)
    }

    /// V (mV) at a place at k, k-1 and k-2.
    pub fn course(&self, cell: usize, place: &Place) -> [f64; 3] {
        let (block, lane) = (&self.blocks[cell / self.lanes], cell % self.lanes);
        let [before, earlier] = block.voltages_before(place, lane);
        [block.voltage(place, lane), before, earlier]
    }

    /// Sets the loads for the step that begins: the synapses', then the stimuli's currents.
    pub fn load(&mut self, network: &Network, part: usize, ports: &[PortPart], drives: &[DrivePart], step: i64) {
        let CablePart { lanes, loads, port_loads, stage_rows, .. } = self;
        for (block, loads) in loads.iter_mut().enumerate() {
            dispatch::run(LoadPorts { loads, ports, port_loads, stage_rows, first: block * *lanes });
        }
        let own = || drives.iter().filter(|drive| drive.part == part && drive.port.is_none());
        let steady = |drive: &DrivePart| drive.is_steady(&network.stimuli[drive.stimulus], step);
        if std::mem::replace(&mut self.loaded, true) && own().all(steady) {
            return;
        }
        self.loads.iter_mut().flatten().for_each(|load| load.current.fill(0.0));
        if let Some((load, current)) = self.holding {
            self.loads.iter_mut().for_each(|loads| loads[load].current.iter_mut().for_each(|sum| *sum += current));
        }
        own().for_each(|drive| self.drive(network, drive, step));
    }

    /// Adds what one stimulus does.
    fn drive(&mut self, network: &Network, drive: &DrivePart, step: i64) {
        let same = |loads: &&DriveLoads| (loads.stimulus, loads.target) == (drive.stimulus, drive.target);
        let Some(DriveLoads { shares, .. }) = self.drive_loads.iter().find(same) else { return };
        let stimulus = &network.stimuli[drive.stimulus];
        for (index, &(cell, _)) in drive.cells.iter().enumerate() {
            let (block, lane) = (cell as usize / self.lanes, cell as usize % self.lanes);
            if let (Some(clamp), Some(&(load, _))) = (drive.clamp(stimulus, index), shares.first()) {
                hold(&mut self.blocks[block], &mut self.loads[block][load], lane, clamp, step, network.dt_ms);
                continue;
            }
            let current = drive.current(stimulus, index, step);
            shares.iter().for_each(|&(load, share)| self.loads[block][load].current[lane] += share * current);
        }
    }

    /// Spikes between k and k+1: crossings of each detector's threshold, in order of the neurons.
    pub fn detect(&self, whole: &Population, range: &Range<usize>, dt_ms: f64, fired: &mut [Vec<(u32, f64)>]) {
        for (detector, fired) in whole.detectors.iter().zip(fired) {
            for (index, block) in self.blocks.iter().enumerate() {
                let first = range.start + index * self.lanes;
                block.crossings(&detector.place, detector.threshold, |lane, fraction| {
                    fired.push(((first + lane) as u32, (1.0 - fraction) * dt_ms));
                });
            }
        }
    }

    /// Puts in the charges of delta synapses; a jump over a threshold is a spike at this grid point.
    pub fn jump(
        &mut self,
        network: &Network,
        whole: &Population,
        range: &Range<usize>,
        ports: &[PortPart],
        fired: &mut [Vec<(u32, f64)>],
    ) {
        for port in ports {
            let (Some(jumps), Some(place)) = (port.jumps(), &network.ports[port.port].place) else { continue };
            for (cell, &charge) in jumps.iter().enumerate().filter(|(_, charge)| **charge != 0.0) {
                let (block, lane) = (&mut self.blocks[cell / self.lanes], cell % self.lanes);
                let before: Vec<f64> = whole.detectors.iter().map(|d| block.voltage(&d.place, lane)).collect();
                block.add_charge(place, lane, charge);
                for ((detector, before), fired) in whole.detectors.iter().zip(before).zip(fired.iter_mut()) {
                    if before < detector.threshold && block.voltage(&detector.place, lane) >= detector.threshold {
                        let neuron = (range.start + cell) as u32;
                        let position = fired.partition_point(|(other, _)| *other <= neuron);
                        fired.insert(position, (neuron, 0.0));
                    }
                }
            }
        }
    }
}

/// Rows of y at the solver's stages.
fn stage_rows(port: &PortPart) -> [[f64; 2]; cable::STAGES] {
    port.linear().map_or([[0.0; 2]; cable::STAGES], |linear| STAGE_TIMES.map(|time| linear.output_after(time)))
}

/// Conductances and currents of synapses at the stages, for the cells of a block from `first` on.
struct LoadPorts<'a> {
    loads: &'a mut [Load],
    ports: &'a [PortPart],
    port_loads: &'a [Option<usize>],
    stage_rows: &'a [[[f64; 2]; cable::STAGES]],
    first: usize,
}

impl Task for LoadPorts<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let LoadPorts { loads, ports, port_loads, stage_rows, first } = self;
        for load in loads.iter_mut() {
            for list in load.conductance.iter_mut().chain(&mut load.drive).chain(&mut load.stage_current) {
                list.fill(0.0);
            }
        }
        let mut values = [0.0; LANES];
        for ((port, rows), load) in ports.iter().zip(stage_rows).zip(port_loads) {
            let Some(load) = load.map(|load| &mut loads[load]) else { continue };
            let values = &mut values[..load.current.len()];
            for (stage, &row) in rows.iter().enumerate() {
                port.fill_at_stage(first..first + values.len(), stage, row, values);
                match port.reversal {
                    Some(reversal) => {
                        let into = load.conductance[stage].iter_mut().zip(&mut load.drive[stage]);
                        for ((conductance, drive), value) in into.zip(&*values) {
                            *conductance += value;
                            *drive += value * reversal;
                        }
                    }
                    None => load.stage_current[stage].iter_mut().zip(&*values).for_each(|(sum, value)| *sum += value),
                }
            }
        }
    }
}

fn empty_load(place: &Place, lanes: usize, conducting: bool, staged: bool) -> Load {
    let list = |wanted: bool| std::array::from_fn(|_| vec![0.0; if wanted { lanes } else { 0 }]);
    Load {
        current: vec![0.0; lanes],
        conductance: list(conducting),
        drive: list(conducting),
        stage_current: list(staged),
        ..Load::none(*place)
    }
}

pub(super) fn new_block(network: &Network, body: &CableBody, cells: Range<usize>) -> Block {
    let overrides: Vec<cable::Override> = body
        .overrides
        .iter()
        .map(|each| cable::Override { what: each.what, values: each.values[cells.clone()].to_vec() })
        .collect();
    let mut block = Block::new(body.tree.clone(), cells.len(), network.dt_ms, network.temperature_celsius, &overrides);
    for (lane, cell) in cells.enumerate() {
        block.initialise(lane, body.v[cell].unwrap_or(-65.0));
        if body.v[cell].is_none() {
            block.resting(lane, &[(body.tree.place(0, 0.5), body.holding)]);
        }
        for (mechanism, gate, values) in &body.gates {
            block.set_gate(*mechanism, *gate, lane, values[cell]);
        }
    }
    block
}
