//! One neuron against one unit: how fast a neuron fires for how much current, and which activation function says the same.
//!
//! `[curve.x]` drives neurons of one cell with currents from `from` to `to`, each neuron its own, with or without noise, on the
//! same engine as every run, and counts. ReLU, clipped ReLU, sigmoid and softplus are fitted to the rates. `[release.x]` is
//! what stood in the ReLU's place: the transmitter that a terminal releases, which follows the opening of its channels,
//! `T(V) = T_max / (1 + exp(-(V - V_half)/slope))` (Destexhe, Mainen & Sejnowski 1994, Neural Comput 6:14).
//! Beside them: what each function costs, how far it reaches, and what of an error it hands back.

mod abstract_units;
mod gradients;
mod measure;
mod operations;
mod pictures;
mod read;

pub use read::{CurvePlan, has_curves, read};

use super::html::{Section, Table};
use super::{Findings, Progress};
use crate::config::Config;
use crate::error::Error;
use crate::rate::shapes::{self, Fit, Shape, fit_all, sigmoid};
use measure::Curve;
use read::ReleasePlan;
use serde_json::{Map, Value, json};

/// Of the abstract units.
const STEPS: u32 = 1024;
const BETA: f64 = 0.95;

/// The four shapes fitted to one curve; none where nothing fired.
pub struct Fitted {
    pub fits: Vec<Fit>,
}

impl Fitted {
    fn new(x: &[f64], y: &[f64]) -> Fitted {
        Fitted { fits: fit_all(x, y) }
    }

    fn best(&self) -> Option<&Fit> {
        shapes::best(&self.fits)
    }

    fn relu(&self) -> Option<&Fit> {
        self.fits.iter().find(|fit| fit.shape == Shape::Relu)
    }

    /// `fits` and `best`, with the farthest point of each fit.
    fn json(&self, x: &[f64], y: &[f64]) -> (Value, Value) {
        let one = |fit: &Fit| {
            let names = fit.shape.parameters().iter().map(|name| name.to_string());
            let mut told: Map<String, Value> = names.zip(fit.parameters().into_iter().map(Value::from)).collect();
            told.insert("r2".into(), json!(fit.r2));
            told.insert("rms".into(), json!(fit.rms));
            if let Some((at, measured, unit)) = fit.departure(x, y) {
                told.insert("farthest".into(), json!({ "at": at, "measured": measured, "fit": unit }));
            }
            (fit.shape.name().to_string(), Value::from(told))
        };
        (self.fits.iter().map(one).collect::<Map<_, _>>().into(), json!(self.best().map(|fit| fit.shape.name())))
    }
}

/// Measures, fits and draws every curve of the config.
///
/// # Errors
/// Every mistake in the config at once; as a run's; `Interrupted`, without a message, if `progress` asked to stop.
pub fn contrast(config: &Config, threads: Option<usize>, progress: &mut Progress) -> Result<Findings, Error> {
    let plan = read(config)?;
    let mut measured: Vec<(Curve, Fitted)> = vec![];
    for curve in &plan.curves {
        let curve = measure::run(config, curve, threads, progress)?;
        let fitted = Fitted::new(&curve.current, &curve.rate_hz);
        measured.push((curve, fitted));
    }
    let mut findings = Findings { warnings: plan.warnings, ..Findings::default() };
    if !measured.is_empty() {
        tell_curves(&measured, &mut findings);
    }
    if !plan.releases.is_empty() {
        tell_releases(&plan.releases, &mut findings);
    }
    let curves: Vec<Curve> = measured.into_iter().map(|(curve, _)| curve).collect();
    tell_why(&curves, &mut findings);
    tell_abstract_units(&mut findings);
    Ok(findings)
}

fn tell_curves(measured: &[(Curve, Fitted)], findings: &mut Findings) {
    let (mut curves, mut table) = (Map::new(), Table::default());
    table.head = ["curve", "unit", "parameters", "R2", "farthest"].map(str::to_string).to_vec();
    let mut departures = vec![];
    for (curve, fitted) in measured {
        let plan = &curve.plan;
        for warning in &curve.warnings {
            if !findings.warnings.contains(warning) {
                findings.warnings.push(warning.clone());
            }
        }
        let (fits, best) = fitted.json(&curve.current, &curve.rate_hz);
        let noise = plan.noise.map(|noise| json!({ "std": noise.std, "unit": noise.unit, "tau_ms": noise.tau_ms }));
        let mut told = json!({
            "cell": plan.cell, "model": plan.model, "unit": plan.unit, "noise": noise, "repeats": plan.repeats,
            "duration_ms": curve.duration_ms, "warmup_ms": curve.warmup_ms, "dt_ms": curve.dt_ms,
            "current": curve.current, "rate_hz": curve.rate_hz, "fits": fits, "best": best,
        });
        if !curve.deviation_hz.is_empty() {
            told["deviation_hz"] = json!(curve.deviation_hz);
        }
        curves.insert(plan.name.clone(), told);
        table.rows.extend(rows(&plan.name, fitted, (&curve.current, plan.unit), (&curve.rate_hz, "Hz")));
        let said = departs(curve, fitted);
        if fitted.fits.is_empty() {
            findings.warnings.push(said.clone());
        }
        departures.push(said);
    }
    findings.summary += &summary(measured.iter().map(|(curve, fitted)| (curve.plan.name.as_str(), fitted)));
    findings.json.insert("curves".into(), curves.into());
    findings.sections.push(Section {
        heading: "One neuron, one unit".into(),
        paragraphs: vec![
            "Dots are neurons on the spiking engine, each with a current of its own; lines are functions fitted to them by \
             least squares. The ReLU has two numbers, the others three."
                .into(),
            departures.join(" "),
        ],
        tables: vec![table],
        pictures: pictures::curves(measured),
    });
}

/// A line for each curve: R2 of its fits, and which is the best.
fn summary<'f>(curves: impl Iterator<Item = (&'f str, &'f Fitted)>) -> String {
    let mut lines = String::new();
    for (name, fitted) in curves {
        let fits = fitted.fits.iter().map(|fit| format!("{} {}", fit.shape.title(), r2(fit.r2)));
        let fits: Vec<String> = fits.collect();
        lines += &match fitted.best() {
            Some(best) => format!("{name:<16} R2: {}; best: {}\n", fits.join(", "), best.shape.title()),
            None => format!("{name:<16} the same rate everywhere: nothing to fit\n"),
        };
    }
    lines
}

/// A row for each fit.
fn rows(name: &str, fitted: &Fitted, x: (&[f64], &str), y: (&[f64], &str)) -> Vec<Vec<String>> {
    let row = |fit: &Fit| {
        let best = fitted.best().is_some_and(|best| best.shape == fit.shape);
        let farthest = fit.departure(x.0, y.0).map_or(String::new(), |(at, measured, unit)| {
            format!("{} {} at {} {}", signed(measured - unit), y.1, digits(at, 3), x.1)
        });
        let title = if best { format!("{} (best)", fit.shape.title()) } else { fit.shape.title().to_string() };
        vec![name.to_string(), title, parameters(fit, x.1, y.1), r2(fit.r2), farthest]
    };
    fitted.fits.iter().map(row).collect()
}

/// `gain 0.17 Hz/pA, threshold 153 pA`.
fn parameters(fit: &Fit, x: &str, y: &str) -> String {
    let unit = |name: &str| match name {
        "gain" if x.contains('/') => format!("{y} per {x}"),
        "gain" => format!("{y}/{x}"),
        "ceiling" | "max" => y.to_string(),
        _ => x.to_string(),
    };
    let names = fit.shape.parameters().iter().zip(fit.parameters());
    names.map(|(name, value)| format!("{name} {} {}", digits(value, 3), unit(name))).collect::<Vec<_>>().join(", ")
}

/// Which unit is nearest to a curve, and where the ReLU leaves it.
fn departs(curve: &Curve, fitted: &Fitted) -> String {
    let plan = &curve.plan;
    let (Some(best), Some(relu)) = (fitted.best(), fitted.relu()) else {
        return format!(
            "`{}` fires the same from {} to {} {}: there is nothing to fit.",
            plan.name, plan.from, plan.to, plan.unit
        );
    };
    let of_relu = format!("R2 {}, {}", r2(relu.r2), parameters(relu, plan.unit, "Hz"));
    let mut said = match best.shape {
        Shape::Relu => format!("{}: the ReLU fits best ({of_relu}), and", plan.name),
        shape => {
            format!("{}: the {} fits best (R2 {}); the ReLU ({of_relu})", plan.name, shape.title(), r2(best.r2))
        }
    };
    if let Some((at, measured, unit)) = relu.departure(&curve.current, &curve.rate_hz) {
        said += &format!(
            " is farthest from the neuron {}, at {} {}: {} Hz measured, {} Hz by the unit",
            place(curve, at),
            digits(at, 3),
            plan.unit,
            digits(measured, 3),
            digits(unit, 3)
        );
    }
    said + "."
}

/// Which part of the curve a current is in.
fn place(curve: &Curve, at: f64) -> &'static str {
    let (from, to) = (curve.plan.from, curve.plan.to);
    let top = curve.rate_hz.iter().fold(0.0, |top: f64, rate| top.max(*rate));
    let first = curve.rate_hz.iter().position(|rate| *rate > 0.05 * top).unwrap_or(0);
    match (at - from) / (to - from) {
        _ if first > 0 && (at - curve.current[first]).abs() <= 0.08 * (to - from) => "where it begins to fire",
        ..0.15 => "at the start of the range",
        0.85.. => "at the end of the range",
        _ => "midway",
    }
}

fn tell_releases(releases: &[ReleasePlan], findings: &mut Findings) {
    let mut section = Section {
        heading: "What stood in its place".into(),
        paragraphs: vec![
            "In the terminal of an axon the potential opens calcium channels, and calcium releases transmitter. Destexhe, Mainen & \
             Sejnowski (1994) sum this up in one Boltzmann sigmoid, which an artificial network replaced by the ReLU."
                .into(),
        ],
        ..Section::default()
    };
    let (mut json, mut table, mut told_apart) = (Map::new(), Table::default(), vec![]);
    table.head = ["release", "unit", "parameters", "R2", "farthest"].map(str::to_string).to_vec();
    for plan in releases {
        let last = (plan.points - 1) as f64;
        let x: Vec<f64> =
            (0..plan.points).map(|point| plan.from + (plan.to - plan.from) * point as f64 / last).collect();
        let y: Vec<f64> = x.iter().map(|v| plan.t_max * sigmoid((v - plan.v_half) / plan.slope)).collect();
        let fitted = Fitted::new(&x, &y);
        let (fits, best) = fitted.json(&x, &y);
        let told = json!({ "unit": "mV", "potential": x, "transmitter_mm": y, "fits": fits, "best": best });
        json.insert(plan.name.clone(), told);
        table.rows.extend(rows(&plan.name, &fitted, (&x, "mV"), (&y, "mM")));
        section.pictures.push(pictures::release(plan, &x, &y, &fitted));
        told_apart.push((plan.name.as_str(), fitted));
    }
    findings.summary += &summary(told_apart.iter().map(|(name, fitted)| (*name, fitted)));
    section.tables.push(table);
    findings.json.insert("release".into(), json.into());
    findings.sections.push(section);
}

/// Cost, reach and gradient: why the ReLU.
fn tell_why(curves: &[Curve], findings: &mut Findings) {
    let told = operations::tell(&operations::neurons(curves));
    findings.json.insert("operations".into(), told.json);
    let layers: Vec<usize> = (1..=gradients::LAYERS).collect();
    let mut gradients_json = Map::new();
    gradients_json.insert("layers".into(), json!(layers));
    gradients_json.insert("fed".into(), json!(gradients::FED));
    for shape in Shape::ALL {
        gradients_json.insert(shape.name().into(), json!(gradients::through_layers(shape, gradients::FED)));
    }
    let steepest = gradients::steepest(Shape::Sigmoid);
    gradients_json
        .insert("sigmoid_at_best".into(), json!(layers.iter().map(|n| steepest.powi(*n as i32)).collect::<Vec<_>>()));
    findings.json.insert("gradients".into(), gradients_json.into());
    findings.sections.push(Section {
        heading: "Why the ReLU".into(),
        paragraphs: vec![format!(
            "Operations are counted in the code that runs; elementary ones are comparisons, additions, multiplications and \
             divisions, of which an exponential here takes {}. A neuron is counted where it fires at half of its fastest. Times \
             were measured on this machine, in loops over many.",
            operations::EXP
        )],
        tables: vec![Table { head: told.head, rows: told.rows }],
        pictures: vec![pictures::functions(), pictures::gradient()],
    });
}

/// The unit that a trained network is converted to.
fn tell_abstract_units(findings: &mut Findings) {
    let current: Vec<f64> = (-16..=64).map(|k| f64::from(k) / 32.0).collect();
    let column = |f: &dyn Fn(f64) -> f64| -> Value { current.iter().map(|x| f(*x)).collect::<Vec<f64>>().into() };
    let rate = |count: u32| f64::from(count) / f64::from(STEPS);
    let told = json!({
        "steps": STEPS, "beta": BETA, "current": current,
        "soft": column(&|x| rate(abstract_units::soft_count(x, 0.0, 1.0, STEPS))),
        "hard": column(&|x| rate(abstract_units::hard_count(x, 1.0, STEPS))),
        "leaky_soft": column(&|x| abstract_units::leaky_soft_rate(x, BETA, 1.0)),
        "leaky_hard": column(&|x| rate(abstract_units::leaky_hard_count(x, BETA, 1.0, STEPS))),
        "leaky_continuous": column(&|x| abstract_units::leaky_continuous_rate(x, BETA, 1.0)),
    });
    findings.json.insert("abstract_units".into(), told);
    findings.sections.push(Section {
        heading: "The neuron without units".into(),
        paragraphs: vec![
            "Without mV and pA a neuron is V = beta V + I, and its rate can be written down. Where a spike takes away just one \
             threshold, n spikes after T steps are floor(T I), at most T: the clipped ReLU itself."
                .into(),
        ],
        tables: vec![],
        pictures: vec![pictures::abstract_units()],
    });
}

/// Four decimals; 1 only where it is 1 to the last digit shown by f64.
fn r2(r2: f64) -> String {
    if (0.99995..1.0).contains(&r2) { format!("1 - {:.1e}", 1.0 - r2) } else { format!("{r2:.4}") }
}

/// A number with so many significant digits, without exponent where it can do without.
fn digits(x: f64, count: usize) -> String {
    let rounded: f64 = format!("{x:.*e}", count.saturating_sub(1)).parse().unwrap_or(x);
    let size = rounded.abs();
    if size != 0.0 && !(1e-4..1e7).contains(&size) { format!("{rounded:e}") } else { format!("{rounded}") }
}

fn signed(x: f64) -> String {
    format!("{}{}", if x > 0.0 { "+" } else { "" }, digits(x, 2))
}

#[cfg(test)]
mod tests;
