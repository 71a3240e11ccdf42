//! `.lock`: who is filling a directory, and with what.
//!
//! The first line says which process (its id and, where the system tells, when it started, for ids are used again);
//! each further line is a file that it made there. A process that was killed thus leaves a list of what is ours, and a
//! lock that everyone can see is nobody's.

use super::atomic::{Disk, DiskFile};
use super::unreadable;
use crate::error::{Code, Error, Exit};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub(super) const NAME: &str = ".lock";

/// The first line has a fixed width, so that it can be overwritten in place even on a full disk.
const WIDTH: usize = 40;

#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    file: DiskFile,
    released: bool,
}

impl Lock {
    /// Takes the directory and returns what a dead process had listed. Errors: `Busy` if a living one has it; `Output`.
    pub(super) fn take(disk: &Disk, dir: &Path) -> Result<(Lock, Vec<String>), Error> {
        let path = dir.join(NAME);
        let mut inherited = vec![];
        // Twice a stale lock may turn up in the way, if several processes clear it away at the same time.
        for _ in 0..3 {
            match OpenOptions::new().append(true).create_new(true).open(&path) {
                Ok(file) => {
                    let mut file = disk.adopt(file);
                    let written = file.write_all(first_line(&identity(std::process::id())).as_bytes());
                    let mut lock = Lock { path, file, released: false };
                    written.map_err(|cause| Error::output(dir, &cause)).inspect_err(|_| lock.remove())?;
                    return Ok((lock, inherited));
                }
                Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
                    inherited.extend(clear_stale(&path, dir)?);
                }
                Err(cause) => return Err(Error::output(dir, &cause)),
            }
        }
        Err(busy(dir, "another run"))
    }

    /// Writes into the list of a run that goes on, as a guest: the directory stays its owner's.
    pub(super) fn join(disk: &Disk, dir: &Path) -> Result<Lock, Error> {
        let path = dir.join(NAME);
        let file = OpenOptions::new().append(true).open(&path).map_err(|cause| unreadable(&path, &cause))?;
        Ok(Lock { path, file: disk.adopt(file), released: true })
    }

    /// Whether a guest, or this process, has listed the file.
    pub(super) fn lists(&self, name: &str) -> bool {
        std::fs::read_to_string(&self.path).is_ok_and(|text| text.lines().skip(1).any(|line| line == name))
    }

    /// Lists a file before it is made.
    pub(super) fn list(&mut self, name: &str) -> Result<(), Error> {
        writeln!(self.file, "{name}").map_err(|cause| Error::output(&self.path, &cause))
    }

    /// At the regular end: the list has gone over into `run.json`.
    pub(super) fn remove(&mut self) {
        self.released = true;
        std::fs::remove_file(&self.path).ok();
    }
}

impl Drop for Lock {
    /// Without a regular end the list stays, under nobody's name.
    fn drop(&mut self) {
        if !self.released
            && let Ok(mut file) = OpenOptions::new().write(true).open(&self.path)
        {
            file.write_all(first_line("0").as_bytes()).ok();
        }
    }
}

fn first_line(identity: &str) -> String {
    format!("{identity:<width$}\n", width = WIDTH - 1)
}

/// Removes a dead process's lock and returns its list.
fn clear_stale(path: &Path, dir: &Path) -> Result<Vec<String>, Error> {
    let Ok(text) = std::fs::read_to_string(path) else { return Ok(vec![]) };
    let mut lines = text.lines();
    let owner = lines.next().unwrap_or("").trim();
    if alive(owner) {
        return Err(busy(dir, &format!("process {}", owner.split(' ').next().unwrap_or("?"))));
    }
    // Only one of several processes wins the renaming; a lock that came in between is put back.
    let aside = path.with_file_name(format!("{NAME}.{}", std::process::id()));
    if std::fs::rename(path, &aside).is_err() {
        return Ok(vec![]);
    }
    let moved = std::fs::read_to_string(&aside).unwrap_or_default();
    if moved != text {
        std::fs::rename(&aside, path).map_err(|cause| Error::output(path, &cause))?;
        return Err(busy(dir, "another run"));
    }
    std::fs::remove_file(&aside).map_err(|cause| Error::output(&aside, &cause))?;
    Ok(lines.map(str::to_owned).collect())
}

fn busy(dir: &Path, who: &str) -> Error {
    Error::plain(Exit::Busy, Code::Busy, format!("`{}` is in use by {who}", dir.display()))
        .help("wait for it to end, or give this run a directory of its own with `--out DIR`")
}

/// `pid start`, where the start is in clock ticks since boot; `pid` alone where the system does not tell.
fn identity(pid: u32) -> String {
    match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => format!("{pid} {}", start_of(&stat)),
        Err(_) => pid.to_string(),
    }
}

/// Field 22 of proc(5)'s `stat`: `starttime`. The second field is a name in parentheses that may itself hold any character.
fn start_of(stat: &str) -> &str {
    stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(19)).unwrap_or("")
}

/// Whether the process that wrote this line still runs; if in doubt, it does.
fn alive(line: &str) -> bool {
    let Some(Ok(pid)) = line.split(' ').next().map(str::parse::<u32>) else { return !line.is_empty() };
    if pid == 0 {
        return false;
    }
    if Path::new("/proc/self/stat").exists() {
        return Path::new(&format!("/proc/{pid}")).exists() && identity(pid) == line;
    }
    if cfg!(unix) {
        // `kill -0` asks without sending anything.
        let asked = std::process::Command::new("kill").args(["-0", &pid.to_string()]).output();
        return asked.is_ok_and(|answer| answer.status.success());
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_time_is_found_behind_any_name() {
        let stat = "42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 777 20";
        assert_eq!(start_of(stat), "777");
    }

    #[test]
    fn a_living_owner_keeps_the_directory_and_a_dead_one_leaves_its_list() {
        let dir = tempfile::tempdir().unwrap();
        let disk = Disk::real();
        let (mut lock, inherited) = Lock::take(&disk, dir.path()).unwrap();
        assert!(inherited.is_empty());
        lock.list("spikes.csv").unwrap();
        let error = Lock::take(&disk, dir.path()).unwrap_err();
        assert_eq!(error.exit, Exit::Busy);
        assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");

        drop(lock);
        let (mut lock, inherited) = Lock::take(&disk, dir.path()).unwrap();
        assert_eq!(inherited, ["spikes.csv"]);
        lock.remove();
        assert!(!dir.path().join(NAME).exists());
    }

    #[test]
    fn a_process_id_that_was_used_again_is_not_the_owner() {
        assert!(alive(&identity(std::process::id())));
        if Path::new("/proc/self/stat").exists() {
            assert!(!alive(&format!("{} 1", std::process::id())));
        }
        assert!(!alive("0") && !alive(""));
    }
}
