//! Whether plots of channels, of trees and of currents will have anything to show.

use super::channels;
use crate::config::value::{Data, Table, Value};
use crate::error::{Code, Diagnostic, Span};
use crate::mechanisms;
use crate::network::{Body, Network, Probe, Quantity, Recorder};
use crate::plots::{Kind, Request};

/// What is wrong with a plot written as `table`, whose kind stands at `kind`.
pub fn check(network: &Network, request: &Request, table: &Table, kind: Span) -> Vec<Diagnostic> {
    match request.kind {
        Kind::Channel => gates(network, table, kind),
        Kind::Morphology => tree(network, request, table, kind).into_iter().collect(),
        Kind::Currents => currents(network, request, kind).into_iter().collect(),
        _ => vec![],
    }
}

fn bad(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::BadSelection, span, message)
}

/// Mechanisms that do not exist, that no cell has, or that have no gates.
fn gates(network: &Network, table: &Table, kind: Span) -> Vec<Diagnostic> {
    let seen = channels::of(network);
    let known = || seen.iter().map(|seen| seen.mechanism.as_str());
    if seen.is_empty() {
        let message = "there is no channel that this plot could show: no cell has a mechanism with gates";
        return vec![bad(kind, message)];
    }
    let written: Vec<&Value> = match table.get("mechanisms") {
        Some(Value { data: Data::List(list), .. }) => list.iter().collect(),
        Some(value) => vec![value],
        None => vec![],
    };
    let wrong = |value: &&Value| {
        let name = value.as_text("a mechanism").ok()?;
        if known().any(|known| known == name) {
            return None;
        }
        let own: std::collections::BTreeSet<&str> = known().collect();
        Some(match mechanisms::find(name) {
            None => Diagnostic::error(Code::UnknownName, value.span, format!("there is no mechanism `{name}`"))
                .suggest(name, own),
            Some(index) => {
                // Concentrations have units, gates have none.
                let gated = mechanisms::ALL[index].info.variables.iter().any(|variable| variable.unit.is_empty());
                let why = if gated { "no cell has it" } else { "it has no gates" };
                bad(value.span, format!("mechanism `{name}` cannot be shown: {why}")).suggest("", own)
            }
        })
    };
    written.iter().filter_map(wrong).collect()
}

/// What the recorders that the plot is made of sample.
fn probes<'n>(network: &'n Network, request: &Request) -> Vec<(&'n Recorder, &'n Probe)> {
    let named = |recorder: &Recorder, probe: &Probe| {
        let is = |name: &String| *name == recorder.name || *name == network.populations[probe.population].name;
        request.data.is_empty() || request.data.iter().any(is)
    };
    let shown = network.recorders.iter().filter(|recorder| !recorder.hidden);
    let all = shown.flat_map(|recorder| recorder.probes.iter().map(move |probe| (recorder, probe)));
    all.filter(|(recorder, probe)| named(recorder, probe)).collect()
}

fn tree(network: &Network, request: &Request, table: &Table, kind: Span) -> Option<Diagnostic> {
    let drawn = |population: usize| match &network.populations[population].body {
        Body::Cable(cable) => cable.morphology.is_some(),
        _ => false,
    };
    if !(0..network.populations.len()).any(drawn) {
        let message = "no cell here was read from an SWC file, so there is no tree to be drawn";
        return Some(
            bad(kind, message).help("a cell has a tree by `morphology`; cables of sections are seen in `space_time`"),
        );
    }
    let mut seen = probes(network, request);
    seen.retain(|(_, probe)| drawn(probe.population) && probe.section.is_some());
    let Some(first) = seen.first() else {
        let message = "nothing is recorded on the tree that this plot is to colour";
        let help = "add a recorder with places, such as `at = [\"soma\", \"dendrite\"]`";
        return Some(bad(kind, message).help(help));
    };
    let (at, span) = (request.options.time_ms?, table.get("time").map_or(kind, |value| value.span));
    let (start, stop) = (network.time_ms(first.0.start), network.time_ms(first.0.stop));
    (!(start..=stop).contains(&at)).then(|| {
        let message = format!("`time` is {at} ms, but `{}` records from {start} to {stop} ms", first.0.name);
        Diagnostic::error(Code::OutOfRange, span, message)
    })
}

fn currents(network: &Network, request: &Request, kind: Span) -> Option<Diagnostic> {
    let flows = |(_, probe): &(&Recorder, &Probe)| matches!(probe.what, Quantity::MechanismCurrent { .. });
    (!probes(network, request).iter().any(flows)).then(|| {
        let message = "no current of a mechanism is recorded, which a plot of kind `currents` is made of";
        bad(kind, message).help("add `\"I.<mechanism>\"` to a recorder's `what`")
    })
}
