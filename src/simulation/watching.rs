//! The observer of a run: fills the recording, streams it to disk, watches measures, tells the progress.

use super::{Progress, seen};
use crate::engine::{Observer, Outcome, Spike};
use crate::error::Error;
use crate::files::csv_out::{SampleWriter, SpikeWriter};
use crate::files::npz::{NpzSamples, NpzSpikes};
use crate::files::run_directory::RunDirectory;
use crate::network::{Network, RecordFormat};
use crate::recording::measures::Watch;
use crate::recording::{Recording, SpikeTrains};
use std::collections::HashMap;
use std::time::Instant;

/// Sees a run, and keeps what was asked for.
pub struct Watching<'w> {
    network: &'w Network,
    recording: Recording,
    /// [recorder of the network]: its place in the recording; hidden ones have none.
    recorded: Vec<Option<usize>>,
    sinks: Vec<Option<Sink>>,
    spike_sink: Option<SpikeSink>,
    /// (population, trigger) to its place in `recording.spikes`, and which neurons are wanted from when to when.
    trains: HashMap<(u32, u32), (usize, Vec<bool>)>,
    /// [measure]: its watches, and (population, spike trains) where it is about spikes.
    watches: Vec<Vec<Watch>>,
    /// [hidden recorder, in order]: its measure.
    measure_of: HashMap<usize, usize>,
    spikes_of: Vec<Option<MeasuredSpikes>>,
    progress: &'w mut (dyn FnMut(Progress) -> bool + Send),
    warmed_up: Option<Instant>,
    reached: Option<Instant>,
}

/// The spikes that a measure is about.
struct MeasuredSpikes {
    population: u32,
    /// Position of each neuron among those measured.
    positions: HashMap<u32, usize>,
    trains: Vec<Vec<f64>>,
}

enum Sink {
    Csv(SampleWriter),
    Npz(NpzSamples),
}

enum SpikeSink {
    Csv(SpikeWriter),
    Npz(NpzSpikes),
}

/// The file of each recorder, and the one of spikes.
pub fn name_files(network: &Network, recording: &mut Recording) {
    let shown = network.recorders.iter().filter(|recorder| !recorder.hidden && !recorder.probes.is_empty());
    for (recorder, samples) in shown.zip(&mut recording.recorders) {
        let extension = if recorder.format == RecordFormat::Npz { "npz" } else { "csv" };
        samples.file = format!("{}.{extension}", recorder.name);
    }
}

/// Spikes are written as npz if every recorder of spikes asks for it.
fn spikes_are_npz(network: &Network) -> bool {
    let mut recorders = network.recorders.iter().filter(|recorder| !recorder.spikes.is_empty());
    recorders.all(|recorder| recorder.format == RecordFormat::Npz)
}

impl<'w> Watching<'w> {
    pub fn new(
        network: &'w Network,
        recording: Recording,
        mut directory: Option<&mut RunDirectory>,
        progress: &'w mut (dyn FnMut(Progress) -> bool + Send),
    ) -> Result<Watching<'w>, Error> {
        let mut recorded = Vec::new();
        let mut sinks = Vec::new();
        let mut next = 0;
        for recorder in &network.recorders {
            let shown = !recorder.hidden && !recorder.probes.is_empty();
            recorded.push(shown.then_some(next));
            let Some(directory) = directory.as_deref_mut().filter(|_| shown) else {
                sinks.push(None);
                next += usize::from(shown);
                continue;
            };
            let samples = &recording.recorders[next];
            next += 1;
            let columns: Vec<String> = samples.traces.iter().map(|trace| trace.column()).collect();
            let stream = directory.stream(&samples.file)?;
            sinks.push(Some(match recorder.format {
                RecordFormat::Csv => Sink::Csv(SampleWriter::new(stream, &columns)?),
                RecordFormat::Npz => Sink::Npz(NpzSamples::new(stream, &columns)?),
            }));
        }
        let spike_sink = match directory {
            Some(directory) if !recording.spikes.is_empty() => Some(spike_sink(network, &recording, directory)?),
            _ => None,
        };
        let hidden = network.recorders.iter().enumerate().filter(|(_, recorder)| recorder.hidden);
        let watching = network.measures.iter().enumerate().filter(|(_, measure)| measure.needs_watches());
        let measure_of = hidden.zip(watching).map(|((recorder, _), (measure, _))| (recorder, measure)).collect();
        Ok(Watching {
            network,
            trains: trains(network, &recording),
            recording,
            recorded,
            sinks,
            spike_sink,
            watches: network.measures.iter().map(|measure| measure.watches()).collect(),
            measure_of,
            spikes_of: network.measures.iter().map(|measure| spikes_of(network, measure)).collect(),
            progress,
            warmed_up: None,
            reached: None,
        })
    }

    /// Wall seconds from the end of the warm-up to the last interval.
    pub fn measured_seconds(&self) -> Option<f64> {
        Some(self.reached?.duration_since(self.warmed_up?).as_secs_f64())
    }

    /// Closes the files and fills in what is known at the end.
    pub fn finish(mut self, outcome: &Outcome) -> Result<Recording, Error> {
        for sink in self.sinks.into_iter().flatten() {
            match sink {
                Sink::Csv(writer) => writer.finish()?,
                Sink::Npz(writer) => writer.finish()?,
            }
        }
        match self.spike_sink {
            Some(SpikeSink::Csv(writer)) => writer.finish()?,
            Some(SpikeSink::Npz(writer)) => writer.finish()?,
            None => {}
        }
        seen::complete(self.network, outcome, &mut self.recording);
        let none = Vec::new();
        for (index, measure) in self.network.measures.iter().enumerate() {
            let trains = self.spikes_of[index].as_ref().map_or(&none, |measured| &measured.trains);
            self.recording.measures.push(measure.evaluate(&self.watches[index], trains));
        }
        Ok(self.recording)
    }

    fn keep_spike(&mut self, spike: &Spike, time_ms: f64) -> Result<(), Error> {
        for measured in self.spikes_of.iter_mut().flatten() {
            if (spike.population, spike.trigger) == (measured.population, 0)
                && let Some(&position) = measured.positions.get(&spike.neuron)
            {
                measured.trains[position].push(time_ms);
            }
        }
        let Some((index, wanted)) = self.trains.get(&(spike.population, spike.trigger)) else { return Ok(()) };
        if !wanted[spike.neuron as usize] {
            return Ok(());
        }
        let train = &mut self.recording.spikes[*index];
        train.times_ms.push(time_ms);
        train.neurons.push(spike.neuron);
        match &mut self.spike_sink {
            Some(SpikeSink::Csv(writer)) => writer.row(time_ms, &train.population, spike.neuron as usize, &train.site),
            Some(SpikeSink::Npz(writer)) => writer.row(time_ms, spike.population, spike.neuron, *index as u32),
            None => Ok(()),
        }
    }
}

impl Observer for Watching<'_> {
    fn spikes(&mut self, spikes: &[Spike]) -> Result<(), Error> {
        for spike in spikes {
            let time_ms = self.network.time_ms(spike.step) - spike.late;
            self.keep_spike(spike, time_ms)?;
        }
        Ok(())
    }

    fn sample(&mut self, recorder: usize, step: i64, values: &[f64]) -> Result<(), Error> {
        let time_ms = self.network.time_ms(step);
        if let Some(&measure) = self.measure_of.get(&recorder) {
            self.watches[measure].iter_mut().zip(values).for_each(|(watch, &v)| watch.feed(time_ms, v));
        }
        let Some(index) = self.recorded[recorder] else { return Ok(()) };
        let traces = &mut self.recording.recorders[index].traces;
        traces.iter_mut().zip(values).for_each(|(trace, &value)| trace.values.push(value));
        match &mut self.sinks[recorder] {
            Some(Sink::Csv(writer)) => writer.row(time_ms, values),
            Some(Sink::Npz(writer)) => writer.row(time_ms, values),
            None => Ok(()),
        }
    }

    fn reached(&mut self, step: i64) -> Result<bool, Error> {
        let now = Instant::now();
        if step >= self.network.warmup {
            self.warmed_up.get_or_insert(now);
        }
        self.reached = Some(now);
        for sink in self.sinks.iter_mut().flatten() {
            match sink {
                Sink::Csv(writer) => writer.tick()?,
                Sink::Npz(writer) => writer.tick()?,
            }
        }
        match &mut self.spike_sink {
            Some(SpikeSink::Csv(writer)) => writer.tick()?,
            Some(SpikeSink::Npz(writer)) => writer.tick()?,
            None => {}
        }
        Ok((self.progress)(Progress { step, steps: self.network.steps }))
    }
}

fn spike_sink(network: &Network, recording: &Recording, directory: &mut RunDirectory) -> Result<SpikeSink, Error> {
    let sited = recording.spikes.iter().any(|train| !train.site.is_empty());
    if spikes_are_npz(network) {
        let populations: Vec<String> = network.populations.iter().map(|p| p.name.clone()).collect();
        let sites: Vec<String> = recording.spikes.iter().map(|train| train.site.clone()).collect();
        return Ok(SpikeSink::Npz(NpzSpikes::new(directory.stream("spikes.npz")?, &populations, &sites)?));
    }
    Ok(SpikeSink::Csv(SpikeWriter::new(directory.stream("spikes.csv")?, sited)?))
}

/// Which spikes go where.
fn trains(network: &Network, recording: &Recording) -> HashMap<(u32, u32), (usize, Vec<bool>)> {
    let mut trains = HashMap::new();
    for (population, whole) in network.populations.iter().enumerate() {
        for trigger in 0..whole.triggers() {
            let site = whole.detectors.get(trigger).map_or("", |detector| &detector.label);
            let same = |train: &SpikeTrains| train.population == whole.name && train.site == site;
            let Some(index) = recording.spikes.iter().position(same) else { continue };
            let mut wanted = vec![false; whole.size];
            recording.spikes[index].recorded.iter().for_each(|&neuron| wanted[neuron] = true);
            trains.insert((population as u32, trigger as u32), (index, wanted));
        }
    }
    trains
}

/// Where a measure about spikes keeps them.
fn spikes_of(network: &Network, measure: &crate::recording::measures::MeasureSpec) -> Option<MeasuredSpikes> {
    if !measure.needs_trains() {
        return None;
    }
    let population = network.populations.iter().position(|population| population.name == measure.population)?;
    let positions = measure.neurons.iter().enumerate().map(|(position, &neuron)| (neuron as u32, position)).collect();
    Some(MeasuredSpikes { population: population as u32, positions, trains: vec![Vec::new(); measure.neurons.len()] })
}
