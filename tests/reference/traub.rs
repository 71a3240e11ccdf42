//! A cell with the channels of Traub & Miles against an integration of its equations with a thousandth of the step.

use axonal::Simulation;

const CELL: &str = r#"
    [run]
    duration = "60 ms"
    dt = "0.025 ms"
    [cell.neuron]
    model = "cable"
    R_a = "100 ohm cm"
    C_m = "1 uF/cm^2"
    mechanisms.na_traub = {}
    mechanisms.k_traub = {}
    mechanisms.passive = { g_L = "0.05 mS/cm^2", E_L = "-65 mV" }
    [cell.neuron.section.soma]
    length = "80 um"
    diameter = "80 um"
    compartments = 1
    [population.one]
    cell = "neuron"
    size = 1
    spike = { at = "soma(0.5)", threshold = "-20 mV" }
    initial.V_m = "-65 mV"
    [stimulus.current]
    kind = "step"
    to = "one.soma(0.5)"
    amplitude = "0.6 nA"
    start = "5 ms"
    [recorder.spikes]
    of = "one"
    what = ["spikes"]
"#;

/// (alpha, beta) of m, h, n in 1/ms at `v` mV, in the words of Brette et al. (2007).
fn rates(v: f64) -> [(f64, f64); 3] {
    let u = v + 63.0;
    let ratio = |x: f64| if x.abs() < 1e-9 { 1.0 } else { x / x.exp_m1() };
    [
        (0.32 * 4.0 * ratio((13.0 - u) / 4.0), 0.28 * 5.0 * ratio((u - 40.0) / 5.0)),
        (0.128 * ((17.0 - u) / 18.0).exp(), 4.0 / (1.0 + ((40.0 - u) / 5.0).exp())),
        (0.032 * 5.0 * ratio((15.0 - u) / 5.0), 0.5 * ((10.0 - u) / 40.0).exp()),
    ]
}

/// V, m, h, n per ms; `current` in uA/cm^2.
fn slope([v, m, h, n]: [f64; 4], current: f64) -> [f64; 4] {
    let ionic = 0.05 * (v + 65.0) + 100.0 * m.powi(3) * h * (v - 50.0) + 30.0 * n.powi(4) * (v + 90.0);
    let [am, ah, an] = rates(v);
    let gate = |(alpha, beta): (f64, f64), x: f64| alpha * (1.0 - x) - beta * x;
    [current - ionic, gate(am, m), gate(ah, h), gate(an, n)]
}

/// Runge-Kutta of fourth order with steps of 1 us: its error is far below a microsecond per spike.
fn spikes_of_equations() -> Vec<f64> {
    let steady = rates(-65.0).map(|(alpha, beta)| alpha / (alpha + beta));
    let mut y = [-65.0, steady[0], steady[1], steady[2]];
    let area_cm2 = std::f64::consts::PI * 80e-4 * 80e-4;
    let dt = 1e-3;
    let mut spikes = vec![];
    for step in 0..60_000 {
        let t = step as f64 * dt;
        let current = if step >= 5000 { 0.6e-3 / area_cm2 } else { 0.0 };
        let along = |k: &[f64; 4], h: f64| std::array::from_fn(|i| y[i] + h * k[i]);
        let k1 = slope(y, current);
        let k2 = slope(along(&k1, dt / 2.0), current);
        let k3 = slope(along(&k2, dt / 2.0), current);
        let k4 = slope(along(&k3, dt), current);
        let before = y[0];
        for i in 0..4 {
            y[i] += dt / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]);
        }
        if before < -20.0 && y[0] >= -20.0 {
            spikes.push(t + dt * (-20.0 - before) / (y[0] - before));
        }
    }
    spikes
}

/// Allowed: the error of the second-order solver at 0.025 ms, some microseconds a spike; channels in the wrong place or with a
/// wrong rate are off by tenths of a millisecond.
#[test]
fn spikes_are_those_of_the_equations() {
    let expected = spikes_of_equations();
    let finished = Simulation::from_toml(CELL).unwrap().run().unwrap();
    let spikes = &finished.recording.spikes[0].times_ms;
    assert!(expected.len() >= 3 && spikes.len() == expected.len(), "{spikes:?} {expected:?}");
    for (i, (spike, expected)) in spikes.iter().zip(&expected).enumerate() {
        assert!((spike - expected).abs() < 0.01 * (i + 1) as f64, "{spikes:?} {expected:?}");
    }
}
