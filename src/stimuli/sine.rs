//! An alternating current, in phase with its own start.
//!
//!   I(t) = offset + amplitude sin(2 pi frequency (t - start) + phase)
//! The mean of a sine over a step is its value in the middle times sin(x)/x, x = pi frequency dt.

use super::{Parts, Waveform};
use crate::model::{ModelInfo, Parameter, Range};
use crate::num::math::sin;
use std::f64::consts::{PI, TAU};

pub const INFO: ModelInfo = ModelInfo {
    name: "sine",
    summary: "an alternating current",
    equations: "I(t) = offset + amplitude sin(2 pi frequency (t - start) + phase)",
    reference: "-",
    parameters: &[
        Parameter::new("amplitude", "pA", Range::Finite, "half of the peak-to-peak current"),
        Parameter::new("frequency", "Hz", Range::NonNegative, "cycles per second"),
        Parameter::new("phase", "", Range::Within(-1e4, 1e4), "phase at start, in radians").default(0.0),
        Parameter::new("offset", "pA", Range::Finite, "a constant added").default(0.0),
    ],
    variables: &[],
};

struct Sine {
    /// Amplitude of the means over a step.
    amplitude: f64,
    cycles_per_step: f64,
    phase: f64,
    offset: f64,
    start: i64,
}

pub fn build(parts: &Parts) -> Result<Box<dyn Waveform>, String> {
    let &[amplitude, frequency, phase, offset] = parts.parameters else {
        return Err("a `sine` takes `amplitude`, `frequency`, `phase` and `offset`".into());
    };
    // Hz x ms / (ms/s).
    let cycles_per_step = frequency * parts.dt_ms / 1000.0;
    if cycles_per_step > 0.5 {
        return Err(format!(
            "`frequency` ({frequency} Hz) is too fast for dt ({} ms): a cycle needs at least two steps",
            parts.dt_ms
        ));
    }
    let x = PI * cycles_per_step;
    let damping = if x == 0.0 { 1.0 } else { sin(x) / x };
    Ok(Box::new(Sine { amplitude: amplitude * damping, cycles_per_step, phase, offset, start: parts.start }))
}

impl Waveform for Sine {
    fn value(&self, k: i64) -> f64 {
        let cycles = self.cycles_per_step * ((k - self.start) as f64 + 0.5);
        self.offset + self.amplitude * sin(TAU * (cycles - cycles.floor()) + self.phase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_mean_of_the_sine_over_the_step() {
        let parts = Parts { parameters: &[2.0, 70.0, 0.4, 1.0], start: 5, stop: 1_000_000, dt_ms: 0.5 };
        let sine = build(&parts).unwrap();
        let omega = TAU * 0.07;
        for k in [5_i64, 6, 17, 999_999] {
            let (from, to) = ((k - 5) as f64 * 0.5, (k - 4) as f64 * 0.5);
            let integral = ((omega * from + 0.4).cos() - (omega * to + 0.4).cos()) / omega;
            // The phase of step 1e6 is known to 1e-10 of a turn.
            assert!((sine.value(k) - (1.0 + 2.0 * integral / 0.5)).abs() < 1e-9, "{k}");
        }
        let too_fast = Parts { parameters: &[2.0, 1500.0, 0.0, 0.0], ..parts };
        assert!(build(&too_fast).err().unwrap().contains("too fast"));
    }
}
