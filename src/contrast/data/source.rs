//! Samples with labels from the digits that are built in, a pair of IDX files, CSV, or an archive of NumPy's.

use crate::error::{Code, Error, Exit};
use crate::files::{bad_file, gz, idx, number_csv};
use crate::files::{npy, npz, unreadable};
use std::fs::File;
use std::path::{Path, PathBuf};

/// 1 797 images of 8 x 8 with a label first and values of 0 to 16: the test part of "Optical Recognition of Handwritten
/// Digits", E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, 1998, doi 10.24432/C50P49, CC BY 4.0.
const DIGITS: &[u8] = include_bytes!("digits.csv.gz");

/// Of a digit's pixels.
const DIGITS_SCALE: f64 = 16.0;

/// From this many features on, a square number of them is taken for an image.
const SMALLEST_IMAGE: usize = 64;

/// Where samples are.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    Digits,
    Idx { images: PathBuf, labels: PathBuf },
    Csv(PathBuf),
    Npz(PathBuf),
}

/// Samples as their file has them: not scaled, labels not looked at.
#[derive(Clone, Debug, Default)]
pub struct Raw {
    /// For the reader: "digits (built in)".
    pub name: String,
    /// As messages call what holds the samples, and what holds the labels.
    pub x_in: String,
    pub y_in: String,
    pub features: usize,
    pub image: Option<(usize, usize)>,
    /// `[sample][feature]`.
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    /// Line of each sample, where the file is text.
    pub lines: Option<Vec<u64>>,
    /// What its numbers are usually divided by.
    pub scale: f64,
}

/// Reads all samples. Errors: `Unreadable`, `BadFile`, without a span.
pub fn read(source: &Source) -> Result<Raw, Error> {
    match source {
        Source::Digits => digits(),
        Source::Idx { images, labels } => pair(images, labels),
        Source::Csv(path) => {
            let table = number_csv::read(path)?;
            let what = "it holds no samples: a line is a label, then at least one number";
            from_table(table, &quoted(path)).ok_or_else(|| bad_file(path, what))
        }
        Source::Npz(path) => archive(path),
    }
}

fn quoted(path: &Path) -> String {
    format!("`{}`", path.display())
}

fn digits() -> Result<Raw, Error> {
    let name = "digits (built in)";
    let table = gz::unpack(DIGITS).map(|text| number_csv::parse(&text).0);
    let raw = table.ok().and_then(|table| from_table(table, name));
    let raw = raw.ok_or_else(|| bad_file(Path::new(name), "this program is damaged"))?;
    Ok(Raw { scale: DIGITS_SCALE, ..raw })
}

/// Label first; `None` if there are no features or no rows.
fn from_table(table: number_csv::NumberTable, name: &str) -> Option<Raw> {
    let features = table.columns.checked_sub(1).filter(|features| *features > 0 && !table.lines.is_empty())?;
    let rows = || table.values.chunks_exact(table.columns);
    Some(Raw {
        name: name.trim_matches('`').into(),
        x_in: name.into(),
        y_in: name.into(),
        features,
        image: square(features),
        x: rows().flat_map(|row| &row[1..]).copied().collect(),
        y: rows().map(|row| row[0]).collect(),
        lines: Some(table.lines),
        scale: 1.0,
    })
}

/// The sides of an image with so many pixels, if it looks like one.
fn square(features: usize) -> Option<(usize, usize)> {
    let side = features.isqrt();
    (features >= SMALLEST_IMAGE && side * side == features).then_some((side, side))
}

fn pair(images: &Path, labels: &Path) -> Result<Raw, Error> {
    // Both are read before either is refused.
    let (x, y) = match (idx::read(images), idx::read(labels)) {
        (Ok(x), Ok(y)) => (x, y),
        (Err(mut error), Err(other)) => {
            error.diagnostics.extend(other.diagnostics);
            return Err(error);
        }
        (Err(error), _) | (_, Err(error)) => return Err(error),
    };
    if x.shape.len() < 2 {
        let what = format!("images have a shape such as 60000 x 28 x 28, not {}", idx::describe_shape(&x.shape));
        let labels = if x.shape.len() == 1 { ": are these the labels?" } else { "" };
        return Err(bad_file(images, &format!("{what}{labels}")));
    }
    if y.shape.len() != 1 {
        let what = format!("labels have a shape such as 60000, not {}", idx::describe_shape(&y.shape));
        let images = if y.shape.len() > 1 { ": are these the images?" } else { "" };
        return Err(bad_file(labels, &format!("{what}{images}")));
    }
    let raw = Raw {
        name: images.display().to_string(),
        x_in: quoted(images),
        y_in: quoted(labels),
        scale: if x.kind == idx::Kind::U8 { 255.0 } else { 1.0 },
        ..shaped(&x.shape)
    };
    paired(Raw { x: x.values, y: y.values, ..raw }, labels, x.shape[0])
}

/// What a shape `[samples, ...]` says of one sample.
fn shaped(shape: &[usize]) -> Raw {
    let features = shape[1..].iter().product();
    let sides: Vec<usize> = shape[1..].iter().copied().filter(|side| *side > 1).collect();
    let image = match sides[..] {
        [height, width] => Some((height, width)),
        _ => square(features),
    };
    Raw { features, image, ..Raw::default() }
}

/// As many labels as samples, and some of both.
fn paired(raw: Raw, path: &Path, samples: usize) -> Result<Raw, Error> {
    if samples != raw.y.len() {
        let message = format!("{} holds {samples} samples, but {} {} labels", raw.x_in, raw.y_in, raw.y.len());
        return Err(Error::plain(Exit::BadInput, Code::BadFile, message));
    }
    if samples == 0 || raw.features == 0 {
        return Err(bad_file(path, "it holds no samples"));
    }
    Ok(raw)
}

fn archive(path: &Path) -> Result<Raw, Error> {
    let file = File::open(path).map_err(|cause| unreadable(path, &cause))?;
    let mut arrays = npz::read(file).map_err(|what| bad_file(path, &what))?;
    let names: Vec<String> = arrays.iter().map(|(name, _)| format!("`{name}`")).collect();
    let mut take = |name: &str, what: &str| -> Result<npy::Array, Error> {
        let at = arrays.iter().position(|(known, _)| known == name).ok_or_else(|| {
            let holds = if names.is_empty() { "no array at all".into() } else { names.join(", ") };
            bad_file(path, &format!("it has no array `{name}`, {what}; it has {holds}"))
        })?;
        Ok(arrays.swap_remove(at).1)
    };
    let (x, y) = (take("x", "the samples"), take("y", "the labels"));
    let (x, y) = match (x, y) {
        (Ok(x), Ok(y)) => (x, y),
        (Err(mut error), Err(other)) => {
            error.diagnostics.extend(other.diagnostics);
            return Err(error);
        }
        (Err(error), _) | (_, Err(error)) => return Err(error),
    };
    let numbers = |array: &npy::Array, name: &str| {
        array.values.to_f64().ok_or_else(|| bad_file(path, &format!("array `{name}` holds text, not numbers")))
    };
    if x.shape.len() < 2 {
        let shape = &x.shape;
        let what = format!("array `x` must be [samples, features] or [samples, height, width], not {shape:?}");
        return Err(bad_file(path, &what));
    }
    // A column of labels is as good as a line of them.
    if y.shape.is_empty() || y.shape[1..].iter().any(|size| *size != 1) {
        let shape = &y.shape;
        let what = format!("array `y` must hold one label for each sample, not {shape:?}");
        return Err(bad_file(path, &what));
    }
    let raw = Raw {
        name: path.display().to_string(),
        x_in: format!("array `x` of {}", quoted(path)),
        y_in: format!("array `y` of {}", quoted(path)),
        scale: 1.0,
        ..shaped(&x.shape)
    };
    paired(Raw { x: numbers(&x, "x")?, y: numbers(&y, "y")?, ..raw }, path, x.shape[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_are_the_published_ones() {
        let digits = read(&Source::Digits).unwrap();
        assert_eq!((digits.y.len(), digits.features, digits.image), (1797, 64, Some((8, 8))));
        // scikit-learn's load_digits: how many images there are of each digit, and the sum of all pixels.
        let count = |digit: usize| digits.y.iter().filter(|y| **y == digit as f64).count();
        assert_eq!(std::array::from_fn(count), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        assert_eq!(digits.x.iter().sum::<f64>(), 561_718.0);
        assert_eq!(digits.x[..8], [0.0, 0.0, 5.0, 13.0, 9.0, 1.0, 0.0, 0.0]);
        assert!(digits.x.iter().all(|x| (0.0..=16.0).contains(x)));
    }

    #[test]
    fn shapes_become_images() {
        assert_eq!(shaped(&[5, 28, 28]).image, Some((28, 28)));
        assert_eq!(shaped(&[5, 1, 28, 20]).image, Some((28, 20)));
        assert_eq!(shaped(&[5, 784]).image, Some((28, 28)));
        assert_eq!(shaped(&[5, 30]).image, None);
        assert_eq!(shaped(&[5, 9]).image, None);
        assert_eq!(shaped(&[5, 4, 4, 3]).features, 48);
    }
}
