//! A ring of ten branched cells (squid soma, passive dendrites), one kick: 33 spikes, one after the other.
//!
//! An error of a hop adds up around the ring; the converged times are NEURON's variable step's at 1e-8, confirmed by Arbor.
//! At dt 0.025 ms NEURON's fixed step is 1.8 ms late at the last spike, Arbor's 1.0 ms.

use crate::support::*;

/// A soma, one dendrite, two, four, each level from the end of the one before.
fn sections() -> String {
    let mut text = String::new();
    let mut add = |name: &str, parent: &str, length: u32, compartments: u32| {
        text += &format!(
            r#"
            [cell.branched.section.{name}]
            parent = "{parent}"
            length = "{length} um"
            diameter = "1 um"
            compartments = {compartments}
            mechanisms.passive = {{ g_L = "1 mS/cm^2", E_L = "-65 mV" }}
            "#
        );
    };
    add("trunk", "soma", 200, 20);
    for left in ["a", "b"] {
        add(left, "trunk", 110, 11);
        for right in ["a", "b"] {
            add(&format!("{left}{right}"), left, 20, 2);
        }
    }
    text
}

fn config(dt: f64) -> String {
    let sections = sections();
    let pairs: Vec<String> = (0..10).map(|cell| format!("[{cell}, {}]", (cell + 1) % 10)).collect();
    format!(
        r#"
        [run]
        duration = "200 ms"
        dt = "{dt} ms"
        temperature = "6.3 degC"
        [cell.branched]
        model = "cable"
        R_a = "100 ohm cm"
        C_m = "1 uF/cm^2"
        [cell.branched.section.soma]
        length = "12.6157 um"
        diameter = "12.6157 um"
        compartments = 1
        mechanisms.hh = {{}}
        {sections}
        [population.ring]
        cell = "branched"
        size = 10
        spike = {{ at = "soma(0.5)", threshold = "10 mV" }}
        [synapse.excitation]
        model = "exponential"
        tau = "2 ms"
        E_rev = "0 mV"
        [projection.next]
        from = "ring"
        to = "ring.soma(0.5)"
        rule = {{ pairs = [{}] }}
        synapse = "excitation"
        weight = "10 nS"
        delay = "5 ms"
        [stimulus.kick]
        kind = "spike_list"
        to = "ring[0].soma(0.5)"
        times = ["1 ms"]
        synapse = "excitation"
        weight = "10 nS"
        [recorder.ring]
        of = "ring"
        what = ["spikes"]
        "#,
        pairs.join(", "),
    )
}

#[test]
fn thirty_three_spikes() {
    let case = case("ring_N10");
    let expected = case["expected"]["converged_spikes_ms_gid"].as_array().unwrap();
    let exact: Vec<f64> = expected.iter().map(|pair| number(&pair[0])).collect();
    let cells: Vec<u32> = expected.iter().map(|pair| number(&pair[1]) as u32).collect();
    for (dt, bound) in [(0.025, 0.2), (0.005, 0.01)] {
        let recording = run(&config(dt));
        let trains = &recording.spikes[0];
        assert_eq!(trains.neurons, cells, "dt {dt}");
        let error = largest_error(&trains.times_ms, &exact, "ring_N10");
        let last = (trains.times_ms[32] - exact[32]).abs();
        report(&format!("ring_N10: last spike, worst spike at dt {dt} (ms)"), [last, error]);
        assert!(last < bound, "dt {dt}: {last}");
    }
}
