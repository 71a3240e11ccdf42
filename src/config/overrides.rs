//! `--set PATH=VALUE`: one value of the config, written on the command line.
//!
//! A path is the keys from the root, joined by dots, quoted where a key holds a dot: `expect."chain.spikes"`. The
//! value is TOML if it reads as TOML, else a string, because shells eat quotes: `--set run.duration="50 ms"` arrives
//! as `run.duration=50 ms`. Spans point into the argument, so that a mistake is shown where it was typed.

use std::ops::Range;
use std::sync::Arc;

use super::document::{DEEPEST, parse_value};
use super::value::{Data, Name, Table, Value};
use super::{Config, TABLES};
use crate::error::{Code, Diagnostic, Diagnostics, Error, Source, Span};

impl Config {
    /// Sets one value from `population.exc.size=8000`, making missing tables on the way.
    ///
    /// Errors: a malformed path, one that leads through something that is not a table, a broken list, table or quoted
    /// string. The config is unchanged then.
    pub fn set(&mut self, assignment: &str) -> Result<(), Error> {
        let source = self.sources.len() as u32;
        let mut diagnostics = Diagnostics::default();
        if let Some((path, value)) = read(assignment, source, &mut diagnostics)
            && let Some(value) = value
        {
            diagnostics.keep(insert(&mut self.root, &path, value));
        }
        let sources = Arc::make_mut(&mut self.sources);
        sources.push(Source { name: "--set".into(), text: assignment.into() });
        if diagnostics.list.is_empty() {
            return Ok(());
        }
        let with_this = self.sources.clone();
        Arc::make_mut(&mut self.sources).pop();
        Err(Error::input(diagnostics.list, with_this))
    }

    /// Sets one value, making missing tables on the way; whatever stands in the way of a table is replaced by it.
    pub fn set_value(&mut self, path: &[&str], value: Value) {
        let Some((last, parents)) = path.split_last() else { return };
        let mut table = &mut self.root;
        for key in parents {
            let name = || Name { text: key.to_string(), span: Span::NONE };
            let slot = slot(table, name);
            if !matches!(slot.data, Data::Table(_)) {
                *slot = Value { data: Data::Table(Table::empty()), span: Span::NONE };
            }
            let Data::Table(next) = &mut slot.data else { return };
            table = next;
        }
        *slot(table, || Name { text: last.to_string(), span: Span::NONE }) = value;
    }
}

/// The value at a key, an empty table if there was none.
fn slot(table: &mut Table, name: impl FnOnce() -> Name) -> &mut Value {
    let name = name();
    let index = table.entries.iter().position(|(present, _)| present.text == name.text).unwrap_or_else(|| {
        let empty = Table { entries: vec![], span: name.span };
        let value = Value { span: name.span, data: Data::Table(empty) };
        table.entries.push((name, value));
        table.entries.len() - 1
    });
    &mut table.entries[index].1
}

/// Path and value of an assignment; `None` with diagnostics if it cannot be read.
fn read(text: &str, source: u32, diagnostics: &mut Diagnostics) -> Option<(Vec<Name>, Option<Value>)> {
    let (path, value_at) = diagnostics.keep(read_path(text, source))?;
    let written = text[value_at..].trim();
    let offset = value_at + (text[value_at..].len() - text[value_at..].trim_start().len());
    let span = Span::new(source, offset..offset + written.len());
    if let Some(value) = parse_value(written, source, offset, path.len(), diagnostics) {
        return Some((path, Some(value)));
    }
    if diagnostics.has_errors() {
        return None;
    }
    if written.starts_with(['[', '{', '"', '\'']) {
        diagnostics.push(
            Diagnostic::error(Code::Syntax, span, "the value is not a complete TOML list, table or string")
                .help("quote the whole argument for the shell: `--set 'define.rates=[1, 2]'`"),
        );
        return None;
    }
    Some((path, Some(Value { data: Data::Text(written.into()), span })))
}

/// The keys before the `=`, and where the value begins.
fn read_path(text: &str, source: u32) -> Result<(Vec<Name>, usize), Diagnostic> {
    let fault = |range: Range<usize>, message: &str| {
        Diagnostic::error(Code::Syntax, Span::new(source, range), message)
            .help("write `--set TABLE.KEY=VALUE`, such as `--set population.exc.size=8000`")
    };
    let mut path = vec![];
    let mut at = 0;
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        let (key, end) = read_key(text, at).ok_or_else(|| fault(at..text.len(), "this quote is not closed"))?;
        if end == at {
            return Err(fault(at..text.len().min(at), "a key is missing here"));
        }
        path.push(Name { text: key, span: Span::new(source, at..end) });
        at = end + (text[end..].len() - text[end..].trim_start().len());
        match text[at..].chars().next() {
            Some('=') => break,
            Some('.') => at += 1,
            Some(odd) => return Err(fault(at..at + odd.len_utf8(), &format!("`{odd}` cannot stand in a key"))),
            None => return Err(fault(text.len()..text.len(), "`=` and a value are missing")),
        }
    }
    if path.len() > DEEPEST {
        return Err(fault(0..at, "the path has too many parts"));
    }
    Ok((path, at + 1))
}

/// The key that begins at `at`, and its end; `None` if its quote is not closed.
fn read_key(text: &str, at: usize) -> Option<(String, usize)> {
    let rest = &text[at..];
    if let Some(quote) = rest.chars().next().filter(|&c| c == '"' || c == '\'') {
        let length = rest[1..].find(quote)?;
        return Some((rest[1..1 + length].into(), at + length + 2));
    }
    let bare = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let length = rest.find(|c: char| !bare(c)).unwrap_or(rest.len());
    Some((rest[..length].into(), at + length))
}

fn insert(root: &mut Table, path: &[Name], value: Value) -> Result<(), Diagnostic> {
    let Some((last, parents)) = path.split_last() else { return Ok(()) };
    if parents.is_empty() && !matches!(value.data, Data::Table(_)) {
        let message = format!("`{}` alone is not the path of a value", last.text);
        let bad = Diagnostic::error(Code::Syntax, last.span, message);
        let of_run = ["title", "duration", "warmup", "dt", "seed", "temperature"].contains(&last.text.as_str());
        return Err(match of_run {
            true => bad.help(format!("did you mean `run.{}`?", last.text)),
            false => bad.suggest(&last.text, TABLES.iter().copied()),
        });
    }
    let mut table = root;
    let mut walked = String::new();
    for name in parents {
        walked += if walked.is_empty() { "" } else { "." };
        walked += &name.text;
        let slot = slot(table, || name.clone());
        let found = slot.kind();
        let Data::Table(next) = &mut slot.data else {
            let message = format!("`{walked}` is {found}, not a table");
            return Err(Diagnostic::error(Code::WrongType, name.span, message).label("leads through this"));
        };
        table = next;
    }
    match table.entries.iter_mut().find(|(present, _)| present.text == last.text) {
        Some(entry) => *entry = (last.clone(), value),
        None => table.entries.push((last.clone(), value)),
    }
    Ok(())
}
