//! `[curve.x]` and `[release.x]`: which neurons are driven how hard, and over which potentials a terminal releases.

use crate::config::Config;
use crate::config::evaluate::Evaluator;
use crate::config::keys::Keys;
use crate::config::value::{Data, Name, Table, Value};
use crate::error::{Code, Diagnostic, Diagnostics, Error, Severity, Span};
use crate::{network, neurons, units};
use std::sync::Arc;

/// Everything that the two kinds of table say.
pub struct Plan {
    pub curves: Vec<CurvePlan>,
    pub releases: Vec<ReleasePlan>,
    pub warnings: Vec<String>,
}

/// A neuron's firing rate against a constant current.
#[derive(Clone, Debug)]
pub struct CurvePlan {
    pub name: String,
    pub cell: String,
    pub model: String,
    /// Of `from` and `to`: pA, uA/cm^2 or mV/ms.
    pub unit: &'static str,
    pub from: f64,
    pub to: f64,
    pub points: usize,
    /// Neurons a point.
    pub repeats: usize,
    /// As written, so that they stay exact.
    pub duration: Value,
    pub warmup: Value,
    pub noise: Option<NoisePlan>,
}

/// Ornstein-Uhlenbeck current beside the constant one.
#[derive(Clone, Copy, Debug)]
pub struct NoisePlan {
    /// In `unit`.
    pub std: f64,
    pub unit: &'static str,
    pub tau_ms: f64,
}

/// Transmitter released against the terminal's potential.
#[derive(Clone, Debug)]
pub struct ReleasePlan {
    pub name: String,
    /// mV.
    pub from: f64,
    pub to: f64,
    pub points: usize,
    /// mM.
    pub t_max: f64,
    /// mV.
    pub v_half: f64,
    pub slope: f64,
}

const DENSITY: &str = "uA/cm^2";
/// Neurons of one curve.
const MOST_NEURONS: i64 = 1_000_000;

/// Whether the config has anything for [`contrast`](super::contrast).
pub fn has_curves(config: &Config) -> bool {
    ["curve", "release"].iter().any(|kind| config.table(kind).is_some())
}

/// Reads the config, all of it.
///
/// # Errors
/// Every mistake at once, also in the tables that a run reads.
pub fn read(config: &Config) -> Result<Plan, Error> {
    let mut diagnostics = Diagnostics::default();
    let mut evaluator = Evaluator::new(config.table("define"), &mut diagnostics);
    let default = Value::text("0.1 ms");
    let dt = config.table("run").and_then(|run| run.get("dt")).unwrap_or(&default);
    if evaluator.set_dt(dt).is_err() {
        // Reported by the network's own reader; go on with a step that sensible times are multiples of.
        diagnostics.keep(evaluator.set_dt(&Value::text("0.000001 ms")));
    }
    let mut reader = Reader { config, evaluator, diagnostics };
    let curves: Vec<CurvePlan> =
        config.entries("curve").into_iter().filter_map(|(name, table)| reader.curve(name, table)).collect();
    let releases: Vec<ReleasePlan> =
        config.entries("release").into_iter().filter_map(|(name, table)| reader.release(name, table)).collect();
    let mut list = reader.diagnostics.list;
    match network::build(&with_population(config)) {
        Ok(built) => list.extend(built.warnings),
        Err(error) => list.extend(error.diagnostics),
    }
    list.sort_by_key(|diagnostic| (diagnostic.span.source, diagnostic.span.start));
    list.dedup_by(|a, b| a.span == b.span && a.message == b.message);
    let wrong = |list: &[Diagnostic]| list.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    if !wrong(&list) && curves.is_empty() && releases.is_empty() {
        let help = "add `[curve.NAME]` with `cell`, `from` and `to`, or `[release.NAME]` with `from` and `to`";
        list.push(Diagnostic::error(Code::MissingKey, Span::NONE, "there is no curve to draw").help(help));
    }
    if wrong(&list) {
        return Err(Error::input(list, Arc::clone(&config.sources)));
    }
    let warnings = list.into_iter().map(|warning| warning.message).collect();
    Ok(Plan { curves, releases, warnings })
}

/// A config that can be built, so that the tables that curves share with runs are checked: one without populations gets
/// a neuron that does nothing.
fn with_population(config: &Config) -> Config {
    let mut built = config.clone();
    if config.entries("population").is_empty() {
        const NOBODY: &str = "nobody_but_curves";
        built.cell(NOBODY).model("poisson").set("rate", "0 Hz");
        built.population(NOBODY).cell(NOBODY).size(1);
    }
    built
}

struct Reader<'a> {
    config: &'a Config,
    evaluator: Evaluator,
    diagnostics: Diagnostics,
}

impl<'a> Reader<'a> {
    fn curve(&mut self, name: &Name, table: &Table) -> Option<CurvePlan> {
        let what = format!("curve `{}`", name.text);
        let mut keys = Keys::new(&what, table);
        let cell = keys.required("cell", "the name of a `[cell.x]`", &mut self.diagnostics);
        let from = keys.required("from", "such as `\"0 pA\"`", &mut self.diagnostics);
        let to = keys.required("to", "such as `\"500 pA\"`", &mut self.diagnostics);
        let (points, repeats) = (keys.optional("points"), keys.optional("repeats"));
        let (duration, warmup) = (keys.optional("duration"), keys.optional("warmup"));
        let noise = keys.optional("noise");
        keys.finish(&mut self.diagnostics);

        let cell = cell.and_then(|value| self.cell(value));
        let model = cell.as_ref().map(|(_, model)| model.as_str());
        let range = match (model, from, to) {
            (Some(model), Some(from), Some(to)) => self.currents(model, from, to),
            _ => None,
        };
        let points = self.count("points", points, 31, 3);
        let repeats = self.count("repeats", repeats, if noise.is_some() { 10 } else { 1 }, 1);
        self.check_size(points, repeats, name);
        if let (Some(2..), Some(value), None) = (repeats, table.get("repeats"), noise) {
            let message = format!("{what} repeats each point without noise: every neuron does the same");
            self.diagnostics.push(
                Diagnostic::warning(Code::Suspicious, value.span, message)
                    .help("leave `repeats` out, or add `noise = { std = \"50 pA\", tau = \"5 ms\" }`"),
            );
        }
        let times = self.times(&what, duration, warmup);
        let noise = noise.map(|value| self.noise(value, model));
        let ((cell, model), (unit, from, to), (duration, warmup)) = (cell?, range?, times?);
        let noise = match noise {
            Some(read) => Some(read?),
            None => None,
        };
        let (points, repeats, name) = (points?, repeats?, name.text.clone());
        Some(CurvePlan { name, cell, model, unit, from, to, points, repeats, duration, warmup, noise })
    }

    /// Name and model of the cell that is named.
    fn cell(&mut self, value: &Value) -> Option<(String, String)> {
        let name = self.diagnostics.keep(value.as_text("`cell`"))?;
        let cells = self.config.entries("cell");
        let Some((_, table)) = cells.iter().find(|(known, _)| known.text == name) else {
            let known = cells.iter().map(|(name, _)| name.text.as_str());
            let message = format!("there is no cell `{name}`");
            self.diagnostics.push(Diagnostic::error(Code::UnknownName, value.span, message).suggest(name, known));
            return None;
        };
        // A model that is missing or misspelt is reported where the cell is read.
        let model = table.get("model")?.as_text("`model`").ok()?;
        if neurons::point(model).is_some() || model == "hodgkin_huxley" {
            return Some((name.to_string(), model.to_string()));
        }
        if neurons::ALL.iter().any(|info| info.name == model) {
            let message = format!("cell `{name}` is a `{model}`, and a curve is of a neuron without a shape");
            let points = neurons::POINT_MODELS.iter().map(|entry| entry.info.name).collect::<Vec<_>>().join(", ");
            let help = format!("models that have a curve: {points}, hodgkin_huxley");
            self.diagnostics.push(Diagnostic::error(Code::Conflict, value.span, message).help(help));
        }
        None
    }

    /// The unit in which a current into this model is held.
    fn unit(&self, model: &str, value: &Value) -> &'static str {
        let density = units::Unit::parse(DENSITY).map(|unit| unit.dimension).ok();
        match model {
            "izhikevich" => "mV/ms",
            "hodgkin_huxley" if density.is_some() && self.evaluator.dimension(value) == density => DENSITY,
            _ => "pA",
        }
    }

    fn currents(&mut self, model: &str, from: &Value, to: &Value) -> Option<(&'static str, f64, f64)> {
        let unit = self.unit(model, from);
        let (low, high) = (self.finite("from", from, unit), self.finite("to", to, unit));
        let (low, high) = (low?, high?);
        self.ascending(low, high, to)?;
        Some((unit, low, high))
    }

    fn ascending(&mut self, from: f64, to: f64, at: &Value) -> Option<()> {
        if to > from {
            return Some(());
        }
        self.diagnostics.push(Diagnostic::error(Code::OutOfRange, at.span, "`to` must lie above `from`"));
        None
    }

    fn finite(&mut self, key: &str, value: &Value, unit: &str) -> Option<f64> {
        let number = self.diagnostics.keep(self.evaluator.number(value, unit))?;
        if number.is_finite() {
            return Some(number);
        }
        let message = format!("`{key}` must be finite");
        self.diagnostics.push(Diagnostic::error(Code::OutOfRange, value.span, message));
        None
    }

    fn positive(&mut self, key: &str, value: &Value, unit: &str) -> Option<f64> {
        let number = self.finite(key, value, unit)?;
        if number > 0.0 {
            return Some(number);
        }
        let message = format!("`{key}` must be above zero");
        self.diagnostics.push(Diagnostic::error(Code::OutOfRange, value.span, message));
        None
    }

    fn count(&mut self, key: &str, value: Option<&Value>, default: usize, least: i64) -> Option<usize> {
        let Some(value) = value else { return Some(default) };
        let count = self.diagnostics.keep(self.evaluator.integer(value))?;
        if (least..=MOST_NEURONS).contains(&count) {
            return Some(count as usize);
        }
        let message = format!("`{key}` is {count}, but must be between {least} and {MOST_NEURONS}");
        self.diagnostics.push(Diagnostic::error(Code::OutOfRange, value.span, message));
        None
    }

    fn check_size(&mut self, points: Option<usize>, repeats: Option<usize>, name: &Name) {
        if let (Some(points), Some(repeats)) = (points, repeats)
            && points.saturating_mul(repeats) > MOST_NEURONS as usize
        {
            let message = format!("curve `{}` has {points} x {repeats} neurons", name.text);
            let help = format!("at most {MOST_NEURONS}: fewer `points` or `repeats`");
            self.diagnostics.push(Diagnostic::error(Code::OutOfRange, name.span, message).help(help));
        }
    }

    /// `duration` and `warmup`, those of `[run]` where the curve has none.
    fn times(&mut self, what: &str, duration: Option<&Value>, warmup: Option<&Value>) -> Option<(Value, Value)> {
        let run = self.config.table("run");
        let of_run = |key: &str| run.and_then(|run| run.get(key));
        // One that is missing in [run], or wrong there, is reported there.
        let steps = |reader: &mut Reader, own: Option<&Value>, value: &Value| {
            let steps = reader.evaluator.steps(value);
            if own.is_some() { reader.diagnostics.keep(steps) } else { steps.ok() }
        };
        let long = duration.or_else(|| of_run("duration"));
        let zero = Value::text("0 ms");
        let early = warmup.or_else(|| of_run("warmup")).unwrap_or(&zero);
        let (all, left_out) = (long.and_then(|value| steps(self, duration, value)), steps(self, warmup, early));
        let (long, all, left_out) = (long?, all?, left_out?);
        if all <= left_out && (duration.is_some() || warmup.is_some()) {
            let message = format!("`warmup` leaves nothing of the `duration` of {what} to count");
            let at = warmup.or(duration).map_or(Span::NONE, |value| value.span);
            self.diagnostics.push(Diagnostic::error(Code::OutOfRange, at, message).help("make `duration` longer"));
            return None;
        }
        Some((long.clone(), early.clone()))
    }

    /// `noise = { std, tau }`.
    fn noise(&mut self, value: &Value, model: Option<&str>) -> Option<NoisePlan> {
        let Data::Table(table) = &value.data else {
            let help = "write `noise = { std = \"50 pA\", tau = \"5 ms\" }`";
            self.diagnostics.push(value.wrong("`noise`", "a table").help(help));
            return None;
        };
        let mut keys = Keys::new("`noise`", table);
        let std = keys.required("std", "such as `\"50 pA\"`", &mut self.diagnostics);
        let tau = keys.required("tau", "such as `\"5 ms\"`", &mut self.diagnostics);
        keys.finish(&mut self.diagnostics);
        let tau_ms = tau.and_then(|value| self.positive("tau", value, "ms"));
        let std = std?;
        let unit = self.unit(model?, std);
        let std = self.positive("std", std, unit);
        Some(NoisePlan { std: std?, unit, tau_ms: tau_ms? })
    }

    fn release(&mut self, name: &Name, table: &Table) -> Option<ReleasePlan> {
        let what = format!("release `{}`", name.text);
        let mut keys = Keys::new(&what, table);
        let from = keys.required("from", "such as `\"-40 mV\"`", &mut self.diagnostics);
        let to = keys.required("to", "such as `\"40 mV\"`", &mut self.diagnostics);
        let points = keys.optional("points");
        let (t_max, v_half, slope) = (keys.optional("T_max"), keys.optional("V_half"), keys.optional("slope"));
        keys.finish(&mut self.diagnostics);

        let points = self.count("points", points, 41, 3);
        let from = from.and_then(|value| self.finite("from", value, "mV"));
        let high = to.and_then(|value| self.finite("to", value, "mV"));
        let ordered = match (from, high, to) {
            (Some(from), Some(high), Some(at)) => self.ascending(from, high, at),
            _ => None,
        };
        // Destexhe, Mainen & Sejnowski 1994.
        let t_max = t_max.map_or(Some(1.0), |value| self.positive("T_max", value, "mM"));
        let v_half = v_half.map_or(Some(2.0), |value| self.finite("V_half", value, "mV"));
        let slope = slope.map_or(Some(5.0), |value| self.positive("slope", value, "mV"));
        ordered?;
        let name = name.text.clone();
        Some(ReleasePlan {
            name,
            from: from?,
            to: high?,
            points: points?,
            t_max: t_max?,
            v_half: v_half?,
            slope: slope?,
        })
    }
}
