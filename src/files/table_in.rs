//! Spikes and connections that a user brings, as CSV with a header, plain or gzipped (`.gz`).
//!
//! The columns may stand in any order; those that nobody asks for are ignored, but for misspelt ones. Times are handed on as they are
//! written, because whether `0.1` lies on the grid cannot be asked of the nearest binary number. Every mistake names
//! file, line, column and what belongs there; after five, the rest is counted.

use super::unreadable;
use crate::error::{Code, Diagnostic, Error, Exit, Span};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;

/// Mistakes that are spelt out.
const SHOWN: usize = 5;

/// A file that unpacks to more is refused: it is not meant, or it is meant ill.
const LARGEST: u64 = 16 << 30;

/// A decimal number as it was written: finite, not negative, in the unit of its column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeText(pub(super) String);

impl TimeText {
    /// `12.5`, `1e-3`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The nearest binary number.
    pub fn to_f64(&self) -> f64 {
        // It was parsed once when it was read.
        self.0.parse().unwrap_or(f64::NAN)
    }
}

/// A row of a spike file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpikeRow {
    /// In ms.
    pub time: TimeText,
    /// `None` if the file has no such column.
    pub population: Option<String>,
    pub neuron: u64,
    /// Line in the file, from 1.
    pub line: u64,
}

/// A connection file.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionTable {
    /// What the header says behind `weight_`: `Some("nS")`; `Some("")` for a plain `weight`; `None` without weights.
    pub weight_unit: Option<String>,
    /// As `weight_unit`.
    pub delay_unit: Option<String>,
    pub rows: Vec<ConnectionRow>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionRow {
    pub source: u64,
    pub target: u64,
    pub weight: Option<f64>,
    /// Not negative.
    pub delay: Option<f64>,
    /// Line in the file, from 1.
    pub line: u64,
}

/// Reads `time_ms,population,neuron[,site]` in any order; `population` may be absent.
///
/// Errors: `Unreadable`, and `BadFile` without a span, one diagnostic for each mistake.
pub fn read_spikes(path: &Path) -> Result<Vec<SpikeRow>, Error> {
    if is_archive(path) {
        return super::arrays_in::spikes(path);
    }
    let mut table = Table::open(path)?;
    let (time, neuron) = (table.need("time_ms"), table.need("neuron"));
    let population = table.column("population");
    let (Some(time), Some(neuron)) = (time, neuron) else { return Err(table.mistakes.into_error()) };
    let mut rows = vec![];
    while table.next()? {
        let read_time = table.number(&time, Sign::NotNegative).map(|_| TimeText(table.field(&time).to_owned()));
        let population = population.as_ref().map(|column| table.field(column).to_owned());
        if let (Some(time), Some(neuron)) = (read_time, table.index(&neuron)) {
            rows.push(SpikeRow { time, population, neuron, line: table.line() });
        }
    }
    table.mistakes.check(rows)
}

fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "npz")
}

/// Reads `source,target[,weight,delay]` in any order, where weight and delay may carry a unit: `weight_nS`, `delay_ms`.
///
/// Errors: as [`read_spikes`].
pub fn read_connections(path: &Path) -> Result<ConnectionTable, Error> {
    if is_archive(path) {
        return super::arrays_in::connections(path);
    }
    let mut table = Table::open(path)?;
    let (source, target) = (table.need("source"), table.need("target"));
    let (weight, delay) = (table.with_unit("weight"), table.with_unit("delay"));
    table.misspelt(&[("weight", weight.is_some()), ("delay", delay.is_some())]);
    let (Some(source), Some(target)) = (source, target) else { return Err(table.mistakes.into_error()) };
    let mut rows = vec![];
    while table.next()? {
        // All four are read before any is missed, so that a line's mistakes come together.
        let (source, target) = (table.index(&source), table.index(&target));
        let weight = weight.as_ref().map(|(column, _)| table.number(column, Sign::Any));
        let delay = delay.as_ref().map(|(column, _)| table.number(column, Sign::NotNegative));
        if let (Some(source), Some(target)) = (source, target) {
            rows.push(ConnectionRow {
                source,
                target,
                weight: weight.flatten(),
                delay: delay.flatten(),
                line: table.line(),
            });
        }
    }
    let unit = |column: Option<(Column, String)>| column.map(|(_, unit)| unit);
    table.mistakes.check(ConnectionTable { weight_unit: unit(weight), delay_unit: unit(delay), rows })
}

/// Reads `x_um[,y_um[,z_um]]`: how many axes there are, and a point for each row.
///
/// Errors: as [`read_spikes`].
pub fn read_positions(path: &Path) -> Result<(usize, Vec<[f64; 3]>), Error> {
    let mut table = Table::open(path)?;
    let Some(x) = table.need("x_um") else { return Err(table.mistakes.into_error()) };
    let y = table.column("y_um");
    let z = y.as_ref().and_then(|_| table.column("z_um"));
    table.refuse_other_axes(y.is_some());
    let axes: Vec<Column> = [Some(x), y, z].into_iter().flatten().collect();
    let mut points = vec![];
    while table.next()? {
        let mut point = [0.0; 3];
        for (place, column) in point.iter_mut().zip(&axes) {
            *place = table.number(column, Sign::Any).unwrap_or(0.0);
        }
        points.push(point);
    }
    table.mistakes.check((axes.len(), points))
}

/// What stands behind an axis where it is meant as one.
const LENGTHS: [&str; 8] = ["", "um", "µm", "mu", "mm", "nm", "cm", "m"];

/// A column that is nearly called as one of these that is not there, and what it would be called then.
pub(super) fn misspelt(column: &str, names: &[(&str, bool)]) -> Option<(String, String)> {
    let stem = column.rsplit_once('_').map_or(column, |(stem, _)| stem);
    let missing = names.iter().filter(|(name, there)| !there && *name != stem).map(|(name, _)| *name);
    let name = crate::error::nearest(stem, &missing.collect::<Vec<_>>())?;
    Some((column.to_owned(), column.replacen(stem, name, 1)))
}

/// `time_s` for `time_ms`: the same in another unit, which a new name would not make right.
fn in_another_unit<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let (stem, unit) = name.rsplit_once('_')?;
    let other = |column: &&&str| column.rsplit_once('_').is_some_and(|(own, other)| own == stem && other != unit);
    known.iter().find(other).copied()
}

#[derive(Clone, Copy, PartialEq)]
enum Sign {
    Any,
    NotNegative,
}

/// A column of the header: its place from 0, and its name.
struct Column {
    place: usize,
    name: String,
}

/// A file that is read row by row.
struct Table {
    reader: csv::Reader<BufReader<Box<dyn Read>>>,
    columns: HashMap<String, usize>,
    /// The header as written, for messages.
    header: String,
    record: csv::StringRecord,
    mistakes: Mistakes,
}

impl Table {
    fn open(path: &Path) -> Result<Table, Error> {
        let file = File::open(path).map_err(|cause| unreadable(path, &cause))?;
        let what = file.metadata().map_err(|cause| unreadable(path, &cause))?;
        if what.is_dir() {
            return Err(plain(Code::Unreadable, format!("cannot read `{}`: it is a directory", path.display())));
        }
        let packed = path.extension().is_some_and(|extension| extension == "gz");
        let bytes: Box<dyn Read> =
            if packed { Box::new(flate2::read::MultiGzDecoder::new(file)) } else { Box::new(file) };
        let reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .flexible(true)
            .from_reader(BufReader::new(Box::new(bytes.take(LARGEST)) as Box<dyn Read>));
        let mistakes = Mistakes { path: path.display().to_string(), list: vec![], count: 0 };
        let mut table = Table {
            reader,
            columns: HashMap::new(),
            header: String::new(),
            record: csv::StringRecord::new(),
            mistakes,
        };
        table.read_header()?;
        Ok(table)
    }

    fn read_header(&mut self) -> Result<(), Error> {
        let path = &self.mistakes.path;
        let header = self.reader.headers().map_err(|cause| plain_csv(path, &cause))?;
        if header.is_empty() {
            return Err(plain(Code::Unreadable, format!("`{path}` is empty: it needs a header and rows")));
        }
        for (place, name) in header.iter().enumerate() {
            // A spreadsheet may put a byte order mark before the first name.
            let name = name.trim_start_matches('\u{feff}').to_owned();
            if self.columns.insert(name.clone(), place).is_some() {
                return Err(plain(Code::BadFile, format!("{path}:1: the column `{name}` stands twice in the header")));
            }
        }
        self.header = header.iter().collect::<Vec<_>>().join(",");
        Ok(())
    }

    fn column(&self, name: &str) -> Option<Column> {
        self.columns.get(name).map(|place| Column { place: *place, name: name.to_owned() })
    }

    /// A column that must be there.
    fn need(&mut self, name: &str) -> Option<Column> {
        let column = self.column(name);
        if column.is_none() {
            let message = format!("{}:1: the header `{}` has no column `{name}`", self.mistakes.path, self.header);
            let known = self.columns.keys().map(String::as_str);
            let mut diagnostic = Diagnostic::error(Code::BadFile, Span::NONE, message);
            let known: Vec<&str> = known.collect();
            if self.header.contains(';') && !self.header.contains(',') {
                diagnostic = diagnostic.help("columns stand apart by commas, not by semicolons");
            } else if let Some(other) = in_another_unit(name, &known) {
                let unit = name.rsplit('_').next().unwrap_or(name);
                diagnostic = diagnostic.help(format!("write what `{other}` holds in {unit}, and call it `{name}`"));
            } else if let Some(near) = crate::error::nearest(name, &known) {
                diagnostic = diagnostic.help(format!("rename the column `{near}` to `{name}`"));
            } else if self.columns.keys().all(|name| name.parse::<f64>().is_ok()) {
                diagnostic =
                    diagnostic.help("the first line must name the columns, such as `time_ms,population,neuron`");
            }
            self.mistakes.push(diagnostic);
        }
        column
    }

    /// The column `name` or `name_unit`, with its unit.
    fn with_unit(&mut self, name: &str) -> Option<(Column, String)> {
        let prefix = format!("{name}_");
        let mut found: Vec<&String> =
            self.columns.keys().filter(|column| *column == name || column.starts_with(&prefix)).collect();
        found.sort();
        let chosen = (*found.first()?).clone();
        if let Some(second) = found.get(1) {
            let message = format!("{}:1: the columns `{chosen}` and `{second}` say the same", self.mistakes.path);
            self.mistakes.push(Diagnostic::error(Code::BadFile, Span::NONE, message));
        }
        let unit = chosen.strip_prefix(&prefix).unwrap_or("").to_owned();
        self.column(&chosen).map(|column| (column, unit))
    }

    /// Columns that are nearly called as one of these that is not there: they would be ignored.
    fn misspelt(&mut self, names: &[(&str, bool)]) {
        let path = &self.mistakes.path;
        let mut columns: Vec<&String> = self.columns.keys().collect();
        columns.sort();
        let found: Vec<(String, String)> = columns.iter().filter_map(|column| misspelt(column, names)).collect();
        let told = |(column, name): (String, String)| {
            let message = format!("{path}:1: the column `{column}` is not known, and would be ignored");
            Diagnostic::error(Code::BadFile, Span::NONE, message)
                .help(format!("rename it to `{name}`, or to something else"))
        };
        let told: Vec<Diagnostic> = found.into_iter().map(told).collect();
        told.into_iter().for_each(|diagnostic| self.mistakes.push(diagnostic));
    }

    /// Columns that look like the second and third axis of positions and are not read as such.
    fn refuse_other_axes(&mut self, has_y: bool) {
        let is_axis = |column: &&&String| {
            let letter = column.trim_start().chars().next().map(|letter| letter.to_ascii_lowercase());
            let unit = column.split_once('_').map_or("", |(_, unit)| unit).to_ascii_lowercase();
            let short = column.split('_').next().is_some_and(|stem| stem.len() == 1) && LENGTHS.contains(&&*unit);
            let read = **column == "y_um" || has_y && **column == "z_um";
            short && matches!(letter, Some('y' | 'z')) && !read
        };
        let columns: Vec<&String> = self.columns.keys().collect();
        let mut others: Vec<String> = columns.iter().filter(is_axis).map(|column| column.to_string()).collect();
        others.sort();
        for column in others {
            let message = format!("{}:1: the column `{column}` would be ignored", self.mistakes.path);
            self.mistakes.push(
                Diagnostic::error(Code::BadFile, Span::NONE, message)
                    .help("places stand in `x_um`, `y_um` and `z_um`, a third one beside a second alone"),
            );
        }
    }

    /// Goes to the next row; false at the end.
    fn next(&mut self) -> Result<bool, Error> {
        let more = self.reader.read_record(&mut self.record).map_err(|cause| plain_csv(&self.mistakes.path, &cause))?;
        // Empty ones behind the last are a spreadsheet's.
        if more && self.record.iter().skip(self.columns.len()).any(|field| !field.is_empty()) {
            let (path, line, fields) = (&self.mistakes.path, self.line(), self.record.len());
            let message = format!("{path}:{line}: the row has {fields} fields, the header {}", self.columns.len());
            let help = "decimals are written with a point, and a comma stands between fields alone";
            self.mistakes.push(Diagnostic::error(Code::BadFile, Span::NONE, message).help(help));
        }
        if !more && self.reader.position().byte() >= LARGEST {
            let path = &self.mistakes.path;
            return Err(plain(Code::Unreadable, format!("`{path}` holds more than {} GiB", LARGEST >> 30)));
        }
        Ok(more)
    }

    fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }

    fn field(&self, column: &Column) -> &str {
        self.record.get(column.place).unwrap_or("")
    }

    fn number(&mut self, column: &Column, sign: Sign) -> Option<f64> {
        let number = self.field(column).parse::<f64>().ok().filter(|number| number.is_finite());
        let wanted = if sign == Sign::Any { "a number" } else { "a number, zero or above" };
        let good = number.filter(|number| sign == Sign::Any || *number >= 0.0);
        good.or_else(|| self.mistake(column, wanted))
    }

    fn index(&mut self, column: &Column) -> Option<u64> {
        self.field(column).parse().ok().or_else(|| self.mistake(column, "a whole number, zero or above"))
    }

    fn mistake<T>(&mut self, column: &Column, wanted: &str) -> Option<T> {
        let (line, place) = (self.line(), column.place + 1);
        let found = match self.record.get(column.place) {
            None => "the row ends before it".to_owned(),
            Some("") => "it is empty".to_owned(),
            Some(text) => format!("found `{}`", text.chars().take(40).collect::<String>()),
        };
        let (path, name) = (&self.mistakes.path, &column.name);
        let message = format!("{path}:{line}: column {place} (`{name}`) must be {wanted}, {found}");
        self.mistakes.push(Diagnostic::error(Code::BadFile, Span::NONE, message));
        None
    }
}

struct Mistakes {
    path: String,
    list: Vec<Diagnostic>,
    count: usize,
}

impl Mistakes {
    fn push(&mut self, diagnostic: Diagnostic) {
        self.count += 1;
        if self.list.len() < SHOWN {
            self.list.push(diagnostic);
        }
    }

    fn check<T>(self, value: T) -> Result<T, Error> {
        if self.count == 0 { Ok(value) } else { Err(self.into_error()) }
    }

    fn into_error(mut self) -> Error {
        if self.count > SHOWN {
            let message = format!("{}: {} more mistakes like these", self.path, self.count - SHOWN);
            self.list.push(Diagnostic::error(Code::BadFile, Span::NONE, message));
        }
        Error::input(self.list, Arc::default())
    }
}

pub(super) fn plain(code: Code, message: String) -> Error {
    Error::plain(Exit::BadInput, code, message)
}

/// What the CSV or gzip reader found, in our words where they can be better.
fn plain_csv(path: &str, cause: &csv::Error) -> Error {
    let line = cause.position().map_or(String::new(), |position| format!(":{}", position.line()));
    match cause.kind() {
        csv::ErrorKind::Io(cause) => plain(Code::Unreadable, format!("cannot read `{path}`: {cause}")),
        csv::ErrorKind::Utf8 { .. } => plain(Code::Encoding, format!("{path}{line}: the line is not UTF-8 text")),
        _ => plain(Code::BadFile, format!("{path}{line}: {cause}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn with<T>(name: &str, bytes: &[u8], read: impl Fn(&Path) -> T) -> T {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        read(&path)
    }

    fn messages(error: &Error) -> Vec<String> {
        assert_eq!(error.exit, Exit::BadInput);
        error.diagnostics.iter().map(|d| d.message.split_once(".csv").map_or("", |m| m.1).to_owned()).collect()
    }

    #[test]
    fn times_are_kept_as_written_and_columns_stand_in_any_order() {
        let text = b"neuron, time_ms ,site,population\n3, 0.1,axon(1.0),exc\n4,2.50e1,,inh\n";
        let rows = with("s.csv", text, read_spikes).unwrap();
        assert_eq!(rows[0].time.as_str(), "0.1");
        assert_eq!((rows[0].neuron, rows[0].line, rows[0].population.as_deref()), (3, 2, Some("exc")));
        assert_eq!((rows[1].time.as_str(), rows[1].time.to_f64()), ("2.50e1", 25.0));
        let rows = with("s.csv", b"\xef\xbb\xbftime_ms,neuron\r\n1,2\r\n", read_spikes).unwrap();
        assert_eq!(rows[0].population, None);
    }

    #[test]
    fn gzip_is_unpacked() {
        let mut packer = flate2::write::GzEncoder::new(vec![], flate2::Compression::default());
        packer.write_all(b"time_ms,population,neuron\n1,a,2\n").unwrap();
        let bytes = packer.finish().unwrap();
        assert_eq!(with("s.csv.gz", &bytes, read_spikes).unwrap().len(), 1);
        let error = with("s.csv.gz", b"no gzip", read_spikes).unwrap_err();
        assert_eq!(error.diagnostics[0].code, Code::Unreadable);
    }

    #[test]
    fn all_mistakes_come_at_once_and_beyond_five_they_are_counted() {
        let text = b"time_ms,population,neuron\n-1,a,0\nnan,a,1\n1,a\n2,a,1.5\n,a,-2\n1,a,0\ninf,a,0\n";
        let error = with("s.csv", text, read_spikes).unwrap_err();
        assert_eq!(
            messages(&error),
            [
                ":2: column 1 (`time_ms`) must be a number, zero or above, found `-1`",
                ":3: column 1 (`time_ms`) must be a number, zero or above, found `nan`",
                ":4: column 3 (`neuron`) must be a whole number, zero or above, the row ends before it",
                ":5: column 3 (`neuron`) must be a whole number, zero or above, found `1.5`",
                ":6: column 1 (`time_ms`) must be a number, zero or above, it is empty",
                ": 2 more mistakes like these",
            ]
        );
    }

    #[test]
    fn a_header_is_required() {
        let error = with("s.csv", b"1.5,3\n", read_spikes).unwrap_err();
        assert_eq!(error.diagnostics.len(), 2);
        assert!(error.to_string().contains("must name the columns"), "{error}");
        let error = with("s.csv", b"time,neuron\n1,2\n", read_spikes).unwrap_err();
        assert!(error.to_string().contains("rename the column `time` to `time_ms`"), "{error}");
        assert!(with("s.csv", b"", read_spikes).unwrap_err().to_string().contains("is empty"));
        assert!(read_spikes(Path::new("/")).unwrap_err().to_string().contains("directory"));
        assert!(read_spikes(Path::new("absent.csv")).unwrap_err().to_string().contains("No such file"));
    }

    #[test]
    fn connections_carry_the_units_of_their_header() {
        let table = with("c.csv", b"source,target,weight_nS,delay_ms\n0,1,-2.5,1.5\n", read_connections).unwrap();
        assert_eq!((table.weight_unit.as_deref(), table.delay_unit.as_deref()), (Some("nS"), Some("ms")));
        let row = ConnectionRow { source: 0, target: 1, weight: Some(-2.5), delay: Some(1.5), line: 2 };
        assert_eq!(table.rows, [row]);
        let table = with("c.csv", b"target,source,weight\n1,0,2\n", read_connections).unwrap();
        assert_eq!((table.weight_unit.as_deref(), table.delay_unit), (Some(""), None));
        let error = with("c.csv", b"source,target,weight,weight_nS,delay\n0,1,x,1,-1\n", read_connections).unwrap_err();
        assert_eq!(
            messages(&error),
            [
                ":1: the columns `weight` and `weight_nS` say the same",
                ":2: column 3 (`weight`) must be a number, found `x`",
                ":2: column 5 (`delay`) must be a number, zero or above, found `-1`",
            ]
        );
    }
}
