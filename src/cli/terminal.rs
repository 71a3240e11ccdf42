//! The only place that prints. Results go to stdout, everything else to stderr; `anstream` takes colours away where
//! they are not wanted (a pipe, `NO_COLOR`, `CLICOLOR=0`).

use std::io::{ErrorKind, IsTerminal, Write};

use super::render::render;
use crate::error::{Code, Diagnostic, Error, Exit, Source};

/// Columns where there is no terminal to ask.
const WIDTH: usize = 80;

/// Writes a result to stdout. A reader that has seen enough (`| head`) is not an error.
///
/// # Errors
/// `Output` if stdout cannot be written: a full disk.
pub fn print(text: &str) -> Result<Exit, Error> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => {
            Err(Error::plain(Exit::Output, Code::Output, format!("cannot write to standard output: {cause}")))
        }
        _ => Ok(Exit::Complete),
    }
}

/// Writes a message to stderr. If even that cannot be written, there is nobody to tell.
pub fn message(text: &str) {
    anstream::stderr().lock().write_all(text.as_bytes()).ok();
}

/// Diagnostics to stderr.
pub fn diagnostics(list: &[Diagnostic], sources: &[Source]) {
    message(&render(list, sources, true, stderr_width()));
}

/// All that an error has to say, to stderr.
pub fn report(error: &Error) {
    diagnostics(&error.diagnostics, &error.sources);
}

pub fn stderr_is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

fn stderr_width() -> usize {
    terminal_size::terminal_size_of(std::io::stderr()).map_or(WIDTH, |(width, _)| width.0 as usize)
}

/// Columns of the terminal that stdout is; without bound where it is none.
pub fn stdout_width() -> usize {
    terminal_size::terminal_size_of(std::io::stdout()).map_or(usize::MAX, |(width, _)| usize::from(width.0).max(WIDTH))
}

/// A heading: bold where there are colours.
pub fn heading(text: &str) -> String {
    format!("\x1b[1m{text}\x1b[0m")
}
