//! From what was written to plain numbers in the unit that a key is held in.
//!
//! The [`Evaluator`] knows `[define]` and dt. Each of its functions asks for one kind of number (fixed, whole, on the
//! grid of dt, varying, one per pair) and answers with it or with a [`Diagnostic`] that says how to write it.

use super::array::{Array, Cell, Element, Rank};
use super::decimal::Exact;
use super::define::Definitions;
use super::mistake::{grid_shape, off_grid, ungiven, wrong_dimension};
use super::quantity::{Number, Quantity};
use super::value::{Data, Name, Table, Value};
pub use super::varied::{Delay, Grid, Varied};
use crate::error::{Code, Diagnostic, Diagnostics, Span};
use crate::units::{Dimension, Unit};

/// Steps are counted exactly in f64 too, up to here.
const MOST_STEPS: i64 = 1 << 53;

/// Reads values: the `[define]` table and, once known, dt.
#[derive(Clone, Debug, Default)]
pub struct Evaluator {
    definitions: Definitions,
    /// In s, with the text that messages print.
    dt: Option<(Exact, String)>,
    dt_ms: f64,
    /// dt stands in for one that cannot be used: whether a time is a multiple of it says nothing.
    stands_in: bool,
}

impl Evaluator {
    /// Evaluates every definition, and reports all that is wrong with them.
    pub fn new(define: Option<&Table>, diagnostics: &mut Diagnostics) -> Evaluator {
        Evaluator { definitions: Definitions::new(define, diagnostics), dt: None, dt_ms: f64::NAN, stands_in: false }
    }

    /// See [`Definitions::unused`].
    pub fn unused_definitions<'t>(&self, define: &'t Table, root: &Table) -> Vec<&'t Name> {
        self.definitions.unused(define, root)
    }

    /// Sets the time step, which must be above zero and finite; returns it in ms.
    pub fn set_dt(&mut self, value: &Value) -> Result<f64, Diagnostic> {
        let cell = self.single(value, "ms")?;
        let quantity = self.fixed(&cell, "ms")?;
        let ms = Unit::parse("ms").unwrap_or_default();
        let dt_ms = quantity.in_unit(ms);
        let exact = match quantity.number {
            Number::Exact(exact) => Some(exact),
            Number::Real(_) => Exact::from_f64(dt_ms).map(|exact| exact.shifted(ms.power)),
        };
        match exact {
            Some(exact) if exact.sign() > 0 && dt_ms > 0.0 && dt_ms.is_finite() => {
                let text = cell.written.map_or_else(|| format!("{dt_ms} ms"), |text| text.to_string());
                self.dt = Some((exact, text));
                self.dt_ms = dt_ms;
                Ok(dt_ms)
            }
            _ => Err(Diagnostic::error(Code::OutOfRange, value.span, "`dt` must be above zero and finite")),
        }
    }

    /// As [`Evaluator::set_dt`], for one that cannot be used, so that other mistakes are found too.
    pub fn stand_in(&mut self, value: &Value) -> Result<f64, Diagnostic> {
        self.stands_in = true;
        self.set_dt(value)
    }

    /// dt in ms; NaN until it is set.
    pub fn dt_ms(&self) -> f64 {
        self.dt_ms
    }

    /// One fixed number in `unit`; `""` is dimensionless. May be infinite.
    pub fn number(&self, value: &Value, unit: &str) -> Result<f64, Diagnostic> {
        let cell = self.single(value, unit)?;
        Ok(self.fixed(&cell, unit)?.in_unit(asked(unit, value.span)?))
    }

    /// One whole number. The result of an expression is rounded, halves away from zero; a written 2.5 is an error.
    pub fn integer(&self, value: &Value) -> Result<i64, Diagnostic> {
        self.whole(&self.single(value, "")?)
    }

    /// A time as a number of steps of dt; zero or more.
    pub fn steps(&self, value: &Value) -> Result<i64, Diagnostic> {
        self.cell_steps(&self.single(value, "ms")?)
    }

    /// One time or a list of them, each as a number of steps of dt.
    pub fn steps_list(&self, value: &Value) -> Result<Vec<i64>, Diagnostic> {
        let array = self.definitions.array(value)?;
        self.plain_list(&array, value.span)?;
        all(array.cells.iter().map(|cell| self.cell_steps(cell)))
    }

    /// A number that may be random or vary along a population.
    pub fn varied(&self, value: &Value, unit: &str) -> Result<Varied, Diagnostic> {
        let array = self.definitions.array(value)?;
        match array.rank {
            _ if array.each => Ok(Varied::Each(self.numbers(&array, unit)?)),
            Rank::Scalar => self.cell_varied(&array.cells[0], unit),
            _ => {
                let message = format!("{} where one value belongs", array.describe());
                Err(Diagnostic::error(Code::WrongShape, value.span, message)
                    .help("write `{ each = [...] }` for one value for each neuron"))
            }
        }
    }

    /// A list of fixed numbers; one number counts as a list of one.
    pub fn list(&self, value: &Value, unit: &str) -> Result<Vec<f64>, Diagnostic> {
        let array = self.definitions.array(value)?;
        self.plain_list(&array, value.span)?;
        if let (Rank::Scalar, Some(Element::Linspace(..))) = (array.rank, array.cells.first().map(|cell| &cell.element))
        {
            let message = "a list of fixed numbers belongs here, not a `linspace`, which is one number a neuron";
            return Err(Diagnostic::error(Code::WrongShape, value.span, message).help("write them out: `[..., ...]`"));
        }
        self.numbers(&array, unit)
    }

    /// A value for each pair of row and column, `[target][source]`: a single one answers for all, a table must have
    /// that shape. A flat list is an error unless `flat_is_column`: then it is one value for each row.
    pub fn grid(
        &self,
        value: &Value,
        unit: &str,
        rows: usize,
        columns: usize,
        flat_is_column: bool,
    ) -> Result<Grid<Varied>, Diagnostic> {
        let array = self.definitions.array(value)?;
        if array.each {
            return Ok(Grid { rows: 1, columns: 1, cells: vec![Varied::Each(self.numbers(&array, unit)?)] });
        }
        let (rows, columns) = grid_shape(&array, value.span, rows, columns, flat_is_column)?;
        let cells = all(array.cells.iter().map(|cell| self.cell_varied(cell, unit)))?;
        Ok(Grid { rows, columns, cells })
    }

    /// As [`Evaluator::grid`], of whole numbers.
    pub fn integer_grid(&self, value: &Value, rows: usize, columns: usize) -> Result<Grid<i64>, Diagnostic> {
        let array = self.definitions.array(value)?;
        let (rows, columns) = grid_shape(&array, value.span, rows, columns, false)?;
        Ok(Grid { rows, columns, cells: all(array.cells.iter().map(|cell| self.whole(cell)))? })
    }

    /// As [`Evaluator::grid`], of delays. A written one must be on the grid of dt and at least one step; drawn and
    /// computed ones are given in ms, for the caller to round.
    pub fn delay_grid(&self, value: &Value, rows: usize, columns: usize) -> Result<Grid<Delay>, Diagnostic> {
        let array = self.definitions.array(value)?;
        if array.each {
            let delays = self.numbers(&array, "ms")?;
            if let Some(index) = delays.iter().position(|delay| !(delay.is_finite() && *delay > 0.0)) {
                return Err(bad_delay(array.cells[index].span, delays[index]));
            }
            // What an expression comes to is rounded, what is written is not.
            let written = |cell: &&Cell| !matches!(cell.element, Element::Fixed(quantity) if quantity.computed);
            all(array.cells.iter().filter(written).map(|cell| self.cell_delay(cell)))?;
            return Ok(Grid { rows: 1, columns: 1, cells: vec![Delay::Each(delays)] });
        }
        let (rows, columns) = grid_shape(&array, value.span, rows, columns, false)?;
        Ok(Grid { rows, columns, cells: all(array.cells.iter().map(|cell| self.cell_delay(cell)))? })
    }

    pub fn boolean(&self, value: &Value) -> Result<bool, Diagnostic> {
        match &value.data {
            Data::Bool(truth) => Ok(*truth),
            _ => {
                let message = format!("{} where `true` or `false` belongs", value.kind());
                Err(Diagnostic::error(Code::WrongType, value.span, message))
            }
        }
    }

    /// The text of a string that is a word or name.
    pub fn word<'a>(&self, value: &'a Value) -> Result<&'a str, Diagnostic> {
        match &value.data {
            Data::Text(text) => Ok(text),
            _ => {
                let message = format!("{} where a word belongs", value.kind());
                Err(Diagnostic::error(Code::WrongType, value.span, message).help("write it in quotes: `\"...\"`"))
            }
        }
    }

    /// The dimension of a value, of its first entry if it has several; None if it cannot be told.
    pub fn dimension(&self, value: &Value) -> Option<Dimension> {
        let array = self.definitions.array(value).ok()?;
        let cell = array.cells.first()?;
        let infinite = matches!(cell.element, Element::Fixed(quantity) if quantity.is_bare_infinity());
        (!infinite).then(|| cell.element.dimension())
    }

    /// The value as a single entry.
    fn single(&self, value: &Value, unit: &str) -> Result<Cell, Diagnostic> {
        let mut array = self.definitions.array(value)?;
        match (array.rank, array.cells.pop()) {
            (Rank::Scalar, Some(cell)) => Ok(cell),
            _ => Err(ungiven(value, unit)),
        }
    }

    /// A list, or a single value as a list of one, that does not belong to neurons.
    fn plain_list(&self, array: &Array, span: Span) -> Result<(), Diagnostic> {
        if array.rank == Rank::Matrix {
            let message = format!("{} where a list belongs", array.describe());
            return Err(Diagnostic::error(Code::WrongShape, span, message));
        }
        if array.each {
            return Err(Diagnostic::error(Code::WrongShape, span, "`each` where nothing varies along a population")
                .help("write the list alone: `[...]`"));
        }
        Ok(())
    }

    fn numbers(&self, array: &Array, unit: &str) -> Result<Vec<f64>, Diagnostic> {
        all(array.cells.iter().map(|cell| Ok(self.fixed(cell, unit)?.in_unit(asked(unit, cell.span)?))))
    }

    /// The quantity of an entry that must be fixed and fit `unit`.
    fn fixed(&self, cell: &Cell, unit: &str) -> Result<Quantity, Diagnostic> {
        let help = "one number holds for all here, such as its mean; what differs between neurons is `set` in their population";
        match &cell.element {
            _ if !cell.element.fits(asked(unit, cell.span)?.dimension) => Err(wrong_dimension(cell, unit)),
            Element::Fixed(quantity) => Ok(*quantity),
            Element::Random(_) => {
                let message = "this key takes a fixed number, not a random one";
                Err(Diagnostic::error(Code::BadRandom, cell.span, message).help(help))
            }
            Element::Linspace(..) => {
                let message = "this key takes a fixed number, not a `linspace`";
                Err(Diagnostic::error(Code::WrongShape, cell.span, message).help(help))
            }
        }
    }

    fn cell_varied(&self, cell: &Cell, unit: &str) -> Result<Varied, Diagnostic> {
        let wanted = asked(unit, cell.span)?;
        if !cell.element.fits(wanted.dimension) {
            return Err(wrong_dimension(cell, unit));
        }
        Ok(match &cell.element {
            Element::Fixed(quantity) => Varied::Constant(quantity.in_unit(wanted)),
            Element::Random(drawn) => Varied::Random(drawn.in_unit(wanted)),
            Element::Linspace(a, b) => Varied::Linspace(a.in_unit(wanted), b.in_unit(wanted)),
        })
    }

    fn whole(&self, cell: &Cell) -> Result<i64, Diagnostic> {
        let quantity = self.fixed(cell, "")?;
        let exact = match quantity.number {
            Number::Exact(exact) => Some(exact),
            Number::Real(x) => Exact::from_f64(x.round()),
        };
        let written_fraction = !quantity.computed && !exact.is_some_and(Exact::is_integer);
        match exact.and_then(Exact::round) {
            _ if written_fraction && quantity.number.to_f64().is_finite() => {
                let shown =
                    cell.written.as_deref().map_or_else(|| quantity.number.to_f64().to_string(), str::to_string);
                let message = format!("`{shown}` is not a whole number");
                Err(Diagnostic::error(Code::OutOfRange, cell.span, message))
            }
            Some(whole) => Ok(whole),
            None => {
                let message = "a whole number belongs here, not one that is infinite or too large";
                Err(Diagnostic::error(Code::OutOfRange, cell.span, message))
            }
        }
    }

    fn cell_steps(&self, cell: &Cell) -> Result<i64, Diagnostic> {
        let quantity = self.fixed(cell, "ms")?;
        let Some((dt, dt_text)) = &self.dt else {
            let message = "this time cannot be counted in steps, because `dt` is not known";
            return Err(Diagnostic::error(Code::MissingKey, cell.span, message));
        };
        let refused = |message: &str| Err(Diagnostic::error(Code::OutOfRange, cell.span, message));
        if !quantity.number.to_f64().is_finite() {
            return refused("a time must be finite");
        }
        if quantity.sign() < 0 {
            return refused("a time must not be negative");
        }
        let (floor, is_multiple) = match quantity.number {
            Number::Exact(exact) => exact.multiples_of(*dt).unwrap_or((i64::MAX, true)),
            Number::Real(seconds) => nearly_multiple(seconds / dt.to_f64_scaled(0)),
        };
        if floor >= MOST_STEPS {
            return refused("a time must be less than 2^53 steps of `dt`");
        }
        if !is_multiple && !self.stands_in {
            return Err(off_grid(cell, floor, *dt, dt_text));
        }
        Ok(floor)
    }

    fn cell_delay(&self, cell: &Cell) -> Result<Delay, Diagnostic> {
        match self.cell_varied(cell, "ms")? {
            Varied::Random(random) => Ok(Delay::Random(random)),
            Varied::Constant(ms) if matches!(cell.element, Element::Fixed(q) if q.computed) => {
                if ms.is_finite() && ms > 0.0 { Ok(Delay::Computed(ms)) } else { Err(bad_delay(cell.span, ms)) }
            }
            // Less than a step by far more than what rounding takes from the decimal that was written.
            Varied::Constant(ms) if ms >= 0.0 && ms < 0.999_999 * self.dt_ms() && !self.stands_in => {
                let least = self.dt.as_ref().map_or("", |(_, text)| text);
                Err(Diagnostic::error(Code::OutOfRange, cell.span, "a delay must be at least one step of `dt`")
                    .help(format!("the least is `{least}`")))
            }
            Varied::Constant(_) if self.stands_in => self.cell_steps(cell).map(|steps| Delay::Steps(steps.max(1))),
            Varied::Constant(_) => self.cell_steps(cell).map(Delay::Steps),
            Varied::Linspace(..) | Varied::Each(_) => {
                let message = "a delay cannot be a `linspace`";
                Err(Diagnostic::error(Code::WrongShape, cell.span, message))
            }
        }
    }
}

/// The unit that a key is held in.
fn asked(unit: &str, span: Span) -> Result<Unit, Diagnostic> {
    Unit::parse(unit).map_err(|error| Diagnostic::error(Code::UnknownUnit, span, error.message))
}

fn bad_delay(span: Span, ms: f64) -> Diagnostic {
    Diagnostic::error(Code::OutOfRange, span, format!("a delay must be above zero and finite, not {ms} ms"))
}

/// Whole steps below `ratio`, or nearest to it where only the rounding of f64 arithmetic separates the two.
fn nearly_multiple(ratio: f64) -> (i64, bool) {
    let nearest = ratio.round();
    if (ratio - nearest).abs() <= 1e-12 * ratio.abs().max(1.0) {
        return (nearest as i64, true);
    }
    (ratio.floor() as i64, false)
}

/// All values; or the first error, which tells of one other or counts them.
fn all<T>(results: impl Iterator<Item = Result<T, Diagnostic>>) -> Result<Vec<T>, Diagnostic> {
    let (mut values, mut wrong) = (vec![], vec![]);
    for result in results {
        match result {
            Ok(value) => values.push(value),
            Err(error) => wrong.push(error),
        }
    }
    let others = match &wrong[..] {
        [] => return Ok(values),
        [_] => None,
        [_, other] => Some(format!("another of these values cannot be used either: {}", other.message)),
        _ => Some(format!("{} more of these values cannot be used either", wrong.len() - 1)),
    };
    let first = wrong.swap_remove(0);
    Err(others.into_iter().fold(first, Diagnostic::help))
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;
