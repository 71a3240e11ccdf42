//! The public face: arguments in, results on stdout, messages on stderr, and an exit code that tools can rely on.
//!
//! One file per subcommand, each with a function from its arguments to an [`Exit`]. [`args`] is the grammar,
//! `terminal` the only place that prints, [`render`] turns diagnostics into text.
//! To add a subcommand: a file, a variant of [`args::Command`], and a line in `dispatch`.

pub mod args;
mod check;
mod check_layered;
mod check_morphology;
mod contrast;
mod input;
mod interrupt;
mod keys;
mod models;
mod new;
mod plot;
mod progress;
pub mod render;
mod run;
pub mod schema;
mod table;
mod terminal;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::error::{Error, Exit};
use args::{Cli, Command};

/// Reads the process's arguments, does what they ask for, and returns how it ended.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way, too. A reader that went away is no mistake of ours.
            error.print().ok();
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    let exit = dispatch(cli.command).unwrap_or_else(|error| {
        terminal::report(&error);
        error.exit
    });
    ExitCode::from(exit as u8)
}

fn dispatch(command: Command) -> Result<Exit, Error> {
    match command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Check(arguments) => check::check(&arguments),
        Command::Plot(arguments) => plot::plot(&arguments),
        Command::Contrast(arguments) => contrast::contrast(&arguments),
        Command::Models(arguments) => models::models(&arguments),
        Command::New(arguments) => new::new(&arguments),
        Command::Schema => terminal::print(&format!("{:#}\n", schema::schema())),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "axonal", &mut script);
            terminal::print(&String::from_utf8_lossy(&script))
        }
    }
}
