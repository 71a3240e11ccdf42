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

    fn degree(&self, target: usize, sides: &Sides, _: &mut Stream) -> usize {
        sides.sources - usize::from(sides.excluded(target).is_some())
    }

    fn expected(&self, sides: &Sides) -> f64 {
        sides.sources as f64 * sides.targets as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::Purpose;

    #[test]
    fn all_meet_all_but_themselves_where_that_is_forbidden() {
        let itself = Some(vec![Some(1), Some(2)]);
        let mut sides = Sides { sources: 3, targets: 2, itself, autapses: false, multapses: true };
        let mut stream = Stream::new(1, Purpose::Structure, 1, 0);
        let mut row = |sides: &Sides, target| {
            let mut sources = vec![];
            AllToAll.sources_of(target, sides, &mut stream, &mut sources);
            sources
        };
        assert_eq!((row(&sides, 0), row(&sides, 1)), (vec![0, 2], vec![0, 1]));
        sides.autapses = true;
        assert_eq!(row(&sides, 1), [0, 1, 2]);
    }
}
