//! `what = "rate"` of a recorder: spikes of whole populations, counted in bins as wide as `every`.
//!
//! One number a population and bin, however many neurons and spikes there are.

use super::context::Context;
use super::recorders::read_every;
use super::targets::Reached;
use super::{Counted, Recorder};
use crate::config::value::{Name, Value};
use crate::error::{Code, Diagnostic, Span};

/// The word in `what`.
pub(super) const RATE: &str = "rate";

/// The width of the bins in steps, which must be written.
pub(super) fn bin(context: &mut Context, name: &Name, every: Option<&Value>) -> Option<i64> {
    if every.is_none() {
        let message = format!("recorder `{}` counts spikes in bins: how wide are they?", name.text);
        let help = "add `every`, such as `every = \"5 ms\"`";
        context.push(Diagnostic::error(Code::MissingKey, name.span, message).label("needs `every`").help(help));
    }
    read_every(context, name, Some(every?))
}

/// What a recorder of rates cannot do beside it.
pub(super) fn check(
    context: &mut Context,
    recorder: &Recorder,
    variables: &[(String, Span)],
    at: Option<&Value>,
    every: Option<&Value>,
) -> Option<()> {
    let mut sound = true;
    if let Some((variable, span)) = variables.iter().find(|(variable, _)| variable != RATE && variable != "spikes") {
        let message = format!("`{RATE}` is counted in bins and `{variable}` is sampled: one recorder cannot do both");
        context.push(
            Diagnostic::error(Code::Conflict, *span, message).help(format!("give `{variable}` a recorder of its own")),
        );
        sound = false;
    }
    if let Some(at) = at {
        let message = format!("a `{RATE}` is that of the spikes at `spike.at`: it takes no place");
        context.push(Diagnostic::error(Code::Conflict, at.span, message).help("leave `at` out"));
        sound = false;
    }
    if context.steps > 0 && recorder.stop - recorder.start < recorder.every {
        let span = every.map_or(Span::NONE, |value| value.span);
        let between = format!("{} ms that it records", context.time_ms((recorder.stop - recorder.start).max(0)));
        let message = format!("a bin of {} ms does not fit into the {between}", context.time_ms(recorder.every));
        context.push(Diagnostic::error(Code::OutOfRange, span, message).help("make `every` shorter"));
        sound = false;
    }
    if sound {
        warn_of_rest(context, recorder, every.map_or(Span::NONE, |value| value.span));
    }
    sound.then_some(())
}

/// Tells of time behind the last whole bin.
fn warn_of_rest(context: &mut Context, recorder: &Recorder, span: Span) {
    let (window, every) = (recorder.stop - recorder.start, recorder.every);
    let rest = window % every;
    if context.steps <= 0 || rest == 0 {
        return;
    }
    let (from, to) = (context.time_ms(recorder.stop - rest), context.time_ms(recorder.stop));
    let width = context.time_ms(every);
    let message = format!("a bin of {width} ms does not fit between {from} and {to} ms: spikes there are not counted");
    let help = format!("let `every` divide the {} ms that it records", context.time_ms(window));
    context.push(Diagnostic::warning(Code::Suspicious, span, message).help(help));
}

/// A column for each selection; one that is written twice is one column.
pub(super) fn count(context: &mut Context, of: &[(String, Reached)], recorder: &mut Recorder) {
    for (name, target) in of {
        if target.section.is_some() {
            let message = format!("a `{RATE}` is that of the spikes at `spike.at`: it takes no place");
            context.push(
                Diagnostic::error(Code::Conflict, target.span, message).help(format!("write `{name}` without a place")),
            );
        } else if !recorder.rates.iter().any(|counted| counted.name == *name) {
            recorder.rates.push(Counted {
                name: name.clone(),
                population: target.population,
                neurons: target.neurons.clone(),
            });
        }
    }
}
