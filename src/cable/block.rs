//! The state of many cells with the same tree, and how it is read and set between steps.
//!
//! Between steps V and the gates are true at the same time. Two earlier V are kept: the solver extrapolates from them, and a
//! caller finds threshold crossings through them.

use super::calcium::Pool;
use super::constants::Constants;
use super::segments::{self, Segment};
use super::solver::crossing_fraction;
use super::tree::{NS_PER_UM2, PF_PER_UM2, Painted, Place, Tree};
use crate::mechanisms::{ALL, Calcium, Kernel, Parameters, Patch, Site};
use crate::num::dispatch::{self, Task};
use std::ops::Range;
use std::sync::Arc;

/// A number of the tree that differs between the cells of a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Overridden {
    /// Of `mechanism` (index in `mechanisms::ALL`), in one section or wherever it is.
    Mechanism { mechanism: usize, parameter: usize, section: Option<usize> },
    /// Specific capacitance (uF/cm^2), in one section or everywhere.
    Capacitance { section: Option<usize> },
    /// Membrane area (um^2) of a point; of a longer cable it is not a free number.
    PointArea,
}

/// One value a lane.
#[derive(Clone, Debug)]
pub struct Override {
    pub what: Overridden,
    pub values: Vec<f64>,
}

/// A mechanism on the compartments of a block.
pub(super) struct Membrane {
    /// Index in `mechanisms::ALL`.
    pub mechanism: usize,
    pub kernel: Box<dyn Kernel>,
    /// Those of its segment.
    nodes: Range<usize>,
    /// Slot of each of them, `NO_SLOT` where the mechanism is not.
    slots: Vec<usize>,
}

const NO_SLOT: usize = usize::MAX;

impl Membrane {
    /// The mechanism's element for one compartment of one cell, if it is there.
    pub(super) fn element(&self, node: usize, lanes: usize, lane: usize) -> Option<usize> {
        self.is_at(node).then(|| self.slots[node - self.nodes.start] * lanes + lane)
    }

    pub(super) fn is_at(&self, node: usize) -> bool {
        self.nodes.contains(&node) && self.slots[node - self.nodes.start] != NO_SLOT
    }

    pub(super) fn nodes(&self) -> Range<usize> {
        self.nodes.clone()
    }

    /// The first gate of all of its compartments, into a list of its segment's elements.
    pub(super) fn read_first(&self, lanes: usize, into: &mut [f64]) {
        for (rows, slot) in into.chunks_exact_mut(lanes).zip(&self.slots).filter(|(_, slot)| **slot != NO_SLOT) {
            for (lane, value) in rows.iter_mut().enumerate() {
                *value = self.kernel.gate(0, slot * lanes + lane);
            }
        }
    }
}

/// Cells ("lanes") with the same tree. All arrays are indexed `node * lanes + lane`.
pub struct Block {
    pub(super) tree: Arc<Tree>,
    pub(super) lanes: usize,
    /// ms.
    pub(super) dt: f64,
    /// Of each segment, one after the other.
    pub(super) membranes: Vec<Membrane>,
    /// V (mV) at k, k-1, k-2.
    pub(super) v: Vec<f64>,
    pub(super) v1: Vec<f64>,
    pub(super) v2: Vec<f64>,
    /// pF.
    pub(super) capacitance: Vec<f64>,
    /// 0.01 x area (um^2): from a density to nS or pA.
    pub(super) scale: Vec<f64>,
    pub(super) constants: Constants,
    pub(super) equations: Equations,
    pub(super) segments: Vec<Segment>,
    /// Gap junctions solve its equations again, for which all nodes must stay in them.
    pub(super) joined: bool,
    pub(super) calcium: Pool,
    /// R T / F, mV.
    pub(super) thermal: f64,
    /// For each compartment, (node without area, its share of the compartment's V).
    touching: Vec<Vec<(usize, f64)>>,
}

/// Room for one stage of the solver: conductance matrix of the tree and right side, then its factors and solution. Of frozen
/// nodes only the right side and V at the first stage are used.
pub(super) struct Equations {
    /// nS; after elimination the inverse of the pivot.
    pub diagonal: Vec<f64>,
    /// To the parent (nS, negative); after elimination divided by the pivot.
    pub off: Vec<f64>,
    /// pA; after the solve V.
    pub right: Vec<f64>,
    /// V at which gates are advanced.
    pub middle: Vec<f64>,
    /// V at the first stage.
    pub first: Vec<f64>,
}

impl Block {
    /// `lanes` cells at rest at 0 mV (until [`Block::initialise`]); temperature in degC.
    pub fn new(tree: Arc<Tree>, lanes: usize, dt_ms: f64, temperature: f64, overrides: &[Override]) -> Block {
        let size = tree.nodes() * lanes;
        let spread_over_lanes =
            |values: &[f64], factor: f64| values.iter().flat_map(|x| vec![x * factor; lanes]).collect::<Vec<_>>();
        let zeros = || vec![0.0; size];
        let mut segments = segments::cut(&tree, lanes);
        let mut block = Block {
            lanes,
            dt: dt_ms,
            membranes: membranes(&tree, &mut segments, lanes, temperature, overrides),
            v: zeros(),
            v1: zeros(),
            v2: zeros(),
            capacitance: spread_over_lanes(&tree.capacitance, 1.0),
            scale: spread_over_lanes(&tree.area, NS_PER_UM2),
            constants: Constants::default(),
            equations: Equations { diagonal: zeros(), off: zeros(), right: zeros(), middle: zeros(), first: zeros() },
            segments,
            joined: false,
            calcium: Pool::new(&tree, lanes),
            thermal: crate::mechanisms::thermal(temperature),
            touching: touching(&tree),
            tree,
        };
        block.apply(overrides);
        block.find_constants();
        block
    }

    fn apply(&mut self, overrides: &[Override]) {
        let area_first = |entry: &&Override| entry.what != Overridden::PointArea;
        let mut sorted: Vec<&Override> = overrides.iter().collect();
        sorted.sort_by_key(area_first);
        for Override { what, values } in sorted {
            for (index, lane) in (0..self.v.len()).map(|index| (index, index % self.lanes)) {
                let here = self.tree.section_of[index / self.lanes];
                match what {
                    Overridden::PointArea if self.scale[index] > 0.0 => {
                        self.capacitance[index] *= values[lane] * NS_PER_UM2 / self.scale[index];
                        self.scale[index] = values[lane] * NS_PER_UM2;
                    }
                    Overridden::Capacitance { section } if section.is_none_or(|section| section == here) => {
                        self.capacitance[index] = values[lane] * PF_PER_UM2 * self.scale[index] / NS_PER_UM2;
                    }
                    _ => {}
                }
            }
        }
    }

    pub fn tree(&self) -> &Arc<Tree> {
        &self.tree
    }

    pub fn lanes(&self) -> usize {
        self.lanes
    }

    /// Sets V (mV) of every node of a cell, and its gates to their steady values there.
    pub fn initialise(&mut self, lane: usize, v: f64) {
        for node in 0..self.tree.nodes() {
            self.initialise_node(node, lane, v);
        }
        self.find_calcium();
    }

    /// As [`Block::initialise`], of one node; [`Block::find_calcium`] is to follow.
    pub(super) fn initialise_node(&mut self, node: usize, lane: usize, v: f64) {
        let index = node * self.lanes + lane;
        [self.v[index], self.v1[index], self.v2[index]] = [v; 3];
        let site = self.resting_site(node, lane, v);
        self.settle(node, lane, &site);
    }

    fn segment_of(&self, node: usize) -> &Segment {
        &self.segments[self.segments.partition_point(|segment| segment.nodes.end <= node)]
    }

    /// Among which those of a node are.
    pub(super) fn membranes_near(&self, node: usize) -> &[Membrane] {
        &self.membranes[self.segment_of(node).membranes.clone()]
    }

    /// Puts the gates of one compartment at their steady values at `site`.
    pub(super) fn settle(&mut self, node: usize, lane: usize, site: &Site) {
        let own = self.segment_of(node).membranes.clone();
        for membrane in &mut self.membranes[own] {
            if let Some(element) = membrane.element(node, self.lanes, lane) {
                membrane.kernel.settle(element, site);
            }
        }
    }

    /// One compartment as it is now.
    pub(super) fn site(&self, index: usize) -> Site {
        let calcium = self.calcium.now.get(index).copied().unwrap_or(0.0);
        let calcium_current = self.calcium.current.get(index).copied().unwrap_or(0.0);
        Site { v: self.v[index], calcium, calcium_current, thermal: self.thermal }
    }

    /// Sets a gate in all compartments of a cell that have the mechanism.
    pub fn set_gate(&mut self, mechanism: usize, gate: usize, lane: usize, value: f64) {
        for membrane in self.membranes.iter_mut().filter(|membrane| membrane.mechanism == mechanism) {
            for node in membrane.nodes() {
                if let Some(element) = membrane.element(node, self.lanes, lane) {
                    membrane.kernel.set_gate(gate, element, value);
                }
            }
        }
        self.find_calcium();
    }

    /// A parameter of a mechanism is from now on `factor` times what the table says.
    pub fn scale_parameter(&mut self, mechanism: usize, parameter: usize, factor: f64) {
        for membrane in self.membranes.iter_mut().filter(|membrane| membrane.mechanism == mechanism) {
            membrane.kernel.scale_parameter(parameter, factor);
        }
        self.find_constants();
    }

    /// V (mV) now.
    #[inline]
    pub fn voltage(&self, place: &Place, lane: usize) -> f64 {
        self.at(&self.v, place, lane)
    }

    /// V (mV) at k-1 and k-2. Jumps by `add_charge` since then are added, so that the three lie on one smooth curve.
    pub fn voltages_before(&self, place: &Place, lane: usize) -> [f64; 2] {
        [self.at(&self.v1, place, lane), self.at(&self.v2, place, lane)]
    }

    /// Cells whose V has crossed `threshold` upward since k-1: (lane, fraction of the step), see [`crossing_fraction`].
    pub fn crossings(&self, place: &Place, threshold: f64, mut found: impl FnMut(usize, f64)) {
        let row = |v| place.nodes.map(|node| row(v, node, self.lanes));
        // Nearly always none has.
        if !dispatch::run(Look { now: row(&self.v), before: row(&self.v1), weights: place.weights, threshold }) {
            return;
        }
        for lane in 0..self.lanes {
            let [before, earlier] = self.voltages_before(place, lane);
            if let Some(fraction) = crossing_fraction(earlier, before, self.voltage(place, lane), threshold) {
                found(lane, fraction);
            }
        }
    }

    #[inline]
    fn at(&self, v: &[f64], place: &Place, lane: usize) -> f64 {
        let [a, b] = place.nodes.map(|node| v[node * self.lanes + lane]);
        a * place.weights[0] + b * place.weights[1]
    }

    /// A gate at a place, interpolated between compartments that have the mechanism; NaN where none has.
    pub fn gate(&self, mechanism: usize, gate: usize, place: &Place, lane: usize) -> f64 {
        self.of_membrane(mechanism, place, lane, |membrane, element, _| membrane.kernel.gate(gate, element))
    }

    /// Current density of a mechanism (uA/cm^2, outward positive) at a place, or of those of its channels whose conductance is
    /// the parameter `only`; NaN where no compartment has it.
    pub fn mechanism_current(&self, mechanism: usize, only: Option<usize>, place: &Place, lane: usize) -> f64 {
        self.of_membrane(mechanism, place, lane, |membrane, element, index| {
            let site = self.site(index);
            let (g, drive) = match only {
                Some(parameter) => membrane.kernel.conductance_of(parameter, element, &site),
                None => membrane.kernel.conductance(element, &site),
            };
            g * self.v[index] - drive
        })
    }

    /// Weighted mean of a quantity over the compartments at a place that have the mechanism.
    fn of_membrane(
        &self,
        mechanism: usize,
        place: &Place,
        lane: usize,
        read: impl Fn(&Membrane, usize, usize) -> f64,
    ) -> f64 {
        let (mut sum, mut weights) = (0.0, 0.0);
        for (node, weight) in self.tree.compartments_near(place) {
            let mut near = self.membranes_near(node).iter().filter(|membrane| membrane.mechanism == mechanism);
            let own = near.find_map(|membrane| Some((membrane, membrane.element(node, self.lanes, lane)?)));
            if let Some((membrane, element)) = own {
                sum += weight * read(membrane, element, node * self.lanes + lane);
                weights += weight;
            }
        }
        sum / weights
    }

    /// Capacitance (pF) that a charge put in at a place meets at once.
    pub fn capacitance_at(&self, place: &Place, lane: usize) -> f64 {
        let near = self.tree.compartments_near(place);
        1.0 / near.iter().map(|(node, share)| share * share / self.capacitance[node * self.lanes + lane]).sum::<f64>()
    }

    /// V was constant: what the solver extrapolates from, where V is about to turn.
    pub fn forget(&mut self, lane: usize) {
        for index in (lane..self.v.len()).step_by(self.lanes) {
            (self.v1[index], self.v2[index]) = (self.v[index], self.v[index]);
        }
    }

    /// Puts a charge (fC = pA ms) into a cell at once: V of its compartments jumps by Q/C.
    ///
    /// The earlier V jump too, so that slopes stay as they were. A jump over a threshold is therefore not a crossing
    /// of the next step: compare [`Block::voltage`] before and after.
    pub fn add_charge(&mut self, place: &Place, lane: usize, charge: f64) {
        for (node, share) in self.tree.compartments_near(place) {
            let jump = share * charge / self.capacitance[node * self.lanes + lane];
            for &(node, share) in std::iter::once(&(node, 1.0)).chain(&self.touching[node]) {
                for v in [&mut self.v, &mut self.v1, &mut self.v2] {
                    v[node * self.lanes + lane] += share * jump;
                }
            }
        }
    }

    /// Lane and value of the first V that is not a number within `bound` (mV) of zero.
    pub fn first_absurd(&self, bound: f64) -> Option<(usize, f64)> {
        let absurd = |v: &f64| v.is_nan() || v.abs() > bound;
        let index = self.v.iter().position(absurd)?;
        Some((index % self.lanes, self.v[index]))
    }
}

fn row(v: &[f64], node: usize, lanes: usize) -> &[f64] {
    &v[node * lanes..(node + 1) * lanes]
}

/// Whether V of any cell has crossed a threshold: V of the nodes of a place, with their weights.
struct Look<'a> {
    now: [&'a [f64]; 2],
    before: [&'a [f64]; 2],
    weights: [f64; 2],
    threshold: f64,
}

impl Task for Look<'_> {
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        let Look { now: [now, now_too], before: [before, before_too], weights: [a, b], threshold } = self;
        let mut any = false;
        for ((now, now_too), (before, before_too)) in now.iter().zip(now_too).zip(before.iter().zip(before_too)) {
            any |= (now * a + now_too * b >= threshold) & (before * a + before_too * b < threshold);
        }
        any
    }
}

/// For each compartment, the nodes without area whose V depends on it.
fn touching(tree: &Tree) -> Vec<Vec<(usize, f64)>> {
    let mut touching = vec![Vec::new(); tree.nodes()];
    for (node, shares) in tree.spread.iter().enumerate() {
        for (compartment, share) in shares {
            touching[*compartment].push((node, *share));
        }
    }
    touching
}

/// The membranes of each segment.
fn membranes(
    tree: &Tree,
    segments: &mut [Segment],
    lanes: usize,
    temperature: f64,
    overrides: &[Override],
) -> Vec<Membrane> {
    let mut all = Vec::new();
    for segment in segments {
        let of = |painted| membrane(painted, segment.nodes.clone(), lanes, temperature, overrides);
        let mut own: Vec<Membrane> = tree.painted.iter().filter_map(of).collect();
        // What holds the calcium takes in what the others carry.
        own.sort_by_key(|membrane| ALL[membrane.mechanism].calcium == Calcium::Held);
        segment.membranes = all.len()..all.len() + own.len();
        all.extend(own);
    }
    all
}

/// A mechanism on the nodes of a segment, if it is on any.
fn membrane(
    painted: &Painted,
    nodes: Range<usize>,
    lanes: usize,
    temperature: f64,
    overrides: &[Override],
) -> Option<Membrane> {
    let (mut patches, mut parameters, mut slots, mut first_slot) = (vec![], vec![], vec![NO_SLOT; nodes.len()], 0);
    for (section, first, count, values) in &painted.runs {
        let here = (*first).max(nodes.start)..(first + count).min(nodes.end);
        if here.is_empty() {
            continue;
        }
        patches.push(Patch { first_node: here.start - nodes.start, nodes: here.len(), first_slot });
        (0..here.len()).for_each(|i| slots[here.start - nodes.start + i] = first_slot + i);
        first_slot += here.len();
        let mut numbers = Parameters { values: values.clone(), per_lane: vec![] };
        for entry in overrides {
            if let Overridden::Mechanism { mechanism, parameter, section: only } = entry.what
                && mechanism == painted.mechanism
                && only.is_none_or(|only| only == *section)
            {
                numbers.per_lane.push((parameter, entry.values.clone()));
            }
        }
        parameters.push(numbers);
    }
    let kernel = || ALL[painted.mechanism].kernel(patches, lanes, parameters, temperature);
    (first_slot > 0).then(|| Membrane { mechanism: painted.mechanism, kernel: kernel(), nodes, slots })
}
