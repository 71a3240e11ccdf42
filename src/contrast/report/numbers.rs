//! The part of `contrast.json` that a layered contrast fills. What is not a finite number is null.

use super::cost::{self, Cost, FLOAT32, INT8};
use super::{ColumnMeasured, LayerMeasured, Measured, measures};
use crate::contrast::seen::{NoiseSeen, TrainingSeen};
use serde_json::{Map, Value, json};

pub fn json(measured: &Measured) -> Map<String, Value> {
    let seen = measured.seen;
    let columns: Map<String, Value> =
        measured.columns.iter().map(|column| (column.name().to_string(), one(column))).collect();
    let mut reference = json!({
        "accuracy": measured.accuracy,
        "macs_per_layer": seen.macs,
        "confusion": measured.confusion,
        "predictions": seen.reference.predictions,
    });
    add_cost(&mut reference, &measured.cost);
    let fields = [
        ("kind", json!("layered")),
        ("data", json!(seen.data)),
        ("samples", json!(seen.labels.len())),
        ("classes", json!(seen.classes)),
        ("sizes", json!(seen.sizes)),
        ("shown", json!(seen.shown)),
        ("reference", reference),
        ("columns", Value::Object(columns)),
        ("training", seen.training.iter().map(training).collect()),
        ("noise", seen.noise.iter().map(noise).collect()),
        ("assumptions", json!(cost::ASSUMPTIONS)),
        (
            "thresholds",
            json!({ "diverges_r2": measures::DIVERGES, "saturated": measures::SATURATED, "within": measures::WITHIN }),
        ),
    ];
    fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}

fn one(measured: &ColumnMeasured) -> Value {
    let (column, latency) = (measured.column, &measured.latency);
    let mut json = json!({
        "kind": column.kind,
        "about": column.about,
        "steps": column.steps,
        "dt_ms": column.dt_ms,
        "accuracy": measured.accuracy,
        "accuracy_vs_time": measured.accuracy_vs_time,
        "steps_to_relu": measured.settles,
        "break_even_steps": measured.break_even,
        "latency": { "mean": latency.mean, "median": latency.median, "p95": latency.p95 },
        "first_divergent_layer": measured.diverges().map(|(number, _)| number),
        "layers": measured.layers.iter().map(layer).collect::<Vec<_>>(),
        "confusion": measured.confusion,
        "warnings": column.warnings,
        "seconds": column.seconds,
    });
    add_cost(&mut json, &measured.cost);
    json
}

fn add_cost(json: &mut Value, cost: &Cost) {
    json["input_spikes_per_sample"] = json!(cost.input_spikes);
    json["spikes_per_sample"] = json!(cost.spikes);
    json["synops_per_sample"] = json!(cost.synops);
    json["macs_per_sample"] = json!(cost.macs);
    json["energy_nj_per_sample"] = json!(cost.energy(FLOAT32));
    json["energy_int8_nj_per_sample"] = json!(cost.energy(INT8));
    json["energy_updates_nj_per_sample"] = json!(cost.energy_of_updates(FLOAT32));
    json["energy_updates_int8_nj_per_sample"] = json!(cost.energy_of_updates(INT8));
}

fn layer(layer: &LayerMeasured) -> Value {
    json!({
        "size": layer.size,
        "r2": layer.r2,
        "silent": layer.silent,
        "saturated": layer.saturated,
        "spikes_per_sample": layer.spikes,
    })
}

fn training(training: &TrainingSeen) -> Value {
    json!({
        "activation": training.activation,
        "loss": training.loss,
        "accuracy": training.accuracy,
        "test_accuracy": training.test_accuracy,
        "gradient_norms": training.gradient_norms,
    })
}

fn noise(noise: &NoiseSeen) -> Value {
    let accuracies: Map<String, Value> =
        noise.accuracies.iter().map(|(name, accuracy)| (name.clone(), json!(accuracy))).collect();
    json!({ "level": noise.level, "accuracies": accuracies })
}
