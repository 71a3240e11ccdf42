//! `axonal plot`: draw a run again from its directory alone, whether it is complete, cut off, or still going on.

use std::path::{Path, PathBuf};

use super::args::PlotArguments;
use super::input::quoted;
use super::terminal;
use crate::config::Config;
use crate::error::{Code, Diagnostic, Error, Exit, Span};
use crate::files::atomic::{self, Disk};
use crate::files::run_directory::RunDirectory;
use crate::plots::{self, Format, Kind, Request};
use crate::recording::Recording;
use crate::recording::load::load;
use crate::simulation::plot_requests;

/// Draws what is asked for; exit 2 if nothing of it could be drawn.
pub fn plot(arguments: &PlotArguments) -> Result<Exit, Error> {
    let recording = load(&arguments.directory)?;
    check_data(&arguments.data, &recording)?;
    let requests = requests(arguments, &recording);
    let mut drawn = Vec::new();
    let mut failed = Vec::new();
    for request in &requests {
        let format = arguments.format.map(|format| format.of_plots()).or(request.format).unwrap_or(Format::Svg);
        match plots::draw(&recording, request, format) {
            Ok(bytes) => drawn.push((format!("{}.{}", request.name, format.extension()), bytes)),
            Err(reason) => failed.push(format!("plot `{}` was not drawn: {reason}", request.name)),
        }
    }
    if requests.is_empty() {
        failed.push(format!("`{}` has no recorder, so there is nothing to draw", arguments.directory.display()));
    }
    let level = if drawn.is_empty() { Diagnostic::error } else { Diagnostic::warning };
    let failed: Vec<Diagnostic> = failed.into_iter().map(|text| level(Code::Suspicious, Span::NONE, text)).collect();
    if drawn.is_empty() {
        return Err(Error { exit: Exit::BadInput, diagnostics: failed, sources: Default::default() });
    }
    let written = write(arguments, &drawn)?;
    terminal::diagnostics(&failed, &[]);
    let mut out = String::new();
    if recording.interrupted {
        out += &format!("the run is not complete: drawn as far as it came, {} ms\n", recording.duration_ms);
    }
    for path in &written {
        out += &format!("{}\n", path.display());
    }
    terminal::print(&(out + &format!("next: {}\n", next(arguments))))
}

/// Names that nobody has are mistakes, all of them at once.
fn check_data(names: &[String], recording: &Recording) -> Result<(), Error> {
    let recorders = recording.recorders.iter().map(|samples| samples.recorder.as_str());
    let of_spikes = recording.spikes.iter().flat_map(|trains| &trains.seen_by).map(|seen| seen.recorder.as_str());
    let populations = recording.populations.iter().map(|population| population.name.as_str());
    let mut known: Vec<&str> = recorders.chain(of_spikes).chain(populations).collect();
    known.sort_unstable();
    known.dedup();
    let wrong = names.iter().filter(|name| !known.contains(&name.as_str())).map(|name| {
        let message = format!("there is no recorder or population `{name}` in this run");
        Diagnostic::error(Code::UnknownName, Span::NONE, message).suggest(name, known.iter().copied())
    });
    let wrong: Vec<Diagnostic> = wrong.collect();
    if wrong.is_empty() { Ok(()) } else { Err(Error::input(wrong, Default::default())) }
}

/// The kinds that were asked for, with the data that suit them; else what the config asks for; else what suits.
fn requests(arguments: &PlotArguments, recording: &Recording) -> Vec<Request> {
    let defaults = plots::defaults(recording);
    if arguments.kinds.is_empty() {
        let configured = configured(&arguments.directory);
        return if configured.is_empty() { defaults } else { configured };
    }
    let mut requests = Vec::new();
    for kind in arguments.kinds.iter().filter_map(|name| Kind::from_name(name)) {
        let suiting: Vec<Request> = defaults.iter().filter(|request| request.kind == kind).cloned().collect();
        if !arguments.data.is_empty() || suiting.is_empty() {
            let name = arguments.data.iter().chain([&kind.name().to_string()]).cloned().collect::<Vec<_>>().join("_");
            requests.push(Request { data: arguments.data.clone(), ..Request::new(name, kind) });
        } else {
            requests.extend(suiting);
        }
    }
    requests
}

/// The `[plot]` tables of the config that the run left in its directory.
fn configured(directory: &Path) -> Vec<Request> {
    let read = |name: &str| plot_requests(&Config::from_file(&directory.join(name)).ok()?).ok();
    read("resolved.toml").or_else(|| read("config.toml")).unwrap_or_default()
}

/// Into the run directory, where the run's own files may be replaced; or beside it, where nothing is without `--force`.
fn write(arguments: &PlotArguments, drawn: &[(String, Vec<u8>)]) -> Result<Vec<PathBuf>, Error> {
    let Some(out) = &arguments.out else {
        let mut directory = RunDirectory::open(Disk::real(), &arguments.directory)?;
        for (name, bytes) in drawn {
            directory.write(name, bytes)?;
        }
        directory.close()?;
        return Ok(drawn.iter().map(|(name, _)| arguments.directory.join(name)).collect());
    };
    let paths: Vec<PathBuf> = drawn.iter().map(|(name, _)| out.join(name)).collect();
    if let Some(path) = paths.iter().find(|path| path.symlink_metadata().is_ok()).filter(|_| !arguments.force) {
        let message = format!("`{}` exists", path.display());
        return Err(Error::plain(Exit::Busy, Code::Busy, message).help("add `--force` to replace it"));
    }
    std::fs::create_dir_all(out).map_err(|cause| Error::output(out, &cause))?;
    for (path, (_, bytes)) in paths.iter().zip(drawn) {
        atomic::write(&Disk::real(), path, bytes)?;
    }
    Ok(paths)
}

fn next(arguments: &PlotArguments) -> String {
    let directory = quoted(&arguments.directory.to_string_lossy());
    match (arguments.kinds.is_empty(), arguments.format.is_some()) {
        (true, false) => format!("axonal plot {directory} --format png"),
        (true, true) => format!("axonal plot {directory} trace"),
        _ => format!("axonal plot {directory}"),
    }
}
