//! What the channels of a network do at each potential, for pictures of them.

use crate::mechanisms::{ALL, Site, thermal};
use crate::network::{Body, Network};
use crate::recording::ChannelSeen;

/// Potentials at which they are looked at (mV).
const LOWEST: f64 = -120.0;
const HIGHEST: f64 = 60.0;
const STEP: f64 = 1.0;

/// Every gate of every mechanism of the network's cables, with the numbers that it has where it occurs first.
pub fn of(network: &Network) -> Vec<ChannelSeen> {
    let mut known: Vec<usize> = vec![];
    let mut seen = vec![];
    for population in &network.populations {
        let Body::Cable(cable) = &population.body else { continue };
        for (mechanism, numbers) in cable.sections.iter().flat_map(|section| &section.mechanisms) {
            if !known.contains(mechanism) {
                known.push(*mechanism);
                seen.extend(gates(network, *mechanism, numbers));
            }
        }
    }
    seen
}

fn gates(network: &Network, mechanism: usize, numbers: &[f64]) -> Vec<ChannelSeen> {
    let celsius = network.temperature_celsius;
    let info = ALL[mechanism].info;
    let kernel = ALL[mechanism].single(numbers.to_vec(), celsius);
    let count = ((HIGHEST - LOWEST) / STEP) as usize + 1;
    let v_mv: Vec<f64> = (0..count).map(|k| LOWEST + k as f64 * STEP).collect();
    let at =
        |v: f64| kernel.kinetics(0, &Site { v, calcium: CALCIUM, calcium_current: 0.0, thermal: thermal(celsius) });
    let curves: Vec<Vec<(f64, f64)>> = v_mv.iter().map(|v| at(*v)).collect();
    let is_gate = |(_, variable): &(usize, &crate::model::Variable)| variable.unit.is_empty();
    let of = |(index, variable): (usize, &crate::model::Variable)| ChannelSeen {
        mechanism: info.name.into(),
        gate: variable.name.into(),
        temperature_celsius: celsius,
        v_mv: v_mv.clone(),
        steady: curves.iter().map(|gates| gates[index].0).collect(),
        tau_ms: curves.iter().map(|gates| gates[index].1).collect(),
    };
    info.variables.iter().enumerate().filter(is_gate).map(of).collect()
}

/// Inside, mM: of channels that read it.
const CALCIUM: f64 = 5e-4;
