//! Halve dt, and the error falls by 2^p: channels, calcium, terminals, receptors, clamps and reconstructions.
//!
//! As in `convergence`, the error at dt is the distance to the run at dt/2. Samples are taken at whole milliseconds; a spike that
//! passes between two of them would make an error of its time look like one of height, so where cells fire, times of spikes stand for
//! it, or samples before and after.

use crate::support::*;

/// Errors of a column at `times`, from dt on.
fn errors(dt: f64, text: impl Fn(f64) -> String, columns: &[&str], times: &[f64]) -> Vec<f64> {
    let found = |halvings: i32| {
        let dt = dt * 0.5f64.powi(halvings);
        let recording = run(&text(dt));
        let values = columns.iter().flat_map(|column| at_times(trace(&recording, column), 0.1, times));
        values.collect::<Vec<f64>>()
    };
    let runs: Vec<Vec<f64>> = (0..4).map(found).collect();
    runs.windows(2).map(|pair| largest_error(&pair[0], &pair[1], "columns")).collect()
}

fn header(dt: f64, duration: f64, temperature: f64) -> String {
    format!("[run]\nduration = \"{duration} ms\"\ndt = \"{dt} ms\"\ntemperature = \"{temperature} degC\"\n")
}

/// A squid's terminal opens each receptor of a passive cell, by its potential.
#[test]
fn receptors_behind_an_action_potential() {
    for model in ["ampa", "nmda", "gaba_a", "gaba_b"] {
        let text = |dt: f64| {
            format!(
                r#"
                {}
                [cell.pre]
                model = "hodgkin_huxley"
                [cell.post]
                model = "cable"
                R_a = "100 ohm cm"
                mechanisms.passive = {{ g_L = "0.1 mS/cm^2", E_L = "-70 mV" }}
                section.soma = {{ length = "20 um", diameter = "20 um", compartments = 1 }}
                [population.a]
                cell = "pre"
                size = 1
                [population.b]
                cell = "post"
                size = 1
                initial.V_m = "-70 mV"
                [stimulus.s]
                kind = "step"
                to = "a"
                amplitude = "40 uA/cm^2"
                start = "1 ms"
                stop = "2 ms"
                [synapse.s]
                model = "{model}"
                [projection.p]
                from = "a"
                to = "b"
                rule = "one_to_one"
                synapse = "s"
                weight = "1 nS"
                [recorder.r]
                of = "p"
                what = "r.s"
                every = "0.1 ms"
                [recorder.v]
                of = "b"
                what = ["V_m", "g.s"]
                every = "0.1 ms"
                "#,
                header(dt, 20.0, 6.3)
            )
        };
        for column in ["a[0].r.s", "b[0].soma(0.5).V_m", "b[0].soma(0.5).g.s"] {
            // All along: at a single time errors of the spike's time and of its height may cancel.
            let times: Vec<f64> = (10..200).map(|k| 0.1 * f64::from(k)).collect();
            assert_falls(&errors(0.0125, text, &[column], &times), &format!("{model}, {column}"));
        }
    }
}

/// The cascade of calcium, from a potential that a clamp could have drawn: a passive terminal with calcium channels under a sine.
#[test]
fn a_cascade_of_calcium() {
    let text = |dt: f64| {
        format!(
            r#"
            {}
            [cell.pre]
            model = "cable"
            R_a = "100 ohm cm"
            section.t = {{ length = "10 um", diameter = "10 um", compartments = 1 }}
            mechanisms.passive = {{ g_L = "0.2 mS/cm^2", E_L = "-70 mV" }}
            mechanisms.ca_l = {{}}
            mechanisms.release = {{}}
            [cell.post]
            model = "cable"
            R_a = "100 ohm cm"
            mechanisms.passive = {{}}
            section.soma = {{ length = "10 um", diameter = "10 um", compartments = 1 }}
            [population.a]
            cell = "pre"
            size = 1
            [population.b]
            cell = "post"
            size = 1
            [stimulus.s]
            kind = "sine"
            to = "a"
            amplitude = "60 pA"
            frequency = "100 Hz"
            offset = "30 pA"
            [synapse.s]
            model = "ampa"
            transmitter = "cascade"
            [projection.p]
            from = "a"
            to = "b"
            rule = "one_to_one"
            synapse = "s"
            weight = "1 nS"
            [recorder.r]
            of = "p"
            what = ["r.s", "T.s"]
            every = "0.1 ms"
            [recorder.v]
            of = ["a", "b"]
            what = "V_m"
            every = "0.1 ms"
            "#,
            header(dt, 20.0, 36.0)
        )
    };
    for column in ["a[0].t(0.5).T.s", "a[0].t(0.5).r.s", "b[0].soma(0.5).V_m"] {
        let errors = errors(0.0125, text, &[column], &[4.0, 8.0, 12.0, 16.0, 20.0]);
        assert_order(&errors, 2, column);
    }
}

/// Each channel beside a leak, under a sine that makes it open and close.
#[test]
fn channels_and_calcium() {
    for mechanisms in [
        "k_a = {}",
        "k_m = {}",
        "na_p = {}",
        "h = {}",
        "ca_l = {}",
        "ca_hva = {}",
        "ca_t = {}\nca_pool = {}",
        "ca_hva = {}\nca_pool = { kappa = 20 }\nk_ca = { g_SK = \"0.5 mS/cm^2\", g_BK = \"1 mS/cm^2\" }",
        "na_traub = { g_Na = \"5 mS/cm^2\" }\nk_traub = { g_K = \"5 mS/cm^2\" }",
    ] {
        let text = |dt: f64| {
            format!(
                r#"
                {}
                [cell.c]
                model = "cable"
                R_a = "100 ohm cm"
                section.soma = {{ length = "20 um", diameter = "20 um", compartments = 1 }}
                [cell.c.mechanisms]
                leak = {{ g = "0.1 mS/cm^2", E = "-65 mV" }}
                {mechanisms}
                [population.p]
                cell = "c"
                size = 1
                [stimulus.s]
                kind = "sine"
                to = "p"
                amplitude = "60 pA"
                frequency = "50 Hz"
                [recorder.v]
                of = "p"
                what = "V_m"
                every = "0.1 ms"
                "#,
                header(dt, 40.0, 24.0)
            )
        };
        let times: Vec<f64> = (1..=8).map(|i| 5.0 * f64::from(i)).collect();
        let errors = errors(0.025, text, &["p[0].soma(0.5).V_m"], &times);
        assert_order(&errors, 2, mechanisms);
    }
}

/// The current of a clamp behind a resistance, through the squid's channels.
#[test]
fn a_clamp_behind_a_resistance() {
    let text = |dt: f64| {
        format!(
            r#"
            {}
            [cell.patch]
            model = "hodgkin_huxley"
            area = "1000 um^2"
            [population.p]
            cell = "patch"
            size = 1
            [stimulus.clamp]
            kind = "voltage_clamp"
            to = "p"
            levels = ["-65 mV", "-20 mV", "-70 mV"]
            durations = ["2 ms", "6 ms", "4 ms"]
            resistance = "20 Mohm"
            [recorder.r]
            of = "p"
            what = ["I.clamp", "V_m"]
            every = "0.1 ms"
            "#,
            header(dt, 12.0, 6.3)
        )
    };
    for column in ["p[0].I.clamp", "p[0].V_m"] {
        let errors = errors(0.0125, text, &[column], &[3.0, 4.0, 6.0, 7.9, 9.0, 12.0]);
        assert_order(&errors, 2, column);
    }
}

/// A reconstruction with a soma that fires, and what arrives in its dendrites.
#[test]
fn a_reconstruction() {
    let text = |dt: f64| {
        format!(
            r#"
            {}
            [cell.p]
            model = "cable"
            morphology = "configs/morphologies/pyramidal.swc"
            soma = "neuron"
            R_a = "150 ohm cm"
            d_lambda = 0.1
            mechanisms.passive = {{}}
            region.soma.mechanisms.hh = {{}}
            [population.a]
            cell = "p"
            size = 1
            spike = {{ at = "soma(0.5)" }}
            [stimulus.s]
            kind = "step"
            to = "a.soma(0.5)"
            amplitude = "2 nA"
            start = "2 ms"
            stop = "6 ms"
            [recorder.r]
            of = "a"
            at = ["soma(0.5)", "sample(11)"]
            what = "V_m"
            every = "0.1 ms"
            "#,
            header(dt, 20.0, 6.3)
        )
    };
    let recording = run(&text(0.025));
    let columns: Vec<String> = recording.recorders[0].traces.iter().map(|trace| trace.column()).collect();
    for column in columns {
        let errors = errors(0.0125, text, &[&column], &[2.0, 10.0, 15.0, 20.0]);
        assert_falls(&errors, &column);
    }
}
