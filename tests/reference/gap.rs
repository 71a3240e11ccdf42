//! Gap junctions between two cells: exact solutions (DOP853 at rtol 1e-11, linear theory).
//!
//! Two squid membranes: second order, where a gap that uses the other's voltage of the step before is first order (NEURON's
//! last spike is 0.02 ms off at dt 0.001 ms). Two integrate-and-fire cells: first order at the reset. Passive: second order.

use crate::support::*;

const PAIR: &str = r#"
    [gap_junction.between]
    between = ["cells", "cells"]
    rule = { pairs = [[0, 1]] }
    "#;

fn squid_pair(name: &str, dt: f64) -> axonal::Recording {
    let case = case(name);
    let p = |key: &str| number(&case["parameters"][key]);
    let s = |key: &str| number(&case["stimulus"][key]);
    run(&format!(
        r#"
        [run]
        duration = "{} ms"
        dt = "{dt} ms"
        temperature = "{} degC"
        [cell.squid]
        model = "hodgkin_huxley"
        area = "{} um^2"
        [population.cells]
        cell = "squid"
        size = 2
        {PAIR}
        conductance = "{} nS"
        [stimulus.current]
        kind = "step"
        to = "cells"
        amplitude = {{ each = ["{} uA/cm^2", "{} uA/cm^2"] }}
        start = "{} ms"
        stop = "{} ms"
        [recorder.cells]
        of = "cells"
        what = ["V_m", "spikes"]
        every = "0.05 ms"
        "#,
        s("t_end_ms"),
        p("celsius_degC"),
        p("area_um2"),
        p("gap_nS"),
        s("I1_uA_per_cm2"),
        s("I2_uA_per_cm2"),
        s("start_ms"),
        s("stop_ms"),
    ))
}

#[test]
fn squid_membranes_second_order() {
    for name in ["gap_hh_sync", "gap_hh_T12", "gap_hh_spikelet"] {
        let expected = &case(name)["expected"];
        let exact = [&expected["spike_times_cell1_ms"], &expected["spike_times_cell2_ms"]].map(numbers);
        let errors = [0.025, 0.0125, 0.00625].map(|dt| {
            let recording = squid_pair(name, dt);
            let each = [0, 1].map(|cell| largest_error(&spikes(&recording, "cells", cell), &exact[cell], name));
            each[0].max(each[1])
        });
        assert!(errors[0] < 0.025, "{name}: {errors:?}");
        assert_order(&errors, 2, name);
    }
}

/// The spikelet of the silent cell: its trace.
#[test]
fn spikelet() {
    let name = "gap_hh_spikelet";
    let expected = columns(name);
    let errors = [0.025, 0.0125, 0.00625].map(|dt| {
        let recording = squid_pair(name, dt);
        let found = at_times(trace(&recording, "cells[1].V_m"), 0.05, &expected["t_ms"]);
        largest_error(&found, &expected["v2_mV"], name)
    });
    assert!(errors[2] < 0.01, "{errors:?}");
    assert_order(&errors, 2, "gap_hh_spikelet, V_m of the silent cell");
}

fn lif_pair(text: &str, dt: f64, duration: f64, parameters: [f64; 5]) -> axonal::Recording {
    let [capacitance, leak, rest, gap, current] = parameters;
    run(&format!(
        r#"
        [run]
        duration = "{duration} ms"
        dt = "{dt} ms"
        [cell.leaky]
        model = "lif"
        C_m = "{capacitance} pF"
        g_L = "{leak} nS"
        E_L = "{rest} mV"
        {text}
        [population.cells]
        cell = "leaky"
        size = 2
        {PAIR}
        conductance = "{gap} nS"
        [stimulus.current]
        kind = "step"
        to = "cells[0]"
        amplitude = "{current} pA"
        [recorder.cells]
        of = "cells"
        what = ["V_m", "spikes"]
        "#
    ))
}

/// The n-th spike within n dt: a reset on the grid.
#[test]
fn lif_pair_first_order() {
    let case = case("gap_lif_pair");
    let p = |key: &str| number(&case["parameters"][key]);
    let exact = numbers(&case["expected"]["spike_times_cell1_ms"]);
    let text = format!(
        "V_th = \"{} mV\"\nV_reset = \"{} mV\"\nt_ref = \"{} ms\"\n",
        p("V_th_mV"),
        p("V_reset_mV"),
        p("t_ref_ms"),
    );
    for dt in [0.1, 0.05, 0.025] {
        let parameters = [p("C_pF"), p("gl_nS"), p("E_L_mV"), p("gap_nS"), p("I1_pA")];
        let recording = lif_pair(&text, dt, number(&case["stimulus"]["t_end_ms"]), parameters);
        let found = spikes(&recording, "cells", 0);
        assert_eq!(found.len(), exact.len());
        let late = found.iter().zip(&exact).enumerate().map(|(n, (a, b))| (a - b).abs() / ((n + 1) as f64 * dt));
        let late = late.fold(0.0, f64::max);
        report(&format!("gap_lif_pair: error over n dt at dt {dt}"), [late]);
        assert!(late <= 1.0, "dt {dt}: {found:?}");
        assert!(spikes(&recording, "cells", 1).is_empty());
        let peak = trace(&recording, "cells[1].V_m").iter().copied().fold(f64::MIN, f64::max);
        // Late spikes hold cell 1 up for longer: by up to dt x its slope under the gap, about 0.1 mV/ms.
        assert!((peak - number(&case["expected"]["cell2_v_max_mV"])).abs() < dt, "{peak}");
    }
}

#[test]
fn passive_pair() {
    for name in ["gap_passive_pair", "gap_passive_pair_b"] {
        let case = case(name);
        let p = |key: &str| number(&case["parameters"][key]);
        let reference = columns(name);
        let duration = reference["t_ms"][reference["t_ms"].len() - 1];
        let text = format!("V_th = \"inf mV\"\nV_reset = \"{} mV\"\nt_ref = \"0 ms\"\n", p("E_L_mV"));
        let parameters = [p("C_pF"), p("gl_nS"), p("E_L_mV"), p("gap_nS"), p("I1_pA")];
        let errors = [0.1, 0.05, 0.025].map(|dt| {
            let recording = lif_pair(&text, dt, duration, parameters);
            let each = [("cells[0].V_m", "v1_mV"), ("cells[1].V_m", "v2_mV")].map(|(found, exact)| {
                largest_error(&at_times(trace(&recording, found), dt, &reference["t_ms"]), &reference[exact], name)
            });
            each[0].max(each[1])
        });
        assert_order(&errors, 2, name);
        let recording = lif_pair(&text, 0.025, 300.0, parameters);
        let steady = ["cells[0].V_m", "cells[1].V_m"].map(|column| {
            let trace = trace(&recording, column);
            trace[trace.len() - 1] - p("E_L_mV")
        });
        let expected = number(&case["expected"]["coupling_coefficient"]);
        report(&format!("{name}: coupling coefficient"), [steady[1] / steady[0] / expected - 1.0]);
        // 300 ms are sixteen time constants: e^-16 = 1e-7; the split of the step leaves its own square of dt.
        assert!((steady[1] / steady[0] / expected - 1.0).abs() < 1e-5, "{name}: {steady:?}");
    }
}
