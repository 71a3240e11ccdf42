//! A table of plain numbers as CSV, plain or gzipped, with or without a header.
//!
//! The first line is a header if its first field is no number. Every mistake names line and column; after five, the rest
//! is counted.

use super::gz;
use crate::error::{Code, Diagnostic, Error, Span};
use std::path::Path;

/// Some programs begin UTF-8 with it.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Mistakes that are spelt out.
const SHOWN: usize = 5;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct NumberTable {
    pub columns: usize,
    /// Row by row; NaN and infinities as written.
    pub values: Vec<f64>,
    /// Line in the file of each row, from 1.
    pub lines: Vec<u64>,
}

/// Reads `path`. Errors: `Unreadable`; `BadFile` without a span, one diagnostic for each mistake.
pub fn read(path: &Path) -> Result<NumberTable, Error> {
    let bytes = gz::read(path)?;
    let (table, mistakes) = parse(&bytes);
    if mistakes.is_empty() {
        return Ok(table);
    }
    let mut list: Vec<Diagnostic> = vec![];
    for mistake in mistakes.iter().take(SHOWN) {
        list.push(Diagnostic::error(Code::BadFile, Span::NONE, format!("`{}`, {mistake}", path.display())));
    }
    if mistakes.len() > SHOWN {
        let message = format!("`{}` has {} more mistakes like these", path.display(), mistakes.len() - SHOWN);
        list.push(Diagnostic::error(Code::BadFile, Span::NONE, message));
    }
    Err(Error::input(list, Default::default()))
}

/// The table and what is wrong with it: "line 3, column 2: `x` is not a number". The first row says how long rows are.
pub fn parse(bytes: &[u8]) -> (NumberTable, Vec<String>) {
    let mut table = NumberTable::default();
    let mut mistakes = vec![];
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).zip(1..);
    for (nth, (line, number_of_line)) in lines.filter(|(line, _)| !line.is_empty()).enumerate() {
        let fields = || line.split(|byte| *byte == b',').map(plain);
        if nth == 0 && fields().next().and_then(number).is_none() {
            continue;
        }
        let columns = fields().count();
        if table.columns == 0 {
            table.columns = columns;
        }
        if columns != table.columns {
            let first = table.columns;
            mistakes.push(format!("line {number_of_line}: it has {columns} columns, the first row has {first}"));
            continue;
        }
        for (index, field) in fields().enumerate() {
            table.values.push(number(field).unwrap_or_else(|| {
                let text = String::from_utf8_lossy(field);
                let found = if text.is_empty() { "nothing".into() } else { format!("`{text}`") };
                mistakes.push(format!("line {number_of_line}, column {}: {found} is not a number", index + 1));
                f64::NAN
            }));
        }
        table.lines.push(number_of_line);
    }
    (table, mistakes)
}

/// Without spaces and quotes around it.
fn plain(field: &[u8]) -> &[u8] {
    let field = field.trim_ascii();
    field.strip_prefix(b"\"").and_then(|field| field.strip_suffix(b"\"")).unwrap_or(field)
}

fn number(field: &[u8]) -> Option<f64> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_and_without_a_header() {
        let plain = NumberTable { columns: 3, values: vec![1.0, 0.5, -2e3, 0.0, 1.0, 2.0], lines: vec![1, 2] };
        assert_eq!(parse(b"1, 0.5,-2e3\n0,1,2\n"), (plain.clone(), vec![]));
        // As pandas writes it: the header's other fields look like numbers.
        let with = NumberTable { lines: vec![2, 4], ..plain };
        assert_eq!(parse(b"\xef\xbb\xbflabel,0,1\r\n\"1\",0.5,-2e3\n\n0,1,2"), (with, vec![]));
        assert_eq!(parse(b"").0.lines.len(), 0);
    }

    #[test]
    fn mistakes_have_places() {
        let (_, mistakes) = parse(b"0,1\n1,x\n1\n2,\n");
        let expected = [
            "line 2, column 2: `x` is not a number",
            "line 3: it has 1 columns, the first row has 2",
            "line 4, column 2: nothing is not a number",
        ];
        assert_eq!(mistakes, expected);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.csv");
        std::fs::write(&path, "1,a\n".repeat(9)).unwrap();
        let error = read(&path).unwrap_err();
        assert_eq!(error.diagnostics.len(), 6);
        assert!(error.diagnostics[5].message.contains("4 more"));
    }
}
