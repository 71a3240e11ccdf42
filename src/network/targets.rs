//! From a written selection to neurons and places, and from a written current to numbers.

use super::context::Context;
use super::{Body, CableBody};
use crate::cable::Place;
use crate::config::evaluate::Varied;
use crate::config::selection::{PlaceName, SAMPLE, Selection, each_selection};
use crate::config::value::Value;
use crate::error::{Code, Diagnostic, Span};
use crate::units::Dimension;
use std::collections::HashSet;

/// uA/cm^2 times um^2 in pA.
pub(super) const DENSITY_TIMES_AREA: f64 = 0.01;

/// A selection whose names were found.
#[derive(Clone, Debug)]
pub(super) struct Reached {
    pub population: usize,
    pub neurons: Vec<u32>,
    /// Section and position as written.
    pub section: Option<(usize, Option<f64>)>,
    pub span: Span,
}

impl Reached {
    /// For draws: those onto other populations, or other places, are others.
    pub fn key(&self, context: &Context) -> String {
        let name = &context.populations[self.population].name;
        self.section.map_or_else(|| name.clone(), |(section, position)| format!("{name}.{section}({position:?})"))
    }
}

/// Finds the population, neurons and section that `selection` names.
pub(super) fn resolve(context: &Context, selection: &Selection) -> Result<Reached, Diagnostic> {
    let population = context.population(&selection.population)?;
    let neurons = selection.indices(context.populations[population].size)?;
    let neurons = neurons.into_iter().map(|index| index as u32).collect();
    let section = match &selection.place {
        Some(place) => Some(find_section(context, population, place)?),
        None => None,
    };
    Ok(Reached { population, neurons, section, span: selection.span })
}

/// What every selection of a list reaches, none twice; or what is wrong with each.
pub(super) fn resolve_all(context: &mut Context, value: &Value) -> Option<Vec<Reached>> {
    let (list, wrong) = each_selection(value);
    let all_read = wrong.is_empty();
    wrong.into_iter().for_each(|mistake| context.push(mistake));
    let found = list.iter().map(|selection| {
        let found = resolve(context, selection);
        context.keep(found)
    });
    let found: Vec<Option<Reached>> = found.collect();
    let reached: Vec<Reached> = found.into_iter().collect::<Option<_>>().filter(|_| all_read)?;
    let help = "select each once; what shall act twice is twice as strong, or has a table of its own";
    refuse_twice(context, &reached.iter().collect::<Vec<_>>(), help)?;
    Some(reached)
}

/// Refuses a list of which two entries select the same neuron, at the same place on it.
pub(super) fn refuse_twice(context: &mut Context, reached: &[&Reached], help: &str) -> Option<()> {
    if reached.len() < 2 {
        return Some(());
    }
    let mut known = HashSet::new();
    for side in reached {
        let place = side.section.map(|(section, position)| (section, position.map(f64::to_bits)));
        let Some(neuron) = side.neurons.iter().find(|neuron| !known.insert((side.population, place, **neuron))) else {
            continue;
        };
        let name = &context.populations[side.population].name;
        let message = format!("neuron {neuron} of `{name}` is selected twice");
        context.push(Diagnostic::error(Code::BadSelection, side.span, message).help(help));
        return None;
    }
    Some(())
}

/// Section index and position of `place` in a population of cables.
pub(super) fn find_section(
    context: &Context,
    population: usize,
    place: &PlaceName,
) -> Result<(usize, Option<f64>), Diagnostic> {
    let population = &context.populations[population];
    let Body::Cable(cable) = &population.body else {
        let message = format!("`{}` are point neurons: they have no section `{}`", population.name, place.section.text);
        return Err(Diagnostic::error(Code::BadSelection, place.span, message)
            .help(format!("write `{}` alone", population.name)));
    };
    find_place(cable, &population.name, place)
}

/// `node` where there is no such section but `node_0`, `node_1`, ...: all of these.
pub(super) fn family(cable: &CableBody, place: &PlaceName) -> Vec<usize> {
    let name = &place.section.text;
    let numbered = |section: &String| {
        let number = section.strip_prefix(name.as_str()).and_then(|rest| rest.strip_prefix('_'));
        number.is_some_and(|number| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()))
    };
    if cable.section_names.contains(name) {
        return vec![];
    }
    (0..cable.section_names.len()).filter(|&index| numbered(&cable.section_names[index])).collect()
}

/// As [`find_section`], of one kind of cable.
pub(super) fn find_place(
    cable: &CableBody,
    population: &str,
    place: &PlaceName,
) -> Result<(usize, Option<f64>), Diagnostic> {
    if let (SAMPLE, Some(reconstruction)) = (&place.section.text[..], &cable.morphology) {
        let number = place.position.unwrap_or(-1.0);
        let (section, position) =
            reconstruction.samples.get(&(number as u64)).filter(|_| number >= 0.0).ok_or_else(|| {
                let message = match place.position {
                    Some(_) => format!("`{}` has no sample {number}", reconstruction.file),
                    None => format!("which sample of `{}`?", reconstruction.file),
                };
                Diagnostic::error(Code::BadSelection, place.span, message).help(known_samples(reconstruction))
            })?;
        return Ok((*section, Some(*position)));
    }
    let found = cable.section_names.iter().position(|name| *name == place.section.text);
    let index = found.ok_or_else(|| {
        let message = format!("the cells of `{population}` have no section `{}`", place.section.text);
        Diagnostic::error(Code::UnknownName, place.section.span, message)
            .suggest(&place.section.text, cable.section_names.iter().map(String::as_str))
    })?;
    Ok((index, place.position))
}

/// Which numbers the samples of a file have.
fn known_samples(reconstruction: &super::Reconstruction) -> String {
    let numbers = || reconstruction.samples.keys();
    let (low, high) = (numbers().min().copied().unwrap_or(0), numbers().max().copied().unwrap_or(0));
    let gaps = (high - low + 1) as usize - reconstruction.samples.len();
    let most = if gaps > 0 { ", not all between" } else { "" };
    format!("its samples are numbered {low} to {high}{most}: `sample({high})`")
}

/// The one place that `reached` names (none for point neurons), with its label `axon(0.5)`.
pub(super) fn one_place(context: &Context, reached: &Reached) -> Result<(Option<Place>, String), Diagnostic> {
    let population = &context.populations[reached.population];
    match &population.body {
        Body::Point(_) => Ok((None, String::new())),
        Body::Poisson(_) | Body::SpikeSource(_) => {
            let message = format!("`{}` has no membrane to act on: it is a source of spikes", population.name);
            Err(Diagnostic::error(Code::BadSelection, reached.span, message))
        }
        Body::Cable(cable) => {
            let (section, position) = match reached.section {
                Some(section) => section,
                None if is_one_compartment(cable) => (0, None),
                None => return Err(needs_section(cable, &population.name, reached.span)),
            };
            let position = position.unwrap_or(0.5);
            Ok((Some(cable.tree.place(section, position)), label(cable, section, position)))
        }
    }
}

pub(super) fn is_one_compartment(cable: &CableBody) -> bool {
    cable.sections.len() == 1 && cable.sections[0].compartments == 1
}

fn needs_section(cable: &CableBody, name: &str, span: Span) -> Diagnostic {
    let message = format!("where on the cells of `{name}`? A cable needs a section");
    Diagnostic::error(Code::BadSelection, span, message).help(format!(
        "write `{name}.{}(0.5)`; sections: {}",
        cable.section_names[0],
        cable.section_names.join(", ")
    ))
}

/// `axon(0.5)`; empty for the single compartment of a `hodgkin_huxley` cell.
pub(super) fn label(cable: &CableBody, section: usize, position: f64) -> String {
    if cable.info.name == "hodgkin_huxley" {
        return String::new();
    }
    format!("{}({position:?})", cable.section_names[section])
}

/// A fixed current in pA; a density too, where there is an area (um^2) to spread it over.
pub(super) fn current(context: &mut Context, value: &Value, area: Option<f64>) -> Option<f64> {
    let (varied, factor) = varied_current(context, value, area)?;
    match varied {
        Varied::Constant(number) => Some(number * factor),
        _ => {
            context.push(Diagnostic::error(Code::WrongType, value.span, "one fixed current belongs here"));
            None
        }
    }
}

/// A current that may vary along a population, and the factor that makes it pA.
pub(super) fn varied_current(context: &mut Context, value: &Value, area: Option<f64>) -> Option<(Varied, f64)> {
    let (unit, factor) = current_unit(context, value, area);
    let varied = context.diagnostics.keep(context.evaluator.varied(value, unit))?;
    Some((varied, factor))
}

/// `uA/cm^2` for a density where one may be given, else `pA`, and the factor to pA.
pub(super) fn current_unit(context: &Context, value: &Value, area: Option<f64>) -> (&'static str, f64) {
    match (context.evaluator.dimension(value), area) {
        (Some(dimension), Some(area)) if dimension == density() => ("uA/cm^2", area * DENSITY_TIMES_AREA),
        _ => ("pA", 1.0),
    }
}

/// The dimension of a current per area.
pub(super) fn density() -> Dimension {
    crate::units::Unit::parse("uA/cm^2").map(|unit| unit.dimension).unwrap_or_default()
}

/// A stable number for a name: random streams do not depend on the order of tables.
pub(super) fn name_key(parts: &[&str]) -> u64 {
    xxhash_rust::xxh3::xxh3_64(parts.join("\u{1f}").as_bytes())
}
