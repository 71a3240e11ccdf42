//! What was seen of a run: samples, spikes, and all that a plot or a measure needs to know about them.
//!
//! A [`Recording`] is the only thing that plots, measures and reports see. It is written as `recording.json` (all but
//! the samples and spikes, which stand in their own files), so that a run directory explains itself.
//! Times are in ms, positions in um; a sample's unit stands beside it.

use serde::{Deserialize, Serialize};
pub use thinning::Thinned;
pub use views::{SeenBy, View};

/// Everything seen of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Recording {
    pub title: String,
    pub dt_ms: f64,
    pub duration_ms: f64,
    pub warmup_ms: f64,
    /// The run ended early: samples and spikes reach `duration_ms`, which is then less than what was asked for.
    pub interrupted: bool,
    pub populations: Vec<PopulationSeen>,
    pub recorders: Vec<Samples>,
    pub spikes: Vec<SpikeTrains>,
    pub stimuli: Vec<StimulusSeen>,
    pub projections: Vec<ProjectionSeen>,
    /// How neurons are connected, where it was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connectivity: Option<ConnectivitySeen>,
    /// The equations' right-hand sides on a grid, for phase planes; sampled for the populations that ask for it.
    pub nullclines: Vec<Nullclines>,
    /// Gates of the mechanisms that occur, against V.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelSeen>,
    pub measures: Vec<MeasureSeen>,
}

/// A population: its size, and what it did.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PopulationSeen {
    pub name: String,
    pub size: usize,
    /// Name of the cell's table, and of its model.
    pub cell: String,
    pub model: String,
    /// Spikes at `spike.at` in the whole run, counted whether recorded or not.
    pub spikes: u64,
    /// Those of them in [warmup, duration].
    #[serde(default)]
    pub counted: u64,
    /// Mean over neurons in [warmup, duration]; nothing, if the run ended before that.
    pub rate_hz: Option<f64>,
    /// Mean over neurons with at least three spikes of the coefficient of variation of their intervals; NaN is written null.
    pub cv_isi: Option<f64>,
    /// Threshold potential, for drawing spikes on traces of models that reset, where it is known.
    pub threshold_mv: Option<f64>,
    /// The model has an upstroke of its own, which ends at `threshold_mv`.
    #[serde(default)]
    pub upstroke: bool,
    /// Sections of a cable with more than one compartment; empty for points.
    pub sections: Vec<SectionSeen>,
    /// Of each neuron, where the config says where it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub positions_um: Vec<[f64; 3]>,
    /// How many of the coordinates the config speaks of; 0 where that was not written down.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dimensions: usize,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// A section of a cable: where it lies on the tree.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SectionSeen {
    pub name: String,
    pub parent: Option<String>,
    pub length_um: f64,
    pub diameter_um: f64,
    pub compartments: usize,
    /// Path distance of its 0 end from the root's 0 end.
    pub start_um: f64,
    /// x, y, z and diameter of its points, where a file says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outline_um: Vec<[f64; 4]>,
}

/// A gate of a mechanism at each potential.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ChannelSeen {
    pub mechanism: String,
    pub gate: String,
    /// Where it has these numbers: the first such population, with the section of a cable that has several.
    #[serde(default)]
    pub of: String,
    /// Calcium inside, mM, where it decides what the gate does: that with which its cell begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calcium_mm: Option<f64>,
    pub temperature_celsius: f64,
    pub v_mv: Vec<f64>,
    pub steady: Vec<f64>,
    pub tau_ms: Vec<f64>,
}

/// The samples of one recorder: one time base, many traces.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Samples {
    pub recorder: String,
    pub start_ms: f64,
    pub every_ms: f64,
    pub traces: Vec<Trace>,
    /// File in the run directory that holds the values.
    pub file: String,
}

impl Samples {
    /// Time of sample `index`: from the integer count, not a running sum.
    pub fn time(&self, index: usize) -> f64 {
        self.start_ms + index as f64 * self.every_ms
    }

    pub fn len(&self) -> usize {
        self.traces.first().map_or(0, |trace| trace.values.len())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One variable at one place, through time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Trace {
    pub population: String,
    pub neuron: usize,
    /// `axon(0.5)`; empty for point neurons.
    pub site: String,
    /// Section, position 0..1, and path distance from the root in um, where there is a site.
    pub section: Option<String>,
    pub position: Option<f64>,
    pub distance_um: Option<f64>,
    /// `V_m`, `g.ampa`, `I.touch`, `m`.
    pub variable: String,
    pub unit: String,
    /// Of all these neurons together, rather than of `neuron`: `exc`, `exc[0..400]`. A value is then that of the bin
    /// [time, time + every), of which the last includes its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    #[serde(skip)]
    pub values: Vec<f64>,
}

impl Trace {
    /// The column's name in CSV: `population[index].site.variable`, or the population's alone for its rate.
    pub fn column(&self) -> String {
        if let Some(of) = &self.of {
            return of.clone();
        }
        let site = if self.site.is_empty() { String::new() } else { format!("{}.", self.site) };
        format!("{}[{}].{}{}", self.population, self.neuron, site, self.variable)
    }
}

/// Recorded spikes of one population at one site.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SpikeTrains {
    pub population: String,
    /// Empty for `spike.at` of point neurons.
    pub site: String,
    pub size: usize,
    /// Which neurons were recorded, ascending; all others are unknown rather than silent.
    pub recorded: Vec<usize>,
    /// Ascending in time.
    #[serde(skip)]
    pub times_ms: Vec<f64>,
    #[serde(skip)]
    pub neurons: Vec<u32>,
    /// Which recorder asked for the spikes of whom, from when to when; empty for one of all in the whole run.
    #[serde(default)]
    pub seen_by: Vec<SeenBy>,
    /// Where there are more spikes than are kept in memory.
    #[serde(skip)]
    pub thinned: Option<Thinned>,
}

/// A stimulus: what it did, to be drawn beneath a trace.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StimulusSeen {
    pub name: String,
    pub kind: String,
    /// Populations that it reaches.
    pub to: Vec<String>,
    /// Neurons of `to[i]` that it reaches.
    pub neurons: Vec<Vec<usize>>,
    /// Unit of `waveform` and `amplitudes`; empty for stimuli that are spikes.
    pub unit: String,
    /// (time in ms, value) corner points for the first neuron reached, to be drawn as straight lines.
    pub waveform: Vec<(f64, f64)>,
    /// Of sampled neurons that have another, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<WaveformSeen>,
    /// One amplitude per neuron reached, in the order of `to` and `neurons`, where it has one: the abscissa of an f-I curve.
    pub amplitudes: Vec<f64>,
    pub start_ms: f64,
    pub stop_ms: f64,
    /// Spike times of a `spike_list`: of all neurons, or of those that are sampled where each has its own.
    pub events_ms: Vec<f64>,
    /// Whose spike each is: its neuron's place among all that are reached; empty where all have the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events_of: Vec<usize>,
    /// When spikes began that were too many to be kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events_until_ms: Option<f64>,
}

/// What a stimulus does to neurons other than the first that it reaches.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WaveformSeen {
    /// Places of these neurons among all that are reached.
    pub of: Vec<usize>,
    /// As in [`StimulusSeen::waveform`]; empty where there was no room for it.
    pub corners: Vec<(f64, f64)>,
}

/// A projection or gap junction in a line: for the report and the connectivity plot.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ProjectionSeen {
    pub name: String,
    pub from: String,
    pub to: String,
    /// The synapse's name, or `gap junction`.
    pub synapse: String,
    pub synapses: u64,
    /// A neuron may meet itself, if it is on both sides.
    #[serde(default)]
    pub autapses: bool,
    pub delay_ms: Option<(f64, f64)>,
}

/// How many chemical synapses neurons have.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ConnectivitySeen {
    /// The synapses onto every so-many-th neuron were looked at: 1 for all.
    pub every: u64,
    /// Synapses onto a neuron, of each population.
    pub in_degrees: Vec<DegreesSeen>,
    /// Synapses from a neuron; empty if not all were looked at.
    pub out_degrees: Vec<DegreesSeen>,
    /// (source, target) of each synapse of a small network, counted through all populations; else empty.
    pub pairs: Vec<(u32, u32)>,
}

/// How many neurons of a population have how many synapses: `counts[k]` between `low + k width` and the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DegreesSeen {
    pub population: String,
    pub low: f64,
    pub width: f64,
    /// Empty if none has any.
    pub counts: Vec<u64>,
}

/// dx/dt = 0 and dy/dt = 0 of a two-variable model, as curves y(x), for a constant input.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Nullclines {
    pub population: String,
    pub x: String,
    pub y: String,
    pub x_unit: String,
    pub y_unit: String,
    /// The constant input at which they hold, with its unit, for the legend.
    pub input: String,
    pub x_nullcline: Vec<(f64, f64)>,
    pub y_nullcline: Vec<(f64, f64)>,
}

/// A number that `[measure]` asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct MeasureSeen {
    pub name: String,
    pub kind: String,
    /// `None` if what it measures did not happen (no crossing, no spike).
    pub value: Option<f64>,
    pub unit: String,
    /// Why there is none, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The run ended before its window did: it is of what was seen until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<f64>,
    /// Where it was taken, to be drawn on traces of V_m.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
}

/// A point on a trace of V_m, or a bar from one point to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    pub population: String,
    pub neuron: usize,
    pub site: String,
    /// What was measured here; of two places together, at the last.
    pub value: Option<f64>,
    /// (ms, mV), one or two.
    pub points: Vec<(f64, f64)>,
}

pub mod analysis;
pub mod correlation;
pub mod load;
pub mod marks;
pub mod measures;
pub mod spectrum;
pub mod spike_watch;
pub mod thinning;
pub mod views;
pub mod watch;
