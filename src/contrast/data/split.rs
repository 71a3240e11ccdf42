//! Which samples train and which test.

use super::Samples;
use super::source::Raw;
use crate::num::rng::{Purpose, Stream};

/// How the test samples are chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Test {
    /// Drawn with the seed: this share of all, rounded.
    Fraction(f64),
    /// The last ones, in the order of the file.
    Last(usize),
}

/// Samples to train with, and to test with. Either may be empty.
pub fn split(raw: &Raw, test: Test, scale: f64, seed: u64) -> (Samples, Samples) {
    let n = raw.y.len();
    let chosen = match test {
        Test::Fraction(share) => drawn(n, (share * n as f64).round() as usize, seed),
        Test::Last(count) => (0..n).map(|sample| sample + count >= n).collect(),
    };
    let of = |wanted: bool| {
        let picked: Vec<usize> = (0..n).filter(|sample| chosen[*sample] == wanted).collect();
        samples(raw, &picked, scale)
    };
    (of(false), of(true))
}

/// All of them.
pub fn all(raw: &Raw, scale: f64) -> Samples {
    samples(raw, &(0..raw.y.len()).collect::<Vec<_>>(), scale)
}

/// Whether each of `n` is among `count` that are drawn without returning them: the first steps of a Fisher-Yates shuffle.
fn drawn(n: usize, count: usize, seed: u64) -> Vec<bool> {
    let mut stream = Stream::new(seed, Purpose::TestSplit, 0, 0);
    let mut order: Vec<usize> = (0..n).collect();
    let mut chosen = vec![false; n];
    for place in 0..count.min(n) {
        order.swap(place, place + stream.below((n - place) as u64) as usize);
        chosen[order[place]] = true;
    }
    chosen
}

/// The picked samples, scaled. Labels have been checked.
fn samples(raw: &Raw, picked: &[usize], scale: f64) -> Samples {
    let row = |sample: &usize| &raw.x[sample * raw.features..(sample + 1) * raw.features];
    Samples {
        features: raw.features,
        x: picked.iter().flat_map(row).map(|x| x / scale).collect(),
        y: picked.iter().map(|sample| raw.y[*sample] as u32).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(n: usize) -> Raw {
        let x = (0..n).flat_map(|i| [i as f64, 10.0]).collect();
        Raw { features: 2, x, y: (0..n).map(|i| i as f64).collect(), ..Raw::default() }
    }

    #[test]
    fn every_sample_is_on_one_side() {
        for seed in 0..5 {
            let (train, test) = split(&raw(50), Test::Fraction(0.2), 2.0, seed);
            assert_eq!((train.len(), test.len()), (40, 10));
            let mut all = [train.y.clone(), test.y.clone()].concat();
            all.sort_unstable();
            assert_eq!(all, (0..50).collect::<Vec<u32>>());
            assert!(test.y.is_sorted());
            assert_eq!(test.sample(3), [f64::from(test.y[3]) / 2.0, 5.0]);
        }
        assert_ne!(split(&raw(50), Test::Fraction(0.2), 1.0, 1).1, split(&raw(50), Test::Fraction(0.2), 1.0, 2).1);
    }

    #[test]
    fn the_last_ones_keep_their_order() {
        let (train, test) = split(&raw(5), Test::Last(2), 1.0, 0);
        assert_eq!((train.y, test.y), (vec![0, 1, 2], vec![3, 4]));
        assert!(split(&raw(5), Test::Last(9), 1.0, 0).0.is_empty());
        assert!(split(&raw(5), Test::Fraction(0.01), 1.0, 0).1.is_empty());
        assert_eq!(all(&raw(5), 1.0).len(), 5);
    }

    /// Each of 20 samples is drawn in 5 of 20 places: over 4000 seeds, 1000 times, give or take five standard deviations.
    #[test]
    fn no_sample_is_preferred() {
        let mut counts = [0u32; 20];
        for seed in 0..4000 {
            for (count, chosen) in counts.iter_mut().zip(drawn(20, 5, seed)) {
                *count += u32::from(chosen);
            }
        }
        assert!(counts.iter().all(|count| count.abs_diff(1000) < 137), "{counts:?}");
    }
}
