//! Point neurons: each file is one model, the equations of ONE cell and a table of its numbers.
//!
//! To add a model: write a file with a type that implements [`NeuronModel`], and add a line to the list below.

use crate::model::ModelInfo;

/// What reaches one cell during one step [k, k+1).
#[derive(Clone, Copy, Debug, Default)]
pub struct Input {
    /// Sum of currents, held over the step (pA; mV/ms for models without a capacitance). Positive depolarises.
    pub current: f64,
    /// Sum of synaptic conductances, the mean over the step (nS).
    pub conductance: f64,
    /// Sum of conductance x reversal potential (nS mV = pA).
    pub drive: f64,
}

/// The author's door: the equations of one cell with `STATES` numbers of state, the first of which is V_m.
///
/// The engine's order within the step k -> k+1: `propagate` (not V_m of a refractory cell, whose V_m stays where it
/// is while the other states run), then jumps of V_m arrive, then `fires` is asked, then `reset`.
pub trait NeuronModel: Send + Sync + Sized + 'static {
    const INFO: ModelInfo;
    const STATES: usize;
    /// What `propagate` needs, made once from parameters and dt: plain numbers, copied into registers.
    type Coefficients: Copy + Send + Sync + 'static;

    /// `parameters` in the order and units of `INFO.parameters`; dt in ms.
    fn coefficients(parameters: &[f64], dt: f64) -> Self::Coefficients;
    /// State at the start where the user gives none. `v` is the user's V_m if given.
    fn initial(parameters: &[f64], v: Option<f64>) -> Vec<f64>;
    /// The state at k+1, before arrivals and the threshold.
    fn propagate(coefficients: &Self::Coefficients, state: &mut [f64], input: Input);
    /// As `propagate`, with V_m clamped.
    fn propagate_clamped(coefficients: &Self::Coefficients, state: &mut [f64], input: Input);
    fn fires(coefficients: &Self::Coefficients, state: &[f64]) -> bool;
    fn reset(coefficients: &Self::Coefficients, state: &mut [f64]);
    /// Steps of refractoriness after a spike.
    fn refractory_steps(parameters: &[f64], dt: f64) -> i64;
    /// tau_m in ms where the cell is linear between events: lets current synapses be integrated exactly.
    fn membrane_time_constant(parameters: &[f64]) -> Option<f64>;
    /// C_m in pF, if it has one.
    fn capacitance(parameters: &[f64]) -> Option<f64>;
}
