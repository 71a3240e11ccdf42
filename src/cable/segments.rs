//! A block in segments: nodes that follow one another with their membranes, through which cores go side by side.
//!
//! The cut depends on the tree and the number of lanes alone, so that results are the same for any number of threads. What
//! lies between two forks of a single long cell becomes stretches that are also eliminated each on its own
//! ([`pieces`](super::pieces)); of the rest, many nodes at a time are one segment.

use super::block::{Equations, Membrane};
use super::constants::{Constants, is_constant};
use super::pieces::{self, PIECES, Pieces};
use super::solver::{GAMMA, Load, go_on, start};
use super::tree::Tree;
use crate::mechanisms::{ALL, Calcium, Stage};
use crate::num::dispatch::{self, Task};
use std::ops::Range;

/// Rows of a stretch's pieces, roughly: few enough to stay in a core's cache.
const ROWS: usize = 64;
/// And at least, where it is cut for the first time: enough to be worth a meeting of two cores.
const TWO_ROWS: usize = 28;
/// Rows of which the gates' loops leave no rest.
const ROUND: usize = 64 / PIECES;
/// Elements of other segments.
const ELEMENTS: usize = 2048;
/// Elements for which another core is not asked.
pub(super) const ALONE: usize = 400;

pub(super) struct Segment {
    pub nodes: Range<usize>,
    /// Of the block's.
    pub membranes: Range<usize>,
    /// Its nodes that change from stage to stage.
    pub live: Vec<Range<usize>>,
    /// Unbranched, in one cell, and long enough to be cut into pieces.
    pub stretch: bool,
    /// Of a stretch all of which is live.
    pub pieces: Option<Pieces>,
}

impl Segment {
    fn new(nodes: Range<usize>, stretch: bool) -> Segment {
        Segment { nodes, membranes: 0..0, live: vec![], stretch, pieces: None }
    }
}

/// Cuts a tree.
pub(super) fn cut(tree: &Tree, lanes: usize) -> Vec<Segment> {
    let mut segments: Vec<Segment> = vec![];
    let mut rest = 0;
    for stretch in if lanes == 1 { stretches(&tree.parent) } else { vec![] } {
        add_rest(&mut segments, rest..stretch.start, lanes);
        rest = stretch.end;
        segments.push(Segment::new(stretch, true));
    }
    add_rest(&mut segments, rest..tree.nodes(), lanes);
    segments
}

fn add_rest(segments: &mut Vec<Segment>, nodes: Range<usize>, lanes: usize) {
    let most = (ELEMENTS / lanes).max(1);
    let firsts = nodes.clone().step_by(most);
    segments.extend(firsts.map(|first| Segment::new(first..(first + most).min(nodes.end), false)));
}

/// Between forks, from the lower end up; below each is a node on the way to the fork or the end.
fn stretches(parent: &[usize]) -> Vec<Range<usize>> {
    let mut children = vec![0; parent.len()];
    parent.iter().skip(1).for_each(|&above| children[above] += 1);
    let mut found = vec![];
    let mut first = 0;
    for (node, &below) in children.iter().enumerate() {
        let goes_on = below == 1 && parent.get(node + 1) == Some(&node);
        if goes_on {
            continue;
        }
        let rows = (node - first) / PIECES;
        if rows >= pieces::FEWEST_ROWS {
            let count = (rows / ROWS).max((rows / TWO_ROWS).clamp(1, 2));
            // Whole rounds of the gates' loops, but for the first.
            let from_end = |part: usize| (rows * (count - part) / count).next_multiple_of(ROUND);
            let edge = |part: usize| node - from_end(part).min(rows) * PIECES;
            found.extend((0..count).map(|part| edge(part)..edge(part + 1)));
        }
        first = node + 1;
    }
    found
}

/// What all segments read while a stage's equations are put together. Indexed by node of the whole block.
#[derive(Clone, Copy)]
pub(super) struct Assembly<'a> {
    pub stage: usize,
    /// The stage before it is yet to be brought from the nodes that are left to those of the pieces.
    pub goes_on: bool,
    /// By other threads of the pool.
    pub helped: bool,
    pub dt: f64,
    pub lanes: usize,
    pub loads: &'a [Load],
    pub constants: &'a Constants,
    /// 0.01 x area (um^2).
    pub scale: &'a [f64],
    /// At k, k-1, k-2.
    pub v: [&'a [f64]; 3],
}

/// Some segments that follow one another, and what belongs to their nodes.
pub(super) struct Reach<'a> {
    pub segments: &'a mut [Segment],
    pub membranes: &'a mut [Membrane],
    /// Of its first node.
    pub base: usize,
    /// Of the equations: diagonal, off, right, middle, first.
    pub equations: [&'a mut [f64]; 5],
    /// Of the calcium: now, before, middle, current; empty where no mechanism has to do with it.
    pub calcium: [&'a mut [f64]; 4],
}

/// Where to halve segments between two cores, if it is worth their meeting.
fn half(segments: &[Segment], lanes: usize, helped: bool) -> Option<usize> {
    if !helped {
        return None;
    }
    let (first, last) = (segments.first()?.nodes.start, segments.last()?.nodes.end);
    let middle = first + (last - first) / 2;
    let distance = |at: &usize| segments[*at].nodes.start.abs_diff(middle);
    let at = (1..segments.len()).min_by_key(distance)?;
    let least = (segments[at].nodes.start - first).min(last - segments[at].nodes.start);
    (least * lanes >= ALONE).then_some(at)
}

/// Puts the equations of a stage together, advances the gates on the way, and eliminates the stretches' pieces.
pub(super) fn assemble(with: Assembly, reach: Reach) {
    if let Some(at) = half(reach.segments, with.lanes, with.helped) {
        let (left, right) = reach.split(at, with.lanes);
        rayon::join(|| assemble(with, left), || assemble(with, right));
        return;
    }
    let mut rest = reach;
    while rest.segments.len() > 1 {
        let (first, others) = rest.split(1, with.lanes);
        dispatch::run(Assemble { with, reach: first });
        rest = others;
    }
    dispatch::run(Assemble { with, reach: rest });
}

impl<'a> Reach<'a> {
    /// Before segment `at` and from it on.
    fn split(self, at: usize, lanes: usize) -> (Reach<'a>, Reach<'a>) {
        let Reach { segments, membranes, base, equations, calcium } = self;
        let next = segments[at].nodes.start * lanes;
        let of_left = segments[at].membranes.start - segments[0].membranes.start;
        let (segments, after) = segments.split_at_mut(at);
        let (membranes, membranes_after) = membranes.split_at_mut(of_left);
        let (equations, equations_after) = split_all(equations, next - base);
        let (calcium, calcium_after) = split_all(calcium, next - base);
        (
            Reach { segments, membranes, base, equations, calcium },
            Reach {
                segments: after,
                membranes: membranes_after,
                base: next,
                equations: equations_after,
                calcium: calcium_after,
            },
        )
    }
}

/// All lists at once; empty ones stay so.
fn split_all<const N: usize>(lists: [&mut [f64]; N], at: usize) -> ([&mut [f64]; N], [&mut [f64]; N]) {
    let mut after = std::array::from_fn(|_| Default::default());
    let mut places = after.iter_mut();
    let before = lists.map(|list| {
        let (own, rest) = list.split_at_mut(at.min(list.len()));
        if let Some(place) = places.next() {
            *place = rest;
        }
        own
    });
    (before, after)
}

/// One segment's equations.
struct Assemble<'a> {
    with: Assembly<'a>,
    reach: Reach<'a>,
}

impl Task for Assemble<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Assemble { with, reach: Reach { segments, membranes, base, equations, calcium } } = self;
        let [diagonal, off, mut right, middle, mut first] = equations;
        let Some(segment) = segments.first_mut() else { return };
        if with.goes_on {
            if let Some(pieces) = &mut segment.pieces {
                pieces.substitute(right);
            }
            std::mem::swap(&mut right, &mut first);
        }
        let mut own = Own { with, segment, base, diagonal, off, right };
        own.put_together(first, middle);
        own.advance_gates(membranes, middle, calcium);
        own.add_loads();
        if let Some(pieces) = &mut own.segment.pieces {
            pieces.eliminate(own.diagonal, own.right);
        }
    }
}

/// One segment with its matrix and right side.
struct Own<'a> {
    with: Assembly<'a>,
    segment: &'a mut Segment,
    base: usize,
    diagonal: &'a mut [f64],
    off: &'a mut [f64],
    right: &'a mut [f64],
}

impl Own<'_> {
    /// What is constant, and where the stage starts from.
    #[inline(always)]
    fn put_together(&mut self, first: &[f64], middle: &mut [f64]) {
        let Assembly { stage, lanes, constants, v: [v, v1, v2], loads, .. } = self.with;
        let in_pieces = self.segment.pieces.is_some() && !loads.iter().any(Load::acts_between);
        for range in &self.segment.live {
            let from = range.start * lanes..range.end * lanes;
            let own = from.start - self.base..from.end - self.base;
            self.diagonal[own.clone()].copy_from_slice(&constants.diagonal[from.clone()]);
            // The root has no parent, nor has who is alone; what pieces know of their own is changed by loads between nodes alone.
            let off = match from.end {
                end if end == lanes => 0,
                _ if constants.alone.is_some() => 0,
                _ if in_pieces => lanes,
                _ => from.len(),
            };
            self.off[own.start..own.start + off].copy_from_slice(&constants.off[from.start..from.start + off]);
            let (held, drive) = (&constants.held[from.clone()], &constants.drive[from.clone()]);
            let (right, middle) = (&mut self.right[own.clone()], &mut middle[own.clone()]);
            let (v, v1) = (&v[from.clone()], &v1[from.clone()]);
            if stage == 0 {
                start(held, drive, [v, v1, &v2[from]], right, middle);
            } else {
                go_on(held, drive, [v, v1, &first[own]], right, middle);
            }
        }
    }

    #[inline(always)]
    fn advance_gates(&mut self, membranes: &mut [Membrane], middle: &[f64], calcium: [&mut [f64]; 4]) {
        let Assembly { stage, dt, lanes, scale, .. } = self.with;
        let [now, before, ahead, current] = calcium;
        look_ahead(if stage == 0 { GAMMA / (1.0 - GAMMA) } else { (1.0 - GAMMA) / GAMMA }, now, before, ahead);
        current.fill(0.0);
        let mut at = Stage {
            v: middle,
            calcium: ahead,
            calcium_current: current,
            time: if stage == 0 { GAMMA * dt } else { (1.0 - GAMMA) * dt },
            scale: &scale[self.base..self.base + middle.len()],
            diagonal: self.diagonal,
            right: self.right,
        };
        for membrane in membranes.iter_mut().filter(|membrane| !is_constant(membrane.mechanism)) {
            membrane.kernel.stage(&mut at);
        }
        for pool in membranes.iter().filter(|membrane| ALL[membrane.mechanism].calcium == Calcium::Held) {
            before.copy_from_slice(now);
            pool.read_first(lanes, now);
        }
    }

    /// A load at a place between nodes a and b with weights w is w w^T g in the matrix and w I on the right: within the
    /// tree's pattern, since a and b are neighbours.
    #[inline(always)]
    fn add_loads(&mut self) {
        let Assembly { stage, lanes, loads, constants, .. } = self.with;
        let nodes = self.segment.nodes.clone();
        if let Some(pieces) = &mut self.segment.pieces {
            pieces.below = constants.off[nodes.end];
        }
        let mut between = false;
        // Not `for_each`, which is a function of its own and might not be compiled for this level.
        for load in loads {
            for (node, weight) in load.place.parts().filter(|(node, _)| nodes.contains(node)) {
                let own = node * lanes - self.base..(node + 1) * lanes - self.base;
                for currents in [&load.current, &load.drive[stage], &load.stage_current[stage]] {
                    for (right, current) in self.right[own.clone()].iter_mut().zip(currents) {
                        *right += weight * current;
                    }
                }
                for (diagonal, conductance) in self.diagonal[own].iter_mut().zip(&load.conductance[stage]) {
                    *diagonal += weight * weight * conductance;
                }
            }
            if !load.acts_between() {
                continue;
            }
            between = true;
            let (both, lower) = (load.place.weights[0] * load.place.weights[1], load.place.lower());
            if nodes.contains(&lower) {
                let own = lower * lanes - self.base..(lower + 1) * lanes - self.base;
                for (off, conductance) in self.off[own].iter_mut().zip(&load.conductance[stage]) {
                    *off += both * conductance;
                }
            } else if let (Some(pieces), true) = (&mut self.segment.pieces, lower == nodes.end) {
                pieces.below += load.conductance[stage].iter().map(|conductance| both * conductance).sum::<f64>();
            }
        }
        if let (Some(pieces), true) = (&mut self.segment.pieces, between) {
            pieces.take_off(self.off);
        }
    }
}

/// What pieces have become of takes its place among the nodes that are left.
pub(super) fn hand_over(segments: &[Segment], equations: &mut Equations) {
    for segment in segments {
        let Some(Pieces { handed, .. }) = &segment.pieces else { continue };
        let node = segment.nodes.end;
        equations.diagonal[node] -= handed.diagonal;
        equations.right[node] -= handed.right;
        equations.off[node] = handed.off;
    }
}

/// Pieces learn V of the nodes below them, which is known.
pub(super) fn look_beneath(segments: &mut [Segment], right: &[f64]) {
    for segment in segments {
        if let Some(pieces) = &mut segment.pieces {
            pieces.beneath = right[segment.nodes.end];
        }
    }
}

/// V of all nodes of the pieces, where that of the nodes that were left is known.
pub(super) fn substitute(segments: &mut [Segment], right: &mut [f64], helped: bool) {
    look_beneath(segments, right);
    spread(segments, right, helped);
}

fn spread(segments: &mut [Segment], right: &mut [f64], helped: bool) {
    if let Some(at) = half(segments, 1, helped) {
        let elements = segments[at].nodes.start - segments[0].nodes.start;
        let ((left, others), (right, after)) = (segments.split_at_mut(at), right.split_at_mut(elements));
        rayon::join(|| spread(left, right, helped), || spread(others, after, helped));
        return;
    }
    let mut rest = right;
    for segment in segments {
        let (own, after) = rest.split_at_mut(segment.nodes.len());
        if let Some(pieces) = &mut segment.pieces {
            dispatch::run(Substitute { pieces, right: own });
        }
        rest = after;
    }
}

struct Substitute<'a> {
    pieces: &'a mut Pieces,
    right: &'a mut [f64],
}

impl Task for Substitute<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.pieces.substitute(self.right);
    }
}

/// Calcium half an interval ahead, which is `ratio` times as long as the last.
#[inline(always)]
fn look_ahead(ratio: f64, now: &[f64], before: &[f64], ahead: &mut [f64]) {
    let half = 0.5 * ratio;
    for ((ahead, now), before) in ahead.iter_mut().zip(now).zip(before) {
        *ahead = (now + half * (now - before)).max(0.5 * now);
    }
}
