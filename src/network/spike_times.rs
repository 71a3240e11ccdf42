//! `times` or `file` of a `spike_list` and of a `spike_source`: when spikes are sent.

use super::context::{Context, with_unit};
use super::spike_file;
use crate::config::value::{Data, Value};
use crate::error::{Code, Diagnostic, Span};

/// What is written, before it meets neurons.
#[derive(Clone)]
pub(super) enum SpikeTimes {
    /// Steps at which every neuron spikes, ascending, and where they stand.
    Steps(Vec<i64>, Span),
    File {
        value: Value,
        nearest: bool,
    },
}

/// (step, neuron or all).
pub(super) type Event = (i64, Option<u32>);

impl SpikeTimes {
    /// Where they are written.
    pub fn span(&self) -> Span {
        match self {
            SpikeTimes::Steps(_, span) => *span,
            SpikeTimes::File { value, .. } => value.place(),
        }
    }

    /// Ascending, of `size` neurons; a warning of those that the run does not reach.
    pub fn events(&self, context: &mut Context, size: usize, what: &str) -> Option<Vec<Event>> {
        let events: Vec<Event> = match self {
            SpikeTimes::Steps(steps, _) => steps.iter().map(|&step| (step, None)).collect(),
            SpikeTimes::File { value, nearest } => {
                let rows = spike_file::read(context, value, *nearest, size)?;
                rows.into_iter().map(|(step, neuron)| (step, Some(neuron))).collect()
            }
        };
        warn_of_late(context, &events, what, self.span());
        Some(events)
    }
}

/// Reads `times` or `file` of `what`, whose table is at `at`.
pub(super) fn read(
    context: &mut Context,
    times: Option<&Value>,
    file: Option<&Value>,
    (what, at): (&str, Span),
) -> Option<SpikeTimes> {
    match (times, file) {
        (Some(times), None) => {
            let mut steps = context.diagnostics.keep(context.evaluator.steps_list(times))?;
            steps.sort_unstable();
            Some(SpikeTimes::Steps(steps, times.place()))
        }
        (None, Some(file)) => Some(SpikeTimes::File { value: file.clone(), nearest: false }),
        (Some(times), Some(file)) => {
            // With a file, `times` says how its times meet the grid.
            match &times.data {
                Data::Text(word) if word == "grid" || word == "nearest" => {
                    Some(SpikeTimes::File { value: file.clone(), nearest: word == "nearest" })
                }
                _ => {
                    let message = format!("{what} has `times` and `file`");
                    let help = "with a file, `times` can only be \"grid\" or \"nearest\"";
                    context.push(Diagnostic::error(Code::Conflict, times.span, message).help(help));
                    None
                }
            }
        }
        (None, None) => {
            let message = format!("{what} needs `times` or `file`");
            let error = Diagnostic::error(Code::MissingKey, at, message);
            context.push(error.help("add `times = [\"10 ms\", \"20 ms\"]`"));
            None
        }
    }
}

/// Of a run that cannot be read it is not known when it ends.
fn warn_of_late(context: &mut Context, events: &[Event], what: &str, at: Span) {
    let late = events.len() - events.partition_point(|(step, _)| *step <= context.steps);
    let Some((last, _)) = events.last().filter(|_| late > 0 && context.steps > 0) else { return };
    let [end, last] = [context.steps, *last].map(|step| with_unit(context.time_ms(step), "ms"));
    let all = events.len();
    let message = match (late, all) {
        (1, 1) => format!("the one time of {what}, {last}, comes after the end of the run at {end}"),
        (1, _) => format!("1 of the {all} times of {what}, {last}, comes after the end of the run at {end}"),
        _ => format!("{late} of the {all} times of {what} come after the end of the run at {end}, the last at {last}"),
    };
    let help = "make `duration` in `[run]` longer, if they are meant to be sent";
    context.push(Diagnostic::warning(Code::Suspicious, at, message).help(help));
}
