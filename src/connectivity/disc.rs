//! `disc`: chance p within a disc, or a ball, around the target.

use super::distance::{Point, Profile, Shape, is_within};
use super::{Argument, RuleInfo};
use crate::model::{Parameter, Range};

pub const SHAPE: Shape = Shape {
    info: RuleInfo {
        name: "disc",
        summary: "chance p up to a distance of radius",
        argument: Argument::Distance,
        explicit: false,
        asks_multapses: false,
        for_gaps: false,
    },
    parameters: &[
        Parameter::new("p", "", Range::Within(0.0, 1.0), "chance within"),
        Parameter::new("radius", "um", Range::Positive, "greatest distance"),
    ],
    build: |numbers| Box::new(Disc { p: numbers[0], radius: numbers[1] }),
};

struct Disc {
    p: f64,
    radius: f64,
}

impl Profile for Disc {
    fn chance(&self, _: Point, distance: f64) -> f64 {
        if is_within(distance, self.radius) { self.p } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_at_some_distances() {
        let profile = (SHAPE.build)(&[0.8, 100.0]);
        for (along, chance) in [(0.0, 0.8), (100.0, 0.8), (100.1, 0.0)] {
            let found = profile.chance([along, 0.0, 0.0], along);
            assert!((found - chance).abs() < 1e-15, "rounding: {along} um, {found}");
        }
    }
}
