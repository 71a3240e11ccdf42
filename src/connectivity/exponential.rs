//! `exponential`: chance p exp(-d / lambda) at distance d.

use super::distance::{Point, Profile, Shape};
use super::{Argument, RuleInfo};
use crate::model::{Parameter, Range};
use crate::num::math::exp;

pub const SHAPE: Shape = Shape {
    info: RuleInfo {
        name: "exponential",
        summary: "chance p exp(-d / lambda) at distance d",
        argument: Argument::Distance,
        explicit: false,
        asks_multapses: false,
        for_gaps: false,
    },
    parameters: &[
        Parameter::new("p", "", Range::Within(0.0, 1.0), "chance at distance 0"),
        Parameter::new("lambda", "um", Range::Positive, "length constant"),
    ],
    build: |numbers| Box::new(Exponential { p: numbers[0], one_over_lambda: 1.0 / numbers[1] }),
};

struct Exponential {
    p: f64,
    one_over_lambda: f64,
}

impl Profile for Exponential {
    fn chance(&self, _: Point, distance: f64) -> f64 {
        self.p * exp(-distance * self.one_over_lambda)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_at_some_distances() {
        let profile = (SHAPE.build)(&[0.8, 100.0]);
        for (along, chance) in [(0.0, 0.8), (200.0, 0.8 * (-2.0_f64).exp())] {
            let found = profile.chance([along, 0.0, 0.0], along);
            assert!((found - chance).abs() < 1e-15, "rounding: {along} um, {found}");
        }
    }
}
