//! Halve dt, and the error falls by 2^p: the order that each method claims, measured on itself.
//!
//! Where no exact solution is at hand the error at dt is taken as the distance to the solution at dt/2, which falls by the
//! same factor. Reference data are held in `reference`; here are the combinations that it has not: cables with late
//! events, chains of cells through synapses of both kinds, gap junctions between cables.

use crate::support::*;

/// The distances between successive runs at dt, dt/2, dt/4, dt/8.
fn successive(dt: f64, found_at: impl Fn(f64) -> Vec<f64>, what: &str) -> Vec<f64> {
    let runs: Vec<Vec<f64>> = (0..4).map(|halvings| found_at(dt * 0.5f64.powi(halvings))).collect();
    runs.windows(2).map(|pair| largest_error(&pair[0], &pair[1], what)).collect()
}

fn header(dt: f64, duration: f64) -> String {
    format!("[run]\nduration = \"{duration} ms\"\ndt = \"{dt} ms\"\ntemperature = \"6.3 degC\"\n")
}

/// A passive cable of 40 compartments. Samples at 1 ms: all but the first step's transient, which the grid of 25 um
/// makes stiff.
const PASSIVE: &str = r#"
    [cell.cable]
    model = "cable"
    R_a = "100 ohm cm"
    C_m = "1 uF/cm^2"
    mechanisms.passive = { g_L = "0.05 mS/cm^2", E_L = "-65 mV" }
    [cell.cable.section.stem]
    length = "1 mm"
    diameter = "2 um"
    compartments = 40
    "#;

#[test]
fn passive_cable() {
    let errors = successive(
        0.1,
        |dt| {
            let recording = run(&format!(
                r#"
                {}
                {PASSIVE}
                [population.cell]
                cell = "cable"
                size = 1
                [stimulus.wave]
                kind = "sine"
                to = "cell.stem(0.25)"
                amplitude = "50 pA"
                frequency = "100 Hz"
                [recorder.cell]
                of = "cell"
                at = ["stem(0.25)", "stem(0.9)"]
                what = ["V_m"]
                every = "1 ms"
                "#,
                header(dt, 20.0)
            ));
            recording.recorders[0].traces.iter().flat_map(|trace| trace.values.clone()).collect()
        },
        "passive cable",
    );
    assert_order(&errors, 2, "passive cable");
}

#[test]
fn squid_membrane() {
    let errors = successive(
        0.0125,
        |dt| {
            spikes(
                &run(&format!(
                    r#"
                    {}
                    [cell.squid]
                    model = "hodgkin_huxley"
                    [population.cell]
                    cell = "squid"
                    size = 1
                    [stimulus.sine]
                    kind = "sine"
                    to = "cell"
                    amplitude = "6 uA/cm^2"
                    frequency = "40 Hz"
                    offset = "8 uA/cm^2"
                    [recorder.cell]
                    of = "cell"
                    what = ["spikes"]
                    "#,
                    header(dt, 80.0)
                )),
                "cell",
                0,
            )
        },
        "squid membrane",
    );
    assert_falls(&errors, "squid membrane under a sine: last spike");
}

/// A squid membrane fires at times off the grid; each spike reaches a passive cable after 1.7 ms, its remainder with it.
/// Were events rounded to the grid, this would be of first order. (The charge that an event
/// brings before its first grid point is given over the step that follows: a sample on that very point misses it, an error
/// of first order in that sample alone. No event is that near a sample here.)
#[test]
fn late_events_on_a_cable() {
    for (shape, weight) in [
        ("model = \"exponential\"\ntau = \"2 ms\"\nE_rev = \"0 mV\"", "2 nS"),
        ("model = \"dual_exponential\"\ntau_rise = \"0.5 ms\"\ntau_decay = \"3 ms\"\nE_rev = \"0 mV\"", "2 nS"),
        ("model = \"alpha\"\ntau = \"1 ms\"\nE_rev = \"0 mV\"", "2 nS"),
        ("model = \"exponential\"\ntau = \"2 ms\"", "100 pA"),
        ("model = \"dual_exponential\"\ntau_rise = \"0.5 ms\"\ntau_decay = \"3 ms\"", "100 pA"),
        ("model = \"alpha\"\ntau = \"1 ms\"", "100 pA"),
    ] {
        let errors = successive(
            0.025,
            |dt| {
                let recording = run(&format!(
                    r#"
                    {}
                    {PASSIVE}
                    [cell.squid]
                    model = "hodgkin_huxley"
                    [population.source]
                    cell = "squid"
                    size = 1
                    [population.cell]
                    cell = "cable"
                    size = 1
                    [stimulus.drive]
                    kind = "step"
                    to = "source"
                    amplitude = "12 uA/cm^2"
                    start = "1 ms"
                    [synapse.late]
                    {shape}
                    [projection.late]
                    from = "source"
                    to = "cell.stem(0.3)"
                    rule = "one_to_one"
                    synapse = "late"
                    weight = "{weight}"
                    delay = "1.7 ms"
                    [recorder.cell]
                    of = "cell"
                    at = ["stem(0.3)", "stem(0.8)"]
                    what = ["V_m"]
                    every = "1 ms"
                    "#,
                    header(dt, 40.0)
                ));
                recording.recorders[0].traces.iter().flat_map(|trace| trace.values.clone()).collect()
            },
            shape,
        );
        assert_falls(&errors, &shape.replace('\n', ", "));
    }
}

/// Two squid membranes in a chain: the second's spikes stand on the first's, through its synapse.
#[test]
fn chain_of_squid_membranes() {
    for shape in [
        "model = \"exponential\"\ntau = \"2 ms\"",
        "model = \"dual_exponential\"\ntau_rise = \"0.3 ms\"\ntau_decay = \"2 ms\"",
    ] {
        let errors = successive(
            0.025,
            |dt| {
                let recording = run(&format!(
                    r#"
                    {}
                    [cell.squid]
                    model = "hodgkin_huxley"
                    area = "1000 um^2"
                    [population.chain]
                    cell = "squid"
                    size = 2
                    [stimulus.drive]
                    kind = "step"
                    to = "chain[0]"
                    amplitude = "10 uA/cm^2"
                    start = "1 ms"
                    [synapse.chemical]
                    {shape}
                    E_rev = "0 mV"
                    [projection.chain]
                    from = "chain"
                    to = "chain"
                    rule = {{ pairs = [[0, 1]] }}
                    synapse = "chemical"
                    weight = "4 nS"
                    delay = "0.7 ms"
                    [recorder.chain]
                    of = "chain"
                    what = ["spikes"]
                    "#,
                    header(dt, 60.0)
                ));
                let found = spikes(&recording, "chain", 1);
                assert!(found.len() >= 2, "the second fires: {found:?}");
                found
            },
            shape,
        );
        assert_falls(&errors, &format!("chain, {}", shape.replace('\n', ", ")));
    }
}

#[test]
fn gap_junction_between_cables() {
    let errors = successive(
        0.025,
        |dt| {
            let recording = run(&format!(
                r#"
                {}
                [cell.axon]
                model = "cable"
                R_a = "100 ohm cm"
                C_m = "1 uF/cm^2"
                mechanisms.hh = {{}}
                [cell.axon.section.axon]
                length = "600 um"
                diameter = "2 um"
                compartments = 20
                [population.pair]
                cell = "axon"
                size = 2
                [gap_junction.electrical]
                between = ["pair.axon(1)", "pair.axon(0.3)"]
                rule = {{ pairs = [[0, 1]] }}
                conductance = "40 nS"
                [stimulus.touch]
                kind = "step"
                to = "pair[0].axon(0)"
                amplitude = "1 nA"
                start = "1 ms"
                stop = "2 ms"
                [recorder.pair]
                of = "pair"
                what = ["spikes"]
                "#,
                header(dt, 15.0)
            ));
            let found = [0, 1].map(|cell| spikes(&recording, "pair", cell)).concat();
            assert_eq!(found.len(), 2, "both fire: {found:?}");
            found
        },
        "gap junction between cables",
    );
    assert_falls(&errors, "gap junction between squid cables: spikes");
}

/// Integrate-and-fire cells below threshold: the split around the step is of second order.
#[test]
fn gap_junction_between_lif() {
    let errors = successive(
        0.1,
        |dt| {
            let recording = run(&format!(
                r#"
                {}
                [cell.leaky]
                model = "lif"
                C_m = "200 pF"
                g_L = "10 nS"
                E_L = "-65 mV"
                V_th = "inf mV"
                V_reset = "-65 mV"
                t_ref = "0 ms"
                [population.pair]
                cell = "leaky"
                size = 2
                [gap_junction.electrical]
                between = ["pair", "pair"]
                rule = {{ pairs = [[0, 1]] }}
                conductance = "5 nS"
                [stimulus.wave]
                kind = "sine"
                to = "pair[0]"
                amplitude = "200 pA"
                frequency = "20 Hz"
                [recorder.pair]
                of = "pair"
                what = ["V_m"]
                every = "1 ms"
                "#,
                header(dt, 60.0)
            ));
            recording.recorders[0].traces.iter().flat_map(|trace| trace.values.clone()).collect()
        },
        "gap junction between LIF",
    );
    assert_order(&errors, 2, "gap junction between LIF: V_m");
}

/// A crossing between grid points reaches an integrate-and-fire cell through a `delta` synapse: the jump has decayed
/// by then as much as if it had come when it came, by each cell's own time constant, so V at the end does not depend on where the grid lies.
#[test]
fn a_late_jump_has_decayed() {
    let config = |dt: &str| {
        format!(
            "[run]\nduration = \"30 ms\"\ndt = \"{dt} ms\"\ntemperature = \"6.3 degC\"\n[cell.hh]\nmodel = \"hodgkin_huxley\"\n\
             [cell.lif]\nmodel = \"lif\"\nC_m = \"250 pF\"\ntau_m = \"10 ms\"\nE_L = \"-70 mV\"\nV_th = \"inf mV\"\n\
             [population.a]\ncell = \"hh\"\nsize = 1\n[population.b]\ncell = \"lif\"\nsize = 3\nset.tau_m = \"linspace(5 ms, 15 ms)\"\n\
             [synapse.d]\nmodel = \"delta\"\n[projection.p]\nfrom = \"a\"\nto = \"b\"\nrule = \"all_to_all\"\n\
             synapse = \"d\"\nweight = \"5 mV\"\ndelay = \"2 ms\"\n[stimulus.i]\nkind = \"step\"\nto = \"a\"\n\
             amplitude = \"20 uA/cm^2\"\nstart = \"1 ms\"\nstop = \"2 ms\"\n[recorder.v]\nof = \"b\"\nwhat = \"V_m\"\n\
             [recorder.s]\nof = \"a\"\nwhat = \"spikes\"\n"
        )
    };
    for dt in ["0.025", "0.05"] {
        let finished = axonal::Simulation::from_toml(&config(dt)).unwrap().run().unwrap();
        let spike = finished.recording.spikes[0].times_ms[0];
        for (trace, tau_m) in finished.recording.recorders[0].traces.iter().zip([5.0f64, 10.0, 15.0]) {
            let v = *trace.values.last().unwrap();
            let exact = -70.0 + 5.0 * (-(30.0 - (spike + 2.0)) / tau_m).exp();
            assert!((v - exact).abs() < 1e-12, "rounding: {v} {exact} at dt {dt}");
        }
    }
}
