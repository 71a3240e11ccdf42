//! `box`: chance p within a square, or a cube, around the target.

use super::distance::{Point, Profile, Shape, is_within};
use super::{Argument, RuleInfo};
use crate::model::{Parameter, Range};

pub const SHAPE: Shape = Shape {
    info: RuleInfo {
        name: "box",
        summary: "chance p in a square (a cube) of this side around the target",
        argument: Argument::Distance,
        explicit: false,
        asks_multapses: false,
        for_gaps: false,
    },
    parameters: &[
        Parameter::new("p", "", Range::Within(0.0, 1.0), "chance within"),
        Parameter::new("side", "um", Range::Positive, "length of a side"),
    ],
    build: |numbers| Box::new(Cuboid { p: numbers[0], half: 0.5 * numbers[1] }),
};

struct Cuboid {
    p: f64,
    half: f64,
}

impl Profile for Cuboid {
    fn chance(&self, offset: Point, _: f64) -> f64 {
        if offset.iter().all(|along| is_within(*along, self.half)) { self.p } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_at_some_distances() {
        let profile = (SHAPE.build)(&[0.8, 100.0]);
        for (along, chance) in [(0.0, 0.8), (50.0, 0.8), (50.1, 0.0)] {
            let found = profile.chance([along, 0.0, 0.0], along);
            assert!((found - chance).abs() < 1e-15, "rounding: {along} um, {found}");
        }
    }
}
