//! Activation functions: each file is one function of a unit's input and its derivative.
//!
//! To add one: a file with a type that implements [`Activation`], and a line in [`ALL`].

pub mod clipped_relu;
pub mod identity;
pub mod leaky_relu;
pub mod relu;
pub mod sigmoid;
pub mod softplus;
pub mod tanh;

/// What stands in a unit where the channels stood in the terminal.
pub trait Activation: Send + Sync {
    /// As written in a config.
    fn name(&self) -> &'static str;
    fn value(&self, x: f64) -> f64;
    /// d value / d x; at a corner, the value from the left.
    fn slope(&self, x: f64) -> f64;
    /// Puts the value in the place of each x: [`each_value`], so that it is one call for all.
    fn values(&self, x: &mut [f32]);
    /// Multiplies each delta by the slope at x: [`each_slope`].
    fn slopes(&self, x: &[f32], delta: &mut [f32]);
}

/// In the order of the documentation.
pub const ALL: &[&dyn Activation] = &[
    &relu::Relu,
    &clipped_relu::ClippedRelu,
    &leaky_relu::LeakyRelu,
    &sigmoid::Sigmoid,
    &tanh::Tanh,
    &softplus::Softplus,
    &identity::Identity,
];

/// The function of this name.
pub fn find(name: &str) -> Option<&'static dyn Activation> {
    ALL.iter().copied().find(|activation| activation.name() == name)
}

/// A loop over one function, compiled for it.
pub fn each_value<A: Activation>(activation: &A, x: &mut [f32]) {
    x.iter_mut().for_each(|x| *x = activation.value(f64::from(*x)) as f32);
}

/// A loop over one function, compiled for it.
pub fn each_slope<A: Activation>(activation: &A, x: &[f32], delta: &mut [f32]) {
    delta.iter_mut().zip(x).for_each(|(delta, x)| *delta *= activation.slope(f64::from(*x)) as f32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_those_of_the_values() {
        let h = 1e-6;
        for activation in ALL {
            for x in [-3.3, -0.7, 0.4, 0.9, 2.6] {
                let difference = (activation.value(x + h) - activation.value(x - h)) / (2.0 * h);
                let error = (activation.slope(x) - difference).abs();
                assert!(error < 1e-9, "{} at {x}: rounding over the step of the difference", activation.name());
            }
        }
    }
}
