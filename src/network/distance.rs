//! What hangs on the distance between neurons: the numbers of a rule of space, and delays of conduction.

use super::connections::Conduction;
use super::context::Context;
use super::positions::Positions;
use super::rule::{WrittenRule, entry};
use super::targets::Reached;
use crate::config::evaluate::{Grid, Varied};
use crate::config::keys::Keys;
use crate::config::value::{Data, Value};
use crate::connectivity::Given;
use crate::connectivity::distance::{self, Places, Point};
use crate::error::{Code, Diagnostic, Span};
use crate::model::{Parameter, Range};
use std::sync::Arc;

/// The numbers of a rule of space, as written.
pub(super) struct Reach {
    /// Each for every pair of a target and a source.
    numbers: Vec<Grid<f64>>,
    within: Grid<f64>,
    periodic: bool,
    span: Span,
}

impl Reach {
    pub fn read(context: &mut Context, rule: &WrittenRule, value: &Value, shape: (usize, usize)) -> Option<Reach> {
        let sides = shape;
        let shape = distance::shape(rule.info.name)?;
        let what = format!("rule `{}`", rule.info.name);
        let table = context.diagnostics.keep(value.as_table(&what))?;
        let mut keys = Keys::new(&what, table);
        let written: Vec<_> = shape.parameters.iter().map(|p| (p, keys.optional_named(p.name))).collect();
        let (within, periodic) = (keys.optional("within"), keys.optional("periodic"));
        keys.finish(&mut context.diagnostics);
        let mut number = |parameter: &Parameter, value: Option<&Value>| match value {
            Some(value) => numbers(context, value, parameter, sides),
            None => context.parameter(&[], None, parameter, rule.span, &what).map(Grid::of_one),
        };
        let numbers: Vec<Option<Grid<f64>>> =
            written.iter().map(|(parameter, value)| number(parameter, *value)).collect();
        let within = number(&distance::WITHIN, within);
        let periodic = match periodic {
            Some(value) => context.keep(context.evaluator.boolean(value)),
            None => Some(false),
        };
        let numbers = numbers.into_iter().collect::<Option<_>>()?;
        Some(Reach { numbers, within: within?, periodic: periodic?, span: rule.span })
    }

    /// The chance is zero, whatever the distance.
    pub fn joins_nobody(&self, (row, column): (usize, usize)) -> bool {
        self.numbers.first().is_some_and(|p| *p.at(row, column) == 0.0)
    }

    /// `row` is that of the target, `column` that of the source.
    pub fn given(
        &self,
        context: &mut Context,
        (row, column): (usize, usize),
        (source, target): (&Reached, &Reached),
    ) -> Option<Given> {
        let period = period(context, self.periodic, source, target, self.span)?;
        let (sources, targets) = (points(context, source, self.span)?, points(context, target, self.span)?);
        let of = |all: &Arc<[Point]>, reached: &Reached| match reached.neurons.iter().copied().eq(0..all.len() as u32) {
            true => all.clone(),
            false => reached.neurons.iter().map(|n| all[*n as usize]).collect(),
        };
        let places = Places { sources: of(&sources, source), targets: of(&targets, target), period };
        let numbers = self.numbers.iter().map(|grid| *grid.at(row, column)).collect();
        let within = *self.within.at(row, column);
        Some(Given::Distance { numbers, within: if within.is_nan() { f64::INFINITY } else { within }, places })
    }
}

/// A delay that grows with distance: `{ base = "0.5 ms", speed = "0.3 m/s" }`.
pub(super) struct WrittenConduction {
    base_ms: Grid<f64>,
    um_per_ms: Grid<f64>,
    periodic: bool,
    /// Where `periodic` is written, if it is.
    periodic_at: Option<Span>,
    span: Span,
}

const BASE: Parameter = Parameter::new("base", "ms", Range::NonNegative, "the delay at no distance").default(0.0);
const SPEED: Parameter = Parameter::new("speed", "um/ms", Range::Positive, "of conduction");

impl WrittenConduction {
    /// None if the delay is not of this kind.
    pub fn read(context: &mut Context, delay: &Value, shape: (usize, usize)) -> Option<Option<WrittenConduction>> {
        let Data::Table(table) = &delay.data else { return None };
        if table.get("speed").is_none() && table.get("base").is_none() {
            return None;
        }
        let mut keys = Keys::new("`delay`", table);
        let base = keys.optional("base");
        let speed = keys.required("speed", "such as `\"0.3 m/s\"`", &mut context.diagnostics);
        let periodic = keys.optional("periodic");
        let periodic_at = periodic.map(|value| value.span);
        keys.finish(&mut context.diagnostics);
        let base_ms = base.map_or(Some(Grid::of_one(0.0)), |value| numbers(context, value, &BASE, shape));
        let um_per_ms = speed.and_then(|value| numbers(context, value, &SPEED, shape));
        let periodic = match periodic {
            Some(value) => context.keep(context.evaluator.boolean(value)),
            None => Some(false),
        };
        let read = || {
            Some(WrittenConduction {
                base_ms: base_ms?,
                um_per_ms: um_per_ms?,
                periodic: periodic?,
                periodic_at,
                span: delay.place(),
            })
        };
        Some(read())
    }

    /// Measures distances as the rule does; a rule that knows none leaves it to `periodic` here.
    pub fn follow(mut self, context: &mut Context, reach: &Reach) -> Option<WrittenConduction> {
        if let Some(span) = self.periodic_at.filter(|_| self.periodic != reach.periodic) {
            let message = format!(
                "opposite edges {} for the delay, but {} for the rule, and there is one distance",
                touch(self.periodic),
                touch(reach.periodic)
            );
            let help = "leave `periodic` out here: the delay follows the rule";
            context.push(Diagnostic::error(Code::Conflict, span, message).help(help));
            return None;
        }
        self.periodic = reach.periodic;
        Some(self)
    }

    /// `row` is that of the target, `column` that of the source.
    pub fn between(
        &self,
        context: &mut Context,
        (row, column): (usize, usize),
        (source, target): (&Reached, &Reached),
    ) -> Option<Conduction> {
        let period = period(context, self.periodic, source, target, self.span)?;
        let (sources, targets) = (points(context, source, self.span)?, points(context, target, self.span)?);
        let places = Places { sources, targets, period };
        let (base_ms, um_per_ms) = (*self.base_ms.at(row, column), *self.um_per_ms.at(row, column));
        Some(Conduction { base_ms, um_per_ms, dt_ms: context.dt_ms, places, bounds: (1, 1) })
    }
}

fn touch(periodic: bool) -> &'static str {
    if periodic { "touch" } else { "do not touch" }
}

/// A number, or a matrix of them.
fn numbers(context: &mut Context, value: &Value, of: &Parameter, (rows, columns): (usize, usize)) -> Option<Grid<f64>> {
    let grid = context.keep(context.evaluator.grid(value, of.unit, rows, columns, false))?;
    let cells = grid.cells.iter().enumerate().map(|(index, varied)| {
        let at = entry(value, (index / grid.columns, index % grid.columns));
        context.diagnostics.keep(varied.check(of.range, (at, of.unit), of.name))?;
        let Varied::Constant(number) = varied else {
            let message = format!("`{}` is one fixed number, or a matrix of them", of.name);
            context.push(Diagnostic::error(Code::WrongType, at.place(), message));
            return None;
        };
        Some(*number)
    });
    // All of them are looked at.
    let cells: Vec<Option<f64>> = cells.collect();
    let cells = cells.into_iter().collect::<Option<_>>()?;
    Some(Grid { rows: grid.rows, columns: grid.columns, cells })
}

/// The places of a whole population.
fn points(context: &mut Context, reached: &Reached, span: Span) -> Option<Arc<[Point]>> {
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
    if boxed(a) && a.extent == b.extent && a.corner == b.corner {
        return Some(a.extent);
    }
    let message = "edges can only touch where both populations lie in the same box: `extent` and `centre` must agree";
    let boxless = [(source, a), (target, b)].into_iter().find(|(_, positions)| !boxed(positions));
    let help = match boxless.map(|(reached, _)| &context.populations[reached.population].name) {
        Some(name) => format!("give the `position` of `{name}` an `extent` beside its `file`, or leave `periodic` out"),
        None => "leave `periodic` out".into(),
    };
    context.push(Diagnostic::error(Code::Conflict, span, message).help(help));
    None
}
