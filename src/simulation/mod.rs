//! From a config to a recording: builds the network, runs the engine, writes and draws what it saw.
//!
//! This is the wiring that the command line and Rust programs share; everything it joins lives on the floors below.

mod cable_plots;
mod channels;
mod connections;
mod counting;
mod nullclines;
mod outline;
mod plot_checks;
mod plot_requests;
mod seen;
mod sinks;
mod watching;
mod waveforms;
mod wiring;

pub use outline::Outline;
pub use plot_requests::plot_requests;

use crate::config::Config;
use crate::engine::{Engine, Outcome, Phase};
use crate::error::{Code, Diagnostic, Error, Exit};
use crate::files::run_directory::{RUN_JSON, RunDirectory};
use crate::network::{self, Built, Expectation, Expected, Network};
use crate::plots::{self, Format, Kind, Request};
use crate::recording::Recording;
use crate::recording::load::{RECORDING_JSON, save};
use crate::report::{ExpectationSeen, RunReport, Seeds, Status, peak_rss_mib, run_json};
use crossbeam_utils::CachePadded;
use std::time::Instant;
use watching::Watching;

/// Bytes that `run.json` is longer than it needs to be while a run goes on.
const LAST_WORDS: usize = 8 << 10;

/// The config as it was written, and with every default.
const CONFIG_TOML: &str = "config.toml";
const RESOLVED_TOML: &str = "resolved.toml";

/// A config that was understood, ready to run.
pub struct Simulation {
    config: Config,
    built: Built,
    plots: Vec<Request>,
    build_seconds: f64,
}

/// How to run.
#[derive(Default)]
pub struct RunOptions {
    /// As many as the network's work is worth, if not given.
    pub threads: Option<usize>,
    /// Where to write; in memory only, if not given.
    pub directory: Option<RunDirectory>,
    /// Of plots that do not ask for one; SVG, if not given.
    pub format: Option<Format>,
    /// Look where each step's time goes.
    pub profile: bool,
}

/// How far a run is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub step: i64,
    pub steps: i64,
}

/// A run that came to its end, or was stopped.
pub struct Finished {
    pub recording: Recording,
    pub report: RunReport,
    /// Expectations that were not met.
    pub unmet: Vec<Diagnostic>,
    pub interrupted: bool,
    /// Plots that could not be drawn, and why.
    pub warnings: Vec<String>,
    /// Files of the plots that were drawn.
    pub plots: Vec<String>,
}

impl Simulation {
    /// Builds the network.
    ///
    /// # Errors
    /// Every mistake in the config at once; `Refused` if it would not fit into memory.
    pub fn new(config: Config) -> Result<Simulation, Error> {
        Simulation::with(config, network::build)
    }

    fn with(config: Config, build: impl Fn(&Config) -> Result<Built, Error>) -> Result<Simulation, Error> {
        let begun = Instant::now();
        let plots = plot_requests(&config);
        let built = build(&config);
        let (plots, built) = match (plots, built) {
            (Ok(plots), Ok(built)) => (plots, built),
            (Err(error), Ok(_)) | (Ok(_), Err(error)) => return Err(error),
            (Err(plots), Err(mut error)) => {
                error.diagnostics.extend(plots.diagnostics);
                return Err(error);
            }
        };
        let wrong = plot_checks::check(&config, &built.network, &plots);
        if !wrong.is_empty() {
            return Err(Error::input(wrong, std::sync::Arc::clone(&config.sources)));
        }
        Ok(Simulation { config, built, plots, build_seconds: begun.elapsed().as_secs_f64() })
    }

    /// From the text of a config file.
    ///
    /// # Errors
    /// As [`Simulation::new`], and what is not TOML.
    pub fn from_toml(text: &str) -> Result<Simulation, Error> {
        Simulation::new(Config::from_text("config", text)?)
    }

    pub fn network(&self) -> &Network {
        &self.built.network
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn warnings(&self) -> &[Diagnostic] {
        &self.built.warnings
    }

    /// The config with every default written out.
    pub fn resolved(&self) -> String {
        self.built.resolved.to_toml()
    }

    /// Runs in memory.
    ///
    /// # Errors
    /// `Numeric` if a state stops being a number.
    pub fn run(&self) -> Result<Finished, Error> {
        self.run_with(RunOptions::default(), &mut |_| false)
    }

    /// Runs; `progress` is told how far it is and may ask to stop.
    ///
    /// # Errors
    /// `Numeric` if a state stops being a number, `Output` if a file cannot be written; the run directory then says so.
    pub fn run_with(
        &self,
        mut options: RunOptions,
        progress: &mut (dyn FnMut(Progress) -> bool + Send),
    ) -> Result<Finished, Error> {
        let mut report = self.first_report();
        let finished = self.perform(&mut options, progress, &mut report);
        match (&finished, options.directory) {
            // Refused before it began: nothing is left.
            (Err(_), Some(directory)) if directory.files().is_empty() => directory.finish(),
            (Err(error), Some(directory)) => fail(directory, report, error),
            (Ok(_), Some(directory)) => directory.finish(),
            (_, None) => {}
        }
        finished
    }

    /// From the first `run.json` to the last.
    fn perform(
        &self,
        options: &mut RunOptions,
        progress: &mut (dyn FnMut(Progress) -> bool + Send),
        report: &mut RunReport,
    ) -> Result<Finished, Error> {
        let network = self.network();
        let mut recording = seen::skeleton(network);
        if let Some(directory) = &mut options.directory {
            watching::name_files(network, &mut recording);
            self.files(&recording, options.format).iter().try_for_each(|name| directory.refuse_foreign(name))?;
            self.begin(directory, report, &recording)?;
        }
        let begun = Instant::now();
        let engine = Engine::new(network, options.threads)?;
        let engine = if options.profile { engine.profiled() } else { engine };
        report.wall_s.build = self.build_seconds + begun.elapsed().as_secs_f64();
        let (recording, outcome) = self.simulate(engine, recording, options.directory.as_mut(), progress, report)?;
        self.finish(recording, outcome, options, report)
    }

    /// `run.json` first, so that a run that is killed can be told from one that never began.
    fn begin(&self, directory: &mut RunDirectory, report: &mut RunReport, recording: &Recording) -> Result<(), Error> {
        report.directory = directory.path().display().to_string();
        // With room to say why it failed, should the disk be full by then.
        directory.write(RUN_JSON, &[run_json(report), vec![b'\n'; LAST_WORDS]].concat())?;
        let file = self.config.sources.first().filter(|source| source.name != "--set");
        let written = file.map(|source| source.text.clone());
        directory.write(CONFIG_TOML, written.unwrap_or_else(|| self.config.to_toml()).as_bytes())?;
        directory.write(RESOLVED_TOML, self.resolved().as_bytes())?;
        connections::write(self.network(), directory)?;
        directory.write(RECORDING_JSON, &save(recording))
    }

    /// What a run will write, but for connections.
    fn files(&self, recording: &Recording, format: Option<Format>) -> Vec<String> {
        let picture = |plot: &Request| {
            let format = format.or(plot.format).unwrap_or(Format::Svg);
            format!("{}.{}", plot.name, format.extension())
        };
        let spikes = if recording.spikes.is_empty() { None } else { Some(sinks::spike_file(self.network())) };
        let always = [RUN_JSON, CONFIG_TOML, RESOLVED_TOML, RECORDING_JSON];
        let samples = recording.recorders.iter().map(|samples| samples.file.clone());
        let named = always.into_iter().chain(spikes).map(str::to_owned);
        named.chain(samples).chain(self.plots.iter().map(picture)).collect()
    }

    fn first_report(&self) -> RunReport {
        let network = self.network();
        let seeds = network.seeds;
        RunReport {
            title: network.title.clone(),
            status: Status::Running,
            neurons: network.populations.iter().map(|population| population.size as u64).sum(),
            synapses: network.synapses(),
            dt_ms: network.dt_ms,
            duration_ms: network.time_ms(network.steps),
            warmup_ms: network.time_ms(network.warmup),
            seed: Seeds { structure: seeds.structure, input: seeds.input, initial: seeds.initial },
            rounded_times: network.rounded.0,
            largest_shift_ms: network.rounded.1,
            warnings: self.warnings().iter().map(|warning| warning.message.clone()).collect(),
            ..RunReport::default()
        }
    }

    fn simulate(
        &self,
        engine: Engine,
        recording: Recording,
        directory: Option<&mut RunDirectory>,
        progress: &mut (dyn FnMut(Progress) -> bool + Send),
        report: &mut RunReport,
    ) -> Result<(Recording, Outcome), Error> {
        let mut watching = CachePadded::new(Watching::new(self.network(), recording, directory, progress)?);
        let begun = Instant::now();
        let outcome = engine.run(&mut *watching)?;
        report.wall_s.simulate = begun.elapsed().as_secs_f64();
        report.real_time_factor = watching.real_time_factor();
        let begun = Instant::now();
        let recording = watching.into_inner().finish(&outcome)?;
        report.wall_s.write = begun.elapsed().as_secs_f64();
        Ok((recording, outcome))
    }

    /// Draws, writes the last `run.json`, and checks expectations.
    fn finish(
        &self,
        mut recording: Recording,
        outcome: Outcome,
        options: &mut RunOptions,
        report: &mut RunReport,
    ) -> Result<Finished, Error> {
        let interrupted = outcome.steps < self.network().steps;
        let asked = self.plots.iter().any(|request| request.kind == Kind::Connectivity);
        if asked || (options.directory.is_some() && self.network().synapses() <= wiring::FEW) {
            recording.connectivity = wiring::seen(self.network());
        }
        report.status = if interrupted { Status::Interrupted } else { Status::Complete };
        report.steps = outcome.steps as u64;
        report.duration_ms = recording.duration_ms;
        report.threads = outcome.threads;
        report.synaptic_events = outcome.events;
        report.ledger = (outcome.ledger.sent, outcome.ledger.arrived, outcome.ledger.in_flight);
        if outcome.phases.iter().any(|seconds| *seconds > 0.0) {
            report.phases = Phase::ALL.iter().map(|phase| phase.name()).zip(outcome.phases).collect();
        }
        report.digest = outcome.digest;
        report.populations = recording.populations.clone();
        report.measures = recording.measures.clone();
        let values = self.network().expectations.iter().map(|expectation| value_of(expectation, &recording));
        let values: Vec<Option<f64>> = if interrupted { vec![] } else { values.collect() };
        report.expectations = self.network().expectations.iter().zip(&values).map(seen).collect();
        let (mut warnings, mut plots) = (vec![], vec![]);
        if let Some(directory) = &mut options.directory {
            directory.write(RECORDING_JSON, &save(&recording))?;
            let begun = Instant::now();
            (plots, warnings) = self.draw(&recording, directory, options.format)?;
            report.wall_s.plot = begun.elapsed().as_secs_f64();
            report.peak_rss_mib = peak_rss_mib();
            report.files = directory.files();
            directory.write(RUN_JSON, &run_json(report))?;
        } else {
            report.peak_rss_mib = peak_rss_mib();
        }
        let unmet = self.unmet(&recording, &values);
        Ok(Finished { recording, report: report.clone(), unmet, interrupted, warnings, plots })
    }

    /// Draws what the config asks for, or what suits the recording.
    fn draw(
        &self,
        recording: &Recording,
        directory: &mut RunDirectory,
        format: Option<Format>,
    ) -> Result<(Vec<String>, Vec<String>), Error> {
        let defaults = plots::defaults(recording);
        let requests = if self.plots.is_empty() { &defaults } else { &self.plots };
        let (mut drawn, mut failed) = (vec![], vec![]);
        for request in requests {
            let format = format.or(request.format).unwrap_or(Format::Svg);
            match plots::draw(recording, request, format) {
                Ok(bytes) => {
                    let name = format!("{}.{}", request.name, format.extension());
                    directory.write(&name, &bytes)?;
                    drawn.push(name);
                }
                Err(reason) => failed.push(format!("plot `{}` was not drawn: {reason}", request.name)),
            }
        }
        Ok((drawn, failed))
    }

    /// Expectations of `[expect]` whose values do not lie where they should.
    fn unmet(&self, recording: &Recording, values: &[Option<f64>]) -> Vec<Diagnostic> {
        let mut unmet = Vec::new();
        for (expectation, value) in self.network().expectations.iter().zip(values).filter(|pair| !is_met(*pair)) {
            let unit = if expectation.unit.is_empty() { String::new() } else { format!(" {}", expectation.unit) };
            let range = format!("expected {} to {}{unit}", rounded(expectation.low), rounded(expectation.high));
            let message = match value {
                Some(value) => format!("`{}` is {}{unit}, {range}", expectation.key, rounded(*value)),
                None => {
                    let reason = match expectation.what {
                        Expected::Measure(measure) => recording.measures[measure].reason.as_deref(),
                        Expected::Cv(_) => Some("no neuron fired three times"),
                        Expected::Rate(_) => Some("the run ended before the warm-up did"),
                        _ => None,
                    };
                    let reason = reason.unwrap_or("it did not happen");
                    format!("`{}` has no value, because {reason}; {range}", expectation.key)
                }
            };
            unmet.push(Diagnostic::error(Code::Expectation, expectation.span, message));
        }
        unmet
    }
}

/// What came of an expectation.
fn value_of(expectation: &Expectation, recording: &Recording) -> Option<f64> {
    match expectation.what {
        Expected::Rate(population) => recording.populations[population].rate_hz,
        Expected::Cv(population) => recording.populations[population].cv_isi,
        Expected::Spikes(population) => Some(recording.populations[population].counted as f64),
        Expected::Measure(measure) => recording.measures[measure].value,
    }
}

fn is_met((expectation, value): (&Expectation, &Option<f64>)) -> bool {
    value.is_some_and(|value| expectation.holds(value))
}

fn seen(pair: (&Expectation, &Option<f64>)) -> ExpectationSeen {
    let Expectation { key, low, high, unit, .. } = pair.0;
    ExpectationSeen { key: key.clone(), range: (*low, *high), unit: unit.clone(), value: *pair.1, met: is_met(pair) }
}

/// Six significant digits, without trailing zeros.
fn rounded(x: f64) -> f64 {
    format!("{x:.5e}").parse().unwrap_or(x)
}

/// The last words of a run that failed, on a disk that may be full; then the directory is free.
fn fail(mut directory: RunDirectory, report: RunReport, error: &Error) {
    let failure = error.diagnostics.first().map(|diagnostic| diagnostic.message.clone());
    let files = directory.files();
    let report = RunReport { status: Status::Failed, failure, files, populations: vec![], measures: vec![], ..report };
    // What went wrong first is what the user is told.
    directory.write_at_last(RUN_JSON, &run_json(&report)).ok();
    directory.finish();
}

/// What an interrupted run ends with.
pub fn exit(finished: &Finished) -> Exit {
    match (finished.interrupted, finished.unmet.is_empty()) {
        (true, _) => Exit::Interrupted,
        (_, false) => Exit::Unmet,
        _ => Exit::Complete,
    }
}
