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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::Purpose;

    #[test]
    fn each_meets_its_own_number() {
        let mut sides = Sides { sources: 4, targets: 4, itself: None, autapses: true, multapses: true };
        let mut sources = vec![];
        let mut stream = Stream::new(1, Purpose::Structure, 1, 0);
        let rule = OneToOne::new(&sides).unwrap();
        (0..4).for_each(|target| rule.sources_of(target, &sides, &mut stream, &mut sources));
        assert_eq!((sources, rule.expected(&sides)), (vec![0, 1, 2, 3], 4.0));
        sides.targets = 5;
        assert!(OneToOne::new(&sides).err().unwrap().contains("4 and 5"));
    }
}
