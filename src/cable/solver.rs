//! One step of the cable equation: V and gates at k become V and gates at k+1.
//!
//! The method is the singly diagonally implicit Runge-Kutta method of order 2 with gamma = 1 - sqrt(1/2) (Alexander 1977,
//! SIAM J Numer Anal 14:1006-1021): L-stable and stiffly accurate, so neither fine compartments nor nodes without area nor
//! edges of a stimulus ring, and no step needs a special case. Each of its two stages is one backward-Euler solve of the tree,
//! ```text
//! (C / (gamma dt) + G) V1 = C / (gamma dt) V_k + drive                                        at t_k + gamma dt
//! (C / (gamma dt) + G) V2 = C / (gamma dt) (V_k + (1 - gamma)/gamma (V1 - V_k)) + drive       at t_k + dt
//! ```
//! with G and drive from the gates at the stage's time, and V_{k+1} = V2. The gates go as exponentials (or nearly: `mechanisms::rates`)
//! from t_k to the first stage and on to the second, with V frozen at the middle of each interval, where it is extrapolated from a parabola: through V_k,
//! V_{k-1}, V_{k-2} for the first, through V1, V_k, V_{k-1} for the second. A step costs two evaluations of the rates.
//!
//! # What was measured
//! Error of the third spike of a point neuron (10 uA/cm^2, 6.3 degC; ms) and of the velocity in a squid axon (18.5 degC, 1000
//! compartments; its error of space is -0.03 %), by dt in ms:
//!
//! | method | rates | spike, 0.025 | 0.0125 | velocity, 0.05 | 0.025 | 0.0125 |
//! |---|---|---|---|---|---|---|
//! | Crank-Nicolson, gates staggered | 1 | 6.0e-3 | 1.5e-3 | -2.95 % | -0.78 % | -0.22 % |
//! | Crank-Nicolson, V predicted, second solve | 3 | 3.3e-3 | 8e-4 | -1.4 % | -0.41 % | -0.13 % |
//! | this, V predicted linearly | 2 | 2.6e-3 | 6e-4 | -1.4 % | -0.38 % | -0.12 % |
//! | **this** | 2 | 3e-4 | 4e-5 | -0.15 % | -0.04 % | -0.03 % |
//! | this, gates corrected with the V found | 3 | 3.0e-3 | 7e-4 | - | -0.30 % | -0.11 % |
//! | linear, both stages solved twice | 4 | 3.0e-3 | 8e-4 | - | -0.32 % | -0.11 % |
//! | TR-BDF2, linear | 2 | 3.4e-3 | 9e-4 | - | -0.52 % | -0.16 % |
//! | TR-BDF2, both stages solved twice | 4 | 8e-6 | -1e-5 | -0.07 % | -0.04 % | -0.03 % |
//!
//! Correcting the gates afterwards or solving twice did not help: the error of the parabola's prediction happens to oppose that
//! of the solve on the upstroke.
//!
//! # What makes it fast
//! Only live nodes are assembled and divided by (`constants`); the tree is swept for sixteen cells at once (`sweeps`); one
//! long cable goes in pieces (`pieces`), and cells of one compartment are divided at once. Most of what is left are gates.

use super::block::Block;
use super::constants::{Frozen, is_constant};
use super::gaps::{Gap, Workspace};
use super::pieces::Pieces;
use super::sweeps::Sweep;
use super::tree::Place;
use crate::mechanisms::Stage;
use crate::num::dispatch::{self, Task};
use std::ops::Range;

/// Stages of a step.
pub const STAGES: usize = 2;
pub(super) const GAMMA: f64 = 1.0 - std::f64::consts::FRAC_1_SQRT_2;
/// How far the second stage starts from V at k, on the way to V at the first stage.
const RATIO: f64 = (1.0 - GAMMA) / GAMMA;
/// Cells that are solved at once: two of the widest vectors, of which one waits while the other is computed, or one.
const WIDE: usize = 16;
const NARROW: usize = 8;
/// When each stage is, as a fraction of dt from k: a load's conductances are wanted there.
pub const STAGE_TIMES: [f64; STAGES] = [GAMMA, 1.0];

/// What acts on one place of the cells of a block during one step. One value a lane; an empty list acts on none.
///
/// Where a conductance or current jumps WITHIN the step (an event between k and k+1), give its mean over the step at both
/// stages: that acts with the right charge, and keeps the order that a jump moved to k+1 would lose.
#[derive(Clone, Debug)]
pub struct Load {
    pub place: Place,
    /// Held over the step (pA); positive depolarises.
    pub current: Vec<f64>,
    /// At each stage (nS).
    pub conductance: [Vec<f64>; STAGES],
    /// Conductance x reversal potential at each stage (pA).
    pub drive: [Vec<f64>; STAGES],
    /// A current known at each stage (pA).
    pub stage_current: [Vec<f64>; STAGES],
}

impl Load {
    /// Its conductance stands off the diagonal, too.
    fn acts_between(&self) -> bool {
        self.place.weights[0] * self.place.weights[1] != 0.0 && self.conductance.iter().any(|list| !list.is_empty())
    }

    /// Nothing, at a place.
    pub fn none(place: Place) -> Load {
        Load {
            place,
            current: vec![],
            conductance: Default::default(),
            drive: Default::default(),
            stage_current: Default::default(),
        }
    }
}

/// Takes blocks from k to k+1. `loads[b]` act on `blocks[b]`; `gaps` join cells within and between blocks, and the
/// `workspace` was made for them.
pub fn step(blocks: &mut [&mut Block], loads: &[&[Load]], gaps: &[Gap], workspace: &mut Workspace) {
    for stage in 0..STAGES {
        for (block, loads) in blocks.iter_mut().zip(loads) {
            if stage == 0 {
                block.prepare(loads, !gaps.is_empty());
            }
            dispatch::run(Solve { block, loads, stage });
        }
        if !gaps.is_empty() {
            workspace.couple(blocks, gaps);
        }
        for block in blocks.iter_mut() {
            block.finish_stage(stage);
        }
    }
}

/// One stage of one block, but for what joins it to others.
struct Solve<'a> {
    block: &'a mut Block,
    loads: &'a [Load],
    stage: usize,
}

impl Task for Solve<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Solve { block, loads, stage } = self;
        block.assemble(stage, loads.iter().any(Load::acts_between));
        // Not `for_each`, which is a function of its own and might not be compiled for this level.
        for load in loads {
            block.add_load(load, stage);
        }
        block.solve(stage);
        block.keep_calcium();
    }
}

/// Where V crossed `threshold` upward between k (`v_k` below) and k+1 (`v_k1` at or above), as a fraction of dt in (0, 1]:
/// on the parabola through V at k-1, k, k+1. `None` if it did not.
pub fn crossing_fraction(v_before: f64, v_k: f64, v_k1: f64, threshold: f64) -> Option<f64> {
    if !(v_k < threshold && v_k1 >= threshold) {
        return None;
    }
    let (below, slope, bend) = (v_k - threshold, 0.5 * (v_k1 - v_before), 0.5 * (v_before - 2.0 * v_k + v_k1));
    // bend s^2 + slope s + below = 0 has one root in (0, 1], since below < 0 <= bend + slope + below.
    // The form without cancellation; the other sign of the root lies outside.
    let root = (slope * slope - 4.0 * bend * below).max(0.0).sqrt();
    let fraction = if slope >= 0.0 { -2.0 * below / (slope + root) } else { (root - slope) / (2.0 * bend) };
    Some(if fraction.is_finite() { fraction.clamp(f64::MIN_POSITIVE, 1.0) } else { 1.0 })
}

impl Block {
    /// What the loads need, and the gap junctions, which solve the tree again for other right sides.
    fn prepare(&mut self, loads: &[Load], joined: bool) {
        self.enliven(loads.iter().flat_map(|load| load.place.parts()).map(|(node, _)| node));
        if joined {
            self.pieces.clear();
        }
    }

    /// Matrix and right side of the live nodes from what is constant and from mechanisms, whose gates it advances.
    #[inline(always)]
    fn assemble(&mut self, stage: usize, between: bool) {
        let constants = &self.constants;
        for range in &constants.ranges {
            let range = range.start * self.lanes..range.end * self.lanes;
            let (held, drive) = (&constants.held[range.clone()], &constants.drive[range.clone()]);
            let (v, v1) = (&self.v[range.clone()], &self.v1[range.clone()]);
            let equations = &mut self.equations;
            equations.diagonal[range.clone()].copy_from_slice(&constants.diagonal[range.clone()]);
            // The root has no parent; what pieces know of their own is changed by loads between nodes alone.
            let known = self.pieces.iter().map(Pieces::nodes).find(|nodes| within(nodes, &range)).filter(|_| !between);
            let known = known.unwrap_or(range.end..range.end);
            for part in [range.start..known.start, known.end..range.end].into_iter().filter(|_| range.end > self.lanes)
            {
                equations.off[part.clone()].copy_from_slice(&constants.off[part]);
            }
            let (right, middle) = (&mut equations.right[range.clone()], &mut equations.middle[range.clone()]);
            if stage == 0 {
                start(held, drive, [v, v1, &self.v2[range]], right, middle);
            } else {
                go_on(held, drive, [v, v1, &equations.first[range]], right, middle);
            }
        }
        let time = if stage == 0 { GAMMA * self.dt } else { (1.0 - GAMMA) * self.dt };
        if !self.calcium.now.is_empty() {
            self.calcium.predict(if stage == 0 { GAMMA / (1.0 - GAMMA) } else { (1.0 - GAMMA) / GAMMA });
        }
        let mut at = Stage {
            v: &self.equations.middle,
            calcium: &self.calcium.middle,
            calcium_current: &mut self.calcium.current,
            time,
            scale: &self.scale,
            diagonal: &mut self.equations.diagonal,
            right: &mut self.equations.right,
        };
        for membrane in self.membranes.iter_mut().filter(|membrane| !is_constant(membrane.mechanism)) {
            membrane.kernel.stage(&mut at);
        }
    }

    /// A load at a place between nodes a and b with weights w is w w^T g in the matrix and w I on the right: within the
    /// tree's pattern, since a and b are neighbours.
    #[inline(always)]
    fn add_load(&mut self, load: &Load, stage: usize) {
        let equations = &mut self.equations;
        for (node, weight) in load.place.parts() {
            let range = node * self.lanes..(node + 1) * self.lanes;
            for currents in [&load.current, &load.drive[stage], &load.stage_current[stage]] {
                for (right, current) in equations.right[range.clone()].iter_mut().zip(currents) {
                    *right += weight * current;
                }
            }
            for (diagonal, conductance) in equations.diagonal[range].iter_mut().zip(&load.conductance[stage]) {
                *diagonal += weight * weight * conductance;
            }
        }
        let both = load.place.weights[0] * load.place.weights[1];
        if both != 0.0 && !load.conductance[stage].is_empty() {
            let [a, b] = load.place.nodes;
            let child = a.max(b);
            for (off, conductance) in equations.off[child * self.lanes..].iter_mut().zip(&load.conductance[stage]) {
                *off += both * conductance;
            }
            self.pieces.iter_mut().for_each(|pieces| pieces.take_off(&equations.off));
        }
    }

    /// V, from the equations.
    #[inline(always)]
    fn solve(&mut self, stage: usize) {
        let lanes = self.lanes;
        if self.tree.parent.len() == 1 {
            return divide(&mut self.equations.diagonal[..lanes], &mut self.equations.right[..lanes]);
        }
        match lanes {
            // Strides that the compiler knows.
            1 => self.sweep::<1>(1, 0, stage),
            NARROW => self.sweep::<NARROW>(NARROW, 0, stage),
            WIDE => self.sweep::<WIDE>(WIDE, 0, stage),
            _ => {
                let mut lane = 0;
                while lane + WIDE <= lanes {
                    self.sweep::<WIDE>(lanes, lane, stage);
                    lane += WIDE;
                }
                while lane + NARROW <= lanes {
                    self.sweep::<NARROW>(lanes, lane, stage);
                    lane += NARROW;
                }
                for lane in lane..lanes {
                    self.sweep::<1>(lanes, lane, stage);
                }
            }
        }
    }

    #[inline(always)]
    fn sweep<const W: usize>(&mut self, lanes: usize, lane: usize, stage: usize) {
        let Block { constants, equations, pieces, v, .. } = self;
        let ratio = if stage == 0 { 0.0 } else { RATIO };
        Sweep::<W> { constants, equations, pieces, v, ratio, lanes, lane }.solve();
    }

    /// Solves the eliminated equations of one cell for another right side, which becomes the solution; indexed by node.
    pub(super) fn solve_lane(&self, lane: usize, x: &mut [f64]) {
        let eliminated = |node: usize| match self.constants.frozen[node] {
            Frozen { inverse, factor, .. } if inverse > 0.0 => (inverse, factor),
            _ => (self.equations.diagonal[node * self.lanes + lane], self.equations.off[node * self.lanes + lane]),
        };
        for node in (1..x.len()).rev() {
            x[self.tree.parent[node]] -= eliminated(node).1 * x[node];
        }
        x[0] *= eliminated(0).0;
        for node in 1..x.len() {
            let (inverse, factor) = eliminated(node);
            x[node] = x[node] * inverse - factor * x[self.tree.parent[node]];
        }
    }

    fn finish_stage(&mut self, stage: usize) {
        if stage == 0 {
            std::mem::swap(&mut self.equations.first, &mut self.equations.right);
            return;
        }
        std::mem::swap(&mut self.v2, &mut self.v1);
        std::mem::swap(&mut self.v1, &mut self.v);
        std::mem::swap(&mut self.v, &mut self.equations.right);
    }
}

fn within(inner: &Range<usize>, outer: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Cells of one compartment: their equations are each on its own. The inverse stays, as after any elimination.
#[inline(always)]
fn divide(diagonal: &mut [f64], right: &mut [f64]) {
    let right = &mut right[..diagonal.len()];
    for i in 0..diagonal.len() {
        diagonal[i] = 1.0 / diagonal[i];
        right[i] *= diagonal[i];
    }
}

/// The first stage: the right side from V at k, and V in the middle of the interval over which the gates are about to go, on
/// the parabola through V at k, k-1, k-2.
#[inline(always)]
fn start(held: &[f64], drive: &[f64], [v, v1, v2]: [&[f64]; 3], right: &mut [f64], middle: &mut [f64]) {
    let t = 0.5 * GAMMA;
    // In differences, so that a constant stays exactly constant.
    let (newer, older) = (1.5 * t + 0.5 * t * t, -0.5 * t - 0.5 * t * t);
    let length = v.len();
    let (held, drive, v1, v2) = (&held[..length], &drive[..length], &v1[..length], &v2[..length]);
    let (right, middle) = (&mut right[..length], &mut middle[..length]);
    for i in 0..length {
        right[i] = held[i] * v[i] + drive[i];
        middle[i] = v[i] + newer * (v[i] - v1[i]) + older * (v1[i] - v2[i]);
    }
}

/// The second stage, from V at k and at the first stage; the parabola is Newton's form through gamma, 0, -1.
#[inline(always)]
fn go_on(held: &[f64], drive: &[f64], [v, v1, first]: [&[f64]; 3], right: &mut [f64], middle: &mut [f64]) {
    let t = 0.5 * (1.0 + GAMMA);
    let (slope, bend) = (t, t * (t + 1.0) / (1.0 + GAMMA));
    let length = v.len();
    let (held, drive, v1, first) = (&held[..length], &drive[..length], &v1[..length], &first[..length]);
    let (right, middle) = (&mut right[..length], &mut middle[..length]);
    for i in 0..length {
        let (ahead, before) = (first[i] - v[i], v[i] - v1[i]);
        right[i] = held[i] * (v[i] + RATIO * ahead) + drive[i];
        middle[i] = v[i] + slope * before + bend * (ahead * (1.0 / GAMMA) - before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crossing_of_a_parabola_is_exact() {
        for (bend, slope) in [(0.0, 2.0), (0.5, 1.5), (-0.4, 2.0), (3.0, -1.0)] {
            let v = |s: f64| -0.7 + slope * s + bend * s * s;
            let s = crossing_fraction(v(-1.0), v(0.0), v(1.0), 0.0).expect("it crosses");
            assert!(v(s).abs() < 1e-14 && s > 0.0 && s <= 1.0, "{bend} {slope}");
        }
        assert_eq!(crossing_fraction(-3.0, -2.0, -1.0, 0.0), None);
        assert_eq!(crossing_fraction(-3.0, 0.0, 1.0, 0.0), None, "already there at k");
        assert_eq!(crossing_fraction(-2.0, -1.0, 0.0, 0.0), Some(1.0));
    }
}
