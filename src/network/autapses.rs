//! `autapses` and `multapses`: where they must be stated, and where they have no meaning.

use super::connection_file::FromFile;
use super::context::Context;
use super::rule::WrittenRule;
use super::targets::Reached;
use crate::config::value::{Data, Value};
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
            let reason = if what.starts_with("gap junction") {
                "its rule joins a pair once, and nobody with itself"
            } else if key == "autapses" {
                "`from` and `to` share no neuron that the rule could join"
            } else {
                "this rule says itself how often a pair is joined"
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

/// A rule that says itself which pairs there are.
pub(super) struct Listed<'l> {
    /// Within the selections; else the i-th is joined with the i-th.
    pub pairs: Option<&'l [(u32, u32)]>,
    pub rule: &'l WrittenRule<'l>,
    /// Where the pairs stand, if in a file.
    pub file: Option<&'l FromFile>,
}

impl Listed<'_> {
    /// Refuses a neuron that is joined with itself; `key` is where `autapses` is written, if it is.
    pub fn refuse(
        &self,
        context: &mut Context,
        (from, to): (&[Reached], &[Reached]),
        key: Option<&Value>,
    ) -> Option<()> {
        let itself = |(a, b): (&Reached, &Reached)| {
            let same = |source: usize, target: usize| {
                let source = a.neurons.get(source).filter(|_| a.population == b.population)?;
                b.neurons.get(target).filter(|target| *target == source).map(|neuron| (a.population, *neuron))
            };
            let row = |(row, (source, target))| same(source, target).map(|neuron| (row, neuron));
            match self.pairs {
                Some(pairs) => pairs.iter().map(|&(a, b)| (a as usize, b as usize)).enumerate().find_map(row),
                None => (0..a.neurons.len()).map(|position| (position, position)).enumerate().find_map(row),
            }
        };
        let all = from.iter().flat_map(|a| to.iter().map(move |b| (a, b)));
        let Some((row, (population, neuron))) = { all }.find_map(itself) else { return Some(()) };
        let (name, (what, span)) = (&context.populations[population].name, self.row(row));
        let (message, code) = match key {
            Some(_) => {
                (format!("`autapses` is false, and {what} joins `{name}[{neuron}]` with itself"), Code::Conflict)
            }
            None => (format!("{what} joins `{name}[{neuron}]` with itself: may it?"), Code::MissingKey),
        };
        let help = "write `autapses = true`, or leave this pair out";
        context.push(Diagnostic::error(code, key.map_or(span, |key| key.span), message).help(help));
        None
    }

    /// What a pair is called, and where it stands.
    fn row(&self, row: usize) -> (String, Span) {
        if let Some(file) = self.file {
            return (file.line(row), file.span);
        }
        match self.rule.argument.map(|value| &value.data) {
            Some(Data::List(pairs)) if row < pairs.len() => {
                let pair = self.pairs.and_then(|pairs| pairs.get(row));
                let shown = pair.map_or(String::new(), |(source, target)| format!(" [{source}, {target}]"));
                (format!("the pair{shown}"), pairs[row].span)
            }
            _ => ("the rule".into(), self.rule.span),
        }
    }
}
