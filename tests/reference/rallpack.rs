//! The Rallpacks (Bhalla, Bilitch & Bower 1992, Trends Neurosci 15:453): a passive cable, a passive tree, a squid cable.
//!
//! The measure is the root mean square difference over the largest magnitude of the reference: at most 0.1 %, 0.1 % and 1 %.

use crate::support::*;

const PASSIVE: &str = r#"
    mechanisms.passive = { g_L = "0.025 mS/cm^2", E_L = "-65 mV" }
    "#;

/// 1 mm of 1 um in 1000 compartments, 0.1 nA into its 0 end for 250 ms.
fn cable(dt: f64, membrane: &str, every: f64) -> axonal::Recording {
    run(&format!(
        r#"
        [run]
        duration = "250 ms"
        dt = "{dt} ms"
        temperature = "6.3 degC"
        [cell.cable]
        model = "cable"
        R_a = "100 ohm cm"
        C_m = "1 uF/cm^2"
        {membrane}
        [cell.cable.section.cable]
        length = "1000 um"
        diameter = "1 um"
        compartments = 1000
        [population.cell]
        cell = "cable"
        size = 1
        spike = {{ at = "cable(1)", threshold = "0 mV" }}
        [stimulus.current]
        kind = "step"
        to = "cell.cable(0)"
        amplitude = "0.1 nA"
        [recorder.ends]
        of = "cell"
        at = ["cable(0)", "cable(1)"]
        what = ["V_m", "spikes"]
        every = "{every} ms"
        "#
    ))
}

/// The traces at two places, as (name here, name in the CSV), within `bound` of the reference.
fn assert_rms(what: &str, recording: &axonal::Recording, every: f64, pairs: [(&str, &str); 2], bound: f64) {
    let reference = columns(what);
    for (column, expected) in pairs {
        let found = at_times(trace(recording, column), every, &reference["t_ms"]);
        let rms = relative_rms(&found, &reference[expected]);
        report(&format!("{what}, {expected}: relative rms"), [rms]);
        assert!(rms < bound, "{what} {expected}: {rms}");
    }
}

fn ends(recording: &axonal::Recording) -> [String; 2] {
    let mut columns = recording.recorders[0].traces.iter().map(|trace| trace.column());
    [columns.next().unwrap(), columns.next().unwrap()]
}

#[test]
fn rallpack_1_passive_cable() {
    let recording = cable(0.05, PASSIVE, 0.05);
    let [near, far] = ends(&recording);
    assert_rms("rallpack1", &recording, 0.05, [(&near, "v0_mV"), (&far, "vx_mV")], 1e-3);
    let expected = &case("rallpack1")["expected"];
    for (column, key) in [(&near, "v0_at_250ms_mV"), (&far, "vx_at_250ms_mV")] {
        let values = trace(&recording, column);
        let error = (values[values.len() - 1] - number(&expected[key])).abs();
        report(&format!("rallpack1, {key}"), [error]);
        // dx^2 of 1000 compartments on a length constant: 1e-6 of 170 mV.
        assert!(error < 1e-3, "{key}: {error}");
    }
}

/// 1023 branches, each level half as many and thicker by 2^(2/3): an equivalent cylinder. Three compartments a branch.
fn tree(dt: f64) -> axonal::Recording {
    let case = case("rallpack2");
    let mut sections = String::new();
    for level in case["parameters"]["branches_exact"].as_array().unwrap() {
        let get = |key: &str| number(&level[key]);
        let depth = get("depth") as u32;
        for index in 0..1u32 << depth {
            let parent = match depth {
                0 => String::new(),
                _ => format!("parent = \"b{}_{}\"\n", depth - 1, index / 2),
            };
            sections += &format!(
                "[cell.tree.section.b{depth}_{index}]\n{parent}length = \"{} um\"\ndiameter = \"{} um\"\n",
                get("length_um"),
                get("diameter_um")
            );
        }
    }
    run(&format!(
        r#"
        [run]
        duration = "250 ms"
        dt = "{dt} ms"
        temperature = "6.3 degC"
        [cell.tree]
        model = "cable"
        R_a = "100 ohm cm"
        C_m = "1 uF/cm^2"
        compartments = 3
        {PASSIVE}
        {sections}
        [population.cell]
        cell = "tree"
        size = 1
        spike = {{ at = "b0_0(0)", threshold = "0 mV" }}
        [stimulus.current]
        kind = "step"
        to = "cell.b0_0(0)"
        amplitude = "0.1 nA"
        [recorder.ends]
        of = "cell"
        at = ["b0_0(0)", "b9_511(1)"]
        what = ["V_m"]
        every = "0.05 ms"
        "#
    ))
}

#[test]
fn rallpack_2_passive_tree() {
    let recording = tree(0.05);
    let [root, tip] = ends(&recording);
    assert_rms("rallpack2", &recording, 0.05, [(&root, "v0_mV"), (&tip, "vx_mV")], 1e-3);
    let expected = &case("rallpack2")["expected"];
    for (column, key) in [(&root, "v0_at_250ms_mV"), (&tip, "vx_at_250ms_mV")] {
        let values = trace(&recording, column);
        let error = (values[values.len() - 1] - number(&expected[key])).abs();
        report(&format!("rallpack2, {key}"), [error]);
        assert!(error < 1e-3, "{key}: {error}");
    }
}

/// 250 ms of firing at dt 0.005 ms. The far end's 17 spikes within 0.1 ms of the continuous cable's.
#[test]
fn rallpack_3_squid_cable() {
    let hh = "mechanisms.hh = { g_L = \"0.025 mS/cm^2\", E_L = \"-65 mV\" }";
    let recording = cable(0.005, hh, 0.1);
    let [near, far] = ends(&recording);
    assert_rms("rallpack3", &recording, 0.1, [(&near, "v0_mV"), (&far, "vx_mV")], 1e-2);
    let expected = &case("rallpack3")["expected"];
    for (site, key) in [("cable(0)", "spike_times_x0_ms"), ("cable(1)", "spike_times_xL_ms")] {
        let site = recording.spikes.iter().find(|t| t.site.starts_with(&site[..7])).map(|t| t.site.clone()).unwrap();
        let found = spikes_at(&recording, "cell", &site);
        let error = largest_error(&found, &numbers(&expected[key]), key);
        report(&format!("rallpack3, {key}"), [error]);
        assert!(error < 0.1, "{key}: {error}");
    }
}
