//! Expressions: from the text `"0.1 * abs(W) + 2 pA"` to a tree.
//!
//! A unit is what directly follows a number (`585 pA/mV`); anywhere else a word is a name. So `1 / 2 ms` is
//! 1/(2 ms): the `2 ms` is one literal. From loosest to tightest bind: `+ -`, `* /`, a sign, `^`.
//!
//! ```text
//! sum     = product (("+" | "-") product)*
//! product = signed (("*" | "/") signed)*
//! signed  = ("-" | "+") signed | power
//! power   = primary ("^" signed)?
//! primary = number unit? | "inf" unit? | name | function "(" sum ("," sum)* ")" bounds? | "(" sum ")"
//! bounds  = "in" interval | "clipped" "to" interval | "keeping" "sign"
//! interval = "[" sum "," sum "]"
//! ```

use super::decimal::Exact;
use super::quantity::{Number, Quantity, trouble};
use crate::error::{Code, Diagnostic};
use crate::units::{Unit, UnitError};
use std::ops::Range;

/// A part of an expression with its place in the text, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub kind: Kind,
    pub range: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A number and the unit that it was written in.
    Literal(Number, Unit),
    Name(String),
    Negate(Box<Node>),
    /// Terms in order, the negative ones marked.
    Sum(Vec<(bool, Node)>),
    /// Factors in order, those divided by marked.
    Product(Vec<(bool, Node)>),
    Power(Box<Node>, Box<Node>),
    Call(Function, Vec<Node>),
    Random(Family, Vec<Node>, Limits),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Sqrt,
    Exp,
    Ln,
    Abs,
    Min,
    Max,
    Round,
    Sum,
    Linspace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    Normal,
    Uniform,
    Exponential,
    Lognormal,
}

/// What follows a random value.
#[derive(Clone, Debug, PartialEq)]
pub enum Limits {
    None,
    Redraw(Box<[Node; 2]>),
    Clip(Box<[Node; 2]>),
    KeepSign,
}

const FUNCTIONS: &[(&str, Function)] = &[
    ("sqrt", Function::Sqrt),
    ("exp", Function::Exp),
    ("ln", Function::Ln),
    ("abs", Function::Abs),
    ("min", Function::Min),
    ("max", Function::Max),
    ("round", Function::Round),
    ("sum", Function::Sum),
    ("linspace", Function::Linspace),
];

const FAMILIES: &[(&str, Family)] = &[
    ("normal", Family::Normal),
    ("uniform", Family::Uniform),
    ("exponential", Family::Exponential),
    ("lognormal", Family::Lognormal),
];

impl Function {
    pub fn name(self) -> &'static str {
        FUNCTIONS.iter().find(|(_, function)| *function == self).map_or("", |(name, _)| name)
    }
}

impl Family {
    pub fn name(self) -> &'static str {
        FAMILIES.iter().find(|(_, family)| *family == self).map_or("", |(name, _)| name)
    }

    fn arguments(self) -> (usize, &'static str) {
        match self {
            Family::Normal => (2, "normal(mean, sd)"),
            Family::Uniform => (2, "uniform(low, high)"),
            Family::Exponential => (1, "exponential(mean)"),
            Family::Lognormal => (2, "lognormal(mean, sd)"),
        }
    }
}

/// Words that cannot be names, because expressions give them a meaning.
pub fn is_reserved(word: &str) -> bool {
    let called = FUNCTIONS.iter().map(|(name, _)| *name).chain(FAMILIES.iter().map(|(name, _)| *name));
    called.chain(["inf", "nan", "in", "clipped", "keeping"]).any(|reserved| reserved == word)
}

impl Node {
    /// Whether it is a number with or without unit and sign, and nothing else.
    pub fn is_literal(&self) -> bool {
        match &self.kind {
            Kind::Literal(..) => true,
            Kind::Negate(inner) => matches!(inner.kind, Kind::Literal(..)),
            _ => false,
        }
    }

    /// The names that stand in it. Recurses no deeper than the parser did.
    pub fn names(&self, found: &mut Vec<String>) {
        match &self.kind {
            Kind::Literal(..) => {}
            Kind::Name(name) => found.push(name.clone()),
            Kind::Negate(inner) => inner.names(found),
            Kind::Sum(parts) | Kind::Product(parts) => parts.iter().for_each(|(_, part)| part.names(found)),
            Kind::Power(base, exponent) => [base, exponent].iter().for_each(|part| part.names(found)),
            Kind::Call(_, arguments) => arguments.iter().for_each(|part| part.names(found)),
            Kind::Random(_, arguments, limits) => {
                arguments.iter().for_each(|part| part.names(found));
                if let Limits::Redraw(ends) | Limits::Clip(ends) = limits {
                    ends.iter().for_each(|part| part.names(found));
                }
            }
        }
    }
}

/// How deep parentheses, signs and powers may nest: parsing recurses, and the stack is finite.
const DEEPEST: usize = 64;

/// An error and where in the text it is.
pub type Fault = (Diagnostic, Range<usize>);

fn fault<T>(code: Code, range: Range<usize>, message: impl Into<String>) -> Result<T, Fault> {
    Err((trouble(code, message), range))
}

/// Reads an expression. `is_name` tells the names of `[define]`, which after an operator are not units.
pub fn parse(text: &str, is_name: &dyn Fn(&str) -> bool) -> Result<Node, Fault> {
    let mut parser = Parser { text, at: 0, depth: 0, is_name };
    parser.skip_space();
    if parser.rest().is_empty() {
        return fault(Code::BadExpression, 0..text.len(), "an empty string where a number belongs");
    }
    let node = parser.sum()?;
    match parser.rest().chars().next() {
        None => Ok(node),
        Some(next) => {
            let range = parser.at..parser.at + next.len_utf8();
            let help = match next {
                ')' | ']' => "there is no opening bracket for it",
                '(' => "write an operator before it: `2 * (a + b)`",
                _ => "possible here: an operator `+ - * / ^`, or the end",
            };
            let (error, range) = (trouble(Code::BadExpression, format!("unexpected `{next}`")), range);
            Err((error.help(help), range))
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    is_name: &'a dyn Fn(&str) -> bool,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Passes `symbol` and the space after it, if it comes next.
    fn passes(&mut self, symbol: char) -> bool {
        let found = self.rest().starts_with(symbol);
        if found {
            self.at += symbol.len_utf8();
            self.skip_space();
        }
        found
    }

    fn expect(&mut self, symbol: char) -> Result<(), Fault> {
        if self.passes(symbol) {
            return Ok(());
        }
        let end = self.at + self.rest().chars().next().map_or(0, char::len_utf8);
        fault(Code::BadExpression, self.at..end, format!("`{symbol}` is missing here"))
    }

    fn word(&self) -> &'a str {
        let rest = self.rest();
        if !rest.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return "";
        }
        &rest[..rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len())]
    }

    fn passes_word(&mut self, word: &str) -> bool {
        let found = self.word() == word;
        if found {
            self.at += word.len();
            self.skip_space();
        }
        found
    }

    /// From `start` to here, without the space at the end.
    fn range_from(&self, start: usize) -> Range<usize> {
        start..start + self.text[start..self.at].trim_end().len()
    }

    /// Runs `inner` one level deeper.
    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth >= DEEPEST {
            let error = trouble(Code::BadExpression, format!("an expression may nest {DEEPEST} levels, not more"));
            return Err((error.help("give the inner part a name in [define]"), self.at..self.at + 1));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn sum(&mut self) -> Result<Node, Fault> {
        self.chain(['+', '-'], Self::product, Kind::Sum)
    }

    fn product(&mut self) -> Result<Node, Fault> {
        self.chain(['*', '/'], Self::signed, Kind::Product)
    }

    /// Parts joined by operators of one rank, of which the second inverts. A loop, so that long sums stay shallow.
    fn chain(
        &mut self,
        [keeps, inverts]: [char; 2],
        part: fn(&mut Self) -> Result<Node, Fault>,
        make: fn(Vec<(bool, Node)>) -> Kind,
    ) -> Result<Node, Fault> {
        let start = self.at;
        let first = part(self)?;
        let mut parts = vec![(false, first)];
        loop {
            let inverse = self.rest().starts_with(inverts);
            if !inverse && !self.rest().starts_with(keeps) {
                break;
            }
            self.at += 1;
            self.skip_space();
            parts.push((inverse, part(self)?));
        }
        if parts.len() > 1 {
            return Ok(Node { kind: make(parts), range: self.range_from(start) });
        }
        Ok(parts.remove(0).1)
    }

    fn signed(&mut self) -> Result<Node, Fault> {
        let start = self.at;
        if self.passes('-') {
            let inner = self.nested(Self::signed)?;
            return Ok(Node { kind: Kind::Negate(Box::new(inner)), range: self.range_from(start) });
        }
        if self.passes('+') {
            return self.nested(Self::signed);
        }
        let base = self.primary()?;
        if !self.passes('^') {
            return Ok(base);
        }
        let exponent = self.nested(Self::signed)?;
        let kind = Kind::Power(Box::new(base), Box::new(exponent));
        Ok(Node { kind, range: self.range_from(start) })
    }

    fn primary(&mut self) -> Result<Node, Fault> {
        let start = self.at;
        if self.passes('(') {
            let inner = self.nested(Self::sum)?;
            self.expect(')')?;
            return Ok(Node { range: self.range_from(start), ..inner });
        }
        if self.rest().starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            return self.number();
        }
        match self.word() {
            "" => self.nothing(),
            "inf" => {
                self.at += 3;
                self.with_unit(start, Number::Real(f64::INFINITY))
            }
            "nan" => fault(Code::OutOfRange, start..start + 3, "`nan` is not a number"),
            word => self.name_or_call(word),
        }
    }

    /// No number, name or parenthesis where one belongs.
    fn nothing(&mut self) -> Result<Node, Fault> {
        match self.rest().chars().next() {
            None => fault(Code::BadExpression, self.at..self.at, "the expression ends where a number or name belongs"),
            Some(c) => {
                let range = self.at..self.at + c.len_utf8();
                fault(Code::BadExpression, range, format!("unexpected `{c}` where a number or name belongs"))
            }
        }
    }

    fn number(&mut self) -> Result<Node, Fault> {
        let start = self.at;
        let rest = self.rest();
        let digits = |from: usize| rest[from..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - from);
        let mut end = digits(0);
        if rest[end..].starts_with('.') {
            end += 1 + digits(end + 1);
        }
        if rest[end..].starts_with(['e', 'E']) {
            let sign = usize::from(rest[end + 1..].starts_with(['+', '-']));
            let exponent = digits(end + 1 + sign);
            if exponent > 0 {
                end += 1 + sign + exponent;
            }
        }
        let written = &rest[..end];
        let number = match (Exact::parse(written), written.parse::<f64>()) {
            (Some(exact), _) => Number::Exact(exact),
            (None, Ok(x)) if x.is_finite() => Number::Real(x),
            (None, Ok(_)) => return fault(Code::OutOfRange, start..start + end, format!("`{written}` is too large")),
            (None, Err(_)) => {
                return fault(Code::BadExpression, start..start + end, format!("`{written}` is not a number"));
            }
        };
        self.at += end;
        self.with_unit(start, number)
    }

    /// The unit after a number, if there is one, and the literal of both.
    fn with_unit(&mut self, start: usize, number: Number) -> Result<Node, Fault> {
        let after = self.at;
        self.skip_space();
        let mut unit = Unit::default();
        if Unit::starts_at(self.text, self.at, self.is_name) {
            let (read, end) = Unit::parse_at(self.text, self.at, self.is_name).map_err(unit_fault)?;
            (unit, self.at) = (read, end);
            self.skip_space();
            let range = self.range_from(start);
            return Ok(Node { kind: Kind::Literal(number, unit), range });
        }
        Ok(Node { kind: Kind::Literal(number, unit), range: start..after })
    }

    fn name_or_call(&mut self, word: &str) -> Result<Node, Fault> {
        let start = self.at;
        self.at += word.len();
        let word_range = start..self.at;
        self.skip_space();
        let function = FUNCTIONS.iter().find(|(name, _)| *name == word);
        let family = FAMILIES.iter().find(|(name, _)| *name == word);
        if !self.rest().starts_with('(') {
            if is_reserved(word) {
                return fault(Code::BadExpression, word_range, format!("`{word}` is not a name"));
            }
            return Ok(Node { kind: Kind::Name(word.to_string()), range: word_range });
        }
        if function.is_none() && family.is_none() {
            let known: Vec<&str> = FUNCTIONS.iter().map(|f| f.0).chain(FAMILIES.iter().map(|f| f.0)).collect();
            let error = trouble(Code::UnknownName, format!("there is no function `{word}`"));
            return Err((error.suggest(word, known), word_range));
        }
        self.passes('(');
        let mut arguments = vec![self.nested(Self::sum)?];
        while self.passes(',') {
            arguments.push(self.nested(Self::sum)?);
        }
        self.expect(')')?;
        let range = self.range_from(start);
        match (function, family) {
            (_, Some(&(_, family))) => self.random(family, arguments, start, range),
            (Some(&(_, function)), _) => {
                let wanted = match function {
                    Function::Min | Function::Max => arguments.len(),
                    Function::Linspace => 2,
                    _ => 1,
                };
                if arguments.len() != wanted {
                    let message = format!("`{word}` takes {wanted} argument(s), not {}", arguments.len());
                    return fault(Code::BadExpression, range, message);
                }
                Ok(Node { kind: Kind::Call(function, arguments), range })
            }
            (None, None) => self.nothing(),
        }
    }

    fn random(
        &mut self,
        family: Family,
        arguments: Vec<Node>,
        start: usize,
        range: Range<usize>,
    ) -> Result<Node, Fault> {
        let (wanted, usage) = family.arguments();
        if arguments.len() != wanted {
            let error = trouble(Code::BadRandom, format!("`{}` takes {wanted} argument(s)", family.name()));
            return Err((error.help(format!("write `{usage}`")), range));
        }
        let limits = if self.passes_word("in") {
            Limits::Redraw(self.interval()?)
        } else if self.passes_word("clipped") {
            self.keyword("to", "clipped to [a, b]")?;
            Limits::Clip(self.interval()?)
        } else if self.passes_word("keeping") {
            self.keyword("sign", "keeping sign")?;
            Limits::KeepSign
        } else {
            Limits::None
        };
        Ok(Node { kind: Kind::Random(family, arguments, limits), range: self.range_from(start) })
    }

    fn keyword(&mut self, word: &str, usage: &str) -> Result<(), Fault> {
        if self.passes_word(word) {
            return Ok(());
        }
        let end = self.at + self.word().len();
        Err((
            trouble(Code::BadRandom, format!("`{word}` is missing here")).help(format!("write `{usage}`")),
            self.at..end,
        ))
    }

    fn interval(&mut self) -> Result<Box<[Node; 2]>, Fault> {
        self.expect('[')?;
        let low = self.nested(Self::sum)?;
        self.expect(',')?;
        let high = self.nested(Self::sum)?;
        self.expect(']')?;
        Ok(Box::new([low, high]))
    }
}

fn unit_fault(error: UnitError) -> Fault {
    let diagnostic = trouble(error.code, error.message);
    let diagnostic = match error.help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    };
    (diagnostic, error.range)
}

/// A literal's quantity.
pub fn literal(number: Number, unit: Unit, negative: bool) -> Quantity {
    let number = match number {
        Number::Exact(exact) if negative => Number::Exact(exact.negate()),
        Number::Real(x) if negative => Number::Real(-x),
        number => number,
    };
    Quantity::with_unit(number, unit)
}

#[cfg(test)]
#[path = "expression_tests.rs"]
mod tests;
