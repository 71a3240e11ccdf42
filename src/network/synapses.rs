//! `[synapse.x]`, and the ports where synapses of one table meet one place of one population.

use super::by_use;
use super::context::Context;
use super::targets::{Reached, one_place};
use super::{Body, Port};
use crate::config::keys::Keys;
use crate::config::value::{Name, Table, Value};
use crate::error::{Code, Diagnostic, Span};
use crate::synapses::kinetic::RELEASE;
use crate::synapses::{self, Kinetic, Quantal, ShortTerm, Synapse};

/// A `[synapse]` table, read.
#[derive(Clone)]
pub(super) struct SynapseTable {
    pub name: String,
    pub synapse: Synapse,
    pub reversal: Option<f64>,
    pub short_term: Option<ShortTerm>,
    pub quantal: Option<Quantal>,
}

/// Reads every `[synapse.x]`.
pub(super) fn read(context: &mut Context) {
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
    let own = reversal.filter(|_| entry.info.parameter("E_rev").is_none());
    let reversal_mv = own.map(|value| context.diagnostics.keep(context.evaluator.number(value, "mV")));
    let (worn, released) = (keys.optional("short_term"), keys.optional("quantal"));
    let at = keys.span();
    keys.finish(&mut context.diagnostics);
    let used = by_use::read(context, worn, released, &path);
    let (parameters, (short_term, quantal)) = (parameters?, used?);
    let reversal_mv = match (entry.info.parameter("E_rev"), reversal_mv) {
        (Some((index, _)), _) => Some(parameters[index]),
        (None, Some(number)) => Some(number?),
        (None, None) => None,
    };
    let synapse = match (entry.build)(&parameters, context.dt_ms) {
        Ok(synapse) => synapse,
        Err(reason) => {
            context.push(Diagnostic::error(Code::OutOfRange, at, format!("{what}: {reason}")));
            return None;
        }
    };
    if let Synapse::Kinetic(receptor) = &synapse {
        unmeant(context, table, receptor, &path)?;
    }
    if let (Synapse::Delta, Some(value)) = (&synapse, reversal) {
        let message = "a `delta` synapse has no `E_rev`: it is a jump of V_m, not a conductance".to_string();
        context.push(
            Diagnostic::error(Code::Conflict, value.span, message).help("leave `E_rev` out, or use `exponential`"),
        );
        return None;
    }
    if let Synapse::Kinetic(receptor) = &synapse {
        refuse_use(context, table, receptor, word)?;
    }
    Some(SynapseTable { name: name.text.clone(), synapse, reversal: reversal_mv, short_term, quantal })
}

/// Refuses what changes a spike where no spike is, and chance where synapses share their transmitter.
fn refuse_use(context: &mut Context, table: &Table, receptor: &Kinetic, model: &str) -> Option<()> {
    let written = |key: &str| table.entries.iter().find(|(name, _)| name.text == key).map(|(name, _)| name.span);
    let (span, message, help) = if let Some(span) = written("quantal") {
        let message = format!(
            "`quantal` lets each synapse release on its own, but all `{model}` receptors of a terminal share its transmitter"
        );
        (span, message, "use `exponential` or `dual_exponential` with an `E_rev`, or leave `quantal` out")
    } else {
        let unmet = written("short_term").filter(|_| !receptor.waits_for_spikes());
        let Some(span) = unmet else { return Some(()) };
        let message =
            format!("`short_term` changes what a spike brings, but `{model}` follows the terminal's transmitter here");
        (span, message, "write `transmitter = \"pulse\"`: then each spike brings a pulse of T_max u x")
    };
    context.push(Diagnostic::error(Code::Conflict, span, message).help(help));
    None
}

/// Refuses numbers of a transmitter that comes from elsewhere, and forgets their defaults.
fn unmeant(context: &mut Context, table: &Table, receptor: &Kinetic, path: &[&str]) -> Option<()> {
    let (choice, meant) = receptor.release.meant();
    let is_unmeant = |name: &str| RELEASE[1..].iter().any(|key| key.name == name) && !meant.contains(&name);
    let own = |at: &[String]| at.len() == path.len() + 1 && at.iter().zip(path).all(|(a, b)| a == b);
    context.defaults.retain(|(at, _)| !(own(at) && is_unmeant(&at[path.len()])));
    let unmeant: Vec<&Name> =
        table.entries.iter().map(|(name, _)| name).filter(|name| is_unmeant(&name.text)).collect();
    for name in &unmeant {
        let message = format!("`{}` has no meaning where `transmitter` is `\"{choice}\"`", name.text);
        let help = match meant {
            [] => "the mechanism `release` has the numbers of its transmitter".to_string(),
            keys => format!("its numbers are {}; else choose another `transmitter`", keys.join(", ")),
        };
        context.push(Diagnostic::error(Code::Conflict, name.span, message).help(help));
    }
    unmeant.is_empty().then_some(())
}

/// The synapse table that `value` names.
pub(super) fn find_synapse(context: &mut Context, value: &Value) -> Option<SynapseTable> {
    let name = context.diagnostics.keep(value.as_text("`synapse`"))?;
    if let Some(found) = context.synapses.get(name) {
        return Some(found.clone());
    }
    if !context.config.names("synapse").contains(&name) {
        let message = format!("there is no synapse `{name}`");
        let known = context.config.entries("synapse").into_iter().map(|(known, _)| known.text.as_str());
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
    let unit = match weight_unit(&population.body, &synapse.synapse, synapse.reversal) {
        Ok(unit) => unit,
        Err(reason) => {
            let message = format!("synapse `{}` cannot act on `{}`: {reason}", synapse.name, population.name);
            context.push(Diagnostic::error(Code::Conflict, at, message));
            return None;
        }
    };
    let same =
        |port: &Port| port.population == reached.population && port.synapse_name == synapse.name && port.place == place;
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
        short_term: synapse.short_term,
        quantal: synapse.quantal,
        late,
        initial: None,
    });
    Some((context.ports.len() - 1, unit))
}

/// What a weight of `synapse` on such a cell is measured in.
pub(super) fn weight_unit(body: &Body, synapse: &Synapse, reversal: Option<f64>) -> Result<&'static str, String> {
    let delta = matches!(synapse, Synapse::Delta);
    match body {
        Body::Cable(_) if delta => Ok("fC"),
        Body::Cable(_) => Ok(if reversal.is_some() { "nS" } else { "pA" }),
        Body::Point(_) if delta => Ok("mV"),
        Body::Point(point) if point.kernel.info().name == "izhikevich" => match reversal {
            None => Ok("mV/ms"),
            Some(_) => {
                Err("`izhikevich` has no capacitance, so a conductance has no meaning; leave `E_rev` out".into())
            }
        },
        Body::Point(point) if point.kernel.capacitance(0).is_none() => {
            Err("its cell has no `C_m`, which only `delta` synapses can do without".into())
        }
        Body::Point(_) => Ok(if reversal.is_some() { "nS" } else { "pA" }),
        Body::Poisson(_) | Body::SpikeSource(_) => Err("it has no membrane".into()),
    }
}
