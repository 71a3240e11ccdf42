//! One long cable, cut into pieces that are eliminated side by side.
//!
//! Along an unbranched cable each node waits for the division of the one below it. Cut into 16 pieces of equal length, whose
//! first nodes are *separators*, the others are eliminated from the bottom of each piece to its top, all pieces at
//! once, as vectors (the partition method of Wang 1981, ACM Trans Math Softw 7:170-183). Of each node remains what joins it
//! to the separator below its piece, its `fill`; of the cable remain 16 separators in a row, which are solved one by one.
//! ```text
//! parent - [S x x x] - [S x x x] - ... - [S x x x] - children (taken out before)
//! ```
//! The cut depends on the tree alone. Nodes that are left over stay at the top.

use super::block::Equations;
use super::constants::Run;
use std::ops::Range;

/// Two of the widest vectors: one divides while the other multiplies.
const PIECES: usize = 16;
/// Rows that are handed out together.
const TILE: usize = 8;
/// Nodes of a piece for which it is worth the trouble.
const FEWEST_ROWS: usize = 5;

type Row = [f64; PIECES];

/// Room for one run of nodes of a block of one cell.
pub(super) struct Pieces {
    /// The first separator.
    pub first: usize,
    /// One for each node of a piece: what the equations are and become.
    rows: Vec<Nodes>,
    /// Of each row, to the node above (nS), where no load acts between nodes.
    off: Vec<Row>,
    /// The second to the last separator, in order; those before them stand at 0.
    separators: [Separator; PIECES],
}

/// The nodes that stand at the same place of each piece.
#[derive(Clone, Copy)]
struct Nodes {
    /// The pivot, then its inverse.
    diagonal: Row,
    /// The right side, then V.
    right: Row,
    /// To the node above, over the pivot.
    factor: Row,
    /// To the separator below the piece, over the pivot.
    fill: Row,
}

#[derive(Clone, Copy, Default)]
struct Separator {
    inverse: f64,
    factor: f64,
    right: f64,
}

const NOTHING: Row = [0.0; PIECES];

impl Pieces {
    /// Of a run that is long enough; `off` of all nodes.
    pub(super) fn of(run: &Run, off: &[f64]) -> Option<Pieces> {
        let rows = run.nodes.len() / PIECES;
        let empty = Nodes { diagonal: NOTHING, right: NOTHING, factor: NOTHING, fill: NOTHING };
        (run.live && rows >= FEWEST_ROWS).then(|| {
            let mut pieces = Pieces {
                first: run.nodes.end - rows * PIECES,
                rows: vec![empty; rows],
                off: vec![NOTHING; rows],
                separators: [Separator::default(); PIECES],
            };
            pieces.take_off(off);
            pieces
        })
    }

    /// A load has acted between nodes.
    pub(super) fn take_off(&mut self, off: &[f64]) {
        let length = self.rows.len();
        for (index, row) in self.off.iter_mut().enumerate() {
            *row = std::array::from_fn(|piece| off[self.first + piece * length + index]);
        }
    }

    /// Takes all nodes but the first separator out of its equation.
    #[inline(always)]
    pub(super) fn eliminate(&mut self, equations: &mut Equations) {
        let (first, length) = (self.first, self.rows.len());
        let of = first..first + length * PIECES;
        let (diagonal, right) = (&equations.diagonal[of.clone()], &equations.right[of]);
        for (index, row) in self.rows.iter_mut().enumerate() {
            for piece in 0..PIECES {
                row.diagonal[piece] = diagonal[piece * length + index];
                row.right[piece] = right[piece * length + index];
            }
        }
        let (top, fill, below) = self.rows();
        let (mut diagonal, mut right) = (top.diagonal, top.right);
        for piece in 1..PIECES {
            diagonal[piece] -= below[0][piece - 1];
            right[piece] -= below[1][piece - 1];
        }
        for piece in (1..PIECES).rev() {
            let inverse = 1.0 / diagonal[piece];
            let factor = fill[piece - 1] * inverse;
            diagonal[piece - 1] -= factor * fill[piece - 1];
            right[piece - 1] -= factor * right[piece];
            self.separators[piece] = Separator { inverse, factor, right: right[piece] };
        }
        (equations.diagonal[first], equations.right[first]) = (diagonal[0], right[0]);
    }

    /// All rows but the top one: what becomes of that, what joins it to the separators below, and what these lose.
    #[inline(always)]
    fn rows(&mut self) -> (Nodes, Row, [Row; 2]) {
        let (Some((top, rest)), Some((top_off, off))) = (self.rows.split_first_mut(), self.off.split_first()) else {
            let none = Nodes { diagonal: NOTHING, right: NOTHING, factor: NOTHING, fill: NOTHING };
            return (none, NOTHING, [NOTHING; 2]);
        };
        let mut fill = shifted(top_off);
        let (mut pivots, mut rights) = (NOTHING, NOTHING);
        let (mut less, mut less_right) = (NOTHING, NOTHING);
        for (row, off) in rest.iter_mut().zip(off).rev() {
            let mut own = *row;
            for i in 0..PIECES {
                let inverse = 1.0 / (own.diagonal[i] - pivots[i]);
                let (factor, to_below) = (off[i] * inverse, fill[i] * inverse);
                let right = own.right[i] - rights[i];
                less[i] += to_below * fill[i];
                less_right[i] += to_below * right;
                pivots[i] = factor * off[i];
                rights[i] = factor * right;
                fill[i] *= -factor;
                (own.diagonal[i], own.right[i], own.factor[i], own.fill[i]) = (inverse, right, factor, to_below);
            }
            *row = own;
        }
        for i in 0..PIECES {
            top.diagonal[i] -= pivots[i];
            top.right[i] -= rights[i];
        }
        (*top, fill, [less, less_right])
    }

    /// V of all nodes, where that of the first separator is known.
    #[inline(always)]
    pub(super) fn substitute(&mut self, equations: &mut Equations) {
        let mut above = NOTHING;
        above[0] = equations.right[self.first];
        for piece in 1..PIECES {
            let Separator { inverse, factor, right } = self.separators[piece];
            above[piece] = right * inverse - factor * above[piece - 1];
        }
        let below = shifted(&above);
        let Some((top, rest)) = self.rows.split_first_mut() else { return };
        top.right = above;
        let mut v = above;
        for row in rest {
            let own = *row;
            for i in 0..PIECES {
                v[i] = (own.right[i] * own.diagonal[i] - own.fill[i] * below[i]) - own.factor[i] * v[i];
            }
            row.right = v;
        }
        let length = self.rows.len();
        let solved = &mut equations.right[self.first..self.first + PIECES * length];
        // Some rows at a time, which stay in the first-level cache for all pieces.
        for (tile, rows) in self.rows.chunks(TILE).enumerate() {
            for piece in 0..PIECES {
                let start = piece * length + tile * TILE;
                let place = &mut solved[start..start + rows.len()];
                for i in 0..rows.len() {
                    place[i] = rows[i].right[piece];
                }
            }
        }
    }

    /// Its nodes but the first separator, which is solved with the rest of the cable.
    pub(super) fn nodes(&self) -> Range<usize> {
        self.first + 1..self.first + self.rows.len() * PIECES
    }
}

/// What belongs to the separator below each piece; the last has none.
#[inline(always)]
fn shifted(row: &Row) -> Row {
    let mut below = NOTHING;
    below[..PIECES - 1].copy_from_slice(&row[1..]);
    below
}

#[cfg(test)]
mod tests {
    use super::super::tree::tests::section;
    use super::super::{Block, Gap, Load, Tree, Workspace, step};
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
        assert_eq!(one.pieces.len(), 3, "two halves and the long branch: {} runs", one.constants.runs.len());
        assert!(two.pieces.is_empty());
        let (one, two) = (after(one, 300), after(two, 300));
        assert!(one.iter().copied().fold(f64::MIN, f64::max) > 0.0, "it is excited");
        for (node, v) in one.iter().enumerate() {
            assert!((v - two[2 * node]).abs() < 1e-9, "order of elimination, on the upstroke: {v} {}", two[2 * node]);
        }
    }

    #[test]
    fn a_cable_that_a_gap_junction_joins_is_eliminated_as_a_whole() {
        let mut block = axon(1);
        let (a, b) = (block.tree().place(0, 0.2), block.tree().place(2, 0.7));
        let gaps = [Gap { a: (0, 0, a), b: (0, 0, b), conductance: 1.0 }];
        let mut workspace = Workspace::new(&gaps, block.tree().nodes()).unwrap();
        step(&mut [&mut block], &[&[]], &gaps, &mut workspace);
        assert!(block.pieces.is_empty());
    }
}
