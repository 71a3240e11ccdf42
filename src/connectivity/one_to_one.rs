//! `one_to_one`: the i-th source to the i-th target.

use super::{Argument, Rule, RuleInfo, Sides};
use crate::num::rng::Stream;

pub const INFO: RuleInfo = RuleInfo {
    name: "one_to_one",
    summary: "the i-th source to the i-th target; both sides have the same size",
    argument: Argument::None,
    explicit: true,
    asks_multapses: false,
    for_gaps: true,
};

pub struct OneToOne;

impl OneToOne {
    pub fn new(sides: &Sides) -> Result<OneToOne, String> {
        if sides.sources == sides.targets {
            return Ok(OneToOne);
        }
        Err(format!("`one_to_one` needs as many sources as targets, here {} and {}", sides.sources, sides.targets))
    }
}

impl Rule for OneToOne {
    fn sources_of(&self, target: usize, _: &Sides, _: &mut Stream, sources: &mut Vec<u32>) {
        sources.push(target as u32);
    }

    fn expected(&self, sides: &Sides) -> f64 {
        sides.targets as f64
    }
}
