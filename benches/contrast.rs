//! How fast the contrast computes; `benches/contrast.sh` sets it beside other simulators on the same machine.
//!
//!     cargo bench --bench contrast             all
//!     cargo bench --bench contrast spiking     those whose names hold the word
//!
//! Medians of several runs, printed as `name<TAB>milliseconds<TAB>what`.

use axonal::contrast::layered::network::{Neurons, Wired};
use axonal::contrast::layered::spiking::{Input, Run, Spiked, run};
use axonal::contrast::plan::{Readout, Reset};
use axonal::engine::layers::SpikeBits;
use axonal::num::rng::{Key, Purpose};
use axonal::rate::layers::{Dense, Layers, Prepared};
use axonal::rate::surrogate::{Spiking, Surrogate, train_spiking};
use axonal::rate::train::{Examples, Training, train};
use std::time::Instant;

const THREADS: usize = 2;
const BATCH: usize = 256;
const STEPS: usize = 100;
const ACTIVE: f64 = 0.1;
const SIZES: [usize; 3] = [784, 1000, 10];

fn main() {
    // Those whose names hold the first word given.
    let wanted = std::env::args().nth(1).filter(|word| !word.starts_with('-')).unwrap_or_default();
    let all: [(&str, fn()); 4] = [
        ("spiking_layers", spiking_layers),
        ("relu_inference", relu_inference),
        ("train_epoch", train_epoch),
        ("surrogate_epoch", surrogate_epoch),
    ];
    all.iter().filter(|(name, _)| name.contains(&wanted)).for_each(|(_, measure)| measure());
}

/// Median of the times of `runs` calls, in milliseconds, after one to warm up.
fn median<T>(runs: usize, mut call: impl FnMut() -> T) -> (f64, T) {
    let mut last = call();
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let begun = Instant::now();
            last = call();
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    (times[runs / 2], last)
}

/// Weights as PyTorch draws them: uniform within 1 / sqrt(inputs), three times as large so that units fire.
fn layers() -> Vec<Dense> {
    let key = Key::new(1, Purpose::Weight, 0);
    let layer = |number: usize| {
        let (inputs, outputs) = (SIZES[number], SIZES[number + 1]);
        let bound = 1.0 / (inputs as f64).sqrt();
        let draw = |index: usize| f64::from(((2.0 * key.uniform(index as u64, number as u64) - 1.0) * bound) as f32);
        Dense { inputs, outputs, weights: (0..inputs * outputs).map(draw).collect(), bias: vec![0.0; outputs] }
    };
    (0..2).map(layer).collect()
}

/// A 784-1000-10 network of leaky units, 100 steps, 256 samples, a tenth of the inputs active in each step.
fn spiking_layers() {
    let wired = Wired::new(Neurons::units(0.9, Reset::Subtract, 0.0, 0.0), layers(), 1.0);
    let key = Key::new(2, Purpose::PoissonCell, 0);
    let mut spikes = SpikeBits::none(SIZES[0], BATCH, STEPS);
    for step in 0..STEPS {
        let active = |neuron: &usize| key.uniform(*neuron as u64, step as u64 + 1) < ACTIVE;
        let neurons = (0..BATCH * SIZES[0]).filter(active);
        neurons.for_each(|neuron| spikes.set(neuron / SIZES[0], step, neuron % SIZES[0]));
    }
    let how = Run { steps: STEPS, readout: Readout::Spikes, seed: 1, threads: Some(THREADS), shown: None };
    let (ms, spiked) = median(9, || run(&wired, Input::Spikes(&spikes), how, &mut |_, _| false));
    let Ok(Some(spiked)) = spiked else { return };
    println!("spiking_layers\t{ms:.1}\t{}", work(&spiked, ms));
}

/// Operations done, against the dense ones and the machine's memory.
fn work(spiked: &Spiked, ms: f64) -> String {
    let input = spiked.input.iter().map(|layer| layer.spikes_at.iter().sum::<u64>() * layer.fan_out as u64);
    let hidden = spiked.layers.iter().map(|layer| layer.spikes_at.iter().sum::<u64>() * layer.fan_out as u64);
    let done: u64 = input.chain(hidden).sum();
    let dense = (BATCH * STEPS * (SIZES[0] * SIZES[1] + SIZES[1] * SIZES[2])) as u64;
    let rates: Vec<String> = spiked
        .layers
        .iter()
        .map(|layer| format!("{:.3}", layer.spikes_at.iter().sum::<u64>() as f64 / (layer.size * BATCH * STEPS) as f64))
        .collect();
    format!(
        "{:.2} G synaptic operations ({:.1} % of dense), {:.1} G/s; spikes a unit and step: {}",
        done as f64 / 1e9,
        100.0 * done as f64 / dense as f64,
        done as f64 / ms / 1e6,
        rates.join(", ")
    )
}

/// 784-1000-10 units, 256 samples.
fn relu_inference() {
    let layers = Layers { dense: layers(), activation: &axonal::activations::relu::Relu, single: true };
    let key = Key::new(3, Purpose::Weight, 0);
    let x: Vec<f32> = (0..BATCH * SIZES[0]).map(|index| key.uniform(index as u64, 0) as f32).collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(THREADS).build();
    let Ok(pool) = pool else { return };
    let mut prepared = Prepared::new(&layers);
    let (ms, _) = pool.install(|| median(101, || prepared.logits(&x, BATCH)));
    let macs = (BATCH as u64 * layers.macs().iter().sum::<u64>()) as f64;
    println!("relu_inference\t{ms:.2}\t{:.0} G multiply-accumulates/s", macs / ms / 1e6);
}

/// As many samples as the digits have for training, of random numbers: how long an epoch takes does not depend on them.
fn digits() -> (Vec<f64>, Vec<u32>) {
    let key = Key::new(4, Purpose::Weight, 0);
    let x = (0..1437 * 64).map(|index| key.uniform(index, 0)).collect();
    (x, (0..1437).map(|index| index % 10).collect())
}

const DIGITS: [usize; 4] = [64, 256, 128, 10];

/// Time of one of `epochs` epochs with batches of 32, the network's preparation included.
fn epoch(epochs: usize, mut call: impl FnMut(&Training, Examples)) -> f64 {
    let (x, y) = digits();
    let how = Training { epochs, batch: 32, learning_rate: 1e-3 };
    median(5, || call(&how, Examples { x: &x, y: &y })).0 / epochs as f64
}

fn train_epoch() {
    for activation in [
        &axonal::activations::relu::Relu as &dyn axonal::activations::Activation,
        &axonal::activations::sigmoid::Sigmoid,
    ] {
        let ms = epoch(10, |how, examples| {
            train(&DIGITS, activation, how, examples, 1, &mut |_, _| false);
        });
        println!("train_epoch\t{ms:.2}\t{}, 1 437 samples in batches of 32", activation.name());
    }
}

fn surrogate_epoch() {
    let spiking = Spiking { steps: 25, beta: 0.9, surrogate: Surrogate::FastSigmoid, slope: 25.0 };
    let ms = epoch(2, |how, examples| {
        train_spiking(&DIGITS, &spiking, how, examples, 1, &axonal::activations::relu::Relu, &mut |_, _| false);
    });
    println!("surrogate_epoch\t{ms:.1}\t25 steps, 1 437 samples in batches of 32");
}
