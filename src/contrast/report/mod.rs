//! What a layered contrast saw, as numbers, words and pictures.

use super::Findings;
use super::seen::Seen;
use serde_json::{Map, Value, json};

/// All of it.
pub fn findings(seen: &Seen) -> Findings {
    let accuracy = |decisions: &[u8]| {
        let right = decisions.iter().zip(&seen.labels).filter(|(a, b)| u32::from(**a) == **b).count();
        right as f64 / seen.labels.len() as f64
    };
    let mut columns = Map::new();
    let mut summary = String::new();
    for column in &seen.columns {
        let over: Vec<f64> = column.decisions.iter().map(|d| accuracy(d)).collect();
        summary += &format!("{} {:?} {:.2} s {:?}\n", column.name, over.last(), column.seconds, column.warnings);
        columns.insert(column.name.clone(), json!({"accuracy": over.last(), "accuracy_vs_time": over}));
    }
    for training in &seen.training {
        summary += &format!("{} {:.4} {:?}\n", training.activation, training.test_accuracy, training.loss);
    }
    for noise in &seen.noise {
        summary += &format!("{} {:?}\n", noise.level, noise.accuracies);
    }
    let mut json = Map::new();
    json.insert("columns".into(), Value::Object(columns));
    Findings { json, summary, ..Findings::default() }
}
