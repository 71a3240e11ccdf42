//! What a stimulus does to the neurons that it reaches.

use crate::num::poisson::{InCommon, PoissonTable};
use crate::stimuli::Waveform;
use crate::stimuli::course::Course;
use crate::stimuli::noise::OrnsteinUhlenbeck;
use crate::stimuli::voltage_clamp::Clamp;

pub enum Drive {
    /// One per neuron reached, in pA or mV/ms.
    Currents(Vec<Box<dyn Waveform>>),
    /// One per neuron reached.
    Clamps(Vec<Clamp>),
    /// One per neuron reached.
    Noise(Vec<OrnsteinUhlenbeck>),
    /// How many a step, for runs of neurons reached; the weight of each neuron reached.
    Poisson(Vec<PoissonRun>, Vec<f64>),
    /// (step, neuron reached or all), ascending in step; the weight of each neuron reached.
    Events(Vec<(i64, Option<u32>)>, Vec<f64>),
}

/// Neurons that a stimulus reaches, one after the other, at the same rate.
pub struct PoissonRun {
    pub positions: std::ops::Range<usize>,
    /// Of the mean over the run, where the rate follows a course.
    pub table: PoissonTable,
    /// Means a step.
    pub course: Option<Course>,
    pub in_common: Option<Box<InCommon>>,
}

impl Drive {
    /// Poisson input at these means a step, with these weights, of each neuron reached.
    pub fn poisson(means: &[f64], weights: Vec<f64>, correlation: f64) -> Drive {
        let mut runs: Vec<PoissonRun> = Vec::new();
        let mut first = 0;
        for same in means.chunk_by(|a, b| a == b) {
            let table = PoissonTable::new(same[0]);
            let in_common = InCommon::new(same[0], correlation).map(Box::new);
            runs.push(PoissonRun { positions: first..first + same.len(), table, course: None, in_common });
            first += same.len();
        }
        Drive::Poisson(runs, weights)
    }

    /// Poisson input whose mean a step follows `course`, of which `mean` is the average.
    pub fn poisson_course(course: Course, mean: f64, weights: Vec<f64>, correlation: f64) -> Drive {
        let table = PoissonTable::new(mean);
        let in_common = InCommon::new(mean, correlation).map(Box::new);
        let run = PoissonRun { positions: 0..weights.len(), table, course: Some(course), in_common };
        Drive::Poisson(vec![run], weights)
    }

    /// (mean a step, weight) of each neuron reached by Poisson input; nothing of other drives.
    pub fn poisson_means(&self) -> Vec<(f64, f64)> {
        let Drive::Poisson(runs, weights) = self else { return vec![] };
        let of = |run: &PoissonRun| {
            let mean = run.table.mean();
            weights[run.positions.clone()].iter().map(|weight| (mean, *weight)).collect::<Vec<_>>()
        };
        runs.iter().flat_map(of).collect()
    }
}
