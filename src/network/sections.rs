//! The sections of a `cable` cell: geometry, membrane, and how they hang together.

use super::cells::{CableCell, need_temperature};
use super::chain;
use super::context::{Context, number_value};
use super::ions::{self, Ions};
use super::morphology;
use crate::cable::SectionSpec;
use crate::config::keys::Keys;
use crate::config::selection::PlaceName;
use crate::config::value::{Data, Name, Table, Value};
use crate::error::{Code, Diagnostic, Span, nearest};
use crate::mechanisms::{self, Calcium};
use crate::model::Range;
use std::collections::HashMap;

/// More compartments than this in one cell is a slip of the pen.
const MOST_COMPARTMENTS: i64 = 10_000_000;

/// What a section takes from its cell where it says nothing itself.
#[derive(Clone, Default)]
pub(super) struct Membrane<'a> {
    axial_resistivity: Option<f64>,
    capacitance: Option<f64>,
    /// (index, parameters), in the order of the file.
    mechanisms: Vec<(usize, Vec<f64>)>,
    /// Where each is named.
    named: Vec<(usize, Span)>,
    compartments: Option<&'a Value>,
    max_compartment: Option<&'a Value>,
    d_lambda: Option<&'a Value>,
    pub ions: Ions,
}

/// Reads the keys of a `cable` cell.
pub(super) fn read<'a>(context: &mut Context, keys: &mut Keys<'a>, path: &[&str], at: Span) -> Option<CableCell> {
    let cell = read_cell(context, keys, path, at)?;
    ions::mind_unread(context, keys, &cell.sections);
    Some(cell)
}

fn read_cell<'a>(context: &mut Context, keys: &mut Keys<'a>, path: &[&str], at: Span) -> Option<CableCell> {
    let ions = ions::read(context, keys);
    let cell = Membrane { ions: ions.unwrap_or_default(), ..Membrane::default() };
    let own = read_membrane(context, keys, path, &cell);
    if let Some(file) = keys.optional("morphology") {
        return morphology::read(context, keys, path, file, &own);
    }
    if let Some(value) = keys.optional("region") {
        let message = "regions are parts of a reconstruction, and this cell has no `morphology`".to_string();
        let help = "add `morphology = \"file.swc\"`, or write a `section` with the membrane that it has";
        context.push(Diagnostic::error(Code::Conflict, value.place(), message).help(help));
    }
    let sections =
        keys.required("section", "at least one, such as `[cell.x.section.soma]`", &mut context.diagnostics)?;
    let table = context.diagnostics.keep(sections.as_table("`section`"))?;
    if table.entries.is_empty() {
        context.push(Diagnostic::error(Code::MissingKey, at, "a cable needs at least one section"));
        return None;
    }
    let expanded = match keys.optional("chain") {
        Some(value) => Some(chain::expand(context, value, table)?),
        None => None,
    };
    let table = expanded.as_ref().unwrap_or(table);
    let names: Vec<String> = table.entries.iter().map(|(name, _)| name.text.clone()).collect();
    let mut specs = Vec::new();
    let mut parents = Vec::new();
    for (name, value) in &table.entries {
        let Some(section) = context.diagnostics.keep(value.as_table(&format!("section `{}`", name.text))) else {
            continue;
        };
        let path = [path, &["section", name.text.as_str()]].concat();
        if let Some((spec, parent)) = read_section(context, name, section, &path, &own) {
            specs.push(spec);
            parents.push(parent);
        }
    }
    if specs.len() < names.len() {
        return None;
    }
    join(context, &names, &mut specs, &parents, at)?;
    own.ions.warn_of_calcium(context, &specs, at);
    let calcium = own.ions.calcium_inside;
    Some(CableCell { names, sections: specs, point_area: None, holding: 0.0, calcium, morphology: None })
}

fn read_section(
    context: &mut Context,
    name: &Name,
    table: &Table,
    path: &[&str],
    cell: &Membrane,
) -> Option<(SectionSpec, Option<PlaceName>)> {
    let what = format!("section `{}`", name.text);
    let mut keys = Keys::new(&what, table);
    let parent = keys.optional("parent").map(|value| context.diagnostics.keep(crate::config::selection::place(value)));
    let length = keys.required("length", "such as `\"100 um\"`", &mut context.diagnostics);
    let length = length.and_then(|value| positive(context, value, "length", "um"));
    let diameter = keys.required("diameter", "such as `\"2 um\"`", &mut context.diagnostics);
    let diameter = diameter.and_then(|value| positive(context, value, "diameter", "um"));
    let membrane = read_membrane(context, &mut keys, path, cell);
    let at = keys.span();
    keys.finish(&mut context.diagnostics);
    membrane.complete(context, &what, Some(path), at)?;
    let parent = match parent {
        Some(found) => Some(found?),
        None => None,
    };
    let profile = vec![(0.0, diameter?), (length?, diameter?)];
    let mut spec = membrane.section(context, name.text.clone(), Some(path), &profile)?;
    spec.profile.clear();
    Some((spec, parent))
}

impl Membrane<'_> {
    /// Says what is missing for a section called `what`; defaults are written down under `path`.
    pub fn complete(&self, context: &mut Context, what: &str, path: Option<&[&str]>, at: Span) -> Option<()> {
        if let (None, Some(path)) = (self.capacitance, path) {
            context.default_text(&[path, &["C_m"]].concat(), "1 uF/cm^2");
        }
        if self.axial_resistivity.is_none() {
            let message = format!("{what} has no `R_a`, and neither has its cell");
            context
                .push(Diagnostic::error(Code::MissingKey, at, message).help("add `R_a = \"100 ohm cm\"` to the cell"));
            return None;
        }
        let mechanisms = self.mechanisms.iter().map(|(index, _)| &mechanisms::ALL[*index]);
        let depends = |(entry, (_, numbers)): &(&mechanisms::Entry, &(usize, Vec<f64>))| {
            let q10 = entry.info.parameter("q10").map_or(1.0, |(index, _)| numbers[index]);
            entry.depends_on_temperature || (q10 - 1.0).abs() > 0.0
        };
        if let Some((entry, _)) = mechanisms.clone().zip(&self.mechanisms).find(depends) {
            need_temperature(context, at, &format!("the rates of mechanism `{}` depend", entry.info.name));
        }
        let mut pools = mechanisms.filter(|entry| entry.calcium == Calcium::Held).map(|entry| entry.info.name);
        if let (Some(first), Some(second)) = (pools.next(), pools.next()) {
            let named = |name| self.named.iter().rev().find(|(index, _)| mechanisms::ALL[*index].info.name == name);
            // The same for all sections that have both from their cell: it is said once.
            let message = format!("`{first}` and `{second}` both say what the calcium here is");
            let at = named(second).map_or(at, |(_, span)| *span);
            let help = "leave one of them out: `release` has a pool of calcium of its own";
            context.push(Diagnostic::error(Code::Conflict, at, message).help(help));
            return None;
        }
        Some(())
    }

    /// The section of this membrane whose `profile` is (distance, diameter), after [`Membrane::complete`].
    pub fn section(
        &self,
        context: &mut Context,
        name: String,
        path: Option<&[&str]>,
        profile: &[(f64, f64)],
    ) -> Option<SectionSpec> {
        let (axial_resistivity, capacitance) = (self.axial_resistivity?, self.capacitance.unwrap_or(1.0));
        let length = profile.last()?.0;
        let diameter = profile.windows(2).map(|p| (p[1].0 - p[0].0) * 0.5 * (p[0].1 + p[1].1)).sum::<f64>() / length;
        if [axial_resistivity, capacitance].iter().any(|number| number.is_nan()) {
            return None; // As has been told.
        }
        let per_lambda = 1e-5 * (4.0 * std::f64::consts::PI * 100.0 * axial_resistivity * capacitance).sqrt();
        let lambdas = |p: &[(f64, f64)]| (p[1].0 - p[0].0) * per_lambda / (0.5 * (p[0].1 + p[1].1)).sqrt();
        let lambdas = profile.windows(2).map(lambdas).sum();
        Some(SectionSpec {
            name,
            parent: None,
            length,
            diameter,
            profile: profile.to_vec(),
            compartments: self.count_compartments(context, path, length, lambdas)?,
            axial_resistivity,
            capacitance,
            mechanisms: self.mechanisms.clone(),
        })
    }

    /// As written, or by the d_lambda rule: an odd number with no compartment longer than a tenth (or what `d_lambda` says) of
    /// the length constant at 100 Hz (Hines & Carnevale 2001, Neuroscientist 7:123).
    fn count_compartments(
        &self,
        context: &mut Context,
        path: Option<&[&str]>,
        length: f64,
        lambdas: f64,
    ) -> Option<usize> {
        let (count, at) = if let Some(value) = self.compartments {
            (context.diagnostics.keep(context.evaluator.integer(value))?, value.span)
        } else if let Some(value) = self.max_compartment {
            let longest = positive(context, value, "max_compartment", "um")?;
            ((length / longest - 1e-9).ceil().max(1.0) as i64, value.span)
        } else {
            let (share, at) = match self.d_lambda {
                Some(value) => (positive(context, value, "d_lambda", "")?, value.span),
                None => (0.1, Span::NONE),
            };
            let count = (((lambdas / share + 0.9) / 2.0).floor() * 2.0 + 1.0) as i64;
            if let Some(path) = path {
                context.default_value(&[path, &["compartments"]].concat(), number_value(count as f64));
            }
            (count, at)
        };
        if count < 1 {
            context.push(Diagnostic::error(Code::OutOfRange, at, "a section needs at least one compartment"));
            return None;
        }
        if count > MOST_COMPARTMENTS {
            let message = format!("{count} compartments in one section do not fit into memory");
            context.push(Diagnostic::error(Code::TooLarge, at, message));
            return None;
        }
        Some(count as usize)
    }
}

/// What a cell, a region or a section says of its membrane, over what it inherits.
pub(super) fn read_membrane<'a>(
    context: &mut Context,
    keys: &mut Keys<'a>,
    path: &[&str],
    cell: &Membrane<'a>,
) -> Membrane<'a> {
    let mut own = cell.clone();
    if let Some(value) = keys.optional("R_a") {
        own.axial_resistivity = positive(context, value, "R_a", "ohm cm").or(Some(f64::NAN));
    }
    if let Some(value) = keys.optional("C_m") {
        own.capacitance = positive(context, value, "C_m", "uF/cm^2").or(Some(f64::NAN));
    }
    let compartments = keys.optional("compartments");
    let max_compartment = keys.optional("max_compartment");
    let d_lambda = keys.optional("d_lambda");
    let written: Vec<&Value> = [compartments, max_compartment, d_lambda].into_iter().flatten().collect();
    if let [_, value, ..] = written[..] {
        let message = "`compartments`, `max_compartment` and `d_lambda` exclude each other".to_string();
        context.push(Diagnostic::error(Code::Conflict, value.span, message).help("leave all but one out"));
    }
    if !written.is_empty() {
        (own.compartments, own.max_compartment, own.d_lambda) = (compartments, max_compartment, d_lambda);
    }
    if let Some(value) = keys.optional("mechanisms")
        && let Some(table) = context.diagnostics.keep(value.as_table("`mechanisms`"))
    {
        for (name, value) in &table.entries {
            read_mechanism(context, name, value, path, &cell.ions, &mut own.mechanisms);
            let index = mechanisms::find(&name.text);
            own.named.extend(index.map(|index| (index, name.span)));
        }
    }
    own
}

/// `mechanisms.hh = {}`, `{ g_Na = "120 mS/cm^2" }`, or `false`.
fn read_mechanism(
    context: &mut Context,
    name: &Name,
    value: &Value,
    path: &[&str],
    ions: &Ions,
    mechanisms: &mut Vec<(usize, Vec<f64>)>,
) {
    let Some(index) = mechanisms::ALL.iter().position(|known| known.info.name == name.text) else {
        let message = format!("there is no mechanism `{}`", name.text);
        let known: Vec<&str> = mechanisms::ALL.iter().map(|known| known.info.name).collect();
        context.spoilt.extend(nearest(&name.text, &known).and_then(mechanisms::find));
        context.push(Diagnostic::error(Code::UnknownName, name.span, message).suggest(&name.text, known));
        return;
    };
    if let Data::Bool(false) = value.data {
        if mechanisms.iter().all(|(existing, _)| *existing != index) {
            let message = format!("there is no `{}` here that could be removed", name.text);
            context.push(Diagnostic::warning(Code::Suspicious, name.span, message));
        }
        mechanisms.retain(|(existing, _)| *existing != index);
        return;
    }
    let what = format!("mechanism `{}`", name.text);
    let help = "write `{}` for its defaults, a table of numbers, or `false` to leave it out";
    let table = value.as_table(&what).map_err(|error| error.help(help));
    let Some(table) = context.diagnostics.keep(table) else {
        context.spoilt.insert(index);
        return;
    };
    let info = mechanisms::ALL[index].info;
    let inherited = mechanisms.iter().find(|(existing, _)| *existing == index).map(|(_, numbers)| numbers.clone());
    let mut keys = Keys::new(&what, table);
    let path = [path, &["mechanisms", name.text.as_str()]].concat();
    let mut numbers = Vec::new();
    for (position, parameter) in info.parameters.iter().enumerate() {
        let written = keys.optional_named(parameter.name);
        let number = match (&inherited, written) {
            (Some(inherited), None) => Some(inherited[position]),
            _ => ions.parameter(context, &path, written, parameter, (name.span, &what)),
        };
        numbers.push(number.unwrap_or(f64::NAN));
    }
    keys.finish(&mut context.diagnostics);
    match mechanisms.iter_mut().find(|(existing, _)| *existing == index) {
        Some((_, existing)) => *existing = numbers,
        None => mechanisms.push((index, numbers)),
    }
}

pub(super) fn positive(context: &mut Context, value: &Value, name: &str, unit: &str) -> Option<f64> {
    let number = context.diagnostics.keep(context.evaluator.number(value, unit))?;
    if Range::Positive.holds(number) {
        return Some(number);
    }
    let message = format!("`{name}` is {}, but must be {}", value.shown(number, unit), Range::Positive.describe());
    context.push(Diagnostic::error(Code::OutOfRange, value.span, message));
    None
}

/// Finds each section's parent; there must be one root and no cycle.
fn join(
    context: &mut Context,
    names: &[String],
    specs: &mut [SectionSpec],
    parents: &[Option<PlaceName>],
    at: Span,
) -> Option<()> {
    let mut sound = true;
    let numbers: HashMap<&str, usize> = names.iter().enumerate().map(|(i, name)| (name.as_str(), i)).collect();
    for (spec, parent) in specs.iter_mut().zip(parents) {
        let Some(parent) = parent else { continue };
        let Some(&index) = numbers.get(parent.section.text.as_str()) else {
            let message = format!("there is no section `{}` to hang `{}` on", parent.section.text, spec.name);
            let known = names.iter().map(String::as_str);
            context
                .push(Diagnostic::error(Code::UnknownName, parent.span, message).suggest(&parent.section.text, known));
            sound = false;
            continue;
        };
        spec.parent = Some((index, parent.position.unwrap_or(1.0)));
    }
    if !sound {
        return None;
    }
    if let Some(ring) = ring(specs) {
        let called: Vec<&str> = ring.iter().map(|&index| names[index].as_str()).collect();
        let message = format!("the parents of sections lead in a circle: {} -> {}", called.join(" -> "), called[0]);
        let span = parents[ring[0]].as_ref().map_or(at, |parent| parent.span);
        context.push(Diagnostic::error(Code::Cycle, span, message).help("one section must have no `parent`"));
        return None;
    }
    let roots: Vec<&str> = specs.iter().filter(|spec| spec.parent.is_none()).map(|spec| spec.name.as_str()).collect();
    if roots.len() > 1 {
        let message = format!("a cable has one root, but {} have no `parent`", roots.join(", "));
        context.push(Diagnostic::error(Code::Conflict, at, message).help("say for all but one what they hang on"));
        return None;
    }
    Some(())
}

/// Sections that are each other's ancestors, from the first that is written; each section is walked over once.
fn ring(specs: &[SectionSpec]) -> Option<Vec<usize>> {
    let parent = |section: usize| specs[section].parent.map(|(parent, _)| parent);
    // The start of the walk that came by.
    let mut seen: Vec<Option<usize>> = vec![None; specs.len()];
    for start in 0..specs.len() {
        let mut here = Some(start);
        while let Some(section) = here.filter(|section| seen[*section].is_none()) {
            seen[section] = Some(start);
            here = parent(section);
        }
        let Some(closed) = here.filter(|section| seen[*section] == Some(start)) else { continue };
        let mut ring: Vec<usize> = vec![closed];
        ring.extend(
            std::iter::successors(parent(closed), |section| parent(*section)).take_while(|next| *next != closed),
        );
        let first = ring.iter().position(|section| Some(section) == ring.iter().min())?;
        ring.rotate_left(first);
        return Some(ring);
    }
    None
}
