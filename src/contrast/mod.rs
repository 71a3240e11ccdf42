//! Spikes beside numbers: one network, two codes, compared in figures and pictures.
//!
//! Two kinds: a config with `[layers]` is a layered contrast (one trained network as numbers, converted to spikes, as
//! biological neurons, trained as spikes); any other gets a twin, population by population.

pub mod curves;
pub mod data;
pub mod html;
pub mod language;
pub mod layered;
pub mod output;
pub mod plan;
pub mod report;
pub mod seen;
pub mod twin;
pub mod weights;

use crate::config::Config;
use crate::error::{Code, Diagnostic, Error, Exit};
use html::Section;
use plan::Plan;

/// What a contrast found, ready to be written: `contrast.json`, `contrast.html`, pictures, lines for the terminal.
#[derive(Default)]
pub struct Findings {
    pub json: serde_json::Map<String, serde_json::Value>,
    pub sections: Vec<Section>,
    pub summary: String,
    pub warnings: Vec<String>,
    /// More to be written beside these, by name: trained weights.
    pub files: Vec<(String, Vec<u8>)>,
    /// Expectations of `[expect]` that did not come true.
    pub unmet: Vec<Diagnostic>,
}

/// How far a contrast is.
#[derive(Clone, Copy, Debug)]
pub struct Stage<'a> {
    /// "training", "spiking: column `converted`".
    pub what: &'a str,
    pub done: u64,
    pub of: u64,
}

/// Is told how far a contrast is; true asks to stop.
pub type Progress<'p> = dyn FnMut(Stage) -> bool + Send + 'p;

/// A contrast that has been read, and can be run.
pub enum Prepared {
    Layered(Box<Plan>),
    /// `[unit.x]` and `[release.x]` against the functions that stand for them.
    Curves,
    /// A network beside its twin of numbers.
    Twin,
}

impl Prepared {
    /// What is allowed in its config, but seldom meant.
    pub fn warnings(&self) -> &[Diagnostic] {
        match self {
            Prepared::Layered(plan) => &plan.warnings,
            _ => &[],
        }
    }
}

/// Whether a config is a layered contrast, which no network is built from.
pub fn is_layered(config: &Config) -> bool {
    config.root.get("layers").is_some()
}

/// Reads what `config` wants compared, with all the files that it names.
///
/// # Errors
/// Every mistake in them at once.
pub fn prepare(config: &Config) -> Result<Prepared, Error> {
    if is_layered(config) {
        let mut plan = language::read(config)?;
        plan.load_weights(config, weights::load)?;
        return Ok(Prepared::Layered(Box::new(plan)));
    }
    let written = |name: &str| config.root.get(name).is_some();
    match (written("curve") || written("release")) && !written("population") {
        true => Ok(Prepared::Curves),
        false => Ok(Prepared::Twin),
    }
}

/// Compares; `progress` is told how far it is and may ask to stop.
///
/// # Errors
/// Every mistake of the config; [`interrupted`] if `progress` asked to stop.
pub fn contrast(config: &Config, threads: Option<usize>, progress: &mut Progress) -> Result<Findings, Error> {
    run(config, prepare(config)?, threads, progress)
}

/// As [`contrast`], of what [`prepare`] has read.
pub fn run(
    config: &Config,
    prepared: Prepared,
    threads: Option<usize>,
    progress: &mut Progress,
) -> Result<Findings, Error> {
    match prepared {
        Prepared::Layered(mut plan) => {
            let expectations = std::mem::take(&mut plan.expectations);
            let mut findings = layered::contrast(&plan, threads, progress)?;
            let columns = findings.json.get("columns").unwrap_or(&serde_json::Value::Null);
            findings.unmet = expectations.iter().filter_map(|expected| expected.unmet(columns)).collect();
            Ok(findings)
        }
        Prepared::Curves => curves::contrast(config, threads, progress),
        Prepared::Twin => twin::contrast(config, threads, progress).map(|(findings, _)| findings),
    }
}

/// Somebody asked to stop, so there is nothing to show.
pub fn interrupted() -> Error {
    Error::plain(Exit::Interrupted, Code::Suspicious, "the contrast was interrupted")
}
