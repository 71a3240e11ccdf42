//! How finely a measure looks at spikes: `bin`, `neurons`, `resolution`, `least_spikes` of `[measure.x]`.

use super::context::Context;
use crate::config::keys::Keys;
use crate::config::value::Value;
use crate::error::{Code, Diagnostic, Span};
use crate::recording::measures::{Grain, MeasureKind, MeasureSpec};
use crate::recording::spectrum;
use crate::recording::spike_watch::whole_bins;

/// Asks for the keys that this kind of measure has; of a kind that nobody knows all are let pass.
pub(super) fn read(context: &mut Context, keys: &mut Keys, kind: Option<MeasureKind>) -> Option<Grain> {
    let Some(kind) = kind else {
        MeasureKind::ALL.iter().flat_map(|kind| kind.grain_keys()).for_each(|key| keys.also_known(key));
        return None;
    };
    let mut grain = Grain::of(kind);
    for key in kind.grain_keys() {
        let Some(value) = keys.optional(key) else { continue };
        match *key {
            "bin" => grain.bin_ms = bin(context, value)?,
            "resolution" => grain.resolution_hz = Some(resolution(context, value)?),
            "neurons" => grain.neurons = count(context, value, 2, "two neurons")? as usize,
            _ => grain.least_spikes = count(context, value, 3, "three spikes, which are two intervals")? as u32,
        }
    }
    Some(grain)
}

fn bin(context: &mut Context, value: &Value) -> Option<f64> {
    let steps = context.diagnostics.keep(context.evaluator.steps(value))?;
    if steps < 1 {
        context.push(Diagnostic::error(Code::OutOfRange, value.span, "`bin` must be at least one step"));
        return None;
    }
    Some(context.time_ms(steps))
}

fn resolution(context: &mut Context, value: &Value) -> Option<f64> {
    let hz = context.diagnostics.keep(context.evaluator.number(value, "Hz"))?;
    if !(hz.is_finite() && hz > 0.0) {
        let message = format!("a resolution of {hz} Hz is none");
        context.push(Diagnostic::error(Code::OutOfRange, value.span, message).help("write it as `\"2 Hz\"`"));
        return None;
    }
    Some(hz)
}

fn count(context: &mut Context, value: &Value, least: i64, what: &str) -> Option<i64> {
    let count = context.diagnostics.keep(context.evaluator.integer(value))?;
    if !(least..=i64::from(u32::MAX)).contains(&count) {
        context.push(Diagnostic::error(Code::OutOfRange, value.span, format!("it takes at least {what}, not {count}")));
        return None;
    }
    Some(count)
}

/// That there are neurons and time enough; `of` is where the neurons are named, `header` the table.
pub(super) fn check(context: &mut Context, spec: &MeasureSpec, of: Span, header: Span) -> Option<()> {
    let kind = spec.kind.name();
    if spec.kind == MeasureKind::Correlation && spec.count() < 2 {
        let message = "a `correlation` is between two neurons, and here is a single one";
        let help = "select more, such as `\"exc\"` or `\"exc[0..200]\"`";
        context.push(Diagnostic::error(Code::BadSelection, of, message).help(help));
        return None;
    }
    if context.steps == 0 || !spec.kind.grain_keys().contains(&"bin") {
        return Some(());
    }
    let bins = whole_bins(spec.start_ms, spec.stop_ms, spec.grain.bin_ms);
    let too_short = match spec.kind {
        MeasureKind::SpectrumPeak => spectrum::segment(bins, spec.grain.bin_ms, spec.grain.resolution_hz).err(),
        _ if bins < 2 => Some(format!(
            "a `{kind}` compares bins of {} ms, and from {} to {} ms there are no two",
            spec.grain.bin_ms, spec.start_ms, spec.stop_ms
        )),
        _ => None,
    };
    let help = match spec.grain.resolution_hz {
        Some(_) => "run longer, or let `resolution` be coarser",
        None => "run longer, or make `bin` shorter",
    };
    let Some(message) = too_short else { return Some(()) };
    context.push(Diagnostic::error(Code::OutOfRange, header, message).help(help));
    None
}
