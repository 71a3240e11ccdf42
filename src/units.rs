//! Units: what `"250 pF"` and `"nS/um^2"` mean.
//!
//! Every unit of the language is a product of SI base units times a power of ten, so a unit is just two things: a
//! [`Dimension`] (the exponents of m, kg, s, A, K, mol) and a power of ten. `pF` is the farad's dimension and -12.
//! No conversion ever needs a factor that a decimal number cannot hold; the one exception to "times a power of ten"
//! is `degC`, which shifts zero by 273.15 K and is therefore refused in products.

use crate::error::{Code, nearest};
use std::fmt;
use std::ops::Range;

/// Exponents over the SI base units m, kg, s, A, K, mol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Dimension(pub [i16; 6]);

/// Names of the base units, in the order of [`Dimension`].
const BASE: [&str; 6] = ["m", "kg", "s", "A", "K", "mol"];

/// What messages call a dimension, and the unit that neuroscience prefers for it.
const NAMED: &[(&str, &str)] = &[
    ("ms", "a time"),
    ("mV", "a voltage"),
    ("pA", "a current"),
    ("nS", "a conductance"),
    ("pF", "a capacitance"),
    ("Mohm", "a resistance"),
    ("um", "a length"),
    ("um^2", "an area"),
    ("um^3", "a volume"),
    ("uA/cm^2", "a current per area"),
    ("mS/cm^2", "a conductance per area"),
    ("uF/cm^2", "a capacitance per area"),
    ("ohm cm", "a resistivity"),
    ("ohm cm^2", "a resistance times an area"),
    ("pC", "a charge"),
    ("Hz", "a rate"),
    ("mV/ms", "a voltage per time"),
    ("pA/ms", "a current per time"),
    ("nS/ms", "a conductance per time"),
    ("m/s", "a speed"),
    ("degC", "a temperature"),
    ("mM", "a concentration"),
    ("/mV", "a number per voltage"),
];

impl Dimension {
    /// Of a pure number.
    pub const NONE: Dimension = Dimension([0; 6]);
    pub const TIME: Dimension = Dimension([0, 0, 1, 0, 0, 0]);
    pub const TEMPERATURE: Dimension = Dimension([0, 0, 0, 0, 1, 0]);
    const AREA: Dimension = Dimension([2, 0, 0, 0, 0, 0]);

    pub fn is_none(self) -> bool {
        self == Dimension::NONE
    }

    /// The dimension of a product of one of `self` and `other`^`power`.
    pub fn times(self, other: Dimension, power: i16) -> Dimension {
        let mut sum = self.0;
        for (exponent, more) in sum.iter_mut().zip(other.0) {
            *exponent = exponent.saturating_add(more.saturating_mul(power));
        }
        Dimension(sum)
    }

    /// The dimension of the square root, if its exponents are even.
    pub fn halved(self) -> Option<Dimension> {
        self.0.iter().all(|exponent| exponent % 2 == 0).then(|| Dimension(self.0.map(|exponent| exponent / 2)))
    }

    /// Whether `self` is `other` per area: where a density was mistaken for a whole, or the reverse.
    pub fn is_per_area_of(self, other: Dimension) -> bool {
        self.times(Dimension::AREA, 1) == other
    }

    fn named(self) -> Option<(&'static str, &'static str)> {
        NAMED.iter().find(|(unit, _)| Unit::parse(unit).is_ok_and(|u| u.dimension == self)).copied()
    }

    /// As a sentence says it: "a voltage", or "a quantity in kg m" where it has no name.
    pub fn describe(self) -> String {
        match self.named() {
            _ if self.is_none() => "a number without a unit".into(),
            Some((_, name)) => name.into(),
            None => format!("a quantity in {self}"),
        }
    }
}

impl fmt::Display for Dimension {
    /// The field's unit for it (`mV`), or the SI base units.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() {
            return f.write_str("1");
        }
        if let Some((unit, _)) = self.named() {
            return f.write_str(unit);
        }
        let powers = BASE.iter().zip(self.0).filter(|(_, exponent)| *exponent != 0);
        let words: Vec<String> =
            powers.map(|(base, e)| if e == 1 { base.to_string() } else { format!("{base}^{e}") }).collect();
        f.write_str(&words.join(" "))
    }
}

/// A unit: `number unit` means number x 10^power in coherent SI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    pub dimension: Dimension,
    pub power: i32,
    /// `degC`: a point on the Celsius scale, 273.15 K higher in SI.
    pub celsius: bool,
}

/// What is wrong with a unit, and where in the text.
#[derive(Clone, Debug)]
pub struct UnitError {
    pub code: Code,
    pub message: String,
    pub range: Range<usize>,
    pub help: Option<String>,
}

/// Symbols with their dimension (m, kg, s, A, K, mol), power of ten, and whether they take a prefix.
const SYMBOLS: &[(&str, [i16; 6], i32, bool)] = &[
    ("m", [1, 0, 0, 0, 0, 0], 0, true),
    ("g", [0, 1, 0, 0, 0, 0], -3, true),
    ("s", [0, 0, 1, 0, 0, 0], 0, true),
    ("A", [0, 0, 0, 1, 0, 0], 0, true),
    ("K", [0, 0, 0, 0, 1, 0], 0, true),
    ("mol", [0, 0, 0, 0, 0, 1], 0, true),
    ("S", [-2, -1, 3, 2, 0, 0], 0, true),
    ("V", [2, 1, -3, -1, 0, 0], 0, true),
    ("F", [-2, -1, 4, 2, 0, 0], 0, true),
    ("ohm", [2, 1, -3, -2, 0, 0], 0, true),
    ("Hz", [0, 0, -1, 0, 0, 0], 0, true),
    ("C", [0, 0, 1, 1, 0, 0], 0, true),
    ("M", [-3, 0, 0, 0, 0, 1], 3, true),
    ("degC", [0, 0, 0, 0, 1, 0], 0, false),
];

const PREFIXES: &[(char, i32)] =
    &[('f', -15), ('p', -12), ('n', -9), ('u', -6), ('m', -3), ('c', -2), ('k', 3), ('M', 6), ('G', 9)];

/// Ways to write a unit that axonal does not read, and what it reads instead.
const ALIASES: &[(&str, &str)] = &[
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("msec", "ms"),
    ("millisecond", "ms"),
    ("milliseconds", "ms"),
    ("usec", "us"),
    ("volt", "V"),
    ("volts", "V"),
    ("millivolt", "mV"),
    ("millivolts", "mV"),
    ("amp", "A"),
    ("amps", "A"),
    ("ampere", "A"),
    ("siemens", "S"),
    ("mho", "S"),
    ("ohms", "ohm"),
    ("hertz", "Hz"),
    ("farad", "F"),
    ("micron", "um"),
    ("microns", "um"),
    ("celsius", "degC"),
    ("°C", "degC"),
    ("°c", "degC"),
    ("kelvin", "K"),
];

/// Units that people mean: first in suggestions.
const COMMON: &[&str] = &[
    "ms", "us", "s", "mV", "V", "pA", "nA", "uA", "mA", "nS", "uS", "mS", "pF", "nF", "uF", "um", "mm", "cm", "ohm",
    "kohm", "Mohm", "Hz", "kHz", "pC", "mM", "uM", "degC", "K",
];

fn symbol(word: &str) -> Option<Unit> {
    let find = |word: &str| SYMBOLS.iter().find(|(name, ..)| *name == word);
    let unit = |&(name, dimension, power, _): &(&str, [i16; 6], i32, bool), prefix: i32| Unit {
        dimension: Dimension(dimension),
        power: power + prefix,
        celsius: name == "degC",
    };
    if let Some(entry) = find(word) {
        return Some(unit(entry, 0));
    }
    let first = word.chars().next()?;
    let &(_, prefix) = PREFIXES.iter().find(|(letter, _)| *letter == first)?;
    find(&word[1..]).filter(|entry| entry.3).map(|entry| unit(entry, prefix))
}

/// Reads `µ` and `Ω`, in both of Unicode's spellings, as `u` and `ohm`.
fn plain(word: &str) -> String {
    word.replace(['\u{b5}', '\u{3bc}'], "u").replace(['\u{3a9}', '\u{2126}'], "ohm")
}

/// Whether `word` is one unit with its prefix, such as `mV`.
pub fn is_unit(word: &str) -> bool {
    symbol(&plain(word)).is_some()
}

/// The spelling of a unit that was probably meant by `word`, which is none.
fn meant(word: &str) -> Option<String> {
    let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
    if stem.len() < word.len() && is_unit(stem) {
        return Some(format!("{stem}^{}", &word[stem.len()..]));
    }
    if let Some((_, unit)) = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(word)) {
        return Some(unit.to_string());
    }
    respelled(word, |_| true).or_else(|| similar(word))
}

/// A common unit of about the same length that differs little: `Hzz` for `Hz`.
fn similar(word: &str) -> Option<String> {
    let near = nearest(word, COMMON).filter(|unit| word.len() >= 3 && unit.len().abs_diff(word.len()) <= 1)?;
    Some(near.to_string())
}

/// `text` (one unit or a product) with other capitals, such that it is a unit that is `wanted`; the likeliest.
pub fn respelled(text: &str, wanted: impl Fn(&Unit) -> bool) -> Option<String> {
    let text = plain(text);
    let letters: Vec<usize> =
        text.char_indices().filter(|(_, c)| c.is_ascii_alphabetic()).map(|(index, _)| index).collect();
    if letters.len() > 10 {
        return None;
    }
    let mut best: Option<(bool, u32, String)> = None;
    for flips in 1..1_u32 << letters.len() {
        let flip = |(index, c): (usize, char)| {
            let flipped = letters.iter().position(|&l| l == index).is_some_and(|bit| flips >> bit & 1 == 1);
            match flipped {
                true if c.is_ascii_lowercase() => c.to_ascii_uppercase(),
                true => c.to_ascii_lowercase(),
                false => c,
            }
        };
        let candidate: String = text.char_indices().map(flip).collect();
        let rank = (!COMMON.contains(&candidate.as_str()), flips.count_ones());
        let better = best.as_ref().is_none_or(|(uncommon, count, _)| rank < (*uncommon, *count));
        if better && silently(&candidate).is_some_and(|unit| wanted(&unit)) {
            best = Some((rank.0, rank.1, candidate));
        }
    }
    best.map(|(.., candidate)| candidate)
}

impl Unit {
    /// Reads a whole text as a unit; `""` is dimensionless, and `1/ms` is `/ms`.
    pub fn parse(text: &str) -> Result<Unit, UnitError> {
        if text.trim().is_empty() {
            return Ok(Unit::default());
        }
        let start = text.len() - text.trim_start().len();
        let (unit, end) = Reader { text, at: start, is_name: &|_| false, explains: true }.unit()?;
        if !text[end..].trim().is_empty() {
            let message = format!("cannot read `{}` as a unit", text.trim());
            return Err(UnitError { code: Code::UnknownUnit, message, range: end..text.len(), help: None });
        }
        Ok(unit)
    }

    /// Reads the unit that starts at byte `at`, as far as it goes, and returns its end. After a `*` or `/` a word
    /// continues the unit only if it is not a name (`is_name`) or a function.
    pub fn parse_at(text: &str, at: usize, is_name: &dyn Fn(&str) -> bool) -> Result<(Unit, usize), UnitError> {
        Reader { text, at, is_name, explains: true }.unit()
    }

    /// Whether a unit could start at byte `at`: a word, or `/` (or `1/`) and a word that is a unit or nearly one.
    pub fn starts_at(text: &str, at: usize, is_name: &dyn Fn(&str) -> bool) -> bool {
        let reader = Reader { text, at, is_name, explains: true };
        let slash = reader.behind_one(at);
        !reader.word(at).is_empty() || (text[slash..].starts_with('/') && reader.continues(slash + 1))
    }
}

/// A whole text as a unit, without looking for what may have been meant.
fn silently(text: &str) -> Option<Unit> {
    let (unit, end) = Reader { text, at: 0, is_name: &|_| false, explains: false }.unit().ok()?;
    text[end..].trim().is_empty().then_some(unit)
}

/// A cursor over the text of a unit.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    is_name: &'a dyn Fn(&str) -> bool,
    /// Whether to look for units that are nearly what is written.
    explains: bool,
}

impl<'a> Reader<'a> {
    fn skip_space(&self, at: usize) -> usize {
        self.text.len() - self.text[at..].trim_start().len()
    }

    /// Where the `/` of `1/ms` is, if the unit is written so.
    fn behind_one(&self, at: usize) -> usize {
        let slash = self.skip_space(at + usize::from(self.text[at..].starts_with('1')));
        if self.text[slash..].starts_with('/') { slash } else { at }
    }

    /// The word that starts at `at`, empty if none does.
    fn word(&self, at: usize) -> &'a str {
        let rest = &self.text[at..];
        let starts = |c: char| c.is_alphabetic() || matches!(c, '°' | '%');
        if !rest.starts_with(starts) {
            return "";
        }
        let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '°' | '%'))).unwrap_or(rest.len());
        &rest[..end]
    }

    /// Whether the word after an operator belongs to the unit.
    fn continues(&self, after_operator: usize) -> bool {
        let at = self.skip_space(after_operator);
        let word = self.word(at);
        let called = self.text[self.skip_space(at + word.len())..].starts_with('(');
        if word.is_empty() || called {
            return false;
        }
        let temperature = symbol(&plain(word)).is_some_and(|unit| unit.dimension == Dimension::TEMPERATURE);
        if (self.is_name)(word) {
            return is_unit(word) && !temperature;
        }
        is_unit(word) || (self.explains && meant(word).is_some())
    }

    fn unit(mut self) -> Result<(Unit, usize), UnitError> {
        let start = self.at;
        self.at = self.behind_one(start);
        let mut below = self.text[self.at..].starts_with('/');
        if below {
            self.at = self.skip_space(self.at + 1);
        }
        let mut unit = Unit::default();
        let mut after_operator = below;
        let mut temperature = None;
        let mut product = below;
        loop {
            let (factor, exponent, range) = self.factor(after_operator)?;
            product |= exponent != 1;
            if factor.dimension == Dimension::TEMPERATURE {
                temperature = Some(range);
                unit.celsius = factor.celsius;
            }
            let exponent = if below { -exponent } else { exponent };
            unit.dimension = unit.dimension.times(factor.dimension, exponent);
            unit.power += factor.power * i32::from(exponent);
            let next = self.skip_space(self.at);
            if !self.word(next).is_empty() {
                (self.at, after_operator, product) = (next, false, true);
            } else if self.text[next..].starts_with('*') && self.continues(next + 1) {
                (self.at, after_operator, product) = (self.skip_space(next + 1), true, true);
            } else if self.text[next..].starts_with('/') && self.continues(next + 1) {
                if below {
                    return Err(two_slashes(start..next + 1));
                }
                below = true;
                (self.at, after_operator, product) = (self.skip_space(next + 1), true, true);
            } else {
                break;
            }
        }
        match temperature {
            Some(range) if product => Err(temperature_in_product(range)),
            _ => Ok((unit, self.at)),
        }
    }

    /// One word with its power.
    fn factor(&mut self, after_operator: bool) -> Result<(Unit, i16, Range<usize>), UnitError> {
        let word = self.word(self.at);
        let range = self.at..self.at + word.len();
        let unit = symbol(&plain(word)).ok_or_else(|| self.unknown(word, range.clone(), after_operator))?;
        if after_operator && (self.is_name)(word) {
            return Err(UnitError {
                code: Code::BadExpression,
                message: format!("`{word}` could be the unit or the name in [define]"),
                range,
                help: Some(format!("put the name first, as in `{word} * 2 mV`, or give the definition another name")),
            });
        }
        self.at = range.end;
        let exponent = self.exponent()?;
        Ok((unit, exponent, range))
    }

    /// The whole number after `^`, 1 if there is none.
    fn exponent(&mut self) -> Result<i16, UnitError> {
        let caret = self.skip_space(self.at);
        if !self.text[caret..].starts_with('^') {
            return Ok(1);
        }
        let start = self.skip_space(caret + 1);
        let rest = &self.text[start..];
        let sign = usize::from(rest.starts_with(['-', '+']));
        let digits = rest[sign..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - sign);
        let end = start + sign + digits;
        self.at = end;
        match self.text[start..end].parse::<i16>() {
            Ok(exponent) if exponent.abs() <= 9 && !self.text[end..].starts_with('.') => Ok(exponent),
            _ => Err(UnitError {
                code: Code::UnknownUnit,
                message: "the power of a unit is a whole number from -9 to 9".into(),
                range: caret..end.max(caret + 1),
                help: Some("put a quantity in parentheses to raise it to a power: `(2 mV)^n`".into()),
            }),
        }
    }

    fn unknown(&self, word: &str, range: Range<usize>, after_operator: bool) -> UnitError {
        let help = match self.explains.then(|| meant(word)).flatten() {
            _ if !self.explains => None,
            _ if (self.is_name)(word) => {
                Some(format!("`{word}` is a name: write an operator before it, as in `2 * {word}`"))
            }
            Some(unit) => Some(format!("did you mean `{unit}`?")),
            None => Some(format!("units are made of {} with the prefixes f p n u m c k M G", symbol_names())),
        };
        let message = match after_operator {
            true => format!("`{word}` is neither a unit nor a name in [define]"),
            false => format!("`{word}` is not a unit"),
        };
        UnitError { code: Code::UnknownUnit, message, range, help }
    }
}

fn symbol_names() -> String {
    let names: Vec<&str> = SYMBOLS.iter().map(|(name, ..)| *name).collect();
    names.join(" ")
}

fn two_slashes(range: Range<usize>) -> UnitError {
    UnitError {
        code: Code::UnknownUnit,
        message: "a unit has at most one `/`".into(),
        range,
        help: Some("what follows the `/` divides: write `a/b c` for a/(b c)".into()),
    }
}

fn temperature_in_product(range: Range<usize>) -> UnitError {
    UnitError {
        code: Code::UnknownUnit,
        message: "`degC` and `K` cannot be part of a product".into(),
        range,
        help: Some("a temperature is written alone, as in `6.3 degC`".into()),
    }
}

#[cfg(test)]
#[path = "units_tests.rs"]
mod tests;
