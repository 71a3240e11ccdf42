//! What a layered contrast found: measured here, said in numbers, in words and in pictures.
//!
//! Each code solves the same task with (but for one trained as spikes) the same weights. So three questions have
//! answers in numbers: are the rates the activations, how soon is the answer known, what does it cost?

mod cost;
mod measures;
mod numbers;
mod pictures;
mod sections;
mod summary;
#[cfg(test)]
mod tests;

use super::Findings;
use super::seen::{Column, Seen};
use cost::{Cost, FLOAT32};
use measures::Latency;

/// Everything that is said of `seen`.
pub fn findings(seen: &Seen) -> Findings {
    let measured = Measured::new(seen);
    let warnings = seen
        .columns
        .iter()
        .flat_map(|column| column.warnings.iter().map(|warning| format!("column `{}`: {warning}", column.name)));
    Findings {
        json: numbers::json(&measured),
        sections: sections::sections(&measured),
        summary: summary::summary(&measured),
        warnings: warnings.collect(),
        ..Findings::default()
    }
}

/// What was seen, and what follows from it.
struct Measured<'s> {
    seen: &'s Seen,
    /// Of the ReLU network, 0..1.
    accuracy: f64,
    cost: Cost,
    confusion: Vec<Vec<u64>>,
    columns: Vec<ColumnMeasured<'s>>,
}

struct ColumnMeasured<'s> {
    column: &'s Column,
    /// At the end, 0..1.
    accuracy: f64,
    /// `[step]`.
    accuracy_vs_time: Vec<f64>,
    /// The step from which its accuracy stays within 1 % of the ReLU network's.
    settles: Option<usize>,
    confusion: Vec<Vec<u64>>,
    latency: Latency,
    layers: Vec<LayerMeasured>,
    cost: Cost,
    /// `[step]`: nJ with 32-bit floats; empty of a rate column.
    energy: Vec<f64>,
    /// The step by whose end it has spent more than the ReLU network.
    break_even: Option<usize>,
}

struct LayerMeasured {
    size: usize,
    /// Against the activations, where they are to be compared.
    r2: Option<f64>,
    silent: f64,
    saturated: f64,
    /// A sample.
    spikes: f64,
}

impl Measured<'_> {
    fn new(seen: &Seen) -> Measured<'_> {
        let predictions = &seen.reference.predictions;
        let mut measured = Measured {
            seen,
            accuracy: measures::accuracy(predictions, &seen.labels),
            cost: Cost { macs: seen.macs.iter().sum::<u64>() as f64, ..Cost::default() },
            confusion: measures::confusion(predictions, &seen.labels, seen.classes),
            columns: vec![],
        };
        measured.columns = seen.columns.iter().map(|column| measured.column(column)).collect();
        measured
    }

    fn spiking(&self) -> impl Iterator<Item = &ColumnMeasured<'_>> {
        self.columns.iter().filter(|column| column.spikes())
    }
}

impl<'s> Measured<'s> {
    fn column(&self, column: &'s Column) -> ColumnMeasured<'s> {
        let (samples, last) = (self.seen.labels.len(), column.decisions.last().map_or(&[][..], |last| last));
        let energy = match column.layers.is_empty() {
            true => vec![],
            false => cost::energy_vs_time(column, samples, FLOAT32),
        };
        let layers = column.layers.iter().enumerate().map(|(number, layer)| {
            let activations = self.seen.reference.activations.get(number).filter(|_| measures::stands_for_relu(column));
            LayerMeasured {
                size: layer.size,
                r2: activations.and_then(|activations| measures::r2(layer, activations, column.steps)),
                silent: measures::silent(layer),
                saturated: measures::saturated(layer, column.steps),
                spikes: measures::spikes(layer) as f64 / samples as f64,
            }
        });
        let accuracy_vs_time = measures::accuracy_vs_time(&column.decisions, &self.seen.labels);
        ColumnMeasured {
            column,
            accuracy: measures::accuracy(last, &self.seen.labels),
            settles: measures::settles(&accuracy_vs_time, self.accuracy),
            accuracy_vs_time,
            confusion: measures::confusion(last, &self.seen.labels, self.seen.classes),
            latency: measures::latency(&column.decisions),
            layers: layers.collect(),
            cost: cost::cost(column, samples),
            break_even: cost::break_even(&energy, self.cost.energy(FLOAT32)),
            energy,
        }
    }
}

impl ColumnMeasured<'_> {
    fn name(&self) -> &str {
        &self.column.name
    }

    fn spikes(&self) -> bool {
        !self.column.layers.is_empty()
    }

    /// The first layer (from 1) whose rates no longer follow the activations, and its R2.
    fn diverges(&self) -> Option<(usize, f64)> {
        let mut all = self.layers.iter().enumerate().filter_map(|(number, layer)| Some((number + 1, layer.r2?)));
        all.find(|(_, r2)| *r2 < measures::DIVERGES)
    }

    /// The layer (from 1) whose rates follow the activations least, and its R2.
    fn worst(&self) -> Option<(usize, f64)> {
        let all = self.layers.iter().enumerate().filter_map(|(number, layer)| Some((number + 1, layer.r2?)));
        all.min_by(|a, b| a.1.total_cmp(&b.1))
    }
}
