//! Runs a converted network on the engine, many samples side by side.

use super::encode;
use super::network::{Kind, Neurons, Wired};
use super::watch::Watch;
use crate::contrast::plan::{InputCode, Readout, Reset};
use crate::contrast::seen::LayerSeen;
use crate::engine::layers::{Batch, SpikeBits, Stack};
use crate::error::{Code, Error, Exit};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Samples side by side on one thread: enough for weights to be used again and again, few enough for their sums to stay
/// in the second-level cache.
const COPIES: usize = 32;

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
    /// Spikes of all samples.
    Spikes(&'a SpikeBits),
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
    let samples = match input {
        Input::Values(x, ..) => x.len() / wired.sizes()[0],
        Input::Spikes(spikes) => spikes.copies(),
    };
    let stack = match input {
        Input::Values(_, code, _) => wired.stack(code != InputCode::Current, code == InputCode::Latency),
        Input::Spikes(_) => wired.stack(true, false),
    };
    let (done, stopped) = (AtomicU64::new(0), AtomicBool::new(false));
    let all = (samples * run.steps) as u64;
    let tell = Mutex::new(tell);
    let ahead = |more: usize| {
        let done = done.fetch_add(more as u64, Ordering::Relaxed) + more as u64;
        let mut tell = tell.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let stop = tell(done, all);
        stopped.fetch_or(stop, Ordering::Relaxed) || stop
    };
    let batches = || {
        let firsts: Vec<usize> = (0..samples).step_by(COPIES).collect();
        let batch = |first: usize| first..(first + COPIES).min(samples);
        let batches = firsts.into_par_iter().map(|first| one_batch(wired, &stack, input, &run, batch(first), &ahead));
        batches.collect::<Result<Vec<Spiked>, Error>>()
    };
    let parts = match run.threads {
        None => batches()?,
        Some(threads) => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let pool = pool.map_err(|error| Error::plain(Exit::Refused, Code::TooLarge, error.to_string()))?;
            pool.install(batches)?
        }
    };
    if stopped.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let mut spiked = Spiked::default();
    parts.into_iter().for_each(|part| spiked.append(part));
    Ok(Some(spiked))
}

fn one_batch(
    wired: &Wired,
    stack: &Stack,
    input: Input,
    run: &Run,
    samples: Range<usize>,
    ahead: &(dyn Fn(usize) -> bool + Sync),
) -> Result<Spiked, Error> {
    let sizes = wired.sizes();
    let (copies, steps) = (samples.len(), run.steps);
    let batch = Batch {
        copies,
        steps,
        input: spikes(wired, input, run, &samples),
        holding: match input {
            Input::Values(x, InputCode::Current, _) => {
                wired.holding(Some(&x[samples.start * sizes[0]..samples.end * sizes[0]]))
            }
            _ => wired.holding(None),
        },
    };
    let seen = |number: usize| LayerSeen {
        size: sizes[number],
        fan_out: sizes.get(number + 1).copied().unwrap_or(0),
        counts: vec![0; copies * sizes[number]],
        spikes_at: vec![0; steps],
        raster: vec![],
        full_rate: wired.neurons.full_rate,
        scale: 1.0,
    };
    let classes = sizes[sizes.len() - 1];
    let mut before = 0;
    let mut tell = |step: usize| {
        let more = step - std::mem::replace(&mut before, step);
        ahead(more * copies)
    };
    let mut watch = Watch {
        input: batch.input.as_ref().map(|_| seen(0)),
        layers: (1..sizes.len()).map(seen).collect(),
        shown: run.shown.filter(|shown| samples.contains(shown)).map(|shown| shown - samples.start),
        readout: run.readout,
        classes,
        decisions: vec![],
        totals: vec![0.0; copies * classes],
        votes: vec![0; copies * classes],
        tell: &mut tell,
    };
    stack.run(&batch, &mut watch)?;
    Ok(Spiked { decisions: watch.decisions, input: watch.input, layers: watch.layers, totals: watch.totals })
}

/// The input's spikes, where it spikes.
fn spikes(wired: &Wired, input: Input, run: &Run, samples: &Range<usize>) -> Option<SpikeBits> {
    let (rate, features, steps) = (wired.neurons.full_rate, wired.sizes()[0], run.steps);
    let (x, code, initial) = match input {
        Input::Values(x, code, initial) => (&x[samples.start * features..samples.end * features], code, initial),
        Input::Spikes(spikes) => return Some(spikes.of_copies(samples.clone())),
    };
    match code {
        InputCode::Current => None,
        InputCode::Poisson => Some(encode::poisson(x, features, steps, rate, samples.start, run.seed)),
        InputCode::Regular => Some(encode::regular(x, features, steps, rate, initial)),
        InputCode::Latency => Some(encode::latency(x, features, steps)),
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
