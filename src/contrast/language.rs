//! The language of a layered contrast: `[data]`, `[layers]`, `[train]`, `[contrast.x]` and their kin become a [`Plan`].
//!
//! | file | reads |
//! |---|---|
//! | `tables` | `[run]`, `[layers]`, `[train]`, `[noise]`, `[compare]` |
//! | `samples` | `[data]`, and the files that it names |
//! | `columns` | `[contrast.x]` |
//! | `cells` | what a biological column is made of: `[cell.x]`, `[synapse.x]` |
//! | `reader` | numbers, words and paths, with their mistakes |
//!
//! Time in an abstract column is counted in steps. In a biological one a step is `dt` of `[run]`, 1 ms unless it is
//! written, and `steps` counts these.

mod cells;
mod columns;
mod reader;
mod samples;
mod tables;

use super::plan::Plan;
use crate::config::Config;
use crate::error::{Code, Diagnostic, Error, Severity, Span};
use reader::Reader;
use std::sync::Arc;

/// Tables that a layered contrast has; others mean nothing in it.
const TABLES: &[&str] =
    &["run", "define", "data", "layers", "train", "contrast", "noise", "compare", "cell", "synapse"];

/// Reads all of `config`, and the samples that it names. Files of weights are only looked for: see
/// [`Plan::load_weights`].
///
/// # Errors
/// Every mistake of the config and of the samples at once.
pub fn read(config: &Config) -> Result<Plan, Error> {
    let mut reader = Reader::new(config);
    foreign_tables(&mut reader);
    let run = tables::run(&mut reader);
    let layers = tables::layers(&mut reader);
    let train = tables::train(&mut reader);
    tables::either_trained_or_given(&mut reader, &layers);
    let noise = tables::noise(&mut reader);
    let compare = tables::compare(&mut reader);
    let synapses = cells::synapses(&mut reader);
    let columns = columns::read(&mut reader, &layers, train, &synapses);
    let needs_training = config.table("train").is_some() || columns.iter().any(columns::is_trained);
    let data = samples::read(&mut reader, layers.sizes.as_deref(), needs_training, run.seed);
    if let Some(data) = &data {
        columns::warn_of_values(&mut reader, &columns, data);
    }
    let warnings = finish(reader)?;
    let (Some(sizes), Some(data)) = (layers.sizes, data) else {
        // Whatever left these out has been reported, so this is never reached.
        return Err(Error::plain(crate::error::Exit::BadInput, Code::MissingKey, "the contrast is not complete"));
    };
    Ok(Plan {
        title: run.title,
        seed: run.seed,
        data,
        sizes,
        activation: layers.activation,
        weights_file: layers.weights,
        weights: None,
        train,
        columns,
        noise,
        compare,
        warnings,
    })
}

/// A network beside the layers would never be looked at.
fn foreign_tables(reader: &mut Reader) {
    for (name, value) in &reader.config.root.entries {
        // What is no table of the language at all has been reported.
        if TABLES.contains(&name.text.as_str()) || !crate::config::TABLES.contains(&name.text.as_str()) {
            continue;
        }
        let message =
            format!("`[{}]` means nothing in a layered contrast, which `[layers]` makes of this file", name.text);
        let place = value.place();
        let span = if place.is_none() { name.span } else { place };
        reader.push(
            Diagnostic::error(Code::Conflict, span, message)
                .help("remove it, or remove `[layers]` to compare the network with its rate twin"),
        );
    }
}

/// The warnings, or every mistake in the order of the file.
fn finish(reader: Reader) -> Result<Vec<Diagnostic>, Error> {
    let sources = Arc::clone(&reader.config.sources);
    let mut list = reader.diagnostics.list;
    list.retain(|diagnostic| !diagnostic.message.is_empty());
    let place = |span: Span| (span.source, span.start);
    list.sort_by_key(|diagnostic| place(diagnostic.span));
    list.dedup_by(|a, b| a.span == b.span && a.message == b.message);
    match list.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        true => Err(Error::input(list, sources)),
        false => Ok(list),
    }
}
