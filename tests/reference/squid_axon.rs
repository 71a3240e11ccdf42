//! The squid's giant axon (Hodgkin & Huxley 1952, part III): how fast, in what shape, and past a step in diameter.
//!
//! The velocity of the continuous cable, extrapolated from NEURON's Crank-Nicolson in dt^2 and dx^2 and from Arbor's
//! backward Euler in dt: 18.730 m/s at 18.5 degC. It scales as sqrt(d / R_a), and so does a cable whose length does.

use crate::support::*;

/// A uniform squid axon of 1000 compartments unless said otherwise, excited at its 0 end at 0.5 ms for 0.2 ms.
struct Axon {
    dt: f64,
    celsius: f64,
    diameter: f64,
    axial: f64,
    compartments: usize,
    duration: f64,
}

impl Axon {
    /// The length scales with the length constant; 20 cm at the squid's 476 um and 35.4 ohm cm.
    fn length(&self) -> f64 {
        200_000.0 * (self.diameter / self.axial / (476.0 / 35.4)).sqrt()
    }

    /// The input conductance of a cable goes with d^(3/2) / sqrt(R_a), and the current with it.
    fn amplitude(&self) -> f64 {
        30_000.0 * (self.diameter / 476.0).powf(1.5) * (35.4 / self.axial).sqrt()
    }

    fn config(&self) -> String {
        let Axon { dt, celsius, diameter, axial, compartments, duration } = self;
        let (length, amplitude) = (self.length(), self.amplitude());
        format!(
            r#"
            [run]
            duration = "{duration} ms"
            dt = "{dt} ms"
            temperature = "{celsius} degC"
            [cell.axon]
            model = "cable"
            R_a = "{axial} ohm cm"
            C_m = "1 uF/cm^2"
            mechanisms.hh = {{}}
            [cell.axon.section.axon]
            length = "{length} um"
            diameter = "{diameter} um"
            compartments = {compartments}
            [population.squid]
            cell = "axon"
            size = 1
            spike = {{ at = "axon(0.7)", threshold = "0 mV" }}
            [stimulus.touch]
            kind = "step"
            to = "squid.axon(0)"
            amplitude = "{amplitude} nA"
            start = "0.5 ms"
            stop = "0.7 ms"
            [measure.speed]
            kind = "velocity"
            of = "squid"
            from = "axon(0.4)"
            to = "axon(0.7)"
            "#
        )
    }
}

#[test]
fn velocities() {
    let case = case("axon_velocity");
    for (dt, tolerance) in [(0.025, 5e-3), (0.005, 1e-3)] {
        let mut worst = 0.0f64;
        for point in case["expected"].as_array().unwrap() {
            let get = |key: &str| number(&point[key]);
            let (diameter, axial, celsius) = (get("diameter_um"), get("Ra_ohm_cm"), get("celsius_degC"));
            // 0.7 of 20 cm at 12.3 m/s take 11.4 ms.
            let duration = 14.0;
            let axon = Axon { dt, celsius, diameter, axial, compartments: 1000, duration };
            let speed = measure(&run(&axon.config()), "speed").expect("the spike reaches 0.7 L");
            let error = speed / get("velocity_m_per_s") - 1.0;
            if diameter == 476.0 {
                println!("{celsius} degC, dt {dt} ms: {speed:.4} m/s, error {:.4} %", 100.0 * error);
            }
            worst = worst.max(error.abs());
            assert!(
                error.abs() < tolerance,
                "d {diameter}, R_a {axial}, {celsius} degC, dt {dt}: {speed} m/s, {error}"
            );
        }
        report(&format!("velocity, worst of 15 at dt {dt}"), [worst]);
    }
}

/// Arrival at five places, and the shape of the spike at the middle, with the reference's grid.
/// The reference recorded the centre of the compartment that holds the place: half a compartment (50 um, 2.7 us at
/// 18.7 m/s) of uncertainty beside its 3 us.
#[test]
fn shape() {
    for name in ["axon_traces_T18.5", "axon_traces_T15"] {
        let case = case(name);
        let celsius = number(&case["parameters"]["celsius_degC"]);
        let axon = Axon { dt: 0.002, celsius, diameter: 476.0, axial: 35.4, compartments: 2000, duration: 13.5 };
        let places = ["0.1", "0.3", "0.5", "0.7", "0.9"].map(|at| format!("axon({at})"));
        let text = axon.config()
            + &format!(
                "[recorder.ends]\nof = \"squid\"\nat = {places:?}\nwhat = [\"spikes\", \"V_m\"]\n\
                 [measure.width]\nkind = \"width\"\nof = \"squid\"\nat = \"axon(0.5)\"\n"
            );
        let recording = run(&text);
        let expected = &case["expected"];
        let arrivals: Vec<f64> = places.iter().map(|place| spikes_at(&recording, "squid", place)[0]).collect();
        let error = largest_error(&arrivals, &numbers(&expected["arrival_0mV_ms"]), name);
        report(&format!("{name}: arrivals (ms)"), [error]);
        assert!(error < 0.006, "{arrivals:?}");
        let middle = trace(&recording, "squid[0].axon(0.5).V_m");
        let peak = middle.iter().copied().fold(f64::MIN, f64::max);
        let trough = middle.iter().copied().fold(f64::MAX, f64::min);
        let slope = middle.windows(2).map(|pair| (pair[1] - pair[0]) / axon.dt).fold(0.0, f64::max);
        report(
            &format!("{name}: peak, trough (mV), slope"),
            [
                peak - number(&expected["peak_mV_mid"]),
                trough - number(&expected["undershoot_min_mV_mid"]),
                slope / number(&expected["max_dvdt_mV_per_ms_mid"]) - 1.0,
            ],
        );
        assert!((peak - number(&expected["peak_mV_mid"])).abs() < 0.05, "{peak}");
        assert!((trough - number(&expected["undershoot_min_mV_mid"])).abs() < 0.05, "{trough}");
        assert!((slope / number(&expected["max_dvdt_mV_per_ms_mid"]) - 1.0).abs() < 0.002, "{slope}");
        // The trace, sample for sample, away from the upstroke: it falls at 400 mV/ms x 6 us = 2.4 mV beside it.
        let reference = columns(name);
        let found = at_times(middle, axon.dt, &reference["t_ms"]);
        let rms = relative_rms(&found, &reference["v_x0.5_mV"]);
        report(&format!("{name}: relative rms of the trace"), [rms]);
        assert!(rms < 5e-3, "{rms}");
    }
}

/// A parent of 2 um and 4243 um, a child `ratio` times as thick and sqrt(ratio) as long, 600 compartments each.
/// Arrivals (ms) at parent 0.5 and 0.9, child 0.1 and 0.5; an empty list where it never comes.
fn past_a_step(ratio: f64) -> Vec<Vec<f64>> {
    let case = case("axon_diameter_step");
    let parent = number(&case["parameters"]["length_parent_um"]);
    let amplitude = number(&case["stimulus"]["amplitude_nA"]);
    let text = format!(
        r#"
        [run]
        duration = "40 ms"
        dt = "0.005 ms"
        temperature = "6.3 degC"
        [cell.axon]
        model = "cable"
        R_a = "100 ohm cm"
        C_m = "1 uF/cm^2"
        mechanisms.hh = {{}}
        compartments = 600
        [cell.axon.section.thin]
        length = "{parent} um"
        diameter = "2 um"
        [cell.axon.section.thick]
        parent = "thin"
        length = "{} um"
        diameter = "{} um"
        [population.axon]
        cell = "axon"
        size = 1
        spike = {{ at = "thick(0.9)", threshold = "0 mV" }}
        [stimulus.touch]
        kind = "step"
        to = "axon.thin(0)"
        amplitude = "{amplitude} nA"
        start = "1 ms"
        stop = "1.5 ms"
        [recorder.places]
        of = "axon"
        at = ["thin(0.5)", "thin(0.9)", "thick(0.1)", "thick(0.5)"]
        what = ["spikes"]
        "#,
        parent * ratio.sqrt(),
        2.0 * ratio,
    );
    let recording = run(&text);
    ["thin(0.5)", "thin(0.9)", "thick(0.1)", "thick(0.5)"].map(|site| spikes_at(&recording, "axon", site)).to_vec()
}

/// The reference's own uncertainty is the difference between its two grids, about 0.014 ms at most.
#[test]
fn a_step_in_diameter_delays() {
    let case = case("axon_diameter_step");
    for point in case["expected"].as_array().unwrap() {
        let ratio = number(&point["ratio"]);
        let found: Vec<f64> = past_a_step(ratio).into_iter().flatten().collect();
        let fine = numbers(&point["arrivals_ms_x0p5_x0p9_parent_x0p1_x0p5_child"]);
        let own = largest_error(&numbers(&point["coarse_arrivals_ms"]), &fine, "reference");
        let error = largest_error(&found, &fine, "diameter step");
        report(&format!("diameter x {ratio}: arrivals (ms), the reference's own"), [error, own]);
        assert!(error < own, "x {ratio}: {found:?}, not {fine:?}");
    }
}
