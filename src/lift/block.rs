//! The loop over a population: blocks of cells that become vector instructions.

use super::{Input, Inputs, Kernel, Lifted, MOST_STATES, NeuronModel};
use crate::num::dispatch::Task;
use std::ops::Range;

/// Cells at a time: eight of the widest vectors.
const BLOCK: usize = 64;

/// One call of `advance` or `start`.
pub(super) struct Pass<'a, 'b, M: NeuronModel> {
    pub model: &'a Lifted<M>,
    pub range: Range<usize>,
    pub state: &'a mut [&'b mut [f64]],
    pub clamped: &'a mut [u32],
    pub input: Inputs<'a>,
    pub propagate: bool,
    pub spikes: &'a mut Vec<u32>,
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
fn all(lanes: [Option<&mut Lane>; MOST_STATES]) -> Option<[&mut Lane; MOST_STATES]> {
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
