//! The config without a file: Rust code fills the same tree that a TOML file does, and is validated in the same place.
//!
//! ```
//! use axonal::config::Config;
//!
//! let mut config = Config::new();
//! config.run().duration("50 ms").dt("0.025 ms").temperature("6.3 degC");
//! config.cell("squid").model("hodgkin_huxley");
//! config.population("axon").cell("squid").size(1);
//! config.stimulus("touch").kind("step").to("axon").amplitude("10 uA/cm^2").start("5 ms");
//! config.recorder("v").of("axon").what(["V_m", "m"]).every("0.05 ms");
//! assert!(config.to_toml().contains("[population.axon]"));
//! ```
//!
//! Nothing is checked here: a wrong key is reported when the config is used, as it would be in a file.

use super::Config;
use super::value::{Data, Name, Table, Value};
use crate::error::Span;

/// A table from keys and values: `table([("pairs", [[0, 1], [1, 2]])])`.
pub fn table<V: Into<Value>>(entries: impl IntoIterator<Item = (&'static str, V)>) -> Value {
    let named = |(key, value): (&str, V)| (Name { text: key.into(), span: Span::NONE }, value.into());
    Table { entries: entries.into_iter().map(named).collect(), span: Span::NONE }.into()
}

/// A table of the config being filled; generic, for keys that have no method of their own.
#[derive(Debug)]
pub struct Entry<'a> {
    config: &'a mut Config,
    path: Vec<String>,
}

impl<'a> Entry<'a> {
    fn new(config: &'a mut Config, path: &[&str]) -> Entry<'a> {
        let mut entry = Entry { config, path: path.iter().map(|key| key.to_string()).collect() };
        entry.make();
        entry
    }

    /// The table exists even if nothing is set in it.
    fn make(&mut self) {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let mut table = Some(&self.config.root);
        for key in &path {
            table = table.and_then(|table| match &table.get(key)?.data {
                Data::Table(table) => Some(table),
                _ => None,
            });
        }
        if table.is_none() {
            self.config.set_value(&path, Table::empty().into());
        }
    }

    /// Sets a key exactly as given, dots and all.
    fn assign(&mut self, keys: &[&str], value: Value) {
        let path: Vec<&str> = self.path.iter().map(String::as_str).chain(keys.iter().copied()).collect();
        self.config.set_value(&path, value);
    }
}

/// Declares the handle of one kind of table, with a method for each of its most used keys.
macro_rules! handles {
    ($($(#[$doc:meta])* $handle:ident: $($key:ident)*;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $handle<'a>(Entry<'a>);

        impl $handle<'_> {
            /// Sets any key; `initial.V_m` sets `V_m` in the table `initial`.
            pub fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
                let keys: Vec<&str> = key.split('.').collect();
                self.0.assign(&keys, value.into());
                self
            }

            $(
                #[doc = concat!("Sets `", stringify!($key), "`.")]
                pub fn $key(self, value: impl Into<Value>) -> Self {
                    self.set(stringify!($key), value)
                }
            )*
        }
    )*};
}

handles! {
    /// `[run]`
    Run: title duration warmup dt seed temperature;
    /// `[define]`
    Define:;
    /// `[cell.NAME]`
    Cell: model;
    /// `[cell.NAME.section.NAME]`
    Section: parent length diameter compartments max_compartment;
    /// `[population.NAME]`
    Population: cell size spike;
    /// `[synapse.NAME]`
    Synapse: model;
    /// `[projection.NAME]`
    Projection: from to rule synapse weight delay autapses multapses;
    /// `[gap_junction.NAME]`
    GapJunction: between rule conductance;
    /// `[stimulus.NAME]`
    Stimulus: kind to start stop amplitude rate times synapse weight;
    /// `[recorder.NAME]`
    Recorder: of at what every start stop format;
    /// `[measure.NAME]`
    Measure: kind of from to at start stop;
    /// `[plot.NAME]`
    Plot: kind data title format;
}

impl Cell<'_> {
    /// A section of a cable.
    pub fn section(&mut self, name: &str) -> Section<'_> {
        let mut path: Vec<&str> = self.0.path.iter().map(String::as_str).collect();
        path.extend(["section", name]);
        Section(Entry::new(self.0.config, &path))
    }
}

impl Config {
    pub fn run(&mut self) -> Run<'_> {
        Run(Entry::new(self, &["run"]))
    }

    pub fn define(&mut self) -> Define<'_> {
        Define(Entry::new(self, &["define"]))
    }

    pub fn cell(&mut self, name: &str) -> Cell<'_> {
        Cell(Entry::new(self, &["cell", name]))
    }

    pub fn population(&mut self, name: &str) -> Population<'_> {
        Population(Entry::new(self, &["population", name]))
    }

    pub fn synapse(&mut self, name: &str) -> Synapse<'_> {
        Synapse(Entry::new(self, &["synapse", name]))
    }

    pub fn projection(&mut self, name: &str) -> Projection<'_> {
        Projection(Entry::new(self, &["projection", name]))
    }

    pub fn gap_junction(&mut self, name: &str) -> GapJunction<'_> {
        GapJunction(Entry::new(self, &["gap_junction", name]))
    }

    pub fn stimulus(&mut self, name: &str) -> Stimulus<'_> {
        Stimulus(Entry::new(self, &["stimulus", name]))
    }

    pub fn recorder(&mut self, name: &str) -> Recorder<'_> {
        Recorder(Entry::new(self, &["recorder", name]))
    }

    pub fn measure(&mut self, name: &str) -> Measure<'_> {
        Measure(Entry::new(self, &["measure", name]))
    }

    pub fn plot(&mut self, name: &str) -> Plot<'_> {
        Plot(Entry::new(self, &["plot", name]))
    }

    /// Expects `what`, such as `chain.spikes` or `measure.speed`, to lie within both bounds.
    pub fn expect<V: Into<Value>>(&mut self, what: &str, low: V, high: V) {
        self.set_value(&["expect", what], [low, high].into());
    }
}

impl From<Table> for Value {
    fn from(table: Table) -> Value {
        Value { data: Data::Table(table), span: Span::NONE }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::text(text)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value { data: Data::Bool(flag), span: Span::NONE }
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        // Debug, unlike Display, never writes three hundred digits; TOML spells NaN in small letters.
        let digits = if number.is_nan() { "nan".into() } else { format!("{number:?}") };
        Value { data: Data::Number(digits), span: Span::NONE }
    }
}

macro_rules! from_integer {
    ($($integer:ty)*) => {$(
        impl From<$integer> for Value {
            fn from(number: $integer) -> Value {
                Value { data: Data::Number(number.to_string()), span: Span::NONE }
            }
        }
    )*};
}

from_integer!(i32 i64 u32 u64 usize);

impl<V: Into<Value>> From<Vec<V>> for Value {
    fn from(items: Vec<V>) -> Value {
        Value { data: Data::List(items.into_iter().map(Into::into).collect()), span: Span::NONE }
    }
}

impl<V: Into<Value>, const N: usize> From<[V; N]> for Value {
    fn from(items: [V; N]) -> Value {
        Vec::from(items).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_built_config_is_the_written_one() {
        let mut config = Config::new();
        config.run().set("duration", "50 ms").dt("0.025 ms").seed(1);
        config.define().set("rates", vec![0.5, 1e-7]);
        config.cell("c").model("cable").set("mechanisms.hh", Table::empty()).section("soma").length("20 um");
        config.population("p").cell("c").size(5usize).set("initial.V_m", "rest");
        config.projection("x").from("p").to("p").rule(table([("pairs", [[0, 1], [1, 2]])])).autapses(false);
        config.gap_junction("g").between(["p", "p"]);
        config.synapse("s");
        config.recorder("r").of("p").what(["V_m", "spikes"]);
        config.expect("p.spikes", 5, 5);
        let expected = r#"[run]
duration = "50 ms"
dt = "0.025 ms"
seed = 1

[define]
rates = [0.5, 1e-7]

[cell.c]
model = "cable"
mechanisms.hh = {}
section.soma.length = "20 um"

[population.p]
cell = "c"
size = 5
initial.V_m = "rest"

[projection.x]
from = "p"
to = "p"
rule.pairs = [[0, 1], [1, 2]]
autapses = false

[gap_junction.g]
between = ["p", "p"]

[synapse.s]

[recorder.r]
of = "p"
what = ["V_m", "spikes"]

[expect]
"p.spikes" = [5, 5]
"#;
        assert_eq!(config.to_toml(), expected);
    }

    #[test]
    fn a_handle_taken_again_keeps_what_was_set() {
        let mut config = Config::new();
        config.population("p").size(5);
        config.population("p").cell("c");
        assert_eq!(config.to_toml(), "[population.p]\nsize = 5\ncell = \"c\"\n");
    }
}
