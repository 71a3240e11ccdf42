//! `all_to_all`: every source to every target.

use super::{Argument, Rule, RuleInfo, Sides};
use crate::num::rng::Stream;

pub const INFO: RuleInfo = RuleInfo {
    name: "all_to_all",
    summary: "every source to every target",
    argument: Argument::None,
    explicit: false,
    asks_multapses: false,
    for_gaps: true,
};

pub struct AllToAll;

impl Rule for AllToAll {
    fn sources_of(&self, target: usize, sides: &Sides, _: &mut Stream, sources: &mut Vec<u32>) {
        let excluded = sides.excluded(target);
        sources.extend((0..sides.sources as u32).filter(|&source| Some(source) != excluded));
    }

    fn expected(&self, sides: &Sides) -> f64 {
        sides.sources as f64 * sides.targets as f64
    }
}
