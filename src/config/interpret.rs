//! The meaning of an expression's tree: names looked up, operators and functions applied element by element.

use super::array::{Array, Cell, Drawn, DrawnLimits, Element, Operator, Rank};
use super::expression::{Family, Fault, Function, Kind, Limits, Node, literal};
use super::quantity::{Number, Quantity, both, trouble};
use crate::error::{Code, Diagnostic, Span};
use crate::num::math::{exp, ln};
use crate::units::Unit;
use std::cmp::Ordering;
use std::ops::Range;

/// Where the names of an expression are looked up.
pub trait Names {
    fn look_up(&self, name: &str) -> Result<Array, Diagnostic>;
}

/// base^exponent of pure numbers; NaN for a broken power of a negative number.
pub fn power(base: f64, exponent: f64) -> f64 {
    match () {
        _ if exponent == 0.5 => base.sqrt(),
        _ if base == 0.0 && exponent > 0.0 => 0.0,
        _ if base < 0.0 => f64::NAN,
        _ => exp(exponent * ln(base)),
    }
}

/// Evaluates a tree. `place` turns a range of its text into a span.
pub struct Interpreter<'a> {
    pub names: &'a dyn Names,
    pub place: &'a dyn Fn(Range<usize>) -> Span,
}

impl Interpreter<'_> {
    pub fn evaluate(&self, node: &Node) -> Result<Array, Diagnostic> {
        let here = |error: Diagnostic| match error.span {
            Span::NONE => Diagnostic { span: (self.place)(node.range.clone()), ..error },
            _ => error,
        };
        self.array(node).map_err(here)
    }

    fn array(&self, node: &Node) -> Result<Array, Diagnostic> {
        let span = (self.place)(node.range.clone());
        match &node.kind {
            Kind::Literal(number, unit) => Ok(fixed(literal(*number, *unit, false), span)),
            Kind::Name(name) => {
                let mut array = self.names.look_up(name)?;
                if array.rank == Rank::Scalar {
                    array.cells.iter_mut().for_each(|cell| (cell.span, cell.written) = (span, None));
                }
                Ok(array)
            }
            Kind::Negate(inner) => match inner.kind {
                Kind::Literal(number, unit) => Ok(fixed(literal(number, unit, true), span)),
                _ => Array::together(&[self.evaluate(inner)?], span, |e| e[0].negate()),
            },
            Kind::Sum(parts) => self.fold(parts, [Operator::Add, Operator::Subtract]),
            Kind::Product(parts) => self.fold(parts, [Operator::Multiply, Operator::Divide]),
            Kind::Power(base, exponent) => {
                let both = [self.evaluate(base)?, self.evaluate(exponent)?];
                Array::together(&both, span, |e| {
                    Ok(Element::Fixed(e[0].fixed("a base")?.power(e[1].fixed("an exponent")?)?))
                })
            }
            Kind::Call(function, arguments) => self.call(*function, arguments, span),
            Kind::Random(family, arguments, limits) => self.random(*family, arguments, limits, span),
        }
    }

    /// A chain of operators from left to right.
    fn fold(&self, parts: &[(bool, Node)], [keeps, inverts]: [Operator; 2]) -> Result<Array, Diagnostic> {
        let Some(((_, first), rest)) = parts.split_first() else {
            return Err(trouble(Code::BadExpression, "an empty expression"));
        };
        let mut result = self.evaluate(first)?;
        for (inverse, part) in rest {
            let operator = if *inverse { inverts } else { keeps };
            let next = self.evaluate(part)?;
            let span = (self.place)(first.range.start..part.range.end);
            let located = |error: Diagnostic| Diagnostic { span, ..error };
            result = Array::together(&[result, next], span, |e| e[0].combine(operator, e[1])).map_err(located)?;
        }
        Ok(result)
    }

    fn call(&self, function: Function, arguments: &[Node], span: Span) -> Result<Array, Diagnostic> {
        let name = function.name();
        let mut arrays = arguments.iter().map(|node| self.evaluate(node)).collect::<Result<Vec<Array>, _>>()?;
        let what = format!("an argument of `{name}`");
        let unary = |apply: &dyn Fn(Quantity) -> Result<Quantity, Diagnostic>, arrays: &[Array]| {
            Array::together(arrays, span, |e| Ok(Element::Fixed(apply(e[0].fixed(&what)?)?)))
        };
        match function {
            Function::Sqrt => unary(&Quantity::sqrt, &arrays),
            Function::Exp => unary(&|q| q.pure(name, exp), &arrays),
            Function::Ln => unary(
                &|q| match q.sign() {
                    1 => q.pure(name, ln),
                    _ => Err(trouble(Code::OutOfRange, "the logarithm of a number that is not above zero")),
                },
                &arrays,
            ),
            Function::Abs => unary(&Quantity::abs, &arrays),
            Function::Round => unary(&Quantity::round, &arrays),
            Function::Sum => reduce(&arrays.remove(0), &what, span, Quantity::plus),
            Function::Min | Function::Max => {
                let wanted = if function == Function::Min { Ordering::Less } else { Ordering::Greater };
                if arrays.len() == 1 {
                    return reduce(&arrays.remove(0), &what, span, |a, b| a.choose(b, wanted));
                }
                Array::together(&arrays, span, |elements| {
                    let mut best = elements[0].fixed(&what)?;
                    for element in &elements[1..] {
                        best = best.choose(element.fixed(&what)?, wanted)?;
                    }
                    Ok(Element::Fixed(best))
                })
            }
            Function::Linspace => Array::together(&arrays, span, |e| {
                let (a, b) = (e[0].fixed(&what)?, e[1].fixed(&what)?);
                if a.is_bare_infinity() || !a.same_dimension(b) {
                    return Err(mismatch("the ends of `linspace` are", a, b));
                }
                if !(a.number.to_f64().is_finite() && b.number.to_f64().is_finite()) {
                    return Err(trouble(Code::OutOfRange, "the ends of `linspace` must be finite"));
                }
                Ok(Element::Linspace(a, b))
            }),
        }
    }

    fn random(&self, family: Family, arguments: &[Node], limits: &Limits, span: Span) -> Result<Array, Diagnostic> {
        let mut arrays = arguments.iter().map(|node| self.evaluate(node)).collect::<Result<Vec<Array>, _>>()?;
        let count = arrays.len();
        if let Limits::Redraw(ends) | Limits::Clip(ends) = limits {
            for end in ends.iter() {
                arrays.push(self.evaluate(end)?);
            }
        }
        let what = format!("an argument of `{}`", family.name());
        Array::together(&arrays, span, |elements| {
            let quantity = |index: usize| elements[index].fixed(&what);
            let first = quantity(0)?;
            let second = quantity(count - 1)?;
            let limits = match limits {
                Limits::None => DrawnLimits::None,
                Limits::KeepSign => DrawnLimits::KeepSign,
                Limits::Redraw(_) => DrawnLimits::Redraw(quantity(count)?, quantity(count + 1)?),
                Limits::Clip(_) => DrawnLimits::Clip(quantity(count)?, quantity(count + 1)?),
            };
            drawn(Drawn { family, first, second, start: None, limits })
        })
    }
}

/// Checks the dimensions of a random value's parts and that it can be drawn.
fn drawn(drawn: Drawn) -> Result<Element, Diagnostic> {
    let Drawn { family, first, second, .. } = drawn;
    if first.dimension != second.dimension {
        return Err(mismatch(&format!("the arguments of `{}` are", family.name()), first, second));
    }
    if matches!(family, Family::Normal | Family::Lognormal) && second.celsius {
        return Err(trouble(Code::WrongDimension, "the sd of a temperature is a difference")
            .help("write it in K: `normal(20 degC, 1 K)`"));
    }
    if let DrawnLimits::Redraw(low, high) | DrawnLimits::Clip(low, high) = drawn.limits {
        for end in [low, high] {
            if !first.same_dimension(end) {
                return Err(mismatch("the value and its bounds are", first, end));
            }
        }
    }
    drawn.in_unit(Unit { dimension: first.dimension, ..Unit::default() }).check()?;
    Ok(Element::Random(Box::new(drawn)))
}

fn mismatch(subject: &str, a: Quantity, b: Quantity) -> Diagnostic {
    let message = format!("{subject} {} and {}", both(a.dimension), both(b.dimension));
    trouble(Code::WrongDimension, message).help("both need the same kind of unit")
}

fn fixed(quantity: Quantity, span: Span) -> Array {
    Array::scalar(Element::Fixed(quantity), span)
}

/// One number out of all elements.
fn reduce(
    array: &Array,
    what: &str,
    span: Span,
    join: impl Fn(Quantity, Quantity) -> Result<Quantity, Diagnostic>,
) -> Result<Array, Diagnostic> {
    let mut numbers = array.cells.iter().map(|cell: &Cell| cell.element.fixed(what));
    let Some(first) = numbers.next() else {
        return Err(trouble(Code::WrongShape, "an empty list has no sum, smallest or largest element"));
    };
    let mut result = Quantity { computed: true, ..first? };
    for number in numbers {
        result = join(result, number?)?;
    }
    Ok(fixed(result, span))
}

/// Joins an error with the place in a text that it is about.
pub fn placed((error, range): Fault, place: &dyn Fn(Range<usize>) -> Span) -> Diagnostic {
    Diagnostic { span: place(range), ..error }
}

/// A number as TOML has it, without unit.
pub fn bare(text: &str) -> Result<Quantity, Diagnostic> {
    let magnitude = text.trim_start_matches(['+', '-']);
    match magnitude {
        "inf" if text.starts_with('-') => return Quantity::infinity().negate(),
        "inf" => return Ok(Quantity::infinity()),
        "nan" => return Err(trouble(Code::OutOfRange, "`nan` is not a number")),
        _ => {}
    }
    let digits = text.replace('_', "");
    match (super::decimal::Exact::parse(&digits), digits.parse::<f64>()) {
        (Some(exact), _) => Ok(Quantity::plain(Number::Exact(exact))),
        (None, Ok(x)) if x.is_finite() => Ok(Quantity::plain(Number::Real(x))),
        (None, Ok(_)) => Err(trouble(Code::OutOfRange, format!("`{text}` is too large"))),
        (None, Err(_)) => Err(trouble(Code::BadExpression, format!("`{text}` is not a number"))),
    }
}
