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

use super::spike_bits::SpikeBits;
use crate::num::bits::WORD;
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
    /// place of its first in `sources`; at last the place of the end. The first job has all pairs, whose sums begin with it.
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
            let words = words * index / count..words * (index + 1) / count;
            dispatch::run(Sort { job, spikes, words, all: index == 0 });
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

/// Puts the spikes of the sources in `words` in order: by pair; pairs by the number of their spikes.
struct Sort<'a> {
    job: &'a mut Job,
    spikes: &'a SpikeBits,
    words: Range<usize>,
    /// Pairs without a spike are kept too.
    all: bool,
}

impl Task for Sort<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Sort { job, spikes, words, all } = self;
        job.rows = words.start * WORD..(words.end * WORD).min(spikes.neurons());
        let mut pairs_with = [0u32; MOST_WORDS * WORD + 1];
        let number = |row: &[u64]| row[words.clone()].iter().map(|word| word.count_ones()).sum::<u32>();
        spikes.rows().for_each(|row| pairs_with[number(row) as usize] += 1);
        if !all {
            pairs_with[0] = 0;
        }
        // Where the pairs with so many spikes begin.
        let (mut pair, mut spike) = (0, 0);
        let mut begin = [(0u32, 0u32); MOST_WORDS * WORD + 1];
        for (count, begin) in begin.iter_mut().enumerate() {
            *begin = (pair, spike);
            pair += pairs_with[count];
            spike += pairs_with[count] * count as u32;
        }
        job.pairs.clear();
        job.pairs.resize(pair as usize + 1, (0, spike));
        job.sources.resize(spike as usize, 0);
        let mut found = [0; MOST_WORDS * WORD + AT_ONCE];
        for (index, row) in spikes.rows().enumerate() {
            let count = number(row);
            if count == 0 && !all {
                continue;
            }
            let (pair, spike) = &mut begin[count as usize];
            job.pairs[*pair as usize] = (index as u32, *spike);
            *pair += 1;
            let mut end = 0;
            for (number, &word) in row[words.clone()].iter().enumerate() {
                write_places(word, (number * WORD) as u8, &mut found[end..]);
                end += word.count_ones() as usize;
            }
            job.sources[*spike as usize..(*spike + count) as usize].copy_from_slice(&found[..end]);
            *spike += count;
        }
    }
}

/// Places of bits that are written without asking whether there are as many: a loop that ends at a different number
/// each time is guessed wrong each time, which costs more than a dozen of them.
const AT_ONCE: usize = 12;

/// Writes `first` plus the places of the bits of `word`, ascending, and behind them anything.
#[inline(always)]
fn write_places(word: u64, first: u8, out: &mut [u8]) {
    let mut left = word;
    for out in out.chunks_exact_mut(AT_ONCE) {
        for place in out {
            *place = first.wrapping_add(left.trailing_zeros() as u8);
            left &= left.wrapping_sub(1);
        }
        if left == 0 {
            return;
        }
    }
    // What is left has no full dozen of places.
    let rest = out.len() / AT_ONCE * AT_ONCE;
    for place in &mut out[rest..] {
        *place = first.wrapping_add(left.trailing_zeros() as u8);
        left &= left.wrapping_sub(1);
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
        for (number, job) in jobs.iter().enumerate() {
            let begin = |sum: &Tile<W>| if number == 0 { [W::default(); WORD] } else { sum.0 };
            let weights = &weights[job.rows.clone()];
            let count = job.pairs.len() - 1;
            let of = |i: usize| &job.sources[job.pairs[i].1 as usize..job.pairs[i + 1].1 as usize];
            for i in (0..count & !1).step_by(2) {
                let (first, second) = (job.pairs[i].0 as usize, job.pairs[i + 1].0 as usize);
                let (mut a, mut b) = (begin(&sums[first]), begin(&sums[second]));
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
                let last = &mut sums[job.pairs[count - 1].0 as usize];
                last.0 = begin(last);
                add(&mut last.0, of(count - 1), weights);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::{Purpose, Stream};

    #[test]
    fn places_of_bits() {
        for word in [0, 1, u64::MAX, 0x8000_0000_0000_0001, 0xF0F0_1234_0000_FFFF, u64::MAX >> 50] {
            let mut out = [0; 2 * WORD];
            write_places(word, 64, &mut out);
            let expected: Vec<u8> = (0..64).filter(|bit| word >> bit & 1 == 1).map(|bit| 64 + bit).collect();
            assert_eq!(out[..expected.len()], expected, "{word:x}");
        }
    }

    /// Rows of all lengths, sums of both precisions: as a loop over sources adds them up.
    #[test]
    fn sums_are_those_of_a_loop_in_the_order_of_sources() {
        let mut stream = Stream::new(3, Purpose::Weight, 0, 0);
        for (sources, targets, single) in [(1, 1, true), (70, 65, true), (700, 130, true), (300, 100, false)] {
            let all: Vec<f64> = (0..sources * targets)
                .map(|_| if single { f64::from(stream.normal() as f32) } else { stream.normal() })
                .collect();
            let weights = Weights::new(sources, targets, |source, target| all[source * targets + target]);
            assert_eq!(matches!(weights, Weights::Single(_)), single);
            let mut spikes = SpikeBits::none(sources, 3, 5);
            for (pair, chance) in [0.0, 0.01, 0.1, 0.1, 0.1, 0.5, 0.9, 1.0, 0.2].into_iter().enumerate() {
                let spiking = |_: &usize| stream.uniform() < chance;
                let list: Vec<usize> = (0..sources).filter(spiking).collect();
                list.iter().for_each(|source| spikes.set(pair / 5, pair % 5, *source));
            }
            let mut arrivals = Arrivals::default();
            arrivals.prepare(&weights, &spikes);
            for tile in 0..targets.div_ceil(WORD) {
                arrivals.sum(&weights, tile);
                let mut found = vec![f64::NAN; 15 * WORD];
                arrivals.read(&weights, 0..15, &mut found);
                for (pair, found) in found.chunks_exact(WORD).enumerate() {
                    for target in (tile * WORD..targets).take(WORD) {
                        let active = spikes.spiking(pair / 5, pair % 5).map(|source| all[source * targets + target]);
                        let expected = match single {
                            true => f64::from(active.fold(0.0_f32, |sum, w| sum + w as f32)),
                            false => active.fold(0.0, |sum, w| sum + w),
                        };
                        assert_eq!(found[target - tile * WORD], expected, "{sources} {targets} {pair} {target}");
                    }
                }
            }
        }
    }
}
