//! Numbers that need not be one number: drawn, spread along a population, or one for each pair of populations.

use super::random::{Bounds, Random, Shape};
use super::value::Value;
use crate::error::{Code, Diagnostic};
use crate::model::Range;
use crate::num::rng::Stream;

/// A number for each of several neurons, in the unit that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Varied {
    Constant(f64),
    Random(Random),
    /// Both ends, as many points as neurons.
    Linspace(f64, f64),
    Each(Vec<f64>),
}

impl Varied {
    /// Whether every value is in `range`, as far as that is known before drawing: of a random value its bounds, and
    /// of one without bounds nothing. `value` is what was written, `unit` what these numbers are in.
    pub fn check(&self, range: Range, (value, unit): (&Value, &str), name: &str) -> Result<(), Diagnostic> {
        let refused = |x: f64, what: &str| {
            let message = format!("`{name}` must be {}, {what}{}", range.describe(), value.shown(x, unit));
            Err(Diagnostic::error(Code::OutOfRange, value.place(), message))
        };
        match self {
            Varied::Constant(x) if !range.holds(*x) => refused(*x, "not "),
            Varied::Linspace(a, b) => match [*a, *b].into_iter().find(|x| !range.holds(*x)) {
                Some(x) => refused(x, "and one end is "),
                None => Ok(()),
            },
            Varied::Each(values) => match values.iter().position(|x| !range.holds(*x)) {
                Some(index) => refused(values[index], &format!("and value {index} is ")),
                None => Ok(()),
            },
            Varied::Random(random) => match ends(random).into_iter().find(|end| end.refused_by(range)) {
                Some(end) => refused(end.value, "and its draws can reach "),
                None => Ok(()),
            },
            Varied::Constant(_) => Ok(()),
        }
    }

    /// The value for neuron `position` of the `count` selected. A random one is the next of `stream`; None if its
    /// bounds refused a thousand draws, or if there is no such position.
    pub fn value(&self, position: usize, count: usize, stream: &mut Stream) -> Option<f64> {
        match self {
            Varied::Constant(x) => Some(*x),
            Varied::Random(random) => random.draw(stream),
            Varied::Linspace(a, _) if count <= 1 || position == 0 => Some(*a),
            Varied::Linspace(_, b) if position + 1 == count => Some(*b),
            Varied::Linspace(a, b) => Some(a + (b - a) * (position as f64 / (count - 1) as f64)),
            Varied::Each(values) => values.get(position).copied(),
        }
    }

    pub fn is_random(&self) -> bool {
        matches!(self, Varied::Random(_))
    }

    /// Whether there is a value for each of `count` neurons, and none is left over.
    pub fn shape_matches(&self, count: usize) -> bool {
        match self {
            Varied::Each(values) => values.len() == count,
            _ => true,
        }
    }
}

/// A finite end of what a random value can be, and whether it can be exactly that (a clipped one).
struct End {
    value: f64,
    reached: bool,
}

impl End {
    /// An end that is approached but never reached may itself be outside: `uniform(0, 1)` is positive.
    fn refused_by(&self, range: Range) -> bool {
        let open = !self.reached && range == Range::Positive && self.value == 0.0;
        !open && !range.holds(self.value)
    }
}

fn ends(random: &Random) -> Vec<End> {
    let (low, high, reached) = match (random.bounds, random.shape) {
        (Bounds::Clip { low, high }, _) => (low, high, true),
        (Bounds::Redraw { low, high }, Shape::Uniform { low: a, high: b }) => (low.max(a), high.min(b), false),
        (Bounds::Redraw { low, high }, _) => (low, high, false),
        (Bounds::None, Shape::Uniform { low, high }) => (low, high, false),
        _ => return vec![],
    };
    let finite = [low, high].into_iter().filter(|x| x.is_finite());
    finite.map(|value| End { value, reached }).collect()
}

/// The delay of a projection.
#[derive(Clone, Debug, PartialEq)]
pub enum Delay {
    /// Written, on the grid, at least one step.
    Steps(i64),
    /// Drawn, in ms: see [`Random::steps`].
    Random(Random),
    /// The result of an expression, in ms: to be rounded to the nearest step, at least one.
    Computed(f64),
    /// One for each connection, in ms: to be rounded likewise.
    Each(Vec<f64>),
}

/// One value for each pair of (row, column), or one for all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid<T> {
    pub rows: usize,
    pub columns: usize,
    pub cells: Vec<T>,
}

impl<T> Grid<T> {
    /// The same for all pairs.
    pub fn of_one(cell: T) -> Grid<T> {
        Grid { rows: 1, columns: 1, cells: vec![cell] }
    }

    /// The value for a pair; a single row, or a single column, answers for all of them.
    ///
    /// # Panics
    /// If the pair is outside the grid.
    pub fn at(&self, row: usize, column: usize) -> &T {
        let row = if self.rows == 1 { 0 } else { row };
        let column = if self.columns == 1 { 0 } else { column };
        &self.cells[row * self.columns + column]
    }
}
