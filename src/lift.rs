//! From the equations of one cell to the loop over a population.
//!
//! A neuron has two doors. [`NeuronModel`] is its author's: one cell, scalars, no loop; the shelf
//! `neurons` is a list of such models, and nothing here knows any of them. [`Kernel`] is the engine's: a population,
//! columns, and no idea what is in them. [`lift`] leads from the one to the other. A
//! kernel works on blocks of cells: a block's state is copied from its columns to the stack, so that the compiler
//! sees at once how long the loop is and that nothing overlaps, and makes vector instructions of it. Refractory
//! cells are put back after the block has gone ahead as if nobody were. No cell's result
//! depends on the block it is in.

use crate::model::ModelInfo;
use crate::num::dispatch::{self, Task};
use std::ops::Range;

/// Most states of a point neuron.
pub const MOST_STATES: usize = 4;
/// Cells at a time: eight of the widest vectors.
const BLOCK: usize = 64;

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

/// The engine's door to a population of point neurons. Everything is sized by `range`, the cells it is about.
pub trait Kernel: Send + Sync {
    fn info(&self) -> &'static ModelInfo;
    fn states(&self) -> usize;
    /// From k to k+1: propagates the cells `range`, adds `input.jump`, tests, resets.
    ///
    /// All slices cover exactly `range`: `state` is one column per state, V_m first; `clamped[i] > 0` counts the steps
    /// of refractoriness left. Appends to `spikes` the indices (in the population) that fired, ascending.
    fn advance(
        &self,
        range: Range<usize>,
        state: &mut [&mut [f64]],
        clamped: &mut [u32],
        input: &Inputs,
        spikes: &mut Vec<u32>,
    );
    /// Step 0: adds `jump` (may be empty), tests, resets, without propagating.
    fn start(
        &self,
        range: Range<usize>,
        state: &mut [&mut [f64]],
        clamped: &mut [u32],
        jump: &[f64],
        spikes: &mut Vec<u32>,
    );
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

    fn advance(
        &self,
        range: Range<usize>,
        state: &mut [&mut [f64]],
        clamped: &mut [u32],
        input: &Inputs,
        spikes: &mut Vec<u32>,
    ) {
        let propagate = true;
        dispatch::run(Pass { model: self, range, state, clamped, input: *input, propagate, spikes });
    }

    fn start(
        &self,
        range: Range<usize>,
        state: &mut [&mut [f64]],
        clamped: &mut [u32],
        jump: &[f64],
        spikes: &mut Vec<u32>,
    ) {
        let input = Inputs { jump, ..Inputs::default() };
        dispatch::run(Pass { model: self, range, state, clamped, input, propagate: false, spikes });
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

/// One call of `advance` or `start`.
struct Pass<'a, 'b, M: NeuronModel> {
    model: &'a Lifted<M>,
    range: Range<usize>,
    state: &'a mut [&'b mut [f64]],
    clamped: &'a mut [u32],
    input: Inputs<'a>,
    propagate: bool,
    spikes: &'a mut Vec<u32>,
}

/// A block's numbers of one kind; beyond the last cell stand numbers that nobody reads.
type Lane = [f64; BLOCK];

/// The part of `column` that belongs to the block at `start`; zeros if there is no column.
#[inline(always)]
fn load(lane: &mut Lane, column: &[f64], start: usize, length: usize) {
    if column.is_empty() {
        lane.fill(0.0);
    } else if length == BLOCK {
        // A copy of known length is a few vector moves, one of unknown length a call.
        lane.copy_from_slice(&column[start..start + BLOCK]);
    } else {
        lane[..length].copy_from_slice(&column[start..start + length]);
    }
}

impl<M: NeuronModel> Task for Pass<'_, '_, M> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let cells = self.range.len();
        let (mut state, mut before) = ([[0.0; BLOCK]; MOST_STATES], [[0.0; BLOCK]; MOST_STATES]);
        let mut jump = [0.0; BLOCK];
        let mut start = 0;
        while start < cells {
            let length = BLOCK.min(cells - start);
            for (lane, column) in state.iter_mut().zip(self.state.iter()).take(M::STATES) {
                load(lane, column, start, length);
            }
            let clamped = &mut self.clamped[start..start + length];
            let first = self.range.start + start;
            let block = Block::<M> { model: self.model, first, length };
            let held = clamped.iter().fold(0, |any, steps| any | steps) != 0;
            // Loops over lanes of one width become vectors, a loop over lanes of two does not: hence the masks.
            let mut mask = [0u64; BLOCK];
            if held {
                before[..M::STATES].copy_from_slice(&state[..M::STATES]);
                mask.iter_mut().zip(clamped.iter()).for_each(|(mask, steps)| *mask = u64::from(*steps));
                mask.iter_mut().for_each(|mask| *mask = if *mask > 0 { u64::MAX } else { 0 });
            }
            if self.propagate {
                block.propagate(&mut state, &self.input, start);
                if held {
                    block.hold(&mut state, &mut before, &mask);
                }
            }
            load(&mut jump, self.input.jump, start, length);
            if held {
                for (jump, mask) in jump.iter_mut().zip(&mask) {
                    *jump = f64::from_bits(jump.to_bits() & !mask);
                }
            }
            for (v, jump) in state[0].iter_mut().zip(&jump) {
                *v += jump;
            }
            block.fire(&mut state, clamped, self.propagate, self.spikes);
            for (lane, column) in state.iter().zip(self.state.iter_mut()).take(M::STATES) {
                match length {
                    BLOCK => column[start..start + BLOCK].copy_from_slice(&lane[..]),
                    _ => column[start..start + length].copy_from_slice(&lane[..length]),
                }
            }
            start += BLOCK;
        }
    }
}

/// Up to [`BLOCK`] cells, the first of which is `first`.
struct Block<'a, M: NeuronModel> {
    model: &'a Lifted<M>,
    first: usize,
    length: usize,
}

impl<M: NeuronModel> Block<'_, M> {
    #[inline(always)]
    fn coefficients(&self, i: usize) -> M::Coefficients {
        let cell = if self.model.each { self.first + i.min(self.length - 1) } else { 0 };
        self.model.coefficients[cell]
    }

    #[inline(always)]
    fn propagate(&self, state: &mut [Lane; MOST_STATES], input: &Inputs, start: usize) {
        let mut current = [0.0; BLOCK];
        load(&mut current, input.current, start, self.length);
        if input.conductance.is_empty() {
            self.each_cell(
                state,
                #[inline(always)]
                |c, y, i| M::propagate(c, y, Input { current: current[i], ..Input::default() }),
            );
        } else {
            let (mut conductance, mut drive) = ([0.0; BLOCK], [0.0; BLOCK]);
            load(&mut conductance, input.conductance, start, self.length);
            load(&mut drive, input.drive, start, self.length);
            self.each_cell(
                state,
                #[inline(always)]
                |c, y, i| {
                    let input = Input { current: current[i], conductance: conductance[i], drive: drive[i] };
                    M::propagate_with_conductance(c, y, input);
                },
            );
        }
    }

    /// The vectorised loop. With one set of coefficients it is a local copy: read through a reference, the compiler
    /// could not know that it stays as it is.
    #[inline(always)]
    fn each_cell(&self, state: &mut [Lane; MOST_STATES], step: impl Fn(&M::Coefficients, &mut [f64], usize)) {
        if self.model.each {
            for i in 0..BLOCK {
                one_cell::<M>(&self.coefficients(i), state, i, &step);
            }
        } else {
            let coefficients = self.coefficients(0);
            for i in 0..BLOCK {
                one_cell::<M>(&coefficients, state, i, &step);
            }
        }
    }

    /// Puts refractory cells, all bits set in `clamped`, back to where they were, but for the states that go on.
    #[inline(always)]
    fn hold(&self, state: &mut [Lane; MOST_STATES], before: &mut [Lane; MOST_STATES], clamped: &[u64; BLOCK]) {
        self.each_cell(
            before,
            #[inline(always)]
            |c, y, _| M::propagate_clamped(c, y),
        );
        for (lane, kept) in state.iter_mut().zip(&*before).take(M::STATES) {
            for ((y, kept), mask) in lane.iter_mut().zip(kept).zip(clamped) {
                *y = f64::from_bits((kept.to_bits() & mask) | (y.to_bits() & !mask));
            }
        }
    }

    /// Counts refractory steps down, then tests and resets. A cell that was clamped in this step cannot fire in it.
    #[inline(always)]
    fn fire(&self, state: &mut [Lane; MOST_STATES], clamped: &mut [u32], count: bool, spikes: &mut Vec<u32>) {
        let mut above = [0u64; BLOCK];
        self.test(state, &mut above);
        let any = above.iter().fold(0, |any, above| any | above) != 0;
        if any {
            // Few fire: eight that do not are passed over at once.
            for first in (0..self.length).step_by(8) {
                if above[first..first + 8].iter().fold(0, |any, above| any | above) == 0 {
                    continue;
                }
                for i in first..(first + 8).min(self.length) {
                    if above[i] != 0 && clamped[i] == 0 {
                        let c = self.coefficients(i);
                        one_cell::<M>(&c, state, i, &|c, y, _| M::reset(c, y));
                        // One more, which the count below takes away.
                        clamped[i] = self.model.refractory(self.first + i).saturating_add(u32::from(count));
                        spikes.push((self.first + i) as u32);
                    }
                }
            }
        }
        if count {
            for steps in clamped {
                *steps = steps.saturating_sub(1);
            }
        }
    }

    #[inline(always)]
    fn test(&self, state: &[Lane; MOST_STATES], above: &mut [u64; BLOCK]) {
        let shared = self.coefficients(0);
        if M::STATES == 1 && !self.model.each {
            for (above, v) in above.iter_mut().zip(&state[0]) {
                *above = u64::from(M::fires(&shared, std::slice::from_ref(v)));
            }
            return;
        }
        for (i, above) in above.iter_mut().enumerate() {
            let mut y = [0.0; MOST_STATES];
            for (y, lane) in y.iter_mut().zip(state).take(M::STATES) {
                *y = lane[i];
            }
            let fires = if self.model.each { M::fires(&self.coefficients(i), &y) } else { M::fires(&shared, &y) };
            *above = u64::from(fires);
        }
    }
}

#[inline(always)]
fn one_cell<M: NeuronModel>(
    coefficients: &M::Coefficients,
    state: &mut [Lane; MOST_STATES],
    i: usize,
    step: &impl Fn(&M::Coefficients, &mut [f64], usize),
) {
    let mut y = [0.0; MOST_STATES];
    for j in 0..M::STATES {
        y[j] = state[j][i];
    }
    step(coefficients, &mut y[..M::STATES], i);
    for j in 0..M::STATES {
        state[j][i] = y[j];
    }
}

#[cfg(test)]
mod tests;
