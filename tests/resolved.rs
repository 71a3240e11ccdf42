//! A config with its defaults written out is the same run: every spike and sample, to the last bit.

use crate::configs::networks;
use crate::determinism::{NETWORKS, tables, whole};
use axonal::{Config, Simulation};
use std::path::{Path, PathBuf};

/// How long configs are run here, at most; their own length is that of the test of `configs`.
const LENGTH: &str = "run.duration=\"20 ms\"";

/// Cells and stimuli whose defaults or numbers come in several units, of a run of 50 ms.
const UNITS: &[(&str, &str)] = &[
    ("a density as `I_e`", "[cell.c]\nmodel = \"hodgkin_huxley\"\nI_e = \"10 uA/cm^2\"\n"),
    ("a current as `I_e`", "[cell.c]\nmodel = \"hodgkin_huxley\"\nI_e = \"0.8 nA\"\n"),
    ("`I_e` that is set", "[cell.c]\nmodel = \"hodgkin_huxley\"\n[population.p]\nset.I_e = \"10 uA/cm^2\"\n"),
    ("a sine of densities", "[cell.c]\nmodel = \"hodgkin_huxley\"\n[stimulus.s]\namplitude = \"20 uA/cm^2\"\n"),
    ("a sine of currents", "[cell.c]\nmodel = \"hodgkin_huxley\"\n[stimulus.s]\namplitude = \"2 nA\"\n"),
    ("a sine in mV/ms", "[cell.c]\nmodel = \"izhikevich\"\nPARAMETERS[stimulus.s]\namplitude = \"20 mV/ms\"\n"),
    ("`I_e` in mV/ms", "[cell.c]\nmodel = \"izhikevich\"\nI_e = \"10 mV/ms\"\nPARAMETERS"),
];

const PARAMETERS: &str = "a = \"0.02 /ms\"\nb = \"0.2 /ms\"\nc = \"-65 mV\"\nd = \"8 mV/ms\"\n";

/// One neuron, the first of `[cell.c]`, with what else is written.
fn of_units(rest: &str) -> String {
    let population = "[population.p]\ncell = \"c\"\nsize = 1\n";
    let rest = rest.replace("PARAMETERS", PARAMETERS);
    let rest = match rest.contains("[population.p]\n") {
        true => rest.replace("[population.p]\n", population),
        false => rest + population,
    };
    let sine = "[stimulus.s]\nkind = \"sine\"\nto = \"p\"\nfrequency = \"40 Hz\"\n";
    let rest = rest.replace("[stimulus.s]\n", sine);
    format!(
        "[run]\nduration = \"50 ms\"\ndt = \"0.025 ms\"\ntemperature = \"6.3 degC\"\n{rest}\
         [recorder.r]\nof = \"p\"\nwhat = [\"V_m\", \"spikes\"]\n"
    )
}

fn read(name: &str, text: &str, directory: &Path) -> Simulation {
    let mut config = Config::from_text(name, text).unwrap_or_else(|error| panic!("{name}: {error}\nin\n{text}"));
    config.directory = directory.into();
    Simulation::new(config).unwrap_or_else(|error| panic!("{name}: {error}\nin\n{text}"))
}

/// Runs what is written and what it resolves to, and says how many spikes there are.
fn compare(name: &str, simulation: &Simulation, directory: &Path) -> u64 {
    let text = simulation.resolved();
    let again = read(name, &text, directory);
    let [first, second] =
        [simulation, &again].map(|one| one.run().unwrap_or_else(|error| panic!("{name}: {error}")).report);
    assert_eq!(first.digest, second.digest, "{name} resolves to another run:\n{text}");
    assert_eq!(again.resolved(), text, "{name}");
    first.populations.iter().map(|population| population.spikes).sum()
}

#[test]
fn numbers_in_any_unit_are_written_out_as_they_are() {
    for (name, rest) in UNITS {
        let spikes = compare(name, &read(name, &of_units(rest), Path::new(".")), Path::new("."));
        assert!(spikes > 0, "{name}: nothing fires");
    }
}

#[test]
fn every_network_of_the_tests_resolves_to_itself() {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reference/data/replay");
    for (name, network) in NETWORKS {
        compare(name, &read(name, &whole(network), &directory), &directory);
    }
}

/// The beginning of every config that ships, without what is measured and expected of the whole.
#[test]
fn every_config_that_ships_resolves_to_itself() {
    for (name, path) in networks() {
        let text = std::fs::read_to_string(&path).unwrap();
        let kept = tables(&text)
            .into_iter()
            .filter(|table| !["[measure.", "[plot.", "[expect]"].iter().any(|header| table.starts_with(header)));
        let directory = path.parent().unwrap();
        let mut config = Config::from_text(&name, &kept.collect::<String>()).unwrap();
        config.directory = directory.into();
        for change in [LENGTH, "run.warmup=\"0 ms\""] {
            config.set(change).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let simulation = Simulation::new(config).unwrap_or_else(|error| panic!("{name}: {error}"));
        compare(&name, &simulation, directory);
    }
}
