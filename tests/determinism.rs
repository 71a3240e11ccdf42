//! The same bits for any number of threads, and for any order of tables.
//!
//! The digest covers every spike and every recorded sample. The networks, `tests/networks/`, use between them every model,
//! mechanism, synapse, rule and stimulus (a test goes through the shelves), gap junctions between points and between
//! cables, random weights, delays, parameters and initial values. They are large enough (hundreds of neurons) to be split
//! among threads.

use axonal::{Config, Finished, RunOptions, Simulation};
use axonal::{connectivity, mechanisms, neurons, stimuli, synapses};
use std::path::Path;

fn run_on(text: &str, threads: usize) -> Finished {
    let mut config = Config::from_text("network", text).unwrap_or_else(|error| panic!("{error}\nin\n{text}"));
    // What the network of files reads.
    config.directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/data/replay");
    let simulation = Simulation::new(config).unwrap_or_else(|error| panic!("{error}\nin\n{text}"));
    let options = RunOptions { threads: Some(threads), ..RunOptions::default() };
    simulation.run_with(options, &mut |_| false).unwrap_or_else(|error| panic!("{error}"))
}

fn spikes_of(finished: &Finished) -> u64 {
    finished.recording.populations.iter().map(|population| population.spikes).sum()
}

pub const NETWORKS: [(&str, &str); 20] = [
    ("combinations", include_str!("networks/combinations.toml")),
    ("quanta", include_str!("networks/quanta.toml")),
    ("noisy_threshold", include_str!("networks/noisy_threshold.toml")),
    ("space", include_str!("networks/space.toml")),
    ("layers", include_str!("networks/layers.toml")),
    ("out_degrees", include_str!("networks/out_degrees.toml")),
    ("traub", include_str!("networks/traub.toml")),
    ("terminals", include_str!("networks/terminals.toml")),
    ("jumps", include_str!("networks/jumps.toml")),
    ("currents", include_str!("networks/currents.toml")),
    ("conductances", include_str!("networks/conductances.toml")),
    ("adaptive", include_str!("networks/adaptive.toml")),
    ("simple", include_str!("networks/simple.toml")),
    ("squid", include_str!("networks/squid.toml")),
    ("cables", include_str!("networks/cables.toml")),
    ("long_cables", include_str!("networks/long_cables.toml")),
    ("gaps", include_str!("networks/gaps.toml")),
    ("sources", include_str!("networks/sources.toml")),
    ("files", include_str!("networks/files.toml")),
    ("receptors", include_str!("networks/receptors.toml")),
];

/// The network of this name.
fn network(name: &str) -> &'static str {
    NETWORKS.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("there is no network `{name}`")).1
}

/// A run of 60 ms that records every neuron's potential and spikes, in every population with a membrane.
pub fn whole(network: &str) -> String {
    let membranes = network.lines().filter_map(|line| line.trim().strip_prefix("[population."));
    let recorded = membranes.map(|name| name.trim_end_matches(']')).filter(|name| !["outside", "clock"].contains(name));
    let mut text =
        format!("[run]\nduration = \"60 ms\"\ndt = \"0.1 ms\"\nseed = 7\ntemperature = \"6.3 degC\"\n{network}\n");
    for name in recorded {
        text += &format!("[recorder.{name}]\nof = \"{name}\"\nwhat = [\"V_m\", \"spikes\"]\nevery = \"1 ms\"\n");
    }
    // A squid membrane needs a finer step than the rest.
    if text.contains("hodgkin_huxley") || text.contains("cable") {
        text.replace("\"0.1 ms\"\nseed", "\"0.025 ms\"\nseed")
    } else {
        text
    }
}

#[test]
fn any_number_of_threads() {
    for (name, network) in NETWORKS {
        let text = whole(network);
        let one = run_on(&text, 1);
        assert!(spikes_of(&one) > 20, "{name}: {} spikes", spikes_of(&one));
        println!("{name}: {} spikes, {} synapses", spikes_of(&one), one.report.synapses);
        assert!(!one.report.digest.is_empty());
        for threads in [2, 3, 4, 7, 8] {
            assert_eq!(run_on(&text, threads).report.digest, one.report.digest, "{name} on {threads} threads");
        }
    }
}

#[test]
fn another_seed_is_another_run() {
    let text = whole(network("space"));
    let other = text.replace("seed = 7", "seed = 8");
    assert_ne!(run_on(&text, 2).report.digest, run_on(&other, 2).report.digest);
}

/// The tables of a config, from header to header.
pub fn tables(text: &str) -> Vec<String> {
    let mut tables: Vec<String> = vec![];
    for line in text.lines() {
        match tables.last_mut() {
            Some(table) if !line.trim().starts_with('[') => {
                table.push_str(line);
                table.push('\n');
            }
            _ => tables.push(format!("{line}\n")),
        }
    }
    tables
}

/// Recorders before stimuli before projections before populations before cells, each kind in its own order: nothing is said
/// otherwise than before, so not a bit changes.
#[test]
fn order_of_kinds() {
    for (name, network) in NETWORKS {
        let text = whole(network);
        let kind = |table: &String| table.trim_start_matches(['[', ' ']).split(['.', ']']).next().unwrap().to_string();
        let mut reversed = tables(&text);
        reversed.sort_by_key(|table| std::cmp::Reverse(kind(table)));
        let reversed = reversed.concat();
        assert_ne!(reversed, text);
        assert_eq!(run_on(&reversed, 2).report.digest, run_on(&text, 2).report.digest, "{name}");
    }
}

/// All tables in reverse, populations and projections among themselves too: the digest, which goes by population, is
/// another; but every draw hangs on names, so every population fires as before. (Projections onto one synapse sum in the
/// order of their tables, so a network that has two of them is left out: its last bits may differ.)
#[test]
fn order_of_tables() {
    for name in ["layers", "out_degrees", "traub", "jumps", "currents"] {
        let text = whole(network(name));
        let reversed: String = tables(&text).into_iter().rev().collect();
        let (one, other) = (run_on(&text, 2).recording, run_on(&reversed, 2).recording);
        for trains in &one.spikes {
            let same = other.spikes.iter().find(|t| (&t.population, &t.site) == (&trains.population, &trains.site));
            let same = same.unwrap_or_else(|| panic!("{name}: spikes of `{}`", trains.population));
            assert_eq!(same.times_ms, trains.times_ms, "{name}: {}", trains.population);
            assert_eq!(same.neurons, trains.neurons, "{name}: {}", trains.population);
        }
    }
}

/// A model that no network uses would be the one whose results hang on the number of threads.
#[test]
fn every_shelf_is_covered() {
    let all: String = NETWORKS.iter().map(|(_, text)| *text).collect();
    // Written with spaces as the files write them.
    let uses = |patterns: &[String]| patterns.iter().any(|pattern| all.contains(pattern.as_str()));
    let mut missing: Vec<String> = vec![];
    let mut look = |shelf: &str, name: &str, patterns: &[String]| {
        if !uses(patterns) {
            missing.push(format!("{shelf} `{name}`"));
        }
    };
    for rule in connectivity::ALL {
        let name = rule.name;
        look("rule", name, &[format!("rule = \"{name}\""), format!("rule = {{ {name} = ")]);
    }
    for info in neurons::ALL.iter().chain(synapses::ALL) {
        look("model", info.name, &[format!("model = \"{}\"", info.name)]);
    }
    for info in stimuli::ALL {
        look("stimulus", info.name, &[format!("kind = \"{}\"", info.name)]);
    }
    for entry in mechanisms::ALL {
        look("mechanism", entry.info.name, &[format!("mechanisms.{} = ", entry.info.name)]);
    }
    assert!(missing.is_empty(), "no network for {missing:?}");
}
