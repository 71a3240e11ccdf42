//! From the equations of one patch of membrane to the loop over all compartments of all cells of a block.
//!
//! Element `slot * lanes + lane` is one compartment of one cell; a patch is a run of compartments that follow one
//! another in the block's node arrays, so that the loop runs through plain slices and vectorises.

use super::Mechanism;
use crate::model::ModelInfo;
use crate::num::math::exp;
use std::marker::PhantomData;

/// Compartments that follow one another in the node arrays and share their parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Patch {
    pub first_node: usize,
    pub nodes: usize,
    /// Index of its first compartment among those of the mechanism.
    pub first_slot: usize,
}

/// Numbers of one patch, in the order of the model's table.
#[derive(Clone, Debug)]
pub struct Parameters {
    pub values: Vec<f64>,
    /// (parameter, one value a lane) where cells differ.
    pub per_lane: Vec<(usize, Vec<f64>)>,
}

/// Membrane potentials beyond this (mV) are taken for this by the gates: it keeps rates finite, far outside of biology.
const FARTHEST: f64 = 1000.0;

/// The engine's door to a mechanism on the compartments of a block.
pub trait Kernel: Send + Sync {
    fn info(&self) -> &'static ModelInfo;
    /// Advances the gates by `time` (ms) at the potentials `v`, then adds conductance (nS) to `diagonal` and g E (pA)
    /// to `right`. All four slices are indexed `node * lanes + lane`; `scale` is 0.01 x area (um^2).
    fn stage(&mut self, v: &[f64], time: f64, scale: &[f64], diagonal: &mut [f64], right: &mut [f64]);
    /// Gates of one element at their steady values.
    fn settle(&mut self, element: usize, v: f64);
    fn gate(&self, gate: usize, element: usize) -> f64;
    fn set_gate(&mut self, gate: usize, element: usize, value: f64);
    /// (g, g E) per area, with the gates as they are.
    fn conductance(&self, element: usize) -> (f64, f64);
    /// (g, g E) per area, with the gates at their steady values.
    fn steady_conductance(&self, element: usize, v: f64) -> (f64, f64);
    /// Fastest time constant (ms) of the gates at `v`; infinite without gates.
    fn fastest(&self, v: f64) -> f64;
}

pub(super) struct Lifted<M, const G: usize, const P: usize> {
    patches: Vec<Patch>,
    lanes: usize,
    /// Of each patch.
    parameters: Vec<Parameters>,
    gates: [Vec<f64>; G],
    factor: f64,
    mechanism: PhantomData<M>,
}

impl<M: Mechanism<G, P>, const G: usize, const P: usize> Lifted<M, G, P> {
    const INFO: &'static ModelInfo = &M::INFO;

    pub(super) fn boxed(patches: Vec<Patch>, lanes: usize, parameters: Vec<Parameters>, temperature: f64) -> Box<dyn Kernel> {
        let elements = patches.iter().map(|patch| patch.nodes).sum::<usize>() * lanes;
        Box::new(Lifted::<M, G, P> {
            patches,
            lanes,
            parameters,
            gates: std::array::from_fn(|_| vec![0.0; elements]),
            factor: M::factor(temperature),
            mechanism: PhantomData,
        })
    }

    fn parameters_of(&self, element: usize) -> [f64; P] {
        let slot = element / self.lanes;
        let patch = self.patches.partition_point(|patch| patch.first_slot <= slot) - 1;
        at_lane(&self.parameters[patch], element % self.lanes)
    }
}

fn at_lane<const P: usize>(parameters: &Parameters, lane: usize) -> [f64; P] {
    let mut numbers = std::array::from_fn(|p| parameters.values[p]);
    for (p, values) in &parameters.per_lane {
        numbers[*p] = values[lane];
    }
    numbers
}

/// Slices of one patch, all of the same length.
struct Elements<'a, const G: usize> {
    gates: [&'a mut [f64]; G],
    v: &'a [f64],
    scale: &'a [f64],
    diagonal: &'a mut [f64],
    right: &'a mut [f64],
}

/// The loop: a free function of slices and scalars, so that it vectorises.
#[inline(always)]
fn sweep<M: Mechanism<G, P>, const G: usize, const P: usize>(
    elements: Elements<G>, time: f64, parameters: impl Fn(usize) -> [f64; P],
) {
    let Elements { mut gates, v, scale, diagonal, right } = elements;
    let length = v.len();
    let (scale, diagonal, right) = (&scale[..length], &mut diagonal[..length], &mut right[..length]);
    for column in &mut gates {
        *column = &mut std::mem::take(column)[..length];
    }
    for i in 0..length {
        let mut x: [f64; G] = std::array::from_fn(|gate| gates[gate][i]);
        M::advance(&mut x, v[i].clamp(-FARTHEST, FARTHEST), time);
        let (g, drive) = M::conductance(&parameters(i), &x);
        diagonal[i] += scale[i] * g;
        right[i] += scale[i] * drive;
        for gate in 0..G {
            gates[gate][i] = x[gate];
        }
    }
}

impl<M: Mechanism<G, P>, const G: usize, const P: usize> Kernel for Lifted<M, G, P> {
    fn info(&self) -> &'static ModelInfo {
        Self::INFO
    }

    fn stage(&mut self, v: &[f64], time: f64, scale: &[f64], diagonal: &mut [f64], right: &mut [f64]) {
        let (lanes, time) = (self.lanes, time * self.factor);
        for (patch, parameters) in self.patches.iter().zip(&self.parameters) {
            let nodes = patch.first_node * lanes..(patch.first_node + patch.nodes) * lanes;
            let slots = patch.first_slot * lanes..(patch.first_slot + patch.nodes) * lanes;
            let elements = Elements {
                gates: self.gates.each_mut().map(|column| &mut column[slots.clone()]),
                v: &v[nodes.clone()],
                scale: &scale[nodes.clone()],
                diagonal: &mut diagonal[nodes.clone()],
                right: &mut right[nodes],
            };
            if parameters.per_lane.is_empty() {
                let numbers = at_lane(parameters, 0);
                sweep::<M, G, P>(elements, time, |_| numbers);
            } else {
                sweep::<M, G, P>(elements, time, |i| at_lane(parameters, i % lanes));
            }
        }
    }

    fn settle(&mut self, element: usize, v: f64) {
        for (column, (steady, _)) in self.gates.iter_mut().zip(M::kinetics(v)) {
            column[element] = steady;
        }
    }

    fn gate(&self, gate: usize, element: usize) -> f64 {
        self.gates[gate][element]
    }

    fn set_gate(&mut self, gate: usize, element: usize, value: f64) {
        self.gates[gate][element] = value;
    }

    fn conductance(&self, element: usize) -> (f64, f64) {
        let gates = std::array::from_fn(|gate| self.gates[gate][element]);
        M::conductance(&self.parameters_of(element), &gates)
    }

    fn steady_conductance(&self, element: usize, v: f64) -> (f64, f64) {
        M::conductance(&self.parameters_of(element), &M::kinetics(v).map(|(steady, _)| steady))
    }

    fn fastest(&self, v: f64) -> f64 {
        M::kinetics(v).iter().fold(f64::INFINITY, |fastest, (_, rate)| fastest.min(1.0 / (rate * self.factor)))
    }
}

/// `x / (exp(x) - 1)`, smooth through 0: the form of many opening rates.
///
/// Within 0.02 of 0 the series 1 - x/2 + x^2/12 - x^4/720 is used: its next term is below 2e-15 there, while
/// the quotient loses digits as eps / x.
#[inline(always)]
pub(super) fn linear_over_expm1(x: f64) -> f64 {
    let square = x * x;
    let series = 1.0 - 0.5 * x + square * (1.0 / 12.0 - square * (1.0 / 720.0));
    let quotient = x / (exp(x) - 1.0);
    if x.abs() < 0.02 { series } else { quotient }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removable_singularity_is_smooth() {
        for x in [-3.0f64, -0.5, -0.0201, -0.0199, -1e-4, -1e-9, 0.0, 1e-12, 1e-5, 0.0199, 0.0201, 0.5, 3.0, 40.0] {
            let expected = if x == 0.0 { 1.0 } else { x / x.exp_m1() };
            assert!((linear_over_expm1(x) / expected - 1.0).abs() < 2e-14, "{x}");
        }
    }
}
