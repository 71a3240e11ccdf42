//! The loop over a population: blocks of cells that become vector instructions.
//!
//! Cells with equal coefficients take their exponential synapses along in the same loop: state that goes through the second-level
//! cache once, and sums that stay in registers. Measured on a conductance-based LIF with two kinds of synapses, a cell and step:
//! 2.4 ns with a pass for each kind and sums of what arrives, 1.2 ns in one loop. Who fires is asked in a loop of its own, only in
//! blocks where somebody does: the bits cost as much as a state. What did not help: arrays of eight numbers in place of loops over
//! a block, of which the compiler makes no vectors; chains of iterators, of which it makes none either.

use super::{Decaying, Input, Inputs, Lifted, NeuronModel};
use crate::num::bits::WORD;
use crate::num::dispatch::Task;
use crate::num::rng::Key;
use std::ops::Range;

/// Cells at a time: eight of the widest vectors.
const BLOCK: usize = WORD;

/// So many cells of a block that fire are reset one by one; more all at once, which costs as much as these.
const FEW: u32 = 3;

/// One call of `advance` or `start`.
pub(super) struct Pass<'a, 'b, M: NeuronModel> {
    pub model: &'a Lifted<M>,
    pub range: Range<usize>,
    pub state: &'a mut [&'b mut [f64]],
    pub held: &'a [u64],
    pub input: Inputs<'a>,
    pub propagate: bool,
    pub fired: &'a mut [u64],
}

/// [`Pass`] with synapses that go through the step together with the cells.
pub(super) struct PassWithSynapses<'a, 'b, 'c, M: NeuronModel> {
    pub pass: Pass<'a, 'b, M>,
    pub synapses: &'a mut [Decaying<'c>],
}

/// A block's numbers of one kind.
type Lane = [f64; BLOCK];

const ZEROS: Lane = [0.0; BLOCK];

impl<M: NeuronModel> Task for Pass<'_, '_, M> {
    type Output = ();

    /// The number of states becomes one that the compiler knows.
    #[inline(always)]
    fn run(self) {
        match M::STATES {
            1 => self.blocks::<1>(),
            2 => self.blocks::<2>(),
            3 => self.blocks::<3>(),
            _ => self.blocks::<{ super::MOST_STATES }>(),
        }
    }
}

impl<M: NeuronModel> Task for PassWithSynapses<'_, '_, '_, M> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        match M::STATES {
            1 => self.of_synapses::<1>(),
            2 => self.of_synapses::<2>(),
            3 => self.of_synapses::<3>(),
            _ => self.of_synapses::<{ super::MOST_STATES }>(),
        }
    }
}

impl<M: NeuronModel> PassWithSynapses<'_, '_, '_, M> {
    /// How many synapses there are, and whether they are conductances, become things that the compiler knows.
    #[inline(always)]
    fn of_synapses<const STATES: usize>(self) {
        let PassWithSynapses { pass, synapses } = self;
        match synapses {
            [one] if one.reversal.is_none() => pass.blocks_with::<STATES, 1, false>([one]),
            [one] => pass.blocks_with::<STATES, 1, true>([one]),
            [one, other] if one.reversal.is_none() => pass.blocks_with::<STATES, 2, false>([one, other]),
            [one, other] => pass.blocks_with::<STATES, 2, true>([one, other]),
            _ => pass.blocks::<STATES>(),
        }
    }
}

/// The synapses of a block: their state, what arrives, and the numbers of [`Decaying`].
struct Lanes<'a> {
    y: &'a mut Lane,
    arriving: &'a Lane,
    decay: f64,
    mean: f64,
    reversal: f64,
}

impl<M: NeuronModel> Pass<'_, '_, M> {
    #[inline(always)]
    fn blocks_with<const STATES: usize, const SYNAPSES: usize, const CONDUCT: bool>(
        self,
        mut synapses: [&mut Decaying; SYNAPSES],
    ) {
        let Pass { model, range, state, held, input, propagate, fired } = self;
        let Ok(state): Result<&mut [&mut [f64]; STATES], _> = state.try_into() else { return };
        for (number, (fired, &held)) in fired.iter_mut().zip(held).enumerate() {
            let start = number * BLOCK;
            let length = BLOCK.min(range.len() - start);
            let block = Block { model, first: range.start + start, length, held, propagate };
            if length < BLOCK {
                *fired = block.advance_part_with::<STATES, SYNAPSES, CONDUCT>(state, &input, &mut synapses, start);
                return;
            }
            let lanes = state.each_mut().map(|column| lane(column, number));
            let synapses = synapses.each_mut().map(|synapses| synapses.lanes(number));
            *fired = block.advance_with::<STATES, SYNAPSES, CONDUCT>(lanes, &input.block(start), synapses);
        }
    }

    #[inline(always)]
    fn blocks<const STATES: usize>(self) {
        let Pass { model, range, state, held, input, propagate, fired } = self;
        let Ok(state): Result<&mut [&mut [f64]; STATES], _> = state.try_into() else { return };
        for (number, (fired, &held)) in fired.iter_mut().zip(held).enumerate() {
            let start = number * BLOCK;
            let length = BLOCK.min(range.len() - start);
            let block = Block { model, first: range.start + start, length, held, propagate };
            *fired = if length == BLOCK {
                let lanes = state.each_mut().map(|column| lane(column, number));
                block.advance(lanes, &input.block(start))
            } else {
                block.advance_part(state, &input, start)
            };
        }
    }
}

impl Decaying<'_> {
    /// Those of a block.
    #[inline(always)]
    fn lanes(&mut self, number: usize) -> Lanes<'_> {
        Lanes {
            y: lane(self.y, number),
            arriving: chunk(self.arriving, number * BLOCK).unwrap_or(&ZEROS),
            decay: self.decay,
            mean: self.mean,
            reversal: self.reversal.unwrap_or(0.0),
        }
    }
}

/// What reaches a block; zeros if there is none of a kind.
struct BlockInput<'a> {
    current: &'a Lane,
    /// Conductance and drive.
    conductance: Option<(&'a Lane, &'a Lane)>,
    jump: &'a Lane,
    chance: Option<(Key, u64)>,
}

impl<'a> Inputs<'a> {
    #[inline(always)]
    fn block(&self, start: usize) -> BlockInput<'a> {
        BlockInput {
            current: chunk(self.current, start).unwrap_or(&ZEROS),
            conductance: chunk(self.conductance, start).zip(chunk(self.drive, start)),
            jump: chunk(self.jump, start).unwrap_or(&ZEROS),
            chance: self.chance,
        }
    }
}

/// A block of a list, whose length the compiler then knows wherever it is handed to.
#[inline(always)]
fn lane(list: &mut [f64], number: usize) -> &mut Lane {
    &mut list.as_chunks_mut().0[number]
}

/// The block of a list that begins at `start`.
#[inline(always)]
fn chunk(list: &[f64], start: usize) -> Option<&Lane> {
    list.get(start..).and_then(<[f64]>::first_chunk)
}

/// What of a list lies behind `start`, less than a block, with zeros behind it.
fn part(list: &[f64], start: usize) -> Lane {
    let mut lane = ZEROS;
    let list = list.get(start..).unwrap_or_default();
    lane.iter_mut().zip(list).for_each(|(to, from)| *to = *from);
    lane
}

/// Up to [`BLOCK`] cells, the first of which is `first`.
struct Block<'a, M: NeuronModel> {
    model: &'a Lifted<M>,
    first: usize,
    length: usize,
    /// A bit for each refractory cell.
    held: u64,
    propagate: bool,
}

impl<M: NeuronModel> Block<'_, M> {
    #[inline(always)]
    fn coefficients(&self, i: usize) -> M::Coefficients {
        let cell = if self.model.each { self.first + i.min(self.length - 1) } else { 0 };
        self.model.coefficients[cell]
    }

    /// Fewer cells than a block: copied, with numbers behind them that nobody reads.
    fn advance_part<const STATES: usize>(&self, state: &mut [&mut [f64]; STATES], input: &Inputs, start: usize) -> u64 {
        let mut lanes = state.each_ref().map(|column| part(column, start));
        let (conductance, drive) = (part(input.conductance, start), part(input.drive, start));
        let input = BlockInput {
            current: &part(input.current, start),
            conductance: (!input.conductance.is_empty()).then_some((&conductance, &drive)),
            jump: &part(input.jump, start),
            chance: input.chance,
        };
        let fired = self.advance(lanes.each_mut(), &input);
        for (column, lane) in state.iter_mut().zip(&lanes) {
            column[start..].copy_from_slice(&lane[..self.length]);
        }
        fired
    }

    /// As [`Block::advance_part`], with synapses; inlined, or it would not have the vectors of its caller.
    #[inline(always)]
    fn advance_part_with<const STATES: usize, const SYNAPSES: usize, const CONDUCT: bool>(
        &self,
        state: &mut [&mut [f64]; STATES],
        input: &Inputs,
        synapses: &mut [&mut Decaying; SYNAPSES],
        start: usize,
    ) -> u64 {
        let mut lanes = state.each_ref().map(|column| part(column, start));
        let mut y = synapses.each_ref().map(|synapses| part(synapses.y, start));
        let arriving = synapses.each_ref().map(|synapses| part(synapses.arriving, start));
        let mut numbers = synapses.iter().zip(&arriving);
        let of_block = y.each_mut().map(|y| {
            let (decay, mean, reversal, arriving) = numbers
                .next()
                .map_or((0.0, 0.0, None, &ZEROS), |(own, arriving)| (own.decay, own.mean, own.reversal, arriving));
            Lanes { y, arriving, decay, mean, reversal: reversal.unwrap_or(0.0) }
        });
        let (current, jump) = (part(input.current, start), part(input.jump, start));
        let input = BlockInput { current: &current, conductance: None, jump: &jump, chance: input.chance };
        let columns = lanes.each_mut();
        let fired = self.advance_with::<STATES, SYNAPSES, CONDUCT>(columns, &input, of_block);
        for (column, lane) in state.iter_mut().zip(&lanes) {
            column[start..].copy_from_slice(&lane[..self.length]);
        }
        for (synapses, y) in synapses.iter_mut().zip(&y) {
            synapses.y[start..].copy_from_slice(&y[..self.length]);
        }
        fired
    }

    /// As [`Block::advance`], for cells with equal coefficients: their synapses act and decay in the same loop, so that what they
    /// hand to the cell stays in registers.
    #[inline(always)]
    fn advance_with<const STATES: usize, const SYNAPSES: usize, const CONDUCT: bool>(
        &self,
        mut state: [&mut Lane; STATES],
        input: &BlockInput,
        synapses: [Lanes; SYNAPSES],
    ) -> u64 {
        let shared = self.coefficients(0);
        // Copies: read through a reference, the compiler could not know that they stay as they are.
        let ([mut decay, mut mean, mut reversal], mut arriving) = ([[0.0; SYNAPSES]; 3], [&ZEROS; SYNAPSES]);
        for (synapse, own) in synapses.iter().enumerate() {
            (decay[synapse], mean[synapse], reversal[synapse]) = (own.decay, own.mean, own.reversal);
            arriving[synapse] = own.arriving;
        }
        let mut y = synapses.map(|own| own.y);
        let above = self.walk(
            &mut state,
            input,
            #[inline(always)]
            |_| shared,
            #[inline(always)]
            |c, cell, i| {
                let mut into = Input { current: input.current[i], ..Input::default() };
                for synapse in 0..SYNAPSES {
                    let now = y[synapse][i];
                    y[synapse][i] = decay[synapse] * now + arriving[synapse][i];
                    let x = mean[synapse] * now;
                    if CONDUCT {
                        into.conductance += x;
                        into.drive += x * reversal[synapse];
                    } else {
                        into.current += x;
                    }
                }
                if CONDUCT { M::propagate_with_conductance(c, cell, into) } else { M::propagate(c, cell, into) }
            },
        );
        let fired = above & (u64::MAX >> (BLOCK - self.length));
        self.reset(&mut state, fired, input.chance);
        fired
    }

    /// Says who fired, a bit a cell.
    #[inline(always)]
    fn advance<const STATES: usize>(&self, mut state: [&mut Lane; STATES], input: &BlockInput) -> u64 {
        let above = match (self.propagate, input.conductance) {
            (false, _) => self.each_cell(
                &mut state,
                input,
                #[inline(always)]
                |_, _, _| {},
            ),
            (true, None) => self.each_cell(
                &mut state,
                input,
                #[inline(always)]
                |c, y, i| M::propagate(c, y, Input { current: input.current[i], ..Input::default() }),
            ),
            (true, Some((conductance, drive))) => self.each_cell(
                &mut state,
                input,
                #[inline(always)]
                |c, y, i| {
                    let input = Input { current: input.current[i], conductance: conductance[i], drive: drive[i] };
                    M::propagate_with_conductance(c, y, input);
                },
            ),
        };
        // What lies behind the last cell is no cell.
        let fired = above & (u64::MAX >> (BLOCK - self.length));
        self.reset(&mut state, fired, input.chance);
        fired
    }

    /// The vectorised loop: each cell is propagated, or, if it is held, put back to where it was but for the
    /// states that go on; then what arrives is added. Says who fires. With one set of coefficients it is a
    /// local copy: read through a reference, the compiler could not know that it stays as it is.
    #[inline(always)]
    fn each_cell<const STATES: usize>(
        &self,
        state: &mut [&mut Lane; STATES],
        input: &BlockInput,
        propagate: impl Fn(&M::Coefficients, &mut [f64], usize),
    ) -> u64 {
        let own = if self.model.each { self.model.coefficients[self.first..].first_chunk::<BLOCK>() } else { None };
        match own {
            Some(own) => self.walk(
                state,
                input,
                #[inline(always)]
                |i| own[i],
                propagate,
            ),
            None if self.model.each => self.walk(
                state,
                input,
                #[inline(always)]
                |i| self.coefficients(i),
                propagate,
            ),
            None => {
                let shared = self.coefficients(0);
                self.walk(
                    state,
                    input,
                    #[inline(always)]
                    |_| shared,
                    propagate,
                )
            }
        }
    }

    /// [`Block::each_cell`] for one source of `coefficients`.
    #[inline(always)]
    fn walk<const STATES: usize>(
        &self,
        state: &mut [&mut Lane; STATES],
        input: &BlockInput,
        coefficients: impl Fn(usize) -> M::Coefficients,
        mut propagate: impl FnMut(&M::Coefficients, &mut [f64], usize),
    ) -> u64 {
        let (held, goes_on) = (self.held, self.propagate);
        let mut any = 0;
        if held == 0 {
            for i in 0..BLOCK {
                let c = coefficients(i);
                let mut y = cell(state, i);
                propagate(&c, &mut y, i);
                y[0] += input.jump[i];
                any |= u64::from(M::fires(&c, &y));
                (0..STATES).for_each(|j| state[j][i] = y[j]);
            }
        } else {
            for i in 0..BLOCK {
                let c = coefficients(i);
                let mut y = cell(state, i);
                let mut kept = y;
                if goes_on {
                    M::propagate_clamped(&c, &mut kept);
                }
                propagate(&c, &mut y, i);
                y[0] += input.jump[i];
                let is_held = held >> i & 1 == 1;
                any |= u64::from(M::fires(&c, &y) & !is_held);
                (0..STATES).for_each(|j| state[j][i] = if is_held { kept[j] } else { y[j] });
            }
        }
        // Who it is costs as much as a state: it is asked only where somebody fires.
        if any == 0 {
            return 0;
        }
        let fires = |i: usize| u64::from(M::fires(&coefficients(i), &cell(state, i))) << i;
        (0..BLOCK).fold(0, |above, i| above | fires(i)) & !held
    }

    /// Resets the cells whose bits are set in `fired`.
    #[inline(always)]
    fn reset<const STATES: usize>(&self, state: &mut [&mut Lane; STATES], mut fired: u64, chance: Option<(Key, u64)>) {
        if fired.count_ones() > FEW && !self.model.each && M::DRAW.is_none() {
            let c = self.coefficients(0);
            for i in 0..BLOCK {
                let kept = cell(state, i);
                let mut y = kept;
                M::reset(&c, &mut y);
                let resets = fired >> i & 1 == 1;
                (0..STATES).for_each(|j| state[j][i] = if resets { y[j] } else { kept[j] });
            }
            return;
        }
        while fired != 0 {
            let i = fired.trailing_zeros() as usize;
            fired &= fired - 1;
            let mut y = cell(state, i);
            M::reset(&self.coefficients(i), &mut y);
            if let (Some(draw), Some((key, step))) = (M::DRAW, chance) {
                draw(&mut y, key.uniform((self.first + i) as u64, step));
            }
            (0..STATES).for_each(|j| state[j][i] = y[j]);
        }
    }
}

/// The state of cell `i`.
#[inline(always)]
fn cell<const STATES: usize>(state: &[&mut Lane; STATES], i: usize) -> [f64; STATES] {
    std::array::from_fn(|j| state[j][i])
}
