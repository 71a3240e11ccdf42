//! `[synapse.x.short_term]` and `[synapse.x.quantal]`: synapses that change by use, and that release by chance.

use super::cells::read_parameters;
use super::context::Context;
use crate::config::keys::Keys;
use crate::config::value::{Table, Value};
use crate::error::{Code, Diagnostic};
use crate::model::{Parameter, Range};
use crate::synapses::{Quantal, ShortTerm, quantal, short_term};

/// Both tables of one synapse, where they are written; `None` after a mistake.
pub(super) fn read(
    context: &mut Context,
    worn: Option<&Value>,
    released: Option<&Value>,
    path: &[&str],
) -> Option<(Option<ShortTerm>, Option<Quantal>)> {
    let short_term = worn.map(|value| read_short_term(context, value, path));
    // What a `short_term` that cannot be read stands for, it stands for all the same.
    let beside = short_term.map(|read| read.unwrap_or(UNREAD));
    let quantal = released.map(|value| read_quantal(context, value, path, beside));
    if short_term.is_some_and(|read| read.is_none()) || quantal.is_some_and(|read| read.is_none()) {
        return None;
    }
    Some((short_term.flatten(), quantal.flatten()))
}

const UNREAD: ShortTerm = ShortTerm { utilisation: 0.5, recovery: 1.0, facilitation: 0.0, initial: [0.5, 1.0] };

fn read_short_term(context: &mut Context, value: &Value, path: &[&str]) -> Option<ShortTerm> {
    let what = "`short_term`";
    let table = context.diagnostics.keep(value.as_table(what))?;
    let mut keys = Keys::new(what, table);
    let path = [path, &["short_term"]].concat();
    let numbers = read_parameters(context, &mut keys, &path, &short_term::INFO, what);
    let initial = match keys.optional("initial") {
        Some(value) => read_resources(context, value),
        None => Some([None, None]),
    };
    keys.finish(&mut context.diagnostics);
    let (numbers, [u, x]) = (numbers?, initial?);
    let [utilisation, recovery, facilitation] = [numbers[0], numbers[1], numbers[2]];
    if utilisation == 0.0 && u.is_none_or(|u| u == 0.0) {
        let span = table.get("U").map_or(value.place(), |value| value.span);
        let message = "with `U` = 0 a spike uses nothing: the synapse never transmits";
        context.push(Diagnostic::warning(Code::Suspicious, span, message));
    }
    Some(ShortTerm { utilisation, recovery, facilitation, initial: [u.unwrap_or(utilisation), x.unwrap_or(1.0)] })
}

/// `initial = { u, x }`, of which either may be left out.
fn read_resources(context: &mut Context, value: &Value) -> Option<[Option<f64>; 2]> {
    let table = context.diagnostics.keep(value.as_table("`initial`"))?;
    let mut keys = Keys::new("`initial`", table);
    let share = |name| Parameter::new(name, "", Range::Within(0.0, 1.0), "a share of one");
    let read = short_term::VARIABLES.map(|name| {
        let Some(value) = keys.optional_named(name) else { return Some(None) };
        context.parameter(&[], Some(value), &share(name), value.span, "`initial`").map(Some)
    });
    keys.finish(&mut context.diagnostics);
    let [u, x] = read;
    Some([u?, x?])
}

fn read_quantal(context: &mut Context, value: &Value, path: &[&str], short_term: Option<ShortTerm>) -> Option<Quantal> {
    let what = "`quantal`";
    let table = context.diagnostics.keep(value.as_table(what))?;
    let mut keys = Keys::new(what, table);
    let path = [path, &["quantal"]].concat();
    let numbers = read_parameters(context, &mut keys, &path, &quantal::INFO, what);
    let at = keys.span();
    keys.finish(&mut context.diagnostics);
    let mut sound = whole_sites(context, table);
    let written = |key: &str| table.entries.iter().find(|(name, _)| name.text == key).map(|(_, value)| value.span);
    for (key, example, stands) in [("p", "p = 0.3", "its `u`"), ("tau_rec", "tau_rec = \"500 ms\"", "its `tau_rec`")] {
        let error = match (short_term, written(key)) {
            (None, None) => Diagnostic::error(Code::MissingKey, at, format!("{what} needs `{key}`"))
                .help(format!("add `{example}`")),
            (Some(_), Some(span)) => {
                let message = format!("`{key}` beside `short_term`: {stands} stands for it");
                Diagnostic::error(Code::Conflict, span, message).help("of `quantal` only `n` belongs here")
            }
            _ => continue,
        };
        context.push(error);
        sound = false;
    }
    let [sites, probability, recovery] = numbers.filter(|_| sound)?.try_into().ok()?;
    let sites = sites as u16;
    Some(match short_term {
        Some(ShortTerm { recovery, initial: [_, full], .. }) => Quantal { sites, probability: None, recovery, full },
        None => Quantal { sites, probability: Some(probability), recovery, full: 1.0 },
    })
}

/// Whether `n` is a whole number; whether it is in range is asked elsewhere.
fn whole_sites(context: &mut Context, table: &Table) -> bool {
    let Some(value) = table.get("n") else { return true };
    let Ok(sites) = context.evaluator.number(value, "") else { return false };
    if sites.fract() != 0.0 {
        let message = format!("`n` is {sites}, but sites are counted: 1, 2, 3, ...");
        context.push(Diagnostic::error(Code::OutOfRange, value.span, message));
    }
    sites.fract() == 0.0
}
