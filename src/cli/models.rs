//! `axonal models`: what the shelves hold, from the tables that the shelves themselves read.

use serde_json::{Value, json};

use super::args::ModelsArguments;
use super::keys;
use super::schema;
use super::table::{explained, table, wrapped};
use super::terminal;
use crate::connectivity::{self, Argument, RuleInfo, distance};
use crate::error::{Code, Diagnostic, Error, Exit, Span};
use crate::model::{Default, ModelInfo, Parameter, Range};
use crate::plots::Kind;
use crate::recording::measures::{MeasureKind, unit};
use crate::{mechanisms, neurons, stimuli, synapses};

/// Something that can be named in a config.
struct Entry {
    shelf: &'static str,
    /// How it is written in a config.
    usage: String,
    name: &'static str,
    summary: &'static str,
    model: Option<&'static ModelInfo>,
}

/// Lists all, or explains those of one name.
pub fn models(arguments: &ModelsArguments) -> Result<Exit, Error> {
    let entries = entries();
    let Some(name) = &arguments.name else {
        let text = if arguments.json { json_text(&entries.iter().collect::<Vec<_>>()) } else { list(&entries) };
        return terminal::print(&text);
    };
    let found: Vec<&Entry> = entries.iter().filter(|entry| entry.name == name).collect();
    if found.is_empty() {
        if let Some(page) = keys::of_table(name).filter(|_| !arguments.json) {
            return terminal::print(&(page + "next: axonal models\n"));
        }
        let mut known: Vec<&str> = entries.iter().map(|entry| entry.name).collect();
        known.extend(keys::near(name));
        known.dedup();
        let message = format!("there is no model `{name}`");
        let diagnostic = Diagnostic::error(Code::UnknownName, Span::NONE, message).suggest(name, known);
        return Err(Error::input(vec![diagnostic.help("`axonal models` lists all")], std::default::Default::default()));
    }
    if arguments.json {
        return terminal::print(&json_text(&found));
    }
    let mut out = found.iter().map(|entry| explain(entry)).collect::<Vec<_>>().join("\n");
    out += &format!("next: {}\n", next(found[0]));
    terminal::print(&out)
}

fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut shelf = |shelf: &'static str, usage: &str, models: Vec<&'static ModelInfo>| {
        entries.extend(models.into_iter().map(|model| Entry {
            shelf,
            usage: usage.replace("NAME", model.name),
            name: model.name,
            summary: model.summary,
            model: Some(model),
        }));
    };
    shelf("neurons", "model = \"NAME\" in [cell.x]", neurons::ALL.to_vec());
    shelf("mechanisms", "mechanisms.NAME = {} in a cable's [cell.x]", mechanisms::ALL.iter().map(|m| m.info).collect());
    shelf("synapses", "model = \"NAME\" in [synapse.x]", synapses::ALL.to_vec());
    shelf("synapses", "[synapse.x.NAME]", vec![&synapses::short_term::INFO, &synapses::quantal::INFO]);
    shelf("stimuli", "kind = \"NAME\" in [stimulus.x]", stimuli::ALL.to_vec());
    entries.extend(connectivity::ALL.iter().map(|rule| Entry {
        shelf: "connection rules",
        usage: rule_usage(rule),
        name: rule.name,
        summary: rule.summary,
        model: None,
    }));
    entries.extend(Kind::ALL.iter().map(|kind| Entry {
        shelf: "plots",
        usage: format!("kind = \"{}\" in [plot.x]", kind.name()),
        name: kind.name(),
        summary: plot_summary(*kind),
        model: None,
    }));
    entries.extend(MeasureKind::ALL.iter().map(|kind| Entry {
        shelf: "measures",
        usage: format!("kind = \"{}\" in [measure.x]", kind.name()),
        name: kind.name(),
        summary: measure_summary(*kind),
        model: None,
    }));
    entries
}

fn rule_usage(rule: &RuleInfo) -> String {
    let name = rule.name;
    let written = match rule.argument {
        Argument::None => format!("rule = \"{name}\""),
        Argument::Pairs => format!("rule = {{ {name} = [[0, 1], [1, 2]] }}"),
        Argument::Probability => format!("rule = {{ {name} = 0.1 }}"),
        Argument::Count => format!("rule = {{ {name} = 100 }}"),
        Argument::Mean => format!("rule = {{ {name} = 100 }}"),
        Argument::File => format!("rule = {{ {name} = \"connections.csv\" }}"),
        Argument::Distance => {
            let numbers = distance::shape(name).map_or(&[][..], |shape| shape.parameters);
            let number = |p: &Parameter| match p.unit {
                "" => format!("{} = 0.5", p.name),
                unit => format!("{} = \"100 {unit}\"", p.name),
            };
            let numbers: Vec<String> = numbers.iter().map(number).collect();
            format!("rule = {{ {name} = {{ {} }} }}", numbers.join(", "))
        }
    };
    let gaps = if rule.for_gaps { ", or in [gap_junction.x]" } else { "" };
    let also = match (rule.explicit, rule.asks_multapses) {
        (true, _) => "",
        (_, false) => "; `autapses` must be stated where `from` and `to` overlap",
        (_, true) => "; `multapses` must be stated, and `autapses` where `from` and `to` overlap",
    };
    let more = match rule.argument {
        Argument::Distance => {
            "; `within = \"500 um\"` leaves out pairs farther apart, `periodic = true` lets opposite edges touch, for \
             `delay = { base = \"0.5 ms\", speed = \"0.3 m/s\" }`, too; both populations need a `position`, such as \
             `position = { grid = [40, 40], extent = [\"1 mm\", \"1 mm\"] }`: see `axonal models position`"
        }
        Argument::File => {
            "; its columns `source` and `target` count within the selections from 0, `weight_pA` (or nS, mV) and \
             `delay_ms` stand for the keys `weight` and `delay`; a recorder with `of = \"<projection>\"` and \
             `what = \"connections\"` writes such a file"
        }
        _ => "",
    };
    format!("{written} in [projection.x]{gaps}{also}{more}")
}

fn plot_summary(kind: Kind) -> &'static str {
    match kind {
        Kind::Trace => "recorded variables over time, a panel each",
        Kind::Raster => "a dot for each spike: who fired when",
        Kind::SpaceTime => "V_m along a section over time, as colours",
        Kind::PhasePlane => "one variable against another, with nullclines if asked for",
        Kind::FI => "firing rate against a stimulus' amplitude, neuron by neuron",
        Kind::Rate => "population rates over time, in the bins of a recorder or counted from spikes",
        Kind::Isi => "histograms of the intervals between spikes, with their CV",
        Kind::Correlation => "histograms of the correlation coefficients of pairs of neurons",
        Kind::Spectrum => "power of a population's spikes against frequency",
        Kind::Connectivity => "synapses between populations as a matrix, and how many neurons have",
        Kind::Network => "a page with a row for each population: spikes, rate, intervals, CV, correlation",
        Kind::Map => "neurons where they are, in the colour of their first spike",
        Kind::Channel => "steady values and time constants of gates against V",
        Kind::Currents => "currents of the mechanisms at one place, stacked, under V",
        Kind::Morphology => "a cell from a file, to scale, in the colour of V at a time or of the spike's arrival",
        Kind::Release => "what happens at a synapse: each variable in a panel of its own",
    }
}

fn measure_summary(kind: MeasureKind) -> &'static str {
    match kind {
        MeasureKind::Velocity => "m/s: path distance between two places / time between their crossings",
        MeasureKind::Latency => "ms: crossing at `to` minus that at `from`, or `start`",
        MeasureKind::Peak => "mV: largest V_m",
        MeasureKind::Amplitude => "mV: peak minus V_m at `start`",
        MeasureKind::Attenuation => "amplitude at `to` / amplitude at `from`",
        MeasureKind::Width => "ms: time above half of the amplitude, around the peak",
        MeasureKind::MaxSlope => "mV/ms: steepest rise of V_m",
        MeasureKind::AfterHyperpolarisation => "mV: how far V_m falls below its value at `start`, after the peak",
        MeasureKind::Rate => "Hz: spikes a second and neuron",
        MeasureKind::Cv => "coefficient of variation of the intervals between spikes",
        MeasureKind::Synchrony => {
            "variance / mean of a population's spike counts in bins: 1 if independent, N in unison"
        }
        MeasureKind::Fano => "variance / mean of a neuron's spike counts in bins: 0 a clock, 1 a Poisson process",
        MeasureKind::Correlation => "mean coefficient of the spike counts of pairs of neurons",
        MeasureKind::SpectrumPeak => "Hz: frequency at which a population's spikes have most power",
    }
}

fn list(entries: &[Entry]) -> String {
    let mut out = String::new();
    for shelf in entries.chunk_by(|a, b| a.shelf == b.shelf) {
        out += &format!("{}\n", terminal::heading(shelf[0].shelf));
        out += &explained(shelf.iter().map(|entry| (entry.name, entry.summary)));
    }
    out +=
        &wrapped("keys of the tables: axonal models population, position, projection, recorder, measure, plot, run", 0);
    out + "next: axonal models lif\n"
}

fn explain(entry: &Entry) -> String {
    let first = wrapped(&format!("{}: {}", entry.name, entry.summary), 0);
    let mut out = first.replacen(entry.name, &terminal::heading(entry.name), 1);
    out += &wrapped(&entry.usage, 2);
    if let Some(kind) = MeasureKind::from_name(entry.name).filter(|_| entry.shelf == "measures") {
        out += &measure_keys(kind);
    }
    let Some(model) = entry.model else { return out };
    out += &format!("\n{}\n", terminal::heading("equations"));
    for line in model.equations.lines() {
        out += &format!("  {}\n", line.trim_end());
    }
    if !model.parameters.is_empty() {
        let rows: Vec<Vec<String>> = model.parameters.iter().map(parameter_row).collect();
        let head = ["parameter", "default", "is", ""].map(str::to_string).to_vec();
        out += &format!("\n{}\n{}", terminal::heading("parameters"), described(&[vec![head], rows].concat()));
    }
    if entry.shelf == "stimuli" {
        out += &keys::section("keys", &stimulus_keys(model));
    }
    if !model.variables.is_empty() {
        let row = |v: &crate::model::Variable| vec![format!("  {}", v.name), v.unit.to_string(), v.summary.to_string()];
        let rows: Vec<Vec<String>> = model.variables.iter().map(row).collect();
        out += &format!("\n{}\n{}", terminal::heading("variables"), table(&rows));
        if entry.shelf == "synapses" {
            let example =
                format!("recorded of a projection by [synapse.x]: what = [\"{}.x\"]", model.variables[0].name);
            out += &wrapped(&example, 2);
        }
    }
    if model.reference != "-" {
        out += &format!("\n{}\n{}", terminal::heading("reference"), wrapped(model.reference, 2));
    }
    out
}

/// The keys of a stimulus beside its parameters.
fn stimulus_keys(model: &'static ModelInfo) -> Vec<(String, String)> {
    let (properties, needed) = schema::stimulus(model);
    let own = properties.iter().filter(|(key, _)| model.parameter(key).is_none());
    own.map(|(key, what)| (key.to_string(), keys::told(what, needed.contains(key)))).collect()
}

/// The keys that only some measures have.
fn measure_keys(kind: MeasureKind) -> String {
    match kind.grain_keys() {
        [] => String::new(),
        own => wrapped(&format!("takes {}: see `axonal models measure`", own.join(", ")), 2),
    }
}

/// Rows of name, default and meaning, the last wrapped within its column.
fn described(rows: &[Vec<String>]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (names, defaults) = (width(0), width(1));
    let indent = names + defaults + 6;
    let line = |row: &Vec<String>| {
        let meaning = [row[2].as_str(), row[3].as_str()].join(if row[3].is_empty() { "" } else { "; " });
        format!("  {:names$}  {:defaults$}  {}\n", row[0], row[1], wrapped(&meaning, indent).trim())
    };
    rows.iter().map(line).collect()
}

fn parameter_row(parameter: &Parameter) -> Vec<String> {
    let range = match parameter.range {
        Range::Finite => String::new(),
        range => range.describe(),
    };
    vec![parameter.name.into(), default_text(parameter), parameter.summary.into(), range]
}

/// `10 mV`, `required (mV)`, `optional (mV)`.
pub fn default_text(parameter: &Parameter) -> String {
    let unit = if parameter.unit.is_empty() { String::new() } else { format!(" {}", parameter.unit) };
    let wanted = |word: &str| if unit.is_empty() { word.into() } else { format!("{word} ({})", parameter.unit) };
    match parameter.default {
        Default::Number(number) => format!("{number}{unit}"),
        Default::Required => wanted("required"),
        Default::Optional => wanted("optional"),
        Default::Choice(words) => words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" or "),
    }
}

/// A template that shows it at work.
fn next(entry: &Entry) -> String {
    let key = match entry.shelf {
        "mechanisms" => format!("mechanisms.{}", entry.name),
        "connection rules" => entry.name.to_string(),
        _ => format!("\"{}\"", entry.name),
    };
    let table = match entry.shelf {
        "neurons" | "mechanisms" => "[cell.",
        "synapses" => "[synapse.",
        "stimuli" => "[stimulus.",
        "plots" => "[plot.",
        "measures" => "[measure.",
        _ => "[projection.",
    };
    // `quantal` and its like are tables of their own, within a synapse's.
    let inner = (entry.shelf == "synapses").then(|| format!("{} = {{", entry.name));
    // A table of the right kind whose own lines, up to the next header, name it.
    let shows = |text: &str| {
        let bodies = text.match_indices(table).map(|(at, _)| &text[at..]);
        bodies
            .map(|body| &body[..body.find("\n[").unwrap_or(body.len())])
            .any(|body| body.contains(&key) || inner.as_ref().is_some_and(|inner| body.contains(inner)))
    };
    match super::new::TEMPLATES.iter().find(|(_, text)| shows(text)) {
        Some((name, _)) => format!("axonal new {name}"),
        None => "axonal models".into(),
    }
}

fn json_text(entries: &[&Entry]) -> String {
    let parameter = |p: &Parameter| {
        let default = match p.default {
            Default::Number(number) => json!(number),
            Default::Choice(words) => json!(words.first()),
            Default::Required | Default::Optional => Value::Null,
        };
        let choices = match p.default {
            Default::Choice(words) => json!(words),
            _ => Value::Null,
        };
        json!({
            "name": p.name, "unit": p.unit, "default": default, "required": p.default == Default::Required,
            "choices": choices, "range": p.range.describe(), "on_grid": p.on_grid, "summary": p.summary,
        })
    };
    let one = |entry: &&Entry| {
        let mut json =
            json!({ "shelf": entry.shelf, "name": entry.name, "summary": entry.summary, "usage": entry.usage });
        if let Some(model) = entry.model {
            json["equations"] = json!(model.equations);
            json["reference"] = json!(model.reference);
            json["parameters"] = model.parameters.iter().map(parameter).collect();
            let variable = |v: &crate::model::Variable| json!({ "name": v.name, "unit": v.unit, "summary": v.summary });
            json["variables"] = model.variables.iter().map(variable).collect();
        } else if let Some(kind) = MeasureKind::from_name(entry.name).filter(|_| entry.shelf == "measures") {
            json["unit"] = json!(unit(kind));
        }
        json
    };
    format!("{:#}\n", entries.iter().map(one).collect::<Value>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::evaluate::Evaluator;
    use crate::config::value::Value as Written;
    use crate::error::Diagnostics;

    #[test]
    fn every_shelf_is_there_and_every_entry_explained() {
        let entries = entries();
        for shelf in ["neurons", "mechanisms", "synapses", "stimuli", "connection rules", "plots", "measures"] {
            assert!(entries.iter().any(|entry| entry.shelf == shelf), "{shelf}");
        }
        for entry in &entries {
            let text = explain(entry);
            let flowing = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains(entry.name) && flowing.contains(entry.summary));
            if let Some(model) = entry.model {
                assert!(model.parameters.iter().all(|parameter| text.contains(parameter.name)));
            }
        }
    }

    /// What is printed as a default may be written into a config.
    #[test]
    fn defaults_can_be_typed_back() {
        let mut diagnostics = Diagnostics::default();
        let evaluator = Evaluator::new(None, &mut diagnostics);
        for parameter in entries().iter().filter_map(|entry| entry.model).flat_map(|model| model.parameters) {
            if let Default::Number(number) = parameter.default {
                let text = default_text(parameter);
                let read = evaluator.number(&Written::text(text.clone()), parameter.unit);
                assert_eq!(read.ok(), Some(number), "{}: {text}", parameter.name);
            }
        }
    }

    /// `axonal models NAME` is read on a terminal.
    #[test]
    fn no_line_is_longer_than_a_terminal() {
        for entry in &entries() {
            for line in explain(entry).lines() {
                let plain = line.replace("\x1b[1m", "").replace("\x1b[0m", "");
                // Equations stand as their models write them.
                let most =
                    if entry.model.is_some_and(|model| model.equations.contains(plain.trim())) { 102 } else { 80 };
                assert!(plain.chars().count() <= most, "{}: {plain}", entry.name);
            }
        }
    }
}
