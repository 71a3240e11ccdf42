//! From the equations of one patch of membrane to the loop over all compartments of all cells of a block.
//!
//! Element `slot * lanes + lane` is one compartment of one cell; a patch is a run of compartments that follow one
//! another in the block's node arrays, so that the loop runs through plain slices and vectorises.

use super::Mechanism;
use crate::model::ModelInfo;
use crate::num::dispatch::{self, Task};
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

    pub(super) fn boxed(
        patches: Vec<Patch>,
        lanes: usize,
        parameters: Vec<Parameters>,
        temperature: f64,
    ) -> Box<dyn Kernel> {
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

/// Slices of one patch, all of the same length, and what the loop over them needs.
struct Sweep<'a, M, const G: usize, const P: usize> {
    gates: [&'a mut [f64]; G],
    v: &'a [f64],
    scale: &'a [f64],
    diagonal: &'a mut [f64],
    right: &'a mut [f64],
    time: f64,
    parameters: &'a Parameters,
    lanes: usize,
    mechanism: PhantomData<M>,
}

/// Elements that are computed together. Through local arrays of this size the compiler sees that nothing overlaps, and
/// vectorises; from the slices themselves it does not (too many pairs to check).
const WIDTH: usize = 16;
/// Fewer elements than this are computed one by one.
const FEWEST: usize = 3;

impl<M: Mechanism<G, P>, const G: usize, const P: usize> Task for Sweep<'_, M, G, P> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        let length = self.v.len();
        let mut start = 0;
        while start < length {
            let count = (length - start).min(WIDTH);
            if count >= FEWEST {
                self.chunk::<WIDTH>(start, count);
                start += count;
            } else {
                self.chunk::<1>(start, 1);
                start += 1;
            }
        }
    }
}

impl<M: Mechanism<G, P>, const G: usize, const P: usize> Sweep<'_, M, G, P> {
    /// `count` elements from `start`, at most `W`.
    #[inline(always)]
    fn chunk<const W: usize>(&mut self, start: usize, count: usize) {
        let (mut v, mut x, mut g, mut drive) = ([0.0; W], [[0.0; W]; G], [0.0; W], [0.0; W]);
        let mut numbers: [[f64; W]; P] = std::array::from_fn(|p| [self.parameters.values[p]; W]);
        v[..count].copy_from_slice(&self.v[start..start + count]);
        for (x, column) in x.iter_mut().zip(&self.gates) {
            x[..count].copy_from_slice(&column[start..start + count]);
        }
        for (p, values) in &self.parameters.per_lane {
            for (i, number) in numbers[*p][..count].iter_mut().enumerate() {
                *number = values[(start + i) % self.lanes];
            }
        }
        let time = self.time;
        for i in 0..W {
            let mut gates: [f64; G] = std::array::from_fn(|gate| x[gate][i]);
            M::advance(&mut gates, v[i].clamp(-FARTHEST, FARTHEST), time);
            (g[i], drive[i]) = M::conductance(&std::array::from_fn(|p| numbers[p][i]), &gates);
            for gate in 0..G {
                x[gate][i] = gates[gate];
            }
        }
        for (x, column) in x.iter().zip(&mut self.gates) {
            column[start..start + count].copy_from_slice(&x[..count]);
        }
        let scale = &self.scale[start..start + count];
        for (diagonal, (scale, g)) in self.diagonal[start..start + count].iter_mut().zip(scale.iter().zip(&g)) {
            *diagonal += scale * g;
        }
        for (right, (scale, drive)) in self.right[start..start + count].iter_mut().zip(scale.iter().zip(&drive)) {
            *right += scale * drive;
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
            dispatch::run(Sweep::<M, G, P> {
                gates: self.gates.each_mut().map(|column| &mut column[slots.clone()]),
                v: &v[nodes.clone()],
                scale: &scale[nodes.clone()],
                diagonal: &mut diagonal[nodes.clone()],
                right: &mut right[nodes],
                time,
                parameters,
                lanes,
                mechanism: PhantomData,
            });
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
    linear_over(x, exp(x))
}

/// The same where exp(x) is known.
#[inline(always)]
pub(super) fn linear_over(x: f64, exp_x: f64) -> f64 {
    let square = x * x;
    let series = 1.0 - 0.5 * x + square * (1.0 / 12.0 - square * (1.0 / 720.0));
    let quotient = x / (exp_x - 1.0);
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
