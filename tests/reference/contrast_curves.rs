//! Accuracy against time, spikes and synaptic operations of converted networks, from a config as a user writes it.
//!
//! `data/contrast/results.json`: a separate float64 simulation in numpy of the same weights, for every normalisation,
//! reset, leak and start. The sums of both are taken in other orders, so a unit within rounding of its threshold may
//! spike a step apart: no sample was decided differently in what follows, one of the 360 is allowed.

use super::contrast_data::path;
use axonal::Config;
use serde_json::Value;

const STEPS: usize = 64;

/// Name in the reference; cell, reset, normalisation, initial, input.
const COLUMNS: &[(&str, &str)] = &[
    ("IF_soft_max_v0", "reset = 'subtract'\nnormalize = 'max'\ninitial = 0"),
    ("IF_soft_max_vhalf", "reset = 'subtract'\nnormalize = 'max'"),
    ("IF_soft_p999_v0", "reset = 'subtract'\ninitial = 0"),
    ("IF_soft_p999_vhalf", "reset = 'subtract'"),
    ("IF_soft_p99_vhalf", "reset = 'subtract'\nnormalize = 'percentile 99'"),
    ("IF_hard_p999_v0", "reset = 'zero'\ninitial = 0"),
    ("IF_hard_p999_vhalf", "reset = 'zero'"),
    ("IF_soft_p999_vhalf_regularspikes", "reset = 'subtract'\ninput = 'regular'"),
    ("LIF_soft_p999_v0_beta0.99", "cell = 'leaky'\nbeta = 0.99\ncorrect_bias = false\nreset = 'subtract'\ninitial = 0"),
    ("LIF_soft_p999_v0_beta0.9", "cell = 'leaky'\nbeta = 0.9\ncorrect_bias = false\nreset = 'subtract'\ninitial = 0"),
];

fn config() -> Config {
    let mut text = format!(
        "[data]\nsource = 'digits'\ntest = 'last 360'\nscale = 16\n[noise]\nlevels = []\n\
         [layers]\nsizes = [64, 256, 128, 10]\nweights = '{}'\n",
        path("model.safetensors").display()
    );
    for (number, (_, keys)) in COLUMNS.iter().enumerate() {
        for readout in ["current", "spikes"] {
            text += &format!("[contrast.{readout}{number}]\ncode = 'spiking'\nreadout = '{readout}'\n");
            text += &format!("steps = {STEPS}\n{keys}\n");
        }
    }
    Config::from_text("curves.toml", &text).unwrap()
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

#[test]
fn curves_of_every_normalisation_reset_and_leak() {
    let findings = axonal::contrast::contrast(&config(), Some(2), &mut |_| false).unwrap();
    let results: Value = serde_json::from_str(&std::fs::read_to_string(path("results.json")).unwrap()).unwrap();
    for (number, (name, _)) in COLUMNS.iter().enumerate() {
        let expected = &results["snn"][name];
        let steps: Vec<usize> = numbers(&expected["T"]).iter().map(|step| *step as usize).collect();
        let last = steps.iter().position(|step| *step == STEPS).unwrap();
        for (readout, key) in [("current", "acc_mem"), ("spikes", "acc_spk")] {
            let column = &findings.json["columns"][format!("{readout}{number}")];
            let accuracy = numbers(&column["accuracy_vs_time"]);
            for (step, wanted) in steps.iter().zip(numbers(&expected[key])).take(last + 1) {
                let samples = (accuracy[step - 1] - wanted).abs() * 360.0;
                assert!(samples < 1.5, "{name}, {readout}, step {step}: {samples} samples");
            }
            let synops = column["synops_per_sample"].as_f64().unwrap();
            let wanted = numbers(&expected["synops"])[last];
            assert!((synops / wanted - 1.0).abs() < 1e-4, "{name}: {synops} {wanted}, a few spikes a step apart");
        }
    }
}
