//! What an expression comes to: one element, a list or a matrix of them, and arithmetic element by element.

use super::expression::Family;
use super::quantity::{Quantity, trouble};
use super::random::{Bounds, Random, Shape};
use crate::error::{Code, Diagnostic, Span};
use crate::units::{Dimension, Unit};

/// One entry: a number, or the description of how numbers are made.
#[derive(Clone, Debug, PartialEq)]
pub enum Element {
    Fixed(Quantity),
    Random(Box<Drawn>),
    Linspace(Quantity, Quantity),
}

/// A random value with dimensions; [`Random`] is the same in a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    pub family: Family,
    /// Mean, or low end.
    pub first: Quantity,
    /// Standard deviation, or high end; of an exponential, its mean again.
    pub second: Quantity,
    /// What was added to an exponential or a lognormal.
    pub start: Option<Quantity>,
    pub limits: DrawnLimits,
}

#[derive(Clone, Debug, PartialEq)]
pub enum DrawnLimits {
    None,
    Redraw(Quantity, Quantity),
    Clip(Quantity, Quantity),
    KeepSign,
}

/// An element and where it was written; and, if it is a literal, how.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub element: Element,
    pub span: Span,
    pub written: Option<Box<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    Scalar,
    List,
    Matrix,
}

/// Elements by rows; a list is one row.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    pub rank: Rank,
    pub rows: usize,
    pub columns: usize,
    pub cells: Vec<Cell>,
    /// `{ each = [...] }`: one for each neuron.
    pub each: bool,
}

/// More elements than this are no configuration any more.
const LARGEST: usize = 10_000_000;

impl Array {
    pub fn scalar(element: Element, span: Span) -> Array {
        let cell = Cell { element, span, written: None };
        Array { rank: Rank::Scalar, rows: 1, columns: 1, cells: vec![cell], each: false }
    }

    pub fn list(cells: Vec<Cell>) -> Array {
        Array { rank: Rank::List, rows: 1, columns: cells.len(), cells, each: false }
    }

    /// As messages call it.
    pub fn describe(&self) -> String {
        match self.rank {
            Rank::Scalar => "a single value".into(),
            Rank::List => format!("a list of {}", self.columns),
            Rank::Matrix => format!("a table of {} x {} (rows x columns)", self.rows, self.columns),
        }
    }

    fn at(&self, row: usize, column: usize) -> &Element {
        let row = if self.rows == 1 { 0 } else { row };
        let column = if self.columns == 1 { 0 } else { column };
        &self.cells[row * self.columns + column].element
    }

    /// `function` of the elements at each place, where a single number, row or column is stretched to the size of
    /// the others.
    pub fn together(
        arrays: &[Array],
        span: Span,
        function: impl Fn(&[&Element]) -> Result<Element, Diagnostic>,
    ) -> Result<Array, Diagnostic> {
        let Some(first) = arrays.first() else { return Err(trouble(Code::BadExpression, "nothing to compute with")) };
        let (mut rank, mut rows, mut columns, mut each) = (first.rank, first.rows, first.columns, first.each);
        for array in &arrays[1..] {
            let (Some(r), Some(c)) = (stretch(rows, array.rows), stretch(columns, array.columns)) else {
                let message = format!("{} does not fit {}", array.describe(), first.describe());
                return Err(trouble(Code::WrongShape, message)
                    .help("element by element, only a single number, row or column is stretched"));
            };
            rank = if rank as u8 > array.rank as u8 { rank } else { array.rank };
            (rows, columns, each) = (r, c, each || array.each);
        }
        if rows.saturating_mul(columns) > LARGEST {
            let message = format!("{rows} x {columns} elements are too many: at most {LARGEST}");
            return Err(trouble(Code::WrongShape, message));
        }
        let mut cells = Vec::with_capacity(rows * columns);
        let mut elements = Vec::with_capacity(arrays.len());
        for row in 0..rows {
            for column in 0..columns {
                elements.clear();
                elements.extend(arrays.iter().map(|array| array.at(row, column)));
                cells.push(Cell { element: function(&elements)?, span, written: None });
            }
        }
        Ok(Array { rank, rows, columns, cells, each })
    }
}

fn stretch(a: usize, b: usize) -> Option<usize> {
    match (a, b) {
        _ if a == b => Some(a),
        (1, n) | (n, 1) => Some(n),
        _ => None,
    }
}

/// Two operators that a random value can take part in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Element {
    /// The number, or an error that it is not fixed.
    pub fn fixed(&self, what: &str) -> Result<Quantity, Diagnostic> {
        match self {
            Element::Fixed(quantity) => Ok(*quantity),
            Element::Random(_) => Err(trouble(Code::BadRandom, format!("{what} cannot be random"))),
            Element::Linspace(..) => Err(trouble(Code::BadExpression, format!("{what} cannot be a `linspace`"))),
        }
    }

    pub fn combine(&self, operator: Operator, other: &Element) -> Result<Element, Diagnostic> {
        let apply = |a: Quantity, b: Quantity| match operator {
            Operator::Add => a.plus(b),
            Operator::Subtract => a.subtract(b),
            Operator::Multiply => a.multiply(b),
            Operator::Divide => a.divide(b),
        };
        match (self, other) {
            (Element::Fixed(a), Element::Fixed(b)) => Ok(Element::Fixed(apply(*a, *b)?)),
            (Element::Linspace(a, b), Element::Fixed(c)) => Ok(Element::Linspace(apply(*a, *c)?, apply(*b, *c)?)),
            (Element::Random(drawn), Element::Fixed(c)) => match operator {
                Operator::Add | Operator::Subtract => drawn.shifted(|q| apply(q, *c)),
                Operator::Multiply | Operator::Divide => drawn.scaled(|q| apply(q, *c), c.sign() < 0),
            },
            (Element::Fixed(_), _) if matches!(operator, Operator::Add | Operator::Multiply) => {
                other.combine(operator, self)
            }
            (Element::Fixed(_), _) if operator == Operator::Subtract => other.negate()?.combine(Operator::Add, self),
            (Element::Fixed(_), _) => Err(trouble(Code::BadRandom, "cannot divide by a value that varies")),
            _ => Err(trouble(Code::BadRandom, "two values that vary cannot be combined")
                .help("put the arithmetic inside the parentheses, as in `normal(a + b, c)`")),
        }
    }

    pub fn negate(&self) -> Result<Element, Diagnostic> {
        match self {
            Element::Fixed(a) => Ok(Element::Fixed(a.negate()?)),
            Element::Linspace(a, b) => Ok(Element::Linspace(a.negate()?, b.negate()?)),
            Element::Random(drawn) => drawn.scaled(Quantity::negate, true),
        }
    }

    /// Its dimension; that of a random value is its mean's.
    pub fn dimension(&self) -> Dimension {
        match self {
            Element::Fixed(a) => a.dimension,
            Element::Linspace(a, b) => a.common_dimension(*b),
            Element::Random(drawn) => drawn.first.dimension,
        }
    }

    /// Whether it can be given in a unit of this dimension.
    pub fn fits(&self, dimension: Dimension) -> bool {
        self.dimension() == dimension || matches!(self, Element::Fixed(a) if a.is_bare_infinity())
    }
}

impl Drawn {
    fn shifted(&self, shift: impl Fn(Quantity) -> Result<Quantity, Diagnostic>) -> Result<Element, Diagnostic> {
        if self.limits == DrawnLimits::KeepSign {
            return Err(trouble(Code::BadRandom, "nothing can be added to a random value that keeps its sign")
                .help("bounds can stand in its place: `in [0, inf]`"));
        }
        let mut shifted = Drawn { limits: self.limits.map(&shift, false)?, ..self.clone() };
        match self.family {
            Family::Exponential | Family::Lognormal => {
                let start = self.start.map_or_else(|| self.first.subtract(self.first), Ok)?;
                shifted.start = Some(shift(start)?);
            }
            // That the shift has the dimension of the sd too, `first` checks.
            Family::Normal => shifted.first = shift(self.first)?,
            Family::Uniform => (shifted.first, shifted.second) = (shift(self.first)?, shift(self.second)?),
        }
        Ok(Element::Random(Box::new(shifted)))
    }

    fn scaled(
        &self,
        scale: impl Fn(Quantity) -> Result<Quantity, Diagnostic>,
        flips: bool,
    ) -> Result<Element, Diagnostic> {
        let (first, second) = (scale(self.first)?, scale(self.second)?);
        let (first, second) = match self.family {
            Family::Uniform if flips => (second, first),
            Family::Normal | Family::Lognormal if flips => (first, second.abs()?),
            _ => (first, second),
        };
        let start = self.start.map(&scale).transpose()?;
        let limits = self.limits.map(scale, flips)?;
        Ok(Element::Random(Box::new(Drawn { family: self.family, first, second, start, limits })))
    }

    /// The same in `unit`, which must be of its dimension.
    pub fn in_unit(&self, unit: Unit) -> Random {
        let (a, b) = (self.first.in_unit(unit), self.second.in_unit(unit));
        // A standard deviation is a difference: the zero of the Celsius scale does not matter to it.
        let sd = self.second.in_unit(Unit { celsius: false, ..unit });
        let start = self.start.map_or(0.0, |start| start.in_unit(unit));
        let shape = match self.family {
            Family::Normal => Shape::Normal { mean: a, sd },
            Family::Uniform => Shape::Uniform { low: a, high: b },
            Family::Exponential => Shape::Exponential { start, mean: a },
            Family::Lognormal => Shape::Lognormal { start, mean: a, sd },
        };
        let bounds = match &self.limits {
            DrawnLimits::None => Bounds::None,
            DrawnLimits::Redraw(low, high) => Bounds::Redraw { low: low.in_unit(unit), high: high.in_unit(unit) },
            DrawnLimits::Clip(low, high) => Bounds::Clip { low: low.in_unit(unit), high: high.in_unit(unit) },
            DrawnLimits::KeepSign => Bounds::KeepSign,
        };
        Random { shape, bounds }
    }
}

impl DrawnLimits {
    fn map(
        &self,
        change: impl Fn(Quantity) -> Result<Quantity, Diagnostic>,
        flips: bool,
    ) -> Result<DrawnLimits, Diagnostic> {
        let both = |low: &Quantity, high: &Quantity| -> Result<(Quantity, Quantity), Diagnostic> {
            let (low, high) = (change(*low)?, change(*high)?);
            Ok(if flips { (high, low) } else { (low, high) })
        };
        Ok(match self {
            DrawnLimits::Redraw(low, high) => {
                let (low, high) = both(low, high)?;
                DrawnLimits::Redraw(low, high)
            }
            DrawnLimits::Clip(low, high) => {
                let (low, high) = both(low, high)?;
                DrawnLimits::Clip(low, high)
            }
            DrawnLimits::None => DrawnLimits::None,
            DrawnLimits::KeepSign => DrawnLimits::KeepSign,
        })
    }
}
