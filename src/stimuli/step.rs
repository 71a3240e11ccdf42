//! A constant current from start to stop.
//!
//!   I(t) = amplitude

use super::{Parts, Waveform};
use crate::model::{ModelInfo, Parameter, Range};

pub const INFO: ModelInfo = ModelInfo {
    name: "step",
    summary: "a constant current",
    equations: "I(t) = amplitude",
    reference: "-",
    parameters: &[Parameter::new("amplitude", "pA", Range::Finite, "the current; positive depolarises")],
    variables: &[],
};

struct Step(f64);

pub fn build(parts: &Parts) -> Result<Box<dyn Waveform>, String> {
    Ok(Box::new(Step(parts.parameters[0])))
}

impl Waveform for Step {
    fn value(&self, _: i64) -> f64 {
        self.0
    }

    fn is_constant(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_its_amplitude() {
        let step = build(&Parts { parameters: &[3.5], start: 2, stop: 9, dt_ms: 0.1 }).unwrap();
        assert_eq!([step.value(2), step.value(8)], [3.5, 3.5]);
    }
}
