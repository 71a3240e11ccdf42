//! The directory that a run fills.
//!
//! By default `output/<name>/<time>/`, new each time, with `output/<name>/latest` pointing at it. Where the user names
//! a directory, it is that one; what is in it is not replaced without `--force`, and with it only what a run left
//! there: files listed in its `run.json` (or `contrast.json`), or in the `.lock` of a run that was killed. A file of the user's is never
//! replaced: a run that would have to says so and stops.

use super::atomic::{self, Disk, Stream, partial};
use super::lock::{self, Lock};
use crate::error::{Code, Error, Exit};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where runs go that were not told where to go, beneath the current directory.
const DEFAULT_BASE: &str = "output";

pub const RUN_JSON: &str = "run.json";

/// What a contrast writes instead.
pub const CONTRAST_JSON: &str = "contrast.json";

#[derive(Debug)]
pub struct RunDirectory {
    path: PathBuf,
    disk: Disk,
    lock: Lock,
    files: BTreeSet<String>,
    guest: bool,
}

impl RunDirectory {
    /// Makes or takes over the directory. `name` names the run, usually after its config file.
    ///
    /// Errors: `Busy` (exists and is not empty, or another run is in it), `Output` (cannot be made).
    pub fn create(disk: Disk, out: Option<&Path>, name: &str, force: bool) -> Result<RunDirectory, Error> {
        match out {
            Some(dir) => take_over(disk, dir, force),
            None => create_beneath(disk, Path::new(DEFAULT_BASE), name),
        }
    }

    /// Opens what a run left, to add to it or to replace what it wrote: for drawing again.
    ///
    /// A run may still be going on there; then [`is_guest`](RunDirectory::is_guest), and `run.json` is its alone.
    /// Errors: `Unreadable` (no run there), `Output`.
    pub fn open(disk: Disk, dir: &Path) -> Result<RunDirectory, Error> {
        let mut files: BTreeSet<String> = listed(dir, RUN_JSON).into_iter().collect();
        if files.is_empty() {
            let message = format!("`{}` holds no `{RUN_JSON}` of a run", dir.display());
            return Err(Error::plain(Exit::BadInput, Code::Unreadable, message));
        }
        let (lock, guest) = match Lock::take(&disk, dir) {
            Ok((lock, left_behind)) => {
                files.extend(left_behind);
                (lock, false)
            }
            Err(error) if error.exit == Exit::Busy => (Lock::join(&disk, dir)?, true),
            Err(error) => return Err(error),
        };
        Ok(RunDirectory { path: dir.to_owned(), disk, lock, files, guest })
    }

    /// Whether the directory belongs to a run that goes on.
    pub fn is_guest(&self) -> bool {
        self.guest
    }

    /// After [`open`](RunDirectory::open) and writing: brings `files` in `run.json` up to date and frees the directory.
    pub fn close(mut self) -> Result<(), Error> {
        if self.guest {
            return Ok(());
        }
        let path = self.path.join(RUN_JSON);
        if let Ok(serde_json::Value::Object(mut json)) = serde_json::from_str(&super::read_text(&path)?) {
            json.insert("files".into(), self.files().into());
            let text = format!("{:#}\n", serde_json::Value::Object(json));
            atomic::write(&self.disk, &path, text.as_bytes())?;
        }
        self.lock.remove();
        Ok(())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Everything written here so far, for `run.json`.
    pub fn files(&self) -> Vec<String> {
        self.files.iter().cloned().collect()
    }

    /// Writes a whole file; one of this run may be replaced. Errors: `Output`; `Busy` if the user has a file there.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.claim(name)?;
        atomic::write(&self.disk, &path, bytes)
    }

    /// Writes a file of this run that is small; where the disk is full, into the room that it had: see
    /// [`atomic::write_over`]. Errors: as [`write`](RunDirectory::write).
    pub fn write_at_last(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.claim(name)?;
        atomic::write(&self.disk, &path, bytes).or_else(|error| atomic::write_over(&path, bytes).map_err(|_| error))
    }

    /// Begins a file that grows as the run goes on. Errors: as [`write`](RunDirectory::write).
    pub fn stream(&mut self, name: &str) -> Result<Stream, Error> {
        let path = self.claim(name)?;
        Stream::create(&self.disk, &path)
    }

    /// Removes a file that this run wrote and that no longer holds: a plot of an earlier redraw.
    pub fn remove_stale(&mut self, name: &str) -> Result<(), Error> {
        if self.files.remove(name) {
            remove_ours(&self.path, name)?;
        }
        Ok(())
    }

    /// The regular end, after `run.json` was written for the last time: frees the directory.
    pub fn finish(mut self) {
        self.lock.remove();
    }

    /// Whether the user has a file of this name here, before anything is written. Errors: `Busy`.
    pub fn refuse_foreign(&self, name: &str) -> Result<(), Error> {
        let path = self.path.join(name);
        if path.symlink_metadata().is_err() || self.files.contains(name) || self.lock.lists(name) {
            return Ok(());
        }
        let message = format!("`{}` exists and was not written by axonal", path.display());
        Err(Error::plain(Exit::Busy, Code::Busy, message)
            .help("move it away, or give this run a directory of its own with `--out DIR`"))
    }

    /// Lists `name` as ours, makes its parent, and refuses to touch what is not ours.
    fn claim(&mut self, name: &str) -> Result<PathBuf, Error> {
        let path = self.path.join(name);
        if self.files.contains(name) {
            return Ok(path);
        }
        self.refuse_foreign(name)?;
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|cause| cannot_make(parent, &cause))?;
        }
        self.lock.list(name)?;
        self.files.insert(name.to_owned());
        Ok(path)
    }
}

/// A new directory named after the time, and `latest` pointing at it.
fn create_beneath(disk: Disk, base: &Path, name: &str) -> Result<RunDirectory, Error> {
    let parent = base.join(as_file_name(name));
    fs::create_dir_all(&parent).map_err(|cause| cannot_make(&parent, &cause))?;
    let stamp = utc_stamp(SystemTime::now());
    for attempt in 1..1000 {
        let stamp = if attempt == 1 { stamp.clone() } else { format!("{stamp}-{attempt}") };
        let path = parent.join(&stamp);
        match fs::create_dir(&path) {
            Ok(()) => {
                let (lock, _) = Lock::take(&disk, &path)?;
                point_latest(&disk, &parent, &stamp)?;
                return Ok(RunDirectory { path, disk, lock, files: BTreeSet::new(), guest: false });
            }
            // Two runs within a second.
            Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(cause) => return Err(cannot_make(&path, &cause)),
        }
    }
    Err(Error::plain(Exit::Busy, Code::Busy, format!("too many runs at once in `{}`", parent.display())))
}

/// The directory that the user named.
fn take_over(disk: Disk, dir: &Path, force: bool) -> Result<RunDirectory, Error> {
    if dir.exists() && !dir.is_dir() {
        let message = format!("cannot write into `{}`: it is a file, not a directory", dir.display());
        return Err(Error::plain(Exit::Output, Code::Output, message));
    }
    fs::create_dir_all(dir).map_err(|cause| cannot_make(dir, &cause))?;
    let (mut lock, left_behind) = Lock::take(&disk, dir)?;
    let empty = is_empty(dir)?;
    if !empty && !force {
        // Nothing was changed: whoever left a list here shall find it again.
        for name in &left_behind {
            lock.list(name)?;
        }
        if left_behind.is_empty() {
            lock.remove();
        }
        return Err(Error::plain(Exit::Busy, Code::Busy, format!("`{}` exists and is not empty", dir.display()))
            .help("add `--force` to replace an earlier run there; other files are left alone")
            .help("or leave out `--out` for a new directory"));
    }
    // The old list stays in the lock until its files are gone.
    for name in &left_behind {
        lock.list(name)?;
    }
    let earlier = [listed(dir, RUN_JSON), listed(dir, CONTRAST_JSON)].concat();
    for name in left_behind.iter().chain(&earlier) {
        remove_ours(dir, name)?;
    }
    Ok(RunDirectory { path: dir.to_owned(), disk, lock, files: BTreeSet::new(), guest: false })
}

/// The files that an earlier `run.json` (or `contrast.json`) lists, itself included; nothing if it is not axonal's.
fn listed(dir: &Path, report: &str) -> Vec<String> {
    let json = fs::read(dir.join(report)).ok().and_then(|b| serde_json::from_slice::<serde_json::Value>(&b).ok());
    let Some(json) = json.filter(|json| json["axonal"].is_string()) else { return vec![] };
    let names = json["files"].as_array().into_iter().flatten().filter_map(|name| name.as_str());
    names.chain([report]).map(str::to_owned).collect()
}

/// Removes `name`, finished or not, if it is a file beneath `dir`, and directories that this leaves empty.
fn remove_ours(dir: &Path, name: &str) -> Result<(), Error> {
    let beneath = !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    if !beneath {
        return Ok(());
    }
    let path = dir.join(name);
    for path in [partial(&path), path] {
        if path.symlink_metadata().is_ok_and(|what| !what.is_dir()) {
            fs::remove_file(&path).map_err(|cause| {
                let message = format!("cannot remove `{}`: {cause}", path.display());
                Error::plain(Exit::Output, Code::Output, message)
            })?;
        }
    }
    let above = Path::new(name).ancestors().skip(1).take_while(|parent| !parent.as_os_str().is_empty());
    for parent in above {
        // Fails, as it should, where something else is in it.
        fs::remove_dir(dir.join(parent)).ok();
    }
    Ok(())
}

fn is_empty(dir: &Path) -> Result<bool, Error> {
    let mut entries = fs::read_dir(dir).map_err(|cause| cannot_make(dir, &cause))?;
    Ok(entries.all(|entry| entry.is_ok_and(|entry| entry.file_name() == lock::NAME)))
}

fn cannot_make(dir: &Path, cause: &std::io::Error) -> Error {
    let message = format!("cannot make the directory `{}`: {cause}", dir.display());
    Error::plain(Exit::Output, Code::Output, message).help("choose another place with `--out DIR`")
}

/// A symbolic link where the system has them, else a file that holds the name.
fn point_latest(disk: &Disk, parent: &Path, stamp: &str) -> Result<(), Error> {
    let latest = parent.join("latest");
    // A directory that a user made is left alone.
    if latest.symlink_metadata().is_ok_and(|what| what.is_dir()) {
        return Ok(());
    }
    if link(stamp, parent).is_ok() { Ok(()) } else { atomic::write(disk, &latest, format!("{stamp}\n").as_bytes()) }
}

#[cfg(unix)]
fn link(stamp: &str, parent: &Path) -> std::io::Result<()> {
    let beside = parent.join(format!(".latest.{}", stamp));
    std::os::unix::fs::symlink(stamp, &beside)?;
    fs::rename(&beside, parent.join("latest"))
}

#[cfg(not(unix))]
fn link(_: &str, _: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// A run's name comes from a file's or a title: what a path could misread becomes `_`.
fn as_file_name(name: &str) -> String {
    let keep = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let name: String = name.trim_start_matches('.').chars().map(|c| if keep(c) { c } else { '_' }).collect();
    if name.is_empty() { "run".into() } else { name }
}

/// `2026-01-31T12-30-05`: sorts by time, and holds no colon, which some file systems refuse.
fn utc_stamp(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (year, month, day) = civil_date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}-{minute:02}-{second:02}")
}

/// Year, month and day of the proleptic Gregorian calendar, from days since 1970-01-01 (H. Hinnant, "chrono-compatible
/// low-level date algorithms", `civil_from_days`: years begin in March, so that the leap day comes last).
fn civil_date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(dir: &Path, force: bool) -> Result<RunDirectory, Error> {
        RunDirectory::create(Disk::real(), Some(dir), "x", force)
    }

    /// A run as it should be: `run.json` first, its files, `run.json` last.
    fn complete_run(dir: &Path, names: &[&str]) {
        let mut run = at(dir, true).unwrap();
        run.write(RUN_JSON, br#"{"axonal": "0", "status": "running"}"#).unwrap();
        for name in names {
            run.write(name, b"data").unwrap();
        }
        let json = serde_json::json!({ "axonal": "0", "status": "complete", "files": run.files() });
        run.write(RUN_JSON, json.to_string().as_bytes()).unwrap();
        run.finish();
    }

    #[test]
    fn stamps_are_those_of_the_calendar() {
        // `date -u -d @N +%FT%H-%M-%S` of GNU coreutils.
        for (seconds, stamp) in [
            (0, "1970-01-01T00-00-00"),
            (951_782_400, "2000-02-29T00-00-00"),
            (1_769_862_605, "2026-01-31T12-30-05"),
            (4_107_542_399, "2100-02-28T23-59-59"),
            (4_107_542_400, "2100-03-01T00-00-00"),
        ] {
            assert_eq!(utc_stamp(UNIX_EPOCH + Duration::from_secs(seconds)), stamp);
        }
    }

    #[test]
    fn default_directories_are_new_each_time_and_latest_points_at_the_last() {
        let base = tempfile::tempdir().unwrap();
        let first = create_beneath(Disk::real(), base.path(), "re/lay").unwrap();
        let second = create_beneath(Disk::real(), base.path(), "re/lay").unwrap();
        let parent = base.path().join("re_lay");
        assert_ne!(first.path(), second.path());
        assert_eq!(second.path().parent(), Some(&*parent));
        #[cfg(unix)]
        assert_eq!(fs::canonicalize(parent.join("latest")).unwrap(), fs::canonicalize(second.path()).unwrap());
    }

    #[test]
    fn an_earlier_run_is_replaced_only_by_force_and_foreign_files_never() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        complete_run(dir, &["traces.csv", "plots/a.svg"]);
        fs::write(dir.join("notes.txt"), "mine").unwrap();
        fs::write(dir.join("config.toml"), "mine").unwrap();

        let error = at(dir, false).unwrap_err();
        assert_eq!(error.exit, Exit::Busy);
        assert!(error.to_string().contains("--force"), "{error}");
        assert!(dir.join("traces.csv").exists() && !dir.join(lock::NAME).exists());

        let mut run = at(dir, true).unwrap();
        assert!(!dir.join("traces.csv").exists() && !dir.join("plots").exists() && !dir.join(RUN_JSON).exists());
        assert_eq!(fs::read_to_string(dir.join("notes.txt")).unwrap(), "mine");
        let error = run.write("config.toml", b"ours").unwrap_err();
        assert_eq!(error.exit, Exit::Busy);
        drop(run);
        at(dir, true).unwrap();
        assert_eq!(fs::read_to_string(dir.join("config.toml")).unwrap(), "mine");
    }

    #[test]
    fn what_a_killed_run_left_is_known_to_be_ours() {
        let dir = tempfile::tempdir().unwrap();
        let mut run = at(dir.path(), false).unwrap();
        run.write(RUN_JSON, br#"{"axonal": "0", "status": "running"}"#).unwrap();
        drop(run.stream("traces.csv").unwrap());
        drop(run);
        assert_eq!(at(dir.path(), false).unwrap_err().exit, Exit::Busy);
        let run = at(dir.path(), true).unwrap();
        assert!(!dir.path().join("traces.csv.partial").exists() && run.files().is_empty());
    }

    #[test]
    fn two_runs_cannot_share_a_directory() {
        let dir = tempfile::tempdir().unwrap();
        let first = at(dir.path(), false).unwrap();
        let error = at(dir.path(), true).unwrap_err();
        assert_eq!(error.exit, Exit::Busy);
        assert!(error.to_string().contains("in use"), "{error}");
        first.finish();
        at(dir.path(), false).unwrap();
    }

    #[test]
    fn a_run_can_be_drawn_again() {
        let dir = tempfile::tempdir().unwrap();
        complete_run(dir.path(), &["a.svg"]);
        let mut run = RunDirectory::open(Disk::real(), dir.path()).unwrap();
        run.write("a.svg", b"new").unwrap();
        run.write("b.svg", b"new").unwrap();
        run.close().unwrap();
        assert_eq!(fs::read(dir.path().join("a.svg")).unwrap(), b"new");
        assert_eq!(listed(dir.path(), RUN_JSON), ["a.svg", "b.svg", RUN_JSON, RUN_JSON]);
        assert!(!dir.path().join(lock::NAME).exists());
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(RunDirectory::open(Disk::real(), empty.path()).unwrap_err().exit, Exit::BadInput);
    }

    #[test]
    fn a_run_can_be_drawn_while_it_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let mut run = at(dir.path(), false).unwrap();
        run.write(RUN_JSON, br#"{"axonal": "0", "status": "running"}"#).unwrap();
        let mut guest = RunDirectory::open(Disk::real(), dir.path()).unwrap();
        assert!(guest.is_guest());
        guest.write("a.svg", b"early").unwrap();
        guest.close().unwrap();
        // Later the run draws the same picture, and is not stopped by the early one.
        run.write("a.svg", b"late").unwrap();
        assert_eq!(at(dir.path(), true).unwrap_err().exit, Exit::Busy);
        run.finish();
        assert_eq!(fs::read(dir.path().join("a.svg")).unwrap(), b"late");
    }

    #[test]
    fn a_list_cannot_reach_outside() {
        let dir = tempfile::tempdir().unwrap();
        let outside = dir.path().join("outside");
        fs::write(&outside, "mine").unwrap();
        let inside = dir.path().join("inside");
        fs::create_dir(&inside).unwrap();
        let json = serde_json::json!({ "axonal": "0", "files": ["../outside", outside, ""] });
        fs::write(inside.join(RUN_JSON), json.to_string()).unwrap();
        at(&inside, true).unwrap();
        assert!(outside.exists());
    }

    #[test]
    fn a_file_or_an_impossible_parent_is_an_output_error() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(at(&file, true).unwrap_err().to_string().contains("it is a file"));
        let error = at(&file.join("below"), true).unwrap_err();
        assert_eq!(error.exit, Exit::Output);
        assert!(error.to_string().contains("below"), "{error}");
    }
}
