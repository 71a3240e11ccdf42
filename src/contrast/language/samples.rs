//! `[data]`: which samples, and which of them are the test.

use super::reader::Reader;
use crate::config::keys::Keys;
use crate::config::value::{Data as Written, Value};
use crate::contrast::data::check::check;
use crate::contrast::data::source::{self, Raw, Source};
use crate::contrast::data::split::{self, Test};
use crate::contrast::data::{Data, Samples};
use crate::error::{Code, Diagnostic, Span};

/// A fifth is kept for the test.
const TEST: Test = Test::Fraction(0.2);

/// A source with its places: what holds the samples, and what holds the labels.
struct Placed {
    source: Source,
    x: Span,
    y: Span,
}

/// `None` if anything is wrong, which is reported. Without `sizes` the files are not held against the network.
pub fn read(reader: &mut Reader, sizes: Option<&[usize]>, needs_training: bool, seed: u64) -> Option<Data> {
    let Some(table) = reader.config.table("data") else {
        let message = "the config has no `[data]` table";
        let error = Diagnostic::error(Code::MissingKey, super::reader::header(reader, "layers"), message);
        reader.push(
            error.help("add `[data]` with `source = \"digits\"`, or name files: `images` and `labels`, `csv`, `npz`"),
        );
        return None;
    };
    let mut keys = Keys::new("`[data]`", table);
    let builtin = keys.optional("source");
    let main = sources(reader, &mut keys, ["images", "labels", "csv", "npz"], builtin);
    let apart = sources(reader, &mut keys, ["test_images", "test_labels", "test_csv", "test_npz"], None);
    let test = keys.optional("test");
    let scale = keys.optional("scale");
    let span = keys.span();
    keys.finish(&mut reader.diagnostics);
    let above = |scale: f64| scale > 0.0 && scale.is_finite();
    let scale_sound = scale.map(|value| reader.real(value, "scale", above, "above zero and finite"));
    let chosen = test.map(|value| read_test(reader, value));
    let (main, apart) = (main?, apart?);
    if let (Some(value), true) = (test, apart.is_some()) {
        let message = "`test` draws the test from the samples, but the test set is given by itself";
        reader.push(Diagnostic::error(Code::Conflict, value.span, message).help("leave `test` out"));
    }
    if main.is_none() && apart.is_none() {
        let error = Diagnostic::error(Code::MissingKey, span, "`[data]` names no samples");
        reader.push(error.help("add `source = \"digits\"`, or name files: `images` and `labels`, `csv`, `npz`"));
        return None;
    }
    if main.is_none() && needs_training {
        let message = "`[data]` has a test set alone, but there is something to train";
        let error = Diagnostic::error(Code::MissingKey, span, message);
        reader.push(error.help("name samples to train with: `images` and `labels`, `csv`, `npz`, or `source`"));
    }
    // Read even if something else is wrong: mistakes within files come at once with those of the config.
    let (main, apart) = (load(reader, main, sizes), load(reader, apart, sizes));
    let (main, apart) = (main?, apart?);
    let (chosen, scale) = (chosen.unwrap_or(Some(TEST))?, scale_sound.map_or(Some(None), |scale| scale.map(Some))?);
    let classes = *sizes?.last()?;
    let place = test.map_or(span, |value| value.span);
    part(reader, Parts { main, apart, chosen, scale, classes, seed, place, needs_training })
}

/// The one source that `keys` name; `Some(None)` for none, `None` for a mistake.
fn sources(
    reader: &mut Reader,
    keys: &mut Keys,
    [images, labels, csv, npz]: [&'static str; 4],
    builtin: Option<&Value>,
) -> Option<Option<Placed>> {
    let (x, y) = (keys.optional(images), keys.optional(labels));
    let (csv, npz) = ((csv, keys.optional(csv)), (npz, keys.optional(npz)));
    let mut named: Vec<(&str, &Value)> = vec![];
    named.extend(builtin.map(|value| ("source", value)));
    named.extend(x.or(y).map(|value| (if x.is_some() { images } else { labels }, value)));
    named.extend([csv, npz].into_iter().filter_map(|(key, value)| Some((key, value?))));
    if let [(first, _), (second, value), ..] = named[..] {
        let message = format!("`[data]` has `{first}` and `{second}`: samples come from one place");
        reader.push(Diagnostic::error(Code::Conflict, value.span, message).help("remove one of them"));
        return None;
    }
    if let (Some(value), None) | (None, Some(value)) = (x, y) {
        let (written, missing) = if x.is_some() { (images, labels) } else { (labels, images) };
        let error =
            Diagnostic::error(Code::MissingKey, value.span, format!("`[data]` has `{written}`, but no `{missing}`"));
        reader.push(error.help("IDX files come in pairs: one of images, one of labels"));
        return None;
    }
    let path = |reader: &mut Reader, key: &str, value: &Value| Some(reader.file(value, key)?.path);
    if let (Some(x), Some(y)) = (x, y) {
        let (image_file, label_file) = (path(reader, images, x), path(reader, labels, y));
        let source = Source::Idx { images: image_file?, labels: label_file? };
        return Some(Some(Placed { source, x: x.span, y: y.span }));
    }
    let Some((key, value)) = named.first() else { return Some(None) };
    let source = match *key {
        "source" => reader.choice(value, "source", &[("digits", ())]).map(|()| Source::Digits)?,
        key if key == csv.0 => Source::Csv(path(reader, key, value)?),
        key => Source::Npz(path(reader, key, value)?),
    };
    Some(Some(Placed { source, x: value.span, y: value.span }))
}

/// `0.2` or `"last 360"`.
fn read_test(reader: &mut Reader, value: &Value) -> Option<Test> {
    if let Written::Text(text) = &value.data
        && let Some(count) = text.strip_prefix("last")
    {
        return match count.trim().parse::<usize>() {
            Ok(count) if count > 0 => Some(Test::Last(count)),
            Ok(_) => {
                let error = Diagnostic::error(Code::OutOfRange, value.span, "the test split is empty: `last 0`");
                reader.push(error.help("write `test = \"last 360\"` for the last 360 samples"));
                None
            }
            Err(_) => {
                let message = format!("`test` cannot be `{text}`");
                let error = Diagnostic::error(Code::WrongType, value.span, message);
                reader.push(
                    error.help("write `test = \"last 360\"` for the last 360 samples, or a fraction: `test = 0.2`"),
                );
                None
            }
        };
    }
    let number = match reader.evaluator.number(value, "") {
        Ok(number) => number,
        Err(error) => {
            reader.push(error.help("write a fraction, `test = 0.2`, or `test = \"last 360\"`"));
            return None;
        }
    };
    if number > 0.0 && number <= 1.0 {
        return Some(Test::Fraction(number));
    }
    let error = match number {
        0.0 => Diagnostic::error(Code::OutOfRange, value.span, "the test split is empty: `test` is 0"),
        _ => {
            Diagnostic::error(Code::OutOfRange, value.span, format!("`test` is {number}, but is a fraction of 0 to 1"))
        }
    };
    let last = format!("`test = \"last {number}\"`");
    reader.push(match number > 1.0 && number.fract() == 0.0 {
        true => error.help(format!("for the last samples write {last}")),
        false => error.help("write a fraction such as `test = 0.2`"),
    });
    None
}

/// Reads the samples and checks them; `Some(None)` where none are named.
fn load(reader: &mut Reader, placed: Option<Placed>, sizes: Option<&[usize]>) -> Option<Option<Raw>> {
    let Some(placed) = placed else { return Some(None) };
    let raw = match source::read(&placed.source) {
        Ok(raw) => raw,
        Err(error) => {
            // Which of a pair is wrong is said by its name.
            let labels = |message: &str| match &placed.source {
                Source::Idx { labels, .. } => message.starts_with(&format!("cannot read `{}`", labels.display())),
                _ => false,
            };
            for diagnostic in error.diagnostics {
                let span = if labels(&diagnostic.message) { placed.y } else { placed.x };
                reader.push(Diagnostic { span, ..diagnostic });
            }
            return None;
        }
    };
    let [inputs, .., classes] = *sizes? else { return None };
    let mistakes = check(&raw, inputs, classes);
    for mistake in &mistakes {
        let span = if mistake.labels { placed.y } else { placed.x };
        let error = Diagnostic::error(mistake.code, span, mistake.message.as_str());
        reader.push(mistake.help.iter().fold(error, |error, help| error.help(help.as_str())));
    }
    mistakes.is_empty().then_some(Some(raw))
}

struct Parts {
    main: Option<Raw>,
    apart: Option<Raw>,
    chosen: Test,
    scale: Option<f64>,
    classes: usize,
    seed: u64,
    /// Of `test`, or of the table.
    place: Span,
    needs_training: bool,
}

fn part(reader: &mut Reader, parts: Parts) -> Option<Data> {
    let scaled = |raw: &Raw| parts.scale.unwrap_or(raw.scale);
    let (train, test) = match (&parts.main, &parts.apart) {
        (Some(main), Some(apart)) => (split::all(main, scaled(main)), split::all(apart, scaled(apart))),
        (Some(main), None) => split::split(main, parts.chosen, scaled(main), parts.seed),
        (None, Some(apart)) => (Samples::default(), split::all(apart, scaled(apart))),
        (None, None) => return None,
    };
    let total = train.len() + test.len();
    let trouble = match parts.chosen {
        Test::Last(count) if count > total && parts.apart.is_none() => {
            Some((format!("the last {count} samples are the test, but there are only {total}"), "keep fewer for it"))
        }
        _ if test.is_empty() => {
            Some((format!("the test split is empty: too small a part of {total} samples"), "keep more for it"))
        }
        // That there are none to train with has been said of a test set alone.
        _ if train.is_empty() && parts.needs_training && parts.main.is_some() => {
            Some((format!("nothing is left to train with: all {total} samples are the test"), "keep fewer for it"))
        }
        _ => None,
    };
    if let Some((message, help)) = trouble {
        reader.push(Diagnostic::error(Code::OutOfRange, parts.place, message).help(help));
        return None;
    }
    let raw = parts.main.as_ref().or(parts.apart.as_ref())?;
    let what = if raw.image.is_some() { "images" } else { "samples" };
    let source = format!("{}, {total} {what}", raw.name);
    Some(Data { source, classes: parts.classes, image: raw.image, train, test })
}
