//! One file, whole or not at all.
//!
//! A crash or a full disk in the middle of a write must not leave half a file under a name that promises a whole one.
//! POSIX renames within a directory atomically, so a file is written beside its place, flushed to the medium, and
//! only then given its name.

use crate::error::Error;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// What is appended to the name of a file that is still growing.
pub const PARTIAL: &str = ".partial";

/// Bytes gathered before they are handed to the system.
const BUFFER: usize = 64 * 1024;

/// No sample waits longer than this for the disk while samples keep coming, so that a run can be watched.
const FLUSH_EVERY: Duration = Duration::from_secs(1);

/// The disk, or one that fills up: cheap to clone, and clones share the space that is left.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    left: Option<Arc<AtomicU64>>,
}

impl Disk {
    pub fn real() -> Disk {
        Disk::default()
    }

    /// For tests: takes `bytes` in total, over all files, then says that no space is left.
    pub fn failing_after(bytes: u64) -> Disk {
        Disk { left: Some(Arc::new(AtomicU64::new(bytes))) }
    }

    /// A new file, or an old one emptied.
    pub(super) fn create(&self, path: &Path) -> Result<DiskFile, Error> {
        let file = File::create(path).map_err(|cause| Error::output(path, &cause))?;
        Ok(self.adopt(file))
    }

    pub(super) fn adopt(&self, file: File) -> DiskFile {
        DiskFile { file, disk: self.clone() }
    }

    /// How many of `wanted` bytes may be written.
    fn grant(&self, wanted: usize) -> io::Result<usize> {
        let Some(left) = &self.left else { return Ok(wanted) };
        let before = left.fetch_update(Relaxed, Relaxed, |left| Some(left.saturating_sub(wanted as u64))).unwrap_or(0);
        let granted = before.min(wanted as u64);
        if granted == 0 && wanted > 0 { Err(no_space()) } else { Ok(granted as usize) }
    }
}

#[cfg(unix)]
fn no_space() -> io::Error {
    const ENOSPC: i32 = 28;
    io::Error::from_raw_os_error(ENOSPC)
}

#[cfg(not(unix))]
fn no_space() -> io::Error {
    io::ErrorKind::StorageFull.into()
}

/// An open file on a [`Disk`]; unbuffered.
#[derive(Debug)]
pub(super) struct DiskFile {
    file: File,
    disk: Disk,
}

impl DiskFile {
    /// Waits until the medium holds what was written: some file systems report a full disk only here.
    pub(super) fn sync(&self) -> io::Result<()> {
        match self.file.sync_data() {
            // Pipes and some network file systems cannot; they have no later error to report either.
            Err(cause) if matches!(cause.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
            result => result,
        }
    }
}

impl Write for DiskFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let granted = self.disk.grant(bytes.len())?;
        self.file.write(&bytes[..granted])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Read for DiskFile {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.file.read(bytes)
    }
}

impl Seek for DiskFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// Writes a whole file: until it returns, `path` holds what it held before. Error: `Output`.
pub fn write(disk: &Disk, path: &Path, bytes: &[u8]) -> Result<(), Error> {
    replace(disk, path, |file| file.write_all(bytes))
}

/// Writes into the room that the file has already, the rest of it blank: the last words on a disk that is full. Whole or
/// not, what was there is gone. Errors: `Output`; also if it does not fit.
pub fn write_over(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let over = || {
        let mut file = File::options().write(true).open(path)?;
        let blank = file.metadata()?.len().checked_sub(bytes.len() as u64).ok_or_else(no_space)?;
        file.write_all(bytes)?;
        file.write_all(&vec![b'\n'; blank as usize])?;
        file.sync_data()
    };
    over().map_err(|cause| Error::output(path, &cause))
}

/// As [`write`], for content that is produced piece by piece.
pub(super) fn replace(
    disk: &Disk,
    path: &Path,
    fill: impl FnOnce(&mut DiskFile) -> io::Result<()>,
) -> Result<(), Error> {
    let beside = beside(path);
    let mut file = disk.create(&beside).map_err(|error| rename_in(error, &beside, path))?;
    let done = fill(&mut file).and_then(|()| file.sync()).and_then(|()| std::fs::rename(&beside, path));
    done.map_err(|cause| {
        // The error that counts is the first one; a leftover of ours is harmless.
        std::fs::remove_file(&beside).ok();
        Error::output(path, &cause)
    })
}

/// The hidden name in the same directory, unique to this process.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

/// The user asked for `path`, and shall not read of the name that we made up.
fn rename_in(mut error: Error, from: &Path, to: &Path) -> Error {
    for diagnostic in &mut error.diagnostics {
        diagnostic.message = diagnostic.message.replace(&*from.to_string_lossy(), &to.to_string_lossy());
    }
    error
}

/// The name under which `path` grows.
pub fn partial(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(PARTIAL);
    PathBuf::from(name)
}

/// A file that grows while a run goes on. It is `<name>.partial` until [`finish`](Stream::finish) gives it its name;
/// dropped before that, the `.partial` stays with all that was written.
#[derive(Debug)]
pub struct Stream {
    path: PathBuf,
    file: DiskFile,
    buffer: Vec<u8>,
    flushed: Instant,
    /// The first failure: what follows it is refused, for a file with a hole must never look complete.
    broken: Option<Error>,
}

impl Stream {
    /// Error: `Output`.
    pub fn create(disk: &Disk, path: &Path) -> Result<Stream, Error> {
        let partial = partial(path);
        let file = disk.create(&partial)?;
        Ok(Stream {
            path: path.to_owned(),
            file,
            buffer: Vec::with_capacity(BUFFER + BUFFER / 4),
            flushed: Instant::now(),
            broken: None,
        })
    }

    /// The name it will have.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends. Error: `Output`, for these bytes or for earlier ones.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.buffer.extend_from_slice(bytes);
        self.tick()
    }

    /// Where a row is composed without a copy; call [`row`](Stream::row) after it.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// A row is complete: flushes if the buffer is full, without a look at the clock.
    pub(super) fn row(&mut self) -> Result<(), Error> {
        if self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    /// Flushes if the buffer is full or a second has passed; to be called now and then.
    pub fn tick(&mut self) -> Result<(), Error> {
        if self.buffer.len() >= BUFFER || (!self.buffer.is_empty() && self.flushed.elapsed() >= FLUSH_EVERY) {
            self.flush()?;
        }
        Ok(())
    }

    /// Hands everything to the system now.
    pub fn flush(&mut self) -> Result<(), Error> {
        if let Some(error) = &self.broken {
            self.buffer.clear();
            return Err(error.clone());
        }
        let written = self.file.write_all(&self.buffer);
        self.buffer.clear();
        self.flushed = Instant::now();
        written.map_err(|cause| {
            let error = Error::output(&self.path, &cause);
            self.broken = Some(error.clone());
            error
        })
    }

    /// Replaces the raw bytes by a packed file: `fill` reads what was streamed and writes what shall have the name.
    pub(super) fn finish_as(
        mut self,
        fill: impl FnOnce(&mut File, &mut DiskFile) -> io::Result<()>,
    ) -> Result<(), Error> {
        self.flush()?;
        let raw = partial(&self.path);
        replace(&self.file.disk, &self.path, |packed| fill(&mut File::open(&raw)?, packed))?;
        std::fs::remove_file(&raw).map_err(|cause| Error::output(&raw, &cause))
    }

    /// Everything to the medium, then the name.
    pub fn finish(mut self) -> Result<(), Error> {
        self.flush()?;
        let done = self.file.sync().and_then(|()| std::fs::rename(partial(&self.path), &self.path));
        done.map_err(|cause| Error::output(&self.path, &cause))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // Nobody is left to be told; whoever needs to know calls `finish`.
        self.flush().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Exit;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_full_disk_leaves_the_old_file_and_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.json");
        write(&Disk::real(), &path, b"old").unwrap();
        let error = write(&Disk::failing_after(5), &path, b"longer than five").unwrap_err();
        assert_eq!(error.exit, Exit::Output);
        let message = error.to_string();
        assert!(message.contains("run.json`: No space left on device"), "{message}");
        assert!(!message.contains(".run.json."), "{message}");
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(names(dir.path()), ["run.json"]);
    }

    #[test]
    fn last_words_take_the_room_there_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.json");
        write(&Disk::real(), &path, b"running  ").unwrap();
        write_over(&path, b"failed").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"failed\n\n\n");
        let error = write_over(&path, b"failed, and why").unwrap_err();
        assert!(error.to_string().contains("No space left"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"failed\n\n\n");
    }

    #[test]
    fn a_disk_that_fills_mid_run_leaves_no_complete_looking_file() {
        let dir = tempfile::tempdir().unwrap();
        let disk = Disk::failing_after(100_000);
        let mut stream = Stream::create(&disk, &dir.path().join("trace.csv")).unwrap();
        let failed = (0..20_000).find_map(|_| stream.write(b"0.1,-65\n").err());
        assert!(failed.unwrap().to_string().contains("No space left on device"));
        assert!(stream.finish().is_err());
        assert_eq!(names(dir.path()), ["trace.csv.partial"]);
        assert_eq!(std::fs::metadata(dir.path().join("trace.csv.partial")).unwrap().len(), 100_000);
    }

    #[test]
    fn a_stream_gets_its_name_only_when_finished() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("spikes.csv");
        let mut stream = Stream::create(&Disk::real(), &path).unwrap();
        stream.write(b"time_ms\n").unwrap();
        stream.flush().unwrap();
        assert_eq!(names(dir.path()), ["spikes.csv.partial"]);
        stream.finish().unwrap();
        assert_eq!(names(dir.path()), ["spikes.csv"]);
        assert_eq!(std::fs::read(&path).unwrap(), b"time_ms\n");
        drop(Stream::create(&Disk::real(), &dir.path().join("dropped")).unwrap());
        assert_eq!(names(dir.path()), ["dropped.partial", "spikes.csv"]);
    }

    #[test]
    fn what_cannot_be_created_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = write(&Disk::real(), &dir.path().join("absent/run.json"), b"").unwrap_err();
        assert!(error.to_string().contains("absent/run.json`: No such file"), "{error}");
    }
}
