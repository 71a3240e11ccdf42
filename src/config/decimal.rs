//! Decimal numbers, exactly as written: `0.1` is a tenth here, not the nearest binary fraction.
//!
//! Times must become whole steps without rounding luck, and `"250 pF"` asked for in pF must be 250, although it is
//! held in farad. So a number stays `mantissa x 10^exponent` for as long as sums and products allow, and becomes an
//! f64 once, correctly rounded, in the unit that it is asked in.

use std::cmp::Ordering;
use std::fmt;

/// mantissa x 10^exponent, with no trailing zeros in the mantissa: equal numbers have equal fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exact {
    mantissa: i128,
    exponent: i32,
}

/// Beyond this exponent a number is neither useful nor cheap to hold.
const LARGEST_EXPONENT: i32 = 400;

impl Exact {
    pub const ZERO: Exact = Exact { mantissa: 0, exponent: 0 };
    /// 0 degC in K.
    pub const CELSIUS_ZERO: Exact = Exact { mantissa: 27315, exponent: -2 };

    pub fn new(mut mantissa: i128, mut exponent: i32) -> Exact {
        if mantissa == 0 {
            return Exact::ZERO;
        }
        while mantissa % 10 == 0 {
            mantissa /= 10;
            exponent += 1;
        }
        Exact { mantissa, exponent }
    }

    /// Reads `-0.25e-3`, `.5`, `5.`; also `0x1f`, `0o17`, `0b11` as TOML has them. None if it is no number or too long.
    pub fn parse(text: &str) -> Option<Exact> {
        let (negative, digits) = match text.strip_prefix(['-', '+']) {
            Some(rest) => (text.starts_with('-'), rest),
            None => (false, text),
        };
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
            if let Some(rest) = digits.strip_prefix(prefix) {
                let whole = i64::from_str_radix(rest, radix).ok().filter(|_| !rest.starts_with(['-', '+']))?;
                return Some(Exact::new(if negative { -i128::from(whole) } else { whole.into() }, 0));
            }
        }
        let (digits, exponent) = match digits.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
            None => (digits, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut mantissa: i128 = 0;
        for c in whole.chars().chain(fraction.chars()) {
            mantissa = mantissa.checked_mul(10)?.checked_add(c.to_digit(10)?.into())?;
        }
        let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        let exact = Exact::new(if negative { -mantissa } else { mantissa }, exponent.clamp(-9999, 9999));
        (exact.exponent.abs() <= LARGEST_EXPONENT).then_some(exact)
    }

    /// The shortest decimal that reads back as `x`.
    pub fn from_f64(x: f64) -> Option<Exact> {
        Exact::parse(&format!("{x:e}"))
    }

    /// Times 10^power.
    pub fn shifted(self, power: i32) -> Exact {
        Exact::new(self.mantissa, self.exponent.saturating_add(power))
    }

    pub fn negate(self) -> Exact {
        Exact { mantissa: -self.mantissa, ..self }
    }

    pub fn sign(self) -> i32 {
        self.mantissa.signum() as i32
    }

    /// Both as whole multiples of one power of ten.
    fn align(self, other: Exact) -> Option<(i128, i128, i32)> {
        let exponent = match (self.mantissa, other.mantissa) {
            (0, _) => other.exponent,
            (_, 0) => self.exponent,
            _ => self.exponent.min(other.exponent),
        };
        let scale = |x: Exact| match x.mantissa {
            0 => Some(0),
            m => m.checked_mul(10_i128.checked_pow(u32::try_from(x.exponent - exponent).ok()?)?),
        };
        Some((scale(self)?, scale(other)?, exponent))
    }

    /// Exactly, or None if that takes more than 38 digits.
    pub fn plus(self, other: Exact) -> Option<Exact> {
        let (a, b, exponent) = self.align(other)?;
        Some(Exact::new(a.checked_add(b)?, exponent))
    }

    pub fn subtract(self, other: Exact) -> Option<Exact> {
        self.plus(other.negate())
    }

    pub fn multiply(self, other: Exact) -> Option<Exact> {
        let product = Exact::new(self.mantissa.checked_mul(other.mantissa)?, self.exponent + other.exponent);
        (product.exponent.abs() <= LARGEST_EXPONENT).then_some(product)
    }

    /// The quotient if its decimals end, as those of 1/8 do and those of 1/3 do not.
    pub fn divide(self, other: Exact) -> Option<Exact> {
        if other.mantissa == 0 {
            return None;
        }
        if self.mantissa == 0 {
            return Some(Exact::ZERO);
        }
        let common = greatest_common_divisor(self.mantissa.unsigned_abs(), other.mantissa.unsigned_abs());
        let common = i128::try_from(common).ok()?;
        let (mut numerator, mut divisor) = (self.mantissa / common, other.mantissa / common);
        if divisor < 0 {
            (numerator, divisor) = (numerator.checked_neg()?, divisor.checked_neg()?);
        }
        let mut exponent = self.exponent - other.exponent;
        for (factor, cofactor) in [(10, 1), (2, 5), (5, 2)] {
            while divisor % factor == 0 {
                divisor /= factor;
                numerator = numerator.checked_mul(cofactor)?;
                exponent -= 1;
            }
        }
        (divisor == 1 && exponent.abs() <= LARGEST_EXPONENT).then(|| Exact::new(numerator, exponent))
    }

    pub fn compare(self, other: Exact) -> Ordering {
        match self.align(other) {
            Some((a, b, _)) => a.cmp(&b),
            None => self.to_f64_scaled(0).total_cmp(&other.to_f64_scaled(0)),
        }
    }

    /// The largest whole multiple of `unit` (above zero) that is not above `self`, and whether it is equal to it.
    /// None where that number does not fit.
    pub fn multiples_of(self, unit: Exact) -> Option<(i64, bool)> {
        match self.align(unit) {
            Some((a, b, _)) => {
                let floor = i64::try_from(a.checked_div_euclid(b)?).ok()?;
                Some((floor, a.checked_rem_euclid(b)? == 0))
            }
            None => {
                let ratio = self.to_f64_scaled(0) / unit.to_f64_scaled(0);
                (ratio.abs() < 1.0).then(|| (ratio.floor() as i64, false))
            }
        }
    }

    /// The nearest whole number, halves away from zero; None if it does not fit.
    pub fn round(self) -> Option<i64> {
        if self.exponent >= 0 {
            let power = 10_i128.checked_pow(self.exponent as u32)?;
            return i64::try_from(self.mantissa.checked_mul(power)?).ok();
        }
        let Some(power) = 10_i128.checked_pow(self.exponent.unsigned_abs()) else { return Some(0) };
        let (whole, rest) = (self.mantissa / power, self.mantissa % power);
        let away = if rest.abs() >= power - rest.abs() { rest.signum() } else { 0 };
        i64::try_from(whole + away).ok()
    }

    pub fn is_integer(self) -> bool {
        self.exponent >= 0
    }

    /// The number over 10^power, correctly rounded (through its decimal digits).
    pub fn to_f64_scaled(self, power: i32) -> f64 {
        let text = format!("{}e{}", self.mantissa, self.exponent.saturating_sub(power));
        text.parse().unwrap_or(f64::NAN)
    }
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl fmt::Display for Exact {
    /// Plain decimals where they are short, else `12e-30`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa.unsigned_abs().to_string();
        let sign = if self.mantissa < 0 { "-" } else { "" };
        match self.exponent {
            0..=15 => write!(f, "{sign}{digits}{}", "0".repeat(self.exponent as usize)),
            -18..0 => {
                let places = self.exponent.unsigned_abs() as usize;
                let padded = format!("{digits:0>width$}", width = places + 1);
                let (whole, fraction) = padded.split_at(padded.len() - places);
                write!(f, "{sign}{whole}.{fraction}")
            }
            _ => write!(f, "{sign}{digits}e{}", self.exponent),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact(text: &str) -> Exact {
        Exact::parse(text).unwrap_or_else(|| panic!("{text} is not read"))
    }

    #[test]
    fn numbers_are_read_with_all_digits() {
        assert_eq!(exact("-0.25e-3"), Exact { mantissa: -25, exponent: -5 });
        assert_eq!(exact("1000"), Exact { mantissa: 1, exponent: 3 });
        assert_eq!(exact("+.5"), exact("5e-1"));
        assert_eq!(exact("5."), exact("5"));
        assert_eq!(exact("-0.0"), Exact::ZERO);
        assert_eq!((exact("0xff"), exact("-0b11"), exact("0o17")), (exact("255"), exact("-3"), exact("15")));
        for bad in ["", ".", "-", "e3", "1e", "1.2.3", "a", "1e999999999999", "--1", "0x"] {
            assert_eq!(Exact::parse(bad), None, "{bad}");
        }
        assert_eq!(Exact::parse(&"9".repeat(60)), None);
    }

    #[test]
    fn sums_and_products_of_tenths_are_exact() {
        assert_eq!(exact("0.1").plus(exact("0.2")), Some(exact("0.3")));
        assert_eq!(exact("0.3").subtract(exact("0.1")), Some(exact("0.2")));
        assert_eq!(exact("0.1").multiply(exact("0.1")), Some(exact("0.01")));
        assert_eq!(exact("1e30").plus(exact("1e-30")), None);
        assert_eq!(exact("0").plus(exact("1e-300")), Some(exact("1e-300")));
    }

    #[test]
    fn quotients_that_end_are_exact() {
        assert_eq!(exact("1").divide(exact("8")), Some(exact("0.125")));
        assert_eq!(exact("3").divide(exact("-0.6")), Some(exact("-5")));
        assert_eq!(exact("6").divide(exact("75")), Some(exact("0.08")));
        assert_eq!(exact("1").divide(exact("3")), None);
        assert_eq!(exact("1").divide(exact("0")), None);
    }

    #[test]
    fn multiples_of_a_step() {
        assert_eq!(exact("0.3").multiples_of(exact("0.1")), Some((3, true)));
        assert_eq!(exact("0.35").multiples_of(exact("0.1")), Some((3, false)));
        assert_eq!(exact("-0.35").multiples_of(exact("0.1")), Some((-4, false)));
        assert_eq!(exact("1e-300").multiples_of(exact("0.1")), Some((0, false)));
        assert_eq!(exact("1e300").multiples_of(exact("0.1")), None);
        assert_eq!(exact("0").multiples_of(exact("0.025")), Some((0, true)));
    }

    #[test]
    fn halves_round_away_from_zero() {
        let rounded = [("2.5", 3), ("-2.5", -3), ("2.4999", 2), ("0.5", 1), ("-0.4", 0), ("7e2", 700), ("1e-99", 0)];
        for (text, whole) in rounded {
            assert_eq!(exact(text).round(), Some(whole), "{text}");
        }
        assert_eq!(exact("1e30").round(), None);
    }

    #[test]
    fn written_as_plain_decimals() {
        for text in ["0.3", "-0.025", "1200", "0", "12.5"] {
            assert_eq!(exact(text).to_string(), text);
        }
    }

    proptest! {
        /// Reading and scaling gives the f64 that Rust's own correctly rounding parser gives.
        #[test]
        fn one_rounding(mantissa in any::<i64>(), exponent in -60..60_i32, power in -15..15_i32) {
            let text = format!("{mantissa}e{exponent}");
            let expected: f64 = format!("{mantissa}e{}", exponent - power).parse().unwrap();
            prop_assert_eq!(exact(&text).to_f64_scaled(power), expected);
        }

        #[test]
        fn floats_survive(x in -1e30..1e30_f64) {
            prop_assert_eq!(Exact::from_f64(x).map(|e| e.to_f64_scaled(0)), Some(x));
        }

        #[test]
        fn ordered_as_integers_are(a in any::<i64>(), b in any::<i64>()) {
            prop_assert_eq!(Exact::new(a.into(), -3).compare(Exact::new(b.into(), -3)), a.cmp(&b));
        }

        #[test]
        fn display_reads_back(mantissa in any::<i64>(), exponent in -40..40_i32) {
            let number = Exact::new(mantissa.into(), exponent);
            prop_assert_eq!(exact(&number.to_string()), number);
        }

        #[test]
        fn any_text_is_read_or_not(text in ".*") {
            let _ = Exact::parse(&text);
        }
    }
}
