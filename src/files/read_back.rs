//! What a run wrote, read back: samples and spikes, CSV or npz, finished or still growing.
//!
//! Of a file that still grows, what stands is read, and a last row that is not whole is left out.

use super::atomic::partial;
use super::{bad_file, npz, unreadable};
use crate::error::Error;
use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Samples by column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SampleTable {
    pub columns: Vec<String>,
    pub times_ms: Vec<f64>,
    /// One list per column, as long as `times_ms`.
    pub values: Vec<Vec<f64>>,
}

/// Spikes in the order of the file; `population` and `site` are indices into the names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpikeTable {
    pub populations: Vec<String>,
    pub sites: Vec<String>,
    pub times_ms: Vec<f64>,
    pub population: Vec<u32>,
    pub neuron: Vec<u32>,
    pub site: Vec<u32>,
}

impl SampleTable {
    pub(super) fn new(columns: Vec<String>) -> SampleTable {
        SampleTable { values: vec![vec![]; columns.len()], times_ms: vec![], columns }
    }
}

impl SpikeTable {
    /// That the columns are equally long and the indices have names.
    pub(super) fn check(self) -> Result<SpikeTable, String> {
        let n = self.times_ms.len();
        let long = [&self.population, &self.neuron, &self.site].iter().all(|column| column.len() == n);
        let named = |indices: &[u32], names: &[String]| indices.iter().all(|index| (*index as usize) < names.len());
        if long && named(&self.population, &self.populations) && named(&self.site, &self.sites) {
            Ok(self)
        } else {
            Err("its arrays do not fit together".into())
        }
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

/// As [`samples`], for spikes.
pub fn spikes(path: &Path) -> Result<SpikeTable, Error> {
    let (found, file, growing) = open(path)?;
    let read = match (is_npz(path), growing) {
        (true, false) => npz::spikes(file),
        (true, true) => npz::partial_spikes(file),
        (false, _) => csv_spikes(&text(&found, growing)?),
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

fn csv_spikes(text: &str) -> Result<SpikeTable, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut table = SpikeTable::default();
    let (mut populations, mut sites) = (Names::default(), Names::default());
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|cause| cause.to_string())? {
        let line = record.position().map_or(0, csv::Position::line);
        let field = |column: usize| record.get(column).unwrap_or("");
        table.times_ms.push(parse(field(0), line)?);
        table.population.push(populations.index(field(1)));
        table.neuron.push(parse(field(2), line)?);
        table.site.push(sites.index(field(3)));
    }
    (table.populations, table.sites) = (populations.list, sites.list);
    Ok(table)
}

fn parse<T: std::str::FromStr>(field: &str, line: u64) -> Result<T, String> {
    field.parse().map_err(|_| format!("line {line}: `{field}` is not a number"))
}

/// Names numbered as they come.
#[derive(Default)]
struct Names {
    list: Vec<String>,
    known: HashMap<String, u32>,
}

impl Names {
    fn index(&mut self, name: &str) -> u32 {
        if let Some(index) = self.known.get(name) {
            return *index;
        }
        let index = self.list.len() as u32;
        self.list.push(name.to_owned());
        self.known.insert(name.to_owned(), index);
        index
    }
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
        let table = spikes(&path).unwrap();
        assert_eq!((table.populations, table.sites), (vec!["exc".to_owned(), "inh".into()], vec![String::new()]));
        assert_eq!((table.population, table.neuron), (vec![0, 1], vec![3, 4]));
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
