//! What the user wrote: `text -> Config`, a tree of tables in which everything remembers where it stands.
//!
//! All doors lead here: a TOML file or text ([`document`]), `--set` on the command line ([`overrides`]), and Rust code
//! ([`builder`]). Whoever gives the tree meaning reads its tables through [`keys::Keys`], which finds misspelt keys,
//! and its references to neurons through [`selection`]. This module knows the names of the language's tables and
//! what may stand directly in them, but no model and no unit.

pub mod array;
pub mod builder;
pub mod decimal;
pub mod define;
pub mod document;
pub mod evaluate;
pub mod expression;
pub mod interpret;
pub mod keys;
mod mistake;
pub mod overrides;
pub mod quantity;
pub mod random;
pub mod random_steps;
pub mod selection;
pub mod value;
pub mod varied;
pub mod write;

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{Code, Diagnostic, Diagnostics, Source, nearest};
use value::{Data, Name, Table, Value};

/// The top-level tables of the language.
pub const TABLES: &[&str] = &[
    "run",
    "define",
    "cell",
    "population",
    "synapse",
    "projection",
    "block",
    "gap_junction",
    "stimulus",
    "curve",
    "release",
    "recorder",
    "measure",
    "plot",
    "expect",
    "data",
    "layers",
    "train",
    "contrast",
    "noise",
    "compare",
    "unit",
];

/// Those of [`TABLES`] that hold keys themselves; the others hold named tables.
const UNNAMED: &[&str] = &["run", "define", "expect", "data", "layers", "train", "noise", "compare"];

/// Keys of `[run]`, to say where a key belongs that stands outside of all tables.
const RUN_KEYS: &[&str] = &["title", "duration", "warmup", "dt", "seed", "temperature"];

/// A config as written: the root table and the texts that its spans point into. Knows no model.
#[derive(Clone, Debug)]
pub struct Config {
    pub root: Table,
    pub sources: Arc<Vec<Source>>,
    /// File paths in the config are relative to this.
    pub directory: PathBuf,
}

impl Config {
    /// An empty config, for the builder.
    pub fn new() -> Config {
        Config { root: Table::empty(), sources: Arc::default(), directory: PathBuf::from(".") }
    }

    /// The table `[name]`, if it is written and is a table.
    pub fn table(&self, name: &str) -> Option<&Table> {
        match &self.root.get(name)?.data {
            Data::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The named tables of a kind in the order of the file: `[population.exc]` is `entries("population")[0]`.
    /// What stands there without being a table is reported by [`Config::check_structure`].
    pub fn entries(&self, kind: &str) -> Vec<(&Name, &Table)> {
        let entries = self.table(kind).map_or(&[][..], |tables| &tables.entries);
        let named = entries.iter().filter_map(|(name, value)| match &value.data {
            Data::Table(table) => Some((name, table)),
            _ => None,
        });
        named.collect()
    }

    /// All names of a kind, with those of what is no table.
    pub fn names(&self, kind: &str) -> Vec<&str> {
        self.table(kind).map_or(vec![], |tables| tables.entries.iter().map(|(name, _)| name.text.as_str()).collect())
    }

    /// Reports unknown tables, tables of the wrong kind, and names that the language does not allow.
    pub fn check_structure(&self, diagnostics: &mut Diagnostics) {
        for (name, value) in &self.root.entries {
            let kind = name.text.as_str();
            match &value.data {
                _ if !TABLES.contains(&kind) => diagnostics.push(unknown_table(name, value)),
                Data::Table(table) if kind == "define" => check_names("definition", table, diagnostics),
                Data::Table(_) if UNNAMED.contains(&kind) => {}
                Data::Table(table) => {
                    check_named(kind, table, diagnostics);
                    check_names(kind, table, diagnostics);
                }
                _ => diagnostics.push(not_a_table(name, value)),
            }
        }
    }
}

impl Default for Config {
    fn default() -> Config {
        Config::new()
    }
}

/// Whether a name of the user's matches `[A-Za-z][A-Za-z0-9_]*`.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn unknown_table(name: &Name, value: &Value) -> Diagnostic {
    let text = &name.text;
    if !matches!(value.data, Data::Table(_) | Data::List(_)) {
        let unknown =
            Diagnostic::error(Code::UnknownTable, name.span, format!("`{text}` stands outside of all tables"));
        return match nearest(text, RUN_KEYS) {
            Some(near) => unknown.help(format!("did you mean `{near}` in `[run]`, or `run.{near}`?")),
            None => unknown.help("keys stand beneath a table's header such as `[run]` or `[population.NAME]`"),
        };
    }
    Diagnostic::error(Code::UnknownTable, name.span, format!("there is no table `[{text}]`"))
        .suggest(text, TABLES.iter().copied())
}

/// One of the language's tables, written as something else.
fn not_a_table(name: &Name, value: &Value) -> Diagnostic {
    let kind = &name.text;
    let header = if UNNAMED.contains(&kind.as_str()) { format!("[{kind}]") } else { format!("[{kind}.NAME]") };
    let found = value.kind();
    Diagnostic::error(Code::WrongType, name.span, format!("`{kind}` must be a table, not {found}"))
        .label(found)
        .help(format!("write `{header}` and its keys beneath; a key stands beneath the header of its table"))
}

/// `[population]` holds named tables only.
fn check_named(kind: &str, table: &Table, diagnostics: &mut Diagnostics) {
    for (name, value) in &table.entries {
        if !matches!(value.data, Data::Table(_)) {
            let message = format!("`{}` stands directly in `[{kind}]`, which holds named tables only", name.text);
            let found = value.kind();
            diagnostics.push(
                Diagnostic::error(Code::WrongType, name.span, message)
                    .label(format!("{found}, not a table"))
                    .help(format!("give the {} a name: `[{kind}.NAME]`", kind.replace('_', " "))),
            );
        }
    }
}

fn check_names(kind: &str, table: &Table, diagnostics: &mut Diagnostics) {
    for (name, _) in table.entries.iter().filter(|(name, _)| !is_name(&name.text)) {
        let message = format!("`{}` cannot be the name of a {}", name.text, kind.replace('_', " "));
        let legal: String = name.text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let bad = Diagnostic::error(Code::BadName, name.span, message)
            .help("a name is a letter, then letters, digits and underscores");
        diagnostics.push(if is_name(&legal) { bad.help(format!("for example `{legal}`")) } else { bad });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::locate;

    /// What the check of the structure reports, as `line:column code message`.
    fn structure(text: &str) -> Vec<(String, String)> {
        let config = Config::from_text("t", text).unwrap();
        let mut diagnostics = Diagnostics::default();
        config.check_structure(&mut diagnostics);
        let line = |d: &Diagnostic| {
            let (_, line, column) = locate(&config.sources, d.span).unwrap();
            (format!("{line}:{column} {} {}", d.code.name(), d.message), d.help.join("; "))
        };
        diagnostics.list.iter().map(line).collect()
    }

    fn one(text: &str, message: &str, help: &str) {
        let found = structure(text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].0, message);
        assert!(found[0].1.contains(help), "{}", found[0].1);
    }

    #[test]
    fn a_sound_structure_is_silent() {
        assert_eq!(structure("[run]\n[define]\na=1\n[cell.a]\n[population.b_2]\n[expect]\n\"b_2.rate\"=[1,2]\n"), []);
        assert_eq!(structure(""), []);
    }

    #[test]
    fn every_mistake_of_structure() {
        one("[populaton.x]", "1:2 unknown-table there is no table `[populaton]`", "did you mean `population`?");
        one("duratio = 1", "1:1 unknown-table `duratio` stands outside of all tables", "`run.duration`");
        one("foo = 1", "1:1 unknown-table `foo` stands outside of all tables", "[population.NAME]");
        one("run = 1", "1:1 wrong-type `run` must be a table, not a number", "write `[run]`");
        one("[[cell]]", "1:3 wrong-type `cell` must be a table, not a list", "write `[cell.NAME]`");
        let message = "2:1 wrong-type `size` stands directly in `[population]`, which holds named tables only";
        one("[population]\nsize = 1", message, "`[population.NAME]`");
        one("[gap_junction.a-b]", "1:15 bad-name `a-b` cannot be the name of a gap junction", "for example `a_b`");
        one("[define]\n\"2x\" = 1", "2:1 bad-name `2x` cannot be the name of a definition", "a letter, then");
        one("[cell.\"\"]", "1:7 bad-name `` cannot be the name of a cell", "a letter, then");
    }

    #[test]
    fn entries_are_the_named_tables() {
        let config = Config::from_text("t", "[cell]\nx = 1\n[cell.b]\n[cell.a]\n").unwrap();
        let names: Vec<&str> = config.entries("cell").iter().map(|(name, _)| name.text.as_str()).collect();
        assert_eq!(names, ["b", "a"]);
        assert!(config.entries("plot").is_empty());
        assert!(config.table("run").is_none());
    }
}
