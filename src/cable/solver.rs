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
//! long cable goes in pieces (`pieces`), on several cores if there are (`segments`), and cells of one compartment are divided at
//! once. Most of what is left are gates.

use super::block::{Block, Equations};
use super::constants::{Constants, Frozen};
use super::gaps::{Gap, Workspace};
use super::segments::{self, Assembly, Reach};
use super::sweeps::Sweep;
use super::tree::Place;
use crate::num::dispatch::{self, Task};

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
    pub(super) fn acts_between(&self) -> bool {
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

/// Takes blocks that nothing joins from k to k+1; they are `helped` by the other threads of the rayon pool that this is called in.
pub fn step_apart(blocks: &mut [Block], loads: &[Vec<Load>], helped: bool) {
    let elements = blocks.first().map_or(0, |block| block.v.len());
    let half = blocks.len() / 2;
    if helped && half > 0 && elements * half >= segments::ALONE {
        let ((left, right), loads) = (blocks.split_at_mut(half), loads.split_at(half));
        rayon::join(|| step_apart(left, loads.0, helped), || step_apart(right, loads.1, helped));
        return;
    }
    blocks.iter_mut().zip(loads).for_each(|(block, loads)| block.step(loads, helped));
}

/// Takes blocks from k to k+1. `loads[b]` act on `blocks[b]`; `gaps` join cells within and between blocks, and the
/// `workspace` was made for them.
pub fn step(blocks: &mut [&mut Block], loads: &[&[Load]], gaps: &[Gap], workspace: &mut Workspace) {
    for stage in 0..STAGES {
        for (block, loads) in blocks.iter_mut().zip(loads) {
            if stage == 0 {
                block.prepare(loads, !gaps.is_empty());
            }
            block.assemble(stage, loads, false, false);
            block.solve(stage);
            segments::substitute(&mut block.segments, &mut block.equations.right, false);
        }
        if !gaps.is_empty() {
            workspace.couple(blocks, gaps);
        }
        for block in blocks.iter_mut() {
            block.finish_stage(stage);
        }
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
    /// From k to k+1, where nothing joins it to others: what ends the first stage also begins the second.
    fn step(&mut self, loads: &[Load], helped: bool) {
        self.prepare(loads, false);
        self.assemble(0, loads, false, helped);
        self.solve(0);
        self.assemble(1, loads, true, helped);
        self.solve(1);
        segments::substitute(&mut self.segments, &mut self.equations.right, helped);
        self.finish_stage(1);
    }

    /// What the loads need, and the gap junctions, which solve the tree again for other right sides.
    fn prepare(&mut self, loads: &[Load], joined: bool) {
        self.enliven(loads.iter().flat_map(|load| load.place.parts()).map(|(node, _)| node));
        if joined && !self.joined {
            self.joined = true;
            self.find_constants();
        }
    }

    /// Matrix and right side of the live nodes, of which stretches are eliminated already. It `goes_on` from a first stage that
    /// is solved but for these.
    fn assemble(&mut self, stage: usize, loads: &[Load], goes_on: bool, helped: bool) {
        let Block { equations: Equations { diagonal, off, right, middle, first }, calcium, .. } = self;
        if goes_on {
            segments::look_beneath(&mut self.segments, right);
        }
        let with = Assembly {
            stage,
            goes_on,
            helped,
            dt: self.dt,
            lanes: self.lanes,
            loads,
            constants: &self.constants,
            scale: &self.scale,
            v: [&self.v, &self.v1, &self.v2],
        };
        let reach = Reach {
            segments: &mut self.segments,
            membranes: &mut self.membranes,
            base: 0,
            equations: [diagonal, off, right, middle, first],
            calcium: [&mut calcium.now, &mut calcium.before, &mut calcium.middle, &mut calcium.current],
        };
        segments::assemble(with, reach);
        if goes_on {
            self.finish_stage(0);
        }
        segments::hand_over(&self.segments, &mut self.equations);
    }

    /// V of the nodes that are left.
    fn solve(&mut self, stage: usize) {
        let Block { constants, equations, v, lanes, .. } = self;
        let ratio = if stage == 0 { 0.0 } else { RATIO };
        dispatch::run(Sweeps { constants, equations, v, ratio, lanes: *lanes });
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

/// The solution of the nodes that are left, of all cells of a block.
struct Sweeps<'a> {
    constants: &'a Constants,
    equations: &'a mut Equations,
    v: &'a [f64],
    ratio: f64,
    lanes: usize,
}

impl Task for Sweeps<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Sweeps { constants, equations, v, ratio, lanes } = self;
        if let Some(alone) = constants.alone {
            let row = alone * lanes..(alone + 1) * lanes;
            divide(&mut equations.diagonal[row.clone()], &mut equations.right[row.clone()]);
            // The first stage's V is asked of live nodes alone.
            if ratio != 0.0 {
                for node in 0..constants.frozen.len() {
                    equations.right.copy_within(row.clone(), node * lanes);
                }
            }
            return;
        }
        match lanes {
            // Strides that the compiler knows.
            1 => Sweep::<1> { constants, equations, v, ratio, lanes: 1, lane: 0 }.solve(),
            NARROW => Sweep::<NARROW> { constants, equations, v, ratio, lanes: NARROW, lane: 0 }.solve(),
            WIDE => Sweep::<WIDE> { constants, equations, v, ratio, lanes: WIDE, lane: 0 }.solve(),
            _ => {
                let mut lane = 0;
                while lane + WIDE <= lanes {
                    Sweep::<WIDE> { constants, equations, v, ratio, lanes, lane }.solve();
                    lane += WIDE;
                }
                while lane + NARROW <= lanes {
                    Sweep::<NARROW> { constants, equations, v, ratio, lanes, lane }.solve();
                    lane += NARROW;
                }
                for lane in lane..lanes {
                    Sweep::<1> { constants, equations, v, ratio, lanes, lane }.solve();
                }
            }
        }
    }
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
pub(super) fn start(held: &[f64], drive: &[f64], [v, v1, v2]: [&[f64]; 3], right: &mut [f64], middle: &mut [f64]) {
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
pub(super) fn go_on(held: &[f64], drive: &[f64], [v, v1, first]: [&[f64]; 3], right: &mut [f64], middle: &mut [f64]) {
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
