//! `axonal run`: simulate, draw, and say what happened.

use super::args::{ConfigArguments, RunArguments};
use super::interrupt::Interrupt;
use super::progress::Bar;
use super::{check_morphology, input, terminal};
use crate::error::{Code, Diagnostic, Error, Exit, Span};
use crate::files::atomic::Disk;
use crate::files::run_directory::RunDirectory;
use crate::files::space::free_bytes;
use crate::network::Network;
use crate::network::estimate::{describe_bytes, estimate};
use crate::report::{RunReport, run_json, summary};
use crate::simulation::{Finished, Progress, RunOptions, Simulation};
use std::path::Path;

/// Runs a config from start to end.
pub fn run(arguments: &RunArguments) -> Result<Exit, Error> {
    let set = arguments.seed.map(|seed| format!("run.seed={seed}"));
    let set = arguments.config.set.iter().cloned().chain(set).collect();
    let chosen = ConfigArguments { file: arguments.config.file.clone(), set };
    let simulation = Simulation::new(input::config(&chosen)?)?;
    let sources = &simulation.config().sources;
    if !arguments.quiet {
        terminal::diagnostics(simulation.warnings(), sources);
        terminal::message(&check_morphology::summaries(simulation.network()));
    }
    refuse_what_does_not_fit(simulation.network(), arguments.out.as_deref())?;
    let name = input::name(&chosen, "relay");
    let directory = RunDirectory::create(Disk::real(), arguments.out.as_deref(), &name, arguments.force)?;
    let (finished, interrupt) = simulate(&simulation, arguments, directory)?;
    if !arguments.quiet {
        let warn = |text: &String| Diagnostic::warning(Code::Suspicious, Span::NONE, text);
        terminal::diagnostics(&finished.warnings.iter().map(warn).collect::<Vec<_>>(), sources);
    }
    print_results(arguments, &chosen, &finished, simulation.config().sources.first().map_or("", |s| &s.text))?;
    terminal::diagnostics(&finished.unmet, sources);
    Ok(match (finished.interrupted, finished.unmet.is_empty()) {
        (true, _) => interrupt.exit(),
        (false, false) => Exit::Unmet,
        (false, true) => Exit::Complete,
    })
}

/// Exit 4 where less room is free than a run is sure to write.
pub fn refuse_what_does_not_fit(network: &Network, out: Option<&Path>) -> Result<(), Error> {
    let needed = estimate(network).output_bytes;
    let free = free_bytes(out.unwrap_or(Path::new(".")));
    let Some(free) = free.filter(|free| needed > *free) else { return Ok(()) };
    let [needed, free] = [needed, free].map(describe_bytes);
    let message = format!("the run would write about {needed}, and {free} are free on that disk");
    Err(Error::plain(Exit::Refused, Code::TooLarge, message)
        .help("record fewer neurons, or less often with `every`, or with `format = \"npz\"`; or write elsewhere with `--out DIR`"))
}

fn simulate(
    simulation: &Simulation,
    arguments: &RunArguments,
    directory: RunDirectory,
) -> Result<(Finished, Interrupt), Error> {
    // Until here a signal ends the process, as nothing would be lost.
    let interrupt = Interrupt::listen()
        .map_err(|cause| Error::plain(Exit::Refused, Code::Suspicious, format!("cannot listen for Ctrl-C: {cause}")))?;
    let options = RunOptions {
        threads: arguments.threads.map(usize::from),
        directory: Some(directory),
        format: arguments.format.map(|format| format.of_plots()),
        profile: arguments.profile,
    };
    let mut bar = Bar::new(!arguments.quiet);
    let dt_ms = simulation.network().dt_ms;
    let finished = simulation.run_with(options, &mut |progress: Progress| {
        bar.update(progress, dt_ms);
        interrupt.asked()
    });
    bar.clear();
    Ok((finished?, interrupt))
}

/// On stdout: the summary, or `run.json` alone, or nothing.
fn print_results(
    arguments: &RunArguments,
    chosen: &ConfigArguments,
    finished: &Finished,
    text: &str,
) -> Result<(), Error> {
    let report = &finished.report;
    let profile = if arguments.profile { profile(report) } else { String::new() };
    if arguments.json {
        terminal::print(&String::from_utf8_lossy(&run_json(report)))?;
        terminal::message(&profile);
    } else if !arguments.quiet {
        let next = next(arguments, chosen, finished, text);
        terminal::print(&format!("{}{profile}next: {next}\n", summary(report, &finished.recording)))?;
    } else {
        terminal::message(&profile);
    }
    Ok(())
}

/// Where the time went.
fn profile(report: &RunReport) -> String {
    let wall = &report.wall_s;
    let phases = [("build", wall.build), ("simulate", wall.simulate), ("write", wall.write), ("plot", wall.plot)];
    let total: f64 = phases.iter().map(|(_, seconds)| seconds).sum();
    let mut out = "  where the time went:\n".to_string();
    for (name, seconds) in phases {
        let share = if total > 0.0 { 100.0 * seconds / total } else { 0.0 };
        out += &format!("    {name:<8} {seconds:>9.3} s  {share:>3.0} %\n");
    }
    out += &format!("    {:<8} {total:>9.3} s  on {}\n", "all", super::check::counted(report.threads as f64, "thread"));
    out += "  of simulate, each thread:\n";
    let phases: f64 = report.phases.iter().map(|(_, seconds)| seconds).sum();
    for (name, seconds) in &report.phases {
        out += &format!("    {name:<9} {seconds:>8.3} s  {:>3.0} %\n", 100.0 * seconds / phases.max(f64::MIN_POSITIVE));
    }
    let threads = report.threads as f64;
    let of =
        |phase: &str| report.phases.iter().find(|(name, _)| *name == phase).map_or(0.0, |(_, s)| s * threads * 1e9);
    let updates = report.neurons as f64 * report.steps as f64;
    let event = match report.ledger.1 {
        0 => String::new(),
        events => format!("{:.2} ns a synaptic event between neurons, ", of("deliver") / events as f64),
    };
    out + &format!("    {event}{:.2} ns a neuron and step (of one thread)\n", of("update") / updates.max(1.0))
}

/// The next useful command.
fn next(arguments: &RunArguments, chosen: &ConfigArguments, finished: &Finished, text: &str) -> String {
    let directory = short_directory(arguments.out.is_some(), Path::new(&finished.report.directory));
    let file = input::argument(chosen);
    if finished.interrupted {
        return format!("axonal plot {directory}");
    }
    if !finished.unmet.is_empty() {
        return format!("axonal check{file}{}", input::settings(chosen));
    }
    // A config that says in its first comments what to try knows better than we do.
    if let Some(try_this) = proposal(text, "axonal run").filter(|_| chosen.set.is_empty() && file != " -") {
        return format!("axonal run{file} {try_this}");
    }
    match finished.plots.is_empty() {
        true => format!("axonal check{file}{}", input::settings(chosen)),
        false => format!("axonal plot {directory} --format png"),
    }
}

/// `--set ...` of the first such command that the comments at the head of the config propose.
pub fn proposal<'a>(text: &'a str, command: &str) -> Option<&'a str> {
    let comments = text.lines().take_while(|line| line.starts_with('#'));
    let mut lines = comments.map(|line| line.trim_start_matches('#').trim());
    let proposed = |line: &&str| line.strip_prefix(command).is_some_and(|rest| rest.starts_with(' '));
    let line = lines.find(|line| proposed(line) && line.contains(" --set "))?;
    // What follows after a gap is said to the reader, not to the shell.
    line.find("--set ").map(|at| line[at..].split("  ").next().unwrap_or("").trim_end())
}

/// The directory as a person would type it: by `latest`, if that points at it and it was not `named` otherwise.
pub fn short_directory(named: bool, directory: &Path) -> String {
    let latest = directory.with_file_name("latest");
    let same = || Some(latest.canonicalize().ok()? == directory.canonicalize().ok()?);
    let short = if !named && same() == Some(true) { latest.as_path() } else { directory };
    input::quoted(&short.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_divided_among_events_if_there_are_any() {
        let report = |events| RunReport { neurons: 2, steps: 5, ledger: (0, events, 0), ..RunReport::default() };
        assert!(profile(&report(3)).contains("ns a synaptic event between neurons, 0.00 ns a neuron and step"));
        let without = profile(&report(0));
        assert!(!without.contains("synaptic event") && without.contains("    0.00 ns a neuron and step"), "{without}");
    }

    #[test]
    fn the_config_may_propose_what_to_try() {
        assert_eq!(proposal(input::RELAY, "axonal run"), Some("--set stimulus.touch.amplitude=\"0.3 nA\""));
        let explained = "# axonal run --set define.g=3      synchronous, regular (8A): all at once\n";
        assert_eq!(proposal(explained, "axonal run"), Some("--set define.g=3"));
        assert_eq!(proposal("[run]\n# axonal run --set a=1\n", "axonal run"), None);
    }
}
