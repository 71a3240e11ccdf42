//! The pictures: each neuron's curve with the units fitted to it, and why the ReLU was chosen of them.

use super::abstract_units::{hard_count, leaky_hard_count, leaky_soft_rate, soft_count};
use super::measure::Curve;
use super::read::ReleasePlan;
use super::{Fitted, digits, gradients};
use crate::contrast::html::Picture;
use crate::plots::chart::{Chart, ChartPanel, Curve as Line, Look};
use crate::rate::shapes::{Fit, Shape};

const FIT_HEIGHT: f64 = 260.0;
const REST_HEIGHT: f64 = 120.0;
/// Points of a smooth line.
const SMOOTH: usize = 241;

fn line(name: impl Into<String>, look: Look, color: usize, points: Vec<(f64, f64)>) -> Line {
    Line { name: name.into(), points, look, color }
}

fn sampled(from: f64, to: f64, f: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    let at = |i: usize| from + (to - from) * i as f64 / (SMOOTH - 1) as f64;
    (0..SMOOTH).map(|i| (at(i), f(at(i)))).collect()
}

/// Measured dots stand in black; each shape keeps its colour in all pictures.
const MEASURED: usize = 6;

fn color(shape: Shape) -> usize {
    shape as usize
}

/// The four fits, named in the legend if `named`.
fn fits(fits: &[Fit], from: f64, to: f64, named: bool) -> Vec<Line> {
    let one = |fit: &Fit| {
        let name = if named { fit.shape.title() } else { "" };
        let look = if fit.shape == Shape::Relu { Look::Line } else { Look::Dashes };
        line(name, look, color(fit.shape), sampled(from, to, |x| fit.value(x)))
    };
    fits.iter().map(one).collect()
}

/// What each fit leaves over.
fn rests(fits: &[Fit], x: &[f64], y: &[f64]) -> Vec<Line> {
    let one = |fit: &Fit| {
        let points = x.iter().zip(y).map(|(x, y)| (*x, y - fit.value(*x))).collect();
        let look = if fit.shape == Shape::Relu { Look::Line } else { Look::Dashes };
        line("", look, color(fit.shape), points)
    };
    fits.iter().map(one).collect()
}

/// One chart for each cell: a panel, and what the fits leave over, for each of its curves.
pub fn curves(measured: &[(Curve, Fitted)]) -> Vec<Picture> {
    let mut cells: Vec<(&str, &str)> = vec![];
    for (curve, _) in measured {
        let cell = (curve.plan.cell.as_str(), curve.plan.unit);
        if !cells.contains(&cell) {
            cells.push(cell);
        }
    }
    let picture = |(cell, unit): &(&str, &str)| {
        let of_cell = |(curve, _): &&(Curve, Fitted)| curve.plan.cell == *cell && curve.plan.unit == *unit;
        let own: Vec<&(Curve, Fitted)> = measured.iter().filter(of_cell).collect();
        let drawing = Chart {
            log_x: false,
            title: format!("{cell}: rate against current, and the units fitted to it"),
            notes: own.iter().map(|(curve, fitted)| note(curve, fitted)).collect(),
            x: ("current".into(), unit.to_string()),
            panels: own
                .iter()
                .enumerate()
                .flat_map(|(index, (curve, fitted))| panels(curve, fitted, index == 0))
                .collect(),
        };
        let same_cell = cells.iter().filter(|(other, _)| other == cell).count();
        let name = if same_cell > 1 { format!("curve_{cell}_{}", file_name(unit)) } else { format!("curve_{cell}") };
        let caption = own.iter().map(|(curve, fitted)| super::departs(curve, fitted)).collect::<Vec<_>>().join(" ");
        Picture { name, caption, drawing: drawing.draw() }
    };
    cells.iter().map(picture).collect()
}

fn file_name(unit: &str) -> String {
    unit.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn note(curve: &Curve, fitted: &Fitted) -> String {
    let fits = fitted.fits.iter().map(|fit| format!("{} {}", fit.shape.title(), super::r2(fit.r2)));
    format!("{}: R2 {}", curve.plan.name, fits.collect::<Vec<_>>().join(", "))
}

fn panels(curve: &Curve, fitted: &Fitted, first: bool) -> [ChartPanel; 2] {
    let plan = &curve.plan;
    let what = if plan.noise.is_some() { "rate with noise" } else { "rate" };
    let mut lines = fits(&fitted.fits, plan.from, plan.to, first);
    let points = curve.current.iter().copied().zip(curve.rate_hz.iter().copied()).collect();
    lines.push(line(if first { "measured" } else { "" }, Look::Dots, MEASURED, points));
    let rest = rests(&fitted.fits, &curve.current, &curve.rate_hz);
    [
        ChartPanel { y: (what.into(), "Hz".into()), height: FIT_HEIGHT, curves: lines, range: None },
        ChartPanel { y: ("measured - fit".into(), "Hz".into()), height: REST_HEIGHT, curves: rest, range: None },
    ]
}

/// The terminal's release with the same four.
pub fn release(plan: &ReleasePlan, x: &[f64], y: &[f64], fitted: &Fitted) -> Picture {
    let mut lines = fits(&fitted.fits, plan.from, plan.to, true);
    let points = x.iter().copied().zip(y.iter().copied()).collect();
    lines.push(line("release", Look::Dots, MEASURED, points));
    let rest = rests(&fitted.fits, x, y);
    let drawing = Chart {
        log_x: false,
        title: format!("{}: transmitter released against the terminal's potential", plan.name),
        notes: vec![format!(
            "{} mM / (1 + exp(-(V - {} mV)/{} mV)), Destexhe, Mainen & Sejnowski 1994",
            plan.t_max, plan.v_half, plan.slope
        )],
        x: ("V".into(), "mV".into()),
        panels: vec![
            ChartPanel { y: ("transmitter".into(), "mM".into()), height: FIT_HEIGHT, curves: lines, range: None },
            ChartPanel { y: ("release - fit".into(), "mM".into()), height: REST_HEIGHT, curves: rest, range: None },
        ],
    };
    let caption =
        "Channels open as a sigmoid: its fit lies on the dots. A ReLU stands where they stood, and has neither \
                   the foot nor the ceiling."
            .to_string();
    Picture { name: format!("release_{}", plan.name), caption, drawing: drawing.draw() }
}

/// Values and slopes over a range so wide that the limits show.
pub fn functions() -> Picture {
    const FAR: f64 = 10.0;
    let own = |f: fn(Shape, f64) -> f64, named: bool| -> Vec<Line> {
        let one = |shape: Shape| {
            let name = if named { shape.title() } else { "" };
            let look = if shape == Shape::Relu { Look::Line } else { Look::Dashes };
            line(name, look, color(shape), sampled(-FAR, FAR, |x| f(shape, x)))
        };
        Shape::ALL.into_iter().map(one).collect()
    };
    let drawing = Chart {
        log_x: false,
        title: "What a unit can say, and what it can learn from".into(),
        notes: vec!["gain, height and width 1".into()],
        x: ("input".into(), String::new()),
        panels: vec![
            ChartPanel {
                y: ("output".into(), String::new()),
                height: FIT_HEIGHT,
                curves: own(gradients::value, true),
                range: None,
            },
            ChartPanel {
                y: ("slope".into(), String::new()),
                height: FIT_HEIGHT,
                curves: own(gradients::slope, false),
                range: Some((-0.05, 1.1)),
            },
        ],
    };
    let caption = "Above: sigmoid and clipped ReLU stay between 0 and 1, so that 5 and 10 are the same to them; ReLU and softplus \
                   tell them apart. Below: the sigmoid's slope is 0.25 at best and nothing a few units from 0; the ReLU's is 1 \
                   wherever it is on."
        .to_string();
    Picture { name: "functions".into(), caption, drawing: drawing.draw() }
}

/// The product of slopes through a chain, as a power of ten.
pub fn gradient() -> Picture {
    let chain = |shape: Shape| {
        let products = gradients::through_layers(shape, gradients::FED);
        let points = products.iter().enumerate().map(|(layer, product)| ((layer + 1) as f64, product.log10()));
        let look = if shape == Shape::Relu { Look::Line } else { Look::Dashes };
        line(shape.title(), look, color(shape), points.collect())
    };
    let mut lines: Vec<Line> = [Shape::Relu, Shape::Sigmoid, Shape::Softplus].into_iter().map(chain).collect();
    let bound = (1..=gradients::LAYERS).map(|layers| (layers as f64, layers as f64 * 0.25f64.log10())).collect();
    lines.push(line("sigmoid at best, 1/4 a layer", Look::Dots, color(Shape::Sigmoid), bound));
    let drawing = Chart {
        log_x: false,
        title: "How much of an error comes back through layers of units".into(),
        notes: vec![format!("each unit feeds the next with weight 1, the first is fed {}", gradients::FED)],
        x: ("layers".into(), String::new()),
        panels: vec![ChartPanel {
            y: ("log10 of the product of slopes".into(), String::new()),
            height: 320.0,
            curves: lines,
            range: None,
        }],
    };
    let last = gradients::through_layers(Shape::Sigmoid, gradients::FED).pop().unwrap_or(0.0);
    let caption = format!(
        "Through {} sigmoids {} of the error is left, through as many ReLUs that are on, all of it.",
        gradients::LAYERS,
        digits(last, 2)
    );
    Picture { name: "gradients".into(), caption, drawing: drawing.draw() }
}

/// Rates of the neuron without units, from the formulas.
pub fn abstract_units() -> Picture {
    use super::{BETA, STEPS};
    const TO: f64 = 1.5;
    let rate = |count: u32| f64::from(count) / f64::from(STEPS);
    let own = |name: &str, look, color, f: &dyn Fn(f64) -> f64| line(name, look, color, sampled(-0.25, TO, f));
    let drawing = Chart {
        log_x: false,
        title: "The neuron without units: V = beta V + I, a spike at V >= 1".into(),
        notes: vec![format!("{STEPS} steps; beta = 1 and {BETA}")],
        x: ("input".into(), "thresholds a step".into()),
        panels: vec![ChartPanel {
            y: ("rate".into(), "spikes a step".into()),
            height: 360.0,
            curves: vec![
                own("ReLU", Look::Line, color(Shape::Relu), &|x| x.max(0.0)),
                own("beta 1, V - 1 at a spike", Look::Line, MEASURED, &|x| rate(soft_count(x, 0.0, 1.0, STEPS))),
                own("beta 1, V = 0 at a spike", Look::Line, 1, &|x| rate(hard_count(x, 1.0, STEPS))),
                own("leaky, V - 1 at a spike", Look::Dashes, 2, &|x| leaky_soft_rate(x, BETA, 1.0).min(1.0)),
                own("leaky, V = 0 at a spike", Look::Dashes, 3, &|x| rate(leaky_hard_count(x, BETA, 1.0, STEPS))),
            ],
            range: None,
        }],
    };
    let caption =
        "With a soft reset the rate is the clipped ReLU; a hard reset loses what exceeded the threshold, which makes \
                   stairs; a leak moves the threshold."
            .to_string();
    Picture { name: "abstract_units".into(), caption, drawing: drawing.draw() }
}
