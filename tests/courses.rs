//! Rates and currents that follow a course in time.

use axonal::{Finished, Simulation};

fn build(text: &str) -> Result<Simulation, axonal::Error> {
    Simulation::from_toml(text)
}

fn run(text: &str) -> Finished {
    build(text).unwrap_or_else(|error| panic!("{error}")).run().unwrap_or_else(|error| panic!("{error}"))
}

/// Spikes of all neurons in [from, to) ms.
fn count(finished: &Finished, from: f64, to: f64) -> f64 {
    let times = finished.recording.spikes.iter().flat_map(|trains| &trains.times_ms);
    times.filter(|time| (from..to).contains(*time)).count() as f64
}

/// Sources whose spikes are counted, or cells that a strong jump makes fire at each event.
fn sources(rate: &str) -> [String; 2] {
    let cell = format!(
        r#"
[run]
duration = "1 s"
dt = "0.1 ms"
[cell.source]
model = "poisson"
rate = {rate}
[population.cells]
cell = "source"
size = 200
[recorder.spikes]
of = "cells"
what = ["spikes"]
"#
    );
    let stimulus = format!(
        r#"
[run]
duration = "1 s"
dt = "0.1 ms"
[cell.relay]
model = "lif"
tau_m = "10 ms"
E_L = "-70 mV"
V_th = "-60 mV"
[synapse.kick]
model = "delta"
[population.cells]
cell = "relay"
size = 200
[stimulus.input]
kind = "poisson"
to = "cells"
rate = {rate}
synapse = "kick"
weight = "50 mV"
[recorder.spikes]
of = "cells"
what = ["spikes"]
"#
    );
    [cell, stimulus]
}

/// Within four standard deviations of the mean number of a Poisson process. Two events in a step are one spike of a
/// relay: at 60 Hz and 0.1 ms, 3 in a thousand, less than half of a standard deviation here.
fn assert_mean(found: f64, mean: f64, what: &str) {
    assert!((found - mean).abs() < 4.0 * mean.sqrt(), "{what}: {found} spikes, {mean} expected");
}

#[test]
fn a_rate_follows_its_points() {
    for text in sources(r#"{ times = ["0 ms", "200 ms", "600 ms"], values = ["10 Hz", "60 Hz", "0 Hz"] }"#) {
        let finished = run(&text);
        assert_mean(count(&finished, 0.0, 200.0), 200.0 * 10.0 * 0.2, "held at 10 Hz");
        assert_mean(count(&finished, 200.0, 600.0), 200.0 * 60.0 * 0.4, "held at 60 Hz");
        assert_eq!(count(&finished, 600.1, 1000.0), 0.0, "nothing at 0 Hz");
    }
    let linear = r#"{ times = ["0 ms", "500 ms", "1000 ms"], values = ["0 Hz", "60 Hz", "0 Hz"], between = "linear" }"#;
    for text in sources(linear) {
        let finished = run(&text);
        for (from, to, mean) in [(0.0, 100.0, 6.0), (400.0, 500.0, 54.0), (500.0, 600.0, 54.0), (900.0, 1000.0, 6.0)] {
            assert_mean(count(&finished, from, to), 200.0 * mean * 0.1, "a triangle");
        }
    }
}

#[test]
fn a_rate_swings() {
    for text in sources(r#"{ mean = "40 Hz", amplitude = "30 Hz", frequency = "4 Hz" }"#) {
        let finished = run(&text);
        let of = |part: f64| (0..4).map(|cycle| f64::from(cycle) * 250.0 + part).collect::<Vec<_>>();
        let half = |part: f64| of(part).iter().map(|from| count(&finished, *from, from + 125.0)).sum::<f64>();
        // The mean of a sine over its first half is 2/pi of its amplitude.
        let swing = 30.0 * 2.0 / std::f64::consts::PI;
        assert_mean(half(0.0), 200.0 * 0.5 * (40.0 + swing), "first halves");
        assert_mean(half(125.0), 200.0 * 0.5 * (40.0 - swing), "second halves");
    }
}

#[test]
fn a_current_through_points_is_a_ramp_and_a_step() {
    let cell = |stimulus: &str| {
        format!(
            r#"
[run]
duration = "60 ms"
dt = "0.1 ms"
[cell.n]
model = "lif"
C_m = "200 pF"
tau_m = "10 ms"
E_L = "-70 mV"
V_th = "-50 mV"
[population.a]
cell = "n"
size = 2
[stimulus.i]
to = "a"
{stimulus}
[recorder.v]
of = "a"
what = ["V_m", "spikes"]
"#
        )
    };
    let course = |between: &str, times: &str, values: &str| {
        format!("kind = \"time_course\"\ntimes = {times}\nvalues = {values}\nbetween = \"{between}\"")
    };
    let values = |text: &str| {
        let finished = run(&cell(text));
        finished.recording.recorders[0].traces[1].values.clone()
    };
    let ramp =
        "kind = \"ramp\"\nfrom_amplitude = \"0 pA\"\nto_amplitude = \"0.6 nA\"\nstart = \"10 ms\"\nstop = \"50 ms\"";
    let points = course("linear", "[\"10 ms\", \"50 ms\"]", "[\"0 pA\", \"0.6 nA\"]") + "\nstop = \"50 ms\"";
    for (a, b) in values(ramp).iter().zip(values(&points)) {
        assert!((a - b).abs() < 1e-10, "rounding: {a} {b}");
    }
    let step = "kind = \"step\"\namplitude = \"450 pA\"\nstart = \"10 ms\"\nstop = \"30 ms\"";
    let points = course("hold", "[\"0 ms\", \"10 ms\", \"30 ms\"]", "[\"0 pA\", \"450 pA\", \"0 pA\"]");
    assert_eq!(values(step), values(&points));
}

#[test]
fn mistakes_in_a_course_are_said() {
    let [sound, _] = sources(r#"{ times = ["0 ms", "200 ms"], values = ["10 Hz", "60 Hz"] }"#);
    assert!(build(&sound).is_ok());
    for (from, to, expected) in [
        ("\"200 ms\"", "\"0 ms\"", "`times` must grow"),
        ("\"60 Hz\"", "\"-60 Hz\"", "zero or above"),
        ("\"60 Hz\"", "\"60 mV\"", "60 mV"),
        (", \"60 Hz\"", "", "2 times and 1 values"),
        ("\"200 ms\"", "\"200.05 ms\"", "multiple of dt"),
        ("times", "time", "did you mean `times`?"),
        (
            "values = [\"10 Hz\", \"60 Hz\"]",
            "values = [\"10 Hz\", \"60 Hz\"], between = \"smooth\"",
            "`between` cannot be `smooth`",
        ),
        (
            "times = [\"0 ms\", \"200 ms\"], values = [\"10 Hz\", \"60 Hz\"]",
            "mean = \"5 Hz\", amplitude = \"6 Hz\", frequency = \"1 Hz\"",
            "would be negative",
        ),
        ("size = 200", "size = 200\nset.rate = \"3 Hz\"", "follows a course"),
    ] {
        assert_eq!(sound.matches(from).count(), 1, "{from}");
        let error = build(&sound.replace(from, to)).err().unwrap_or_else(|| panic!("{to}"));
        assert!(error.to_string().contains(expected), "{to}: {error}");
    }
}
