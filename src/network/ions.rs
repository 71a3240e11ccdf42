//! `[cell.x.ion.<Na|K|Ca>]`: reversal potentials, written or from the concentrations on both sides of the membrane.

use super::cells::need_temperature;
use super::context::Context;
use super::sections::positive;
use crate::cable::SectionSpec;
use crate::config::keys::Keys;
use crate::config::value::{Data, Name, Table, Value};
use crate::error::{Code, Diagnostic};
use crate::mechanisms::{self, Calcium, Entry, thermal};
use crate::num::math::ln;

/// The ions of the language, with their charges, and the parameters of mechanisms that they decide.
const IONS: [(&str, f64, &str); 3] = [("Na", 1.0, "E_Na"), ("K", 1.0, "E_K"), ("Ca", 2.0, "E_Ca")];

/// What a cell says about its ions.
#[derive(Clone, Copy, Default)]
pub(super) struct Ions {
    /// mV, in the order of [`IONS`].
    reversal: [Option<f64>; 3],
    /// mM.
    pub calcium_inside: Option<f64>,
    calcium_outside: Option<f64>,
}

impl Ions {
    /// The number of a mechanism's parameter that is not written, if an ion decides it.
    pub fn decides(&self, parameter: &str) -> Option<f64> {
        match parameter {
            "Ca_o" => self.calcium_outside,
            _ => self.reversal[IONS.iter().position(|(.., decided)| *decided == parameter)?],
        }
    }
}

/// Reads the `ion` tables of a cell.
pub(super) fn read(context: &mut Context, keys: &mut Keys) -> Option<Ions> {
    let mut ions = Ions::default();
    let Some(value) = keys.optional("ion") else { return Some(ions) };
    let table = context.diagnostics.keep(value.as_table("`ion`"))?;
    let mut sound = true;
    for (name, value) in &table.entries {
        let Some(table) = context.diagnostics.keep(value.as_table(&format!("ion `{}`", name.text))) else {
            sound = false;
            continue;
        };
        sound &= read_one(context, name, table, &mut ions).is_some();
    }
    sound.then_some(ions)
}

fn read_one(context: &mut Context, name: &Name, table: &Table, ions: &mut Ions) -> Option<()> {
    let what = format!("ion `{}`", name.text);
    let mut keys = Keys::new(&what, table);
    let reversal = keys.optional("E");
    let sides = [keys.optional("inside"), keys.optional("outside")];
    keys.finish(&mut context.diagnostics);
    let Some(index) = IONS.iter().position(|(ion, ..)| *ion == name.text) else {
        let message = format!("there is no ion `{}`", name.text);
        let known = IONS.iter().map(|(ion, ..)| *ion);
        context.push(Diagnostic::error(Code::UnknownName, name.span, message).suggest(&name.text, known));
        return None;
    };
    match (reversal, sides) {
        (Some(value), [None, None]) => {
            ions.reversal[index] = Some(context.diagnostics.keep(context.evaluator.number(value, "mV"))?);
        }
        (None, [Some(inside), Some(outside)]) => {
            let (inside, outside) =
                (positive(context, inside, "inside", "mM"), positive(context, outside, "outside", "mM"));
            let (inside, outside) = (inside?, outside?);
            need_temperature(context, name.span, &format!("the reversal potential of {what} depends"));
            let temperature = context.temperature?;
            ions.reversal[index] = Some(thermal(temperature) / IONS[index].1 * ln(outside / inside));
            if name.text == "Ca" {
                (ions.calcium_inside, ions.calcium_outside) = (Some(inside), Some(outside));
            }
        }
        _ => {
            let message = format!("{what} needs `E`, or `inside` and `outside`");
            let help = "such as `E = \"50 mV\"` or `inside = \"15 mM\", outside = \"150 mM\"`";
            context.push(Diagnostic::error(Code::Conflict, name.span, message).help(help));
            return None;
        }
    }
    Some(())
}

/// Warns of ions that nothing in `sections` asks for.
pub(super) fn mind_unread(context: &mut Context, keys: &mut Keys, sections: &[SectionSpec]) {
    let Some(Value { data: Data::Table(table), .. }) = keys.optional("ion") else { return };
    let entries = || sections.iter().flat_map(|section| &section.mechanisms).map(|(index, _)| &mechanisms::ALL[*index]);
    for (name, _) in &table.entries {
        let Some((.., reversal)) = IONS.iter().find(|(ion, ..)| *ion == name.text) else { continue };
        let reads = |entry: &Entry| {
            entry.info.parameter(reversal).is_some() || name.text == "Ca" && entry.calcium != Calcium::Ignored
        };
        if !entries().any(reads) {
            let message = format!("no mechanism of this cell asks for ion `{}`", name.text);
            let help = format!("it decides the `{reversal}` of channels that have one");
            context.push(Diagnostic::warning(Code::Suspicious, name.span, message).help(help));
        }
    }
}
