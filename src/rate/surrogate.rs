//! A network of leaky units trained as it spikes: the step of a spike has no slope, so a smooth one stands in for it.
//!
//!   V(t) = beta V(t-1) + I(t) - s(t-1);   s(t) = 1 where V(t) > 1    (reset by subtraction, a step later)
//!   dL/dV(t) = dL/ds(t) g(V(t) - 1) + beta dL/dV(t+1)
//! g is the surrogate's slope: 1 / (1 + k |u|)^2, that of a fast sigmoid (Zenke & Ganguli 2018, Neural Comput 30:1514),
//! or k/2 / (1 + (pi k u / 2)^2), that of an arctangent (Fang et al. 2021, ICCV). The reset is not differentiated
//! (Eshraghian et al. 2023, Proc IEEE 111:1016, whose units these are). The input is a constant current; the loss is the
//! cross-entropy of the output's V, averaged over the steps; decisions are by the output's spike counts. Layers only feed forward, so each is done for all steps at once, and
//! one product of matrices serves all steps and samples of a batch; the first layer's is the same in every step.

use super::layers::Layers;
use super::train::{Epoch, Examples, Learner, Trained, Training, epochs, finished, learners};
use crate::activations::Activation;
use crate::num::dispatch::{self, Task};
use crate::num::matrix::Products;

/// What stands in for the slope of a spike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surrogate {
    FastSigmoid,
    Arctan,
}

/// A spiking network to be trained.
#[derive(Clone, Copy, Debug)]
pub struct Spiking {
    pub steps: usize,
    /// What is left of V after a step.
    pub beta: f64,
    pub surrogate: Surrogate,
    /// k: the larger, the narrower.
    pub slope: f64,
}

/// What a spiking network did with some samples.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// `[layer][step][sample][neuron]`: 1 where it fired.
    pub spikes: Vec<Vec<f32>>,
}

/// Trains; as [`train`](super::train::train). `relu` says what the weights are called with: the units stand for it.
pub fn train_spiking(
    sizes: &[usize],
    spiking: &Spiking,
    how: &Training,
    examples: Examples,
    seed: u64,
    relu: &'static dyn Activation,
    tell: &mut (dyn FnMut(usize, f64) -> bool + Send),
) -> Trained {
    let mut learners = learners(sizes, true, seed);
    let x: Vec<f32> = examples.x.iter().map(|x| *x as f32).collect();
    let mut pass = Pass::default();
    let measured = epochs(&mut learners, how, &x, examples.y, seed, tell, &mut |learners, x, y, epoch| {
        pass.forward(learners, spiking, x, y.len());
        pass.backward(learners, spiking, x, y, epoch);
    });
    finished(learners, relu, measured)
}

/// Runs given weights on `samples` rows of `x`, in single precision.
pub fn run_spiking(layers: &Layers, spiking: &Spiking, x: &[f64], samples: usize) -> Counted {
    let x: Vec<f32> = x.iter().map(|x| *x as f32).collect();
    let learners: Vec<Learner> = layers.dense.iter().map(Learner::of).collect();
    let mut pass = Pass::default();
    pass.forward(&learners, spiking, &x, samples);
    Counted { spikes: pass.spikes }
}

/// Room for one batch: `[layer][step][sample][neuron]`.
#[derive(Default)]
struct Pass {
    voltages: Vec<Vec<f32>>,
    spikes: Vec<Vec<f32>>,
    current: Vec<f32>,
    delta: Vec<f32>,
    before: Vec<f32>,
    summed: Vec<f32>,
    products: Products<f32>,
}

impl Pass {
    fn forward(&mut self, learners: &[Learner], spiking: &Spiking, x: &[f32], rows: usize) {
        self.voltages.resize_with(learners.len(), Vec::new);
        self.spikes.resize_with(learners.len(), Vec::new);
        let steps = spiking.steps;
        for (number, learner) in learners.iter().enumerate() {
            match number {
                0 => learner.apply(&mut self.products, x, rows, &mut self.current),
                _ => learner.apply(&mut self.products, &self.spikes[number - 1], rows * steps, &mut self.current),
            }
            let size = rows * learner.outputs;
            let (voltages, spikes) = (&mut self.voltages[number], &mut self.spikes[number]);
            voltages.resize(steps * size, 0.0);
            spikes.resize(steps * size, 0.0);
            for step in 0..steps {
                let current = if number == 0 { &self.current[..] } else { &self.current[step * size..][..size] };
                let (before, now) = voltages.split_at_mut(step * size);
                let fired = &mut spikes[step * size..][..size];
                let before = if step == 0 { None } else { Some(&before[(step - 1) * size..]) };
                advance(spiking.beta as f32, before, current, &mut now[..size], fired);
            }
        }
    }

    fn backward(&mut self, learners: &mut [Learner], spiking: &Spiking, x: &[f32], y: &[u32], epoch: &mut Epoch) {
        let (rows, steps, last) = (y.len(), spiking.steps, learners.len() - 1);
        // The scores of every step are its output's V, and V is what the loss has a slope by.
        self.delta.clone_from(&self.voltages[last]);
        let labels: Vec<u32> = (0..steps).flat_map(|_| y.iter().copied()).collect();
        epoch.softmax(&mut self.delta, &labels);
        leak_back(spiking.beta as f32, &mut self.delta, rows * learners[last].outputs);
        for number in (0..learners.len()).rev() {
            let size = rows * learners[number].outputs;
            if number < last {
                through_time(spiking, &self.voltages[number], &mut self.delta, size);
            }
            if number == 0 {
                self.summed.clear();
                self.summed.resize(size, 0.0);
                for step in self.delta.chunks_exact(size) {
                    self.summed.iter_mut().zip(step).for_each(|(sum, delta)| *sum += delta);
                }
                learners[0].gradients(&mut self.products, x, &self.summed, rows, epoch.norm(0));
                return;
            }
            let input = &self.spikes[number - 1];
            learners[number].gradients(&mut self.products, input, &self.delta, rows * steps, epoch.norm(number));
            learners[number].back(&mut self.products, &self.delta, rows * steps, &mut self.before);
            std::mem::swap(&mut self.delta, &mut self.before);
        }
    }
}

/// One step of a layer: V now, from V of the step before (which says who fired) and the current; then who fires.
fn advance(beta: f32, before: Option<&[f32]>, current: &[f32], now: &mut [f32], fired: &mut [f32]) {
    match before {
        None => now.copy_from_slice(current),
        Some(before) => dispatch::run(Step { beta, before, current, now }),
    }
    dispatch::run(Fire { now, fired });
}

struct Step<'a> {
    beta: f32,
    before: &'a [f32],
    current: &'a [f32],
    now: &'a mut [f32],
}

impl Task for Step<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let beta = self.beta;
        for ((now, before), current) in self.now.iter_mut().zip(self.before).zip(self.current) {
            let reset = if *before > 1.0 { 1.0 } else { 0.0 };
            *now = beta * before + current - reset;
        }
    }
}

struct Fire<'a> {
    now: &'a [f32],
    fired: &'a mut [f32],
}

impl Task for Fire<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (fired, v) in self.fired.iter_mut().zip(self.now) {
            *fired = if *v > 1.0 { 1.0 } else { 0.0 };
        }
    }
}

/// Turns dL/ds of all steps into dL/dV, from the last step to the first.
fn through_time(spiking: &Spiking, voltages: &[f32], delta: &mut [f32], size: usize) {
    let k = spiking.slope as f32;
    for (here, voltages) in delta.chunks_exact_mut(size).zip(voltages.chunks_exact(size)) {
        match spiking.surrogate {
            Surrogate::FastSigmoid => dispatch::run(Smooth::<true> { k, voltages, delta: here }),
            Surrogate::Arctan => dispatch::run(Smooth::<false> { k, voltages, delta: here }),
        }
    }
    leak_back(spiking.beta as f32, delta, size);
}

/// Adds to each step what flows back from the step after it.
fn leak_back(beta: f32, delta: &mut [f32], size: usize) {
    for step in (0..(delta.len() / size).saturating_sub(1)).rev() {
        let (here, later) = delta.split_at_mut((step + 1) * size);
        dispatch::run(Leak { beta, later: &later[..size], delta: &mut here[step * size..] });
    }
}

/// Multiplies with the surrogate's slope: of a fast sigmoid, else of an arctangent.
struct Smooth<'a, const FAST_SIGMOID: bool> {
    k: f32,
    voltages: &'a [f32],
    delta: &'a mut [f32],
}

impl<const FAST_SIGMOID: bool> Task for Smooth<'_, FAST_SIGMOID> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let k = self.k;
        for (delta, v) in self.delta.iter_mut().zip(self.voltages) {
            if FAST_SIGMOID {
                let u = 1.0 + k * (v - 1.0).abs();
                *delta /= u * u;
            } else {
                let u = std::f32::consts::FRAC_PI_2 * k * (v - 1.0);
                *delta *= 0.5 * k / (1.0 + u * u);
            }
        }
    }
}

/// What V hands on to the next step.
struct Leak<'a> {
    beta: f32,
    later: &'a [f32],
    delta: &'a mut [f32],
}

impl Task for Leak<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let beta = self.beta;
        for (delta, later) in self.delta.iter_mut().zip(self.later) {
            *delta += beta * *later;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_by_hand() {
        // beta 0.5, I = 0.75: V = 0.75, 1.125 (spike), 0.5625 + 0.75 - 1 = 0.3125, 0.90625, 1.203125 (spike)
        let mut v = vec![0.0; 5];
        let mut s = vec![0.0; 5];
        for step in 0..5 {
            let (before, now) = v.split_at_mut(step);
            let before = if step == 0 { None } else { Some(&before[step - 1..]) };
            advance(0.5, before, &[0.75], &mut now[..1], &mut s[step..=step]);
        }
        assert_eq!(v, [0.75, 1.125, 0.3125, 0.90625, 1.203125]);
        assert_eq!(s, [0.0, 1.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn gradients_flow_back_through_the_leak() {
        let spiking = Spiking { steps: 2, beta: 0.5, surrogate: Surrogate::FastSigmoid, slope: 1.0 };
        let mut delta = [1.0, 1.0];
        // u = 0 and u = 1: slopes 1 and 1/4.
        through_time(&spiking, &[1.0, 2.0], &mut delta, 1);
        assert_eq!(delta, [1.0 + 0.5 * 0.25, 0.25]);
        let arctan = Spiking { surrogate: Surrogate::Arctan, slope: 2.0, ..spiking };
        let mut delta = [1.0, 0.0];
        through_time(&arctan, &[1.0, 1.0], &mut delta, 1);
        assert_eq!(delta, [1.0, 0.0]);
    }
}
