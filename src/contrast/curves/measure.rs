//! A curve is one population on the engine: a neuron (or several) for each current, all at once.

use super::read::CurvePlan;
use crate::config::Config;
use crate::config::builder::table;
use crate::config::value::{Table, Value};
use crate::contrast::{Progress, Stage};
use crate::error::{Error, Exit};
use crate::simulation::{RunOptions, Simulation};
use std::sync::Arc;

/// A curve as the engine found it.
pub struct Curve {
    pub plan: CurvePlan,
    /// In the plan's unit, ascending.
    pub current: Vec<f64>,
    /// Of each current: mean over its neurons of spikes after the warm-up, a second.
    pub rate_hz: Vec<f64>,
    /// Of each current: standard deviation over its neurons; empty where there is one.
    pub deviation_hz: Vec<f64>,
    pub dt_ms: f64,
    pub duration_ms: f64,
    pub warmup_ms: f64,
    /// Processor time for one step of one neuron, all told (ns).
    pub step_ns: f64,
    pub warnings: Vec<String>,
}

/// Runs the population of one curve.
///
/// # Errors
/// As a run's; `Interrupted`, without a message, if `progress` asked to stop.
pub fn run(config: &Config, plan: &CurvePlan, threads: Option<usize>, progress: &mut Progress) -> Result<Curve, Error> {
    let current = currents(plan);
    let simulation = Simulation::new(population(config, plan, &current))?;
    let what = format!("spiking: curve `{}`", plan.name);
    let options = RunOptions { threads, ..RunOptions::default() };
    let finished = simulation
        .run_with(options, &mut |at| progress(Stage { what: &what, done: at.step as u64, of: at.steps as u64 }))?;
    if finished.interrupted {
        return Err(Error { exit: Exit::Interrupted, diagnostics: vec![], sources: Arc::clone(&config.sources) });
    }
    let recording = &finished.recording;
    let mut counts = vec![0u32; plan.points * plan.repeats];
    for trains in &recording.spikes {
        for (time, neuron) in trains.times_ms.iter().zip(&trains.neurons) {
            if *time > recording.warmup_ms {
                counts[*neuron as usize] += 1;
            }
        }
    }
    let seconds = (recording.duration_ms - recording.warmup_ms) * 1e-3;
    let of_point = |point: usize| -> Vec<f64> {
        counts.iter().skip(point).step_by(plan.points).map(|count| f64::from(*count) / seconds).collect()
    };
    let means: Vec<(f64, f64)> = (0..plan.points).map(|point| mean_and_deviation(&of_point(point))).collect();
    let neuron_steps = simulation.network().steps as f64 * counts.len() as f64;
    Ok(Curve {
        plan: plan.clone(),
        current,
        rate_hz: means.iter().map(|(mean, _)| *mean).collect(),
        deviation_hz: if plan.repeats > 1 { means.iter().map(|(_, sd)| *sd).collect() } else { vec![] },
        dt_ms: recording.dt_ms,
        duration_ms: recording.duration_ms,
        warmup_ms: recording.warmup_ms,
        step_ns: finished.report.wall_s.simulate * finished.report.threads as f64 * 1e9 / neuron_steps,
        warnings: simulation.warnings().iter().map(|warning| warning.message.clone()).collect(),
    })
}

fn currents(plan: &CurvePlan) -> Vec<f64> {
    let last = (plan.points - 1) as f64;
    (0..plan.points).map(|point| plan.from + (plan.to - plan.from) * point as f64 / last).collect()
}

fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, (squares / (count - 1.0).max(1.0)).sqrt())
}

/// The user's cells, with one population of the curve's cell: neuron `repeat * points + point`.
fn population(config: &Config, plan: &CurvePlan, current: &[f64]) -> Config {
    let mut built =
        Config { root: Table::empty(), sources: Arc::clone(&config.sources), directory: config.directory.clone() };
    let kept = config.root.entries.iter().filter(|(name, _)| ["run", "define", "cell"].contains(&name.text.as_str()));
    built.root.entries.extend(kept.cloned());
    built.run().duration(plan.duration.clone()).warmup(plan.warmup.clone());
    let name = plan.name.as_str();
    built.population(name).cell(plan.cell.as_str()).size(plan.points * plan.repeats);
    let amplitudes: Vec<Value> = std::iter::repeat_n(current, plan.repeats)
        .flatten()
        .map(|current| Value::text(format!("{current:?} {}", plan.unit)))
        .collect();
    built.stimulus(&format!("{name}_current")).kind("step").to(name).amplitude(table([("each", amplitudes)]));
    if let Some(noise) = plan.noise {
        built
            .stimulus(&format!("{name}_noise"))
            .kind("noise")
            .to(name)
            .set("mean", format!("0 {}", noise.unit))
            .set("std", format!("{:?} {}", noise.std, noise.unit))
            .set("tau", format!("{:?} ms", noise.tau_ms));
    }
    built.recorder("spikes").of(name).what(["spikes"]);
    built
}
