//! What every test needs: run a config from its text, read a reference case, measure errors and their order.

use axonal::{Recording, Simulation};
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;

/// Runs a config in memory. A config of the tests that does not build, or a run that fails, fails the test.
pub fn run(config: &str) -> Recording {
    let simulation = Simulation::from_toml(config).unwrap_or_else(|error| panic!("{error}\nin\n{config}"));
    simulation.run().unwrap_or_else(|error| panic!("{error}\nin\n{config}")).recording
}

/// Spike times (ms) of one neuron at `spike.at`: the first train recorded of its population.
pub fn spikes(recording: &Recording, population: &str, neuron: usize) -> Vec<f64> {
    let trains = recording.spikes.iter().find(|trains| trains.population == population);
    times_of(trains.unwrap_or_else(|| panic!("no spikes of `{population}` were recorded")), neuron)
}

/// Spike times (ms) of neuron 0 where its axon passes a site.
pub fn spikes_at(recording: &Recording, population: &str, site: &str) -> Vec<f64> {
    let trains = recording.spikes.iter().find(|trains| trains.population == population && trains.site == site);
    let known: Vec<&str> = recording.spikes.iter().map(|trains| trains.site.as_str()).collect();
    times_of(trains.unwrap_or_else(|| panic!("no spikes at `{site}`; there are {known:?}")), 0)
}

fn times_of(trains: &axonal::recording::SpikeTrains, neuron: usize) -> Vec<f64> {
    let pairs = trains.times_ms.iter().zip(&trains.neurons);
    pairs.filter(|(_, n)| **n as usize == neuron).map(|(time, _)| *time).collect()
}

/// The samples of one column, named as in the CSV files: `cells[0].V_m`, `axon[0].axon(0.5).V_m`.
pub fn trace<'a>(recording: &'a Recording, column: &str) -> &'a [f64] {
    let mut traces = recording.recorders.iter().flat_map(|samples| &samples.traces);
    let known = || recording.recorders.iter().flat_map(|s| &s.traces).map(|t| t.column()).collect::<Vec<_>>();
    match traces.find(|trace| trace.column() == column) {
        Some(trace) => &trace.values,
        None => panic!("no trace `{column}`; there are {:?}", known()),
    }
}

/// What a `[measure]` found.
pub fn measure(recording: &Recording, name: &str) -> Option<f64> {
    recording.measures.iter().find(|measure| measure.name == name).and_then(|measure| measure.value)
}

/// A reference case: `tests/reference/data/<name>.json`.
pub fn case(name: &str) -> Value {
    serde_json::from_str(&data(&format!("{name}.json"))).expect("reference data is JSON")
}

/// A list of numbers in a case.
pub fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(number).collect()
}

/// A number in a case.
pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("`{value}` is no number"))
}

/// The columns of a case's trace, `tests/reference/data/<name>.csv`, by their headers.
pub fn columns(name: &str) -> HashMap<String, Vec<f64>> {
    let text = data(&format!("{name}.csv"));
    let mut lines = text.lines();
    let headers: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let mut columns: Vec<Vec<f64>> = vec![vec![]; headers.len()];
    for line in lines {
        for (column, field) in columns.iter_mut().zip(line.split(',')) {
            column.push(field.parse().expect("a number"));
        }
    }
    headers.into_iter().map(String::from).zip(columns).collect()
}

fn data(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reference/data").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Largest |found - expected|; the counts must agree.
pub fn largest_error(found: &[f64], expected: &[f64], what: &str) -> f64 {
    assert_eq!(found.len(), expected.len(), "{what}: found {found:?}, expected {expected:?}");
    found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// The sample of a trace, taken every `every` ms from 0, at a time that is on that grid.
pub fn at_time(trace: &[f64], every: f64, time: f64) -> f64 {
    let index = time / every;
    assert!((index - index.round()).abs() < 1e-6, "{time} ms lies between the samples");
    trace[index.round() as usize]
}

/// The samples of a trace at listed times.
pub fn at_times(trace: &[f64], every: f64, times: &[f64]) -> Vec<f64> {
    times.iter().map(|time| at_time(trace, every, *time)).collect()
}

/// Root mean square of the difference over the largest magnitude of the reference: the Rallpacks' measure.
pub fn relative_rms(found: &[f64], reference: &[f64]) -> f64 {
    assert_eq!(found.len(), reference.len());
    let squares: f64 = found.iter().zip(reference).map(|(a, b)| (a - b) * (a - b)).sum();
    let largest = reference.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
    (squares / found.len() as f64).sqrt() / largest
}

/// Says what was measured: shown by `cargo test -- --nocapture`.
pub fn report(what: &str, values: impl AsRef<[f64]>) {
    let values: Vec<String> = values.as_ref().iter().map(|value| format!("{value:.2e}")).collect();
    println!("{what}: {}", values.join(", "));
}

/// Errors at dt, dt/2, dt/4 ... must each fall by 2^order. A quarter off is allowed: terms of the next order are
/// still seen at the coarsest step.
pub fn assert_order(errors: &[f64], order: i32, what: &str) {
    report(what, errors);
    for pair in errors.windows(2) {
        let ratio = pair[0] / pair[1] / 2f64.powi(order);
        assert!((0.75..1.34).contains(&ratio), "{what}: not of order {order}: errors {errors:?}");
    }
}

/// Halves dt from `dt` until the error falls below `floor`; says the error at each dt.
pub fn refine(dt: f64, floor: f64, error_at: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut errors = vec![error_at(dt)];
    while errors[errors.len() - 1] >= floor {
        assert!(errors.len() < 9, "no convergence: {errors:?}");
        errors.push(error_at(dt * 0.5f64.powi(errors.len() as i32)));
    }
    errors
}

/// The smallest amplitude that does it, between one that does not and one that does: 34 halvings.
pub fn threshold(mut below: f64, mut above: f64, does: impl Fn(f64) -> bool) -> f64 {
    assert!(!does(below) && does(above), "the threshold is not between {below} and {above}");
    for _ in 0..34 {
        let middle = 0.5 * (below + above);
        *if does(middle) { &mut above } else { &mut below } = middle;
    }
    0.5 * (below + above)
}
