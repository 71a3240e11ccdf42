//! Each column of the config: made ready once, run on as many inputs as are asked for.

use super::biological;
use super::convert::{Converted, convert, leak_correction};
use super::network::{Neurons, Wired};
use super::spiking::{Input, Run, Spiked, run};
use super::watch::largest;
use super::{accuracy, predictions, training_seen};
use crate::contrast::plan::{Cell, Code, ColumnPlan, Conversion, InputCode, Plan, Readout, SurrogatePlan};
use crate::contrast::seen::{Column, LayerSeen, Reference, TrainingSeen};
use crate::contrast::{Progress, Stage, interrupted};
use crate::error::Error;
use crate::rate::layers::Layers;
use crate::rate::surrogate::{Counted, Spiking, run_spiking, train_spiking};
use crate::rate::train::{Examples, Training};
use std::time::Instant;

/// Samples at a time of a network that is not run on the engine.
const BATCH: usize = 256;
/// From this share of small activations on, a leak is worth a warning.
const HURTS: f64 = 0.1;

/// The columns of one contrast.
pub struct Columns<'p> {
    pub plan: &'p Plan,
    pub layers: &'p Layers,
    pub threads: Option<usize>,
    /// Those that spike, by name, ready to be run again.
    pub ready: Vec<(String, Ready)>,
}

/// A spiking network with its weights.
pub enum Ready {
    Converted(Box<(Conversion, Wired)>),
    Trained(Spiking, Layers),
}

impl Columns<'_> {
    /// Runs a column on the test samples.
    pub fn run(
        &mut self,
        column: &ColumnPlan,
        reference: &Reference,
        progress: &mut Progress,
    ) -> Result<(Column, Option<TrainingSeen>), Error> {
        let begun = Instant::now();
        let mut seen =
            Column { name: column.name.clone(), about: column.about(), steps: column.steps(), ..Column::default() };
        let mut training = None;
        match &column.code {
            Code::Rate => {
                seen.kind = "rate";
                seen.decisions = vec![reference.predictions.clone()];
                seen.macs = self.layers.macs().iter().sum::<u64>() as f64;
            }
            Code::Converted(conversion) => self.converted(column, conversion, reference, &mut seen, progress)?,
            Code::Surrogate(plan) => training = self.surrogate(column, plan, &mut seen, progress)?,
        }
        seen.seconds = begun.elapsed().as_secs_f64();
        Ok((seen, training))
    }

    fn converted(
        &mut self,
        column: &ColumnPlan,
        conversion: &Conversion,
        reference: &Reference,
        seen: &mut Column,
        progress: &mut Progress,
    ) -> Result<(), Error> {
        let data = &self.plan.data;
        let calibration = if data.train.is_empty() { &data.test } else { &data.train };
        if data.train.is_empty() && conversion.normalize != crate::contrast::plan::Normalize::None {
            seen.warnings.push("no training samples: the weights were normalised by the test samples".into());
        }
        let converted = convert(self.layers, conversion.normalize, &calibration.x)?;
        seen.warnings.extend(leak_hurts(conversion, &converted, reference));
        let (wired, kind, dt_ms) = wire(conversion, &converted);
        let what = format!("spiking: column `{}`", column.name);
        let spiked = simulate(self, &wired, conversion, &data.test.x, Some(0), &what, progress)?;
        (seen.kind, seen.dt_ms) = (kind, dt_ms);
        seen.decisions = spiked.decisions;
        seen.input = spiked.input;
        seen.layers = spiked.layers;
        seen.layers.iter_mut().zip(&converted.scales).for_each(|(layer, scale)| layer.scale = *scale);
        if conversion.input == InputCode::Current {
            seen.macs = self.layers.macs().first().copied().unwrap_or(0) as f64;
        }
        self.ready.push((column.name.clone(), Ready::Converted(Box::new((conversion.clone(), wired)))));
        Ok(())
    }

    fn surrogate(
        &mut self,
        column: &ColumnPlan,
        plan: &SurrogatePlan,
        seen: &mut Column,
        progress: &mut Progress,
    ) -> Result<Option<TrainingSeen>, Error> {
        let spiking = Spiking { steps: plan.steps, beta: plan.beta, surrogate: plan.surrogate, slope: plan.slope };
        let (layers, training) = match &plan.weights {
            Some(layers) => (layers.clone(), None),
            None => {
                let (layers, training) = self.train(column, plan, &spiking, progress)?;
                (layers, Some(training))
            }
        };
        let data = &self.plan.data.test;
        let counted = run_all(&layers, &spiking, &data.x);
        seen.kind = "surrogate";
        seen.macs = self.layers.macs().first().copied().unwrap_or(0) as f64;
        (seen.layers, seen.decisions) = watched(&layers, &spiking, counted);
        self.ready.push((column.name.clone(), Ready::Trained(spiking, layers)));
        let training = training.map(|mut training: TrainingSeen| {
            training.test_accuracy = accuracy(seen.decisions.last().map_or(&[], Vec::as_slice), &data.y);
            training
        });
        Ok(training)
    }

    fn train(
        &self,
        column: &ColumnPlan,
        plan: &SurrogatePlan,
        spiking: &Spiking,
        progress: &mut Progress,
    ) -> Result<(Layers, TrainingSeen), Error> {
        let how = Training { epochs: plan.epochs, batch: plan.batch, learning_rate: plan.learning_rate };
        let examples = Examples { x: &self.plan.data.train.x, y: &self.plan.data.train.y };
        let what = format!("training spikes: column `{}`", column.name);
        let mut stopped = false;
        let mut tell = |epoch: usize, _: f64| {
            stopped |= progress(Stage { what: &what, done: epoch as u64, of: how.epochs as u64 });
            stopped
        };
        let (sizes, relu) = (&self.plan.sizes, self.layers.activation);
        let trained = train_spiking(sizes, spiking, &how, examples, self.plan.seed, relu, &mut tell);
        if stopped {
            return Err(interrupted());
        }
        let training = training_seen(self.plan, format!("spikes ({})", column.name), &trained);
        Ok((trained.layers, training))
    }

    /// Scores (`[sample][class]`) of a column that spikes, for inputs `x`, in `steps` steps.
    pub fn scores(&self, ready: &Ready, x: &[f64], steps: usize, progress: &mut Progress) -> Result<Vec<f64>, Error> {
        match ready {
            Ready::Converted(both) => {
                let conversion = Conversion { steps, readout: Readout::Current, ..both.0.clone() };
                let spiked = simulate(self, &both.1, &conversion, x, None, "robustness", progress)?;
                Ok(spiked.totals)
            }
            Ready::Trained(spiking, layers) => {
                let spiking = Spiking { steps, ..*spiking };
                let (seen, _) = watched(layers, &spiking, run_all(layers, &spiking, x));
                Ok(seen.last().map_or(vec![], |output| output.counts.iter().map(|n| f64::from(*n)).collect()))
            }
        }
    }

    /// The network of numbers.
    pub fn logits(&self, x: &[f64]) -> Vec<f64> {
        let samples = x.len() / self.layers.dense[0].inputs;
        self.layers.activations_f64(x, samples).pop().unwrap_or_default()
    }

    /// As [`predictions`], of scores.
    pub fn decide(&self, scores: Vec<f64>) -> Vec<u8> {
        predictions(self.layers, &[scores])
    }
}

/// The converted network in its cells; what kind of column that is; how long a step is, if it has a unit.
fn wire(conversion: &Conversion, converted: &Converted) -> (Wired, &'static str, Option<f64>) {
    let layers = converted.layers.clone();
    let correction = if conversion.correct_bias { leak_correction(&conversion.cell) } else { 0.0 };
    let units = |beta: f64| Neurons::units(beta, conversion.reset, conversion.initial, correction);
    match &conversion.cell {
        Cell::If => (Wired::new(units(1.0), layers, 1.0), "spiking", None),
        Cell::Leaky { beta } => (Wired::new(units(*beta), layers, 1.0), "spiking", None),
        Cell::Biological { parameters, dt_ms, tau_syn_ms, .. } => {
            let neurons = biological::neurons(parameters, *dt_ms, *tau_syn_ms, conversion.initial);
            (Wired::new(neurons, layers, *dt_ms), "biological", Some(*dt_ms))
        }
    }
}

fn simulate(
    columns: &Columns,
    wired: &Wired,
    conversion: &Conversion,
    x: &[f64],
    shown: Option<usize>,
    what: &str,
    progress: &mut Progress,
) -> Result<Spiked, Error> {
    let how = Run {
        steps: conversion.steps,
        readout: conversion.readout,
        seed: columns.plan.seed,
        threads: columns.threads,
        shown,
    };
    // A regular input unit begins where the others do.
    let input = Input::Values(x, conversion.input, conversion.initial);
    let spiked = run(wired, input, how, &mut |done, of| progress(Stage { what, done, of }))?;
    spiked.ok_or_else(interrupted)
}

/// Which part of the activations a leak swallows, if it is a large one.
fn leak_hurts(conversion: &Conversion, converted: &Converted, reference: &Reference) -> Option<String> {
    let Cell::Leaky { beta } = &conversion.cell else { return None };
    // A current I comes to rest at I / (1 - beta), and fires only above the threshold.
    let corrected = if conversion.correct_bias { leak_correction(&conversion.cell) } else { 0.0 };
    let least = 1.0 - beta - corrected;
    let hidden = reference.activations.iter().zip(&converted.scales).rev().skip(1);
    let (mut active, mut lost) = (0usize, 0usize);
    for (activations, scale) in hidden {
        active += activations.iter().filter(|a| **a > 0.0).count();
        lost += activations.iter().filter(|a| **a > 0.0 && **a / scale < least).count();
    }
    let share = lost as f64 / active.max(1) as f64;
    (share > HURTS).then(|| {
        format!(
            "the leak of beta = {beta} silences units driven by less than {least:.3} of the threshold a step: \
             {:.0} % of the active hidden units of the ReLU network",
            100.0 * share
        )
    })
}

/// Batch by batch, so that memory does not grow with the samples.
fn run_all(layers: &Layers, spiking: &Spiking, x: &[f64]) -> Vec<(Counted, usize)> {
    let features = layers.dense[0].inputs;
    let batches = x.chunks(BATCH * features);
    batches.map(|x| (run_spiking(layers, spiking, x, x.len() / features), x.len() / features)).collect()
}

/// Counts, rasters of the first sample, and decisions by the output's spikes so far.
fn watched(layers: &Layers, spiking: &Spiking, counted: Vec<(Counted, usize)>) -> (Vec<LayerSeen>, Vec<Vec<u8>>) {
    let sizes = layers.sizes();
    let mut seen: Vec<LayerSeen> = (1..sizes.len())
        .map(|number| LayerSeen {
            size: sizes[number],
            fan_out: sizes.get(number + 1).copied().unwrap_or(0),
            spikes_at: vec![0; spiking.steps],
            full_rate: 1.0,
            scale: 1.0,
            ..LayerSeen::default()
        })
        .collect();
    let mut decisions = vec![vec![]; spiking.steps];
    for (batch, (counted, samples)) in counted.iter().enumerate() {
        for (layer, spikes) in seen.iter_mut().zip(&counted.spikes) {
            let first = layer.counts.len();
            layer.counts.resize(first + samples * layer.size, 0);
            for (step, spikes) in spikes.chunks_exact(samples * layer.size).enumerate() {
                for (neuron, _) in spikes.iter().enumerate().filter(|(_, spike)| **spike > 0.0) {
                    layer.counts[first + neuron] += 1;
                    layer.spikes_at[step] += 1;
                    if batch == 0 && neuron < layer.size {
                        layer.raster.push((step as u32, neuron as u32));
                    }
                }
            }
        }
        let classes = *sizes.last().unwrap_or(&1);
        let mut votes = vec![0.0; samples * classes];
        let output = counted.spikes.last().map_or(&[][..], Vec::as_slice);
        for (spikes, decisions) in output.chunks_exact(samples * classes).zip(&mut decisions) {
            votes.iter_mut().zip(spikes).for_each(|(votes, spike)| *votes += f64::from(*spike));
            decisions.extend(votes.chunks_exact(classes).map(|votes| largest(votes.iter().copied())));
        }
    }
    (seen, decisions)
}
