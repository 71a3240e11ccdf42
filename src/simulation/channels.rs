//! What the channels of a network do at each potential, for pictures of them.

use crate::cable::Block;
use crate::mechanisms::{ALL, Calcium, Site, thermal};
use crate::network::{Body, CableBody, Network};
use crate::recording::ChannelSeen;
use std::cell::OnceCell;

/// Potentials at which they are looked at (mV).
const LOWEST: f64 = -120.0;
const HIGHEST: f64 = 60.0;
const STEP: f64 = 1.0;

/// Every gate of every mechanism of the network's cables; again where other numbers or another calcium make it another.
pub fn of(network: &Network) -> Vec<ChannelSeen> {
    let mut seen: Vec<ChannelSeen> = vec![];
    for population in &network.populations {
        let Body::Cable(cable) = &population.body else { continue };
        let (start, mut known) = (OnceCell::new(), vec![]);
        for (index, section) in cable.sections.iter().enumerate() {
            for (mechanism, numbers) in &section.mechanisms {
                if known.contains(&(mechanism, numbers)) {
                    continue;
                }
                known.push((mechanism, numbers));
                let calcium = calcium_at_start(network, cable, index, &start);
                let of = match cable.sections.len() {
                    1 => population.name.clone(),
                    _ => format!("{}.{}", population.name, section.name),
                };
                let gates = gates(network, (*mechanism, numbers), calcium, &of);
                let is_known = |gate: &ChannelSeen| seen.iter().any(|other| are_alike(gate, other));
                if !gates.iter().all(is_known) {
                    seen.extend(gates);
                }
            }
        }
    }
    seen
}

fn are_alike(one: &ChannelSeen, other: &ChannelSeen) -> bool {
    (&one.mechanism, &one.gate) == (&other.mechanism, &other.gate)
        && one.steady.iter().zip(&other.steady).all(|(a, b)| a == b)
        && one.tau_ms.iter().zip(&other.tau_ms).all(|(a, b)| a == b || a.is_nan() && b.is_nan())
}

/// Calcium (mM) in the middle of a section of the first neuron, as the run finds it: at rest, or at the V that is written.
fn calcium_at_start(network: &Network, cable: &CableBody, section: usize, start: &OnceCell<Block>) -> f64 {
    let carries = |section: &crate::cable::SectionSpec| section.mechanisms.iter().any(|(m, _)| holds(*m));
    if !carries(&cable.sections[section]) {
        return cable.tree.calcium_inside();
    }
    let block = start.get_or_init(|| {
        let mut block = Block::new(cable.tree.clone(), 1, network.dt_ms, network.temperature_celsius, &[]);
        let written = cable.v.first().copied().flatten();
        block.initialise(0, written.unwrap_or(-65.0));
        if written.is_none() {
            block.resting(0, &[(cable.tree.place(0, 0.5), cable.holding)]);
        }
        block
    });
    let pools = cable.sections[section].mechanisms.iter().filter(|(mechanism, _)| holds(*mechanism));
    let mut held = pools.map(|(pool, _)| block.gate(*pool, 0, &cable.tree.place(section, 0.5), 0));
    held.next().unwrap_or(cable.tree.calcium_inside())
}

fn holds(mechanism: usize) -> bool {
    ALL[mechanism].calcium == Calcium::Held
}

/// The gates of a mechanism with these numbers.
fn gates(network: &Network, (mechanism, numbers): (usize, &[f64]), calcium: f64, of: &str) -> Vec<ChannelSeen> {
    let celsius = network.temperature_celsius;
    let info = ALL[mechanism].info;
    let kernel = ALL[mechanism].single(numbers.to_vec(), celsius);
    let count = ((HIGHEST - LOWEST) / STEP) as usize + 1;
    let v_mv: Vec<f64> = (0..count).map(|k| LOWEST + k as f64 * STEP).collect();
    let at = |v: f64, calcium: f64| {
        kernel.kinetics(0, &Site { v, calcium, calcium_current: 0.0, thermal: thermal(celsius) })
    };
    let curves: Vec<Vec<(f64, f64)>> = v_mv.iter().map(|v| at(*v, calcium)).collect();
    let is_gate = |(_, variable): &(usize, &crate::model::Variable)| variable.unit.is_empty();
    let of = |(index, variable): (usize, &crate::model::Variable)| ChannelSeen {
        mechanism: info.name.into(),
        gate: variable.name.into(),
        of: of.into(),
        calcium_mm: (at(0.0, calcium)[index] != at(0.0, 2.0 * calcium)[index]).then_some(calcium),
        temperature_celsius: celsius,
        v_mv: v_mv.clone(),
        steady: curves.iter().map(|gates| gates[index].0).collect(),
        tau_ms: curves.iter().map(|gates| gates[index].1).collect(),
    };
    info.variables.iter().enumerate().filter(is_gate).map(of).collect()
}
