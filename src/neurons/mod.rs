//! Point neurons: each file is one model, the equations of ONE cell and a table of its numbers.
//!
//! To add a model: write a file with a type that implements [`NeuronModel`], and add a line to [`POINT_MODELS`].
//! [`lift`](crate::lift), beneath this shelf, says what a model must answer and makes the loop over a population.

pub use crate::lift::{Input, NeuronModel};
use crate::lift::{Kernel, Parameters, lift};
use crate::model::ModelInfo;

pub mod adex;
pub mod cable;
pub mod eif;
pub mod escape_lif;
pub mod hodgkin_huxley;
pub mod izhikevich;
pub mod lif;
pub mod mihalas_niebur;
pub mod poisson;
pub mod spike_source;
pub mod unit;

/// The models with a membrane.
pub const POINT_MODELS: &[PointEntry] = &[
    PointEntry::of::<lif::Lif>(),
    PointEntry::of::<escape_lif::EscapeLif>(),
    PointEntry::of::<eif::Eif>(),
    PointEntry::of::<adex::AdEx>(),
    PointEntry::of::<izhikevich::Izhikevich>(),
    PointEntry::of::<mihalas_niebur::MihalasNiebur>(),
];

/// The tables of this shelf, in the order of the documentation.
pub const ALL: &[&ModelInfo] = &[
    &lif::Lif::INFO,
    &escape_lif::EscapeLif::INFO,
    &eif::Eif::INFO,
    &adex::AdEx::INFO,
    &izhikevich::Izhikevich::INFO,
    &mihalas_niebur::MihalasNiebur::INFO,
    &hodgkin_huxley::INFO,
    &cable::INFO,
    &poisson::INFO,
    &spike_source::INFO,
];

/// The model of this name, if it is a point neuron with a membrane.
pub fn point(name: &str) -> Option<&'static PointEntry> {
    POINT_MODELS.iter().find(|entry| entry.info.name == name)
}

/// See [`NeuronModel::nullclines`].
type NullclinesAt = fn(&[f64], f64, f64) -> Option<(f64, f64)>;

/// A point model without its type: what the shelf lends out.
pub struct PointEntry {
    pub info: &'static ModelInfo,
    /// [`NeuronModel::complete`].
    pub complete: fn(&mut [f64]) -> Result<(), String>,
    /// [`NeuronModel::initial`].
    pub initial: fn(&[f64], Option<f64>) -> Vec<f64>,
    /// [`NeuronModel::DRAW`].
    pub draw: Option<fn(&mut [f64], f64)>,
    /// [`NeuronModel::capacitance`].
    pub capacitance: fn(&[f64]) -> Option<f64>,
    /// [`NeuronModel::nullclines`].
    pub nullclines: NullclinesAt,
    /// Completed parameters and dt in ms to a population's kernel.
    pub kernel: fn(Parameters, f64) -> Box<dyn Kernel>,
}

impl PointEntry {
    const fn of<M: NeuronModel>() -> PointEntry {
        PointEntry {
            info: &M::INFO,
            complete: M::complete,
            initial: M::initial,
            draw: M::DRAW,
            capacitance: M::capacitance,
            nullclines: M::nullclines,
            kernel: lift::<M>,
        }
    }
}

/// A written time as steps: the config has seen to it that it is a multiple of dt.
pub(crate) fn steps(time_ms: f64, dt: f64) -> i64 {
    (time_ms / dt).round() as i64
}
