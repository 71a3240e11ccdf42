//! Layers of point neurons, each of which hears only the one before: many copies of the same network side by side.
//!
//! Spikes of one layer act on the next in the same step, so a layer can go through many steps before the next
//! begins; that is what makes it fast: weights are used for many steps and copies at a time, see
//! `deliver_layers`. A step of one layer is that of the [engine](super): propagate, add what arrives,
//! test, reset. What happens in a copy does not depend on the others beside it, and so not on the threads that copies are
//! given to.

pub use super::deliver_layers::Weights;
pub use super::spike_bits::SpikeBits;
pub use crate::num::bits::WORD;

use super::deliver_layers::Arrivals;
use crate::error::{Code, Error, Exit};
use crate::lift::{Inputs, Kernel, MOST_STATES, Refractory};
use crate::num::bits::places;
use crate::num::dispatch::{self, Task};
use std::sync::Arc;

/// Steps that a layer takes before the next begins: 8 took 12 % longer, 16 6 %.
const STEPS: usize = 32;

/// One after the other, the last of which is read out.
pub struct Stack {
    pub layers: Vec<Layer>,
}

/// Neurons of one kind that hear a layer before them, or nothing.
pub struct Layer {
    pub name: String,
    pub neurons: usize,
    pub kernel: Box<dyn Kernel>,
    /// V_m at the start; other states begin at 0.
    pub initial: f64,
    pub inlet: Option<Inlet>,
}

/// How spikes come into a layer.
pub struct Inlet {
    /// Whose: 0 is the input, n the n-th layer.
    pub from: usize,
    pub weights: Arc<Weights>,
    pub arrival: Arrival,
}

/// What a spike's weight does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Arrival {
    /// V_m jumps by it.
    Jump,
    /// A current jumps by it at the end of the step and is multiplied by `decay` in each; `mean` times what it is at the
    /// beginning of a step has the same effect as the current during the step.
    Decaying { decay: f64, mean: f64 },
    /// A current jumps by it at the beginning of the step, and stays.
    Lasting,
}

/// What copies of a stack are given.
pub struct Batch {
    pub copies: usize,
    pub steps: usize,
    pub input: Option<SpikeBits>,
    /// `[layer]`: a constant current for each neuron, or for each neuron of each copy.
    pub holding: Vec<Vec<f64>>,
}

/// Sees what copies do; steps count from 0.
pub trait Watch {
    /// The spikes of the input (0) or the n-th layer in the steps from `first` on.
    fn spikes(&mut self, layer: usize, first: usize, spikes: &SpikeBits);
    /// V_m of the last layer after each step from `first` on: `[copy][step][neuron]`.
    fn readout(&mut self, first: usize, values: &[f64]);
    /// So many steps are done; true asks to stop here.
    fn reached(&mut self, step: usize) -> bool;
}

impl Stack {
    /// Runs copies side by side, on one thread.
    ///
    /// # Errors
    /// If a state stops being a number (exit 3).
    pub fn run(&self, batch: &Batch, watch: &mut dyn Watch) -> Result<(), Error> {
        let last = self.layers.len().saturating_sub(1);
        let state = |(number, layer): (usize, &Layer)| {
            State::new(layer, &batch.holding[number][..], batch.copies, number == last)
        };
        let mut states: Vec<State> = self.layers.iter().enumerate().map(state).collect();
        let mut arrivals = Arrivals::default();
        let mut spikes: Vec<SpikeBits> =
            self.layers.iter().map(|layer| SpikeBits::none(layer.neurons, batch.copies, 0)).collect();
        for first in (0..batch.steps).step_by(STEPS) {
            let steps = STEPS.min(batch.steps - first);
            let input = batch.input.as_ref().map(|input| input.part(first, steps));
            input.iter().for_each(|input| watch.spikes(0, first, input));
            for (number, (layer, state)) in self.layers.iter().zip(&mut states).enumerate() {
                let (before, own) = spikes.split_at_mut(number);
                let heard = layer.inlet.as_ref().and_then(|inlet| match inlet.from {
                    0 => input.as_ref(),
                    from => before.get(from - 1),
                });
                own[0].clear(steps);
                state.advance(layer, heard, &mut arrivals, &mut own[0]);
                state.check(layer, first + steps)?;
                watch.spikes(number + 1, first, &own[0]);
            }
            if let Some(last) = states.last() {
                watch.readout(first, &last.traces);
            }
            if watch.reached(first + steps) {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// A layer's numbers, `[copy][neuron]`. Each copy has whole words of neurons: those behind the last hear nothing, and
/// nobody hears them.
struct State {
    columns: Vec<Vec<f64>>,
    /// Of each word of neurons.
    refractory: Vec<Refractory>,
    /// Of synapses that are currents.
    current: Vec<f64>,
    /// The constant current, of one copy or all.
    holding: Vec<f64>,
    /// V_m after each step is kept in `traces`, `[copy][step][neuron]`.
    read: bool,
    traces: Vec<f64>,
}

impl State {
    fn new(layer: &Layer, holding: &[f64], copies: usize, read: bool) -> State {
        let width = width(layer);
        let count = width * copies;
        let mut columns = vec![vec![0.0; count]; layer.kernel.states()];
        columns[0].fill(layer.initial);
        let mut padded = vec![0.0; holding.len() / layer.neurons * width];
        for (padded, own) in padded.chunks_exact_mut(width).zip(holding.chunks_exact(layer.neurons)) {
            padded[..layer.neurons].copy_from_slice(own);
        }
        let (refractory, current) = (vec![Refractory::new(WORD); count / WORD], vec![0.0; count]);
        State { columns, refractory, current, holding: padded, read, traces: vec![] }
    }

    /// All copies through the steps of `spikes`, which are found.
    fn advance(&mut self, layer: &Layer, heard: Option<&SpikeBits>, arrivals: &mut Arrivals, spikes: &mut SpikeBits) {
        let heard = layer.inlet.as_ref().zip(heard);
        if let Some((inlet, heard)) = heard {
            arrivals.prepare(&inlet.weights, heard);
        }
        self.traces.resize(if self.read { spikes.copies() * spikes.steps() * layer.neurons } else { 0 }, 0.0);
        let mut arriving = [0.0; STEPS * WORD];
        for tile in 0..layer.neurons.div_ceil(WORD) {
            if let Some((inlet, _)) = heard {
                arrivals.sum(&inlet.weights, tile);
            }
            for copy in 0..spikes.copies() {
                if let Some((inlet, _)) = heard {
                    let pairs = copy * spikes.steps()..(copy + 1) * spikes.steps();
                    arrivals.read(&inlet.weights, pairs, &mut arriving);
                }
                let arrival = layer.inlet.as_ref().map(|inlet| inlet.arrival);
                self.advance_tile(layer, (copy, tile), arrival, &arriving, spikes);
            }
        }
    }

    /// One copy's neurons of one word through all steps.
    fn advance_tile(
        &mut self,
        layer: &Layer,
        (copy, tile): (usize, usize),
        arrival: Option<Arrival>,
        arriving: &[f64; STEPS * WORD],
        spikes: &mut SpikeBits,
    ) {
        let neurons = tile * WORD..(tile + 1) * WORD;
        let count = layer.neurons.min(neurons.end) - neurons.start;
        let first = copy * width(layer);
        let cells = first + neurons.start..first + neurons.end;
        let alike = self.holding.len() == width(layer);
        let holding = &self.holding[if alike { neurons.clone() } else { cells.clone() }];
        let mut columns = self.columns.iter_mut();
        let mut state: [&mut [f64]; MOST_STATES] =
            std::array::from_fn(|_| columns.next().map_or(&mut [][..], |column| &mut column[cells.clone()]));
        let state = &mut state[..layer.kernel.states()];
        let synaptic = &mut self.current[cells.clone()];
        let refractory = &mut self.refractory[cells.start / WORD];
        // The others are no neurons.
        let own = u64::MAX >> (WORD - count);
        let mut sum = [0.0; WORD];
        for (step, arriving) in arriving.chunks_exact(WORD).take(spikes.steps()).enumerate() {
            let current = match arrival {
                None | Some(Arrival::Jump) => holding,
                Some(arrival) => {
                    dispatch::run(Course { arrival, holding, arriving, synaptic, sum: &mut sum });
                    &sum
                }
            };
            let jump = if arrival == Some(Arrival::Jump) { arriving } else { &[] };
            let inputs = Inputs { current, jump, ..Inputs::default() };
            let fired = &mut spikes.row_mut(copy, step)[tile];
            let held = refractory.words();
            layer.kernel.advance(neurons.clone(), state, held, &inputs, std::slice::from_mut(fired));
            *fired &= own;
            refractory.pass();
            places(*fired).for_each(|place| refractory.hold(place, layer.kernel.refractory(neurons.start + place)));
            if self.read {
                let place = (copy * spikes.steps() + step) * layer.neurons + neurons.start;
                self.traces[place..place + count].copy_from_slice(&state[0][..count]);
            }
        }
    }

    /// A state that is no number is an error.
    fn check(&self, layer: &Layer, step: usize) -> Result<(), Error> {
        let Some(place) = self.columns[0].iter().position(|v| !v.is_finite()) else { return Ok(()) };
        let (name, neuron, value) = (&layer.name, place % width(layer), self.columns[0][place]);
        let message = format!("`V_m` of `{name}[{neuron}]` became {value:.3e} by step {step}");
        Err(Error::plain(Exit::Numeric, Code::Numeric, message).help("look for an input or weight that is too large"))
    }
}

/// Neurons of one copy, and those that fill the last word.
fn width(layer: &Layer) -> usize {
    layer.neurons.next_multiple_of(WORD)
}

/// The current of a step, and what becomes of it.
struct Course<'a> {
    arrival: Arrival,
    holding: &'a [f64],
    arriving: &'a [f64],
    synaptic: &'a mut [f64],
    sum: &'a mut [f64; WORD],
}

impl Task for Course<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Course { arrival, holding, arriving, synaptic, sum } = self;
        // What decays is heard from the next step on.
        let (decay, mean, early) = match arrival {
            Arrival::Decaying { decay, mean } => (decay, mean, 0.0),
            _ => (1.0, 1.0, 1.0),
        };
        for (((sum, holding), y), arriving) in sum.iter_mut().zip(holding).zip(synaptic).zip(arriving) {
            *sum = holding + mean * (*y + early * arriving);
            *y = decay * *y + arriving;
        }
    }
}
