//! What a biological column is made of: a `[cell.x]` of model `lif`, and the synapse that its spikes arrive through.

use super::reader::Reader;
use crate::config::keys::Keys;
use crate::config::value::{Table, Value};
use crate::contrast::plan::Cell;
use crate::error::{Code, Diagnostic};
use crate::neurons::NeuronModel;
use crate::neurons::lif::Lif;
use std::collections::HashMap;

/// Of a synaptic current whose column names no synapse: a fast excitatory one.
const TAU_SYN_MS: f64 = 5.0;

/// Time constants in ms of `[synapse.x]` by name; `None` for one that is wrong.
pub type Synapses = HashMap<String, Option<f64>>;

/// Reads every `[synapse.x]`: a layered contrast has exponential currents.
pub fn synapses(reader: &mut Reader) -> Synapses {
    let config = reader.config;
    let read = |(name, table): (&crate::config::value::Name, &Table)| {
        (name.text.clone(), synapse(reader, &format!("synapse `{}`", name.text), table))
    };
    config.entries("synapse").into_iter().map(read).collect()
}

fn synapse(reader: &mut Reader, what: &str, table: &Table) -> Option<f64> {
    let mut keys = Keys::new(what, table);
    let model = keys.required("model", "such as `\"exponential\"`", &mut reader.diagnostics)?;
    let word = reader.diagnostics.keep(model.as_text("`model`"))?;
    if word != "exponential" {
        let message = format!("{what} is `{word}`, but the layers of a contrast are joined by exponential currents");
        reader.push(Diagnostic::error(Code::UnknownName, model.span, message).help("write `model = \"exponential\"`"));
        return None;
    }
    let help = "a conductance would pull towards `E_rev`; a weight of either sign is a current";
    reader.refuse(&mut keys, &["E_rev"], "a synapse between the layers of a contrast", help);
    let tau = keys.required("tau", "such as `\"5 ms\"`", &mut reader.diagnostics);
    keys.finish(&mut reader.diagnostics);
    let tau = tau?;
    let ms = reader.diagnostics.keep(reader.evaluator.number(tau, "ms"))?;
    if !(ms > 0.0 && ms.is_finite()) {
        let message = format!("`tau` is {ms} ms, but must be above zero and finite");
        reader.push(Diagnostic::error(Code::OutOfRange, tau.span, message));
        return None;
    }
    Some(ms)
}

/// The cell that `cell = "name"` of a column means, and that `synapse = "name"` speaks to.
pub fn biological(
    reader: &mut Reader,
    cell: &Value,
    name: &str,
    synapse: Option<&Value>,
    synapses: &Synapses,
) -> Option<Cell> {
    let tau_syn_ms = match synapse {
        None => Some(TAU_SYN_MS),
        Some(value) => time_constant(reader, value, synapses),
    };
    let written: Vec<&str> = reader.config.entries("cell").iter().map(|(name, _)| name.text.as_str()).collect();
    if !written.contains(&name) {
        let message = format!("there is no cell `{name}`");
        let unknown = Diagnostic::error(Code::UnknownName, cell.span, message);
        reader.push(unknown.suggest(name, ["if", "leaky"].into_iter().chain(written)));
        return None;
    }
    // A cell that could not be read has been reported.
    let (model, parameters) = reader.cells.cell(name)?;
    let parameters = parameters.map(<[f64]>::to_vec);
    let unfit = |message: String| Diagnostic::error(Code::Conflict, cell.span, message);
    let (Some(parameters), "lif") = (parameters, model.name) else {
        let message = format!("cell `{name}` is of model `{}`, but a layer can only be made of `lif`", model.name);
        reader.push(unfit(message).help("write `model = \"lif\"` in its table, with the numbers of a `lif` neuron"));
        return None;
    };
    if Lif::capacitance(&parameters).is_none() {
        let message = format!("cell `{name}` has no `C_m`, so no current can charge it");
        reader.push(unfit(message).help("add `C_m = \"250 pF\"` or `g_L` to its table"));
        return None;
    }
    let threshold = Lif::INFO.parameter("V_th").map(|(index, _)| parameters[index]);
    if threshold.is_none_or(|threshold| !threshold.is_finite()) {
        reader.push(unfit(format!("cell `{name}` has no finite `V_th`: it would never spike")));
        return None;
    }
    Some(Cell::Biological { name: name.into(), parameters, dt_ms: reader.cells.dt_ms, tau_syn_ms: tau_syn_ms? })
}

fn time_constant(reader: &mut Reader, value: &Value, synapses: &Synapses) -> Option<f64> {
    let name = reader.diagnostics.keep(value.as_text("`synapse`"))?;
    match synapses.get(name) {
        Some(tau) => *tau,
        None => {
            let unknown = Diagnostic::error(Code::UnknownName, value.span, format!("there is no synapse `{name}`"));
            let mut known: Vec<&str> = synapses.keys().map(String::as_str).collect();
            known.sort_unstable();
            let unknown = unknown.suggest(name, known.iter().copied());
            reader.push(match known.is_empty() {
                true => unknown.help(format!("add `[synapse.{name}]` with `model = \"exponential\"` and `tau`")),
                false => unknown,
            });
            None
        }
    }
}
