//! A unit: the number that stands for a neuron's rate, as a function of its drive.
//!
//!   r = s phi(k (I - theta) gain / s)
//! phi is the activation function; `gain` (Hz per unit of drive) is the slope where phi is steepest, theta the drive
//! from which it answers. s (Hz) is 1 where phi is made of straight lines and so has no size of its own (relu,
//! leaky_relu, identity), the highest rate where phi is bounded (clipped_relu, sigmoid, tanh), and for softplus the
//! rate over which the corner is rounded. k makes the steepest slope of phi 1: 4 for the sigmoid.

use crate::activations::Activation;

/// What s is of an activation function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// phi(c x) = c phi(x): it has none.
    Free,
    /// The highest rate.
    Ceiling,
    /// The rate over which the corner is rounded.
    Softness,
}

/// Beyond here a bounded function has reached its bound, and an unbounded one is far above it.
const FAR: f64 = 1e6;
/// Sharpest slope of the logistic function.
const SIGMOID_SLOPE: f64 = 0.25;

impl Size {
    pub fn of(activation: &dyn Activation) -> Size {
        match activation.name() {
            "softplus" => Size::Softness,
            _ if bound(activation).is_some() => Size::Ceiling,
            _ => Size::Free,
        }
    }

    /// Its key in a config.
    pub fn key(self) -> Option<&'static str> {
        match self {
            Size::Free => None,
            Size::Ceiling => Some("ceiling"),
            Size::Softness => Some("softness"),
        }
    }
}

/// The highest value of a bounded function.
fn bound(activation: &dyn Activation) -> Option<f64> {
    Some(activation.value(FAR)).filter(|value| *value < FAR.sqrt())
}

/// The stand-in for a neuron. Drives are in pA, or mV/ms for cells without a capacitance.
#[derive(Clone, Copy)]
pub struct Unit {
    pub activation: &'static dyn Activation,
    /// Hz per unit of drive.
    pub gain: f64,
    pub threshold: f64,
    /// Hz: the ceiling or the softness; 1 where the function has no size.
    pub size: f64,
}

impl Unit {
    /// Hz.
    pub fn rate(&self, drive: f64) -> f64 {
        let steepest = if self.activation.name() == "sigmoid" { SIGMOID_SLOPE } else { 1.0 };
        let size = match Size::of(self.activation) {
            Size::Free => 1.0,
            Size::Ceiling => self.size / bound(self.activation).unwrap_or(1.0),
            Size::Softness => self.size,
        };
        size * self.activation.value(self.gain * (drive - self.threshold) / (steepest * size))
    }
}

impl std::fmt::Debug for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({} x (I - {}), {})", self.activation.name(), self.gain, self.threshold, self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::find;

    fn unit(name: &str) -> Option<Unit> {
        Some(Unit { activation: find(name)?, gain: 0.5, threshold: 100.0, size: 80.0 })
    }

    #[test]
    fn a_relu_is_a_line_from_its_threshold_on() {
        let relu = unit("relu").unwrap();
        assert_eq!([50.0, 100.0, 140.0].map(|drive| relu.rate(drive)), [0.0, 0.0, 20.0]);
        assert_eq!(Size::of(relu.activation), Size::Free);
    }

    #[test]
    fn the_gain_is_the_steepest_slope_and_the_ceiling_the_highest_rate() {
        for name in ["sigmoid", "tanh", "softplus", "clipped_relu", "identity", "leaky_relu"] {
            let Some(unit) = unit(name) else { continue };
            let slope = (0..16_000).map(|k| f64::from(k) * 0.25);
            let slope = slope.map(|drive| (unit.rate(drive + 0.25) - unit.rate(drive)) / 0.25).fold(0.0, f64::max);
            assert!((slope - 0.5).abs() < 1e-4, "{name}: curvature within the difference, {slope}");
            if Size::of(unit.activation) == Size::Ceiling {
                assert!((unit.rate(1e9) - 80.0).abs() < 1e-9, "{name}: {}", unit.rate(1e9));
            }
        }
    }
}
