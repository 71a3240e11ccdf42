//! Stimuli on a shard's neurons: currents held over a step, spikes that arrive at a grid point.

use super::port::PortPart;
use crate::network::{Drive, Network, Stimulus, StimulusTarget};
use crate::num::rng::{Key, Purpose};
use std::collections::HashMap;
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
    by_position: HashMap<u32, u32>,
    all: Vec<u32>,
    key: Key,
    /// Values of `noise`, now.
    noise: Vec<f64>,
    cursor: usize,
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
        let by_position = cells.iter().map(|&(cell, position)| (position, cell)).collect();
        let all = cells.iter().map(|&(cell, _)| cell).collect();
        let noise = vec![0.0; if purpose == Purpose::Noise { cells.len() } else { 0 }];
        Some(DrivePart { stimulus, target, part, port, cells, by_position, all, key, noise, cursor: 0 })
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

    /// The current into the `index`-th of its cells during [step, step + 1), in pA or mV/ms.
    pub fn current(&self, stimulus: &Stimulus, index: usize, step: i64) -> f64 {
        if !(stimulus.start..stimulus.stop).contains(&step) {
            return 0.0;
        }
        match &stimulus.drive {
            Drive::Currents(waveforms) => waveforms[self.cells[index].1 as usize].value(step),
            Drive::Noise(_) => self.noise[index],
            _ => 0.0,
        }
    }

    /// The spikes that reach its neurons at `step`; steps are asked for in turn.
    pub fn events(&mut self, stimulus: &Stimulus, step: i64, port: &mut PortPart) -> u64 {
        let effect = port.effect(0.0);
        match &stimulus.drive {
            Drive::Poisson(drives) if (stimulus.start..stimulus.stop).contains(&step) => {
                let mut events = 0;
                for &(cell, position) in &self.cells {
                    let (table, weight) = &drives[position as usize];
                    let count = table.count(self.key.uniform(position as u64, step as u64));
                    if count > 0 {
                        events += count;
                        port.arrive(cell as usize, weight * count as f64, &effect);
                    }
                }
                events
            }
            Drive::Events(list, weights) => {
                let mut events = 0;
                while let Some(&(_, who)) = list.get(self.cursor).filter(|(when, _)| *when <= step) {
                    self.cursor += 1;
                    match who {
                        None => {
                            events += self.all.len() as u64;
                            for (cell, position) in &self.cells {
                                port.arrive(*cell as usize, weights[*position as usize], &effect);
                            }
                        }
                        Some(position) => {
                            if let Some(&cell) = self.by_position.get(&position) {
                                events += 1;
                                port.arrive(cell as usize, weights[position as usize], &effect);
                            }
                        }
                    }
                }
                events
            }
            _ => 0,
        }
    }
}
