//! Recorders of a projection: the resources u and x of its sources, and their vesicles.

use super::connections::Connections;
use super::context::Context;
use super::{Pathway, Probe, Quantity, Recorder};
use crate::config::selection::Selection;
use crate::config::value::Table;
use crate::error::{Code, Diagnostic, Span};
use crate::synapses::{ShortTerm, kinetic, quantal, short_term};

/// Whether a selection names a projection; populations come first.
pub(super) fn is_projection(context: &Context, selection: &Selection) -> bool {
    let name = &selection.population.text;
    let written = |kind: &str| context.config.entries(kind).iter().any(|(known, _)| known.text == *name);
    !written("population") && written("projection")
}

/// A projection that has `variable`, such as `r.<synapse>`, if such are recorded of projections.
pub(super) fn of_projection<'c>(context: &'c Context, variable: &str) -> Option<&'c str> {
    let (which, synapse) = variable.split_once('.')?;
    let vesicles = quantal::VARIABLES.iter().chain(&kinetic::VARIABLES).map(|variable| variable.name);
    if !vesicles.chain(short_term::VARIABLES).any(|known| known == which) {
        return None;
    }
    let uses = |table: &Table| table.get("synapse").is_some_and(|value| value.as_text("").ok() == Some(synapse));
    let entries = context.config.entries("projection");
    entries.into_iter().find(|(_, table)| uses(table)).map(|(name, _)| name.text.as_str())
}

/// A part of a projection whose synapses change by use.
struct Used<'n> {
    /// Index among the pathways; none of receptors that pulses open.
    pathway: Option<usize>,
    synapse: String,
    source: usize,
    trigger: usize,
    short_term: Option<ShortTerm>,
    quantal: bool,
    connections: &'n Connections,
}

/// The parts of the projection of this name that spikes open.
fn parts<'n>(context: &'n Context, pathways: &'n [Pathway], name: &str) -> Vec<Used<'n>> {
    let own = pathways.iter().enumerate().filter(|(_, pathway)| pathway.name == name);
    let of_pathway = own.map(|(index, pathway)| {
        let port = &context.ports[pathway.port];
        Used {
            pathway: Some(index),
            synapse: port.synapse_name.clone(),
            source: pathway.source,
            trigger: pathway.trigger,
            short_term: port.short_term,
            quantal: port.quantal.is_some(),
            connections: &pathway.connections,
        }
    });
    let pulses = context.graded.iter().filter(|graded| graded.name == name);
    let of_pulses = pulses.filter_map(|graded| {
        Some(Used {
            pathway: None,
            synapse: graded.synapse_name.clone(),
            source: graded.source,
            trigger: graded.trigger()?,
            short_term: graded.short_term,
            quantal: false,
            connections: &graded.connections,
        })
    });
    of_pathway.chain(of_pulses).collect()
}

impl Used<'_> {
    /// What is sampled as `variable`, such as `u.<synapse>`.
    fn quantity(&self, variable: &str) -> Option<Quantity> {
        let (which, _) = variable.split_once('.').filter(|(_, synapse)| *synapse == self.synapse)?;
        if let Some(which) = short_term::VARIABLES.iter().position(|known| *known == which) {
            return Some(Quantity::Resource { trigger: self.trigger, short_term: self.short_term?, which });
        }
        let which = quantal::VARIABLES.iter().position(|known| known.name == which).filter(|_| self.quantal)?;
        Some(Quantity::Vesicles { pathways: vec![self.pathway?], which })
    }

    /// All that can be.
    fn known(&self) -> Vec<String> {
        let worn = short_term::VARIABLES.iter().filter(|_| self.short_term.is_some()).copied();
        let released = quantal::VARIABLES.iter().filter(|_| self.quantal).map(|variable| variable.name);
        worn.chain(released).map(|which| format!("{which}.{}", self.synapse)).collect()
    }
}

/// Adds the probes of `variables` to `recorder`.
pub(super) fn record(
    context: &mut Context,
    selection: &Selection,
    variables: &[&(String, Span)],
    pathways: &[Pathway],
    recorder: &mut Recorder,
) -> Option<()> {
    let name = &selection.population.text;
    let mut told = Vec::new();
    let own = parts(context, pathways, name);
    for (variable, span) in variables.iter().copied() {
        let sampled = own.iter().filter_map(|part| Some((part, part.quantity(variable)?)));
        let mut seen: Vec<(usize, u32)> = Vec::new();
        let (mut found, first) = (false, recorder.probes.len());
        for (part, quantity) in sampled {
            found = true;
            let chosen = match selection.indices(part.connections.sides.sources) {
                Ok(chosen) => chosen,
                Err(error) => {
                    context.push(error);
                    return None;
                }
            };
            for neuron in chosen.into_iter().map(|index| part.connections.source(index)) {
                if let Some(place) = seen.iter().position(|known| *known == (part.source, neuron)) {
                    add(&mut recorder.probes[first + place].what, &quantity);
                    continue;
                }
                seen.push((part.source, neuron));
                recorder.probes.push(Probe::of_neuron(part.source, neuron, variable, "", quantity.clone()));
            }
        }
        // A projection that could not be read has told why.
        let read = !own.is_empty() || context.graded.iter().any(|graded| graded.name == *name);
        match (found, read) {
            (true, _) => {}
            (_, true) => told.push(unknown(context, name, variable, *span, &own)),
            (_, false) => told.push(Diagnostic::error(Code::UnknownName, *span, String::new())),
        }
    }
    told.into_iter().for_each(|error| context.push(error));
    Some(())
}

/// The vesicles of a source are those of all its synapses, in whichever pathway; its resources are the same in each.
fn add(known: &mut Quantity, more: &Quantity) {
    if let (Quantity::Vesicles { pathways, .. }, Quantity::Vesicles { pathways: more, .. }) = (known, more) {
        pathways.extend(more);
    }
}

fn unknown(context: &Context, name: &str, variable: &str, span: Span, own: &[Used]) -> Diagnostic {
    let graded = context.graded.iter().filter(|graded| graded.name == name);
    let waiting = graded.flat_map(|graded| {
        let variables = graded.receptor.scheme.variables().iter();
        variables.map(|variable| format!("{}.{}", variable.name, graded.synapse_name))
    });
    let known: std::collections::BTreeSet<String> = own.iter().flat_map(Used::known).chain(waiting).collect();
    let message = format!("projection `{name}` has no variable `{variable}`");
    let error = Diagnostic::error(Code::UnknownName, span, message);
    // `r` alone is `r.ampa`.
    let whole = known.iter().find(|known| known.split('.').next() == Some(variable));
    match whole {
        Some(whole) => error.help(format!("did you mean `{whole}`?")),
        None if !known.is_empty() => error.suggest(variable, known.iter().map(String::as_str)),
        None => error.help(
            "u and x are recorded of a synapse with `short_term` (`u.<synapse>`), vesicles and released of one with \
             `quantal`, T and r of one that waits for transmitter",
        ),
    }
}
