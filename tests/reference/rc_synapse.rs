//! A passive cell of 10 pF and 0.5 nS and one synaptic event of 1 nS at 10 ms (NEURON's ExpSyn and Exp2Syn).
//!
//! A conductance makes the membrane's equation nonlinear in time: second order in dt, against rtol 1e-12.

use crate::support::*;

fn potentials(name: &str, dt: f64) -> (Vec<f64>, f64) {
    let case = case(name);
    let p = |key: &str| number(&case["parameters"][key]);
    let shape = match case["parameters"]["tau1_ms"].as_f64() {
        Some(rise) => {
            let decay = p("tau2_ms");
            format!("model = \"dual_exponential\"\ntau_rise = \"{rise} ms\"\ntau_decay = \"{decay} ms\"")
        }
        None => format!("model = \"exponential\"\ntau = \"{} ms\"", p("tau2_ms")),
    };
    let recording = run(&format!(
        r#"
        [run]
        duration = "50 ms"
        dt = "{dt} ms"
        [cell.passive]
        model = "lif"
        C_m = "{} pF"
        g_L = "{} nS"
        E_L = "{} mV"
        V_th = "inf mV"
        V_reset = "-65 mV"
        t_ref = "0 ms"
        [population.cell]
        cell = "passive"
        size = 1
        [synapse.input]
        {shape}
        E_rev = "{} mV"
        [stimulus.event]
        kind = "spike_list"
        to = "cell"
        times = ["{} ms"]
        synapse = "input"
        weight = "{} nS"
        [recorder.cell]
        of = "cell"
        what = ["V_m"]
        "#,
        p("C_nF") * 1e3,
        p("g_leak_uS") * 1e3,
        p("E_leak_mV"),
        p("erev_mV"),
        number(&case["stimulus"]["event_arrival_ms"]),
        p("weight_uS") * 1e3,
    ));
    let values = trace(&recording, "cell[0].V_m").to_vec();
    let peak = values.iter().copied().fold(f64::MIN, f64::max);
    (values, peak)
}

#[test]
fn one_event_second_order() {
    for name in ["rc_expsyn", "rc_exp2syn"] {
        let reference = columns(name);
        let within: Vec<usize> = (0..reference["t_ms"].len()).filter(|k| reference["t_ms"][*k] <= 50.0).collect();
        let times: Vec<f64> = within.iter().map(|k| reference["t_ms"][*k]).collect();
        let exact: Vec<f64> = within.iter().map(|k| reference["v_mV"][*k]).collect();
        let mut peaks = vec![];
        let errors = [0.05, 0.025, 0.0125].map(|dt| {
            let (values, peak) = potentials(name, dt);
            peaks.push(peak);
            largest_error(&at_times(&values, dt, &times), &exact, name)
        });
        assert_order(&errors, 2, name);
        let peak = number(&case(name)["expected"]["v_peak_mV"]);
        assert!((peaks[2] - peak).abs() < errors[2] + 1e-6, "{name}: {peaks:?}, not {peak}");
    }
}
