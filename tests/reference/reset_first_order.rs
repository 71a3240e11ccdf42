//! Neurons that reset on the grid: conductance-based LIF and AdEx, against event-exact solutions (rtol 1e-11).
//!
//! A reset spike is stamped on the grid point at or after the crossing, and the refractory time counts from there: each
//! spike is late by up to dt, and lateness adds up. So the n-th spike stands within n dt of its exact time, and within
//! half of that when dt is halved. This is NEST's order too.
//!
//! Two of NEST's protocols and one pattern multiply a shift more than that, through an inhibitory or excitatory event
//! that meets the neuron near threshold, or through chaos: see [`CRITICAL`] and `irregular_spiking`. NEST's own grid
//! times are as far from the exact ones.

use super::nest::Protocol;
use crate::support::*;

const CASES: [&str; 4] =
    ["nest_iaf_cond_exp_A", "nest_iaf_cond_exp_B", "nest_aeif_cond_exp_A", "nest_aeif_cond_alpha_A"];

/// A shift of the second spike (dt) moves the third by 1.8 ms (LIF, at h = 0.1 ms), as the potential creeps to threshold
/// there; in the AdEx case, the second spike comes 0.3 ms late where an inhibitory event meets its upstroke. Here NEST's
/// grid times are the reference: the same reset on the same grid. They may differ by a step or two from its RKF45 with
/// a tolerance of 1e-3 (LIF; 1e-6 AdEx), and from the handling of the reset within its step (AdEx).
const CRITICAL: [&str; 2] = ["nest_iaf_cond_alpha_A", "nest_aeif_cond_alpha_B"];

fn config(name: &str, dt: f64) -> String {
    let case = case(name);
    let p = |key: &str| number(&case["parameters"][key]);
    let shape = if name.contains("alpha") { "alpha" } else { "exponential" };
    let own = if name.contains("aeif") {
        format!(
            r#"
            model = "adex"
            V_T = "{} mV"
            Delta_T = "{} mV"
            V_peak = "{} mV"
            tau_w = "{} ms"
            a = "{} nS"
            b = "{} pA"
            "#,
            p("V_th"),
            p("Delta_T"),
            p("V_peak"),
            p("tau_w"),
            p("a"),
            p("b"),
        )
    } else {
        format!("model = \"lif\"\nV_th = \"{} mV\"\n", p("V_th"))
    };
    let cell = format!(
        r#"
        [cell.neuron]
        C_m = "{} pF"
        g_L = "{} nS"
        E_L = "{} mV"
        V_reset = "{} mV"
        t_ref = "{} ms"
        {own}
        [synapse.excitation]
        model = "{shape}"
        tau = "{} ms"
        E_rev = "{} mV"
        [synapse.inhibition]
        model = "{shape}"
        tau = "{} ms"
        E_rev = "{} mV"
        "#,
        p("C_m"),
        p("g_L"),
        p("E_L"),
        p("V_reset"),
        p("t_ref"),
        p("tau_syn_ex"),
        p("E_ex"),
        p("tau_syn_in"),
        p("E_in"),
    );
    Protocol::of(&case).config(dt, &cell, "nS", -1.0)
}

/// How far the n-th spike is from its exact time, over n dt: at most 1.
fn lateness(found: &[f64], exact: &[f64], dt: f64, what: &str) -> f64 {
    assert_eq!(found.len(), exact.len(), "{what} at dt {dt}: {found:?}, not {exact:?}");
    let each = found.iter().zip(exact).enumerate();
    each.map(|(n, (found, exact))| (found - exact).abs() / ((n + 1) as f64 * dt)).fold(0.0, f64::max)
}

#[test]
fn nth_spike_within_n_dt() {
    for name in CASES {
        let exact = numbers(&case(name)["expected"]["converged"]["threshold_times_ms"]);
        let late = [0.1, 0.05, 0.025].map(|dt| lateness(&spikes(&run(&config(name, dt)), "cell", 0), &exact, dt, name));
        report(&format!("{name}: error over n dt at dt 0.1, 0.05, 0.025"), late);
        assert!(late.iter().all(|late| *late <= 1.0), "{name}: {late:?}");
    }
}

#[test]
fn critical_protocols_as_nest() {
    for name in CRITICAL {
        let expected = &case(name)["expected"];
        for (dt, key) in [(0.1, "nest_spike_times_h0p1_ms"), (0.01, "nest_spike_times_h0p01_ms")] {
            let found = spikes(&run(&config(name, dt)), "cell", 0);
            let steps = largest_error(&found, &numbers(&expected[key]), name) / dt;
            report(&format!("{name}: steps from NEST's at dt {dt}"), [steps]);
            assert!(steps < 2.5, "{name} at dt {dt}: {found:?}, not {:?}", expected[key]);
        }
        let exact = numbers(&expected["converged"]["threshold_times_ms"]);
        let errors =
            [0.01, 0.005, 0.0025].map(|dt| largest_error(&spikes(&run(&config(name, dt)), "cell", 0), &exact, name));
        report(&format!("{name}: error at dt 0.01, 0.005, 0.0025"), errors);
        assert!(errors[2] < errors[0], "{name}: {errors:?}");
    }
}

/// Naud et al. (2008) patterns under a constant current.
fn pattern(name: &str, dt: f64) -> Vec<f64> {
    let case = case(name);
    let p = |key: &str| number(&case["parameters"][key]);
    let text = format!(
        r#"
        [run]
        duration = "600 ms"
        dt = "{dt} ms"
        [cell.neuron]
        model = "adex"
        C_m = "{} pF"
        g_L = "{} nS"
        E_L = "{} mV"
        V_T = "{} mV"
        Delta_T = "{} mV"
        V_peak = "{} mV"
        V_reset = "{} mV"
        tau_w = "{} ms"
        a = "{} nS"
        b = "{} pA"
        t_ref = "0 ms"
        I_e = "{} pA"
        [population.cell]
        cell = "neuron"
        size = 1
        initial.V_m = "{} mV"
        initial.w = "0 pA"
        [recorder.cell]
        of = "cell"
        what = ["spikes"]
        "#,
        p("C_pF"),
        p("gL_nS"),
        p("EL_mV"),
        p("VT_mV"),
        p("DeltaT_mV"),
        p("V_peak_mV"),
        p("V_reset_mV"),
        p("tau_w_ms"),
        p("a_nS"),
        p("b_pA"),
        number(&case["stimulus"]["I_pA"]),
        p("v_init_mV"),
    );
    spikes(&run(&text), "cell", 0)
}

#[test]
fn patterns_within_n_dt() {
    for name in ["adex_tonic_spiking", "adex_adaptation", "adex_delayed_accelerating", "adex_regular_bursting"] {
        let exact = numbers(&case(name)["expected"]["spike_times_ms"]);
        let late = [0.1, 0.05, 0.025].map(|dt| lateness(&pattern(name, dt), &exact, dt, name));
        report(&format!("{name}: error over n dt at dt 0.1, 0.05, 0.025"), late);
        assert!(late.iter().all(|late| *late <= 1.0), "{name}: {late:?}");
    }
}

/// Chaos: two integrations at rtol 1e-11 and 1e-9 part after 16 spikes, and Brian2's RK4 at dt 0.002 ms is 13 ms off within
/// 200 ms. The first six spikes come before the shifts have grown, and the number of spikes is the pattern's.
#[test]
fn irregular_spiking() {
    let exact = numbers(&case("adex_irregular_spiking")["expected"]["spike_times_ms"]);
    for dt in [0.01, 0.005] {
        let found = pattern("adex_irregular_spiking", dt);
        let late = lateness(&found[..6], &exact[..6], dt, "adex_irregular_spiking");
        report(&format!("adex_irregular_spiking: first 6 over n dt at dt {dt}; spikes"), [late, found.len() as f64]);
        assert!(late <= 1.0, "{found:?}");
        assert!(found.len().abs_diff(exact.len()) <= 3, "{} spikes", found.len());
    }
}
