//! `fixed_total`: n connections in all, each between a source and a target drawn uniformly.
//!
//! With multapses every connection draws its target and its source on its own: how many a target gets is drawn first,
//! connection by connection, and its sources then from its own stream. Without them pairs are drawn until n of them differ: no
//! pair is told from another, so every set of n is as likely. Where n is more than half of all, those left out are drawn.

use super::listed::Listed;
use super::{Argument, Rule, RuleInfo, Sides, Source};
use crate::num::rng::Stream;
use rayon::prelude::*;

pub const INFO: RuleInfo = RuleInfo {
    name: "fixed_total",
    summary: "n connections in all, each between a source and a target drawn uniformly",
    argument: Argument::Count,
    explicit: false,
    asks_multapses: true,
    for_gaps: false,
};

/// Connections that draw their targets from one stream.
const TOGETHER: u64 = 1 << 20;

pub fn new(n: u64, sides: &Sides, source: Source) -> Result<Box<dyn Rule>, String> {
    let itself = sides.itself.iter().flatten().flatten().count() as u64;
    let pairs = sides.sources as u64 * sides.targets as u64 - if sides.autapses { 0 } else { itself };
    if n > 0 && pairs == 0 {
        return Err("there is no pair to be connected".into());
    }
    if sides.multapses {
        return Ok(Box::new(FixedTotal::new(n, sides, source)));
    }
    if n > pairs {
        return Err(format!("{n} different pairs are asked for, but there are only {pairs}"));
    }
    let chosen = subset(n, pairs, &mut source.stream(0));
    Ok(Box::new(Listed::new(numbered(&chosen, sides), sides.targets)))
}

/// How many connections each target has.
struct FixedTotal {
    degrees: Vec<u32>,
}

impl FixedTotal {
    fn new(n: u64, sides: &Sides, source: Source) -> FixedTotal {
        // Without autapses a target that is a source, too, has one source less to choose from: it is drawn as the
        // target of a pair, and drawn again where the pair would be itself.
        let lonely = !sides.autapses && sides.itself.is_some();
        let degrees = (0..n.div_ceil(TOGETHER)).into_par_iter().map(|part| {
            let mut stream = source.stream(part);
            let count = TOGETHER.min(n - part * TOGETHER) as usize;
            let mut degrees = vec![0u32; sides.targets];
            if lonely {
                (0..count).for_each(|_| degrees[target_of_a_pair(sides, &mut stream)] += 1);
            } else {
                let mut drawn = Vec::with_capacity(count);
                stream.many_below(sides.targets as u32, count, &mut drawn);
                drawn.iter().for_each(|&target| degrees[target as usize] += 1);
            }
            degrees
        });
        let sum = |mut sum: Vec<u32>, part: Vec<u32>| {
            sum.iter_mut().zip(part).for_each(|(sum, degree)| *sum += degree);
            sum
        };
        FixedTotal { degrees: degrees.reduce(|| vec![0; sides.targets], sum) }
    }
}

fn target_of_a_pair(sides: &Sides, stream: &mut Stream) -> usize {
    loop {
        let target = stream.below(sides.targets as u64) as usize;
        if sides.excluded(target).is_none_or(|itself| stream.below(sides.sources as u64) != u64::from(itself)) {
            return target;
        }
    }
}

impl Rule for FixedTotal {
    fn sources_of(&self, target: usize, sides: &Sides, stream: &mut Stream, sources: &mut Vec<u32>) {
        let excluded = sides.excluded(target);
        let first = sources.len();
        let available = sides.sources as u32 - u32::from(excluded.is_some());
        stream.many_below(available, self.degrees[target] as usize, sources);
        if let Some(itself) = excluded {
            // Positions at and above the excluded one stand for the source after them.
            sources[first..].iter_mut().for_each(|source| *source += u32::from(*source >= itself));
        }
    }

    fn degree(&self, target: usize, _: &Sides, _: &mut Stream) -> usize {
        self.degrees[target] as usize
    }

    fn expected(&self, _: &Sides) -> f64 {
        self.degrees.iter().map(|&degree| f64::from(degree)).sum()
    }
}

/// n of the numbers below `all`, ascending.
fn subset(n: u64, all: u64, stream: &mut Stream) -> Vec<u64> {
    let count = n.min(all - n) as usize;
    let mut drawn = Vec::with_capacity(count);
    while drawn.len() < count {
        drawn.extend((drawn.len()..count).map(|_| stream.below(all)));
        // What stands in order already is merged.
        drawn.sort();
        drawn.dedup();
    }
    if count as u64 == n {
        return drawn;
    }
    let mut left_out = drawn.into_iter().peekable();
    (0..all).filter(|number| left_out.next_if_eq(number).is_none()).collect()
}

/// Pairs that may be connected by their numbers, those of a source one after the other.
fn numbered(chosen: &[u64], sides: &Sides) -> impl Iterator<Item = (u32, u32)> + Clone {
    // Each source's targets stand one after the other, without itself where that is not allowed.
    let mut itself = vec![None; sides.sources];
    if !sides.autapses {
        let both = sides.itself.iter().flatten().enumerate().filter_map(|(target, of)| Some((target, (*of)?)));
        both.for_each(|(target, of)| itself[of as usize] = Some(target as u64));
    }
    let ends: Vec<u64> = itself
        .iter()
        .scan(0, |end, own| {
            *end += sides.targets as u64 - u64::from(own.is_some());
            Some(*end)
        })
        .collect();
    let mut from = 0;
    chosen.iter().map(move |&number| {
        while ends[from] <= number {
            from += 1;
        }
        let to = number - if from == 0 { 0 } else { ends[from - 1] };
        (from as u32, (to + u64::from(itself[from].is_some_and(|own| to >= own))) as u32)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::Purpose;
    use std::collections::HashSet;

    fn drawn(n: u64, sides: &Sides, seed: u64) -> Vec<(u32, u32)> {
        let rule = new(n, sides, Source { seed, key: 1 }).unwrap();
        let row = |target: usize| {
            let mut sources = vec![];
            let mut stream = Stream::new(seed, Purpose::Structure, 1, target as u64);
            rule.sources_of(target, sides, &mut stream, &mut sources);
            sources.into_iter().map(move |source| (source, target as u32)).collect::<Vec<_>>()
        };
        (0..sides.targets).flat_map(row).collect()
    }

    /// Chi-square over all pairs that may be: as many degrees of freedom less one, sd the root of twice that.
    #[test]
    fn pairs_are_uniform_and_as_many_as_asked() {
        for (autapses, multapses) in [(true, true), (false, true), (true, false), (false, false)] {
            let itself = Some((0..12).map(|target| (target < 9).then(|| 8 - target)).collect());
            let sides = Sides { sources: 9, targets: 12, itself, autapses, multapses };
            let mut counts = [[0.0_f64; 12]; 9];
            for seed in 0..400 {
                let pairs = drawn(50, &sides, seed);
                assert_eq!(pairs.len(), 50);
                assert!(multapses || pairs.iter().collect::<HashSet<_>>().len() == 50);
                pairs.iter().for_each(|&(source, target)| counts[source as usize][target as usize] += 1.0);
            }
            let allowed = |source: usize, target: usize| {
                autapses || sides.itself.as_ref().unwrap()[target] != Some(source as u32)
            };
            let cells: f64 = if autapses { 108.0 } else { 99.0 };
            let expected = 400.0 * 50.0 / cells;
            // Without replacement a count varies less than a Poisson count, by the share that is not chosen.
            let spread = if multapses { 1.0 } else { 1.0 - 50.0 / cells };
            let mut chi_square: f64 = 0.0;
            for (source, row) in counts.iter().enumerate() {
                for (target, count) in row.iter().enumerate() {
                    match allowed(source, target) {
                        true => chi_square += (count - expected).powi(2) / (expected * spread),
                        false => assert_eq!(*count, 0.0),
                    }
                }
            }
            assert!((chi_square - cells).abs() < 5.0 * (2.0 * cells).sqrt(), "{autapses} {multapses}: {chi_square}");
        }
    }

    /// Each of the six pairs of four numbers in a sixth of 6 000 draws, give or take four sd; three of four likewise.
    #[test]
    fn every_subset_is_as_likely() {
        for n in [2, 3] {
            let mut counts = std::collections::HashMap::new();
            for seed in 0..6000 {
                *counts.entry(subset(n, 4, &mut Stream::new(seed, Purpose::Structure, 1, 0))).or_insert(0.0) += 1.0;
            }
            let (all, share) = if n == 2 { (6, 1000.0_f64) } else { (4, 1500.0) };
            assert_eq!(counts.len(), all);
            assert!(counts.values().all(|count| (count - share).abs() < 4.0 * share.sqrt()), "{counts:?}");
        }
    }

    #[test]
    fn more_than_there_are() {
        let sides = Sides { sources: 2, targets: 3, itself: None, autapses: true, multapses: false };
        assert_eq!(drawn(6, &sides, 1).len(), 6);
        let message = new(7, &sides, Source { seed: 1, key: 1 }).err().unwrap();
        assert_eq!(message, "7 different pairs are asked for, but there are only 6");
    }
}
