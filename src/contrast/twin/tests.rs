//! Twins whose rates theory knows.

use super::super::{Findings, Stage};
use super::{Twin, contrast};
use crate::config::Config;
use crate::error::Error;
use crate::rate::relax::{Mode, Settling};

fn try_run(text: &str) -> Result<(Findings, Twin), Error> {
    contrast(&Config::from_text("test", text)?, Some(1), &mut |_: Stage| false)
}

fn run(text: &str) -> (Findings, Twin) {
    try_run(text).unwrap_or_else(|error| panic!("{error}"))
}

/// A leaky cell: 200 pF, 20 ms, 15 mV to the threshold, so R = 100 Mohm and 150 pA.
const LIF: &str = r#"
[cell.lif]
model = "lif"
C_m = "200 pF"
tau_m = "20 ms"
E_L = "-65 mV"
V_th = "-50 mV"
t_ref = "2 ms"
"#;

/// A perfect integrator: so slow a leak that f = I / (C (V_th - V_reset)) = 0.5 Hz/pA, exactly a line from 0.
const INTEGRATOR: &str = r#"
[cell.integrator]
model = "lif"
C_m = "200 pF"
tau_m = "1e9 ms"
E_L = "0 mV"
V_th = "10 mV"
V_reset = "0 mV"
"#;

#[test]
fn the_f_i_curve_of_the_leaky_cell_is_the_formula() {
    let text = format!(
        "[run]\nduration = \"1 s\"\ndt = \"0.02 ms\"\n{LIF}
[population.a]\ncell = \"lif\"\nsize = 2\n[stimulus.s]\nkind = \"step\"\nto = \"a\"\namplitude = \"600 pA\"\n"
    );
    let (_, twin) = run(&text);
    let population = &twin.populations[0];
    assert!((population.curve.rheobase.unwrap() - 150.0).abs() < 8.0, "half a point of the curve");
    assert!(population.curve.points.len() > 50 && population.curve.points.last().unwrap().drive >= 600.0);
    for point in &population.curve.points {
        let ri = 0.1 * point.drive;
        let formula = if ri <= 15.0 { 0.0 } else { 1e3 / (2.0 + 20.0 * (ri / (ri - 15.0)).ln()) };
        // Each interval is rounded up to a step; the slowest may have a single spike in the second that counts.
        let tolerance = if formula < 3.0 { 1.5 } else { 1e-9 + formula * formula * 0.02e-3 };
        assert!((point.rate - formula).abs() <= tolerance, "{point:?} {formula}");
    }
    assert!(population.fit_r2.unwrap() > 0.95, "nearly a ReLU: {:?}", population.fit_r2);
}

#[test]
fn a_chain_of_linear_cells_has_an_exact_twin() {
    // 100 pA give 50 Hz. Each spike brings 10 pA x 20 ms = 200 pA ms to 5 cells of the next layer's input: 50 Hz of four
    // sources are 40 pA, 20 Hz; a delta of 1 mV is 200 pA ms, too: 20 Hz of four sources are 16 pA, 8 Hz. Phases are spread: jumps that come together would overshoot the threshold, and what is above
    // is lost (three at a time of 4 mV: 6.7 Hz).
    let text = format!(
        r#"{INTEGRATOR}
[run]
duration = "10500 ms"
warmup = "500 ms"
dt = "0.1 ms"
[population.a]
cell = "integrator"
size = 4
initial.V_m = "linspace(0 mV, 7 mV)"
[population.b]
cell = "integrator"
size = 4
initial.V_m = "linspace(0 mV, 7.5 mV)"
[population.c]
cell = "integrator"
size = 3
[stimulus.s]
kind = "step"
to = "a"
amplitude = "100 pA"
[synapse.e]
model = "exponential"
tau = "20 ms"
[synapse.d]
model = "delta"
[projection.ab]
from = "a"
to = "b"
rule = "all_to_all"
synapse = "e"
weight = "10 pA"
delay = "1 ms"
[projection.bc]
from = "b"
to = "c"
rule = "all_to_all"
synapse = "d"
weight = "1.0001 mV"
delay = "1 ms"
"#
    );
    let (findings, twin) = run(&text);
    assert_eq!(twin.mode, Mode::Layered);
    for (population, hz) in twin.populations.iter().zip([50.0, 20.0, 8.0]) {
        // The fitted line is within a thousandth (intervals are rounded up to 0.1 ms); spikes are counted in 10 s.
        assert!((population.twin_hz / hz - 1.0).abs() < 5e-3, "{} {}", population.name, population.twin_hz);
        assert!((population.spikes_hz / hz - 1.0).abs() < 1.3e-2, "{} {}", population.name, population.spikes_hz);
        let parts = population.parts;
        let sum = parts.input + parts.fit + parts.mean_field;
        assert!((sum - (population.twin_hz - population.spikes_hz)).abs() < 1e-9, "{parts:?}");
        // Far below the drives that are met, a cell may fire but once in the second that counts.
        assert!(population.fit_r2.unwrap() > 0.999, "{:?}", population.fit_r2);
    }
    assert_eq!(findings.json["mode"], "layered");
    assert!(findings.summary.lines().all(|line| line.chars().count() <= 80), "{}", findings.summary);
    assert_eq!(findings.summary.matches("agrees").count(), 3, "{}", findings.summary);
}

/// Two linear populations with given units of gain 1 Hz/pA: r = W r + b.
fn linear(weights: [f64; 4], duration: &str) -> String {
    let [aa, ab, ba, bb] = weights;
    format!(
        r#"{INTEGRATOR}
[run]
duration = "{duration}"
dt = "0.1 ms"
[population.a]
cell = "integrator"
size = 1
[population.b]
cell = "integrator"
size = 1
[unit.a]
activation = "relu"
gain = "1 Hz/pA"
threshold = "0 pA"
tau = "5 ms"
[unit.b]
gain = "1 Hz/pA"
threshold = "0 pA"
tau = "5 ms"
[stimulus.s]
kind = "step"
to = ["a", "b"]
amplitude = ["20 pA", "10 pA"]
[synapse.e]
model = "exponential"
tau = "10 ms"
[projection.p]
from = ["a", "b"]
to = ["a", "b"]
rule = "all_to_all"
autapses = true
synapse = "e"
weight = [["{aa} pA", "{ab} pA"], ["{ba} pA", "{bb} pA"]]
delay = "1 ms"
"#
    )
}

#[test]
fn a_recurrent_linear_network_finds_its_fixed_point() {
    // A pA of 10 ms is 10 pA ms = 0.01 pA/Hz: W = [[0.2, -0.5], [0.3, 0.1]], b = [20, 10].
    // (I - W)^-1 = [[0.9, -0.5], [0.3, 0.8]] / (0.8 x 0.9 + 0.5 x 0.3) = ... / 0.87: r = [13 / 0.87, 14 / 0.87].
    let (_, twin) = run(&(linear([20.0, -50.0, 30.0, 10.0], "300 ms") + "\n").replace("300 ms", "1 s"));
    assert_eq!((twin.mode, twin.settling), (Mode::Recurrent, Settling::Settled));
    for (population, rate) in twin.populations.iter().zip([13.0 / 0.87, 14.0 / 0.87]) {
        let last = population.twin_in_time.last().unwrap();
        assert!((last - rate).abs() < 1e-6, "e^-200 is left: {last} {rate}");
        assert_eq!(population.unit.unwrap().gain, 1.0);
    }
}

#[test]
fn a_twin_that_excites_itself_too_much_says_so() {
    let (findings, twin) = run(&linear([150.0, 0.0, 0.0, 0.0], "200 ms"));
    assert!(twin.populations[0].reasons.iter().any(|reason| reason.kind == "runaway"), "{:?}", twin.populations[0]);
    assert!(twin.populations[0].twin_hz <= 1e4, "one spike a step of 0.1 ms");
    assert!(findings.json["populations"]["a"]["twin_rate_hz"].as_f64().unwrap().is_finite());
}

#[test]
fn chance_fires_a_cell_below_its_threshold() {
    // 20 pA ms x 5 kHz = 100 pA, of the 150 pA that it takes.
    let text = format!(
        r#"{LIF}
[run]
duration = "2 s"
warmup = "200 ms"
[population.a]
cell = "lif"
size = 50
[synapse.d]
model = "delta"
[stimulus.p]
kind = "poisson"
to = "a"
rate = "500 Hz"
synapse = "d"
weight = "1 mV"
"#
    );
    let (_, twin) = run(&text);
    let population = &twin.populations[0];
    // 1 mV x 200 pF x 500 Hz = 100 pA.
    assert!((population.drives.1 - 100.0).abs() < 1e-9, "{:?}", population.drives);
    assert!(population.spikes_hz > 1.0, "it fires by chance: {}", population.spikes_hz);
    assert_eq!(population.twin_hz, 0.0);
    assert_eq!(population.reasons[0].kind, "noise", "{:?}", population.reasons);
    // sd of V: 1 mV sqrt(r tau/2) = sqrt(0.5 x 10) mV, times C/tau = 10 nS: 22.4 pA over 50 pA, the threshold of the
    // curve being known to half a point.
    assert!((population.reasons[0].value - 0.447).abs() < 0.05, "{:?}", population.reasons[0]);
}

#[test]
fn a_fast_cell_saturates() {
    let text = format!(
        "[run]\nduration = \"500 ms\"\n{LIF}
[population.a]\ncell = \"lif\"\nsize = 2\nset.t_ref = \"5 ms\"\n[stimulus.s]\nkind = \"step\"\nto = \"a\"\namplitude = \"3 nA\"\n"
    );
    let (_, twin) = run(&text);
    let reason = twin.populations[0].reasons.iter().find(|reason| reason.kind == "saturation").unwrap();
    // 1 / (5 + 20 ln(300/285)) kHz = 166 Hz of 200 Hz.
    assert!((reason.value - 0.83).abs() < 0.01, "{reason:?}");
    assert!(reason.says.contains("200 Hz"), "{reason:?}");
}

#[test]
fn every_mistake_in_the_units_at_once() {
    let text = format!(
        "[run]\nduration = \"50 ms\"\n{LIF}
[cell.source]\nmodel = \"poisson\"\nrate = \"5 Hz\"
[population.exc]\ncell = \"lif\"\nsize = 2\n[population.noise]\ncell = \"source\"\nsize = 2
[unit.exd]\ngain = \"1 Hz/pA\"
[unit.exc]\ngian = \"1 Hz/pA\"\nthreshold = \"3 mV\"\ntau = \"-1 ms\"\nactivation = \"rulu\"
[unit.noise]\n"
    );
    let error = try_run(&text).err().unwrap().to_string();
    for part in [
        "there is no population `exd` [unknown-name]\n  help: did you mean `exc`?",
        "unit `exc` has no key `gian` [unknown-key]\n  help: did you mean `gain`?",
        "there is no activation `rulu` [unknown-name]",
        "`noise` has no membrane",
    ] {
        assert!(error.contains(part), "{part}\nin\n{error}");
    }
    let text = text.replace("activation = \"rulu\"", "ceiling = \"5 Hz\"").replace("gian", "gain");
    let error = try_run(&text).err().unwrap().to_string();
    assert!(error.contains("`ceiling` has no meaning for `relu`"), "{error}");
    let error = try_run(&text.replace("ceiling = \"5 Hz\"\n", "")).err().unwrap().to_string();
    for part in ["test:25:13: `3 mV` is a voltage", "`tau` is -1 ms, but must be above zero"] {
        assert!(error.contains(part), "{part}\nin\n{error}");
    }
}

#[test]
fn a_cable_has_no_twin() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/relay.toml");
    let config = Config::from_file(std::path::Path::new(path)).unwrap();
    let error = contrast(&config, Some(1), &mut |_: Stage| false).err().unwrap().to_string();
    assert!(error.contains("is made of cables"), "{error}");
}

#[test]
fn whoever_asks_stops_it() {
    let config = Config::from_text("test", &linear([0.0; 4], "1 s")).unwrap();
    let error = contrast(&config, Some(1), &mut |_: Stage| true).err().unwrap();
    assert_eq!(error.exit, crate::error::Exit::Interrupted);
}

/// The networks that are shipped run, and agree where theory says that they should.
#[test]
fn shipped_networks_have_twins() {
    for name in ["balanced_network", "contrast_twin", "f_i_curve", "firing_patterns"] {
        let path = format!("{}/configs/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let config = Config::from_file(std::path::Path::new(&path)).unwrap();
        let (findings, twin) = contrast(&config, None, &mut |_: Stage| false).unwrap_or_else(|e| panic!("{e}"));
        assert!(findings.summary.lines().all(|line| line.chars().count() <= 80));
        for population in &twin.populations {
            let parts = population.parts;
            let difference = population.twin_hz - population.spikes_hz;
            assert!((parts.input + parts.fit + parts.mean_field - difference).abs() < 1e-6, "{name} {parts:?}");
            assert!(
                population.reasons.iter().all(|reason| reason.value.is_finite()),
                "{name} {:?}",
                population.reasons
            );
        }
        let first_reason = |of: &str| {
            let population = twin.populations.iter().find(|population| population.name == of)?;
            Some(population.reasons.first()?.kind)
        };
        match name {
            "balanced_network" => assert_eq!(first_reason("exc"), Some("noise")),
            "contrast_twin" => {
                assert_eq!(first_reason("whisper"), Some("noise"));
                let exc = &twin.populations[1];
                assert!(exc.r2.unwrap() > 0.9 && exc.relative_error.unwrap().abs() < 0.05, "{:?}", exc.r2);
            }
            "firing_patterns" => assert_eq!(first_reason("adapting"), Some("adaptation")),
            _ => assert!(twin.populations.iter().all(|population| population.relative_error.unwrap().abs() < 0.1)),
        }
    }
}

#[test]
fn sources_are_given_and_gap_junctions_are_left_out() {
    let text = format!(
        r#"{LIF}
[run]
duration = "400 ms"
[cell.clock]
model = "spike_source"
times = ["50 ms", "100 ms", "150 ms", "200 ms", "250 ms", "300 ms", "350 ms", "400 ms"]
[population.beat]
cell = "clock"
size = 3
[population.pair]
cell = "lif"
size = 2
[synapse.e]
model = "exponential"
tau = "5 ms"
[projection.p]
from = "beat"
to = "pair"
rule = "all_to_all"
synapse = "e"
weight = "100 pA"
delay = "1 ms"
[gap_junction.g]
between = ["pair", "pair"]
rule = {{ pairs = [[0, 1]] }}
conductance = "1 nS"
"#
    );
    let (findings, twin) = run(&text);
    let [beat, pair] = &twin.populations[..] else { panic!() };
    assert!(!beat.has_membrane && beat.unit.is_none() && beat.reasons.is_empty());
    // Eight spikes in 0.4 s, the last of which belongs to the end for the one and to what follows for the other.
    assert!(
        (beat.spikes_hz - 20.0).abs() < 1e-9 && (beat.twin_hz - 17.5).abs() < 1e-9,
        "{} {}",
        beat.spikes_hz,
        beat.twin_hz
    );
    // 20 Hz x 3 x 500 pA ms = 30 pA.
    assert!((pair.drives.1 - 30.0).abs() < 1e-9, "{:?}", pair.drives);
    assert!(findings.warnings.iter().any(|warning| warning.contains("gap junction `g`")), "{:?}", findings.warnings);
    assert!(findings.summary.contains("given"), "{}", findings.summary);
}

#[test]
fn a_cell_that_cannot_fire_has_a_silent_unit() {
    let text = format!(
        "[run]\nduration = \"50 ms\"\n{}[population.a]\ncell = \"lif\"\nsize = 2\n",
        LIF.replace("-50 mV", "inf mV")
    );
    let (findings, twin) = run(&text);
    assert!(twin.populations[0].unit.is_none() && twin.populations[0].curve.rheobase.is_none());
    assert_eq!(twin.populations[0].relative_error, Some(0.0));
    assert!(findings.json["populations"]["a"]["unit"].is_null());
}

#[test]
fn cells_without_a_capacitance_are_driven_in_mv_per_ms() {
    // 1 mV x 2 kHz = 2 mV/ms, which lifts V by 2 x 20 mV: f = 1/(2 + 20 ln(40/25)) kHz = 87.7 Hz, less what noise does.
    let text = format!(
        r#"{}
[run]
duration = "2 s"
warmup = "200 ms"
[population.a]
cell = "lif"
size = 20
[synapse.d]
model = "delta"
[stimulus.p]
kind = "poisson"
to = "a"
rate = "20 kHz"
synapse = "d"
weight = "0.1 mV"
"#,
        LIF.replace("C_m = \"200 pF\"\n", "")
    );
    let (_, twin) = run(&text);
    let population = &twin.populations[0];
    assert!((population.drives.1 - 2.0).abs() < 1e-9 && population.drive_unit == "mV/ms");
    // Threshold 15 mV / 20 ms; a point of the curve is 1/48 mV/ms wide.
    assert!((population.curve.rheobase.unwrap() - 0.75).abs() < 0.03, "{:?}", population.curve.rheobase);
    assert!((population.curve.at(2.0) - 87.7).abs() < 1.0, "{}", population.curve.at(2.0));
    assert!((population.spikes_hz - 87.7).abs() < 3.0, "{}", population.spikes_hz);
}
