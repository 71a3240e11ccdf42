//! Draws the connections of one pathway, target by target, in parallel.

use super::context::Context;
use super::projections::WrittenRule;
use super::targets::Reached;
use super::{Connections, Delays, Weights};
use crate::config::evaluate::{Delay, Varied};
use crate::connectivity::{self, Given, Sides};
use crate::error::{Code, Diagnostic, Span};
use crate::num::rng::{Purpose, Stream};
use rayon::prelude::*;

/// All that is needed to draw the connections of one pathway.
pub(super) struct Draw<'d> {
    pub key: u64,
    pub sides: Sides,
    pub source: &'d Reached,
    pub target: &'d Reached,
    pub weight: (&'d Varied, Span, &'static str),
    pub delay: (&'d Delay, Span),
}

/// The connections of one target, as drawn.
#[derive(Default)]
struct Row {
    sources: Vec<u32>,
    weights: Vec<f64>,
    delays: Vec<u32>,
    rounded: bool,
    failed: Option<String>,
}

impl Draw<'_> {
    pub(super) fn connect(&self, context: &mut Context, written: &WrittenRule, given: Given) -> Option<Connections> {
        let rule = match connectivity::rule(written.info.name, given, &self.sides) {
            Ok(rule) => rule,
            Err(reason) => {
                context.push(Diagnostic::error(Code::WrongShape, written.span, reason));
                return None;
            }
        };
        let expected = rule.expected(&self.sides) * super::estimate::BYTES_PER_SYNAPSE;
        if expected > super::estimate::available_bytes() {
            let message = format!(
                "about {:.3e} synapses need {}, and {} are free",
                rule.expected(&self.sides),
                super::estimate::describe_bytes(expected),
                super::estimate::describe_bytes(super::estimate::available_bytes())
            );
            context.push(Diagnostic::error(Code::TooLarge, written.span, message));
            return None;
        }
        let seed = context.seeds.structure;
        let dt = context.dt_ms;
        let rows: Vec<Row> =
            (0..self.sides.targets).into_par_iter().map(|target| self.row(&*rule, target, seed, dt)).collect();
        if let Some(reason) = rows.iter().find_map(|row| row.failed.clone()) {
            let span = if reason.starts_with("delay") { self.delay.1 } else { self.weight.1 };
            context.push(Diagnostic::error(Code::BadRandom, span, reason));
            return None;
        }
        self.gather(context, rows)
    }

    fn row(&self, rule: &dyn connectivity::Rule, target: usize, seed: u64, dt: f64) -> Row {
        let stream = |purpose| Stream::new(seed, purpose, self.key, target as u64);
        let mut row = Row::default();
        rule.sources_of(target, &self.sides, &mut stream(Purpose::Structure), &mut row.sources);
        let count = row.sources.len();
        if let Varied::Random(_) = self.weight.0 {
            let mut draws = stream(Purpose::Weight);
            for _ in 0..count {
                match self.weight.0.value(0, 1, &mut draws) {
                    Some(weight) if self.weight.2 != "nS" || weight >= 0.0 => row.weights.push(weight),
                    Some(weight) => {
                        row.failed = Some(format!(
                            "weight: a drawn conductance is negative ({weight:.4} nS); add `in [\"0 nS\", inf]` or `keeping sign`"
                        ))
                    }
                    None => row.failed = Some("weight: more than 90 % of the draws fall outside the bounds".into()),
                }
            }
        }
        if let Delay::Random(random) = self.delay.0 {
            let mut draws = stream(Purpose::Delay);
            for _ in 0..count {
                let Some(steps) = random.draw_steps(dt, &mut draws).and_then(|steps| u32::try_from(steps).ok()) else {
                    row.failed = Some("delay: more than 90 % of the draws fall outside the bounds".into());
                    break;
                };
                row.rounded = true;
                row.delays.push(steps);
            }
        }
        row.sources.iter_mut().for_each(|source| *source = self.source.neurons[*source as usize]);
        row
    }

    fn gather(&self, context: &mut Context, rows: Vec<Row>) -> Option<Connections> {
        let total: usize = rows.iter().map(|row| row.sources.len()).sum();
        let mut starts = Vec::with_capacity(rows.len() + 1);
        starts.push(0);
        let (mut sources, mut weights, mut delays) = (Vec::with_capacity(total), Vec::new(), Vec::new());
        let mut shift: f64 = 0.0;
        for row in rows {
            sources.extend(row.sources);
            weights.extend(row.weights.iter().map(|&weight| weight as f32));
            delays.extend(row.delays);
            starts.push(sources.len() as u64);
            // A drawn time is anywhere between two grid points.
            shift = if row.rounded { 0.5 * context.dt_ms } else { shift };
        }
        let weights = match self.weight.0 {
            Varied::Constant(weight) => Weights::Same(*weight),
            Varied::Each(list) if list.len() == total => Weights::Exact(list.clone()),
            Varied::Random(_) => Weights::Drawn(weights),
            _ => {
                let message = "a weight is one number or a random value".to_string();
                context.push(Diagnostic::error(Code::WrongShape, self.weight.1, message));
                return None;
            }
        };
        let delays = match self.delay.0 {
            Delay::Steps(steps) => match u32::try_from(*steps) {
                Ok(steps) => Delays::Same(steps),
                Err(_) => {
                    context.push(Diagnostic::error(Code::TooLarge, self.delay.1, "the delay is too long to be kept"));
                    return None;
                }
            },
            Delay::Computed(ms) => {
                let (steps, moved) = round_delay(*ms, context.dt_ms);
                shift = moved;
                Delays::Same(steps)
            }
            Delay::Random(_) => Delays::Each(delays),
            Delay::Each(list) if list.len() == total => {
                Delays::Each(list.iter().map(|&ms| round_delay(ms, context.dt_ms).0).collect())
            }
            Delay::Each(_) => {
                let message = "a delay is one time or a random value".to_string();
                context.push(Diagnostic::error(Code::WrongShape, self.delay.1, message));
                return None;
            }
        };
        if shift > 0.0 {
            context.rounded.0 += total as u64;
            context.rounded.1 = context.rounded.1.max(shift);
        }
        Some(Connections { targets: self.target.neurons.clone(), starts, sources, delays, weights })
    }
}

/// The nearest step, at least one, and how far that is from `ms`.
fn round_delay(ms: f64, dt: f64) -> (u32, f64) {
    let steps = (ms / dt).round().clamp(1.0, u32::MAX as f64);
    (steps as u32, (steps * dt - ms).abs())
}
