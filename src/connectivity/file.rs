//! `file`: the connections of a file, counted within the selections: columns (of an npz: arrays) `source`, `target`, and
//! `weight_<unit>`, `delay_<unit>` where the config does not say them. The file is read where the config is.

use super::{Argument, RuleInfo};

pub const INFO: RuleInfo = RuleInfo {
    name: "file",
    summary: "the connections of a CSV or npz file",
    argument: Argument::File,
    explicit: true,
    asks_multapses: false,
    for_gaps: false,
};

#[cfg(test)]
mod tests {
    use super::super::{Given, Sides, Source, rule};
    use crate::num::rng::{Purpose, Stream};

    #[test]
    fn is_a_list_of_pairs() {
        let sides = Sides { sources: 3, targets: 2, itself: None, autapses: true, multapses: true };
        let source = Source { seed: 1, key: 1 };
        let rule = rule("file", Given::Pairs(vec![(2, 0), (0, 0), (1, 1)]), &sides, source).unwrap();
        let mut row = vec![];
        rule.sources_of(0, &sides, &mut Stream::new(1, Purpose::Structure, 0, 0), &mut row);
        assert_eq!(row, [2, 0]);
    }
}
