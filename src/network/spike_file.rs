//! Spikes that stand in a file.

use super::context::Context;
use crate::config::keys::Keys;
use crate::config::value::{Data, Value};
use crate::error::{Code, Diagnostic, Span};
use crate::files::table_in::SpikeRow;
use std::path::Path;

/// Populations of a file that are spelt out.
const SHOWN: usize = 8;

/// The spikes of a file as (step, neuron), ascending: `"spikes.csv"` or `{ path = "...", population = "exc" }`.
pub(super) fn read(context: &mut Context, value: &Value, nearest: bool, size: usize) -> Option<Vec<(i64, u32)>> {
    let (path_value, population) = path_and_population(context, value)?;
    let path = context.diagnostics.keep(path_value.as_text("`file`"))?;
    let path = context.file(path_value, path);
    let rows = match crate::files::table_in::read_spikes(&path) {
        Ok(rows) => rows,
        Err(error) => {
            for diagnostic in error.diagnostics {
                context.push(Diagnostic { span: path_value.span, ..diagnostic });
            }
            return None;
        }
    };
    if rows.is_empty() {
        let message = format!("`{}` holds no spikes, only a header", path.display());
        context.push(Diagnostic::warning(Code::Suspicious, path_value.span, message));
    }
    match population {
        Some((named, span)) => check_population(context, named, &rows, &path, span)?,
        None => refuse_several(context, &rows, path_value, &path)?,
    }
    let population = population.map(|(named, _)| named);
    let mut events = Vec::new();
    let (mut off_grid, mut shift, mut first_bad) = (0u64, 0f64, None);
    for row in rows {
        if population.is_some() && row.population.as_deref() != population {
            continue;
        }
        if row.neuron >= size as u64 {
            let message =
                format!("`{}` line {}: neuron {} is not among the {size} here", path.display(), row.line, row.neuron);
            context.push(Diagnostic::error(Code::BadFile, path_value.span, message));
            return None;
        }
        let written = Value { data: Data::Text(format!("{} ms", row.time.as_str())), span: path_value.span };
        let step = match context.evaluator.steps(&written) {
            Ok(step) => step,
            Err(diagnostic) if diagnostic.code == Code::OffGrid => {
                let ms = context.evaluator.number(&written, "ms").unwrap_or(0.0);
                let step = (ms / context.dt_ms).round();
                off_grid += 1;
                shift = shift.max((step * context.dt_ms - ms).abs());
                first_bad.get_or_insert((row.line, row.time.as_str().to_string()));
                step as i64
            }
            Err(diagnostic) => {
                context.push(diagnostic);
                return None;
            }
        };
        events.push((step, row.neuron as u32));
    }
    if let (false, Some((line, time))) = (nearest, first_bad) {
        let what = if off_grid == 1 { "time is no multiple" } else { "times are no multiples" };
        let message = format!("{off_grid} {what} of dt in `{}`, the first on line {line}: {time} ms", path.display());
        let help = "add `times = \"nearest\"` to round them, or use a finer dt";
        context.push(Diagnostic::error(Code::OffGrid, path_value.span, message).help(help));
        return None;
    }
    context.rounded.0 += off_grid;
    context.rounded.1 = context.rounded.1.max(shift);
    events.sort_unstable();
    Some(events)
}

/// Where the spikes are, and whose are meant.
fn path_and_population<'v>(context: &mut Context, value: &'v Value) -> Option<(&'v Value, Option<(&'v str, Span)>)> {
    let Data::Table(table) = &value.data else { return Some((value, None)) };
    let mut keys = Keys::new("`file`", table);
    let path = keys.required("path", "the file", &mut context.diagnostics);
    let population = keys.optional("population");
    let inside = keys.optional("times");
    keys.finish(&mut context.diagnostics);
    if let Some(times) = inside {
        let message = "`times` belongs beside `file`, not into it";
        let help = "write it beside `file`: `times = \"nearest\"`";
        context.push(Diagnostic::error(Code::UnknownKey, times.span, message).help(help));
        return None;
    }
    let population =
        population.and_then(|value| Some((context.diagnostics.keep(value.as_text("`population`"))?, value.span)));
    Some((path?, population))
}

/// The populations that the rows name, each once.
fn populations(rows: &[SpikeRow]) -> Vec<&str> {
    let mut known: Vec<&str> = rows.iter().filter_map(|row| row.population.as_deref()).collect();
    known.sort_unstable();
    known.dedup();
    known
}

/// Neurons of different populations have the same numbers: whose spikes are meant must be said.
fn refuse_several(context: &mut Context, rows: &[SpikeRow], written: &Value, path: &Path) -> Option<()> {
    let known = populations(rows);
    let [first, _, ..] = known[..] else { return Some(()) };
    let names: Vec<String> = known.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = if known.len() > SHOWN { format!(" and {} more", known.len() - SHOWN) } else { String::new() };
    let message = format!("`{}` has spikes of {}{more}: of which?", path.display(), names.join(", "));
    let help = format!("choose one: `{{ path = \"{}\", population = \"{first}\" }}`", written.as_text("`file`").ok()?);
    context.push(Diagnostic::error(Code::MissingKey, written.span, message).help(help));
    None
}

/// That some rows are of this population, if there are rows.
fn check_population(context: &mut Context, named: &str, rows: &[SpikeRow], path: &Path, span: Span) -> Option<()> {
    let known = populations(rows);
    if rows.is_empty() || known.contains(&named) {
        return Some(());
    }
    let message = format!("`{}` has no spikes of a population `{named}`", path.display());
    let diagnostic = Diagnostic::error(Code::UnknownName, span, message);
    context.push(match known.is_empty() {
        true => diagnostic.help("its rows do not say whose they are: leave `population` out"),
        false => diagnostic.suggest(named, known),
    });
    None
}
