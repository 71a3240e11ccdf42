//! What the readers of the tables share while a network is built.

use super::*;
use crate::config::Config;
use crate::config::evaluate::Evaluator;
use crate::config::selection::Selection;
pub(super) use crate::config::value::with_unit;
use crate::config::value::{Data, Name, Value};
use crate::error::{Code, Diagnostic, Diagnostics, Span};
use crate::model::{Default, Parameter};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// A network with what was noticed while it was built.
pub struct Built {
    pub network: Network,
    pub warnings: Vec<Diagnostic>,
    /// The config with every default written out.
    pub resolved: Config,
}

/// The state of building: the config, its evaluator, what was found wrong, and the parts that are done.
pub(super) struct Context<'a> {
    pub config: &'a Config,
    pub evaluator: Evaluator,
    pub diagnostics: Diagnostics,
    /// Keys that were left out, with what they then are.
    pub defaults: Vec<(Vec<String>, Value)>,
    pub dt_ms: f64,
    pub steps: i64,
    pub warmup: i64,
    pub temperature: Option<f64>,
    pub seeds: Seeds,
    pub cells: HashMap<String, cells::Cell>,
    pub populations: Vec<Population>,
    pub ports: Vec<Port>,
    pub synapses: HashMap<String, synapses::SynapseTable>,
    pub graded: Vec<super::Graded>,
    pub gap_tables: Vec<gaps::GapTable>,
    /// Names of what could not be read, whose currents may therefore be missing.
    pub unread: HashSet<String>,
    /// Paths of files as they are written, with what they are from anywhere.
    pub files: Vec<(Value, PathBuf)>,
    /// Mechanisms (index in `mechanisms::ALL`) of which something could not be read.
    pub spoilt: HashSet<usize>,
    pub told_temperature: bool,
    pub rounded: (u64, f64),
    /// Sampled by the recorders that were read so far.
    pub columns: usize,
    /// The network will not run: its synapses may be estimated.
    pub roughly: bool,
}

impl<'a> Context<'a> {
    /// Before any table was read but `[define]`.
    pub fn new(config: &'a Config) -> Context<'a> {
        let mut diagnostics = Diagnostics::default();
        config.check_structure(&mut diagnostics);
        let evaluator = Evaluator::new(config.table("define"), &mut diagnostics);
        Context {
            config,
            evaluator,
            diagnostics,
            defaults: vec![],
            dt_ms: 0.1,
            steps: 0,
            warmup: 0,
            temperature: None,
            seeds: Seeds { structure: 1, input: 1, initial: 1 },
            cells: HashMap::new(),
            populations: vec![],
            ports: vec![],
            synapses: HashMap::new(),
            graded: vec![],
            gap_tables: vec![],
            unread: HashSet::new(),
            files: vec![],
            spoilt: HashSet::new(),
            told_temperature: false,
            rounded: (0, 0.0),
            columns: 0,
            roughly: false,
        }
    }

    /// One selection or a list of them.
    pub fn selections(&mut self, value: &Value) -> Option<Vec<Selection>> {
        match crate::config::selection::selections(value) {
            Ok(selections) => Some(selections),
            Err(wrong) => {
                wrong.into_iter().for_each(|mistake| self.push(mistake));
                None
            }
        }
    }

    /// The time of a step in ms.
    pub fn time_ms(&self, step: i64) -> f64 {
        TimeGrid::new(self.dt_ms).time_ms(step)
    }

    /// The file whose path `written` is: relative to the config.
    pub fn file(&mut self, written: &Value, path: &str) -> PathBuf {
        let directory = &self.config.directory;
        let file = if directory == Path::new(".") { path.into() } else { directory.join(path) };
        let anywhere = std::path::absolute(&file).unwrap_or_else(|_| file.clone());
        self.files.push((written.clone(), anywhere));
        file
    }

    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub fn keep<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        self.diagnostics.keep(result)
    }

    /// Notes that the key at `path` was left out and is `text`.
    pub fn default_text(&mut self, path: &[&str], text: impl Into<String>) {
        self.defaults.push((path.iter().map(|part| part.to_string()).collect(), Value::text(text)));
    }

    pub fn default_value(&mut self, path: &[&str], value: Value) {
        self.defaults.push((path.iter().map(|part| part.to_string()).collect(), value));
    }

    pub fn population(&self, name: &Name) -> Result<usize, Diagnostic> {
        let found = self.populations.iter().position(|population| population.name == name.text);
        found.ok_or_else(|| {
            let known = self.config.entries("population").into_iter().map(|(known, _)| known.text.as_str());
            if self.config.names("population").contains(&name.text.as_str()) {
                // The population exists but could not be read: its own error has been reported.
                return Diagnostic::error(Code::UnknownName, name.span, String::new());
            }
            Diagnostic::error(Code::UnknownName, name.span, format!("there is no population `{}`", name.text))
                .suggest(&name.text, known)
        })
    }

    /// A number of a neuron, of a list or drawn, that its parameter cannot have.
    pub fn drawn_out_of_range(&mut self, (neuron, number): (usize, f64), parameter: &Parameter, value: &Value) {
        let (name, range) = (parameter.name, parameter.range.describe());
        let message = format!(
            "`{name}` of neuron {neuron} is {}, but must be {range}",
            with_unit((number * 1e4).round() / 1e4, parameter.unit)
        );
        let diagnostic = Diagnostic::error(Code::OutOfRange, value.place(), message);
        let random = matches!(&value.data, Data::Text(text) if text.contains('('));
        self.push(match random {
            true => diagnostic
                .help(format!("bound what is drawn, such as `normal(10 {0}, 2 {0}) in [1 {0}, inf]`", parameter.unit)),
            false => diagnostic,
        });
    }

    /// A fixed number of a model's table, its default if it is left out; NaN where it is optional.
    pub fn parameter(
        &mut self,
        path: &[&str],
        written: Option<&Value>,
        parameter: &Parameter,
        at: Span,
        what: &str,
    ) -> Option<f64> {
        let Some(value) = written else {
            return match parameter.default {
                Default::Number(number) => {
                    let text = with_unit(number, parameter.unit);
                    let value = if parameter.unit.is_empty() { number_value(number) } else { Value::text(text) };
                    self.default_value(&[path, &[parameter.name]].concat(), value);
                    Some(number)
                }
                Default::Optional => Some(f64::NAN),
                Default::Choice(words) => {
                    self.default_text(&[path, &[parameter.name]].concat(), words[0]);
                    Some(0.0)
                }
                Default::Required => {
                    self.push(
                        Diagnostic::error(
                            Code::MissingKey,
                            at,
                            format!("{what} needs `{}`: {}", parameter.name, parameter.summary),
                        )
                        .help(format!("add {}", example(parameter))),
                    );
                    None
                }
            };
        };
        if let Default::Choice(words) = parameter.default {
            let word = self.keep(self.evaluator.word(value))?.to_string();
            return match words.iter().position(|known| *known == word) {
                Some(index) => Some(index as f64),
                None => {
                    let message = format!("`{}` cannot be `{word}`", parameter.name);
                    self.push(
                        Diagnostic::error(Code::UnknownName, value.span, message).suggest(&word, words.iter().copied()),
                    );
                    None
                }
            };
        }
        if parameter.on_grid {
            let steps = self.keep(self.evaluator.steps(value))?;
            let ms = self.time_ms(steps);
            return self.in_range(ms, parameter, value);
        }
        let number = self.keep(self.evaluator.number(value, parameter.unit))?;
        self.in_range(number, parameter, value)
    }

    /// `value` is `number`, which its parameter may not be.
    pub fn in_range(&mut self, number: f64, parameter: &Parameter, value: &Value) -> Option<f64> {
        if parameter.range.holds(number) {
            return Some(number);
        }
        let shown = value.shown(number, parameter.unit);
        let message = format!("`{}` is {shown}, but must be {}", parameter.name, parameter.range.describe());
        self.push(Diagnostic::error(Code::OutOfRange, value.span, message));
        None
    }
}

pub(super) fn number_value(number: f64) -> Value {
    Value { data: crate::config::value::Data::Number(format!("{number}")), span: Span::NONE }
}

fn example(parameter: &Parameter) -> String {
    match parameter.unit {
        "" => format!("`{} = ...`", parameter.name),
        unit => format!("`{} = \"... {unit}\"`", parameter.name),
    }
}
