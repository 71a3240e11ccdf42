//! The loop over a population: blocks of cells that become vector instructions.
//!
//! What did not help: arrays of eight numbers in place of loops over a block, of which the compiler makes no vectors; chains of
//! iterators, of which it makes none either.

use super::{Input, Inputs, Lifted, NeuronModel};
use crate::num::bits::WORD;
use crate::num::dispatch::Task;
use crate::num::rng::Key;
use std::ops::Range;

/// Cells at a time: eight of the widest vectors.
pub(super) const BLOCK: usize = WORD;

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

/// A block's numbers of one kind.
pub(super) type Lane = [f64; BLOCK];

pub(super) const ZEROS: Lane = [0.0; BLOCK];

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

impl<M: NeuronModel> Pass<'_, '_, M> {
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
pub(super) fn lane(list: &mut [f64], number: usize) -> &mut Lane {
    &mut list.as_chunks_mut().0[number]
}

/// The block of a list that begins at `start`.
#[inline(always)]
pub(super) fn chunk(list: &[f64], start: usize) -> Option<&Lane> {
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
pub(super) struct Block<'a, M: NeuronModel> {
    pub model: &'a Lifted<M>,
    pub first: usize,
    pub length: usize,
    /// A bit for each refractory cell.
    pub held: u64,
    pub propagate: bool,
}

impl<M: NeuronModel> Block<'_, M> {
    #[inline(always)]
    pub(super) fn coefficients(&self, i: usize) -> M::Coefficients {
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

    /// Says who fired, a bit a cell.
    #[inline(always)]
    fn advance<const STATES: usize>(&self, mut state: [&mut Lane; STATES], input: &BlockInput) -> u64 {
        let above = match (self.propagate, input.conductance) {
            (false, _) => self.each_cell(
                &mut state,
                #[inline(always)]
                |_, y, i| y[0] += input.jump[i],
            ),
            (true, None) => self.each_cell(
                &mut state,
                #[inline(always)]
                |c, y, i| {
                    M::propagate(c, y, Input { current: M::scale(c) * input.current[i], ..Input::default() });
                    y[0] += input.jump[i];
                },
            ),
            (true, Some((conductance, drive))) => self.each_cell(
                &mut state,
                #[inline(always)]
                |c, y, i| {
                    let scale = M::scale_with_conductance(c);
                    let rest = M::resting(c);
                    let current = scale * input.current[i];
                    let conductance = scale.mul_add(conductance[i], rest.conductance);
                    let drive = scale.mul_add(drive[i], rest.drive);
                    M::propagate_with_conductance(c, y, Input { current, conductance, drive });
                    y[0] += input.jump[i];
                },
            ),
        };
        // What lies behind the last cell is no cell.
        let fired = above & (u64::MAX >> (BLOCK - self.length));
        self.reset(&mut state, fired, input.chance);
        fired
    }

    /// The vectorised loop: each cell is propagated with what arrives, or, if it is held, put back to where it
    /// was but for the states that go on. Says who fires. With one set of coefficients it is a
    /// local copy: read through a reference, the compiler could not know that it stays as it is.
    #[inline(always)]
    fn each_cell<const STATES: usize>(
        &self,
        state: &mut [&mut Lane; STATES],
        propagate: impl Fn(&M::Coefficients, &mut [f64], usize),
    ) -> u64 {
        let own = if self.model.each { self.model.coefficients[self.first..].first_chunk::<BLOCK>() } else { None };
        match own {
            Some(own) => self.walk(
                state,
                #[inline(always)]
                |i| own[i],
                propagate,
            ),
            None if self.model.each => self.walk(
                state,
                #[inline(always)]
                |i| self.coefficients(i),
                propagate,
            ),
            None => {
                let shared = self.coefficients(0);
                self.walk(
                    state,
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
        coefficients: impl Fn(usize) -> M::Coefficients,
        propagate: impl Fn(&M::Coefficients, &mut [f64], usize),
    ) -> u64 {
        let (held, goes_on) = (self.held, self.propagate);
        let mut any = 0;
        if held == 0 {
            for i in 0..BLOCK {
                let c = coefficients(i);
                let mut y = cell(state, i);
                propagate(&c, &mut y, i);
                any |= if M::fires(&c, &y) { u64::MAX } else { 0 };
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
                y = chosen(held >> i & 1, kept, y);
                any |= if M::fires(&c, &y) { u64::MAX } else { 0 };
                (0..STATES).for_each(|j| state[j][i] = y[j]);
            }
        }
        if any == 0 { 0 } else { self.who_fires(state, coefficients) }
    }

    /// A bit for each cell that fires. It costs as much as a state: it is asked only where somebody does.
    #[inline(always)]
    pub(super) fn who_fires<const STATES: usize>(
        &self,
        state: &[&mut Lane; STATES],
        coefficients: impl Fn(usize) -> M::Coefficients,
    ) -> u64 {
        let fires = |i: usize| u64::from(M::fires(&coefficients(i), &cell(state, i))) << i;
        (0..BLOCK).fold(0, |above, i| above | fires(i)) & !self.held
    }

    /// Resets the cells whose bits are set in `fired`.
    #[inline(always)]
    pub(super) fn reset<const STATES: usize>(
        &self,
        state: &mut [&mut Lane; STATES],
        mut fired: u64,
        chance: Option<(Key, u64)>,
    ) {
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

/// `kept` if the bit `is_held` is 1, `y` if it is 0. A choice by a condition becomes a masked store, which takes longer.
#[inline(always)]
pub(super) fn chosen<const STATES: usize>(is_held: u64, kept: [f64; STATES], mut y: [f64; STATES]) -> [f64; STATES] {
    let is_free = is_held.wrapping_sub(1);
    for j in 0..STATES {
        let (yes, no) = (y[j].to_bits(), kept[j].to_bits());
        y[j] = f64::from_bits(no ^ ((no ^ yes) & is_free));
    }
    y
}

/// The state of cell `i`.
#[inline(always)]
pub(super) fn cell<const STATES: usize>(state: &[&mut Lane; STATES], i: usize) -> [f64; STATES] {
    std::array::from_fn(|j| state[j][i])
}
