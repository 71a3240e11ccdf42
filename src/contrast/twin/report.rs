//! What is said of a twin: numbers for programs, lines for the terminal, sections for the page.

use super::super::Findings;
use super::super::html::{Section, Table};
use super::charts;
use super::compare::{Compared, Twin};
use super::reasons::{AGREES, short};
use super::settings::gain_unit;
use crate::rate::relax::{Mode, Settling};
use crate::rate::units::Size;
use serde_json::{Map, Value, json};

/// Longer names are cut in the table of the terminal.
const NAME: usize = 20;
/// Columns of a terminal.
const WIDTH: usize = 80;

pub fn findings(twin: &Twin) -> Findings {
    Findings { json: numbers(twin), sections: sections(twin), summary: summary(twin), ..Findings::default() }
}

fn numbers(twin: &Twin) -> Map<String, Value> {
    let populations: Map<String, Value> =
        twin.populations.iter().map(|population| (population.name.clone(), one(population))).collect();
    let settled = match twin.settling {
        Settling::Settled => json!(true),
        Settling::Driven => Value::Null,
        _ => json!(false),
    };
    let mut json = Map::new();
    json.insert("kind".into(), json!("twin"));
    json.insert("mode".into(), json!(twin.mode.name()));
    json.insert("per_neuron".into(), json!(twin.per_neuron));
    json.insert("warmup_ms".into(), json!(twin.warmup_ms));
    json.insert("duration_ms".into(), json!(twin.duration_ms));
    json.insert("settled".into(), settled);
    json.insert("times_ms".into(), json!(twin.times_ms));
    json.insert("populations".into(), Value::Object(populations));
    json
}

fn one(population: &Compared) -> Value {
    let reasons = population.reasons.iter();
    let reasons = reasons.map(|r| json!({ "kind": r.kind, "value": r.value, "unit": r.unit, "says": r.says }));
    let unit = population.unit.map(|unit| {
        let mut json = json!({
            "activation": unit.activation.name(),
            "gain": unit.gain,
            "gain_unit": gain_unit(population.drive_unit),
            "threshold": unit.threshold,
            "threshold_unit": population.drive_unit,
            "tau_ms": population.tau_ms,
            "fit_r2": population.fit_r2,
        });
        if let Some(key) = Size::of(unit.activation).key() {
            json[format!("{key}_hz")] = json!(unit.size);
        }
        json
    });
    let curve = &population.curve;
    json!({
        "cell": population.cell,
        "size": population.size,
        "spikes_rate_hz": population.spikes_hz,
        "twin_rate_hz": population.twin_hz,
        "relative_error": population.relative_error,
        "r2": population.r2,
        "neuron_correlation": population.neuron_correlation,
        "correlation": population.correlation,
        "drive": { "spikes": population.drives.1, "twin": population.drives.0, "unit": population.drive_unit },
        "difference_hz": {
            "input": population.parts.input,
            "fit": population.parts.fit,
            "mean_field": population.parts.mean_field,
        },
        "reasons": reasons.collect::<Vec<_>>(),
        "unit": unit,
        "f_i": {
            "unit": population.drive_unit,
            "rheobase": curve.rheobase,
            "drive": curve.points.iter().map(|point| point.drive).collect::<Vec<_>>(),
            "rate_hz": curve.points.iter().map(|point| point.rate).collect::<Vec<_>>(),
            "onset_hz": curve.points.iter().map(|point| point.onset).collect::<Vec<_>>(),
        },
        "in_time": { "spikes_hz": population.spikes_in_time, "twin_hz": population.twin_in_time },
    })
}

/// "+3.1 %", or a dash.
fn percent(ratio: Option<f64>) -> String {
    match ratio {
        Some(ratio) if ratio.abs() < 10.0 => format!("{:+.1} %", 100.0 * ratio),
        Some(ratio) => format!("x {:.0}", 1.0 + ratio),
        None => "-".into(),
    }
}

fn coefficient(value: Option<f64>) -> String {
    match value {
        Some(value) if value > -10.0 => format!("{value:.3}"),
        Some(_) => "< -10".into(),
        None => "-".into(),
    }
}

fn agrees(population: &Compared) -> bool {
    let scale = population.spikes_hz.max(population.twin_hz).max(1.0);
    (population.twin_hz - population.spikes_hz).abs() <= AGREES * scale
}

/// In a few words.
fn verdict(population: &Compared) -> String {
    if !population.has_membrane {
        return "given".into();
    }
    let mut kinds: Vec<&str> = population.reasons.iter().map(|reason| reason.kind).collect();
    kinds.dedup();
    match (agrees(population), kinds.is_empty()) {
        (true, _) => "agrees".into(),
        (false, true) => "differs".into(),
        (false, false) => kinds[..kinds.len().min(2)].join(", "),
    }
}

fn summary(twin: &Twin) -> String {
    let mut lines = vec![mode_line(twin)];
    let longest = twin.populations.iter().map(|population| population.name.chars().count()).max().unwrap_or(0);
    let width = longest.clamp("population".len(), NAME);
    let row = |cells: [&str; 6]| {
        let [name, spikes, rates, error, r2, why] = cells;
        let line = format!("{name:<width$} {spikes:>10} {rates:>10} {error:>9} {r2:>6}  {why}");
        line.chars().take(WIDTH).collect::<String>().trim_end().to_string()
    };
    lines.push(row(["population", "spikes", "twin", "error", "R2", "why not"]));
    for population in &twin.populations {
        let name: String = population.name.chars().take(NAME).collect();
        let hz = |rate: f64| format!("{rate:.1} Hz");
        lines.push(row([
            &name,
            &hz(population.spikes_hz),
            &hz(population.twin_hz),
            &percent(population.relative_error),
            &coefficient(population.r2),
            &verdict(population),
        ]));
    }
    for population in twin.populations.iter().filter(|population| population.has_membrane && !agrees(population)) {
        if let Some(reason) = population.reasons.first() {
            lines.extend(wrapped(&format!("{}: {}", population.name, reason.says)));
        }
    }
    lines.join("\n") + "\n"
}

/// Lines that fit a terminal, all but the first indented.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        if lines[last].chars().count() + 1 + word.chars().count() > WIDTH && !lines[last].trim().is_empty() {
            lines.push(format!("  {word}"));
        } else {
            let space = if lines[last].is_empty() { "" } else { " " };
            lines[last] = format!("{}{space}{word}", lines[last]);
        }
    }
    lines
}

fn mode_line(twin: &Twin) -> String {
    let how = match twin.mode {
        Mode::Layered => "layered: each population of units evaluated once",
        Mode::Recurrent => "recurrent: rates relaxed in time",
    };
    let what = if twin.per_neuron { "a unit for each neuron" } else { "a unit for each population" };
    format!("{how}, {what}")
}

fn sections(twin: &Twin) -> Vec<Section> {
    let mut sections = vec![overview(twin)];
    sections.push(Section {
        heading: "Rates in time".into(),
        paragraphs: vec![in_time_words(twin)],
        tables: vec![],
        pictures: charts::in_time(twin).into_iter().collect(),
    });
    sections.push(units(twin));
    if let Some(picture) = charts::neurons(twin) {
        sections.push(Section {
            heading: "Neuron by neuron".into(),
            paragraphs: vec![
                "R2 is 1 where each neuron has the rate of its unit, 0 where the mean of all would have told as much, and \
                 below 0 where it would have told more."
                    .into(),
            ],
            tables: vec![],
            pictures: vec![picture],
        });
    }
    sections.push(why(twin));
    sections
}

fn overview(twin: &Twin) -> Section {
    let row = |population: &Compared| {
        vec![
            population.name.clone(),
            population.size.to_string(),
            format!("{:.2}", population.spikes_hz),
            format!("{:.2}", population.twin_hz),
            percent(population.relative_error),
            coefficient(population.r2),
            coefficient(population.correlation),
            verdict(population),
        ]
    };
    let head = ["population", "neurons", "spikes (Hz)", "twin (Hz)", "error", "R2", "correlation in time", "why not"];
    let table = Table { head: head.map(String::from).to_vec(), rows: twin.populations.iter().map(row).collect() };
    Section {
        heading: "One network, twice".into(),
        paragraphs: vec![
            "The network ran as spikes, and again as numbers: in place of each population's cells stand units whose function \
             is fitted to the f-I curve of the very same cell. Wiring and input are the same; a spike's charge times a rate \
             is a mean drive."
                .into(),
            format!(
                "The twin is {}. Rates are means from {} ms to {} ms.",
                mode_line(twin),
                twin.warmup_ms,
                twin.duration_ms
            ),
        ],
        tables: vec![table],
        pictures: vec![],
    }
}

fn in_time_words(twin: &Twin) -> String {
    match (twin.mode, twin.unsettled()) {
        (Mode::Layered, _) => {
            "Nothing feeds back and nothing outside changes, so the twin knows one rate for all times: \
                               what the spikes do at the start, it does not see."
                .into()
        }
        (Mode::Recurrent, Some(unsettled)) => {
            format!("Each rate follows its drive with the time constant of the membrane. Note: {unsettled}.")
        }
        (Mode::Recurrent, None) => "Each rate follows its drive with the time constant of the membrane.".into(),
    }
}

fn units(twin: &Twin) -> Section {
    let row = |population: &Compared| {
        let unit = population.unit?;
        Some(vec![
            population.name.clone(),
            unit.activation.name().to_string(),
            format!("{} {}", short(unit.gain), gain_unit(population.drive_unit)),
            format!("{} {}", short(unit.threshold), population.drive_unit),
            coefficient(population.fit_r2),
            format!("{} {}", short(population.drives.1), population.drive_unit),
        ])
    };
    let head = ["population", "function", "gain", "threshold", "R2 of the fit", "mean drive met"];
    let table =
        Table { head: head.map(String::from).to_vec(), rows: twin.populations.iter().filter_map(row).collect() };
    Section {
        heading: "From cell to unit".into(),
        paragraphs: vec![
            "Copies of each cell, each with a constant drive, ran on the same engine. The unit is the function nearest to \
             their rates, unless `[unit.<population>]` gives it."
                .into(),
        ],
        tables: vec![table],
        pictures: charts::f_i(twin),
    }
}

fn why(twin: &Twin) -> Section {
    let mut rows = Vec::new();
    for population in &twin.populations {
        for reason in &population.reasons {
            let value = format!("{} {}", short(reason.value), reason.unit).trim_end().to_string();
            rows.push(vec![population.name.clone(), reason.kind.to_string(), value, reason.says.clone()]);
        }
    }
    let parts = |population: &Compared| {
        let parts = population.parts;
        let cells = [population.twin_hz - population.spikes_hz, parts.input, parts.fit, parts.mean_field];
        [vec![population.name.clone()], cells.map(|hz| format!("{hz:+.2}")).to_vec()].concat()
    };
    let differences = Table {
        head: ["population", "twin - spikes (Hz)", "another input", "unit, not curve", "mean, not spikes"]
            .map(String::from)
            .to_vec(),
        rows: twin.populations.iter().filter(|population| population.has_membrane).map(parts).collect(),
    };
    let reasons = Table { head: ["population", "reason", "number", ""].map(String::from).to_vec(), rows };
    Section {
        heading: "Where they part, and why".into(),
        paragraphs: vec![
            "The difference of two rates is the sum of three: the twin gives its unit another input than the spikes give \
             the cell; at the drive that was met, the unit is not its cell's f-I curve; and at that mean drive, the curve \
             is not what the cell did."
                .into(),
        ],
        tables: if reasons.rows.is_empty() { vec![differences] } else { vec![differences, reasons] },
        pictures: vec![],
    }
}
