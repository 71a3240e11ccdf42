//! Which neurons, and where on them: `chain[0..400..10].axon(0.5)`.
//!
//! A selection is read here without knowing any population; [`Selection::indices`] counts it out once the size is
//! known. Ranges are half-open, as everywhere where counting starts at 0.

use std::collections::HashSet;
use std::ops::Range;

use super::is_name;
use super::value::{Data, Name, Value};
use crate::error::{Code, Diagnostic, Span};

/// Neurons of one population, and a place on each of them.
#[derive(Clone, Debug)]
pub struct Selection {
    pub population: Name,
    pub which: Which,
    pub place: Option<PlaceName>,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// `name`
    All,
    /// `name[3]`, `name[0, 5, 7]`: in the order written.
    Indices(Vec<usize>),
    /// `name[0..400]`, `name[0..400..10]`: `stop` is not part of it.
    Range { start: usize, stop: usize, step: usize },
}

/// `axon` or `axon(0.5)`: a section, and how far along it from its parent's end.
#[derive(Clone, Debug)]
pub struct PlaceName {
    pub section: Name,
    /// Within 0..=1.
    pub position: Option<f64>,
    pub span: Span,
}

/// Reads one selection.
///
/// Errors: `WrongType` if it is not a string; `BadSelection`; `OutOfRange` at a position outside 0..=1.
pub fn selection(value: &Value) -> Result<Selection, Diagnostic> {
    let text = text_of(value, "a selection")?;
    let mut reader = Reader { value, text, at: 0 };
    let population = reader.name("the name of a population")?;
    let which = reader.which()?;
    reader.space();
    let place = if reader.take('.') { Some(reader.place()?) } else { None };
    reader.end(if place.is_some() { "the place" } else { "the selection" })?;
    Ok(Selection { population, which, place, span: value.span })
}

/// Reads one selection or a list of them; or all that is wrong with them.
pub fn selections(value: &Value) -> Result<Vec<Selection>, Vec<Diagnostic>> {
    let (sound, wrong) = each_selection(value);
    if wrong.is_empty() { Ok(sound) } else { Err(wrong) }
}

/// Those that can be read, and what is wrong with the others.
pub fn each_selection(value: &Value) -> (Vec<Selection>, Vec<Diagnostic>) {
    let items = match &value.data {
        Data::List(items) if items.is_empty() => {
            return (vec![], vec![Diagnostic::error(Code::BadSelection, value.span, "the list selects nothing")]);
        }
        Data::List(items) => items.as_slice(),
        _ => std::slice::from_ref(value),
    };
    let (mut sound, mut wrong) = (vec![], vec![]);
    for item in items {
        match selection(item) {
            Ok(selection) => sound.push(selection),
            Err(mistake) => wrong.push(mistake),
        }
    }
    (sound, wrong)
}

/// `sample(1234)` is the place of that sample of a reconstruction.
pub const SAMPLE: &str = "sample";

/// Reads a place: `axon(1.0)`, `soma`.
pub fn place(value: &Value) -> Result<PlaceName, Diagnostic> {
    let text = text_of(value, "a place")?;
    let mut reader = Reader { value, text, at: 0 };
    let place = reader.place()?;
    reader.end("the place")?;
    Ok(place)
}

fn text_of<'a>(value: &'a Value, what: &str) -> Result<&'a str, Diagnostic> {
    match &value.data {
        Data::Text(text) => Ok(text),
        _ => Err(value
            .wrong(what, "a string")
            .help("such as `\"chain\"`, `\"chain[0..400]\"`, `\"chain[0].axon(0.5)\"`")),
    }
}

impl Selection {
    /// As written, without the place: `exc[0..400]`.
    pub fn name(&self) -> String {
        let name = &self.population.text;
        match &self.which {
            Which::All => name.clone(),
            Which::Range { start, stop, step: 1 } => format!("{name}[{start}..{stop}]"),
            Which::Range { start, stop, step } => format!("{name}[{start}..{stop}..{step}]"),
            Which::Indices(list) => {
                let list: Vec<String> = list.iter().map(usize::to_string).collect();
                format!("{name}[{}]", list.join(", "))
            }
        }
    }

    /// The indices within a population of `size`, in the order written.
    ///
    /// Errors: `BadSelection` naming the first index beyond the population, or one that is listed twice.
    pub fn indices(&self, size: usize) -> Result<Vec<usize>, Diagnostic> {
        let bad = |message: String| Diagnostic::error(Code::BadSelection, self.span, message);
        let beyond = |index: usize| {
            let error = bad(format!("there is no neuron {index} in `{}`", self.population.text));
            match size {
                0 => error.help("the population is empty"),
                1 => error.help("it has a single neuron, with index 0"),
                _ => error.help(format!("it has {size} neurons, with indices 0 to {}", size - 1)),
            }
        };
        match &self.which {
            Which::All => Ok((0..size).collect()),
            &Which::Range { start, stop, step } => {
                let step = step.max(1);
                // Checked before anything is made: `stop` may be astronomic.
                let first_beyond = match size.checked_sub(start) {
                    Some(room) => room.div_ceil(step).checked_mul(step).and_then(|length| start.checked_add(length)),
                    None => Some(start),
                };
                match first_beyond {
                    Some(index) if index < stop => Err(beyond(index)),
                    _ => Ok((start..stop).step_by(step).collect()),
                }
            }
            Which::Indices(list) => {
                let mut seen = HashSet::new();
                for &index in list {
                    if index >= size {
                        return Err(beyond(index));
                    }
                    if !seen.insert(index) {
                        return Err(bad(format!("neuron {index} of `{}` is listed twice", self.population.text)));
                    }
                }
                Ok(list.clone())
            }
        }
    }
}

/// A position in the string of a value.
struct Reader<'a> {
    value: &'a Value,
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.rest().starts_with(wanted);
        self.at += if found { wanted.len_utf8() } else { 0 };
        found
    }

    fn bad(&self, range: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(Code::BadSelection, self.value.part(range), message)
    }

    /// The byte range of what stands before the next of `stops`, trimmed; moves behind it.
    fn until(&mut self, stops: &[char]) -> Range<usize> {
        let length = self.rest().find(stops).unwrap_or(self.rest().len());
        let written = &self.rest()[..length];
        let start = self.at + (written.len() - written.trim_start().len());
        let end = start + written.trim().len();
        self.at += length;
        start..end
    }

    fn name(&mut self, what: &str) -> Result<Name, Diagnostic> {
        let range = self.until(&['.', '[', '(']);
        let name = &self.text[range.clone()];
        if is_name(name) {
            return Ok(Name { text: name.into(), span: self.value.part(range) });
        }
        let error = match name {
            "" => self.bad(range.start..range.start + 1, format!("{what} is missing")),
            _ => self.bad(range, format!("`{name}` is not {what}")),
        };
        Err(error.help("a name is a letter, then letters, digits and underscores"))
    }

    /// `[...]` if there is one.
    fn which(&mut self) -> Result<Which, Diagnostic> {
        if self.rest().starts_with('(') {
            let range = self.at..self.text.len();
            return Err(self
                .bad(range, "a population has no position")
                .help("indices stand in square brackets, positions behind a section: `chain[3].axon(0.5)`"));
        }
        let open = self.at;
        if !self.take('[') {
            return Ok(Which::All);
        }
        let inside = self.at;
        let Some(length) = self.rest().find(']') else {
            return Err(self.bad(open..self.text.len(), "`[` is not closed").help("add `]`"));
        };
        let content = inside..inside + length;
        self.at = content.end + 1;
        if self.text[content.clone()].trim().is_empty() {
            return Err(self.bad(open..self.at, "the brackets select nothing").help("leave them out for all neurons"));
        }
        if self.text[content.clone()].contains("..") { self.range(content) } else { self.list(content) }
    }

    /// `0..400`, `0..400..10`
    fn range(&self, content: Range<usize>) -> Result<Which, Diagnostic> {
        let parts = split(self.text, content.clone(), "..");
        let forms = "a range is `start..stop` or `start..stop..step`, such as `0..400`; stop is not part of it";
        if parts.len() > 3 || parts.iter().any(|part| part.is_empty()) {
            return Err(self.bad(content, "the range is not complete").help(forms));
        }
        let numbers = parts.iter().map(|part| self.index(part.clone())).collect::<Result<Vec<_>, _>>()?;
        let (start, stop, step) = (numbers[0], numbers[1], numbers.get(2).copied().unwrap_or(1));
        if step == 0 {
            return Err(self.bad(parts[2].clone(), "a step of 0 does not lead on"));
        }
        if start >= stop {
            return Err(self.bad(content, format!("the range {start}..{stop} selects nothing")).help(forms));
        }
        Ok(Which::Range { start, stop, step })
    }

    /// `3`, `0, 5, 7`
    fn list(&self, content: Range<usize>) -> Result<Which, Diagnostic> {
        let parts = split(self.text, content, ",");
        let indices = parts.into_iter().map(|part| self.index(part));
        Ok(Which::Indices(indices.collect::<Result<_, _>>()?))
    }

    fn index(&self, range: Range<usize>) -> Result<usize, Diagnostic> {
        let written = &self.text[range.clone()];
        if written.is_empty() {
            return Err(self.bad(range.start..range.start + 1, "an index is missing here"));
        }
        if written.starts_with('-') {
            return Err(self.bad(range, format!("`{written}` is not an index")).help("indices count from 0"));
        }
        let digits = written.bytes().all(|byte| byte.is_ascii_digit());
        match written.parse() {
            Ok(index) if digits => Ok(index),
            _ if digits => Err(self.bad(range, format!("the index {written} is too large"))),
            _ => Err(self
                .bad(range, format!("`{written}` is not an index"))
                .help("indices are whole numbers: `[3]`, `[0..400]`, `[0, 5, 7]`")),
        }
    }

    /// `axon`, `axon(0.5)`
    fn place(&mut self) -> Result<PlaceName, Diagnostic> {
        self.space();
        let start = self.at;
        let section = self.name("the name of a section")?;
        let mut end = start + section.text.len();
        let mut position = None;
        if self.rest().starts_with('[') {
            return Err(self
                .bad(self.at..self.text.len(), "a section has no index")
                .help("indices stand behind the population, positions in parentheses: `chain[3].axon(0.5)`"));
        }
        let open = self.at;
        if self.take('(') {
            let range = self.until(&[')']);
            if !self.take(')') {
                return Err(self.bad(open..self.text.len(), "`(` is not closed").help("add `)`"));
            }
            position = Some(match section.text == SAMPLE {
                true => self.sample(range)?,
                false => self.position(range)?,
            });
            end = self.at;
        }
        Ok(PlaceName { section, position, span: self.value.part(start..end) })
    }

    /// The number of a sample, as its reconstruction numbers them.
    fn sample(&self, range: Range<usize>) -> Result<f64, Diagnostic> {
        let written = &self.text[range.clone()];
        match written.trim().parse::<u32>() {
            Ok(number) => Ok(f64::from(number)),
            Err(_) => Err(self.bad(range, format!("`{written}` is not the number of a sample"))),
        }
    }

    fn position(&self, range: Range<usize>) -> Result<f64, Diagnostic> {
        let written = &self.text[range.clone()];
        let meaning = "a position is a fraction of the section: 0 is the end at the parent, 1 the other";
        match written.parse::<f64>() {
            Ok(position) if (0.0..=1.0).contains(&position) => Ok(position),
            Ok(_) => {
                let message = format!("the position {written} is not between 0 and 1");
                Err(Diagnostic::error(Code::OutOfRange, self.value.part(range), message).help(meaning))
            }
            Err(_) if written.is_empty() => {
                Err(self.bad(range.start..range.start + 1, "the position is missing").help(meaning))
            }
            Err(_) => Err(self.bad(range, format!("`{written}` is not a position")).help(meaning)),
        }
    }

    /// Nothing may follow.
    fn end(&mut self, what: &str) -> Result<(), Diagnostic> {
        self.space();
        if self.rest().is_empty() {
            return Ok(());
        }
        let message = format!("`{}` cannot follow {what}", self.rest().trim_end());
        Err(self
            .bad(self.at..self.text.trim_end().len(), message)
            .help("the form is `population[indices].section(position)`"))
    }
}

/// The trimmed parts of `text[content]` between separators, as byte ranges of `text`.
fn split(text: &str, content: Range<usize>, separator: &str) -> Vec<Range<usize>> {
    let mut at = content.start;
    let mut parts = vec![];
    for part in text[content].split(separator) {
        let start = at + (part.len() - part.trim_start().len());
        parts.push(start..start + part.trim().len());
        at += part.len() + separator.len();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::error::locate;
    use proptest::prelude::*;

    fn read(text: &str) -> Selection {
        selection(&Value::text(text)).unwrap()
    }

    #[test]
    fn every_form() {
        assert_eq!(read("chain").which, Which::All);
        assert_eq!(read("chain[3]").which, Which::Indices(vec![3]));
        assert_eq!(read(" chain [ 0 , 7,5 ] ").which, Which::Indices(vec![0, 7, 5]));
        assert_eq!(read("chain[0..400]").which, Which::Range { start: 0, stop: 400, step: 1 });
        assert_eq!(read("chain[0 .. 400 .. 10]").which, Which::Range { start: 0, stop: 400, step: 10 });
        let place = read("chain[0].axon(0.25)").place.unwrap();
        assert_eq!((place.section.text.as_str(), place.position), ("axon", Some(0.25)));
        assert_eq!(read("chain.axon").place.unwrap().position, None);
        assert_eq!(super::place(&Value::text("axon(1)")).unwrap().position, Some(1.0));
        let list = Value::from(["a", "b[1]"]);
        let both = selections(&list).unwrap();
        assert!(both.len() == 2 && both[1].population.text == "b");
        assert_eq!(selections(&Value::text("a")).unwrap().len(), 1);
    }

    #[test]
    fn names_know_their_place() {
        let config = Config::from_text("t", "[run]\nto = 'chain[0].axon(0.5)'\n").unwrap();
        let read = selection(config.table("run").unwrap().get("to").unwrap()).unwrap();
        let text = |span: Span| &config.sources[0].text[span.start as usize..span.end as usize];
        let place = read.place.unwrap();
        assert_eq!(text(read.population.span), "chain");
        assert_eq!((text(place.span), text(place.section.span)), ("axon(0.5)", "axon"));
    }

    /// Reads `text` as a value in a file, where its first character is in column 1.
    fn mistake(text: &str) -> (Code, usize, String) {
        let config = Config::from_text("t", &format!("x=\"{text}\"")).unwrap();
        let diagnostic = selection(&config.root.entries[0].1).unwrap_err();
        let column = locate(&config.sources, diagnostic.span).unwrap().2 - 3;
        (diagnostic.code, column, diagnostic.message)
    }

    #[test]
    fn every_mistake() {
        let fails = |text: &str, column: usize, message: &str| {
            assert_eq!(mistake(text), (Code::BadSelection, column, message.to_string()), "{text}");
        };
        fails("", 1, "the name of a population is missing");
        fails("2x[0]", 1, "`2x` is not the name of a population");
        fails("a b", 1, "`a b` is not the name of a population");
        fails("a(0.5)", 2, "a population has no position");
        fails("a[0", 2, "`[` is not closed");
        fails("a[ ]", 2, "the brackets select nothing");
        fails("a[0..]", 3, "the range is not complete");
        fails("a[0..1..2..3]", 3, "the range is not complete");
        fails("a[0..9..0]", 9, "a step of 0 does not lead on");
        fails("a[5..5]", 3, "the range 5..5 selects nothing");
        fails("a[0,,1]", 5, "an index is missing here");
        fails("a[0, -1]", 6, "`-1` is not an index");
        fails("a[1.5]", 3, "`1.5` is not an index");
        fails("a[+1]", 3, "`+1` is not an index");
        fails("a[99999999999999999999]", 3, "the index 99999999999999999999 is too large");
        fails("a[0]x", 5, "`x` cannot follow the selection");
        fails("a[0].", 6, "the name of a section is missing");
        fails("a.b[0]", 4, "a section has no index");
        fails("a.b(0.5", 4, "`(` is not closed");
        fails("a.b()", 5, "the position is missing");
        fails("a.b(x)", 5, "`x` is not a position");
        fails("a.b(0.5)c", 9, "`c` cannot follow the place");
        for position in ["1.5", "-0.1", "nan", "inf"] {
            let message = format!("the position {position} is not between 0 and 1");
            assert_eq!(mistake(&format!("a.b({position})")), (Code::OutOfRange, 5, message));
        }
        assert_eq!(selection(&Value::from(3)).unwrap_err().code, Code::WrongType);
        assert_eq!(selections(&Value::from(Vec::<i32>::new())).unwrap_err()[0].message, "the list selects nothing");
        let both = selections(&Value::from(vec![Value::from(3), "a[1".into(), "a".into()])).unwrap_err();
        assert_eq!(both.iter().map(|mistake| mistake.code).collect::<Vec<_>>(), [Code::WrongType, Code::BadSelection]);
    }

    #[test]
    fn indices_are_counted_out_within_the_population() {
        assert_eq!(read("a").indices(3).unwrap(), [0, 1, 2]);
        assert_eq!(read("a[4, 0]").indices(5).unwrap(), [4, 0]);
        assert_eq!(read("a[1..8..3]").indices(8).unwrap(), [1, 4, 7]);
        // 405 is beyond, but no index of the range is.
        assert_eq!(read("a[0..405..100]").indices(401).unwrap().len(), 5);
        let fails = |text: &str, size: usize, message: &str| {
            let error = read(text).indices(size).unwrap_err();
            assert_eq!((error.code, error.message.as_str()), (Code::BadSelection, message));
        };
        fails("a[0..5]", 4, "there is no neuron 4 in `a`");
        fails("a[0..1000000000000000000..3]", 4, "there is no neuron 6 in `a`");
        fails("a[7..9]", 4, "there is no neuron 7 in `a`");
        fails("a[1, 6, 9]", 5, "there is no neuron 6 in `a`");
        fails("a[0]", 0, "there is no neuron 0 in `a`");
        fails("a[1, 2, 1]", 5, "neuron 1 of `a` is listed twice");
    }

    proptest! {
        #[test]
        fn no_string_panics(text in any::<String>(), near in "[ab]{0,2}[\\[\\]0-9.,(é) -]{0,12}", size in any::<u16>()) {
            for text in [text, near] {
                if let Ok(read) = selection(&Value::text(text.clone())) {
                    let _ = read.indices(size.into());
                }
                let _ = place(&Value::text(text));
            }
        }
    }
}
