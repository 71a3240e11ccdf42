//! Adam: steps scaled by running means of the gradient and of its square (Kingma & Ba 2015, ICLR).
//!
//!   m = b1 m + (1 - b1) g;   v = b2 v + (1 - b2) g^2;   w = w - rate m' / (sqrt(v') + eps)
//! with m' = m / (1 - b1^t), v' = v / (1 - b2^t) for the means' start at 0.

use crate::num::dispatch::{self, Task};

const FIRST: f32 = 0.9;
const SECOND: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// The running means for one list of weights.
pub struct Adam {
    mean: Vec<f32>,
    square: Vec<f32>,
    /// b1^t and b2^t.
    powers: (f64, f64),
}

impl Adam {
    pub fn new(count: usize) -> Adam {
        Adam { mean: vec![0.0; count], square: vec![0.0; count], powers: (1.0, 1.0) }
    }

    /// One step down `gradient`.
    pub fn step(&mut self, weights: &mut [f32], gradient: &[f32], rate: f64) {
        self.powers = (self.powers.0 * f64::from(FIRST), self.powers.1 * f64::from(SECOND));
        let scale = (rate / (1.0 - self.powers.0)) as f32;
        let unbias = (1.0 / (1.0 - self.powers.1)) as f32;
        let (mean, square) = (self.mean.as_mut_slice(), self.square.as_mut_slice());
        dispatch::run(Step { scale, unbias, weights, gradient, mean, square });
    }
}

struct Step<'a> {
    scale: f32,
    unbias: f32,
    weights: &'a mut [f32],
    gradient: &'a [f32],
    mean: &'a mut [f32],
    square: &'a mut [f32],
}

impl Task for Step<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Step { scale, unbias, weights, gradient, mean, square } = self;
        let means = mean.iter_mut().zip(square);
        for ((weight, g), (mean, square)) in weights.iter_mut().zip(gradient).zip(means) {
            *mean = FIRST * *mean + (1.0 - FIRST) * g;
            *square = SECOND * *square + (1.0 - SECOND) * g * g;
            *weight -= scale * *mean / ((*square * unbias).sqrt() + EPSILON);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_is_the_rate_whatever_the_gradient() {
        // m' = g and v' = g^2, so the step is rate x sign(g).
        let mut weights = [1.0, 1.0, 1.0];
        Adam::new(3).step(&mut weights, &[5.0, -0.01, 0.0], 0.1);
        let error = |i: usize, exact: f32| (weights[i] - exact).abs();
        assert!(error(0, 0.9) < 1e-6 && error(1, 1.1) < 1e-6 && weights[2] == 1.0, "single precision");
    }
}
