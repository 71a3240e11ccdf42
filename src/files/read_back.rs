//! What a run wrote, read back: samples and spikes, CSV or npz, finished or still growing.
//!
//! Of a file that still grows, what stands is read, and a last row that is not whole is left out.

use super::atomic::partial;
use super::{bad_file, npz, unreadable};
use crate::error::Error;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Samples by column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SampleTable {
    pub columns: Vec<String>,
    pub times_ms: Vec<f64>,
    /// One list per column, as long as `times_ms`.
    pub values: Vec<Vec<f64>>,
}

impl SampleTable {
    pub(super) fn new(columns: Vec<String>) -> SampleTable {
        SampleTable { values: vec![vec![]; columns.len()], times_ms: vec![], columns }
    }
}

/// Samples from `path`, `.csv` or `.npz`, or from its `.partial`. Errors: `Unreadable`, `BadFile`.
pub fn samples(path: &Path) -> Result<SampleTable, Error> {
    let (found, file, growing) = open(path)?;
    let read = match (is_npz(path), growing) {
        (true, false) => npz::samples(file),
        (true, true) => npz::partial_samples(file),
        (false, _) => csv_samples(&text(&found, growing)?),
    };
    read.map_err(|what| bad_file(&found, &what))
}

/// What is told of a spike: its time (ms), population, neuron and site.
pub type See<'s> = dyn FnMut(f64, &str, u32, &str) + 's;

/// Shows the spikes of `path` one by one, so that a file of any size is read in little memory. Finds and refuses as
/// [`samples`].
pub fn each_spike(path: &Path, see: &mut See) -> Result<(), Error> {
    let (found, file, growing) = open(path)?;
    let read = match (is_npz(path), growing) {
        (true, false) => npz::each_spike(path, see),
        (true, true) => npz::each_partial_spike(file, see),
        (false, _) => csv_spikes(file, growing, see),
    };
    read.map_err(|what| bad_file(&found, &what))
}

/// Whether `path` or its `.partial` is there.
pub fn exists(path: &Path) -> bool {
    path.is_file() || partial(path).is_file()
}

fn is_npz(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "npz")
}

/// What was found, opened, and whether it still grows.
fn open(path: &Path) -> Result<(PathBuf, File, bool), Error> {
    match File::open(path) {
        Ok(file) => Ok((path.to_owned(), file, false)),
        Err(cause) => match File::open(partial(path)) {
            Ok(file) => Ok((partial(path), file, true)),
            Err(_) => Err(unreadable(path, &cause)),
        },
    }
}

/// The text, of a growing file up to its last whole line.
fn text(path: &Path, growing: bool) -> Result<String, Error> {
    let mut text = super::read_text(path)?;
    if growing {
        text.truncate(text.rfind('\n').map_or(0, |end| end + 1));
    }
    Ok(text)
}

fn csv_samples(text: &str) -> Result<SampleTable, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().map_err(|cause| cause.to_string())?;
    let mut table = SampleTable::new(header.iter().skip(1).map(str::to_owned).collect());
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|cause| cause.to_string())? {
        let line = record.position().map_or(0, csv::Position::line);
        let mut numbers = record.iter().map(|field| parse::<f64>(field, line));
        table.times_ms.push(numbers.next().unwrap_or(Err("it has an empty row".into()))?);
        for (trace, number) in table.values.iter_mut().zip(numbers) {
            trace.push(number?);
        }
    }
    Ok(table)
}

fn csv_spikes(mut file: File, growing: bool, see: &mut See) -> Result<(), String> {
    let whole = if growing { whole_lines(&mut file).map_err(|cause| cause.to_string())? } else { u64::MAX };
    let mut reader = csv::Reader::from_reader(BufReader::with_capacity(1 << 16, file.take(whole)));
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|cause| cause.to_string())? {
        let line = record.position().map_or(0, csv::Position::line);
        let field = |column: usize| record.get(column).unwrap_or("");
        see(parse(field(0), line)?, field(1), parse(field(2), line)?, field(3));
    }
    Ok(())
}

/// Bytes up to the end of the last whole line, of which none is longer than 64 KiB; the file is then at its start.
fn whole_lines(file: &mut File) -> std::io::Result<u64> {
    let length = file.metadata()?.len();
    let from = length.saturating_sub(1 << 16);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = vec![];
    file.take(1 << 16).read_to_end(&mut tail)?;
    file.rewind()?;
    Ok(tail.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| from + end as u64 + 1))
}

fn parse<T: std::str::FromStr>(field: &str, line: u64) -> Result<T, String> {
    field.parse().map_err(|_| format!("line {line}: `{field}` is not a number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::atomic::{Disk, Stream};
    use crate::files::csv_out::{SampleWriter, SpikeWriter};

    #[test]
    fn a_growing_file_is_read_up_to_its_last_whole_row() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        std::fs::write(partial(&path), "time_ms,a[0].V_m\n0,-65\n0.1,-64.9\n0.2,-6").unwrap();
        let table = samples(&path).unwrap();
        assert_eq!(table.times_ms, [0.0, 0.1]);
        assert_eq!(table.values, [[-65.0, -64.9]]);
        std::fs::write(partial(&path), "time_").unwrap();
        assert!(samples(&path).unwrap().times_ms.is_empty());
    }

    #[test]
    fn what_was_written_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        let columns = ["a,b".to_owned(), "c".to_owned()];
        let mut out = SampleWriter::new(Stream::create(&Disk::real(), &path).unwrap(), &columns).unwrap();
        out.row(0.1, &[1.0 / 3.0, 1e-300]).unwrap();
        out.finish().unwrap();
        let table = samples(&path).unwrap();
        assert_eq!(table.columns, columns);
        assert_eq!(table.values, [[1.0 / 3.0], [1e-300]]);

        let path = dir.path().join("spikes.csv");
        let mut out = SpikeWriter::new(Stream::create(&Disk::real(), &path).unwrap(), false).unwrap();
        out.row(0.5, "exc", 3, "").unwrap();
        out.row(0.75, "inh", 4, "").unwrap();
        out.finish().unwrap();
        let mut seen = vec![];
        each_spike(&path, &mut |time, population, neuron, site| {
            seen.push((time, population.to_owned(), neuron, site.to_owned()))
        })
        .unwrap();
        assert_eq!(seen, [(0.5, "exc".to_owned(), 3, String::new()), (0.75, "inh".into(), 4, String::new())]);
    }

    #[test]
    fn spikes_of_a_growing_file_are_seen_up_to_the_last_whole_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("spikes.csv");
        let count = |text: &str| {
            std::fs::write(partial(&path), text).unwrap();
            let mut seen = 0;
            each_spike(&path, &mut |_, _, _, _| seen += 1).unwrap();
            seen
        };
        assert_eq!(count("time_ms,population,neuron\n0.1,exc,1\n0.2,exc,2\n0.3,ex"), 2);
        assert_eq!(count("time_ms,popul"), 0);
        let long: String = (0..10_000).map(|k| format!("{k},exc,7\n")).collect();
        assert_eq!(count(&format!("time_ms,population,neuron\n{long}10")), 10_000);
    }

    #[test]
    fn errors_name_file_and_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        assert!(samples(&path).unwrap_err().to_string().contains("a.csv`: No such file"));
        std::fs::write(&path, "time_ms,x\n0,1\n0.1,abc\n").unwrap();
        assert!(samples(&path).unwrap_err().to_string().contains("a.csv`: line 3: `abc`"));
        std::fs::write(dir.path().join("b.npz"), "no zip").unwrap();
        assert!(samples(&dir.path().join("b.npz")).unwrap_err().to_string().contains("b.npz"));
    }
}
