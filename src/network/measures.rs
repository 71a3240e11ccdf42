//! `[measure.x]`: what is measured of whom and where; V_m is watched by hidden recorders.

use super::autapses::overlap;
use super::context::Context;
use super::grain;
use super::targets::{Reached, find_section, is_one_compartment, label, resolve};
use super::{Body, Probe, Quantity, RecordFormat, Recorder};
use crate::cable::Place;
use crate::config::keys::Keys;
use crate::config::selection::{Selection, place, selection};
use crate::config::value::{Name, Table, Value};
use crate::error::{Code, Diagnostic, Span};
use crate::recording::measures::{Grain, MeasureKind, MeasureSpec};

/// Reads every `[measure.x]`, and adds a hidden recorder for each that watches V_m, in order.
pub(super) fn read(context: &mut Context, recorders: &mut Vec<Recorder>) -> Vec<MeasureSpec> {
    let entries = context.config.entries("measure");
    entries.into_iter().filter_map(|(name, table)| read_one(context, name, table, recorders)).collect()
}

fn read_one(context: &mut Context, name: &Name, table: &Table, recorders: &mut Vec<Recorder>) -> Option<MeasureSpec> {
    let what = format!("measure `{}`", name.text);
    let mut keys = Keys::new(&what, table);
    let kind = keys.required("kind", "such as `\"velocity\"`", &mut context.diagnostics);
    let kind = kind.and_then(|value| read_kind(context, value));
    let grain = grain::read(context, &mut keys, kind);
    let (from, to, at) = (keys.optional("from"), keys.optional("to"), keys.optional("at"));
    let between = keys.optional("of").is_none() && from.is_some() && to.is_some();
    // `to = "b[0]"` alone is whose spike it is that `start` is waited from.
    let whose = match (keys.optional("of"), kind, from, to, at) {
        (None, Some(MeasureKind::Latency), None, Some(to), None) => Some(to),
        _ => None,
    };
    let to = if whose.is_some() { None } else { to };
    let of = match between || whose.is_some() {
        true => whose,
        false => keys.required("of", "whose, such as `\"neurons[0]\"`", &mut context.diagnostics),
    };
    let start = keys.optional("start").map(|value| context.diagnostics.keep(context.evaluator.steps(value)));
    let stop = keys.optional("stop").map(|value| context.diagnostics.keep(context.evaluator.steps(value)));
    let header = keys.span();
    keys.finish(&mut context.diagnostics);
    let (kind, grain) = (kind?, grain?);
    if between {
        let window = (start.unwrap_or(Some(context.warmup))?, stop.unwrap_or(Some(context.steps))?);
        return read_between(context, name, kind, [from?, to?], window, recorders);
    }
    let all = of.and_then(|value| select(context, value))?;
    let (_, reached) = all.first()?;
    let (start, stop) = (start.unwrap_or(Some(context.warmup))?, stop.unwrap_or(Some(context.steps))?);
    if stop <= start && context.steps > 0 {
        let why = match table.get("stop") {
            Some(_) => "its `stop` is not after its `start`",
            None => "its `start` is not before the end of the run",
        };
        let message = format!("{what} measures nothing: {why}");
        context.push(Diagnostic::error(Code::OutOfRange, header, message));
        return None;
    }
    let written = named_places(context, kind, [from, to, at], header, &what)?;
    let places = read_places(context, reached.population, reached.section, &written, kind)?;
    refuse_standing(context, kind, &places, &written)?;
    let population = &context.populations[reached.population];
    let spec = MeasureSpec {
        name: name.text.clone(),
        kind,
        population: population.name.clone(),
        neurons: reached.neurons.iter().map(|&neuron| neuron as usize).collect(),
        beside: all[1..].iter().map(|(_, reached)| beside(context, reached)).collect(),
        sites: places.iter().map(|watched| watched.label.clone()).collect(),
        path_um: path_um(&population.body, &places),
        start_ms: context.time_ms(start),
        stop_ms: context.time_ms(stop),
        threshold_mv: population.detectors.first().map_or(0.0, |detector| detector.threshold),
        grain,
    };
    grain::check(context, &spec, of.map_or(header, |of| of.span), header)?;
    if spec.needs_watches() {
        let probes = watch(context, &spec, &all, &written)?;
        recorders.push(hidden(name, (start, stop.min(context.steps)), probes));
    }
    Some(spec)
}

/// The neurons of one selection or of a list of them, none twice.
fn select(context: &mut Context, value: &Value) -> Option<Vec<(Selection, Reached)>> {
    let list = context.selections(value)?;
    let mut all: Vec<(Selection, Reached)> = Vec::new();
    for chosen in list {
        let found = resolve(context, &chosen);
        let reached = context.keep(found)?;
        if all.iter().any(|(_, other)| overlap(other, &reached)) {
            let message = "a neuron would be measured twice".to_string();
            context.push(Diagnostic::error(Code::BadSelection, chosen.span, message).help("leave it out here"));
            return None;
        }
        all.push((chosen, reached));
    }
    Some(all)
}

/// V_m of all neurons at the places of a measure.
fn watch(
    context: &mut Context,
    spec: &MeasureSpec,
    all: &[(Selection, Reached)],
    written: &[&Value],
) -> Option<Vec<Probe>> {
    let mut probes = Vec::new();
    for (chosen, reached) in all {
        let population = &context.populations[reached.population];
        if matches!(population.body, Body::Poisson(_) | Body::SpikeSource(_)) {
            let message = format!("`{}` has no V_m to measure: it is a source of spikes", population.name);
            context.push(Diagnostic::error(Code::BadSelection, chosen.span, message));
            return None;
        }
        let places = read_places(context, reached.population, reached.section, written, spec.kind)?;
        let population = &context.populations[reached.population];
        if spec.kind.needs_two_sites() && path_um(&population.body, &places) != spec.path_um {
            let message =
                format!("in `{}` the two places are another distance apart than in those before", population.name);
            let help = "give it a measure of its own";
            context.push(Diagnostic::error(Code::Conflict, chosen.span, message).help(help));
            return None;
        }
        let quantities: Vec<Quantity> = if places.is_empty() {
            vec![Quantity::State(0)]
        } else {
            places.iter().map(|watched| Quantity::Voltage(watched.place)).collect()
        };
        let of = |&neuron: &u32| {
            quantities
                .iter()
                .map(move |quantity| Probe::of_neuron(reached.population, neuron, "V_m", "mV", quantity.clone()))
        };
        probes.extend(reached.neurons.iter().flat_map(of));
    }
    Some(probes)
}

fn beside(context: &Context, reached: &Reached) -> (String, Vec<usize>) {
    let name = context.populations[reached.population].name.clone();
    (name, reached.neurons.iter().map(|&neuron| neuron as usize).collect())
}

/// `from` and `to`, or `at`, as the kind of measure needs them.
fn named_places<'v>(
    context: &mut Context,
    kind: MeasureKind,
    written: [Option<&'v Value>; 3],
    header: Span,
    what: &str,
) -> Option<Vec<&'v Value>> {
    let written: Vec<&Value> = match written {
        [Some(from), Some(to), None] => vec![from, to],
        [None, None, Some(at)] => vec![at],
        // From `start` on.
        [None, Some(to), None] if kind == MeasureKind::Latency => vec![to],
        [None, None, None] => vec![],
        _ => {
            let message = format!("{what} takes `from` and `to`, or `at`");
            let help = match kind {
                MeasureKind::Latency => {
                    "`from` and `to` are the places on the way; `to` alone is waited for from `start` on"
                }
                _ => "`from` and `to` are two places, `at` is one",
            };
            context.push(Diagnostic::error(Code::Conflict, header, message).help(help));
            return None;
        }
    };
    if kind.needs_two_sites() && written.len() != 2 {
        let message = format!("a `{}` needs two places", kind.name());
        let help = "add `from = \"axon(0.3)\"` and `to = \"axon(0.7)\"`";
        context.push(Diagnostic::error(Code::MissingKey, header, message).help(help));
        return None;
    }
    if kind.is_of_spikes() && !written.is_empty() {
        let message = format!("`{}` is about the spikes at `spike.at`: it takes no place", kind.name());
        context.push(Diagnostic::error(Code::Conflict, written[0].span, message).help("leave the place out"));
        return None;
    }
    Some(written)
}

/// A velocity is that of something that moves.
fn refuse_standing(context: &mut Context, kind: MeasureKind, places: &[Watched], written: &[&Value]) -> Option<()> {
    let [from, to] = places else { return Some(()) };
    if kind != MeasureKind::Velocity || from.place != to.place {
        return Some(());
    }
    let (message, help) = match to.label.as_str() {
        "" => {
            ("these cells are a single compartment: nothing travels in them".into(), "give them a `cable` with an axon")
        }
        label => (
            format!("`from` and `to` are the same place, `{label}`: there is no way between them"),
            "let `from` and `to` be apart, such as `\"axon(0.3)\"` and `\"axon(0.7)\"`",
        ),
    };
    context.push(Diagnostic::error(Code::Conflict, written[1].span, message).help(help));
    None
}

/// The latency from one neuron to another, each at its `spike.at` or the place that it names: `from = "a[0]"`.
fn read_between(
    context: &mut Context,
    name: &Name,
    kind: MeasureKind,
    written: [&Value; 2],
    (start, stop): (i64, i64),
    recorders: &mut Vec<Recorder>,
) -> Option<MeasureSpec> {
    if kind != MeasureKind::Latency {
        let message = format!("measure `{}` needs `of`: only a `latency` goes from one neuron to another", name.text);
        context.push(
            Diagnostic::error(Code::MissingKey, name.span, message).help("add `of`, such as `of = \"neurons[0]\"`"),
        );
        return None;
    }
    let mut probes = Vec::new();
    let mut sites = Vec::new();
    let mut names = Vec::new();
    for value in written {
        let chosen = context.diagnostics.keep(selection(value))?;
        let found = resolve(context, &chosen);
        let reached = context.keep(found)?;
        let [neuron] = reached.neurons[..] else {
            let message = format!("a latency is from one neuron to one neuron, here are {}", reached.neurons.len());
            context.push(Diagnostic::error(Code::WrongShape, value.span, message));
            return None;
        };
        let places = read_places(context, reached.population, reached.section, &[], kind)?;
        let Some(watched) = places.into_iter().next() else {
            let message = "a latency between neurons needs cells with an action potential that crosses a threshold";
            let help = "`cable` and `hodgkin_huxley` have one";
            context.push(Diagnostic::error(Code::BadSelection, value.span, message).help(help));
            return None;
        };
        probes.push(Probe::of_neuron(reached.population, neuron, "V_m", "mV", Quantity::Voltage(watched.place)));
        sites.push(watched.label);
        names.push(reached.population);
    }
    let population = &context.populations[names[0]];
    let spec = MeasureSpec {
        name: name.text.clone(),
        kind,
        population: population.name.clone(),
        neurons: vec![probes[0].neuron as usize],
        beside: vec![],
        sites,
        path_um: 0.0,
        start_ms: context.time_ms(start),
        stop_ms: context.time_ms(stop),
        threshold_mv: population.detectors.first().map_or(0.0, |detector| detector.threshold),
        grain: Grain::of(kind),
    };
    recorders.push(hidden(name, (start, stop.min(context.steps)), probes));
    Some(spec)
}

/// A recorder that feeds a measure with every step.
fn hidden(name: &Name, (start, stop): (i64, i64), probes: Vec<Probe>) -> Recorder {
    let format = RecordFormat::Csv;
    Recorder {
        name: name.text.clone(),
        start,
        stop,
        every: 1,
        format,
        hidden: true,
        probes,
        spikes: vec![],
        rates: vec![],
        wiring: vec![],
    }
}

fn read_kind(context: &mut Context, value: &Value) -> Option<MeasureKind> {
    let word = context.diagnostics.keep(value.as_text("`kind`"))?;
    let found = MeasureKind::from_name(word);
    if found.is_none() {
        let message = format!("there is no measure `{word}`");
        let known = MeasureKind::ALL.iter().map(|kind| kind.name());
        context.push(Diagnostic::error(Code::UnknownName, value.span, message).suggest(word, known));
    }
    found
}

/// A place that is watched.
struct Watched {
    section: usize,
    position: f64,
    label: String,
    place: Place,
}

/// Length of the path between two places of one cell (um).
fn path_um(body: &Body, places: &[Watched]) -> f64 {
    match (body, places) {
        (Body::Cable(cable), [from, .., to]) => {
            cable.tree.path_between((from.section, from.position), (to.section, to.position))
        }
        _ => 0.0,
    }
}

/// The places of a measure; where none is named on a cable, that of `spike.at`.
fn read_places(
    context: &mut Context,
    population: usize,
    section: Option<(usize, Option<f64>)>,
    written: &[&Value],
    kind: MeasureKind,
) -> Option<Vec<Watched>> {
    let find = |value: &&Value| {
        let found = place(value).and_then(|name| find_section(context, population, &name));
        context.keep(found).map(|(section, position)| (section, position.unwrap_or(0.5)))
    };
    let found: Vec<Option<(usize, f64)>> = written.iter().map(find).collect();
    let mut wanted: Vec<(usize, f64)> = found.into_iter().collect::<Option<_>>()?;
    let Body::Cable(cable) = &context.populations[population].body else { return Some(vec![]) };
    if wanted.is_empty() && !kind.is_of_spikes() {
        let detectors = &context.populations[population].detectors;
        let fallback =
            if is_one_compartment(cable) { Some((0, Some(0.5))) } else { super::spikes::spike_site(detectors, cable) };
        let (section, position) = section.or(fallback)?;
        wanted.push((section, position.unwrap_or(0.5)));
    }
    let watched = |(section, position): (usize, f64)| {
        let (label, place) = (label(cable, section, position), cable.tree.place(section, position));
        Watched { section, position, label, place }
    };
    Some(wanted.into_iter().map(watched).collect())
}
