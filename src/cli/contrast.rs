//! `axonal contrast`: a network of spikes beside one of numbers.

use super::args::{ConfigArguments, ContrastArguments};
use super::interrupt::Interrupt;
use super::progress::Bar;
use super::run::{proposal, short_directory};
use super::{input, terminal};
use crate::contrast::output::{Output, PAGE, Written};
use crate::contrast::{self, Findings, Stage};
use crate::error::{Code, Diagnostic, Error, Exit, Span};
use crate::files::atomic::Disk;
use crate::files::run_directory::RunDirectory;

/// Compares what the config asks for, and writes it down.
pub fn contrast(arguments: &ContrastArguments) -> Result<Exit, Error> {
    let seed = arguments.seed.map(|seed| format!("run.seed={seed}"));
    let set = arguments.set.iter().cloned().chain(seed).collect();
    let chosen = ConfigArguments { file: arguments.file.clone(), set };
    let config = input::config_or(&chosen, ("contrast_digits", input::DIGITS))?;
    let prepared = contrast::prepare(&config)?;
    if !arguments.quiet {
        terminal::diagnostics(prepared.warnings(), &config.sources);
    }
    let name = input::name(&chosen, "contrast_digits");
    let directory = RunDirectory::create(Disk::real(), arguments.out.as_deref(), &name, arguments.force)?;
    // Until here a signal ends the process, as nothing would be lost.
    let interrupt = Interrupt::listen()
        .map_err(|cause| Error::plain(Exit::Refused, Code::Suspicious, format!("cannot listen for Ctrl-C: {cause}")))?;
    let output = Output::begin(directory, &config)?;
    let mut bar = Bar::new(!arguments.quiet);
    let threads = arguments.threads.map(usize::from);
    let found = contrast::run(&config, prepared, threads, &mut |stage: Stage| {
        bar.stage(stage);
        interrupt.asked()
    });
    bar.clear();
    let mut findings = match found {
        Ok(findings) if !interrupt.asked() => findings,
        Ok(_) => return stopped(output, &interrupt),
        Err(error) if interrupt.asked() && error.exit == Exit::Interrupted => return stopped(output, &interrupt),
        Err(error) => {
            let failure = error.diagnostics.first().map(|diagnostic| diagnostic.message.as_str());
            // The error that counts is the first one.
            output.stop("failed", failure).ok();
            return Err(error);
        }
    };
    let shown = short_directory(arguments.out.is_some(), output.path());
    let written = output.complete(&mut findings, arguments.format.of_plots())?;
    print_results(arguments, &chosen, &findings, &written, &shown)?;
    terminal::diagnostics(&findings.unmet, &config.sources);
    Ok(if findings.unmet.is_empty() { Exit::Complete } else { Exit::Unmet })
}

/// Nothing is shown of a contrast that was not finished.
fn stopped(output: Output, interrupt: &Interrupt) -> Result<Exit, Error> {
    terminal::message("interrupted: nothing was compared\n");
    output.stop("interrupted", None)?;
    Ok(interrupt.exit())
}

/// Warnings on stderr; on stdout the summary, or `contrast.json` alone, or nothing.
fn print_results(
    arguments: &ContrastArguments,
    chosen: &ConfigArguments,
    findings: &Findings,
    written: &Written,
    directory: &str,
) -> Result<Exit, Error> {
    if !arguments.quiet {
        let warn = |text: &String| Diagnostic::warning(Code::Suspicious, Span::NONE, text);
        let warnings: Vec<Diagnostic> = findings.warnings.iter().chain(&written.warnings).map(warn).collect();
        terminal::diagnostics(&warnings, &[]);
    }
    if arguments.json {
        return terminal::print(&written.json);
    }
    if arguments.quiet {
        return Ok(Exit::Complete);
    }
    let pictures = super::check::counted(written.pictures.len() as f64, "picture");
    let place = format!("  in {directory}: {PAGE}, contrast.json, {pictures}");
    let summary = findings.summary.trim_end();
    terminal::print(&format!("{summary}\n{place}\nnext: {}\n", next(chosen)))
}

/// The next useful command: what the config's first comments say is to be tried, or the pictures for a lecture.
fn next(chosen: &ConfigArguments) -> String {
    let file = input::argument(chosen);
    let text = match &chosen.file {
        None => Some(input::DIGITS.to_string()),
        Some(path) => crate::files::read_text(path).ok(),
    };
    match text.as_deref().and_then(|text| proposal(text, "axonal contrast")) {
        Some(try_this) if chosen.set.is_empty() && file != " -" => format!("axonal contrast{file} {try_this}"),
        _ => format!("axonal contrast{file}{} --format png", input::settings(chosen)),
    }
}
