//! The page of a layered contrast, section by section.

use super::cost::{self, FLOAT32, INT8};
use super::summary::{coefficient, percent, ratio, sentences, short};
use super::{ColumnMeasured, Measured, measures, pictures};
use crate::contrast::html::{Section, Table};

/// Wider confusion matrices are left to `contrast.json`.
const MOST_CLASSES: usize = 20;

pub fn sections(measured: &Measured) -> Vec<Section> {
    let all = [
        overview(measured),
        rates(measured),
        sample(measured),
        costs(measured),
        latency(measured),
        robustness(measured),
        confusion(measured),
        training(measured),
    ];
    all.into_iter()
        .filter(|section| !(section.paragraphs.is_empty() && section.tables.is_empty() && section.pictures.is_empty()))
        .collect()
}

fn table(head: &[&str], rows: Vec<Vec<String>>) -> Table {
    Table { head: head.iter().map(|cell| cell.to_string()).collect(), rows }
}

fn overview(measured: &Measured) -> Section {
    let seen = measured.seen;
    let sizes: Vec<String> = seen.sizes.iter().map(usize::to_string).collect();
    let image = seen.image.map_or(String::new(), |(height, width)| format!(", {height} x {width} pixels each"));
    let shown = format!("{} on {} test samples{image}. Layers: {}.", seen.data, seen.labels.len(), sizes.join("-"));
    let row = |column: &ColumnMeasured| {
        vec![
            column.name().to_string(),
            column.column.about.clone(),
            percent(column.accuracy),
            if column.spikes() { column.column.steps.to_string() } else { "-".into() },
            column.settles.filter(|_| column.spikes()).map_or("-".into(), |step| step.to_string()),
            format!("{:.2} s", column.column.seconds),
        ]
    };
    let near = format!("steps to within {}", percent(measures::WITHIN));
    let mut pictures = vec![];
    pictures.extend(measured.spiking().next().map(|_| pictures::accuracy(measured)));
    Section {
        heading: "One network, two codes".into(),
        paragraphs: [vec![shown], sentences(measured)].concat(),
        tables: vec![table(
            &["column", "what it is", "accuracy", "steps", &near, "computed in"],
            measured.columns.iter().map(row).collect(),
        )],
        pictures,
    }
}

fn rates(measured: &Measured) -> Section {
    let mut rows = vec![];
    for column in measured.spiking() {
        for (number, layer) in column.layers.iter().enumerate() {
            rows.push(vec![
                column.name().to_string(),
                (number + 1).to_string(),
                layer.size.to_string(),
                layer.r2.map_or("-".into(), coefficient),
                percent(layer.silent),
                percent(layer.saturated),
                short(layer.spikes),
            ]);
        }
    }
    if rows.is_empty() {
        return Section::default();
    }
    let mut paragraphs = vec![format!(
        "A rate says its activation as spikes a step over the full rate; the ReLU network's activation is divided by what \
         the full rate stands for and clipped to 0..1 (of the output layer, the logits). R2 is 1 - SS(rate - activation) / \
         SS(activation - mean), without a fit: below {} a layer diverges. Silent is a unit that spikes on no sample, \
         saturated one that comes to {} of its full rate on some sample. A network trained as spikes has other weights \
         and so nothing to compare its rates with.",
        measures::DIVERGES,
        percent(measures::SATURATED)
    )];
    for column in measured.spiking().filter(|column| measures::stands_for_relu(column.column)) {
        paragraphs.push(match column.diverges() {
            Some((layer, r2)) => {
                format!("`{}` diverges first in layer {layer} (R2 {}).", column.name(), coefficient(r2))
            }
            None => format!("`{}` diverges in no layer.", column.name()),
        });
    }
    let head = ["column", "layer", "units", "R2", "silent", "saturated", "spikes a sample"];
    Section {
        heading: "Rates and activations".into(),
        paragraphs,
        tables: vec![table(&head, rows)],
        pictures: pictures::rates(measured),
    }
}

fn sample(measured: &Measured) -> Section {
    let mut pictures: Vec<_> = pictures::shown(measured).into_iter().collect();
    pictures.extend(pictures::rasters(measured));
    let seen = measured.seen;
    let label = seen.labels.get(seen.shown);
    let says = |name: &str, decision: Option<&u8>| decision.map(|decision| format!("{name} says {decision}"));
    let mut all: Vec<String> =
        says("the ReLU network", seen.reference.predictions.get(seen.shown)).into_iter().collect();
    all.extend(measured.spiking().filter_map(|column| {
        says(&format!("`{}`", column.name()), column.column.decisions.last().and_then(|last| last.get(seen.shown)))
    }));
    let text = label.map(|label| format!("Test sample {} is a {label}; {}.", seen.shown, all.join(", ")));
    if pictures.is_empty() {
        return Section::default();
    }
    Section {
        heading: "One sample in both codes".into(),
        paragraphs: text.into_iter().collect(),
        pictures,
        ..Section::default()
    }
}

fn costs(measured: &Measured) -> Section {
    let relu = &measured.cost;
    let row = |name: &str, cost: &cost::Cost, even: String| {
        vec![
            name.to_string(),
            short(cost.spikes),
            short(cost.synops),
            short(cost.macs),
            short(cost.energy(FLOAT32)),
            ratio(cost.energy(FLOAT32), relu.energy(FLOAT32)),
            short(cost.energy(INT8)),
            ratio(cost.energy(INT8), relu.energy(INT8)),
            short(cost.energy_of_updates(FLOAT32)),
            even,
        ]
    };
    let mut rows = vec![row("ReLU network", relu, "-".into())];
    for column in measured.spiking() {
        let even = column.break_even.map_or(format!("> {}", column.column.steps), |step| step.to_string());
        rows.push(row(column.name(), &column.cost, even));
    }
    if rows.len() == 1 {
        return Section::default();
    }
    let head = [
        "a sample",
        "spikes",
        "synops",
        "MACs",
        "nJ, 32-bit float",
        "of ReLU's",
        "nJ, 8-bit integer",
        "of ReLU's",
        "neurons' updates, nJ",
        "dearer from step",
    ];
    Section {
        heading: "What it costs".into(),
        paragraphs: cost::ASSUMPTIONS.iter().map(|text| text.to_string()).collect(),
        tables: vec![table(&head, rows)],
        pictures: vec![pictures::energy(measured)],
    }
}

fn latency(measured: &Measured) -> Section {
    let rows: Vec<Vec<String>> = measured
        .spiking()
        .map(|column| {
            let latency = &column.latency;
            vec![column.name().to_string(), short(latency.mean), short(latency.median), short(latency.p95)]
        })
        .collect();
    if rows.is_empty() {
        return Section::default();
    }
    Section {
        heading: "How long it takes".into(),
        paragraphs: vec!["Latency is the first step from which a decision stays what it is at the end.".into()],
        tables: vec![table(&["column", "mean steps", "median", "95 %"], rows)],
        pictures: vec![pictures::latency(measured)],
    }
}

fn robustness(measured: &Measured) -> Section {
    let pictures: Vec<_> = pictures::noise(measured).into_iter().collect();
    if pictures.is_empty() {
        return Section::default();
    }
    let text = "Gaussian noise added to the input. Whoever looks several times may average, so both codes get as many \
                looks; a spiking network spends an equal part of its steps on each.";
    Section { heading: "Noise".into(), paragraphs: vec![text.into()], pictures, ..Section::default() }
}

fn confusion(measured: &Measured) -> Section {
    if measured.seen.classes > MOST_CLASSES || measured.seen.labels.is_empty() {
        return Section::default();
    }
    Section {
        heading: "What is mistaken for what".into(),
        pictures: pictures::confusion(measured),
        ..Section::default()
    }
}

fn training(measured: &Measured) -> Section {
    let all = &measured.seen.training;
    let last = |values: &[f64]| values.last().map_or(f64::NAN, |value| *value);
    let rows = all.iter().map(|training| {
        vec![
            training.activation.clone(),
            training.loss.len().to_string(),
            short(last(&training.loss)),
            percent(last(&training.accuracy)),
            percent(training.test_accuracy),
        ]
    });
    if all.is_empty() {
        return Section::default();
    }
    let head = ["activation", "epochs", "loss at the end", "training accuracy", "test accuracy"];
    Section {
        heading: "Training, and the activation function".into(),
        paragraphs: vec![],
        tables: vec![table(&head, rows.collect())],
        pictures: pictures::training(measured).into_iter().chain(pictures::gradients(measured)).collect(),
    }
}
