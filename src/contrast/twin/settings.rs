//! `[unit.<population>]`: what a config says of the unit that stands for a population's neurons.

use crate::activations::{self, Activation};
use crate::config::Config;
use crate::config::evaluate::Evaluator;
use crate::config::keys::Keys;
use crate::config::value::{Name, Table, Value};
use crate::error::{Code, Diagnostic, Diagnostics};
use crate::network::{Body, Network};
use crate::rate::fit::Given;
use crate::rate::units::Size;

/// The activation of a population that says nothing.
const USUAL: &str = "relu";

/// What is asked for: numbers left out are fitted.
#[derive(Clone, Copy)]
pub struct Asked {
    pub activation: &'static dyn Activation,
    pub given: Given,
    pub tau_ms: Option<f64>,
}

impl Asked {
    fn usual() -> Asked {
        let activation = activations::find(USUAL).unwrap_or(activations::ALL[0]);
        Asked { activation, given: Given::default(), tau_ms: None }
    }
}

/// Reads every `[unit.x]`: one entry a population. Without a network (the config has other mistakes) only names are
/// checked, since the units of the numbers hang on the cells.
pub fn read(config: &Config, network: Option<&Network>, diagnostics: &mut Diagnostics) -> Vec<Asked> {
    // What `[define]` has wrong is reported where the network is built.
    let evaluator = Evaluator::new(config.table("define"), &mut Diagnostics::default());
    let mut asked = vec![Asked::usual(); network.map_or(0, |network| network.populations.len())];
    for (name, table) in config.entries("unit") {
        let reader = Reader { evaluator: &evaluator, name, table };
        if let Some((population, own)) = reader.read(config, network, diagnostics) {
            asked[population] = own;
        }
    }
    asked
}

struct Reader<'r> {
    evaluator: &'r Evaluator,
    name: &'r Name,
    table: &'r Table,
}

impl Reader<'_> {
    fn read(&self, config: &Config, network: Option<&Network>, d: &mut Diagnostics) -> Option<(usize, Asked)> {
        let what = format!("unit `{}`", self.name.text);
        let mut keys = Keys::new(&what, self.table);
        let activation = keys.optional("activation");
        let [gain, threshold, ceiling, softness, tau] =
            ["gain", "threshold", "ceiling", "softness", "tau"].map(|key| keys.optional_named(key));
        keys.finish(d);
        let activation = activation.map_or(Some(Asked::usual().activation), |value| self.activation(value, d));
        let known: Vec<&str> = config.entries("population").iter().map(|(name, _)| name.text.as_str()).collect();
        if !known.contains(&self.name.text.as_str()) {
            let message = format!("there is no population `{}`", self.name.text);
            let unknown = Diagnostic::error(Code::UnknownName, self.name.span, message);
            d.push(unknown.suggest(&self.name.text, known));
        }
        let activation = activation?;
        let size = self.size(activation, ceiling, softness, d);
        let population = network?.populations.iter().position(|population| population.name == self.name.text)?;
        let body = &network?.populations[population].body;
        let unit = match body {
            Body::Point(point) if point.kernel.capacitance(0).is_none() => "mV/ms",
            Body::Poisson(_) | Body::SpikeSource(_) => {
                let message =
                    format!("`{}` has no membrane: its rates are given, so no unit stands for it", self.name.text);
                d.push(Diagnostic::error(Code::Conflict, self.name.span, message).help("leave the table out"));
                return None;
            }
            _ => "pA",
        };
        let given = Given {
            gain: self.positive(gain, "gain", &gain_unit(unit), d),
            threshold: threshold.and_then(|value| self.number(value, "threshold", unit, false, d)),
            size: self.positive(size?, Size::of(activation).key().unwrap_or("ceiling"), "Hz", d),
            least_threshold: None,
        };
        Some((population, Asked { activation, given, tau_ms: self.positive(tau, "tau", "ms", d) }))
    }

    fn activation(&self, value: &Value, d: &mut Diagnostics) -> Option<&'static dyn Activation> {
        let word = d.keep(self.evaluator.word(value))?;
        let found = activations::find(word);
        if found.is_none() {
            let message = format!("there is no activation `{word}`");
            let known = activations::ALL.iter().map(|activation| activation.name());
            d.push(Diagnostic::error(Code::UnknownName, value.span, message).suggest(word, known));
        }
        found
    }

    /// The one of `ceiling` and `softness` that the activation has; an error for the other.
    fn size<'v>(
        &self,
        activation: &dyn Activation,
        ceiling: Option<&'v Value>,
        softness: Option<&'v Value>,
        d: &mut Diagnostics,
    ) -> Option<Option<&'v Value>> {
        let has = Size::of(activation);
        let mut sound = true;
        for (key, value, size) in [("ceiling", ceiling, Size::Ceiling), ("softness", softness, Size::Softness)] {
            let Some(value) = value.filter(|_| size != has) else { continue };
            let message = format!("`{key}` has no meaning for `{}`", activation.name());
            let fitting = activations::ALL.iter().filter(|other| Size::of(**other) == size).map(|other| other.name());
            let fitting: Vec<String> = fitting.map(|name| format!("`{name}`")).collect();
            let conflict = Diagnostic::error(Code::Conflict, value.span, message);
            d.push(match fitting.is_empty() {
                true => conflict.help(format!("leave `{key}` out")),
                false => conflict.help(format!("leave it out, or choose {}", fitting.join(", "))),
            });
            sound = false;
        }
        sound.then_some(if has == Size::Softness { softness } else { ceiling })
    }

    fn positive(&self, value: Option<&Value>, key: &str, unit: &str, d: &mut Diagnostics) -> Option<f64> {
        self.number(value?, key, unit, true, d)
    }

    fn number(&self, value: &Value, key: &str, unit: &str, positive: bool, d: &mut Diagnostics) -> Option<f64> {
        let number = d.keep(self.evaluator.number(value, unit))?;
        if number.is_finite() && (number > 0.0 || !positive) {
            return Some(number);
        }
        let must = if positive { "above zero and finite" } else { "finite" };
        let message = format!("`{key}` is {number} {unit}, but must be {must}");
        d.push(Diagnostic::error(Code::OutOfRange, value.span, message));
        None
    }
}

/// Of a gain, for drives in `unit`.
pub fn gain_unit(unit: &str) -> String {
    if unit == "pA" { "Hz/pA".into() } else { "Hz ms/mV".into() }
}
