//! Every file in `configs/` is sound, runs, keeps what its `[expect]` promises, and says what to look at.

use axonal::{Config, Simulation};
use std::path::PathBuf;

/// Too long to be run whole at every test: how long instead, without what `[expect]` says of the whole.
const SHORTENED: &[(&str, &str)] = &[("squid_axon", "run.duration=8 ms")];

/// The configs that ship and can be run, by name.
pub fn shipped() -> Vec<(String, PathBuf)> {
    let runs = |name: &str| !name.starts_with("contrast_");
    all().into_iter().filter(|(name, _)| runs(name)).collect()
}

/// Those that `axonal contrast` reads, too.
fn all() -> Vec<(String, PathBuf)> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("configs");
    let paths = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<(String, PathBuf)> = paths
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), path))
        .collect();
    found.sort();
    assert!(found.len() >= 6, "{found:?}");
    found
}

fn build(path: &std::path::Path, change: Option<&str>) -> Simulation {
    let mut config = Config::from_file(path).unwrap_or_else(|error| panic!("{error}"));
    if let Some(change) = change {
        config.set(change).unwrap_or_else(|error| panic!("{error}"));
    }
    Simulation::new(config).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_config_runs_without_a_warning_and_keeps_its_promises() {
    let mut broken = vec![];
    for (name, path) in shipped() {
        let shortened = SHORTENED.iter().find(|(short, _)| *short == name).map(|(_, change)| *change);
        let simulation = build(&path, shortened);
        let warnings = simulation.warnings().iter().map(|warning| format!("{name}: {}", warning.message));
        broken.extend(warnings);
        assert!(!simulation.network().expectations.is_empty(), "{name} expects nothing");
        let finished = simulation.run().unwrap_or_else(|error| panic!("{name}: {error}"));
        println!("{name}: {:.2} s", finished.report.wall_s.simulate);
        assert!(!finished.interrupted && finished.report.steps > 0);
        if shortened.is_none() {
            broken.extend(finished.unmet.iter().map(|unmet| format!("{name}: {}", unmet.message)));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// What `resolved` writes out is a config, and the same one: it resolves to itself.
#[test]
fn every_config_with_its_defaults_written_out_is_the_same_network() {
    for (name, path) in shipped() {
        let simulation = build(&path, None);
        let text = simulation.resolved();
        let mut config = Config::from_text("resolved.toml", &text).unwrap_or_else(|error| panic!("{name}: {error}"));
        config.directory = path.parent().unwrap().to_path_buf();
        let again = Simulation::new(config).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        assert_eq!(again.resolved(), text, "{name}");
        assert_eq!(again.network().synapses(), simulation.network().synapses(), "{name}");
    }
}

#[test]
fn every_config_says_what_to_look_at_and_what_to_try() {
    for (name, path) in all() {
        let text = std::fs::read_to_string(path).unwrap();
        let opening: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
        let opening = opening.join("\n");
        for part in ["What to look at:", "Try:", "?"] {
            assert!(opening.contains(part), "the comment at the top of {name} has no `{part}`");
        }
        let command = if name.starts_with("contrast_") { "contrast" } else { "run" };
        let asks = opening.contains(&format!("axonal {command} configs/{name}.toml --set "));
        assert!(asks || opening.contains("--set "), "{name} has no command to try");
    }
}
