//! Recorders of a projection: the resources u and x of its sources.

use super::context::Context;
use super::{Pathway, Probe, Quantity, Recorder};
use crate::config::selection::Selection;
use crate::error::{Code, Diagnostic, Span};
use crate::synapses::short_term::VARIABLES;

/// Whether a selection names a projection; populations come first.
pub(super) fn is_projection(context: &Context, selection: &Selection) -> bool {
    let name = &selection.population.text;
    let written = |kind: &str| context.config.entries(kind).iter().any(|(known, _)| known.text == *name);
    !written("population") && written("projection")
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
    let own: Vec<&Pathway> = pathways.iter().filter(|pathway| pathway.name == *name).collect();
    for (variable, span) in variables.iter().copied() {
        let found = variable.split_once('.').and_then(|(which, synapse)| {
            let which = VARIABLES.iter().position(|known| *known == which)?;
            let of = |pathway: &&&Pathway| context.ports[pathway.port].synapse_name == synapse;
            let pathway = own.iter().find(of)?;
            Some((which, context.ports[pathway.port].short_term?))
        });
        let Some((which, short_term)) = found else {
            // A projection that could not be read has told why.
            if !own.is_empty() || context.graded.iter().any(|graded| graded.name == *name) {
                context.push(unknown(context, name, variable, *span, &own));
            } else {
                context.push(Diagnostic::error(Code::UnknownName, *span, String::new()));
            }
            continue;
        };
        let mut seen: Vec<(usize, u32)> = Vec::new();
        for pathway in &own {
            let connections = &pathway.connections;
            let chosen = context.diagnostics.keep(selection.indices(connections.sides.sources))?;
            for neuron in chosen.into_iter().map(|index| connections.source(index)) {
                if seen.contains(&(pathway.source, neuron)) {
                    continue;
                }
                seen.push((pathway.source, neuron));
                recorder.probes.push(Probe {
                    population: pathway.source,
                    neuron,
                    site: String::new(),
                    section: None,
                    position: None,
                    distance_um: None,
                    variable: variable.clone(),
                    unit: String::new(),
                    what: Quantity::Resource { trigger: pathway.trigger, short_term, which },
                });
            }
        }
    }
    Some(())
}

fn unknown(context: &Context, name: &str, variable: &str, span: Span, own: &[&Pathway]) -> Diagnostic {
    let ports = own.iter().map(|pathway| &context.ports[pathway.port]);
    let worn = ports.filter(|port| port.short_term.is_some()).map(|port| (&VARIABLES[..], &port.synapse_name));
    let graded = context.graded.iter().filter(|graded| graded.name == name);
    let waiting = graded.map(|graded| (&["T", "r"][..], &graded.synapse_name));
    let names = worn.chain(waiting).flat_map(|(which, synapse)| which.iter().map(move |w| format!("{w}.{synapse}")));
    let known: std::collections::BTreeSet<String> = names.collect();
    let message = format!("projection `{name}` has no variable `{variable}`");
    let error = Diagnostic::error(Code::UnknownName, span, message);
    // `r` alone is `r.ampa`.
    let whole = known.iter().find(|known| known.split('.').next() == Some(variable));
    match whole {
        Some(whole) => error.help(format!("did you mean `{whole}`?")),
        None if !known.is_empty() => error.suggest(variable, known.iter().map(String::as_str)),
        None => error.help(
            "u and x are recorded of a synapse with `short_term` (`u.<synapse>`), T and r of one that waits for transmitter",
        ),
    }
}
