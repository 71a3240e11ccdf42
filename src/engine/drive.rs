//! Stimuli on a shard's neurons: currents held over a step, spikes that arrive at a grid point.

use super::port::PortPart;
use super::release::{ByUse, Fibres};
use crate::network::{Drive, Network, PoissonRun, Stimulus, StimulusTarget};
use crate::num::dispatch::{self, Task};
use crate::num::poisson::PoissonTable;
use crate::num::rng::{GROUP, Key, Purpose};
use crate::stimuli::voltage_clamp::Clamp;
use std::ops::Range;

/// The neurons of one part that one stimulus reaches.
pub struct DrivePart {
    pub stimulus: usize,
    pub target: usize,
    /// Index of the part, and of the port within it (for events).
    pub part: usize,
    pub port: Option<usize>,
    /// (neuron within the part, its position among all that the stimulus reaches).
    pub cells: Vec<(u32, u32)>,
    /// The neurons ascend: positions always do.
    ascends: bool,
    key: Key,
    /// Of spikes that its neurons have in common.
    shared: Key,
    /// Values of `noise`, now.
    noise: Vec<f64>,
    cursor: usize,
    /// Its currents are the same at all times at which they act.
    constant: bool,
    /// Of Poisson input.
    runs: Vec<OwnRun>,
    /// Plain Poisson input, which its cells can draw when they go through the step ([`DrivePart::shower`]).
    plain: bool,
    /// They do.
    pub drawn_by_cells: bool,
    /// Where synapses change by use: one to each of its cells.
    fibres: Option<Fibres>,
    /// Of a stimulus in several windows, the one before: its fibres run on.
    before: Option<usize>,
}

/// Neighbours among the cells, at neighbouring positions, that share a table.
struct OwnRun {
    /// The first cell, and its number.
    cell: usize,
    number: usize,
    positions: Range<usize>,
    run: usize,
}

/// The parts of `runs` that live here.
fn own_runs(cells: &[(u32, u32)], runs: &[PoissonRun]) -> Vec<OwnRun> {
    let mut own: Vec<OwnRun> = Vec::new();
    for (number, &(cell, position)) in cells.iter().enumerate() {
        let (cell, position) = (cell as usize, position as usize);
        match own.last_mut() {
            Some(last)
                if last.positions.end == position
                    && last.cell + last.positions.len() == cell
                    && runs[last.run].positions.contains(&position) =>
            {
                last.positions.end += 1;
            }
            _ => {
                let run = runs.partition_point(|run| run.positions.end <= position);
                own.push(OwnRun { cell, number, positions: position..position + 1, run });
            }
        }
    }
    own
}

/// Poisson input of one step to a run of neurons.
struct Shower<'a> {
    table: &'a PoissonTable,
    key: Key,
    step: u64,
    positions: Range<usize>,
    /// Of these positions.
    weights: &'a [f64],
    out: &'a mut [f64],
}

impl Task for Shower<'_> {
    /// Events.
    type Output = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        let Range { start, end } = self.positions;
        let mut events = 0;
        for group in start / GROUP..end.div_ceil(GROUP) {
            let counts = self.table.draw_group(self.key, group as u64, self.step);
            let (first, last) = (start.max(group * GROUP), end.min((group + 1) * GROUP));
            let counts = &counts[first - group * GROUP..last - group * GROUP];
            let here = first - start..last - start;
            for ((out, weight), count) in self.out[here.clone()].iter_mut().zip(&self.weights[here]).zip(counts) {
                *out += f64::from(*count) * weight;
            }
            events += counts.iter().sum::<u32>() as u64;
        }
        events
    }
}

impl DrivePart {
    /// `None` if the stimulus reaches no neuron of `range`.
    pub fn new(
        network: &Network,
        stimulus: usize,
        target: usize,
        part: usize,
        range: &Range<usize>,
        port: Option<usize>,
    ) -> Option<DrivePart> {
        let whole = &network.stimuli[stimulus];
        let StimulusTarget { neurons, first, .. } = &whole.targets[target];
        let reached = neurons.iter().enumerate().filter(|(_, neuron)| range.contains(&(**neuron as usize)));
        let cells: Vec<(u32, u32)> =
            reached.map(|(position, &neuron)| (neuron - range.start as u32, (first + position) as u32)).collect();
        if cells.is_empty() {
            return None;
        }
        let purpose = if matches!(whole.drive, Drive::Noise(_)) { Purpose::Noise } else { Purpose::PoissonStimulus };
        let key = Key::new(network.seeds.of(purpose), purpose, whole.key);
        let shared = Key::new(network.seeds.of(purpose), Purpose::SharedSpikes, whole.key);
        let ascends = cells.is_sorted();
        let noise = vec![0.0; if purpose == Purpose::Noise { cells.len() } else { 0 }];
        let runs = match &whole.drive {
            Drive::Poisson(runs, _) => own_runs(&cells, runs),
            _ => vec![],
        };
        let by_use = whole.targets[target].port.map(|port| ByUse::of(&network.ports[port])).unwrap_or_default();
        let release = Key::new(network.seeds.of(Purpose::Release), Purpose::Release, whole.key);
        let fibres = Fibres::new(by_use, release, cells.len());
        let unvaried = |run: &PoissonRun| run.course.is_none() && run.in_common.is_none();
        let plain = matches!(&whole.drive, Drive::Poisson(runs, _) if runs.iter().all(unvaried)) && fibres.is_none();
        let constant = match &whole.drive {
            Drive::Currents(waveforms) => cells.iter().all(|&(_, position)| waveforms[position as usize].is_constant()),
            _ => false,
        };
        let drive = DrivePart {
            constant,
            plain,
            drawn_by_cells: false,
            stimulus,
            target,
            part,
            port,
            cells,
            ascends,
            key,
            shared,
            noise,
            cursor: 0,
            runs,
            fibres,
            before: None,
        };
        Some(drive)
    }

    /// Where a cell stands among those that it reaches.
    pub fn number_of(&self, cell: usize) -> Option<usize> {
        match self.ascends {
            true => self.cells.binary_search_by_key(&(cell as u32), |(known, _)| *known).ok(),
            false => self.cells.iter().position(|(known, _)| *known as usize == cell),
        }
    }

    /// It acts after another window of the same stimulus, the drive of this number.
    pub fn follows(&mut self, before: usize) {
        self.before = self.fibres.is_some().then_some(before);
    }

    /// The drive whose fibres it takes over at `step`.
    pub fn takes_over(&self, stimulus: &Stimulus, step: i64) -> Option<usize> {
        self.before.filter(|_| stimulus.start == step)
    }

    pub fn exchange_fibres(&mut self, fibres: Option<Fibres>) -> Option<Fibres> {
        std::mem::replace(&mut self.fibres, fibres)
    }

    /// Brings `noise` to `step`; must be called for every step in turn.
    pub fn advance_noise(&mut self, stimulus: &Stimulus, step: i64) {
        let Drive::Noise(processes) = &stimulus.drive else { return };
        if !(stimulus.start..stimulus.stop).contains(&step) {
            return;
        }
        for (value, &(_, position)) in self.noise.iter_mut().zip(&self.cells) {
            let process = &processes[position as usize];
            let normal = self.key.normal(if stimulus.shared { 0 } else { position as u64 }, step as u64);
            *value = if step == stimulus.start { process.initial(normal) } else { process.next(*value, normal) };
        }
    }

    /// Whether what it does during [step, step + 1) is what it did in the step before.
    pub fn is_steady(&self, stimulus: &Stimulus, step: i64) -> bool {
        let acts = [step - 1, step].map(|step| (stimulus.start..stimulus.stop).contains(&step));
        match &stimulus.drive {
            Drive::Currents(_) => acts == [self.constant; 2] || acts == [false; 2],
            Drive::Noise(_) => acts == [false; 2],
            _ => false,
        }
    }

    /// The current into the `index`-th of its cells during [step, step + 1), in pA or mV/ms.
    pub fn current(&self, stimulus: &Stimulus, index: usize, step: i64) -> f64 {
        if !(stimulus.start..stimulus.stop).contains(&step) {
            return 0.0;
        }
        match &stimulus.drive {
            Drive::Currents(waveforms) => waveforms[self.cells[index].1 as usize].value(step),
            Drive::Noise(_) => self.noise[index],
            // A conductance: see [`DrivePart::clamp`].
            Drive::Clamps(_) => 0.0,
            _ => 0.0,
        }
    }

    /// The clamp of the `index`-th of its cells.
    pub fn clamp<'s>(&self, stimulus: &'s Stimulus, index: usize) -> Option<&'s Clamp> {
        match &stimulus.drive {
            Drive::Clamps(clamps) => Some(&clamps[self.cells[index].1 as usize]),
            _ => None,
        }
    }

    /// Whether its cells can draw for themselves.
    pub fn is_plain(&self) -> bool {
        self.plain
    }

    /// Its cells draw Poisson input for themselves at `step`.
    pub fn is_shower(&self, stimulus: &Stimulus, step: i64) -> bool {
        self.drawn_by_cells && (stimulus.start..stimulus.stop).contains(&step)
    }

    /// Adds the Poisson input of `cells` (of the part) at `step` to `out`, which is theirs, and says how many events these are;
    /// nothing if cells do not draw for themselves.
    pub fn shower(&self, stimulus: &Stimulus, step: i64, cells: &Range<usize>, out: &mut [f64]) -> u64 {
        let Drive::Poisson(runs, weights) = &stimulus.drive else { return 0 };
        if !self.is_shower(stimulus, step) {
            return 0;
        }
        let mut events = 0;
        for own in &self.runs {
            let (first, last) = (own.cell.max(cells.start), (own.cell + own.positions.len()).min(cells.end));
            if first < last {
                let positions = own.positions.start + first - own.cell..own.positions.start + last - own.cell;
                events += dispatch::run(Shower {
                    table: &runs[own.run].table,
                    key: self.key,
                    step: step as u64,
                    weights: &weights[positions.clone()],
                    positions,
                    out: &mut out[first - cells.start..last - cells.start],
                });
            }
        }
        events
    }

    /// The spikes that reach its neurons at `step`; steps are asked for in turn.
    pub fn events(&mut self, stimulus: &Stimulus, step: i64, port: &mut PortPart, dt_ms: f64) -> u64 {
        match &stimulus.drive {
            Drive::Poisson(runs, weights) if (stimulus.start..stimulus.stop).contains(&step) => {
                let mut events = 0;
                for index in 0..self.runs.len() {
                    events += self.rain(index, runs, weights, step, port, dt_ms);
                }
                events
            }
            Drive::Events(list, weights) => self.listed(list, weights, step, port, dt_ms),
            _ => 0,
        }
    }

    /// The Poisson input of its `index`-th run.
    fn rain(
        &mut self,
        index: usize,
        runs: &[PoissonRun],
        weights: &[f64],
        step: i64,
        port: &mut PortPart,
        dt_ms: f64,
    ) -> u64 {
        let OwnRun { cell: first, number, ref positions, run } = self.runs[index];
        let (run, positions) = (&runs[run], positions.clone());
        let now = run.course.as_ref().map(|course| PoissonTable::new(course.mean(step)));
        let table = now.as_ref().unwrap_or(&run.table);
        if let (None, None, Some(arriving)) = (&run.in_common, &self.fibres, port.arriving_as_weights()) {
            return dispatch::run(Shower {
                table,
                key: self.key,
                step: step as u64,
                weights: &weights[positions.clone()],
                out: &mut arriving[first..first + positions.len()],
                positions,
            });
        }
        let hidden = run.in_common.as_ref().map(|all| (all, all.draw(now.as_ref(), self.shared, step as u64)));
        let effect = port.effect(0.0);
        let mut events = 0;
        for ((cell, number), position) in (first..).zip(number..).zip(positions) {
            let count = match hidden {
                Some((all, hidden)) => all.taken(self.key, hidden, position as u32, step as u64),
                None => u64::from(table.draw(self.key, position as u64, step as u64)),
            };
            if count > 0 {
                let strength = self.strength(number, count, step, dt_ms);
                port.arrive(cell, weights[position] * strength, &effect);
            }
            events += count;
        }
        events
    }

    /// Spikes of a list.
    fn listed(
        &mut self,
        list: &[(i64, Option<u32>)],
        weights: &[f64],
        step: i64,
        port: &mut PortPart,
        dt_ms: f64,
    ) -> u64 {
        let effect = port.effect(0.0);
        let mut events = 0;
        while let Some(&(_, who)) = list.get(self.cursor).filter(|(when, _)| *when <= step) {
            self.cursor += 1;
            let numbers = match who {
                None => 0..self.cells.len(),
                Some(position) => match self.cells.binary_search_by_key(&position, |(_, own)| *own) {
                    Ok(number) => number..number + 1,
                    Err(_) => 0..0,
                },
            };
            events += numbers.len() as u64;
            for number in numbers {
                let (cell, position) = self.cells[number];
                let strength = self.strength(number, 1, step, dt_ms);
                port.arrive(cell as usize, weights[position as usize] * strength, &effect);
            }
        }
        events
    }

    /// What `count` spikes at `step` to its cell of this number transmit, in weights.
    fn strength(&mut self, number: usize, count: u64, step: i64, dt_ms: f64) -> f64 {
        let position = self.cells[number].1;
        match &mut self.fibres {
            None => count as f64,
            Some(fibres) => (0..count).map(|_| fibres.transmit(number, position, step, dt_ms)).sum(),
        }
    }
}
