//! Connections as a file that the rule `file` reads back: who is connected to whom, how strongly and how late.
//!
//! `source` and `target` count within the selections of the projection, as they do in a file that a user brings. Weights are
//! those that were drawn; the engine may keep them in 16 bits, rounded by less than a thousandth of their spread.

use crate::error::Error;
use crate::files::csv_out::ConnectionWriter;
use crate::files::run_directory::RunDirectory;
use crate::network::connections::Row;
use crate::network::{Chemical, Network};

/// Writes those of every projection that a recorder asks for: `<recorder>_connections.csv`, or several where a projection
/// has several selections on a side.
pub fn write(network: &Network, directory: &mut RunDirectory) -> Result<(), Error> {
    for recorder in network.recorders.iter().filter(|recorder| !recorder.wiring.is_empty()) {
        let wanted = |one: &Chemical| recorder.wiring.iter().any(|name| name == one.name);
        let parts: Vec<Chemical> = network.chemical().into_iter().filter(wanted).collect();
        if parts.is_empty() {
            ConnectionWriter::of_none(directory.stream(&format!("{}_connections.csv", recorder.name))?)?;
        }
        for (index, part) in parts.iter().enumerate() {
            let which = if parts.len() == 1 { String::new() } else { format!("_{}_{}", part.name, index + 1) };
            write_one(network, part, directory, &format!("{}_connections{which}.csv", recorder.name))?;
        }
    }
    Ok(())
}

fn write_one(network: &Network, part: &Chemical, directory: &mut RunDirectory, name: &str) -> Result<(), Error> {
    let connections = part.connections;
    let mut writer = ConnectionWriter::new(directory.stream(name)?, part.weight_unit(network), part.spiking)?;
    let places = connections.places_of_sources();
    let mut row = Row::default();
    for target in 0..connections.targets.len() {
        connections.row(target, &mut row);
        for (i, source) in row.sources.iter().enumerate() {
            let source = *places.get(source).unwrap_or(source);
            let weight = row.weight(i, &connections.weights);
            let delay = part.spiking.then(|| network.time_ms(row.delay(i, &connections.delays).into()));
            writer.row(source, target as u32, weight, delay)?;
        }
    }
    writer.finish()
}
