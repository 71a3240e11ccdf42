//! How many events of a Poisson process fall into a step, exactly and many at a time.
//!
//! P(N = n) = m^n e^-m / n!. A draw starts from 16 random bits, h. Each likely count n owns whole values of h,
//! floor(2^16 P(N = n)) of them, so the count is the number of cuts that h has passed: a comparison and an addition
//! per cut, in every lane of a vector. The values left over, one in some thousand, stand for what the rounding cut off
//! and for the unlikely counts; where one comes up, a second random number of 52 bits decides. So every count has its
//! probability to the precision of an f64, far into the tails (composition; Devroye 1986, "Non-uniform random variate
//! generation", II.4).

use super::math::exp;
use super::rng::{GROUP, Key};

/// Values of h.
const VALUES: f64 = 65_536.0;
/// The smallest h.
const FIRST: f64 = -32_768.0;
/// Likely counts own values until those left over for the others are no more than this part.
const LEFT_OVER: f64 = 1.0 / 4096.0;
/// Probabilities relative to the mode below this are nothing: the second number tells no more than 2^-64 apart.
const NEGLIGIBLE: f64 = 1e-22;
/// A longer list of cuts is searched by halving, a shorter one counted through, which vectorises.
const COUNTED: usize = 48;
/// Cuts that are counted through together.
const TOGETHER: usize = 4;

/// The distribution for one mean, made for drawing from it.
#[derive(Clone, Debug, PartialEq)]
pub struct PoissonTable {
    mean: f64,
    /// The smallest count that owns values.
    lowest: u32,
    /// h below `cuts[i]` belongs to counts up to lowest + i; from the last cut on it is left over.
    cuts: Vec<i16>,
    /// The smallest count that an h left over can mean.
    rarest: u32,
    /// What is left over for counts up to rarest + i, in values.
    rare: Vec<f64>,
}

impl PoissonTable {
    /// `mean` events per step, finite and at least 0 (anything else counts as 0); up to some 1e9, where the table
    /// has half a million entries.
    pub fn new(mean: f64) -> PoissonTable {
        let mean = if mean > 0.0 && mean.is_finite() { mean } else { 0.0 };
        let (rarest, mut left) = chances(mean);
        let likely = likely(&left, (mean.floor() as u64 - u64::from(rarest)) as usize);
        left.iter_mut().for_each(|chance| *chance *= VALUES);
        let mut owned = 0.0;
        let mut cuts = Vec::with_capacity(likely.len());
        for left in &mut left[likely.clone()] {
            // One value at least is left over, so that the last cut is a value too.
            let whole = left.floor().min(VALUES - 1.0 - owned);
            owned += whole;
            *left -= whole;
            cuts.push((FIRST + owned) as i16);
        }
        let rare = left.iter().scan(0.0, |sum, left| {
            *sum += left;
            Some(*sum)
        });
        PoissonTable { mean, lowest: rarest + likely.start as u32, cuts, rarest, rare: rare.collect() }
    }

    /// The mean count that it was made for.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The count of the process `index` in a step, a pure function of its arguments.
    #[inline]
    pub fn draw(&self, key: Key, index: u64, step: u64) -> u32 {
        let half = key.half(index, step);
        if half >= self.left_from() { self.draw_rare(key, index, step) } else { self.likely(half) }
    }

    /// `draw(key, GROUP group + i, step)` for each i: write it inside a [`Task`](super::dispatch::Task), where it
    /// becomes vector instructions.
    #[inline(always)]
    pub fn draw_group(&self, key: Key, group: u64, step: u64) -> [u32; GROUP] {
        let halves = key.halves(group, step);
        let mut counts =
            if self.cuts.len() > COUNTED { halves.map(|half| self.likely(half)) } else { self.count_through(&halves) };
        let left_from = self.left_from();
        // A fold with `|` is a vector loop, a search is not.
        if halves.iter().fold(false, |any, half| any | (*half >= left_from)) {
            for (i, count) in counts.iter_mut().enumerate().filter(|(i, _)| halves[*i] >= left_from) {
                *count = self.draw_rare(key, group * GROUP as u64 + i as u64, step);
            }
        }
        counts
    }

    /// How many cuts each has passed: all, less those that lie above.
    #[inline(always)]
    fn count_through(&self, halves: &[i16; GROUP]) -> [u32; GROUP] {
        let mut above = [0i16; GROUP];
        let (several, ones) = self.cuts.as_chunks::<TOGETHER>();
        for &cuts in several {
            for (above, half) in above.iter_mut().zip(halves) {
                *above += cuts.iter().map(|cut| i16::from(cut > half)).sum::<i16>();
            }
        }
        for &cut in ones {
            for (above, half) in above.iter_mut().zip(halves) {
                *above += i16::from(cut > *half);
            }
        }
        let all = self.lowest + self.cuts.len() as u32;
        above.map(|above| all - above as u32)
    }

    /// The first h that is left over.
    #[inline(always)]
    fn left_from(&self) -> i16 {
        self.cuts.last().copied().unwrap_or(i16::MIN)
    }

    /// The count that owns `half`.
    #[inline(always)]
    fn likely(&self, half: i16) -> u32 {
        self.lowest + self.cuts.partition_point(|cut| *cut <= half) as u32
    }

    /// The count for an h left over.
    #[inline(never)]
    fn draw_rare(&self, key: Key, index: u64, step: u64) -> u32 {
        let place = key.uniform(index, step) * self.rare.last().copied().unwrap_or(0.0);
        let passed = self.rare.partition_point(|sum| *sum <= place);
        self.rarest + passed.min(self.rare.len().saturating_sub(1)) as u32
    }
}

/// The smallest count that is not negligible, and the probabilities from it on.
fn chances(mean: f64) -> (u32, Vec<f64>) {
    // Relative to the mode, so that no factorial or power can overflow: p(n-1) = p(n) n/m, p(n+1) = p(n) m/(n+1).
    let mode = mean.floor();
    let mut chances = vec![];
    let (mut n, mut p) = (mode, 1.0);
    while n > 0.0 && p > NEGLIGIBLE {
        p *= n / mean;
        n -= 1.0;
        chances.push(p);
    }
    let rarest = n as u32;
    chances.reverse();
    let (mut n, mut p) = (mode, 1.0);
    while p > NEGLIGIBLE {
        chances.push(p);
        n += 1.0;
        p *= mean / n;
    }
    // From the small ones on, so that they are not lost in the sum.
    let middle = (mode as u64 - u64::from(rarest)) as usize;
    let low: f64 = chances[..middle].iter().sum();
    let total = low + chances[middle..].iter().rev().sum::<f64>();
    chances.iter_mut().for_each(|chance| *chance /= total);
    (rarest, chances)
}

/// The counts that own words: from the mode outwards, the likelier side first.
fn likely(chances: &[f64], mode: usize) -> std::ops::Range<usize> {
    let mut likely = mode..mode + 1;
    let mut left = 1.0 - chances[mode];
    while left > LEFT_OVER {
        let below = if likely.start > 0 { chances[likely.start - 1] } else { 0.0 };
        let above = chances.get(likely.end).copied().unwrap_or(0.0);
        let more = below.max(above);
        if more * VALUES < 1.0 {
            break;
        }
        if below > above {
            likely.start -= 1;
        } else {
            likely.end += 1;
        }
        left -= more;
    }
    likely
}

/// A hidden process that several listen to: each takes every spike of it with the same chance. Each then is a Poisson process, and
/// the counts of any two have this chance as their correlation (Kuhn, Aertsen & Rotter 2003, Neural Comput 15:67).
pub struct InCommon {
    chance: f64,
    table: PoissonTable,
}

impl InCommon {
    /// For listeners that hear `mean` spikes a step; none where nothing is in common.
    pub fn new(mean: f64, chance: f64) -> Option<InCommon> {
        (chance > 0.0).then(|| InCommon { chance, table: PoissonTable::new(mean / chance) })
    }

    /// Spikes of the hidden process in a step, in which a listener hears so many as `now` tells, where that changes.
    pub fn draw(&self, now: Option<&PoissonTable>, key: Key, step: u64) -> u32 {
        match now {
            Some(now) => PoissonTable::new(now.mean() / self.chance).draw(key, 0, step),
            None => self.table.draw(key, 0, step),
        }
    }

    /// Those of `hidden` spikes that listener `index` takes.
    pub fn taken(&self, key: Key, hidden: u32, index: u32, step: u64) -> u64 {
        let takes = |spike: &u32| key.uniform(u64::from(*spike) << 32 | u64::from(index), step) < self.chance;
        (0..hidden).filter(takes).count() as u64
    }
}

/// Means up to here, one per lane, are drawn without tables.
pub const LARGEST_IN_LANES: f64 = 32.0;

/// A group of processes that each have their own mean (at most [`LARGEST_IN_LANES`]): the same inversion, from a
/// number of 52 bits, with the probabilities computed along the way.
///
/// `counts[i]` is that of process `first + i`. Write it inside a [`Task`](super::dispatch::Task).
#[inline(always)]
pub fn draw_each(key: Key, first: u64, step: u64, means: &[f64], counts: &mut [f64]) {
    const EACH: usize = 64;
    let lists = means.chunks(EACH).zip(counts.chunks_mut(EACH)).enumerate();
    for (part, (means, counts)) in lists {
        let (mut mean, mut u) = ([0.0; EACH], [0.0; EACH]);
        mean[..means.len()].copy_from_slice(means);
        key.uniforms(first + (part * EACH) as u64, step, &mut u[..means.len()]);
        let mut chance = mean.map(|mean| exp(-mean));
        let mut passed = chance;
        let mut count = [0.0; EACH];
        // Rounding may leave the sum of all chances just below a u: nothing lies beyond 12 standard deviations.
        let largest = mean.iter().fold(0.0, |most: f64, mean| most.max(*mean));
        let most = (largest + 12.0 * largest.sqrt() + 30.0) as u32;
        for n in 1..most {
            let mut any = 0;
            for lane in 0..EACH {
                let beyond = u[lane] >= passed[lane];
                count[lane] += if beyond { 1.0 } else { 0.0 };
                any |= u64::from(beyond);
            }
            if any == 0 {
                break;
            }
            let inverse = 1.0 / f64::from(n);
            for lane in 0..EACH {
                chance[lane] *= mean[lane] * inverse;
                passed[lane] += chance[lane];
            }
        }
        counts.copy_from_slice(&count[..counts.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::dispatch::{self, Task};
    use super::super::rng::Purpose;
    use super::*;

    struct Groups<'a>(&'a PoissonTable, Key, &'a mut Vec<u32>);

    impl Task for Groups<'_> {
        type Output = ();
        #[inline(always)]
        fn run(self) {
            (0..400).for_each(|group| self.2.extend(self.0.draw_group(self.1, group, 7)));
        }
    }

    fn drawn(mean: f64) -> Vec<u32> {
        let mut counts = vec![];
        dispatch::run(Groups(&PoissonTable::new(mean), Key::new(3, Purpose::PoissonStimulus, 1), &mut counts));
        counts
    }

    #[test]
    fn groups_equal_single_draws() {
        for mean in [0.0, 1e-3, 0.8, 2.3, 30.0, 300.0] {
            let (table, key) = (PoissonTable::new(mean), Key::new(3, Purpose::PoissonStimulus, 1));
            let all = drawn(mean);
            assert!(all.iter().enumerate().all(|(i, count)| *count == table.draw(key, i as u64, 7)));
        }
    }

    /// Chi-square against m^n e^-m / n!, cells with fewer than ten expected joined; five sd allowed.
    #[test]
    fn counts_have_the_distribution() {
        for mean in [0.05_f64, 0.8, 2.32, 12.0] {
            let counts = drawn(mean);
            let n = counts.len() as f64;
            let (mut p, mut chi_square, mut cells) = ((-mean).exp(), 0.0, 0.0_f64);
            let (mut expected, mut seen) = (0.0, 0.0);
            for k in 0..60 {
                expected += n * p;
                seen += counts.iter().filter(|count| **count == k).count() as f64;
                if expected >= 10.0 {
                    chi_square += (seen - expected) * (seen - expected) / expected;
                    cells += 1.0;
                    (expected, seen) = (0.0, 0.0);
                }
                p *= mean / f64::from(k + 1);
            }
            assert!(chi_square < cells + 5.0 * (2.0 * cells).sqrt(), "{mean}: {chi_square} in {cells}");
        }
    }

    /// Standard errors: sqrt(m / n) of the mean, sqrt((m + 2 m^2) / n) of the variance.
    #[test]
    fn mean_and_variance_are_the_mean() {
        for mean in [1e-3_f64, 0.3, 5.0, 80.0, 1234.5, 2e5] {
            let counts = drawn(mean);
            let n = counts.len() as f64;
            let first = counts.iter().map(|k| f64::from(*k)).sum::<f64>() / n;
            let second = counts.iter().map(|k| (f64::from(*k) - mean).powi(2)).sum::<f64>() / n;
            assert!((first - mean).abs() < 5.0 * (mean / n).sqrt(), "{mean}: {first}");
            assert!((second - mean).abs() < 5.0 * ((mean + 2.0 * mean * mean) / n).sqrt(), "{mean}: {second}");
        }
    }
}
