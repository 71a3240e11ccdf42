//! The same small network in NEST, in Brian2 and here: every spike of 1 s on the same step.
//!
//! `data/replay/replay.py` made the network (100 LIF neurons, 3 000 synapses, 10 000 spikes from outside) and the rasters, and
//! derives what "the same step" means: NEST stamps the end of a step, as axonal; Brian2 its beginning, always one earlier.
//! All three integrate exactly, so nothing but the order of sums tells them apart, and no tolerance is needed.

use axonal::{Config, Simulation};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const STEPS: i64 = 10_000;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/data/replay")
}

/// (step, neuron) of a peer's raster, in steps of axonal.
fn raster(shape: &str, peer: &str, later: i64) -> BTreeSet<(i64, u32)> {
    let text = std::fs::read_to_string(directory().join(format!("{shape}_{peer}.csv"))).unwrap();
    let row = |line: &str| {
        let (step, neuron) = line.split_once(',').unwrap();
        (step.parse::<i64>().unwrap() + later, neuron.parse().unwrap())
    };
    text.lines().skip(1).map(row).collect()
}

/// `tau` of excitation and inhibition, and what a spike from outside weighs. `outside` are the tables that bring it in.
fn config(shape: &str, tau: [&str; 2], outside: &str) -> String {
    let unit = if shape == "delta" { "mV" } else { "pA" };
    let [excitation, inhibition] =
        tau.map(|tau| if tau.is_empty() { String::new() } else { format!("tau = \"{tau}\"") });
    format!(
        r#"
        [run]
        duration = "1 s"
        dt = "0.1 ms"
        [cell.neuron]
        model = "lif"
        C_m = "250 pF"
        tau_m = "10 ms"
        E_L = "-65 mV"
        V_th = "-50 mV"
        V_reset = "-62 mV"
        t_ref = "2 ms"
        [population.cells]
        cell = "neuron"
        size = 100
        [synapse.excitation]
        model = "{shape}"
        {excitation}
        [synapse.inhibition]
        model = "{shape}"
        {inhibition}
        [projection.excitation]
        from = "cells[0..80]"
        to = "cells"
        rule = {{ file = "excitation_{unit}.csv" }}
        autapses = true
        synapse = "excitation"
        [projection.inhibition]
        from = "cells[80..100]"
        to = "cells"
        rule = {{ file = "inhibition_{unit}.csv" }}
        autapses = true
        synapse = "inhibition"
        {outside}
        [recorder.spikes]
        of = "cells"
        what = ["spikes"]
        "#
    )
}

fn run(text: &str) -> BTreeSet<(i64, u32)> {
    let mut config = Config::from_text("replay.toml", text).unwrap_or_else(|error| panic!("{error}"));
    config.directory = directory();
    let finished =
        Simulation::new(config).and_then(|simulation| simulation.run()).unwrap_or_else(|error| panic!("{error}"));
    let trains = &finished.recording.spikes[0];
    let steps = trains.times_ms.iter().map(|ms| (ms / 0.1).round() as i64);
    steps.zip(trains.neurons.iter().copied()).collect()
}

/// Spikes of a `spike_list` arrive when they are stamped; those of a `spike_source` after the delay of their projection.
const FROM_LIST: &str = r#"
        [stimulus.outside]
        kind = "spike_list"
        to = "cells"
        file = "input.csv"
        synapse = "excitation"
        weight = "WEIGHT"
"#;
const FROM_SOURCES: &str = r#"
        [cell.source]
        model = "spike_source"
        file = "input.csv"
        [population.sources]
        cell = "source"
        size = 100
        [projection.outside]
        from = "sources"
        to = "cells"
        rule = "one_to_one"
        synapse = "excitation"
        weight = "WEIGHT"
        delay = "0.1 ms"
"#;

fn same_raster(shape: &str, tau: [&str; 2], weight: &str) {
    let nest = raster(shape, "nest", 0);
    assert!(nest.len() > 1500, "{} spikes", nest.len());
    assert_eq!(raster(shape, "brian2", 1), nest, "{shape}: the peers agree once their clocks do");
    let found = run(&config(shape, tau, &FROM_LIST.replace("WEIGHT", weight)));
    let apart: Vec<_> = found.symmetric_difference(&nest).take(5).collect();
    assert!(apart.is_empty(), "{shape}: {} spikes, NEST {}; the first not in both: {apart:?}", found.len(), nest.len());
}

#[test]
fn exponential_currents() {
    same_raster("exponential", ["0.5 ms", "2 ms"], "4100 pA");
}

#[test]
fn alpha_currents() {
    same_raster("alpha", ["0.4 ms", "1 ms"], "1950 pA");
}

#[test]
fn jumps_of_the_potential() {
    same_raster("delta", ["", ""], "8.3 mV");
}

/// The delay of 0.1 ms is all that sources add: from rest everything happens one step later.
#[test]
fn sources_of_spikes_are_a_list_and_a_delay() {
    let tau = ["0.5 ms", "2 ms"];
    let found = run(&config("exponential", tau, &FROM_SOURCES.replace("WEIGHT", "4100 pA")));
    let later = raster("exponential", "nest", 1).into_iter().filter(|(step, _)| *step <= STEPS);
    assert_eq!(found, later.collect());
}
