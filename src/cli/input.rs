//! Which config a command means: a file, standard input, or the one that is built in.

use std::io::Read;
use std::path::Path;

use super::args::ConfigArguments;
use crate::config::Config;
use crate::error::{Code, Error, Exit};

/// The text of the default config: the relay that tells the whole story.
pub const RELAY: &str = include_str!("../../configs/relay.toml");

/// The text of the default contrast: digits, told apart by numbers and by spikes.
pub const DIGITS: &str = include_str!("../../configs/contrast_digits.toml");

/// A config that is part of the program: its name and its text.
type BuiltIn = (&'static str, &'static str);

/// More than this on standard input is no config.
const LARGEST: u64 = 16 << 20;

/// Reads the config and applies `--set`, all of them even if one is wrong.
///
/// # Errors
/// Every syntax error of the file, or else of every `--set`.
pub fn config(arguments: &ConfigArguments) -> Result<Config, Error> {
    config_or(arguments, ("relay", RELAY))
}

/// As [`config`], with another that is built in.
pub fn config_or(arguments: &ConfigArguments, (name, text): BuiltIn) -> Result<Config, Error> {
    let mut config = match arguments.file.as_deref() {
        None => Config::from_text(&format!("{name}.toml (built in)"), text)?,
        Some(path) if path == Path::new("-") => Config::from_text("<stdin>", &standard_input()?)?,
        Some(path) => Config::from_file(path)?,
    };
    let mut wrong: Option<Error> = None;
    for assignment in &arguments.set {
        let Err(error) = config.set(assignment) else { continue };
        match &mut wrong {
            // Each error counts its sources alone: only the texts of the messages are kept in common.
            Some(first) => absorb(first, error),
            None => wrong = Some(error),
        }
    }
    wrong.map_or(Ok(config), Err)
}

/// Adds the diagnostics of `second` to `first`, whose list of sources becomes longer by those of `second`.
fn absorb(first: &mut Error, mut second: Error) {
    let mut sources = first.sources.to_vec();
    let shift = sources.len() as u32;
    sources.extend(second.sources.iter().cloned());
    for diagnostic in &mut second.diagnostics {
        if !diagnostic.span.is_none() {
            diagnostic.span.source += shift;
        }
    }
    first.diagnostics.append(&mut second.diagnostics);
    first.sources = sources.into();
}

fn standard_input() -> Result<String, Error> {
    let mut bytes = Vec::new();
    let unreadable = |what: &str| Error::plain(Exit::BadInput, Code::Unreadable, what.to_string());
    std::io::stdin()
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|cause| unreadable(&format!("cannot read standard input: {cause}")))?;
    if bytes.trim_ascii().is_empty() {
        return Err(unreadable("standard input is empty").help("pipe a config in: `axonal run - < my.toml`"));
    }
    String::from_utf8(bytes)
        .map_err(|_| Error::plain(Exit::BadInput, Code::Encoding, "standard input is not UTF-8 text"))
}

/// What a run of this config is called: its file's name, without the extension.
pub fn name(arguments: &ConfigArguments, built_in: &str) -> String {
    match arguments.file.as_deref() {
        None => built_in.into(),
        Some(path) if path == Path::new("-") => "stdin".into(),
        Some(path) => path.file_stem().map_or("run".into(), |stem| stem.to_string_lossy().into_owned()),
    }
}

/// The config as an argument that can be pasted into a shell, with a space before it; empty for the built-in one.
pub fn argument(arguments: &ConfigArguments) -> String {
    arguments.file.as_deref().map_or(String::new(), |path| format!(" {}", quoted(&path.to_string_lossy())))
}

/// All `--set` as they would be typed.
pub fn settings(arguments: &ConfigArguments) -> String {
    arguments.set.iter().map(|assignment| format!(" --set {}", quoted(assignment))).collect()
}

/// For a shell: in single quotes if it holds anything that a shell could misread.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./=,:+%@".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text.into() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_survive_a_shell() {
        assert_eq!(quoted("a/b.toml"), "a/b.toml");
        assert_eq!(quoted("run.duration=50 ms"), "'run.duration=50 ms'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }

    #[test]
    fn every_wrong_assignment_is_reported() {
        let arguments = ConfigArguments { file: None, set: vec!["run".into(), "run.seed=2".into(), "=3".into()] };
        let error = config(&arguments).unwrap_err();
        assert_eq!(error.diagnostics.len(), 2);
        let shown = error.to_string();
        assert!(shown.contains("--set:1:"), "{shown}");
    }
}
