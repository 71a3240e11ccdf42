//! What every model says about itself: the table that validation, units, docs, recorders and axis labels read.
//!
//! A number of a model is held in the unit that its table declares (`"ms"`, `"nS"`, `"mS/cm^2"`), so a model file
//! reads like its publication.

/// The table of one model: a neuron, a mechanism, a synapse, a stimulus.
#[derive(Clone, Copy, Debug)]
pub struct ModelInfo {
    /// As written in the config: `lif`.
    pub name: &'static str,
    /// One line: what it is.
    pub summary: &'static str,
    /// The equations in plain text, as `axonal models NAME` prints them.
    pub equations: &'static str,
    /// Where they come from.
    pub reference: &'static str,
    pub parameters: &'static [Parameter],
    /// What can be recorded and given an initial value, in the order of the state columns.
    pub variables: &'static [Variable],
}

impl ModelInfo {
    pub fn parameter(&self, name: &str) -> Option<(usize, &'static Parameter)> {
        self.parameters.iter().enumerate().find(|(_, p)| p.name == name)
    }

    pub fn variable(&self, name: &str) -> Option<(usize, &'static Variable)> {
        self.variables.iter().enumerate().find(|(_, v)| v.name == name)
    }
}

/// A number (or a choice) that the user may set.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Spelt as in the literature: `tau_m`.
    pub name: &'static str,
    /// The unit its number is held in; `""` is dimensionless.
    pub unit: &'static str,
    pub default: Default,
    pub range: Range,
    pub summary: &'static str,
    /// A written time: must be a multiple of dt.
    pub on_grid: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Default {
    Required,
    /// In the parameter's unit.
    Number(f64),
    /// May be left out; the model is told by a NaN.
    Optional,
    /// One of these words, the first is the default; held as its index.
    Choice(&'static [&'static str]),
}

/// What a number may be. NaN never is; infinities only where `Any` or `AtMostInfinite`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// Any finite number.
    Finite,
    /// Finite or `inf`.
    OrInfinite,
    /// Above zero, finite.
    Positive,
    /// Zero or above, finite.
    NonNegative,
    /// Within both, inclusive.
    Within(f64, f64),
}

impl Range {
    pub fn holds(self, x: f64) -> bool {
        match self {
            Range::Finite => x.is_finite(),
            Range::OrInfinite => !x.is_nan(),
            Range::Positive => x.is_finite() && x > 0.0,
            Range::NonNegative => x.is_finite() && x >= 0.0,
            Range::Within(low, high) => x >= low && x <= high,
        }
    }

    /// As a message says it: "above zero".
    pub fn describe(self) -> String {
        match self {
            Range::Finite => "finite".into(),
            Range::OrInfinite => "a number or `inf`".into(),
            Range::Positive => "above zero and finite".into(),
            Range::NonNegative => "zero or above and finite".into(),
            Range::Within(low, high) => format!("between {low} and {high}"),
        }
    }
}

/// A number of the model's state that can be recorded and initialised.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    pub name: &'static str,
    pub unit: &'static str,
    pub summary: &'static str,
}

impl Parameter {
    pub const fn new(name: &'static str, unit: &'static str, range: Range, summary: &'static str) -> Parameter {
        Parameter { name, unit, default: Default::Required, range, summary, on_grid: false }
    }

    pub const fn default(mut self, number: f64) -> Parameter {
        self.default = Default::Number(number);
        self
    }

    pub const fn optional(mut self) -> Parameter {
        self.default = Default::Optional;
        self
    }

    pub const fn choice(mut self, words: &'static [&'static str]) -> Parameter {
        self.default = Default::Choice(words);
        self
    }

    pub const fn on_grid(mut self) -> Parameter {
        self.on_grid = true;
        self
    }
}

impl Variable {
    pub const fn new(name: &'static str, unit: &'static str, summary: &'static str) -> Variable {
        Variable { name, unit, summary }
    }
}
