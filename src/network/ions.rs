//! `[cell.x.ion.<Na|K|Ca>]`: reversal potentials, written or from the concentrations on both sides of the membrane.
//!
//! The calcium inside is that of a cell at rest: what a pool returns to, and what channels see that have no pool.

use super::cells::need_temperature;
use super::context::{Context, with_unit};
use super::sections::positive;
use crate::cable::SectionSpec;
use crate::config::keys::Keys;
use crate::config::value::{Data, Name, Table, Value};
use crate::error::{Code, Diagnostic, Span};
use crate::mechanisms::{self, ALL, Calcium, Entry, thermal};
use crate::model::Parameter;
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
            "Ca_rest" | "Ca_inf" => self.calcium_inside,
            _ => self.reversal[IONS.iter().position(|(.., decided)| *decided == parameter)?],
        }
    }
}

impl Ions {
    /// A number of a mechanism: as written, or as an ion decides, or the default. Both together must say the same.
    pub fn parameter(
        &self,
        context: &mut Context,
        path: &[&str],
        written: Option<&Value>,
        parameter: &Parameter,
        (at, what): (Span, &str),
    ) -> Option<f64> {
        match (written, self.decides(parameter.name)) {
            (None, Some(decided)) => {
                let text = with_unit(decided, parameter.unit);
                context.default_text(&[path, &[parameter.name]].concat(), text);
                Some(decided)
            }
            _ => {
                let number = context.parameter(path, written, parameter, at, what)?;
                self.compare(context, path, number, parameter, written);
                Some(number)
            }
        }
    }

    /// Refuses a number that is written here, where an ion of the cell says another.
    fn compare(
        &self,
        context: &mut Context,
        path: &[&str],
        number: f64,
        parameter: &Parameter,
        written: Option<&Value>,
    ) {
        let (Some(value), Some(decided)) = (written, self.decides(parameter.name)) else { return };
        if number == decided {
            return;
        }
        let ion = decider(parameter.name);
        let [here, there] = [number, decided].map(|number| with_unit(number, parameter.unit));
        let message = format!("`{}` is {here} here, but the cell's ion `{ion}` makes it {there}", parameter.name);
        let cell = path.get(1).copied().unwrap_or_default();
        let help = format!("leave out either `{}.{}` or `cell.{cell}.ion.{ion}`", path.join("."), parameter.name);
        context.push(Diagnostic::error(Code::Conflict, value.span, message).help(help));
    }

    /// Warns of channels that wait for calcium which nothing brings, and of pools that nothing fills.
    pub fn warn_of_calcium(&self, context: &mut Context, sections: &[SectionSpec], at: Span) {
        if !context.spoilt.is_empty() {
            return;
        }
        let find = |section: &SectionSpec, wanted: Calcium| {
            section.mechanisms.iter().map(|(index, _)| &ALL[*index]).find(|entry| entry.calcium == wanted)
        };
        let [mut constant, mut unfilled] = [None; 2];
        for section in sections {
            let [read, carried, held] =
                [Calcium::Read, Calcium::Carried, Calcium::Held].map(|what| find(section, what));
            match (read, carried, held) {
                (Some(entry), _, None) => constant = constant.or(Some((section, entry.info.name))),
                (_, None, Some(entry)) => unfilled = unfilled.or(Some((section, entry.info.name))),
                _ => {}
            }
        }
        if let (Some((section, name)), None) = (constant, self.calcium_inside) {
            let message = format!("the calcium that `{name}` of section `{}` waits for never changes", section.name);
            let help = "add `mechanisms.ca_pool = {}` there, or say with `[cell.x.ion.Ca]` how much there is";
            context.push(Diagnostic::warning(Code::Suspicious, at, message).help(help));
        }
        if let Some((section, name)) = unfilled {
            let message = format!("no channel lets calcium in for `{name}` of section `{}`", section.name);
            let help = "add a calcium channel there: `ca_l`, `ca_hva` or `ca_t`";
            context.push(Diagnostic::warning(Code::Suspicious, at, message).help(help));
        }
    }
}

/// The ion that decides a parameter, in any of the names that it goes by.
fn decider(parameter: &str) -> &'static str {
    IONS.iter().find(|(.., reversal)| *reversal == parameter).map_or("Ca", |(ion, ..)| ion)
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
    let at = keys.span();
    let lacking = match (reversal, sides) {
        (Some(_), [None, None]) | (None, [Some(_), Some(_)]) => None,
        (Some(_), _) => {
            Some(format!("{what} has `E`, which follows from `inside` and `outside`: either it or these two"))
        }
        _ => Some(format!("{what} needs `E`, or `inside` and `outside`")),
    };
    let is_known = IONS.iter().any(|(ion, ..)| *ion == name.text);
    if let Some(message) = lacking.filter(|_| is_known) {
        let help = "such as `E = \"50 mV\"` or `inside = \"15 mM\", outside = \"150 mM\"`";
        context.push(Diagnostic::error(Code::Conflict, at, message).help(help));
    }
    // It may be that one of them is misspelt.
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
        _ => return None,
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
