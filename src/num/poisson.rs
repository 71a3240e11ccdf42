//! How many events of a Poisson process fall into a step: the inverse of its distribution, from a table.
//!
//! P(N = n) = m^n e^-m / n!. A uniform number u gives the n for which P(N < n) <= u < P(N <= n): count how many of
//! the cumulative probabilities u has passed. One u gives one count whatever the mean, so a draw stays a pure
//! function of its key. Large means keep only the part of the table that u can tell from 0 and 1.

/// Cumulative probabilities for one mean.
#[derive(Clone, Debug, PartialEq)]
pub struct PoissonTable {
    /// The smallest count that can come out.
    lowest: u64,
    /// `thresholds[i]` = P(N <= lowest + i), ascending, all below 1.
    thresholds: Vec<f64>,
}

/// Probabilities relative to the mode below this are nothing beside a u of 52 bits.
const NEGLIGIBLE: f64 = 1e-18;
/// A longer table is searched by halving, a shorter one counted through, which vectorises.
const COUNTED: usize = 24;

impl PoissonTable {
    /// `mean` events per step, finite and at least 0 (anything else counts as 0); up to some 1e9, where the table
    /// has half a million entries.
    pub fn new(mean: f64) -> PoissonTable {
        if !(mean > 0.0 && mean.is_finite()) {
            return PoissonTable { lowest: 0, thresholds: vec![] };
        }
        // Relative to the mode, so that no factorial or power can overflow: p(n-1) = p(n) n/m, p(n+1) = p(n) m/(n+1).
        let mode = mean.floor();
        let mut below = vec![];
        let (mut n, mut p) = (mode, 1.0);
        while n > 0.0 && p > NEGLIGIBLE {
            p *= n / mean;
            n -= 1.0;
            below.push(p);
        }
        let lowest = n as u64;
        let mut weights: Vec<f64> = below.into_iter().rev().collect();
        let (mut n, mut p) = (mode, 1.0);
        while p > NEGLIGIBLE {
            weights.push(p);
            n += 1.0;
            p *= mean / n;
        }
        let total: f64 = weights.iter().sum();
        let cumulative = weights.iter().scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum / total)
        });
        PoissonTable { lowest, thresholds: cumulative.take_while(|sum| *sum < 1.0).collect() }
    }

    /// The mean count: the sum over n of P(N > n).
    pub fn mean(&self) -> f64 {
        self.lowest as f64 + self.thresholds.iter().map(|threshold| 1.0 - threshold).sum::<f64>()
    }

    /// The count for a uniform number in (0, 1).
    #[inline(always)]
    pub fn count(&self, u: f64) -> u64 {
        self.lowest + self.thresholds.partition_point(|threshold| *threshold <= u) as u64
    }

    /// `counts[i] = count(u[i])`, as f64 because a loop of one lane width vectorises best. Call it inside a
    /// [`Task`](crate::num::dispatch::Task).
    #[inline(always)]
    pub fn counts(&self, u: &[f64], counts: &mut [f64]) {
        if self.thresholds.len() > COUNTED {
            for (count, u) in counts.iter_mut().zip(u) {
                *count = self.count(*u) as f64;
            }
            return;
        }
        counts.fill(self.lowest as f64);
        for threshold in &self.thresholds {
            for (count, u) in counts.iter_mut().zip(u) {
                *count += if *threshold <= *u { 1.0 } else { 0.0 };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_the_one_that_it_was_made_for() {
        for mean in [0.0, 1e-3, 0.7, 30.0, 4e4] {
            assert!((PoissonTable::new(mean).mean() - mean).abs() <= 1e-12 * mean, "rounding of the sum: {mean}");
        }
    }

    #[test]
    fn thresholds_are_the_distribution() {
        let table = PoissonTable::new(0.8);
        // P(N = 0) = e^-0.8, P(N <= 1) = 1.8 e^-0.8, P(N <= 2) = (1.8 + 0.32) e^-0.8.
        let e = (-0.8_f64).exp();
        for (i, exact) in [e, 1.8 * e, 2.12 * e].into_iter().enumerate() {
            assert!((table.thresholds[i] - exact).abs() < 3e-16, "rounding of the sum");
        }
        assert_eq!((table.count(0.99 * e), table.count(1.01 * e), table.count(1.81 * e)), (0, 1, 2));
        assert_eq!(PoissonTable::new(0.0).count(0.999_999), 0);
    }

    #[test]
    fn mean_and_variance_are_the_mean() {
        for mean in [1e-3, 0.3, 5.0, 80.0, 1234.5, 2e5] {
            let table = PoissonTable::new(mean);
            // Integrate the inverse exactly: the count is lowest + i between neighbouring thresholds.
            let (mut first, mut second, mut before) = (0.0, 0.0, 0.0);
            for (i, threshold) in table.thresholds.iter().chain([&1.0]).enumerate() {
                let deviation = (table.lowest + i as u64) as f64 - mean;
                first += (threshold - before) * deviation;
                second += (threshold - before) * deviation * deviation;
                before = *threshold;
            }
            // Rounding of thousands of thresholds near 1, each off by 1e-16 times their number.
            assert!(first.abs() < 1e-9 * mean.max(1.0), "{mean} {first}");
            assert!((second / mean - 1.0).abs() < 1e-7, "{mean} {second}");
        }
    }

    #[test]
    fn blocks_equal_single_counts() {
        let u: Vec<f64> = (0..1000).map(|i| (i as f64 + 0.5) / 1000.0).collect();
        for mean in [0.05, 2.0, 300.0] {
            let table = PoissonTable::new(mean);
            let mut counts = vec![0.0; u.len()];
            table.counts(&u, &mut counts);
            assert!(counts.iter().zip(&u).all(|(count, u)| *count == table.count(*u) as f64));
        }
    }
}
