//! What the readers of the tables share: the config, what was found wrong, and how a value is read.

use crate::config::Config;
use crate::config::evaluate::Evaluator;
use crate::config::keys::Keys;
use crate::config::value::Value;
use crate::contrast::plan::WeightsFile;
use crate::error::{Code, Diagnostic, Diagnostics, Span};
use crate::network::apart::Apart;

/// Of `dt`, where a column is biological.
const DEFAULT_DT: &str = "1 ms";

pub struct Reader<'a> {
    pub config: &'a Config,
    pub evaluator: Evaluator,
    pub diagnostics: Diagnostics,
    pub cells: Apart,
}

impl<'a> Reader<'a> {
    pub fn new(config: &'a Config) -> Reader<'a> {
        let mut cells = Apart::read(config, DEFAULT_DT);
        let diagnostics = std::mem::take(&mut cells.diagnostics);
        let evaluator = cells.evaluator.clone();
        Reader { config, evaluator, diagnostics, cells }
    }

    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// A whole number from `low` to `high`; `what` is what messages call it: "`steps`".
    pub fn whole(&mut self, value: &Value, what: &str, low: i64, high: i64) -> Option<usize> {
        let number = self.diagnostics.keep(self.evaluator.integer(value))?;
        if number < low || number > high {
            let limits = if number < low { format!("at least {low}") } else { format!("at most {high}") };
            let message = format!("{what} is {number}, but must be {limits}");
            self.push(Diagnostic::error(Code::OutOfRange, value.span, message));
            return None;
        }
        Some(number as usize)
    }

    /// As [`Reader::whole`], for a key that may be left out. A mistake is reported, and the default stands in for it.
    pub fn whole_or(&mut self, keys: &mut Keys, key: &'static str, default: usize, low: i64, high: i64) -> usize {
        let value = keys.optional(key);
        value.and_then(|value| self.whole(value, &format!("`{key}`"), low, high)).unwrap_or(default)
    }

    /// A number for which `holds`; `must` says what that means: "above zero".
    pub fn real(&mut self, value: &Value, key: &str, holds: fn(f64) -> bool, must: &str) -> Option<f64> {
        let number = self.diagnostics.keep(self.evaluator.number(value, ""))?;
        if !holds(number) {
            let message = format!("`{key}` is {number}, but must be {must}");
            self.push(Diagnostic::error(Code::OutOfRange, value.span, message));
            return None;
        }
        Some(number)
    }

    /// As [`Reader::real`], for a key that may be left out.
    pub fn real_or(
        &mut self,
        keys: &mut Keys,
        key: &'static str,
        default: f64,
        holds: fn(f64) -> bool,
        must: &str,
    ) -> f64 {
        let value = keys.optional(key);
        value.and_then(|value| self.real(value, key, holds, must)).unwrap_or(default)
    }

    /// One of a few words.
    pub fn choice<T: Copy>(&mut self, value: &Value, key: &str, words: &[(&str, T)]) -> Option<T> {
        let word = self.diagnostics.keep(value.as_text(&format!("`{key}`")))?;
        let found = words.iter().find(|(known, _)| *known == word).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let message = format!("`{key}` cannot be `{word}`");
            let unknown = Diagnostic::error(Code::UnknownName, value.span, message);
            self.push(unknown.suggest(word, words.iter().map(|(known, _)| *known)));
        }
        found
    }

    /// As [`Reader::choice`], for a key that may be left out: the first word is the default.
    pub fn choice_or_first<T: Copy>(&mut self, keys: &mut Keys, key: &'static str, words: &[(&str, T)]) -> T {
        let value = keys.optional(key);
        value.and_then(|value| self.choice(value, key, words)).unwrap_or(words[0].1)
    }

    /// A file that is there; its path is relative to the config.
    pub fn file(&mut self, value: &Value, key: &str) -> Option<WeightsFile> {
        let text = self.diagnostics.keep(value.as_text(&format!("`{key}`")))?;
        // `./x` would not be what the user wrote.
        let here = self.config.directory.as_os_str() == ".";
        let path = if here { text.into() } else { self.config.directory.join(text) };
        let trouble = match std::fs::metadata(&path) {
            Ok(what) if what.is_dir() => format!("`{}` is a directory, not a file", path.display()),
            Ok(_) => return Some(WeightsFile { path, span: value.span }),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
                format!("there is no file `{}`", path.display())
            }
            Err(cause) => format!("cannot read `{}`: {cause}", path.display()),
        };
        let error = Diagnostic::error(Code::Unreadable, value.span, trouble);
        self.push(match path.is_absolute() && !self.config.directory.is_absolute() {
            true => error,
            false => error.help("paths are relative to the config"),
        });
        None
    }

    /// Keys that stand in a table though they mean nothing in it, and why.
    pub fn refuse(&mut self, keys: &mut Keys, names: &[&'static str], why: &str, help: &str) {
        for name in names {
            let Some(value) = keys.optional(name) else { continue };
            let message = format!("{why} has no `{name}`");
            let span = value.place();
            self.push(Diagnostic::error(Code::Conflict, span, message).help(help));
        }
    }
}

/// Where a table stands, or nowhere.
pub fn header(reader: &Reader, table: &str) -> Span {
    reader.config.table(table).map_or(Span::NONE, |table| table.span)
}
