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

/// Hodgkin & Huxley's m and Traub's, by their equations: at -65 mV the one's u is 0, the other's -2 mV.
#[test]
fn gates_of_one_name_are_told_apart() {
    let both = "hh = {}, na_traub = {}, k_traub = {}";
    let start = |population: &str, variable: &str| {
        let what = format!("\"{variable}\"");
        trace(&run(&patch(both, population, &what)), &format!("p[1].soma(0.5).{variable}"))[0]
    };
    let linear = |a: f64, x: f64, width: f64| a * x / (x / width).exp_m1();
    let steady = |opening: f64, closing: f64| opening / (opening + closing);
    let squid = steady(linear(0.1, 25.0, 10.0), 4.0);
    let traub = steady(linear(0.32, 15.0, 4.0), linear(0.28, -42.0, 5.0));
    // The polynomial exponential's last digits.
    assert!((start("", "m.hh") - squid).abs() < 1e-12, "{}", start("", "m.hh"));
    assert!((start("", "m.na_traub") - traub).abs() < 1e-12, "{}", start("", "m.na_traub"));
    let set = "initial = { m.na_traub = 0.5, h.na_traub = 0.25 }";
    assert_eq!(start(set, "m.na_traub"), 0.5);
    assert!((start(set, "m.hh") - squid).abs() < 1e-12);
    assert!((start(set, "I.na_traub") - 100.0 * 0.125 * 0.25 * (-65.0 - 50.0)).abs() < 1e-9);
    let ambiguous = ["`m` is a variable of 2 mechanisms", "`m.hh` or `m.na_traub`"];
    refused(&patch(both, "", "\"m\""), &ambiguous);
    refused(&patch(both, "initial.m = 0.5", "\"V_m\""), &ambiguous);
    refused(&patch(both, "initial.m.k_traub = 0.5", "\"V_m\""), &["`m.k_traub`", "did you mean"]);
    assert_eq!(trace(&run(&patch("hh = {}", "initial.m = 0.5", "\"m\"")), "p[0].soma(0.5).m")[0], 0.5);
}

/// What `axonal check` warns of.
fn warnings(text: &str) -> String {
    let simulation = Simulation::from_toml(text).unwrap_or_else(|error| panic!("{error}"));
    simulation.warnings().iter().map(|warning| format!("{}: {}\n", warning.message, warning.help.join("; "))).collect()
}

const TERMINAL: &str = "passive = { g_L = \"0.2 mS/cm^2\", E_L = \"-70 mV\" }, na_traub = {}, k_traub = {}, \
                        ca_l = { P = \"0.0002 cm/s\" }, release = {}";

/// Of V, of calcium that channels let in and the pump takes out, and of what it has bound.
#[test]
fn a_terminal_at_rest_stays_there() {
    let recording =
        run(&patch(TERMINAL, "initial.V_m = \"rest\"", "[\"V_m\", \"O\", \"Ca\", \"F_A\", \"V_A\", \"T\"]"));
    for variable in ["V_m", "O", "Ca", "F_A", "V_A", "T"] {
        let values = trace(&recording, &format!("p[0].soma(0.5).{variable}"));
        assert!(values[0] != 0.0, "{variable}");
        // Calcium is sought to 1e-12 of itself, F_A goes with its fourth power.
        let most = values.iter().fold(0.0f64, |most, value| most.max((value / values[0] - 1.0).abs()));
        assert!(most < 1e-9, "{variable} moves by {most} from {}", values[0]);
    }
}

/// Between 9.8 and 154 uA/cm^2 the squid membrane's only balance is unstable (Hassard 1978, J Theor Biol 71:401).
#[test]
fn a_rest_that_nothing_stays_on_is_told() {
    let cell = |current: &str| {
        format!(
            "[run]\nduration = \"5 ms\"\ndt = \"0.025 ms\"\ntemperature = \"6.3 degC\"\n[cell.c]\nmodel = \"hodgkin_huxley\"\n\
             I_e = \"{current} uA/cm^2\"\n[population.p]\ncell = \"c\"\nsize = 1\ninitial.V_m = \"rest\"\n"
        )
    };
    for current in ["11", "40", "140"] {
        let told = warnings(&cell(current));
        assert!(told.contains("`p` has no stable rest"), "{current}: {told}");
    }
    for current in ["0", "5", "9", "170"] {
        assert_eq!(warnings(&cell(current)), "", "{current}");
    }
    assert!(warnings(&cell("10")).contains("balances at -59.56 mV"), "{}", warnings(&cell("10")));
    assert_eq!(warnings(&cell("10").replace("\"rest\"", "\"-65 mV\"")), "");
}

#[test]
fn a_point_is_clamped_once_at_a_time() {
    let clamp = |name: &str, to: &str, more: &str| {
        format!("[stimulus.{name}]\nkind = \"voltage_clamp\"\nto = \"{to}\"\nlevel = \"0 mV\"\n{more}\n")
    };
    let with = |second: &str| patch("hh = {}", "", "\"V_m\"") + &clamp("a", "p", "stop = \"2 ms\"") + second;
    refused(&with(&clamp("b", "p[1].soma(0.5)", "start = \"1 ms\"")), &["`b` clamps", "`p[1]`", "`a`"]);
    run(&with(&clamp("b", "p", "start = \"2 ms\"")));
    run(&with(&clamp("b", "p.soma(1.0)", "")));
}

#[test]
fn calcium_at_rest_is_said_in_one_place() {
    let first = |mechanisms: &str, what: &str, ion: &str| {
        let text =
            patch(mechanisms, "", &format!("\"{what}\"")).replace("[population.p]", &format!("{ion}\n[population.p]"));
        trace(&run(&text), &format!("p[0].soma(0.5).{what}"))[0]
    };
    let ion = "ion.Ca = { inside = \"0.00043 mM\", outside = \"2 mM\" }";
    for (ion, calcium) in [("", 5e-5), (ion, 4.3e-4)] {
        // At the concentration of half opening, half are open.
        let open = 1.0 / (1.0 + (4.3e-4_f64 / calcium).powf(4.8));
        assert!((first("k_ca = {}", "w", ion) - open).abs() < 1e-12);
        assert!((first("k_ca = {}, ca_pool = {}", "w", ion) - open).abs() < 1e-12, "{ion}");
        assert_eq!(first("k_ca = {}, ca_pool = {}", "Ca", ion), calcium);
    }
    let told = |mechanisms: &str| warnings(&patch(mechanisms, "", "\"V_m\""));
    assert!(told("k_ca = {}, ca_l = {}").contains("the calcium that `k_ca` of section `soma` waits for never changes"));
    assert!(told("k_ca = {}, ca_pool = {}").contains("no channel lets calcium in for `ca_pool` of section `soma`"));
    assert!(told("release = {}").contains("no channel lets calcium in for `release`"));
    let nothing = told("k_ca = {}, ca_l = {}, ca_pool = {}") + &told(TERMINAL) + &told("ca_l = {}");
    assert!(!nothing.contains("calcium"), "{nothing}");
}

/// Gates under a clamp at -48 mV, where h_P is at its middle, are exponentials of the equations' rates times q10^(dT/10).
#[test]
fn every_channel_has_a_q10() {
    let mechanisms = "na_p = { tau_max = \"10 ms\", q10 = 2 }, na_traub = { q10 = 3 }, k_traub = { q10 = 1.5 }";
    let start = "initial = { V_m = \"-48 mV\", h_P = 0, n = 0, h = 0 }";
    let text = patch(mechanisms, start, "[\"h_P\", \"n\", \"h\"]").replace("36 degC", "41 degC");
    let clamp = "[stimulus.vc]\nkind = \"voltage_clamp\"\nto = \"p\"\nlevel = \"-48 mV\"\n";
    let recording = run(&(text.clone() + clamp));
    let (opening, closing) = (0.128 * (2.0_f64 / 18.0).exp(), 4.0 / (1.0 + 5.0_f64.exp()));
    let (alpha, beta) = (0.16, 0.5 * (-0.125_f64).exp());
    for (gate, steady, rate) in [
        ("h_P", 0.5, 0.1 * 2.0_f64.powf(1.9)),
        ("h", opening / (opening + closing), (opening + closing) * 3.0_f64.sqrt()),
        ("n", alpha / (alpha + beta), (alpha + beta) * 1.5_f64.sqrt()),
    ] {
        let found = trace(&recording, &format!("p[0].soma(0.5).{gate}"));
        for k in [0, 10, 100, 200] {
            let expected = steady * (1.0 - (-rate * k as f64 * 0.025).exp());
            // The currents move V by some 1e-5 mV through the series resistance.
            assert!((found[k] - expected).abs() < 1e-6, "{gate} {k}: {} {expected}", found[k]);
        }
    }
    refused(&text.replace("temperature = \"41 degC\"\n", ""), &["temperature", "na_p"]);
    let usual = patch("passive = {}, na_traub = {}", "", "\"V_m\"").replace("temperature = \"36 degC\"\n", "");
    run(&usual);
    refused(&usual.replace("size = 2", "size = 2\nset.q10 = 2"), &["temperature", "na_traub"]);
}

/// A `hodgkin_huxley` cell is a cable of one compartment: concentrations decide its reversal potentials, too.
#[test]
fn ions_of_a_point() {
    let v = |cell: &str| {
        let text = format!(
            "[run]\nduration = \"5 ms\"\ndt = \"0.025 ms\"\ntemperature = \"6.3 degC\"\n[cell.c]\nmodel = \"hodgkin_huxley\"\n{cell}\n\
             [population.p]\ncell = \"c\"\nsize = 1\n[recorder.r]\nof = \"p\"\nwhat = \"V_m\"\n"
        );
        trace(&run(&text), "p[0].V_m").to_vec()
    };
    // R T / F by the constants of the SI, 279.45 K.
    let nernst = 8.314_462_618_153_24 * 279.45 / 96.485_332_123_310_02 * (20.0_f64 / 400.0).ln();
    let written = v(&format!("E_K = \"{nernst} mV\"\nE_Na = \"55 mV\""));
    let decided = v("ion.K = { inside = \"400 mM\", outside = \"20 mM\" }\nion.Na.E = \"55 mV\"");
    for (a, b) in written.iter().zip(decided) {
        assert!((a - b).abs() < 1e-9, "float rounding: {a} {b}");
    }
}

/// A stimulus has a current where it acts. Of the cell behind there is none, which is told, and no column of zeros.
#[test]
fn a_stimulus_is_recorded_where_it_acts() {
    let cell = "[cell.squid]\nmodel = \"hodgkin_huxley\"\n";
    let text = |of: &str| {
        format!(
            "[run]\nduration = \"1 ms\"\ndt = \"0.1 ms\"\ntemperature = \"6.3 degC\"\n{cell}[population.a]\ncell = \"squid\"\nsize = 2\n\
             [population.b]\ncell = \"squid\"\nsize = 1\n[stimulus.touch]\nkind = \"step\"\nto = \"a[1]\"\namplitude = \"1 nA\"\n\
             [recorder.r]\nof = \"{of}\"\nwhat = [\"I.touch\"]\n"
        )
    };
    let finished = axonal::Simulation::from_toml(&text("a")).and_then(|simulation| simulation.run());
    let recording = finished.unwrap_or_else(|error| panic!("{error}")).recording;
    let columns: Vec<String> = recording.recorders[0].traces.iter().map(|trace| trace.column()).collect();
    assert!(columns.len() == 1 && columns[0].starts_with("a[1]"), "{columns:?}");
    let told = axonal::Simulation::from_toml(&text("b")).err().map(|error| error.to_string()).expect("a mistake");
    assert!(told.contains("`touch` acts on `a`, and is recorded there"), "{told}");
}
