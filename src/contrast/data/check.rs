//! Holding samples against the network that they are for.

use super::source::Raw;
use crate::error::Code;

/// What is wrong with samples or labels, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    pub code: Code,
    /// With the labels, not with the samples.
    pub labels: bool,
    pub message: String,
    pub help: Option<String>,
}

/// All that is wrong: a size that is not `inputs`, numbers that are none, labels that are not 0 .. `classes`.
pub fn check(raw: &Raw, inputs: usize, classes: usize) -> Vec<Mistake> {
    [size(raw, inputs), finite(raw), labels(raw, classes)].into_iter().flatten().collect()
}

fn size(raw: &Raw, inputs: usize) -> Option<Mistake> {
    if raw.features == inputs {
        return None;
    }
    let each = match raw.image {
        Some((height, width)) if height * width == raw.features => {
            format!("images of {height} x {width}, {} numbers each", raw.features)
        }
        _ => format!("samples of {} numbers each", raw.features),
    };
    let message = format!("{} holds {each}, but `sizes` of `[layers]` begins with {inputs}", raw.x_in);
    let help = Some(format!("write `sizes = [{}, ...]`", raw.features));
    Some(Mistake { code: Code::WrongShape, labels: false, message, help })
}

/// `sample 12`, and its line in a text.
fn place(raw: &Raw, sample: usize) -> String {
    match raw.lines.as_ref().and_then(|lines| lines.get(sample)) {
        Some(line) => format!("line {line}"),
        None => format!("sample {sample}"),
    }
}

/// " (and 3 more)".
fn more(count: usize) -> String {
    if count > 1 { format!(" (and {} more like it)", count - 1) } else { String::new() }
}

fn finite(raw: &Raw) -> Option<Mistake> {
    let first = raw.x.iter().position(|x| !x.is_finite())?;
    let count = raw.x.iter().filter(|x| !x.is_finite()).count();
    let (sample, feature) = (first / raw.features, first % raw.features);
    let feature = match (raw.image, raw.lines.is_some()) {
        (_, true) => format!("column {}", feature + 2),
        (Some((_, width)), _) => format!("row {}, column {} of its image", feature / width, feature % width),
        (None, _) => format!("number {feature}"),
    };
    let message = format!(
        "{}, {}, {feature}: {} is not a finite number{}",
        raw.x_in,
        place(raw, sample),
        raw.x[first],
        more(count)
    );
    Some(Mistake { code: Code::BadFile, labels: false, message, help: None })
}

fn labels(raw: &Raw, classes: usize) -> Option<Mistake> {
    let sound = |y: f64| y.fract() == 0.0 && y >= 0.0 && y < classes as f64;
    let mistake =
        |message: String, help: String| Some(Mistake { code: Code::BadFile, labels: true, message, help: Some(help) });
    if let Some(first) = raw.y.iter().position(|y| !sound(*y)) {
        let count = raw.y.iter().filter(|y| !sound(**y)).count();
        let largest = raw.y.iter().copied().fold(0.0, f64::max);
        let whole = raw.y.iter().all(|y| y.fract() == 0.0 && *y >= 0.0);
        let place = format!("{}, {}", raw.y_in, place(raw, first));
        let message = format!("{place}: {} is no label of 0 ... {}{}", raw.y[first], classes - 1, more(count));
        let help = match whole {
            true => format!("labels reach {largest}: `sizes` of `[layers]` must then end with {}", largest + 1.0),
            false => "a label is a whole number from 0 on: the index of the output that stands for its class".into(),
        };
        return mistake(message, help);
    }
    let first = *raw.y.first()?;
    if raw.y.iter().all(|y| *y == first) {
        let message = format!("{} holds one class alone: every label is {first}", raw.y_in);
        return mistake(message, "to tell classes apart takes samples of at least two".into());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(features: usize, x: &[f64], y: &[f64]) -> Raw {
        Raw { features, x: x.to_vec(), y: y.to_vec(), x_in: "`x`".into(), y_in: "`y`".into(), ..Raw::default() }
    }

    #[test]
    fn sound_samples_pass() {
        assert_eq!(check(&raw(2, &[0.0, 1.0, 2.0, 3.0], &[0.0, 1.0]), 2, 2), []);
    }

    #[test]
    fn every_mistake_is_found_and_placed() {
        let found = check(&raw(2, &[0.0, 1.0, f64::NAN, f64::INFINITY], &[0.0, 7.0]), 3, 2);
        let messages: Vec<&str> = found.iter().map(|mistake| mistake.message.as_str()).collect();
        let expected = [
            "`x` holds samples of 2 numbers each, but `sizes` of `[layers]` begins with 3",
            "`x`, sample 1, number 0: NaN is not a finite number (and 1 more like it)",
            "`y`, sample 1: 7 is no label of 0 ... 1",
        ];
        assert_eq!(messages, expected);
        assert_eq!(found[2].help.as_deref(), Some("labels reach 7: `sizes` of `[layers]` must then end with 8"));
        for y in [-1.0, 0.5, f64::NAN] {
            let found = check(&raw(1, &[0.0, 1.0], &[y, 1.0]), 1, 2);
            assert!(found[0].labels && found[0].message.contains("is no label of 0 ... 1"), "{found:?}");
        }
        let found = check(&raw(1, &[0.0, 1.0], &[1.0, 1.0]), 1, 2);
        assert_eq!(found[0].message, "`y` holds one class alone: every label is 1");
    }
}
