//! What a recording says about the network beside samples and spikes.

use super::channels;
use super::nullclines;
use super::waveforms;
use crate::engine::Outcome;
use crate::network::{Body, CableBody, Counted, Network, Population, Probe, Recorder, Stimulus};
use crate::recording::{
    PopulationSeen, ProjectionSeen, Recording, Samples, SectionSeen, SeenBy, SpikeTrains, StimulusSeen, Trace,
};

/// A recording without samples and spikes.
pub fn skeleton(network: &Network) -> Recording {
    let mut recording = outline(network);
    let sampled = waveforms::sampled(network);
    for (seen, stimulus) in recording.stimuli.iter_mut().zip(&network.stimuli) {
        waveforms::fill(network, stimulus, &sampled, seen);
    }
    recording.channels = channels::of(network);
    recording
}

/// What of it is known without looking at every step: who is recorded, where neurons are, what drives them.
pub fn outline(network: &Network) -> Recording {
    Recording {
        title: network.title.clone(),
        dt_ms: network.dt_ms,
        duration_ms: network.time_ms(network.steps),
        warmup_ms: network.time_ms(network.warmup),
        populations: network.populations.iter().map(population).collect(),
        recorders: samples(network),
        spikes: spikes(network),
        stimuli: network.stimuli.iter().map(|one| stimulus(network, one)).collect(),
        projections: projections(network),
        nullclines: nullclines::of(network),
        ..Recording::default()
    }
}

/// Fills in what is known at the end.
pub fn complete(network: &Network, outcome: &Outcome, recording: &mut Recording) {
    recording.duration_ms = network.time_ms(outcome.steps);
    recording.interrupted = outcome.steps < network.steps;
    let window_ms = network.time_ms((outcome.steps - network.warmup).max(0));
    for (seen, counts) in recording.populations.iter_mut().zip(&outcome.counts) {
        seen.spikes = counts.spikes;
        seen.counted = counts.counted;
        // In ms, of which there are mostly whole ones, so that it is rounded once.
        seen.rate_hz = (window_ms > 0.0).then(|| counts.counted as f64 * 1e3 / (seen.size as f64 * window_ms));
        seen.cv_isi = counts.cv_isi();
    }
}

fn population(population: &Population) -> PopulationSeen {
    let sections = match &population.body {
        Body::Cable(cable) if cable.tree.compartments() > 1 => sections(cable),
        _ => vec![],
    };
    let threshold_mv = match &population.body {
        Body::Point(point) => point.threshold.filter(|threshold| threshold.is_finite()),
        _ => None,
    };
    PopulationSeen {
        name: population.name.clone(),
        size: population.size,
        cell: population.cell.clone(),
        model: population.model().name.to_string(),
        threshold_mv,
        upstroke: population.model().parameter("V_peak").is_some(),
        positions_um: population.positions.as_ref().map_or(vec![], |positions| positions.points.to_vec()),
        dimensions: population.positions.as_ref().map_or(0, |positions| positions.dimensions),
        sections,
        ..PopulationSeen::default()
    }
}

fn sections(cable: &CableBody) -> Vec<SectionSeen> {
    let seen = cable.sections.iter().enumerate().map(|(index, section)| SectionSeen {
        name: section.name.clone(),
        parent: section.parent.map(|(parent, _)| cable.section_names[parent].clone()),
        length_um: section.length,
        diameter_um: section.diameter,
        compartments: section.compartments,
        start_um: cable.tree.path_distance(index, 0.0),
        outline_um: cable.morphology.as_ref().map_or(vec![], |own| own.outlines[index].clone()),
    });
    seen.collect()
}

fn samples(network: &Network) -> Vec<Samples> {
    let shown = network.recorders.iter().filter(|recorder| recorder.has_table());
    let sampled = |probe: &Probe| Trace {
        population: network.populations[probe.population].name.clone(),
        neuron: probe.neuron as usize,
        site: probe.site.clone(),
        section: probe.section.clone(),
        position: probe.position,
        distance_um: probe.distance_um,
        variable: probe.variable.clone(),
        unit: probe.unit.clone(),
        ..Trace::default()
    };
    let counted = |counted: &Counted| Trace {
        population: network.populations[counted.population].name.clone(),
        variable: "rate".into(),
        unit: "Hz".into(),
        of: Some(counted.name.clone()),
        ..Trace::default()
    };
    let of = |recorder: &Recorder| Samples {
        recorder: recorder.name.clone(),
        start_ms: network.time_ms(recorder.start),
        every_ms: network.time_ms(recorder.every),
        file: String::new(),
        traces: recorder.probes.iter().map(sampled).chain(recorder.rates.iter().map(counted)).collect(),
    };
    shown.map(of).collect()
}

/// One entry for each population and site whose spikes some recorder wants.
fn spikes(network: &Network) -> Vec<SpikeTrains> {
    let mut trains: Vec<SpikeTrains> = Vec::new();
    let wanted =
        network.recorders.iter().flat_map(|recorder| recorder.spikes.iter().map(move |wanted| (recorder, wanted)));
    for (recorder, (population, trigger, neurons)) in wanted {
        let whole = &network.populations[*population];
        let site = whole.detectors.get(*trigger).map_or(String::new(), |detector| detector.label.clone());
        let mut neurons: Vec<usize> = neurons.iter().map(|&neuron| neuron as usize).collect();
        neurons.sort_unstable();
        let seen_by = SeenBy {
            recorder: recorder.name.clone(),
            neurons,
            start_ms: network.time_ms(recorder.start),
            stop_ms: network.time_ms(recorder.stop),
        };
        match trains.iter_mut().find(|train| train.population == whole.name && train.site == site) {
            Some(train) => {
                train.recorded.extend(&seen_by.neurons);
                train.seen_by.push(seen_by);
            }
            None => trains.push(SpikeTrains {
                population: whole.name.clone(),
                site,
                size: whole.size,
                recorded: seen_by.neurons.clone(),
                seen_by: vec![seen_by],
                ..SpikeTrains::default()
            }),
        }
    }
    for train in &mut trains {
        train.recorded.sort_unstable();
        train.recorded.dedup();
        let all = train.recorded.len();
        train.seen_by.iter_mut().filter(|seen| seen.neurons.len() == all).for_each(|seen| seen.neurons.clear());
    }
    trains
}

fn stimulus(network: &Network, stimulus: &Stimulus) -> StimulusSeen {
    let name = |population: usize| network.populations[population].name.clone();
    StimulusSeen {
        name: stimulus.name.clone(),
        kind: stimulus.kind.to_string(),
        to: stimulus.targets.iter().map(|target| name(target.population)).collect(),
        neurons: stimulus
            .targets
            .iter()
            .map(|target| target.neurons.iter().map(|&neuron| neuron as usize).collect())
            .collect(),
        unit: stimulus.unit.clone(),
        amplitudes: stimulus.amplitudes.clone(),
        start_ms: network.time_ms(stimulus.start),
        stop_ms: network.time_ms(stimulus.stop.min(network.steps)),
        ..StimulusSeen::default()
    }
}

fn projections(network: &Network) -> Vec<ProjectionSeen> {
    let mut seen = Vec::new();
    for pathway in network.chemical() {
        let port = &network.ports[pathway.port];
        let delay = pathway.delay_bounds();
        seen.push(ProjectionSeen {
            name: pathway.name.to_string(),
            from: network.populations[pathway.source].name.clone(),
            to: network.populations[port.population].name.clone(),
            synapse: port.synapse_name.clone(),
            synapses: pathway.connections.len(),
            autapses: pathway.connections.has_autapses(),
            delay_ms: delay.map(|(low, high)| (network.time_ms(low.into()), network.time_ms(high.into()))),
        });
    }
    for (table, name) in network.gap_names.iter().enumerate() {
        let mut gaps = network.gaps.iter().filter(|gap| gap.table == table).peekable();
        let Some(first) = gaps.peek() else { continue };
        let (from, to) = (first.a.population, first.b.population);
        seen.push(ProjectionSeen {
            name: name.clone(),
            from: network.populations[from].name.clone(),
            to: network.populations[to].name.clone(),
            synapse: "gap junction".into(),
            synapses: gaps.count() as u64,
            autapses: false,
            delay_ms: None,
        });
    }
    seen
}
