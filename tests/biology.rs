//! Channels, calcium, terminals, receptors, clamps and reconstructions, through the language.

use axonal::{Finished, Simulation};

fn run(text: &str) -> Finished {
    let simulation = Simulation::from_toml(text).unwrap_or_else(|error| panic!("{error}"));
    simulation.run().unwrap_or_else(|error| panic!("{error}"))
}

fn refused(text: &str, says: &[&str]) {
    let error = Simulation::from_toml(text).err().expect("a mistake").to_string();
    says.iter().for_each(|says| assert!(error.contains(says), "{says}: {error}"));
}

/// Values of a column, with their times.
fn column(finished: &Finished, name: &str) -> Vec<(f64, f64)> {
    for samples in &finished.recording.recorders {
        if let Some(trace) = samples.traces.iter().find(|trace| trace.column() == name) {
            return trace.values.iter().enumerate().map(|(i, v)| (samples.time(i), *v)).collect();
        }
    }
    panic!("no column {name}")
}

fn peak(finished: &Finished, name: &str) -> f64 {
    column(finished, name).iter().fold(f64::NEG_INFINITY, |peak, (_, v)| peak.max(*v))
}

/// A squid's terminal before a passive cell, all four receptors between them.
fn terminal(dt: f64, weights: [f64; 4]) -> Finished {
    let mut text = format!(
        r#"
[run]
duration = "40 ms"
dt = "{dt} ms"
temperature = "6.3 degC"
[cell.pre]
model = "hodgkin_huxley"
area = "1000 um^2"
[cell.post]
model = "cable"
R_a = "100 ohm cm"
mechanisms.passive = {{ g_L = "0.1 mS/cm^2", E_L = "-70 mV" }}
section.soma = {{ length = "17.841241161527712 um", diameter = "17.841241161527712 um", compartments = 1 }}
[population.a]
cell = "pre"
size = 2
[population.b]
cell = "post"
size = 2
initial.V_m = "-70 mV"
[stimulus.s]
kind = "step"
to = "a"
amplitude = "60 uA/cm^2"
start = "2 ms"
stop = "2.5 ms"
[recorder.v]
of = "b[1]"
what = ["V_m"]
"#
    );
    for (synapse, weight) in ["ampa", "nmda", "gaba_a", "gaba_b"].iter().zip(weights) {
        text += &format!(
            "[synapse.{synapse}]\nmodel = \"{synapse}\"\n[projection.to_{synapse}]\nfrom = \"a\"\nto = \"b\"\n\
             rule = \"one_to_one\"\nsynapse = \"{synapse}\"\nweight = \"{weight} nS\"\n\
             [recorder.{synapse}]\nof = \"to_{synapse}[1]\"\nwhat = [\"r.{synapse}\", \"T.{synapse}\"]\n"
        );
    }
    run(&text)
}

/// Peaks of Destexhe, Mainen & Sejnowski's receptors behind an action potential (DOP853 at rtol 1e-10); the error is that of
/// the spike's time and height at this dt, a quarter of it at half of it.
#[test]
fn receptors_follow_the_transmitter_of_an_action_potential() {
    let finished = terminal(0.0125, [1.0, 0.0, 0.0, 0.0]);
    for (name, expected) in [("ampa", 0.638794007348), ("nmda", 0.0793934810984), ("gaba_a", 0.957182688471)] {
        let open = peak(&finished, &format!("a[1].r.{name}"));
        assert!((open / expected - 1.0).abs() < 5e-5, "{name}: {open}");
    }
    assert!((peak(&finished, "a[1].T.ampa") - 0.999608301151).abs() < 1e-5);
    assert!((peak(&finished, "b[1].soma(0.5).V_m") + 58.0120834712).abs() < 5e-4);
}

/// At 40 ms G of the G-protein is 0.9175105: r is G^4 / (G^4 + 100).
#[test]
fn a_g_protein_is_slow() {
    let finished = terminal(0.0125, [0.5, 0.5, 0.3, 0.6]);
    let g = 0.917510461386_f64.powi(4);
    let open = column(&finished, "a[1].r.gaba_b").last().expect("sampled").1;
    assert!((open / (g / (g + 100.0)) - 1.0).abs() < 2e-4, "{open}: the fourth power of the error of G");
}

/// The cascade: peaks by LSODA at rtol 1e-10. Its error at this dt is some 1e-4.
#[test]
fn calcium_releases_transmitter() {
    let finished = run(r#"
[run]
duration = "20 ms"
dt = "0.005 ms"
temperature = "36 degC"
[cell.pre]
model = "cable"
R_a = "100 ohm cm"
section.t = { length = "10 um", diameter = "10 um", compartments = 1 }
[cell.pre.mechanisms]
passive = { g_L = "0.2 mS/cm^2", E_L = "-70 mV" }
na_traub = { g_Na = "100 mS/cm^2" }
k_traub = { g_K = "30 mS/cm^2", E_K = "-90 mV" }
ca_l = {}
release = {}
[cell.post]
model = "cable"
R_a = "100 ohm cm"
mechanisms.passive = {}
section.soma = { length = "10 um", diameter = "10 um", compartments = 1 }
[population.a]
cell = "pre"
size = 1
initial = { V_m = "-70 mV", m = 0, h = 0, n = 0, O = 0, Ca = "0.00001 mM" }
[population.b]
cell = "post"
size = 1
[stimulus.s]
kind = "step"
to = "a"
amplitude = "0.1 nA"
start = "5 ms"
stop = "7 ms"
[synapse.ampa]
model = "ampa"
transmitter = "cascade"
[projection.p]
from = "a"
to = "b"
rule = "one_to_one"
synapse = "ampa"
weight = "1 nS"
[recorder.v]
of = "a"
what = ["V_m", "O", "Ca", "F_A", "V_A", "T", "spikes"]
start = "5 ms"
[recorder.r]
of = "p"
what = ["r.ampa"]
start = "5 ms"
"#);
    for (variable, expected, tolerance) in [
        ("O", 0.883401548042, 1e-4),
        ("Ca", 0.000131771746165, 2e-4),
        ("F_A", 0.000179002845811, 2e-4),
        ("V_A", 0.000285400929206, 2e-4),
        ("T", 1.0527867219, 2e-4),
        ("r.ampa", 0.46988438137, 2e-4),
    ] {
        let found = peak(&finished, &format!("a[0].t(0.5).{variable}"));
        assert!((found / expected - 1.0).abs() < tolerance, "{variable}: {found}");
    }
    assert!((finished.recording.spikes[0].times_ms[0] - 5.88738217138).abs() < 1e-4);
}

/// Under a clamp the gates are exponentials and the current is the equation's: exact but for the series resistance.
#[test]
fn a_clamp_shows_the_equations_of_hodgkin_and_huxley() {
    let finished = run(r#"
[run]
duration = "12 ms"
dt = "0.05 ms"
temperature = "6.3 degC"
[cell.patch]
model = "hodgkin_huxley"
area = "1000 um^2"
[population.p]
cell = "patch"
size = 3
[stimulus.clamp]
kind = "voltage_clamp"
to = "p"
levels = ["-65 mV", "-9 mV", "-80 mV"]
durations = ["2 ms", "6 ms", "4 ms"]
[recorder.r]
of = "p[2]"
what = ["I.clamp", "V_m"]
"#);
    let linear = |x: f64| x / x.exp_m1();
    let rates = |v: f64| {
        [
            (linear(-(v + 40.0) / 10.0), 4.0 * (-(v + 65.0) / 18.0).exp()),
            (0.07 * (-(v + 65.0) / 20.0).exp(), 1.0 / (1.0 + (-(v + 35.0) / 10.0).exp())),
            (0.1 * linear(-(v + 55.0) / 10.0), 0.125 * (-(v + 65.0) / 80.0).exp()),
        ]
    };
    let gates = rates(-65.0).map(|(a, b)| a / (a + b));
    let go = |gates: [f64; 3], v: f64, t: f64| {
        let rates = rates(v);
        std::array::from_fn(|i| {
            let ((a, b), x): ((f64, f64), f64) = (rates[i], gates[i]);
            a / (a + b) + (x - a / (a + b)) * (-(a + b) * t).exp()
        })
    };
    let current = |[m, h, n]: [f64; 3], v: f64| {
        10.0 * (120.0 * m.powi(3) * h * (v - 50.0) + 36.0 * n.powi(4) * (v + 77.0) + 0.3 * (v + 54.3))
    };
    let (samples, v) = (column(&finished, "p[2].I.clamp"), column(&finished, "p[2].V_m"));
    let end: [f64; 3] = go(gates, -9.0, 6.0);
    for ((t, found), (_, v)) in samples.iter().zip(v).filter(|((t, _), _)| *t > 2.0) {
        let (level, at) = if *t <= 8.0 { (-9.0, go(gates, -9.0, t - 2.0)) } else { (-80.0, go(end, -80.0, t - 8.0)) };
        let expected = current(at, level);
        assert!((v - level).abs() < 1e-3, "{t} ms: 10 ohm let some uV through");
        assert!((found - expected).abs() < 1e-3 * expected.abs() + 0.05, "{t} ms: {found} {expected}");
    }
}

#[test]
fn a_drug_blocks_from_one_time_to_another() {
    let finished = run(r#"
[run]
duration = "60 ms"
dt = "0.025 ms"
temperature = "6.3 degC"
[cell.patch]
model = "hodgkin_huxley"
I_e = "15 uA/cm^2"
[population.p]
cell = "patch"
size = 2
[block.ttx]
mechanism = "hh"
parameter = "g_Na"
factor = 0.0
start = "20 ms"
stop = "40 ms"
[recorder.r]
of = "p"
what = ["spikes"]
"#);
    let times = &finished.recording.spikes[0].times_ms;
    let count = |from: f64, to: f64| times.iter().filter(|t| (from..to).contains(*t)).count();
    assert!(count(0.0, 20.0) >= 2 && count(21.0, 40.0) == 0 && count(40.0, 60.0) >= 2, "{times:?}");
}

/// A rebound burst needs its T channels; the calcium they carry opens SK channels.
#[test]
fn channels_carry_and_read_calcium() {
    let finished = run(r#"
[run]
duration = "400 ms"
dt = "0.05 ms"
temperature = "36 degC"
[cell.tc]
model = "cable"
R_a = "100 ohm cm"
section.soma = { length = "96 um", diameter = "96 um", compartments = 1 }
[cell.tc.mechanisms]
passive = { g_L = "0.01 mS/cm^2", E_L = "-70 mV" }
ca_t = {}
k_ca = { g_SK = "0.05 mS/cm^2" }
ca_pool = { kappa = 1 }
h = {}
[population.p]
cell = "tc"
size = 1
initial.V_m = "rest"
[stimulus.s]
kind = "step"
to = "p"
amplitude = "-1 nA"
start = "50 ms"
stop = "250 ms"
[recorder.r]
of = "p"
what = ["V_m", "Ca", "w", "I.ca_t", "I.k_ca"]
every = "0.5 ms"
"#);
    let v = column(&finished, "p[0].soma(0.5).V_m");
    assert!((v[99].1 - v[0].1).abs() < 1e-6, "it is at rest: {} {}", v[0].1, v[99].1);
    let before = v.iter().filter(|(t, _)| *t < 250.0).fold(f64::NEG_INFINITY, |m, (_, v)| m.max(*v));
    assert!(peak(&finished, "p[0].soma(0.5).V_m") > before + 10.0, "a rebound");
    let calcium = column(&finished, "p[0].soma(0.5).Ca");
    assert!(peak(&finished, "p[0].soma(0.5).Ca") > 2.0 * calcium[0].1);
    assert!(peak(&finished, "p[0].soma(0.5).w") > 0.1);
}

/// Nernst's equation at 37 degC: 26.7267 ln(out/in) mV.
#[test]
fn reversal_potentials_follow_concentrations() {
    let finished = run(r#"
[run]
duration = "400 ms"
dt = "0.1 ms"
temperature = "37 degC"
[cell.c]
model = "cable"
R_a = "100 ohm cm"
ion.K = { inside = "140 mM", outside = "4 mM" }
mechanisms.k_m = { g_M = "10 mS/cm^2" }
mechanisms.leak = { g = "1 mS/cm^2", E = "-40 mV" }
section.soma = { length = "10 um", diameter = "10 um", compartments = 1 }
[population.p]
cell = "c"
size = 1
initial.V_m = "-40 mV"
[recorder.r]
of = "p"
what = ["V_m", "p", "I.k_m"]
"#);
    let last = |name: &str| column(&finished, name).last().expect("sampled").1;
    let (v, p, current) = (last("p[0].soma(0.5).V_m"), last("p[0].soma(0.5).p"), last("p[0].soma(0.5).I.k_m"));
    let nernst = 8.314462618 * 310.15 / 96485.33212 * 1e3 * (4.0_f64 / 140.0).ln();
    assert!((v - current / (10.0 * p) - nernst).abs() < 1e-8, "{} {nernst}", v - current / (10.0 * p));
}

/// Newton's method from -65 mV ends on the threshold of this cell, at -50.7 mV, where a breath makes it fire. Rest is below.
#[test]
fn a_cell_that_can_fire_rests_below_its_threshold() {
    let finished = run(r#"
[run]
duration = "50 ms"
dt = "0.025 ms"
temperature = "34 degC"
[cell.c]
model = "cable"
R_a = "150 ohm cm"
section.soma = { length = "20 um", diameter = "20 um", compartments = 1 }
section.dend = { parent = "soma", length = "300 um", diameter = "2 um", max_compartment = "20 um" }
[cell.c.ion]
Na = { inside = "10 mM", outside = "145 mM" }
K.E = "-90 mV"
[cell.c.mechanisms]
leak = { g = "0.03 mS/cm^2", E = "-68 mV" }
na_traub = {}
k_traub = {}
k_a = {}
k_m = {}
na_p = { g_NaP = "0.01 mS/cm^2" }
ca_l = {}
ca_hva = {}
ca_t = {}
k_ca = {}
h = {}
ca_pool = { kappa = 30 }
[population.p]
cell = "c"
size = 1
spike = { at = "soma(0.5)" }
initial.V_m = "rest"
[recorder.r]
of = "p"
at = "dend(0.9)"
what = "V_m"
"#);
    let v = column(&finished, "p[0].dend(0.9).V_m");
    assert!(v[0].1 < -60.0, "{}", v[0].1);
    assert!(v.iter().all(|(_, v_later)| (v_later - v[0].1).abs() < 1e-6), "it stays there: {}", v[2000].1);
}

const CELL: &str = r#"
[run]
duration = "30 ms"
dt = "0.025 ms"
temperature = "6.3 degC"
[cell.p]
model = "cable"
morphology = "configs/morphologies/pyramidal.swc"
soma = "neuron"
R_a = "150 ohm cm"
mechanisms.passive = {}
[cell.p.region.soma]
mechanisms.hh = {}
[population.a]
cell = "p"
size = 1
spike = { at = "soma(0.5)" }
[stimulus.s]
kind = "step"
to = "a.soma(0.5)"
amplitude = "2 nA"
start = "5 ms"
stop = "10 ms"
[recorder.r]
of = "a"
at = ["soma(0.5)", "sample(11)"]
what = ["V_m"]
"#;

#[test]
fn a_reconstruction_is_a_cell() {
    let finished = run(CELL);
    assert_eq!(finished.recording.recorders[0].traces.len(), 2);
    assert!(peak(&finished, "a[0].soma(0.5).V_m") > 0.0, "it fires");
    let far = &finished.recording.recorders[0].traces[1];
    assert!(far.site.starts_with("apical_"), "{}", far.site);
    let height = far.values.iter().fold(f64::NEG_INFINITY, |peak, v| peak.max(*v));
    assert!((-60.0..0.0).contains(&height), "and what arrives is smaller: {height}");
}

#[test]
fn mistakes_in_cells_are_told() {
    refused(&CELL.replace("soma = \"neuron\"\n", ""), &["soma"]);
    refused(&CELL.replace("soma = \"neuron\"", "soma = \"arbour\""), &["`arbour`", "arbor"]);
    refused(&CELL.replace("soma = \"neuron\"", "soma = \"arbor\""), &["line 3", "soma = \"neuron\""]);
    refused(&CELL.replace("pyramidal.swc", "pyramidol.swc"), &["cannot read"]);
    refused(&CELL.replace("region.soma", "region.sona"), &["`sona`", "soma"]);
    refused(&CELL.replace("sample(11)", "sample(99)"), &["no sample 99"]);
    refused(&CELL.replace("mechanisms.passive = {}", "mechanisms.passive = { g_l = \"1 mS/cm^2\" }"), &["g_l", "g_L"]);
    refused(&CELL.replace("mechanisms.passive = {}", "ion.K = { inside = \"140 mM\" }"), &["`outside`"]);
    refused(&CELL.replace("mechanisms.passive = {}", "mechanisms = { ca_pool = {}, release = {} }"), &["ca_pool"]);
    refused(&CELL.replace("mechanisms.passive = {}", "d_lambda = 0.1\ncompartments = 3"), &["exclude"]);
    refused(
        &(CELL.to_string() + "[block.b]\nmechanism = \"hh\"\nparameter = \"g_na\"\nfactor = 0\n"),
        &["g_na", "g_Na"],
    );
    refused(
        &CELL
            .replace("kind = \"step\"", "kind = \"voltage_clamp\"")
            .replace("amplitude = \"2 nA\"", "levels = [\"0 mV\"]"),
        &["durations"],
    );
}

/// An axon, its terminal, AMPA receptors, a soma. Times and the peak of the receptors by NEURON 9, extrapolated in dt and space;
/// what is left is this dt's error and half a compartment at the axon's ends.
#[test]
fn an_action_potential_crosses_a_synapse_without_a_spike_being_told() {
    let finished = run(r#"
[run]
duration = "12 ms"
dt = "0.01 ms"
temperature = "6.3 degC"
[cell.axon]
model = "cable"
R_a = "100 ohm cm"
mechanisms.hh = {}
section.axon = { length = "2000 um", diameter = "2 um", compartments = 400 }
[cell.soma]
model = "cable"
R_a = "100 ohm cm"
mechanisms.hh = {}
section.soma = { length = "20 um", diameter = "20 um", compartments = 1 }
[population.a]
cell = "axon"
size = 1
[population.b]
cell = "soma"
size = 1
[synapse.ampa]
model = "ampa"
[projection.p]
from = "a.axon(1.0)"
to = "b"
rule = "one_to_one"
synapse = "ampa"
weight = "20 nS"
[stimulus.s]
kind = "step"
to = "a.axon(0.0)"
amplitude = "0.8 nA"
start = "1 ms"
stop = "1.5 ms"
[recorder.r]
of = "p"
what = ["r.ampa"]
[recorder.s]
of = ["a", "b"]
what = ["spikes"]
"#);
    let first = |population: &str| {
        let trains = finished.recording.spikes.iter().find(|trains| trains.population == population);
        trains.expect("recorded").times_ms[0]
    };
    assert!((first("a") - 5.50708518266).abs() < 1e-3, "{}", first("a"));
    assert!((first("b") - 6.62747421612).abs() < 1e-3, "{}", first("b"));
    let open = peak(&finished, "a[0].axon(1.0).r.ampa");
    assert!((open / 0.64723006932 - 1.0).abs() < 1e-3, "{open}");
}

/// Destexhe, Mainen & Sejnowski (1998), in Koch & Segev, chapter 1.
#[test]
fn reversal_potentials_of_receptors_are_told() {
    for (model, e_rev) in [("ampa", 0.0), ("nmda", 0.0), ("gaba_a", -80.0), ("gaba_b", -95.0)] {
        let text = CELL.replace("[population.a]", &format!("[synapse.s]\nmodel = \"{model}\"\n[population.a]"));
        let told = |text: &str| Simulation::from_toml(text).unwrap_or_else(|error| panic!("{error}")).resolved();
        assert!(told(&text).contains(&format!("E_rev = \"{e_rev} mV\"")), "{model}: {}", told(&text));
        assert!(
            told(&text.replace(&format!("\"{model}\"\n"), &format!("\"{model}\"\nE_rev = \"-7 mV\"\n")))
                .contains("\"-7 mV\"")
        );
    }
}
