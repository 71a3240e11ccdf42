//! `[cell.x]`: what one neuron is made of, with numbers in the units of its model's table.

use super::context::Context;
use super::ions;
use super::morphology::Reconstruction;
use super::poisson::PoissonCell;
use super::spike_times::{self, SpikeTimes};
use crate::cable::SectionSpec;
use crate::config::keys::Keys;
use crate::config::value::{Name, Table};
use crate::error::{Code, Diagnostic, Span};
use crate::model::ModelInfo;
use crate::neurons;

/// A cell's table, read.
#[derive(Clone)]
pub(super) struct Cell {
    pub info: &'static ModelInfo,
    pub kind: Kind,
}

#[derive(Clone)]
pub(super) enum Kind {
    /// Parameters in the order of the table, as written (NaN: left out) and completed.
    Point {
        written: Vec<f64>,
        complete: Vec<f64>,
    },
    Cable(CableCell),
    /// Hz, or a course of means a step.
    Poisson(PoissonCell),
    SpikeSource(SpikeTimes),
}

#[derive(Clone)]
pub(super) struct CableCell {
    pub names: Vec<String>,
    pub sections: Vec<SectionSpec>,
    /// `hodgkin_huxley`: one compartment of this area (um^2), its mechanism's parameters may be set per neuron.
    pub point_area: Option<f64>,
    /// pA.
    pub holding: f64,
    /// mM, where `[cell.x.ion.Ca]` says so.
    pub calcium: Option<f64>,
    pub morphology: Option<Reconstruction>,
}

/// Every model that `[cell.x] model` may name.
pub(super) fn model_names() -> Vec<&'static str> {
    neurons::ALL.iter().map(|info| info.name).collect()
}

/// Reads every `[cell.x]`.
pub(super) fn read(context: &mut Context) {
    for (name, table) in context.config.entries("cell") {
        if let Some(cell) = read_cell(context, name, table) {
            context.cells.insert(name.text.clone(), cell);
        }
    }
}

fn read_cell(context: &mut Context, name: &Name, table: &Table) -> Option<Cell> {
    let what = format!("cell `{}`", name.text);
    let mut keys = Keys::new(&what, table);
    let model = keys.required("model", "what it is, such as `\"lif\"`", &mut context.diagnostics)?;
    let word = context.diagnostics.keep(model.as_text("`model`"))?;
    let Some(info) = neurons::ALL.iter().copied().find(|info| info.name == word) else {
        let message = format!("there is no cell model `{word}`");
        context.push(Diagnostic::error(Code::UnknownName, model.span, message).suggest(word, model_names()));
        return None;
    };
    let path = ["cell", name.text.as_str()];
    let kind = match word {
        "cable" => super::sections::read(context, &mut keys, &path, name.span).map(Kind::Cable),
        "hodgkin_huxley" => read_hodgkin_huxley(context, &mut keys, &path, info, &what).map(Kind::Cable),
        "poisson" => PoissonCell::read(context, table, &mut keys, &path, (info, &what)).map(Kind::Poisson),
        "spike_source" => {
            let (times, file) = (keys.optional("times"), keys.optional("file"));
            spike_times::read(context, times, file, (&what, keys.span())).map(Kind::SpikeSource)
        }
        _ => read_point(context, &mut keys, &path, info, &what),
    };
    keys.finish(&mut context.diagnostics);
    Some(Cell { info, kind: kind? })
}

/// Every parameter of `info`; `None` if any is wrong.
pub(super) fn read_parameters(
    context: &mut Context,
    keys: &mut Keys,
    path: &[&str],
    info: &ModelInfo,
    what: &str,
) -> Option<Vec<f64>> {
    let at = keys.span();
    let read = |parameter: &crate::model::Parameter| {
        let written = keys.optional_named(parameter.name);
        context.parameter(path, written, parameter, at, what)
    };
    let numbers: Vec<Option<f64>> = info.parameters.iter().map(read).collect();
    numbers.into_iter().collect()
}

fn read_point(context: &mut Context, keys: &mut Keys, path: &[&str], info: &ModelInfo, what: &str) -> Option<Kind> {
    let written = read_parameters(context, keys, path, info, what)?;
    let entry = neurons::point(info.name)?;
    let mut complete = written.clone();
    if let Err(reason) = (entry.complete)(&mut complete) {
        context.push(Diagnostic::error(Code::Conflict, keys.span(), format!("{what}: {reason}")));
        return None;
    }
    Some(Kind::Point { written, complete })
}

/// A cable of one compartment with the mechanism `hh`.
fn read_hodgkin_huxley(
    context: &mut Context,
    keys: &mut Keys,
    path: &[&str],
    info: &ModelInfo,
    what: &str,
) -> Option<CableCell> {
    let holding = keys.optional("I_e");
    let ions = ions::read(context, keys)?;
    let at = keys.span();
    let mut numbers: Vec<Option<f64>> = Vec::new();
    for parameter in info.parameters {
        let written = keys.optional_named(parameter.name);
        numbers.push(match (parameter.name, holding) {
            // Read when the area is known that a density is spread over.
            ("I_e", Some(_)) => Some(0.0),
            _ => ions.parameter(context, path, written, parameter, (at, what)),
        });
    }
    let numbers: Vec<f64> = numbers.into_iter().collect::<Option<_>>()?;
    let (area, capacitance) = (numbers[0], numbers[1]);
    let holding = match holding {
        Some(value) => super::targets::current(context, value, Some(area))?,
        None => 0.0,
    };
    need_temperature(context, keys.span(), "the rates of mechanism `hh` depend");
    let hh = crate::mechanisms::find("hh")?;
    let diameter = (area / std::f64::consts::PI).sqrt();
    let soma = SectionSpec {
        name: "soma".into(),
        parent: None,
        length: diameter,
        diameter,
        profile: vec![],
        compartments: 1,
        axial_resistivity: 100.0,
        capacitance,
        mechanisms: vec![(hh, numbers[3..].to_vec())],
    };
    Some(CableCell {
        names: vec!["soma".into()],
        sections: vec![soma],
        point_area: Some(area),
        holding,
        calcium: None,
        morphology: None,
    })
}

/// Says that `[run] temperature` is needed, once; `what` depends, as in "the rates of mechanism `hh` depend".
pub(super) fn need_temperature(context: &mut Context, at: Span, what: &str) {
    if context.temperature.is_some() || context.told_temperature {
        return;
    }
    context.told_temperature = true;
    let has = context.config.table("run").is_some_and(|run| run.get("temperature").is_some());
    if has {
        return;
    }
    let message = format!("{what} on the temperature, which `[run]` does not give");
    context.push(Diagnostic::error(Code::MissingKey, at, message).help(match what.contains("`hh`") {
        true => "add `temperature = \"6.3 degC\"` to `[run]`, the temperature of Hodgkin and Huxley's equations",
        false => "add `temperature = \"36 degC\"` to `[run]`, or what your experiment had",
    }));
}
