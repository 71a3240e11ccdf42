//! Electrodes that hold the potential: how tightly, and what is a spike.

use axonal::{Finished, Simulation};

/// A passive sphere of 28.27 pF that rests at -90 mV and is held at `level` from 1 ms on.
fn sphere(level: f64, resistance: f64, dt: f64) -> String {
    format!(
        "[run]\nduration = \"2 ms\"\ndt = \"{dt} ms\"\n[cell.c]\nmodel = \"cable\"\nR_a = \"100 ohm cm\"\n\
         mechanisms.passive = {{ g_L = \"0.1 mS/cm^2\", E_L = \"-90 mV\" }}\n\
         section.s = {{ length = \"30 um\", diameter = \"30 um\", compartments = 1 }}\n\
         [population.p]\ncell = \"c\"\nsize = 1\ninitial.V_m = \"-90 mV\"\n[stimulus.hold]\nkind = \"voltage_clamp\"\n\
         to = \"p\"\nlevel = \"{level} mV\"\nstart = \"1 ms\"\nresistance = \"{resistance} Mohm\"\n\
         [recorder.r]\nof = \"p\"\nwhat = [\"V_m\", \"I.hold\"]\n"
    )
}

fn run(text: &str) -> Finished {
    let simulation = Simulation::from_toml(text).unwrap_or_else(|error| panic!("{error}"));
    simulation.run().unwrap_or_else(|error| panic!("{error}"))
}

/// V of an RC circuit: from -90 mV to what the electrode and the leak share, as exp(-(g + g_L) t / C). A clamp that V follows at once
/// leaves out at most exp(-(1 + sqrt 2)) of it; a slower one is followed by the method, which is out by less there.
#[test]
fn a_clamp_never_passes_its_command() {
    let area = std::f64::consts::PI * 900.0;
    let (capacitance, leak) = (0.01 * area, 1e-3 * area);
    for dt in [0.01, 0.025, 0.05, 0.1] {
        for resistance in [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0] {
            let finished = run(&sphere(-5.0, resistance, dt));
            let samples = &finished.recording.recorders[0];
            let conductance = 1e3 / resistance;
            let end = (conductance * -5.0 + leak * -90.0) / (conductance + leak);
            let most = (-(1.0 + std::f64::consts::SQRT_2)).exp() * 85.0;
            for (index, (v, i)) in samples.traces[0].values.iter().zip(&samples.traces[1].values).enumerate() {
                let since = samples.time(index) - 1.0;
                let exact = end + (-90.0 - end) * (-since.max(0.0) * (conductance + leak) / capacitance).exp();
                let which = format!("dt {dt} ms, {resistance} Mohm, {since} ms: {v} mV, {exact} mV, {i} pA");
                assert!((v - exact).abs() < most, "{which}");
                // The method's own answer to what is left is less than 0.21 of it, either way; the leak's share is left.
                assert!(*v < -5.0 && *i >= 0.0, "{which}");
            }
        }
    }
}

/// Whatever the resistance, V follows a command of 20 mV through the threshold of 0 mV, and no channel has opened.
#[test]
fn what_an_electrode_does_is_no_spike() {
    for resistance in [0.000_01, 0.01, 0.02, 0.1, 1.0, 5.0] {
        let finished = run(&sphere(20.0, resistance, 0.01));
        let v = finished.recording.recorders[0].traces[0].values.last().copied();
        assert!(v.is_some_and(|v| v > 0.0), "{resistance} Mohm: {v:?}");
        assert_eq!(finished.report.populations[0].spikes, 0, "{resistance} Mohm");
    }
}

/// What leaves the electrode is one: an axon held at one end fires at the other.
#[test]
fn an_action_potential_that_leaves_the_electrode_is_a_spike() {
    for resistance in [0.000_01, 1.0] {
        let text = sphere(20.0, resistance, 0.01)
            .replace("duration = \"2 ms\"", "duration = \"8 ms\"\ntemperature = \"6.3 degC\"")
            .replace("mechanisms.passive = { g_L = \"0.1 mS/cm^2\", E_L = \"-90 mV\" }", "mechanisms.hh = {}")
            .replace(
                "length = \"30 um\", diameter = \"30 um\", compartments = 1",
                "length = \"2 mm\", diameter = \"5 um\"",
            )
            .replace("to = \"p\"", "to = \"p.s(0.0)\"")
            .replace(", \"I.hold\"", "")
            .replace("-90 mV", "-65 mV");
        let finished = run(&text);
        assert_eq!(finished.report.populations[0].spikes, 1, "{resistance} Mohm");
    }
}

/// 28.27 pF through 0.5 Mohm: 0.0141 ms. It matters where dt is between one and five times as long.
#[test]
fn a_clamp_too_fast_for_dt_is_told() {
    let warned = |resistance: f64, dt: f64| {
        let simulation = Simulation::from_toml(&sphere(-5.0, resistance, dt)).unwrap_or_else(|error| panic!("{error}"));
        simulation.warnings().iter().any(|warning| warning.message.contains("time constant of 0.0141 ms, less than dt"))
    };
    assert_eq!([0.01, 0.02, 0.05, 0.1].map(|dt| warned(0.5, dt)), [false, true, true, false]);
    assert!(!warned(0.000_01, 0.05), "the resistance that is left out");
}
