//! The observer of a run: fills the recording, streams it to disk, watches measures, tells the progress.

use super::counting::Counting;
use super::sinks::{Sink, SpikeSink};
use super::{Progress, seen};
use crate::engine::{Observer, Outcome, Spike};
use crate::error::Error;
use crate::files::run_directory::RunDirectory;
use crate::network::{Network, RecordFormat};
use crate::recording::measures::Watch;
use crate::recording::spike_watch::SpikeWatch;
use crate::recording::thinning::{Keeper, ROOM};
use crate::recording::{Recording, Samples, SpikeTrains};
use std::collections::HashMap;
use std::time::Instant;

/// Sees a run, and keeps what was asked for.
pub struct Watching<'w> {
    network: &'w Network,
    recording: Recording,
    /// [recorder of the network]: its place in the recording; hidden ones and those of spikes alone have none.
    recorded: Vec<Option<usize>>,
    sinks: Vec<Option<Sink>>,
    /// (recorder, its bins), where it counts rates.
    counting: Vec<(usize, Counting)>,
    spike_sink: Option<SpikeSink>,
    /// [population][trigger]: whose spikes are wanted.
    routes: Vec<Vec<Option<Route>>>,
    /// [measure]: its watches of V_m.
    watches: Vec<Vec<Watch>>,
    /// [hidden recorder, in order]: its measure.
    measure_of: HashMap<usize, usize>,
    /// [population]: (measure, [neuron]: its place among those measured), where one is about its spikes.
    measured: Vec<Vec<(usize, Vec<u32>)>>,
    /// [measure]: what it has seen of spikes.
    spike_watches: Vec<Option<SpikeWatch>>,
    keeper: Keeper,
    progress: &'w mut (dyn FnMut(Progress) -> bool + Send),
    warmed_up: Option<(i64, Instant)>,
    reached: Option<(i64, Instant)>,
}

/// Where the spikes of a population's trigger go: to `recording.spikes[train]`, if any recorder wants them.
struct Route {
    train: usize,
    wanted: Vec<Wanted>,
}

/// What one recorder wants: which neurons, from step to step.
struct Wanted {
    start: i64,
    stop: i64,
    /// `None` for all.
    neurons: Option<Vec<bool>>,
}

impl Route {
    fn takes(&self, spike: &Spike) -> bool {
        let step = spike.step - i64::from(spike.late > 0.0);
        self.wanted.iter().any(|wanted| {
            let among = wanted.neurons.as_ref().is_none_or(|neurons| neurons[spike.neuron as usize]);
            among && step >= wanted.start && spike.step <= wanted.stop
        })
    }
}

/// The file of each recorder that has a table.
pub fn name_files(network: &Network, recording: &mut Recording) {
    let shown = network.recorders.iter().filter(|recorder| recorder.has_table());
    for (recorder, samples) in shown.zip(&mut recording.recorders) {
        let extension = if recorder.format == RecordFormat::Npz { "npz" } else { "csv" };
        samples.file = format!("{}.{extension}", recorder.name);
    }
}

impl<'w> Watching<'w> {
    pub fn new(
        network: &'w Network,
        recording: Recording,
        mut directory: Option<&mut RunDirectory>,
        progress: &'w mut (dyn FnMut(Progress) -> bool + Send),
    ) -> Result<Watching<'w>, Error> {
        let (mut recorded, mut sinks, mut next) = (Vec::new(), Vec::new(), 0);
        for recorder in &network.recorders {
            let table = recorder.has_table().then_some(next);
            next += usize::from(table.is_some());
            recorded.push(table);
            sinks.push(match (table, &mut directory) {
                (Some(table), Some(directory)) => {
                    Some(Sink::new(directory, &recording.recorders[table], recorder.format)?)
                }
                _ => None,
            });
        }
        // What no file holds is kept whole.
        let keeper = match directory {
            Some(_) => Keeper::new(&recording.spikes, network.dt_ms, network.time_ms(network.steps), ROOM),
            None => Keeper::of_all(),
        };
        let spike_sink = match directory {
            Some(directory) if !recording.spikes.is_empty() => Some(SpikeSink::new(directory, network, &recording)?),
            _ => None,
        };
        let counting = network.recorders.iter().enumerate();
        let counting = counting.filter_map(|(index, recorder)| Some((index, Counting::new(network, recorder)?)));
        let hidden = network.recorders.iter().enumerate().filter(|(_, recorder)| recorder.hidden);
        let watching = network.measures.iter().enumerate().filter(|(_, measure)| measure.needs_watches());
        let measure_of = hidden.zip(watching).map(|((recorder, _), (measure, _))| (recorder, measure)).collect();
        Ok(Watching {
            network,
            routes: routes(network, &recording),
            counting: counting.collect(),
            recording,
            recorded,
            sinks,
            spike_sink,
            watches: network.measures.iter().map(|measure| measure.watches()).collect(),
            measure_of,
            measured: measured(network),
            spike_watches: network.measures.iter().map(SpikeWatch::new).collect(),
            keeper,
            progress,
            warmed_up: None,
            reached: None,
        })
    }

    /// Wall seconds per simulated second, from the first look after the warm-up to the last; nothing, if these are one.
    pub fn real_time_factor(&self) -> Option<f64> {
        let ((first, begun), (last, ended)) = (self.warmed_up?, self.reached?);
        let seconds = self.network.time_ms(last - first) * 1e-3;
        (seconds > 0.0).then(|| ended.duration_since(begun).as_secs_f64() / seconds)
    }

    /// Closes the files and fills in what is known at the end.
    pub fn finish(mut self, outcome: &Outcome) -> Result<Recording, Error> {
        self.sinks.into_iter().flatten().try_for_each(Sink::finish)?;
        self.spike_sink.map_or(Ok(()), SpikeSink::finish)?;
        seen::complete(self.network, outcome, &mut self.recording);
        self.keeper.finish(&mut self.recording.spikes);
        let reached_ms = self.recording.duration_ms;
        for ((measure, watches), spikes) in self.network.measures.iter().zip(&self.watches).zip(self.spike_watches) {
            self.recording.measures.push(measure.evaluate(watches, spikes, reached_ms));
        }
        Ok(self.recording)
    }

    fn keep_spike(&mut self, spike: &Spike, time_ms: f64) -> Result<(), Error> {
        for (measure, places) in self.measured[spike.population as usize].iter().filter(|_| spike.trigger == 0) {
            let place = places[spike.neuron as usize];
            if let Some(watch) = self.spike_watches[*measure].as_mut().filter(|_| place != u32::MAX) {
                watch.spike(place as usize, time_ms);
            }
        }
        let route = &self.routes[spike.population as usize][spike.trigger as usize];
        let Some(route) = route.as_ref().filter(|route| route.takes(spike)) else { return Ok(()) };
        self.keeper.keep(&mut self.recording.spikes, route.train, time_ms, spike.neuron);
        let train = &self.recording.spikes[route.train];
        let Some(sink) = &mut self.spike_sink else { return Ok(()) };
        sink.row(time_ms, (&train.population, spike.population), spike.neuron, (&train.site, route.train))
    }

    /// Counts the spikes of an interval in bins, and then takes the bins that end by `step`.
    fn count(&mut self, spikes: &[Spike], step: Option<i64>) -> Result<(), Error> {
        for (recorder, counting) in &mut self.counting {
            let Some(index) = self.recorded[*recorder] else { continue };
            let (samples, sink) = (&mut self.recording.recorders[index], &mut self.sinks[*recorder]);
            let network = self.network;
            let mut take = |step: i64, row: &[f64]| keep_row(samples, sink, network.time_ms(step), row);
            spikes.iter().try_for_each(|spike| counting.spike(spike, &mut take))?;
            step.map_or(Ok(()), |step| counting.reached(step, &mut take))?;
        }
        Ok(())
    }
}

fn keep_row(samples: &mut Samples, sink: &mut Option<Sink>, time_ms: f64, row: &[f64]) -> Result<(), Error> {
    samples.traces.iter_mut().zip(row).for_each(|(trace, &value)| trace.values.push(value));
    sink.as_mut().map_or(Ok(()), |sink| sink.row(time_ms, row))
}

impl Observer for Watching<'_> {
    fn spikes(&mut self, spikes: &[Spike]) -> Result<(), Error> {
        for spike in spikes {
            let time_ms = self.network.time_ms(spike.step) - spike.late;
            self.keep_spike(spike, time_ms)?;
        }
        self.count(spikes, None)
    }

    fn sample(&mut self, recorder: usize, step: i64, values: &[f64]) -> Result<(), Error> {
        let time_ms = self.network.time_ms(step);
        if let Some(&measure) = self.measure_of.get(&recorder) {
            self.watches[measure].iter_mut().zip(values).for_each(|(watch, &v)| watch.feed(time_ms, v));
        }
        let Some(index) = self.recorded[recorder] else { return Ok(()) };
        keep_row(&mut self.recording.recorders[index], &mut self.sinks[recorder], time_ms, values)
    }

    fn reached(&mut self, step: i64) -> Result<bool, Error> {
        let now = Instant::now();
        if step >= self.network.warmup {
            // Where the run is over by now, the look before was the last that was early enough.
            let over = if step >= self.network.steps { self.reached } else { None };
            self.warmed_up.get_or_insert(over.unwrap_or((step, now)));
        }
        self.reached = Some((step, now));
        self.count(&[], Some(step))?;
        self.sinks.iter_mut().flatten().try_for_each(Sink::tick)?;
        self.spike_sink.as_mut().map_or(Ok(()), SpikeSink::tick)?;
        Ok((self.progress)(Progress { step, steps: self.network.steps }))
    }
}

/// Which spikes go where.
fn routes(network: &Network, recording: &Recording) -> Vec<Vec<Option<Route>>> {
    let triggers = network.populations.iter().map(|whole| (0..whole.triggers()).map(|_| None).collect());
    let mut routes: Vec<Vec<Option<Route>>> = triggers.collect();
    for recorder in &network.recorders {
        for (population, trigger, neurons) in &recorder.spikes {
            let whole = &network.populations[*population];
            let site = whole.detectors.get(*trigger).map_or("", |detector| &detector.label);
            let same = |train: &SpikeTrains| train.population == whole.name && train.site == site;
            let Some(train) = recording.spikes.iter().position(same) else { continue };
            let mut among = vec![false; whole.size];
            neurons.iter().for_each(|&neuron| among[neuron as usize] = true);
            let neurons = (neurons.len() < whole.size).then_some(among);
            let wanted = Wanted { start: recorder.start, stop: recorder.stop, neurons };
            routes[*population][*trigger].get_or_insert(Route { train, wanted: vec![] }).wanted.push(wanted);
        }
    }
    routes
}

/// Which measures are about whose spikes.
fn measured(network: &Network) -> Vec<Vec<(usize, Vec<u32>)>> {
    let mut measured: Vec<Vec<(usize, Vec<u32>)>> = network.populations.iter().map(|_| vec![]).collect();
    for (index, measure) in network.measures.iter().enumerate().filter(|(_, measure)| measure.needs_trains()) {
        let first = (&measure.population, &measure.neurons);
        let beside = measure.beside.iter().map(|(population, neurons)| (population, neurons));
        let mut next = 0..;
        for (name, neurons) in std::iter::once(first).chain(beside) {
            let Some(population) = network.populations.iter().position(|whole| whole.name == *name) else { continue };
            let none = || vec![u32::MAX; network.populations[population].size];
            let of = &mut measured[population];
            // Further selections of a population go on where the first ends.
            if of.last().is_none_or(|(last, _)| *last != index) {
                of.push((index, none()));
            }
            let Some((_, places)) = of.last_mut() else { continue };
            neurons.iter().zip(&mut next).for_each(|(&neuron, place)| places[neuron] = place);
        }
    }
    measured
}
