//! One number with its dimension, and arithmetic on it that minds both.

use super::decimal::Exact;
use crate::error::{Code, Diagnostic, Span};
use crate::units::{Dimension, Unit};
use std::cmp::Ordering;

/// Exact for as long as `+ - *` and divisions that end allow, else an f64.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    Exact(Exact),
    Real(f64),
}

impl Number {
    pub fn to_f64(self) -> f64 {
        self.scaled(0)
    }

    /// The number over 10^power; an exact one is rounded once.
    pub fn scaled(self, power: i32) -> f64 {
        match self {
            Number::Exact(exact) => exact.to_f64_scaled(power),
            Number::Real(x) if power == 0 => x,
            Number::Real(x) if power < 0 => x * power_of_ten(-power),
            Number::Real(x) => x / power_of_ten(power),
        }
    }

    fn compare(self, other: Number) -> Ordering {
        match (self, other) {
            (Number::Exact(a), Number::Exact(b)) => a.compare(b),
            _ => self.to_f64().total_cmp(&other.to_f64()),
        }
    }
}

/// 10^power, correctly rounded.
fn power_of_ten(power: i32) -> f64 {
    format!("1e{power}").parse().unwrap_or(f64::INFINITY)
}

/// A number in coherent SI units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantity {
    pub number: Number,
    pub dimension: Dimension,
    /// A point on the Celsius scale (held in K): may be compared and shifted, but not multiplied.
    pub celsius: bool,
    /// The result of an operation, rather than a number as written.
    pub computed: bool,
}

/// A diagnostic without a place, which the caller knows.
pub fn trouble(code: Code, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, Span::NONE, message)
}

impl Quantity {
    pub fn plain(number: Number) -> Quantity {
        Quantity { number, dimension: Dimension::NONE, celsius: false, computed: false }
    }

    pub fn integer(n: i64) -> Quantity {
        Quantity::plain(Number::Exact(Exact::new(n.into(), 0)))
    }

    pub fn infinity() -> Quantity {
        Quantity::plain(Number::Real(f64::INFINITY))
    }

    /// `number unit` as written.
    pub fn with_unit(number: Number, unit: Unit) -> Quantity {
        let held = match number {
            Number::Exact(exact) if unit.celsius => exact.plus(Exact::CELSIUS_ZERO).map(Number::Exact),
            Number::Exact(exact) => Some(Number::Exact(exact.shifted(unit.power))),
            Number::Real(_) => None,
        };
        let real = || match unit.celsius {
            true => number.to_f64() + Exact::CELSIUS_ZERO.to_f64_scaled(0),
            false => number.scaled(-unit.power),
        };
        let number = held.unwrap_or_else(|| Number::Real(real()));
        Quantity { number, dimension: unit.dimension, celsius: unit.celsius, computed: false }
    }

    /// `inf` without a unit, which goes with every dimension.
    pub fn is_bare_infinity(self) -> bool {
        self.dimension.is_none() && self.number.to_f64().is_infinite()
    }

    /// The number in `unit`, which must be of its dimension.
    pub fn in_unit(self, unit: Unit) -> f64 {
        match self.number {
            Number::Exact(exact) if unit.celsius => match exact.subtract(Exact::CELSIUS_ZERO) {
                Some(shifted) => shifted.to_f64_scaled(0),
                None => exact.to_f64_scaled(0) - Exact::CELSIUS_ZERO.to_f64_scaled(0),
            },
            Number::Real(x) if unit.celsius => x - Exact::CELSIUS_ZERO.to_f64_scaled(0),
            number => number.scaled(unit.power),
        }
    }

    /// Whether the two may be added, compared, or stand for one another.
    pub fn same_dimension(self, other: Quantity) -> bool {
        self.dimension == other.dimension || self.is_bare_infinity() || other.is_bare_infinity()
    }

    /// The dimension of a sum or a choice of the two.
    pub fn common_dimension(self, other: Quantity) -> Dimension {
        if self.is_bare_infinity() { other.dimension } else { self.dimension }
    }

    pub fn compare(self, other: Quantity) -> Ordering {
        self.number.compare(other.number)
    }

    pub fn sign(self) -> i32 {
        match self.number {
            Number::Exact(exact) => exact.sign(),
            Number::Real(x) => i32::from(x > 0.0) - i32::from(x < 0.0),
        }
    }

    fn made(number: Number, dimension: Dimension) -> Result<Quantity, Diagnostic> {
        if let Number::Real(x) = number
            && x.is_nan()
        {
            return Err(trouble(Code::OutOfRange, "the result is not a number"));
        }
        Ok(Quantity { number, dimension, celsius: false, computed: true })
    }

    /// As `made`, where an infinite result of finite numbers is an overflow.
    fn bounded(self, other: Quantity, number: Number, dimension: Dimension) -> Result<Quantity, Diagnostic> {
        let finite = |q: Quantity| q.number.to_f64().is_finite();
        if !number.to_f64().is_finite() && finite(self) && finite(other) {
            return Err(trouble(Code::OutOfRange, "the result is too large for a number"));
        }
        Quantity::made(number, dimension)
    }

    pub fn negate(self) -> Result<Quantity, Diagnostic> {
        self.no_celsius("be negated")?;
        let number = match self.number {
            Number::Exact(exact) => Number::Exact(exact.negate()),
            Number::Real(x) => Number::Real(-x),
        };
        // A sign in front of a written number is part of how it is written.
        Ok(Quantity { number, ..self })
    }

    pub fn plus(self, other: Quantity) -> Result<Quantity, Diagnostic> {
        self.check_same(other, |a, b| format!("cannot add {b} to {a}"))?;
        if self.celsius && other.celsius {
            return Err(trouble(Code::WrongDimension, "cannot add two temperatures in degC")
                .help("write a difference of temperatures in K: `20 degC + 5 K`"));
        }
        let dimension = self.common_dimension(other);
        let number = self.apply(other, Exact::plus, |a, b| a + b);
        Ok(Quantity { celsius: self.celsius || other.celsius, ..self.bounded(other, number, dimension)? })
    }

    pub fn subtract(self, other: Quantity) -> Result<Quantity, Diagnostic> {
        self.check_same(other, |a, b| format!("cannot subtract {b} from {a}"))?;
        let dimension = self.common_dimension(other);
        let number = self.apply(other, Exact::subtract, |a, b| a - b);
        Ok(Quantity { celsius: self.celsius && !other.celsius, ..self.bounded(other, number, dimension)? })
    }

    pub fn multiply(self, other: Quantity) -> Result<Quantity, Diagnostic> {
        self.no_celsius("be in a product").and(other.no_celsius("be in a product"))?;
        let number = self.apply(other, Exact::multiply, |a, b| a * b);
        self.bounded(other, number, self.dimension.times(other.dimension, 1))
    }

    pub fn divide(self, other: Quantity) -> Result<Quantity, Diagnostic> {
        self.no_celsius("be in a quotient").and(other.no_celsius("be in a quotient"))?;
        if other.sign() == 0 {
            return Err(trouble(Code::OutOfRange, "division by zero"));
        }
        let number = self.apply(other, Exact::divide, |a, b| a / b);
        self.bounded(other, number, self.dimension.times(other.dimension, -1))
    }

    /// The larger (or smaller) of two.
    pub fn choose(self, other: Quantity, wanted: Ordering) -> Result<Quantity, Diagnostic> {
        self.check_same(other, |a, b| format!("cannot compare {a} with {b}"))?;
        let chosen = if other.compare(self) == wanted { other } else { self };
        Ok(Quantity { dimension: self.common_dimension(other), computed: true, ..chosen })
    }

    pub fn abs(self) -> Result<Quantity, Diagnostic> {
        let positive = if self.sign() < 0 { self.negate()? } else { self };
        Ok(Quantity { computed: true, ..positive })
    }

    pub fn sqrt(self) -> Result<Quantity, Diagnostic> {
        self.no_celsius("have a root")?;
        if self.sign() < 0 {
            return Err(trouble(Code::OutOfRange, "the square root of a negative number"));
        }
        let Some(dimension) = self.dimension.halved() else {
            return Err(trouble(Code::WrongDimension, format!("{} has no square root", both(self.dimension))));
        };
        Quantity::made(Number::Real(self.number.to_f64().sqrt()), dimension)
    }

    /// `function` of a pure number.
    pub fn pure(self, name: &str, function: impl Fn(f64) -> f64) -> Result<Quantity, Diagnostic> {
        if !self.dimension.is_none() {
            return Err(trouble(
                Code::WrongDimension,
                format!("`{name}` needs a number without a unit, not {}", both(self.dimension)),
            )
            .help(format!("divide it by a quantity of the same kind, as in `{name}(x / (1 {}))`", self.dimension)));
        }
        let result = Number::Real(function(self.number.to_f64()));
        self.bounded(self, result, Dimension::NONE)
    }

    /// The nearest whole number, halves away from zero.
    pub fn round(self) -> Result<Quantity, Diagnostic> {
        match self.number {
            Number::Exact(exact) if self.dimension.is_none() && exact.round().is_some() => {
                let rounded = Quantity::integer(exact.round().unwrap_or_default());
                Ok(Quantity { computed: true, ..rounded })
            }
            _ => {
                let rounded = self.pure("round", f64::round)?;
                let exact = Exact::from_f64(rounded.number.to_f64());
                Ok(Quantity { number: exact.map_or(rounded.number, Number::Exact), ..rounded })
            }
        }
    }

    pub fn power(self, exponent: Quantity) -> Result<Quantity, Diagnostic> {
        self.no_celsius("be raised to a power")?;
        if !exponent.dimension.is_none() {
            let message = format!("an exponent is a number without a unit, not {}", both(exponent.dimension));
            return Err(trouble(Code::WrongDimension, message));
        }
        let whole = match exponent.number {
            Number::Exact(exact) if exact.is_integer() => exact.round().filter(|n| n.abs() <= 64),
            _ => None,
        };
        match whole {
            Some(n) => self.whole_power(n),
            None if self.dimension.is_none() => {
                let power = super::interpret::power(self.number.to_f64(), exponent.number.to_f64());
                self.bounded(exponent, Number::Real(power), Dimension::NONE)
            }
            None => Err(trouble(
                Code::WrongDimension,
                format!("{} can only be raised to a whole power up to 64", both(self.dimension)),
            )),
        }
    }

    fn whole_power(self, n: i64) -> Result<Quantity, Diagnostic> {
        let mut result = Quantity { computed: true, ..Quantity::integer(1) };
        for _ in 0..n.abs() {
            result = result.multiply(self)?;
        }
        if n < 0 { Quantity::integer(1).divide(result) } else { Ok(result) }
    }

    fn apply(
        self,
        other: Quantity,
        exactly: impl Fn(Exact, Exact) -> Option<Exact>,
        nearly: impl Fn(f64, f64) -> f64,
    ) -> Number {
        let exact = match (self.number, other.number) {
            (Number::Exact(a), Number::Exact(b)) => exactly(a, b),
            _ => None,
        };
        exact.map_or_else(|| Number::Real(nearly(self.number.to_f64(), other.number.to_f64())), Number::Exact)
    }

    fn check_same(self, other: Quantity, message: impl Fn(String, String) -> String) -> Result<(), Diagnostic> {
        if self.same_dimension(other) {
            return Ok(());
        }
        let text = message(both(self.dimension), both(other.dimension));
        let bare = self.dimension.is_none() != other.dimension.is_none();
        let unit = if self.dimension.is_none() { other.dimension } else { self.dimension };
        let error = trouble(Code::WrongDimension, text);
        Err(if bare { error.help(format!("give the number a unit, such as {unit}")) } else { error })
    }

    fn no_celsius(self, what: &str) -> Result<(), Diagnostic> {
        if !self.celsius {
            return Ok(());
        }
        Err(trouble(Code::WrongDimension, format!("a temperature in degC cannot {what}"))
            .help("differences of temperatures can: `(20 degC - 6.3 degC) / (10 K)`"))
    }
}

/// A dimension by name and unit: "a time (ms)".
pub fn both(dimension: Dimension) -> String {
    match dimension.describe() {
        name if dimension.is_none() || name.contains(" in ") => name,
        name => format!("{name} ({dimension})"),
    }
}
