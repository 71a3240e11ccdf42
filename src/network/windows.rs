//! `start` and `stop` of a stimulus: one window of time, or a list of them.

use super::context::Context;
use crate::config::keys::Keys;
use crate::config::value::Value;
use crate::error::{Code, Diagnostic, Span};

/// Windows in steps, ascending; absent: the whole run. A `stop` may be missing for the last.
pub(super) fn read(context: &mut Context, keys: &mut Keys, path: &[&str]) -> Option<Vec<(i64, i64)>> {
    let written = (keys.optional("start"), keys.optional("stop"));
    if written.0.is_none() {
        context.default_text(&[path, &["start"]].concat(), "0 ms");
    }
    let mut list = |value: Option<&Value>| match value {
        Some(value) => context.diagnostics.keep(context.evaluator.steps_list(value)),
        None => Some(vec![]),
    };
    let (mut starts, mut stops) = (list(written.0)?, list(written.1)?);
    let span = |value: Option<&Value>| value.map_or(Span::NONE, |value| value.span);
    let (start_span, stop_span) = (span(written.0), span(written.1));
    if written.0.is_none() {
        starts.push(0);
    }
    if stops.len() + 1 == starts.len() {
        stops.push(context.steps);
    }
    if stops.len() != starts.len() {
        let message = format!("{} for `start` and {} for `stop`", times(starts.len()), times(stops.len()));
        let help = "give a `stop` for each `start`; only the last may be missing";
        context.push(
            Diagnostic::error(Code::WrongShape, if stop_span.is_none() { start_span } else { stop_span }, message)
                .help(help),
        );
        return None;
    }
    let windows: Vec<(i64, i64)> = starts.into_iter().zip(stops).collect();
    if written.1.is_some() && windows.iter().any(|(start, stop)| stop <= start) {
        let message = "`stop` is not after `start`, so nothing would happen".to_string();
        context.push(Diagnostic::error(Code::OutOfRange, stop_span, message));
        return None;
    }
    if windows.windows(2).any(|pair| pair[1].0 < pair[0].1) {
        let message = "it starts again before it has stopped".to_string();
        let help = "list `start` and `stop` in the order of time, without overlap";
        context.push(Diagnostic::error(Code::Conflict, start_span, message).help(help));
        return None;
    }
    if context.steps > 0 && windows.iter().any(|(start, _)| *start >= context.steps) {
        let message = "it starts when the run is over".to_string();
        context.push(Diagnostic::warning(Code::Suspicious, start_span, message));
    }
    Some(windows)
}

fn times(count: usize) -> String {
    if count == 1 { "1 time".into() } else { format!("{count} times") }
}
