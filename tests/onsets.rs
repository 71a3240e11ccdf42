//! Where cells begin, and from when on measures wait.

use crate::support::*;

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
