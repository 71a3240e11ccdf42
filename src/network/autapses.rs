//! `autapses` and `multapses`: where they must be stated, and where they have no meaning.

use super::context::Context;
use super::targets::Reached;
use crate::config::value::Value;
use crate::error::{Code, Diagnostic, Span};

/// `autapses` or `multapses`: required where `asked`, an error elsewhere.
pub(super) fn read_permission(
    context: &mut Context,
    key: &str,
    written: Option<&Value>,
    asked: bool,
    at: Span,
    what: &str,
) -> Option<bool> {
    match (written, asked) {
        (Some(value), true) => context.diagnostics.keep(context.evaluator.boolean(value)),
        (None, true) => {
            let meaning = if key == "autapses" {
                "may a neuron connect to itself"
            } else {
                "may a pair of neurons be connected more than once"
            };
            let message = format!("{what} must state `{key}`: {meaning}?");
            context.push(
                Diagnostic::error(Code::MissingKey, at, message).help(format!("add `{key} = false` or `{key} = true`")),
            );
            None
        }
        (Some(value), false) => {
            let reason = if key == "autapses" {
                "`from` and `to` share no neuron that the rule could join"
            } else {
                "this rule joins a pair at most once"
            };
            let message = format!("`{key}` has no meaning here: {reason}");
            context.push(Diagnostic::error(Code::Conflict, value.span, message).help(format!("leave `{key}` out")));
            None
        }
        (None, false) => None,
    }
}

/// Is a neuron on both sides?
pub(super) fn overlap(a: &Reached, b: &Reached) -> bool {
    let (Some(a_last), Some(b_last)) = (a.neurons.iter().max(), b.neurons.iter().max()) else { return false };
    let mut ours = vec![false; *a_last.max(b_last) as usize + 1];
    a.neurons.iter().for_each(|&neuron| ours[neuron as usize] = true);
    a.population == b.population && b.neurons.iter().any(|&neuron| ours[neuron as usize])
}

/// Refuses a neuron that is joined with itself, in `pairs` or else the i-th with the i-th; `key` is where `autapses` is written, and
/// where the rule is.
pub(super) fn refuse_listed(
    context: &mut Context,
    (from, to): (&[Reached], &[Reached]),
    pairs: Option<&[(u32, u32)]>,
    (key, rule): (Option<&Value>, Span),
) -> Option<()> {
    let itself = |(a, b): (&Reached, &Reached)| {
        let same = |source: usize, target: usize| {
            let source = a.neurons.get(source).filter(|_| a.population == b.population)?;
            b.neurons.get(target).filter(|target| *target == source).map(|neuron| (a.population, *neuron))
        };
        match pairs {
            Some(pairs) => pairs.iter().find_map(|&(source, target)| same(source as usize, target as usize)),
            None => (0..a.neurons.len()).find_map(|position| same(position, position)),
        }
    };
    let Some((population, neuron)) = from.iter().flat_map(|a| to.iter().map(move |b| (a, b))).find_map(itself) else {
        return Some(());
    };
    let name = &context.populations[population].name;
    let (message, code) = match key {
        Some(_) => (format!("`autapses` is false, and the rule joins `{name}[{neuron}]` with itself"), Code::Conflict),
        None => (format!("the rule joins `{name}[{neuron}]` with itself: may it?"), Code::MissingKey),
    };
    let help = "write `autapses = true`, or leave this pair out";
    context.push(Diagnostic::error(code, key.map_or(rule, |key| key.span), message).help(help));
    None
}
