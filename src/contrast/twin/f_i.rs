//! The f-I curve of a population's own cell: many copies of it, each with its own constant current, on the real engine.
//!
//! Nothing else reaches them. Rates are counted when the cell has settled (after several time constants of its
//! adaptation), as intervals per time between the first and the last spike; the first interval after the onset shows
//! how much it adapts.

use crate::engine::{Engine, Observer, Spike};
use crate::error::Error;
use crate::lift::Parameters;
use crate::network::{Body, CableBody, Drive, Network, PointBody, Population, Stimulus, StimulusTarget};
use crate::neurons;
use crate::rate::population_network::mean_parameters;
use crate::stimuli::Waveform;

/// Points of the curve.
const POINTS: usize = 61;
/// Copies in a search for the drive at which firing begins.
const SCOUTS: usize = 33;
/// Times that the range of a search is doubled.
const DOUBLINGS: usize = 14;
/// A cell settles for this long (ms), or for so many time constants of its adaptation, at most so long.
const SETTLE_MS: f64 = 300.0;
const SETTLE_TAUS: f64 = 5.0;
const LONGEST_SETTLE_MS: f64 = 3000.0;
/// Rates are counted for this long (ms).
const COUNT_MS: f64 = 1000.0;
/// Where a squid axon starts (mV).
const SQUID_REST_MV: f64 = -65.0;

/// One point of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// pA or mV/ms.
    pub drive: f64,
    /// Hz, when settled.
    pub rate: f64,
    /// Hz, from the first interval after the onset.
    pub onset: Option<f64>,
}

/// A measured f-I curve, ascending in drive.
#[derive(Clone, Debug, Default)]
pub struct Curve {
    pub points: Vec<Point>,
    /// The drive from which it fires, halfway between the last that is silent and the first that fires.
    pub rheobase: Option<f64>,
}

impl Curve {
    pub fn pairs(&self) -> Vec<(f64, f64)> {
        self.points.iter().map(|point| (point.drive, point.rate)).collect()
    }

    /// The rate at a drive, on the line between its points; beyond them, that of the nearest.
    pub fn at(&self, drive: f64) -> f64 {
        let next = self.points.partition_point(|point| point.drive < drive);
        match (next.checked_sub(1).and_then(|before| self.points.get(before)), self.points.get(next)) {
            (Some(a), Some(b)) => a.rate + (b.rate - a.rate) * (drive - a.drive) / (b.drive - a.drive),
            (a, b) => a.or(b).map_or(0.0, |point| point.rate),
        }
    }
}

/// Measures the curve of the cells of `population` about where firing begins, over the drives from `lowest` to `highest`
/// that they met; of the silent ones no more than of those that fire.
///
/// # Errors
/// `Numeric` if a cell's state stops being a number.
pub fn measure(network: &Network, population: usize, (lowest, highest): (f64, f64)) -> Result<Curve, Error> {
    let whole = &network.populations[population];
    let Some(scale) = scale(whole) else { return Ok(Curve::default()) };
    let mut range = (0.0, if highest > 0.1 * scale { highest } else { scale });
    let mut found = None;
    for _ in 0..DOUBLINGS {
        // A drive at which the state is no longer a number is none that this cell meets.
        let Ok(points) = sample(network, whole, range, SCOUTS) else { break };
        let first = points.iter().position(|point| point.rate > 0.0);
        match first {
            None => range = (range.1, 2.0 * range.1),
            // Fires without input: where it no longer does lies below.
            Some(0) if range.0 <= 0.0 => range = (2.0 * range.0.min(-0.5 * scale), range.0),
            Some(first) => {
                found = Some(0.5 * (points[first].drive + points[first.saturating_sub(1)].drive));
                break;
            }
        }
    }
    let Some(rheobase) = found else {
        return Ok(Curve { points: sample(network, whole, (0.0, highest.max(scale)), SCOUTS)?, rheobase: None });
    };
    let width = (0.5 * rheobase.abs()).max(0.1 * scale);
    let high = highest.max(rheobase + width);
    let low = lowest.clamp(2.0 * rheobase - high, rheobase - 0.5 * width);
    let points = sample(network, whole, (low, high), POINTS)?;
    let first = points.iter().position(|point| point.rate > 0.0).filter(|first| *first > 0);
    let rheobase = first.map_or(rheobase, |first| 0.5 * (points[first].drive + points[first - 1].drive));
    Ok(Curve { points, rheobase: Some(rheobase) })
}

/// A current that does something to the cell; `None` for sources of spikes.
fn scale(population: &Population) -> Option<f64> {
    match &population.body {
        // 1 mV/ms into its capacitance.
        Body::Point(point) => Some(point.kernel.capacitance(0).unwrap_or(1.0)),
        // uA/cm^2 x um^2 = 1e-2 pA: 5 uA/cm^2, near where the squid axon begins to fire.
        Body::Cable(cable) => Some(cable.tree.total_area() * 5e-2),
        Body::Poisson(_) | Body::SpikeSource(_) => None,
    }
}

/// `count` points from `range.0` to `range.1`.
fn sample(network: &Network, population: &Population, range: (f64, f64), count: usize) -> Result<Vec<Point>, Error> {
    let drive = |k: usize| range.0 + (range.1 - range.0) * k as f64 / (count - 1) as f64;
    let drives: Vec<f64> = (0..count).map(drive).collect();
    let (body, per_drive, tau_w) = copies(network, population, count);
    let steps = |ms: f64| (ms / network.dt_ms).round() as i64;
    let settle = steps((SETTLE_TAUS * tau_w).clamp(SETTLE_MS, LONGEST_SETTLE_MS));
    let end = settle + steps(COUNT_MS);
    let alone = alone(network, population, body, &drives, per_drive, end);
    let mut watch = Watch::new(&alone, settle);
    Engine::new(&alone, Some(1))?.run(&mut watch)?;
    Ok(drives.into_iter().enumerate().map(|(neuron, drive)| watch.point(neuron, drive)).collect())
}

/// The middle of a population, `count` times without its `I_e`; how much current a unit of drive is; the time
/// constant of its adaptation.
fn copies(network: &Network, population: &Population, count: usize) -> (Option<Body>, f64, f64) {
    match &population.body {
        Body::Point(point) => {
            let info = point.kernel.info();
            let Some(entry) = neurons::point(info.name) else { return (None, 1.0, 0.0) };
            let mut parameters = mean_parameters(point, population.size);
            let index = |name: &str| info.parameter(name).map(|(index, _)| index);
            if let Some(index) = index("I_e") {
                parameters[index] = 0.0;
            }
            let tau_w = index("tau_w").map_or(0.0, |index| parameters[index]);
            let mut per_drive = 1.0;
            // A leaky cell without a capacitance gets one of as many pF as its tau_m has ms: 1 mV/ms is then so many pA.
            if let (Some(c), Some(tau), true) = (index("C_m"), index("tau_m"), point.kernel.capacitance(0).is_none()) {
                (parameters[c], per_drive) = (parameters[tau], parameters[tau]);
            }
            let start = (entry.initial)(&parameters, None);
            let body = PointBody {
                initial: start.iter().map(|value| vec![*value; count]).collect(),
                threshold: point.threshold,
                kernel: (entry.kernel)(Parameters::Same(parameters.clone()), network.dt_ms),
                parameters,
            };
            (Some(Body::Point(body)), per_drive, tau_w)
        }
        Body::Cable(cable) => {
            let body = CableBody {
                info: cable.info,
                tree: cable.tree.clone(),
                section_names: cable.section_names.clone(),
                sections: cable.sections.clone(),
                overrides: vec![],
                v: vec![Some(SQUID_REST_MV); count],
                gates: vec![],
                morphology: None,
                holding: 0.0,
            };
            (Some(Body::Cable(body)), 1.0, 0.0)
        }
        Body::Poisson(_) | Body::SpikeSource(_) => (None, 1.0, 0.0),
    }
}

struct Constant(f64);

impl Waveform for Constant {
    fn value(&self, _: i64) -> f64 {
        self.0
    }
}

/// A network of nothing but these cells and their currents.
fn alone(
    network: &Network,
    population: &Population,
    body: Option<Body>,
    drives: &[f64],
    per_drive: f64,
    steps: i64,
) -> Network {
    let places = match &population.body {
        Body::Cable(cable) => vec![(cable.tree.place(0, 0.5), 1.0)],
        _ => vec![],
    };
    let waveform = |drive: &f64| Box::new(Constant(drive * per_drive)) as Box<dyn Waveform>;
    let current = Stimulus {
        name: "current".into(),
        kind: "step",
        start: 0,
        stop: steps,
        targets: vec![StimulusTarget {
            population: 0,
            neurons: (0..drives.len() as u32).collect(),
            places,
            factor: 1.0,
            port: None,
            first: 0,
        }],
        drive: Drive::Currents(drives.iter().map(waveform).collect()),
        unit: String::new(),
        amplitudes: drives.to_vec(),
        shared: false,
        key: 0,
    };
    let copies = body.map(|body| Population {
        name: population.name.clone(),
        cell: population.cell.clone(),
        size: drives.len(),
        body,
        detectors: population.detectors.iter().take(1).cloned().collect(),
        positions: None,
    });
    Network {
        steps,
        temperature_celsius: network.temperature_celsius,
        populations: copies.into_iter().collect(),
        stimuli: vec![current],
        ..Network::empty(network.dt_ms, network.seeds)
    }
}

/// What is kept of each copy's spikes.
struct Watch {
    dt_ms: f64,
    settle: i64,
    neurons: Vec<Seen>,
}

#[derive(Clone, Copy, Default)]
struct Seen {
    first: Option<f64>,
    second: Option<f64>,
    /// The last spike before those that count, from which the first interval that counts is measured.
    before: Option<f64>,
    /// Intervals that count, and the time that they take (ms).
    intervals: u32,
    time: f64,
    /// A spike counts.
    fires: bool,
}

impl Watch {
    fn new(network: &Network, settle: i64) -> Watch {
        let size = network.populations.first().map_or(0, |population| population.size);
        Watch { dt_ms: network.dt_ms, settle, neurons: vec![Seen::default(); size] }
    }

    fn point(&self, neuron: usize, drive: f64) -> Point {
        let seen = self.neurons[neuron];
        let rate = match seen.intervals {
            0 if seen.fires => 1e3 / COUNT_MS,
            0 => 0.0,
            intervals => f64::from(intervals) / seen.time * 1e3,
        };
        let onset = seen.first.zip(seen.second).map(|(first, second)| 1e3 / (second - first));
        Point { drive, rate, onset }
    }
}

impl Observer for Watch {
    fn spikes(&mut self, spikes: &[Spike]) -> Result<(), Error> {
        for spike in spikes.iter().filter(|spike| spike.trigger == 0) {
            let time = spike.step as f64 * self.dt_ms - spike.late;
            let seen = &mut self.neurons[spike.neuron as usize];
            match (seen.first, seen.second) {
                (None, _) => seen.first = Some(time),
                (_, None) => seen.second = Some(time),
                _ => {}
            }
            if spike.step > self.settle {
                seen.fires = true;
                if let Some(before) = seen.before {
                    (seen.intervals, seen.time) = (seen.intervals + 1, seen.time + (time - before));
                }
            }
            seen.before = Some(time);
        }
        Ok(())
    }

    fn sample(&mut self, _: usize, _: i64, _: &[f64]) -> Result<(), Error> {
        Ok(())
    }

    fn reached(&mut self, _: i64) -> Result<bool, Error> {
        Ok(false)
    }
}
