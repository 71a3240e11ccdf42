//! Electrodes that hold the potential of cables, and whose doing it is when V passes a threshold.

use super::drive::DrivePart;
use crate::cable::{self, Block, Load, Tree};
use crate::network::{Detector, Drive, Network, Population};
use crate::stimuli::voltage_clamp::Clamp;

/// A clamp during the step that begins: a conductance to its command.
pub(super) fn hold(block: &mut Block, load: &mut Load, lane: usize, clamp: &Clamp, step: i64, dt_ms: f64) {
    let before = clamp.command(step - 1);
    let Some(command) = clamp.command(step) else {
        if before.is_some() {
            block.forget(lane);
        }
        return;
    };
    if clamp.new_command(step).is_some() {
        // Faster than a step can follow it is there already, and the gates see the new potential all the step long.
        let capacitance = block.capacitance_at(&load.place, lane);
        match clamp.acts_at_once(capacitance, dt_ms) {
            true => block.add_charge(&load.place, lane, (command - block.voltage(&load.place, lane)) * capacitance),
            false => block.forget(lane),
        }
    }
    for stage in 0..cable::STAGES {
        load.conductance[stage][lane] += clamp.conductance;
        load.drive[stage][lane] += clamp.conductance * command;
    }
}

/// Takes back the crossings of [step, step + 1) at compartments whose electrode has a command at the threshold or above: it is
/// the electrode that brings V there, however fast, and no action potential.
pub(super) fn take_back(
    network: &Network,
    (whole, tree): (&Population, &Tree),
    (drives, part): (&[DrivePart], usize),
    (first, step): (usize, i64),
    fired: &mut [Vec<(u32, f64)>],
) {
    if fired.iter().all(Vec::is_empty) {
        return;
    }
    let clamps = |drive: &&DrivePart| matches!(network.stimuli[drive.stimulus].drive, Drive::Clamps(_));
    for drive in drives.iter().filter(|drive| drive.part == part).filter(clamps) {
        let stimulus = &network.stimuli[drive.stimulus];
        let Some((place, _)) = stimulus.targets[drive.target].places.first() else { continue };
        for (detector, fired) in whole.detectors.iter().zip(fired.iter_mut()) {
            let is_held = |Detector { place: at, threshold, .. }: &Detector, neuron: u32| {
                let cell = neuron as usize - first;
                let command = drive.number_of(cell).and_then(|index| drive.clamp(stimulus, index)?.command(step));
                command.is_some_and(|command| command >= *threshold) && tree.share_compartment(place, at)
            };
            fired.retain(|(neuron, _)| !is_held(detector, *neuron));
        }
    }
}
