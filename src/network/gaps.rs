//! `[gap_junction.x]`: electrical synapses, each unordered pair of sites once.

use super::autapses::read_permission;
use super::context::Context;
use super::draw::afford;
use super::estimate::BYTES_PER_GAP;
use super::projections::sides;
use super::rule::{Arguments, WrittenRule, read_argument, read_rule};
use super::targets::{Reached, name_key, one_place, resolve};
use super::{Body, Gap, Site};
use crate::config::keys::Keys;
use crate::config::value::{Name, Table, Value};
use crate::connectivity::{self, Given};
use crate::error::{Code, Diagnostic, Span};
use crate::model::Range;
use crate::num::rng::{Purpose, Stream};
use std::collections::HashSet;

/// A `[gap_junction]` table, read.
pub(super) struct GapTable {
    pub name: String,
}

/// Reads every `[gap_junction.x]`.
pub(super) fn read(context: &mut Context) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for (index, (name, table)) in context.config.entries("gap_junction").into_iter().enumerate() {
        context.gap_tables.push(GapTable { name: name.text.clone() });
        read_one(context, index, name, table, &mut gaps);
    }
    gaps
}

fn read_one(context: &mut Context, index: usize, name: &Name, table: &Table, gaps: &mut Vec<Gap>) -> Option<()> {
    let what = format!("gap junction `{}`", name.text);
    let mut keys = Keys::new(&what, table);
    let between = keys.required(
        "between",
        "the two sides, such as `[\"a.soma(0.5)\", \"b.soma(0.5)\"]`",
        &mut context.diagnostics,
    );
    let rule = keys.required("rule", "who meets whom, such as `\"one_to_one\"`", &mut context.diagnostics);
    let conductance = keys.required("conductance", "such as `\"1 nS\"`", &mut context.diagnostics);
    let autapses = keys.optional("autapses");
    let multapses = keys.optional("multapses");
    keys.finish(&mut context.diagnostics);
    read_permission(context, "multapses", multapses, false, name.span, &what);
    read_permission(context, "autapses", autapses, false, name.span, &what);
    let (between, rule_value, value) = (between?, rule?, conductance?);
    let varied = context.diagnostics.keep(context.evaluator.varied(value, "nS"));
    let sound = varied.as_ref().map(|varied| varied.check(Range::NonNegative, (value, "nS"), "conductance"));
    let checked = sound.and_then(|checked| context.diagnostics.keep(checked));
    let reached = read_sides(context, between)?;
    let rule = read_rule(context, rule_value)?;
    if !rule.info.for_gaps {
        let message = format!("rule `{}` draws sources for targets, but a gap junction has neither", rule.info.name);
        context.push(
            Diagnostic::error(Code::Conflict, rule.span, message)
                .help("use `pairwise_bernoulli`, `pairs`, `one_to_one` or `all_to_all`"),
        );
        return None;
    }
    let given = match read_argument(context, &rule, (1, 1))? {
        Arguments::Same(given) => given,
        Arguments::Numbers(grid) => Given::Number(*grid.at(0, 0)),
        Arguments::Reach(_) => return None,
    };
    checked?;
    let varied = varied?;
    let (a, b) = (&reached[0], &reached[1]);
    let places = [site_place(context, a)?, site_place(context, b)?];
    let mut drawn = draw_pairs(context, &rule, given, a, b, &name.text)?;
    if !rule.info.explicit {
        once_each(&mut drawn, a, b);
    }
    if !varied.shape_matches(drawn.len()) {
        let message = format!("one number for each of {} gap junctions is needed", drawn.len());
        context.push(Diagnostic::error(Code::WrongShape, value.span, message));
        return None;
    }
    if let Some((i, _)) = drawn.iter().find(|(i, j)| a.population == b.population && i == j && places[0] == places[1]) {
        let message = format!("a gap junction joins neuron {i} with itself at the same place");
        context.push(Diagnostic::error(Code::Conflict, rule.span, message));
        return None;
    }
    for (position, &(i, j)) in drawn.iter().enumerate() {
        let key = name_key(&["gap", &name.text]);
        let mut stream = Stream::new(context.seeds.structure, Purpose::Weight, key, position as u64);
        let Some(conductance) = varied.value(position, drawn.len(), &mut stream).filter(|g| *g >= 0.0) else {
            let message = "a drawn conductance is negative, or redrawn too often".to_string();
            context.push(Diagnostic::error(Code::BadRandom, value.span, message));
            return None;
        };
        let site = |side: &Reached, neuron, place| Site { population: side.population, neuron, place };
        gaps.push(Gap { table: index, a: site(a, i, places[0]), b: site(b, j, places[1]), conductance });
    }
    warn_of_resets(context, &[a.population, b.population], between.span);
    Some(())
}

/// Within a population a rule meets those that are on both sides twice: each unordered pair is drawn once, and nobody meets itself.
fn once_each(drawn: &mut Vec<(u32, u32)>, a: &Reached, b: &Reached) {
    if a.population != b.population {
        return;
    }
    let [on_a, on_b] = [a, b].map(|side| side.neurons.iter().copied().collect::<HashSet<u32>>());
    let twice = |i: u32, j: u32| on_b.contains(&i) && on_a.contains(&j);
    drawn.retain(|&(i, j)| i < j || i > j && !twice(i, j));
}

/// The two sides of `between`.
fn read_sides(context: &mut Context, between: &Value) -> Option<Vec<Reached>> {
    let list = context.selections(between)?;
    if list.len() != 2 {
        let message = format!("`between` has two sides, here {}", list.len());
        let help = "for pairs within one population write it twice: `between = [\"cells\", \"cells\"]`";
        context.push(Diagnostic::error(Code::WrongShape, between.span, message).help(help));
        return None;
    }
    let mut reached = Vec::new();
    for selection in &list {
        let found = resolve(context, selection);
        reached.push(context.keep(found)?);
    }
    Some(reached)
}

/// The place of one side; a cell without a capacitance cannot be joined.
fn site_place(context: &mut Context, side: &Reached) -> Option<Option<crate::cable::Place>> {
    let place = one_place(context, side);
    let (place, _) = context.keep(place)?;
    let population = &context.populations[side.population];
    if let Body::Point(point) = &population.body
        && point.kernel.capacitance(0).is_none()
    {
        let message =
            format!("the cells of `{}` have no capacitance, so a gap junction has no meaning there", population.name);
        context.push(Diagnostic::error(Code::Conflict, side.span, message).help("give the cell a `C_m`"));
        return None;
    }
    Some(place)
}

/// Pairs of neurons (of the first side, of the second), as they are listed or ascending.
fn draw_pairs(
    context: &mut Context,
    written: &WrittenRule,
    given: Given,
    a: &Reached,
    b: &Reached,
    name: &str,
) -> Option<Vec<(u32, u32)>> {
    let sides = sides(a, b);
    let listed: Option<Vec<(u32, u32)>> = match &given {
        Given::Pairs(list) => Some(list.clone()),
        _ => None,
    };
    let source = connectivity::Source { seed: context.seeds.structure, key: name_key(&["gap", name]) };
    let rule = match connectivity::rule(written.info.name, given, &sides, source) {
        Ok(rule) => rule,
        Err(reason) => {
            context.push(Diagnostic::error(Code::WrongShape, written.span, reason));
            return None;
        }
    };
    // Those on both sides are met twice, and kept once.
    let both = sides.itself.iter().flatten().flatten().count() as f64;
    let twice = if written.info.explicit { 0.0 } else { both * both / (sides.sources * sides.targets) as f64 };
    let count = rule.expected(&sides) * (1.0 - 0.5 * twice);
    afford(context, written.span, count, (BYTES_PER_GAP, "gap junctions"))?;
    if let Some(listed) = listed {
        let neurons = |(i, j): (u32, u32)| (a.neurons[i as usize], b.neurons[j as usize]);
        return Some(listed.into_iter().map(neurons).collect());
    }
    let mut pairs = Vec::new();
    for target in 0..sides.targets {
        let mut stream =
            Stream::new(context.seeds.structure, Purpose::Structure, name_key(&["gap", name]), target as u64);
        let mut sources = Vec::new();
        rule.sources_of(target, &sides, &mut stream, &mut sources);
        pairs.extend(sources.iter().map(|&source| (a.neurons[source as usize], b.neurons[target])));
    }
    pairs.sort_unstable();
    Some(pairs)
}

/// A reset spike has no waveform, so the gap carries none.
fn warn_of_resets(context: &mut Context, populations: &[usize], span: Span) {
    let resets = |&&index: &&usize| matches!(context.populations[index].body, Body::Point(_));
    let Some(&index) = populations.iter().find(resets) else { return };
    let name = context.populations[index].name.clone();
    let message = format!("a spike of `{name}` is a reset without a waveform, so the gap junction carries no spike");
    let help = "only what V_m does below the threshold crosses; `hodgkin_huxley` has a waveform";
    context.push(Diagnostic::warning(Code::Suspicious, span, message).help(help));
}
