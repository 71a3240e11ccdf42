//! `symmetric_pairwise_bernoulli`: each unordered pair with probability p, and then both ways.
//!
//! Both sides must be the same neurons. A pair is drawn from the stream of its lower neuron, so that both ways agree.

use super::listed::Listed;
use super::pairwise_bernoulli::PairwiseBernoulli;
use super::{Argument, Rule, RuleInfo, Sides, Source};

pub const INFO: RuleInfo = RuleInfo {
    name: "symmetric_pairwise_bernoulli",
    summary: "each unordered pair with probability p, and then both ways",
    argument: Argument::Probability,
    explicit: false,
    asks_multapses: false,
    for_gaps: false,
};

pub fn new(p: f64, sides: &Sides, source: Source) -> Result<Listed, String> {
    let n = sides.targets;
    let same = sides.itself.as_ref().is_some_and(|list| list.iter().enumerate().all(|(i, own)| *own == Some(i as u32)));
    if !same || sides.sources != n {
        return Err("`symmetric_pairwise_bernoulli` needs the same neurons on both sides".into());
    }
    let rule = PairwiseBernoulli::new(p);
    let mut pairs = Vec::new();
    for low in 0..n {
        // The neurons from itself on.
        let rest = Sides { sources: n - low, targets: 1, itself: None, autapses: true, multapses: true };
        let mut others = Vec::new();
        rule.sources_of(0, &rest, &mut source.stream(low as u64), &mut others);
        for high in others.iter().map(|distance| low as u32 + distance) {
            match high == low as u32 {
                true if sides.autapses => pairs.push((high, high)),
                true => {}
                false => pairs.extend([(low as u32, high), (high, low as u32)]),
            }
        }
    }
    pairs.sort_unstable();
    Ok(Listed::new(pairs.into_iter(), n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::{Purpose, Stream};
    use std::collections::HashSet;

    /// Binomial: 400 x 399 / 2 pairs with p = 0.1; allowed: four sd.
    #[test]
    fn both_ways_or_not_at_all() {
        let itself = Some((0..400).map(Some).collect());
        let sides = Sides { sources: 400, targets: 400, itself, autapses: false, multapses: true };
        let rule = new(0.1, &sides, Source { seed: 5, key: 6 }).unwrap();
        let mut pairs = HashSet::new();
        for target in 0..400 {
            let mut sources = vec![];
            rule.sources_of(target, &sides, &mut Stream::new(1, Purpose::Structure, 0, 0), &mut sources);
            assert!(sources.iter().all(|&source| pairs.insert((source, target as u32)) && source != target as u32));
        }
        assert!(pairs.iter().all(|&(source, target)| pairs.contains(&(target, source))));
        let (mean, sd) = (79_800.0 * 0.1, (79_800.0_f64 * 0.09).sqrt());
        assert!((pairs.len() as f64 / 2.0 - mean).abs() < 4.0 * sd);
        let others = Sides { itself: None, ..sides };
        assert!(new(0.1, &others, Source { seed: 5, key: 6 }).is_err());
    }
}
