//! Every file in `configs/` is sound, runs, keeps what its `[expect]` promises, and says what to look at.

use axonal::{Config, Simulation, contrast};
use std::path::{Path, PathBuf};

/// Too long to be run whole at every test: how long instead, without what `[expect]` says of the whole.
const SHORTENED: &[(&str, &str)] = &[("squid_axon", "run.duration=8 ms")];

/// Those that are simulated: the others are for `axonal contrast` alone.
pub fn networks() -> Vec<(String, PathBuf)> {
    all().into_iter().filter(|(_, path)| config(path).table("population").is_some()).collect()
}

fn config(path: &Path) -> Config {
    Config::from_file(path).unwrap_or_else(|error| panic!("{error}"))
}

/// The configs that ship, by name.
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

fn build(path: &Path, change: Option<&str>) -> Simulation {
    let mut config = config(path);
    if let Some(change) = change {
        config.set(change).unwrap_or_else(|error| panic!("{error}"));
    }
    Simulation::new(config).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_config_runs_without_a_warning_and_keeps_its_promises() {
    let mut broken = vec![];
    for (name, path) in networks() {
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
    for (name, path) in networks() {
        let simulation = build(&path, None);
        let text = simulation.resolved();
        let mut config = Config::from_text("resolved.toml", &text).unwrap_or_else(|error| panic!("{name}: {error}"));
        config.directory = path.parent().unwrap().to_path_buf();
        let again = Simulation::new(config).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        assert_eq!(again.resolved(), text, "{name}");
        assert_eq!(again.network().synapses(), simulation.network().synapses(), "{name}");
    }
}

/// A layered contrast: sound, without a warning, and with columns of every kind.
#[test]
fn every_layered_contrast_is_read_without_a_warning() {
    let layered: Vec<_> = all().into_iter().filter(|(_, path)| contrast::is_layered(&config(path))).collect();
    assert!(!layered.is_empty());
    for (name, path) in layered {
        let plan = contrast::language::read(&config(&path)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let warnings: Vec<&String> = plan.warnings.iter().map(|warning| &warning.message).collect();
        assert!(warnings.is_empty(), "{name}: {warnings:?}");
        assert!(plan.columns.len() > 1 && !plan.data.test.is_empty(), "{name}");
        assert!(!plan.expectations.is_empty(), "{name} expects nothing");
        // It is not a network, and says so.
        let error = Simulation::new(config(&path)).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("axonal contrast"), "{name}: {error}");
    }
}

/// The one that ships runs, and keeps what its `[expect]` promises; without noise, which takes the longest.
#[test]
fn the_layered_contrast_keeps_its_promises() {
    for (name, path) in all().into_iter().filter(|(_, path)| contrast::is_layered(&config(path))) {
        let mut config = config(&path);
        config.set("noise.levels=[]").unwrap_or_else(|error| panic!("{error}"));
        let findings =
            contrast::contrast(&config, None, &mut |_| false).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(findings.unmet.is_empty(), "{name}: {:?}", findings.unmet);
        assert!(contrast::html::page(&name, &findings.sections).unwrap().matches("<svg").count() > 10, "{name}");
        for column in findings.json["columns"].as_object().unwrap().values() {
            let over = column["accuracy_vs_time"].as_array().unwrap();
            assert_eq!(over.len() as u64, column["steps"].as_u64().unwrap());
            assert_eq!(over.last(), Some(&column["accuracy"]));
        }
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
        let command = if text.contains("\n[population.") { "run" } else { "contrast" };
        let asks = opening.contains(&format!("axonal {command} configs/{name}.toml --set "));
        assert!(asks || opening.contains("--set "), "{name} has no command to try");
    }
}
