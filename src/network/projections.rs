//! `[projection.x]`: chemical connections.

use super::autapses::{Listed, overlap, read_permission};
use super::connection_file::{FromFile, path_in};
use super::connections::Connections;
use super::context::Context;
use super::distance::WrittenConduction;
use super::draw::{Draw, WrittenDelay};
use super::graded;
use super::rule::{Arguments, WrittenRule, entry, read_argument, read_rule, refuse_outside};
use super::spikes::detector;
use super::synapses::{SynapseTable, find_synapse, port, weight_unit};
use super::targets::{Reached, name_key, resolve_all};
use super::{Graded, Pathway};
use crate::config::evaluate::{Delay, Grid, Varied};
use crate::config::keys::Keys;
use crate::config::selection::selections;
use crate::config::value::{Name, Table, Value};
use crate::connectivity::{Given, Sides};
use crate::error::{Code, Diagnostic, Span};
use crate::model::Range;

const LATE: (&str, &str) = ("delay", "how long a spike takes to arrive, such as `\"1 ms\"`");

/// Reads every `[projection.x]` and draws its connections.
pub(super) fn read(context: &mut Context) -> Vec<Pathway> {
    let mut pathways = Vec::new();
    for (index, (name, table)) in context.config.entries("projection").into_iter().enumerate() {
        let (spiking, graded) = (pathways.len(), context.graded.len());
        if read_one(context, index, name, table, &mut pathways).is_none() {
            // Half a projection is none: what is not read is known as such.
            pathways.truncate(spiking);
            context.graded.truncate(graded);
        }
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
    let path = rule.and_then(path_in);
    let file = path.and_then(|path| FromFile::read(context, path));
    let strength = Part::read(context, &mut keys, path, &file, ("weight", "how strong"), FromFile::has_weights);
    let synapse = synapse.and_then(|value| find_synapse(context, value).map(|table| (table, value.span)));
    let delay = read_delay(context, (&mut keys, table, &what), synapse.as_ref(), path, &file);
    let (autapses, multapses) = (keys.optional("autapses"), keys.optional("multapses"));
    keys.finish(&mut context.diagnostics);
    let shape = to.zip(from).and_then(|(to, from)| written_shape(to, from));
    let from = from.and_then(|value| read_sides(context, value));
    let to = to.and_then(|value| read_sides(context, value));
    let rule = rule.and_then(|value| read_rule(context, value));
    let shape = shape?;
    // Mistakes of weights and delays are told beside those of the rule.
    let delays = delay.and_then(|delay| delay.read_delays(context, &file, shape));
    let arguments = rule.as_ref().and_then(|rule| read_arguments(context, rule, path, shape));
    let delays = delays.and_then(|delays| follow(context, delays, arguments.as_ref()));
    let to = to?;
    let weighed = check_weights(context, &strength, synapse.as_ref(), (&to, shape.1), arguments.as_ref());
    let from = from?;
    let ((synapse, synapse_span), rule) = (synapse?, rule?);
    let multapses = read_permission(context, "multapses", multapses, rule.info.asks_multapses, rule.span, &what);
    let written_autapses = autapses;
    let asked = asks_for_autapses((&from, &to), &rule, arguments.as_ref(), autapses.is_some());
    let autapses = read_permission(context, "autapses", autapses, asked, rule.span, &what);
    let listed = match &file {
        Some(file) => Some(file.pairs(context, from[0].neurons.len(), to[0].neurons.len())?),
        None if path.is_some() => return None,
        None => None,
    };
    let (arguments, strength, (delays, delay_span)) = (arguments?, strength?, delays?);
    weighed?;
    if let ([from], [to]) = (&from[..], &to[..]) {
        refuse_outside(context, &rule, &arguments, (from.neurons.len(), to.neurons.len()))?;
    }
    let pairs = listed.as_deref().or(arguments.pairs());
    // Who lists a neuron with itself says so.
    if rule.info.explicit && autapses != Some(true) {
        let listed = Listed { pairs, rule: &rule, file: file.as_ref() };
        listed.refuse(context, (&from, &to), written_autapses)?;
    }
    let projection = Projection {
        index,
        name,
        rule,
        arguments,
        strength,
        delays: (delays, delay_span),
        synapse,
        autapses,
        multapses,
    };
    projection.join(context, (&from, &to), file.as_ref(), (listed, synapse_span), pathways)
}

/// Whether a neuron may meet itself; where a 0 in a matrix, or a list of pairs, keeps them apart, only who says something is asked.
fn asks_for_autapses(
    (from, to): (&[Reached], &[Reached]),
    rule: &WrittenRule,
    arguments: Option<&Arguments>,
    stated: bool,
) -> bool {
    let joins = |place| stated || !rule.info.explicit && arguments.is_none_or(|arguments| arguments.joins(place));
    let meets = |(row, to): (usize, &Reached)| {
        from.iter().enumerate().any(|(column, from)| joins((row, column)) && overlap(from, to))
    };
    to.iter().enumerate().any(meets)
}

/// How many selections are written on either side, whether they are sound or not.
fn written_shape(to: &Value, from: &Value) -> Option<(usize, usize)> {
    selections(to).ok().zip(selections(from).ok()).map(|(to, from)| (to.len(), from.len()))
}

/// The delay, if its synapse knows one.
fn read_delay<'a>(
    context: &mut Context,
    (keys, table, what): (&mut Keys<'a>, &Table, &str),
    synapse: Option<&(SynapseTable, Span)>,
    path: Option<&Value>,
    file: &Option<FromFile>,
) -> Option<Part<'a>> {
    let follows = synapse.is_some_and(|(table, _)| graded::follows_potential(&table.synapse));
    // Whether a synapse that could not be read knows a delay is not known either.
    let unknown = synapse.is_none() && table.get("synapse").is_some() && table.get("delay").is_none();
    match (follows, unknown) {
        (true, _) => no_delay(context, keys, what),
        (false, true) => None,
        (false, false) => Part::read(context, keys, path, file, LATE, FromFile::has_delays),
    }
}

/// A projection, read, before its pathways are drawn.
struct Projection<'a> {
    index: usize,
    name: &'a Name,
    rule: WrittenRule<'a>,
    arguments: Arguments,
    strength: Part<'a>,
    delays: (ReadDelays, Span),
    synapse: SynapseTable,
    autapses: Option<bool>,
    multapses: Option<bool>,
}

impl Projection<'_> {
    /// Draws a pathway from each of its sources to each of its targets.
    fn join(
        &self,
        context: &mut Context,
        (from, to): (&[Reached], &[Reached]),
        file: Option<&FromFile>,
        (listed, synapse_span): (Option<Vec<(u32, u32)>>, Span),
        pathways: &mut Vec<Pathway>,
    ) -> Option<()> {
        let columns = from.len();
        let places = (0..to.len()).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let nobody = !places.clone().any(|place| self.arguments.joins(place));
        // Of a matrix all entries are looked at, of one number for all the first that cannot be.
        let value = self.rule.argument.filter(|_| self.arguments.pairs().is_none());
        let is_matrix = value.is_some_and(|value| entry(value, (0, 0)).span != value.span);
        let mut sound = Some(());
        for place in places {
            let (target, source) = (&to[place.0], &from[place.1]);
            if !self.arguments.joins(place) {
                // What its synapse does may be recorded all the same, as it may in the runs beside this one.
                if nobody {
                    port(context, target, &self.synapse, false, synapse_span);
                }
                continue;
            }
            let given = match &self.arguments {
                Arguments::Same(_) if listed.is_some() => Given::Pairs(listed.clone().unwrap_or_default()),
                Arguments::Same(given) => given.clone(),
                Arguments::Reach(reach) => reach.given(context, place, (source, target))?,
                Arguments::Numbers(grid) => Given::Number(*grid.at(place.0, place.1)),
            };
            let receptor = graded::receptor(&self.synapse.synapse);
            let late = context.populations[source.population].crosses() && receptor.is_none();
            let Some((port, unit)) = port(context, target, &self.synapse, late, synapse_span) else { continue };
            let weights = self.weights(context, unit, place, (to.len(), columns), file)?;
            let at = self.rule.argument.filter(|_| is_matrix).map(|value| entry(value, place).span);
            let drawn = self.draw(context, (place, at), (source, target), (&weights, unit), given);
            match drawn {
                Some(connections) => self.add(context, (source, port), connections, pathways)?,
                None if is_matrix => sound = None,
                None => return None,
            }
        }
        sound
    }

    /// The connections of one pathway, by a rule whose argument stands at `at`, if it is one of several.
    fn draw(
        &self,
        context: &mut Context,
        (place, at): ((usize, usize), Option<Span>),
        (source, target): (&Reached, &Reached),
        ((weights, weight_span), unit): (&(Varied, Span), &'static str),
        given: Given,
    ) -> Option<Connections> {
        let mut sides = sides(source, target);
        sides.autapses = self.autapses.unwrap_or(true);
        sides.multapses = self.multapses.unwrap_or(true);
        let draw = Draw {
            key: name_key(&["projection", &self.name.text, &place.0.to_string(), &place.1.to_string()]),
            sides,
            source,
            target,
            weight: (weights, *weight_span, unit),
            delay: (self.delay(context, place, (source, target))?, self.delays.1),
        };
        draw.connect(context, &self.rule, at, given)
    }

    /// A pathway onto `port`, or terminals whose potential its receptors follow.
    fn add(
        &self,
        context: &mut Context,
        (source, port): (&Reached, usize),
        connections: Connections,
        pathways: &mut Vec<Pathway>,
    ) -> Option<()> {
        let follows = graded::follows_potential(&self.synapse.synapse);
        let trigger = if follows { 0 } else { trigger(context, source) };
        let (projection, name) = (self.index, self.name.text.clone());
        let Some(receptor) = graded::receptor(&self.synapse.synapse).cloned() else {
            pathways.push(Pathway { projection, name, source: source.population, trigger, port, connections });
            return Some(());
        };
        let opened_by = graded::opening(context, source, &receptor, trigger)?;
        context.graded.push(Graded {
            projection,
            name,
            synapse_name: self.synapse.name.clone(),
            source: source.population,
            opened_by,
            port,
            receptor,
            short_term: self.synapse.short_term,
            connections,
        });
        Some(())
    }

    /// The delays of one pathway.
    fn delay(
        &self,
        context: &mut Context,
        (row, column): (usize, usize),
        sides: (&Reached, &Reached),
    ) -> Option<WrittenDelay<'_>> {
        Some(match &self.delays.0 {
            ReadDelays::Grid(grid) => WrittenDelay::Time(grid.at(row, column)),
            ReadDelays::Conduction(way) => WrittenDelay::Conduction(way.between(context, (row, column), sides)?),
        })
    }

    /// The weights of one pathway, with where they are written.
    fn weights(
        &self,
        context: &mut Context,
        unit: &'static str,
        (row, column): (usize, usize),
        shape: (usize, usize),
        file: Option<&FromFile>,
    ) -> Option<(Varied, Span)> {
        let Part::Written(weight) = &self.strength else {
            let file = file?;
            return Some((Varied::Each(file.weights(context, unit)?), file.span));
        };
        let weights = context.keep(context.evaluator.grid(weight, unit, shape.0, shape.1, false))?;
        let weights = weights.at(row, column).clone();
        let weight = entry(weight, (row, column));
        check_weight(context, &weights, weight, unit)?;
        Some((weights, weight.span))
    }
}

/// A weight or a delay: a key of the projection, or a column of the file.
enum Part<'a> {
    Written(&'a Value),
    InFile,
    /// There are no delays.
    None,
}

/// The delays of a projection.
enum ReadDelays {
    Grid(Grid<Delay>),
    Conduction(WrittenConduction),
}

impl<'a> Part<'a> {
    /// One of both places has it; `key` and what it is for.
    fn read(
        context: &mut Context,
        keys: &mut Keys<'a>,
        path: Option<&Value>,
        file: &Option<FromFile>,
        (key, purpose): (&'static str, &str),
        has: fn(&FromFile) -> bool,
    ) -> Option<Part<'a>> {
        let listed = file.as_ref().is_some_and(has);
        // What an unreadable file would have said is not known.
        let value = match path.is_some() && (file.is_none() || listed) {
            true => keys.optional(key),
            false => keys.required(key, purpose, &mut context.diagnostics),
        };
        match (value, listed) {
            (Some(value), false) => Some(Part::Written(value)),
            (None, true) => Some(Part::InFile),
            (Some(value), true) => {
                let message = format!("the file has a column `{key}`, too");
                let help = format!("leave `{key}` out here, or take it out of the file");
                context.push(Diagnostic::error(Code::Conflict, value.span, message).help(help));
                None
            }
            (None, false) => None,
        }
    }

    fn read_delays(
        &self,
        context: &mut Context,
        file: &Option<FromFile>,
        shape: (usize, usize),
    ) -> Option<(ReadDelays, Span)> {
        if let Part::None = self {
            return Some((ReadDelays::Grid(Grid::of_one(Delay::Steps(1))), Span::NONE));
        }
        let Part::Written(value) = self else {
            let file = file.as_ref()?;
            return Some((ReadDelays::Grid(Grid::of_one(Delay::Each(file.delays(context)?))), file.span));
        };
        let delays = match WrittenConduction::read(context, value, shape) {
            Some(conduction) => ReadDelays::Conduction(conduction?),
            None => ReadDelays::Grid(context.keep(context.evaluator.delay_grid(value, shape.0, shape.1))?),
        };
        Some((delays, value.place()))
    }
}

/// Delays by distance measure it as a rule by distance does.
fn follow(
    context: &mut Context,
    (delays, span): (ReadDelays, Span),
    arguments: Option<&Arguments>,
) -> Option<(ReadDelays, Span)> {
    let delays = match (delays, arguments) {
        (ReadDelays::Conduction(way), Some(Arguments::Reach(reach))) => {
            ReadDelays::Conduction(way.follow(context, reach)?)
        }
        (delays, _) => delays,
    };
    Some((delays, span))
}

/// Receptors that follow a potential know no delay: it has travelled along the axon.
fn no_delay<'a>(context: &mut Context, keys: &mut Keys<'a>, what: &str) -> Option<Part<'a>> {
    let Some(value) = keys.optional("delay") else { return Some(Part::None) };
    let message = format!("{what} has receptors that follow the terminal's potential: there is no delay");
    let help = "leave `delay` out; the way along the axon is that of the cable";
    context.push(Diagnostic::error(Code::Conflict, value.span, message).help(help));
    None
}

/// A file is read apart.
fn read_arguments(
    context: &mut Context,
    rule: &WrittenRule,
    path: Option<&Value>,
    shape: (usize, usize),
) -> Option<Arguments> {
    match path {
        Some(_) => one_to_one_selection(context, shape, rule.span).map(|()| Arguments::Same(Given::Nothing)),
        None => read_argument(context, rule, shape),
    }
}

/// A file counts within one selection on either side.
fn one_to_one_selection(context: &mut Context, shape: (usize, usize), span: Span) -> Option<()> {
    if shape == (1, 1) {
        return Some(());
    }
    let message = format!("a file joins one selection with one other, here are {} and {}", shape.1, shape.0);
    let help = "write a projection for each, or put them into one population";
    context.push(Diagnostic::error(Code::WrongShape, span, message).help(help));
    None
}

fn read_sides(context: &mut Context, value: &Value) -> Option<Vec<Reached>> {
    resolve_all(context, value)
}

/// Which of the source's spikes: those at the place that `from` names, or at `spike.at`.
fn trigger(context: &mut Context, source: &Reached) -> usize {
    match source.section {
        Some((section, position)) => detector(context, source.population, section, position.unwrap_or(0.5)),
        None => 0,
    }
}

/// That weights can act on each target of a projection, but for those that a 0 in the rule's matrix leaves out.
fn check_weights(
    context: &mut Context,
    strength: &Option<Part>,
    synapse: Option<&(SynapseTable, Span)>,
    (to, columns): (&[Reached], usize),
    arguments: Option<&Arguments>,
) -> Option<()> {
    let (Some(Part::Written(weight)), Some((synapse, _))) = (strength, synapse) else { return Some(()) };
    let mut sound = Some(());
    for (row, target) in to.iter().enumerate() {
        let body = &context.populations[target.population].body;
        // Where the synapse cannot act is told with its port.
        let Ok(unit) = weight_unit(body, &synapse.synapse, synapse.reversal) else { continue };
        let left_out =
            |column: usize| matches!(arguments, Some(Arguments::Numbers(grid)) if *grid.at(row, column) == 0.0);
        if (0..columns).all(left_out) {
            continue;
        }
        let weights = context.keep(context.evaluator.grid(weight, unit, to.len(), columns, false))?;
        for column in (0..columns).filter(|column| !left_out(*column)) {
            sound = sound.and(check_weight(context, weights.at(row, column), weight, unit));
        }
    }
    sound
}

fn check_weight(context: &mut Context, weights: &Varied, value: &Value, unit: &str) -> Option<()> {
    let range = if unit == "nS" { Range::NonNegative } else { Range::Finite };
    if let (Varied::Constant(number), "nS") = (weights, unit)
        && *number < 0.0
    {
        let message = format!("a conductance cannot be negative, here {}", value.shown(*number, unit));
        let help = "inhibition is a positive weight with an `E_rev` below the resting potential, such as `\"-80 mV\"`";
        context.push(Diagnostic::error(Code::OutOfRange, value.span, message).help(help));
        return None;
    }
    context.diagnostics.keep(weights.check(range, (value, unit), "weight"))
}

/// How many neurons stand on each side, and which stand on both.
pub(super) fn sides(source: &Reached, target: &Reached) -> Sides {
    let itself = (source.population == target.population).then(|| {
        let last = source.neurons.iter().max().map_or(0, |last| *last as usize);
        let mut position = vec![None; last + 1];
        source.neurons.iter().enumerate().for_each(|(at, &neuron)| position[neuron as usize] = Some(at as u32));
        target.neurons.iter().map(|&neuron| position.get(neuron as usize).copied().flatten()).collect::<Vec<_>>()
    });
    let itself = itself.filter(|list| list.iter().any(Option::is_some));
    Sides { sources: source.neurons.len(), targets: target.neurons.len(), itself, autapses: true, multapses: true }
}
