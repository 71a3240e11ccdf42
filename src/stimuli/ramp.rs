//! A current that changes steadily from start to stop.
//!
//!   I(t) = from + (to - from) (t - start)/(stop - start)
//! The mean over a step is its value in the middle.

use super::{Parts, Waveform};
use crate::model::{ModelInfo, Parameter, Range};

pub const INFO: ModelInfo = ModelInfo {
    name: "ramp",
    summary: "a current that changes steadily",
    equations: "I(t) = from_amplitude + (to_amplitude - from_amplitude) (t - start)/(stop - start)",
    reference: "-",
    parameters: &[
        Parameter::new("from_amplitude", "pA", Range::Finite, "the current at start"),
        Parameter::new("to_amplitude", "pA", Range::Finite, "the current at stop"),
    ],
    variables: &[],
};

struct Ramp {
    from: f64,
    slope_per_step: f64,
    start: i64,
}

pub fn build(parts: &Parts) -> Result<Box<dyn Waveform>, String> {
    let (from, to) = (parts.parameters[0], parts.parameters[1]);
    let steps = (parts.stop - parts.start).max(1);
    Ok(Box::new(Ramp { from, slope_per_step: (to - from) / steps as f64, start: parts.start }))
}

impl Waveform for Ramp {
    fn value(&self, k: i64) -> f64 {
        self.from + self.slope_per_step * ((k - self.start) as f64 + 0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_mean_of_each_step() {
        let ramp = build(&Parts { parameters: &[-2.0, 6.0], start: 3, stop: 7, dt_ms: 0.1 }).unwrap();
        assert_eq!([3, 4, 5, 6].map(|k| ramp.value(k)), [-1.0, 1.0, 3.0, 5.0]);
    }
}
