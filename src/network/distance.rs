//! What hangs on the distance between neurons: the numbers of a rule of space, and delays of conduction.

use super::connections::Conduction;
use super::context::Context;
use super::positions::Positions;
use super::projections::WrittenRule;
use super::targets::Reached;
use crate::config::keys::Keys;
use crate::config::value::{Data, Value};
use crate::connectivity::Given;
use crate::connectivity::distance::{self, Places, Point};
use crate::error::{Code, Diagnostic, Span};
use std::sync::Arc;

/// The numbers of a rule of space, as written.
pub(super) struct Reach {
    numbers: Vec<f64>,
    within: f64,
    periodic: bool,
    span: Span,
}

impl Reach {
    pub fn read(context: &mut Context, rule: &WrittenRule, value: &Value) -> Option<Reach> {
        let shape = distance::shape(rule.info.name)?;
        let what = format!("rule `{}`", rule.info.name);
        let table = context.diagnostics.keep(value.as_table(&what))?;
        let mut keys = Keys::new(&what, table);
        let written: Vec<_> = shape.parameters.iter().map(|p| (p, keys.optional_named(p.name))).collect();
        let (within, periodic) = (keys.optional("within"), keys.optional("periodic"));
        keys.finish(&mut context.diagnostics);
        let numbers: Vec<Option<f64>> =
            written.iter().map(|(p, value)| context.parameter(&[], *value, p, rule.span, &what)).collect();
        let within = context.parameter(&[], within, &distance::WITHIN, rule.span, &what);
        let periodic = match periodic {
            Some(value) => context.keep(context.evaluator.boolean(value)),
            None => Some(false),
        };
        let numbers = numbers.into_iter().collect::<Option<_>>()?;
        let within = within.map(|within| if within.is_nan() { f64::INFINITY } else { within })?;
        Some(Reach { numbers, within, periodic: periodic?, span: rule.span })
    }

    pub fn given(&self, context: &mut Context, source: &Reached, target: &Reached) -> Option<Given> {
        let period = period(context, self.periodic, source, target, self.span)?;
        let (sources, targets) = (points(context, source, self.span)?, points(context, target, self.span)?);
        let of = |all: &[Point], reached: &Reached| reached.neurons.iter().map(|n| all[*n as usize]).collect();
        let places = Places { sources: of(&sources, source), targets: of(&targets, target), period };
        Some(Given::Distance { numbers: self.numbers.clone(), within: self.within, places })
    }
}

/// A delay that grows with distance: `{ base = "0.5 ms", speed = "0.3 m/s" }`.
pub(super) struct WrittenConduction {
    base_ms: f64,
    um_per_ms: f64,
    periodic: bool,
    span: Span,
}

impl WrittenConduction {
    /// None if the delay is not of this kind.
    pub fn read(context: &mut Context, delay: &Value) -> Option<Option<WrittenConduction>> {
        let Data::Table(table) = &delay.data else { return None };
        if table.get("speed").is_none() && table.get("base").is_none() {
            return None;
        }
        let mut keys = Keys::new("`delay`", table);
        let base = keys.optional("base");
        let speed = keys.required("speed", "such as `\"0.3 m/s\"`", &mut context.diagnostics);
        let periodic = keys.optional("periodic");
        keys.finish(&mut context.diagnostics);
        let base_ms = base.map_or(Some(0.0), |value| positive(context, value, "ms", "base", true));
        let um_per_ms = speed.and_then(|value| positive(context, value, "um/ms", "speed", false));
        let periodic = match periodic {
            Some(value) => context.keep(context.evaluator.boolean(value)),
            None => Some(false),
        };
        let read = || {
            Some(WrittenConduction {
                base_ms: base_ms?,
                um_per_ms: um_per_ms?,
                periodic: periodic?,
                span: delay.place(),
            })
        };
        Some(read())
    }

    pub fn between(&self, context: &mut Context, source: &Reached, target: &Reached) -> Option<Conduction> {
        let period = period(context, self.periodic, source, target, self.span)?;
        let (sources, targets) = (points(context, source, self.span)?, points(context, target, self.span)?);
        let places = Places { sources: sources.to_vec(), targets: targets.to_vec(), period };
        let (base_ms, um_per_ms) = (self.base_ms, self.um_per_ms);
        Some(Conduction { base_ms, um_per_ms, dt_ms: context.dt_ms, places: Arc::new(places), bounds: (1, 1) })
    }
}

fn positive(context: &mut Context, value: &Value, unit: &str, name: &str, or_zero: bool) -> Option<f64> {
    let number = context.keep(context.evaluator.number(value, unit))?;
    if number > 0.0 || (or_zero && number == 0.0) {
        return Some(number);
    }
    let message = format!("`{name}` must be above zero");
    context.push(Diagnostic::error(Code::OutOfRange, value.span, message));
    None
}

/// The places of a whole population.
fn points(context: &mut Context, reached: &Reached, span: Span) -> Option<Vec<Point>> {
    let population = &context.populations[reached.population];
    match &population.positions {
        Some(positions) => Some(positions.points.clone()),
        None => {
            let message = format!("`{}` has no positions to measure a distance between", population.name);
            let help = format!(
                "give `[population.{}]` a `position = {{ grid = [40, 40], extent = [\"1 mm\", \"1 mm\"] }}`",
                population.name
            );
            context.push(Diagnostic::error(Code::MissingKey, span, message).help(help));
            None
        }
    }
}

/// The box whose opposite faces touch, if they do.
fn period(context: &mut Context, periodic: bool, source: &Reached, target: &Reached, span: Span) -> Option<Point> {
    if !periodic {
        return Some([0.0; 3]);
    }
    let of = |reached: &Reached| context.populations[reached.population].positions.as_ref();
    let (Some(a), Some(b)) = (of(source), of(target)) else { return Some([0.0; 3]) };
    let boxed = |positions: &Positions| positions.extent[0] > 0.0;
    if boxed(a) && a.extent == b.extent {
        return Some(a.extent);
    }
    let message = "edges can only touch where both populations fill a box of the same `extent`";
    context.push(Diagnostic::error(Code::Conflict, span, message).help("leave `periodic` out"));
    None
}
