//! Files of weights: safetensors and npz with `fc1.weight` (`[out, in]`), `fc1.bias`, `fc2.weight`, ...
//!
//! Layers that are numbered in another way, as those of a `torch.nn.Sequential` are (`0.weight`, `2.weight`,
//! `layers.0.weight`), are taken in the order of their numbers, if all names have the same beginning.

use crate::activations::Activation;
use crate::error::{Code, Error, Exit};
use crate::files::{self, npz};
use crate::rate::layers::{Dense, Layers};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::collections::BTreeMap;
use std::path::Path;

/// A tensor by name: its shape and numbers.
struct Tensor {
    shape: Vec<usize>,
    values: Vec<f64>,
}

/// Reads the layers between units of `sizes`.
///
/// # Errors
/// Everything that is wrong with the file, naming it, the tensor and the shape.
pub fn load(path: &Path, sizes: &[usize], activation: &'static dyn Activation) -> Result<Layers, Error> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    let (tensors, single) = match extension.as_deref() {
        Some("safetensors") => read_safetensors(path)?,
        Some("npz") => read_npz(path)?,
        _ => return Err(wrong(path, "is neither .safetensors nor .npz").help("weights are read from these two")),
    };
    let mut mistakes = vec![];
    let stems = stems(&tensors);
    let stem = |number: usize| stems.get(number - 1).cloned().unwrap_or_else(|| format!("fc{number}"));
    let dense: Vec<Dense> = sizes
        .windows(2)
        .enumerate()
        .filter_map(|(number, pair)| layer(&tensors, (number + 1, &stem(number + 1)), pair[0], pair[1], &mut mistakes))
        .collect();
    let more = format!("{}.weight", stem(sizes.len()));
    if tensors.contains_key(&more) {
        mistakes.push(format!("holds `{more}`, but `[layers] sizes` has only {} layers", sizes.len() - 1));
    }
    let mut errors = mistakes.into_iter().map(|what| wrong(path, &what));
    match errors.next() {
        None => Ok(Layers { dense, activation, single }),
        Some(mut first) => {
            errors.for_each(|error| first.diagnostics.extend(error.diagnostics));
            let shapes = tensors.iter().map(|(name, tensor)| format!("{name} {:?}", tensor.shape));
            let shown: Vec<String> = shapes.take(12).collect();
            Err(first.help(format!("it holds {}", shown.join(", "))))
        }
    }
}

fn wrong(path: &Path, what: &str) -> Error {
    Error::plain(Exit::BadInput, Code::Unreadable, format!("`{}` {what}", path.display()))
}

/// What stands before `.weight` and `.bias`, layer by layer, where it is not `fc1`, `fc2`, ...; empty where it is, or
/// where the order is not clear.
fn stems(tensors: &BTreeMap<String, Tensor>) -> Vec<String> {
    let numbered = |name: &String| {
        let stem = name.strip_suffix(".weight")?;
        let beginning = stem.trim_end_matches(|c: char| c.is_ascii_digit());
        Some((beginning.to_owned(), stem[beginning.len()..].parse::<u64>().ok()?, stem.to_owned()))
    };
    let weights = tensors.keys().filter(|name| name.ends_with(".weight"));
    let Some(mut layers) = weights.map(numbered).collect::<Option<Vec<_>>>() else { return vec![] };
    let same = layers.windows(2).all(|pair| pair[0].0 == pair[1].0);
    if !same || layers.iter().any(|(_, _, stem)| stem == "fc1") {
        return vec![];
    }
    layers.sort_by_key(|(_, number, _)| *number);
    layers.into_iter().map(|(_, _, stem)| stem).collect()
}

fn layer(
    tensors: &BTreeMap<String, Tensor>,
    (number, stem): (usize, &str),
    inputs: usize,
    outputs: usize,
    mistakes: &mut Vec<String>,
) -> Option<Dense> {
    let mut take = |part: &str, shape: &[usize]| {
        let name = format!("{stem}.{part}");
        let Some(tensor) = tensors.get(&name) else {
            mistakes.push(format!("has no tensor `{name}`; layer {number} needs one of shape {shape:?}"));
            return None;
        };
        if tensor.shape != shape {
            let found = &tensor.shape;
            let chain = "`[layers] sizes` asks for";
            mistakes.push(format!("has `{name}` of shape {found:?}, where {chain} {shape:?}"));
            return None;
        }
        let bad = tensor.values.iter().filter(|value| !value.is_finite()).count();
        if bad > 0 {
            let first = tensor.values.iter().position(|value| !value.is_finite()).unwrap_or(0);
            let place = match shape {
                [_, columns] => format!("[{}, {}]", first / columns, first % columns),
                _ => format!("[{first}]"),
            };
            let values = if bad == 1 { "a value that is".into() } else { format!("{bad} values that are") };
            mistakes.push(format!("has in `{name}` {values} not a finite number, first at {place}"));
            return None;
        }
        Some(tensor.values.clone())
    };
    let (weights, bias) = (take("weight", &[outputs, inputs]), take("bias", &[outputs]));
    Some(Dense { inputs, outputs, weights: weights?, bias: bias? })
}

/// The tensors, and whether all are in single precision.
type Read = (BTreeMap<String, Tensor>, bool);

fn read_safetensors(path: &Path) -> Result<Read, Error> {
    let bytes = std::fs::read(path).map_err(|cause| files::unreadable(path, &cause))?;
    let tensors = SafeTensors::deserialize(&bytes)
        .map_err(|cause| wrong(path, &format!("is cut off, or no safetensors file: {cause}")))?;
    let mut read = BTreeMap::new();
    let mut single = true;
    for (name, view) in tensors.tensors() {
        let values = numbers(&view).ok_or_else(|| {
            wrong(path, &format!("has `{name}` in {:?}, which is no number type for weights", view.dtype()))
        })?;
        single &= view.dtype() != Dtype::F64;
        read.insert(name, Tensor { shape: view.shape().to_vec(), values });
    }
    Ok((read, single))
}

fn numbers(view: &TensorView) -> Option<Vec<f64>> {
    let data = view.data();
    let two = |b: &[u8]| u16::from_le_bytes([b[0], b[1]]);
    let four = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
    let eight = |b: &[u8]| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]);
    Some(match view.dtype() {
        Dtype::F64 => data.chunks_exact(8).map(eight).collect(),
        Dtype::F32 => data.chunks_exact(4).map(|b| f64::from(four(b))).collect(),
        // The upper half of a single.
        Dtype::BF16 => data.chunks_exact(2).map(|b| f64::from(f32::from_bits(u32::from(two(b)) << 16))).collect(),
        Dtype::F16 => data.chunks_exact(2).map(|b| half(two(b))).collect(),
        _ => return None,
    })
}

/// IEEE 754 half precision: 1 sign bit, 5 of exponent, 10 of fraction.
fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    sign * match exponent {
        0 => fraction / 1024.0 * 2.0_f64.powi(-14),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2.0_f64.powi(exponent - 15),
    }
}

fn read_npz(path: &Path) -> Result<Read, Error> {
    let file = std::fs::File::open(path).map_err(|cause| files::unreadable(path, &cause))?;
    let arrays = npz::read(file).map_err(|what| wrong(path, &format!("cannot be read: {what}")))?;
    let mut read = BTreeMap::new();
    let mut single = true;
    for (name, array) in arrays {
        single &= !matches!(array.values, crate::files::npy::Values::F64(_));
        let values =
            array.values.to_f64().ok_or_else(|| wrong(path, &format!("has `{name}`, which is not of numbers")))?;
        read.insert(name, Tensor { shape: array.shape, values });
    }
    Ok((read, single))
}

/// The bytes of a safetensors file with these layers in single precision.
///
/// # Errors
/// In words, if it cannot be packed.
pub fn save(layers: &Layers) -> Result<Vec<u8>, String> {
    let bytes = |values: &[f64]| values.iter().flat_map(|v| (*v as f32).to_le_bytes()).collect::<Vec<u8>>();
    let parts: Vec<(String, Vec<usize>, Vec<u8>)> = layers
        .dense
        .iter()
        .enumerate()
        .flat_map(|(number, layer)| {
            let weight = (format!("fc{}.weight", number + 1), vec![layer.outputs, layer.inputs], bytes(&layer.weights));
            [weight, (format!("fc{}.bias", number + 1), vec![layer.outputs], bytes(&layer.bias))]
        })
        .collect();
    let views: Result<Vec<(&str, TensorView)>, _> = parts
        .iter()
        .map(|(name, shape, data)| Ok((name.as_str(), TensorView::new(Dtype::F32, shape.clone(), data)?)))
        .collect();
    let packed = views.and_then(|views| safetensors::serialize(views, None));
    packed.map_err(|cause: safetensors::SafeTensorError| cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relu() -> &'static dyn Activation {
        crate::activations::find("relu").unwrap()
    }

    fn written(layers: &Layers) -> (tempfile::TempDir, std::path::PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("m.safetensors");
        std::fs::write(&path, save(layers).unwrap()).unwrap();
        (directory, path)
    }

    fn small(weight: f64) -> Layers {
        let first =
            Dense { inputs: 2, outputs: 3, weights: vec![0.5, weight, 1.5, -2.0, 2.5, 0.25], bias: vec![1.0; 3] };
        let second = Dense { inputs: 3, outputs: 1, weights: vec![1.0, 2.0, 3.0], bias: vec![0.0] };
        Layers { dense: vec![first, second], activation: relu(), single: true }
    }

    #[test]
    fn what_was_saved_is_loaded() {
        let (_directory, path) = written(&small(-0.125));
        let loaded = load(&path, &[2, 3, 1], relu()).unwrap();
        assert!(loaded.dense == small(-0.125).dense && loaded.single);
    }

    #[test]
    fn mistakes_name_file_tensor_and_shape() {
        let (_directory, path) = written(&small(f64::NAN));
        let error = |sizes: &[usize]| load(&path, sizes, relu()).err().unwrap().to_string();
        assert!(error(&[2, 3, 1]).contains("`fc1.weight`") && error(&[2, 3, 1]).contains("[0, 1]"));
        let chain = error(&[2, 4, 1]);
        assert!(chain.contains("[3, 2]") && chain.contains("[4, 2]") && chain.contains("fc2.weight"), "{chain}");
        assert!(error(&[2, 3, 1, 5]).contains("no tensor `fc3.weight`"));
        assert!(error(&[2, 3]).contains("fc2.weight"));
        std::fs::write(&path, &save(&small(1.0)).unwrap()[..90]).unwrap();
        assert!(error(&[2, 3, 1]).contains("cut off"));
    }

    #[test]
    fn layers_may_be_numbered_as_in_a_sequence() {
        let layer = |outputs: usize, inputs: usize| Tensor {
            shape: vec![outputs, inputs],
            values: vec![0.0; inputs * outputs],
        };
        let named = |names: &[&str]| names.iter().map(|name| (format!("{name}.weight"), layer(2, 2))).collect();
        let ordered: BTreeMap<String, Tensor> = named(&["layers.10", "layers.2", "layers.0"]);
        assert_eq!(stems(&ordered), ["layers.0", "layers.2", "layers.10"]);
        assert_eq!(stems(&named(&["0", "2"])), ["0", "2"]);
        assert_eq!(stems(&named(&["fc0", "fc1"])), [""; 0], "fc1 is the first");
        assert!(stems(&named(&["in.0", "out.0"])).is_empty(), "which comes first?");
        assert!(stems(&named(&["first", "second"])).is_empty());
    }

    #[test]
    fn halves_are_those_of_the_standard() {
        assert_eq!([0x3c00, 0xc000, 0x3555, 0x0001].map(half), [1.0, -2.0, 1365.0 / 4096.0, 2.0_f64.powi(-24)]);
        assert!(half(0x7c00).is_infinite() && half(0x7e00).is_nan());
    }
}
