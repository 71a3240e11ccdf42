//! Delivery through a matrix that many copies of a layer share.
//!
//! The work scales with spikes: a row of weights is added to the sums of every (copy, step) in which its source spiked.
//! An addition for which the sum has to be written back costs a store, and there is one a cycle; from memory
//! that is not the first-level cache, it costs more. So the matrix is cut into tiles of 64 columns and some
//! hundred rows, which stay in that cache while all copies and several steps pass; the sums of two (copy, step) at a time
//! stay in registers, where an addition is a load, of which there are two a cycle. Two have as many spikes each
//! as the other, for all are put in order of their number: a loop whose length changes is guessed wrong each time.
//!
//! Sums are taken in the weights' own precision, for each target in the order of its sources, whatever the threads, the
//! tiles and the width of vectors.

use super::spike_bits::{SpikeBits, WORD, places};
use crate::num::dispatch::{self, Task};
use std::ops::{AddAssign, Range};

/// Bytes of a tile of weights: less than the first-level cache of every processor of the last ten years but the
/// smallest (32 KB), which holds most of it.
const TILE_BYTES: usize = 48 * 1024;

/// Sources of a tile are numbered by a byte.
const MOST_WORDS: usize = 4;

/// Weights of a layer onto the next.
pub enum Weights {
    Single(Tiles<f32>),
    Double(Tiles<f64>),
}

/// 64 numbers beginning on a line of the cache.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct Tile<W>([W; WORD]);

/// A number that weights can be.
pub trait Weight: Copy + Default + AddAssign + Into<f64> {}
impl Weight for f32 {}
impl Weight for f64 {}

/// A matrix, `[columns / 64][source]`.
pub struct Tiles<W> {
    sources: usize,
    targets: usize,
    weights: Vec<Tile<W>>,
}

impl Weights {
    /// `weight(source, target)` of a matrix; in single precision if that loses nothing.
    pub fn new(sources: usize, targets: usize, weight: impl Fn(usize, usize) -> f64) -> Weights {
        let all = || (0..sources).flat_map(|source| (0..targets).map(move |target| (source, target)));
        if all().map(|(source, target)| weight(source, target)).all(|w| f64::from(w as f32) == w) {
            Weights::Single(Tiles::new(sources, targets, |source, target| weight(source, target) as f32))
        } else {
            Weights::Double(Tiles::new(sources, targets, weight))
        }
    }

    pub fn targets(&self) -> usize {
        match self {
            Weights::Single(tiles) => tiles.targets,
            Weights::Double(tiles) => tiles.targets,
        }
    }
}

impl<W: Weight> Tiles<W> {
    fn new(sources: usize, targets: usize, weight: impl Fn(usize, usize) -> W) -> Tiles<W> {
        let mut weights = Vec::with_capacity(targets.div_ceil(WORD) * sources);
        for first in (0..targets).step_by(WORD) {
            for source in 0..sources {
                let mut tile = Tile([W::default(); WORD]);
                let columns = WORD.min(targets - first);
                tile.0[..columns].iter_mut().enumerate().for_each(|(i, w)| *w = weight(source, first + i));
                weights.push(tile);
            }
        }
        Tiles { sources, targets, weights }
    }
}

/// What arrives at the targets of one matrix: tile by tile of 64 columns.
#[derive(Default)]
pub struct Arrivals {
    jobs: Vec<Job>,
    single: Vec<Tile<f32>>,
    double: Vec<Tile<f64>>,
}

/// The spikes of some sources, whose rows of a tile fit into the first-level cache.
#[derive(Default)]
struct Job {
    rows: Range<usize>,
    /// Pairs of a copy and a step in which one of these sources spiked, in order of the number of spikes, each with the
    /// place of its first in `sources`; at last the place of the end.
    pairs: Vec<(u32, u32)>,
    /// Of each spike, the source within `rows`.
    sources: Vec<u8>,
}

impl Arrivals {
    /// Takes the spikes that are to be delivered through `weights`.
    pub fn prepare(&mut self, weights: &Weights, spikes: &SpikeBits) {
        let row_bytes = match weights {
            Weights::Single(_) => size_of::<Tile<f32>>(),
            Weights::Double(_) => size_of::<Tile<f64>>(),
        };
        let most = (TILE_BYTES / row_bytes / WORD).clamp(1, MOST_WORDS);
        let words = spikes.words();
        let count = words.div_ceil(most);
        self.jobs.resize_with(count, Job::default);
        for (index, job) in self.jobs.iter_mut().enumerate() {
            job.sort(spikes, words * index / count..words * (index + 1) / count);
        }
        let pairs = spikes.copies() * spikes.steps();
        match weights {
            Weights::Single(_) => self.single.resize(pairs, Tile([0.0; WORD])),
            Weights::Double(_) => self.double.resize(pairs, Tile([0.0; WORD])),
        }
    }

    /// Sums up what arrives at the columns `64 tile ..` in each copy and step.
    pub fn sum(&mut self, weights: &Weights, tile: usize) {
        let jobs = &self.jobs[..];
        match weights {
            Weights::Single(tiles) => dispatch::run(Add { jobs, weights: tiles.column(tile), sums: &mut self.single }),
            Weights::Double(tiles) => dispatch::run(Add { jobs, weights: tiles.column(tile), sums: &mut self.double }),
        }
    }

    /// The sums of some pairs of a copy and a step, pair after pair.
    pub fn read(&self, weights: &Weights, pairs: Range<usize>, out: &mut [f64]) {
        match weights {
            Weights::Single(_) => dispatch::run(Read { sums: &self.single[pairs], out }),
            Weights::Double(_) => dispatch::run(Read { sums: &self.double[pairs], out }),
        }
    }
}

impl<W> Tiles<W> {
    fn column(&self, tile: usize) -> &[Tile<W>] {
        &self.weights[tile * self.sources..(tile + 1) * self.sources]
    }
}

impl Job {
    /// The spikes of the sources in `words`, by pair; pairs by the number of their spikes.
    fn sort(&mut self, spikes: &SpikeBits, words: Range<usize>) {
        self.rows = words.start * WORD..(words.end * WORD).min(spikes.neurons());
        let mut pairs_with = [0u32; MOST_WORDS * WORD + 1];
        let rows = || (0..spikes.copies()).flat_map(|copy| (0..spikes.steps()).map(move |step| (copy, step)));
        let number = |(copy, step): (usize, usize)| {
            spikes.row(copy, step)[words.clone()].iter().map(|word| word.count_ones()).sum::<u32>()
        };
        rows().for_each(|row| pairs_with[number(row) as usize] += 1);
        // Where the pairs with so many spikes begin; those without any are left out.
        let (mut pair, mut spike) = (0, 0);
        let mut begin = [(0u32, 0u32); MOST_WORDS * WORD + 1];
        for (count, begin) in begin.iter_mut().enumerate().skip(1) {
            *begin = (pair, spike);
            pair += pairs_with[count];
            spike += pairs_with[count] * count as u32;
        }
        self.pairs.clear();
        self.pairs.resize(pair as usize + 1, (0, spike));
        self.sources.clear();
        self.sources.resize(spike as usize, 0);
        for (index, row) in rows().enumerate() {
            let count = number(row);
            if count == 0 {
                continue;
            }
            let (pair, spike) = &mut begin[count as usize];
            self.pairs[*pair as usize] = (index as u32, *spike);
            *pair += 1;
            let words = &spikes.row(row.0, row.1)[words.clone()];
            let found = words.iter().enumerate().flat_map(|(i, word)| places(*word).map(move |place| i * WORD + place));
            let sources = &mut self.sources[*spike as usize..(*spike + count) as usize];
            sources.iter_mut().zip(found).for_each(|(source, place)| *source = place as u8);
            *spike += count;
        }
    }
}

struct Add<'a, W> {
    jobs: &'a [Job],
    /// Of one tile of columns.
    weights: &'a [Tile<W>],
    sums: &'a mut [Tile<W>],
}

impl<W: Weight> Task for Add<'_, W> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Add { jobs, weights, sums } = self;
        sums.fill(Tile([W::default(); WORD]));
        for job in jobs {
            let weights = &weights[job.rows.clone()];
            let count = job.pairs.len() - 1;
            let of = |i: usize| &job.sources[job.pairs[i].1 as usize..job.pairs[i + 1].1 as usize];
            for i in (0..count & !1).step_by(2) {
                let (first, second) = (job.pairs[i].0 as usize, job.pairs[i + 1].0 as usize);
                let (mut a, mut b) = (sums[first].0, sums[second].0);
                let (mut left, mut right) = (of(i).iter(), of(i + 1).iter());
                // The second has as many, or more.
                for (x, y) in left.by_ref().zip(right.by_ref()) {
                    let (x, y) = (&weights[usize::from(*x)].0, &weights[usize::from(*y)].0);
                    for lane in 0..WORD {
                        a[lane] += x[lane];
                        b[lane] += y[lane];
                    }
                }
                add(&mut b, right.as_slice(), weights);
                (sums[first].0, sums[second].0) = (a, b);
            }
            if count % 2 == 1 {
                add(&mut sums[job.pairs[count - 1].0 as usize].0, of(count - 1), weights);
            }
        }
    }
}

/// Adds some rows.
#[inline(always)]
fn add<W: Weight>(sum: &mut [W; WORD], rows: &[u8], weights: &[Tile<W>]) {
    let mut all = *sum;
    for row in rows {
        let row = &weights[usize::from(*row)].0;
        for lane in 0..WORD {
            all[lane] += row[lane];
        }
    }
    *sum = all;
}

struct Read<'a, W> {
    sums: &'a [Tile<W>],
    out: &'a mut [f64],
}

impl<W: Weight> Task for Read<'_, W> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (out, sums) in self.out.chunks_exact_mut(WORD).zip(self.sums) {
            out.iter_mut().zip(sums.0).for_each(|(out, sum)| *out = sum.into());
        }
    }
}
