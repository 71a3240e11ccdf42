//! Spikes from outside: in common, in windows of time, from NumPy archives.

use crate::support::trace;
use axonal::{Finished, Simulation};

fn run(text: &str) -> Finished {
    let simulation = Simulation::from_toml(text).unwrap_or_else(|error| panic!("{error}"));
    simulation.run().unwrap_or_else(|error| panic!("{error}"))
}

/// Cells of which a strong jump makes each event a spike.
const RELAYS: &str = r#"
[cell.relay]
model = "lif"
tau_m = "10 ms"
E_L = "-70 mV"
V_th = "-60 mV"
[synapse.kick]
model = "delta"
[population.cells]
cell = "relay"
size = 40
[recorder.spikes]
of = "cells"
what = ["spikes"]
"#;

/// Spikes of each neuron in bins of 10 ms.
fn counts(finished: &Finished, neurons: usize, bins: usize) -> Vec<Vec<f64>> {
    let mut counts = vec![vec![0.0; bins]; neurons];
    for trains in &finished.recording.spikes {
        for (time, neuron) in trains.times_ms.iter().zip(&trains.neurons) {
            // A time is a little less than the decimal number that it stands for, or more.
            counts[*neuron as usize][((time / 10.0 + 1e-6) as usize).min(bins - 1)] += 1.0;
        }
    }
    counts
}

fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

fn covariance(x: &[f64], y: &[f64]) -> f64 {
    let (mx, my) = (mean(x), mean(y));
    x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum::<f64>() / x.len() as f64
}

/// Kuhn, Aertsen & Rotter 2003: any two counts have the correlation that is asked for, and each is Poisson.
#[test]
fn correlated_counts_have_the_correlation_that_is_asked_for() {
    for correlation in [0.0, 0.3, 1.0] {
        let text = format!(
            r#"
[run]
duration = "20 s"
dt = "0.1 ms"
{RELAYS}
[stimulus.common]
kind = "poisson"
to = "cells"
rate = "20 Hz"
correlation = {correlation}
synapse = "kick"
weight = "50 mV"
"#
        );
        let counts = counts(&run(&text), 40, 2000);
        let total: f64 = counts.iter().flatten().sum();
        // Common spikes make the total vary (1 + 39 c) times as much as independent ones; 20 Hz in steps of 0.1 ms lose 1 in 1000.
        let expected: f64 = 40.0 * 20.0 * 20.0;
        let spread = (expected * (1.0 + 39.0 * correlation)).sqrt();
        assert!((total - expected).abs() < 4.0 * spread + 0.001 * expected, "{correlation}: {total} spikes");
        let mut correlations = vec![];
        for first in 0..40 {
            let variance = covariance(&counts[first], &counts[first]);
            // The variance of a Poisson count is its mean, 0.2, within 4 x sqrt(2 / 2000) and what is above.
            assert!((variance - 0.2).abs() < 0.06, "{correlation}: variance {variance}");
            for second in 0..first {
                let both = covariance(&counts[first], &counts[second]);
                correlations.push(both / (variance * covariance(&counts[second], &counts[second])).sqrt());
            }
        }
        // 780 pairs of 2 000 bins: the error of a pair, 0.022, hardly falls where all share the same hidden process.
        assert!((mean(&correlations) - correlation).abs() < 0.05, "{correlation}: {}", mean(&correlations));
    }
}

#[test]
fn a_stimulus_acts_in_each_of_its_windows() {
    let text = format!(
        r#"
[run]
duration = "100 ms"
dt = "0.1 ms"
{RELAYS}
[stimulus.bursts]
kind = "poisson"
to = "cells"
rate = "500 Hz"
synapse = "kick"
weight = "50 mV"
start = ["10 ms", "40 ms", "80 ms"]
stop = ["20 ms", "50 ms"]
"#
    );
    let counts = counts(&run(&text), 40, 10);
    let bins: Vec<f64> = (0..10).map(|bin| counts.iter().map(|train| train[bin]).sum()).collect();
    for (bin, count) in bins.iter().enumerate() {
        // 40 x 500 Hz x 10 ms = 200, and two events in a step are one spike; five standard deviations. The first step of a window is that
        // of its start.
        let acts = [1, 4, 8, 9].contains(&bin);
        assert!(if acts { (count - 195.0).abs() < 70.0 } else { *count == 0.0 }, "bin {bin}: {count}");
    }
}

/// The current of a stimulus that comes back is what is recorded, in every window.
#[test]
fn the_current_of_every_window_is_recorded() {
    let text = r#"
[run]
duration = "10 ms"
dt = "0.1 ms"
[cell.relay]
model = "lif"
tau_m = "10 ms"
C_m = "100 pF"
E_L = "-70 mV"
V_th = "inf"
V_reset = "-70 mV"
[population.cells]
cell = "relay"
size = 1
[stimulus.pulse]
kind = "step"
to = "cells"
amplitude = "10 pA"
start = ["1 ms", "5 ms"]
stop = ["2 ms", "7 ms"]
[recorder.r]
of = "cells"
what = ["I.pulse"]
"#;
    let finished = run(text);
    let trace = &finished.recording.recorders[0].traces[0];
    let on: Vec<usize> = (0..trace.values.len()).filter(|sample| trace.values[*sample] == 10.0).collect();
    assert_eq!(on, (10..20).chain(50..70).collect::<Vec<_>>());
}

#[test]
fn windows_that_cannot_be_are_refused() {
    let with = |window: &str| {
        let stimulus = "[stimulus.s]\nkind = \"poisson\"\nto = \"cells\"\nrate = \"1 Hz\"\nsynapse = \"kick\"\nweight = \"1 mV\"\n";
        let text = format!("[run]\nduration = \"100 ms\"\ndt = \"0.1 ms\"\n{RELAYS}{stimulus}{window}\n");
        Simulation::from_toml(&text).err().map(|error| error.to_string()).unwrap_or_default()
    };
    let found = with("start = [\"1 ms\", \"3 ms\", \"5 ms\"]\nstop = \"2 ms\"");
    assert!(found.contains("3 times for `start` and 1 time for `stop`"), "{found}");
    let found = with("start = [\"1 ms\", \"3 ms\"]\nstop = [\"4 ms\", \"9 ms\"]");
    assert!(found.contains("it starts again before it has stopped"), "{found}");
    let found = with("start = [\"1 ms\", \"3 ms\"]\nstop = [\"1 ms\", \"9 ms\"]");
    assert!(found.contains("`stop` is not after `start`"), "{found}");
    let found = with("correlation = 1.5");
    assert!(found.contains("correlation"), "{found}");
    let found = with("").replace("1 Hz", "");
    assert_eq!(found, "");
}

/// What a run writes as `spikes.npz` can be played again.
#[test]
fn spikes_of_an_archive_are_those_of_the_run_that_wrote_it() {
    let directory = tempfile::tempdir().unwrap();
    let text = format!(
        r#"
[run]
duration = "100 ms"
dt = "0.1 ms"
{RELAYS}format = "npz"
[stimulus.s]
kind = "poisson"
to = "cells"
rate = "100 Hz"
synapse = "kick"
weight = "50 mV"
"#
    );
    let written = run(&text);
    let config = directory.path().join("written.toml");
    std::fs::write(&config, &text).unwrap();
    let mut axonal = assert_cmd::Command::new(env!("CARGO_BIN_EXE_axonal"));
    let run_directory = directory.path().join("run");
    axonal.arg("run").arg(&config).args(["--out"]).arg(&run_directory).assert().success();
    let source = run_directory.join("spikes.npz");
    let again = format!(
        r#"
[run]
duration = "100 ms"
dt = "0.1 ms"
[cell.source]
model = "spike_source"
file = {{ path = "{}", population = "cells" }}
[population.cells]
cell = "source"
size = 40
[recorder.spikes]
of = "cells"
what = ["spikes"]
"#,
        source.display()
    );
    let second = run(&again);
    let spikes = |finished: &Finished| {
        let trains = &finished.recording.spikes[0];
        trains.times_ms.iter().copied().zip(trains.neurons.iter().copied()).collect::<Vec<_>>()
    };
    assert!(spikes(&written).len() > 200);
    assert_eq!(spikes(&written), spikes(&second));
}

/// Membranes with their own time constants, under one weight: each goes as the difference of two exponentials (Rotter & Diesmann
/// 1999, Biol Cybern 81:381-402), whatever its neighbours' are.
#[test]
fn an_exponential_current_into_membranes_with_their_own_time_constants() {
    let finished = run(r#"
[run]
duration = "30 ms"
dt = "0.1 ms"
[cell.clock]
model = "spike_source"
times = ["1 ms"]
[cell.membrane]
model = "lif"
C_m = "250 pF"
tau_m = "10 ms"
E_L = "-70 mV"
V_th = "0 mV"
[population.clock]
cell = "clock"
size = 1
[population.p]
cell = "membrane"
size = 70
set.tau_m = "linspace(10 ms, 20 ms)"
initial.V_m = "-70 mV"
[synapse.s]
model = "exponential"
tau = "3 ms"
[projection.a]
from = "clock"
to = "p"
synapse = "s"
rule = "all_to_all"
weight = "500 pA"
delay = "1 ms"
[recorder.v]
of = "p"
what = ["V_m"]
every = "1 ms"
"#);
    for neuron in [0, 1, 63, 64, 69] {
        let found = trace(&finished.recording, &format!("p[{neuron}].V_m"));
        let (tau_m, tau) = (10.0 + 10.0 * neuron as f64 / 69.0, 3.0);
        for (step, v) in found.iter().enumerate() {
            let since = (step as f64 - 2.0).max(0.0);
            let rise = (-since / tau_m).exp() - (-since / tau).exp();
            let expected = -70.0 + 500.0 / 250.0 * tau_m * tau / (tau_m - tau) * rise;
            assert!((v - expected).abs() < 1e-10, "exact but for rounding: {v} {expected} of {neuron} at {step} ms");
        }
    }
}
