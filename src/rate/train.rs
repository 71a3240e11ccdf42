//! Training by gradients: mini-batches, cross-entropy, Adam.
//!
//!   loss = -log softmax(y)_label,  averaged over a batch
//!   delta_last = softmax(y) - onehot(label);   delta_(l-1) = f'(z_(l-1)) W_l^T delta_l;   dW_l = delta_l x_(l-1)^T
//! (Rumelhart, Hinton & Williams 1986, Nature 323:533.) Weights begin normally distributed with variance 2 / inputs for
//! functions that shut half of their inputs out (He et al. 2015, ICCV), else 2 / (inputs + outputs) (Glorot & Bengio
//! 2010, AISTATS). All in single precision; the same numbers for any number of threads and on any processor: see
//! [`matrix`](crate::num::matrix).

use super::adam::Adam;
use super::layers::{Dense, Layers};
use crate::activations::Activation;
use crate::num::dispatch::{self, Task};
use crate::num::math::{exp, ln};
use crate::num::matrix::{Products, View};
use crate::num::rng::{Key, Purpose, Stream};

/// How to train.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    pub epochs: usize,
    pub batch: usize,
    pub learning_rate: f64,
}

/// Samples with their labels.
#[derive(Clone, Copy)]
pub struct Examples<'a> {
    /// `[sample][feature]`.
    pub x: &'a [f64],
    pub y: &'a [u32],
}

/// A network, and how it came to be.
#[derive(Clone)]
pub struct Trained {
    pub layers: Layers,
    /// `[epoch]`: mean over the samples.
    pub loss: Vec<f64>,
    /// `[epoch]`: of the training set, while it was being learnt.
    pub accuracy: Vec<f64>,
    /// `[epoch][layer]`: mean over the batches of the length of the weights' gradient.
    pub gradient_norms: Vec<Vec<f64>>,
}

/// Weights while they are learnt.
pub(super) struct Learner {
    pub inputs: usize,
    pub outputs: usize,
    pub weights: Vec<f32>,
    pub bias: Vec<f32>,
    pub weight_gradient: Vec<f32>,
    pub bias_gradient: Vec<f32>,
    weight_steps: Adam,
    bias_steps: Adam,
}

/// Sums over one epoch.
#[derive(Default)]
pub(super) struct Epoch {
    loss: f64,
    right: usize,
    samples: usize,
    batches: usize,
    norms: Vec<f64>,
}

/// Trains a network of `sizes`; `tell(epoch, loss)` may ask to stop after each epoch.
pub fn train(
    sizes: &[usize],
    activation: &'static dyn Activation,
    how: &Training,
    examples: Examples,
    seed: u64,
    tell: &mut (dyn FnMut(usize, f64) -> bool + Send),
) -> Trained {
    let mut learners = learners(sizes, halves(activation), seed);
    let x: Vec<f32> = examples.x.iter().map(|x| *x as f32).collect();
    let mut pass = Pass::default();
    let trained = epochs(&mut learners, how, &x, examples.y, seed, tell, &mut |learners, x, y, epoch| {
        pass.forward(learners, activation, x, y.len());
        pass.backward(learners, activation, x, y, epoch);
    });
    finished(learners, activation, trained)
}

/// What a loop over all epochs measured: loss, accuracy, gradient norms.
pub(super) type Measured = (Vec<f64>, Vec<f64>, Vec<Vec<f64>>);

/// Computes the gradients of one batch.
pub(super) type Batch<'a> = dyn FnMut(&mut [Learner], &[f32], &[u32], &mut Epoch) + 'a;

/// Goes through the samples again and again, in an order drawn anew for each epoch.
pub(super) fn epochs(
    learners: &mut [Learner],
    how: &Training,
    x: &[f32],
    y: &[u32],
    seed: u64,
    tell: &mut (dyn FnMut(usize, f64) -> bool + Send),
    gradients: &mut Batch,
) -> Measured {
    let features = learners[0].inputs;
    let mut order: Vec<usize> = (0..y.len()).collect();
    let (mut losses, mut accuracies, mut norms) = (vec![], vec![], vec![]);
    let (mut batch_x, mut batch_y) = (vec![], vec![]);
    let total = how.epochs * y.len().div_ceil(how.batch.max(1));
    let mut done = 0;
    for number in 0..how.epochs {
        shuffle(&mut order, seed, number as u64);
        let mut epoch = Epoch { norms: vec![0.0; learners.len()], ..Epoch::default() };
        for batch in order.chunks(how.batch.max(1)) {
            batch_x.clear();
            batch_y.clear();
            for &sample in batch {
                batch_x.extend_from_slice(&x[sample * features..(sample + 1) * features]);
                batch_y.push(y[sample]);
            }
            gradients(learners, &batch_x, &batch_y, &mut epoch);
            let rate = how.learning_rate * annealed(done, total);
            learners.iter_mut().for_each(|learner| learner.step(rate));
            done += 1;
        }
        losses.push(epoch.loss / epoch.samples.max(1) as f64);
        accuracies.push(epoch.right as f64 / epoch.samples.max(1) as f64);
        norms.push(epoch.norms.iter().map(|norm| norm / epoch.batches.max(1) as f64).collect());
        if tell(number + 1, losses[number]) {
            break;
        }
    }
    (losses, accuracies, norms)
}

/// The learning rate falls along half a cosine, so that the last steps settle (Loshchilov & Hutter 2017, ICLR).
fn annealed(done: usize, total: usize) -> f64 {
    0.5 * (1.0 + crate::num::math::cos(std::f64::consts::PI * done as f64 / total.max(1) as f64))
}

pub(super) fn finished(learners: Vec<Learner>, activation: &'static dyn Activation, measured: Measured) -> Trained {
    let (loss, accuracy, gradient_norms) = measured;
    let dense = learners.into_iter().map(|learner| Dense {
        inputs: learner.inputs,
        outputs: learner.outputs,
        weights: learner.weights.iter().map(|w| f64::from(*w)).collect(),
        bias: learner.bias.iter().map(|b| f64::from(*b)).collect(),
    });
    Trained { layers: Layers { dense: dense.collect(), activation, single: true }, loss, accuracy, gradient_norms }
}

/// About half of its inputs are shut out.
fn halves(activation: &dyn Activation) -> bool {
    ["relu", "clipped_relu", "leaky_relu", "softplus"].contains(&activation.name())
}

pub(super) fn learners(sizes: &[usize], halves: bool, seed: u64) -> Vec<Learner> {
    let layers = sizes.windows(2).enumerate();
    layers.map(|(number, pair)| Learner::new(pair[0], pair[1], halves, seed, number as u64)).collect()
}

/// Fisher & Yates.
fn shuffle(order: &mut [usize], seed: u64, epoch: u64) {
    let mut stream = Stream::new(seed, Purpose::TrainingOrder, epoch, 0);
    for last in (1..order.len()).rev() {
        order.swap(last, stream.below(last as u64 + 1) as usize);
    }
}

impl Learner {
    fn new(inputs: usize, outputs: usize, halves: bool, seed: u64, number: u64) -> Learner {
        let variance = if halves { 2.0 / inputs as f64 } else { 2.0 / (inputs + outputs) as f64 };
        let key = Key::new(seed, Purpose::TrainingStart, number);
        let weights = (0..inputs * outputs).map(|i| (key.normal(i as u64, 0) * variance.sqrt()) as f32).collect();
        Learner {
            inputs,
            outputs,
            weights,
            bias: vec![0.0; outputs],
            weight_gradient: vec![0.0; inputs * outputs],
            bias_gradient: vec![0.0; outputs],
            weight_steps: Adam::new(inputs * outputs),
            bias_steps: Adam::new(outputs),
        }
    }

    /// Weights that are not to be learnt.
    pub fn of(layer: &Dense) -> Learner {
        let single = |values: &[f64]| values.iter().map(|v| *v as f32).collect();
        let mut learner = Learner::new(layer.inputs, layer.outputs, true, 0, 0);
        (learner.weights, learner.bias) = (single(&layer.weights), single(&layer.bias));
        learner
    }

    fn step(&mut self, rate: f64) {
        self.weight_steps.step(&mut self.weights, &self.weight_gradient, rate);
        self.bias_steps.step(&mut self.bias, &self.bias_gradient, rate);
    }

    /// out = x W^T + b for the rows of x.
    pub fn apply(&self, products: &mut Products<f32>, x: &[f32], rows: usize, out: &mut Vec<f32>) {
        out.clear();
        (0..rows).for_each(|_| out.extend_from_slice(&self.bias));
        let weights = View::new(&self.weights, self.outputs, self.inputs).transposed();
        products.add(View::new(x, rows, self.inputs), weights, out);
    }

    /// The gradients for rows of input and of delta; adds the length of the weights' to `norm`.
    pub fn gradients(&mut self, products: &mut Products<f32>, x: &[f32], delta: &[f32], rows: usize, norm: &mut f64) {
        let delta_across = View::new(delta, rows, self.outputs).transposed();
        products.set(delta_across, View::new(x, rows, self.inputs), &mut self.weight_gradient);
        self.bias_gradient.fill(0.0);
        for row in delta.chunks_exact(self.outputs) {
            self.bias_gradient.iter_mut().zip(row).for_each(|(sum, delta)| *sum += delta);
        }
        *norm += dispatch::run(Length(&self.weight_gradient));
    }

    /// What arrives at the inputs.
    pub fn back(&self, products: &mut Products<f32>, delta: &[f32], rows: usize, out: &mut Vec<f32>) {
        out.resize(rows * self.inputs, 0.0);
        let weights = View::new(&self.weights, self.outputs, self.inputs);
        products.set(View::new(delta, rows, self.outputs), weights, out);
    }
}

/// Length of a vector, in sixteen sums that run side by side.
struct Length<'a>(&'a [f32]);

impl Task for Length<'_> {
    type Output = f64;
    #[inline(always)]
    fn run(self) -> f64 {
        let (whole, rest) = self.0.as_chunks::<16>();
        let mut sums = [0.0_f64; 16];
        for values in whole {
            for lane in 0..16 {
                sums[lane] += f64::from(values[lane]) * f64::from(values[lane]);
            }
        }
        let rest: f64 = rest.iter().map(|value| f64::from(*value) * f64::from(*value)).sum();
        (sums.iter().sum::<f64>() + rest).sqrt()
    }
}

impl Epoch {
    pub fn norm(&mut self, layer: usize) -> &mut f64 {
        &mut self.norms[layer]
    }

    /// Turns scores into delta = (softmax - onehot) / rows, and counts loss and hits.
    pub fn softmax(&mut self, scores: &mut [f32], y: &[u32]) {
        let classes = scores.len() / y.len();
        for (row, label) in scores.chunks_exact_mut(classes).zip(y) {
            let label = *label as usize;
            let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            self.right += usize::from(row.iter().position(|score| *score == most) == Some(label));
            let sum: f64 = row.iter().map(|score| exp(f64::from(score - most))).sum();
            self.loss += ln(sum) - f64::from(row[label] - most);
            for (class, score) in row.iter_mut().enumerate() {
                let chance = exp(f64::from(*score - most)) / sum;
                *score = ((chance - f64::from(u8::from(class == label))) / y.len() as f64) as f32;
            }
        }
        self.samples += y.len();
        self.batches += 1;
    }
}

/// Room for one batch on its way through the layers and back.
#[derive(Default)]
struct Pass {
    /// `[layer]`: before and after the activation.
    sums: Vec<Vec<f32>>,
    activations: Vec<Vec<f32>>,
    delta: Vec<f32>,
    before: Vec<f32>,
    products: Products<f32>,
}

impl Pass {
    fn forward(&mut self, learners: &[Learner], activation: &dyn Activation, x: &[f32], rows: usize) {
        self.sums.resize_with(learners.len(), Vec::new);
        self.activations.resize_with(learners.len(), Vec::new);
        for (number, learner) in learners.iter().enumerate() {
            let (done, rest) = self.activations.split_at_mut(number);
            let input = done.last().map_or(x, Vec::as_slice);
            learner.apply(&mut self.products, input, rows, &mut self.sums[number]);
            rest[0].clone_from(&self.sums[number]);
            if number + 1 < learners.len() {
                activation.values(&mut rest[0]);
            }
        }
    }

    fn backward(
        &mut self,
        learners: &mut [Learner],
        activation: &dyn Activation,
        x: &[f32],
        y: &[u32],
        epoch: &mut Epoch,
    ) {
        self.delta.clone_from(&self.activations[learners.len() - 1]);
        epoch.softmax(&mut self.delta, y);
        for number in (0..learners.len()).rev() {
            let input = if number == 0 { x } else { &self.activations[number - 1] };
            learners[number].gradients(&mut self.products, input, &self.delta, y.len(), epoch.norm(number));
            if number > 0 {
                learners[number].back(&mut self.products, &self.delta, y.len(), &mut self.before);
                activation.slopes(&self.sums[number - 1], &mut self.before);
                std::mem::swap(&mut self.delta, &mut self.before);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(learners: &[Learner], activation: &'static dyn Activation, x: &[f32], y: &[u32]) -> f64 {
        let mut pass = Pass::default();
        pass.forward(learners, activation, x, y.len());
        let mut epoch = Epoch { norms: vec![0.0; learners.len()], ..Epoch::default() };
        epoch.softmax(&mut pass.activations[learners.len() - 1], y);
        epoch.loss / y.len() as f64
    }

    #[test]
    fn gradients_are_those_of_the_loss() {
        let (x, y) = ([0.3, -0.8, 0.5, 1.0, 0.2, -0.4], [0, 2]);
        for activation in crate::activations::ALL {
            let mut learners = learners(&[3, 5, 4, 3], true, 11);
            let mut pass = Pass::default();
            let mut epoch = Epoch { norms: vec![0.0; 3], ..Epoch::default() };
            pass.forward(&learners, *activation, &x, 2);
            pass.backward(&mut learners, *activation, &x, &y, &mut epoch);
            for layer in 0..3 {
                for index in [0, 4, 7] {
                    let gradient = f64::from(learners[layer].weight_gradient[index]);
                    let h = 1e-3;
                    let mut shifted = |by: f32| {
                        let kept = learners[layer].weights[index];
                        learners[layer].weights[index] = kept + by;
                        let loss = loss(&learners, *activation, &x, &y);
                        learners[layer].weights[index] = kept;
                        loss
                    };
                    let difference = (shifted(h) - shifted(-h)) / (2.0 * f64::from(h));
                    // Single precision, and the third derivative over the step.
                    assert!(
                        (gradient - difference).abs() < 1e-3,
                        "{} {layer} {index}: {gradient} {difference}",
                        activation.name()
                    );
                }
            }
        }
    }

    #[test]
    fn learns_what_can_be_learnt() {
        // Which of two numbers is larger.
        let x: Vec<f64> = (0..400).map(|i| f64::from(i * 37 % 101) / 101.0).collect();
        let y: Vec<u32> = x.chunks_exact(2).map(|pair| u32::from(pair[1] > pair[0])).collect();
        let how = Training { epochs: 60, batch: 20, learning_rate: 1e-2 };
        let relu = crate::activations::find("relu").unwrap();
        let train = || train(&[2, 8, 2], relu, &how, Examples { x: &x, y: &y }, 3, &mut |_, _| false);
        let trained = train();
        assert!(*trained.accuracy.last().unwrap() > 0.98 && trained.loss[59] < 0.2 * trained.loss[0]);
        assert!(train().layers.dense == trained.layers.dense, "the same seed, the same weights");
    }
}
