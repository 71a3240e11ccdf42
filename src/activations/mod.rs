//! Activation functions: each file is one function of a unit's input, its derivative, and a table of what it costs.

pub mod relu;

/// What stands in a unit where the channels stood in the terminal.
pub trait Activation: Send + Sync {
    fn name(&self) -> &'static str;
    fn value(&self, x: f64) -> f64;
    /// d value / d x; at a corner, the value from the left.
    fn slope(&self, x: f64) -> f64;
}

/// In the order of the documentation.
pub const ALL: &[&dyn Activation] = &[&relu::Relu];

/// The function of this name.
pub fn find(name: &str) -> Option<&'static dyn Activation> {
    ALL.iter().copied().find(|activation| activation.name() == name)
}
