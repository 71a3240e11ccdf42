//! One error for the whole program: what is wrong, where it is written, why, and what to do about it.
//!
//! A reader of the config collects [`Diagnostic`]s in [`Diagnostics`] and goes on, so that a user sees every mistake
//! at once; whoever cannot go on returns an [`Error`], which carries them with the texts that they point into.
//! Rendering (carets, colours) is the command line's business: this module knows no terminal.

use std::fmt;
use std::sync::Arc;

/// Where in which source text something is written, as a byte range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// Index into the list of [`Source`]s.
    pub source: u32,
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// Of a value that stands in no text: a default, or one set by a builder.
    pub const NONE: Span = Span { source: u32::MAX, start: 0, end: 0 };

    /// The beginning of the config's own text: of what it lacks as a whole.
    pub const START: Span = Span { source: 0, start: 0, end: 0 };

    pub fn new(source: u32, range: std::ops::Range<usize>) -> Span {
        Span { source, start: range.start as u32, end: range.end as u32 }
    }

    pub fn is_none(self) -> bool {
        self.source == u32::MAX
    }

    /// The part `range` of the text that this span covers.
    pub fn part(self, range: std::ops::Range<usize>) -> Span {
        if self.is_none() {
            return self;
        }
        let clamp = |offset: usize| (self.start + offset as u32).min(self.end);
        Span { source: self.source, start: clamp(range.start), end: clamp(range.end) }
    }
}

/// A text that spans point into: the config file, or one `--set`.
#[derive(Clone, Debug)]
pub struct Source {
    /// What the user calls it: a path, or `--set`.
    pub name: String,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
}

/// What kind of mistake a diagnostic reports; its name is printed and is stable.
macro_rules! codes {
    ($($variant:ident = $name:literal, $meaning:literal;)*) => {
        /// The kind of a diagnostic: printed in brackets, stable across versions.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $(#[doc = $meaning] $variant,)* }

        impl Code {
            /// Every code, in the order of this file.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The name in the output, such as `unknown-key`.
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }
        }
    };
}

codes! {
    Syntax = "syntax", "The text is not TOML.";
    Encoding = "encoding", "The file is not UTF-8.";
    Unreadable = "unreadable", "A file cannot be read: missing, a directory, too large, empty.";
    UnknownKey = "unknown-key", "A key that its table does not have.";
    UnknownTable = "unknown-table", "A table that the language does not have.";
    MissingKey = "missing-key", "A key that its table needs.";
    WrongType = "wrong-type", "A string where a table belongs, and the like.";
    BadName = "bad-name", "A name that does not match `[A-Za-z][A-Za-z0-9_]*`.";
    UnknownName = "unknown-name", "A population, cell, synapse, section, model, variable or choice that does not exist.";
    BareNumber = "bare-number", "A number without its unit.";
    UnknownUnit = "unknown-unit", "A unit that axonal does not know, or one written wrongly.";
    WrongDimension = "wrong-dimension", "A quantity of another dimension than the key's.";
    BadExpression = "bad-expression", "An expression that cannot be read or evaluated.";
    Cycle = "cycle", "Definitions, or section parents, that lead back to themselves.";
    OutOfRange = "out-of-range", "A number outside what the key allows: negative, zero, NaN, infinite.";
    OffGrid = "off-grid", "A written time that is not a multiple of dt.";
    WrongShape = "wrong-shape", "A list or matrix of the wrong length or shape.";
    BadSelection = "bad-selection", "A selection of neurons or places that cannot be read or does not exist.";
    BadRandom = "bad-random", "A random value that cannot be read or is redrawn nearly always.";
    Conflict = "conflict", "Keys that exclude or contradict each other.";
    BadFile = "bad-file", "A data file whose content is not what its key needs.";
    TooCoarse = "too-coarse", "Warning: dt is too coarse for the fastest process.";
    Suspicious = "suspicious", "Warning: allowed, but seldom meant.";
    TooLarge = "too-large", "The network does not fit into memory, or an index.";
    Numeric = "numeric", "A state became NaN, infinite or absurd while simulating.";
    Output = "output", "An output file or directory cannot be written.";
    Busy = "busy", "The run directory exists or is in use.";
    Expectation = "expectation", "An expectation of `[expect]` is not met.";
}

/// One mistake or warning: what, where, and what to do.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    pub severity: Severity,
    pub code: Code,
    /// One sentence without a full stop: what is wrong.
    pub message: String,
    /// Where; `Span::NONE` if nowhere in a text.
    pub span: Span,
    /// A few words under the caret; may be empty.
    pub label: String,
    /// What to do, one line each: "did you mean `tau_m`?", "write `\"20 ms\"`".
    pub help: Vec<String>,
}

impl Diagnostic {
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code,
            message: message.into(),
            span,
            label: String::new(),
            help: vec![],
        }
    }

    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, span, message) }
    }

    pub fn label(mut self, label: impl Into<String>) -> Diagnostic {
        self.label = label.into();
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help.push(help.into());
        self
    }

    /// Adds "did you mean …?" with the nearest of `known`, or lists `known` if nothing is near and they are few.
    pub fn suggest<'a>(self, written: &str, known: impl IntoIterator<Item = &'a str>) -> Diagnostic {
        let known: Vec<&str> = known.into_iter().collect();
        match nearest(written, &known) {
            Some(near) => self.help(format!("did you mean `{near}`?")),
            None if known.is_empty() => self,
            None if known.len() <= 16 => self.help(format!("possible here: {}", known.join(", "))),
            None => self,
        }
    }
}

/// The member of `known` most similar to `written`, if it is similar enough to be what was meant.
pub fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let lower = written.to_lowercase();
    let score = |name: &str| strsim::jaro_winkler(&lower, &name.to_lowercase());
    let close = |name: &&&str| score(name) >= 0.82 || strsim::damerau_levenshtein(&lower, &name.to_lowercase()) <= 1;
    known.iter().filter(close).max_by(|a, b| score(a).total_cmp(&score(b))).copied()
}

/// Diagnostics collected while reading goes on.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    pub list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// What has been told at this place already, as of another entry of a matrix, is not told again.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let same = |known: &Diagnostic| known.span == diagnostic.span && known.message == diagnostic.message;
        if diagnostic.message.is_empty() || !self.list.iter().any(same) {
            self.list.push(diagnostic);
        }
    }

    /// The value, or `None` with its diagnostic kept.
    pub fn keep<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        result.map_err(|diagnostic| self.push(diagnostic)).ok()
    }

    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Error)
    }
}

/// How the program ends; the numbers are a contract of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Complete = 0,
    Unmet = 1,
    BadInput = 2,
    Numeric = 3,
    Refused = 4,
    Output = 5,
    Checkpoint = 6,
    Busy = 7,
    Interrupted = 130,
    Terminated = 143,
}

/// Why something could not be done: one or more diagnostics with the texts that they point into.
#[derive(Clone, Debug)]
pub struct Error {
    pub exit: Exit,
    pub diagnostics: Vec<Diagnostic>,
    pub sources: Arc<Vec<Source>>,
}

impl Error {
    /// Mistakes in the input, pointing into `sources`.
    pub fn input(diagnostics: Vec<Diagnostic>, sources: Arc<Vec<Source>>) -> Error {
        let refused = diagnostics.iter().filter(|d| d.severity == Severity::Error).all(|d| d.code == Code::TooLarge);
        Error { exit: if refused { Exit::Refused } else { Exit::BadInput }, diagnostics, sources }
    }

    /// A single diagnostic that points nowhere.
    pub fn plain(exit: Exit, code: Code, message: impl Into<String>) -> Error {
        let diagnostics = vec![Diagnostic::error(code, Span::NONE, message)];
        Error { exit, diagnostics, sources: Arc::default() }
    }

    /// Writing `path` failed.
    pub fn output(path: &std::path::Path, cause: &std::io::Error) -> Error {
        Error::plain(Exit::Output, Code::Output, format!("cannot write `{}`: {cause}", path.display()))
    }

    pub fn help(mut self, help: impl Into<String>) -> Error {
        if let Some(last) = self.diagnostics.last_mut() {
            last.help.push(help.into());
        }
        self
    }
}

impl fmt::Display for Error {
    /// `file:line:column: message` and the help, a line each, without colours.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            if let Some((name, line, column)) = locate(&self.sources, diagnostic.span) {
                write!(f, "{name}:{line}:{column}: ")?;
            }
            write!(f, "{} [{}]", diagnostic.message, diagnostic.code.name())?;
            for help in &diagnostic.help {
                write!(f, "\n  help: {help}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// Name of the source, line and column (both from 1, in characters) of where a span starts.
pub fn locate(sources: &[Source], span: Span) -> Option<(&str, usize, usize)> {
    let source = sources.get(span.source as usize)?;
    let before = source.text.get(..span.start as usize)?;
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    Some((&source.name, line, column))
}
