//! `[contrast.x]`: the columns that are set beside one another.

use super::cells::{self, Synapses};
use super::reader::{Reader, header};
use super::tables::{self, LayersTable};
use crate::config::keys::Keys;
use crate::config::value::{Data, Name, Table, Value};
use crate::contrast::data::Data as Shown;
use crate::contrast::plan::{
    Cell, Code as PlanCode, ColumnPlan, Conversion, InputCode, Normalize, Readout, Reset, Surrogate, SurrogatePlan,
    Training,
};
use crate::error::{Code, Diagnostic};

/// Beyond this many a run counts nothing new.
const MOST_STEPS: i64 = 1_000_000;
const STEPS: usize = 256;
/// As snnTorch's tutorials, and the reference that surrogate columns are held against.
const SURROGATE_STEPS: usize = 25;
const SURROGATE_BETA: f64 = 0.9;
/// Zenke & Ganguli 2018; Fang et al. 2021.
const FAST_SIGMOID_SLOPE: f64 = 25.0;
const ARCTAN_SLOPE: f64 = 2.0;

/// Keys of a converted column, and of a trained one, which the other has no use for.
const CONVERTED: &[&str] = &["cell", "synapse", "reset", "normalize", "input", "initial", "readout", "correct_bias"];
const TRAINED: &[&str] = &["epochs", "batch", "learning_rate", "surrogate", "slope", "weights"];

/// Every `[contrast.x]`, in the order of the file.
pub fn read(
    reader: &mut Reader,
    layers: &LayersTable,
    train: Option<Training>,
    synapses: &Synapses,
) -> Vec<ColumnPlan> {
    let config = reader.config;
    let entries = config.entries("contrast");
    if entries.is_empty() {
        let message = "there is no column to compare: the config has no `[contrast.NAME]`";
        let error = Diagnostic::error(Code::MissingKey, header(reader, "layers"), message);
        reader.push(error.help("add `[contrast.relu]` with `code = \"rate\"`, and a column with `code = \"spiking\"`"));
    }
    for (name, _) in config.entries("cell").iter().filter(|(name, _)| ["if", "leaky"].contains(&name.text.as_str())) {
        let message = format!("a cell cannot be called `{}`: to a column that is a unit without a unit", name.text);
        reader.push(Diagnostic::error(Code::BadName, name.span, message).help("give it another name"));
    }
    let columns: Vec<_> = entries.iter().map(|(name, table)| column(reader, name, table, train, synapses)).collect();
    let columns: Vec<ColumnPlan> = columns.into_iter().flatten().collect();
    let converted = columns.iter().any(|column| matches!(column.code, PlanCode::Converted(_)));
    if converted && layers.activation.name() != "relu" {
        let message = format!(
            "a spiking neuron's rate is nearly a ReLU, not `{}`: the converted columns will not do what the network does",
            layers.activation.name()
        );
        reader.push(Diagnostic::warning(Code::Suspicious, activation_span(reader), message));
    }
    columns
}

fn activation_span(reader: &Reader) -> crate::error::Span {
    let written = reader.config.table("layers").and_then(|layers| layers.get("activation"));
    written.map_or(header(reader, "layers"), |value| value.span)
}

/// Whether samples are needed to train it.
pub fn is_trained(column: &ColumnPlan) -> bool {
    matches!(&column.code, PlanCode::Surrogate(plan) if plan.weights_file.is_none())
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Rate,
    Spiking,
}

fn column(
    reader: &mut Reader,
    name: &Name,
    table: &Table,
    train: Option<Training>,
    synapses: &Synapses,
) -> Option<ColumnPlan> {
    let what = format!("column `{}`", name.text);
    let mut keys = Keys::new(&what, table);
    let code = keys.required("code", "such as `\"spiking\"`; the other is `\"rate\"`", &mut reader.diagnostics);
    let kind = code.and_then(|code| reader.choice(code, "code", &[("rate", Kind::Rate), ("spiking", Kind::Spiking)]));
    let Some(kind) = kind else {
        // Without a code nobody knows which keys belong here.
        if code.is_none() {
            ["train", "steps", "beta"].iter().chain(CONVERTED).chain(TRAINED).for_each(|key| keys.also_known(key));
            keys.finish(&mut reader.diagnostics);
        }
        return None;
    };
    let trained = keys.optional("train").filter(|_| kind == Kind::Spiking);
    let code = match (kind, trained) {
        (Kind::Rate, _) => {
            let why = format!("{what} is of numbers, and");
            let all: Vec<&str> = ["train", "steps", "beta"].iter().chain(CONVERTED).chain(TRAINED).copied().collect();
            reader.refuse(&mut keys, &all, &why, "leave it out, or write `code = \"spiking\"`");
            Some(PlanCode::Rate)
        }
        (Kind::Spiking, None) => {
            let help = "leave it out, or train the column: `train = \"surrogate\"`";
            reader.refuse(&mut keys, TRAINED, &format!("{what} is converted, not trained, and"), help);
            conversion(reader, &mut keys, synapses).map(PlanCode::Converted)
        }
        (Kind::Spiking, Some(word)) => {
            let help = "leave it out, or leave out `train` for a converted column";
            let foreign: Vec<&str> = CONVERTED.iter().copied().filter(|key| !["cell", "reset"].contains(key)).collect();
            reader.refuse(&mut keys, &foreign, &format!("{what} is trained, not converted, and"), help);
            let known = reader.choice(word, "train", &[("surrogate", ())]);
            let plan = surrogate(reader, &mut keys, train);
            known.and(Some(PlanCode::Surrogate(plan)))
        }
    };
    keys.finish(&mut reader.diagnostics);
    Some(ColumnPlan { name: name.text.clone(), code: code? })
}

fn conversion(reader: &mut Reader, keys: &mut Keys, synapses: &Synapses) -> Option<Conversion> {
    let cell = cell(reader, keys, synapses);
    let word = keys.optional("cell").and_then(|value| value.as_text("`cell`").ok()).unwrap_or("if");
    let biological = match &cell {
        Some(cell) => Some(matches!(cell, Cell::Biological { .. })),
        None => ["if", "leaky"].contains(&word).then_some(false),
    };
    let reset = reset(reader, keys, biological);
    let normalize = match keys.optional("normalize") {
        Some(value) => normalize(reader, value),
        None => Some(Normalize::Percentile(99.9)),
    };
    let inputs = [
        ("current", InputCode::Current),
        ("poisson", InputCode::Poisson),
        ("latency", InputCode::Latency),
        ("regular", InputCode::Regular),
    ];
    let readouts = [("current", Readout::Current), ("spikes", Readout::Spikes)];
    let input = reader.choice_or_first(keys, "input", &inputs);
    let leaky = matches!(cell, Some(Cell::Leaky { .. }));
    if !leaky && biological.is_some() {
        let why = format!("{} has no leak to correct for, and", keys.what());
        reader.refuse(keys, &["correct_bias"], &why, "leave it out, or write `cell = \"leaky\"`");
    }
    let correct_bias = match keys.optional("correct_bias") {
        Some(value) => reader.diagnostics.keep(value.as_bool("`correct_bias`")).unwrap_or(true),
        None => true,
    };
    let below = |v: f64| v.is_finite() && v < 1.0;
    let initial = reader.real_or(keys, "initial", 0.5, below, "below 1, which is the threshold");
    let readout = reader.choice_or_first(keys, "readout", &readouts);
    let steps = reader.whole_or(keys, "steps", STEPS, 1, MOST_STEPS);
    Some(Conversion { cell: cell?, reset: reset?, normalize: normalize?, input, initial, readout, steps, correct_bias })
}

fn cell(reader: &mut Reader, keys: &mut Keys, synapses: &Synapses) -> Option<Cell> {
    let (beta, synapse) = (keys.optional("beta"), keys.optional("synapse"));
    let written = keys.optional("cell");
    let word = match written {
        Some(value) => reader.diagnostics.keep(value.as_text("`cell`"))?,
        None => "if",
    };
    if let (Some(value), true) = (beta, word != "leaky") {
        let message = format!("`beta` is the leak of a `leaky` cell, and this one is `{word}`");
        reader.push(
            Diagnostic::error(Code::Conflict, value.span, message).help("write `cell = \"leaky\"`, or leave it out"),
        );
    }
    let abstract_cell = ["if", "leaky"].contains(&word);
    if let (Some(value), true) = (synapse, abstract_cell) {
        let message = format!("`synapse` belongs to a biological column, and a `{word}` cell takes each spike at once");
        reader.push(Diagnostic::error(Code::Conflict, value.span, message).help("leave it out, or name a `[cell.x]`"));
    }
    match (word, written) {
        ("leaky", _) => {
            let Some(beta) = beta else {
                let message = format!("{} has a `leaky` cell, but no `beta`", keys.what());
                let error = Diagnostic::error(Code::MissingKey, keys.span(), message);
                reader.push(error.help("for example `beta = 0.9`: what is left of V after a step"));
                return None;
            };
            let holds = |beta: f64| beta > 0.0 && beta <= 1.0;
            Some(Cell::Leaky { beta: reader.real(beta, "beta", holds, "above 0 and at most 1")? })
        }
        (name, Some(value)) if !abstract_cell => cells::biological(reader, value, name, synapse, synapses),
        _ => Some(Cell::If),
    }
}

/// Required, but of a biological cell, which has its own; of a cell that is not known, nothing is.
fn reset(reader: &mut Reader, keys: &mut Keys, biological: Option<bool>) -> Option<Reset> {
    let words = [("subtract", Reset::Subtract), ("zero", Reset::Zero)];
    let Some(value) = keys.optional("reset") else {
        if biological != Some(false) {
            return Some(Reset::Zero);
        }
        let message = format!("{} has no `reset`", keys.what());
        reader.push(
            Diagnostic::error(Code::MissingKey, keys.span(), message)
                .label("needs `reset`")
                .help(
                    "`reset = \"subtract\"` keeps what is above the threshold: the spike count then is nearly the ReLU",
                )
                .help("`reset = \"zero\"` forgets it, as a biological neuron does"),
        );
        return None;
    };
    let reset = reader.choice(value, "reset", &words)?;
    if biological == Some(true) && reset == Reset::Subtract {
        let message = "a biological neuron falls to its `V_reset`, and cannot subtract";
        let warning = Diagnostic::warning(Code::Suspicious, value.span, message);
        reader.push(warning.help("write `reset = \"zero\"`, or leave it out; `V_reset` of its cell holds"));
        return Some(Reset::Zero);
    }
    Some(reset)
}

/// "max", "none", "percentile 99.9".
fn normalize(reader: &mut Reader, value: &Value) -> Option<Normalize> {
    if let Data::Number(digits) = &value.data {
        let error = value.wrong("`normalize`", "a string");
        reader.push(error.help(format!("write `\"percentile {digits}\"`")));
        return None;
    }
    let text = reader.diagnostics.keep(value.as_text("`normalize`"))?;
    let percent = match (text, text.strip_prefix("percentile")) {
        ("max", _) => return Some(Normalize::Max),
        ("none", _) => return Some(Normalize::None),
        (_, Some(percent)) => percent.trim(),
        _ => {
            let unknown = Diagnostic::error(Code::UnknownName, value.span, format!("`normalize` cannot be `{text}`"));
            let first = text.split_whitespace().next().unwrap_or("");
            let near = crate::error::nearest(first, &["max", "percentile", "none"]);
            reader.push(match near {
                Some("percentile") => unknown.help("write `\"percentile 99.9\"`"),
                Some(near) => unknown.help(format!("did you mean `{near}`?")),
                None => unknown.help("possible here: \"max\", \"percentile 99.9\", \"none\""),
            });
            return None;
        }
    };
    match percent.parse::<f64>() {
        Ok(percent) if percent > 0.0 && percent <= 100.0 => Some(Normalize::Percentile(percent)),
        Ok(percent) => {
            let message = format!("a percentile is above 0 and at most 100, not {percent}");
            reader.push(Diagnostic::error(Code::OutOfRange, value.span, message).help("write `\"percentile 99.9\"`"));
            None
        }
        Err(_) => {
            let found = if percent.is_empty() { String::new() } else { format!(", not `{percent}`") };
            let message = format!("`percentile` needs a number{found}");
            reader.push(Diagnostic::error(Code::WrongType, value.span, message).help("write `\"percentile 99.9\"`"));
            None
        }
    }
}

fn surrogate(reader: &mut Reader, keys: &mut Keys, train: Option<Training>) -> SurrogatePlan {
    let steps = reader.whole_or(keys, "steps", SURROGATE_STEPS, 1, MOST_STEPS);
    // It is leaky and subtracts; who says so is right, and one that does not leak has beta 1.
    let default = reader.choice_or_first(keys, "cell", &[("leaky", SURROGATE_BETA), ("if", 1.0)]);
    reader.choice_or_first(keys, "reset", &[("subtract", ())]);
    let beta = |beta: f64| beta > 0.0 && beta <= 1.0;
    let beta = reader.real_or(keys, "beta", default, beta, "above 0 and at most 1");
    let weights = keys.optional("weights");
    if weights.is_some() {
        let why = format!("{} has `weights`, is not trained, and", keys.what());
        reader.refuse(keys, &["epochs", "batch", "learning_rate", "surrogate", "slope"], &why, "leave out one of them");
    }
    let default = Training { epochs: tables::EPOCHS, batch: tables::BATCH, learning_rate: tables::LEARNING_RATE };
    let training = tables::training(reader, keys, train.unwrap_or(default));
    let shapes = [("fast_sigmoid", Surrogate::FastSigmoid), ("arctan", Surrogate::Arctan)];
    let surrogate = reader.choice_or_first(keys, "surrogate", &shapes);
    let slope = if surrogate == Surrogate::Arctan { ARCTAN_SLOPE } else { FAST_SIGMOID_SLOPE };
    let slope = reader.real_or(keys, "slope", slope, |slope| slope > 0.0 && slope.is_finite(), "above zero");
    SurrogatePlan {
        steps,
        beta,
        epochs: training.epochs,
        batch: training.batch,
        learning_rate: training.learning_rate,
        surrogate,
        slope,
        weights_file: weights.and_then(|value| reader.file(value, "weights")),
        weights: None,
    }
}

/// What spikes cannot say: a number below 0 or above 1.
pub fn warn_of_values(reader: &mut Reader, columns: &[ColumnPlan], data: &Shown) {
    let outside = |x: &&f64| !(0.0..=1.0).contains(*x);
    let all = || data.train.x.iter().chain(&data.test.x);
    let Some(first) = all().find(outside) else { return };
    for column in columns {
        let PlanCode::Converted(plan) = &column.code else { continue };
        if plan.input == InputCode::Current {
            continue;
        }
        let table = reader.config.entries("contrast").into_iter().find(|(name, _)| name.text == column.name);
        let written = table.and_then(|(_, table)| table.get("input"));
        let message = format!(
            "inputs become spikes, which can say 0 to 1 (a spike in every step), but some are beyond, such as {first}"
        );
        reader.push(
            Diagnostic::warning(Code::Suspicious, written.map_or(header(reader, "data"), |value| value.span), message)
                .help("choose `scale` of `[data]` so that x = value / scale lies within 0 ... 1"),
        );
    }
}
