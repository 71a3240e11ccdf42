//! `[run]`, `[layers]`, `[train]`, `[noise]` and `[compare]`.

use super::reader::{Reader, header};
use crate::activations::{self, Activation};
use crate::config::keys::Keys;
use crate::config::value::{Data, Table};
use crate::contrast::plan::{Noise, Training, WeightsFile};
use crate::error::{Code, Diagnostic};

/// More units in a layer than this, or more weights in all, do not fit a dense product.
const MOST_UNITS: i64 = 1 << 20;
const MOST_WEIGHTS: u64 = 1 << 30;

/// A decision is kept in a byte.
const MOST_CLASSES: usize = 256;

/// Adam's of Kingma & Ba 2015.
pub const LEARNING_RATE: f64 = 1e-3;
pub const EPOCHS: usize = 20;
pub const BATCH: usize = 32;
pub const MOST_EPOCHS: i64 = 100_000;
pub const MOST_BATCH: i64 = 1 << 20;

pub struct Run {
    pub title: String,
    pub seed: u64,
}

/// `[run]`: title, seed, and the `dt` of biological columns.
pub fn run(reader: &mut Reader) -> Run {
    let mut run = Run { title: String::new(), seed: 1 };
    let Some(table) = reader.config.table("run") else { return run };
    let mut keys = Keys::new("`[run]`", table);
    keys.also_known("dt");
    if let Some(value) = keys.optional("title") {
        run.title = reader.diagnostics.keep(value.as_text("`title`")).unwrap_or("").to_string();
    }
    if let Some(value) = keys.optional("seed") {
        if let Data::Table(_) = value.data {
            let message = "a layered contrast has one seed, not one for each purpose";
            reader.push(Diagnostic::error(Code::WrongType, value.place(), message).help("write `seed = 1`"));
        } else if let Some(seed) = reader.whole(value, "`seed`", 0, i64::MAX) {
            run.seed = seed as u64;
        }
    }
    let help = "each column says how long it runs by its `steps`";
    reader.refuse(&mut keys, &["duration", "warmup"], "a layered contrast", help);
    keys.finish(&mut reader.diagnostics);
    run
}

pub struct LayersTable {
    /// `None` if they are wrong.
    pub sizes: Option<Vec<usize>>,
    pub activation: &'static dyn Activation,
    pub weights: Option<WeightsFile>,
    /// Whether `weights` is written, right or wrong.
    pub given: bool,
}

/// `[layers]`: sizes, activation, weights.
pub fn layers(reader: &mut Reader) -> LayersTable {
    let relu: &'static dyn Activation = &activations::relu::Relu;
    let mut layers = LayersTable { sizes: None, activation: relu, weights: None, given: false };
    let Some(table) = reader.config.table("layers") else {
        let message = "the config has no `[layers]` table";
        let error = Diagnostic::error(Code::MissingKey, crate::error::Span::NONE, message);
        reader.push(error.help("add `[layers]` with `sizes = [64, 128, 10]`"));
        return layers;
    };
    let mut keys = Keys::new("`[layers]`", table);
    layers.sizes = sizes(reader, &mut keys);
    if let Some(value) = keys.optional("activation") {
        layers.activation = reader.choice(value, "activation", &named_activations()).unwrap_or(relu);
    }
    if let Some(value) = keys.optional("weights") {
        layers.given = true;
        layers.weights = reader.file(value, "weights");
    }
    keys.finish(&mut reader.diagnostics);
    layers
}

fn named_activations() -> Vec<(&'static str, &'static dyn Activation)> {
    activations::ALL.iter().map(|activation| (activation.name(), *activation)).collect()
}

fn sizes(reader: &mut Reader, keys: &mut Keys) -> Option<Vec<usize>> {
    let value =
        keys.required("sizes", "such as `[64, 256, 128, 10]`: inputs first, classes last", &mut reader.diagnostics)?;
    let list = reader.diagnostics.keep(value.as_list("`sizes`"))?;
    let sizes: Vec<Option<usize>> =
        list.iter().map(|size| reader.whole(size, "a layer's size", 1, MOST_UNITS)).collect();
    let sizes: Vec<usize> = sizes.into_iter().collect::<Option<_>>()?;
    let wrong = |message: String| Diagnostic::error(Code::WrongShape, value.span, message);
    let (Some(last), true) = (sizes.last(), sizes.len() >= 2) else {
        let message = format!("`sizes` needs at least two entries, inputs and outputs, and has {}", sizes.len());
        reader.push(wrong(message).help("write `sizes = [64, 128, 10]`: inputs first, classes last"));
        return None;
    };
    if !(2..=MOST_CLASSES).contains(last) {
        let message = format!("`sizes` ends with {last}, but there are 2 to {MOST_CLASSES} classes");
        reader.push(wrong(message).help("the last layer has one output for each class"));
        return None;
    }
    let weights: u64 = sizes.windows(2).map(|pair| (pair[0] * pair[1]) as u64).sum();
    if weights > MOST_WEIGHTS {
        let message = format!("layers of these sizes have {weights} weights, more than the 2^30 that are supported");
        reader.push(Diagnostic::error(Code::TooLarge, value.span, message));
        return None;
    }
    Some(sizes)
}

/// `[train]`; `None` if it is not written.
pub fn train(reader: &mut Reader) -> Option<Training> {
    let mut keys = Keys::new("`[train]`", reader.config.table("train")?);
    reader.choice_or_first(&mut keys, "optimizer", &[("adam", ())]);
    let training = training(reader, &mut keys, Training { epochs: EPOCHS, batch: BATCH, learning_rate: LEARNING_RATE });
    keys.finish(&mut reader.diagnostics);
    Some(training)
}

/// The keys that training by numbers and training by spikes have in common.
pub fn training(reader: &mut Reader, keys: &mut Keys, default: Training) -> Training {
    Training {
        epochs: reader.whole_or(keys, "epochs", default.epochs, 1, MOST_EPOCHS),
        batch: reader.whole_or(keys, "batch", default.batch, 1, MOST_BATCH),
        learning_rate: reader.real_or(
            keys,
            "learning_rate",
            default.learning_rate,
            |rate| rate > 0.0 && rate.is_finite(),
            "above zero",
        ),
    }
}

/// The weights come from somewhere, and from one place.
pub fn either_trained_or_given(reader: &mut Reader, layers: &LayersTable) {
    let train = reader.config.table("train").is_some();
    let error = match (train, layers.given) {
        (true, true) => {
            let message = "`[train]` and `weights` of `[layers]`: the network is either trained or given";
            Diagnostic::error(Code::Conflict, header(reader, "train"), message).help("remove one of them")
        }
        (false, false) if reader.config.table("layers").is_some() => {
            let message = "the layers have no weights: there is neither `[train]` nor `weights`";
            Diagnostic::error(Code::MissingKey, header(reader, "layers"), message)
                .help("add a table `[train]`, which may be empty, to train them")
                .help("or load them: `weights = \"model.safetensors\"` in `[layers]`")
        }
        _ => return,
    };
    reader.push(error);
}

/// `[noise]`: how strong, and how many looks.
pub fn noise(reader: &mut Reader) -> Noise {
    let mut noise = Noise { levels: vec![0.0, 0.1, 0.2, 0.3, 0.5], looks: 8 };
    let empty = Table::empty();
    let mut keys = Keys::new("`[noise]`", reader.config.table("noise").unwrap_or(&empty));
    if let Some(value) = keys.optional("levels")
        && let Some(levels) = reader.diagnostics.keep(reader.evaluator.list(value, ""))
    {
        match levels.iter().find(|level| !(level.is_finite() && **level >= 0.0)) {
            Some(bad) => {
                let message = format!("a level of noise is {bad}, but must be zero or above");
                reader.push(Diagnostic::error(Code::OutOfRange, value.span, message));
            }
            None => noise.levels = levels,
        }
    }
    noise.looks = reader.whole_or(&mut keys, "looks", noise.looks, 1, 10_000);
    keys.finish(&mut reader.diagnostics);
    noise
}

/// `[compare] activation`: by default sigmoid where the network is trained; `false` for none.
pub fn compare(reader: &mut Reader) -> Option<&'static dyn Activation> {
    let trained = reader.config.table("train").is_some();
    let default = activations::find("sigmoid").filter(|_| trained);
    let Some(table) = reader.config.table("compare") else { return default };
    let mut keys = Keys::new("`[compare]`", table);
    let value = keys.optional("activation");
    keys.finish(&mut reader.diagnostics);
    let Some(value) = value else { return default };
    if let Data::Bool(false) = value.data {
        return None;
    }
    let chosen = reader.choice(value, "activation", &named_activations())?;
    if !trained {
        let message = "`[compare]` trains the same network with another activation, and this one is not trained";
        reader.push(Diagnostic::error(Code::Conflict, value.span, message).help("remove it, or add `[train]`"));
    }
    Some(chosen)
}
