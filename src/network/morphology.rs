//! `morphology = "file.swc"`: the sections of a reconstruction, with membranes by region and by section.

use super::cells::CableCell;
use super::context::Context;
use super::sections::{Membrane, read_membrane};
use crate::cable::morphology::{Morphology, Refused, Region, SomaRule, cut};
use crate::config::keys::Keys;
use crate::config::value::{Data, Value};
use crate::error::{Code, Diagnostic};
use crate::files::swc;
use std::collections::HashMap;

/// A reconstruction as it was read.
#[derive(Clone)]
pub struct Reconstruction {
    /// As the user wrote it.
    pub file: String,
    pub rule: SomaRule,
    /// Section and position of each sample.
    pub samples: HashMap<u64, (usize, f64)>,
    /// Of each section: x, y, z and diameter of its points, um.
    pub outlines: Vec<Vec<[f64; 4]>>,
    pub regions: Vec<Region>,
}

/// Reads what a cell with a reconstruction is made of; `cell` is its own membrane.
pub(super) fn read<'a>(
    context: &mut Context,
    keys: &mut Keys<'a>,
    path: &[&str],
    file: &Value,
    cell: &Membrane<'a>,
) -> Option<CableCell> {
    let rule = read_rule(context, keys);
    let regions = read_regions(context, keys, path, cell);
    let sections = keys.optional("section");
    let (name, cut) = (context.diagnostics.keep(file.as_text("`morphology`"))?, load(context, file, rule?)?);
    mind_regions(context, keys, name, &cut);
    let mut own: HashMap<usize, Membrane> = HashMap::new();
    let table = sections.map(|value| context.diagnostics.keep(value.as_table("`section`")));
    for (section, value) in table.into_iter().flatten().flat_map(|table| &table.entries) {
        let Some(index) = cut.branches.iter().position(|branch| branch.name == section.text) else {
            let message = format!("`{name}` has no section `{}`", section.text);
            let known = cut.branches.iter().map(|branch| branch.name.as_str());
            context.push(Diagnostic::error(Code::UnknownName, section.span, message).suggest(&section.text, known));
            continue;
        };
        let what = format!("section `{}`", section.text);
        let Some(table) = context.diagnostics.keep(value.as_table(&what)) else { continue };
        let mut keys = Keys::new(&what, table);
        let path = [path, &["section", &section.text]].concat();
        let inherited = &regions[cut.branches[index].region as usize];
        own.insert(index, read_membrane(context, &mut keys, &path, inherited));
        keys.finish(&mut context.diagnostics);
    }
    let mut specs = Vec::with_capacity(cut.branches.len());
    let mut complete = [None; Region::ALL.len()];
    for (index, branch) in cut.branches.iter().enumerate() {
        let membrane = own.get(&index).unwrap_or(&regions[branch.region as usize]);
        // Of a region it is said once.
        let found = match own.contains_key(&index) {
            true => membrane.complete(context, &format!("section `{}`", branch.name), None, file.span),
            false => *complete[branch.region as usize].get_or_insert_with(|| {
                membrane.complete(context, &format!("region `{}`", branch.region.name()), None, file.span)
            }),
        };
        found?;
        let mut spec = membrane.section(context, branch.name.clone(), None, &branch.profile())?;
        spec.parent = branch.parent;
        specs.push(spec);
    }
    cell.ions.warn_of_calcium(context, &specs, file.span);
    let names = cut.branches.iter().map(|branch| branch.name.clone()).collect();
    let regions = cut.branches.iter().map(|branch| branch.region).collect();
    let outlines = cut.branches.into_iter().map(|branch| branch.points).collect();
    let morphology = Reconstruction { file: name.to_string(), rule: rule?, samples: cut.samples, outlines, regions };
    Some(CableCell {
        names,
        sections: specs,
        point_area: None,
        holding: 0.0,
        calcium: cell.ions.calcium_inside,
        morphology: Some(morphology),
    })
}

fn read_rule(context: &mut Context, keys: &mut Keys) -> Option<SomaRule> {
    let purpose = "such as `\"neuron\"`, or \"arbor\": whose reading of the soma to follow";
    let value = keys.required("soma", purpose, &mut context.diagnostics)?;
    let word = context.diagnostics.keep(value.as_text("`soma`"))?;
    match word {
        "neuron" => Some(SomaRule::Neuron),
        "arbor" => Some(SomaRule::Arbor),
        _ => {
            let message = format!("there is no soma rule `{word}`");
            context.push(Diagnostic::error(Code::UnknownName, value.span, message).suggest(word, SomaRule::NAMES));
            None
        }
    }
}

/// The membrane of each region, in the order of [`Region::ALL`].
fn read_regions<'a>(
    context: &mut Context,
    keys: &mut Keys<'a>,
    path: &[&str],
    cell: &Membrane<'a>,
) -> [Membrane<'a>; Region::ALL.len()] {
    let mut regions = Region::ALL.map(|_| cell.clone());
    let Some(value) = keys.optional("region") else { return regions };
    let Some(table) = context.diagnostics.keep(value.as_table("`region`")) else { return regions };
    for (name, value) in &table.entries {
        let what = format!("region `{}`", name.text);
        let Some(region) = Region::ALL.into_iter().find(|region| region.name() == name.text) else {
            let message = format!("there is no region `{}`", name.text);
            let known = Region::ALL.map(Region::name);
            context.push(Diagnostic::error(Code::UnknownName, name.span, message).suggest(&name.text, known));
            continue;
        };
        let Some(table) = context.diagnostics.keep(value.as_table(&what)) else { continue };
        let mut keys = Keys::new(&what, table);
        let path = [path, &["region", region.name()]].concat();
        regions[region as usize] = read_membrane(context, &mut keys, &path, cell);
        keys.finish(&mut context.diagnostics);
    }
    regions
}

/// Warns of regions that the file has no samples of.
fn mind_regions(context: &mut Context, keys: &mut Keys, file: &str, cut: &Morphology) {
    let Some(Value { data: Data::Table(table), .. }) = keys.optional("region") else { return };
    for (name, _) in &table.entries {
        let Some(region) = Region::ALL.into_iter().find(|region| region.name() == name.text) else { continue };
        if cut.branches.iter().any(|branch| branch.region == region) {
            continue;
        }
        let message = format!("`{file}` has no samples of region `{}`: what stands here changes nothing", name.text);
        let here = Region::ALL.into_iter().filter(|region| cut.branches.iter().any(|branch| branch.region == *region));
        let here: Vec<String> = here.map(|region| format!("`{}`", region.name())).collect();
        let help = format!("its samples are of {}", here.join(", "));
        context.push(Diagnostic::warning(Code::Suspicious, name.span, message).help(help));
    }
}

fn load(context: &mut Context, file: &Value, rule: SomaRule) -> Option<Morphology> {
    let path = context.diagnostics.keep(file.as_text("`morphology`"))?;
    let samples = match swc::read(&context.file(file, path)) {
        Ok(samples) => samples,
        Err(error) => {
            for diagnostic in error.diagnostics {
                context.push(Diagnostic { span: file.span, ..diagnostic });
            }
            return None;
        }
    };
    match cut(&samples, rule) {
        Ok(morphology) => {
            for told in &morphology.unusual {
                let message = format!("`{path}` has {told}");
                let warning = Diagnostic::warning(Code::Suspicious, file.span, message);
                let help = "types are 1 soma, 2 axon, 3 dendrite, 4 apical; `[cell.x.region.other]` is what the rest is made of";
                context.push(if told.ends_with("`other`") { warning.help(help) } else { warning });
            }
            Some(morphology)
        }
        Err(Refused { line, why, help }) => {
            let message = format!("`{path}` line {line}: {why}");
            context.push(Diagnostic::error(Code::BadFile, file.span, message).help(help));
            None
        }
    }
}
