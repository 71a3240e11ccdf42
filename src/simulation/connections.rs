//! Connections as a file that the rule `file` reads back: who is connected to whom, how strongly and how late.
//!
//! `source` and `target` count within the selections of the projection, as they do in a file that a user brings. Weights are
//! those that act: of drawn ones the engine may keep 16 bits, rounded by less than a thousandth of their spread.

use crate::engine::{Form, forms};
use crate::error::Error;
use crate::files::csv_out::ConnectionWriter;
use crate::files::run_directory::RunDirectory;
use crate::network::connections::Row;
use crate::network::{Chemical, Network};

/// Writes those of every projection that a recorder asks for: `<recorder>_connections.csv`, or several where a projection
/// has several selections on a side.
pub fn write(network: &Network, directory: &mut RunDirectory) -> Result<(), Error> {
    let mut recorders = network.recorders.iter().filter(|recorder| !recorder.wiring.is_empty()).peekable();
    let forms = if recorders.peek().is_some() { forms(network) } else { vec![] };
    for recorder in recorders {
        let wanted = |one: &Chemical| recorder.wiring.iter().any(|name| name == one.name);
        let parts: Vec<Chemical> = network.chemical().into_iter().filter(wanted).collect();
        if parts.is_empty() {
            ConnectionWriter::of_none(directory.stream(&format!("{}_connections.csv", recorder.name))?)?;
        }
        for (index, part) in parts.iter().enumerate() {
            let which = if parts.len() == 1 { String::new() } else { which(network, part, index + 1) };
            let own = network.pathways.iter().position(|pathway| std::ptr::eq(&pathway.connections, part.connections));
            let form = own.map_or(Form::Double, |pathway| forms[pathway]);
            write_one(network, (part, form), directory, &format!("{}_connections{which}.csv", recorder.name))?;
        }
    }
    Ok(())
}

/// What is added to the name of the file of one part of several: `_recurrent_2_exc_inh`.
fn which(network: &Network, part: &Chemical, number: usize) -> String {
    let target = network.ports[part.port].population;
    let [from, to] = [part.source, target].map(|population| &network.populations[population].name);
    format!("_{}_{number}_{from}_{to}", part.name)
}

fn write_one(
    network: &Network,
    (part, form): (&Chemical, Form),
    directory: &mut RunDirectory,
    name: &str,
) -> Result<(), Error> {
    let connections = part.connections;
    let mut writer = ConnectionWriter::new(directory.stream(name)?, part.weight_unit(network), part.spiking)?;
    let places = connections.places_of_sources();
    let mut row = Row::default();
    for target in 0..connections.targets.len() {
        connections.row(target, &mut row);
        for (i, source) in row.sources.iter().enumerate() {
            let source = *places.get(source).unwrap_or(source);
            let weight = form.kept(row.weight(i, &connections.weights));
            let delay = part.spiking.then(|| network.time_ms(row.delay(i, &connections.delays).into()));
            writer.row(source, target as u32, weight, delay)?;
        }
    }
    writer.finish()
}
