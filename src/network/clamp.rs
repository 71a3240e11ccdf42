//! `kind = "voltage_clamp"`: electrodes that hold the potential.

use super::context::{Context, with_unit};
use super::targets::{Reached, name_key, one_place};
use super::{Body, Drive, Stimulus, StimulusTarget};
use crate::cable::Place;
use crate::config::keys::Keys;
use crate::config::value::{Data, Value};
use crate::config::varied::Varied;
use crate::error::{Code, Diagnostic, Span};
use crate::num::rng::{Purpose, Stream};
use crate::stimuli::voltage_clamp::{Clamp, INFO};

/// What the table says, before it meets neurons.
struct Written<'v> {
    /// (steps from the start, mV along the neurons, where it is written).
    levels: Vec<(i64, Varied, &'v Value)>,
    /// Steps that all last; throughout, if there is one level alone.
    length: Option<i64>,
}

impl Written<'_> {
    /// The level by which neurons are told apart: the first that differs between them, or the last.
    fn tested(&self) -> usize {
        let differs = |(_, varied, _): &(i64, Varied, &Value)| !matches!(varied, Varied::Constant(_));
        self.levels.iter().position(differs).unwrap_or(self.levels.len() - 1)
    }

    /// The step after the last that is held.
    fn end(&self, (start, stop): (i64, i64)) -> i64 {
        self.length.map_or(stop, |length| stop.min(start + length))
    }
}

/// Reads a clamp that acts in `window` (steps) on `targets`.
pub(super) fn read(
    context: &mut Context,
    keys: &mut Keys,
    (name, what): (&str, &str),
    targets: Option<&[Reached]>,
    window: (i64, i64),
) -> Option<Stimulus> {
    let resistance = keys.optional("resistance");
    let resistance =
        context.parameter(&["stimulus", name], resistance, &INFO.parameters[0], keys.span(), &format!("`{name}`"));
    let written = read_written(context, keys, what, window);
    let (resistance, written, targets) = (resistance?, written?, targets?);
    let (mut clamps, mut reached, mut amplitudes) = (vec![], vec![], vec![]);
    for target in targets {
        let population = &context.populations[target.population];
        if !matches!(population.body, Body::Cable(_)) {
            let message =
                format!("`{}` has no channels to be clamped: its membrane is a single equation", population.name);
            let help = "clamp a `hodgkin_huxley` or a `cable` cell";
            context.push(Diagnostic::error(Code::Conflict, target.span, message).help(help));
            return None;
        }
        let place = one_place(context, target);
        let (place, _) = context.keep(place)?;
        let levels = levels(context, &written, target, name)?;
        let first = clamps.len();
        for commands in levels {
            amplitudes.push(commands.get(written.tested()).map_or(f64::NAN, |(_, level)| *level));
            let commands: Vec<(i64, f64)> = commands.into_iter().map(|(step, v)| (window.0 + step, v)).collect();
            let end = written.end(window);
            // 1 / (1 Mohm) is 1000 nS. At the end of the run it still holds.
            let end = if end == context.steps { end + 1 } else { end };
            clamps.push(Clamp { conductance: 1e3 / resistance, commands, end });
        }
        reached.push(StimulusTarget {
            population: target.population,
            neurons: target.neurons.clone(),
            places: place.into_iter().map(|place| (place, 1.0)).collect(),
            factor: 1.0,
            port: None,
            first,
        });
    }
    Some(Stimulus {
        name: name.to_string(),
        kind: INFO.name,
        start: window.0,
        stop: written.end(window),
        targets: reached,
        drive: Drive::Clamps(clamps),
        unit: "mV".into(),
        amplitudes,
        shared: false,
        key: name_key(&["stimulus", name]),
    })
}

/// A point that a clamp holds.
struct Held<'s> {
    stimulus: &'s str,
    population: usize,
    neuron: u32,
    place: Place,
    /// First step, and that after the last.
    window: (i64, i64),
}

impl Held<'_> {
    fn meets(&self, other: &Held) -> bool {
        // Between the same nodes: each would see little but the other.
        let same = (self.population, self.neuron) == (other.population, other.neuron)
            && (self.place == other.place || self.place.nodes == other.place.nodes);
        same && self.window.0 < other.window.1 && other.window.0 < self.window.1
    }
}

/// Refuses two clamps of one point at one time: each would take the other's electrode for the membrane.
pub(super) fn check(context: &mut Context, stimuli: &[Stimulus]) {
    let mut held: Vec<Held> = Vec::new();
    for stimulus in stimuli {
        let Drive::Clamps(clamps) = &stimulus.drive else { continue };
        let before = held.len();
        for target in &stimulus.targets {
            for (&neuron, clamp) in target.neurons.iter().zip(&clamps[target.first..]) {
                let Some(((place, _), (from, _))) = target.places.first().zip(clamp.commands.first()) else { continue };
                let (population, window) = (target.population, (*from, clamp.end));
                held.push(Held { stimulus: &stimulus.name, population, neuron, place: *place, window });
            }
        }
        let clash = |own: &Held| held[..before].iter().find(|other| own.meets(other)).map(|other| other.stimulus);
        let Some((own, other)) = held[before..].iter().find_map(|own| Some((own, clash(own)?))) else { continue };
        let cell = format!("{}[{}]", context.populations[own.population].name, own.neuron);
        let message = format!("`{}` clamps the point of `{cell}` that `{other}` clamps at the same time", own.stimulus);
        let entries = context.config.entries("stimulus");
        let span = entries.iter().find(|(name, _)| name.text == own.stimulus).map_or(Span::NONE, |(name, _)| name.span);
        let help = "give them other places, neurons or times; one clamp steps through several `levels`";
        context.push(Diagnostic::error(Code::Conflict, span, message).help(help));
    }
}

/// `levels` with `durations`, or `level`.
fn read_written<'v>(context: &mut Context, keys: &mut Keys<'v>, what: &str, window: (i64, i64)) -> Option<Written<'v>> {
    let (levels, durations) = (keys.optional("levels"), keys.optional("durations"));
    let level = keys.optional("level");
    let conflict = |span: Span, message: &str| Diagnostic::error(Code::Conflict, span, message);
    let error = match (levels, durations, level) {
        (Some(levels), Some(durations), None) => return steps(context, what, levels, durations, window),
        (None, None, Some(level)) => {
            let varied = context.diagnostics.keep(context.evaluator.varied(level, "mV"))?;
            return Some(Written { levels: vec![(0, varied, level)], length: None });
        }
        (Some(_), _, Some(level)) => conflict(level.span, "`level` and `levels` exclude each other")
            .help("leave `level` out, or hold it throughout: without `levels` and `durations`"),
        (None, Some(durations), Some(_)) => {
            conflict(durations.span, "one `level` is held throughout: it has no `durations`")
                .help("leave `durations` out, or write `levels`")
        }
        _ => {
            let message = format!("{what} needs `levels` and `durations`, or one `level`");
            let help = "such as `levels = [\"-65 mV\", \"0 mV\"]` with `durations = [\"5 ms\", \"20 ms\"]`";
            Diagnostic::error(Code::MissingKey, keys.span(), message).help(help)
        }
    };
    context.push(error);
    None
}

fn steps<'v>(
    context: &mut Context,
    what: &str,
    levels: &'v Value,
    durations: &Value,
    window: (i64, i64),
) -> Option<Written<'v>> {
    let volts = each_level(context, levels);
    let lengths = context.diagnostics.keep(context.evaluator.steps_list(durations));
    let (volts, lengths) = (volts?, lengths?);
    if volts.is_empty() {
        let help = "such as `levels = [\"-65 mV\", \"0 mV\"]`";
        context.push(Diagnostic::error(Code::WrongShape, levels.span, "`levels` has no level in it").help(help));
        return None;
    }
    if volts.len() != lengths.len() {
        let message = format!("{} in `levels`, but {} in `durations`", volts.len(), lengths.len());
        let help = "give a duration for each level";
        context.push(Diagnostic::error(Code::WrongShape, durations.span, message).help(help));
        return None;
    }
    if let Some(bad) = lengths.iter().find(|steps| **steps < 1) {
        let message = format!("a level that lasts {bad} steps is none");
        context.push(Diagnostic::error(Code::OutOfRange, durations.span, message));
        return None;
    }
    let mut at = 0;
    let mut list = Vec::new();
    for ((varied, value), steps) in volts.into_iter().zip(lengths) {
        list.push((at, varied, value));
        at += steps;
    }
    if window.1 - window.0 < at {
        let ms = |steps: i64| with_unit(context.time_ms(steps), "ms");
        let (whole, left) = (ms(at), ms((window.1 - window.0).max(0)));
        let (message, help) = match window.1 < context.steps {
            true => (
                format!("the levels of {what} last {whole}, but `stop` ends them after {left}"),
                "leave `stop` out: a clamp ends with its last level",
            ),
            false => (
                format!("the levels of {what} last {whole}, but the run ends {left} after their start"),
                "make `duration` in `[run]` longer, or the last level shorter",
            ),
        };
        context.push(Diagnostic::warning(Code::Suspicious, durations.span, message).help(help));
    }
    Some(Written { levels: list, length: Some(at) })
}

/// The entries of `levels`, of which each may differ between neurons: a family of tests between the same holding potentials.
fn each_level<'v>(context: &mut Context, levels: &'v Value) -> Option<Vec<(Varied, &'v Value)>> {
    let Data::List(entries) = &levels.data else {
        let volts = context.diagnostics.keep(context.evaluator.list(levels, "mV"))?;
        return Some(volts.into_iter().map(|v| (Varied::Constant(v), levels)).collect());
    };
    let read: Vec<_> = entries.iter().map(|entry| Some((context.evaluator.varied(entry, "mV"), entry))).collect();
    let kept =
        read.into_iter().map(|one| one.and_then(|(varied, entry)| Some((context.diagnostics.keep(varied)?, entry))));
    let kept: Vec<_> = kept.collect();
    kept.into_iter().collect()
}

fn possible(context: &mut Context, v: f64, value: &Value) -> Option<()> {
    if v.abs() <= 500.0 {
        return Some(());
    }
    let message = format!("{v} mV is more than a membrane bears");
    context.push(Diagnostic::error(Code::OutOfRange, value.span, message));
    None
}

/// (steps from the start, mV) for each neuron of a target.
fn levels(context: &mut Context, written: &Written, target: &Reached, name: &str) -> Option<Vec<Vec<(i64, f64)>>> {
    let count = target.neurons.len();
    let mut all = vec![Vec::with_capacity(written.levels.len()); count];
    for (number, (step, varied, value)) in written.levels.iter().enumerate() {
        if !varied.shape_matches(count) {
            let message = format!("this level has another length than there are neurons ({count})");
            context.push(Diagnostic::error(Code::WrongShape, value.place(), message));
            return None;
        }
        let which = number.to_string();
        let key = name_key(&["stimulus", name, "level", which.as_str(), &target.key(context)]);
        for (position, (&neuron, own)) in target.neurons.iter().zip(&mut all).enumerate() {
            let mut stream = Stream::new(context.seeds.input, Purpose::Amplitude, key, u64::from(neuron));
            let Some(v) = varied.value(position, count, &mut stream) else {
                let message = "more than 90 % of the draws fall outside the bounds".to_string();
                context.push(Diagnostic::error(Code::BadRandom, value.span, message));
                return None;
            };
            possible(context, v, value)?;
            own.push((*step, v));
        }
    }
    Some(all)
}
