//! The layered contrast: one trained network, as numbers and in spikes.
//!
//! A network of ReLUs is trained or read. [`convert`] scales its weights, [`network`] makes layers of neurons of it,
//! [`spiking`] runs it on the engine; `biological` says which currents stand for the same numbers in cells with a
//! membrane; `columns` does all this for each column of the config, `robustness` once more with noise on the input.

pub mod biological;
mod columns;
pub mod convert;
mod encode;
pub mod network;
mod robustness;
pub mod spiking;
mod watch;

use super::plan::{Code, Plan};
use super::seen::{Reference, Seen, TrainingSeen};
use super::{Findings, Progress, Stage, interrupted, report, weights};
use crate::activations::Activation;
use crate::error::Error;
use crate::rate::layers::Layers;
use crate::rate::train::{Examples, Trained, train};
use watch::largest;

/// The file of trained weights.
const WEIGHTS: &str = "model.safetensors";

/// Does what `plan` says.
///
/// # Errors
/// If the network cannot be converted, a number stops being one, or [`interrupted`].
pub fn contrast(plan: &Plan, threads: Option<usize>, progress: &mut Progress) -> Result<Findings, Error> {
    let (layers, mut training) = network_of(plan, progress)?;
    let mut seen = Seen {
        reference: reference(&layers, &plan.data.test.x),
        labels: plan.data.test.y.clone(),
        classes: plan.data.classes.max(plan.sizes.last().copied().unwrap_or(0)),
        sizes: plan.sizes.clone(),
        data: plan.data.source.clone(),
        shown: 0,
        image: plan.data.image,
        macs: layers.macs(),
        ..Seen::default()
    };
    let mut columns = columns::Columns { plan, layers: &layers, threads, ready: vec![] };
    for column in &plan.columns {
        let (column, trained) = columns.run(column, &seen.reference, progress)?;
        training.extend(trained);
        seen.columns.push(column);
    }
    seen.noise = robustness::measure(&columns, progress)?;
    compare(plan, &mut training, progress)?;
    seen.training = training;
    let mut findings = report::findings(&seen);
    if plan.weights.is_none() {
        findings.files.extend(weights::save(&layers).ok().map(|bytes| (WEIGHTS.to_string(), bytes)));
    }
    Ok(findings)
}

/// Given, or trained.
fn network_of(plan: &Plan, progress: &mut Progress) -> Result<(Layers, Vec<TrainingSeen>), Error> {
    if let Some(layers) = &plan.weights {
        return Ok((layers.clone(), vec![]));
    }
    let trained = learn(plan, plan.activation, "training", progress)?;
    let seen = training_seen(plan, plan.activation.name().to_string(), &trained);
    Ok((trained.layers, vec![seen]))
}

/// The same network with another function between its layers.
fn compare(plan: &Plan, training: &mut Vec<TrainingSeen>, progress: &mut Progress) -> Result<(), Error> {
    let Some(activation) = plan.compare.filter(|_| plan.weights.is_none()) else { return Ok(()) };
    let what = format!("training with {}", activation.name());
    let trained = learn(plan, activation, &what, progress)?;
    training.push(training_seen(plan, activation.name().to_string(), &trained));
    Ok(())
}

fn learn(
    plan: &Plan,
    activation: &'static dyn Activation,
    what: &str,
    progress: &mut Progress,
) -> Result<Trained, Error> {
    let Some(how) = plan.train else { return Err(interrupted()) };
    let examples = Examples { x: &plan.data.train.x, y: &plan.data.train.y };
    let mut stopped = false;
    let trained = train(&plan.sizes, activation, &how, examples, plan.seed, &mut |epoch, _| {
        stopped |= progress(Stage { what, done: epoch as u64, of: how.epochs as u64 });
        stopped
    });
    if stopped { Err(interrupted()) } else { Ok(trained) }
}

fn training_seen(plan: &Plan, activation: String, trained: &Trained) -> TrainingSeen {
    let predictions = reference(&trained.layers, &plan.data.test.x).predictions;
    TrainingSeen {
        activation,
        loss: trained.loss.clone(),
        accuracy: trained.accuracy.clone(),
        test_accuracy: accuracy(&predictions, &plan.data.test.y),
        gradient_norms: trained.gradient_norms.clone(),
    }
}

/// The network of numbers on samples.
fn reference(layers: &Layers, x: &[f64]) -> Reference {
    let features = layers.dense[0].inputs;
    let activations = layers.activations_f64(x, x.len() / features);
    let predictions = predictions(layers, &activations);
    Reference { activations, predictions }
}

fn predictions(layers: &Layers, activations: &[Vec<f64>]) -> Vec<u8> {
    let classes = layers.dense.last().map_or(1, |layer| layer.outputs);
    let logits = activations.last().map_or(&[][..], Vec::as_slice);
    logits.chunks_exact(classes).map(|scores| largest(scores.iter().copied())).collect()
}

fn accuracy(decisions: &[u8], labels: &[u32]) -> f64 {
    let right = decisions.iter().zip(labels).filter(|(a, b)| u32::from(**a) == **b).count();
    right as f64 / labels.len().max(1) as f64
}

/// Whether a column is of numbers.
fn is_rate(code: &Code) -> bool {
    matches!(code, Code::Rate)
}
