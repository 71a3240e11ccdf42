//! NEST's `hh_psc_alpha`: the squid membrane (E_L -54.402 mV) with alpha-shaped currents, against its event-exact
//! solution's upward 0 mV crossings. (NEST itself stamps the spike at its peak.)

use super::nest::Protocol;
use crate::support::*;

/// 100 pF, 12 uS, 3.6 uS and 30 nS on 10^4 um^2: the squid's densities.
fn config(dt: f64) -> String {
    let case = case("nest_hh_psc_alpha_A");
    let p = |key: &str| number(&case["parameters"][key]);
    // nS on 10^4 um^2 = 10^-4 cm^2: 1 nS is 0.01 mS/cm^2.
    let cell = format!(
        r#"
        [cell.neuron]
        model = "hodgkin_huxley"
        area = "10000 um^2"
        C_m = "{} uF/cm^2"
        g_Na = "{} mS/cm^2"
        g_K = "{} mS/cm^2"
        g_L = "{} mS/cm^2"
        E_Na = "{} mV"
        E_K = "{} mV"
        E_L = "{} mV"
        [synapse.excitation]
        model = "alpha"
        tau = "{} ms"
        [synapse.inhibition]
        model = "alpha"
        tau = "{} ms"
        "#,
        p("C_m") / 100.0,
        p("g_Na") / 100.0,
        p("g_K") / 100.0,
        p("g_L") / 100.0,
        p("E_Na"),
        p("E_K"),
        p("E_L"),
        p("tau_syn_ex"),
        p("tau_syn_in"),
    );
    Protocol::of(&case).config(dt, &cell, "pA", 1.0)
}

#[test]
fn crossings_within_dt_and_second_order() {
    let expected = numbers(&case("nest_hh_psc_alpha_A")["expected"]["converged"]["upward_0mV_crossings_ms"]);
    let errors = refine(0.025, 1e-4, |dt| {
        largest_error(&spikes(&run(&config(dt)), "cell", 0), &expected, "nest_hh_psc_alpha_A")
    });
    assert!(errors[0] < 0.025, "{errors:?}");
    assert_order(&errors, 2, "nest_hh_psc_alpha_A");
}

/// NEST's RKF45 has a tolerance of 1e-3 a step, good to 1e-2 mV on the upstroke.
#[test]
fn potentials_as_nest() {
    let expected = columns("nest_hh_psc_alpha_A");
    let recording = run(&config(0.0125).replace("[recorder.cell]", "[recorder.cell]\nevery = \"0.1 ms\""));
    let found = at_times(trace(&recording, "cell[0].V_m"), 0.1, &expected["t_ms"]);
    let rms = relative_rms(&found, &expected["V_m_mV"]);
    report("nest_hh_psc_alpha_A: relative rms of V_m at dt 0.0125", [rms]);
    assert!(rms < 5e-3, "{rms}");
}
