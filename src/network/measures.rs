//! `[measure.x]`: what is measured of whom and where; V_m is watched by hidden recorders.

use super::context::Context;
use super::grain;
use super::targets::{find_section, is_one_compartment, label, resolve};
use super::{Body, Probe, Quantity, RecordFormat, Recorder};
use crate::cable::Place;
use crate::config::keys::Keys;
use crate::config::selection::{place, selection};
use crate::config::value::{Name, Table, Value};
use crate::error::{Code, Diagnostic, Span};
use crate::recording::measures::{Grain, MeasureKind, MeasureSpec, SiteRef};

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
    let of = match between {
        true => None,
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
    let chosen = of.and_then(|value| context.diagnostics.keep(selection(value)))?;
    let found = resolve(context, &chosen);
    let reached = context.keep(found)?;
    let (start, stop) = (start.unwrap_or(Some(context.warmup))?, stop.unwrap_or(Some(context.steps))?);
    if stop <= start && context.steps > 0 {
        let message = format!("{what} measures nothing: its `stop` is not after its `start`");
        context.push(Diagnostic::error(Code::OutOfRange, header, message));
        return None;
    }
    let written = named_places(context, kind, [from, to, at], header, &what)?;
    let places = read_places(context, reached.population, reached.section, &written, kind)?;
    let population = &context.populations[reached.population];
    let spec = MeasureSpec {
        name: name.text.clone(),
        kind,
        population: population.name.clone(),
        neurons: reached.neurons.iter().map(|&neuron| neuron as usize).collect(),
        sites: places.iter().map(|(site, _)| site.clone()).collect(),
        start_ms: context.time_ms(start),
        stop_ms: context.time_ms(stop),
        threshold_mv: population.detectors.first().map_or(0.0, |detector| detector.threshold),
        grain,
    };
    grain::check(context, &spec, of.map_or(header, |of| of.span), header)?;
    let population = &context.populations[reached.population];
    if spec.needs_watches() && matches!(population.body, Body::Poisson(_) | Body::SpikeSource(_)) {
        let message = format!("`{}` has no V_m to measure: it is a source of spikes", population.name);
        context.push(Diagnostic::error(Code::BadSelection, chosen.span, message));
        return None;
    }
    if spec.needs_watches() {
        let quantities: Vec<Quantity> = if places.is_empty() {
            vec![Quantity::State(0)]
        } else {
            places.iter().map(|(_, place)| Quantity::Voltage(*place)).collect()
        };
        let of = |&neuron: &u32| {
            quantities.iter().map(move |quantity| voltage_probe(reached.population, neuron, quantity.clone()))
        };
        recorders.push(hidden(name, (start, stop.min(context.steps)), reached.neurons.iter().flat_map(of).collect()));
    }
    Some(spec)
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
        [None, None, None] => vec![],
        _ => {
            let message = format!("{what} takes `from` and `to`, or `at`");
            context.push(Diagnostic::error(Code::Conflict, header, message));
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
        let Some((site, place)) = places.into_iter().next() else {
            let message = "a latency between neurons needs cells with an action potential that crosses a threshold";
            let help = "`cable` and `hodgkin_huxley` have one";
            context.push(Diagnostic::error(Code::BadSelection, value.span, message).help(help));
            return None;
        };
        probes.push(voltage_probe(reached.population, neuron, Quantity::Voltage(place)));
        sites.push(site);
        names.push(reached.population);
    }
    let population = &context.populations[names[0]];
    let spec = MeasureSpec {
        name: name.text.clone(),
        kind,
        population: population.name.clone(),
        neurons: vec![probes[0].neuron as usize],
        sites,
        start_ms: context.time_ms(start),
        stop_ms: context.time_ms(stop),
        threshold_mv: population.detectors.first().map_or(0.0, |detector| detector.threshold),
        grain: Grain::of(kind),
    };
    recorders.push(hidden(name, (start, stop.min(context.steps)), probes));
    Some(spec)
}

fn voltage_probe(population: usize, neuron: u32, what: Quantity) -> Probe {
    Probe {
        population,
        neuron,
        site: String::new(),
        section: None,
        position: None,
        distance_um: None,
        variable: "V_m".into(),
        unit: "mV".into(),
        what,
    }
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

/// The places of a measure; where none is named on a cable, that of `spike.at`.
fn read_places(
    context: &mut Context,
    population: usize,
    section: Option<(usize, Option<f64>)>,
    written: &[&Value],
    kind: MeasureKind,
) -> Option<Vec<(SiteRef, Place)>> {
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
    let site = |(section, position): (usize, f64)| {
        let distance_um = cable.tree.path_distance(section, position);
        (SiteRef { label: label(cable, section, position), distance_um }, cable.tree.place(section, position))
    };
    Some(wanted.into_iter().map(site).collect())
}
