//! `pairwise_bernoulli`: each ordered pair is connected with probability p, independently.
//!
//! The gaps between successive connected sources are geometrically distributed, P(gap = j) = p (1 - p)^j, so a row
//! costs as many draws as it has connections (Batagelj & Brandes 2005, Phys Rev E 71:036113).

use super::{Argument, Rule, RuleInfo, Sides};
use crate::num::math::{ln, ln_rest};
use crate::num::rng::Stream;

pub const INFO: RuleInfo = RuleInfo {
    name: "pairwise_bernoulli",
    summary: "each ordered pair with probability p, independently",
    argument: Argument::Probability,
    explicit: false,
    asks_multapses: false,
    for_gaps: true,
};

pub struct PairwiseBernoulli {
    p: f64,
    /// 1 / ln(1 - p).
    scale: f64,
}

impl PairwiseBernoulli {
    pub fn new(p: f64) -> PairwiseBernoulli {
        PairwiseBernoulli { p, scale: 1.0 / ln_rest(p) }
    }
}

impl Rule for PairwiseBernoulli {
    fn sources_of(&self, target: usize, sides: &Sides, stream: &mut Stream, sources: &mut Vec<u32>) {
        let excluded = sides.excluded(target);
        if self.p <= 0.0 {
            return;
        }
        if self.p >= 1.0 {
            sources.extend((0..sides.sources as u32).filter(|&source| Some(source) != excluded));
            return;
        }
        let mut next = ln(stream.uniform()) * self.scale;
        while next < sides.sources as f64 {
            let source = next as u32;
            if Some(source) != excluded {
                sources.push(source);
            }
            next = next.floor() + 1.0 + ln(stream.uniform()) * self.scale;
        }
    }

    fn counts_by_drawing(&self) -> bool {
        true
    }

    fn expected(&self, sides: &Sides) -> f64 {
        self.p * sides.sources as f64 * sides.targets as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::Purpose;

    /// So seldom that 1 - p is 1: nobody is connected, and the drawing ends.
    #[test]
    fn next_to_never_is_never() {
        let sides = Sides { sources: 500, targets: 1, itself: None, autapses: true, multapses: true };
        for p in [1e-15, 1e-17, 1e-40, 5e-324] {
            let mut row = Vec::new();
            PairwiseBernoulli::new(p).sources_of(0, &sides, &mut Stream::new(3, Purpose::Structure, 0, 0), &mut row);
            assert!(row.is_empty(), "{p}");
        }
    }

    /// Number of connections over 400 rows of 500 is binomial: mean N p, sd sqrt(N p (1 - p)); allowed: four sd.
    #[test]
    fn the_number_of_connections_is_binomial() {
        let sides = Sides { sources: 500, targets: 400, itself: None, autapses: true, multapses: true };
        for p in [0.001, 0.02, 0.3, 0.9] {
            let rule = PairwiseBernoulli::new(p);
            let mut all = Vec::new();
            for target in 0..sides.targets {
                let mut row = Vec::new();
                let mut stream = Stream::new(11, Purpose::Structure, 0, target as u64);
                rule.sources_of(target, &sides, &mut stream, &mut row);
                assert!(row.windows(2).all(|pair| pair[0] < pair[1]), "a source at most once, ascending");
                assert!(row.iter().all(|&source| source < 500));
                all.extend(row);
            }
            let (n, sd) = (200_000.0 * p, (200_000.0 * p * (1.0 - p)).sqrt());
            assert!(
                (all.len() as f64 - n).abs() < 4.0 * sd,
                "p = {p}: {} connections, expected {n} +- {sd}",
                all.len()
            );
        }
    }
}
