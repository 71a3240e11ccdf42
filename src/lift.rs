//! From the equations of one cell to the loop over a population.
//!
//! A neuron has two doors. [`NeuronModel`] is its author's: one cell, scalars, no loop; the shelf
//! `neurons` is a list of such models, and nothing here knows any of them. [`Kernel`] is the engine's: a population,
//! columns, and no idea what is in them. [`lift`] leads from the one to the other. A
//! kernel works on blocks of cells, of a length that the compiler knows, and makes vector instructions of the loop. Refractory
//! cells go ahead as if nobody were, and are put back. No cell's result depends on the block it is in.

mod block;
mod refractory;
mod together;

pub use refractory::Refractory;

use crate::model::ModelInfo;
use crate::num::dispatch;
use crate::num::rng::Key;
use block::Pass;
use std::ops::Range;
use together::Together;

/// Most states of a point neuron.
pub const MOST_STATES: usize = 4;

/// Most kinds of synapses that go through the step together with the cells.
pub const MOST_TOGETHER: usize = 2;

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
    /// At most [`MOST_STATES`].
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
    /// Times a current is what `propagate` gets as `input.current`: a factor that the equations have anyhow, and that a loop over
    /// cells with equal coefficients multiplies with others before it begins.
    #[inline(always)]
    fn scale(_: &Self::Coefficients) -> f64 {
        1.0
    }
    /// As `scale`, for all that `propagate_with_conductance` gets.
    #[inline(always)]
    fn scale_with_conductance(_: &Self::Coefficients) -> f64 {
        1.0
    }
    /// What acts on a cell beside its input, scaled: `propagate_with_conductance` gets it with the rest, to which a loop adds it at no
    /// cost.
    #[inline(always)]
    fn resting(_: &Self::Coefficients) -> Input {
        Input::default()
    }
    /// The state at k+1, before arrivals and the threshold, where no conductance reaches the population
    /// (`input.conductance` and `input.drive` are 0).
    fn propagate(coefficients: &Self::Coefficients, state: &mut [f64], input: Input);
    /// As `propagate`, with conductances and what is [`NeuronModel::resting`].
    fn propagate_with_conductance(coefficients: &Self::Coefficients, state: &mut [f64], input: Input);
    /// As `propagate`, with V_m clamped: the other states go on.
    fn propagate_clamped(coefficients: &Self::Coefficients, state: &mut [f64]);
    fn fires(coefficients: &Self::Coefficients, state: &[f64]) -> bool;
    fn reset(coefficients: &Self::Coefficients, state: &mut [f64]);
    /// What chance decides at the start and anew after each spike, if the state has such a number; `uniform` is in (0, 1).
    const DRAW: Option<fn(state: &mut [f64], uniform: f64)> = None;
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

/// The engine's door to a population of point neurons. Everything is sized by `range`, the cells it is about.
pub trait Kernel: Send + Sync {
    fn info(&self) -> &'static ModelInfo;
    fn states(&self) -> usize;
    /// From k to k+1: propagates the cells `range`, adds `input.jump`, tests, resets.
    ///
    /// All slices cover exactly `range`: `state` is one column per state, V_m first. Cell i of the range is bit i % 64 of
    /// word i / 64 of `held`, where it is set for those that are refractory, and of `fired`, where it is set for those that
    /// fire.
    fn advance(&self, range: Range<usize>, state: &mut [&mut [f64]], held: &[u64], input: &Inputs, fired: &mut [u64]);
    /// As [`Kernel::advance`], and `synapses`, at most [`MOST_TOGETHER`], either all currents or all conductances, go through
    /// the step in the same loop; nothing else may conduct. Only if [`Kernel::is_uniform`]. What is not empty goes on behind the
    /// last cell up to a multiple of [`WORD`](crate::num::bits::WORD), with numbers that are nobody's.
    fn advance_with(
        &self,
        range: Range<usize>,
        state: &mut [&mut [f64]],
        held: &[u64],
        input: &Inputs,
        synapses: &mut [Decaying],
        fired: &mut [u64],
    );
    /// All cells have the same parameters.
    fn is_uniform(&self) -> bool;
    /// Step 0: adds `input.jump`, tests, resets, without propagating.
    fn start(&self, range: Range<usize>, state: &mut [&mut [f64]], held: &[u64], input: &Inputs, fired: &mut [u64]);
    /// [`NeuronModel::DRAW`].
    fn draw(&self) -> Option<fn(&mut [f64], f64)>;
    /// Steps of refractoriness after a spike.
    fn refractory(&self, cell: usize) -> u32;
    /// tau_m in ms, where the cell is linear between events.
    fn tau_m(&self, cell: usize) -> Option<f64>;
    /// C_m in pF.
    fn capacitance(&self, cell: usize) -> Option<f64>;
    /// All parameters of one cell, completed, in the order and units of the model's table.
    fn parameters(&self, cell: usize) -> Vec<f64>;
}

/// What reaches the cells of a range during a step; an empty slice is none of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inputs<'a> {
    /// pA (mV/ms without a capacitance).
    pub current: &'a [f64],
    /// Mean over the step of the sum of conductances, nS.
    pub conductance: &'a [f64],
    /// Sum of conductance x reversal potential, pA; as long as `conductance`.
    pub drive: &'a [f64],
    /// Sum of jumps of V_m that arrive at k+1, mV; dropped by refractory cells.
    pub jump: &'a [f64],
    /// Of models that draw: their random stream, and the grid point at which they fire.
    pub chance: Option<(Key, u64)>,
}

/// Synapses whose state is one number that decays, for the cells of a range.
#[derive(Debug)]
pub struct Decaying<'a> {
    /// pA, or nS with a reversal potential.
    pub y: &'a mut [f64],
    /// Added at the end of the step; empty is none.
    pub arriving: &'a [f64],
    /// Of y over the step.
    pub decay: f64,
    /// Times y is what stands for the step.
    pub mean: f64,
    /// mV.
    pub reversal: Option<f64>,
}

impl Decaying<'_> {
    /// None at all.
    pub fn none() -> Self {
        Decaying { y: &mut [], arriving: &[], decay: 0.0, mean: 0.0, reversal: None }
    }
}

/// A population's parameters, completed ([`NeuronModel::complete`]), in the order and units of the model's table.
#[derive(Clone, Debug)]
pub enum Parameters {
    Same(Vec<f64>),
    /// `[parameter][cell]`.
    Each(Vec<Vec<f64>>),
}

impl Parameters {
    /// All parameters of one cell.
    pub fn of(&self, cell: usize) -> Vec<f64> {
        match self {
            Parameters::Same(values) => values.clone(),
            Parameters::Each(columns) => columns.iter().map(|column| column[cell]).collect(),
        }
    }
}

/// Makes the loop over a population whose cells obey `M`.
pub fn lift<M: NeuronModel>(parameters: Parameters, dt_ms: f64) -> Box<dyn Kernel> {
    const { assert!(M::STATES <= MOST_STATES) }
    let cells = match &parameters {
        Parameters::Same(_) => 1,
        Parameters::Each(columns) => columns.first().map_or(0, Vec::len),
    };
    let (mut coefficients, mut refractory) = (Vec::with_capacity(cells), Vec::with_capacity(cells));
    for cell in 0..cells {
        let values = parameters.of(cell);
        coefficients.push(M::coefficients(&values, dt_ms));
        refractory.push(M::refractory_steps(&values, dt_ms).clamp(0, i64::from(u32::MAX)) as u32);
    }
    let each = matches!(parameters, Parameters::Each(_));
    Box::new(Lifted::<M> { parameters, each, coefficients, refractory })
}

struct Lifted<M: NeuronModel> {
    parameters: Parameters,
    /// One entry per cell, else one for all.
    each: bool,
    coefficients: Vec<M::Coefficients>,
    refractory: Vec<u32>,
}

impl<M: NeuronModel> Kernel for Lifted<M> {
    fn info(&self) -> &'static ModelInfo {
        &M::INFO
    }

    fn states(&self) -> usize {
        M::STATES
    }

    fn advance(&self, range: Range<usize>, state: &mut [&mut [f64]], held: &[u64], input: &Inputs, fired: &mut [u64]) {
        dispatch::run(Pass { model: self, range, state, held, input: *input, propagate: true, fired });
    }

    fn advance_with(
        &self,
        range: Range<usize>,
        state: &mut [&mut [f64]],
        held: &[u64],
        input: &Inputs,
        synapses: &mut [Decaying],
        fired: &mut [u64],
    ) {
        let mut none = Decaying::none();
        let (first, second) = match synapses {
            [first] => (first, &mut none),
            [first, second] => (first, second),
            _ => return self.advance(range, state, held, input, fired),
        };
        let (two, conduct) = (!second.y.is_empty(), first.reversal.is_some());
        let courses = [(&mut *first).into(), (&mut *second).into()];
        let task =
            Together { model: self, range, state, held, chance: input.chance, synapses: courses, two, conduct, fired };
        dispatch::run_along(task, first.y, second.y, first.arriving, second.arriving, input.current);
    }

    fn is_uniform(&self) -> bool {
        !self.each
    }

    fn start(&self, range: Range<usize>, state: &mut [&mut [f64]], held: &[u64], input: &Inputs, fired: &mut [u64]) {
        dispatch::run(Pass { model: self, range, state, held, input: *input, propagate: false, fired });
    }

    fn draw(&self) -> Option<fn(&mut [f64], f64)> {
        M::DRAW
    }

    fn refractory(&self, cell: usize) -> u32 {
        self.refractory[if self.each { cell } else { 0 }]
    }

    fn tau_m(&self, cell: usize) -> Option<f64> {
        M::membrane_time_constant(&self.parameters.of(cell))
    }

    fn capacitance(&self, cell: usize) -> Option<f64> {
        M::capacitance(&self.parameters.of(cell))
    }

    fn parameters(&self, cell: usize) -> Vec<f64> {
        self.parameters.of(cell)
    }
}

#[cfg(test)]
mod tests;
