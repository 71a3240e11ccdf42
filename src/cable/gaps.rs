//! Gap junctions, solved together with the trees that they join.
//!
//! A gap junction carries `y = g (V_a - V_b)` out of one place into another. With `u` the weights of its two places (+ at a,
//! - at b) and A the trees' equations, `(A + U g U^T) V = b` is solved by Woodbury's identity: with Z = A^-1 U,
//! ```text
//! (1/g + U^T Z) y = U^T A^-1 b         symmetric, positive definite, one row a gap junction
//!               V = A^-1 b - Z y
//! ```
//! The same number y leaves one side and enters the other. Rows couple only where gap junctions share a cell, so the matrix
//! is kept by its envelope (each row from its first non-zero): a chain of cells costs next to nothing.

use super::block::Block;
use super::tree::Place;
use std::fmt;

/// A conductance between two places of any cells.
#[derive(Clone, Debug)]
pub struct Gap {
    /// (block, lane, place).
    pub a: (usize, usize, Place),
    pub b: (usize, usize, Place),
    /// nS.
    pub conductance: f64,
}

impl Gap {
    /// Current from a to b now (pA): it leaves the cell at a and enters the one at b.
    pub fn current(&self, blocks: &[&Block]) -> f64 {
        let [a, b] = [&self.a, &self.b].map(|(block, lane, place)| blocks[*block].voltage(place, *lane));
        self.conductance * (a - b)
    }
}

/// As many coupled gap junctions as could be solved directly in a reasonable time, if each touched each.
pub const MOST_GAPS: usize = 512;

/// An island's gap junctions are too many and too entangled for the direct solver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyGaps {
    pub gaps: usize,
}

impl fmt::Display for TooManyGaps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} gap junctions join cells into one island, where the solver takes {MOST_GAPS} that all touch each other",
            self.gaps
        )
    }
}

impl std::error::Error for TooManyGaps {}

/// One end of a gap junction on a cell.
#[derive(Clone, Copy, Debug)]
struct End {
    gap: usize,
    /// +1 at a, -1 at b.
    sign: f64,
    place: Place,
}

/// Room for solving blocks that gap junctions join, and which of these meet on which cell.
#[derive(Debug, Default)]
pub struct Workspace {
    /// ((block, lane), ends on that cell).
    cells: Vec<((usize, usize), Vec<End>)>,
    /// First column of each row, and where the row starts in `matrix`.
    first: Vec<usize>,
    start: Vec<usize>,
    matrix: Vec<f64>,
    /// Right side, then the currents (pA).
    currents: Vec<f64>,
    /// One value a node.
    scratch: Vec<f64>,
}

impl Workspace {
    /// For blocks without gap junctions.
    pub fn without_gaps() -> Workspace {
        Workspace::default()
    }

    /// For `gaps` whose blocks have at most `nodes` nodes.
    ///
    /// # Errors
    /// If the gap junctions are more than the direct solver takes: `MOST_GAPS` that all touch each other, or more
    /// that touch few others in their order.
    pub fn new(gaps: &[Gap], nodes: usize) -> Result<Workspace, TooManyGaps> {
        let mut cells: std::collections::BTreeMap<(usize, usize), Vec<End>> = Default::default();
        for (gap, Gap { a, b, .. }) in gaps.iter().enumerate() {
            for ((block, lane, place), sign) in [(a, 1.0), (b, -1.0)] {
                cells.entry((*block, *lane)).or_default().push(End { gap, sign, place: *place });
            }
        }
        let mut first: Vec<usize> = (0..gaps.len()).collect();
        for ends in cells.values() {
            let lowest = ends.iter().map(|end| end.gap).min().unwrap_or(0);
            ends.iter().for_each(|end| first[end.gap] = first[end.gap].min(lowest));
        }
        let mut start = vec![0];
        for (row, first) in first.iter().enumerate() {
            start.push(start[row] + row + 1 - first);
        }
        let stored = start[gaps.len()];
        if stored > MOST_GAPS * (MOST_GAPS + 1) / 2 {
            return Err(TooManyGaps { gaps: gaps.len() });
        }
        Ok(Workspace {
            cells: cells.into_iter().collect(),
            first,
            start,
            matrix: vec![0.0; stored],
            currents: vec![0.0; gaps.len()],
            scratch: vec![0.0; nodes],
        })
    }

    fn entry(&mut self, row: usize, column: usize) -> &mut f64 {
        &mut self.matrix[self.start[row] + column - self.first[row]]
    }

    /// From the solutions of the trees alone (in `equations.right`) to those of all together.
    pub(super) fn couple(&mut self, blocks: &mut [&mut Block], gaps: &[Gap]) {
        self.matrix.fill(0.0);
        self.currents.fill(0.0);
        for (row, gap) in gaps.iter().enumerate() {
            *self.entry(row, row) = 1.0 / gap.conductance;
        }
        let cells = std::mem::take(&mut self.cells);
        let mut scratch = std::mem::take(&mut self.scratch);
        for ((block, lane), ends) in &cells {
            self.gather(blocks[*block], *lane, ends, &mut scratch);
        }
        self.solve();
        for ((block, lane), ends) in &cells {
            self.correct(blocks[*block], *lane, ends, &mut scratch);
        }
        (self.cells, self.scratch) = (cells, scratch);
    }

    /// A cell's part in U^T Z and U^T A^-1 b.
    fn gather(&mut self, block: &Block, lane: usize, ends: &[End], scratch: &mut [f64]) {
        let x = &mut scratch[..block.tree.nodes()];
        for end in ends {
            x.fill(0.0);
            end.place.parts().for_each(|(node, weight)| x[node] += weight);
            block.solve_lane(lane, x);
            for other in ends.iter().filter(|other| other.gap <= end.gap) {
                let coupled: f64 = other.place.parts().map(|(node, weight)| weight * x[node]).sum();
                *self.entry(end.gap, other.gap) += end.sign * other.sign * coupled;
            }
            let v: f64 =
                end.place.parts().map(|(node, weight)| weight * block.equations.right[node * block.lanes + lane]).sum();
            self.currents[end.gap] += end.sign * v;
        }
    }

    /// Takes the gap currents out of a cell.
    fn correct(&mut self, block: &mut Block, lane: usize, ends: &[End], scratch: &mut [f64]) {
        let x = &mut scratch[..block.tree.nodes()];
        x.fill(0.0);
        for end in ends {
            end.place.parts().for_each(|(node, weight)| x[node] -= weight * end.sign * self.currents[end.gap]);
        }
        block.solve_lane(lane, x);
        let lanes = block.lanes;
        for (node, change) in x.iter().enumerate() {
            block.equations.right[node * lanes + lane] += change;
        }
    }

    /// Cholesky's decomposition within the envelope, then both substitutions.
    fn solve(&mut self) {
        let rows = self.first.len();
        for row in 0..rows {
            for column in self.first[row]..=row {
                let low = self.first[row].max(self.first[column]);
                let (a, b) = (self.start[row] - self.first[row], self.start[column] - self.first[column]);
                let dot = |range: std::ops::Range<usize>| -> f64 {
                    range.map(|k| self.matrix[a + k] * self.matrix[b + k]).sum()
                };
                let rest = self.matrix[a + column] - dot(low..column);
                self.matrix[a + column] = if row == column { rest.sqrt() } else { rest / self.matrix[b + column] };
            }
        }
        for row in 0..rows {
            let a = self.start[row] - self.first[row];
            let known: f64 = (self.first[row]..row).map(|k| self.matrix[a + k] * self.currents[k]).sum();
            self.currents[row] = (self.currents[row] - known) / self.matrix[a + row];
        }
        for row in (0..rows).rev() {
            let a = self.start[row] - self.first[row];
            self.currents[row] /= self.matrix[a + row];
            for k in self.first[row]..row {
                self.currents[k] -= self.matrix[a + k] * self.currents[row];
            }
        }
    }
}
