//! `linear`: chance p (1 - d / reach) at distance d, none beyond the reach.

use super::distance::{Point, Profile, Shape};
use super::{Argument, RuleInfo};
use crate::model::{Parameter, Range};

pub const SHAPE: Shape = Shape {
    info: RuleInfo {
        name: "linear",
        summary: "chance p (1 - d / reach) at distance d, 0 beyond",
        argument: Argument::Distance,
        explicit: false,
        asks_multapses: false,
        for_gaps: false,
    },
    parameters: &[
        Parameter::new("p", "", Range::Within(0.0, 1.0), "chance at distance 0"),
        Parameter::new("reach", "um", Range::Positive, "distance at which the chance is 0"),
    ],
    build: |numbers| Box::new(Linear { p: numbers[0], one_over_reach: 1.0 / numbers[1] }),
};

struct Linear {
    p: f64,
    one_over_reach: f64,
}

impl Profile for Linear {
    fn chance(&self, _: Point, distance: f64) -> f64 {
        (self.p * (1.0 - distance * self.one_over_reach)).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_at_some_distances() {
        let profile = (SHAPE.build)(&[0.8, 100.0]);
        for (along, chance) in [(0.0, 0.8), (75.0, 0.2), (100.0, 0.0), (300.0, 0.0)] {
            let found = profile.chance([along, 0.0, 0.0], along);
            assert!((found - chance).abs() < 1e-15, "rounding: {along} um, {found}");
        }
    }
}
