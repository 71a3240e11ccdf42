//! From a config to a network, table by table; every mistake is collected before anything is refused.

use super::context::{Built, Context};
use super::{
    Network, TimeGrid, blocks, cells, clamp, expect, gaps, measures, populations, projections, recorders, run, stimuli,
    synapses, warnings,
};
use crate::config::Config;
use crate::config::value::{Data, Value};
use crate::error::{Code, Diagnostic, Error, Severity, Span, nearest};
use std::path::PathBuf;
use std::sync::Arc;

/// Reads all of `config`; fails with every error in it.
pub fn build(config: &Config) -> Result<Built, Error> {
    read(config, false)
}

/// As [`build`], but of a network that will not run: where there are many synapses, their number is estimated.
pub fn outline(config: &Config) -> Result<Built, Error> {
    read(config, true)
}

fn read(config: &Config, roughly: bool) -> Result<Built, Error> {
    refuse_layered(config)?;
    let mut context = Context { roughly, ..Context::new(config) };
    run::read(&mut context);
    cells::read(&mut context);
    let waiting = populations::read(&mut context);
    synapses::read(&mut context);
    let pathways = projections::read(&mut context);
    let gaps = gaps::read(&mut context);
    let stimuli = stimuli::read(&mut context);
    clamp::check(&mut context, &stimuli);
    let blocked = blocks::read(&mut context);
    super::synaptic_initial::place(&mut context, waiting);
    let mut recorders = recorders::read(&mut context, &pathways, &stimuli);
    let measures = measures::read(&mut context, &mut recorders);
    let expectations = expect::read(&mut context, &measures);
    let title = config.table("run").and_then(|run| run.get("title")).and_then(|v| v.as_text("`title`").ok());
    let network = Network {
        title: title.unwrap_or("").to_string(),
        dt_ms: context.dt_ms,
        grid: TimeGrid::new(context.dt_ms),
        steps: context.steps,
        warmup: context.warmup,
        temperature_celsius: context.temperature.unwrap_or(6.3),
        seeds: context.seeds,
        populations: std::mem::take(&mut context.populations),
        ports: std::mem::take(&mut context.ports),
        graded: std::mem::take(&mut context.graded),
        gap_names: context.gap_tables.iter().map(|table| table.name.clone()).collect(),
        pathways,
        gaps,
        stimuli,
        blocked,
        recorders,
        measures,
        expectations,
        rounded: context.rounded,
    };
    warnings::read(&mut context, &network);
    finish(context, network)
}

/// The tables of a layered contrast, in which nothing is simulated that this module builds.
const LAYERED: &[&str] = &["layers", "data", "train", "contrast", "noise", "compare"];

fn refuse_layered(config: &Config) -> Result<(), Error> {
    let written = |name: &&&str| config.table(name).is_some();
    let Some(table) = LAYERED.iter().find(written) else { return Ok(()) };
    let span = config.table(table).map_or(Span::NONE, |table| table.span);
    let named = config.sources.first().filter(|source| source.name.ends_with(".toml"));
    let file = named.map_or("FILE", |source| source.name.as_str());
    let error = match *table {
        "layers" => Diagnostic::error(Code::Conflict, span, "this is a layered contrast, not a network to be run")
            .help(format!("compare its columns with `axonal contrast {file}`")),
        _ => {
            let message = format!("`[{table}]` belongs to a layered contrast, which has a table `[layers]`");
            Diagnostic::error(Code::Conflict, span, message).help("add `[layers]` with `sizes`, or remove it")
        }
    };
    Err(Error::input(vec![error], Arc::clone(&config.sources)))
}

/// Paths are relative to the config, and the resolved one stands elsewhere.
fn resolve_paths(value: &mut Value, files: &[(Value, PathBuf)]) {
    match &mut value.data {
        Data::Table(table) => table.entries.iter_mut().for_each(|(_, value)| resolve_paths(value, files)),
        Data::List(list) => list.iter_mut().for_each(|value| resolve_paths(value, files)),
        Data::Text(text) => {
            let is = |(written, _): &&(Value, PathBuf)| {
                written.span == value.span && matches!(&written.data, Data::Text(path) if path == text)
            };
            if let Some((_, file)) = files.iter().find(is) {
                *text = file.display().to_string();
            }
        }
        Data::Bool(_) | Data::Number(_) => {}
    }
}

/// Of a table that `--set` made and that lacks a key: another of nearly that name may have been meant.
fn mind_misspelt(config: &Config, diagnostic: &mut Diagnostic) {
    let made = config.sources.get(diagnostic.span.source as usize).is_some_and(|source| source.name == "--set");
    if diagnostic.code != Code::MissingKey || !made {
        return;
    }
    // "cell `rely` has no `model`"
    let mut words = diagnostic.message.split('`');
    let (Some(kind), Some(name)) = (words.next(), words.next()) else { return };
    let mut others = config.names(&kind.trim().replace(' ', "_"));
    others.retain(|other| *other != name);
    if let Some(near) = nearest(name, &others) {
        diagnostic.help.insert(0, format!("did you mean `{near}`?"));
    }
}

/// Definitions that nobody names: one that `--set` made is misspelt, or meant for another config. Of others it is told where nothing
/// else is wrong: what would name them may be the mistake.
fn mind_unused(context: &mut Context) {
    let config = context.config;
    let Some(define) = config.table("define") else { return };
    let wrong = context.diagnostics.has_errors();
    for name in context.evaluator.unused_definitions(define, &config.root) {
        let made = config.sources.get(name.span.source as usize).is_some_and(|source| source.name == "--set");
        let message = format!("nothing in the config names `define.{}`", name.text);
        let others = define.entries.iter().map(|(other, _)| other.text.as_str()).filter(|other| *other != name.text);
        if wrong && !made {
            continue;
        }
        let severity = if made { Diagnostic::error } else { Diagnostic::warning };
        context.push(severity(Code::UnknownName, name.span, message).suggest(&name.text, others));
    }
}

/// The network with its warnings, or every error.
fn finish(mut context: Context, network: Network) -> Result<Built, Error> {
    mind_unused(&mut context);
    // A name whose own table could not be read leaves an empty message behind it: the cause has been reported.
    context.diagnostics.list.retain(|diagnostic| !diagnostic.message.is_empty());
    let sources = Arc::clone(&context.config.sources);
    let mut list = context.diagnostics.list;
    list.iter_mut().for_each(|diagnostic| mind_misspelt(context.config, diagnostic));
    list.sort_by_key(|diagnostic| (diagnostic.span.source, diagnostic.span.start));
    list.dedup_by(|a, b| a.span == b.span && a.message == b.message);
    if list.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return Err(Error::input(list, sources));
    }
    let mut resolved = context.defaults.iter().fold(context.config.clone(), |mut resolved, (path, value)| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        resolved.set_value(&path, value.clone());
        resolved
    });
    resolved.root.entries.iter_mut().for_each(|(_, value)| resolve_paths(value, &context.files));
    debug_assert!(list.iter().all(|diagnostic| diagnostic.code != Code::Syntax));
    Ok(Built { network, warnings: list, resolved })
}
