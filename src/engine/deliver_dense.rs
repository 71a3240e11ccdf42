//! Delivery through a matrix: for each copy, the rows of its sources that spiked are added up.
//!
//! The work scales with spikes, and is what memory gives: a row is read once for each copy in which its source spiked.
//! Columns are taken a tile at a time, all copies before the next tile, so that the tile's part of every row stays in
//! the cache from one copy to the next; within a tile, several rows are added in one pass over the sums. A target's
//! sum has the order of its sources, whatever the tiles, the shards and the vector width.

use super::deliver::History;
use crate::network::{DensePathway, Matrix, Network};
use crate::num::dispatch::{self, Task};
use std::ops::Range;

/// Columns at a time: with 1000 sources in single precision a tile is 1 MB, half of a common second-level cache.
const TILE: usize = 256;
/// Rows added in one pass.
const ROWS: usize = 8;

/// The part of a [`DensePathway`] that ends on one shard's neurons.
pub struct DenseRoute<'n> {
    source: usize,
    delay: i64,
    /// Sources and targets of one copy.
    sources: usize,
    width: usize,
    /// The shard's neurons of the target population.
    range: Range<usize>,
    weights: &'n Matrix,
}

impl<'n> DenseRoute<'n> {
    pub fn new(network: &'n Network, pathway: &'n DensePathway, range: &Range<usize>) -> DenseRoute<'n> {
        let target = network.ports[pathway.port].population;
        DenseRoute {
            source: pathway.source,
            delay: i64::from(pathway.delay),
            sources: network.populations[pathway.source].size / pathway.copies,
            width: network.populations[target].size / pathway.copies,
            range: range.clone(),
            weights: &pathway.weights,
        }
    }

    /// Adds to `sums`, one per neuron of the shard, what arrives at `step`; returns the number of synaptic events.
    pub fn arrivals(&self, step: i64, history: &History, sums: &mut [f64]) -> u64 {
        let spikes = history.at(self.source, 0, step - self.delay);
        if spikes.is_empty() || self.range.is_empty() {
            return 0;
        }
        let copies = self.copies(spikes);
        match self.weights {
            Matrix::Single(weights) => dispatch::run(Add { route: self, weights, copies: &copies, spikes, sums }),
            Matrix::Double(weights) => dispatch::run(Add { route: self, weights, copies: &copies, spikes, sums }),
        }
        let events = |copy: &Copied| (copy.spikes.len() * copy.columns.len()) as u64;
        copies.iter().map(events).sum()
    }

    /// What of each copy in which something spiked is this shard's.
    fn copies(&self, spikes: &[(u32, f64)]) -> Vec<Copied> {
        let mut copies = Vec::new();
        let mut first = 0;
        for copy in self.range.start / self.width..self.range.end.div_ceil(self.width) {
            let start = first + spikes[first..].partition_point(|(neuron, _)| (*neuron as usize) < copy * self.sources);
            let below = (copy + 1) * self.sources;
            let end = start + spikes[start..].partition_point(|(neuron, _)| (*neuron as usize) < below);
            first = end;
            if start < end {
                let from = (copy * self.width).max(self.range.start);
                let to = ((copy + 1) * self.width).min(self.range.end);
                copies.push(Copied {
                    source: copy * self.sources,
                    spikes: start..end,
                    columns: from - copy * self.width..to - copy * self.width,
                    sums: from - self.range.start,
                });
            }
        }
        copies
    }
}

/// One copy's delivery.
struct Copied {
    /// Its first source.
    source: usize,
    /// Which of the step's spikes are its own.
    spikes: Range<usize>,
    /// Columns of the matrix that are the shard's.
    columns: Range<usize>,
    /// Where the sum of the first of them is.
    sums: usize,
}

struct Add<'a, W> {
    route: &'a DenseRoute<'a>,
    weights: &'a [W],
    copies: &'a [Copied],
    spikes: &'a [(u32, f64)],
    sums: &'a mut [f64],
}

impl<W: Copy + Into<f64>> Task for Add<'_, W> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Add { route, weights, copies, spikes, sums } = self;
        let width = route.width;
        for tile in (0..width).step_by(TILE) {
            for copy in copies {
                let first = tile.max(copy.columns.start);
                let last = (tile + TILE).min(copy.columns.end);
                if first >= last {
                    continue;
                }
                let sums = &mut sums[copy.sums + first - copy.columns.start..][..last - first];
                let row = |index: usize| {
                    let source = spikes[index].0 as usize - copy.source;
                    &weights[source * width + first..source * width + last]
                };
                let mut index = copy.spikes.start;
                while index + ROWS <= copy.spikes.end {
                    add_rows::<W, ROWS>(std::array::from_fn(|i| row(index + i)), sums);
                    index += ROWS;
                }
                while index < copy.spikes.end {
                    add_rows::<W, 1>([row(index)], sums);
                    index += 1;
                }
            }
        }
    }
}

/// Adds rows to sums, one row after the other for each sum.
#[inline(always)]
fn add_rows<W: Copy + Into<f64>, const N: usize>(rows: [&[W]; N], sums: &mut [f64]) {
    let length = sums.len();
    let rows = rows.map(|row| &row[..length]);
    for i in 0..length {
        let mut sum = sums[i];
        for row in rows {
            sum += row[i].into();
        }
        sums[i] = sum;
    }
}
