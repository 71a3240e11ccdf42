//! `initial.<variable>` of a population: where its neurons start.

use super::gates::{self, CableVariable};
use super::point_rest::is_rest;
use super::populations::Reader;
use super::synaptic_initial::SynapticInitial;
use crate::config::value::{Data, Name, Table, Value};
use crate::error::{Code, Diagnostic, Span};
use crate::model::Range;
use crate::num::rng::Purpose;

/// A key and what is written there.
type Written = (Name, Value);

impl Reader<'_, '_, '_> {
    /// `initial.<variable>`: values of the model's own variables; synaptic ones wait for their ports.
    pub fn initial(
        &mut self,
        initial: Option<&Table>,
        waiting: &mut Vec<SynapticInitial>,
    ) -> Option<Vec<(String, Vec<f64>)>> {
        let mut given = Vec::new();
        let mut sound = true;
        for (name, value) in initial.map_or(&[][..], |table| &table.entries) {
            if let (true, Data::Table(table)) = (["g", "I"].contains(&name.text.as_str()), &value.data) {
                let unit = if name.text == "g" { "nS" } else { "pA" };
                for (synapse, value) in &table.entries {
                    let Some(values) =
                        self.draw(value, unit, Purpose::Initial, &format!("{}.{}", name.text, synapse.text))
                    else {
                        sound = false;
                        continue;
                    };
                    let least = if name.text == "g" { 0.0 } else { f64::NEG_INFINITY };
                    if let Some(wrong) = values.iter().find(|x| !x.is_finite() || **x < least) {
                        let (what, kind) =
                            (&synapse.text, if name.text == "g" { "finite and not negative" } else { "finite" });
                        let message = format!("`{}.{what}` starts at {wrong} {unit}, but must be {kind}", name.text);
                        self.context.push(Diagnostic::error(Code::OutOfRange, value.span, message));
                        sound = false;
                    }
                    let (population, variable) = (self.index, name.text.clone());
                    waiting.push(SynapticInitial { population, variable, synapse: synapse.clone(), values });
                }
                continue;
            }
            let Some((_, variable)) = self.info.variable(&name.text) else {
                let message = format!("`{}` has no variable `{}`", self.info.name, name.text);
                let known = self.info.variables.iter().map(|v| v.name);
                self.context.push(Diagnostic::error(Code::UnknownKey, name.span, message).suggest(&name.text, known));
                sound = false;
                continue;
            };
            if name.text == "V_m" && is_rest(value) {
                continue;
            }
            match self.draw(value, variable.unit, Purpose::Initial, &name.text) {
                Some(list) if list.iter().all(|number| number.is_finite()) => given.push((name.text.clone(), list)),
                Some(_) => {
                    let message = format!("`{}` must start at a finite value", name.text);
                    self.context.push(Diagnostic::error(Code::OutOfRange, value.span, message));
                    sound = false;
                }
                None => sound = false,
            }
        }
        sound.then_some(given)
    }

    /// `initial.V_m` of a cable, which may be "rest", and the other initial values.
    pub fn initial_voltage<'t>(&mut self, initial: Option<&'t Table>) -> (Option<Vec<Option<f64>>>, Vec<&'t Written>) {
        let entries = initial.map_or(&[][..], |table| &table.entries);
        let (voltage, others): (Vec<&Written>, Vec<&Written>) =
            entries.iter().partition(|(name, _)| name.text == "V_m");
        let v = match voltage.first().map(|entry| &entry.1) {
            None => Some(vec![Some(-65.0); self.size]),
            Some(value) if is_rest(value) => Some(vec![None; self.size]),
            Some(value) => self.written_voltage(value),
        };
        (v, others)
    }

    fn written_voltage(&mut self, value: &Value) -> Option<Vec<Option<f64>>> {
        let list = self.draw(value, "mV", Purpose::Initial, "V_m")?;
        if let Some(bad) = list.iter().find(|&&v| !Range::Within(-500.0, 500.0).holds(v)) {
            let message = format!("`V_m` starts at {bad} mV, which no membrane bears");
            self.context.push(Diagnostic::error(Code::OutOfRange, value.span, message));
            return None;
        }
        Some(list.into_iter().map(Some).collect())
    }

    pub fn initial_gates(
        &mut self,
        variables: &[CableVariable],
        initial: &[&(Name, Value)],
        waiting: &mut Vec<SynapticInitial>,
    ) -> Option<Vec<(usize, usize, Vec<f64>)>> {
        let (mut gates, mut sound) = (Vec::new(), true);
        for (name, value) in initial.iter().map(|entry| (&entry.0, &entry.1)) {
            if let (true, Data::Table(_)) = (["g", "I"].contains(&name.text.as_str()), &value.data) {
                let one = Table { entries: vec![((*name).clone(), (*value).clone())], span: Span::NONE };
                sound &= self.initial(Some(&one), waiting).is_some();
                continue;
            }
            for (written, span, value) in qualified(name, value) {
                let found = gates::named(variables, &written);
                let [gate] = found[..] else {
                    let message = format!("these cells have no variable `{written}`");
                    let known = gates::known(variables);
                    let known = known.iter().map(String::as_str).chain(["V_m"]);
                    let unknown = Diagnostic::error(Code::UnknownKey, span, message).suggest(&written, known);
                    self.context.push(match found.is_empty() {
                        true => unknown,
                        false => gates::ambiguous(&written, &found, span),
                    });
                    sound = false;
                    continue;
                };
                match self.initial_gate(value, gate, &written) {
                    Some(list) => gates.push((gate.mechanism, gate.gate, list)),
                    None => sound = false,
                }
            }
        }
        sound.then_some(gates)
    }

    fn initial_gate(&mut self, value: &Value, gate: &CableVariable, name: &str) -> Option<Vec<f64>> {
        let list = self.draw(value, gate.unit, Purpose::Initial, name)?;
        let (range, what) = match gate.unit {
            "" => (Range::Within(0.0, 1.0), "a gate"),
            _ => (Range::NonNegative, "a concentration"),
        };
        if let Some(bad) = list.iter().find(|&&x| !range.holds(x)) {
            let message = format!("`{name}` starts at {bad}, but {what} is {}", range.describe());
            self.context.push(Diagnostic::error(Code::OutOfRange, value.span, message));
            return None;
        }
        Some(list)
    }
}

/// `m = 0.5`, and of `m.hh = 0.5`, which is a table in `m`, each entry with its whole name.
fn qualified<'v>(name: &Name, value: &'v Value) -> Vec<(String, Span, &'v Value)> {
    match &value.data {
        Data::Table(table) if table.get("each").is_none() => {
            let entry = |(of, value): &'v Written| (format!("{}.{}", name.text, of.text), of.span, value);
            table.entries.iter().map(entry).collect()
        }
        _ => vec![(name.text.clone(), name.span, value)],
    }
}
