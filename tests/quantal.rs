//! Release by chance, vesicle by vesicle, on every way that a spike can take, against the binomial theory.

use crate::support::*;

/// Targets that take in what one source sends, each through a synapse of its own.
const TARGETS: usize = 4000;

fn network(source: &str, synapse: &str, way: &str, what: &str, target: &str) -> String {
    format!(
        r#"
        [run]
        duration = "1010 ms"
        dt = "0.1 ms"
        temperature = "6.3 degC"
        [cell.source]
        {source}
        [cell.target]
        {target}
        [population.a]
        cell = "source"
        size = 1
        [population.b]
        cell = "target"
        size = {TARGETS}
        [synapse.s]
        {synapse}
        {way}
        [recorder.b]
        of = "b"
        what = ["{what}"]
        "#
    )
}

const EVERY_50_MS: &str = "model = \"spike_source\"\ntimes = [\"50 ms\", \"100 ms\", \"150 ms\", \"200 ms\", \"250 ms\", \"300 ms\", \
    \"350 ms\", \"400 ms\", \"450 ms\", \"500 ms\", \"550 ms\", \"600 ms\", \"650 ms\", \"700 ms\", \"750 ms\", \"800 ms\", \"850 ms\", \
    \"900 ms\", \"950 ms\", \"1000 ms\"]";
const PROJECTION: &str =
    "[projection.p]\nfrom = \"a\"\nto = \"b\"\nrule = \"all_to_all\"\nsynapse = \"s\"\ndelay = \"2 ms\"\nweight = ";
/// A membrane so slow that a jump stays: V_m - E_L adds up what arrived.
const INTEGRATOR: &str = "model = \"lif\"\ntau_m = \"1e12 ms\"\nC_m = \"200 pF\"\nE_L = \"-70 mV\"\nV_th = \"inf mV\"";

/// What the spike at `time` brought to each target, of traces of an integrator.
fn jumps(recording: &axonal::Recording, time: f64, unit: f64) -> Vec<f64> {
    let k = (time / 0.1).round() as usize;
    let traces = &recording.recorders[0].traces;
    traces.iter().map(|trace| (trace.values[k] - trace.values[k - 1]) / unit).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Mean n p q and variance n p (1 - p) q^2 of a rested synapse; then (1 - e) / (1 - (1 - p) e) of the sites are full before each of
/// many regular spikes, e = exp(-T / tau_rec). Weight n q = 4 mV. Four standard errors of 4000 synapses are allowed.
#[test]
fn a_synapse_is_binomial_and_runs_out_of_vesicles() {
    let (n, p, q) = (5.0, 0.4, 0.8);
    let synapse = "model = \"delta\"\nquantal = { n = 5, p = 0.4, tau_rec = \"100 ms\" }";
    let recording = run(&network(EVERY_50_MS, synapse, &format!("{PROJECTION}\"4 mV\""), "V_m", INTEGRATOR));
    let first = jumps(&recording, 52.0, 1.0);
    for jump in &first {
        let quanta = jump / q;
        assert!((quanta - quanta.round()).abs() < 1e-9 && (0.0..5.5).contains(&quanta), "whole quanta: {quanta}");
    }
    let variance = mean(&first.iter().map(|jump| (jump - n * p * q).powi(2)).collect::<Vec<_>>());
    let expected: f64 = n * p * (1.0 - p) * q * q;
    let error = (expected / TARGETS as f64).sqrt();
    assert!((mean(&first) - n * p * q).abs() < 4.0 * error, "{}", mean(&first));
    assert!((variance / expected - 1.0).abs() < 4.0 * (2.0 / TARGETS as f64).sqrt(), "{variance} {expected}");

    let e = (-0.5f64).exp();
    let steady = n * p * q * (1.0 - e) / (1.0 - (1.0 - p) * e);
    let late: Vec<f64> = (11..=20).flat_map(|i| jumps(&recording, 50.0 * f64::from(i) + 2.0, 1.0)).collect();
    // What one spike takes the next lacks: the mean of ten is closer than that of ten that know nothing of each other.
    assert!((mean(&late) - steady).abs() < 4.0 * error / 10f64.sqrt(), "{} {steady}", mean(&late));
}

/// Beside depression and facilitation p is u, and the mean over many synapses is u x: the recursion of Maass & Markram (2002).
#[test]
fn the_mean_over_many_synapses_is_that_of_short_term_plasticity() {
    let synapse = "model = \"delta\"\nquantal = { n = 3 }\n\
        short_term = { U = 0.2, tau_rec = \"150 ms\", tau_fac = \"300 ms\", initial = { x = 0.5 } }";
    let recording = run(&network(EVERY_50_MS, synapse, &format!("{PROJECTION}\"1 mV\""), "V_m", INTEGRATOR));
    let (mut u, mut x, mut before) = (0.2f64, 0.5f64, 0.0);
    for i in 1..=20 {
        let time = 50.0 * f64::from(i);
        u = 0.2 + (u - 0.2) * (-(time - before) / 300.0).exp();
        x = 1.0 + (x - 1.0) * (-(time - before) / 150.0).exp();
        let found = mean(&jumps(&recording, time + 2.0, 1.0));
        let error = (u * x * (1.0 - u * x) / 3.0 / TARGETS as f64).sqrt();
        assert!((found - u * x).abs() < 4.5 * error, "{time} ms: {found} {}; 4.5 standard errors in 20 tries", u * x);
        (x, u, before) = (x - u * x, u + 0.2 * (1.0 - u), time);
    }
}

/// What a recorder of the projection sees is what its targets got: none is lost or made on the way, and what was released is missing
/// until sites fill again, exponentially with tau_rec = 100 ms. At 1, 2 and 3 threads alike.
#[test]
fn vesicles_are_seen_where_they_are_sent() {
    let synapse = "model = \"delta\"\nquantal = { n = 5, p = 0.4, tau_rec = \"100 ms\" }";
    let recorder = "\n[recorder.v]\nof = \"p\"\nwhat = [\"released.s\", \"vesicles.s\"]";
    let text = network(EVERY_50_MS, synapse, &format!("{PROJECTION}\"4 mV\""), "V_m", INTEGRATOR) + recorder;
    let all = 5.0 * TARGETS as f64;
    for threads in [1, 2, 3] {
        let options = axonal::RunOptions { threads: Some(threads), ..Default::default() };
        let recording =
            axonal::Simulation::from_toml(&text).unwrap().run_with(options, &mut |_| false).unwrap().recording;
        let (released, vesicles) = (trace(&recording, "a[0].released.s"), trace(&recording, "a[0].vesicles.s"));
        assert_eq!((released[499], vesicles[499]), (0.0, all), "before the first spike");
        for i in 1..=19 {
            let (time, k) = (50.0 * f64::from(i), 500 * i as usize);
            let arrived: f64 = jumps(&recording, time + 2.0, 0.8).iter().sum();
            assert!((released[k] - arrived).abs() < 1e-6 * arrived, "{time} ms: {} {arrived}; sums of mV", released[k]);
            // An empty site fills within 49 ms with the chance 1 - exp(-0.49).
            let expected = all - (all - vesicles[k]) * (-0.49f64).exp();
            assert!((vesicles[k + 490] - expected).abs() < 1e-9 * all, "{} {expected}", vesicles[k + 490]);
        }
        assert_eq!(vesicles[500], all - released[500], "what was released is missing");
    }
}

/// Spikes between grid points, onto point neurons and cables, currents and conductances.
#[test]
fn spikes_between_grid_points_bring_quanta() {
    let squid = "model = \"hodgkin_huxley\"\nI_e = \"10 uA/cm^2\"";
    let cable = "model = \"cable\"\nR_a = \"100 ohm cm\"\nmechanisms.passive = {}\n\
        section.soma = { length = \"20 um\", diameter = \"20 um\", compartments = 1 }";
    let lif = INTEGRATOR.replace("1e12", "20");
    for target in [cable, lif.as_str()] {
        let synapse = "model = \"exponential\"\ntau = \"1e9 ms\"\nE_rev = \"0 mV\"\nquantal = { n = 4, p = 0.25, tau_rec = \"0 ms\" }";
        let text = network(squid, synapse, &format!("{PROJECTION}\"1 nS\""), "g.s", target)
            .replace("1010 ms", "30 ms")
            .replace("size = 4000", "size = 1000");
        let recording = run(&(text + "\n[recorder.spikes]\nof = \"a\"\nwhat = [\"spikes\"]"));
        let times: Vec<f64> = recording.spikes[0].times_ms.iter().copied().filter(|time| *time < 27.0).collect();
        let traces = &recording.recorders[0].traces;
        let all: Vec<f64> = traces.iter().map(|trace| trace.values[300] / 0.25).collect();
        // Within 1e-8 of a quantum: what 30 ms leave of a decay in 1e9 ms.
        assert!(all.iter().all(|quanta| (quanta - quanta.round()).abs() < 1e-6), "whole quanta");
        let (count, expected) = (times.len() as f64, times.len() as f64);
        let error = (count * 4.0 * 0.25 * 0.75 / all.len() as f64).sqrt();
        assert!(count > 1.0 && (mean(&all) - expected).abs() < 4.0 * error, "{} {expected}", mean(&all));
    }
}

/// A stimulus has one synapse onto each neuron.
#[test]
fn spikes_from_outside_bring_quanta() {
    let source = "model = \"spike_source\"\ntimes = [\"1 ms\"]";
    let synapse = "model = \"delta\"\nquantal = { n = 2, p = 0.5, tau_rec = \"1e9 ms\" }";
    let list = "[stimulus.l]\nkind = \"spike_list\"\nto = \"b\"\nsynapse = \"s\"\nweight = \"2 mV\"\ntimes = [\"10 ms\", \"20 ms\"]";
    let recording = run(&network(source, synapse, list, "V_m", INTEGRATOR).replace("1010 ms", "30 ms"));
    let (first, second) = (jumps(&recording, 10.0, 1.0), jumps(&recording, 20.0, 1.0));
    let error = (0.5 / TARGETS as f64).sqrt();
    assert!((mean(&first) - 1.0).abs() < 4.0 * error, "{}", mean(&first));
    assert!((mean(&second) - 0.5).abs() < 4.0 * error, "none is refilled: {}", mean(&second));
    assert!(first.iter().zip(&second).all(|(a, b)| a + b < 2.0 + 1e-9), "there are two vesicles");
}

#[test]
fn mistakes_are_told() {
    let refused = |synapse: &str, says: &[&str]| {
        let text = network(EVERY_50_MS, synapse, &format!("{PROJECTION}\"1 mV\""), "V_m", INTEGRATOR);
        let error = axonal::Simulation::from_toml(&text).err().expect("a mistake").to_string();
        says.iter().for_each(|says| assert!(error.contains(says), "{says}: {error}"));
    };
    refused("model = \"delta\"\nquantal = { n = 2.5, p = 0.5, tau_rec = \"1 ms\" }", &["2.5", "counted"]);
    refused("model = \"delta\"\nquantal = { n = 0, p = 0.5, tau_rec = \"1 ms\" }", &["between 1 and 65535"]);
    refused("model = \"delta\"\nquantal = { n = 2, p = 1.5, tau_rec = \"1 ms\" }", &["between 0 and 1"]);
    refused("model = \"delta\"\nquantal = { n = 2, tau_rec = \"1 ms\" }", &["needs `p`", "p = 0.3"]);
    refused("model = \"delta\"\nquantal = { n = 2, p = 0.5 }", &["needs `tau_rec`"]);
    refused("model = \"delta\"\nquantal = { N = 2, p = 0.5, tau_rec = \"1 ms\" }", &["`N`", "n"]);
    refused(
        "model = \"delta\"\nshort_term = { U = 0.5, tau_rec = \"1 ms\" }\nquantal = { n = 2, p = 0.5 }",
        &["beside `short_term`", "only `n`"],
    );
    refused(
        "model = \"ampa\"\ntransmitter = \"pulse\"\nquantal = { n = 2, p = 0.5, tau_rec = \"1 ms\" }",
        &["`quantal`", "transmitter"],
    );
}
