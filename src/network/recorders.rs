//! `[recorder.x]`: which numbers are sampled, whose spikes are written or counted.

use super::context::Context;
use super::estimate::{BYTES_PER_COLUMN, available_bytes, describe_bytes, describe_count};
use super::graded;
use super::rates;
use super::recorded::{is_unread, quantity, reached, whose};
use super::resources;
use super::spikes::detector;
use super::targets::{Reached, is_one_compartment, refuse_twice, resolve};
use super::{Body, Pathway, Probe, Quantity, RecordFormat, Recorder, Stimulus};
use crate::cable::Place;
use crate::config::keys::Keys;
use crate::config::selection::{PlaceName, Selection, Which, place};
use crate::config::value::{Data, Name, Table, Value};
use crate::error::{Code, Diagnostic, Span};
use std::collections::HashSet;

/// What a recorder of a projection calls who is connected to whom, how strongly and how late.
const CONNECTIONS: &str = "connections";

/// Reads every `[recorder.x]`.
pub(super) fn read(context: &mut Context, pathways: &[Pathway], stimuli: &[Stimulus]) -> Vec<Recorder> {
    context.unread = super::unread::names(context, pathways, stimuli);
    let entries = context.config.entries("recorder");
    let read_all = |(name, table)| read_one(context, name, table, (pathways, stimuli)).map(|recorder| (recorder, name));
    let read: Vec<(Recorder, &Name)> = entries.into_iter().filter_map(read_all).collect();
    let mut of_spikes = read.iter().filter(|(recorder, _)| !recorder.spikes.is_empty());
    if let Some((first, _)) = of_spikes.next()
        && let Some((other, name)) = of_spikes.find(|(other, _)| other.format != first.format)
    {
        let message = format!(
            "recorder `{}` writes spikes as {}, `{}` as {}, but all spikes go into one file",
            first.name,
            first.format.name(),
            other.name,
            other.format.name()
        );
        context.push(Diagnostic::error(Code::Conflict, name.span, message).help("give both the same `format`"));
    }
    if read.iter().any(|(recorder, _)| !recorder.spikes.is_empty()) {
        for (recorder, name) in read.iter().filter(|(recorder, _)| recorder.has_table() && recorder.name == "spikes") {
            let extension = recorder.format.name();
            let message =
                format!("the samples of recorder `spikes` would go into `spikes.{extension}`, where spikes go");
            let help = "give it another name, or leave `spikes` alone in its `what`";
            context.push(Diagnostic::error(Code::Conflict, name.span, message).help(help));
        }
    }
    read.into_iter().map(|(recorder, _)| recorder).collect()
}

fn read_one(
    context: &mut Context,
    name: &Name,
    table: &Table,
    (pathways, stimuli): (&[Pathway], &[Stimulus]),
) -> Option<Recorder> {
    let what = format!("recorder `{}`", name.text);
    let mut keys = Keys::new(&what, table);
    let of = keys.required("of", "whose, such as `\"neurons[0..10]\"`", &mut context.diagnostics);
    let variables = keys.required("what", "such as `[\"V_m\", \"spikes\"]`", &mut context.diagnostics);
    let at = keys.optional("at");
    let every = keys.optional("every");
    let start = keys.optional("start").map(|value| context.diagnostics.keep(context.evaluator.steps(value)));
    let stop = keys.optional("stop").map(|value| context.diagnostics.keep(context.evaluator.steps(value)));
    let format = read_format(context, &mut keys);
    keys.finish(&mut context.diagnostics);
    let reached = of.and_then(|value| targets(context, value, at));
    let written = at.map(|value| places(context, value));
    let places = written.as_ref().map(|list| list.iter().flatten().cloned().collect::<Vec<_>>());
    let variables = variables.and_then(|value| words(context, value));
    let window = start.unwrap_or(Some(0)).zip(stop.unwrap_or(Some(context.steps)));
    let window = window.and_then(|window| check_window(context, table, window).map(|()| window));
    let counts = variables.iter().flatten().any(|(variable, _)| variable == rates::RATE);
    let every_steps = if counts { rates::bin(context, name, every) } else { read_every(context, name, every) };
    let ((projections, reached), variables, every_steps) = (reached?, variables?, every_steps?);
    // Groups of which rates are counted may share neurons, each is one column; spikes are written once however often they are asked for.
    if variables.iter().any(|(variable, _)| variable != rates::RATE && variable != "spikes") {
        let all: Vec<&Reached> = reached.iter().map(|(_, target)| target).collect();
        refuse_twice(context, &all, "select each once: its columns would be written twice")?;
    }
    let (start, stop) = window.map(|(start, stop)| (start, stop.min(context.steps)))?;
    let mut recorder = Recorder {
        name: name.text.clone(),
        start,
        stop,
        every: every_steps,
        format,
        hidden: false,
        probes: vec![],
        spikes: vec![],
        rates: vec![],
        wiring: vec![],
    };
    let variables = wiring(context, &projections, &reached, variables, &mut recorder)?;
    for selection in &projections {
        let rest = graded::record(context, selection, &variables, &mut recorder)?;
        resources::record(context, selection, &rest, pathways, &mut recorder)?;
    }
    if counts {
        rates::check(context, &recorder, &variables, at, every)?;
        rates::count(context, &reached, &mut recorder);
    }
    let sound = written.is_none_or(|list| list.iter().all(Option::is_some));
    for (_, target) in &reached {
        let sites = sites(context, target, places.as_deref(), at.map_or(name.span, |value| value.span))?;
        for (variable, span) in &variables {
            match variable.as_str() {
                "spikes" => record_spikes(context, target, &sites, at.is_some(), &mut recorder),
                rates::RATE => {}
                _ => record_variable(context, target, &sites, variable, *span, stimuli, &mut recorder),
            }
        }
    }
    sound.then_some(recorder)
}

/// What the recorder writes of who is connected to whom; the other variables are handed back.
fn wiring(
    context: &mut Context,
    projections: &[Selection],
    reached: &[(String, Reached)],
    variables: Vec<(String, Span)>,
    recorder: &mut Recorder,
) -> Option<Vec<(String, Span)>> {
    let (wanted, others): (Vec<_>, Vec<_>) = variables.into_iter().partition(|(variable, _)| variable == CONNECTIONS);
    let Some((_, span)) = wanted.first() else { return Some(others) };
    let parts = projections.iter().find(|selection| selection.which != Which::All);
    let wrong = match (reached.first(), parts) {
        (Some((name, _)), _) => format!("`{name}` are neurons, and `{CONNECTIONS}` are those of a projection"),
        (None, Some(part)) => format!("the connections of `{}` are written all or none", part.population.text),
        (None, None) if recorder.format == RecordFormat::Npz => {
            let help = "leave `format` out, or give the connections a recorder of their own";
            let error = Diagnostic::error(Code::BadSelection, *span, "connections are written as CSV alone");
            context.push(error.help(help));
            return None;
        }
        (None, None) => {
            recorder.wiring = projections.iter().map(|selection| selection.population.text.clone()).collect();
            return Some(others);
        }
    };
    let help = "such as `of = \"<projection>\"` with `what = \"connections\"` in a recorder of its own";
    context.push(Diagnostic::error(Code::BadSelection, *span, wrong).help(help));
    None
}

/// That something is recorded at all.
fn check_window(context: &mut Context, table: &Table, (start, stop): (i64, i64)) -> Option<()> {
    let span = |key: &str| table.get(key).map_or(table.span, Value::place);
    if table.get("stop").is_some() && stop < start {
        let message = "`stop` is before `start`, so nothing would be recorded";
        context.push(Diagnostic::error(Code::OutOfRange, span("stop"), message));
        return None;
    }
    if context.steps > 0 && start > context.steps {
        context.push(Diagnostic::warning(Code::Suspicious, span("start"), "it starts when the run is over"));
    }
    Some(())
}

/// Steps between samples.
pub(super) fn read_every(context: &mut Context, name: &Name, every: Option<&Value>) -> Option<i64> {
    let Some(value) = every else {
        let dt = format!("{} ms", context.dt_ms);
        context.default_text(&["recorder", &name.text, "every"], dt);
        return Some(1);
    };
    let every = context.diagnostics.keep(context.evaluator.steps(value))?;
    if every < 1 {
        context.push(Diagnostic::error(Code::OutOfRange, value.span, "`every` must be at least one step"));
        return None;
    }
    Some(every)
}

fn read_format(context: &mut Context, keys: &mut Keys) -> RecordFormat {
    let Some(value) = keys.optional("format") else { return RecordFormat::Csv };
    match context.diagnostics.keep(value.as_text("`format`")) {
        Some("npz") => RecordFormat::Npz,
        Some("csv") | None => RecordFormat::Csv,
        Some(other) => {
            let message = format!("a recorder cannot write `{other}`");
            context.push(Diagnostic::error(Code::UnknownName, value.span, message).suggest(other, ["csv", "npz"]));
            RecordFormat::Csv
        }
    }
}

/// What is recorded: projections, and neurons with how the user called them.
type Targets = (Vec<Selection>, Vec<(String, Reached)>);

fn targets(context: &mut Context, value: &Value, at: Option<&Value>) -> Option<Targets> {
    let list = context.selections(value)?;
    let (projections, list): (Vec<_>, Vec<_>) =
        list.into_iter().partition(|selection| resources::is_projection(context, selection));
    if let (Some(at), [projection, ..], []) = (at, &projections[..], &list[..]) {
        let message = format!("`{}` is a projection: what is recorded of it is that of its sources", projection.name());
        context.push(Diagnostic::error(Code::Conflict, at.place(), message).help("leave `at` out"));
    }
    let found = list.iter().map(|selection| {
        let found = resolve(context, selection);
        Some((selection.name(), context.keep(found)?))
    });
    let found: Vec<Option<(String, Reached)>> = found.collect();
    Some((projections, found.into_iter().collect::<Option<_>>()?))
}

/// One place or a list of them; `None` for those that cannot be read.
fn places(context: &mut Context, value: &Value) -> Vec<Option<PlaceName>> {
    let list = match &value.data {
        Data::List(list) => list.iter().collect(),
        _ => vec![value],
    };
    list.into_iter().map(|value| context.diagnostics.keep(place(value))).collect()
}

/// One word or a list of them.
fn words(context: &mut Context, value: &Value) -> Option<Vec<(String, Span)>> {
    let list = match &value.data {
        Data::List(list) => list.iter().collect(),
        _ => vec![value],
    };
    if list.is_empty() {
        let message = "the list names nothing to record".to_string();
        context.push(Diagnostic::error(Code::WrongShape, value.span, message).help("such as `what = \"spikes\"`"));
        return None;
    }
    let mut read: Vec<(String, Span)> = Vec::new();
    for value in list {
        let word = context.diagnostics.keep(value.as_text("a variable"))?;
        if read.iter().any(|(known, _)| known == word) {
            let message = format!("`{word}` is named twice");
            let help = "name each variable once: its columns would be written twice";
            context.push(Diagnostic::error(Code::BadSelection, value.span, message).help(help));
            return None;
        }
        read.push((word.to_string(), value.span));
    }
    Some(read)
}

impl Probe {
    /// Of a neuron, at no place in particular.
    pub(super) fn of_neuron(population: usize, neuron: u32, variable: &str, unit: &str, what: Quantity) -> Probe {
        let (site, section, position, distance_um) = (String::new(), None, None, None);
        let (variable, unit) = (variable.to_string(), unit.to_string());
        Probe { population, neuron, site, section, position, distance_um, variable, unit, what }
    }
}

/// A place where a recorder looks, with its labels.
pub(super) struct SeenPlace {
    pub(super) section: usize,
    pub(super) position: f64,
    pub(super) place: Place,
    pub(super) label: String,
    pub(super) named: String,
    pub(super) distance: f64,
}

/// The places of one target; empty for point neurons.
fn sites(context: &mut Context, target: &Reached, at: Option<&[PlaceName]>, span: Span) -> Option<Vec<SeenPlace>> {
    let population = &context.populations[target.population];
    let Body::Cable(cable) = &population.body else {
        let Some(place) = at.and_then(|list| list.first()) else { return Some(vec![]) };
        let message = format!("`{}` are point neurons: they have no section `{}`", population.name, place.section.text);
        context.push(Diagnostic::error(Code::BadSelection, place.span, message).help("leave `at` out"));
        return None;
    };
    let mut wanted: Vec<(usize, Option<f64>)> = Vec::new();
    match (at, target.section) {
        (Some(list), _) => {
            let find = |place: &PlaceName| match super::targets::family(cable, place) {
                all if all.is_empty() => Ok(vec![super::targets::find_section(context, target.population, place)?]),
                all => Ok(all.into_iter().map(|section| (section, place.position)).collect()),
            };
            let found: Vec<Result<Vec<_>, Diagnostic>> = list.iter().map(find).collect();
            let found: Vec<Option<Vec<_>>> = found.into_iter().map(|found| context.keep(found)).collect();
            wanted = found.into_iter().collect::<Option<Vec<_>>>()?.concat();
        }
        (None, Some(section)) => wanted.push(section),
        (None, None) if is_one_compartment(cable) => wanted.push((0, Some(0.5))),
        (None, None) => match super::spikes::spike_site(&population.detectors, cable) {
            Some(site) => wanted.push(site),
            None => {
                let names = cable.section_names.join(", ");
                let message = format!("where on the cells of `{}`? A cable needs `at`", population.name);
                context.push(
                    Diagnostic::error(Code::MissingKey, span, message).help(format!("add `at`; sections: {names}")),
                );
                return None;
            }
        },
    }
    let Body::Cable(cable) = &context.populations[target.population].body else { return None };
    let seen = |section: usize, position: f64, place: Place| SeenPlace {
        section,
        position,
        place,
        label: super::targets::label(cable, section, position),
        named: cable.section_names[section].clone(),
        distance: cable.tree.path_distance(section, position),
    };
    let mut sites = Vec::new();
    for (section, position) in wanted {
        match position {
            Some(position) => sites.push(seen(section, position, cable.tree.place(section, position))),
            None => {
                let centres = cable.tree.centre_places(section);
                sites.extend(centres.into_iter().map(|(position, place)| seen(section, position, place)));
            }
        }
    }
    refuse_same_place(context, &sites, span)?;
    Some(sites)
}

/// Refuses a place that is written twice, or that is among the compartments of a section that is.
fn refuse_same_place(context: &mut Context, sites: &[SeenPlace], span: Span) -> Option<()> {
    let mut known = HashSet::new();
    let Some(twice) = sites.iter().find(|site| !known.insert(&site.label)) else { return Some(()) };
    let message = format!("`{}` is recorded twice", twice.label);
    let help = "name each place once; a section without a position is every compartment";
    context.push(Diagnostic::error(Code::BadSelection, span, message).help(help));
    None
}

/// Refuses more columns than fit into memory, before there is a list of them.
fn room_for(context: &mut Context, columns: usize, span: Span) -> Option<()> {
    let all = context.columns + columns;
    let (needed, available) = (all as f64 * BYTES_PER_COLUMN, available_bytes());
    if needed <= available {
        context.columns = all;
        return Some(());
    }
    let [needed, available] = [needed, available].map(describe_bytes);
    let message =
        format!("{} recorded columns need about {needed}, and {available} are free", describe_count(all as f64));
    let help = "record fewer neurons in `of`, or fewer variables in `what`";
    context.push(Diagnostic::error(Code::TooLarge, span, message).help(help));
    None
}

fn record_spikes(
    context: &mut Context,
    target: &Reached,
    sites: &[SeenPlace],
    elsewhere: bool,
    recorder: &mut Recorder,
) {
    let neurons = target.neurons.clone();
    if !elsewhere && target.section.is_none() || sites.is_empty() {
        recorder.spikes.push((target.population, 0, neurons));
        return;
    }
    for site in sites {
        let trigger = detector(context, target.population, site.section, site.position);
        recorder.spikes.push((target.population, trigger, neurons.clone()));
    }
}

fn record_variable(
    context: &mut Context,
    target: &Reached,
    sites: &[SeenPlace],
    variable: &str,
    span: Span,
    stimuli: &[Stimulus],
    recorder: &mut Recorder,
) {
    let found: Result<Vec<Option<(Quantity, String)>>, Diagnostic> = if sites.is_empty() {
        quantity(context, target, None, variable, span, stimuli).map(|found| vec![found])
    } else {
        sites.iter().map(|site| quantity(context, target, Some(site), variable, span, stimuli)).collect()
    };
    let Some(found) = context.keep(found) else { return };
    if room_for(context, target.neurons.len() * found.iter().flatten().count(), target.span).is_none() {
        return;
    }
    let among: Vec<Option<HashSet<u32>>> = found
        .iter()
        .map(|entry| entry.as_ref().and_then(|(what, _)| reached(stimuli, what, target.population)))
        .collect();
    let has = |index: usize, neuron: u32| among[index].as_ref().is_none_or(|among| among.contains(&neuron));
    let seen = |neuron: u32| (0..found.len()).any(|index| found[index].is_some() && has(index, neuron));
    if !target.neurons.iter().any(|neuron| seen(*neuron)) {
        if is_unread(context, variable) {
            return;
        }
        let message = format!("`{variable}` is nowhere where this recorder looks");
        let help = whose(context, stimuli, variable, target.population)
            .unwrap_or_else(|| "it exists in these cells, but at other places or neurons".into());
        context.push(Diagnostic::error(Code::BadSelection, span, message).help(help));
        return;
    }
    for &neuron in &target.neurons {
        for (index, entry) in found.iter().enumerate() {
            let Some((what, unit)) = entry.as_ref().filter(|_| has(index, neuron)) else { continue };
            let site = sites.get(index);
            recorder.probes.push(Probe {
                population: target.population,
                neuron,
                site: site.map_or(String::new(), |site| site.label.clone()),
                section: site.filter(|site| !site.label.is_empty()).map(|site| site.named.clone()),
                position: site.filter(|site| !site.label.is_empty()).map(|site| site.position),
                distance_um: site.filter(|site| !site.label.is_empty()).map(|site| site.distance),
                variable: variable.to_string(),
                unit: unit.clone(),
                what: what.clone(),
            });
        }
    }
}
