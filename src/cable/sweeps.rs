//! From the equations of a stage to V: up the tree, taking each node out of its parent's equation, and down again (Hines 1984, Int J
//! Biomed Comput 15:69-76).
//!
//! `W` neighbouring cells go at once, with a length that the compiler knows: it makes vectors of them. Along a run of
//! nodes what one passes to the next stays in registers.

use super::block::Equations;
use super::constants::{Constants, Frozen, Run};
use std::ops::Range;

/// The cells from `lane` to `lane + W` of a block of `lanes`.
pub(super) struct Sweep<'a, const W: usize> {
    pub constants: &'a Constants,
    pub equations: &'a mut Equations,
    /// V at k, and what the stage starts from: `v + ratio (first - v)`, where the first stage has a ratio of 0.
    pub v: &'a [f64],
    pub ratio: f64,
    pub lanes: usize,
    pub lane: usize,
}

#[inline(always)]
fn map<const W: usize>(f: impl Fn(usize) -> f64) -> [f64; W] {
    // Not `from_fn`, which might become a call of a function that is compiled for another level.
    let mut values = [0.0; W];
    for (i, value) in values.iter_mut().enumerate() {
        *value = f(i);
    }
    values
}

impl<const W: usize> Sweep<'_, W> {
    #[inline(always)]
    pub(super) fn solve(&mut self) {
        for run in self.constants.runs.iter().filter(|run| !run.live) {
            let last = run.nodes.end - 1;
            let own = self.own(last);
            let at = self.at(last);
            put(&mut self.equations.right, at, own);
        }
        for run in self.constants.runs.iter().rev() {
            if run.live { self.eliminate(run) } else { self.gather(run) }
        }
        for run in &self.constants.runs {
            if run.live { self.substitute(run) } else { self.scatter(run) }
        }
    }

    #[inline(always)]
    fn at(&self, node: usize) -> usize {
        node * self.lanes + self.lane
    }

    /// The right side of a frozen node, before its children's part.
    #[inline(always)]
    fn own(&self, node: usize) -> [f64; W] {
        let Frozen { held, drive, .. } = self.constants.frozen[node];
        let at = self.at(node);
        let (v, first): ([f64; W], [f64; W]) = (get(self.v, at), get(&self.equations.first, at));
        map(|i| held * (v[i] + self.ratio * (first[i] - v[i])) + drive)
    }

    /// Up a frozen run.
    #[inline(always)]
    fn gather(&mut self, run: &Run) {
        let Sweep { ratio, lanes, lane, .. } = *self;
        let Range { start, end } = run.nodes;
        let mut right: [f64; W] = get(&self.equations.right, self.at(end - 1));
        let upper = start * lanes..(end - 1) * lanes;
        let rows = self.equations.right[upper.clone()].chunks_exact_mut(lanes);
        let v = self.v[upper.clone()].chunks_exact(lanes).zip(self.equations.first[upper].chunks_exact(lanes));
        let nodes = self.constants.frozen[start..end].windows(2);
        for ((row, (v, first)), pair) in rows.zip(v).zip(nodes).rev() {
            let (v, first): ([f64; W], [f64; W]) = (get(v, lane), get(first, lane));
            let [Frozen { held, drive, .. }, Frozen { factor, .. }] = *pair else { continue };
            right = map(|i| (held * (v[i] + ratio * (first[i] - v[i])) + drive) - factor * right[i]);
            put(row, lane, right);
        }
        let factor = self.constants.frozen[start].factor;
        let at = self.at(run.above);
        let above: [f64; W] = get(&self.equations.right, at);
        put(&mut self.equations.right, at, map::<W>(|i| above[i] - factor * right[i]));
    }

    /// Down a frozen run.
    #[inline(always)]
    fn scatter(&mut self, run: &Run) {
        let Sweep { lanes, lane, .. } = *self;
        let mut v: [f64; W] = get(&self.equations.right, self.at(run.above));
        let rows = self.equations.right[run.nodes.start * lanes..run.nodes.end * lanes].chunks_exact_mut(lanes);
        for (row, &Frozen { inverse, factor, .. }) in rows.zip(&self.constants.frozen[run.nodes.clone()]) {
            let right: [f64; W] = get(row, lane);
            v = map(|i| right[i] * inverse - factor * v[i]);
            put(row, lane, v);
        }
    }

    /// Up a live run.
    #[inline(always)]
    fn eliminate(&mut self, run: &Run) {
        let last = self.at(run.nodes.end - 1);
        let mut diagonal: [f64; W] = get(&self.equations.diagonal, last);
        let mut right: [f64; W] = get(&self.equations.right, last);
        for node in run.nodes.clone().rev() {
            let at = self.at(node);
            let inverse: [f64; W] = map(|i| 1.0 / diagonal[i]);
            put(&mut self.equations.diagonal, at, inverse);
            if node == 0 {
                put(&mut self.equations.right, at, map::<W>(|i| right[i] * inverse[i]));
                return;
            }
            put(&mut self.equations.right, at, right);
            let off: [f64; W] = get(&self.equations.off, at);
            let factor: [f64; W] = map(|i| off[i] * inverse[i]);
            put(&mut self.equations.off, at, factor);
            let above = self.at(if node == run.nodes.start { run.above } else { node - 1 });
            let (d, r): ([f64; W], [f64; W]) =
                (get(&self.equations.diagonal, above), get(&self.equations.right, above));
            diagonal = map(|i| d[i] - factor[i] * off[i]);
            right = map(|i| r[i] - factor[i] * right[i]);
        }
        let above = self.at(run.above);
        put(&mut self.equations.diagonal, above, diagonal);
        put(&mut self.equations.right, above, right);
    }

    /// Down a live run.
    #[inline(always)]
    fn substitute(&mut self, run: &Run) {
        let mut v: [f64; W] = get(&self.equations.right, self.at(run.above));
        for node in run.nodes.clone().skip(usize::from(run.nodes.start == 0)) {
            let at = self.at(node);
            let right: [f64; W] = get(&self.equations.right, at);
            let (inverse, factor): ([f64; W], [f64; W]) =
                (get(&self.equations.diagonal, at), get(&self.equations.off, at));
            v = map(|i| right[i] * inverse[i] - factor[i] * v[i]);
            put(&mut self.equations.right, at, v);
        }
    }
}

/// `W` numbers from `at`, in one piece: one by one, stores and loads would have to wait for each other.
#[inline(always)]
fn get<const W: usize>(list: &[f64], at: usize) -> [f64; W] {
    list[at..].first_chunk().copied().unwrap_or([0.0; W])
}

#[inline(always)]
fn put<const W: usize>(list: &mut [f64], at: usize, values: [f64; W]) {
    if let Some(place) = list[at..].first_chunk_mut() {
        *place = values;
    }
}
