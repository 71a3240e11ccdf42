//! Neurons with positions: what hangs on distance; and connections that stand in a file.

use axonal::{Config, Error, Finished, Simulation};
use std::path::Path;

const HEAD: &str = r#"
[run]
duration = "30 ms"
dt = "0.1 ms"
[cell.passive]
model = "lif"
tau_m = "10 ms"
E_L = "-70 mV"
V_th = "-60 mV"
V_reset = "-70 mV"
t_ref = "50 ms"
[cell.source]
model = "spike_source"
times = ["2 ms"]
[synapse.kick]
model = "delta"
[recorder.spikes]
of = ["start", "line"]
what = ["spikes"]
"#;

fn build(text: &str, directory: &Path) -> Result<Simulation, Error> {
    let path = directory.join("config.toml");
    std::fs::write(&path, text).unwrap();
    Simulation::new(Config::from_file(&path)?)
}

fn run(text: &str, directory: &Path) -> Finished {
    build(text, directory).unwrap_or_else(|error| panic!("{error}")).run().unwrap_or_else(|error| panic!("{error}"))
}

/// The only spike of each neuron of `line`, in steps.
fn steps(finished: &Finished, count: usize) -> Vec<Option<i64>> {
    let trains = finished.recording.spikes.iter().find(|trains| trains.population == "line").unwrap();
    let mut found = vec![None; count];
    for (time, neuron) in trains.times_ms.iter().zip(&trains.neurons) {
        assert!(found[*neuron as usize].replace((time * 10.0).round() as i64).is_none(), "refractory until the end");
    }
    found
}

#[test]
fn a_spike_arrives_after_base_and_distance_over_speed() {
    // A grid of 20 fields of 50 um, centred at 0; the source in the middle of its own box at (25, 0) um.
    for periodic in [false, true] {
        // Opposite ends, 1000 um apart, are the same place.
        let apart = |um: f64| if periodic { um.min(1000.0 - um) } else { um };
        let start = if periodic {
            r#"grid = [1], extent = ["1 mm"]"#
        } else {
            r#"grid = [1], extent = ["10 um"], centre = ["25 um"]"#
        };
        let text = format!(
            r#"{HEAD}
[population.start]
cell = "source"
position = {{ {start} }}
[population.line]
cell = "passive"
position = {{ grid = [20], extent = ["1 mm"] }}
[projection.out]
from = "start"
to = "line"
rule = "all_to_all"
synapse = "kick"
weight = "20 mV"
delay = {{ base = "0.5 ms", speed = "0.1 m/s", periodic = {periodic} }}
"#
        );
        let directory = tempfile::tempdir().unwrap();
        let found = steps(&run(&text, directory.path()), 20);
        let source = if periodic { 0.0 } else { 25.0 };
        for (neuron, found) in found.iter().enumerate() {
            let um = apart((-475.0 + 50.0 * neuron as f64 - source).abs());
            // 100 um a ms; a delay is at least a step.
            let delay = ((0.5 + um / 100.0) / 0.1).round().max(1.0) as i64;
            assert_eq!(*found, Some(20 + delay), "neuron {neuron}, periodic {periodic}");
        }
    }
}

/// Opposite edges touch for the rule, so they do for the delay; and a box makes edges of positions that stand in a file.
#[test]
fn a_rule_and_its_delay_know_one_distance() {
    let directory = tempfile::tempdir().unwrap();
    let places: String = (0..20).map(|k| format!("{}\n", -475.0 + 50.0 * f64::from(k))).collect();
    std::fs::write(directory.path().join("line.csv"), format!("x_um\n{places}")).unwrap();
    std::fs::write(directory.path().join("start.csv"), "x_um\n-475\n").unwrap();
    let text = |start: &str, line: &str, delay: &str| {
        format!(
            r#"{HEAD}
[population.start]
cell = "source"
size = 1
position = {{ {start} }}
[population.line]
cell = "passive"
size = 20
position = {{ {line} }}
[projection.out]
from = "start"
to = "line"
rule = {{ disc = {{ p = 1, radius = "120 um", periodic = true }} }}
synapse = "kick"
weight = "20 mV"
delay = {{ base = "0.5 ms", speed = "0.1 m/s"{delay} }}
"#
        )
    };
    let start = r#"file = "start.csv", extent = ["1 mm"]"#;
    let lines = [r#"grid = [20], extent = ["1 mm"]"#, r#"file = "line.csv", extent = ["1 mm"]"#];
    for line in lines {
        let found = steps(&run(&text(start, line, ""), directory.path()), 20);
        // At 0, 50 and 100 um along the ring: 0.5, 1 and 1.5 ms; no others are within 120 um.
        let expected = |k: usize| [5, 10, 15].get(k.min(20 - k)).map(|steps| 20 + steps);
        assert_eq!(found, (0..20).map(expected).collect::<Vec<_>>(), "{line}");
    }
    let refused = |text: String| build(&text, directory.path()).err().unwrap().to_string();
    let error = refused(text(start, lines[0], ", periodic = false"));
    assert!(error.contains("opposite edges do not touch for the delay, but touch for the rule"), "{error}");
    let error = refused(text(start, r#"file = "line.csv""#, ""));
    assert!(error.contains("give the `position` of `line` an `extent` beside its `file`"), "{error}");
    let error = refused(text(start, r#"file = "line.csv", extent = ["900 um"]"#, ""));
    // Those at -475 and 475 um.
    assert!(error.contains("2 of 20 positions lie outside of the box, the first at (-475) um"), "{error}");
    let error = refused(text(start, r#"file = "line.csv", centre = ["9 um"]"#, ""));
    assert!(error.contains("add `extent`"), "{error}");
}

#[test]
fn a_file_says_who_how_strongly_and_how_late() {
    let text = format!(
        r#"{HEAD}
[population.start]
cell = "source"
size = 2
[population.line]
cell = "passive"
size = 4
[projection.out]
from = "start"
to = "line[1..4]"
rule = {{ file = "connections.csv" }}
synapse = "kick"
"#
    );
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("connections.csv");
    // Counted within line[1..4]; 6 mV twice reach the threshold 10 mV above rest, once they do not.
    let rows = "target,source,weight_mV,delay_us\n2,0,20,2040\n0,0,0.006e3,1000\n1,1,6,1000\n0,1,6,1000\n";
    std::fs::write(&file, rows).unwrap();
    assert_eq!(steps(&run(&text, directory.path()), 4), [None, Some(30), None, Some(40)]);

    std::fs::write(&file, "source,target,weight_mV,delay_ms\n0,3,1,1\n0,0,1,1\n7,1,1,1\n").unwrap();
    let error = build(&text, directory.path()).err().unwrap();
    let messages: Vec<&str> = error.diagnostics.iter().map(|d| d.message.as_str()).collect();
    assert!(messages.len() == 2 && messages[0].contains("line 4") && messages[1].contains("line 2"), "{messages:?}");

    std::fs::write(&file, "source,target,weight_pA\n0,0,1\n").unwrap();
    let error = build(&text, directory.path()).err().unwrap().to_string();
    assert!(error.contains("no `delay`"), "{error}");
    let with_delay = text.replace("synapse = \"kick\"\n", "synapse = \"kick\"\ndelay = \"1 ms\"\n");
    let error = build(&with_delay, directory.path()).err().unwrap().to_string();
    assert!(error.contains("`weight_pA`") && error.contains("like mV"), "{error}");
    let twice = with_delay.replace("delay = ", "weight = \"1 mV\"\ndelay = ");
    assert!(build(&twice, directory.path()).err().unwrap().to_string().contains("has a column `weight`"));
}

/// What a run drew, read back by the rule `file`, is the same network: the same digest.
#[test]
fn drawn_connections_are_written_and_read_back() {
    let text = |rule: &str| {
        format!(
            r#"{HEAD}
[population.start]
cell = "noisy"
size = 30
[population.line]
cell = "passive"
size = 40
[cell.noisy]
model = "poisson"
rate = "40 Hz"
[projection.out]
from = "start[5..30]"
to = "line[0..40..2]"
{rule}
synapse = "kick"
[recorder.wires]
of = "out"
what = "connections"
[recorder.seen]
of = "line"
what = ["V_m", "spikes"]
"#
        )
    };
    let drawn =
        "rule = { fixed_indegree = 6 }\nmultapses = true\nweight = \"3 mV\"\ndelay = \"normal(2 ms, 0.5 ms)\"\n";
    let directory = tempfile::tempdir().unwrap();
    let ran = |rule: &str, name: &str| {
        let out = directory.path().join(name);
        let path = directory.path().join("config.toml");
        std::fs::write(&path, text(rule)).unwrap();
        let mut command = assert_cmd::Command::cargo_bin("axonal").unwrap();
        command.args(["run", "-q", "--out"]).arg(&out).arg(&path).assert().success();
        let json: serde_json::Value = serde_json::from_slice(&std::fs::read(out.join("run.json")).unwrap()).unwrap();
        json["digest"].as_str().unwrap().to_string()
    };
    let first = ran(drawn, "drawn");
    let written = directory.path().join("drawn/wires_connections.csv");
    let rows = std::fs::read_to_string(&written).unwrap();
    // 20 targets with six synapses each, counted within the selections.
    assert!(rows.starts_with("source,target,weight_mV,delay_ms\n") && rows.lines().count() == 121, "{rows}");
    assert_eq!(ran("rule = { file = \"drawn/wires_connections.csv\" }\n", "read"), first);
    assert_eq!(std::fs::read_to_string(directory.path().join("read/wires_connections.csv")).unwrap(), rows);
    // Another network has another digest.
    assert_ne!(ran(&drawn.replace("3 mV", "3.5 mV"), "other"), first);
}

#[test]
fn what_space_cannot_do_is_said() {
    let base = format!(
        r#"{HEAD}
[population.start]
cell = "source"
size = 1
[population.line]
cell = "passive"
position = {{ grid = [4, 4], extent = ["1 mm", "1 mm"] }}
[projection.out]
from = "line"
to = "line"
rule = {{ disc = {{ p = 1.0, radius = "100 um" }} }}
autapses = false
synapse = "kick"
weight = "20 mV"
delay = "1 ms"
"#
    );
    let directory = tempfile::tempdir().unwrap();
    assert!(build(&base, directory.path()).is_ok());
    for (from, to, expected) in [
        ("grid = [4, 4]", "grid = [4]", "`extent` has 2 lengths, `grid` has 1 dimensions"),
        ("grid = [4, 4]", "grid = [4, 0]", "at least one"),
        ("grid = [4, 4], ", "", "has no `size`"),
        ("grid = [4, 4]", "grid = [4, 4], file = \"x.csv\"", "one of `grid`, `random` and `file`"),
        ("extent = [\"1 mm\", \"1 mm\"] }", "extent = [\"1 mm\", \"1 mm\"] }\nsize = 15", "`grid` has 16 places"),
        ("radius = \"100 um\"", "radius = \"100 ms\"", "100 ms"),
        ("radius", "raduis", "did you mean `radius`?"),
        ("p = 1.0", "p = 1.5", "between 0 and 1"),
        ("from = \"line\"", "from = \"start\"", "`start` has no positions"),
        ("delay = \"1 ms\"", "delay = { base = \"1 ms\" }", "has no `speed`"),
        ("delay = \"1 ms\"", "delay = { speed = \"0 m/s\" }", "`speed` must be above zero"),
    ] {
        assert_eq!(base.matches(from).count(), 1, "{from}");
        let error = build(&base.replace(from, to), directory.path()).err().unwrap_or_else(|| panic!("{to}"));
        assert!(error.to_string().contains(expected), "{to}: {error}");
    }
}
