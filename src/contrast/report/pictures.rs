//! The pictures of a layered contrast, from what was measured.

use super::{ColumnMeasured, Measured, measures, summary};
use crate::contrast::html::Picture;
use crate::contrast::seen::{LayerSeen, NoiseSeen, TrainingSeen};
use crate::plots::chart::{Chart, ChartPanel, Curve, Look};
use crate::plots::layers::{LayerPicture, LayersPicture};
use crate::plots::matrix::Matrix;

/// Dots of one panel of rates against activations.
const MOST_DOTS: usize = 2000;
/// Spikes of one raster.
const MOST_SPIKES: usize = 6000;
const HEIGHT: f64 = 130.0;
const TALL: f64 = 300.0;
/// Black: what everything is compared with.
const RELU: usize = 6;

fn curve(name: &str, points: Vec<(f64, f64)>, look: Look, color: usize) -> Curve {
    Curve { name: name.into(), points, look, color }
}

fn quantity(name: &str, unit: &str) -> (String, String) {
    (name.into(), unit.into())
}

fn picture(name: String, caption: &str, chart: Chart) -> Picture {
    Picture { name, caption: caption.into(), drawing: chart.draw() }
}

/// Of a column's picture; names that are no file names give way to a number.
fn file_name(what: &str, number: usize, column: &ColumnMeasured) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    match column.name().chars().all(plain) {
        true => format!("{what}_{}", column.name()),
        false => format!("{what}_column{}", number + 1),
    }
}

/// Spiking columns with their places among all, which give their colours.
fn spiking<'m>(measured: &'m Measured<'m>) -> impl Iterator<Item = (usize, &'m ColumnMeasured<'m>)> {
    measured.columns.iter().enumerate().filter(|(_, column)| column.spikes())
}

/// A value for each step, from step 1.
fn by_step(values: &[f64]) -> Vec<(f64, f64)> {
    values.iter().enumerate().map(|(step, value)| ((step + 1) as f64, *value)).collect()
}

/// A value that does not change, over as many steps as the longest column has.
fn level(measured: &Measured, value: f64) -> Vec<(f64, f64)> {
    let longest = measured.columns.iter().map(|column| column.column.steps).max().unwrap_or(1);
    vec![(1.0, value), (longest.max(2) as f64, value)]
}

pub fn accuracy(measured: &Measured) -> Picture {
    let mut curves: Vec<Curve> = spiking(measured)
        .map(|(number, column)| {
            let percent: Vec<f64> = column.accuracy_vs_time.iter().map(|part| 100.0 * part).collect();
            curve(column.name(), by_step(&percent), Look::Line, number)
        })
        .collect();
    curves.push(curve("ReLU network", level(measured, 100.0 * measured.accuracy), Look::Dashes, RELU));
    let panel = ChartPanel { y: quantity("accuracy", "%"), height: TALL, curves, range: Some((0.0, 100.0)) };
    let chart = Chart {
        log_x: true,
        title: "accuracy against time".into(),
        notes: vec![format!("test samples: {}", measured.seen.labels.len())],
        x: quantity("step", ""),
        panels: vec![panel],
    };
    let caption = "What each column would answer if it were stopped after a step. The dashed line is the ReLU network, \
                   which answers at once. Look at how soon a column comes near it, and whether it stays.";
    picture("accuracy".into(), caption, chart)
}

/// nJ spent by each step, of all columns that spike.
pub fn energy(measured: &Measured) -> Picture {
    let relu = measured.cost.energy(super::FLOAT32);
    let mut curves: Vec<Curve> = spiking(measured)
        .map(|(number, column)| curve(column.name(), by_step(&column.energy), Look::Line, number))
        .collect();
    curves.push(curve("ReLU network", level(measured, relu), Look::Dashes, RELU));
    let chart = Chart {
        log_x: true,
        title: "energy spent by a step".into(),
        notes: vec!["arithmetic of one sample, 32-bit floats at 45 nm; memory left out".into()],
        x: quantity("step", ""),
        panels: vec![ChartPanel { y: quantity("energy", "nJ"), height: TALL, curves, range: None }],
    };
    let caption = "Every spike costs additions, so spikes cost more the longer one waits; the ReLU network (dashed) pays \
                   once. Where a line crosses it, the spikes have cost as much.";
    picture("energy".into(), caption, chart)
}

/// Which part of the samples has made up its mind.
pub fn latency(measured: &Measured) -> Picture {
    let decided = |column: &ColumnMeasured| {
        let mut at = vec![0.0; column.column.steps];
        for step in &column.latency.steps {
            if let Some(samples) = at.get_mut(step - 1) {
                *samples += 100.0 / column.latency.steps.len() as f64;
            }
        }
        let mut sum = 0.0;
        at.iter_mut().for_each(|part| {
            sum += *part;
            *part = sum;
        });
        at
    };
    let curves =
        spiking(measured).map(|(number, column)| curve(column.name(), by_step(&decided(column)), Look::Line, number));
    let panel = ChartPanel {
        y: quantity("final decisions", "%"),
        height: TALL,
        curves: curves.collect(),
        range: Some((0.0, 100.0)),
    };
    let chart = Chart {
        log_x: true,
        title: "latency to the decision".into(),
        x: quantity("step", ""),
        panels: vec![panel],
        ..Chart::default()
    };
    let caption = "The part of the samples whose decision, right or wrong, no longer changes after a step.";
    picture("latency".into(), caption, chart)
}

/// `most` of `all` places, or all of them: spread evenly, each at most once, in no step with any layer's size.
///
/// Multiples of a number without a factor in common with `all`, near the golden section of it (Weyl's sequence).
fn spread(all: usize, most: usize) -> impl Iterator<Item = usize> {
    let common = |mut a: usize, mut b: usize| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let mut stride = (0.618_034 * all as f64) as usize + 1;
    while all > 1 && common(stride, all) != 1 {
        stride += 1;
    }
    (0..all.min(most)).map(move |k| (k as u64 * stride as u64 % all as u64) as usize)
}

/// One picture for each converted column.
pub fn rates(measured: &Measured) -> Vec<Picture> {
    let converted = spiking(measured).filter(|(_, column)| measures::stands_for_relu(column.column));
    converted.filter_map(|(number, column)| rates_of(measured, number, column)).collect()
}

fn rates_of(measured: &Measured, number: usize, column: &ColumnMeasured) -> Option<Picture> {
    let mut panels = vec![];
    for (place, layer) in column.column.layers.iter().enumerate() {
        let Some(activations) = measured.seen.reference.activations.get(place) else { continue };
        let Some(pair) = measures::rates(layer, activations, column.column.steps) else { continue };
        let r2 = column.layers[place].r2.map_or("-".into(), summary::coefficient);
        let dots = spread(layer.counts.len(), MOST_DOTS).map(pair).collect();
        panels.push(ChartPanel {
            y: quantity(&format!("rate, layer {}", place + 1), ""),
            height: 220.0,
            curves: vec![
                curve(&format!("R2 {r2}"), dots, Look::Dots, number),
                curve("equal", vec![(0.0, 0.0), (1.0, 1.0)], Look::Dashes, RELU),
            ],
            range: Some((0.0, 1.0)),
        });
    }
    let chart = Chart {
        log_x: false,
        title: format!("rates against activations: {}", column.name()),
        notes: vec![format!("{}; at most {MOST_DOTS} units and samples a layer", column.column.about)],
        x: quantity("activation, clipped to what a full rate says", ""),
        panels,
    };
    let caption = "A dot is a unit on one sample. On the dashed line its rate is its activation. Steps come from the \
                   countable number of spikes, a ceiling from units that cannot spike more often, a bend from what \
                   resets and leaks throw away.";
    (!chart.panels.is_empty()).then(|| picture(file_name("rates", number, column), caption, chart))
}

/// The shown sample: when each unit of each layer spiked.
pub fn rasters(measured: &Measured) -> Vec<Picture> {
    spiking(measured).map(|(number, column)| raster(measured, number, column)).collect()
}

fn raster(measured: &Measured, number: usize, column: &ColumnMeasured) -> Picture {
    let seen = measured.seen;
    let samples = seen.labels.len().max(1);
    let shown = |values: &Vec<f64>| {
        let size = values.len() / samples;
        values.get(seen.shown * size..(seen.shown + 1) * size).map_or(vec![], |part| part.to_vec())
    };
    let input = column.column.input.iter().map(|layer| ("input".to_string(), layer, vec![]));
    let layers = column.column.layers.iter().enumerate().map(|(place, layer)| {
        let name =
            if place + 1 == column.column.layers.len() { "output".into() } else { format!("layer {}", place + 1) };
        (name, layer, seen.reference.activations.get(place).map_or(vec![], shown))
    });
    let all: Vec<(String, &LayerSeen, Vec<f64>)> = input.chain(layers).collect();
    let steps = column.column.steps;
    let until = first_spikes(all.iter().map(|(_, layer, _)| *layer), steps);
    let mut notes = vec![format!("test sample {}; right of the spikes, what the ReLU network's units say", seen.shown)];
    notes.extend((until < steps).then(|| format!("the first {until} of {steps} steps")));
    let layer = |(name, layer, activations): (String, &LayerSeen, Vec<f64>)| LayerPicture {
        name,
        size: layer.size,
        spikes: layer.raster.iter().copied().filter(|(step, _)| (*step as usize) < until).collect(),
        activations,
    };
    let picture = LayersPicture {
        title: format!("one sample in spikes: {}", column.name()),
        notes,
        steps: until,
        x: quantity("step", ""),
        layers: all.into_iter().map(layer).collect(),
    };
    let caption = "A dot is a spike; layer by layer, each in the time of its own window. A long bar should stand beside a \
                   busy row.";
    Picture { name: file_name("raster", number, column), caption: caption.into(), drawing: picture.draw() }
}

/// How many steps can be shown before there are too many spikes to see.
fn first_spikes<'l>(layers: impl Iterator<Item = &'l LayerSeen>, steps: usize) -> usize {
    let mut whens: Vec<u32> = layers.flat_map(|layer| &layer.raster).map(|(step, _)| *step).collect();
    whens.sort_unstable();
    whens.get(MOST_SPIKES).map_or(steps, |step| (*step as usize).clamp(1, steps))
}

/// What is mistaken for what, by the network of numbers and by each column.
pub fn confusion(measured: &Measured) -> Vec<Picture> {
    let classes: Vec<String> = (0..measured.seen.classes).map(|class| class.to_string()).collect();
    let matrix = |file: String, name: &str, counts: &[Vec<u64>]| {
        let matrix = Matrix {
            title: format!("confusion matrix: {name}"),
            rows: classes.clone(),
            columns: classes.clone(),
            x_name: "taken for".into(),
            y_name: "is".into(),
            values: counts.iter().flatten().map(|count| *count as f64).collect(),
            ..Matrix::default()
        };
        let caption = "Test samples of a class (row) by what they were taken for (column), at the end of the run.";
        Picture { name: file, caption: caption.into(), drawing: matrix.draw() }
    };
    let relu = matrix("confusion_relu_network".into(), "ReLU network", &measured.confusion);
    let columns = spiking(measured)
        .map(|(number, column)| matrix(file_name("confusion", number, column), column.name(), &column.confusion));
    std::iter::once(relu).chain(columns).collect()
}

/// The shown sample: the ReLU network's activations, and the rates that stand for them.
pub fn shown(measured: &Measured) -> Option<Picture> {
    let reference = &measured.seen.reference.activations;
    let samples = measured.seen.labels.len();
    let mut panels = vec![];
    for (place, activations) in reference.iter().enumerate() {
        let size = activations.len() / samples.max(1);
        let first = measured.seen.shown * size;
        if size == 0 || first + size > activations.len() {
            continue;
        }
        let mut curves: Vec<Curve> = vec![];
        for (number, column) in spiking(measured).filter(|(_, column)| measures::stands_for_relu(column.column)) {
            let Some(layer) = column.column.layers.get(place).filter(|layer| layer.size == size) else { continue };
            let Some(pair) = measures::rates(layer, activations, column.column.steps) else { continue };
            if curves.is_empty() {
                let line = (0..size).map(|unit| (unit as f64, pair(first + unit).0)).collect();
                curves.push(curve("ReLU", line, Look::Line, RELU));
            }
            let dots = (0..size).map(|unit| (unit as f64, pair(first + unit).1)).collect();
            curves.push(curve(column.name(), dots, Look::Dots, number));
        }
        if !curves.is_empty() {
            let y = quantity(&format!("layer {}", place + 1), "");
            panels.push(ChartPanel { y, height: HEIGHT, curves, range: Some((0.0, 1.0)) });
        }
    }
    let chart = Chart {
        log_x: false,
        title: "one sample in activations and rates".into(),
        notes: vec![format!("test sample {}; activations on the scale of the first column shown", measured.seen.shown)],
        x: quantity("unit", ""),
        panels,
    };
    let caption = "The same sample in both codes: the line is what the ReLU network's units say, the dots how often the \
                   spiking units fired, 1 for every step.";
    (!chart.panels.is_empty()).then(|| picture("sample".into(), caption, chart))
}

pub fn noise(measured: &Measured) -> Option<Picture> {
    let mut names: Vec<&str> = vec![];
    for (name, _) in measured.seen.noise.iter().flat_map(|noise| &noise.accuracies) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let curves = names.iter().enumerate().map(|(place, name)| {
        let at = |noise: &NoiseSeen| {
            let found = noise.accuracies.iter().find(|(other, accuracy)| other == name && accuracy.is_finite());
            found.map(|(_, accuracy)| (noise.level, 100.0 * accuracy))
        };
        // `column`, or `column, 8 looks`: both in the column's colour.
        let of = |column: &str| name.strip_prefix(column).filter(|rest| rest.is_empty() || rest.starts_with(", "));
        let column = measured.columns.iter().position(|column| of(column.name()).is_some());
        let look = if name.ends_with(" looks") { Look::Line } else { Look::Dashes };
        curve(name, measured.seen.noise.iter().filter_map(at).collect(), look, column.unwrap_or(place))
    });
    let panel =
        ChartPanel { y: quantity("accuracy", "%"), height: TALL, curves: curves.collect(), range: Some((0.0, 100.0)) };
    let chart = Chart {
        log_x: false,
        title: "noise on the input".into(),
        x: quantity("noise, standard deviation", ""),
        panels: vec![panel],
        ..Chart::default()
    };
    let caption = "Dashed: one noisy look at each sample. Solid: several looks, each with noise of its own, whose scores \
                   are averaged. Compare lines of the same number of looks: a ReLU network may average, too.";
    (!names.is_empty()).then(|| picture("noise".into(), caption, chart))
}

/// Values by epoch, from 1.
fn by_epoch(name: &str, values: impl Iterator<Item = f64>, color: usize) -> Curve {
    let points = values.enumerate().map(|(epoch, value)| ((epoch + 1) as f64, value));
    curve(name, points.filter(|(_, value)| value.is_finite()).collect(), Look::Line, color)
}

pub fn training(measured: &Measured) -> Option<Picture> {
    let all = &measured.seen.training;
    let panel = |name: &str, unit: &str, range, of: &dyn Fn(&TrainingSeen) -> Vec<f64>| ChartPanel {
        y: quantity(name, unit),
        height: 200.0,
        curves: all
            .iter()
            .enumerate()
            .map(|(number, training)| by_epoch(&training.activation, of(training).into_iter(), number))
            .collect(),
        range,
    };
    let chart = Chart {
        log_x: false,
        title: "training".into(),
        x: quantity("epoch", ""),
        panels: vec![
            panel("loss", "", None, &|training| training.loss.clone()),
            panel("accuracy", "%", None, &|training| training.accuracy.iter().map(|part| 100.0 * part).collect()),
        ],
        ..Chart::default()
    };
    let caption = "Loss and accuracy on the training samples, by activation function.";
    (!all.is_empty()).then(|| picture("training".into(), caption, chart))
}

pub fn gradients(measured: &Measured) -> Option<Picture> {
    let panel = |training: &TrainingSeen| {
        let layers = training.gradient_norms.first().map_or(0, Vec::len);
        let norm = |epoch: &Vec<f64>, layer: usize| epoch.get(layer).map_or(f64::NAN, |norm| norm.log10());
        let of = |layer: usize| {
            let norms = training.gradient_norms.iter().map(|epoch| norm(epoch, layer));
            by_epoch(&format!("layer {}", layer + 1), norms, layer)
        };
        let y = quantity(&format!("log10 of gradient, {}", training.activation), "");
        ChartPanel { y, height: 200.0, curves: (0..layers).map(of).collect(), range: None }
    };
    let with = measured.seen.training.iter().filter(|training| !training.gradient_norms.is_empty());
    let panels: Vec<ChartPanel> = with.map(panel).collect();
    let chart = Chart { title: "gradients".into(), x: quantity("epoch", ""), panels, ..Chart::default() };
    let caption = "Norm of the loss's gradient with respect to each layer's weights. A sigmoid's slope is at most 1/4, so \
                   what reaches the first layers is small; a ReLU's is 1 where it is not 0.";
    (!chart.panels.is_empty()).then(|| picture("gradients".into(), caption, chart))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_takes_every_place_at_most_once_and_all_neurons_alike() {
        let mut all: Vec<usize> = spread(97, 1000).collect();
        all.sort_unstable();
        assert_eq!(all, (0..97).collect::<Vec<_>>());
        assert_eq!((spread(0, 10).count(), spread(1, 10).count()), (0, 1));
        // 360 samples of 10 units: 100 of them are 10 of each, but for the rounding of the golden section.
        let mut units = [0; 10];
        spread(3600, 100).for_each(|place| units[place % 10] += 1);
        assert!(units.iter().all(|number| (5..=15).contains(number)), "{units:?}");
    }
}
