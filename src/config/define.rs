//! `[define]`: named numbers, lists, tables and expressions, in any order without cycles.
//!
//! Each definition is evaluated once, after those that it names. One that fails is reported where it stands; what
//! depends on it fails silently within `[define]`, and with a pointer to it elsewhere.

use super::array::{Array, Cell, Element, Rank};
use super::expression::{is_reserved, parse};
use super::interpret::{Interpreter, Names, bare, placed};
use super::quantity::trouble;
use super::value::{Data, Name, Table, Value};
use crate::error::{Code, Diagnostic, Diagnostics, Span};
use crate::units;
use std::collections::BTreeMap;
use std::ops::Range;

/// The definitions by name; `None` is one that failed and has been reported.
#[derive(Clone, Debug, Default)]
pub struct Definitions {
    values: BTreeMap<String, Option<Array>>,
}

impl Definitions {
    /// Evaluates a table of definitions and reports all that is wrong in it.
    pub fn new(table: Option<&Table>, diagnostics: &mut Diagnostics) -> Definitions {
        let entries: &[(Name, Value)] = table.map_or(&[], |table| &table.entries);
        let mut definitions = Definitions::default();
        for (name, _) in entries {
            diagnostics.keep(check_name(name));
            definitions.values.insert(name.text.clone(), None);
        }
        for index in order(entries, &definitions, diagnostics) {
            let (name, value) = &entries[index];
            let mut needed = vec![];
            definitions.names_in(value, &mut needed);
            let failed = |name: &String| matches!(definitions.values.get(name), Some(None));
            if needed.iter().any(failed) {
                continue;
            }
            let array = diagnostics.keep(definitions.array(value));
            definitions.values.insert(name.text.clone(), array);
        }
        definitions
    }

    fn is_name(&self, word: &str) -> bool {
        self.values.contains_key(word)
    }

    /// What a written value comes to: a number, string, list, table of rows, or `{ each = [...] }`.
    pub fn array(&self, value: &Value) -> Result<Array, Diagnostic> {
        let here = |error: Diagnostic| match error.span {
            Span::NONE => Diagnostic { span: value.span, ..error },
            _ => error,
        };
        match &value.data {
            Data::Number(text) => {
                let mut array = Array::scalar(Element::Fixed(bare(text).map_err(here)?), value.span);
                array.cells[0].written = Some(text.as_str().into());
                Ok(array)
            }
            Data::Text(text) => self.text(text, value.span),
            Data::List(values) => self.list(values).map_err(here),
            Data::Table(table) => self.each(table, value).map_err(here),
            Data::Bool(_) => Err(here(trouble(Code::WrongType, "true or false where a number belongs"))),
        }
    }

    fn text(&self, text: &str, span: Span) -> Result<Array, Diagnostic> {
        let place = |range: Range<usize>| inside(span, text, range);
        let node = parse(text, &|word| self.is_name(word)).map_err(|fault| placed(fault, &place))?;
        let mut array = Interpreter { names: self, place: &place }.evaluate(&node)?;
        if array.rank == Rank::Scalar {
            let cell = &mut array.cells[0];
            cell.span = span;
            cell.written = node.is_literal().then(|| text.trim().into());
        }
        Ok(array)
    }

    /// A list of single values, or of rows of them.
    fn list(&self, values: &[Value]) -> Result<Array, Diagnostic> {
        let mut cells: Vec<Cell> = vec![];
        let mut columns = None;
        for value in values {
            let row = match &value.data {
                Data::List(inner) if inner.iter().any(|v| matches!(v.data, Data::List(_))) => {
                    return Err(Diagnostic::error(Code::WrongShape, value.span, "a list nests more than two deep"));
                }
                Data::Table(_) => {
                    return Err(Diagnostic::error(Code::WrongType, value.span, "a table inside a list of numbers"));
                }
                _ => self.array(value)?,
            };
            let width = match row.rank {
                Rank::Scalar => None,
                Rank::List => Some(row.columns),
                Rank::Matrix => {
                    return Err(Diagnostic::error(Code::WrongShape, value.span, "a table inside a list"));
                }
            };
            if *columns.get_or_insert(width) != width {
                let message = "the rows of a table must have equal lengths";
                let describe = |width: Option<usize>| match width {
                    Some(n) => format!("{n} value(s)"),
                    None => "a single value".to_string(),
                };
                let label = format!("{}, the first row has {}", describe(width), describe(columns.flatten()));
                return Err(Diagnostic::error(Code::WrongShape, value.span, message).label(label));
            }
            cells.extend(row.cells);
        }
        match columns.flatten() {
            None => Ok(Array::list(cells)),
            Some(columns) => Ok(Array { rank: Rank::Matrix, rows: values.len(), columns, cells, each: false }),
        }
    }

    fn each(&self, table: &Table, value: &Value) -> Result<Array, Diagnostic> {
        let [(name, list)] = table.entries.as_slice() else {
            return Err(not_each(value.span));
        };
        if name.text != "each" {
            return Err(not_each(name.span).suggest(&name.text, ["each"]));
        }
        let array = self.array(list)?;
        if array.rank != Rank::List {
            let message = format!("`each` needs a list, one value for each neuron, not {}", array.describe());
            return Err(Diagnostic::error(Code::WrongShape, list.span, message));
        }
        Ok(Array { each: true, ..array })
    }

    /// Entries of the table of definitions that no value of `root` names.
    pub fn unused<'t>(&self, define: &'t Table, root: &Table) -> Vec<&'t Name> {
        let mut found = vec![];
        let mut open: Vec<&Value> = root.entries.iter().map(|(_, value)| value).collect();
        while let Some(value) = open.pop() {
            match &value.data {
                Data::Text(_) => self.names_in(value, &mut found),
                Data::List(values) => open.extend(values),
                Data::Table(table) => open.extend(table.entries.iter().map(|(_, value)| value)),
                Data::Number(_) | Data::Bool(_) => {}
            }
        }
        let names = define.entries.iter().map(|(name, _)| name);
        names.filter(|name| !found.contains(&name.text)).collect()
    }

    /// The definitions that a value names.
    fn names_in(&self, value: &Value, found: &mut Vec<String>) {
        match &value.data {
            Data::Text(text) => {
                if let Ok(node) = parse(text, &|word| self.is_name(word)) {
                    node.names(found);
                }
            }
            // Deeper lists are refused when evaluated.
            Data::List(values) => values.iter().for_each(|value| match &value.data {
                Data::List(inner) => {
                    let texts = inner.iter().filter(|v| matches!(v.data, Data::Text(_)));
                    texts.for_each(|v| self.names_in(v, found));
                }
                _ => self.names_in(value, found),
            }),
            Data::Table(table) => match table.entries.as_slice() {
                [(_, list)] if matches!(list.data, Data::Text(_) | Data::List(_)) => self.names_in(list, found),
                _ => {}
            },
            Data::Number(_) | Data::Bool(_) => {}
        }
    }
}

impl Names for Definitions {
    fn look_up(&self, name: &str) -> Result<Array, Diagnostic> {
        match self.values.get(name) {
            Some(Some(array)) => Ok(array.clone()),
            // Its definition has been reported; without a message, this one is not.
            Some(None) => Err(trouble(Code::BadExpression, String::new())),
            None => {
                let error = trouble(Code::UnknownName, format!("`{name}` is not a name in [define]"));
                let error = error.suggest(name, self.values.keys().map(String::as_str));
                let unit = units::is_unit(name);
                let hint = if unit { format!(": write `1 {name}`") } else { String::new() };
                Err(error.help(format!("a unit must directly follow a number{hint}")))
            }
        }
    }
}

fn not_each(span: Span) -> Diagnostic {
    Diagnostic::error(Code::WrongType, span, "a table where a number belongs")
        .help("the only table here is `{ each = [...] }`, one value for each neuron")
}

/// The part `range` of the string `text`, whose token (with its quotes) is at `span`; the whole token where escapes
/// make the two differ.
fn inside(span: Span, text: &str, range: Range<usize>) -> Span {
    let length = span.end.saturating_sub(span.start) as usize;
    match length.checked_sub(text.len()) {
        Some(0) => span.part(range),
        Some(2) => span.part(range.start + 1..range.end + 1),
        Some(6) => span.part(range.start + 3..range.end + 3),
        _ => span,
    }
}

fn check_name(name: &Name) -> Result<(), Diagnostic> {
    let text = &name.text;
    let letters = text.starts_with(|c: char| c.is_ascii_alphabetic());
    if !letters || !text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        let message = format!("`{text}` cannot be a name");
        return Err(Diagnostic::error(Code::BadName, name.span, message)
            .help("a name starts with a letter and has letters, digits and `_`"));
    }
    if is_reserved(text) {
        let message = format!("`{text}` cannot be a name: it has a meaning in expressions");
        return Err(Diagnostic::error(Code::BadName, name.span, message));
    }
    Ok(())
}

/// The definitions so that each comes after those that it names, without those on a cycle, which are reported. Walks
/// with a stack of its own: a chain of definitions may be as long as the file.
fn order(entries: &[(Name, Value)], definitions: &Definitions, diagnostics: &mut Diagnostics) -> Vec<usize> {
    let index_of: BTreeMap<&str, usize> =
        entries.iter().enumerate().map(|(index, (name, _))| (name.text.as_str(), index)).collect();
    let needs = |index: usize| -> Vec<usize> {
        let mut names = vec![];
        definitions.names_in(&entries[index].1, &mut names);
        names.iter().filter_map(|name| index_of.get(name.as_str()).copied()).collect()
    };
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; entries.len()];
    let mut cyclic = vec![false; entries.len()];
    let mut ordered = vec![];
    for start in 0..entries.len() {
        if marks[start] != Mark::New {
            continue;
        }
        let mut path = vec![(start, needs(start))];
        marks[start] = Mark::Open;
        while let Some((index, needed)) = path.last_mut() {
            let index = *index;
            match needed.pop() {
                Some(next) if marks[next] == Mark::New => {
                    marks[next] = Mark::Open;
                    path.push((next, needs(next)));
                }
                Some(next) if marks[next] == Mark::Open => {
                    let from = path.iter().position(|(index, _)| *index == next).unwrap_or(0);
                    let cycle: Vec<usize> = path[from..].iter().map(|(index, _)| *index).collect();
                    cycle.iter().for_each(|&index| cyclic[index] = true);
                    diagnostics.push(cycle_error(entries, &cycle));
                }
                Some(_) => {}
                None => {
                    marks[index] = Mark::Done;
                    ordered.push(index);
                    path.pop();
                }
            }
        }
    }
    ordered.retain(|&index| !cyclic[index]);
    ordered
}

fn cycle_error(entries: &[(Name, Value)], cycle: &[usize]) -> Diagnostic {
    let names: Vec<String> =
        cycle.iter().chain(cycle.first()).map(|&index| format!("`{}`", entries[index].0.text)).collect();
    let first = &entries[cycle[0]];
    let message = format!("the definition of {} leads back to itself", names[0]);
    Diagnostic::error(Code::Cycle, first.1.span, message).label(names.join(" -> "))
}
