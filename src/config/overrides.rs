//! `--set PATH=VALUE`: one value of the config, written on the command line.
//!
//! A path is the keys from the root, joined by dots, quoted where a key holds a dot: `expect."chain.spikes"`. The
//! value is TOML if it reads as TOML, else a string, because shells eat quotes: `--set run.duration="50 ms"` arrives
//! as `run.duration=50 ms`. Spans point into the argument, so that a mistake is shown where it was typed.

use std::ops::Range;
use std::sync::Arc;

use super::document::{DEEPEST, parse_value};
use super::value::{Data, Name, Table, Value};
use super::{Config, RUN_KEYS, TABLES};
use crate::error::{Code, Diagnostic, Diagnostics, Error, Source, Span};

impl Config {
    /// Sets one value from `population.exc.size=8000`, making missing tables on the way.
    ///
    /// Errors: a malformed path, one that leads through something that is not a table, a broken list, table or quoted
    /// string. The config is unchanged then.
    pub fn set(&mut self, assignment: &str) -> Result<(), Error> {
        let source = self.sources.len() as u32;
        let mut diagnostics = Diagnostics::default();
        let assigned = read(assignment, source, &mut diagnostics).filter(|_| !diagnostics.has_errors());
        if let Some((path, value)) = assigned {
            diagnostics.keep(insert(&mut self.root, &path, value));
        }
        let mut sources = self.sources.to_vec();
        sources.push(Source { name: "--set".into(), text: assignment.into() });
        let sources = Arc::new(sources);
        if !diagnostics.list.is_empty() {
            return Err(Error::input(diagnostics.list, sources));
        }
        self.sources = sources;
        Ok(())
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
fn read(text: &str, source: u32, diagnostics: &mut Diagnostics) -> Option<(Vec<Name>, Value)> {
    let (path, value_at) = diagnostics.keep(read_path(text, source))?;
    let written = text[value_at..].trim();
    let offset = value_at + (text[value_at..].len() - text[value_at..].trim_start().len());
    let span = Span::new(source, offset..offset + written.len());
    if let Some(value) = parse_value(written, source, offset, path.len(), diagnostics) {
        return Some((path, value));
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
    Some((path, Value { data: Data::Text(written.into()), span }))
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
        return Err(match RUN_KEYS.contains(&last.text.as_str()) {
            true => bad.help(format!("did you mean `run.{}`?", last.text)),
            false if TABLES.contains(&last.text.as_str()) => {
                bad.help(format!("it is a table: name a key in it, `{}.KEY=VALUE`", last.text))
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn config() -> Config {
        Config::from_text("t", "[run]\nduration = \"5 ms\"\n[population.exc]\nsize = 5\n").unwrap()
    }

    #[test]
    fn values_are_toml_or_strings() {
        let mut config = config();
        for assignment in [
            "population.exc.size=8000",
            "run.duration = 50 ms",
            "expect.\"chain.spikes\"=[5, 5]",
            "cell.new.model='lif'",
            "run.title=2020-01-01",
            "run.dt=",
        ] {
            config.set(assignment).unwrap();
        }
        let expected = "[run]\nduration = \"50 ms\"\ntitle = \"2020-01-01\"\ndt = \"\"\n\n[population.exc]\nsize = 8000\n\n\
                        [expect]\n\"chain.spikes\" = [5, 5]\n\n[cell.new]\nmodel = \"lif\"\n";
        assert_eq!(config.to_toml(), expected);
    }

    #[test]
    fn spans_point_into_the_argument() {
        let mut config = config();
        config.set("run.duration = 50 ms").unwrap();
        config.set("define.a.b=[1, 22]").unwrap();
        let text = |span: Span| {
            let source = &config.sources[span.source as usize];
            assert_eq!(source.name, "--set");
            &source.text[span.start as usize..span.end as usize]
        };
        let (name, value) = &config.table("run").unwrap().entries[0];
        assert_eq!((text(name.span), text(value.span)), ("duration", "50 ms"));
        assert_eq!(text(value.part(3..5)), "ms");
        let a = config.table("define").unwrap().get("a").unwrap().as_table("a").unwrap();
        assert_eq!(text(a.span), "a");
        let list = a.get("b").unwrap();
        assert_eq!((text(list.span), text(list.as_list("b").unwrap()[1].span)), ("[1, 22]", "22"));
    }

    #[test]
    fn mistakes_point_and_leave_the_config_alone() {
        let fails = |assignment: &str, column: usize, message: &str| {
            let mut config = config();
            let before = config.to_toml();
            let error = config.set(assignment).unwrap_err();
            let first = &error.diagnostics[0];
            let (name, _, found) = crate::error::locate(&error.sources, first.span).unwrap();
            assert_eq!((name, found, first.message.as_str()), ("--set", column, message));
            assert_eq!((config.to_toml(), config.sources.len()), (before, 1));
        };
        fails("a.b", 4, "`=` and a value are missing");
        fails("", 1, "a key is missing here");
        fails("=3", 1, "a key is missing here");
        fails("run..x=3", 5, "a key is missing here");
        fails("run x=3", 5, "`x` cannot stand in a key");
        fails("run.\"x=3", 5, "this quote is not closed");
        fails("run.duration.x=3", 5, "`run.duration` is a string, not a table");
        fails("dt=3", 1, "`dt` alone is not the path of a value");
        fails("run.seed=[1, 2", 10, "the value is not a complete TOML list, table or string");
        fails("run.seed={ a = [2020-01-01] }", 17, "a date or time of day means nothing here");
        fails(&format!("run.{}x=1", "a.".repeat(100)), 1, "the path has too many parts");
        fails(
            &format!("{}x={}1{}", "a.".repeat(40), "[".repeat(40), "]".repeat(40)),
            107,
            "tables and lists are nested more than 64 deep",
        );
    }

    #[test]
    fn set_value_replaces_what_is_in_its_way() {
        let mut config = config();
        config.set_value(&["run", "duration", "x"], Value::text("a"));
        assert!(config.to_toml().starts_with("[run]\nduration.x = \"a\"\n"));
    }

    proptest! {
        #[test]
        fn no_assignment_panics(text in any::<String>(), toml in "[a-c.=\"'\\[\\]{} 1é]{0,30}") {
            let _ = config().set(&text);
            let _ = config().set(&toml);
        }
    }
}
