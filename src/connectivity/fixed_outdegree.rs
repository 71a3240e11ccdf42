//! `fixed_outdegree`: every source has exactly n targets, drawn uniformly.
//!
//! It is `fixed_indegree` with the sides exchanged: each source draws from a stream of its own.

use super::fixed_indegree::FixedIndegree;
use super::listed::Listed;
use super::{Argument, Rule, RuleInfo, Sides, Source};

pub const INFO: RuleInfo = RuleInfo {
    name: "fixed_outdegree",
    summary: "every source has exactly n targets, drawn uniformly",
    argument: Argument::Count,
    explicit: false,
    asks_multapses: true,
    for_gaps: false,
};

pub fn new(n: usize, sides: &Sides, source: Source) -> Result<Listed, String> {
    let exchanged = exchanged(sides);
    let rule = FixedIndegree::new(n, &exchanged).map_err(|reason| reason.replace("source", "target"))?;
    let mut pairs = Vec::with_capacity(n * sides.sources);
    let mut targets = Vec::with_capacity(n);
    for from in 0..sides.sources {
        targets.clear();
        rule.sources_of(from, &exchanged, &mut source.stream(from as u64), &mut targets);
        pairs.extend(targets.iter().map(|&to| (from as u32, to)));
    }
    Ok(Listed::new(pairs.into_iter(), sides.targets))
}

/// Sources for targets, and targets for sources.
fn exchanged(sides: &Sides) -> Sides {
    let itself = sides.itself.as_ref().map(|list| {
        let mut of_source = vec![None; sides.sources];
        let both = list.iter().enumerate().filter_map(|(target, source)| Some((target as u32, (*source)?)));
        both.for_each(|(target, source)| of_source[source as usize] = Some(target));
        of_source
    });
    Sides { sources: sides.targets, targets: sides.sources, itself, ..*sides }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::{Purpose, Stream};

    #[test]
    fn every_source_has_as_many_targets_and_never_itself() {
        let source = Source { seed: 3, key: 4 };
        for multapses in [false, true] {
            let itself = Some((0..30).map(|target| (target >= 10).then(|| target - 10)).collect());
            let sides = Sides { sources: 20, targets: 30, itself, autapses: false, multapses };
            let rule = new(7, &sides, source).unwrap();
            let mut degrees = vec![0; 20];
            for target in 0..30 {
                let mut sources = vec![];
                rule.sources_of(target, &sides, &mut Stream::new(1, Purpose::Structure, 0, 0), &mut sources);
                assert_eq!(rule.degree(target, &sides, &mut Stream::new(1, Purpose::Structure, 0, 0)), sources.len());
                assert!(sources.iter().all(|source| Some(*source) != sides.excluded(target)));
                assert!(multapses || sources.windows(2).all(|pair| pair[0] < pair[1]));
                sources.iter().for_each(|&source| degrees[source as usize] += 1);
            }
            assert_eq!(degrees, [7; 20]);
        }
        let sides = Sides { sources: 2, targets: 3, itself: None, autapses: true, multapses: false };
        let message = new(4, &sides, source).err().unwrap();
        assert_eq!(message, "4 different targets are asked for, but there are only 3");
    }
}
