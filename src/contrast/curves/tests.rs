//! Curves of known neurons, and every mistake of their tables.

use super::*;
use crate::error::locate;

const CELLS: &str = r#"
[run]
duration = "1100 ms"
warmup = "100 ms"
dt = "0.1 ms"
temperature = "6.3 degC"
[cell.lif]
model = "lif"
C_m = "200 pF"
tau_m = "20 ms"
E_L = "-65 mV"
V_th = "-50 mV"
V_reset = "-65 mV"
t_ref = "2 ms"
[cell.squid]
model = "hodgkin_huxley"
[cell.simple]
model = "izhikevich"
a = "0.02 /ms"
b = "0.2 /ms"
c = "-65 mV"
d = "8 mV/ms"
[cell.wire]
model = "cable"
R_a = "100 ohm cm"
mechanisms.hh = {}
section.soma = { length = "20 um", diameter = "20 um" }
"#;

fn found(tables: &str) -> Findings {
    let config = Config::from_text("t", &format!("{CELLS}{tables}")).unwrap();
    contrast(&config, Some(1), &mut |_| false).unwrap_or_else(|error| panic!("{error}"))
}

/// What is wrong with `tables`, as `line:column message`, lines counted within it.
fn mistakes(tables: &str) -> Vec<String> {
    let config = Config::from_text("t", &format!("{CELLS}{tables}")).unwrap();
    let before = CELLS.matches('\n').count();
    let error = read(&config).err().expect("there is a mistake");
    let line = |d: &crate::error::Diagnostic| {
        let place = locate(&error.sources, d.span).map(|(_, line, column)| format!("{}:{column} ", line - before));
        format!("{}{}; {}", place.unwrap_or_default(), d.message, d.help.join("; "))
    };
    error.diagnostics.iter().map(line).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// f = 1/(t_ref + tau ln(R I/(R I - 15 mV))): a spike in the window more or less, and up to a dt longer an interval.
#[test]
fn the_curve_of_a_lif_is_the_formula() {
    let findings = found("[curve.lif]\ncell = \"lif\"\nfrom = \"0 pA\"\nto = \"600 pA\"\npoints = 25\n");
    let curve = &findings.json["curves"]["lif"];
    let (current, rate) = (numbers(&curve["current"]), numbers(&curve["rate_hz"]));
    assert_eq!((current.len(), current[0], current[24]), (25, 0.0, 600.0));
    for (i, rate) in current.iter().zip(rate) {
        let farthest = 0.1 * i;
        let f = if farthest > 15.0 { 1000.0 / (2.0 + 20.0 * (farthest / (farthest - 15.0)).ln()) } else { 0.0 };
        let interval = if f > 0.0 { 1000.0 / f + 0.1 } else { f64::INFINITY };
        assert!(rate <= f + 1.0 && rate >= 1000.0 / interval - 1.0, "{i} pA: {rate}, formula {f}");
    }
    assert!(curve["fits"]["relu"]["r2"].as_f64().unwrap() > 0.97);
    assert_eq!(curve["unit"], "pA");
    assert!(curve.get("deviation_hz").is_none() && curve["noise"].is_null());
    assert!(findings.warnings.is_empty(), "{:?}", findings.warnings);
}

#[test]
fn noise_lets_a_neuron_fire_below_its_threshold() {
    let curve = "cell = \"lif\"\nfrom = \"100 pA\"\nto = \"300 pA\"\npoints = 9\n";
    let noise = "repeats = 8\nnoise = { std = \"60 pA\", tau = \"5 ms\" }\n";
    let findings = found(&format!("[curve.clean]\n{curve}[curve.noisy]\n{curve}{noise}"));
    let rate = |name: &str| numbers(&findings.json["curves"][name]["rate_hz"]);
    // 125 pA lifts V_m to 12.5 of the 15 mV.
    assert_eq!(rate("clean")[1], 0.0);
    assert!(rate("noisy")[1] > 0.5, "{:?}", rate("noisy"));
    assert!(numbers(&findings.json["curves"]["noisy"]["deviation_hz"])[4] > 0.0);
    let pictures: Vec<&str> = findings.sections[0].pictures.iter().map(|picture| picture.name.as_str()).collect();
    assert_eq!(pictures, ["curve_lif"], "one picture a cell");
    assert_eq!(
        found(&format!("[curve.noisy]\n{curve}{noise}")).json["curves"]["noisy"]["rate_hz"],
        json!(rate("noisy"))
    );
}

#[test]
fn currents_come_in_the_units_of_the_model() {
    let findings = found(
        "[curve.squid]\ncell = \"squid\"\nfrom = \"0 uA/cm^2\"\nto = \"12 uA/cm^2\"\npoints = 3\nduration = \"300 ms\"\n\
         [curve.absolute]\ncell = \"squid\"\nfrom = \"0 nA\"\nto = \"1200 pA\"\npoints = 3\nduration = \"300 ms\"\n\
         [curve.simple]\ncell = \"simple\"\nfrom = \"0 mV/ms\"\nto = \"20 mV/ms\"\npoints = 4\n",
    );
    let curves = &findings.json["curves"];
    assert_eq!([&curves["squid"]["unit"], &curves["simple"]["unit"]], ["uA/cm^2", "mV/ms"]);
    assert_eq!(curves["squid"]["rate_hz"], curves["absolute"]["rate_hz"], "1e-4 cm^2 of membrane");
    assert_eq!(curves["squid"]["rate_hz"][0], 0.0);
    assert!(curves["simple"]["rate_hz"][3].as_f64().unwrap() > 10.0);
    assert!(findings.json["operations"]["neurons"]["squid"]["elementary_per_spike"].as_f64().unwrap() > 1e4);
}

#[test]
fn release_is_a_sigmoid_exactly() {
    let findings = found("[release.terminal]\nfrom = \"-40 mV\"\nto = \"40 mV\"\n");
    let release = &findings.json["release"]["terminal"];
    let fit = &release["fits"]["sigmoid"];
    assert_eq!(fit["r2"].as_f64().unwrap(), 1.0);
    for (name, expected) in [("max", 1.0), ("midpoint", 2.0), ("width", 5.0)] {
        assert!((fit[name].as_f64().unwrap() - expected).abs() < 1e-6, "{name}");
    }
    assert_eq!(release["best"], "sigmoid");
    // Half of 1 mM at 2 mV: the 22nd of 41 points.
    assert_eq!((release["potential"][21].as_f64(), release["transmitter_mm"][21].as_f64()), (Some(2.0), Some(0.5)));
    assert!(findings.json.get("curves").is_none());
}

#[test]
fn a_neuron_that_never_fires_is_said_to() {
    let findings = found("[curve.lif]\ncell = \"lif\"\nfrom = \"0 pA\"\nto = \"100 pA\"\n");
    assert!(findings.warnings[0].contains("`lif` fires the same from 0 to 100 pA"), "{:?}", findings.warnings);
    assert!(findings.json["curves"]["lif"]["best"].is_null());
}

#[test]
fn a_contrast_can_be_stopped() {
    let config = Config::from_text("t", &format!("{CELLS}[curve.l]\ncell = \"lif\"\nfrom = \"0 pA\"\nto = \"1 nA\"\n"));
    let stopped = contrast(&config.unwrap(), Some(1), &mut |_| true);
    assert_eq!(stopped.err().unwrap().exit, crate::error::Exit::Interrupted);
}

#[test]
fn every_mistake_of_the_tables() {
    let one = |tables: &str, expected: &[&str]| {
        let found = mistakes(tables);
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found}\nhas no\n{expected}");
        }
    };
    one("[curve.a]\ncell = \"lif\"\nfrom = \"0 pA\"\n", &["1:1 curve `a` has no `to`; for example `to = \"500 pA\"`"]);
    one(
        "[curve.a]\ncell = \"liff\"\nfrom = 0\nto = \"1 nA\"\npoint = 9\n[release.r]\nfrom = \"0 mV\"\nto = \"1 mA\"\n",
        &[
            "2:8 there is no cell `liff`; did you mean `lif`?",
            "5:1 curve `a` has no key `point`; did you mean `points`?",
            "8:6 `1 mA` is a current",
        ],
    );
    one("[curve.a]\ncell = \"lif\"\nfrom = 0\nto = \"9 pA\"\n", &["3:8 the number `0` has no unit"]);
    one("[curve.a]\ncell = \"wire\"\nfrom = \"0 pA\"\nto = \"1 nA\"\n", &["2:8 cell `wire` is a `cable`"]);
    one("[curve.a]\ncell = \"lif\"\nfrom = \"0 uA/cm^2\"\nto = \"9 uA/cm^2\"\n", &["3:8 `0 uA/cm^2` is a", "4:6 "]);
    one("[curve.a]\ncell = \"simple\"\nfrom = \"0 mV/ms\"\nto = \"9 pA\"\n", &["4:6 `9 pA` is a current"]);
    one("[curve.a]\ncell = \"lif\"\nfrom = \"9 pA\"\nto = \"9 pA\"\n", &["4:6 `to` must lie above `from`"]);
    let range = "[curve.a]\ncell = \"lif\"\nfrom = \"0 pA\"\nto = \"9 pA\"\n";
    one(&format!("{range}points = 2\n"), &["5:10 `points` is 2, but must be between 3 and 1000000"]);
    one(&format!("{range}points = 9999\nrepeats = 9999\n"), &["1:8 curve `a` has 9999 x 9999 neurons", "6:11 "]);
    one(&format!("{range}duration = \"50 ms\"\n"), &["5:12 `warmup` leaves nothing of the `duration` of curve `a`"]);
    one(&format!("{range}duration = \"100.05 ms\"\n"), &["5:12 "]);
    one(&format!("{range}noise = \"50 pA\"\n"), &["5:9 `noise` must be a table, not a string"]);
    one(
        &format!("{range}noise = {{ std = \"5 mV\", tua = \"1 ms\" }}\n"),
        &["5:17 `5 mV`", "5:25 `noise` has no key `tua`"],
    );
    one(
        &format!("{range}noise = {{ std = \"0 pA\", tau = \"0 ms\" }}\n"),
        &["`std` must be above", "`tau` must be above"],
    );
    one(
        "[release.a]\nfrom = \"1 mV\"\nto = \"0 mV\"\nslope = \"-1 mV\"\n",
        &["`to` must lie above", "`slope` must be"],
    );
    one("[curv.a]\n", &["1:2 there is no table `[curv]`; did you mean `curve`?"]);
    one("", &["there is no curve to draw; add `[curve.NAME]`"]);
    one("[curve]\npoints = 3\n", &["2:1 `points` stands directly in `[curve]`"]);
}
