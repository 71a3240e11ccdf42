//! `[synapse.x]` and `[projection.x]`: chemical connections, drawn target by target.

use super::context::{Context, with_unit};
use super::populations::detector;
use super::targets::{Reached, name_key, one_place, resolve};
use super::{Body, Connections, Delays, Pathway, Port, Weights};
use crate::config::evaluate::{Delay, Grid, Varied};
use crate::config::keys::Keys;
use crate::config::selection::selections;
use crate::config::value::{Data, Name, Table, Value};
use crate::connectivity::{self, Argument, Given, RuleInfo, Sides};
use crate::error::{Code, Diagnostic, Span};
use crate::model::Range;
use crate::num::rng::{Purpose, Stream};
use crate::synapses::{self, Synapse};
use rayon::prelude::*;

/// A `[synapse]` table, read.
#[derive(Clone)]
pub(super) struct SynapseTable {
    pub name: String,
    pub synapse: Synapse,
    pub reversal: Option<f64>,
}

/// Reads every `[synapse.x]`.
pub(super) fn read_synapses(context: &mut Context) {
    for (name, table) in context.config.entries("synapse") {
        if let Some(synapse) = read_synapse(context, name, table) {
            context.synapses.insert(name.text.clone(), synapse);
        }
    }
}

fn read_synapse(context: &mut Context, name: &Name, table: &Table) -> Option<SynapseTable> {
    let what = format!("synapse `{}`", name.text);
    let mut keys = Keys::new(&what, table);
    let model = keys.required("model", "such as `\"exponential\"`", &mut context.diagnostics)?;
    let word = context.diagnostics.keep(model.as_text("`model`"))?;
    let reversal = keys.optional("E_rev");
    let Some(entry) = synapses::synapse(word) else {
        let message = format!("there is no synapse model `{word}`");
        let known = synapses::ALL.iter().map(|info| info.name);
        context.push(Diagnostic::error(Code::UnknownName, model.span, message).suggest(word, known));
        return None;
    };
    let path = ["synapse", name.text.as_str()];
    let parameters = super::cells::read_parameters(context, &mut keys, &path, entry.info, &what);
    let reversal_mv = reversal.map(|value| context.diagnostics.keep(context.evaluator.number(value, "mV")));
    let at = keys.span();
    keys.finish(&mut context.diagnostics);
    let reversal_mv = match reversal_mv {
        Some(number) => Some(number?),
        None => None,
    };
    let synapse = match (entry.build)(&parameters?, context.dt_ms) {
        Ok(synapse) => synapse,
        Err(reason) => {
            context.push(Diagnostic::error(Code::OutOfRange, at, format!("{what}: {reason}")));
            return None;
        }
    };
    if let (Synapse::Delta, Some(value)) = (&synapse, reversal) {
        let message = "a `delta` synapse has no `E_rev`: it is a jump of V_m, not a conductance".to_string();
        context.push(Diagnostic::error(Code::Conflict, value.span, message).help("leave `E_rev` out, or use `exponential`"));
        return None;
    }
    Some(SynapseTable { name: name.text.clone(), synapse, reversal: reversal_mv })
}

/// The synapse table that `value` names.
pub(super) fn find_synapse(context: &mut Context, value: &Value) -> Option<SynapseTable> {
    let name = context.diagnostics.keep(value.as_text("`synapse`"))?;
    if let Some(found) = context.synapses.get(name) {
        return Some(found.clone());
    }
    let written: Vec<String> = context.config.entries("synapse").iter().map(|(n, _)| n.text.clone()).collect();
    if !written.iter().any(|known| known == name) {
        let message = format!("there is no synapse `{name}`");
        let known = written.iter().map(String::as_str);
        context.push(Diagnostic::error(Code::UnknownName, value.span, message).suggest(name, known));
    }
    None
}

/// The port of `synapse` at what `reached` names, made if it is new, and the unit of a weight there.
pub(super) fn port(
    context: &mut Context,
    reached: &Reached,
    synapse: &SynapseTable,
    late: bool,
    at: Span,
) -> Option<(usize, &'static str)> {
    let place = one_place(context, reached);
    let (place, site) = context.keep(place)?;
    let population = &context.populations[reached.population];
    let unit = match weight_unit(&population.body, synapse) {
        Ok(unit) => unit,
        Err(reason) => {
            let message = format!("synapse `{}` cannot act on `{}`: {reason}", synapse.name, population.name);
            context.push(Diagnostic::error(Code::Conflict, at, message));
            return None;
        }
    };
    let same = |port: &Port| {
        port.population == reached.population && port.synapse_name == synapse.name && port.place == place
    };
    if let Some(index) = context.ports.iter().position(same) {
        context.ports[index].late |= late;
        return Some((index, unit));
    }
    context.ports.push(Port {
        population: reached.population,
        synapse_name: synapse.name.clone(),
        place,
        site,
        synapse: synapse.synapse.clone(),
        reversal: synapse.reversal,
        late,
        initial: None,
    });
    Some((context.ports.len() - 1, unit))
}

/// What a weight of `synapse` on such a cell is measured in.
fn weight_unit(body: &Body, synapse: &SynapseTable) -> Result<&'static str, String> {
    let delta = matches!(synapse.synapse, Synapse::Delta);
    match body {
        Body::Cable(_) if delta => Ok("fC"),
        Body::Cable(_) => Ok(if synapse.reversal.is_some() { "nS" } else { "pA" }),
        Body::Point(_) if delta => Ok("mV"),
        Body::Point(point) if point.kernel.info().name == "izhikevich" => match synapse.reversal {
            None => Ok("mV/ms"),
            Some(_) => Err("`izhikevich` has no capacitance, so a conductance has no meaning; leave `E_rev` out".into()),
        },
        Body::Point(point) if point.kernel.capacitance(0).is_none() => {
            Err("its cell has no `C_m`, which only `delta` synapses can do without".into())
        }
        Body::Point(_) => Ok(if synapse.reversal.is_some() { "nS" } else { "pA" }),
        Body::Poisson(_) | Body::SpikeSource(_) => Err("it has no membrane".into()),
    }
}

/// Reads every `[projection.x]` and draws its connections.
pub(super) fn read(context: &mut Context) -> Vec<Pathway> {
    let mut pathways = Vec::new();
    for (index, (name, table)) in context.config.entries("projection").into_iter().enumerate() {
        read_one(context, index, name, table, &mut pathways);
    }
    pathways
}

fn read_one(
    context: &mut Context,
    index: usize,
    name: &Name,
    table: &Table,
    pathways: &mut Vec<Pathway>,
) -> Option<()> {
    let what = format!("projection `{}`", name.text);
    let mut keys = Keys::new(&what, table);
    let d = &mut context.diagnostics;
    let from = keys.required("from", "the population that spikes", d);
    let to = keys.required("to", "the population that is reached", d);
    let rule = keys.required("rule", "who meets whom, such as `\"one_to_one\"`", d);
    let synapse = keys.required("synapse", "the name of a `[synapse]`", d);
    let weight = keys.required("weight", "how strong", d);
    let delay = keys.required("delay", "how long a spike takes to arrive, such as `\"1 ms\"`", d);
    let autapses = keys.optional("autapses");
    let multapses = keys.optional("multapses");
    keys.finish(&mut context.diagnostics);
    let from = from.and_then(|value| read_sides(context, value));
    let to = to.and_then(|value| read_sides(context, value));
    let synapse = synapse.and_then(|value| find_synapse(context, value).map(|table| (table, value.span)));
    let rule = rule.and_then(|value| read_rule(context, value));
    let (from, to, (synapse, synapse_span), rule) = (from?, to?, synapse?, rule?);
    let shape = (to.len(), from.len());
    let overlap = from.iter().any(|a| to.iter().any(|b| overlap(a, b)));
    let multapses = read_permission(context, "multapses", multapses, rule.info.asks_multapses, rule.span, &what);
    let autapses = read_permission(context, "autapses", autapses, overlap && !rule.info.explicit, rule.span, &what);
    let arguments = read_argument(context, &rule, shape)?;
    let delays = context.keep(context.evaluator.delay_grid(delay?, shape.0, shape.1));
    let (weight, delay, delays) = (weight?, delay?, delays?);
    for (row, target) in to.iter().enumerate() {
        for (column, source) in from.iter().enumerate() {
            let given = match &arguments {
                Arguments::Same(given) => given.clone(),
                Arguments::Numbers(grid) if *grid.at(row, column) == 0.0 => continue,
                Arguments::Numbers(grid) => Given::Number(*grid.at(row, column)),
            };
            let late = context.populations[source.population].crosses();
            let Some((port, unit)) = port(context, target, &synapse, late, synapse_span) else { continue };
            let Some(weights) = context.keep(context.evaluator.grid(weight, unit, shape.0, shape.1, false)) else {
                return None;
            };
            let weights = weights.at(row, column).clone();
            check_weight(context, &weights, weight, unit)?;
            let trigger = trigger(context, source);
            let mut sides = sides(source, target);
            sides.autapses = autapses.unwrap_or(true);
            sides.multapses = multapses.unwrap_or(true);
            let draw = Draw {
                key: name_key(&["projection", &name.text, &row.to_string(), &column.to_string()]),
                sides,
                source,
                target,
                weight: (&weights, weight.span, unit),
                delay: (delays.at(row, column), delay.span),
            };
            let connections = draw.connect(context, &rule, given)?;
            let (source, name) = (source.population, name.text.clone());
            pathways.push(Pathway { projection: index, name, source, trigger, port, connections });
        }
    }
    Some(())
}

fn read_sides(context: &mut Context, value: &Value) -> Option<Vec<Reached>> {
    let (selections, _) = context.diagnostics.keep(selections(value))?;
    let mut reached = Vec::new();
    for selection in &selections {
        let found = resolve(context, selection);
        match context.keep(found) {
            Some(found) => reached.push(found),
            None => return None,
        }
    }
    Some(reached)
}

/// Which of the source's spikes: those at the place that `from` names, or at `spike.at`.
fn trigger(context: &mut Context, source: &Reached) -> usize {
    match source.section {
        Some((section, position)) => detector(context, source.population, section, position.unwrap_or(0.5)),
        None => 0,
    }
}

fn check_weight(context: &mut Context, weights: &Varied, value: &Value, unit: &str) -> Option<()> {
    let range = if unit == "nS" { Range::NonNegative } else { Range::Finite };
    if let (Varied::Constant(number), "nS") = (weights, unit)
        && *number < 0.0
    {
        let message = format!("a conductance cannot be negative, here {}", with_unit(*number, unit));
        let help = "inhibition is a positive weight with an `E_rev` below the resting potential, such as `\"-80 mV\"`";
        context.push(Diagnostic::error(Code::OutOfRange, value.span, message).help(help));
        return None;
    }
    context.diagnostics.keep(weights.check(range, value.span, "weight"))
}

/// A rule as written: its name and what stands after it.
pub(super) struct WrittenRule<'a> {
    pub info: &'static RuleInfo,
    pub argument: Option<&'a Value>,
    pub span: Span,
}

/// `rule = "all_to_all"`, or `{ fixed_indegree = 80 }`.
pub(super) fn read_rule<'a>(context: &mut Context, value: &'a Value) -> Option<WrittenRule<'a>> {
    let (name, argument, span) = match &value.data {
        Data::Text(name) => (name.as_str(), None, value.span),
        Data::Table(table) if table.entries.len() == 1 => {
            let (name, argument) = &table.entries[0];
            (name.text.as_str(), Some(argument), name.span)
        }
        _ => {
            let message = format!("`rule` is {}, not one rule", value.kind());
            let help = "write `\"all_to_all\"`, or `{ pairwise_bernoulli = 0.1 }`";
            context.push(Diagnostic::error(Code::WrongType, value.span, message).help(help));
            return None;
        }
    };
    let Some(info) = connectivity::ALL.iter().find(|info| info.name == name) else {
        let message = format!("there is no connection rule `{name}`");
        let known = connectivity::ALL.iter().map(|info| info.name);
        context.push(Diagnostic::error(Code::UnknownName, span, message).suggest(name, known));
        return None;
    };
    if (info.argument == Argument::None) != argument.is_none() {
        let (message, help) = match info.argument {
            Argument::None => (format!("rule `{name}` takes no argument"), format!("write `rule = \"{name}\"`")),
            _ => (format!("rule `{name}` needs its argument"), format!("write `rule = {{ {name} = ... }}`")),
        };
        context.push(Diagnostic::error(Code::WrongType, span, message).help(help));
        return None;
    }
    Some(WrittenRule { info, argument, span })
}

/// The argument of a rule: the same for all sides, or a number for each pair of them.
pub(super) enum Arguments {
    Same(Given),
    Numbers(Grid<f64>),
}

pub(super) fn read_argument(context: &mut Context, rule: &WrittenRule, shape: (usize, usize)) -> Option<Arguments> {
    let Some(value) = rule.argument else { return Some(Arguments::Same(Given::Nothing)) };
    match rule.info.argument {
        Argument::None => Some(Arguments::Same(Given::Nothing)),
        Argument::Pairs => read_pairs(context, value).map(|pairs| Arguments::Same(Given::Pairs(pairs))),
        Argument::Probability => {
            let grid = context.diagnostics.keep(context.evaluator.grid(value, "", shape.0, shape.1, false))?;
            let mut cells = Vec::new();
            for varied in &grid.cells {
                context.diagnostics.keep(varied.check(Range::Within(0.0, 1.0), value.span, rule.info.name))?;
                let Varied::Constant(p) = varied else {
                    context.push(Diagnostic::error(Code::WrongType, value.span, "a probability is one fixed number"));
                    return None;
                };
                cells.push(*p);
            }
            Some(Arguments::Numbers(Grid { rows: grid.rows, columns: grid.columns, cells }))
        }
        Argument::Count => {
            let grid = context.diagnostics.keep(context.evaluator.integer_grid(value, shape.0, shape.1))?;
            if let Some(bad) = grid.cells.iter().find(|&&n| n < 0 || n > u32::MAX as i64) {
                let message = format!("`{}` is {bad}, but must be zero or above and fit an index", rule.info.name);
                context.push(Diagnostic::error(Code::OutOfRange, value.span, message));
                return None;
            }
            let cells = grid.cells.iter().map(|&n| n as f64).collect();
            Some(Arguments::Numbers(Grid { rows: grid.rows, columns: grid.columns, cells }))
        }
    }
}

fn read_pairs(context: &mut Context, value: &Value) -> Option<Vec<(u32, u32)>> {
    let list = context.diagnostics.keep(value.as_list("`pairs`"))?;
    let mut pairs = Vec::new();
    for pair in list {
        let both = context.diagnostics.keep(pair.as_list("a pair"))?;
        if both.len() != 2 {
            let message = format!("a pair has two numbers, this one has {}", both.len());
            context.push(Diagnostic::error(Code::WrongShape, pair.span, message).help("write `[[0, 1], [1, 2]]`"));
            return None;
        }
        let mut ends = [0u32; 2];
        for (end, value) in ends.iter_mut().zip(both) {
            let number = context.diagnostics.keep(context.evaluator.integer(value))?;
            let Ok(index) = u32::try_from(number) else {
                let message = format!("{number} is no index of a neuron");
                context.push(Diagnostic::error(Code::OutOfRange, value.span, message));
                return None;
            };
            *end = index;
        }
        pairs.push((ends[0], ends[1]));
    }
    Some(pairs)
}

/// `autapses` or `multapses`: required where `asked`, an error elsewhere.
pub(super) fn read_permission(
    context: &mut Context,
    key: &str,
    written: Option<&Value>,
    asked: bool,
    at: Span,
    what: &str,
) -> Option<bool> {
    match (written, asked) {
        (Some(value), true) => context.diagnostics.keep(context.evaluator.boolean(value)),
        (None, true) => {
            let meaning = if key == "autapses" {
                "may a neuron connect to itself"
            } else {
                "may a pair of neurons be connected more than once"
            };
            let message = format!("{what} must state `{key}`: {meaning}?");
            context.push(Diagnostic::error(Code::MissingKey, at, message).help(format!("add `{key} = false` or `{key} = true`")));
            None
        }
        (Some(value), false) => {
            let reason = if key == "autapses" { "`from` and `to` share no neuron that the rule could join" } else { "this rule joins a pair at most once" };
            let message = format!("`{key}` has no meaning here: {reason}");
            context.push(Diagnostic::error(Code::Conflict, value.span, message).help(format!("leave `{key}` out")));
            None
        }
        (None, false) => None,
    }
}

/// Is a neuron on both sides?
fn overlap(a: &Reached, b: &Reached) -> bool {
    let ours: std::collections::HashSet<u32> = a.neurons.iter().copied().collect();
    a.population == b.population && b.neurons.iter().any(|neuron| ours.contains(neuron))
}

/// How many neurons stand on each side, and which stand on both.
pub(super) fn sides(source: &Reached, target: &Reached) -> Sides {
    let itself = (source.population == target.population).then(|| {
        let position: std::collections::HashMap<u32, u32> =
            source.neurons.iter().enumerate().map(|(position, &neuron)| (neuron, position as u32)).collect();
        target.neurons.iter().map(|neuron| position.get(neuron).copied()).collect::<Vec<_>>()
    });
    let itself = itself.filter(|list| list.iter().any(Option::is_some));
    Sides { sources: source.neurons.len(), targets: target.neurons.len(), itself, autapses: true, multapses: true }
}

/// All that is needed to draw the connections of one pathway.
struct Draw<'d> {
    key: u64,
    sides: Sides,
    source: &'d Reached,
    target: &'d Reached,
    weight: (&'d Varied, Span, &'static str),
    delay: (&'d Delay, Span),
}

/// The connections of one target, as drawn.
#[derive(Default)]
struct Row {
    sources: Vec<u32>,
    weights: Vec<f64>,
    delays: Vec<u32>,
    largest_shift: f64,
    failed: Option<String>,
}

impl Draw<'_> {
    fn connect(&self, context: &mut Context, written: &WrittenRule, given: Given) -> Option<Connections> {
        let rule = match connectivity::rule(written.info.name, given, &self.sides) {
            Ok(rule) => rule,
            Err(reason) => {
                context.push(Diagnostic::error(Code::WrongShape, written.span, reason));
                return None;
            }
        };
        let expected = rule.expected(&self.sides) * super::estimate::BYTES_PER_SYNAPSE;
        if expected > super::estimate::available_bytes() {
            let message = format!(
                "about {:.3e} synapses need {}, and {} are free",
                rule.expected(&self.sides),
                super::estimate::describe_bytes(expected),
                super::estimate::describe_bytes(super::estimate::available_bytes())
            );
            context.push(Diagnostic::error(Code::TooLarge, written.span, message));
            return None;
        }
        let seed = context.seeds.structure;
        let dt = context.dt_ms;
        let rows: Vec<Row> =
            (0..self.sides.targets).into_par_iter().map(|target| self.row(&*rule, target, seed, dt)).collect();
        if let Some(reason) = rows.iter().find_map(|row| row.failed.clone()) {
            let span = if reason.starts_with("delay") { self.delay.1 } else { self.weight.1 };
            context.push(Diagnostic::error(Code::BadRandom, span, reason));
            return None;
        }
        self.gather(context, rows)
    }

    fn row(&self, rule: &dyn connectivity::Rule, target: usize, seed: u64, dt: f64) -> Row {
        let stream = |purpose| Stream::new(seed, purpose, self.key, target as u64);
        let mut row = Row::default();
        rule.sources_of(target, &self.sides, &mut stream(Purpose::Structure), &mut row.sources);
        let count = row.sources.len();
        if let Varied::Random(_) = self.weight.0 {
            let mut draws = stream(Purpose::Weight);
            for _ in 0..count {
                match self.weight.0.value(0, 1, &mut draws) {
                    Some(weight) if self.weight.2 != "nS" || weight >= 0.0 => row.weights.push(weight),
                    Some(weight) => {
                        row.failed = Some(format!(
                            "weight: a drawn conductance is negative ({weight:.4} nS); add `in [\"0 nS\", inf]` or `keeping sign`"
                        ))
                    }
                    None => row.failed = Some("weight: more than 90 % of the draws fall outside the bounds".into()),
                }
            }
        }
        if let Delay::Random(random) = self.delay.0 {
            let mut draws = stream(Purpose::Delay);
            for _ in 0..count {
                let Some(ms) = random.draw(&mut draws) else {
                    row.failed = Some("delay: more than 90 % of the draws fall outside the bounds".into());
                    break;
                };
                let (steps, shift) = round_delay(ms, dt);
                row.largest_shift = row.largest_shift.max(shift);
                row.delays.push(steps);
            }
        }
        row.sources.iter_mut().for_each(|source| *source = self.source.neurons[*source as usize]);
        row
    }

    fn gather(&self, context: &mut Context, rows: Vec<Row>) -> Option<Connections> {
        let total: usize = rows.iter().map(|row| row.sources.len()).sum();
        let mut starts = Vec::with_capacity(rows.len() + 1);
        starts.push(0);
        let (mut sources, mut weights, mut delays) = (Vec::with_capacity(total), Vec::new(), Vec::new());
        let mut shift: f64 = 0.0;
        for row in rows {
            sources.extend(row.sources);
            weights.extend(row.weights.iter().map(|&weight| weight as f32));
            delays.extend(row.delays);
            starts.push(sources.len() as u64);
            shift = shift.max(row.largest_shift);
        }
        let weights = match self.weight.0 {
            Varied::Constant(weight) => Weights::Same(*weight),
            Varied::Each(list) if list.len() == total => Weights::Exact(list.clone()),
            Varied::Random(_) => Weights::Drawn(weights),
            _ => {
                let message = "a weight is one number or a random value".to_string();
                context.push(Diagnostic::error(Code::WrongShape, self.weight.1, message));
                return None;
            }
        };
        let delays = match self.delay.0 {
            Delay::Steps(steps) => match u32::try_from(*steps) {
                Ok(steps) => Delays::Same(steps),
                Err(_) => {
                    context.push(Diagnostic::error(Code::TooLarge, self.delay.1, "the delay is too long to be kept"));
                    return None;
                }
            },
            Delay::Computed(ms) => {
                let (steps, moved) = round_delay(*ms, context.dt_ms);
                shift = moved;
                Delays::Same(steps)
            }
            Delay::Random(_) => Delays::Each(delays),
            Delay::Each(list) if list.len() == total => {
                Delays::Each(list.iter().map(|&ms| round_delay(ms, context.dt_ms).0).collect())
            }
            Delay::Each(_) => {
                let message = "a delay is one time or a random value".to_string();
                context.push(Diagnostic::error(Code::WrongShape, self.delay.1, message));
                return None;
            }
        };
        if shift > 0.0 {
            context.rounded.0 += total as u64;
            context.rounded.1 = context.rounded.1.max(shift);
        }
        Some(Connections { targets: self.target.neurons.clone(), starts, sources, delays, weights })
    }
}

/// The nearest step, at least one, and how far that is from `ms`.
fn round_delay(ms: f64, dt: f64) -> (u32, f64) {
    let steps = (ms / dt).round().clamp(1.0, u32::MAX as f64);
    (steps as u32, (steps * dt - ms).abs())
}
