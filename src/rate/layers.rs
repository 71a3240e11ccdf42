//! A stack of dense layers: y = f(W x + b), the last one linear.
//!
//! Evaluated in two ways. [`Layers::activations_f64`] is the reference: double precision, the same bits on every
//! machine. [`Prepared`] is the fast one: single precision, many samples at once, as the peers compute it.

use crate::activations::Activation;
use crate::num::matrix::{Products, View};
use crate::num::product::product;
use rayon::prelude::*;

/// One layer's weights. Numbers that were given in single precision are kept exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    pub inputs: usize,
    pub outputs: usize,
    /// `[output][input]`, row by row, as in the files of weights.
    pub weights: Vec<f64>,
    /// `[output]`.
    pub bias: Vec<f64>,
}

/// The whole network; `activation` stands between the layers, the last is linear.
#[derive(Clone)]
pub struct Layers {
    pub dense: Vec<Dense>,
    pub activation: &'static dyn Activation,
    /// Every number is exact in single precision.
    pub single: bool,
}

/// Samples that pass through the layers together: their activations stay in the second-level cache.
const BATCH: usize = 256;

impl Layers {
    /// Numbers of units, the inputs first.
    pub fn sizes(&self) -> Vec<usize> {
        let first = self.dense.first().map(|layer| layer.inputs);
        first.into_iter().chain(self.dense.iter().map(|layer| layer.outputs)).collect()
    }

    /// Multiply-accumulates for one sample, layer by layer.
    pub fn macs(&self) -> Vec<u64> {
        self.dense.iter().map(|layer| (layer.inputs * layer.outputs) as u64).collect()
    }

    /// What every layer hands on, `[layer][sample][unit]`: activations of the hidden layers, then the logits. `x` is
    /// `[sample][feature]`.
    pub fn activations_f64(&self, x: &[f64], samples: usize) -> Vec<Vec<f64>> {
        let features = self.dense.first().map_or(0, |layer| layer.inputs);
        assert_eq!(x.len(), samples * features, "samples of {features} features");
        let mut all: Vec<Vec<f64>> = self.dense.iter().map(|layer| vec![0.0; samples * layer.outputs]).collect();
        let mut products = Products::new();
        let mut by_unit = vec![];
        for (index, layer) in self.dense.iter().enumerate() {
            let hidden = index + 1 < self.dense.len();
            let (before, rest) = all.split_at_mut(index);
            let input = before.last().map_or(x, |before| before.as_slice());
            let batches = input.chunks(BATCH * layer.inputs).zip(rest[0].chunks_mut(BATCH * layer.outputs));
            for (input, out) in batches {
                let count = out.len() / layer.outputs;
                by_unit.resize(out.len(), 0.0);
                let weights = View::new(&layer.weights, layer.outputs, layer.inputs);
                products.set(weights, View::new(input, count, layer.inputs).transposed(), &mut by_unit);
                for (unit, sums) in by_unit.chunks_exact(count).enumerate() {
                    let bias = layer.bias[unit];
                    for (sample, sum) in sums.iter().enumerate() {
                        let sum = sum + bias;
                        out[sample * layer.outputs + unit] = if hidden { self.activation.value(sum) } else { sum };
                    }
                }
            }
        }
        all
    }
}

/// The position of the largest number; of equals, the first.
pub fn argmax<T: PartialOrd + Copy>(scores: &[T]) -> usize {
    let mut best = 0;
    for (index, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = index;
        }
    }
    best
}

/// A network ready to be evaluated in single precision, with the memory that it needs.
pub struct Prepared {
    layers: Vec<Single>,
    activation: &'static dyn Activation,
    /// Activations of two layers in turn, `[unit][sample]`.
    buffers: [Vec<f32>; 2],
}

/// A [`Dense`] in single precision.
struct Single {
    inputs: usize,
    outputs: usize,
    weights: Vec<f32>,
    bias: Vec<f32>,
}

/// Multiply-accumulates below which one thread is faster than two.
const WORTH_SHARING: usize = 2_000_000;
/// Units are shared among threads in multiples of the width of the product's tiles.
const TILE: usize = 16;

impl Prepared {
    pub fn new(layers: &Layers) -> Prepared {
        let single = |numbers: &[f64]| numbers.iter().map(|x| *x as f32).collect();
        let dense = layers.dense.iter();
        let layers_f32 = dense.map(|layer| Single {
            inputs: layer.inputs,
            outputs: layer.outputs,
            weights: single(&layer.weights),
            bias: single(&layer.bias),
        });
        Prepared { layers: layers_f32.collect(), activation: layers.activation, buffers: [vec![], vec![]] }
    }

    /// Scores of the classes, `[sample][class]`; `x` is `[sample][feature]`.
    pub fn logits(&mut self, x: &[f32], samples: usize) -> Vec<f32> {
        let (Some(first), Some(last)) = (self.layers.first(), self.layers.last()) else { return x.to_vec() };
        let (features, classes) = (first.inputs, last.outputs);
        assert_eq!(x.len(), samples * features, "samples of {features} features");
        let mut logits = vec![0.0; samples * classes];
        for (x, out) in x.chunks(BATCH * features).zip(logits.chunks_mut(BATCH * classes)) {
            let count = out.len() / classes;
            let by_class = self.batch(View::new(x, count, features).transposed(), count);
            for (class, scores) in by_class.chunks_exact(count).enumerate() {
                for (sample, score) in scores.iter().enumerate() {
                    out[sample * classes + class] = *score;
                }
            }
        }
        logits
    }

    /// Classes of the highest scores; of equals, the lowest.
    pub fn predict(&mut self, x: &[f32], samples: usize) -> Vec<u8> {
        let Some(classes) = self.layers.last().map(|layer| layer.outputs) else { return vec![] };
        self.logits(x, samples).chunks_exact(classes).map(|scores| argmax(scores) as u8).collect()
    }

    /// `[class][sample]` for inputs `[feature][sample]`.
    fn batch(&mut self, x: View<f32>, samples: usize) -> &[f32] {
        let [from, to] = &mut self.buffers;
        for (index, layer) in self.layers.iter().enumerate() {
            let hidden = index + 1 < self.layers.len();
            std::mem::swap(from, to);
            to.resize(layer.outputs * samples, 0.0);
            let input = if index == 0 { x } else { View::new(from, layer.inputs, samples) };
            let macs = layer.outputs * layer.inputs * samples;
            let threads = if macs < WORTH_SHARING { 1 } else { rayon::current_num_threads() };
            // Whoever computes a unit sums over the inputs in the same order.
            let share = layer.outputs.div_ceil(threads).next_multiple_of(TILE);
            let work = |(index, out): (usize, &mut [f32])| {
                let (first, units) = (index * share, out.len() / samples);
                let weights = &layer.weights[first * layer.inputs..(first + units) * layer.inputs];
                product(View::new(weights, units, layer.inputs), input, out);
                for (out, bias) in out.chunks_exact_mut(samples).zip(&layer.bias[first..]) {
                    if hidden {
                        self.activation.biased(*bias, out);
                    } else {
                        out.iter_mut().for_each(|score| *score += bias);
                    }
                }
            };
            to.par_chunks_mut(share * samples).enumerate().for_each(work);
        }
        to
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::ALL;
    use crate::num::rng::{Purpose, Stream};

    fn network(sizes: &[usize], activation: &'static dyn Activation) -> Layers {
        let mut stream = Stream::new(3, Purpose::Weight, 0, 0);
        let mut draw = |n: usize, scale: f64| (0..n).map(|_| f64::from((stream.normal() * scale) as f32)).collect();
        let layer = |pair: &[usize]| Dense {
            inputs: pair[0],
            outputs: pair[1],
            weights: draw(pair[0] * pair[1], (2.0 / pair[0] as f64).sqrt()),
            bias: draw(pair[1], 0.1),
        };
        Layers { dense: sizes.windows(2).map(layer).collect(), activation, single: true }
    }

    /// One sample, unit by unit.
    fn by_hand(layers: &Layers, x: &[f64]) -> Vec<Vec<f64>> {
        let mut all: Vec<Vec<f64>> = vec![];
        for (index, layer) in layers.dense.iter().enumerate() {
            let input = all.last().map_or(x, |v| v.as_slice());
            let sums = layer.weights.chunks(layer.inputs).zip(&layer.bias);
            let sums = sums.map(|(row, bias)| row.iter().zip(input).map(|(w, x)| w * x).sum::<f64>() + bias);
            let hidden = index + 1 < layers.dense.len();
            all.push(sums.map(|sum| if hidden { layers.activation.value(sum) } else { sum }).collect());
        }
        all
    }

    #[test]
    fn both_ways_follow_the_definition_for_every_activation() {
        let samples = 300; // more than one batch
        let mut stream = Stream::new(4, Purpose::Weight, 0, 0);
        let x: Vec<f32> = (0..samples * 20).map(|_| stream.uniform() as f32).collect();
        let wide: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
        for activation in ALL {
            let layers = network(&[20, 90, 70, 7], *activation);
            let all = layers.activations_f64(&wide, samples);
            let logits = Prepared::new(&layers).logits(&x, samples);
            let classes = Prepared::new(&layers).predict(&x, samples);
            for sample in 0..samples {
                let exact = by_hand(&layers, &wide[sample * 20..(sample + 1) * 20]);
                for (layer, exact) in exact.iter().enumerate() {
                    let n = exact.len();
                    let ours = &all[layer][sample * n..(sample + 1) * n];
                    // Order of sums in f64.
                    assert!(ours.iter().zip(exact).all(|(a, b)| (a - b).abs() < 1e-12), "{}", activation.name());
                }
                let ours = &logits[sample * 7..(sample + 1) * 7];
                // 90 products in f32, each rounded to 6e-8 of numbers of size 1.
                assert!(ours.iter().zip(&exact[2]).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-5));
                assert_eq!(usize::from(classes[sample]), argmax(&exact[2]));
            }
        }
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let layers = network(&[100, 300, 5], ALL[0]);
        let x: Vec<f32> = (0..256 * 100).map(|i| (i % 37) as f32 * 0.1).collect();
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Prepared::new(&layers).logits(&x, 256))
        };
        assert!(with(1) == with(2) && with(1) == with(5));
    }

    #[test]
    fn the_first_of_equals_wins() {
        assert_eq!(argmax(&[1.0, 3.0, 3.0, 2.0]), 1);
        assert_eq!(argmax(&[0_u32; 4]), 0);
        assert_eq!(argmax::<f64>(&[]), 0);
    }
}
