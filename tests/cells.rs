//! Cells with a shape and channels: distances along the tree, rest, names that mechanisms share.

use crate::support::{measure, run, trace};
use axonal::Simulation;

/// A stem that two branches of 1 mm hang on.
const FORK: &str = r#"
[run]
duration = "6 ms"
dt = "0.01 ms"
temperature = "18.5 degC"
[cell.c]
model = "cable"
R_a = "35 ohm cm"
max_compartment = "20 um"
mechanisms.hh = {}
section.a = { length = "2 mm", diameter = "10 um" }
section.b = { parent = "a", length = "1 mm", diameter = "6 um" }
section.c = { parent = "a", length = "1 mm", diameter = "6 um" }
[population.p]
cell = "c"
size = 1
spike.at = "b(1.0)"
[stimulus.s]
kind = "step"
to = "p.b(1.0)"
amplitude = "10 nA"
start = "0.5 ms"
stop = "0.8 ms"
"#;

/// From 0.3 mm before the fork to 0.8 mm behind it.
#[test]
fn velocity_is_along_the_tree() {
    let of = |name: &str, kind: &str, from: &str, to: &str| {
        format!("[measure.{name}]\nkind = \"{kind}\"\nof = \"p[0]\"\nfrom = \"{from}\"\nto = \"{to}\"\n")
    };
    let there = of("latency", "latency", "b(0.3)", "c(0.8)") + &of("speed", "velocity", "b(0.3)", "c(0.8)");
    let recording = run(&(FORK.to_string() + &there + &of("back", "velocity", "c(0.8)", "b(0.3)")));
    let value = |name| measure(&recording, name).expect("it happened");
    assert!((0.4..0.8).contains(&value("latency")), "{}", value("latency"));
    // 1 mm/ms is 1 m/s; floats are rounded a few times.
    assert!((value("speed") - 1.1 / value("latency")).abs() < 1e-12, "{}", value("speed"));
    assert_eq!(value("back"), -value("speed"), "it ran the other way");
}

/// One compartment at 36 degC with these mechanisms, and more lines.
fn patch(mechanisms: &str, population: &str, what: &str) -> String {
    format!(
        r#"
[run]
duration = "5 ms"
dt = "0.025 ms"
temperature = "36 degC"
[cell.c]
model = "cable"
R_a = "100 ohm cm"
section.soma = {{ length = "20 um", diameter = "20 um", compartments = 1 }}
mechanisms = {{ {mechanisms} }}
[population.p]
cell = "c"
size = 2
{population}
[recorder.r]
of = "p"
what = {what}
"#
    )
}

fn refused(text: &str, says: &[&str]) {
    let error = Simulation::from_toml(text).err().expect("a mistake").to_string();
    says.iter().for_each(|says| assert!(error.contains(says), "{says}: {error}"));
}

/// In whatever order the mechanisms are named.
#[test]
fn a_parameter_is_set_in_every_mechanism_that_has_it() {
    let v = |mechanisms: &str, population: &str| {
        trace(&run(&patch(mechanisms, population, "\"V_m\"")), "p[1].soma(0.5).V_m").to_vec()
    };
    let own = "E_K = \"-40 mV\"";
    let expected = v(&format!("passive = {{}}, k_m = {{ {own} }}, k_traub = {{ {own} }}"), "");
    assert_eq!(v("passive = {}, k_m = {}, k_traub = {}", "set.E_K = \"-40 mV\""), expected);
    assert_eq!(v("k_traub = {}, k_m = {}, passive = {}", "set.E_K = \"linspace(-70 mV, -40 mV)\""), expected);
}
