//! A layered contrast, as read: what is shown to which network, in which codes.

use super::data::Data;
use crate::activations::Activation;
use crate::config::Config;
use crate::error::{Diagnostic, Error, Span};
use crate::rate::layers::Layers;
pub use crate::rate::surrogate::Surrogate;
pub use crate::rate::train::Training;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Everything that `[data]`, `[layers]`, `[train]` and `[contrast.x]` say.
pub struct Plan {
    pub title: String,
    pub seed: u64,
    pub data: Data,
    pub sizes: Vec<usize>,
    pub activation: &'static dyn Activation,
    /// Where the weights are given; else the network is trained.
    pub weights_file: Option<WeightsFile>,
    /// The weights of that file, once [`Plan::load_weights`] has read it.
    pub weights: Option<Layers>,
    pub train: Option<Training>,
    pub columns: Vec<ColumnPlan>,
    pub noise: Noise,
    /// The same network is trained with this activation, too, for the comparison.
    pub compare: Option<&'static dyn Activation>,
    /// What must come out.
    pub expectations: Vec<Expectation>,
    /// Allowed, but seldom meant.
    pub warnings: Vec<Diagnostic>,
}

/// A file of weights that was named, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightsFile {
    pub path: PathBuf,
    pub span: Span,
}

/// What reads a file of weights: its path, the numbers of units, and what stands between the layers.
pub type LoadWeights = fn(&Path, &[usize], &'static dyn Activation) -> Result<Layers, Error>;

impl Plan {
    /// Reads every file of weights that the plan names; all that is wrong with any of them at once, pointing at the
    /// key that names the file.
    pub fn load_weights(&mut self, config: &Config, load: LoadWeights) -> Result<(), Error> {
        let mut wrong = vec![];
        let (sizes, activation) = (&self.sizes, self.activation);
        let mut read = |file: &Option<WeightsFile>| {
            let file = file.as_ref()?;
            let placed = |d: Diagnostic| Diagnostic { span: file.span, ..d };
            load(&file.path, sizes, activation)
                .map_err(|error| wrong.extend(error.diagnostics.into_iter().map(placed)))
                .ok()
        };
        self.weights = read(&self.weights_file);
        for column in &mut self.columns {
            if let Code::Surrogate(plan) = &mut column.code {
                plan.weights = read(&plan.weights_file);
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::input(wrong, Arc::clone(&config.sources))) }
    }
}

/// What `[expect]` says of a number of a column: `"spiking.accuracy" = [0.9, 1]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    pub column: String,
    /// Its name in `contrast.json`.
    pub number: &'static str,
    pub low: f64,
    pub high: f64,
    pub span: Span,
}

/// Numbers of a column that can be expected.
pub const NUMBERS: &[&str] =
    &["accuracy", "spikes_per_sample", "synops_per_sample", "macs_per_sample", "energy_nj_per_sample"];

impl Expectation {
    /// What to say if `columns` of `contrast.json` do not hold to it.
    pub fn unmet(&self, columns: &serde_json::Value) -> Option<Diagnostic> {
        let Expectation { column, number, low, high, .. } = self;
        let value = columns[column.as_str()][*number].as_f64();
        let message = match value {
            Some(value) if value >= *low && value <= *high => return None,
            Some(value) => format!("`{column}.{number}` is {value}, expected {low} to {high}"),
            None => format!("`{column}.{number}` has no value; expected {low} to {high}"),
        };
        Some(Diagnostic::error(crate::error::Code::Expectation, self.span, message))
    }
}

/// How robust the columns are to noise on their input.
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    /// Standard deviations, in units of a full input; empty where robustness is not asked for.
    pub levels: Vec<f64>,
    /// How many noisy looks at one sample every network gets.
    pub looks: usize,
}

pub struct ColumnPlan {
    pub name: String,
    pub code: Code,
}

pub enum Code {
    Rate,
    Converted(Conversion),
    Surrogate(SurrogatePlan),
}

impl ColumnPlan {
    /// How long it runs; 1 for a column of numbers.
    pub fn steps(&self) -> usize {
        match &self.code {
            Code::Rate => 1,
            Code::Converted(conversion) => conversion.steps,
            Code::Surrogate(plan) => plan.steps,
        }
    }

    /// What it is, in a line: "integrate-and-fire, reset by subtraction, percentile 99.9, constant current, 256 steps".
    pub fn about(&self) -> String {
        match &self.code {
            Code::Rate => "numbers, evaluated once".into(),
            Code::Converted(conversion) => conversion.about(),
            Code::Surrogate(plan) => {
                let from = if plan.weights_file.is_some() { "given weights" } else { "trained as spikes" };
                format!("leaky integrate-and-fire, beta {}, {from}, {} steps", plan.beta, plan.steps)
            }
        }
    }
}

impl Conversion {
    fn about(&self) -> String {
        let cell = match &self.cell {
            Cell::If => "integrate-and-fire".to_string(),
            Cell::Leaky { beta } => format!("leaky integrate-and-fire, beta {beta}"),
            Cell::Biological { name, .. } => format!("cell `{name}` in mV and pA"),
        };
        let reset = match (&self.cell, self.reset) {
            (Cell::Biological { .. }, _) => "reset to V_reset",
            (_, Reset::Subtract) => "reset by subtraction",
            (_, Reset::Zero) => "reset to zero",
        };
        let normalize = match self.normalize {
            Normalize::Max => "maximum".to_string(),
            Normalize::Percentile(percent) => format!("percentile {percent}"),
            Normalize::None => "weights as they are".to_string(),
        };
        let input = match self.input {
            InputCode::Current => "constant current",
            InputCode::Poisson => "random spikes in",
            InputCode::Latency => "one spike in, the brighter the earlier",
            InputCode::Regular => "regular spikes in",
        };
        let time = match &self.cell {
            Cell::Biological { dt_ms, .. } => format!("{} steps of {dt_ms} ms", self.steps),
            _ => format!("{} steps", self.steps),
        };
        format!("{cell}, {reset}, {normalize}, {input}, {time}")
    }
}

/// A trained network made to spike.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    pub cell: Cell,
    pub reset: Reset,
    pub normalize: Normalize,
    pub input: InputCode,
    /// Membrane at the start, in units of the threshold, below 1.
    pub initial: f64,
    pub readout: Readout,
    pub steps: usize,
    /// Leaky units get back as a bias what the leak takes.
    pub correct_bias: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    If,
    /// V decays by this factor a step.
    Leaky {
        beta: f64,
    },
    /// Leaky integrate-and-fire in mV and pA: the name of its `[cell.x]`, the completed parameters of model `lif`.
    Biological {
        name: String,
        parameters: Vec<f64>,
        dt_ms: f64,
        tau_syn_ms: f64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    Subtract,
    Zero,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Normalize {
    Max,
    Percentile(f64),
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputCode {
    Current,
    Poisson,
    Latency,
    /// One integrate-and-fire unit an input, driven by its value.
    Regular,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readout {
    Current,
    Spikes,
}

/// A spiking network trained as such.
#[derive(Clone)]
pub struct SurrogatePlan {
    pub steps: usize,
    pub beta: f64,
    pub epochs: usize,
    pub batch: usize,
    pub learning_rate: f64,
    pub surrogate: Surrogate,
    /// Gives the surrogate's width.
    pub slope: f64,
    /// Where the network's weights are given rather than trained.
    pub weights_file: Option<WeightsFile>,
    /// The weights of that file, once [`Plan::load_weights`] has read it.
    pub weights: Option<Layers>,
}
