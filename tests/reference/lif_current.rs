//! LIF with current synapses: NEST 3.10's exact integration (Rotter & Diesmann 1999), at h = 0.1 and 0.01 ms.
//!
//! axonal keeps NEST's order within a step, so the same steps must spike, and V_m must agree to the last digit of the
//! CSV (nine significant digits: 5e-8 mV of rounding at -70 mV, beside 1e-9 mV for the order of sums).

use super::nest::Protocol;
use crate::support::*;

const CASES: [&str; 5] = [
    "nest_iaf_psc_exp_A",
    "nest_iaf_psc_exp_B",
    "nest_iaf_psc_alpha_A",
    "nest_iaf_psc_delta_A",
    "nest_iaf_psc_delta_B",
];

fn config(name: &str, dt: f64) -> String {
    let case = case(name);
    let p = |key: &str| number(&case["parameters"][key]);
    let shape = name.split('_').nth(3).unwrap();
    let (model, unit) = match shape {
        "exp" => ("exponential", "pA"),
        "alpha" => ("alpha", "pA"),
        _ => ("delta", "mV"),
    };
    let tau = |key: &str| if model == "delta" { String::new() } else { format!("tau = \"{} ms\"", p(key)) };
    let (tau_ex, tau_in) = (tau("tau_syn_ex"), tau("tau_syn_in"));
    let cell = format!(
        r#"
        [cell.neuron]
        model = "lif"
        C_m = "{} pF"
        tau_m = "{} ms"
        E_L = "{} mV"
        V_th = "{} mV"
        V_reset = "{} mV"
        t_ref = "{} ms"
        [synapse.excitation]
        model = "{model}"
        {tau_ex}
        [synapse.inhibition]
        model = "{model}"
        {tau_in}
        "#,
        p("C_m"),
        p("tau_m"),
        p("E_L"),
        p("V_th"),
        p("V_reset"),
        p("t_ref"),
    );
    Protocol::of(&case).config(dt, &cell, unit, 1.0)
}

#[test]
fn spikes_on_the_same_steps_as_nest() {
    for name in CASES {
        for (dt, key) in [(0.1, "nest_spike_times_h0p1_ms"), (0.01, "nest_spike_times_h0p01_ms")] {
            let found = spikes(&run(&config(name, dt)), "cell", 0);
            let expected = numbers(&case(name)["expected"][key]);
            // Both are step times dt, printed with other roundings.
            assert!(largest_error(&found, &expected, name) < 1e-9, "{name}: {found:?}, not {expected:?}");
        }
    }
}

#[test]
fn potentials_as_nest() {
    for name in CASES {
        let recording = run(&config(name, 0.1));
        let expected = columns(name);
        let found = at_times(trace(&recording, "cell[0].V_m"), 0.1, &expected["t_ms"]);
        let error = largest_error(&found, &expected["V_m_mV"], name);
        report(&format!("{name}: V_m (mV)"), [error]);
        assert!(error < 5e-8 + 1e-9, "{name}: {error} mV");
    }
}
