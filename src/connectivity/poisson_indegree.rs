//! `poisson_indegree`: how many sources a target has is a Poisson number, the sources are drawn uniformly.

use super::fixed_indegree::FixedIndegree;
use super::{Argument, Rule, RuleInfo, Sides, Source};
use crate::num::poisson::PoissonTable;
use crate::num::rng::{Key, Stream};

pub const INFO: RuleInfo = RuleInfo {
    name: "poisson_indegree",
    summary: "every target has a Poisson number of sources with this mean",
    argument: Argument::Mean,
    explicit: false,
    asks_multapses: true,
    for_gaps: false,
};

/// A Poisson number exceeds its mean by so many standard deviations in about one of a hundred draws; these are cut.
const OFTEN: f64 = 3.0;

pub struct PoissonIndegree {
    mean: f64,
    table: PoissonTable,
    key: Key,
}

impl PoissonIndegree {
    pub fn new(mean: f64, sides: &Sides, source: Source) -> Result<PoissonIndegree, String> {
        let available = sides.sources - usize::from(sides.itself.is_some() && !sides.autapses).min(sides.sources);
        if mean + OFTEN * mean.sqrt() > available as f64 && !sides.multapses {
            return Err(format!(
                "a Poisson number with mean {mean} exceeds the {available} different sources too often: with \
                 `multapses = false` take a smaller mean, `fixed_indegree` or `pairwise_bernoulli`"
            ));
        }
        FixedIndegree::new(usize::from(mean > 0.0), sides)?;
        Ok(PoissonIndegree { mean, table: PoissonTable::new(mean), key: source.key() })
    }

    fn count(&self, target: usize, sides: &Sides) -> usize {
        let available = sides.sources - usize::from(sides.excluded(target).is_some());
        let drawn = self.table.draw(self.key, target as u64, 0) as usize;
        if sides.multapses && available > 0 { drawn } else { drawn.min(available) }
    }
}

impl Rule for PoissonIndegree {
    fn sources_of(&self, target: usize, sides: &Sides, stream: &mut Stream, sources: &mut Vec<u32>) {
        let n = self.count(target, sides);
        FixedIndegree::of(n).sources_of(target, sides, stream, sources);
    }

    fn degree(&self, target: usize, sides: &Sides, _: &mut Stream) -> usize {
        self.count(target, sides)
    }

    fn expected(&self, sides: &Sides) -> f64 {
        self.mean * sides.targets as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::Purpose;

    #[test]
    fn a_mean_near_the_number_of_sources_needs_multapses() {
        let sides = |multapses| Sides { sources: 100, targets: 10, itself: None, autapses: true, multapses };
        let made = |mean, multapses| PoissonIndegree::new(mean, &sides(multapses), Source { seed: 1, key: 2 });
        assert!(made(70.0, false).is_ok() && made(95.0, true).is_ok());
        assert!(made(95.0, false).is_err_and(|why| why.contains("exceeds the 100 different sources")));
    }

    /// Mean and variance of 4 000 Poisson numbers of mean 6: standard errors 0.039 and 6 sqrt(2/4000) + ...: 0.14.
    #[test]
    fn degrees_are_poisson() {
        let sides = Sides { sources: 50, targets: 4000, itself: None, autapses: true, multapses: true };
        let rule = PoissonIndegree::new(6.0, &sides, Source { seed: 1, key: 2 }).unwrap();
        let degrees: Vec<f64> = (0..4000)
            .map(|target| {
                let stream = || Stream::new(2, Purpose::Structure, 1, target as u64);
                let mut sources = vec![];
                rule.sources_of(target, &sides, &mut stream(), &mut sources);
                assert_eq!(rule.degree(target, &sides, &mut stream()), sources.len());
                sources.len() as f64
            })
            .collect();
        let mean = degrees.iter().sum::<f64>() / 4000.0;
        let variance = degrees.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 4000.0;
        assert!((mean - 6.0).abs() < 5.0 * 0.039 && (variance - 6.0).abs() < 5.0 * 0.15, "{mean} {variance}");
    }
}
