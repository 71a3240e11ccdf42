//! `[block.x]`: channels that a drug blocks for a time: a parameter of a mechanism, scaled.

use super::context::Context;
use super::{Body, Population};
use crate::config::keys::Keys;
use crate::config::value::{Name, Table, Value};
use crate::error::{Code, Diagnostic};
use crate::mechanisms;
use crate::model::{Parameter, Range};

/// From `start` to `stop` (steps) a parameter is `factor` times what it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Blocked {
    pub name: String,
    pub population: usize,
    /// Index in `mechanisms::ALL`.
    pub mechanism: usize,
    pub parameter: usize,
    pub factor: f64,
    pub start: i64,
    pub stop: i64,
}

/// Reads every `[block.x]`: an entry for each population that it reaches.
pub(super) fn read(context: &mut Context) -> Vec<Blocked> {
    let entries = context.config.entries("block");
    entries.into_iter().filter_map(|(name, table)| read_one(context, name, table)).flatten().collect()
}

fn read_one(context: &mut Context, name: &Name, table: &Table) -> Option<Vec<Blocked>> {
    let what = format!("block `{}`", name.text);
    let mut keys = Keys::new(&what, table);
    let mechanism = keys.required("mechanism", "such as `\"hh\"`", &mut context.diagnostics);
    let parameter = keys.required("parameter", "such as `\"g_Na\"`", &mut context.diagnostics);
    let factor = keys.required("factor", "what is left: 0 blocks all, 0.5 half", &mut context.diagnostics);
    let range = Parameter::new("factor", "", Range::NonNegative, "what is left");
    let factor = factor.and_then(|value| context.parameter(&[], Some(value), &range, value.span, &what));
    let of = keys.optional("of");
    let windows = super::windows::read(context, &mut keys, &["block", &name.text]);
    keys.finish(&mut context.diagnostics);
    let found = mechanism.and_then(|value| find(context, value, parameter));
    let populations = match of {
        Some(value) => named(context, value),
        None => Some((0..context.populations.len()).collect()),
    };
    let (mechanism, (index, parameter), populations) = (mechanism?, found?, populations?);
    let has = |population: &usize| carries(&context.populations[*population], index);
    let reached: Vec<usize> = populations.into_iter().filter(has).collect();
    if reached.is_empty() {
        let message = format!("no cell has mechanism `{}`", mechanisms::ALL[index].info.name);
        context.push(Diagnostic::error(Code::Conflict, mechanism.span, message));
        return None;
    }
    let (factor, windows) = (factor?, windows?);
    let blocked = |(&population, &(start, stop)): (&usize, &(i64, i64))| Blocked {
        name: name.text.clone(),
        population,
        mechanism: index,
        parameter,
        factor,
        start,
        stop,
    };
    Some(
        reached
            .iter()
            .flat_map(|population| windows.iter().map(move |window| (population, window)))
            .map(blocked)
            .collect(),
    )
}

/// Indices of a mechanism and of one of its parameters.
fn find(context: &mut Context, mechanism: &Value, parameter: Option<&Value>) -> Option<(usize, usize)> {
    let word = context.diagnostics.keep(mechanism.as_text("`mechanism`"))?;
    let named = parameter.and_then(|value| context.diagnostics.keep(value.as_text("`parameter`")));
    let Some(index) = mechanisms::find(word) else {
        let message = format!("there is no mechanism `{word}`");
        let known = mechanisms::ALL.iter().map(|known| known.info.name);
        context.push(Diagnostic::error(Code::UnknownName, mechanism.span, message).suggest(word, known));
        let all = || mechanisms::ALL.iter().flat_map(|known| known.info.parameters).map(|parameter| parameter.name);
        if let Some(unknown) = named.filter(|named| all().all(|known| known != *named)) {
            let message = format!("no mechanism has a parameter `{unknown}`");
            let span = parameter.map_or(mechanism.span, |value| value.span);
            context.push(Diagnostic::error(Code::UnknownName, span, message).suggest(unknown, all()));
        }
        return None;
    };
    let info = mechanisms::ALL[index].info;
    let (word, span) = (named?, parameter?.span);
    let Some((number, _)) = info.parameter(word) else {
        let message = format!("mechanism `{}` has no parameter `{word}`", info.name);
        let known = info.parameters.iter().map(|parameter| parameter.name);
        context.push(Diagnostic::error(Code::UnknownName, span, message).suggest(word, known));
        return None;
    };
    let unit = info.parameters[number].unit;
    if !["mS/cm^2", "cm/s"].contains(&unit) {
        let message = format!("`{word}` is no conductance: a drug that blocks channels leaves it as it is");
        let conductances = info.parameters.iter().filter(|p| ["mS/cm^2", "cm/s"].contains(&p.unit)).map(|p| p.name);
        context.push(Diagnostic::warning(Code::Suspicious, span, message).suggest("", conductances));
    }
    Some((index, number))
}

/// The populations that `of` names, each as a whole.
fn named(context: &mut Context, value: &Value) -> Option<Vec<usize>> {
    let list = context.selections(value)?;
    let mut found = Vec::new();
    for selection in &list {
        let population = context.population(&selection.population);
        found.push(context.keep(population));
        if selection.name() != selection.population.text || selection.place.is_some() {
            let message = "a drug reaches all neurons of a population".to_string();
            let help = format!("write `{}`, or make a population of its own for some", selection.population.text);
            context.push(Diagnostic::error(Code::BadSelection, selection.span, message).help(help));
            found.push(None);
        }
    }
    found.into_iter().collect()
}

fn carries(population: &Population, mechanism: usize) -> bool {
    let Body::Cable(cable) = &population.body else { return false };
    cable.sections.iter().any(|section| section.mechanisms.iter().any(|(own, _)| *own == mechanism))
}
