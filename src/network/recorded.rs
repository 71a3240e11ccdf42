//! What a recorded variable's name means where it is asked for.

use super::context::Context;
use super::gates;
use super::rates;
use super::recorders::SeenPlace;
use super::resources;
use super::targets::Reached;
use super::{Body, Port, Quantity, Stimulus, cable_variables};
use crate::cable::Place;
use crate::error::{Code, Diagnostic, Span};
use crate::mechanisms::{self, Calcium};
use std::collections::{BTreeSet, HashSet};

/// What `variable` is at one place; `None` if it exists in these cells but not here.
pub(super) fn quantity(
    context: &Context,
    target: &Reached,
    site: Option<&SeenPlace>,
    variable: &str,
    span: Span,
    stimuli: &[Stimulus],
) -> Result<Option<(Quantity, String)>, Diagnostic> {
    let body = &context.populations[target.population].body;
    match (body, site) {
        (Body::Point(point), _) => {
            if let Some((index, known)) = point.kernel.info().variable(variable) {
                return Ok(Some((Quantity::State(index), known.unit.to_string())));
            }
        }
        (Body::Cable(cable), Some(site)) => {
            if variable == "V_m" {
                return Ok(Some((Quantity::Voltage(site.place), "mV".into())));
            }
            let variables = cable_variables(&cable.sections);
            let mut found = gates::named(&variables, variable);
            if !found.is_empty() {
                found.retain(|gate| cable.tree.carries(gate.mechanism, &site.place));
                return match found[..] {
                    [] => Ok(None),
                    [gate] => {
                        let what = Quantity::Gate { mechanism: gate.mechanism, gate: gate.gate, place: site.place };
                        Ok(Some((what, gate.unit.to_string())))
                    }
                    _ => Err(gates::ambiguous(variable, &found, span)),
                };
            }
        }
        _ => {}
    }
    synaptic(context, target, site, (variable, span), stimuli).unwrap_or_else(|| {
        let population = &context.populations[target.population];
        if is_unread(context, variable) {
            return Err(Diagnostic::error(Code::UnknownName, span, String::new()));
        }
        let message = format!("`{}` has no variable `{variable}`", population.name);
        let known = known_variables(context, target.population, stimuli);
        let error = Diagnostic::error(Code::UnknownName, span, message);
        Err(match resources::of_projection(context, variable) {
            Some(projection) => error.help(format!("it is recorded of a projection: `of = \"{projection}\"`")),
            None => error.suggest(variable, known.iter().map(String::as_str)),
        })
    })
}

/// `g.<synapse>` and `I.<synapse, stimulus, gap junction or mechanism>`.
fn synaptic(
    context: &Context,
    target: &Reached,
    site: Option<&SeenPlace>,
    (variable, span): (&str, Span),
    stimuli: &[Stimulus],
) -> Option<Result<Option<(Quantity, String)>, Diagnostic>> {
    let (kind, name) = variable.split_once('.')?;
    let place = site.map(|site| site.place);
    let current_unit = match &context.populations[target.population].body {
        Body::Point(point) if point.kernel.info().name == "izhikevich" => "mV/ms",
        _ => "pA",
    };
    let ports: Vec<usize> = (0..context.ports.len())
        .filter(|&index| {
            let port = &context.ports[index];
            port.population == target.population
                && port.synapse_name == name
                && (kind == "I" || port.reversal.is_some())
        })
        .collect();
    if !ports.is_empty() && ["g", "I"].contains(&kind) {
        if is_jump(&context.ports[ports[0]]) {
            let message = format!("`{name}` is a `delta` synapse: a jump of V_m, without a current to be recorded");
            let help = "record `V_m`, or use `exponential` with a short `tau`";
            return Some(Err(Diagnostic::error(Code::Conflict, span, message).help(help)));
        }
        let here = ports.into_iter().find(|&index| site.is_none() || context.ports[index].place == place);
        let (what, unit): (fn(usize) -> Quantity, &str) =
            if kind == "g" { (Quantity::PortState, "nS") } else { (Quantity::PortCurrent, current_unit) };
        return Some(Ok(here.map(|index| (what(index), unit.to_string()))));
    }
    if kind != "I" {
        return None;
    }
    if let (Some((mechanism, only)), Body::Cable(cable)) =
        (channels_called(name), &context.populations[target.population].body)
    {
        let place = place?;
        let here = cable.tree.carries(mechanism, &place);
        return Some(Ok(here.then(|| (Quantity::MechanismCurrent { mechanism, only, place }, "uA/cm^2".into()))));
    }
    if let Some(stimulus) = stimuli.iter().position(|stimulus| stimulus.name == name && stimulus.is_current()) {
        let here = is_at(stimuli, name, target.population, place);
        return Some(Ok(here.then(|| (Quantity::StimulusCurrent { stimulus }, current_unit.into()))));
    }
    let table = context.gap_tables.iter().position(|table| table.name == name)?;
    Some(Ok(Some((Quantity::GapCurrent { table, place }, "pA".into()))))
}

/// `hh`, or `hh.Na` for one kind of its channels: the mechanism, and the parameter that is their conductance.
fn channels_called(name: &str) -> Option<(usize, Option<usize>)> {
    let Some((mechanism, kind)) = name.split_once('.') else { return Some((mechanisms::find(name)?, None)) };
    let mechanism = mechanisms::find(mechanism)?;
    let (_, parameter) = mechanisms::channels(mechanism).into_iter().find(|(known, _)| *known == kind)?;
    Some((mechanism, Some(parameter)))
}

/// Whether a stimulus acts on a population; an electrode on the one place where it is, where another stimulus may be asked from
/// wherever V_m is seen.
fn is_at(stimuli: &[Stimulus], name: &str, population: usize, place: Option<Place>) -> bool {
    let own = |stimulus: &&Stimulus| stimulus.name == name;
    stimuli.iter().filter(own).any(|stimulus| {
        let anywhere = !matches!(stimulus.drive, super::Drive::Clamps(_));
        let mut targets = stimulus.targets.iter().filter(|target| target.population == population);
        targets.any(|target| anywhere || place.is_none_or(|place| target.places.iter().any(|(at, _)| *at == place)))
    })
}

/// Where the current of a stimulus that acts on another population is recorded.
pub(super) fn whose(context: &Context, stimuli: &[Stimulus], variable: &str, population: usize) -> Option<String> {
    let (_, name) = variable.split_once('.')?;
    let targets = || stimuli.iter().filter(|stimulus| stimulus.name == name).flat_map(|stimulus| &stimulus.targets);
    if targets().any(|target| target.population == population) {
        return None;
    }
    let first = &context.populations[targets().next()?.population].name;
    Some(format!("`{name}` acts on `{first}`, and is recorded there"))
}

/// The neurons of which there is something to record, if these are not all: an electrode's current is where it is, and nowhere else.
pub(super) fn reached(stimuli: &[Stimulus], what: &Quantity, population: usize) -> Option<HashSet<u32>> {
    let Quantity::StimulusCurrent { stimulus } = what else { return None };
    let same = |other: &&Stimulus| other.name == stimuli[*stimulus].name;
    let targets = stimuli.iter().filter(same).flat_map(|stimulus| &stimulus.targets);
    let here = targets.filter(|target| target.population == population);
    Some(here.flat_map(|target| target.neurons.iter().copied()).collect())
}

fn is_jump(port: &Port) -> bool {
    matches!(port.synapse, crate::synapses::Synapse::Delta)
}

/// Everything that a recorder may name on this population.
fn known_variables(context: &Context, population: usize, stimuli: &[Stimulus]) -> Vec<String> {
    let mut known: Vec<String> = vec!["spikes".into(), rates::RATE.into()];
    match &context.populations[population].body {
        Body::Point(point) => known.extend(point.kernel.info().variables.iter().map(|v| v.name.to_string())),
        Body::Cable(cable) => {
            known.push("V_m".into());
            let gates = cable_variables(&cable.sections);
            known.extend(gates::known(&gates));
            let membranes = cable.sections.iter().flat_map(|section| &section.mechanisms);
            let carries = |mechanism: &usize| mechanisms::ALL[*mechanism].calcium != Calcium::Held;
            let used: BTreeSet<usize> = membranes.map(|(mechanism, _)| *mechanism).filter(carries).collect();
            for mechanism in used {
                let name = mechanisms::ALL[mechanism].info.name;
                known.push(format!("I.{name}"));
                known.extend(mechanisms::channels(mechanism).iter().map(|(kind, _)| format!("I.{name}.{kind}")));
            }
        }
        _ => {}
    }
    for port in context.ports.iter().filter(|port| port.population == population && !is_jump(port)) {
        known.extend(port.reversal.map(|_| format!("g.{}", port.synapse_name)));
        known.push(format!("I.{}", port.synapse_name));
    }
    let reaching = stimuli.iter().filter(|stimulus| stimulus.is_current());
    known.extend(reaching.map(|stimulus| format!("I.{}", stimulus.name)));
    known.extend(context.gap_tables.iter().map(|table| format!("I.{}", table.name)));
    // A synapse may be at several places.
    let mut seen = BTreeSet::new();
    known.retain(|name| seen.insert(name.clone()));
    known
}

/// A current, conductance or gate of what could not be read, which has been told.
pub(super) fn is_unread(context: &Context, variable: &str) -> bool {
    let (gate, name) = variable.split_once('.').map_or((variable, None), |(which, name)| (which, Some(name)));
    let of_mechanism = |index: &usize| {
        let info = mechanisms::ALL[*index].info;
        let current = name.is_some_and(|name| gate == "I" && name.split('.').next() == Some(info.name));
        current || info.variables.iter().any(|variable| variable.name == gate)
    };
    name.is_some_and(|name| context.unread.contains(name)) || context.spoilt.iter().any(of_mechanism)
}
