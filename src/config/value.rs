//! What was written, with its place: the tree between TOML and everything that gives it meaning.

use crate::error::Span;

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
