//! `[run]`: title, duration, warmup, dt, seed, temperature.

use super::Seeds;
use super::context::{Context, number_value};
use crate::config::keys::Keys;
use crate::config::value::{Data, Table, Value};
use crate::error::{Code, Diagnostic, Span};

/// More steps than this would count past what a sample's time can tell apart in f64.
const MOST_STEPS: i64 = 1 << 52;

/// Reads `[run]`; dt must be known before any other time is.
pub(super) fn read(context: &mut Context) {
    let empty = Table::empty();
    let Some(table) = context.config.table("run") else {
        let message = "the config has no `[run]` table".to_string();
        context.push(
            Diagnostic::error(Code::MissingKey, Span::START, message)
                .help("add `[run]` with at least `duration = \"100 ms\"`"),
        );
        context.diagnostics.keep(context.evaluator.set_dt(&Value::text("0.1 ms")));
        return read_table(context, &empty, true);
    };
    read_table(context, table, false);
}

fn read_table(context: &mut Context, table: &Table, missing: bool) {
    let mut keys = Keys::new("`[run]`", table);
    read_dt(context, keys.optional("dt"), "0.1 ms");
    if missing {
        return;
    }
    if let Some(value) =
        keys.required("duration", "how long to simulate, such as `\"100 ms\"`", &mut context.diagnostics)
    {
        context.steps = read_duration(context, value).unwrap_or(0);
    }
    match keys.optional("warmup") {
        Some(value) => {
            if let Some(steps) = context.diagnostics.keep(context.evaluator.steps(value)) {
                if context.steps > 0 && steps >= context.steps {
                    let message = "`warmup` leaves nothing of `duration` to measure".to_string();
                    context.push(Diagnostic::error(Code::OutOfRange, value.span, message).help("make it shorter"));
                } else {
                    context.warmup = steps;
                }
            }
        }
        None => context.default_text(&["run", "warmup"], "0 ms"),
    }
    if let Some(value) = keys.optional("title") {
        context.keep(value.as_text("`title`").map(|_| ()));
    }
    match keys.optional("seed") {
        Some(value) => read_seed(context, value),
        None => context.default_value(&["run", "seed"], number_value(1.0)),
    }
    if let Some(value) = keys.optional("temperature") {
        context.temperature = read_temperature(context, value);
    }
    keys.finish(&mut context.diagnostics);
}

/// `dt`, which is `default` where it is not written.
pub(super) fn read_dt(context: &mut Context, written: Option<&Value>, default: &str) {
    if written.is_none() {
        context.default_text(&["run", "dt"], default);
    }
    let default = Value::text(default);
    let set = context.evaluator.set_dt(written.unwrap_or(&default));
    if context.keep(set).is_none() {
        let stand_in = context.evaluator.stand_in(&default);
        context.keep(stand_in);
    }
    context.dt_ms = context.evaluator.dt_ms();
}

fn read_duration(context: &mut Context, value: &Value) -> Option<i64> {
    let steps = context.diagnostics.keep(context.evaluator.steps(value))?;
    if steps < 1 {
        let message = "`duration` must be at least one step".to_string();
        context.push(Diagnostic::error(Code::OutOfRange, value.span, message));
        return None;
    }
    if steps > MOST_STEPS {
        let message = format!("`duration` is {steps} steps of dt, more than can be counted");
        context.push(Diagnostic::error(Code::TooLarge, value.span, message));
        return None;
    }
    Some(steps)
}

/// `seed = 1` or `seed = { structure = 1, input = 2, initial = 3 }`.
fn read_seed(context: &mut Context, value: &Value) {
    let Data::Table(table) = &value.data else {
        if let Some(seed) = one_seed(context, value) {
            context.seeds = Seeds { structure: seed, input: seed, initial: seed };
        }
        return;
    };
    let mut keys = Keys::new("`seed`", table);
    for (name, which) in [("structure", 0), ("input", 1), ("initial", 2)] {
        let Some(written) = keys.optional(name) else { continue };
        let Some(seed) = one_seed(context, written) else { continue };
        let seeds = &mut context.seeds;
        *[&mut seeds.structure, &mut seeds.input, &mut seeds.initial][which] = seed;
    }
    keys.finish(&mut context.diagnostics);
}

fn one_seed(context: &mut Context, value: &Value) -> Option<u64> {
    let seed = context.diagnostics.keep(context.evaluator.integer(value))?;
    if seed < 0 {
        context.push(Diagnostic::error(Code::OutOfRange, value.span, "a seed must be zero or above"));
        return None;
    }
    Some(seed as u64)
}

fn read_temperature(context: &mut Context, value: &Value) -> Option<f64> {
    let celsius = context.diagnostics.keep(context.evaluator.number(value, "degC"))?;
    if !(-50.0..=100.0).contains(&celsius) {
        let message = format!("no neuron lives at {celsius} degC");
        context.push(Diagnostic::error(Code::OutOfRange, value.span, message).help("write it as `\"6.3 degC\"`"));
        return None;
    }
    Some(celsius)
}
