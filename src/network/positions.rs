//! `position = { ... }` of a population: where its neurons are.

use super::context::Context;
use super::targets::name_key;
use crate::config::keys::Keys;
use crate::config::value::{Data, Table, Value};
use crate::connectivity::distance::Point;
use crate::error::{Code, Diagnostic, Span};
use crate::num::rng::{Purpose, Stream};
use std::sync::Arc;

/// Where the neurons of a population are, in um.
#[derive(Clone, Debug)]
pub struct Positions {
    pub points: Arc<[Point]>,
    pub dimensions: usize,
    /// Length of the box that they lie in, along each axis; 0 for positions from a file without one.
    pub extent: Point,
    /// The corner of this box.
    pub corner: Point,
    /// For the reader: `grid 60 x 60`.
    pub about: String,
}

/// A population's position, as written, and the number of neurons that a grid makes.
pub(super) struct Written<'a> {
    table: &'a Table,
    grid: Option<Vec<usize>>,
}

impl<'a> Written<'a> {
    pub fn read(context: &mut Context, value: &'a Value) -> Option<Written<'a>> {
        let table = context.diagnostics.keep(value.as_table("`position`"))?;
        let grid = match table.get("grid") {
            Some(grid) => Some(read_grid(context, grid)?),
            None => None,
        };
        Some(Written { table, grid })
    }

    /// Neurons of the grid.
    pub fn count(&self) -> Option<i128> {
        self.grid.as_ref().map(|grid| grid.iter().map(|count| *count as i128).product())
    }

    /// The places of `size` neurons of population `name`.
    pub fn place(self, context: &mut Context, name: &str, size: usize) -> Option<Positions> {
        let what = format!("`position` of population `{name}`");
        let mut keys = Keys::new(&what, self.table);
        let (grid, random, file) = (keys.optional("grid"), keys.optional("random"), keys.optional("file"));
        let (extent, centre) = (keys.optional("extent"), keys.optional("centre"));
        keys.finish(&mut context.diagnostics);
        let span = self.table.span;
        let layouts = [grid, random, file].iter().flatten().count();
        if layouts != 1 {
            let message = format!("{what} needs one of `grid`, `random` and `file`");
            let help = "such as `position = { grid = [40, 40], extent = [\"1 mm\", \"1 mm\"] }`, `{ random = \"box\", \
                        extent = [...] }`, `{ file = \"positions.csv\" }`";
            context.push(Diagnostic::error(Code::Conflict, span, message).help(help));
            return None;
        }
        if let Some(file) = file {
            let positions = from_file(context, file, size);
            let Some(written) = extent else {
                if let Some(value) = centre {
                    let message =
                        "a file says itself where neurons are: `centre` is that of the box that `extent` makes";
                    context.push(Diagnostic::error(Code::Conflict, value.span, message).help("add `extent`"));
                    return None;
                }
                return positions;
            };
            let (extent, low) = self.place_box(context, (extent, centre), span, &what)?;
            return within_box(context, written, positions?, (&extent, &low));
        }
        let (extent, low) = self.place_box(context, (extent, centre), span, &what)?;
        let dimensions = extent.len();
        let within = |axis: usize, part: f64| low.get(axis).map_or(0.0, |low| low + part * extent[axis]);
        let (points, about) = match self.grid {
            Some(grid) => (on_grid(&grid, size, within), format!("grid {}", joined(&grid))),
            None => {
                let random = random?;
                let kind = context.diagnostics.keep(random.as_text("`random`"))?;
                if kind != "box" {
                    let message = format!("positions cannot be random in a `{kind}`");
                    context.push(Diagnostic::error(Code::UnknownName, random.span, message).suggest(kind, ["box"]));
                    return None;
                }
                let key = name_key(&["population", name, "position"]);
                let draw = |neuron: usize| -> Point {
                    let mut stream = Stream::new(context.seeds.structure, Purpose::Parameter, key, neuron as u64);
                    std::array::from_fn(|axis| if axis < dimensions { within(axis, stream.uniform()) } else { 0.0 })
                };
                ((0..size).map(draw).collect(), "random".to_string())
            }
        };
        Some(Positions { points: points.into(), dimensions, extent: or_zero(&extent), corner: or_zero(&low), about })
    }

    /// The lengths of the box, and its corner.
    fn place_box(
        &self,
        context: &mut Context,
        (extent, centre): (Option<&Value>, Option<&Value>),
        span: Span,
        what: &str,
    ) -> Option<(Vec<f64>, Vec<f64>)> {
        let extent = self.extent(context, extent, span, what)?;
        let middle = match centre {
            Some(value) => lengths(context, value, "`centre`")?,
            None => vec![0.0; extent.len()],
        };
        if middle.len() != extent.len() {
            let message = format!("`centre` has {} coordinates, `extent` {}", middle.len(), extent.len());
            context.push(Diagnostic::error(Code::WrongShape, centre.map_or(span, |value| value.span), message));
            return None;
        }
        let low = middle.iter().zip(&extent).map(|(middle, extent)| middle - 0.5 * extent).collect();
        Some((extent, low))
    }

    /// The lengths of the box, as many as the grid has dimensions.
    fn extent(&self, context: &mut Context, value: Option<&Value>, span: Span, what: &str) -> Option<Vec<f64>> {
        let Some(value) = value else {
            let message = format!("{what} has no `extent`");
            let help = "the lengths of the box, such as `extent = [\"1 mm\", \"1 mm\"]`";
            context.push(Diagnostic::error(Code::MissingKey, span, message).help(help));
            return None;
        };
        let extent = lengths(context, value, "`extent`")?;
        let fits = self.grid.as_ref().is_none_or(|grid| grid.len() == extent.len());
        if !(1..=3).contains(&extent.len()) || !fits || extent.iter().any(|length| *length <= 0.0) {
            let message = match &self.grid {
                Some(grid) if !fits => {
                    format!("`extent` has {} lengths, `grid` has {} dimensions", extent.len(), grid.len())
                }
                _ => "`extent` has one, two or three lengths above zero".into(),
            };
            context.push(Diagnostic::error(Code::WrongShape, value.span, message));
            return None;
        }
        Some(extent)
    }
}

fn or_zero(list: &[f64]) -> Point {
    std::array::from_fn(|axis| list.get(axis).copied().unwrap_or(0.0))
}

/// Positions of a file with the box around them, whose edges may then touch.
fn within_box(
    context: &mut Context,
    extent_at: &Value,
    positions: Positions,
    (extent, low): (&[f64], &[f64]),
) -> Option<Positions> {
    if extent.len() != positions.dimensions {
        let message = format!("`extent` has {} lengths, the file {} coordinates", extent.len(), positions.dimensions);
        context.push(Diagnostic::error(Code::WrongShape, extent_at.span, message));
        return None;
    }
    let outside = |point: &&Point| {
        let beyond = |axis: usize| point[axis] < low[axis] || point[axis] > low[axis] + extent[axis];
        (0..extent.len()).any(beyond)
    };
    let count = positions.points.iter().filter(outside).count();
    if let Some(first) = positions.points.iter().find(outside) {
        let first: Vec<String> = first[..extent.len()].iter().map(f64::to_string).collect();
        let message = format!(
            "{count} of {} positions lie outside of the box, the first at ({}) um",
            positions.points.len(),
            first.join(", ")
        );
        let help = "`extent` are its lengths, `centre` its middle, which is at 0 where none is given";
        context.push(Diagnostic::error(Code::OutOfRange, extent_at.span, message).help(help));
        return None;
    }
    Some(Positions { extent: or_zero(extent), corner: or_zero(low), ..positions })
}

/// `60 x 60`.
fn joined(grid: &[usize]) -> String {
    grid.iter().map(usize::to_string).collect::<Vec<_>>().join(" x ")
}

/// The middles of the fields of a grid, the first axis fastest.
fn on_grid(grid: &[usize], size: usize, within: impl Fn(usize, f64) -> f64) -> Vec<Point> {
    let place = |neuron: usize| {
        let mut rest = neuron;
        let mut point = [0.0; 3];
        for (axis, count) in grid.iter().enumerate() {
            point[axis] = within(axis, ((rest % count) as f64 + 0.5) / *count as f64);
            rest /= count;
        }
        point
    };
    (0..size).map(place).collect()
}

fn read_grid(context: &mut Context, value: &Value) -> Option<Vec<usize>> {
    let list = context.diagnostics.keep(value.as_list("`grid`"))?;
    let mut grid = vec![];
    for entry in list {
        let count = context.keep(context.evaluator.integer(entry))?;
        if !(1..=u32::MAX as i64).contains(&count) {
            let message = format!("`grid` has {count} rows along an axis, but needs at least one");
            context.push(Diagnostic::error(Code::OutOfRange, entry.span, message));
            return None;
        }
        grid.push(count as usize);
    }
    if !(1..=3).contains(&grid.len()) {
        let message = format!("`grid` has {} dimensions, but space has one, two or three", grid.len());
        context.push(Diagnostic::error(Code::WrongShape, value.span, message).help("such as `grid = [40, 40]`"));
        return None;
    }
    Some(grid)
}

/// A list of lengths in um.
fn lengths(context: &mut Context, value: &Value, what: &str) -> Option<Vec<f64>> {
    let list = context.diagnostics.keep(value.as_list(what))?;
    let read: Vec<Option<f64>> =
        list.iter().map(|entry| context.diagnostics.keep(context.evaluator.number(entry, "um"))).collect();
    for (entry, _) in list.iter().zip(&read).filter(|(_, length)| length.is_some_and(|length| !length.is_finite())) {
        let message = format!("a length of {what} must be finite");
        context.push(Diagnostic::error(Code::OutOfRange, entry.span, message));
    }
    read.into_iter().map(|length| length.filter(|length| length.is_finite())).collect()
}

/// Columns `x_um`, `y_um`, `z_um` of a CSV, as many as there are; a row for each neuron.
fn from_file(context: &mut Context, value: &Value, size: usize) -> Option<Positions> {
    let path = match &value.data {
        Data::Text(path) => path,
        _ => context.diagnostics.keep(value.as_text("`file`"))?,
    };
    let table = match crate::files::table_in::read_positions(&context.file(value, path)) {
        Ok(table) => table,
        Err(error) => {
            error.diagnostics.into_iter().for_each(|d| context.push(Diagnostic { span: value.span, ..d }));
            return None;
        }
    };
    let (dimensions, points) = table;
    if points.len() != size {
        let message = format!("`{path}` has {} positions, the population {size} neurons", points.len());
        context.push(Diagnostic::error(Code::WrongShape, value.span, message));
        return None;
    }
    let (extent, corner) = ([0.0; 3], [0.0; 3]);
    Some(Positions { points: points.into(), dimensions, extent, corner, about: format!("from {path}") })
}
