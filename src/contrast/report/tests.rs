//! A contrast made up by hand: two inputs, two hidden units, two classes; four steps, two samples.

use super::*;
use crate::contrast::seen::{LayerSeen, NoiseSeen, Reference, TrainingSeen};

fn seen() -> Seen {
    let layer = |fan_out, counts: &[u32], spikes_at: &[u64], scale| LayerSeen {
        size: 2,
        fan_out,
        counts: counts.to_vec(),
        spikes_at: spikes_at.to_vec(),
        raster: vec![(0, 0), (3, 1)],
        full_rate: 1.0,
        scale,
    };
    let rate = Column {
        name: "relu".into(),
        kind: "rate",
        steps: 1,
        decisions: vec![vec![0, 1]],
        macs: 8.0,
        ..Column::default()
    };
    let spiking = Column {
        name: "converted".into(),
        kind: "spiking",
        about: "integrate-and-fire".into(),
        steps: 4,
        decisions: vec![vec![0, 0], vec![1, 0], vec![0, 1], vec![0, 1]],
        layers: vec![
            // Activations (2, 0), (1, 2) over 2: 1, 0, 1/2, 1, the rates exactly.
            layer(2, &[4, 0, 2, 4], &[2, 3, 2, 3], 2.0),
            // Logits (1, -1), (-1, 1): 1, 0, 0, 1; rates 1/2, 0, 0, 1/2: residual 1/2, SS 1.
            layer(0, &[2, 0, 0, 2], &[1, 1, 1, 1], 1.0),
        ],
        macs: 4.0,
        warnings: vec!["few steps".into()],
        ..Column::default()
    };
    Seen {
        columns: vec![rate, spiking],
        reference: Reference {
            activations: vec![vec![2.0, 0.0, 1.0, 2.0], vec![1.0, -1.0, -1.0, 1.0]],
            predictions: vec![0, 1],
        },
        labels: vec![0, 1],
        classes: 2,
        sizes: vec![2, 2, 2],
        data: "made up".into(),
        training: vec![TrainingSeen {
            activation: "relu".into(),
            loss: vec![1.0, 0.5],
            accuracy: vec![0.5, 1.0],
            test_accuracy: 1.0,
            gradient_norms: vec![vec![1.0, 0.1], vec![0.5, 0.0]],
        }],
        noise: vec![NoiseSeen {
            level: 0.1,
            accuracies: vec![("relu, 4 looks".into(), 1.0), ("converted".into(), f64::NAN)],
        }],
        macs: vec![4, 4],
        ..Seen::default()
    }
}

#[test]
fn the_numbers_are_those_done_by_hand() {
    let found = findings(&seen());
    let column = &found.json["columns"]["converted"];
    assert_eq!(column["accuracy"], 1.0);
    assert_eq!(column["accuracy_vs_time"], serde_json::json!([0.5, 0.0, 1.0, 1.0]));
    assert_eq!(column["steps_to_relu"], 3);
    assert_eq!(column["latency"], serde_json::json!({ "mean": 3.0, "median": 3.0, "p95": 3.0 }));
    assert_eq!(column["spikes_per_sample"], 7.0);
    assert_eq!(column["synops_per_sample"], 10.0);
    assert_eq!(column["macs_per_sample"], 4.0);
    assert_eq!(column["layers"][0]["r2"], 1.0);
    assert_eq!(column["layers"][1]["r2"], 0.5);
    assert_eq!(column["layers"][0]["saturated"], 1.0);
    assert_eq!(column["first_divergent_layer"], 2);
    assert_eq!(column["confusion"], serde_json::json!([[1, 0], [0, 1]]));
    // 10 x 0.9 + 4 x 4.6 = 27.4 pJ against 8 x 4.6 = 36.8: it never is the dearer one.
    assert!((column["energy_nj_per_sample"].as_f64().unwrap() - 0.0274).abs() < 1e-15, "rounding");
    assert!((found.json["reference"]["energy_nj_per_sample"].as_f64().unwrap() - 0.0368).abs() < 1e-15, "rounding");
    assert!(column["break_even_steps"].is_null());
    assert_eq!(found.warnings, ["column `converted`: few steps"]);
}

#[test]
fn a_rate_column_multiplies_and_spikes_not() {
    let found = findings(&seen());
    let column = &found.json["columns"]["relu"];
    assert_eq!(column["accuracy_vs_time"], serde_json::json!([1.0]));
    assert_eq!((&column["spikes_per_sample"], &column["synops_per_sample"]), (&0.0.into(), &0.0.into()));
    assert_eq!(column["macs_per_sample"], 8.0);
    assert_eq!(column["layers"], serde_json::json!([]));
}

#[test]
fn what_is_not_a_number_is_null() {
    let found = findings(&seen());
    assert!(found.json["noise"][0]["accuracies"]["converted"].is_null());
    let empty = findings(&Seen { columns: vec![Column::default()], ..Seen::default() });
    assert!(empty.json["columns"][""]["accuracy"].is_null());
    assert!(empty.json["columns"][""]["latency"]["mean"].is_number());
}

#[test]
fn the_summary_fits_a_terminal_and_says_where_it_breaks() {
    let found = findings(&seen());
    assert!(found.summary.lines().all(|line| line.chars().count() <= 80), "{}", found.summary);
    let words = found.summary.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("converted 100 % 3 of 4 7 10 4 x 0.74"), "{words}");
    assert!(words.contains("It breaks first in layer 2 of `converted` (R2 0.5000)"), "{words}");
    assert!(words.contains("in its 4 steps it stays the cheaper one"), "{words}");
    assert!(words.contains("It comes within 1 % of the ReLU network in 3 steps"), "{words}");
}

#[test]
fn every_picture_has_a_name_of_its_own() {
    let found = findings(&seen());
    let mut names: Vec<&str> =
        found.sections.iter().flat_map(|section| &section.pictures).map(|picture| picture.name.as_str()).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
    for name in [
        "accuracy",
        "rates_converted",
        "raster_converted",
        "sample",
        "energy",
        "latency",
        "noise",
        "training",
        "gradients",
    ] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
}
