//! Runs a converted network on the engine, many samples side by side.
//!
//! Layers are a step apart: a spike of one arrives at the next a step later, where the window (bias, integration,
//! counting) opens a step later, too. Seen from inside the windows, a layer gets the spikes of the same step.

use super::network::{Arrival, Kind, Neurons, Source, Wired};
use super::watch::{Watch, Window};
use crate::contrast::plan::{InputCode, Readout, Reset};
use crate::contrast::seen::LayerSeen;
use crate::engine::Engine;
use crate::error::Error;
use crate::lift::{Parameters, lift};
use crate::network::{Body, PointBody};
use crate::neurons::unit::Unit;
use std::sync::Arc;

/// Samples side by side: their state stays in the second-level cache, and rows of weights are used again.
pub const COPIES: usize = 256;

/// How to run.
#[derive(Clone, Copy)]
pub struct Run {
    pub steps: usize,
    pub readout: Readout,
    pub seed: u64,
    pub threads: Option<usize>,
    /// The sample whose spikes are kept.
    pub shown: Option<usize>,
}

/// What the input layer is given.
#[derive(Clone, Copy)]
pub enum Input<'a> {
    /// `[sample][feature]`, in a code; of regular units, the membrane at the start.
    Values(&'a [f64], InputCode, f64),
    /// (step of the window from 1, sample x features + feature), ascending, for one batch of samples.
    Spikes(&'a Arc<[(i64, u32)]>, usize),
}

/// What it did.
#[derive(Clone, Debug, Default)]
pub struct Spiked {
    /// `[step][sample]`.
    pub decisions: Vec<Vec<u8>>,
    pub input: Option<LayerSeen>,
    pub layers: Vec<LayerSeen>,
    /// `[sample][class]`: all the current into the output, normalised.
    pub totals: Vec<f64>,
}

impl Neurons {
    /// Units without dimensions: threshold 1, membrane at `initial` at the start, `correction` added to every bias.
    pub fn units(beta: f64, reset: Reset, initial: f64, correction: f64) -> Neurons {
        let kind = Kind::Unit { beta, reset };
        Neurons { kind, initial, offset: correction, gain: 1.0, full_rate: 1.0, tau_syn_ms: None }
    }
}

/// Runs all samples, batch by batch; `tell(done, of)` may ask to stop.
///
/// # Errors
/// If a number stops being one.
pub fn run(
    wired: &Wired,
    input: Input,
    run: Run,
    tell: &mut (dyn FnMut(u64, u64) -> bool + Send),
) -> Result<Option<Spiked>, Error> {
    let features = wired.sizes()[0];
    let samples = match input {
        Input::Values(x, ..) => x.len() / features,
        Input::Spikes(_, samples) => samples,
    };
    let mut spiked = Spiked::default();
    let batch = if matches!(input, Input::Spikes(..)) { samples } else { COPIES };
    for first in (0..samples).step_by(batch.max(1)) {
        let copies = batch.min(samples - first);
        let mut stopped = false;
        let mut say = |step: i64| {
            stopped |=
                tell(first as u64 * run.steps as u64 + copies as u64 * step as u64, (samples * run.steps) as u64);
            stopped
        };
        let part = one_batch(wired, input, &run, first, copies, &mut say)?;
        if stopped {
            return Ok(None);
        }
        spiked.append(part);
    }
    Ok(Some(spiked))
}

fn one_batch(
    wired: &Wired,
    input: Input,
    run: &Run,
    first: usize,
    copies: usize,
    tell: &mut (dyn FnMut(i64) -> bool + Send),
) -> Result<Spiked, Error> {
    let sizes = wired.sizes();
    let x = match input {
        Input::Values(x, ..) => &x[first * sizes[0]..(first + copies) * sizes[0]],
        Input::Spikes(..) => &[],
    };
    let source = source(wired, input, x, first, run.steps);
    // A latency's first spike is at step 0, any other's at 1.
    let lasting = matches!(source, Source::Spikes(_, Arrival::Lasting));
    let spiking = matches!(source, Source::Spikes(..));
    let network = wired.network(copies, run.steps, x, source, run.seed);
    let depth = wired.layers.len();
    let window = |population: usize, first: usize, size: usize| {
        Some(Window::new(population, first as i64 - i64::from(lasting && first == 0), size, copies, run.steps))
    };
    let shift = usize::from(spiking);
    let mut windows: Vec<Option<Window>> = network.populations.iter().map(|_| None).collect();
    for (population, whole) in network.populations.iter().enumerate() {
        let size = whole.size / copies;
        match whole.name.as_str() {
            "input" => windows[population] = window(population, 0, size),
            "readout" => {}
            name => {
                let number: usize = name.trim_start_matches("layer").parse().unwrap_or(1);
                let mut counted = window(population, number - 1 + shift, size);
                counted.iter_mut().for_each(|window| window.first = (number - 1 + shift) as i64);
                windows[population] = counted;
            }
        }
    }
    let output = network.populations.len() - 1;
    let mut watch = Watch {
        windows,
        shown: run.shown.and_then(|shown| shown.checked_sub(first)).filter(|shown| *shown < copies),
        classes: sizes[depth],
        votes: (run.readout == Readout::Spikes).then_some((output, vec![])),
        first: (depth - 1 + shift) as i64,
        steps: run.steps,
        decisions: vec![],
        totals: vec![],
        tell,
    };
    Engine::new(&network, run.threads)?.plain().run(&mut watch)?;
    watch.count_votes(copies);
    Ok(seen(wired, watch))
}

/// The batch's windows as layers.
fn seen(wired: &Wired, watch: Watch) -> Spiked {
    let sizes = wired.sizes();
    let rate = wired.neurons.full_rate;
    let layer = |window: Window, fan_out: usize| LayerSeen {
        size: window.size,
        fan_out,
        counts: window.counts,
        spikes_at: window.spikes_at,
        raster: window.raster,
        full_rate: rate,
        scale: 1.0,
    };
    let mut windows: Vec<Window> = watch.windows.into_iter().flatten().collect();
    let input = (windows.len() > wired.layers.len()).then(|| layer(windows.remove(0), sizes[1]));
    let layers = windows.into_iter().enumerate().map(|(number, window)| {
        let fan_out = sizes.get(number + 2).copied().unwrap_or(0);
        layer(window, fan_out)
    });
    Spiked { decisions: watch.decisions, input, layers: layers.collect(), totals: watch.totals }
}

/// The input population of a batch whose first sample is `first`.
fn source(wired: &Wired, input: Input, x: &[f64], first: usize, steps: usize) -> Source {
    let rate = wired.neurons.full_rate;
    let features = wired.sizes()[0];
    let (code, initial) = match input {
        Input::Values(_, code, initial) => (code, initial),
        Input::Spikes(events, _) => return Source::Spikes(Body::SpikeSource(Arc::clone(events)), Arrival::Ordinary),
    };
    match code {
        InputCode::Current => Source::Currents,
        InputCode::Poisson => {
            let chances = x.iter().map(|x| x * rate).collect();
            Source::Spikes(Body::Bernoulli(chances, (first * features) as u64), Arrival::Ordinary)
        }
        InputCode::Regular => {
            let body = PointBody {
                kernel: lift::<Unit<true>>(Parameters::Same(vec![1.0, 1.0]), 1.0),
                initial: vec![vec![initial; x.len()]],
                threshold: None,
                parameters: vec![],
                holding: x.iter().map(|x| x * rate).collect(),
                asleep: 0,
            };
            Source::Spikes(Body::Point(body), Arrival::Ordinary)
        }
        InputCode::Latency => {
            let mut events: Vec<(i64, u32)> = Vec::new();
            for (neuron, x) in x.iter().enumerate() {
                let lasts = (x.clamp(0.0, 1.0) * steps as f64).round() as i64;
                if lasts > 0 {
                    events.push((steps as i64 - lasts, neuron as u32));
                }
            }
            events.sort_unstable();
            Source::Spikes(Body::SpikeSource(events.into()), Arrival::Lasting)
        }
    }
}

impl Spiked {
    /// Puts another batch's samples after these.
    fn append(&mut self, part: Spiked) {
        if self.layers.is_empty() {
            *self = part;
            return;
        }
        self.decisions.iter_mut().zip(part.decisions).for_each(|(all, more)| all.extend(more));
        self.totals.extend(part.totals);
        self.input.iter_mut().zip(part.input).for_each(|(all, more)| append(all, more));
        self.layers.iter_mut().zip(part.layers).for_each(|(all, more)| append(all, more));
    }
}

fn append(all: &mut LayerSeen, more: LayerSeen) {
    all.counts.extend(more.counts);
    all.spikes_at.iter_mut().zip(more.spikes_at).for_each(|(all, more)| *all += more);
    all.raster.extend(more.raster);
}
