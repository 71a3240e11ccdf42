//! Point neurons: each file is one model, the equations of ONE cell and a table of its numbers.
//!
//! To add a model: write a file with a type that implements [`NeuronModel`], and add a line to [`POINT_MODELS`].
//! [`lift`](crate::lift) makes the loop over a population.

use crate::lift::{Kernel, Parameters, lift};
use crate::model::ModelInfo;

pub mod adex;
pub mod cable;
pub mod hodgkin_huxley;
pub mod izhikevich;
pub mod lif;
pub mod poisson;
pub mod spike_source;

/// The models with a membrane.
pub const POINT_MODELS: &[PointEntry] =
    &[PointEntry::of::<lif::Lif>(), PointEntry::of::<adex::AdEx>(), PointEntry::of::<izhikevich::Izhikevich>()];

/// The tables of this shelf, in the order of the documentation.
pub const ALL: &[&ModelInfo] = &[
    &lif::Lif::INFO,
    &adex::AdEx::INFO,
    &izhikevich::Izhikevich::INFO,
    &hodgkin_huxley::INFO,
    &cable::INFO,
    &poisson::INFO,
    &spike_source::INFO,
];

/// The model of this name, if it is a point neuron with a membrane.
pub fn point(name: &str) -> Option<&'static PointEntry> {
    POINT_MODELS.iter().find(|entry| entry.info.name == name)
}

/// What reaches one cell during one step [k, k+1).
#[derive(Clone, Copy, Debug, Default)]
pub struct Input {
    /// Sum of currents, held over the step (pA; mV/ms for models without a capacitance). Positive depolarises.
    pub current: f64,
    /// Sum of synaptic conductances, the mean over the step (nS; 1/ms for models without a capacitance).
    pub conductance: f64,
    /// Sum of conductance x reversal potential (nS mV = pA).
    pub drive: f64,
}

/// The author's door: the equations of one cell with `STATES` numbers of state, the first of which is V_m.
///
/// The engine's order within the step k -> k+1: `propagate` (not V_m of a refractory cell, whose V_m stays where it
/// is while the other states run), then jumps of V_m arrive, then `fires` is asked, then `reset`. What a population's
/// loop calls (`propagate...`, `fires`, `reset`) must be `#[inline(always)]`, or it is not vectorised.
pub trait NeuronModel: Send + Sync + Sized + 'static {
    const INFO: ModelInfo;
    /// At most [`lift::MOST_STATES`](crate::lift::MOST_STATES).
    const STATES: usize;
    /// What `propagate` needs, made once from parameters and dt: plain numbers, copied into registers.
    type Coefficients: Copy + Send + Sync + 'static;

    /// Fills what was left out (NaN) from what was given, and says in words what is missing or contradicts itself.
    /// Called once per cell, before anything else here; calling it again changes nothing.
    fn complete(_parameters: &mut [f64]) -> Result<(), String> {
        Ok(())
    }
    /// `parameters` in the order and units of `INFO.parameters`; dt in ms.
    fn coefficients(parameters: &[f64], dt: f64) -> Self::Coefficients;
    /// State at the start where the user gives none. `v` is the user's V_m if given.
    fn initial(parameters: &[f64], v: Option<f64>) -> Vec<f64>;
    /// The state at k+1, before arrivals and the threshold, where no conductance reaches the population
    /// (`input.conductance` and `input.drive` are 0).
    fn propagate(coefficients: &Self::Coefficients, state: &mut [f64], input: Input);
    /// As `propagate`, with conductances.
    fn propagate_with_conductance(coefficients: &Self::Coefficients, state: &mut [f64], input: Input);
    /// As `propagate`, with V_m clamped: the other states go on.
    fn propagate_clamped(coefficients: &Self::Coefficients, state: &mut [f64]);
    fn fires(coefficients: &Self::Coefficients, state: &[f64]) -> bool;
    fn reset(coefficients: &Self::Coefficients, state: &mut [f64]);
    /// Steps of refractoriness after a spike.
    fn refractory_steps(parameters: &[f64], dt: f64) -> i64;
    /// tau_m in ms where the cell is linear between events: lets current synapses be integrated exactly.
    fn membrane_time_constant(parameters: &[f64]) -> Option<f64>;
    /// C_m in pF, if it has one.
    fn capacitance(parameters: &[f64]) -> Option<f64>;
    /// For models of two variables: the second one on the nullcline of V_m, and on its own, at potential `v` (mV) under
    /// a constant `current` (as in [`Input`]).
    fn nullclines(_parameters: &[f64], _v: f64, _current: f64) -> Option<(f64, f64)> {
        None
    }
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
