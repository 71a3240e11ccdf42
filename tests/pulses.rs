//! Receptors that spikes open, by a pulse of transmitter each: against the closed form of Destexhe, Mainen & Sejnowski (1994, eqs 3 to
//! 5): r rises to r_inf = alpha T / (alpha T + beta) with the rate alpha T + beta while there is transmitter, and falls with beta after.

use crate::support::*;

const TWO_STATES: [(&str, f64, f64); 3] = [("ampa", 1.1, 0.19), ("nmda", 0.072, 0.0066), ("gaba_a", 5.0, 0.18)];

/// r at a time, after pulses that begin at `arrivals`, of `most` mM for `duration` ms.
fn open(time: f64, arrivals: &[f64], [most, duration]: [f64; 2], [alpha, beta]: [f64; 2]) -> f64 {
    let (mut r, mut now, mut until) = (0.0, 0.0, f64::NEG_INFINITY);
    let steady = alpha * most / (alpha * most + beta);
    let go = |r: &mut f64, from: f64, to: f64, until: f64| {
        let lit = (until.min(to) - from).max(0.0);
        *r = steady + (*r - steady) * (-(alpha * most + beta) * lit).exp();
        *r *= (-beta * (to - from - lit)).exp();
    };
    for &arrival in arrivals.iter().filter(|arrival| **arrival <= time) {
        go(&mut r, now, arrival, until);
        (now, until) = (arrival, arrival + duration);
    }
    go(&mut r, now, time, until);
    r
}

fn network(source: &str, target: &str, synapse: &str, weight: &str, dt: f64) -> String {
    format!(
        r#"
        [run]
        duration = "30 ms"
        dt = "{dt} ms"
        temperature = "6.3 degC"
        [cell.source]
        {source}
        [cell.target]
        {target}
        [population.a]
        cell = "source"
        size = 70
        [population.b]
        cell = "target"
        size = 130
        [synapse.s]
        {synapse}
        [projection.p]
        from = "a"
        to = "b"
        rule = "all_to_all"
        synapse = "s"
        weight = "{weight}"
        delay = "1.3 ms"
        [recorder.r]
        of = "p[69]"
        what = ["r.s", "T.s"]
        [recorder.b]
        of = "b[129]"
        what = ["g.s", "V_m"]
        [recorder.spikes]
        of = "a"
        what = ["spikes"]
        "#
    )
}

const CLOCK: &str = "model = \"spike_source\"\ntimes = [\"2 ms\", \"2.6 ms\", \"2.6 ms\", \"9 ms\"]";
const LIF: &str = "model = \"lif\"\ntau_m = \"20 ms\"\nC_m = \"200 pF\"\nE_L = \"-70 mV\"\nV_th = \"inf mV\"";
const PATCH: &str = "model = \"cable\"\nR_a = \"100 ohm cm\"\nmechanisms.passive = { g_L = \"0.05 mS/cm^2\", E_L = \"-70 mV\" }\n\
    section.soma = { length = \"20 um\", diameter = \"20 um\", compartments = 1 }";

/// Spikes of sources on the grid onto point neurons and cables; two that overlap make one longer pulse. The step does not matter:
/// the scheme is exact.
#[test]
fn receptors_follow_the_closed_form() {
    for (model, alpha, beta) in TWO_STATES {
        for (target, dt) in [(LIF, 0.1), (LIF, 0.025), (PATCH, 0.1)] {
            let synapse =
                format!("model = \"{model}\"\ntransmitter = \"pulse\"\nT_max = \"0.8 mM\"\nduration = \"1.25 ms\"");
            let recording = run(&network(CLOCK, target, &synapse, "0 nS", dt));
            let (r, t) = (trace(&recording, "a[69].r.s"), trace(&recording, "a[69].T.s"));
            for (k, found) in r.iter().enumerate() {
                let time = k as f64 * dt;
                let expected = open(time, &[3.3, 3.9, 10.3], [0.8, 1.25], [alpha, beta]);
                assert!((found - expected).abs() < 1e-13, "{model}, {time} ms: {found} {expected}; float sum order");
                // The last bit of a time decides about a sample on the very end of a pulse.
                if [3.3, 5.15, 10.3, 11.55].iter().all(|edge: &f64| (time - edge).abs() > 1e-9) {
                    let on = (3.3..5.15).contains(&time) || (10.3..11.55).contains(&time);
                    assert_eq!(t[k], if on { 0.8 } else { 0.0 }, "{time} ms");
                }
            }
        }
    }
}

/// A squid's spikes come between grid points; r at the end of the run is that of pulses that begin there.
#[test]
fn spikes_between_grid_points_open_receptors_between_them() {
    let squid = "model = \"hodgkin_huxley\"\nI_e = \"10 uA/cm^2\"";
    let recording = run(&network(squid, LIF, "model = \"ampa\"\ntransmitter = \"pulse\"", "0 nS", 0.05));
    let arrivals: Vec<f64> = spikes(&recording, "a", 69).iter().map(|time| time + 1.3).collect();
    assert!(arrivals.len() > 1);
    for (k, found) in trace(&recording, "a[69].r.s").iter().enumerate() {
        let expected = open(k as f64 * 0.05, &arrivals, [1.0, 1.0], [1.1, 0.19]);
        assert!((found - expected).abs() < 1e-12, "{k}: {found} {expected}; float sum order");
    }
}

/// Depression and facilitation scale the transmitter: T = T_max u x of the recursion of Maass & Markram (2002), and r is that of the
/// closed form for it. Pulses of 1.25 ms that do not overlap; spikes on the grid and between.
#[test]
fn pulses_tire_as_other_synapses_do() {
    let (alpha, beta) = (1.1, 0.19);
    let squid = "model = \"hodgkin_huxley\"\nI_e = \"10 uA/cm^2\"";
    for (source, dt) in [(CLOCK.replace("2.6", "5.6"), 0.1), (squid.to_string(), 0.05)] {
        let synapse = "model = \"ampa\"\ntransmitter = \"pulse\"\nT_max = \"0.8 mM\"\nduration = \"1.25 ms\"\n\
            short_term = { U = 0.4, tau_rec = \"30 ms\", tau_fac = \"5 ms\" }";
        let text = network(&source, LIF, synapse, "0 nS", dt);
        let recording = run(&text.replace("\"r.s\", \"T.s\"", "\"r.s\", \"T.s\", \"u.s\", \"x.s\""));
        let sent = spikes(&recording, "a", 69);
        let (mut u, mut x, mut before) = (0.4f64, 1.0f64, 0.0);
        let mut pulses = vec![];
        for time in sent {
            u = 0.4 + (u - 0.4) * (-(time - before) / 5.0f64).exp();
            x = 1.0 + (x - 1.0) * (-(time - before) / 30.0f64).exp();
            pulses.push((time + 1.3, 0.8 * u * x));
            (x, u, before) = (x - u * x, u + 0.4 * (1.0 - u), time);
        }
        // Two spikes at once make one pulse, as large as the first: the second has less to give.
        pulses.dedup_by(|second, first| second.0 == first.0);
        assert!(pulses.len() > 1 && pulses[1].1 < 0.9 * pulses[0].1);
        let mut r = 0.0;
        let (seen, t) = (trace(&recording, "a[69].r.s"), trace(&recording, "a[69].T.s"));
        for (k, found) in seen.iter().enumerate().skip(1) {
            let (from, to) = ((k - 1) as f64 * dt, k as f64 * dt);
            let mut now = from;
            for (begin, most) in &pulses {
                let lit = (begin.max(now).min(to), (begin + 1.25).min(to));
                if lit.1 > lit.0 {
                    let steady = alpha * most / (alpha * most + beta);
                    r *= (-beta * (lit.0 - now)).exp();
                    r = steady + (r - steady) * (-(alpha * most + beta) * (lit.1 - lit.0)).exp();
                    now = lit.1;
                }
            }
            r *= (-beta * (to - now)).exp();
            assert!((found - r).abs() < 1e-12, "{to} ms: {found} {r}; float sum order");
            if let Some((_, most)) = pulses.iter().find(|(begin, _)| (begin + 0.01..begin + 1.24).contains(&to)) {
                assert!((t[k] - most).abs() < 1e-12, "{to} ms: {} {most}; float sum order", t[k]);
            }
        }
        assert!(trace(&recording, "a[69].x.s").iter().any(|x| *x < 0.7), "resources are used up");
    }
}

/// R and G of a G-protein: dR/dt = K1 T (1 - R) - K2 R and dG/dt = K3 R - K4 G have a closed form for one pulse of 1 mM and 1 ms.
#[test]
fn the_states_of_a_g_protein_are_seen() {
    let (k1, k2, k3, k4) = (0.52, 0.0013, 0.098, 0.033);
    let source = "model = \"spike_source\"\ntimes = [\"2 ms\"]";
    let text = network(source, LIF, "model = \"gaba_b\"\ntransmitter = \"pulse\"", "0 nS", 0.05);
    let recording = run(&text.replace("\"r.s\", \"T.s\"", "\"R.s\", \"G.s\", \"r.s\""));
    let [bound, active, open] = ["R", "G", "r"].map(|name| trace(&recording, &format!("a[69].{name}.s")));
    let rate: f64 = k1 + k2;
    let steady = k1 / rate;
    let during = |t: f64| {
        let g = k3 * steady * ((1.0 - (-k4 * t).exp()) / k4 - ((-rate * t).exp() - (-k4 * t).exp()) / (k4 - rate));
        [steady * (1.0 - (-rate * t).exp()), g]
    };
    let [r1, g1] = during(1.0);
    for k in 0..bound.len() {
        let t: f64 = k as f64 * 0.05 - 3.3;
        let [r, g] = match t {
            ..=0.0 => [0.0, 0.0],
            ..=1.0 => during(t),
            _ => {
                let s = t - 1.0;
                let [decayed, left] = [(-k2 * s).exp(), (-k4 * s).exp()];
                [r1 * decayed, g1 * left + k3 * r1 * (decayed - left) / (k4 - k2)]
            }
        };
        assert!((bound[k] - r).abs() < 1e-13, "{t} ms: R {} {r}; float sum order", bound[k]);
        // G goes with the mean of R before and after each half step h: the trapezoidal rule, K3 K1 h^2 / 12 = 2.7e-6 at most.
        assert!((active[k] - g).abs() < 2.7e-6, "{t} ms: G {} {g}", active[k]);
        assert!((open[k] - active[k].powi(4) / (active[k].powi(4) + 100.0)).abs() < 1e-12, "{t} ms");
    }
    assert!(active[active.len() - 1] > 0.5);
}

/// Each spike of `a` sends an event to each of 130 targets; those of the last 1.3 ms are on their way when the run ends.
#[test]
fn the_ledger_counts_pulses() {
    let source = CLOCK.replace("9 ms", "29.5 ms");
    let text = network(&source, LIF, "model = \"ampa\"\ntransmitter = \"pulse\"", "1 nS", 0.1);
    let report = axonal::Simulation::from_toml(&text).unwrap().run().unwrap().report;
    let each = 70 * 130;
    assert_eq!((report.ledger, report.synaptic_events), ((4 * each, 3 * each, each), 3 * each));
}

/// 70 synapses of 2 nS and one terminal each: g is the sum, magnesium looks at the target's own V.
#[test]
fn conductances_add_up_and_magnesium_blocks_by_the_target_s_potential() {
    let recording = run(&network(CLOCK, LIF, "model = \"nmda\"\ntransmitter = \"pulse\"", "2 nS", 0.1));
    let (g, v) = (trace(&recording, "b[129].g.s"), trace(&recording, "b[129].V_m"));
    assert!(v.iter().fold(f64::MIN, |peak, v| peak.max(*v)) > -65.0, "it does something");
    for (k, (g, v)) in g.iter().zip(v).enumerate() {
        let r = open(k as f64 * 0.1, &[3.3, 3.9, 10.3], [1.0, 1.0], [0.072, 0.0066]);
        let expected = 140.0 * r / (1.0 + (-0.062 * v).exp() / 3.57);
        assert!((g - expected).abs() < 1e-10 * expected.max(1.0), "{k}: {g} {expected}; float sum order");
    }
}

/// A membrane of C (pF) and g_L (nS) under receptors of g (nS), from `start`, by Runge-Kutta at steps of 1 us: V at 5, 6, ... 25 ms.
fn membrane(model: &str, [c, g_leak, g, start]: [f64; 4], arrivals: &[f64]) -> Vec<f64> {
    let (alpha, beta) = TWO_STATES.iter().find(|(name, ..)| *name == model).map(|(_, a, b)| (*a, *b)).expect("known");
    let (mut v, h, mut found) = (start, 1e-3, vec![]);
    let slope = |t: f64, v: f64| {
        let block = if model == "nmda" { 1.0 / (1.0 + (-0.062f64 * v).exp() / 3.57) } else { 1.0 };
        let g = g * open(t, arrivals, [1.0, 1.0], [alpha, beta]) * block;
        (-g_leak * (v + 70.0) - g * (v - if model == "gaba_a" { -80.0 } else { 0.0 })) / c
    };
    for k in 0..=25_000 {
        if k >= 5000 && k % 1000 == 0 {
            found.push(v);
        }
        let t = f64::from(k) * h;
        let a = slope(t, v);
        let b = slope(t + 0.5 * h, v + 0.5 * h * a);
        let c = slope(t + 0.5 * h, v + 0.5 * h * b);
        v += h / 6.0 * (a + 2.0 * b + 2.0 * c + slope(t + h, v + h * c));
    }
    found
}

/// Point neurons and cables are of second order under every receptor.
#[test]
fn membranes_under_pulses_converge() {
    // The patch: a cylinder of 20 um by 20 um, 1 uF/cm^2, 0.05 mS/cm^2.
    let area = std::f64::consts::PI * 400.0;
    for (target, column, weight, numbers) in [
        (LIF, "b[129].V_m", "2 nS", [200.0, 10.0, 140.0, -70.0]),
        (PATCH, "b[129].soma(0.5).V_m", "0.1 nS", [0.01 * area, 0.0005 * area, 7.0, -65.0]),
    ] {
        for (model, ..) in TWO_STATES {
            let exact = membrane(model, numbers, &[3.3, 3.9, 10.3]);
            let times: Vec<f64> = (5..=25).map(f64::from).collect();
            let error = |dt: f64| {
                let synapse = format!("model = \"{model}\"\ntransmitter = \"pulse\"");
                let recording = run(&network(CLOCK, target, &synapse, weight, dt));
                largest_error(&at_times(trace(&recording, column), dt, &times), &exact, model)
            };
            assert_order(&[0.1, 0.05, 0.025].map(error), 2, &format!("{model}, {column}"));
        }
    }
}

/// The G-protein's receptor has no closed form: order in the step, through the engine.
#[test]
fn a_g_protein_behind_pulses_converges() {
    let found = |dt: f64| {
        let burst = "model = \"spike_source\"\ntimes = [\"2 ms\", \"4 ms\", \"6 ms\", \"8 ms\", \"10 ms\"]";
        let recording = run(&network(burst, LIF, "model = \"gaba_b\"\ntransmitter = \"pulse\"", "2 nS", dt));
        at_time(trace(&recording, "a[69].r.s"), dt, 30.0)
    };
    let values: Vec<f64> = [0.1, 0.05, 0.025, 0.0125].iter().map(|dt| found(*dt)).collect();
    let errors: Vec<f64> = values.windows(2).map(|pair| (pair[0] - pair[1]).abs()).collect();
    assert_order(&errors, 2, "gaba_b behind pulses");
}

/// A terminal's potential opens receptors of point neurons, too.
#[test]
fn a_potential_reaches_point_neurons() {
    let squid = "model = \"hodgkin_huxley\"\nI_e = \"10 uA/cm^2\"";
    let text = network(squid, LIF, "model = \"gaba_a\"", "1 nS", 0.05).replace("delay = \"1.3 ms\"\n", "");
    let recording = run(&text);
    let (r, g) = (trace(&recording, "a[69].r.s"), trace(&recording, "b[129].g.s"));
    assert!(r.iter().fold(0.0f64, |peak, r| peak.max(*r)) > 0.9);
    assert!(r.iter().zip(g).all(|(r, g)| (g - 70.0 * r).abs() < 1e-11), "70 terminals alike; float sum order");
}

/// Each delay is a terminal of its own; what is recorded is that of the shortest.
#[test]
fn delays_may_be_drawn() {
    let text = network(CLOCK, LIF, "model = \"ampa\"\ntransmitter = \"pulse\"", "1 nS", 0.1)
        .replace("\"1.3 ms\"", "\"uniform(1 ms, 3 ms)\"");
    let recording = run(&text);
    let first = trace(&recording, "a[69].r.s").iter().position(|r| *r > 0.0).expect("it opens");
    assert_eq!(first, 31, "of 130 delays between 1 and 3 ms one is 1 ms; the receptors move the step after");
}

#[test]
fn mistakes_are_told() {
    let refused = |source: &str, synapse: &str, without: &str, says: &[&str]| {
        let text = network(source, LIF, synapse, "1 nS", 0.1).replace(without, "");
        let error = axonal::Simulation::from_toml(&text).err().expect("a mistake").to_string();
        says.iter().for_each(|says| assert!(error.contains(says), "{says}: {error}"));
    };
    refused(CLOCK, "model = \"ampa\"", "delay = \"1.3 ms\"\n", &["no waveform", "transmitter = \"pulse\""]);
    refused(CLOCK, "model = \"ampa\"", "nothing", &["no delay"]);
    refused(CLOCK, "model = \"ampa\"\ntransmitter = \"pulse\"", "delay = \"1.3 ms\"\n", &["delay"]);
    refused(
        CLOCK,
        "model = \"ampa\"\ntransmitter = \"pulse\"\nV_p = \"1 mV\"",
        "nothing",
        &["`V_p`", "T_max, duration"],
    );
    refused(CLOCK, "model = \"ampa\"\nduration = \"1 ms\"", "nothing", &["`duration`", "V_p"]);
    refused(CLOCK, "model = \"ampa\"\ntransmitter = \"pulses\"", "nothing", &["`pulses`", "pulse"]);
    let squid = "model = \"hodgkin_huxley\"";
    let tired = "model = \"ampa\"\nshort_term = { U = 0.5, tau_rec = \"1 s\" }";
    refused(squid, tired, "delay = \"1.3 ms\"\n", &["`short_term`", "follows", "transmitter = \"pulse\""]);
}

/// Only the second neuron has a synapse: of the others there is no `r`, and who asks for one of them is told.
#[test]
fn neurons_without_a_synapse_have_no_receptors_to_record() {
    let text = |of: &str| {
        format!(
            "[run]\nduration = \"10 ms\"\ndt = \"0.05 ms\"\n[cell.s]\nmodel = \"spike_source\"\ntimes = [\"5 ms\"]\n\
             [cell.t]\nmodel = \"lif\"\nC_m = \"100 pF\"\ntau_m = \"10 ms\"\nE_L = \"-70 mV\"\nV_th = \"inf mV\"\n\
             [population.a]\ncell = \"s\"\nsize = 3\n[population.z]\ncell = \"t\"\nsize = 1\n\
             [synapse.g]\nmodel = \"gaba_a\"\ntransmitter = \"pulse\"\n[projection.q]\nfrom = \"a\"\nto = \"z\"\n\
             rule = {{ pairs = [[1, 0]] }}\nsynapse = \"g\"\nweight = \"1 nS\"\ndelay = \"1 ms\"\n\
             [recorder.r]\nof = \"{of}\"\nwhat = [\"r.g\"]\n"
        )
    };
    let columns = |of: &str| {
        let simulation = axonal::Simulation::from_toml(&text(of)).unwrap_or_else(|error| panic!("{error}"));
        let warnings = simulation.warnings().iter().map(|warning| warning.message.clone()).collect::<Vec<_>>();
        let finished = simulation.run().unwrap_or_else(|error| panic!("{error}"));
        let traces = &finished.recording.recorders[0].traces;
        assert!(traces.iter().all(|trace| trace.values.iter().all(|value| value.is_finite())));
        (traces.iter().map(|trace| trace.column()).collect::<Vec<_>>(), warnings)
    };
    assert_eq!(columns("q"), (vec!["a[1].r.g".to_string()], vec![]));
    let (recorded, warnings) = columns("q[0..2]");
    assert_eq!(recorded, ["a[1].r.g"]);
    assert_eq!(warnings, ["`a[0]` without a synapse of `q`: nothing is recorded there"]);
    let refused = axonal::Simulation::from_toml(&text("q[2]")).err().map(|error| error.to_string());
    assert!(refused.is_some_and(|told| told.contains("no neuron that is chosen here has a synapse of `q`")));
}
