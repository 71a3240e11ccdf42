//! From a TOML text to the tree of [`Value`]s, each with its span.
//!
//! The parser recovers from mistakes, so that all syntax errors are reported at once. A table written with a header
//! or with dotted keys gets the span of its header or name, never of its body, since that is what a message wants to
//! point at. Numbers keep their digits. Dates mean nothing to axonal and are refused here.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
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

/// How often a text with mistakes is read again for more.
const ROUNDS: usize = 8;

/// More syntax errors than these are not collected: it is not a config at all.
const MOST: usize = 1000;

/// What the parser's own limit is reported as.
const TOO_DEEP: &str = "lists, tables or the parts of a key are nested too deeply";

/// Tables and lists may be nested this deep, so that walking the tree cannot exhaust the stack.
pub(super) const DEEPEST: usize = 64;

impl Config {
    /// Reads a TOML text; `name` is what messages call it. File paths in it are relative to the working directory.
    ///
    /// Errors: all syntax errors at once; a text above 16 MiB.
    pub fn from_text(name: &str, text: &str) -> Result<Config, Error> {
        if text.len() as u64 > LARGEST {
            return Err(too_large(name));
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (tree, errors) = DeTable::parse_recoverable(text);
        let mut diagnostics = Diagnostics { list: all_syntax_errors(text, errors) };
        let mut convert = Convert { text, source: 0, offset: 0, diagnostics: &mut diagnostics };
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
        return Err(too_large(name));
    }
    let mut bytes = vec![];
    // A pipe or device does not know its length: the limit holds for what comes, too.
    let file = File::open(path).map_err(|cause| unreadable(&cause))?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|cause| unreadable(&cause))?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large(name));
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

fn too_large(name: &str) -> Error {
    let message = format!("`{name}` is larger than 16 MiB, the most that a config may have");
    Error::plain(Exit::BadInput, Code::Unreadable, message).help("large data belong into files that the config names")
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

/// Every syntax error. After some mistakes the parser gives up on the rest of the text, so lines with a mistake are
/// blanked and the text is read again, until nothing new is found.
fn all_syntax_errors(text: &str, errors: Vec<toml::de::Error>) -> Vec<Diagnostic> {
    let mut found = BTreeMap::new();
    let mut errors = errors;
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..ROUNDS {
        let before = found.len();
        for line in add_first_of_lines(text, &errors, &mut found) {
            // A line that opens or closes something larger stays: without it, sound lines would look wrong.
            let written = &text[line.clone()];
            let balanced = written.matches(['[', '{']).count() == written.matches([']', '}']).count();
            let apart = balanced && !written.trim_start().starts_with('[');
            if apart && !written.contains("\"\"\"") && !written.contains("'''") {
                bytes[line].fill(b' ');
            }
        }
        let Ok(blanked) = str::from_utf8(&bytes) else { break };
        if found.len() == before {
            break;
        }
        errors = DeTable::parse_recoverable(blanked).1;
    }
    found.into_values().collect()
}

/// Adds the first error of each line, by the line's start: what follows in a line is mostly a consequence. Returns the
/// lines that are new.
fn add_first_of_lines(
    text: &str,
    errors: &[toml::de::Error],
    found: &mut BTreeMap<usize, Diagnostic>,
) -> Vec<Range<usize>> {
    let place = |error: &toml::de::Error| error.span().unwrap_or_else(|| longest_key(text));
    let mut errors: Vec<(Range<usize>, &str)> = errors.iter().map(|error| (place(error), error.message())).collect();
    errors.sort_by_key(|(span, _)| span.start);
    let mut lines = vec![];
    let mut seen_to = 0;
    for (range, message) in errors {
        if range.start < seen_to {
            continue;
        }
        let line = line_around(text, range.start);
        seen_to = line.end + 1;
        if found.len() >= MOST {
            break;
        }
        if let Entry::Vacant(slot) = found.entry(line.start) {
            slot.insert(syntax_error(text, line.clone(), range, message));
            lines.push(line);
        }
    }
    lines
}

/// The start of the line with the most dots: of a key with too many parts, the parser does not say where it is.
fn longest_key(text: &str) -> Range<usize> {
    let line = text.lines().max_by_key(|line| line.matches('.').count()).unwrap_or("");
    let start = line.as_ptr() as usize - text.as_ptr() as usize;
    start..start + usize::from(!line.is_empty())
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
    let error = |message: &str| Diagnostic::error(Code::Syntax, Span::new(0, range.clone()), message);
    let written = text.get(range.clone()).unwrap_or("").trim();
    let (fault, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    match fault {
        "duplicate key" => {
            return error(&format!("`{written}` is written twice")).label("again").help("keep one of them");
        }
        "string values must be quoted" if written.is_empty() => return error("a key without a value"),
        "invalid basic string" | "invalid literal string" if expected.len() == 3 => {
            return error("the string has no closing quote").help(format!("add {}", expected.replace('`', "")));
        }
        _ if fault.contains("recurs") => return error(TOO_DEEP),
        _ => {}
    }
    let error = error(&fault.replace('\n', " ")).label(match expected {
        "" | "nothing" => String::new(),
        _ => format!("expected {expected}"),
    });
    let value_at = text.get(line.clone()).and_then(|line| line.find('='));
    let in_value = value_at.is_some_and(|at| range.start > line.start + at) && !fault.contains("radix");
    match text.get(line).filter(|_| in_value).and_then(unquoted) {
        Some(value) => {
            error.label("").help(format!("a value with a unit, a name or a formula is a string: `\"{value}\"`"))
        }
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
    Convert { text, source, offset, diagnostics }.value(&tree, None, depth)
}

/// From the parser's tree to ours.
struct Convert<'a> {
    text: &'a str,
    source: u32,
    /// Where `text` begins in the source.
    offset: usize,
    diagnostics: &'a mut Diagnostics,
}

impl Convert<'_> {
    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.source, range.start + self.offset..range.end + self.offset)
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
            // The parser gives up somewhat deeper, and has said so.
            if self.diagnostics.list.iter().any(|d| d.code == Code::Syntax && d.message == TOO_DEEP) {
                return None;
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The mistakes of a text as `line:column message`.
    fn mistakes(text: &str) -> Vec<String> {
        let error = Config::from_text("t", text).unwrap_err();
        let place = |d: &Diagnostic| crate::error::locate(&error.sources, d.span).unwrap();
        let line = |d| format!("{}:{} {}", place(d).1, place(d).2, d.message);
        error.diagnostics.iter().map(line).collect()
    }

    fn written(config: &Config, span: Span) -> &str {
        &config.sources[0].text[span.start as usize..span.end as usize]
    }

    #[test]
    fn keys_values_and_tables_know_their_place() {
        let text = "\u{feff}[run]\r\ndt = \"0.1 ms\"\r\n[cell.a]\r\nx.y = {b = [1_000, 0x1F, +2.5e3, inf, true]}\r\n";
        let config = Config::from_text("t", text).unwrap();
        let run = config.table("run").unwrap();
        assert_eq!(written(&config, run.span), "[run]");
        assert_eq!(written(&config, run.entries[0].0.span), "dt");
        assert_eq!(written(&config, run.entries[0].1.span), "\"0.1 ms\"");
        assert_eq!(written(&config, config.table("cell").unwrap().span), "cell");
        let cell = config.entries("cell")[0].1;
        assert_eq!(written(&config, cell.span), "[cell.a]");
        let x = cell.get("x").unwrap().as_table("x").unwrap();
        let y = x.get("y").unwrap().as_table("y").unwrap();
        assert_eq!((written(&config, x.span), written(&config, y.span)), ("x", "y"));
        let numbers: Vec<String> = y.get("b").unwrap().as_list("b").unwrap()[..4]
            .iter()
            .map(|value| match &value.data {
                Data::Number(digits) => digits.clone(),
                _ => panic!(),
            })
            .collect();
        assert_eq!(numbers, ["1000", "31", "2.5e3", "inf"]);
    }

    #[test]
    fn tables_keep_the_order_of_the_text() {
        let config = Config::from_text("t", "[b.s.x]\n[a]\n[b]\nk = 1\n[cell.z]\n[cell.a]\n").unwrap();
        let cells: Vec<&str> = config.entries("cell").iter().map(|(name, _)| name.text.as_str()).collect();
        assert_eq!(cells, ["z", "a"]);
    }

    #[test]
    fn all_syntax_errors_at_once() {
        let text = "[run]\nduration = 20 ms\ndt = \"0.1 ms\n a b = 3\nx = 1\nx = 2\nw=5 \"a\"\n";
        let expected = [
            "2:12 string values must be quoted",
            "3:13 the string has no closing quote",
            "4:4 key with no value",
            "6:1 `x` is written twice",
            "7:5 unexpected key or value",
        ];
        assert_eq!(mistakes(text), expected);
        let error = Config::from_text("t", text).unwrap_err();
        assert!(error.diagnostics[0].help[0].contains("`\"20 ms\"`"), "{error}");
        assert_eq!(error.exit, Exit::BadInput);
    }

    #[test]
    fn dates_mean_nothing() {
        let expected = "2:8 a date or time of day means nothing here";
        assert_eq!(mistakes("[run]\nx = [1,2020-01-01]\n"), [expected]);
        assert_eq!(Config::from_text("t", "x = 12:00:00").unwrap_err().diagnostics[0].code, Code::WrongType);
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_an_overflow() {
        let deep = [
            format!("x = {}", "[".repeat(100_000)),
            format!("x = {}{}", "[".repeat(70), "]".repeat(70)),
            format!("x = {}", "{a=".repeat(100_000)),
            format!("{}a = 1", "a.".repeat(100_000)),
            format!("[{}a]", "a.".repeat(100_000)),
            (0..70).fold("x = 1".to_string(), |inner, _| format!("x = {{{}{inner}}}", "a.".repeat(70))),
        ];
        for text in deep {
            let error = Config::from_text("t", &text).unwrap_err();
            assert!(error.diagnostics.iter().any(|d| d.message.contains("nested")), "{error}");
        }
        let error = mistakes(&format!("b = 1\n{}a = 1\n", "a.".repeat(99)));
        assert_eq!(error, ["2:1 lists, tables or the parts of a key are nested too deeply"]);
    }

    #[test]
    fn files_that_cannot_be_read_say_why() {
        let directory = tempfile::tempdir().unwrap();
        let message = |name: &str, content: Option<&[u8]>| {
            let path = directory.path().join(name);
            if let Some(bytes) = content {
                std::fs::write(&path, bytes).unwrap();
            }
            let error = Config::from_file(&path).unwrap_err();
            let prefix = format!("{}/", directory.path().display());
            let diagnostic = &error.diagnostics[0];
            (diagnostic.code, diagnostic.message.replace(&prefix, ""), diagnostic.help.join(" ").replace(&prefix, ""))
        };
        let of = |name: &str, content: Option<&[u8]>| message(name, content).1;
        assert_eq!(of("empty.toml", Some(b" \n")), "`empty.toml` is empty");
        assert_eq!(of("notes.toml", Some(b"# x")), "`notes.toml` holds nothing but comments");
        assert_eq!(of("latin.toml", Some(b"[run]\nx = \"\xb5m\"")), "`latin.toml` is not UTF-8: byte 11, in line 2");
        assert_eq!(message("latin.toml", None).0, Code::Encoding);
        assert_eq!(message("wide.toml", Some(b"\xff\xfe[\0")).2, "it looks like UTF-16; save it as UTF-8");
        assert_eq!(of("none.toml", None), "there is no file `none.toml`");
        assert_eq!(message("emty.toml", None).2, "did you mean `empty.toml`?");
        let large = std::fs::File::create(directory.path().join("large.toml")).unwrap();
        large.set_len(LARGEST + 1).unwrap();
        assert_eq!(of("large.toml", None), "`large.toml` is larger than 16 MiB, the most that a config may have");
        std::fs::create_dir(directory.path().join("d")).unwrap();
        assert_eq!(of("d", None), "`d` is a directory, not a config file");
        std::fs::write(directory.path().join("good.toml"), "[run]").unwrap();
        let config = Config::from_file(&directory.path().join("good.toml")).unwrap();
        assert_eq!(config.directory, directory.path());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>(), toml in "[\\[\\]{}=.,\"'a1 #\n\t\r_é-]{0,60}") {
            let _ = Config::from_text("t", &text);
            let _ = Config::from_text("t", &toml);
        }
    }
}
