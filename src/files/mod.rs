//! The only way to the disk.
//!
//! Nothing here leaves a file that looks complete and is not: whole files are written beside their place and renamed
//! into it ([`atomic`]), long ones grow as `<name>.partial` and are renamed when they are finished. Every write goes
//! through a `Disk`, so that a test can let it fill up.
//!
//! | file | what it knows |
//! |---|---|
//! | [`atomic`] | one file: whole or streamed |
//! | [`run_directory`] | the directory that a run fills, who owns it, and what may be replaced |
//! | [`csv_out`] | samples and spikes as text |
//! | [`npy`], [`npz`] | samples and spikes as NumPy arrays |
//! | [`read_back`] | samples and spikes that a run wrote, finished or not |
//! | [`table_in`], `arrays_in` | spikes and connections that a user brings |
//! | [`gz`] | bytes that a user brings, packed or not |
//! | [`idx`], [`number_csv`] | arrays in the format of MNIST, and tables of numbers |
//!
//! Deliberate absence: no module here knows what a neuron is.

mod arrays_in;
pub mod atomic;
pub mod csv_out;
pub mod gz;
pub mod idx;
mod lock;
pub mod npy;
pub mod npz;
pub mod number_csv;
pub mod read_back;
pub mod run_directory;
pub mod space;
pub mod swc;
pub mod table_in;

use crate::error::{Code, Error, Exit};
use std::path::Path;

/// The text of a file. Errors: `Unreadable` (missing, a directory, no permission), `Encoding` (not UTF-8).
pub fn read_text(path: &Path) -> Result<String, Error> {
    let bytes = std::fs::read(path).map_err(|cause| unreadable(path, &cause))?;
    String::from_utf8(bytes).map_err(|cause| {
        let at = cause.utf8_error().valid_up_to();
        let message = format!("`{}` is not UTF-8 text: byte {} belongs to no character", path.display(), at + 1);
        Error::plain(Exit::BadInput, Code::Encoding, message)
    })
}

/// Reading `path` failed.
pub fn unreadable(path: &Path, cause: &std::io::Error) -> Error {
    Error::plain(Exit::BadInput, Code::Unreadable, format!("cannot read `{}`: {cause}", path.display()))
}

/// The content of `path` is not what it should be; `what` says why, such as "its header is cut off".
pub fn bad_file(path: &Path, what: &str) -> Error {
    Error::plain(Exit::BadInput, Code::BadFile, format!("cannot read `{}`: {what}", path.display()))
}
