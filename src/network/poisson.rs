//! What fires at random: rates become means a step; cells alone, or with spikes in common.

use super::PoissonBody;
use super::cells::read_parameters;
use super::context::Context;
use super::course;
use crate::config::keys::Keys;
use crate::config::value::Table;
use crate::error::{Code, Diagnostic, Span};
use crate::model::ModelInfo;
use crate::num::poisson::{InCommon, PoissonTable};
use crate::stimuli::course::Course;

/// Spikes a step of one process at most: tables of their distribution stay small, and no count leaves 32 bits.
const MOST_A_STEP: f64 = 1e6;

/// `[cell.x] model = "poisson"`.
#[derive(Clone)]
pub(super) struct PoissonCell {
    /// Hz; or a course of means a step.
    rate: Result<f64, Course>,
    /// Of the counts of any two neurons.
    correlation: f64,
    span: Span,
}

impl PoissonCell {
    pub fn read(
        context: &mut Context,
        table: &Table,
        keys: &mut Keys,
        path: &[&str],
        (info, what): (&ModelInfo, &str),
    ) -> Option<PoissonCell> {
        let span = keys.span();
        let Some(rate) = table.get("rate").and_then(course::written) else {
            let numbers = read_parameters(context, keys, path, info, what)?;
            return Some(PoissonCell { rate: Ok(numbers[0]), correlation: numbers[1], span });
        };
        keys.also_known("rate");
        let (_, parameter) = info.parameter("correlation")?;
        let written = keys.optional_named(parameter.name);
        let correlation = context.parameter(path, written, parameter, span, what);
        let course = course::read(context, rate, &format!("`rate` of {what}"), "Hz", false)?;
        Some(PoissonCell { rate: Err(course.scaled(context.dt_ms * 1e-3)), correlation: correlation?, span })
    }

    /// Its neurons; `set` are parameters of the population, as (index, one for each neuron).
    pub fn body(
        &self,
        context: &mut Context,
        set: &[(usize, Vec<f64>)],
        (what, span): (&str, Span),
    ) -> Option<PoissonBody> {
        let mut refuse = |message: String| {
            context.push(Diagnostic::error(Code::Conflict, span, message));
            None
        };
        if set.iter().any(|(index, _)| *index != 0) {
            return refuse("`correlation` is one number for all: it belongs into the cell".into());
        }
        let each = set.first().map(|(_, rates)| rates.as_slice());
        if each.is_some() && self.rate.is_err() {
            return refuse(format!("the rate of {what} follows a course in time: `set.rate` has no meaning"));
        }
        if self.correlation > 0.0 && each.is_some_and(|rates| rates.iter().any(|rate| *rate != rates[0])) {
            return refuse("spikes in common need the same rate for all neurons".into());
        }
        let dt = context.dt_ms * 1e-3;
        let means: Vec<f64> = match (&self.rate, each) {
            (Err(course), _) => vec![course.average(0, context.steps)],
            (Ok(_), Some(rates)) => rates.iter().map(|rate| rate * dt).collect(),
            (Ok(rate), None) => vec![rate * dt],
        };
        let course = self.rate.as_ref().err().cloned();
        let most = course.as_ref().map_or_else(|| means.iter().copied().fold(0.0, f64::max), Course::most);
        bearable(context, most, self.correlation, self.span)?;
        let alike = means.windows(2).all(|pair| pair[0] == pair[1]);
        let tables = means[..if alike { 1 } else { means.len() }].iter().map(|mean| PoissonTable::new(*mean)).collect();
        Some(PoissonBody { tables, course, in_common: InCommon::new(means[0], self.correlation) })
    }
}

/// Refuses a process of more than [`MOST_A_STEP`] spikes; the one behind neurons with spikes in common has more.
pub(super) fn bearable(context: &mut Context, mean: f64, correlation: f64, span: Span) -> Option<()> {
    let drawn = if correlation > 0.0 { mean / correlation } else { mean };
    if drawn <= MOST_A_STEP {
        return Some(());
    }
    let shared = if correlation > 0.0 { "the spikes in common are drawn from " } else { "the rate makes " };
    let message = format!("{shared}about {drawn:.0e} spikes a step, and a million is the most");
    let help = "so many spikes are a current: use a stimulus of kind `noise` or `step`";
    context.push(Diagnostic::error(Code::OutOfRange, span, message).help(help));
    None
}
