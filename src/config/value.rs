//! What was written, with its place: the tree between TOML and everything that gives it meaning.

use crate::error::Span;
use crate::units::Unit;

/// A value as written. Numbers keep their digits, so that `0.1` is a tenth until somebody asks for an f64.
#[derive(Clone, Debug)]
pub struct Value {
    pub data: Data,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Data {
    Bool(bool),
    /// An integer or float as written, without underscores: `-0.25e-3`, `inf`, `nan`.
    Number(String),
    Text(String),
    List(Vec<Value>),
    Table(Table),
}

/// A key with its place.
#[derive(Clone, Debug)]
pub struct Name {
    pub text: String,
    pub span: Span,
}

/// A table in the order of the file; keys are unique.
#[derive(Clone, Debug)]
pub struct Table {
    pub entries: Vec<(Name, Value)>,
    pub span: Span,
}

impl Table {
    pub fn empty() -> Table {
        Table { entries: vec![], span: Span::NONE }
    }

    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|(name, _)| name.text == key).map(|(_, value)| value)
    }
}

impl Value {
    pub fn text(text: impl Into<String>) -> Value {
        Value { data: Data::Text(text.into()), span: Span::NONE }
    }

    /// A number with a unit, as it was written: not an expression, nor anything random.
    fn literal(&self) -> Option<&str> {
        let Data::Text(text) = &self.data else { return None };
        let (number, unit) = text.trim().split_once(' ')?;
        (number.parse::<f64>().is_ok() && Unit::parse(unit).is_ok()).then_some(text.trim())
    }

    /// `number`, which this value means in `unit`, in the words of the user where there are any.
    pub fn shown(&self, number: f64, unit: &str) -> String {
        self.literal().map_or_else(|| with_unit(number, unit), str::to_string)
    }

    /// As messages call it: "a string", "a table".
    pub fn kind(&self) -> &'static str {
        match self.data {
            Data::Bool(_) => "true or false",
            Data::Number(_) => "a number",
            Data::Text(_) => "a string",
            Data::List(_) => "a list",
            Data::Table(_) => "a table",
        }
    }
}

/// `250 pF`, `0.02 /ms`; a plain number without unit.
pub fn with_unit(number: f64, unit: &str) -> String {
    let unit = unit.strip_prefix("1/").map_or(unit.to_string(), |below| format!("/{below}"));
    // Nobody counts the digits of 1e300.
    let number = if number.abs() < 1e15 { format!("{number}") } else { format!("{number:e}") };
    if unit.is_empty() { number } else { format!("{number} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_shown_as_it_was_written() {
        let shown = |text: &str| Value::text(text).shown(-300.0, "um/ms");
        assert_eq!(shown("-0.3 m/s"), "-0.3 m/s");
        assert_eq!(["v", "2 * v", "1 m/s - v", "normal(1 m/s, 1 m/s)"].map(shown), ["-300 um/ms"; 4]);
    }
}
