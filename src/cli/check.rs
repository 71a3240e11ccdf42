//! `axonal check`: every mistake at once, or what a run would be made of and need.

use serde_json::{Value, json};

use super::args::CheckArguments;
use super::table::table;
use super::{check_layered, check_morphology, input, terminal};
use crate::config::Config;
use crate::contrast;
use crate::engine::Engine;
use crate::error::{Diagnostic, Error, Exit, Source, locate};
use crate::network::connections::Weights;
use crate::network::duration::ASSUMED_HZ;
use crate::network::estimate::{Estimate, Item, describe_bytes, estimate, threads};
use crate::network::{Body, Chemical, Drive, Network};
use crate::simulation::{Outline, Simulation};

/// Checks a config by building its network, short of running it.
pub fn check(arguments: &CheckArguments) -> Result<Exit, Error> {
    let config = match input::config(&arguments.config) {
        Ok(config) if contrast::is_layered(&config) => return check_layered::check(arguments, &config),
        Ok(config) if contrast::curves::has_curves(&config) && config.table("population").is_none() => {
            return check_curves(arguments, &config);
        }
        config => config,
    };
    let outline = match config.and_then(outline) {
        Ok(outline) => outline,
        Err(error) => return refuse(arguments, error),
    };
    let (network, sources) = (outline.network(), &outline.config().sources);
    if let Err(error) = super::run::refuse_what_does_not_fit(network, None) {
        return refuse(arguments, error);
    }
    let estimate = estimate(network);
    if arguments.json {
        let result = summary_json(network, &estimate, diagnostics(outline.warnings(), sources));
        return terminal::print(&format!("{result:#}\n"));
    }
    terminal::diagnostics(outline.warnings(), sources);
    if arguments.resolved {
        return terminal::print(&outline.resolved());
    }
    let (file, set) = (input::argument(&arguments.config), input::settings(&arguments.config));
    terminal::print(&format!("{}next: axonal run{file}{set}\n", describe(network, &estimate)))
}

/// The network without each of its synapses, unless something can be refused only when it is divided among threads.
fn outline(config: Config) -> Result<Outline, Error> {
    if config.table("gap_junction").is_none() {
        return Outline::new(config);
    }
    let simulation = Simulation::new(config)?;
    // Entangled gap junctions.
    Engine::new(simulation.network(), None)?;
    Ok(Outline::from(simulation))
}

/// Neurons beside units: what would be measured.
fn check_curves(arguments: &CheckArguments, config: &Config) -> Result<Exit, Error> {
    let plan = match contrast::curves::read(config) {
        Ok(plan) => plan,
        Err(error) => return refuse(arguments, error),
    };
    if arguments.json {
        let names: Vec<&String> = plan.curves.iter().map(|curve| &curve.name).collect();
        let releases: Vec<&String> = plan.releases.iter().map(|release| &release.name).collect();
        let result = json!({ "ok": true, "curves": names, "releases": releases, "diagnostics": plan.warnings });
        return terminal::print(&format!("{result:#}\n"));
    }
    let row = |curve: &contrast::curves::CurvePlan| vec![curve.name.clone(), curve.cell.clone(), curve.model.clone()];
    let mut out = section("curves", &["cell", "model"], plan.curves.iter().map(row).collect());
    plan.releases.iter().for_each(|release| out += &format!("release curve `{}`\n", release.name));
    let (file, set) = (input::argument(&arguments.config), input::settings(&arguments.config));
    terminal::print(&format!("{out}next: axonal contrast{file}{set}\n"))
}

/// As JSON on stdout, if that was asked for.
pub fn refuse(arguments: &CheckArguments, error: Error) -> Result<Exit, Error> {
    if !arguments.json {
        return Err(error);
    }
    let mistakes = json!({ "ok": false, "diagnostics": diagnostics(&error.diagnostics, &error.sources) });
    terminal::print(&format!("{mistakes:#}\n"))?;
    Ok(error.exit)
}

/// The network in a few tables.
fn describe(network: &Network, estimate: &Estimate) -> String {
    let mut out = String::new();
    if !network.title.is_empty() {
        out += &format!("{}\n", network.title);
    }
    out += &section("populations", &["size", "model", "compartments"], populations(network));
    out += &check_morphology::describe(network);
    out += &section("positions", &["layout", "extent", "centre"], positions(network));
    out += &section("projections", &["synapses", "from", "to", "synapse", "weight", "delay"], projections(network));
    out += &section("gap junctions", &["number", "conductance"], gaps(network));
    out += &section("stimuli", &["kind", "neurons", "of", "amplitude", "from ... to"], stimuli(network));
    out += &section("recorders", &["columns", "every", "from ... to", "spikes of"], recorders(network));
    let bytes = describe_bytes;
    let needs = [
        (
            "time",
            format!(
                "{} steps of {} ms: {} ms",
                large(network.steps as f64),
                network.dt_ms,
                time(network.steps, network)
            ),
        ),
        ("takes", takes(estimate)),
        ("memory", format!("about {}", bytes(estimate.memory_bytes()))),
        ("output", output(network, estimate)),
    ];
    let rows: Vec<Vec<String>> = needs.into_iter().map(|(name, what)| vec![name.to_string(), what]).collect();
    out + &terminal::heading("needs") + "\n" + &table(&rows)
}

/// What a run will write.
fn output(network: &Network, estimate: &Estimate) -> String {
    let spikes = network.recorders.iter().any(|recorder| !recorder.spikes.is_empty());
    let (known, others) = (describe_bytes(estimate.output_bytes), describe_bytes(estimate.spikes_bytes));
    match (estimate.output_bytes > 0.0, estimate.spikes_bytes > 0.0) {
        (true, true) => format!("about {known}, and {others} of spikes, if neurons fire at {ASSUMED_HZ} Hz"),
        (true, false) => format!("about {known}"),
        (false, true) => format!("about {others} of spikes, if neurons fire at {ASSUMED_HZ} Hz"),
        (false, false) if spikes => "spikes".into(),
        (false, false) => "nothing is recorded".into(),
    }
}

/// How long a run will take.
fn takes(estimate: &Estimate) -> String {
    let seconds = estimate.seconds / threads() as f64;
    let told = match seconds {
        s if s < 1.0 => "less than a second".to_string(),
        s if s < 100.0 => format!("about {s:.0} s"),
        s if s < 6000.0 => format!("about {:.0} minutes", s / 60.0),
        s if s < 172_800.0 => format!("about {:.0} hours", s / 3600.0),
        s => format!("about {} days", large((s / 86_400.0).round())),
    };
    format!("{told} on {} threads, if neurons fire at {ASSUMED_HZ} Hz", threads())
}

/// A heading with the names of its columns, and a row for each; nothing without rows.
pub fn section(title: &str, columns: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let head = [""].iter().chain(columns).map(|column| column.to_string()).collect();
    let text = table(&[vec![head], rows].concat());
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    // The heading takes the place of the empty first column, unless it is longer than that.
    let indented =
        first.get(title.len()..).filter(|tail| first[..title.len()].trim().is_empty() && tail.starts_with(' '));
    match indented {
        Some(tail) => format!("{}{tail}\n{rest}", terminal::heading(title)),
        None => format!("{}\n{text}", terminal::heading(title)),
    }
}

/// Where neurons are, of populations that say so.
fn positions(network: &Network) -> Vec<Vec<String>> {
    let row = |population: &crate::network::Population| {
        let positions = population.positions.as_ref()?;
        let axes = 0..positions.dimensions;
        let joined = |of: &dyn Fn(usize) -> f64| {
            axes.clone().map(|axis| format!("{}", significant(of(axis)))).collect::<Vec<_>>().join(" x ") + " um"
        };
        let ends = |axis: usize| {
            let along = positions.points.iter().map(|point| point[axis]);
            along.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
        };
        let extent = match positions.extent[0] > 0.0 {
            true => joined(&|axis| positions.extent[axis]),
            false => joined(&|axis| ends(axis).1 - ends(axis).0),
        };
        let middle = |axis: usize| match positions.extent[axis] > 0.0 {
            true => positions.corner[axis] + 0.5 * positions.extent[axis],
            false => 0.5 * (ends(axis).0 + ends(axis).1),
        };
        let centre =
            axes.clone().map(|axis| format!("{:.0}", middle(axis).round() + 0.0)).collect::<Vec<_>>().join(", ");
        Some(vec![population.name.clone(), positions.about.clone(), extent, format!("({centre}) um")])
    };
    network.populations.iter().filter_map(row).collect()
}

fn populations(network: &Network) -> Vec<Vec<String>> {
    let row = |population: &crate::network::Population| {
        let compartments = match &population.body {
            Body::Cable(cable) => format!("{} each", large(cable.tree.compartments() as f64)),
            _ => String::new(),
        };
        vec![population.name.clone(), large(population.size as f64), population.model().name.into(), compartments]
    };
    network.populations.iter().map(row).collect()
}

/// One row a projection, however many pathways its matrices make.
fn projections(network: &Network) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let all = network.chemical();
    let mut rest = all.as_slice();
    while let Some(first) = rest.first() {
        let count = rest.iter().take_while(|pathway| pathway.projection == first.projection).count();
        let (own, others) = rest.split_at(count);
        rows.push(projection(network, own));
        rest = others;
    }
    rows
}

fn projection(network: &Network, pathways: &[Chemical]) -> Vec<String> {
    let from = pathways.iter().map(|pathway| network.populations[pathway.source].name.clone());
    let ports: Vec<_> = pathways.iter().map(|pathway| &network.ports[pathway.port]).collect();
    let to = ports.iter().map(|port| {
        let name = &network.populations[port.population].name;
        if port.site.is_empty() { name.clone() } else { format!("{name}.{}", port.site) }
    });
    let bounds = pathways.iter().filter_map(Chemical::delay_bounds);
    let delay = bounds.reduce(|(low, high), (least, most)| (low.min(least), high.max(most)));
    let delay =
        delay.map_or(String::new(), |(low, high)| match (time(low as i64, network), time(high as i64, network)) {
            (low, high) if low == high => format!("{low} ms"),
            (low, high) => format!("{low} ... {high} ms"),
        });
    vec![
        pathways[0].name.to_string(),
        synapses(pathways),
        one_of(from.collect(), "populations"),
        one_of(to.collect(), "places"),
        ports[0].synapse_name.clone(),
        weight(network, pathways),
        if about(pathways) && delay.contains("...") { format!("about {delay}") } else { delay },
    ]
}

/// Are they too many to be drawn for a check?
fn about(pathways: &[Chemical]) -> bool {
    pathways.iter().any(|pathway| pathway.connections.is_estimate())
}

/// How many, or about how many where they are drawn.
fn synapses(pathways: &[Chemical]) -> String {
    let count = pathways.iter().map(|pathway| pathway.connections.len()).sum::<u64>() as f64;
    match about(pathways) {
        true => format!("about {}", large(significant(count))),
        false => large(count),
    }
}

/// The weight if it is one number, or its mean.
fn weight(network: &Network, pathways: &[Chemical]) -> String {
    let port = &network.ports[pathways[0].port];
    let unit = match (&port.synapse, port.reversal, &network.populations[port.population].body) {
        (_, Some(_), _) => " nS",
        // Of other synapses the unit hangs on the target's model.
        (crate::synapses::Synapse::Linear(_), None, Body::Cable(_)) => " pA",
        _ => "",
    };
    let same: Vec<f64> = pathways
        .iter()
        .filter_map(|pathway| match pathway.connections.weights {
            Weights::Same(weight) => Some(weight),
            _ => None,
        })
        .collect();
    if same.len() < pathways.len() {
        return "drawn".into();
    }
    match same.iter().all(|weight| *weight == same[0]) {
        true => format!("{}{unit}", significant(same[0])),
        false => "by pair".into(),
    }
}

fn gaps(network: &Network) -> Vec<Vec<String>> {
    let row = |(table, name): (usize, &String)| {
        let own: Vec<f64> = network.gaps.iter().filter(|gap| gap.table == table).map(|gap| gap.conductance).collect();
        let (low, high) = own.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), g| (low.min(*g), high.max(*g)));
        let conductance = match own.is_empty() {
            true => String::new(),
            false if low == high => format!("{} nS", significant(low)),
            false => format!("{} ... {} nS", significant(low), significant(high)),
        };
        vec![name.clone(), large(own.len() as f64), conductance]
    };
    network.gap_names.iter().enumerate().map(row).collect()
}

fn stimuli(network: &Network) -> Vec<Vec<String>> {
    let row = |stimulus: &crate::network::Stimulus| {
        let neurons: usize = stimulus.targets.iter().map(|target| target.neurons.len()).sum();
        let names = stimulus.targets.iter().map(|target| network.populations[target.population].name.clone());
        let list = match &stimulus.drive {
            // All levels of a clamp, not the last.
            Drive::Clamps(clamps) => &clamps.iter().flat_map(|c| &c.commands).map(|(_, level)| *level).collect(),
            _ => &stimulus.amplitudes,
        };
        let (low, high) = list.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(*x), h.max(*x)));
        let amplitude = match list.is_empty() {
            true => String::new(),
            false if low == high => format!("{} {}", significant(low), stimulus.unit),
            false => format!("{} ... {} {}", significant(low), significant(high), stimulus.unit),
        };
        let (start, stop) = (time(stimulus.start, network), time(stimulus.stop.min(network.steps), network));
        let names = one_of(names.collect(), "populations");
        let window = format!("{start} ... {stop} ms");
        vec![stimulus.name.clone(), stimulus.kind.into(), large(neurons as f64), names, amplitude, window]
    };
    network.stimuli.iter().map(row).collect()
}

fn recorders(network: &Network) -> Vec<Vec<String>> {
    let row = |recorder: &crate::network::Recorder| {
        if !recorder.has_table() && !recorder.wiring.is_empty() {
            let of = format!("connections of {}", recorder.wiring.join(", "));
            return vec![recorder.name.clone(), "4".into(), "-".into(), of, String::new()];
        }
        let sampled = recorder.has_table();
        let neurons: usize = recorder.spikes.iter().map(|(_, _, neurons)| neurons.len()).sum();
        let spikes = if neurons == 0 { String::new() } else { counted(neurons as f64, "neuron") };
        let every = if sampled { format!("{} ms", time(recorder.every, network)) } else { "-".into() };
        let columns = if sampled { large((recorder.probes.len() + recorder.rates.len()) as f64) } else { "-".into() };
        let window = format!("{} ... {} ms", time(recorder.start, network), time(recorder.stop, network));
        vec![recorder.name.clone(), columns, every, window, spikes]
    };
    network.recorders.iter().filter(|recorder| !recorder.hidden).map(row).collect()
}

/// The name, if all are the same, or how many there are.
fn one_of(mut names: Vec<String>, what: &str) -> String {
    names.sort();
    names.dedup();
    match names.as_slice() {
        [one] => one.clone(),
        [one, two] => format!("{one}, {two}"),
        _ => format!("{} {what}", names.len()),
    }
}

/// Steps as ms, without the noise of a product.
fn time(steps: i64, network: &Network) -> f64 {
    (steps as f64 * network.dt_ms * 1e6).round() / 1e6
}

fn significant(x: f64) -> f64 {
    format!("{x:.3e}").parse().unwrap_or(x)
}

/// `1 thread`, `77 169 neurons`.
pub fn counted(number: f64, what: &str) -> String {
    format!("{} {what}{}", large(number), if number == 1.0 { "" } else { "s" })
}

/// A whole number with spaces between its thousands.
pub fn large(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 && digits.len() > 4 {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

fn summary_json(network: &Network, estimate: &Estimate, warnings: Value) -> Value {
    let item = |item: &Item| json!({ "what": item.what, "bytes": item.bytes });
    let items: Vec<Value> = estimate.items.iter().map(item).collect();
    let populations = network.populations.iter().map(|population| {
        let compartments = match &population.body {
            Body::Cable(cable) => Some(cable.tree.compartments()),
            _ => None,
        };
        let seen = json!({ "size": population.size, "model": population.model().name, "compartments": compartments });
        (population.name.clone(), seen)
    });
    json!({
        "ok": true,
        "title": network.title,
        "dt_ms": network.dt_ms,
        "steps": network.steps,
        "duration_ms": time(network.steps, network),
        "neurons": estimate.neurons,
        "compartments": estimate.compartments,
        "synapses": estimate.synapses,
        "synapses_are_estimated": about(&network.chemical()),
        "gap_junctions": estimate.gap_junctions,
        "memory_bytes": estimate.memory_bytes(),
        "memory_items": items,
        "seconds": estimate.seconds / threads() as f64,
        "samples": estimate.samples,
        "output_bytes": estimate.output_bytes + estimate.spikes_bytes,
        "populations": populations.collect::<serde_json::Map<String, Value>>(),
        "diagnostics": warnings,
    })
}

pub fn diagnostics(list: &[Diagnostic], sources: &[Source]) -> Value {
    let one = |diagnostic: &Diagnostic| {
        let place = locate(sources, diagnostic.span);
        json!({
            "severity": format!("{:?}", diagnostic.severity).to_lowercase(),
            "code": diagnostic.code.name(),
            "message": diagnostic.message,
            "file": place.map(|(name, _, _)| name),
            "line": place.map(|(_, line, _)| line),
            "column": place.map(|(_, _, column)| column),
            "help": diagnostic.help,
        })
    };
    list.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([large(298_880_941.0), large(1600.0), large(12_345.0)], ["298 880 941", "1600", "12 345"]);
        assert_eq!([counted(1.0, "thread"), counted(2.0, "thread")], ["1 thread", "2 threads"]);
    }

    #[test]
    fn many_names_become_a_count() {
        let names = |list: &[&str]| list.iter().map(|name| name.to_string()).collect();
        assert_eq!(one_of(names(&["b", "a", "b"]), "places"), "a, b");
        assert_eq!(one_of(names(&["a", "b", "c"]), "places"), "3 places");
    }
}
