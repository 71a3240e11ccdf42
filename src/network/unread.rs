//! What could not be read: its own mistake has been told, and whoever names it makes none.

use super::context::Context;
use super::{Pathway, Stimulus};
use crate::config::value::Table;
use std::collections::HashSet;

/// Synapses, stimuli and gap junctions of which something could not be read, so that their currents may be missing.
pub(super) fn names(context: &Context, pathways: &[Pathway], stimuli: &[Stimulus]) -> HashSet<String> {
    if !context.diagnostics.has_errors() {
        return HashSet::new();
    }
    let mut read: HashSet<(&str, &str)> = HashSet::new();
    read.extend(context.synapses.keys().map(|name| ("synapse", name.as_str())));
    read.extend(pathways.iter().map(|pathway| ("projection", pathway.name.as_str())));
    read.extend(context.graded.iter().map(|graded| ("projection", graded.name.as_str())));
    read.extend(stimuli.iter().map(|stimulus| ("stimulus", stimulus.name.as_str())));
    read.extend(context.gap_tables.iter().map(|table| ("gap_junction", table.name.as_str())));
    let mut unread = HashSet::new();
    for kind in ["synapse", "projection", "stimulus", "gap_junction"] {
        let entries = context.config.entries(kind);
        for (name, table) in entries.into_iter().filter(|(name, _)| !read.contains(&(kind, name.text.as_str()))) {
            unread.insert(name.text.clone());
            // A synapse is where its projections and stimuli put it.
            unread.extend(synapse_of(table).map(str::to_string));
        }
    }
    unread
}

fn synapse_of(table: &Table) -> Option<&str> {
    table.get("synapse").and_then(|value| value.as_text("`synapse`").ok())
}
