//! Samples and spikes as NumPy archives: `.npz`, a zip of `.npy` arrays, stored (as `numpy.savez` does).
//!
//! An array must know its length before its first number, and a run may end early. So the run streams raw rows to
//! `<name>.partial`, beneath one line of JSON that says what the rows are, and the archive is packed at the end,
//! in passes over that file: memory stays flat.
//!
//! | file | arrays |
//! |---|---|
//! | samples | `time_ms` `[n]`, `values` `[n, columns]`, `columns` (text) |
//! | spikes | `time_ms`, `population`, `neuron`, `site` `[n]`; `populations`, `sites` (text), which the indices count in |

use super::atomic::{DiskFile, Stream};
use super::npy::{self, Array, Values};
use super::read_back::{SampleTable, See};
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;

/// More than this is no array of spikes or connections.
const LARGEST: u64 = 8 << 30;

/// The line above the raw rows of samples; a row is the time and a value per column, f64, little-endian.
#[derive(Serialize, Deserialize)]
struct SampleHead {
    columns: Vec<String>,
}

/// The line above the raw rows of spikes; a row is the time (f64) and population, neuron and site (u32), little-endian.
#[derive(Serialize, Deserialize)]
struct SpikeHead {
    populations: Vec<String>,
    sites: Vec<String>,
}

const SPIKE_ROW: usize = 20;

/// `<recorder>.npz`, while it grows and when it is packed.
#[derive(Debug)]
pub struct NpzSamples {
    stream: Stream,
    columns: Vec<String>,
}

impl NpzSamples {
    /// `columns` are named `population[index].site.variable`. Error: `Output`.
    pub fn new(mut stream: Stream, columns: &[String]) -> Result<NpzSamples, Error> {
        write_head(&mut stream, &SampleHead { columns: columns.to_vec() })?;
        Ok(NpzSamples { stream, columns: columns.to_vec() })
    }

    /// One value per column. Error: `Output`.
    pub fn row(&mut self, time_ms: f64, values: &[f64]) -> Result<(), Error> {
        let bytes = self.stream.buffer();
        bytes.extend_from_slice(&time_ms.to_le_bytes());
        bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        self.stream.row()
    }

    /// To be called now and then: see [`Stream::tick`].
    pub fn tick(&mut self) -> Result<(), Error> {
        self.stream.tick()
    }

    /// Packs the archive and removes the raw file. Error: `Output`.
    pub fn finish(self) -> Result<(), Error> {
        let NpzSamples { stream, columns } = self;
        stream.finish_as(|raw, packed| {
            let mut raw = Raw::open(raw, 8 * (columns.len() + 1))?;
            let mut archive = Archive::new(packed, raw.bytes);
            archive.pass("time_ms", "<f8", &[raw.rows], &mut raw, 0..8)?;
            archive.pass("values", "<f8", &[raw.rows, columns.len()], &mut raw, 8..8 * (columns.len() + 1))?;
            archive.array("columns", Values::Text(columns))?;
            archive.finish()
        })
    }
}

/// `spikes.npz`, while it grows and when it is packed.
#[derive(Debug)]
pub struct NpzSpikes {
    stream: Stream,
    populations: Vec<String>,
    sites: Vec<String>,
}

impl NpzSpikes {
    /// The names that the indices of rows count in; `""` is the site of a point neuron. Error: `Output`.
    pub fn new(mut stream: Stream, populations: &[String], sites: &[String]) -> Result<NpzSpikes, Error> {
        let head = SpikeHead { populations: populations.to_vec(), sites: sites.to_vec() };
        write_head(&mut stream, &head)?;
        Ok(NpzSpikes { stream, populations: head.populations, sites: head.sites })
    }

    /// Error: `Output`.
    pub fn row(&mut self, time_ms: f64, population: u32, neuron: u32, site: u32) -> Result<(), Error> {
        let bytes = self.stream.buffer();
        bytes.extend_from_slice(&time_ms.to_le_bytes());
        bytes.extend([population, neuron, site].iter().flat_map(|index| index.to_le_bytes()));
        self.stream.row()
    }

    /// To be called now and then: see [`Stream::tick`].
    pub fn tick(&mut self) -> Result<(), Error> {
        self.stream.tick()
    }

    /// Packs the archive and removes the raw file. Error: `Output`.
    pub fn finish(self) -> Result<(), Error> {
        let NpzSpikes { stream, populations, sites } = self;
        stream.finish_as(|raw, packed| {
            let mut raw = Raw::open(raw, SPIKE_ROW)?;
            let mut archive = Archive::new(packed, raw.bytes);
            archive.pass("time_ms", "<f8", &[raw.rows], &mut raw, 0..8)?;
            for (index, name) in ["population", "neuron", "site"].into_iter().enumerate() {
                archive.pass(name, "<u4", &[raw.rows], &mut raw, 8 + 4 * index..12 + 4 * index)?;
            }
            archive.array("populations", Values::Text(populations))?;
            archive.array("sites", Values::Text(sites))?;
            archive.finish()
        })
    }
}

fn write_head(stream: &mut Stream, head: &impl Serialize) -> Result<(), Error> {
    let mut line = serde_json::to_vec(head).map_err(|cause| Error::output(stream.path(), &cause.into()))?;
    line.push(b'\n');
    stream.write(&line)
}

/// The raw rows of a `.partial` file.
struct Raw<'a> {
    file: &'a mut File,
    start: u64,
    rows: usize,
    bytes: u64,
    row: usize,
}

impl Raw<'_> {
    fn open(file: &mut File, row: usize) -> io::Result<Raw<'_>> {
        let bytes = file.metadata()?.len();
        let start = BufReader::new(&mut *file).skip_until(b'\n')? as u64;
        Ok(Raw { start, rows: (bytes - start) as usize / row, bytes, row, file })
    }

    fn each(&mut self, mut visit: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.start))?;
        let mut reader = BufReader::with_capacity(1 << 16, &mut *self.file);
        let mut row = vec![0; self.row];
        for _ in 0..self.rows {
            reader.read_exact(&mut row)?;
            visit(&row)?;
        }
        Ok(())
    }
}

/// Fails once. The zip writer tries to complete its archive even after a failure, and complains on stderr if that
/// fails too; nobody will see what it completes.
struct FailsOnce<'a> {
    file: &'a mut DiskFile,
    failed: bool,
}

impl Write for FailsOnce<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.failed {
            return Ok(bytes.len());
        }
        self.file.write(bytes).inspect_err(|_| self.failed = true)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for FailsOnce<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

struct Archive<'a> {
    zip: zip::ZipWriter<FailsOnce<'a>>,
    options: SimpleFileOptions,
}

impl<'a> Archive<'a> {
    /// `bytes` is a bound of an array's size: beyond 4 GiB zip needs its wide form.
    fn new(out: &'a mut DiskFile, bytes: u64) -> Archive<'a> {
        let options = SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored)
            .large_file(bytes >= u64::from(u32::MAX) - 4096);
        Archive { zip: zip::ZipWriter::new(FailsOnce { file: out, failed: false }), options }
    }

    /// An array made of the bytes `part` of every row.
    fn pass(
        &mut self,
        name: &str,
        descr: &str,
        shape: &[usize],
        raw: &mut Raw,
        part: std::ops::Range<usize>,
    ) -> io::Result<()> {
        self.zip.start_file(format!("{name}.npy"), self.options)?;
        let mut out = io::BufWriter::with_capacity(1 << 16, &mut self.zip);
        out.write_all(&npy::header(descr, shape))?;
        raw.each(|row| out.write_all(&row[part.clone()]))?;
        out.flush()
    }

    fn array(&mut self, name: &str, values: Values) -> io::Result<()> {
        self.zip.start_file(format!("{name}.npy"), self.options)?;
        npy::write(&Array::line(values), &mut self.zip)
    }

    fn finish(self) -> io::Result<()> {
        self.zip.finish()?;
        Ok(())
    }
}

/// The arrays of an archive by name, without `.npy`. The error says what is wrong, without a path.
pub fn read(file: File) -> Result<Vec<(String, Array)>, String> {
    Ok(read_some(file, |_| true)?.1)
}

/// The names of all arrays, and those that are `wanted`: what a few bytes unpack to may be more than memory holds.
#[allow(clippy::type_complexity)]
pub(super) fn read_some(
    file: File,
    wanted: impl Fn(&str) -> bool,
) -> Result<(Vec<String>, Vec<(String, Array)>), String> {
    let mut zip = unzip(file)?;
    let (mut names, mut arrays) = (vec![], vec![]);
    for index in 0..zip.len() {
        let entry = zip.by_index(index).map_err(|cause| cause.to_string())?;
        let name = entry.name().trim_end_matches(".npy").to_owned();
        names.push(name.clone());
        if !wanted(&name) {
            continue;
        }
        let mut bytes = vec![];
        entry.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|cause| cause.to_string())?;
        if bytes.len() as u64 > LARGEST {
            return Err(format!("array `{name}` holds more than {} GiB", LARGEST >> 30));
        }
        let array = npy::read(&bytes).map_err(|what| format!("array `{name}`: {what}"))?;
        arrays.push((name, array));
    }
    Ok((names, arrays))
}

fn unzip(file: File) -> Result<zip::ZipArchive<BufReader<File>>, String> {
    zip::ZipArchive::new(BufReader::new(file))
        .map_err(|cause| format!("it is no archive of NumPy's (`.npz`), or it is cut off ({cause})"))
}

fn take(arrays: &mut Vec<(String, Array)>, name: &str) -> Result<Values, String> {
    let at = arrays.iter().position(|(known, _)| known == name).ok_or_else(|| format!("it has no array `{name}`"))?;
    Ok(arrays.swap_remove(at).1.values)
}

macro_rules! typed {
    ($arrays:expr, $name:literal, $kind:ident) => {
        match take($arrays, $name)? {
            Values::$kind(values) => values,
            _ => return Err(concat!("array `", $name, "` is not of the type that a run writes").to_owned()),
        }
    };
}

/// Samples from a packed archive.
pub(super) fn samples(file: File) -> Result<SampleTable, String> {
    let arrays = &mut read(file)?;
    let columns = typed!(arrays, "columns", Text);
    let times_ms = typed!(arrays, "time_ms", F64);
    let values = typed!(arrays, "values", F64);
    if values.len() != columns.len() * times_ms.len() {
        return Err("its arrays do not fit together".into());
    }
    let mut table = SampleTable::new(columns);
    table.times_ms = times_ms;
    for (column, trace) in table.values.iter_mut().enumerate() {
        *trace = values.iter().skip(column).step_by(table.columns.len()).copied().collect();
    }
    Ok(table)
}

/// The spikes of a packed archive, one by one: its columns are read side by side.
pub(super) fn each_spike(path: &Path, see: &mut See) -> Result<(), String> {
    let open = || File::open(path).map_err(|cause| cause.to_string());
    let names = &mut read_some(open()?, |name| ["populations", "sites"].contains(&name))?.1;
    let (populations, sites) = (typed!(names, "populations", Text), typed!(names, "sites", Text));
    let mut archives = Vec::new();
    for _ in 0..4 {
        archives.push(unzip(open()?)?);
    }
    let kinds = [("time_ms", "<f8"), ("population", "<u4"), ("neuron", "<u4"), ("site", "<u4")];
    let mut columns = Vec::new();
    let mut rows = None;
    for (archive, (name, descr)) in archives.iter_mut().zip(kinds) {
        let entry = archive.by_name(&format!("{name}.npy")).map_err(|_| format!("it has no array `{name}`"))?;
        let mut column = BufReader::with_capacity(1 << 16, entry);
        let (found, shape) = npy::read_header(&mut column).map_err(|what| format!("array `{name}`: {what}"))?;
        if found != descr {
            return Err(format!("array `{name}` is not of the type that a run writes"));
        }
        if *rows.get_or_insert(shape.clone()) != shape {
            return Err("its arrays do not fit together".into());
        }
        columns.push(column);
    }
    let mut row = [0; SPIKE_ROW];
    for _ in 0..rows.and_then(|shape| shape.first().copied()).unwrap_or(0) {
        for (column, part) in columns.iter_mut().zip([0..8, 8..12, 12..16, 16..20]) {
            column.read_exact(&mut row[part]).map_err(|cause| cause.to_string())?;
        }
        show(&row, &populations, &sites, see)?;
    }
    Ok(())
}

/// A row of raw bytes, with the names that it counts in.
fn show(row: &[u8], populations: &[String], sites: &[String], see: &mut See) -> Result<(), String> {
    let index = |at: usize| u32::from_le_bytes([row[at], row[at + 1], row[at + 2], row[at + 3]]);
    match (populations.get(index(8) as usize), sites.get(index(16) as usize)) {
        (Some(population), Some(site)) => see(number(row), population, index(12), site),
        _ => return Err("its arrays do not fit together".into()),
    }
    Ok(())
}

/// Samples from the raw rows of a run that goes on or was interrupted; an incomplete last row is left out.
pub(super) fn partial_samples(file: File) -> Result<SampleTable, String> {
    let (head, rows) = partial_rows(file)?;
    let Some(head) = head else { return Ok(SampleTable::new(vec![])) };
    let head: SampleHead = serde_json::from_slice(&head).map_err(|cause| cause.to_string())?;
    let mut table = SampleTable::new(head.columns);
    for row in rows.chunks_exact(8 * (table.columns.len() + 1)) {
        table.times_ms.push(number(row));
        for (trace, value) in table.values.iter_mut().zip(row[8..].chunks_exact(8)) {
            trace.push(number(value));
        }
    }
    Ok(table)
}

/// As [`partial_samples`], for spikes, one by one.
pub(super) fn each_partial_spike(file: File, see: &mut See) -> Result<(), String> {
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut head = vec![];
    reader.read_until(b'\n', &mut head).map_err(|cause| cause.to_string())?;
    if head.last() != Some(&b'\n') {
        return Ok(());
    }
    let head: SpikeHead = serde_json::from_slice(&head).map_err(|cause| cause.to_string())?;
    let mut row = [0; SPIKE_ROW];
    while reader.read_exact(&mut row).is_ok() {
        show(&row, &head.populations, &head.sites, see)?;
    }
    Ok(())
}

/// The line of JSON, if it was written whole, and the rows.
fn partial_rows(mut file: File) -> Result<(Option<Vec<u8>>, Vec<u8>), String> {
    let mut bytes = vec![];
    file.read_to_end(&mut bytes).map_err(|cause| cause.to_string())?;
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return Ok((None, vec![])) };
    let rows = bytes.split_off(end + 1);
    Ok((Some(bytes), rows))
}

/// The f64 at the start of a row.
fn number(row: &[u8]) -> f64 {
    f64::from_le_bytes(std::array::from_fn(|i| row[i]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::atomic::Disk;
    use std::path::Path;

    fn fill(disk: &Disk, path: &Path, rows: usize) -> Result<NpzSamples, Error> {
        let columns = ["a[0].V_m".to_owned(), "a[1].V_m".to_owned()];
        let mut samples = NpzSamples::new(Stream::create(disk, path)?, &columns)?;
        for k in 0..rows {
            samples.row(k as f64 * 0.5, &[k as f64, -(k as f64)])?;
        }
        Ok(samples)
    }

    #[test]
    fn samples_are_packed_at_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.npz");
        fill(&Disk::real(), &path, 3).unwrap().finish().unwrap();
        let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["a.npz"]);
        let arrays = read(File::open(&path).unwrap()).unwrap();
        let values = Array { shape: vec![3, 2], values: Values::F64(vec![0.0, 0.0, 1.0, -1.0, 2.0, -2.0]) };
        assert!(arrays.contains(&("values".into(), values)));
        assert!(arrays.contains(&("time_ms".into(), Array::line(Values::F64(vec![0.0, 0.5, 1.0])))));
        let table = samples(File::open(&path).unwrap()).unwrap();
        assert_eq!(table.columns, ["a[0].V_m", "a[1].V_m"]);
        assert_eq!(table.values[1], [0.0, -1.0, -2.0]);
    }

    #[test]
    fn the_raw_rows_of_an_interrupted_run_can_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.npz");
        drop(fill(&Disk::real(), &path, 5).unwrap());
        let partial = dir.path().join("a.npz.partial");
        let length = std::fs::metadata(&partial).unwrap().len();
        File::options().write(true).open(&partial).unwrap().set_len(length - 3).unwrap();
        let table = partial_samples(File::open(&partial).unwrap()).unwrap();
        assert_eq!(table.times_ms, [0.0, 0.5, 1.0, 1.5]);
        assert_eq!(table.values[0], [0.0, 1.0, 2.0, 3.0]);
    }

    #[test]
    fn a_disk_that_fills_while_packing_keeps_the_raw_rows_and_makes_no_archive() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.npz");
        // Room for the 24 000 bytes of rows, not for packing them too.
        let samples = fill(&Disk::failing_after(30_000), &path, 1000).unwrap();
        let error = samples.finish().unwrap_err();
        assert!(error.to_string().contains("a.npz`: No space left"), "{error}");
        assert!(!path.exists());
        let table = partial_samples(File::open(dir.path().join("a.npz.partial")).unwrap()).unwrap();
        assert_eq!(table.times_ms.len(), 1000);
    }

    #[test]
    fn spikes_are_packed_and_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("spikes.npz");
        let names = ["exc".to_owned(), "inh".to_owned()];
        let mut out = NpzSpikes::new(Stream::create(&Disk::real(), &path).unwrap(), &names, &[String::new()]).unwrap();
        out.row(0.25, 0, 7, 0).unwrap();
        out.row(1.5, 1, 3, 0).unwrap();
        out.stream.flush().unwrap();
        let mut early = vec![];
        each_partial_spike(File::open(dir.path().join("spikes.npz.partial")).unwrap(), &mut |t, p, n, s| {
            early.push((t, p.to_owned(), n, s.to_owned()))
        })
        .unwrap();
        out.finish().unwrap();
        let mut seen = vec![];
        each_spike(&path, &mut |t, p, n, s| seen.push((t, p.to_owned(), n, s.to_owned()))).unwrap();
        assert_eq!(seen, [(0.25, "exc".to_owned(), 7, String::new()), (1.5, "inh".into(), 3, String::new())]);
        assert_eq!(seen, early);
    }
}
