//! From a TOML text to the tree of [`Value`]s, each with its span.
//!
//! The parser recovers from mistakes, so that all syntax errors are reported at once. A table written with a header
//! or with dotted keys gets the span of its header or name, never of its body, since that is what a message wants to
//! point at. Numbers keep their digits. Dates mean nothing to axonal and are refused here.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeTable, DeValue};

use super::Config;
use super::value::{Data, Name, Table, Value};
use crate::error::{Code, Diagnostic, Diagnostics, Error, Exit, Source, Span, nearest};

/// The largest config that is read, in bytes: far beyond what is written by hand, and within a span's 32 bits.
const LARGEST: u64 = 16 << 20;

/// Tables and lists may be nested this deep, so that walking the tree cannot exhaust the stack.
pub(super) const DEEPEST: usize = 64;

impl Config {
    /// Reads a TOML text; `name` is what messages call it. File paths in it are relative to the working directory.
    ///
    /// Errors: all syntax errors at once; a text above 16 MiB.
    pub fn from_text(name: &str, text: &str) -> Result<Config, Error> {
        if text.len() as u64 > LARGEST {
            return Err(too_large(name, text.len() as u64));
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (tree, errors) = DeTable::parse_recoverable(text);
        let mut diagnostics = Diagnostics { list: syntax_errors(text, &errors) };
        let mut convert = Convert { text, source: 0, diagnostics: &mut diagnostics };
        let root = convert.table(tree.get_ref(), Span::NONE, 0);
        let sources = Arc::new(vec![Source { name: name.into(), text: text.into() }]);
        if !diagnostics.list.is_empty() {
            return Err(Error::input(diagnostics.list, sources));
        }
        Ok(Config { root, sources, directory: ".".into() })
    }

    /// Reads a TOML file. File paths in it are relative to its directory.
    ///
    /// Errors: those of [`Config::from_text`]; a file that cannot be read, is too large, is not UTF-8, or says nothing.
    pub fn from_file(path: &Path) -> Result<Config, Error> {
        let name = path.display().to_string();
        let text = decode(&name, read(path, &name)?)?;
        let mut config = Config::from_text(&name, &text)?;
        if config.root.entries.is_empty() {
            let what = if text.trim().is_empty() { "is empty" } else { "holds nothing but comments" };
            return Err(Error::plain(Exit::BadInput, Code::Unreadable, format!("`{name}` {what}"))
                .help("`axonal new` writes a file to start from"));
        }
        config.directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.into(),
            _ => ".".into(),
        };
        Ok(config)
    }
}

/// The bytes of a file that is not too large; nothing is read of one that says so beforehand.
fn read(path: &Path, name: &str) -> Result<Vec<u8>, Error> {
    let unreadable = |cause: &std::io::Error| match cause.kind() {
        ErrorKind::NotFound => missing(path, name),
        ErrorKind::PermissionDenied => {
            Error::plain(Exit::BadInput, Code::Unreadable, format!("no permission to read `{name}`"))
        }
        _ => Error::plain(Exit::BadInput, Code::Unreadable, format!("cannot read `{name}`: {cause}")),
    };
    let metadata = std::fs::metadata(path).map_err(|cause| unreadable(&cause))?;
    if metadata.is_dir() {
        let message = format!("`{name}` is a directory, not a config file");
        return Err(Error::plain(Exit::BadInput, Code::Unreadable, message));
    }
    if metadata.len() > LARGEST {
        return Err(too_large(name, metadata.len()));
    }
    let mut bytes = vec![];
    // A pipe or device does not know its length: the limit holds for what comes, too.
    let file = File::open(path).map_err(|cause| unreadable(&cause))?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|cause| unreadable(&cause))?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large(name, bytes.len() as u64));
    }
    Ok(bytes)
}

/// There is no such file; offers a neighbour with a similar name.
fn missing(path: &Path, name: &str) -> Error {
    let error = Error::plain(Exit::BadInput, Code::Unreadable, format!("there is no file `{name}`"));
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(listing) = std::fs::read_dir(directory) else { return error };
    let mut names: Vec<String> = listing.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| name.ends_with(".toml"));
    names.sort();
    let written = path.file_name().unwrap_or_default().to_string_lossy();
    match nearest(&written, &names.iter().map(String::as_str).collect::<Vec<_>>()) {
        Some(near) => error.help(format!("did you mean `{}`?", path.with_file_name(near).display())),
        None => error,
    }
}

fn too_large(name: &str, bytes: u64) -> Error {
    let mebibytes = bytes.div_ceil(1 << 20);
    let message = format!("`{name}` is too large for a config: more than {} MiB", mebibytes.saturating_sub(1).max(16));
    Error::plain(Exit::BadInput, Code::Unreadable, message)
        .help("a config has at most 16 MiB; large data belong into files that it names")
}

fn decode(name: &str, bytes: Vec<u8>) -> Result<String, Error> {
    let wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..offset].iter().filter(|&&byte| byte == b'\n').count() + 1;
        let message = format!("`{name}` is not UTF-8: byte {offset}, in line {line}");
        let error = Error::plain(Exit::BadInput, Code::Encoding, message);
        error.help(if wide { "it looks like UTF-16; save it as UTF-8" } else { "save the file as UTF-8" })
    })
}

/// The parser's errors, the first of each line: what follows in a line is mostly a consequence.
fn syntax_errors(text: &str, errors: &[toml::de::Error]) -> Vec<Diagnostic> {
    let mut found: Vec<(Range<usize>, &str)> =
        errors.iter().map(|error| (error.span().unwrap_or(0..0), error.message())).collect();
    found.sort_by_key(|(span, _)| span.start);
    let mut diagnostics = vec![];
    let mut seen_to = 0;
    for (range, message) in found {
        let line = line_around(text, range.start);
        if diagnostics.is_empty() || line.start >= seen_to {
            seen_to = line.end + 1;
            diagnostics.push(syntax_error(text, line, range, message));
        }
    }
    diagnostics
}

/// The byte range of the line that holds `offset`, without its line break.
fn line_around(text: &str, offset: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let offset = offset.min(bytes.len());
    let start = bytes[..offset].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let end = bytes[offset..].iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |at| offset + at);
    start..end
}

fn syntax_error(text: &str, line: Range<usize>, range: Range<usize>, message: &str) -> Diagnostic {
    let span = Span::new(0, range.clone());
    let written = text.get(range.clone()).unwrap_or("").trim();
    if message.starts_with("duplicate key") {
        return Diagnostic::error(Code::Syntax, span, format!("`{written}` is written twice"))
            .label("here again")
            .help("keep one of them");
    }
    if message.contains("recurs") {
        return Diagnostic::error(Code::Syntax, span, "lists and tables are nested too deeply");
    }
    let error = Diagnostic::error(Code::Syntax, span, message.replace('\n', " "));
    match text.get(line).and_then(unquoted) {
        Some(value) => error.help(format!("a value with a unit, a name or a formula is a string: `\"{value}\"`")),
        None => error,
    }
}

/// The value of a line such as `duration = 20 ms`, if it is a string without its quotes.
fn unquoted(line: &str) -> Option<&str> {
    let (_, value) = line.split_once('=')?;
    let value = value.split('#').next().unwrap_or("").trim();
    let plain = !value.is_empty() && !value.contains(['"', '\'', '{', '}', '=']) && !value.starts_with('[');
    plain.then_some(value)
}

/// A value that stands alone, at `offset` in the text of source `source`; `None` if it is not TOML.
pub(super) fn parse_value(
    text: &str,
    source: u32,
    offset: usize,
    depth: usize,
    diagnostics: &mut Diagnostics,
) -> Option<Value> {
    let (tree, errors) = DeValue::parse_recoverable(text);
    if !errors.is_empty() || matches!(tree.get_ref(), DeValue::Datetime(_)) {
        return None;
    }
    let mut value = Convert { text, source, diagnostics }.value(&tree, None, depth)?;
    shift(&mut value, offset as u32);
    Some(value)
}

/// Moves every span within a value: it was parsed apart from the text that it stands in.
fn shift(value: &mut Value, offset: u32) {
    let move_span = |span: &mut Span| {
        if !span.is_none() {
            span.start += offset;
            span.end += offset;
        }
    };
    move_span(&mut value.span);
    match &mut value.data {
        Data::List(items) => items.iter_mut().for_each(|item| shift(item, offset)),
        Data::Table(table) => {
            move_span(&mut table.span);
            for (name, value) in &mut table.entries {
                move_span(&mut name.span);
                shift(value, offset);
            }
        }
        Data::Bool(_) | Data::Number(_) | Data::Text(_) => {}
    }
}

/// From the parser's tree to ours.
struct Convert<'a> {
    text: &'a str,
    source: u32,
    diagnostics: &'a mut Diagnostics,
}

impl Convert<'_> {
    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.source, range)
    }

    fn table(&mut self, tree: &DeTable, span: Span, depth: usize) -> Table {
        let mut entries = Vec::with_capacity(tree.len());
        for (key, value) in tree {
            let name = Name { text: key.get_ref().to_string(), span: self.span(key.span()) };
            if let Some(value) = self.value(value, Some(name.span), depth + 1) {
                entries.push((name, value));
            }
        }
        // The parser moves a table that is opened after its children: back to the order of the text.
        entries.sort_by_key(|(name, _)| name.span.start);
        Table { entries, span }
    }

    fn value(&mut self, tree: &Spanned<DeValue>, name: Option<Span>, depth: usize) -> Option<Value> {
        let span = self.span(tree.span());
        if depth > DEEPEST {
            let message = format!("tables and lists are nested more than {DEEPEST} deep");
            self.diagnostics.push(Diagnostic::error(Code::Syntax, span, message));
            return None;
        }
        let data = match tree.get_ref() {
            DeValue::String(text) => Data::Text(text.to_string()),
            DeValue::Integer(integer) => Data::Number(self.integer(integer, span)?),
            DeValue::Float(float) => Data::Number(float.as_str().trim_start_matches('+').replace('_', "")),
            DeValue::Boolean(flag) => Data::Bool(*flag),
            DeValue::Datetime(date) => {
                self.diagnostics.push(
                    Diagnostic::error(Code::WrongType, span, "a date or time of day means nothing here")
                        .help(format!("if it is a text, write it in quotes: `\"{date}\"`")),
                );
                return None;
            }
            DeValue::Array(array) => Data::List(self.list(array, depth)),
            DeValue::Table(table) => {
                // Of an inline table, point at its name; of another, the parser's span is its header.
                let inline = self.text.get(tree.span()).is_some_and(|written| written.starts_with('{'));
                let of_table = name.filter(|_| inline).unwrap_or(span);
                Data::Table(self.table(table, of_table, depth))
            }
        };
        Some(Value { data, span })
    }

    fn list(&mut self, array: &DeArray, depth: usize) -> Vec<Value> {
        array.iter().filter_map(|item| self.value(item, None, depth + 1)).collect()
    }

    /// Its decimal digits, whatever base it is written in.
    fn integer(&mut self, integer: &DeInteger, span: Span) -> Option<String> {
        let digits = integer.as_str().trim_start_matches('+').replace('_', "");
        if integer.radix() == 10 {
            return Some(digits);
        }
        let number = u128::from_str_radix(&digits, integer.radix()).ok();
        if number.is_none() {
            self.diagnostics.push(Diagnostic::error(Code::OutOfRange, span, "the number is too large"));
        }
        number.map(|number| number.to_string())
    }
}
