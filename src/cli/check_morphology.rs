//! What is told of reconstructed cells: a summary when a run begins, with `axonal check` their sections, too.

use super::check::section;
use crate::cable::morphology::{Region, SomaRule};
use crate::network::{Body, CableBody, Network, Reconstruction};
use std::path::Path;

/// The cells of `network` that come from a file, each once.
fn cells(network: &Network) -> Vec<(&str, &CableBody, &Reconstruction)> {
    let mut cells: Vec<(&str, &CableBody, &Reconstruction)> = Vec::new();
    for population in &network.populations {
        if let Body::Cable(cable) = &population.body
            && let Some(reconstruction) = &cable.morphology
            && cells.iter().all(|(name, ..)| *name != population.cell)
        {
            cells.push((&population.cell, cable, reconstruction));
        }
    }
    cells
}

/// A table of the reconstructions, and one of the sections of each.
pub fn describe(network: &Network) -> String {
    let cells = cells(network);
    let mut out = summaries(network);
    for (name, cable, _) in cells {
        let title = format!("sections of {name}");
        let columns = ["parent", "length", "from root", "diameter", "compartments"];
        let rows = (0..cable.sections.len()).map(|index| row(cable, index)).collect();
        out += &section(&title, &columns, rows);
    }
    out
}

/// A line for each reconstruction.
pub fn summaries(network: &Network) -> String {
    let columns = ["file", "soma", "samples", "sections", "length", "area"];
    section("morphologies", &columns, cells(network).iter().map(summary).collect())
}

fn summary((name, cable, reconstruction): &(&str, &CableBody, &Reconstruction)) -> Vec<String> {
    let rule = match reconstruction.rule {
        SomaRule::Neuron => "neuron",
        SomaRule::Arbor => "arbor",
    };
    let own = reconstruction.regions.iter().filter(|region| **region != Region::Soma).count();
    let length: f64 = cable.sections.iter().map(|section| section.length).sum();
    vec![
        name.to_string(),
        // The path would push the numbers off a narrow terminal.
        Path::new(&reconstruction.file).file_name().map_or(String::new(), |file| file.to_string_lossy().into_owned()),
        rule.to_string(),
        reconstruction.samples.len().to_string(),
        format!("{} + {own}", reconstruction.regions.len() - own),
        format!("{length:.1} um"),
        format!("{:.1} um^2", cable.tree.total_area()),
    ]
}

/// Its name says of what region it is; a line must be no longer than a terminal is wide.
fn row(cable: &CableBody, index: usize) -> Vec<String> {
    let section = &cable.sections[index];
    let parent = section.parent.map(|(parent, at)| format!("{}({at:.3})", cable.section_names[parent]));
    vec![
        section.name.clone(),
        parent.unwrap_or_default(),
        format!("{:.1} um", section.length),
        format!("{:.1} um", cable.tree.path_distance(index, 0.0)),
        format!("{:.2} um", section.diameter),
        section.compartments.to_string(),
    ]
}
