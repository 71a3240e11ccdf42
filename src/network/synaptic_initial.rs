//! `initial.g.<synapse>` and `initial.I.<synapse>`: read with the population, given when the synapse's ports are known.

use super::context::Context;
use crate::config::value::Name;
use crate::error::{Code, Diagnostic};
use crate::synapses::Synapse;

/// Initial values that wait for the ports they belong to: (population, `g` or `I`, synapse, value, its place).
pub(super) struct SynapticInitial {
    pub population: usize,
    pub variable: String,
    pub synapse: Name,
    pub values: Vec<f64>,
}

/// Gives the ports the initial values that were waiting for them.
pub(super) fn place(context: &mut Context, waiting: Vec<SynapticInitial>) {
    for initial in waiting {
        let conductance = initial.variable == "g";
        let fits = |port: &super::Port| {
            port.population == initial.population
                && port.synapse_name == initial.synapse.text
                && port.reversal.is_some() == conductance
                && matches!(port.synapse, Synapse::Linear(_))
        };
        match context.ports.iter_mut().find(|port| fits(port)) {
            Some(port) => port.initial = Some(initial.values),
            None => {
                let written = format!("{}.{}", initial.variable, initial.synapse.text);
                let name = context.populations[initial.population].name.clone();
                let own = context.ports.iter().filter(|port| port.population == initial.population);
                let kinetic = |port: &&super::Port| matches!(port.synapse, Synapse::Kinetic(_));
                if conductance && own.clone().filter(kinetic).any(|port| port.synapse_name == initial.synapse.text) {
                    let message = format!("`{written}` of `{name}` is what the receptors of its terminals hold open");
                    let help = "they begin closed: leave it out";
                    context.push(Diagnostic::error(Code::Conflict, initial.synapse.span, message).help(help));
                    continue;
                }
                let known = own.filter(|port| matches!(port.synapse, Synapse::Linear(_)));
                let known: Vec<String> = known
                    .map(|port| format!("{}.{}", if port.reversal.is_some() { "g" } else { "I" }, port.synapse_name))
                    .collect();
                let message = format!("no synapse reaches `{name}` whose state is `{written}`");
                let diagnostic = Diagnostic::error(Code::UnknownName, initial.synapse.span, message);
                context.push(diagnostic.suggest(&written, known.iter().map(String::as_str)));
            }
        }
    }
}
