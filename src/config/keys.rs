//! Reading one table: a reader asks for keys, and whatever nobody asked for is reported with a suggestion.
//!
//! The list of known keys is thus never written twice: it is what the reader asked for.

use std::ops::Range;

use super::value::{Data, Table, Value};
use crate::error::{Code, Diagnostic, Diagnostics, Span, nearest};

/// One table being read: remembers what was asked for.
pub struct Keys<'a> {
    what: String,
    table: &'a Table,
    asked: Vec<String>,
}

impl<'a> Keys<'a> {
    /// `what` names the table in messages: "population `exc`".
    pub fn new(what: &str, table: &'a Table) -> Keys<'a> {
        Keys { what: what.into(), table, asked: vec![] }
    }

    pub fn optional(&mut self, key: &'static str) -> Option<&'a Value> {
        self.optional_named(key)
    }

    /// The value, or an error at the table's header; `purpose` says what the key is for, "the cell it is made of",
    /// or gives an example: "such as `\"1 ms\"`".
    pub fn required(&mut self, key: &'static str, purpose: &str, diagnostics: &mut Diagnostics) -> Option<&'a Value> {
        let value = self.optional(key);
        if value.is_none() {
            diagnostics.push(
                Diagnostic::error(Code::MissingKey, self.table.span, format!("{} has no `{key}`", self.what))
                    .label(format!("needs `{key}`"))
                    .help(match purpose.strip_prefix("such as `") {
                        Some(example) => format!("for example `{key} = {example}"),
                        None => format!("`{key}` is {purpose}"),
                    }),
            );
        }
        value
    }

    /// As [`Keys::optional`], for names known only at run time (a model's parameters).
    pub fn optional_named(&mut self, key: &str) -> Option<&'a Value> {
        self.also_known(key);
        self.table.get(key)
    }

    /// Tells of a key that exists here though it was not read, so that it is not reported and can be suggested.
    pub fn also_known(&mut self, key: &str) {
        if !self.asked.iter().any(|asked| asked == key) {
            self.asked.push(key.into());
        }
    }

    /// Of the table's header or name.
    pub fn span(&self) -> Span {
        self.table.span
    }

    /// What messages call the table.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Reports every key that was not asked for. A misspelt required key is one mistake: its `MissingKey` goes.
    pub fn finish(self, diagnostics: &mut Diagnostics) {
        let known: Vec<&str> = self.asked.iter().map(String::as_str).collect();
        let free: Vec<&str> = known.iter().copied().filter(|key| self.table.get(key).is_none()).collect();
        for (name, _) in self.table.entries.iter().filter(|(name, _)| !known.contains(&name.text.as_str())) {
            let message = format!("{} has no key `{}`", self.what, name.text);
            let unknown = Diagnostic::error(Code::UnknownKey, name.span, message);
            // A key that is not yet written is the likelier meaning than one that stands there already.
            let meant = nearest(&name.text, &free);
            diagnostics.push(match meant {
                Some(near) => unknown.help(format!("did you mean `{near}`?")),
                None => unknown.suggest(&name.text, known.iter().copied()),
            });
            // What its table then lacks, or cannot do without it, is the same mistake.
            if let Some(near) = meant {
                let named = format!("`{near}`");
                let follows = |d: &Diagnostic| {
                    let lacks = matches!(d.code, Code::MissingKey | Code::Conflict) && d.span == self.table.span;
                    lacks && d.message.strip_prefix(&self.what).is_some_and(|rest| rest.contains(&named))
                };
                diagnostics.list.retain(|d| !follows(d));
            }
        }
    }
}

/// Typed peeks: the error says what was found and what is needed. `what` names the value: "`cell` of population `exc`".
impl Value {
    pub fn as_text(&self, what: &str) -> Result<&str, Diagnostic> {
        match &self.data {
            Data::Text(text) => Ok(text),
            Data::Number(number) => Err(self.wrong(what, "a string").help(format!("write `\"{number}\"`"))),
            _ => Err(self.wrong(what, "a string")),
        }
    }

    pub fn as_table(&self, what: &str) -> Result<&Table, Diagnostic> {
        match &self.data {
            Data::Table(table) => Ok(table),
            _ => Err(self.wrong(what, "a table")),
        }
    }

    pub fn as_list(&self, what: &str) -> Result<&[Value], Diagnostic> {
        match &self.data {
            Data::List(items) => Ok(items),
            _ => Err(self.wrong(what, "a list").help("a list stands in square brackets: `[1, 2]`")),
        }
    }

    pub fn as_bool(&self, what: &str) -> Result<bool, Diagnostic> {
        match &self.data {
            Data::Bool(flag) => Ok(*flag),
            Data::Text(text) if text == "true" || text == "false" => {
                Err(self.wrong(what, "true or false").help(format!("write `{text}` without quotes")))
            }
            _ => Err(self.wrong(what, "true or false")),
        }
    }

    /// The error of a value of the wrong kind.
    pub fn wrong(&self, what: &str, needed: &str) -> Diagnostic {
        let found = self.kind();
        let message = format!("{what} must be {needed}, not {found}");
        Diagnostic::error(Code::WrongType, self.place(), message).label(format!("this is {found}"))
    }

    /// Where to point for the value as a whole: a table's name or header, never its body.
    pub fn place(&self) -> Span {
        match &self.data {
            Data::Table(table) => table.span,
            _ => self.span,
        }
    }

    /// Where the bytes `range` of a string stand in the source; the whole value where escapes make that uncertain.
    pub fn part(&self, range: Range<usize>) -> Span {
        let Data::Text(text) = &self.data else { return self.span };
        let written = self.span.end.saturating_sub(self.span.start) as usize;
        match written.checked_sub(text.len()) {
            // As in `--set run.duration=50 ms`.
            Some(0) => self.span.part(range),
            // Two quotes and no escape, since an escape is always longer than what it stands for.
            Some(2) => self.span.part(range.start + 1..range.end + 1),
            _ => self.span,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::error::locate;

    /// Reads `[run]` with `read`, and returns what was reported, as `line:column message; help`.
    fn report(text: &str, read: impl Fn(&mut Keys, &mut Diagnostics)) -> Vec<String> {
        let config = Config::from_text("t", text).unwrap();
        let mut diagnostics = Diagnostics::default();
        let mut keys = Keys::new("`[run]`", config.table("run").unwrap());
        read(&mut keys, &mut diagnostics);
        keys.finish(&mut diagnostics);
        let line = |d: &Diagnostic| {
            let (_, line, column) = locate(&config.sources, d.span).unwrap();
            format!("{line}:{column} {}; {}", d.message, d.help.join("; "))
        };
        diagnostics.list.iter().map(line).collect()
    }

    #[test]
    fn missing_and_unknown_keys() {
        let found = report("[run]\nzzz = 1\nseed = 2\n", |keys, diagnostics| {
            assert!(keys.required("duration", "how long", diagnostics).is_none());
            assert!(keys.optional("seed").is_some());
            keys.also_known("title");
        });
        let expected = [
            "1:1 `[run]` has no `duration`; `duration` is how long",
            "2:1 `[run]` has no key `zzz`; possible here: duration, seed, title",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_misspelt_required_key_is_one_mistake() {
        let found = report("[run]\ndurations = 1\n", |keys, diagnostics| {
            keys.required("duration", "how long", diagnostics);
            keys.optional_named("tau");
        });
        assert_eq!(found, ["2:1 `[run]` has no key `durations`; did you mean `duration`?"]);
    }

    #[test]
    fn the_wrong_type_says_what_is_needed() {
        let config = Config::from_text("t", "[run]\na = 5\nb = { c = 1 }\nd = \"true\"\n").unwrap();
        let run = config.table("run").unwrap();
        let check = |diagnostic: Diagnostic, column: usize, message: &str| {
            assert_eq!(diagnostic.message, message);
            assert_eq!(diagnostic.code, Code::WrongType);
            assert_eq!(locate(&config.sources, diagnostic.span).unwrap().2, column);
        };
        let (a, b, d) = (run.get("a").unwrap(), run.get("b").unwrap(), run.get("d").unwrap());
        check(a.as_text("`a`").unwrap_err(), 5, "`a` must be a string, not a number");
        check(a.as_table("`a`").unwrap_err(), 5, "`a` must be a table, not a number");
        check(a.as_list("`a`").unwrap_err(), 5, "`a` must be a list, not a number");
        check(b.as_bool("`b`").unwrap_err(), 1, "`b` must be true or false, not a table");
        assert_eq!(d.as_bool("`d`").unwrap_err().help, ["write `true` without quotes"]);
        assert_eq!(d.as_text("`d`").unwrap(), "true");
    }

    #[test]
    fn parts_of_strings_are_exact_unless_escaped() {
        let config = Config::from_text("t", "[run]\na = \"xyz\"\nb = \"\\u0061yz\"\n").unwrap();
        let run = config.table("run").unwrap();
        let text = |span: Span| &config.sources[0].text[span.start as usize..span.end as usize];
        assert_eq!(text(run.get("a").unwrap().part(1..3)), "yz");
        assert_eq!(text(run.get("b").unwrap().part(1..3)), "\"\\u0061yz\"");
    }
}
