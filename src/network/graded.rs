//! Projections onto receptors that wait for transmitter: that of a terminal's potential, or pulses that spikes bring.

use super::context::Context;
use super::targets::{Reached, one_place};
use super::{Body, Graded, Opening, Probe, Quantity, Recorder};
use crate::config::selection::Selection;
use crate::error::{Code, Diagnostic, Span};
use crate::mechanisms;
use crate::synapses::kinetic::{Release, VARIABLES};
use crate::synapses::{Kinetic, Synapse};

/// What opens the receptors behind `source`, of whose spikes `trigger` are meant; an error where nothing could be released.
pub(super) fn opening(context: &mut Context, source: &Reached, receptor: &Kinetic, trigger: usize) -> Option<Opening> {
    if receptor.waits_for_spikes() {
        return Some(Opening::Spikes(trigger));
    }
    let population = &context.populations[source.population];
    let Body::Cable(cable) = &population.body else {
        let message = format!("`{}` has no waveform that could release transmitter", population.name);
        let help = "for a pulse of transmitter a spike write `transmitter = \"pulse\"` in the synapse; else they follow the \
                    potential of a `cable` or `hodgkin_huxley` cell";
        context.push(Diagnostic::error(Code::Conflict, source.span, message).help(help));
        return None;
    };
    let found = match source.section {
        Some(_) => one_place(context, source),
        None => match population.detectors.first() {
            Some(detector) => Ok((Some(detector.place), detector.label.clone())),
            None => one_place(context, source),
        },
    };
    let carries = |place: &crate::cable::Place| {
        let mechanism = mechanisms::find("release")?;
        let (variable, _) = mechanisms::ALL[mechanism].info.variable("T")?;
        cable.tree.carries(mechanism, place).then_some((mechanism, variable))
    };
    let cascade = match (&found, receptor.release) {
        (Ok((Some(place), _)), Release::Cascade) => Some(carries(place)),
        _ => None,
    };
    let (place, site) = context.keep(found)?;
    if let Some(None) = cascade {
        let message = "there is no mechanism `release` at this terminal".to_string();
        let help = "add `mechanisms.release = {}` to its section, or leave `transmitter = \"cascade\"` out";
        context.push(Diagnostic::error(Code::Conflict, source.span, message).help(help));
        return None;
    }
    Some(Opening::Potential { place: place?, site, cascade: cascade.flatten() })
}

/// Adds probes of `T.<synapse>`, `r.<synapse>` and the like of a projection; says which of `variables` are others.
pub(super) fn record<'v>(
    context: &mut Context,
    selection: &Selection,
    variables: &'v [(String, Span)],
    recorder: &mut Recorder,
) -> Option<Vec<&'v (String, Span)>> {
    let mut others = Vec::new();
    for variable in variables {
        let found = variable.0.split_once('.').and_then(|(which, synapse)| {
            let which = VARIABLES.iter().position(|known| known.name == which)?;
            let name = &selection.population.text;
            let has = |graded: &Graded| which < graded.receptor.scheme.variables().len();
            let own = |graded: &Graded| graded.name == *name && graded.synapse_name == synapse && has(graded);
            let list: Vec<usize> = (0..context.graded.len()).filter(|&i| own(&context.graded[i])).collect();
            (!list.is_empty()).then_some((which, list))
        });
        let Some((which, list)) = found else {
            others.push(variable);
            continue;
        };
        let (mut heard, mut silent) = (false, Vec::new());
        for index in list {
            let graded = &context.graded[index];
            let chosen = context.diagnostics.keep(selection.indices(graded.connections.sides.sources))?;
            let graded = &context.graded[index];
            let releasing = graded.connections.used_sources();
            let site = match &graded.opened_by {
                Opening::Potential { site, .. } => site.as_str(),
                Opening::Spikes(_) => "",
            };
            let whole = chosen.len() == graded.connections.sides.sources;
            let chosen = chosen.into_iter().map(|source| graded.connections.source(source));
            let (chosen, idle): (Vec<u32>, Vec<u32>) = chosen.partition(|neuron| releasing.contains(neuron));
            silent.extend(idle.into_iter().filter(|_| !whole).map(|neuron| (graded.source, neuron)));
            heard |= !chosen.is_empty();
            let graded = &context.graded[index];
            for neuron in chosen {
                let known = |probe: &Probe| {
                    (probe.population, probe.neuron, &probe.variable, probe.site.as_str())
                        == (graded.source, neuron, &variable.0, site)
                };
                if recorder.probes.iter().any(known) {
                    continue;
                }
                let (unit, what) = (VARIABLES[which].unit, Quantity::Transmitter { graded: index, which });
                let probe = Probe::of_neuron(graded.source, neuron, &variable.0, unit, what);
                recorder.probes.push(Probe { site: site.to_string(), ..probe });
            }
        }
        told_silent(context, selection, variable, heard, &silent);
    }
    Some(others)
}

/// Of neurons without a synapse of this projection there is nothing to be recorded: who chose them is told.
fn told_silent(
    context: &mut Context,
    selection: &Selection,
    (variable, span): &(String, Span),
    heard: bool,
    silent: &[(usize, u32)],
) {
    let projection = &selection.population.text;
    if !heard {
        let message = format!("no neuron that is chosen here has a synapse of `{projection}`: it has no `{variable}`");
        let help = "see the projection's `rule`, or choose other sources";
        context.push(Diagnostic::error(Code::BadSelection, *span, message).help(help));
        return;
    }
    let Some((population, neuron)) = silent.first() else { return };
    let more = if silent.len() > 1 { format!(" and {} more", silent.len() - 1) } else { String::new() };
    let name = format!("{}[{neuron}]", context.populations[*population].name);
    let message = format!("`{name}`{more} without a synapse of `{projection}`: nothing is recorded there");
    context.push(Diagnostic::warning(Code::Suspicious, *span, message).help("record the other sources alone"));
}

/// The receptor of a synapse that waits for transmitter.
pub(super) fn receptor(synapse: &Synapse) -> Option<&Kinetic> {
    match synapse {
        Synapse::Kinetic(receptor) => Some(receptor),
        _ => None,
    }
}

/// It waits for transmitter that a potential releases: spikes and their delays mean nothing to it.
pub(super) fn follows_potential(synapse: &Synapse) -> bool {
    receptor(synapse).is_some_and(|receptor| !receptor.waits_for_spikes())
}
