//! Random numbers as a pure function of (seed, purpose, two indices, step).
//!
//! Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3") is a cipher of a
//! 128-bit counter under a 64-bit key: encrypting 0, 1, 2, ... gives random numbers that nobody has to draw in order.
//! So there is no state to save in a checkpoint, and neither threads nor the order of a file's tables can change a
//! draw. Seed, purpose and first index are themselves encrypted into the [`Key`]; the second index and the step are
//! the counter.

use crate::num::dispatch::{self, Task};
use crate::num::math::{cos, ln, sin};

/// What a stream is for: streams of different purposes never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Purpose {
    Structure = 1,
    Weight,
    Delay,
    Parameter,
    Initial,
    Amplitude,
    Noise,
    PoissonStimulus,
    PoissonCell,
    /// Spikes that several neurons have in common.
    SharedSpikes,
    /// When a noisy threshold is reached.
    Threshold,
    /// Which vesicles are released, which sites refilled.
    Release,
    /// Which samples of a data set are its test.
    TestSplit = 32,
    /// The order of samples in an epoch.
    TrainingOrder,
    /// The weights that training begins with.
    TrainingStart,
    /// Noise on the input of a contrast.
    InputNoise,
}

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

/// Ten rounds of Philox4x32: four random words for a counter and a key.
#[inline(always)]
pub fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let ([mut c0, mut c1, mut c2, mut c3], [mut k0, mut k1]) = (counter, key);
    for _ in 0..10 {
        let p0 = u64::from(MULTIPLIERS[0]) * u64::from(c0);
        let p1 = u64::from(MULTIPLIERS[1]) * u64::from(c2);
        (c0, c1, c2, c3) = ((p1 >> 32) as u32 ^ c1 ^ k0, p1 as u32, (p0 >> 32) as u32 ^ c3 ^ k1, p0 as u32);
        (k0, k1) = (k0.wrapping_add(WEYL[0]), k1.wrapping_add(WEYL[1]));
    }
    [c0, c1, c2, c3]
}

/// The 52 high bits of two words as a number in the open interval (0, 1).
#[inline(always)]
fn unit(low: u32, high: u32) -> f64 {
    let bits = (u64::from(high) << 20) | (u64::from(low) >> 12);
    // The mantissa of a number in [1, 2), moved to the middle of its cell: never 0, never 1.
    (f64::from_bits(0x3FF0_0000_0000_0000 | bits) - 1.0) + 1.110_223_024_625_156_5e-16
}

/// A standard normal number from two uniform ones (Box & Muller 1958).
#[inline(always)]
fn box_muller(u: f64, v: f64) -> f64 {
    (-2.0 * ln(u)).sqrt() * cos(std::f64::consts::TAU * v)
}

/// In the top bits of the counter's second word, so that the kinds of draw below never share a block.
#[derive(Clone, Copy)]
#[repr(u32)]
enum Kind {
    Stream = 0,
    Uniform = 1 << 30,
    Normal = 2 << 30,
    Half = 3 << 30,
    Row = 1 << 29,
}

/// Halves of words that [`Key::halves`] draws at once: those of sixteen blocks, enough for the widest vectors.
pub const GROUP: usize = 128;
const BLOCKS: usize = GROUP / 8;

/// [`philox`] for sixteen counters that differ in their first word: the i-th words of all blocks stand together.
///
/// Each number of 32 bits has a lane of 64, whose upper half may hold anything: a product then needs no shuffles.
#[inline(always)]
fn philox_group(first: u64, counter: [u32; 3], key: [u32; 2]) -> [[u64; BLOCKS]; 4] {
    const LOW: u64 = 0xFFFF_FFFF;
    let [mut c0, mut c1, mut c2, mut c3] = [[0; BLOCKS]; 4];
    for block in 0..BLOCKS {
        let mut c = [first + block as u64, counter[0].into(), counter[1].into(), counter[2].into()];
        let mut k = key;
        for _ in 0..10 {
            let p0 = (c[0] & LOW) * u64::from(MULTIPLIERS[0]);
            let p1 = (c[2] & LOW) * u64::from(MULTIPLIERS[1]);
            c = [(p1 >> 32) ^ c[1] ^ u64::from(k[0]), p1, (p0 >> 32) ^ c[3] ^ u64::from(k[1]), p0];
            k = [k[0].wrapping_add(WEYL[0]), k[1].wrapping_add(WEYL[1])];
        }
        [c0[block], c1[block], c2[block], c3[block]] = c;
    }
    [c0, c1, c2, c3]
}

/// Seed, purpose and first index: made once, then asked for any second index (below 2^61) and step.
#[derive(Clone, Copy, Debug)]
pub struct Key([u32; 2]);

impl Key {
    pub fn new(seed: u64, purpose: Purpose, a: u64) -> Key {
        let [k0, k1, _, _] =
            philox([a as u32, (a >> 32) as u32, purpose as u32, 0], [seed as u32, (seed >> 32) as u32]);
        Key([k0, k1])
    }

    #[inline(always)]
    fn block(self, kind: Kind, b: u64, step: u64) -> [u32; 4] {
        philox([b as u32, (b >> 32) as u32 | kind as u32, step as u32, (step >> 32) as u32], self.0)
    }

    /// A stream of up to 2^17 numbers for any second index and any `number` below 2^48.
    pub fn stream(self, b: u64, number: u64) -> Stream {
        Stream { key: self, b, block: number << 16, words: [0; 4], used: 4 }
    }

    /// Uniform in the open interval (0, 1).
    #[inline(always)]
    pub fn uniform(self, b: u64, step: u64) -> f64 {
        // Two neighbouring indices share a block.
        let [w0, w1, w2, w3] = self.block(Kind::Uniform, b >> 1, step);
        if b & 1 == 0 { unit(w0, w1) } else { unit(w2, w3) }
    }

    /// Standard normal.
    #[inline(always)]
    pub fn normal(self, b: u64, step: u64) -> f64 {
        let [w0, w1, w2, w3] = self.block(Kind::Normal, b, step);
        box_muller(unit(w0, w1), unit(w2, w3))
    }

    /// Half a word: 16 random bits; `index` below 2^61.
    #[inline]
    pub fn half(self, index: u64, step: u64) -> i16 {
        let (group, within) = (index / GROUP as u64, index as usize % GROUP);
        let block = group * BLOCKS as u64 + (within % BLOCKS) as u64;
        let word = self.block(Kind::Half, block, step)[within / BLOCKS / 2];
        (word >> (16 * (within / BLOCKS % 2))) as i16
    }

    /// `halves[i] = half(GROUP group + i, step)`; see [`Key::uniforms`].
    #[inline(always)]
    pub fn halves(self, group: u64, step: u64) -> [i16; GROUP] {
        let first = group * BLOCKS as u64;
        // Sixteen blocks from a multiple of sixteen: the upper half of their number is the same.
        let counter = [(first >> 32) as u32 | Kind::Half as u32, step as u32, (step >> 32) as u32];
        let lanes = philox_group(first & 0xFFFF_FFFF, counter, self.0);
        let mut halves = [0; GROUP];
        for (parts, lanes) in halves.as_chunks_mut::<{ 2 * BLOCKS }>().0.iter_mut().zip(&lanes) {
            for (block, lane) in lanes.iter().enumerate() {
                parts[block] = *lane as i16;
                parts[BLOCKS + block] = (lane >> 16) as i16;
            }
        }
        halves
    }

    /// `out[i] = uniform(first + i, step)`: write it inside a [`Task`], where it becomes
    /// vector instructions.
    #[inline(always)]
    pub fn uniforms(self, first: u64, step: u64, out: &mut [f64]) {
        let mut rest = out;
        let mut b = first;
        if b & 1 == 1 && !rest.is_empty() {
            rest[0] = self.uniform(b, step);
            rest = &mut rest[1..];
            b += 1;
        }
        // First and second of each pair in arrays of their own: the loop over blocks is then one of plain lanes.
        const PAIRS: usize = 32;
        for part in rest.chunks_mut(2 * PAIRS) {
            let (mut firsts, mut seconds) = ([0u64; PAIRS], [0u64; PAIRS]);
            for (i, (first, second)) in firsts.iter_mut().zip(&mut seconds).enumerate() {
                let [w0, w1, w2, w3] = self.block(Kind::Uniform, (b >> 1) + i as u64, step);
                *first = u64::from(w1) << 32 | u64::from(w0);
                *second = u64::from(w3) << 32 | u64::from(w2);
            }
            for (i, u) in part.iter_mut().enumerate() {
                let word = if i & 1 == 0 { firsts[i >> 1] } else { seconds[i >> 1] };
                *u = unit(word as u32, (word >> 32) as u32);
            }
            b += 2 * PAIRS as u64;
        }
    }

    /// The `attempt`-th pair of uniform numbers for entries 2 `pair` and 2 `pair` + 1 of row `row`.
    #[inline(always)]
    fn row_pair(self, row: u64, pair: u64, attempt: u64) -> (f64, f64) {
        let [w0, w1, w2, w3] = self.block(Kind::Row, row, attempt << 40 | pair);
        (unit(w0, w1), unit(w2, w3))
    }

    /// `out[i]` is uniform in (0, 1): entry i of row `row` (below 2^61). One that is refused has further attempts
    /// (below 2^24), see [`Key::row_uniform`]. Vector instructions; no more than 2^41 entries.
    pub fn row_uniforms(self, row: u64, out: &mut [f64]) {
        dispatch::run(FillRow::<false> { key: self, row, out });
    }

    /// `out[i]` is standard normal; see [`Key::row_uniforms`].
    pub fn row_normals(self, row: u64, out: &mut [f64]) {
        dispatch::run(FillRow::<true> { key: self, row, out });
    }

    /// The `attempt`-th uniform number for entry `i` of row `row`; attempt 0 is that of [`Key::row_uniforms`].
    pub fn row_uniform(self, row: u64, i: u64, attempt: u64) -> f64 {
        let (u, v) = self.row_pair(row, i >> 1, attempt);
        if i & 1 == 0 { u } else { v }
    }

    /// The `attempt`-th standard normal number for entry `i` of row `row`.
    pub fn row_normal(self, row: u64, i: u64, attempt: u64) -> f64 {
        let (u, v) = self.row_pair(row, i >> 1, attempt);
        let (first, second) = normal_pair(u, v);
        if i & 1 == 0 { first } else { second }
    }

    /// `out[i] = normal(first + i, step)`; see [`Key::uniforms`].
    #[inline(always)]
    pub fn normals(self, first: u64, step: u64, out: &mut [f64]) {
        for (i, x) in out.iter_mut().enumerate() {
            *x = self.normal(first + i as u64, step);
        }
    }
}

/// Both normal numbers that two uniform ones make (Box & Muller 1958).
#[inline(always)]
fn normal_pair(u: f64, v: f64) -> (f64, f64) {
    let radius = (-2.0 * ln(u)).sqrt();
    let angle = std::f64::consts::TAU * v;
    (radius * cos(angle), radius * sin(angle))
}

/// Entries of a row, block by block.
struct FillRow<'a, const NORMAL: bool> {
    key: Key,
    row: u64,
    out: &'a mut [f64],
}

impl<const NORMAL: bool> Task for FillRow<'_, NORMAL> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        const PAIRS: usize = 32;
        for (part, out) in self.out.chunks_mut(2 * PAIRS).enumerate() {
            // Firsts and seconds in arrays of their own: the loop over blocks is then one of plain lanes.
            let (mut firsts, mut seconds) = ([0.0; PAIRS], [0.0; PAIRS]);
            for (i, (first, second)) in firsts.iter_mut().zip(&mut seconds).enumerate() {
                (*first, *second) = self.key.row_pair(self.row, (part * PAIRS + i) as u64, 0);
            }
            if NORMAL {
                for (first, second) in firsts.iter_mut().zip(&mut seconds) {
                    (*first, *second) = normal_pair(*first, *second);
                }
            }
            for (i, out) in out.iter_mut().enumerate() {
                *out = if i & 1 == 0 { firsts[i >> 1] } else { seconds[i >> 1] };
            }
        }
    }
}

/// Uniform in (0, 1), a pure function of its arguments.
pub fn uniform_at(seed: u64, purpose: Purpose, a: u64, b: u64, step: u64) -> f64 {
    Key::new(seed, purpose, a).uniform(b, step)
}

/// Standard normal, a pure function of its arguments.
pub fn normal_at(seed: u64, purpose: Purpose, a: u64, b: u64, step: u64) -> f64 {
    Key::new(seed, purpose, a).normal(b, step)
}

/// A stream of random numbers, a pure function of its key: for building, where the number of draws is not known.
#[derive(Clone, Debug)]
pub struct Stream {
    key: Key,
    b: u64,
    block: u64,
    words: [u32; 4],
    used: usize,
}

impl Stream {
    /// `seed`, what it is for, and two indices (population or table, neuron or synapse; the second below 2^61).
    pub fn new(seed: u64, purpose: Purpose, a: u64, b: u64) -> Stream {
        Stream { key: Key::new(seed, purpose, a), b, block: 0, words: [0; 4], used: 4 }
    }

    fn pair(&mut self) -> (u32, u32) {
        if self.used == 4 {
            self.words = self.key.block(Kind::Stream, self.b, self.block);
            self.block += 1;
            self.used = 0;
        }
        self.used += 2;
        (self.words[self.used - 2], self.words[self.used - 1])
    }

    pub fn bits(&mut self) -> u64 {
        let (low, high) = self.pair();
        u64::from(high) << 32 | u64::from(low)
    }

    /// Uniform in the open interval (0, 1).
    pub fn uniform(&mut self) -> f64 {
        let (low, high) = self.pair();
        unit(low, high)
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        let u = self.uniform();
        box_muller(u, self.uniform())
    }

    /// Mean 1.
    pub fn exponential(&mut self) -> f64 {
        -ln(self.uniform())
    }

    /// Uniform integer in 0..n (0 for n = 0), unbiased (Lemire 2019).
    pub fn below(&mut self, n: u64) -> u64 {
        let mut product = u128::from(self.bits()) * u128::from(n);
        if (product as u64) < n {
            // Of the 2^64 words, 2^64 mod n too many: draw again on those.
            let surplus = n.wrapping_neg() % n;
            while (product as u64) < surplus {
                product = u128::from(self.bits()) * u128::from(n);
            }
        }
        (product >> 64) as u64
    }

    /// Appends `count` uniform integers in 0..n to `out`, unbiased: many at a time, from 32-bit words (Lemire 2019).
    /// Not the numbers that as many calls of [`Stream::below`] would give.
    pub fn many_below(&mut self, n: u32, count: usize, out: &mut Vec<u32>) {
        self.used = 4;
        let first = out.len();
        out.resize(first + count, 0);
        let drawn = &mut out[first..];
        let blocks = count.div_ceil(4) as u64;
        let refused = dispatch::run(FillBelow { key: self.key, b: self.b, block: self.block, n, out: drawn });
        if refused {
            // Of the 2^32 words, 2^32 mod n too many: their places are drawn again, from the words that follow.
            let surplus = n.wrapping_neg() % n;
            let mut again = Stream { block: self.block + blocks, ..self.clone() };
            for (i, out) in drawn.iter_mut().enumerate() {
                let word = self.key.block(Kind::Stream, self.b, self.block + (i as u64 >> 2))[i & 3];
                if word.wrapping_mul(n) < surplus {
                    *out = again.below(u64::from(n)) as u32;
                }
            }
            self.block = again.block;
        } else {
            self.block += blocks;
        }
    }
}

/// `out[i]` is the high half of word i times n; whether some word has to be drawn again.
struct FillBelow<'a> {
    key: Key,
    b: u64,
    block: u64,
    n: u32,
    out: &'a mut [u32],
}

impl Task for FillBelow<'_> {
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        const BLOCKS: usize = 16;
        let n = u64::from(self.n);
        let surplus = if self.n == 0 { 0 } else { self.n.wrapping_neg() % self.n };
        let mut refused = 0u32;
        for (part, out) in self.out.chunks_mut(4 * BLOCKS).enumerate() {
            let mut words = [[0u32; BLOCKS]; 4];
            let [w0, w1, w2, w3] = &mut words;
            for i in 0..BLOCKS {
                let block = self.block + (part * BLOCKS + i) as u64;
                [w0[i], w1[i], w2[i], w3[i]] = self.key.block(Kind::Stream, self.b, block);
            }
            for (i, out) in out.iter_mut().enumerate() {
                let product = u64::from(words[i & 3][i >> 2]) * n;
                *out = (product >> 32) as u32;
                refused |= u32::from((product as u32) < surplus);
            }
        }
        refused != 0
    }
}

#[cfg(test)]
#[path = "rng_tests.rs"]
mod tests;
