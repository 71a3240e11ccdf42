//! Synapses that change by use, through every way that a spike can take.

use axonal::{Finished, Simulation};

fn run(text: &str) -> Finished {
    let simulation = Simulation::from_toml(text).unwrap_or_else(|error| panic!("{error}"));
    simulation.run().unwrap_or_else(|error| panic!("{error}"))
}

/// Ten spikes at 20 Hz and one 500 ms later: what each transmits (Maass & Markram 2002, eqs 4 and 5, which NEST's
/// tsodyks2_synapse gives to all digits); U = 0.5, tau_rec = 800 ms.
const DEPRESSING: [f64; 11] = [
    0.5,
    0.265146734297,
    0.154834621474,
    0.103020301587,
    0.0786827771163,
    0.067251282914,
    0.0618818354235,
    0.0593597708671,
    0.0581751406723,
    0.0576187121326,
    0.247789822823,
];
const TIMES: [f64; 11] = [10.0, 60.0, 110.0, 160.0, 210.0, 260.0, 310.0, 360.0, 410.0, 460.0, 960.0];

/// A cell that takes in what `way` sends, and what is recorded of it.
fn network(way: &str) -> String {
    format!(
        r#"
[run]
duration = "1000 ms"
dt = "0.1 ms"
temperature = "6.3 degC"
[cell.source]
model = "spike_source"
times = ["10 ms", "60 ms", "110 ms", "160 ms", "210 ms", "260 ms", "310 ms", "360 ms", "410 ms", "460 ms", "960 ms"]
[cell.target]
model = "lif"
tau_m = "20 ms"
C_m = "200 pF"
E_L = "-70 mV"
V_th = "inf mV"
[population.a]
cell = "source"
size = 3
[population.b]
cell = "target"
size = 3
[synapse.tired]
model = "exponential"
tau = "3 ms"
[synapse.tired.short_term]
U = 0.5
tau_rec = "800 ms"
{way}
[recorder.b]
of = "b[1]"
what = ["I.tired"]
"#
    )
}

/// The current jumps by weight x u x at each arrival.
fn assert_jumps(finished: &Finished, column: &str, weight: f64, delay: f64) {
    let samples = finished.recording.recorders.iter().find(|samples| samples.recorder == "b").expect("recorded");
    let trace = samples.traces.iter().find(|trace| trace.column() == column).expect("recorded");
    let decay = (-0.1_f64 / 3.0).exp();
    for (time, factor) in TIMES.iter().zip(DEPRESSING) {
        let k = ((time + delay) / 0.1).round() as usize;
        let jump = trace.values[k] - trace.values[k - 1] * decay;
        assert!((jump / (weight * factor) - 1.0).abs() < 1e-9, "{time} ms: {jump}; digits of the reference");
    }
}

#[test]
fn a_projection_with_one_weight() {
    let way = "[projection.p]\nfrom = \"a\"\nto = \"b\"\nrule = \"one_to_one\"\nsynapse = \"tired\"\nweight = \"250 pA\"\ndelay = \"1 ms\"\n";
    assert_jumps(&run(&network(way)), "b[1].I.tired", 250.0, 1.0);
}

/// Drawn weights are otherwise kept as whole numbers.
#[test]
fn a_projection_with_drawn_weights() {
    let way = "[projection.p]\nfrom = \"a\"\nto = \"b\"\nrule = \"all_to_all\"\nsynapse = \"tired\"\nweight = \"uniform(80 pA, 90 pA)\"\ndelay = [[\"1 ms\"]]\n";
    let finished = run(&network(way));
    let first = finished.recording.recorders[0].traces[0].values[110] / 0.5;
    assert!((240.0..270.0).contains(&first), "{first}");
    assert_jumps(&finished, "b[1].I.tired", first, 1.0);
}

#[test]
fn a_list_of_spikes() {
    let way = "[stimulus.s]\nkind = \"spike_list\"\nto = \"b\"\nsynapse = \"tired\"\nweight = \"250 pA\"\ntimes = [\"10 ms\", \"60 ms\", \"110 ms\", \"160 ms\", \"210 ms\", \"260 ms\", \"310 ms\", \"360 ms\", \"410 ms\", \"460 ms\", \"960 ms\"]\n";
    assert_jumps(&run(&network(way)), "b[1].I.tired", 250.0, 0.0);
}

/// Of many spikes with an input of high rate, u x settles where recovery meets use: with U = u, x = 1 / (1 + U r tau_rec)
/// for a Poisson train (Tsodyks et al. 1998, eq. 11).
#[test]
fn poisson_input_wears_out() {
    let way =
        "[stimulus.s]\nkind = \"poisson\"\nto = \"b\"\nsynapse = \"tired\"\nweight = \"250 pA\"\nrate = \"100 Hz\"\n";
    let text = network(way)
        .replace("1000 ms\"\ndt", "60 s\"\ndt")
        .replace("what = [\"I.tired\"]", "what = [\"I.tired\"]\nstart = \"10 s\"");
    let finished = run(&text);
    let values = &finished.recording.recorders[0].traces[0].values;
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let expected = 250.0 * 100e-3 * 3.0 * 0.5 / (1.0 + 0.5 * 0.1 * 800.0);
    assert!((mean / expected - 1.0).abs() < 0.02, "{mean} {expected}: 5000 spikes");
}

/// Spikes of a cable come between grid points, and so does what they leave of u and x.
#[test]
fn spikes_between_grid_points() {
    let text = network("")
        .replace("model = \"spike_source\"\ntimes", "model = \"hodgkin_huxley\"\nI_e = \"10 uA/cm^2\"\n#")
        .replace("of = \"b[1]\"\nwhat = [\"I.tired\"]", "of = \"p\"\nwhat = [\"u.tired\", \"x.tired\"]")
        + "[projection.p]\nfrom = \"a\"\nto = \"b\"\nrule = \"one_to_one\"\nsynapse = \"tired\"\nweight = \"250 pA\"\ndelay = \"1 ms\"\n[recorder.spikes]\nof = \"a\"\nwhat = [\"spikes\"]\n";
    let finished = run(&text.replace("1000 ms\"\ndt = \"0.1 ms\"", "100 ms\"\ndt = \"0.01 ms\""));
    let trains = &finished.recording.spikes[0];
    let times: Vec<f64> =
        trains.times_ms.iter().zip(&trains.neurons).filter(|(_, n)| **n == 0).map(|(t, _)| *t).collect();
    assert!(times.len() > 4, "{times:?}");
    let mut x = 1.0;
    for pair in times.windows(2) {
        x = 1.0 + (x * 0.5 - 1.0) * (-(pair[1] - pair[0]) / 800.0).exp();
    }
    x = 1.0 + (x * 0.5 - 1.0) * (-(100.0 - times[times.len() - 1]) / 800.0).exp();
    let trace = finished.recording.recorders[0].traces.iter().find(|trace| trace.column() == "a[0].x.tired");
    let last = *trace.expect("recorded").values.last().expect("sampled");
    assert!((last / x - 1.0).abs() < 1e-12, "{last} {x}: float sum order");
}

#[test]
fn mistakes_are_told() {
    let refused = |way: &str, says: &str| {
        let error = Simulation::from_toml(&network(way)).err().expect("a mistake").to_string();
        assert!(error.contains(says), "{error}");
    };
    refused("U_2 = 3\n", "U_2");
    refused("initial = { y = 1 }\n", "`y`");
    refused("initial = { u = 2 }\n", "between 0 and 1");
    refused("tau_fac = \"-1 ms\"\n", "zero or above");
}

/// A stimulus in two windows is one fibre to each neuron: what the first wore out is still worn in the second.
#[test]
fn windows_of_a_stimulus_share_their_past() {
    let way = "[stimulus.s]\nkind = \"spike_list\"\nto = \"b\"\nsynapse = \"tired\"\nweight = \"250 pA\"\n\
        start = [\"0 ms\", \"200 ms\", \"300 ms\"]\nstop = [\"200 ms\", \"300 ms\"]\n\
        times = [\"10 ms\", \"60 ms\", \"110 ms\", \"160 ms\", \"210 ms\", \"260 ms\", \"310 ms\", \"360 ms\", \"410 ms\", \"460 ms\", \"960 ms\"]\n";
    assert_jumps(&run(&network(way)), "b[1].I.tired", 250.0, 0.0);
}
