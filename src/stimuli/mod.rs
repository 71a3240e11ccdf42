//! Stimuli: what is done to neurons from outside, as currents or as spikes.
//!
//! To add a current: a file with a table, a [`Waveform`] and a `build`, and a line in [`CURRENTS`]. `noise` is a current
//! that draws random numbers, `poisson` and `spike_list` are events: the engine knows these three by their files, and
//! `voltage_clamp`, which is a conductance.

use crate::model::ModelInfo;

pub mod course;
pub mod noise;
pub mod poisson;
pub mod pulse_train;
pub mod ramp;
pub mod sine;
pub mod spike_list;
pub mod step;
pub mod time_course;
pub mod voltage_clamp;

/// The shelf of currents that are functions of time.
pub const CURRENTS: &[CurrentEntry] = &[
    CurrentEntry { info: &step::INFO, build: step::build },
    CurrentEntry { info: &pulse_train::INFO, build: pulse_train::build },
    CurrentEntry { info: &ramp::INFO, build: ramp::build },
    CurrentEntry { info: &sine::INFO, build: sine::build },
];

/// The tables of this shelf, in the order of the documentation.
pub const ALL: &[&ModelInfo] = &[
    &step::INFO,
    &pulse_train::INFO,
    &ramp::INFO,
    &sine::INFO,
    &time_course::INFO,
    &voltage_clamp::INFO,
    &noise::INFO,
    &poisson::INFO,
    &spike_list::INFO,
];

/// The current of this name that is a function of time.
pub fn current(name: &str) -> Option<&'static CurrentEntry> {
    CURRENTS.iter().find(|entry| entry.info.name == name)
}

pub struct CurrentEntry {
    pub info: &'static ModelInfo,
    /// One neuron's numbers to its waveform; an error in words.
    pub build: fn(&Parts) -> Result<Box<dyn Waveform>, String>,
}

/// What a waveform is made of. Amplitudes come in any unit (tables say pA; a density or mV/ms is the caller's to
/// convert) and values leave in the same.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// In the order and units of the table.
    pub parameters: &'a [f64],
    /// Acts on the steps start <= k < stop.
    pub start: i64,
    pub stop: i64,
    pub dt_ms: f64,
}

impl Parts<'_> {
    /// A written time as steps: the config has seen to it that it is a multiple of dt.
    fn steps(&self, time_ms: f64) -> i64 {
        (time_ms / self.dt_ms).round() as i64
    }
}

/// A current as a function of time, for one neuron.
pub trait Waveform: Send + Sync {
    /// Mean over the step [k, k+1). Asked only for start <= k < stop; outside it is 0.
    fn value(&self, k: i64) -> f64;

    /// Whether it has one value from start to stop.
    fn is_constant(&self) -> bool {
        false
    }
}
