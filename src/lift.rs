//! From the equations of one cell to the loop over a population.
//!
//! A neuron has two doors. [`NeuronModel`] is its author's: one cell, scalars, no loop; the shelf
//! `neurons` is a list of such models, and nothing here knows any of them. [`Kernel`] is the engine's: a population,
//! columns, and no idea what is in them. [`lift`] leads from the one to the other. A
//! kernel works on blocks of cells, of a length that the compiler knows, and makes vector instructions of the loop. Refractory
//! cells go ahead as if nobody were, and are put back. No cell's result depends on the block it is in.

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

/// A block's numbers of one kind.
type Lane = [f64; BLOCK];

const ZEROS: Lane = [0.0; BLOCK];

impl<M: NeuronModel> Task for Pass<'_, '_, M> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Pass { model, range, state, clamped, input, propagate, spikes } = self;
        let cells = range.len();
        // For states that the model does not have.
        let mut unused = [ZEROS; MOST_STATES];
        for start in (0..cells - cells % BLOCK).step_by(BLOCK) {
            let mut columns = state.iter_mut();
            let mut spare = unused.iter_mut();
            let lanes = std::array::from_fn(|_| {
                let column = columns.next().and_then(|column| column[start..].first_chunk_mut());
                column.or_else(|| spare.next())
            });
            let Some(lanes) = all(lanes) else { return };
            let Some(clamped) = clamped[start..].first_chunk_mut() else { return };
            let block = Block { model, first: range.start + start, length: BLOCK, propagate };
            block.advance(lanes, clamped, &input.block(start), spikes);
        }
        if cells % BLOCK > 0 {
            let start = cells - cells % BLOCK;
            let block = Block { model, first: range.start + start, length: cells - start, propagate };
            block.advance_part(state, &mut clamped[start..], &input, start, spikes);
        }
    }
}

/// All of them, if none is missing.
#[inline(always)]
fn all<'a>(lanes: [Option<&'a mut Lane>; MOST_STATES]) -> Option<[&'a mut Lane; MOST_STATES]> {
    match lanes {
        [Some(a), Some(b), Some(c), Some(d)] => Some([a, b, c, d]),
        _ => None,
    }
}

/// What reaches a block; zeros if there is none of a kind.
struct BlockInput<'a> {
    current: &'a Lane,
    /// Conductance and drive.
    conductance: Option<(&'a Lane, &'a Lane)>,
    jump: &'a Lane,
}

impl<'a> Inputs<'a> {
    #[inline(always)]
    fn block(&self, start: usize) -> BlockInput<'a> {
        BlockInput {
            current: chunk(self.current, start).unwrap_or(&ZEROS),
            conductance: chunk(self.conductance, start).zip(chunk(self.drive, start)),
            jump: chunk(self.jump, start).unwrap_or(&ZEROS),
        }
    }
}

/// The block of a list that begins at `start`.
#[inline(always)]
fn chunk(list: &[f64], start: usize) -> Option<&Lane> {
    list.get(start..).and_then(<[f64]>::first_chunk)
}

/// Up to [`BLOCK`] cells, the first of which is `first`.
struct Block<'a, M: NeuronModel> {
    model: &'a Lifted<M>,
    first: usize,
    length: usize,
    propagate: bool,
}

impl<M: NeuronModel> Block<'_, M> {
    #[inline(always)]
    fn coefficients(&self, i: usize) -> M::Coefficients {
        let cell = if self.model.each { self.first + i.min(self.length - 1) } else { 0 };
        self.model.coefficients[cell]
    }

    /// Fewer cells than a block: copied, with numbers behind them that nobody reads.
    fn advance_part(
        &self,
        state: &mut [&mut [f64]],
        clamped: &mut [u32],
        input: &Inputs,
        start: usize,
        spikes: &mut Vec<u32>,
    ) {
        let lane = |list: &[f64]| -> Lane {
            let mut lane = ZEROS;
            let list = list.get(start..).unwrap_or_default();
            lane.iter_mut().zip(list).for_each(|(to, from)| *to = *from);
            lane
        };
        let mut lanes = [ZEROS; MOST_STATES];
        lanes.iter_mut().zip(&*state).for_each(|(to, column)| *to = lane(column));
        let mut steps = [0; BLOCK];
        steps[..self.length].copy_from_slice(clamped);
        let (conductance, drive) = (lane(input.conductance), lane(input.drive));
        let input = BlockInput {
            current: &lane(input.current),
            conductance: (!input.conductance.is_empty()).then_some((&conductance, &drive)),
            jump: &lane(input.jump),
        };
        let [a, b, c, d] = &mut lanes;
        self.advance([a, b, c, d], &mut steps, &input, spikes);
        clamped.copy_from_slice(&steps[..self.length]);
        for (column, lane) in state.iter_mut().zip(&lanes) {
            column[start..].copy_from_slice(&lane[..self.length]);
        }
    }

    #[inline(always)]
    fn advance(
        &self,
        mut state: [&mut Lane; MOST_STATES],
        clamped: &mut [u32; BLOCK],
        input: &BlockInput,
        spikes: &mut Vec<u32>,
    ) {
        let held = clamped.iter().fold(0, |any, steps| any | steps) != 0;
        // Loops over lanes of one width become vectors, a loop over lanes of two does not: hence the masks.
        let mut mask = [0u64; BLOCK];
        if held {
            mask.iter_mut().zip(clamped.iter()).for_each(|(mask, steps)| *mask = u64::from(*steps));
            mask.iter_mut().for_each(|mask| *mask = if *mask > 0 { u64::MAX } else { 0 });
        }
        let above = match (self.propagate, input.conductance) {
            (false, _) => self.each_cell(
                &mut state,
                input,
                held.then_some(&mask),
                #[inline(always)]
                |_, _, _| {},
            ),
            (true, None) => self.each_cell(
                &mut state,
                input,
                held.then_some(&mask),
                #[inline(always)]
                |c, y, i| M::propagate(c, y, Input { current: input.current[i], ..Input::default() }),
            ),
            (true, Some((conductance, drive))) => self.each_cell(
                &mut state,
                input,
                held.then_some(&mask),
                #[inline(always)]
                |c, y, i| {
                    let input = Input { current: input.current[i], conductance: conductance[i], drive: drive[i] };
                    M::propagate_with_conductance(c, y, input);
                },
            ),
        };
        let fired = above != 0;
        if fired {
            self.reset(&mut state, clamped, above, spikes);
        }
        if self.propagate && (held || fired) {
            clamped.iter_mut().for_each(|steps| *steps = steps.saturating_sub(1));
        }
    }

    /// The vectorised loop: each cell is propagated, or, if its bits in `held` are set, put back to where it was but for the
    /// states that go on; then what arrives is added. Says who fires, a bit a cell. With one set of coefficients it is a
    /// local copy: read through a reference, the compiler could not know that it stays as it is.
    #[inline(always)]
    fn each_cell(
        &self,
        state: &mut [&mut Lane; MOST_STATES],
        input: &BlockInput,
        held: Option<&[u64; BLOCK]>,
        propagate: impl Fn(&M::Coefficients, &mut [f64], usize),
    ) -> u64 {
        let own = if self.model.each { self.model.coefficients[self.first..].first_chunk::<BLOCK>() } else { None };
        match own {
            Some(own) => self.walk(
                state,
                input,
                held,
                #[inline(always)]
                |i| own[i],
                propagate,
            ),
            None if self.model.each => self.walk(
                state,
                input,
                held,
                #[inline(always)]
                |i| self.coefficients(i),
                propagate,
            ),
            None => {
                let shared = self.coefficients(0);
                self.walk(
                    state,
                    input,
                    held,
                    #[inline(always)]
                    |_| shared,
                    propagate,
                )
            }
        }
    }

    /// [`Block::each_cell`] for one source of `coefficients`.
    #[inline(always)]
    fn walk(
        &self,
        state: &mut [&mut Lane; MOST_STATES],
        input: &BlockInput,
        held: Option<&[u64; BLOCK]>,
        coefficients: impl Fn(usize) -> M::Coefficients,
        propagate: impl Fn(&M::Coefficients, &mut [f64], usize),
    ) -> u64 {
        let clamps = self.propagate;
        let mut above = 0;
        match held {
            None => {
                for i in 0..BLOCK {
                    let c = coefficients(i);
                    let mut y = cell::<M>(state, i);
                    propagate(&c, &mut y[..M::STATES], i);
                    y[0] += input.jump[i];
                    above |= u64::from(M::fires(&c, &y[..M::STATES])) << i;
                    (0..M::STATES).for_each(|j| state[j][i] = y[j]);
                }
            }
            Some(held) => {
                for i in 0..BLOCK {
                    let c = coefficients(i);
                    let mut y = cell::<M>(state, i);
                    let mut kept = y;
                    if clamps {
                        M::propagate_clamped(&c, &mut kept[..M::STATES]);
                    }
                    propagate(&c, &mut y[..M::STATES], i);
                    for (y, kept) in y.iter_mut().zip(&kept).take(M::STATES) {
                        *y = f64::from_bits((kept.to_bits() & held[i]) | (y.to_bits() & !held[i]));
                    }
                    y[0] += f64::from_bits(input.jump[i].to_bits() & !held[i]);
                    // A cell that was held in this step cannot fire in it.
                    above |= (u64::from(M::fires(&c, &y[..M::STATES])) & !held[i]) << i;
                    (0..M::STATES).for_each(|j| state[j][i] = y[j]);
                }
            }
        }
        above
    }

    /// Resets the cells whose bits are set in `above` and counts them as refractory from here. What lies behind the last cell
    /// is no cell.
    #[inline(always)]
    fn reset(
        &self,
        state: &mut [&mut Lane; MOST_STATES],
        clamped: &mut [u32; BLOCK],
        mut above: u64,
        spikes: &mut Vec<u32>,
    ) {
        while above != 0 {
            let i = above.trailing_zeros() as usize;
            above &= above - 1;
            if i >= self.length {
                return;
            }
            let mut y = cell::<M>(state, i);
            M::reset(&self.coefficients(i), &mut y[..M::STATES]);
            (0..M::STATES).for_each(|j| state[j][i] = y[j]);
            // One more, which the count takes away at the end of the step.
            clamped[i] = self.model.refractory(self.first + i).saturating_add(u32::from(self.propagate));
            spikes.push((self.first + i) as u32);
        }
    }
}

/// The state of cell `i`.
#[inline(always)]
fn cell<M: NeuronModel>(state: &[&mut Lane; MOST_STATES], i: usize) -> [f64; MOST_STATES] {
    let mut y = [0.0; MOST_STATES];
    for j in 0..M::STATES {
        y[j] = state[j][i];
    }
    y
}

#[cfg(test)]
mod tests;
