//! What never changes in a block's equations, so that it is computed once.
//!
//! A node is *live* if its equation changes from stage to stage: it carries gates, or a load acts on it, or one of the nodes below
//! it is live. The others are *frozen*: whole subtrees of passive membrane, whose pivots are constants. Of these a stage
//! computes the right side on the way up and V on the way down, without a division. Of live nodes what is constant is added up:
//! capacitance, axial conductances, passive membranes, and what frozen children take off the diagonal.
//!
//! A cell of one compartment is *alone* while nothing acts on its ends: these have no area, so that no current flows to them and
//! their V is the compartment's. Its equation is then divided by its diagonal, and that is all.

use super::block::Block;
use super::pieces::Pieces;
use super::segments::Segment;
use super::solver::GAMMA;
use crate::mechanisms::{ALL, Calcium};
use std::ops::Range;

/// Nodes that follow one another, each the only child of the one before; all live or all frozen.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub nodes: Range<usize>,
    /// Parent of the first (of the root: itself).
    pub above: usize,
    pub live: bool,
}

/// A frozen node; the same in all cells of a block.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Frozen {
    /// C / (gamma dt), nS.
    pub held: f64,
    /// g E of its membrane, pA.
    pub drive: f64,
    /// Of its pivot, 1/nS.
    pub inverse: f64,
    /// (Negative) conductance to the parent over the pivot.
    pub factor: f64,
}

#[derive(Default)]
pub(super) struct Constants {
    live: Vec<bool>,
    /// The only node with an equation.
    pub alone: Option<usize>,
    /// From the root on.
    pub runs: Vec<Run>,
    /// Live nodes.
    pub ranges: Vec<Range<usize>>,
    /// [node]; of live ones, nothing.
    pub frozen: Vec<Frozen>,
    /// Of live nodes, `node * lanes + lane`: C / (gamma dt), the constant part of the diagonal, to the parent (nS), g E (pA).
    pub held: Vec<f64>,
    pub diagonal: Vec<f64>,
    pub off: Vec<f64>,
    pub drive: Vec<f64>,
}

impl Block {
    /// To be called whenever a number of the tree or of a membrane without gates changes.
    pub(super) fn find_constants(&mut self) {
        let (nodes, lanes) = (self.tree.nodes(), self.lanes);
        let mut own = Constants {
            live: std::mem::take(&mut self.constants.live),
            frozen: vec![Frozen::default(); nodes],
            held: self.capacitance.iter().map(|c| c / (GAMMA * self.dt)).collect(),
            diagonal: vec![0.0; nodes * lanes],
            off: self.tree.axial.iter().flat_map(|axial| std::iter::repeat_n(-axial, lanes)).collect(),
            drive: vec![0.0; nodes * lanes],
            ..Constants::default()
        };
        own.live.resize(nodes, false);
        own.alone = self.lone_compartment().filter(|alone| (0..nodes).all(|node| node == *alone || !own.live[node]));
        own.live[own.alone.unwrap_or(0)] = true;
        for (node, axial) in self.tree.axial_sums().into_iter().enumerate() {
            for lane in 0..lanes {
                let index = node * lanes + lane;
                let (g, drive) = self.constant_membrane(node, lane);
                let axial = if own.alone.is_some() { 0.0 } else { axial };
                own.diagonal[index] = own.held[index] + axial + g;
                own.drive[index] = drive;
            }
            let row = node * lanes..(node + 1) * lanes;
            let alike = |list: &[f64]| list[row.clone()].iter().all(|x| *x == list[row.start]);
            let gated = self
                .membranes_near(node)
                .iter()
                .any(|membrane| !is_constant(membrane.mechanism) && membrane.is_at(node));
            own.live[node] |= gated || !(alike(&own.held) && alike(&own.diagonal) && alike(&own.drive));
        }
        // What hangs on the last node of a stretch must be taken out after it.
        for stretch in self.segments.iter().filter(|segment| segment.stretch) {
            own.live[stretch.nodes.end] |= own.live[stretch.nodes.end - 1];
        }
        match own.alone {
            Some(alone) => own.ranges.push(alone..alone + 1),
            None => {
                own.spread(&self.tree.parent);
                own.freeze(&self.tree.parent, &self.tree.axial, lanes);
            }
        }
        for segment in &mut self.segments {
            segment.live = own.ranges.iter().filter_map(|live| overlap(live, &segment.nodes)).collect();
            segment.pieces = None;
        }
        if !self.joined {
            own.cut(&mut self.segments);
        }
        self.constants = own;
    }

    /// Loads are about to act on these nodes.
    pub(super) fn enliven(&mut self, nodes: impl Iterator<Item = usize>) {
        let mut found = false;
        for node in nodes {
            found |= !std::mem::replace(&mut self.constants.live[node], true);
        }
        if found {
            self.find_constants();
        }
    }

    /// The one node with a membrane, if no other cell is joined to it.
    fn lone_compartment(&self) -> Option<usize> {
        let mut compartments = (0..self.tree.nodes()).filter(|node| self.tree.area[*node] > 0.0);
        compartments.next().filter(|_| compartments.next().is_none() && !self.joined)
    }

    /// g and g E (nS, pA) of the membranes of a compartment that have no gates.
    fn constant_membrane(&self, node: usize, lane: usize) -> (f64, f64) {
        let (mut g, mut drive) = (0.0, 0.0);
        let index = node * self.lanes + lane;
        for membrane in self.membranes_near(node).iter().filter(|membrane| is_constant(membrane.mechanism)) {
            if let Some(element) = membrane.element(node, self.lanes, lane) {
                let (own_g, own_drive) = membrane.kernel.conductance(element, &self.site(index));
                g += own_g * self.scale[index];
                drive += own_drive * self.scale[index];
            }
        }
        (g, drive)
    }
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> Option<Range<usize>> {
    let both = a.start.max(b.start)..a.end.min(b.end);
    (!both.is_empty()).then_some(both)
}

/// Whether a mechanism's conductance (index in `mechanisms::ALL`) never changes.
pub(super) fn is_constant(mechanism: usize) -> bool {
    ALL[mechanism].info.variables.is_empty() && ALL[mechanism].calcium == Calcium::Ignored
}

impl Constants {
    /// Life from nodes to those above them, then runs.
    fn spread(&mut self, parent: &[usize]) {
        let mut children = vec![0; parent.len()];
        for node in (1..parent.len()).rev() {
            self.live[parent[node]] |= self.live[node];
            children[parent[node]] += 1;
        }
        for node in 0..parent.len() {
            let live = self.live[node];
            match self.runs.last_mut() {
                Some(run) if parent[node] + 1 == node && children[parent[node]] == 1 && run.live == live => {
                    run.nodes.end = node + 1;
                }
                _ => self.runs.push(Run { nodes: node..node + 1, above: parent[node], live }),
            }
            match self.ranges.last_mut().filter(|range| range.end == node) {
                Some(range) if live => range.end = node + 1,
                None if live => self.ranges.push(node..node + 1),
                _ => {}
            }
        }
    }

    /// Cuts live stretches into pieces: of their nodes the first alone stays in a run.
    fn cut(&mut self, segments: &mut [Segment]) {
        let mut stretches = segments.iter_mut().filter(|segment| segment.stretch).peekable();
        for run in std::mem::take(&mut self.runs) {
            let (mut next, mut above) = (run.nodes.start, run.above);
            while let Some(stretch) = stretches.next_if(|stretch| stretch.nodes.start < run.nodes.end) {
                let Range { start, end } = stretch.nodes;
                if !run.live || start < next || end >= run.nodes.end {
                    continue;
                }
                stretch.pieces = Some(Pieces::new(&self.off[start..end]));
                self.runs.push(Run { nodes: next..start + 1, above, live: true });
                (next, above) = (end, start);
            }
            if next < run.nodes.end {
                self.runs.push(Run { nodes: next..run.nodes.end, above, ..run });
            }
        }
    }

    /// Eliminates the frozen nodes.
    fn freeze(&mut self, parent: &[usize], axial: &[f64], lanes: usize) {
        for node in (1..parent.len()).rev().filter(|&node| !self.live[node]) {
            let first = node * lanes;
            let inverse = 1.0 / self.diagonal[first];
            let factor = -axial[node] * inverse;
            self.frozen[node] = Frozen { held: self.held[first], drive: self.drive[first], inverse, factor };
            let above = parent[node] * lanes;
            self.diagonal[above..above + lanes].iter_mut().for_each(|pivot| *pivot += factor * axial[node]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::solver::step_apart;
    use super::super::tree::tests::section;
    use super::super::{Load, Tree, Workspace, step};
    use super::*;
    use crate::mechanisms::find;
    use std::sync::Arc;

    /// A soma of three compartments with channels, and two passive dendrites of four and two.
    fn branched(lanes: usize) -> Block {
        let mut sections = vec![
            section(None, 30.0, 10.0, 3),
            section(Some((0, 1.0)), 80.0, 1.0, 4),
            section(Some((0, 1.0)), 40.0, 1.0, 2),
        ];
        sections[0].mechanisms = vec![(find("hh").unwrap(), vec![120.0, 50.0, 36.0, -77.0, 0.3, -54.3])];
        sections[1..].iter_mut().for_each(|own| own.mechanisms = vec![(find("passive").unwrap(), vec![0.1, -60.0])]);
        let mut block = Block::new(Arc::new(Tree::new(&sections)), lanes, 0.025, 6.3, &[]);
        (0..lanes).for_each(|lane| block.initialise(lane, -65.0 + lane as f64));
        block
    }

    #[test]
    fn passive_subtrees_are_frozen_until_a_load_acts_on_them() {
        let mut block = branched(1);
        let run = |nodes, above, live| Run { nodes, above, live };
        // Soma: end, three centres, end; dendrites: centres and an end.
        let dendrites = [run(5..10, 4, false), run(10..13, 4, false)];
        assert_eq!(block.constants.runs[..2], [run(0..4, 0, true), run(4..5, 3, false)]);
        assert_eq!(block.constants.runs[2..], dendrites);
        assert_eq!(block.constants.ranges, std::slice::from_ref(&(0..4)));
        block.enliven([7].into_iter());
        let expected = [run(0..5, 0, true), run(5..8, 4, true), run(8..10, 7, false), run(10..13, 4, false)];
        assert_eq!(block.constants.runs, expected);
        assert_eq!(block.constants.ranges, std::slice::from_ref(&(0..8)));
    }

    /// Frozen or live, in however many lanes: the same equations, summed in another order.
    #[test]
    fn frozen_nodes_move_as_live_ones_do() {
        for lanes in [1, 3, 8, 11] {
            let (mut frozen, mut live) = (branched(lanes), branched(lanes));
            live.enliven(0..13);
            assert_eq!(live.constants.ranges, std::slice::from_ref(&(0..13)));
            let place = frozen.tree().place(0, 0.5);
            let load = Load { current: vec![200.0; lanes], ..Load::none(place) };
            let mut highest = f64::MIN;
            for _ in 0..400 {
                for block in [&mut frozen, &mut live] {
                    step(&mut [block], &[std::slice::from_ref(&load)], &[], &mut Workspace::without_gaps());
                }
                highest = frozen.v.iter().copied().fold(highest, f64::max);
            }
            assert!(highest > 0.0, "it fires");
            for (a, b) in frozen.v.iter().zip(&live.v) {
                assert!((a - b).abs() < 1e-9, "rounding, a spike later: {a} {b}");
            }
        }
    }

    /// Of one compartment with its ends: the equation of the compartment by itself, and all three; V of the ends is its own.
    #[test]
    fn a_lone_compartment_moves_as_with_its_ends() {
        for lanes in [1, 3, 16] {
            let mut sections = vec![section(None, 30.0, 10.0, 1)];
            sections[0].mechanisms = vec![(find("hh").unwrap(), vec![120.0, 50.0, 36.0, -77.0, 0.3, -54.3])];
            let tree = Arc::new(Tree::new(&sections));
            let [mut alone, mut with_ends] = [(); 2].map(|()| Block::new(tree.clone(), lanes, 0.025, 6.3, &[]));
            for block in [&mut alone, &mut with_ends] {
                (0..lanes).for_each(|lane| block.initialise(lane, -65.0 + lane as f64));
            }
            with_ends.enliven(0..3);
            assert_eq!((alone.constants.alone, with_ends.constants.alone), (Some(1), None));
            let load = Load { current: vec![200.0; lanes], ..Load::none(tree.place(0, 0.5)) };
            let mut highest = f64::MIN;
            for _ in 0..400 {
                for block in [&mut alone, &mut with_ends] {
                    step_apart(std::slice::from_mut(block), &[vec![load.clone()]], false);
                }
                highest = alone.v.iter().copied().fold(highest, f64::max);
            }
            assert!(highest > 0.0, "it fires");
            for (a, b) in alone.v.iter().zip(&with_ends.v) {
                assert!((a - b).abs() < 1e-8, "rounding of an axial conductance of 10^5 nS, a spike later: {a} {b}");
            }
            // A current at an end raises the end above the compartment.
            let load = Load { current: vec![200.0; lanes], ..Load::none(tree.place(0, 1.0)) };
            step_apart(std::slice::from_mut(&mut alone), &[vec![load]], false);
            assert!(alone.constants.alone.is_none() && alone.v[2 * lanes] > alone.v[lanes]);
        }
    }
}
