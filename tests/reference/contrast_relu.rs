//! The digits network of numbers: given weights against PyTorch and NumPy, own training against what is known of the
//! data, and a network of leaky units against snnTorch.
//!
//! `relu_expected.npz`: logits of PyTorch 2.15 (f32) and NumPy 2.4 (f64); `surrogate_lif_expected.npz`: output spike
//! counts of snnTorch's `Leaky`, beta 0.9, 25 steps, constant input. All 360 images of the hard split.

use super::contrast_data::{Archive, path, test_images};
use axonal::activations::find;
use axonal::contrast::data::Samples;
use axonal::contrast::data::source::{Raw, Source, read};
use axonal::contrast::data::split::{Test, split};
use axonal::contrast::weights;
use axonal::rate::layers::{Layers, Prepared, argmax};
use axonal::rate::surrogate::{Spiking, Surrogate, run_spiking, train_spiking};
use axonal::rate::train::{Examples, Trained, Training, train};

const SIZES: [usize; 4] = [64, 256, 128, 10];
const TRAINING: Training = Training { epochs: 20, batch: 32, learning_rate: 1e-3 };
const LEAKY: Spiking = Spiking { steps: 25, beta: 0.9, surrogate: Surrogate::FastSigmoid, slope: 25.0 };

fn load(name: &str) -> Layers {
    weights::load(&path(name), &SIZES, find("relu").unwrap()).unwrap()
}

fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |most, number| most.max(number.abs()))
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn logits_are_those_of_pytorch_and_numpy() {
    let (layers, expected) = (load("model.safetensors"), Archive::open("relu_expected.npz"));
    let (x, _) = test_images(360);
    let (exact, classes) = (expected.floats("logits_f64"), expected.integers("pred"));
    let all = layers.activations_f64(&x, 360);
    // Order of sums in f64.
    assert!(largest_difference(&all[2], &exact) < 1e-10);
    for (hidden, name) in [(&all[0], "h1_first16"), (&all[1], "h2_first16")] {
        let first = expected.floats(name);
        assert!(largest_difference(&hidden[..first.len()], &first) < 1e-10, "{name}");
    }
    let single: Vec<f32> = x.iter().map(|x| *x as f32).collect();
    let mut prepared = Prepared::new(&layers);
    let logits: Vec<f64> = prepared.logits(&single, 360).into_iter().map(f64::from).collect();
    for expected in [&exact, &expected.floats("logits_f32")] {
        // Order of sums in f32: two honest ones differ by 1.05e-5 where logits reach 26.
        assert!(largest_difference(&logits, expected) <= 1e-5 * largest(expected).max(1.0));
    }
    let ours: Vec<u32> = all[2].chunks_exact(10).map(|scores| argmax(scores) as u32).collect();
    assert_eq!(ours, classes);
    assert!(prepared.predict(&single, 360).into_iter().map(u32::from).eq(classes));
}

/// Output spikes of each sample, class by class.
fn counts(layers: &Layers, x: &[f64], samples: usize) -> Vec<f64> {
    let counted = run_spiking(layers, &LEAKY, x, samples);
    let mut counts = vec![0.0; samples * 10];
    for step in counted.spikes[2].chunks_exact(samples * 10) {
        counts.iter_mut().zip(step).for_each(|(count, spike)| *count += f64::from(*spike));
    }
    counts
}

#[test]
fn leaky_units_count_as_snntorchs() {
    let expected = Archive::open("surrogate_lif_expected.npz");
    let (x, _) = test_images(360);
    let counts = counts(&load("surrogate_lif_snntorch.safetensors"), &x, 360);
    assert_eq!(counts, expected.floats("out_counts_f32"));
    let classes: Vec<u32> = counts.chunks_exact(10).map(|counts| argmax(counts) as u32).collect();
    assert_eq!(classes, expected.integers("pred"));
}

fn digits() -> Raw {
    read(&Source::Digits).unwrap()
}

/// Share of samples whose largest score, [sample][class], is their label's.
fn accuracy(scores: &[f64], test: &Samples) -> f64 {
    let right = scores.chunks_exact(10).zip(&test.y).filter(|(scores, label)| argmax(scores) as u32 == **label);
    right.count() as f64 / test.len() as f64
}

fn examples(samples: &Samples) -> Examples<'_> {
    Examples { x: &samples.x, y: &samples.y }
}

fn trained(samples: &Samples, activation: &str, seed: u64) -> Trained {
    train(&SIZES, find(activation).unwrap(), &TRAINING, examples(samples), seed, &mut |_, _| false)
}

fn of_numbers(trained: &Trained, test: &Samples) -> f64 {
    accuracy(&trained.layers.activations_f64(&test.x, test.len())[2], test)
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

#[test]
fn own_training_learns_the_digits() {
    let raw = digits();
    let random: Vec<f64> = (1..=5)
        .map(|seed| {
            let (train, test) = split(&raw, Test::Fraction(0.2), 16.0, seed);
            of_numbers(&trained(&train, "relu", seed), &test)
        })
        .collect();
    let (train, test) = split(&raw, Test::Last(360), 16.0, 0);
    let hard: Vec<f64> = (1..=5).map(|seed| of_numbers(&trained(&train, "relu", seed), &test)).collect();
    println!("own training: random splits {random:?}, last 360 {hard:?}");
    // What a network of this size is known to reach; PyTorch's weights in this directory have 0.914 of the last 360.
    assert!(mean(&random) >= 0.97, "{random:?}");
    assert!(hard.iter().all(|accuracy| *accuracy >= 0.91), "{hard:?}");
}

#[test]
fn a_sigmoid_learns_later_because_less_gradient_reaches_its_first_layer() {
    let (samples, _) = split(&digits(), Test::Last(360), 16.0, 0);
    let [relu, sigmoid] = ["relu", "sigmoid"].map(|activation| trained(&samples, activation, 1));
    assert!(sigmoid.loss.iter().zip(&relu.loss).all(|(sigmoid, relu)| sigmoid > relu));
    let ratio = |trained: &Trained| trained.gradient_norms[0][0] / trained.gradient_norms[0][2];
    println!("first layer's gradient over the last's, first epoch: {} and {}", ratio(&relu), ratio(&sigmoid));
    assert!(ratio(&sigmoid) < 0.5 * ratio(&relu), "two slopes of at most 1/4 lie between");
}

#[test]
fn spikes_learn_the_digits() {
    let raw = digits();
    let learn = |train: &Samples, test: &Samples, seed| {
        let relu = find("relu").unwrap();
        let trained = train_spiking(&SIZES, &LEAKY, &TRAINING, examples(train), seed, relu, &mut |_, _| false);
        accuracy(&counts(&trained.layers, &test.x, test.len()), test)
    };
    let over_seeds = |test: Test| -> Vec<f64> {
        let of = |seed| {
            let (train, test) = split(&raw, test, 16.0, seed);
            learn(&train, &test, seed)
        };
        (1..=3).map(of).collect()
    };
    let (random, hard) = (over_seeds(Test::Fraction(0.2)), over_seeds(Test::Last(360)));
    println!("trained as spikes: random splits {random:?}, last 360 {hard:?}");
    // Means, because seeds differ by 0.01; snnTorch's network in this directory has 0.936 of the last 360.
    assert!(mean(&random) >= 0.96 && mean(&hard) >= 0.91, "{random:?} {hard:?}");
}

#[test]
fn training_does_not_depend_on_the_number_of_threads() {
    let (samples, _) = split(&digits(), Test::Last(360), 16.0, 0);
    let how = Training { epochs: 1, batch: 128, ..TRAINING };
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let relu = find("relu").unwrap();
        pool.install(|| {
            train_spiking(&SIZES, &LEAKY, &how, examples(&samples), 5, relu, &mut |_, _| false).layers.dense
        })
    };
    assert!(with(1) == with(3));
}
