//! The tables of a layered contrast.

use serde_json::{Value, json};

use super::{boolean, choice, named, object, quantity, text};
use crate::activations;

/// Name, summary and schema of each.
pub fn tables() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("data", "What a layered contrast is shown", data()),
        ("layers", "The layers of a contrast: makes the file a layered contrast", layers()),
        ("train", "How the layers are trained, where their weights are not given", train()),
        ("contrast", "A column of the contrast: the same network as numbers, or as spikes", named(column())),
        ("noise", "How robust the columns are to noise on their input", noise()),
        ("compare", "The same network trained with another activation", compare()),
    ]
}

fn activation(summary: &str) -> Value {
    choice(summary, activations::ALL.iter().map(|activation| activation.name()))
}

fn data() -> Value {
    object(
        vec![
            ("source", choice("samples that are built in", ["digits"])),
            ("images", text("an IDX file of images, such as MNIST's, plain or .gz; with `labels`")),
            ("labels", text("an IDX file of labels; with `images`")),
            ("csv", text("a CSV file, label first, plain or .gz")),
            ("npz", text("an archive of NumPy's, with arrays x [samples, features] and y")),
            ("test_images", text("a test set of its own: images")),
            ("test_labels", text("a test set of its own: labels")),
            ("test_csv", text("a test set of its own")),
            ("test_npz", text("a test set of its own")),
            (
                "test",
                json!({ "type": ["number", "string"], "description": "a fraction drawn with the seed, or \"last 360\"; 0.2" }),
            ),
            ("scale", quantity("x = value / scale; 16 for digits, 255 for IDX files of bytes, else 1")),
        ],
        &[],
    )
}

fn layers() -> Value {
    let sizes = json!({
        "type": "array", "minItems": 2, "items": { "type": ["integer", "string"] },
        "description": "numbers of units: inputs first, classes last",
    });
    object(
        vec![
            ("sizes", sizes),
            ("activation", activation("between the layers; relu")),
            ("weights", text("safetensors or npz with fc1.weight [out, in], fc1.bias, ...; instead of [train]")),
        ],
        &["sizes"],
    )
}

fn training() -> Vec<(&'static str, Value)> {
    vec![
        ("epochs", quantity("how often each sample is shown; 20")),
        ("batch", quantity("samples in a step of training; 32")),
        ("learning_rate", quantity("of Adam; 1e-3")),
    ]
}

fn train() -> Value {
    let mut keys = training();
    keys.push(("optimizer", choice("adam", ["adam"])));
    object(keys, &[])
}

fn column() -> Value {
    let mut keys = training();
    keys.extend([
        ("code", choice("numbers, or spikes", ["rate", "spiking"])),
        ("cell", text("\"if\", \"leaky\" (with `beta`), or the name of a [cell] of model lif; if")),
        ("synapse", text("of a biological column: the name of a [synapse] of model exponential; tau 5 ms")),
        ("beta", quantity("what is left of the membrane after a step, above 0 and at most 1")),
        ("reset", choice("after a spike: take the threshold away, or start at 0", ["subtract", "zero"])),
        ("normalize", text("\"max\", \"percentile 99.9\" (default), or \"none\"")),
        ("input", choice("how a number enters; current", ["current", "poisson", "latency", "regular"])),
        ("initial", quantity("membrane at the start, in units of the threshold, below 1; 0.5")),
        (
            "readout",
            choice("argmax of the summed output current, or of the output spikes; current", ["current", "spikes"]),
        ),
        ("correct_bias", boolean("of a leaky column: give back as a bias what the leak takes; true")),
        ("steps", quantity("how long it runs; 256, of a trained column 25")),
        ("train", choice("train it as spikes", ["surrogate"])),
        ("surrogate", choice("the slope that stands in for the threshold's; fast_sigmoid", ["fast_sigmoid", "arctan"])),
        ("slope", quantity("how steep it is; 25, of arctan 2")),
        ("weights", text("of a trained column: weights instead of training")),
    ]);
    object(keys, &["code"])
}

fn noise() -> Value {
    let levels = json!({
        "type": ["array", "string"], "items": { "type": ["number", "string"] },
        "description": "standard deviations, in units of a full input; [0, 0.1, 0.2, 0.3, 0.5]",
    });
    object(vec![("levels", levels), ("looks", quantity("noisy looks at each sample, for every column; 8"))], &[])
}

fn compare() -> Value {
    let off = boolean("false: no comparison");
    let which = json!({ "anyOf": [activation("which; sigmoid"), off], "description": "which; sigmoid" });
    object(vec![("activation", which)], &[])
}
