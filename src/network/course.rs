//! Numbers that follow a course through time: `{ times, values, between }`, or `{ mean, amplitude, frequency, phase }`.

use super::context::Context;
use crate::config::keys::Keys;
use crate::config::value::{Data, Table, Value};
use crate::error::{Code, Diagnostic, Span};
use crate::stimuli::course::Course;

/// None if `value` is one number, or one for each neuron.
pub(super) fn written(value: &Value) -> Option<&Table> {
    match &value.data {
        Data::Table(table) if table.get("each").is_none() => Some(table),
        _ => None,
    }
}

/// Refuses a course in time for the number `name` of a `kind`, which follows none.
pub(super) fn refuse(context: &mut Context, value: &Value, name: &str, kind: &str) -> Option<()> {
    let follows = |table: &Table| table.get("values").or(table.get("frequency")).is_some();
    if !written(value).is_some_and(follows) {
        return Some(());
    }
    let message = format!("`{name}` of a `{kind}` is the same all the time");
    let help = "currents add: give what changes a stimulus of its own, of kind `time_course` or `sine`";
    context.push(Diagnostic::error(Code::WrongType, value.place(), message).help(help));
    None
}

/// A course in `unit`; `signed`: it may be negative.
pub(super) fn read(context: &mut Context, table: &Table, what: &str, unit: &str, signed: bool) -> Option<Course> {
    let mut keys = Keys::new(what, table);
    let course = match table.get("frequency").or(table.get("mean")).is_some() {
        true => sine(context, &mut keys, what, unit, signed),
        false => points(context, &mut keys, what, unit, signed),
    };
    keys.finish(&mut context.diagnostics);
    course
}

fn sine(context: &mut Context, keys: &mut Keys, what: &str, unit: &str, signed: bool) -> Option<Course> {
    let mean = keys.required("mean", "around which it swings", &mut context.diagnostics);
    let amplitude = keys.required("amplitude", "half of the swing", &mut context.diagnostics);
    let frequency = keys.required("frequency", "such as `\"8 Hz\"`", &mut context.diagnostics);
    let phase = keys.optional("phase");
    let mut number = |value: Option<&Value>, unit: &str| {
        value.and_then(|value| {
            let number = context.evaluator.number(value, unit);
            context.keep(number)
        })
    };
    let (mean_at, frequency_at) = (mean, frequency);
    let (mean, amplitude, frequency) = (number(mean, unit), number(amplitude, unit), number(frequency, "Hz"));
    let phase = if phase.is_some() { number(phase, "") } else { Some(0.0) };
    let (mean, amplitude, frequency, phase) = (mean?, amplitude?, frequency?, phase?);
    if !signed && amplitude.abs() > mean {
        let message = format!("{what} would be negative: its `amplitude` is larger than its `mean`");
        context.push(Diagnostic::error(Code::OutOfRange, mean_at.map_or(Span::NONE, |value| value.span), message));
        return None;
    }
    if !(frequency >= 0.0 && frequency * context.dt_ms / 1000.0 <= 0.5) {
        let message = format!("`frequency` ({frequency} Hz) must be zero or above, and a cycle needs two steps");
        context.push(Diagnostic::error(Code::OutOfRange, frequency_at.map_or(Span::NONE, |value| value.span), message));
        return None;
    }
    Some(Course::sine(mean, amplitude, frequency, phase, context.dt_ms))
}

/// `times`, `values` and `between`, which are asked of `keys`.
pub(super) fn points(context: &mut Context, keys: &mut Keys, what: &str, unit: &str, signed: bool) -> Option<Course> {
    let times = keys.required("times", "such as `[\"0 ms\", \"100 ms\"]`", &mut context.diagnostics);
    let values = keys.required("values", "one for each of `times`", &mut context.diagnostics);
    let between = keys.optional("between");
    let linear = match between {
        None => Some(false),
        Some(value) => {
            let word = context.evaluator.word(value).map(str::to_owned);
            match context.keep(word)?.as_str() {
                "hold" => Some(false),
                "linear" => Some(true),
                other => {
                    let message = format!("`between` cannot be `{other}`");
                    let known = ["hold", "linear"];
                    context.push(Diagnostic::error(Code::UnknownName, value.span, message).suggest(other, known));
                    None
                }
            }
        }
    };
    let (times_at, values_at) = (times, values);
    let times = times.and_then(|value| {
        let steps = context.evaluator.steps_list(value);
        context.keep(steps)
    });
    let values = values.and_then(|value| numbers(context, value, unit, signed));
    let (times, values, linear) = (times?, values?, linear?);
    let span = |at: Option<&Value>| at.map_or(Span::NONE, |value| value.span);
    if times.is_empty() || times.len() != values.len() {
        let message = format!("{what} has {} times and {} values", times.len(), values.len());
        context.push(Diagnostic::error(Code::WrongShape, span(values_at), message));
        return None;
    }
    if let Some(at) = times.windows(2).position(|pair| pair[0] >= pair[1]) {
        let message = format!("`times` must grow, but number {} is not after the one before it", at + 2);
        context.push(Diagnostic::error(Code::OutOfRange, span(times_at), message));
        return None;
    }
    Some(Course::Points { points: times.into_iter().zip(values).collect(), linear })
}

fn numbers(context: &mut Context, value: &Value, unit: &str, signed: bool) -> Option<Vec<f64>> {
    let list = context.diagnostics.keep(value.as_list("`values`"))?;
    let mut numbers = vec![];
    let mut sound = true;
    for entry in list {
        let number = context.evaluator.number(entry, unit);
        match context.keep(number) {
            Some(number) if signed || number >= 0.0 => numbers.push(number),
            Some(number) => {
                let message = format!("a value is {number} {unit}, but must be zero or above");
                context.push(Diagnostic::error(Code::OutOfRange, entry.span, message));
                sound = false;
            }
            None => sound = false,
        }
    }
    sound.then_some(numbers)
}
