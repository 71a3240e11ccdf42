//! Where what is seen goes while a run goes on: a file of samples or spikes, CSV or npz.

use crate::error::Error;
use crate::files::csv_out::{SampleWriter, SpikeWriter};
use crate::files::npz::{NpzSamples, NpzSpikes};
use crate::files::run_directory::RunDirectory;
use crate::network::{Network, RecordFormat};
use crate::recording::{Recording, Samples};

/// A recorder's table.
pub enum Sink {
    Csv(SampleWriter),
    Npz(NpzSamples),
}

impl Sink {
    pub fn new(directory: &mut RunDirectory, samples: &Samples, format: RecordFormat) -> Result<Sink, Error> {
        let columns: Vec<String> = samples.traces.iter().map(|trace| trace.column()).collect();
        let stream = directory.stream(&samples.file)?;
        Ok(match format {
            RecordFormat::Csv => Sink::Csv(SampleWriter::new(stream, &columns)?),
            RecordFormat::Npz => Sink::Npz(NpzSamples::new(stream, &columns)?),
        })
    }

    pub fn row(&mut self, time_ms: f64, values: &[f64]) -> Result<(), Error> {
        match self {
            Sink::Csv(writer) => writer.row(time_ms, values),
            Sink::Npz(writer) => writer.row(time_ms, values),
        }
    }

    pub fn tick(&mut self) -> Result<(), Error> {
        match self {
            Sink::Csv(writer) => writer.tick(),
            Sink::Npz(writer) => writer.tick(),
        }
    }

    pub fn finish(self) -> Result<(), Error> {
        match self {
            Sink::Csv(writer) => writer.finish(),
            Sink::Npz(writer) => writer.finish(),
        }
    }
}

/// The file of spikes that all recorders share.
pub enum SpikeSink {
    Csv(SpikeWriter),
    Npz(NpzSpikes),
}

/// Where all spikes go: npz if every recorder of spikes asks for it.
pub fn spike_file(network: &Network) -> &'static str {
    let mut recorders = network.recorders.iter().filter(|recorder| !recorder.spikes.is_empty());
    if recorders.all(|recorder| recorder.format == RecordFormat::Npz) { "spikes.npz" } else { "spikes.csv" }
}

impl SpikeSink {
    pub fn new(directory: &mut RunDirectory, network: &Network, recording: &Recording) -> Result<SpikeSink, Error> {
        let name = spike_file(network);
        let stream = directory.stream(name)?;
        if name.ends_with(".npz") {
            let populations: Vec<String> = network.populations.iter().map(|p| p.name.clone()).collect();
            let sites: Vec<String> = recording.spikes.iter().map(|train| train.site.clone()).collect();
            return Ok(SpikeSink::Npz(NpzSpikes::new(stream, &populations, &sites)?));
        }
        let sited = recording.spikes.iter().any(|train| !train.site.is_empty());
        Ok(SpikeSink::Csv(SpikeWriter::new(stream, sited)?))
    }

    /// A spike of `neuron` in a population, which has a name and a number, at a site, which has, too.
    pub fn row(
        &mut self,
        time_ms: f64,
        population: (&str, u32),
        neuron: u32,
        site: (&str, usize),
    ) -> Result<(), Error> {
        match self {
            SpikeSink::Csv(writer) => writer.row(time_ms, population.0, neuron as usize, site.0),
            SpikeSink::Npz(writer) => writer.row(time_ms, population.1, neuron, site.1 as u32),
        }
    }

    pub fn tick(&mut self) -> Result<(), Error> {
        match self {
            SpikeSink::Csv(writer) => writer.tick(),
            SpikeSink::Npz(writer) => writer.tick(),
        }
    }

    pub fn finish(self) -> Result<(), Error> {
        match self {
            SpikeSink::Csv(writer) => writer.finish(),
            SpikeSink::Npz(writer) => writer.finish(),
        }
    }
}
