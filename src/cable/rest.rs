//! The resting state, and how fast a cell can move.

use super::block::Block;
use super::gaps::Workspace;
use super::solver::{Load, step};
use super::tree::Place;

impl Block {
    /// Puts a cell to rest: V such that no node has a net current with its gates at their steady values, by Newton's
    /// method from the V it has. `currents` (pA, positive depolarises) are held; gap junctions and synapses are not seen.
    /// Says whether it found one; if not, the cell is as it was.
    ///
    /// A cell that can fire may have several: between rest and a plateau lies a threshold, which no cell stays on. If V leads
    /// there, it is sought from where the current of the whole cell at one V turns from inward to outward, the lowest first.
    pub fn resting(&mut self, lane: usize, currents: &[(Place, f64)]) -> bool {
        let nodes = self.tree.nodes();
        let first: Vec<f64> = (0..nodes).map(|node| self.v[node * self.lanes + lane]).collect();
        let mut found = self.rest_from(lane, first, currents);
        if !matches!(found, Some((_, true))) {
            let starts = self.turns(lane, currents);
            let mut others = starts.into_iter().filter_map(|v| self.rest_from(lane, vec![v; nodes], currents));
            found = others.find(|(_, stable)| *stable).or(found);
        }
        let Some((v, _)) = found else { return false };
        (0..nodes).for_each(|node| self.initialise_node(node, lane, v[node]));
        self.find_calcium();
        true
    }

    /// Whether a block of one cell, at rest under `currents` (pA), leaves it after a kick that is too small for anything but growth:
    /// V that runs away, or an oscillation that swells. A Hopf bifurcation makes a rest unstable though no change of V alone
    /// does, as gates take their time. It is watched as it would run; of a large cell, not for long.
    pub fn leaves_rest(&mut self, currents: &[(Place, f64)]) -> bool {
        let rest = self.v.clone();
        for v in [&mut self.v, &mut self.v1, &mut self.v2] {
            v.iter_mut().for_each(|v| *v += KICK);
        }
        let loads: Vec<Load> =
            currents.iter().map(|(place, current)| Load { current: vec![*current], ..Load::none(*place) }).collect();
        let window = (WINDOW / self.dt).ceil() as usize;
        let steps = (WINDOWS * window).min((MOST_WORK / self.tree.nodes() as f64) as usize);
        // Of each window: largest change of V, and how often it changed its sign at the root.
        let (mut seen, mut calm, mut above) = ([(0.0f64, 0); WINDOWS], 0.0, true);
        for k in 0..steps {
            step(&mut [&mut *self], &[&loads], &[], &mut Workspace::without_gaps());
            let moved = self.v.iter().zip(&rest).fold(0.0f64, |most, (v, rest)| most.max((v - rest).abs()));
            let (largest, turns) = &mut seen[k / window];
            *largest = largest.max(moved);
            *turns += i32::from(std::mem::replace(&mut above, self.v[0] > rest[0]) != above);
            calm = if moved < KICK / GROWN { calm + self.dt } else { 0.0 };
            if moved > GROWN * KICK || calm > CALM {
                return moved > GROWN * KICK;
            }
        }
        let swells = |pair: &[(f64, i32)]| pair[1].0 > pair[0].0 * SWELLING && pair[1].1 >= LEAST_TURNS;
        seen[1..].windows(2).all(swells)
    }

    /// V at rest by Newton's method from `v`, and whether small changes of V die away there (their gates following at once).
    fn rest_from(&self, lane: usize, mut v: Vec<f64>, currents: &[(Place, f64)]) -> Option<(Vec<f64>, bool)> {
        for _ in 0..MOST_ITERATIONS {
            let (change, stable) = self.newton(lane, &v, currents);
            if !change.iter().all(|x| x.is_finite()) {
                return None;
            }
            let largest = change.iter().fold(0.0f64, |largest, x| largest.max(x.abs()));
            let damping = (LONGEST / largest).min(1.0);
            v.iter_mut().zip(&change).for_each(|(v, change)| *v += damping * change);
            if largest < SETTLED {
                return Some((v, stable));
            }
        }
        None
    }

    /// Where the current of the whole cell at one V turns from inward to outward (mV), ascending.
    fn turns(&self, lane: usize, currents: &[(Place, f64)]) -> Vec<f64> {
        let held: f64 = currents.iter().map(|(_, current)| current).sum();
        let whole = |v: f64| (0..self.tree.nodes()).map(|node| self.steady_current(node, lane, v)).sum::<f64>() - held;
        let grid: Vec<(f64, f64)> = (LOWEST..=HIGHEST).map(|v| (f64::from(v), whole(f64::from(v)))).collect();
        grid.windows(2).filter(|two| two[0].1 < 0.0 && two[1].1 >= 0.0).map(|two| two[1].0).collect()
    }

    /// Newton's change of V at each node of a cell, and whether all its slopes are positive: of the matrix that is eliminated.
    fn newton(&self, lane: usize, v: &[f64], currents: &[(Place, f64)]) -> (Vec<f64>, bool) {
        let nodes = v.len();
        let (mut diagonal, mut right) = (vec![0.0; nodes], vec![0.0; nodes]);
        for node in 0..nodes {
            let current = |v| self.steady_current(node, lane, v);
            right[node] -= current(v[node]);
            diagonal[node] += (current(v[node] + DIFFERENCE) - current(v[node] - DIFFERENCE)) / (2.0 * DIFFERENCE);
        }
        for (place, current) in currents {
            place.parts().for_each(|(node, weight)| right[node] += weight * current);
        }
        for node in 1..nodes {
            let (parent, axial) = (self.tree.parent[node], self.tree.axial[node]);
            let flow = axial * (v[node] - v[parent]);
            right[node] -= flow;
            right[parent] += flow;
            diagonal[node] += axial;
            diagonal[parent] += axial;
        }
        for node in (1..nodes).rev() {
            let (parent, axial) = (self.tree.parent[node], self.tree.axial[node]);
            diagonal[parent] -= axial * axial / diagonal[node];
            right[parent] += axial * right[node] / diagonal[node];
        }
        right[0] /= diagonal[0];
        for node in 1..nodes {
            right[node] = (right[node] + self.tree.axial[node] * right[self.tree.parent[node]]) / diagonal[node];
        }
        // A symmetric matrix is positive definite if all its pivots are positive.
        (right, diagonal.iter().all(|pivot| *pivot > 0.0))
    }

    /// Outward membrane current of a node (pA) with steady gates.
    fn steady_current(&self, node: usize, lane: usize, v: f64) -> f64 {
        let mut density = 0.0;
        let site = self.resting_site(node, lane, v);
        for membrane in self.membranes_near(node) {
            if let Some(element) = membrane.element(node, self.lanes, lane) {
                let (g, drive) = membrane.kernel.steady_conductance(element, &site);
                density += g * v - drive;
            }
        }
        density * self.scale[node * self.lanes + lane]
    }

    /// The fastest time constant of a cell's membranes and gates at its V now (ms), for advice on dt.
    pub fn fastest_time_constant(&self, lane: usize) -> f64 {
        let mut fastest = f64::INFINITY;
        for node in (0..self.tree.nodes()).filter(|&node| self.tree.area[node] > 0.0) {
            let index = node * self.lanes + lane;
            let mut conductance = 0.0;
            for membrane in self.membranes_near(node) {
                if let Some(element) = membrane.element(node, self.lanes, lane) {
                    let site = self.site(index);
                    conductance += membrane.kernel.conductance(element, &site).0 * self.scale[index];
                    fastest = fastest.min(membrane.kernel.fastest(element, &site));
                }
            }
            // Where currents grow as V does, nothing decays.
            if conductance > 0.0 {
                fastest = fastest.min(self.capacitance[index] / conductance);
            }
        }
        fastest
    }
}

/// mV, and how many times it must have grown to have run away, or shrunk to have come back.
const KICK: f64 = 0.01;
const GROWN: f64 = 100.0;
/// After how long near rest it stays there (ms): longer than the period of a slow rhythm.
const CALM: f64 = 40.0;
/// The swelling of an oscillation is looked for from window to window (ms); one has so many changes of sign, at least.
const WINDOW: f64 = 100.0;
const WINDOWS: usize = 4;
const SWELLING: f64 = 1.001;
const LEAST_TURNS: i32 = 4;
/// Nodes times steps.
const MOST_WORK: f64 = 2e6;
const MOST_ITERATIONS: usize = 200;
/// A change of V (mV) below this is rest.
const SETTLED: f64 = 1e-10;
/// The longest change of V in one iteration (mV): the channels' curves bend within a few mV.
const LONGEST: f64 = 5.0;
/// Between which potentials rest is sought (mV).
const LOWEST: i32 = -150;
const HIGHEST: i32 = 50;
/// Half the difference for slopes (mV): their error, its square, only slows Newton's method.
const DIFFERENCE: f64 = 1e-4;
