//! Rectangular pulses, one every period from start on.
//!
//!   I(t) = amplitude if (t - start) mod period < width and (t - start)/period < count, else 0

use super::{Parts, Waveform};
use crate::model::{ModelInfo, Parameter, Range};

pub const INFO: ModelInfo = ModelInfo {
    name: "pulse_train",
    summary: "rectangular pulses of current",
    equations: "I(t) = amplitude if (t - start) mod period < width, for the first count pulses; else 0",
    reference: "-",
    parameters: &[
        Parameter::new("amplitude", "pA", Range::Finite, "the current during a pulse"),
        Parameter::new("width", "ms", Range::Positive, "length of a pulse").on_grid(),
        Parameter::new("period", "ms", Range::Positive, "from the start of a pulse to that of the next").on_grid(),
        Parameter::new("count", "", Range::NonNegative, "number of pulses; without it, until stop").optional(),
    ],
    variables: &[],
};

struct PulseTrain {
    amplitude: f64,
    start: i64,
    width: i64,
    period: i64,
    count: i64,
}

pub fn build(parts: &Parts) -> Result<Box<dyn Waveform>, String> {
    let &[amplitude, width, period, count] = parts.parameters else {
        return Err("a `pulse_train` takes `amplitude`, `width`, `period` and `count`".into());
    };
    if width > period {
        return Err(format!("`width` ({width} ms) is longer than `period` ({period} ms)"));
    }
    if parts.steps(width) < 1 {
        return Err(format!("`width` ({width} ms) is shorter than dt ({} ms)", parts.dt_ms));
    }
    if count.fract() != 0.0 && !count.is_nan() {
        return Err(format!("`count` ({count}) must be a whole number"));
    }
    let count = if count.is_nan() { i64::MAX } else { count as i64 };
    let (width, period) = (parts.steps(width), parts.steps(period));
    Ok(Box::new(PulseTrain { amplitude, start: parts.start, width, period, count }))
}

impl Waveform for PulseTrain {
    fn value(&self, k: i64) -> f64 {
        let since = k - self.start;
        let on = since.rem_euclid(self.period) < self.width && since.div_euclid(self.period) < self.count;
        if on { self.amplitude } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn train(parameters: &[f64]) -> Result<Box<dyn Waveform>, String> {
        build(&Parts { parameters, start: 10, stop: 100, dt_ms: 0.1 })
    }

    #[test]
    fn pulses_come_and_go() {
        let two = train(&[5.0, 0.2, 0.5, 2.0]).unwrap();
        let seen: Vec<f64> = (10..22).map(|k| two.value(k)).collect();
        assert_eq!(seen, [5.0, 5.0, 0.0, 0.0, 0.0, 5.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let endless = train(&[5.0, 0.2, 0.5, f64::NAN]).unwrap();
        assert_eq!([endless.value(10_000_010), endless.value(10_000_012)], [5.0, 0.0]);
    }

    #[test]
    fn nonsense_is_said_in_words() {
        assert!(train(&[5.0, 0.6, 0.5, 2.0]).err().unwrap().contains("longer"));
        assert!(train(&[5.0, 0.2, 0.5, 2.5]).err().unwrap().contains("whole"));
        assert!(train(&[5.0, 0.01, 0.5, 2.0]).err().unwrap().contains("shorter"));
    }
}
