//! One step of the cable equation: V and gates at k become V and gates at k+1.
//!
//! The method is the singly diagonally implicit Runge-Kutta method of order 2 with gamma = 1 - sqrt(1/2) (Alexander 1977,
//! SIAM J Numer Anal 14:1006-1021): L-stable and stiffly accurate, so neither fine compartments nor nodes without area nor
//! edges of a stimulus ring, and no step needs a special case. Each of its two stages is one backward-Euler solve of the tree,
//! ```text
//! (C / (gamma dt) + G) V1 = C / (gamma dt) V_k + drive                                        at t_k + gamma dt
//! (C / (gamma dt) + G) V2 = C / (gamma dt) (V_k + (1 - gamma)/gamma (V1 - V_k)) + drive       at t_k + dt
//! ```
//! with G and drive from the gates at the stage's time, and V_{k+1} = V2. The gates go exactly from t_k to the first stage and on to
//! the second, with V frozen at the middle of each interval, where it is extrapolated from a parabola: through V_k,
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

use super::block::{Block, Equations};
use super::gaps::{Gap, Workspace};
use super::tree::Place;
use crate::mechanisms::Stage;
use crate::num::dispatch::{self, Task};

/// Stages of a step.
pub const STAGES: usize = 2;
const GAMMA: f64 = 1.0 - std::f64::consts::FRAC_1_SQRT_2;
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
        block.assemble(stage);
        loads.iter().for_each(|load| block.add_load(load, stage));
        block.solve();
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
    /// The stage's matrix and right side from capacitances, axial conductances and mechanisms, whose gates it advances.
    #[inline(always)]
    fn assemble(&mut self, stage: usize) {
        self.predict(stage);
        let per_time = 1.0 / (GAMMA * self.dt);
        // The first stage starts from V_k alone; what `first` holds then is of the step before.
        let ratio = if stage == 0 { 0.0 } else { (1.0 - GAMMA) / GAMMA };
        let equations = &mut self.equations;
        let length = self.v.len();
        let (v, first, capacitance) = (&self.v[..length], &equations.first[..length], &self.capacitance[..length]);
        let (diagonal, right) = (&mut equations.diagonal[..length], &mut equations.right[..length]);
        let (axial, off) = (&self.axial[..length], &mut equations.off[..length]);
        for i in 0..length {
            let held = capacitance[i] * per_time;
            diagonal[i] = held + axial[i];
            right[i] = held * (v[i] + ratio * (first[i] - v[i]));
        }
        off.copy_from_slice(&self.to_parent[..length]);
        let time = if stage == 0 { GAMMA * self.dt } else { (1.0 - GAMMA) * self.dt };
        if !self.calcium.now.is_empty() {
            self.calcium.predict(if stage == 0 { GAMMA / (1.0 - GAMMA) } else { (1.0 - GAMMA) / GAMMA });
        }
        let mut at = Stage {
            v: &equations.middle,
            calcium: &self.calcium.middle,
            calcium_current: &mut self.calcium.current,
            time,
            scale: &self.scale,
            diagonal,
            right,
        };
        self.membranes.iter_mut().for_each(|membrane| membrane.kernel.stage(&mut at));
    }

    /// V in the middle of the interval over which the gates are about to go.
    #[inline(always)]
    fn predict(&mut self, stage: usize) {
        let length = self.v.len();
        let (v, v1, v2) = (&self.v[..length], &self.v1[..length], &self.v2[..length]);
        let (first, middle) = (&self.equations.first[..length], &mut self.equations.middle[..length]);
        if stage == 0 {
            // v + a t + b t^2 through 0, -1, -2, in differences so that a constant stays exactly constant.
            let t = 0.5 * GAMMA;
            let (newer, older) = (1.5 * t + 0.5 * t * t, -0.5 * t - 0.5 * t * t);
            for i in 0..length {
                middle[i] = v[i] + newer * (v[i] - v1[i]) + older * (v1[i] - v2[i]);
            }
        } else {
            // Newton's form through 0, -1, gamma.
            let t = 0.5 * (1.0 + GAMMA);
            let (slope, bend) = (t, t * (t + 1.0) / (1.0 + GAMMA));
            for i in 0..length {
                let before = v[i] - v1[i];
                middle[i] = v[i] + slope * before + bend * ((first[i] - v[i]) / GAMMA - before);
            }
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
        if both != 0.0 {
            let [a, b] = load.place.nodes;
            let child = a.max(b);
            for (off, conductance) in equations.off[child * self.lanes..].iter_mut().zip(&load.conductance[stage]) {
                *off += both * conductance;
            }
        }
    }

    /// V, from the equations. Lengths that the compiler knows make vectors of the cells of a block: of a loop of unknown length it
    /// makes vectors for 32 at a time, and takes 8 one by one.
    #[inline(always)]
    fn solve(&mut self) {
        match self.lanes {
            1 => Sweeps::<1>::solve(&self.tree.parent, &mut self.equations),
            8 => Sweeps::<8>::solve(&self.tree.parent, &mut self.equations),
            lanes => {
                eliminate(&self.tree.parent, lanes, &mut self.equations);
                substitute(&self.tree.parent, lanes, &mut self.equations);
            }
        }
    }

    /// Solves the eliminated equations of one cell for another right side, which becomes the solution; indexed by node.
    pub(super) fn solve_lane(&self, lane: usize, x: &mut [f64]) {
        let at = |node: usize| node * self.lanes + lane;
        let (inverse, factor) = (&self.equations.diagonal, &self.equations.off);
        for node in (1..x.len()).rev() {
            x[self.tree.parent[node]] -= factor[at(node)] * x[node];
        }
        x[0] *= inverse[at(0)];
        for node in 1..x.len() {
            x[node] = x[node] * inverse[at(node)] - factor[at(node)] * x[self.tree.parent[node]];
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

/// [`eliminate`] and [`substitute`] for `L` cells.
struct Sweeps<const L: usize>;

impl<const L: usize> Sweeps<L> {
    #[inline(always)]
    fn solve(parent: &[usize], equations: &mut Equations) {
        let (diagonal, _) = equations.diagonal.as_chunks_mut::<L>();
        let (right, _) = equations.right.as_chunks_mut::<L>();
        let (off, _) = equations.off.as_chunks_mut::<L>();
        let nodes = parent.len().min(diagonal.len()).min(right.len()).min(off.len());
        for node in (1..nodes).rev() {
            let above = parent[node];
            let (own, b, factor) = (diagonal[node], right[node], off[node]);
            let inverse: [f64; L] = std::array::from_fn(|lane| 1.0 / own[lane]);
            let scaled: [f64; L] = std::array::from_fn(|lane| factor[lane] * inverse[lane]);
            // Whole arrays in and out: lane by lane, stores would have to wait for each other.
            let (d, r) = (diagonal[above], right[above]);
            diagonal[above] = std::array::from_fn(|lane| d[lane] - scaled[lane] * factor[lane]);
            right[above] = std::array::from_fn(|lane| r[lane] - scaled[lane] * b[lane]);
            (diagonal[node], off[node]) = (inverse, scaled);
        }
        for lane in 0..L {
            diagonal[0][lane] = 1.0 / diagonal[0][lane];
            right[0][lane] *= diagonal[0][lane];
        }
        for node in 1..nodes {
            let (above, b, inverse, factor) = (right[parent[node]], right[node], diagonal[node], off[node]);
            right[node] = std::array::from_fn(|lane| b[lane] * inverse[lane] - factor[lane] * above[lane]);
        }
    }
}

/// From the last node to the first: takes each node out of its parent's equation.
#[inline(always)]
fn eliminate(parent: &[usize], lanes: usize, equations: &mut Equations) {
    for (node, parent) in parent.iter().enumerate().skip(1).rev() {
        let parent = parent * lanes;
        let (diagonals, own) = equations.diagonal.split_at_mut(node * lanes);
        let (rights, right) = equations.right.split_at_mut(node * lanes);
        let (own, right) = (&mut own[..lanes], &right[..lanes]);
        let off = &mut equations.off[node * lanes..][..lanes];
        let (diagonals, rights) = (&mut diagonals[parent..][..lanes], &mut rights[parent..][..lanes]);
        for lane in 0..lanes {
            let inverse = 1.0 / own[lane];
            let factor = off[lane] * inverse;
            diagonals[lane] -= factor * off[lane];
            rights[lane] -= factor * right[lane];
            own[lane] = inverse;
            off[lane] = factor;
        }
    }
    for inverse in &mut equations.diagonal[..lanes] {
        *inverse = 1.0 / *inverse;
    }
}

/// From the first node to the last: V.
#[inline(always)]
fn substitute(parent: &[usize], lanes: usize, equations: &mut Equations) {
    for (right, inverse) in equations.right[..lanes].iter_mut().zip(&equations.diagonal) {
        *right *= inverse;
    }
    for (node, parent) in parent.iter().enumerate().skip(1) {
        let parent = parent * lanes;
        let (solved, right) = equations.right.split_at_mut(node * lanes);
        let (solved, right) = (&solved[parent..][..lanes], &mut right[..lanes]);
        let (inverse, factor) = (&equations.diagonal[node * lanes..][..lanes], &equations.off[node * lanes..][..lanes]);
        for lane in 0..lanes {
            right[lane] = right[lane] * inverse[lane] - factor[lane] * solved[lane];
        }
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
