//! `gaussian`: chance p exp(-d^2 / (2 sigma^2)) at distance d.

use super::distance::{Point, Profile, Shape};
use super::{Argument, RuleInfo};
use crate::model::{Parameter, Range};
use crate::num::math::exp;

pub const SHAPE: Shape = Shape {
    info: RuleInfo {
        name: "gaussian",
        summary: "chance p exp(-d^2 / (2 sigma^2)) at distance d",
        argument: Argument::Distance,
        explicit: false,
        asks_multapses: false,
        for_gaps: false,
    },
    parameters: &[
        Parameter::new("p", "", Range::Within(0.0, 1.0), "chance at distance 0"),
        Parameter::new("sigma", "um", Range::Positive, "width of the bell"),
    ],
    build: |numbers| Box::new(Gaussian { p: numbers[0], sharpness: 0.5 / (numbers[1] * numbers[1]) }),
};

struct Gaussian {
    p: f64,
    /// 1 / (2 sigma^2).
    sharpness: f64,
}

impl Profile for Gaussian {
    fn chance(&self, _: Point, distance: f64) -> f64 {
        self.p * exp(-distance * distance * self.sharpness)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chances_at_some_distances() {
        let profile = (SHAPE.build)(&[0.8, 100.0]);
        for (along, chance) in [(0.0, 0.8), (100.0, 0.8 * (-0.5_f64).exp())] {
            let found = profile.chance([along, 0.0, 0.0], along);
            assert!((found - chance).abs() < 1e-15, "rounding: {along} um, {found}");
        }
    }
}
