//! The JSON Schema of the config language, for editors: made of the tables that the shelves themselves read, so that a
//! new model or parameter is in it without a word here.
//!
//! It knows structure: tables, keys, choices, what must be there. What a number means (units, ranges, selections,
//! expressions) is said in descriptions, and checked by `axonal check`.

mod cable;
mod layered;

use serde_json::{Map, Value, json};

use super::models::default_text;
use crate::connectivity::{self, Argument};
use crate::model::{Default, ModelInfo, Parameter};
use crate::plots::Kind;
use crate::recording::measures::MeasureKind;
use crate::synapses::{quantal, short_term};
use crate::{activations, neurons, stimuli, synapses};

/// What a name of the user's may be.
const NAME: &str = "^[A-Za-z][A-Za-z0-9_]*$";

/// The schema of a config file.
pub fn schema() -> Value {
    let tables = [
        ("run", "How long, how finely, from which seed", run()),
        ("define", "Numbers, quantities, lists and expressions to be used below by name", json!({ "type": "object" })),
        ("cell", "What one neuron is made of", named(by_model("model", neurons::ALL, cell))),
        ("population", "Neurons of one kind", named(population())),
        ("synapse", "What an arriving spike does over time", named(by_model("model", synapses::ALL, synapse))),
        ("projection", "Chemical synapses from a population to another", named(projection())),
        ("gap_junction", "Electrical synapses", named(gap_junction())),
        ("stimulus", "What is done to neurons from outside", named(by_model("kind", stimuli::ALL, stimulus))),
        ("block", "A parameter of a mechanism, scaled for a time, as by a drug", named(cable::block())),
        ("curve", "A neuron's rate against a current, and the units fitted to it (`axonal contrast`)", named(curve())),
        ("release", "What a terminal releases against its potential (`axonal contrast`)", named(release())),
        ("recorder", "What is sampled, and whose spikes are written", named(recorder())),
        ("measure", "A number about the run", named(measure())),
        ("plot", "A picture of the run", named(plot())),
        ("expect", "What must come out: [low, high]", expect()),
        ("unit", "What stands for a neuron of this population in a contrast", named(unit())),
    ];
    let properties = tables.into_iter().chain(layered::tables()).map(|(name, summary, mut table)| {
        table["description"] = json!(summary);
        (name.to_string(), table)
    });
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "axonal config",
        "type": "object",
        "if": { "not": { "required": ["layers"] } },
        "then": { "required": ["run"], "properties": { "run": { "required": ["duration"] } } },
        "additionalProperties": false,
        "properties": properties.collect::<Map<String, Value>>(),
    })
}

// What values may be.

fn text(summary: &str) -> Value {
    json!({ "type": "string", "description": summary })
}

fn choice<'a>(summary: &str, words: impl IntoIterator<Item = &'a str>) -> Value {
    json!({ "enum": words.into_iter().collect::<Vec<_>>(), "description": summary })
}

fn boolean(summary: &str) -> Value {
    json!({ "type": "boolean", "description": summary })
}

/// One number with its unit, an expression, or a name of `[define]`.
fn quantity(summary: &str) -> Value {
    json!({ "type": ["string", "number"], "description": summary })
}

/// Also drawn, along a population, or a matrix.
fn varied(summary: &str) -> Value {
    json!({ "type": ["string", "number", "array", "object"], "description": summary })
}

/// A string or a list of strings.
fn texts(summary: &str) -> Value {
    json!({ "type": ["string", "array"], "items": { "type": "string" }, "description": summary })
}

/// A table whose keys are all known.
fn object(properties: Vec<(&str, Value)>, required: &[&str]) -> Value {
    let properties: Map<String, Value> = properties.into_iter().map(|(key, value)| (key.to_string(), value)).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// Named tables of one kind.
fn named(table: Value) -> Value {
    json!({ "type": "object", "patternProperties": { NAME: table }, "additionalProperties": false })
}

/// A number of a model's table.
fn parameter(parameter: &Parameter) -> Value {
    let summary = format!("{}. {}", parameter.summary, default_text(parameter));
    match parameter.default {
        Default::Choice(words) => choice(&summary, words.iter().copied()),
        _ => varied(&summary),
    }
}

fn parameters(model: &'static ModelInfo) -> Vec<(&'static str, Value)> {
    model.parameters.iter().map(|p| (p.name, parameter(p))).collect()
}

fn required(model: &'static ModelInfo) -> Vec<&'static str> {
    model.parameters.iter().filter(|p| p.default == Default::Required).map(|p| p.name).collect()
}

/// Properties of a table, and which of them it must have.
type Shape = (Vec<(&'static str, Value)>, Vec<&'static str>);

/// A table whose keys hang on one of them: `model` or `kind`.
fn by_model(key: &'static str, models: &[&'static ModelInfo], keys: fn(&'static ModelInfo) -> Shape) -> Value {
    let branches = models.iter().map(|model| {
        let (mut properties, required) = keys(model);
        properties.push((key, json!({ "const": model.name, "description": model.summary })));
        branch(key, model.name, object(properties, &required))
    });
    let summary =
        models.iter().map(|model| format!("{}: {}", model.name, model.summary)).collect::<Vec<_>>().join("\n");
    choose(key, &summary, models.iter().map(|model| model.name).collect(), branches.collect())
}

fn branch(key: &str, value: &str, then: Value) -> Value {
    json!({ "if": { "properties": { key: { "const": value } }, "required": [key] }, "then": then })
}

fn choose(key: &str, summary: &str, words: Vec<&str>, branches: Vec<Value>) -> Value {
    json!({
        "type": "object",
        "required": [key],
        "properties": { key: choice(summary, words) },
        "allOf": branches,
    })
}

// The tables.

fn run() -> Value {
    let seed = |what: &str| json!({ "type": ["integer", "string"], "minimum": 0, "description": what });
    let seeds = object(
        vec![
            ("structure", seed("of connections, weights, delays, parameters")),
            ("input", seed("of noise and Poisson input")),
            ("initial", seed("of initial values")),
        ],
        &[],
    );
    object(
        vec![
            ("title", text("what it is about")),
            ("duration", quantity("how long to simulate, a multiple of dt: \"100 ms\"")),
            ("warmup", quantity("left out of rates, measures and expectations; 0 ms")),
            ("dt", quantity("the step; 0.1 ms")),
            ("seed", json!({ "anyOf": [seed("one for all"), seeds], "description": "of all random numbers; 1" })),
            ("temperature", quantity("needed where a mechanism depends on it: \"6.3 degC\"")),
        ],
        &[],
    )
}

fn cell(model: &'static ModelInfo) -> (Vec<(&'static str, Value)>, Vec<&'static str>) {
    match model.name {
        "cable" => (cable::cell(), vec![]),
        "hodgkin_huxley" => ([parameters(model), vec![("ion", cable::ions())]].concat(), required(model)),
        "spike_source" => (spike_times(), vec![]),
        _ => (parameters(model), required(model)),
    }
}

fn spike_times() -> Vec<(&'static str, Value)> {
    let file = object(vec![("path", text("the file")), ("population", text("whose rows"))], &["path"]);
    vec![
        (
            "times",
            json!({ "type": ["array", "string"], "description": "spike times; with `file`: \"grid\" or \"nearest\"" }),
        ),
        ("file", json!({ "anyOf": [text("a path"), file], "description": "columns time_ms, population, neuron" })),
    ]
}

fn population() -> Value {
    let spike =
        object(vec![("at", text("a place: \"axon(1.0)\"")), ("threshold", quantity("crossed upward; 0 mV"))], &[]);
    object(
        vec![
            ("cell", text("the name of a [cell]")),
            ("size", quantity("how many neurons; a grid of positions says so itself")),
            (
                "position",
                object(
                    vec![
                        ("grid", varied("neurons along each axis: [40, 40]")),
                        ("random", choice("uniformly in", ["box"])),
                        ("file", text("columns x_um, y_um, z_um: a row for each neuron")),
                        (
                            "extent",
                            texts(
                                "lengths of the box: [\"1 mm\", \"1 mm\"]; beside `file` the box whose edges may touch",
                            ),
                        ),
                        ("centre", texts("middle of the box; 0 if left out")),
                    ],
                    &[],
                ),
            ),
            (
                "initial",
                json!({ "type": "object", "description": "initial.V_m = \"-70 mV\", initial.m.na_traub = 0.1: state at the start" }),
            ),
            (
                "set",
                json!({ "type": "object", "description": "set.V_th = \"normal(-50 mV, 1 mV)\": its own numbers; of a cable, those of every mechanism that has one of that name" }),
            ),
            ("spike", spike),
        ],
        &["cell"],
    )
}

fn synapse(model: &'static ModelInfo) -> (Vec<(&'static str, Value)>, Vec<&'static str>) {
    let mut keys = parameters(model);
    if model.name != "delta" && model.parameter("E_rev").is_none() {
        keys.push(("E_rev", quantity("reversal potential: makes it a conductance")));
    }
    keys.push(("short_term", short_term()));
    keys.push(("quantal", quantal()));
    (keys, required(model))
}

fn short_term() -> Value {
    let mut keys = parameters(&short_term::INFO);
    let initial = short_term::VARIABLES.map(|name| (name, quantity("from 0 to 1")));
    keys.push(("initial", object(initial.to_vec(), &[])));
    let mut table = object(keys, &required(&short_term::INFO));
    table["description"] = json!(short_term::INFO.summary);
    table
}

fn quantal() -> Value {
    let mut table = object(parameters(&quantal::INFO), &required(&quantal::INFO));
    table["description"] = json!(quantal::INFO.summary);
    table
}

/// Who meets whom.
fn rule(of: impl Fn(&connectivity::RuleInfo) -> bool) -> Value {
    let known = || connectivity::ALL.iter().filter(|rule| of(rule));
    let plain = known().filter(|rule| rule.argument == Argument::None).map(|rule| rule.name);
    let with = known().filter(|rule| rule.argument != Argument::None).map(|rule| (rule.name, varied(rule.summary)));
    let mut table = object(with.collect(), &[]);
    table["minProperties"] = json!(1);
    table["maxProperties"] = json!(1);
    let summary = known().map(|rule| format!("{}: {}", rule.name, rule.summary)).collect::<Vec<_>>().join("\n");
    json!({ "anyOf": [choice("without an argument", plain), table], "description": summary })
}

fn projection() -> Value {
    object(
        vec![
            ("from", texts("who spikes: \"exc\", \"exc[0..400]\"")),
            ("to", texts("who is reached: \"inh\", \"chain.soma(0.5)\"")),
            ("rule", rule(|_| true)),
            ("synapse", text("the name of a [synapse]")),
            ("weight", varied("how strong; its unit hangs on the synapse")),
            (
                "delay",
                varied(
                    "until it arrives: \"1 ms\", or { base, speed } by distance, which is that of a rule by distance; with other rules `periodic = true` in it lets opposite edges touch",
                ),
            ),
            ("autapses", boolean("may a neuron reach itself? Where `from` and `to` overlap")),
            ("multapses", boolean("may a pair meet more than once? For the fixed rules")),
        ],
        // A file of connections may hold the weights and delays.
        &["from", "to", "rule", "synapse"],
    )
}

fn gap_junction() -> Value {
    object(
        vec![
            ("between", texts("the two sides: [\"a.soma(0.5)\", \"b.soma(0.5)\"]")),
            ("rule", rule(|rule| rule.for_gaps)),
            ("conductance", varied("such as \"1 nS\"")),
        ],
        &["between", "rule", "conductance"],
    )
}

pub(super) fn stimulus(model: &'static ModelInfo) -> (Vec<(&'static str, Value)>, Vec<&'static str>) {
    let mut keys = parameters(model);
    let mut needed = [required(model), vec!["to"]].concat();
    keys.push(("to", texts("what it acts on: \"exc\", \"chain[0].soma(0.5)\"")));
    keys.push(("start", varied("when it begins, or a list of times; 0 ms")));
    keys.push(("stop", varied("when it ends, or a list of times; the end of the run")));
    match model.name {
        "time_course" => {
            keys.push(("times", texts("[\"0 ms\", \"50 ms\"]: ascending, multiples of dt")));
            keys.push(("values", texts("one for each of the times: [\"0 nA\", \"1 nA\"]")));
            keys.push(("between", choice("what happens from one time to the next; hold", ["hold", "linear"])));
            needed.extend(["times", "values"]);
        }
        "voltage_clamp" => {
            let summary =
                "one after the other, each perhaps along the neurons: [\"-65 mV\", \"linspace(-40 mV, 60 mV)\"]";
            let items = json!({ "type": ["string", "object"] });
            keys.push(("levels", json!({ "type": ["string", "array"], "items": items, "description": summary })));
            keys.push(("durations", texts("of each of the levels: [\"5 ms\", \"20 ms\"]")));
            keys.push(("level", varied("one, or linspace(a, b) for a family of neurons")));
        }
        "noise" => keys.push(("shared", boolean("the same for all neurons? false"))),
        "poisson" | "spike_list" => {
            keys.push(("synapse", text("the name of a [synapse]")));
            keys.push(("weight", varied("how strong; its unit hangs on the synapse")));
            needed.extend(["synapse", "weight"]);
        }
        _ => {}
    }
    if model.name == "spike_list" {
        keys.extend(spike_times());
    }
    (keys, needed)
}

fn curve() -> Value {
    let noise = object(
        vec![("std", quantity("in the unit of the current")), ("tau", quantity("correlation time: \"5 ms\""))],
        &["std", "tau"],
    );
    object(
        vec![
            ("cell", text("the name of a [cell]")),
            ("from", quantity("the least current: \"0 pA\"; mV/ms for izhikevich")),
            ("to", quantity("the largest current")),
            ("points", quantity("currents between them, both included; 31")),
            ("duration", quantity("that of [run]")),
            ("warmup", quantity("before spikes are counted; that of [run]")),
            ("noise", noise),
            ("repeats", quantity("neurons a current; 10 with noise, else 1")),
        ],
        &["cell", "from", "to"],
    )
}

fn release() -> Value {
    object(
        vec![
            ("from", quantity("the lowest potential: \"-40 mV\"")),
            ("to", quantity("the highest potential")),
            ("points", quantity("potentials between them, both included; 41")),
            ("T_max", quantity("most that is released; 1 mM")),
            ("V_half", quantity("potential at which half of it is; 2 mV")),
            ("slope", quantity("over which it rises; 5 mV")),
        ],
        &["from", "to"],
    )
}

fn recorder() -> Value {
    object(
        vec![
            ("of", texts("whose: \"exc[0..10]\"")),
            ("at", texts("at which places: \"soma(0.5)\"; a whole section: \"axon\"")),
            (
                "what",
                texts(
                    "V_m, spikes, rate (in bins), a variable of the model, g.<synapse>, I.<synapse, stimulus or mechanism>, I.hh.Na of its channels; of a projection u, x, T, r, R, G, vesicles or released (each .<synapse>), or connections: who is connected to whom, how strongly and how late",
                ),
            ),
            ("every", quantity("between two samples, or width of a rate's bins; a multiple of dt; dt")),
            ("start", quantity("0 ms")),
            ("stop", quantity("the end of the run")),
            ("format", choice("of the file; csv", ["csv", "npz"])),
        ],
        &["of", "what"],
    )
}

fn measure() -> Value {
    object(
        vec![
            ("kind", choice("what is measured", MeasureKind::ALL.iter().map(|kind| kind.name()))),
            ("of", texts("whose: \"chain[0]\"")),
            ("from", text("the first place")),
            ("to", text("the second place")),
            ("at", text("the place")),
            ("start", quantity("the end of the warm-up")),
            ("stop", quantity("the end of the run")),
            (
                "bin",
                quantity(
                    "width of the bins of fano (100 ms), synchrony (3 ms), correlation (2 ms), spectrum_peak (1 ms)",
                ),
            ),
            ("neurons", quantity("most that synchrony (1000) and correlation (200) look at")),
            ("resolution", quantity("distance of frequencies of spectrum_peak; as the run allows")),
            ("least_spikes", quantity("of the neurons that count for cv; 3")),
        ],
        &["kind"],
    )
}

fn plot() -> Value {
    let numbers =
        |summary: &str| json!({ "type": ["integer", "array"], "items": { "type": "integer" }, "description": summary });
    let own = |kind: Kind| match kind {
        Kind::Trace | Kind::Release => {
            vec![("panels", texts("variables, a panel each")), ("neurons", numbers("which neurons"))]
        }
        Kind::SpaceTime => {
            vec![("path", texts("sections, from the root outward")), ("neuron", numbers("which neuron"))]
        }
        Kind::PhasePlane => vec![
            ("x", text("a variable")),
            ("y", text("a variable")),
            ("neuron", numbers("which neuron")),
            ("nullclines", boolean("draw them, too? false")),
        ],
        Kind::Channel => vec![("mechanisms", texts("which; all"))],
        Kind::Morphology => vec![
            ("time", quantity("when its colours are true; when the spike arrives")),
            ("variable", text("what they show; V_m")),
        ],
        Kind::Currents => vec![("neurons", numbers("which neurons"))],
        Kind::FI => vec![("against", text("such as \"stimulus.current.amplitude\""))],
        _ => vec![],
    };
    let branches = Kind::ALL.iter().map(|kind| {
        let mut keys = own(*kind);
        keys.push(("kind", json!({ "const": kind.name() })));
        keys.push(("data", texts("recorders or populations; by default all that suit")));
        keys.push(("title", text("above the picture")));
        keys.push(("format", choice("of the file; svg", ["svg", "png"])));
        branch("kind", kind.name(), object(keys, &[]))
    });
    choose("kind", "what kind of picture", Kind::NAMES.to_vec(), branches.collect())
}

/// The unit beside the spiking neurons of a population.
fn unit() -> Value {
    object(
        vec![
            ("activation", choice("function; relu", activations::ALL.iter().map(|activation| activation.name()))),
            ("gain", quantity("slope: \"0.1 Hz/pA\"; fitted to the f-I curve if left out")),
            ("threshold", quantity("drive from which it answers: \"300 pA\"; fitted if left out")),
            ("ceiling", quantity("highest rate of a bounded function; fitted if left out")),
            ("softness", quantity("rate over which softplus bends; fitted if left out")),
            ("tau", quantity("with which its rate follows its drive; that of the membrane")),
        ],
        &[],
    )
}

fn expect() -> Value {
    let range = json!({
        "type": "array", "minItems": 2, "maxItems": 2, "items": { "type": ["string", "number"] },
        "description": "[low, high]",
    });
    json!({
        "type": "object",
        "patternProperties": { r"^[A-Za-z][A-Za-z0-9_]*\.[A-Za-z][A-Za-z0-9_]*$": range },
        "additionalProperties": false,
    })
}
