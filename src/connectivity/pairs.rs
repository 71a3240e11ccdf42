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
}
