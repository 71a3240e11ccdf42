//! What to say when a value is well formed but not what its key needs: the fix, spelt out.

use super::array::{Array, Cell, Element, Rank};
use super::decimal::Exact;
use super::quantity::both;
use super::value::{Data, Value};
use crate::error::{Code, Diagnostic, Span};
use crate::units::{Dimension, Unit, respelled};

/// The number and the unit of a literal as written.
fn halves(written: &str) -> (&str, &str) {
    let is_unit = |(index, c): &(usize, char)| {
        let exponent = matches!(c, 'e' | 'E') && {
            let rest = written[index + 1..].trim_start_matches(['+', '-']);
            rest.starts_with(|c: char| c.is_ascii_digit())
        };
        !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | '_') || exponent || c.is_whitespace())
    };
    let infinite = written.find("inf").map(|index| index + 3);
    let start = infinite.or_else(|| written.char_indices().find(is_unit).map(|(index, _)| index));
    let (number, unit) = written.split_at(start.unwrap_or(written.len()));
    (number.trim(), unit.trim())
}

/// A value of another dimension than `unit`.
pub fn wrong_dimension(cell: &Cell, unit: &str) -> Diagnostic {
    let wanted = Unit::parse(unit).unwrap_or_default().dimension;
    let found = cell.element.dimension();
    let written = cell.written.as_deref();
    if found.is_none() {
        let number = written.unwrap_or("20");
        let message = match written {
            Some(text) => format!("the number `{text}` has no unit, {} belongs here", both(wanted)),
            None => format!("the value has no unit, {} belongs here", both(wanted)),
        };
        let shown = shown(unit);
        let fix = format!("write `\"{number} {shown}\"`");
        let fix = if written.is_some() { fix } else { format!("give its numbers a unit, such as `{shown}`") };
        return Diagnostic::error(Code::BareNumber, cell.span, message).help(fix);
    }
    let subject = match written {
        Some(text) => format!("`{text}` is {}", found.describe()),
        None => format!("the value is {}", both(found)),
    };
    let belongs = match wanted.describe() {
        // No name and no unit of its own: that which the key is held in.
        unnamed if unnamed.contains(" in ") => format!("a quantity in `{unit}`"),
        number if wanted.is_none() => number,
        // The same dimension as a speed; nothing else is held in it.
        _ if unit == "cm/s" => "a permeability (cm/s)".to_string(),
        _ => both(wanted),
    };
    let error = Diagnostic::error(Code::WrongDimension, cell.span, format!("{subject}, {belongs} belongs here"));
    match meant(written, wanted, unit) {
        Some(text) => error.help(format!("did you mean `{text}`?")),
        None => confused(error, found, wanted, unit),
    }
}

/// The unit that people write, where it is not the one that the number is held in.
fn shown(unit: &str) -> &str {
    match unit {
        "um/ms" => "m/s",
        "fC" => "pC",
        unit => unit,
    }
}

/// A literal with its unit's capitals put right: `20 mS` where a time belongs.
fn meant(written: Option<&str>, wanted: Dimension, unit: &str) -> Option<String> {
    let (number, written_unit) = halves(written?);
    if wanted.is_none() {
        return None;
    }
    if written_unit.eq_ignore_ascii_case(unit) {
        return Some(format!("{number} {unit}"));
    }
    let other = respelled(written_unit, |candidate| candidate.dimension == wanted)?;
    Some(format!("{number} {other}"))
}

/// Adds what is known about dimensions that are often taken for one another.
fn confused(error: Diagnostic, found: Dimension, wanted: Dimension, unit: &str) -> Diagnostic {
    let dimension = |text: &str| Unit::parse(text).unwrap_or_default().dimension;
    let where_each = |absolute: Dimension, density: Dimension| {
        format!(
            "it is absolute (`{absolute}`) in point models, and per area (`{density}`) in cables, mechanisms and \
             `hodgkin_huxley`"
        )
    };
    if found.is_per_area_of(wanted) {
        return error.help(where_each(wanted, found));
    }
    if wanted.is_per_area_of(found) {
        return error.help(where_each(found, wanted));
    }
    if wanted == dimension("mV/ms") && found == dimension("pA") {
        return error.help("a model without a capacitance takes its currents in `mV/ms`");
    }
    if wanted.is_none() {
        return error.help("write the number without a unit");
    }
    error.help(format!("write it in `{}`", shown(unit)))
}

/// A list or table where a single value belongs.
pub fn ungiven(value: &Value, unit: &str) -> Diagnostic {
    let what = match value.data {
        Data::Text(_) => "an expression with several values",
        _ => value.kind(),
    };
    let wanted =
        if unit.is_empty() { "a single number".into() } else { format!("a single number in `{}`", shown(unit)) };
    Diagnostic::error(Code::WrongShape, value.span, format!("{what} where {wanted} belongs"))
}

/// A written time between two steps. `floor` is the step below it.
pub fn off_grid(cell: &Cell, floor: i64, dt: Exact, dt_text: &str) -> Diagnostic {
    let written_unit = cell.written.as_deref().map(|text| halves(text).1).filter(|unit| !unit.is_empty());
    let unit_text = written_unit.unwrap_or("ms");
    let unit = Unit::parse(unit_text).unwrap_or_default();
    let time = |step: i64| {
        let exact = dt.multiply(Exact::new(step.into(), 0));
        exact.map_or_else(|| format!("{step} steps"), |exact| format!("{} {unit_text}", exact.shifted(-unit.power)))
    };
    let shown = match (&cell.written, &cell.element) {
        (Some(text), _) => text.to_string(),
        (None, Element::Fixed(quantity)) => format!("{} ms", quantity.in_unit(Unit { power: -3, ..unit })),
        (None, _) => "the time".into(),
    };
    let message = format!("`{shown}` is not a multiple of dt, which is `{dt_text}`");
    let nearest = format!("the nearest are `{}` and `{}`", time(floor), time(floor.saturating_add(1)));
    Diagnostic::error(Code::OffGrid, cell.span, message).help(nearest)
}

/// Rows and columns of what is to be a grid of `rows` x `columns`: its own, or 1 x 1 for a single value.
pub fn grid_shape(
    array: &Array,
    span: Span,
    rows: usize,
    columns: usize,
    flat_is_column: bool,
) -> Result<(usize, usize), Diagnostic> {
    let wrong = |message: String| Err(Diagnostic::error(Code::WrongShape, span, message));
    match array.rank {
        Rank::Scalar => Ok((1, 1)),
        _ if array.each => wrong("`each` where nothing varies along a population".into()),
        Rank::List if flat_is_column && array.columns == rows => Ok((rows, 1)),
        Rank::List if flat_is_column => {
            wrong(format!("{} where `to` has {rows}: one value for each entry of `to` belongs here", array.describe()))
        }
        Rank::List => {
            let error = wrong(format!("{} where a single value or a table of rows belongs", array.describe()));
            error.map_err(|e: Diagnostic| {
                e.help(format!("write a row for each entry of `to`, {columns} value(s) each: `[[...], ...]`"))
            })
        }
        Rank::Matrix if array.rows == rows && array.columns == columns => Ok((rows, columns)),
        Rank::Matrix => wrong(format!(
            "{} where one of {rows} x {columns} belongs: a row for each entry of `to`, a column for each of `from`",
            array.describe()
        )),
    }
}
