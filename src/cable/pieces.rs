//! A stretch of cable, cut into pieces that are eliminated side by side.
//!
//! Along an unbranched cable each node waits for the division of the one below it. Cut into 16 pieces of equal length, whose
//! first nodes are *separators*, the others are eliminated from the bottom of each piece to its top, all pieces at
//! once, as vectors (the partition method of Wang 1981, ACM Trans Math Softw 7:170-183). Of each node remains what joins it
//! to the separator below its piece, its `fill`; of the stretch remain 16 separators in a row, of which all but the first are
//! taken out one by one. What is left is its first node, joined to the one above and, by what was handed over, to the one below.
//! ```text
//! above - [S x x x] - [S x x x] - ... - [S x x x] - below
//! above -  S ------------------------------------- below
//! ```

/// Two of the widest vectors: one divides while the other multiplies.
pub(super) const PIECES: usize = 16;
/// Nodes of a piece for which it is worth the trouble.
pub(super) const FEWEST_ROWS: usize = 5;

type Row = [f64; PIECES];

/// Room for one stretch of nodes of a block of one cell.
pub(super) struct Pieces {
    /// One for each node of a piece.
    rows: Vec<Nodes>,
    /// Of each row, to the node above (nS), where no load acts between nodes.
    off: Vec<Row>,
    /// The second to the last separator, in order; those before them stand at 0.
    separators: [Separator; PIECES],
    /// To the last node from the one below the stretch (nS).
    pub below: f64,
    /// What the elimination makes of that one.
    pub handed: Handed,
    /// Its V, once that is known.
    pub beneath: f64,
}

/// What the nodes that stand at the same place of each piece become.
#[derive(Clone, Copy)]
struct Nodes {
    /// Of the pivot.
    inverse: Row,
    right: Row,
    /// To the node above, over the pivot.
    factor: Row,
    /// To the separator below the piece, over the pivot.
    fill: Row,
}

impl Nodes {
    const NONE: Nodes = Nodes { inverse: NOTHING, right: NOTHING, factor: NOTHING, fill: NOTHING };
}

#[derive(Clone, Copy, Default)]
struct Separator {
    inverse: f64,
    right: f64,
    /// To the separator above, and to the node below the stretch, over the pivot.
    factor: f64,
    fill: f64,
}

/// For the node below a stretch: what it loses, and what joins it to the stretch's first node from now on (nS).
#[derive(Clone, Copy, Default)]
pub(super) struct Handed {
    pub diagonal: f64,
    pub right: f64,
    pub off: f64,
}

const NOTHING: Row = [0.0; PIECES];

impl Pieces {
    /// Of a stretch; `off` of its nodes.
    pub(super) fn new(off: &[f64]) -> Pieces {
        let rows = off.len() / PIECES;
        let mut pieces = Pieces {
            rows: vec![Nodes::NONE; rows],
            off: vec![NOTHING; rows],
            separators: [Separator::default(); PIECES],
            below: 0.0,
            handed: Handed::default(),
            beneath: 0.0,
        };
        pieces.take_off(off);
        pieces
    }

    /// A load has acted between nodes.
    pub(super) fn take_off(&mut self, off: &[f64]) {
        let length = self.rows.len();
        for (index, row) in self.off.iter_mut().enumerate() {
            *row = std::array::from_fn(|piece| off[piece * length + index]);
        }
    }

    /// Takes all nodes but the first separator out of its equation and that of the node below.
    #[inline(always)]
    pub(super) fn eliminate(&mut self, diagonal: &mut [f64], right: &mut [f64]) {
        let (top, fill, less) = self.rows(diagonal, right);
        (diagonal[0], right[0]) = self.separators(top, fill, less);
    }

    /// All separators but the first: what becomes of that.
    #[inline(always)]
    fn separators(&mut self, top: [Row; 2], fill: Row, [less, less_right]: [Row; 2]) -> (f64, f64) {
        let [mut diagonal, mut right] = top;
        for piece in 1..PIECES {
            diagonal[piece] -= less[piece - 1];
            right[piece] -= less_right[piece - 1];
        }
        let last = PIECES - 1;
        let mut handed = Handed { diagonal: less[last], right: less_right[last], off: fill[last] };
        for piece in (1..PIECES).rev() {
            let inverse = 1.0 / diagonal[piece];
            let (factor, to_below) = (fill[piece - 1] * inverse, handed.off * inverse);
            diagonal[piece - 1] -= factor * fill[piece - 1];
            right[piece - 1] -= factor * right[piece];
            handed.diagonal += to_below * handed.off;
            handed.right += to_below * right[piece];
            handed.off *= -factor;
            self.separators[piece] = Separator { inverse, right: right[piece], factor, fill: to_below };
        }
        self.handed = handed;
        (diagonal[0], right[0])
    }

    /// All rows but the top one: what becomes of that, what joins it to the separators below, and what these lose.
    #[inline(always)]
    fn rows(&mut self, diagonal: &[f64], right: &[f64]) -> ([Row; 2], Row, [Row; 2]) {
        let length = self.off.len();
        let mut fill = shifted(&self.off[0], self.below);
        let (mut pivots, mut rights) = (NOTHING, NOTHING);
        let (mut less, mut less_right) = (NOTHING, NOTHING);
        for index in (1..length).rev() {
            let (diagonal, right) = (gathered(diagonal, index, length), gathered(right, index, length));
            let (off, mut own) = (&self.off[index], Nodes::NONE);
            for i in 0..PIECES {
                let inverse = 1.0 / (diagonal[i] - pivots[i]);
                let (factor, to_below) = (off[i] * inverse, fill[i] * inverse);
                let right = right[i] - rights[i];
                less[i] += to_below * fill[i];
                less_right[i] += to_below * right;
                pivots[i] = factor * off[i];
                rights[i] = factor * right;
                fill[i] *= -factor;
                (own.inverse[i], own.right[i], own.factor[i], own.fill[i]) = (inverse, right, factor, to_below);
            }
            self.rows[index] = own;
        }
        let mut top = [gathered(diagonal, 0, length), gathered(right, 0, length)];
        for i in 0..PIECES {
            top[0][i] -= pivots[i];
            top[1][i] -= rights[i];
        }
        (top, fill, [less, less_right])
    }

    /// V of all nodes (in place of the right sides), where that of the first separator and the node below is known.
    #[inline(always)]
    pub(super) fn substitute(&mut self, solved: &mut [f64]) {
        let mut above = NOTHING;
        above[0] = solved[0];
        for piece in 1..PIECES {
            let Separator { inverse, factor, right, fill } = self.separators[piece];
            above[piece] = (right * inverse - fill * self.beneath) - factor * above[piece - 1];
        }
        let below = shifted(&above, self.beneath);
        let length = self.rows.len();
        scatter(&above, solved, 0, length);
        let mut v = above;
        for index in 1..length {
            let row = &self.rows[index];
            for i in 0..PIECES {
                v[i] = (row.right[i] * row.inverse[i] - row.fill[i] * below[i]) - row.factor[i] * v[i];
            }
            scatter(&v, solved, index, length);
        }
    }
}

/// The nodes at place `index` of all pieces, each `length` long. To gather them where they are used is faster than to keep rows of
/// them: it is done while the divisions before it are waited for. To load what follows at once and to turn it around was slower.
#[inline(always)]
fn gathered(list: &[f64], index: usize, length: usize) -> Row {
    let mut row = NOTHING;
    for piece in 0..PIECES {
        row[piece] = list[piece * length + index];
    }
    row
}

#[inline(always)]
fn scatter(row: &Row, list: &mut [f64], index: usize, length: usize) {
    for piece in 0..PIECES {
        list[piece * length + index] = row[piece];
    }
}

/// What belongs to the separator below each piece; below the last is none of the stretch.
#[inline(always)]
fn shifted(row: &Row, last: f64) -> Row {
    let mut below = [last; PIECES];
    below[..PIECES - 1].copy_from_slice(&row[1..]);
    below
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::section;
    use super::super::{Block, Gap, Load, Place, Tree, Workspace, step, step_apart};
    use crate::mechanisms::find;
    use std::sync::Arc;

    /// An axon of 203 compartments with a branch of 20 at its middle and one of 90 at its end.
    fn axon(lanes: usize) -> Block {
        let mut sections = vec![
            section(None, 2030.0, 2.0, 203),
            section(Some((0, 0.5)), 200.0, 1.0, 20),
            section(Some((0, 1.0)), 900.0, 1.0, 90),
        ];
        let squid = vec![120.0, 50.0, 36.0, -77.0, 0.3, -54.3];
        sections.iter_mut().for_each(|own| own.mechanisms = vec![(find("hh").unwrap(), squid.clone())]);
        let mut block = Block::new(Arc::new(Tree::new(&sections)), lanes, 0.025, 6.3, &[]);
        (0..lanes).for_each(|lane| block.initialise(lane, -65.0));
        block
    }

    fn cut(block: &Block) -> usize {
        block.segments.iter().filter(|segment| segment.pieces.is_some()).count()
    }

    fn after(mut block: Block, steps: usize) -> Vec<f64> {
        // Between two nodes, so that its conductance stands off the diagonal, too.
        let list = |value| std::array::from_fn(|_| vec![value; block.lanes()]);
        let current = vec![20_000.0; block.lanes()];
        let load =
            Load { current, conductance: list(20.0), drive: list(-100.0), ..Load::none(block.tree().place(0, 0.3)) };
        for _ in 0..steps {
            step(&mut [&mut block], &[std::slice::from_ref(&load)], &[], &mut Workspace::without_gaps());
        }
        block.v
    }

    #[test]
    fn pieces_are_solved_as_the_whole_is() {
        let (one, two) = (axon(1), axon(2));
        assert_eq!(cut(&one), 3, "two halves and the long branch");
        assert_eq!(cut(&two), 0);
        let (one, two) = (after(one, 300), after(two, 300));
        assert!(one.iter().copied().fold(f64::MIN, f64::max) > 0.0, "it is excited");
        for (node, v) in one.iter().enumerate() {
            assert!((v - two[2 * node]).abs() < 1e-9, "order of elimination, on the upstroke: {v} {}", two[2 * node]);
        }
    }

    /// A cable of several stretches, with a load across each of their borders.
    #[test]
    fn stretches_meet_where_one_ends() {
        let cable = |lanes: usize| {
            let mut section = section(None, 15_000.0, 2.0, 1500);
            section.mechanisms = vec![(find("hh").unwrap(), vec![120.0, 50.0, 36.0, -77.0, 0.3, -54.3])];
            let mut block = Block::new(Arc::new(Tree::new(&[section])), lanes, 0.025, 6.3, &[]);
            (0..lanes).for_each(|lane| block.initialise(lane, -65.0));
            block
        };
        let (mut one, mut two) = (cable(1), cable(2));
        assert_eq!((cut(&one), cut(&two)), (2, 0));
        let borders: Vec<usize> = one.segments.iter().map(|segment| segment.nodes.end - 1).collect();
        let loads = |lanes: usize| {
            let list = |value: f64| std::array::from_fn(|_| vec![value; lanes]);
            let across = |&last: &usize| {
                let place = Place { nodes: [last, (last + 1).min(1501)], weights: [0.4, 0.6] };
                Load { conductance: list(80.0), drive: list(0.0), ..Load::none(place) }
            };
            borders.iter().map(across).collect::<Vec<_>>()
        };
        let (of_one, of_two) = (loads(1), loads(2));
        for _ in 0..200 {
            step_apart(std::slice::from_mut(&mut one), std::slice::from_ref(&of_one), false);
            step_apart(std::slice::from_mut(&mut two), std::slice::from_ref(&of_two), false);
        }
        assert!(one.v.iter().copied().fold(f64::MIN, f64::max) > 0.0, "it is excited");
        for (node, v) in one.v.iter().enumerate() {
            assert!((v - two.v[2 * node]).abs() < 1e-9, "order of elimination: {v} {} at {node}", two.v[2 * node]);
        }
    }

    #[test]
    fn a_cable_that_a_gap_junction_joins_is_eliminated_as_a_whole() {
        let mut block = axon(1);
        let (a, b) = (block.tree().place(0, 0.2), block.tree().place(2, 0.7));
        let gaps = [Gap { a: (0, 0, a), b: (0, 0, b), conductance: 1.0 }];
        let mut workspace = Workspace::new(&gaps, block.tree().nodes()).unwrap();
        step(&mut [&mut block], &[&[]], &gaps, &mut workspace);
        assert_eq!(cut(&block), 0);
    }
}
