//! Where cells begin, and from when on measures wait.

use crate::support::*;
use axonal::Simulation;

/// Two passive cells rest at their E_L, 10 mV apart; a gap junction of 1 nS between them would pass 10 pA from the start. Joined for
/// long they would settle, so cells that begin together are not told of.
#[test]
fn a_gap_junction_between_cells_at_rest_is_told() {
    let cell = |name: &str, rest: &str| {
        format!(
            "[cell.{name}]\nmodel = \"cable\"\nR_a = \"100 ohm cm\"\nmechanisms.passive = {{ E_L = \"{rest}\" }}\n\
             section.soma = {{ length = \"20 um\", diameter = \"20 um\", compartments = 1 }}\n\
             [population.{name}]\ncell = \"{name}\"\nsize = 1\ninitial.V_m = \"rest\"\n"
        )
    };
    let warnings = |rest: &str| {
        let text = format!(
            "[run]\nduration = \"1 ms\"\ndt = \"0.1 ms\"\n{}{}[gap_junction.g]\nbetween = [\"a\", \"b\"]\n\
             rule = \"one_to_one\"\nconductance = \"1 nS\"\n",
            cell("a", "-70 mV"),
            cell("b", rest)
        );
        let built = axonal::Simulation::from_toml(&text).unwrap_or_else(|error| panic!("{error}"));
        built.warnings().iter().map(|warning| warning.message.clone()).collect::<Vec<_>>()
    };
    let told = warnings("-60 mV");
    assert!(told.len() == 1 && told[0].contains("10.00 mV apart") && told[0].contains("10.000 pA"), "{told:?}");
    assert_eq!(warnings("-70 mV"), Vec::<String>::new());
}

/// `to` alone is waited for from `start` on: scipy's first spike is at 6.896665 ms, the current starts at 5 ms.
#[test]
fn a_latency_may_begin_with_the_start() {
    let text = |measured: &str| {
        format!(
            "[run]\nduration = \"20 ms\"\ndt = \"0.025 ms\"\ntemperature = \"6.3 degC\"\n\
             [cell.squid]\nmodel = \"hodgkin_huxley\"\n[population.axon]\ncell = \"squid\"\nsize = 1\n\
             [stimulus.touch]\nkind = \"step\"\nto = \"axon\"\namplitude = \"10 uA/cm^2\"\nstart = \"5 ms\"\n\
             [measure.wait]\nkind = \"latency\"\nstart = \"5 ms\"\n{measured}\n"
        )
    };
    for measured in
        ["to = \"axon[0]\"", "to = \"axon[0].soma(0.5)\"", "of = \"axon\"\nto = \"soma(0.5)\"", "of = \"axon\""]
    {
        let waited = measure(&run(&text(measured)), "wait").expect("it fires");
        assert!((waited - 1.896665).abs() < 1e-3, "{measured}: {waited}; second order in dt");
    }
}

/// Each of the levels may differ between neurons: a family of tests between the same potentials before and after.
#[test]
fn a_clamp_steps_through_a_family() {
    let recording = run("[run]\nduration = \"12 ms\"\ndt = \"0.05 ms\"\ntemperature = \"6.3 degC\"\n\
        [cell.patch]\nmodel = \"hodgkin_huxley\"\n[population.p]\ncell = \"patch\"\nsize = 3\n\
        [stimulus.clamp]\nkind = \"voltage_clamp\"\nto = \"p\"\ndurations = [\"2 ms\", \"6 ms\", \"4 ms\"]\n\
        levels = [\"-65 mV\", \"linspace(-40 mV, 0 mV)\", { each = [\"-80 mV\", \"-80 mV\", \"-60 mV\"] }]\n\
        [recorder.r]\nof = \"p\"\nwhat = \"V_m\"\n");
    let held = [[-65.0, -40.0, -80.0], [-65.0, -20.0, -80.0], [-65.0, 0.0, -60.0]];
    for (neuron, levels) in held.iter().enumerate() {
        let v = trace(&recording, &format!("p[{neuron}].V_m"));
        for (k, level) in [40, 160, 240].iter().zip(levels) {
            assert!((v[*k] - level).abs() < 0.01, "{neuron}: {} {level}; 10 ohm let some uV through", v[*k]);
        }
    }
    assert_eq!(recording.stimuli[0].amplitudes, [-40.0, -20.0, 0.0], "what tells them apart");
    assert!(recording.stimuli[0].waveform.is_empty(), "no command is that of all");
}

/// Three neurons that fire six times in 100 ms, the last three times after 50 ms.
const STEADY: &str = r#"[run]
duration = "100 ms"
dt = "0.1 ms"
[cell.c]
model = "lif"
C_m = "200 pF"
tau_m = "20 ms"
E_L = "-70 mV"
V_th = "-50 mV"
V_reset = "-60 mV"
I_e = "300 pA"
[population.p]
cell = "c"
size = 3
"#;

/// 18 spikes of 3 neurons in 100 ms are 60 Hz, not 59.99999999999999 Hz.
#[test]
fn a_rate_is_exact_where_it_can_be() {
    let text = format!(
        "{STEADY}[recorder.r]\nof = \"p\"\nwhat = \"rate\"\nevery = \"100 ms\"\n[measure.m]\nkind = \"rate\"\nof = \"p\"\n\
         [expect]\n\"p.rate\" = [\"60 Hz\", \"70 Hz\"]\n\"measure.m\" = [\"60 Hz\", \"60 Hz\"]\n"
    );
    let finished = Simulation::from_toml(&text).unwrap().run().unwrap();
    assert!(finished.unmet.is_empty(), "{:?}", finished.unmet);
    assert_eq!(finished.recording.populations[0].spikes, 18);
    assert_eq!(finished.recording.populations[0].rate_hz, Some(60.0));
    assert_eq!(finished.recording.measures[0].value, Some(60.0));
    assert_eq!(finished.recording.recorders[0].traces[0].values, [60.0]);
}

/// What is expected is of [warmup, duration], spikes too.
#[test]
fn spikes_of_the_warm_up_are_not_expected() {
    let text = format!("{STEADY}[expect]\n\"p.spikes\" = [SPIKES]\n");
    let run = |warmup: &str, expected: &str| {
        let warm = format!("\"100 ms\"\nwarmup = \"{warmup}\"");
        let text = text.replacen("\"100 ms\"", &warm, 1).replace("SPIKES", expected);
        Simulation::from_toml(&text).unwrap().run().unwrap()
    };
    let all = run("0 ms", "18, 18");
    assert!(all.unmet.is_empty(), "{:?}", all.unmet);
    let half = run("50 ms", "9, 9");
    assert!(half.unmet.is_empty(), "{:?}", half.unmet);
    assert_eq!((half.recording.populations[0].spikes, half.recording.populations[0].counted), (18, 9));
    assert!(axonal::report::summary(&half.report, &half.recording).contains("18 spikes, 9 after the warm-up, 60 Hz"));
    assert_eq!(run("50 ms", "18, 18").unmet.len(), 1);
}
