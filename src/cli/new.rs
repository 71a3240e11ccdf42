//! `axonal new`: a commented config to start from. The templates are the files of `configs/`, built in.

use std::path::{Path, PathBuf};

use super::args::NewArguments;
use super::input::{DIGITS, RELAY, quoted};
use super::table::explained;
use super::terminal;
use crate::error::{Code, Diagnostic, Error, Exit, Span};
use crate::files::atomic::{self, Disk};

/// Name and text of each, in the order in which a newcomer would read them.
pub const TEMPLATES: &[(&str, &str)] = &[
    ("relay", RELAY),
    ("action_potential", include_str!("../../configs/action_potential.toml")),
    ("squid_axon", include_str!("../../configs/squid_axon.toml")),
    ("firing_patterns", include_str!("../../configs/firing_patterns.toml")),
    ("chemical_vs_electrical", include_str!("../../configs/chemical_vs_electrical.toml")),
    ("voltage_clamp", include_str!("../../configs/voltage_clamp.toml")),
    ("myelin", include_str!("../../configs/myelin.toml")),
    ("terminal", include_str!("../../configs/terminal.toml")),
    ("thalamic_burst", include_str!("../../configs/thalamic_burst.toml")),
    ("depression_facilitation", include_str!("../../configs/depression_facilitation.toml")),
    ("dendrite", include_str!("../../configs/dendrite.toml")),
    ("quantal_release", include_str!("../../configs/quantal_release.toml")),
    ("f_i_curve", include_str!("../../configs/f_i_curve.toml")),
    ("balanced_network", include_str!("../../configs/balanced_network.toml")),
    ("balanced_current", include_str!("../../configs/balanced_current.toml")),
    ("hodgkin_huxley_network", include_str!("../../configs/hodgkin_huxley_network.toml")),
    ("brunel", include_str!("../../configs/brunel.toml")),
    ("spatial_waves", include_str!("../../configs/spatial_waves.toml")),
    ("microcircuit", include_str!("../../configs/microcircuit.toml")),
    ("contrast_neuron", include_str!("../../configs/contrast_neuron.toml")),
    ("contrast_twin", include_str!("../../configs/contrast_twin.toml")),
    ("contrast_digits", DIGITS),
];

/// What a template reads, to be written beside it: template, path, text.
const BESIDE: &[(&str, &str, &str)] =
    &[("dendrite", "morphologies/pyramidal.swc", include_str!("../../configs/morphologies/pyramidal.swc"))];

/// Lists the templates, or writes one.
pub fn new(arguments: &NewArguments) -> Result<Exit, Error> {
    let Some(name) = &arguments.template else { return terminal::print(&list()) };
    let Some((name, text)) = TEMPLATES.iter().find(|(known, _)| known == name) else {
        return Err(unknown(name));
    };
    let path = arguments.file.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.toml")));
    if path == Path::new("-") {
        return terminal::print(text);
    }
    if path.symlink_metadata().is_ok() {
        let message = format!("`{}` exists, and is not replaced", path.display());
        let help = format!("name another file: `axonal new {name} FILE`");
        return Err(Error::plain(Exit::Output, Code::Output, message).help(help));
    }
    let file = quoted(&path.to_string_lossy());
    let also = beside(name, &path)?;
    atomic::write(&Disk::real(), &path, addressed(text, name, &file).as_bytes())?;
    terminal::print(&format!("wrote {}{also}\nnext: axonal {} {file}\n", path.display(), command(text)))
}

/// Writes what a template reads; a file of that name that is there already is kept, and read.
fn beside(name: &str, config: &Path) -> Result<String, Error> {
    let mut told = String::new();
    let folder = config.parent().unwrap_or(Path::new(""));
    for (_, file, text) in BESIDE.iter().filter(|(template, ..)| *template == name) {
        let path = folder.join(file);
        if path.exists() {
            told += &format!(", which reads {} as it is", path.display());
            continue;
        }
        let inside = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(inside).map_err(|cause| Error::output(inside, &cause))?;
        atomic::write(&Disk::real(), &path, text.as_bytes())?;
        told += &format!(" and {}", path.display());
    }
    Ok(told)
}

/// What a template is for.
fn command(text: &str) -> &'static str {
    if text.contains("axonal contrast") { "contrast" } else { "run" }
}

/// The commands in its comments shall name the new file.
fn addressed(text: &str, name: &str, file: &str) -> String {
    let command = command(text);
    text.replace(&format!("axonal {command} configs/{name}.toml"), &format!("axonal {command} {file}"))
        .replace(&format!("axonal {command} --set"), &format!("axonal {command} {file} --set"))
}

fn list() -> String {
    let entries: Vec<(&str, String)> = TEMPLATES.iter().map(|(name, text)| (*name, first_sentence(text))).collect();
    let entries = explained(entries.iter().map(|(name, text)| (*name, text.as_str())));
    format!("{}\n{entries}next: axonal new relay my.toml\n", terminal::heading("templates"))
}

/// Of the comments that a config opens with: up to the first full stop or question mark.
fn first_sentence(text: &str) -> String {
    let comments =
        text.lines().take_while(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let mut sentence = vec![];
    for word in comments.take_while(|line| !line.is_empty()).flat_map(str::split_whitespace) {
        sentence.push(word);
        if word.ends_with(['.', '?']) {
            break;
        }
    }
    sentence.join(" ")
}

fn unknown(name: &str) -> Error {
    let known = TEMPLATES.iter().map(|(known, _)| *known);
    let message = format!("there is no template `{name}`");
    let diagnostic = Diagnostic::error(Code::UnknownName, Span::NONE, message).suggest(name, known);
    Error::input(vec![diagnostic], Default::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_whole_sentences() {
        for (name, text) in TEMPLATES {
            let told = first_sentence(text);
            assert!(told.len() > 12 && told.ends_with(['.', '?']), "{name}: {told}");
        }
        assert_eq!(first_sentence("# One is\n# two. Three.\n\n[run]\n"), "One is two.");
    }

    #[test]
    fn comments_name_the_new_file() {
        for (name, text) in TEMPLATES {
            let text = addressed(text, name, "my.toml");
            let command = command(&text);
            assert!(text.contains(&format!("axonal {command} my.toml")), "{name} proposes nothing to try");
            let left = text.contains(&format!("axonal {command} --set")) || text.contains(&format!("configs/{name}"));
            assert!(!left, "{name}");
            assert!(text.starts_with("# "), "{name} begins with what it is");
        }
    }
}
