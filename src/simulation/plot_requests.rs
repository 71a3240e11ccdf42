//! `[plot.x]`: what is to be drawn.

use crate::config::Config;
use crate::config::evaluate::Evaluator;
use crate::config::keys::Keys;
use crate::config::value::{Data, Name, Table, Value};
use crate::error::{Code, Diagnostic, Diagnostics, Error};
use crate::plots::{Format, Kind, Options, Request};
use std::sync::Arc;

/// Reads every `[plot.x]`.
///
/// # Errors
/// Every mistake in these tables.
pub fn plot_requests(config: &Config) -> Result<Vec<Request>, Error> {
    let mut diagnostics = Diagnostics::default();
    let entries = config.entries("plot");
    let requests = entries.into_iter().filter_map(|(name, table)| read_one(config, name, table, &mut diagnostics));
    let requests = requests.collect();
    if diagnostics.list.is_empty() {
        return Ok(requests);
    }
    Err(Error::input(diagnostics.list, Arc::clone(&config.sources)))
}

fn read_one(config: &Config, name: &Name, table: &Table, diagnostics: &mut Diagnostics) -> Option<Request> {
    let mut keys = Keys::new(&format!("plot `{}`", name.text), table);
    let kind = keys.required("kind", "such as `\"trace\"`", diagnostics);
    let kind = kind.and_then(|value| choice(value, "`kind`", Kind::NAMES, diagnostics)).and_then(Kind::from_name);
    let data = keys.optional("data").map_or(vec![], |value| data(config, value, diagnostics));
    let title = keys.optional("title").and_then(|value| diagnostics.keep(value.as_text("`title`")));
    let format = keys.optional("format").and_then(|value| choice(value, "`format`", &["svg", "png"], diagnostics));
    let options = kind.map(|kind| options(kind, &mut keys, diagnostics));
    if kind.is_some() {
        keys.finish(diagnostics);
    }
    let format = format.map(|word| if word == "png" { Format::Png } else { Format::Svg });
    Some(Request {
        name: name.text.clone(),
        kind: kind?,
        data,
        title: title.map(str::to_string),
        format,
        options: options?,
    })
}

/// The keys that only some kinds of plot take.
fn options(kind: Kind, keys: &mut Keys, diagnostics: &mut Diagnostics) -> Options {
    let mut options = Options::default();
    match kind {
        Kind::Trace => {
            options.panels = keys.optional("panels").map(|value| texts(value, diagnostics));
            options.neurons = keys.optional("neurons").map(|value| numbers(value, diagnostics));
        }
        Kind::SpaceTime => {
            options.path = keys.optional("path").map_or(vec![], |value| texts(value, diagnostics));
            options.neuron = keys.optional("neuron").and_then(|value| numbers(value, diagnostics).first().copied());
        }
        Kind::PhasePlane => {
            let mut word = |key| keys.optional(key).and_then(|value| diagnostics.keep(value.as_text("a variable")));
            options.x = word("x").map(str::to_string);
            options.y = word("y").map(str::to_string);
            options.neuron = keys.optional("neuron").and_then(|value| numbers(value, diagnostics).first().copied());
            let nullclines = keys.optional("nullclines");
            options.nullclines =
                nullclines.and_then(|value| diagnostics.keep(value.as_bool("`nullclines`"))).unwrap_or(false);
        }
        Kind::Channel => {
            options.mechanisms = keys.optional("mechanisms").map_or(vec![], |value| texts(value, diagnostics));
        }
        Kind::Morphology => {
            options.time_ms = keys.optional("time").and_then(|value| time(value, diagnostics));
            options.variable = keys.optional("variable").and_then(|value| coloured(value, &options, diagnostics));
        }
        Kind::Release => {
            options.panels = keys.optional("panels").map(|value| texts(value, diagnostics));
            options.neurons = keys.optional("neurons").map(|value| numbers(value, diagnostics));
        }
        Kind::Currents => {
            options.neurons = keys.optional("neurons").map(|value| numbers(value, diagnostics));
        }
        Kind::FI => {
            let against = keys.optional("against");
            let against = against.and_then(|value| diagnostics.keep(value.as_text("`against`")));
            options.against = against.map(str::to_string);
        }
        _ => {}
    }
    options
}

/// What a tree is coloured by: but for V_m, whose rise has a time, at some time.
fn coloured(value: &Value, options: &Options, diagnostics: &mut Diagnostics) -> Option<String> {
    let word = diagnostics.keep(value.as_text("`variable`"))?;
    if word != "V_m" && options.time_ms.is_none() {
        let message = format!("a morphology in the colours of `{word}` needs a `time`");
        let help = "add `time`, such as `\"5 ms\"`: of V_m alone the time of its rise is shown";
        diagnostics.push(Diagnostic::error(Code::MissingKey, value.span, message).help(help));
    }
    Some(word.to_string())
}

fn choice<'v>(value: &'v Value, what: &str, known: &[&str], diagnostics: &mut Diagnostics) -> Option<&'v str> {
    let word = diagnostics.keep(value.as_text(what))?;
    if known.contains(&word) {
        return Some(word);
    }
    let message = format!("{what} of a plot cannot be `{word}`");
    diagnostics.push(Diagnostic::error(Code::UnknownName, value.span, message).suggest(word, known.iter().copied()));
    None
}

/// Names of recorders or populations that exist.
fn data(config: &Config, value: &Value, diagnostics: &mut Diagnostics) -> Vec<String> {
    let names = texts(value, diagnostics);
    let known: Vec<&str> = ["recorder", "population"]
        .iter()
        .flat_map(|kind| config.entries(kind))
        .map(|(name, _)| name.text.as_str())
        .collect();
    for name in names.iter().filter(|name| !known.contains(&name.as_str())) {
        let message = format!("there is no recorder or population `{name}`");
        diagnostics
            .push(Diagnostic::error(Code::UnknownName, value.span, message).suggest(name, known.iter().copied()));
    }
    names
}

/// One string or a list of them.
fn texts(value: &Value, diagnostics: &mut Diagnostics) -> Vec<String> {
    let list = match &value.data {
        Data::List(list) => list.iter().collect(),
        _ => vec![value],
    };
    let read = list.into_iter().filter_map(|value| diagnostics.keep(value.as_text("a name")));
    read.map(str::to_string).collect()
}

/// A time in ms.
fn time(value: &Value, diagnostics: &mut Diagnostics) -> Option<f64> {
    let evaluator = Evaluator::new(None, diagnostics);
    diagnostics.keep(evaluator.number(value, "ms"))
}

/// One index or a list of them.
fn numbers(value: &Value, diagnostics: &mut Diagnostics) -> Vec<usize> {
    let list = match &value.data {
        Data::List(list) => list.iter().collect(),
        _ => vec![value],
    };
    let mut numbers = Vec::new();
    for value in list {
        match &value.data {
            Data::Number(digits) if digits.parse::<usize>().is_ok() => numbers.extend(digits.parse::<usize>()),
            _ => {
                let message = format!("{} is no index of a neuron", value.kind());
                diagnostics.push(Diagnostic::error(Code::WrongType, value.span, message).help("write `0` or `[0, 5]`"));
            }
        }
    }
    numbers
}
