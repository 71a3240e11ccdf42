//! Nullclines of models with two variables, for phase planes.

use crate::network::{Body, Drive, Network};
use crate::neurons;
use crate::recording::Nullclines;

/// Points of a nullcline, and the potentials between which it is drawn (mV).
const POINTS: usize = 400;
const LOWEST: f64 = -100.0;
const HIGHEST: f64 = 40.0;

/// Of every population whose model says what they are, at the largest constant current that its first neuron gets.
pub fn of(network: &Network) -> Vec<Nullclines> {
    let each = network.populations.iter().enumerate().filter_map(|(index, population)| {
        let Body::Point(point) = &population.body else { return None };
        let info = point.kernel.info();
        let entry = neurons::point(info.name)?;
        let stimulus = strongest(network, index);
        let at = |v: f64| (entry.nullclines)(&point.parameters, v, stimulus);
        at(LOWEST)?;
        let (x, y) = (&info.variables[0], info.variables.get(1)?);
        let unit = if info.name == "izhikevich" { "mV/ms" } else { "pA" };
        let mut curves = (Vec::new(), Vec::new());
        for number in 0..=POINTS {
            let v = LOWEST + (HIGHEST - LOWEST) * number as f64 / POINTS as f64;
            let (first, second) = at(v)?;
            curves.0.push((v, first));
            curves.1.push((v, second));
        }
        Some(Nullclines {
            population: population.name.clone(),
            x: x.name.into(),
            y: y.name.into(),
            x_unit: x.unit.into(),
            y_unit: y.unit.into(),
            input: format!("{stimulus} {unit}"),
            x_nullcline: curves.0,
            y_nullcline: curves.1,
        })
    });
    each.collect()
}

/// The largest amplitude of a step onto a population's first neuron, 0 without one.
fn strongest(network: &Network, population: usize) -> f64 {
    let mut strongest = 0.0f64;
    for stimulus in network.stimuli.iter().filter(|stimulus| stimulus.kind == "step") {
        let Drive::Currents(waveforms) = &stimulus.drive else { continue };
        for target in stimulus.targets.iter().filter(|target| target.population == population) {
            if let Some(position) = target.neurons.iter().position(|&neuron| neuron == 0) {
                let value = waveforms[target.first + position].value(stimulus.start);
                strongest = if value.abs() > strongest.abs() { value } else { strongest };
            }
        }
    }
    strongest
}
