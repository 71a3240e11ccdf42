//! `fixed_indegree`: every target has exactly n sources, drawn uniformly.

use super::{Argument, Rule, RuleInfo, Sides};
use crate::num::rng::Stream;
use std::collections::HashSet;

pub const INFO: RuleInfo = RuleInfo {
    name: "fixed_indegree",
    summary: "every target has exactly n sources, drawn uniformly",
    argument: Argument::Count,
    explicit: false,
    asks_multapses: true,
    for_gaps: false,
};

pub struct FixedIndegree {
    n: usize,
}

impl FixedIndegree {
    pub fn new(n: usize, sides: &Sides) -> Result<FixedIndegree, String> {
        let available = if sides.itself.is_some() && !sides.autapses { sides.sources - 1 } else { sides.sources };
        if n > 0 && available == 0 {
            return Err("there is no source to draw from".into());
        }
        if !sides.multapses && n > available {
            return Err(format!("{n} different sources are asked for, but there are only {available}"));
        }
        Ok(FixedIndegree { n })
    }

    /// Of a number that is known to be possible.
    pub fn of(n: usize) -> FixedIndegree {
        FixedIndegree { n }
    }
}

impl Rule for FixedIndegree {
    fn sources_of(&self, target: usize, sides: &Sides, stream: &mut Stream, sources: &mut Vec<u32>) {
        let excluded = sides.excluded(target);
        let available = sides.sources as u64 - u64::from(excluded.is_some());
        // Positions at and above the excluded one stand for the source after them.
        let shift = |position: u64| position as u32 + u32::from(excluded.is_some_and(|e| position >= e as u64));
        if sides.multapses {
            let first = sources.len();
            stream.many_below(available as u32, self.n, sources);
            if excluded.is_some() {
                sources[first..].iter_mut().for_each(|source| *source = shift(u64::from(*source)));
            }
            return;
        }
        // Floyd's algorithm draws a uniform subset in n draws (Bentley & Floyd 1987, CACM 30:754).
        let mut chosen = HashSet::with_capacity(self.n);
        for last in available - self.n as u64..available {
            let drawn = stream.below(last + 1);
            let taken = if chosen.insert(drawn) { drawn } else { last };
            chosen.insert(taken);
            sources.push(shift(taken));
        }
    }

    fn degree(&self, _: usize, _: &Sides, _: &mut Stream) -> usize {
        self.n
    }

    fn expected(&self, sides: &Sides) -> f64 {
        self.n as f64 * sides.targets as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::Purpose;

    fn row(sides: &Sides, n: usize, target: usize) -> Vec<u32> {
        let mut sources = Vec::new();
        let mut stream = Stream::new(3, Purpose::Structure, 1, target as u64);
        FixedIndegree::new(n, sides).unwrap().sources_of(target, sides, &mut stream, &mut sources);
        sources
    }

    #[test]
    fn without_multapses_and_autapses_all_others_are_drawn_once() {
        let itself = Some((0..10).map(Some).collect());
        let sides = Sides { sources: 10, targets: 10, itself, autapses: false, multapses: false };
        for target in 0..10 {
            let mut sources = row(&sides, 9, target);
            sources.sort();
            let others: Vec<u32> = (0..10).filter(|&source| source != target as u32).collect();
            assert_eq!(sources, others);
        }
        assert!(FixedIndegree::new(10, &sides).is_err());
    }

    /// Chi-square over 20 sources, 4 000 draws: mean 19, sd sqrt(38); allowed: four sd.
    #[test]
    fn sources_are_uniform() {
        let sides = Sides { sources: 20, targets: 400, itself: None, autapses: true, multapses: false };
        let mut counts = [0u32; 20];
        for target in 0..400 {
            row(&sides, 10, target).iter().for_each(|&source| counts[source as usize] += 1);
        }
        // Without replacement the variance of a count is np(1-p) = 100, not 200: chi-square halves.
        let chi_square: f64 = counts.iter().map(|&c| (c as f64 - 200.0).powi(2) / 100.0).sum();
        assert!(chi_square < 20.0 + 4.0 * 38f64.sqrt(), "{chi_square}");
    }
}
