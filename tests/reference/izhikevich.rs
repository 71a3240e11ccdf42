//! Izhikevich's model is its Euler scheme: spike times on the grid must be those of the figure, and of NEST, exactly.

use super::nest::Protocol;
use crate::support::*;
use serde_json::Value;

/// `(start, stop, amplitude)` of the figure's current, in the order of its (first sample, value) pairs.
fn currents(pattern: &Value, end: f64) -> Vec<(f64, f64, f64)> {
    let pairs = pattern["input_current_steps"].as_array().unwrap();
    let times: Vec<f64> = pairs.iter().map(|pair| number(&pair[0])).chain([end]).collect();
    let values = pairs.iter().map(|pair| number(&pair[1]));
    values.enumerate().map(|(k, value)| (times[k], times[k + 1], value)).filter(|(.., value)| *value != 0.0).collect()
}

fn step((start, stop, amplitude): (f64, f64, f64)) -> String {
    format!("kind = \"step\"\namplitude = \"{amplitude} mV/ms\"\nstart = \"{start} ms\"\nstop = \"{stop} ms\"\n")
}

/// The figure evaluates I(t) at each step's start; a ramp here enters as its mean over the step, half a step later.
/// `slope` in mV/ms^2 from `start`, shifted by half a step to agree.
fn ramp(slope: f64, start: f64, stop: f64, dt: f64) -> String {
    let (from, to) = (-0.5 * slope * dt, slope * (stop - start) - 0.5 * slope * dt);
    format!(
        "kind = \"ramp\"\nfrom_amplitude = \"{from} mV/ms\"\nto_amplitude = \"{to} mV/ms\"\n\
         start = \"{start} ms\"\nstop = \"{stop} ms\"\n"
    )
}

/// The currents of a pattern; of its two ramps, the reference gives the code in words.
fn stimuli(pattern: &Value, dt: f64, end: f64) -> Vec<String> {
    match pattern["letter"].as_str().unwrap() {
        "G" => vec![ramp(0.075, 30.0, end, dt)],
        "R" => vec![ramp(1.0 / 25.0, 0.0, 200.0, dt), ramp(4.0 / 12.5, 300.0, 312.5, dt)],
        _ => currents(pattern, end).into_iter().map(step).collect(),
    }
}

fn config(pattern: &Value) -> String {
    let p = |key: &str| number(&pattern[key]);
    let dt = p("tau_ms");
    // The figure's loop includes its last time.
    let end = p("t_end_ms") + dt;
    // Accommodation: du = a (b (V + 65)), without - u. As a vanishing rate times a huge slope it is du = a' (b' (V + 65) - u)
    // with a' u below the last digit.
    let (a, b, offset) = if pattern["letter"] == "R" { (2e-11, 1e9, -65.0) } else { (p("a"), p("b"), 0.0) };
    let quadratic = numbers(&pattern["quadratic"]);
    let mut text = format!(
        r#"
        [run]
        duration = "{end} ms"
        dt = "{dt} ms"
        [cell.neuron]
        model = "izhikevich"
        a = "{a} /ms"
        b = "{b} /ms"
        c = "{} mV"
        d = "{} mV/ms"
        k1 = "{} /ms"
        k0 = "{} mV/ms"
        u_offset = "{offset} mV"
        V_peak = "30 mV"
        [population.cell]
        cell = "neuron"
        size = 1
        initial.V_m = "{} mV"
        initial.u = "{} mV/ms"
        [recorder.cell]
        of = "cell"
        what = ["V_m", "spikes"]
        "#,
        p("c_mV"),
        p("d"),
        quadratic[1],
        quadratic[2],
        p("v_init_mV"),
        p("u_init"),
    );
    for (index, stimulus) in stimuli(pattern, dt, end).into_iter().enumerate() {
        text += &format!("[stimulus.current{index}]\nto = \"cell\"\n{stimulus}");
    }
    text
}

/// A spike is stamped at the end of its step, the figure's at the start: one dt later.
#[test]
fn patterns_of_the_figure() {
    let case = case("izhikevich_patterns");
    for pattern in case["parameters"].as_array().unwrap() {
        let name = pattern["name"].as_str().unwrap();
        let dt = number(&pattern["tau_ms"]);
        let recording = run(&config(pattern));
        let expected: Vec<f64> = numbers(&pattern["spike_times_ms"]).iter().map(|time| time + dt).collect();
        assert!(largest_error(&spikes(&recording, "cell", 0), &expected, name) < 1e-9, "{name}");
        let last = trace(&recording, "cell[0].V_m");
        let error = (last[last.len() - 1] - number(&pattern["v_end_mV"])).abs();
        report(&format!("Izhikevich {name}: V at the end (mV)"), [error]);
        // Rounding: k1 V + k0 in another order than the figure's, over 1600 steps.
        assert!(error < 1e-6, "{name}: {error}");
    }
}

fn nest(name: &str, dt: f64) -> String {
    let case = case(name);
    let p = |key: &str| number(&case["parameters"][key]);
    let cell = format!(
        r#"
        [cell.neuron]
        model = "izhikevich"
        a = "{} /ms"
        b = "{} /ms"
        c = "{} mV"
        d = "{} mV/ms"
        V_peak = "{} mV"
        update = "simultaneous"
        [synapse.excitation]
        model = "delta"
        [synapse.inhibition]
        model = "delta"
        "#,
        p("a"),
        p("b"),
        p("c"),
        p("d"),
        p("V_th"),
    );
    let initial = format!("cell = \"neuron\"\ninitial.V_m = \"{} mV\"\ninitial.u = \"{} mV/ms\"", p("V_m"), p("U_m"));
    Protocol::of(&case).config(dt, &cell, "mV", 1.0).replace("cell = \"neuron\"", &initial)
}

#[test]
fn spikes_and_potentials_as_nest() {
    for name in ["nest_izhikevich_A", "nest_izhikevich_B"] {
        let expected = &case(name)["expected"];
        for (dt, key) in [(0.1, "nest_spike_times_h0p1_ms"), (0.01, "nest_spike_times_h0p01_ms")] {
            let found = spikes(&run(&nest(name, dt)), "cell", 0);
            assert!(largest_error(&found, &numbers(&expected[key]), name) < 1e-9, "{name}: {found:?}");
        }
        let expected = columns(name);
        let recording = run(&nest(name, 0.1));
        let found = at_times(trace(&recording, "cell[0].V_m"), 0.1, &expected["t_ms"]);
        let error = largest_error(&found, &expected["V_m_mV"], name);
        report(&format!("{name}: V_m (mV)"), [error]);
        // Nine digits in the CSV; sums in another order, which an upstroke multiplies.
        assert!(error < 1e-6, "{name}: {error} mV");
    }
}
