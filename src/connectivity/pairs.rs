//! `pairs`: the listed pairs `[source, target]`, counted within the selections.

use super::{Argument, Rule, RuleInfo, Sides};
use crate::num::rng::Stream;

pub const INFO: RuleInfo = RuleInfo {
    name: "pairs",
    summary: "the listed pairs [source, target], counted within the selections",
    argument: Argument::Pairs,
    explicit: true,
    asks_multapses: false,
    for_gaps: true,
};

pub struct Pairs {
    by_target: Vec<Vec<u32>>,
}

impl Pairs {
    pub fn new(list: &[(u32, u32)], sides: &Sides) -> Result<Pairs, String> {
        let mut by_target = vec![Vec::new(); sides.targets];
        for &(source, target) in list {
            if source as usize >= sides.sources || target as usize >= sides.targets {
                return Err(format!(
                    "the pair [{source}, {target}] is outside the selections of {} sources and {} targets",
                    sides.sources, sides.targets
                ));
            }
            by_target[target as usize].push(source);
        }
        Ok(Pairs { by_target })
    }
}

impl Rule for Pairs {
    fn sources_of(&self, target: usize, _: &Sides, _: &mut Stream, sources: &mut Vec<u32>) {
        sources.extend_from_slice(&self.by_target[target]);
    }

    fn expected(&self, _: &Sides) -> f64 {
        self.by_target.iter().map(Vec::len).sum::<usize>() as f64
    }

    fn bytes(&self) -> f64 {
        self.by_target.iter().map(|row| size_of_val(&row[..]) + size_of::<Vec<u32>>()).sum::<usize>() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::Purpose;

    #[test]
    fn the_listed_pairs_in_the_order_written_twice_if_written_twice() {
        let sides = Sides { sources: 5, targets: 2, itself: None, autapses: true, multapses: true };
        let rule = Pairs::new(&[(4, 1), (0, 1), (4, 1)], &sides).unwrap();
        let mut stream = Stream::new(1, Purpose::Structure, 1, 0);
        let (mut first, mut second) = (vec![], vec![]);
        rule.sources_of(0, &sides, &mut stream, &mut first);
        rule.sources_of(1, &sides, &mut stream, &mut second);
        assert_eq!((first, second, rule.expected(&sides)), (vec![], vec![4, 0, 4], 3.0));
        assert!(Pairs::new(&[(5, 0)], &sides).is_err() && Pairs::new(&[(0, 2)], &sides).is_err());
    }
}
