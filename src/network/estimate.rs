//! What a network would need: memory and time, to refuse what cannot fit and to tell before running.

use super::connections::{Connections, Delays, Weights};
use super::{Body, Chemical, Drive, Network, Population, Recorder};
use crate::config::random::Random;
use crate::model::ModelInfo;
use std::collections::BTreeMap;

// Measured with half a million neurons, and two of a hundred thousand compartments: `peak_rss_mib` of runs with and without.

/// A neuron, whatever it is: state, bits, counts of its spikes.
pub const BYTES_PER_NEURON: f64 = 100.0;
/// More where parameters are drawn, for each: as it was written, and as the step needs it.
const BYTES_PER_DRAWN_PARAMETER: f64 = 24.0;
/// More where it has a position, which is kept for drawing, too.
const BYTES_PER_PLACE: f64 = 180.0;
/// More for the synapses of one kind.
const BYTES_PER_PORT: f64 = 64.0;
/// More for a current that reaches it.
const BYTES_PER_STIMULATED: f64 = 115.0;
/// More for spikes of a stimulus; where each has a rate of its own, a table of counts for each.
const BYTES_PER_BOMBARDED: f64 = 40.0;
const BYTES_PER_RATE: f64 = 440.0;
/// How many spikes a step a source has, where each has a rate of its own.
const BYTES_PER_TABLE: f64 = 165.0;
/// A spike of a file, while it is read.
const BYTES_PER_LISTED_SPIKE: f64 = 106.0;
/// A spike that waits until its neurons meet the others, at most so many steps, in all the lists that it passes.
const BYTES_PER_SPIKE: f64 = 380.0;
const LONGEST_WAIT: u32 = 64;
/// State, matrix and gates of a compartment.
pub const BYTES_PER_COMPARTMENT: f64 = 180.0;
/// A synapse with one weight and delay for all, while it is sorted: its target, and target and delay as they were drawn.
pub const BYTES_PER_SYNAPSE: f64 = 12.0;

/// A gap junction: its two ends, and what the solver makes of it.
pub const BYTES_PER_GAP: f64 = 320.0;

/// More, of a synapse that releases by chance: a weight, its number among its target's, its full sites.
const BYTES_BY_CHANCE: f64 = 14.0;

/// A connection while its file is read.
const BYTES_PER_LINE: f64 = 60.0;

/// A recorded number, kept for the plots.
pub const BYTES_PER_SAMPLE: f64 = 8.0;

/// What a sampled column takes in a run beside its samples, in bytes: what it is called and where it looks, in the network, in
/// the recording and in the writer. Measured with one and two million columns of `V_m`.
pub const BYTES_PER_COLUMN: f64 = 850.0;

/// What a run of hardly anything takes.
const BYTES_OF_THE_PROGRAM: f64 = 10.0 * 1024.0 * 1024.0;

/// Items of less than this share of the sum are told together, and those beyond the first few.
const SMALLEST_SHARE: f64 = 0.01;
const MOST_ITEMS: usize = 8;

/// Memory that is free to use, in bytes; 8 GiB where the system does not tell.
pub fn available_bytes() -> f64 {
    let told = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?.to_string();
        line.split_whitespace().nth(1)?.parse::<f64>().ok()
    });
    told.map_or(8.0 * 1024f64.powi(3), |kib| kib * 1024.0)
}

/// Those that a run uses, unless told otherwise.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// `400`, `1.5 million`, `100 billion`.
pub fn describe_count(count: f64) -> String {
    let digits = |x: f64| format!("{:.*}", if x < 10.0 { 2 } else { usize::from(x < 100.0) }, x);
    let short = |x: f64| {
        let text = digits(x);
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
    };
    match count {
        x if x < 1e6 => format!("{x:.0}"),
        x if x < 999.5e6 => format!("{} million", short(x / 1e6)),
        x if x < 1e15 => format!("{} billion", short(x / 1e9)),
        x => format!("{x:.2e}"),
    }
}

/// `1.5 GiB`.
pub fn describe_bytes(bytes: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut scaled = bytes;
    for (index, unit) in units.iter().enumerate() {
        if scaled < 1024.0 || index + 1 == units.len() {
            return if index == 0 {
                format!("{scaled:.0} {unit}")
            } else if scaled >= 1e6 {
                format!("{scaled:.3e} {unit}")
            } else {
                format!("{scaled:.1} {unit}")
            };
        }
        scaled /= 1024.0;
    }
    format!("{bytes} B")
}

/// What `axonal check` prints.
#[derive(Clone, Debug)]
pub struct Estimate {
    pub neurons: u64,
    pub compartments: u64,
    pub synapses: u64,
    pub gap_junctions: u64,
    pub steps: i64,
    /// The largest first.
    pub items: Vec<Item>,
    /// Values that recorders sample, all steps together.
    pub samples: f64,
    /// Samples, connections, and spikes of sources that say how often they fire.
    pub output_bytes: f64,
    /// Other spikes, if neurons fire at [`super::duration::ASSUMED_HZ`].
    pub spikes_bytes: f64,
    /// To build and to simulate, on one thread, if neurons fire at [`super::duration::ASSUMED_HZ`].
    pub seconds: f64,
}

/// What needs memory: `200 neurons of `exc``.
#[derive(Clone, Debug)]
pub struct Item {
    pub what: String,
    pub bytes: f64,
}

/// Adds up what `network` holds and will write.
pub fn estimate(network: &Network) -> Estimate {
    let mut estimate = Estimate {
        neurons: network.populations.iter().map(|population| population.size as u64).sum(),
        compartments: 0,
        synapses: network.synapses(),
        gap_junctions: network.gaps.len() as u64,
        steps: network.steps,
        items: vec![],
        samples: 0.0,
        output_bytes: 0.0,
        spikes_bytes: 0.0,
        seconds: super::duration::seconds(network),
    };
    for population in &network.populations {
        let compartments = match &population.body {
            Body::Cable(cable) => cable.tree.compartments() * population.size,
            _ => 0,
        };
        estimate.compartments += compartments as u64;
        let listed = match &population.body {
            Body::SpikeSource(events) => listed_bytes(events),
            Body::Poisson(body) => body.tables.len().saturating_sub(1) as f64 * BYTES_PER_TABLE,
            _ => 0.0,
        };
        let own = compartments as f64 * BYTES_PER_COMPARTMENT + population.size as f64 * bytes_per_neuron(population);
        let bytes = own + listed;
        estimate.needs(format!("{} neurons of `{}`", describe_count(population.size as f64), population.name), bytes);
    }
    for port in &network.ports {
        let size = network.populations[port.population].size as f64;
        estimate.needs(format!("what arrives through `{}`", port.synapse_name), size * BYTES_PER_PORT);
    }
    for stimulus in &network.stimuli {
        let reached: usize = stimulus.targets.iter().map(|target| target.neurons.len()).sum();
        let (each, more) = match &stimulus.drive {
            Drive::Poisson(runs, _) => (BYTES_PER_BOMBARDED, runs.len().saturating_sub(1) as f64 * BYTES_PER_RATE),
            Drive::Events(events, _) => (BYTES_PER_BOMBARDED, listed_bytes(events)),
            _ => (BYTES_PER_STIMULATED, 0.0),
        };
        estimate.needs(format!("stimulus `{}`", stimulus.name), reached as f64 * each + more);
    }
    estimate.waiting(network);
    for chemical in network.chemical() {
        let what = format!("{} synapses of `{}`", describe_count(chemical.connections.len() as f64), chemical.name);
        let own = if network.ports[chemical.port].quantal.is_some() { BYTES_BY_CHANCE } else { 0.0 };
        let built = (built_bytes(network, chemical.connections) + own) * chemical.connections.len() as f64;
        estimate.needs(what, built + chemical.connections.rule_bytes());
    }
    estimate.sorting(network);
    if !network.gaps.is_empty() {
        let count = network.gaps.len() as f64;
        estimate.needs(format!("{} gap junctions", describe_count(count)), count * BYTES_PER_GAP);
    }
    estimate.needs("the program itself".into(), BYTES_OF_THE_PROGRAM);
    network
        .recorders
        .iter()
        .filter(|recorder| !recorder.hidden)
        .for_each(|recorder| estimate.recording(network, recorder));
    estimate.items.sort_by(|a, b| b.bytes.total_cmp(&a.bytes));
    estimate
}

impl Estimate {
    /// Synapses are sorted while they are built: those of a source population at a time, as far as their weights are of one form.
    fn sorting(&mut self, network: &Network) {
        let mut together: BTreeMap<(usize, u64), f64> = BTreeMap::new();
        for chemical in network.chemical() {
            let (form, each) = match &chemical.connections.weights {
                _ if network.ports[chemical.port].quantal.is_some() => (chemical.port as u64, 24.0),
                Weights::Same(weight) => (weight.to_bits(), 8.0),
                Weights::Drawn(random) if is_one_sided(random) => (u64::from(random.mean_sd().0 < 0.0), 8.0),
                Weights::Drawn(_) => (2, 12.0),
                Weights::Listed(_) => (3, 16.0),
            };
            *together.entry((chemical.source, form)).or_default() += each * chemical.connections.len() as f64;
        }
        let most = together.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, bytes)| *bytes > 0.0);
        if let Some(((population, _), bytes)) = most {
            self.needs(format!("sorting the synapses of `{}`", network.populations[population].name), bytes);
        }
    }

    /// What a recorder keeps and writes.
    fn recording(&mut self, network: &Network, recorder: &Recorder) {
        let rows = ((recorder.stop - recorder.start).max(0) / recorder.every + 1) as f64;
        let values = rows * (recorder.probes.len() + recorder.rates.len()) as f64;
        self.samples += values;
        let wiring = network.chemical().into_iter().filter(|one| recorder.wiring.iter().any(|name| name == one.name));
        self.output_bytes += wiring.map(|one| written_bytes(network, &one)).sum::<f64>();
        // A written number takes about 18 characters, a binary one 8 bytes.
        self.output_bytes += if recorder.format == super::RecordFormat::Csv { values * 18.0 } else { values * 8.0 };
        let columns = recorder.probes.len() as f64 * BYTES_PER_COLUMN;
        let what = format!("{} samples of `{}`", describe_count(values), recorder.name);
        self.needs(what, values * BYTES_PER_SAMPLE + columns);
        for (population, _, neurons) in &recorder.spikes {
            let whole = &network.populations[*population];
            let seconds = network.time_ms((recorder.stop - recorder.start).max(0)) * 1e-3;
            // `123.4,name,1234` and a line break.
            let row = if recorder.format == super::RecordFormat::Csv { whole.name.len() as f64 + 13.0 } else { 20.0 };
            let bytes = |hz: f64| hz * seconds * neurons.len() as f64 * row;
            match super::duration::known_hz(network, whole) {
                Some(hz) => self.output_bytes += bytes(hz),
                None => self.spikes_bytes += bytes(super::duration::ASSUMED_HZ),
            }
        }
    }

    /// Spikes of one interval, of sources that say how often they fire.
    fn waiting(&mut self, network: &Network) {
        let delays = network.chemical().into_iter().filter_map(|one| Some(one.connections.delay_bounds()?.0));
        let steps = f64::from(delays.min().unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT));
        for population in &network.populations {
            let hz = super::duration::known_hz(network, population).unwrap_or(0.0);
            // Times that are listed for all come in one step.
            let all_at_once =
                matches!(&population.body, Body::SpikeSource(events) if events.iter().any(|(_, who)| who.is_none()));
            let spikes = match all_at_once {
                true => population.size as f64,
                false => hz * network.dt_ms * 1e-3 * steps * population.size as f64,
            };
            self.needs(format!("spikes of `{}` on their way", population.name), spikes * BYTES_PER_SPIKE);
        }
    }

    fn needs(&mut self, what: String, bytes: f64) {
        self.items.push(Item { what, bytes });
    }

    pub fn memory_bytes(&self) -> f64 {
        self.items.iter().map(|item| item.bytes).sum()
    }

    /// What takes most of the memory, the largest first: `1.2 GiB for 1000 neurons of `exc``.
    pub fn largest_items(&self) -> Vec<String> {
        let all = self.memory_bytes();
        let worth_telling = self.items.iter().filter(|item| item.bytes >= all * SMALLEST_SHARE).take(MOST_ITEMS);
        let mut told = 0.0;
        let mut lines: Vec<String> = worth_telling
            .map(|item| {
                told += item.bytes;
                format!("{} for {}", describe_bytes(item.bytes), item.what)
            })
            .collect();
        if all - told > all * SMALLEST_SHARE {
            lines.push(format!("{} for all others", describe_bytes(all - told)));
        }
        lines
    }
}

/// Connections as text: `1234,5678,87.81234567,1.5` and a line break.
fn written_bytes(network: &Network, chemical: &Chemical) -> f64 {
    let connections = chemical.connections;
    let digits = |count: usize| (count.max(2) as f64).log10().ceil();
    let (from, to) = (network.populations[chemical.source].size, connections.targets.len());
    let weight = if matches!(connections.weights, Weights::Same(_)) { 4.0 } else { 15.0 };
    connections.len() as f64 * (digits(from) + digits(to) + weight + 8.0)
}

/// Spikes that are listed: of a file, or times of all neurons.
fn listed_bytes(events: &[(i64, Option<u32>)]) -> f64 {
    let each = if events.first().is_some_and(|(_, who)| who.is_some()) { BYTES_PER_LISTED_SPIKE } else { 16.0 };
    events.len() as f64 * each
}

fn bytes_per_neuron(population: &Population) -> f64 {
    let drawn = match &population.body {
        Body::Point(point) if !point.kernel.is_uniform() => point.kernel.info().parameters.len() as f64,
        _ => 0.0,
    };
    let place = if population.positions.is_some() { BYTES_PER_PLACE } else { 0.0 };
    BYTES_PER_NEURON + drawn * BYTES_PER_DRAWN_PARAMETER + place
}

/// Of a built synapse: its target, and a weight and delay where they are not all the same.
fn built_bytes(network: &Network, connections: &Connections) -> f64 {
    let weight = match &connections.weights {
        Weights::Same(_) => 0.0,
        Weights::Drawn(random) if is_one_sided(random) => 2.0,
        Weights::Drawn(_) => 4.0,
        // The list itself stays, too, and before it there was what was read.
        Weights::Listed(_) => 16.0 + BYTES_PER_LINE,
    };
    let delay = if matches!(connections.delays, Delays::Listed(_)) { 4.0 } else { 0.0 };
    target_bytes(network) + weight + delay
}

/// 16 bits name the targets of a thread, if these are few.
fn target_bytes(network: &Network) -> f64 {
    let slots: usize = network.ports.iter().map(|port| network.populations[port.population].size).sum();
    if slots.div_ceil(threads()) <= 1 << 16 { 2.0 } else { 4.0 }
}

/// Drawn weights of one sign mostly take 16 bits.
fn is_one_sided(random: &Random) -> bool {
    let (low, high) = random.drawn_extremes();
    low >= 0.0 || high <= 0.0
}

impl Network {
    /// The tables of the models that it uses, each once.
    pub fn models(&self) -> Vec<&'static ModelInfo> {
        let mut models: Vec<&'static ModelInfo> = Vec::new();
        for population in &self.populations {
            if !models.iter().any(|model| model.name == population.model().name) {
                models.push(population.model());
            }
        }
        models
    }
}
