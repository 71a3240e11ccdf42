//! The tree of a cell drawn to scale, in the colours of a recorded variable at one time, or of when the spike arrived.

use crate::recording::{PopulationSeen, Recording};

use super::colors::color_bar;
use super::page::{Band, Quantity, Sheet};
use super::scene::Drawing;
use super::select::Line;
use super::{Request, axis, palette, select, time};

/// Left of the panel, room for the numbers of the vertical axis, and right of it for the colour bar.
const LEFT: f64 = 80.0;
const RIGHT: f64 = 130.0;
const HIGHEST: f64 = 600.0;
/// A rise that is smaller (mV) is none: no spike arrives.
const LEAST_RISE: f64 = 5.0;

/// What was seen at one place: section, position and what its colour stands for.
struct Seen<'a> {
    section: &'a str,
    position: f64,
    value: f64,
}

pub fn draw(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    let lines = lines(recording, request)?;
    let drawn = |line: &&Line| line.trace.section.is_some() && outlines(recording, line).is_some();
    let Some(first) = lines.iter().find(drawn) else {
        return Err(
            "a morphology needs a cell that was read from an SWC file, and places on it that are recorded".into()
        );
    };
    let Some(population) = outlines(recording, first) else { return Err("no morphology".into()) };
    let same = |line: &&Line| {
        let trace = (&line.trace.population, line.trace.neuron, &line.trace.variable);
        trace == (&first.trace.population, first.trace.neuron, &first.trace.variable)
    };
    let seen: Vec<Seen> = lines
        .iter()
        .filter(same)
        .filter_map(|line| {
            let (section, position) = (line.trace.section.as_deref()?, line.trace.position?);
            Some(Seen { section, position, value: value(*line, request.options.time_ms) })
        })
        .collect();
    let range = axis::span(seen.iter().map(|seen| seen.value), 0.0).unwrap_or((0.0, 1.0));
    let (name, unit) = match request.options.time_ms {
        Some(at) => (format!("{} at {} ms", first.trace.variable, time::plain(at)), first.trace.unit.clone()),
        None => ("half of the rise".to_string(), "ms".to_string()),
    };
    let points = || population.sections.iter().flat_map(|section| &section.outline_um);
    let extent = |axis: usize| {
        let (low, high) = points().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| {
            (low.min(point[axis] - 0.5 * point[3]), high.max(point[axis] + 0.5 * point[3]))
        });
        let margin = 0.04 * (high - low).max(1.0);
        (low - margin, high + margin)
    };
    let (mut x, y) = (extent(0), extent(1));
    let room = super::page::WIDTH - 2.0 * super::page::MARGIN - LEFT - RIGHT;
    let height = HIGHEST.min(room * (y.1 - y.0) / (x.1 - x.0));
    // A tall tree stands in the middle of the page: as many um a pixel to the side as upward.
    let aside = 0.5 * (room * (y.1 - y.0) / height - (x.1 - x.0)).max(0.0);
    x = (x.0 - aside, x.1 + aside);
    let bands = vec![Band { height, y: Quantity::new("y", "um", y), above: 10.0, numbers: true }];
    let mut notes = vec![format!("{}, seen from above; grey: not recorded, or no spike", population.name)];
    notes.extend(select::interrupted(recording));
    let title = select::title(recording, request);
    let page = Sheet { title, notes, bands, x: Quantity::new("x", "um", x), left: LEFT, right: RIGHT }.lay_out();
    let Some(panel) = page.panels.first() else { return Ok(page.finish()) };
    let per_um = (panel.right - panel.left) / (x.1 - x.0);
    for section in &population.sections {
        let length: f64 = section.outline_um.windows(2).map(|pair| distance(&pair[0], &pair[1])).sum();
        let mut along = 0.0;
        for pair in section.outline_um.windows(2) {
            let step = distance(&pair[0], &pair[1]);
            let middle = (along + 0.5 * step) / length.max(1e-12);
            along += step;
            let own = seen.iter().filter(|seen| seen.section == section.name);
            let nearest = own.min_by(|a, b| (a.position - middle).abs().total_cmp(&(b.position - middle).abs()));
            let color = match nearest.map(|seen| seen.value).filter(|value| value.is_finite()) {
                Some(value) => palette::viridis((value - range.0) / (range.1 - range.0)),
                None => palette::FAINT,
            };
            let width = (0.5 * (pair[0][3] + pair[1][3]) * per_um).max(1.2);
            let at = |point: &[f64; 4]| (panel.x_pixel(point[0]), panel.y_pixel(point[1]));
            page.pen.line(&[at(&pair[0]), at(&pair[1])], color, width);
        }
    }
    let bottom = panel.bottom.min(panel.top + 360.0);
    color_bar(&page, (panel.right + 40.0, panel.top, bottom), (&name, &unit), range);
    Ok(page.finish())
}

/// What was recorded of the variable that was asked for; of V_m, where none was and it is there.
fn lines<'a>(recording: &'a Recording, request: &Request) -> Result<Vec<Line<'a>>, String> {
    let lines = select::lines(recording, request)?;
    let wanted = request.options.variable.as_deref();
    let chosen: Vec<Line> =
        lines.iter().copied().filter(|line| line.trace.variable == wanted.unwrap_or("V_m")).collect();
    match (chosen.is_empty(), wanted) {
        (true, Some(name)) => Err(format!("`{name}` was not recorded on a cell that this plot could show")),
        (true, None) => Ok(lines),
        (false, _) => Ok(chosen),
    }
}

/// The population of a line, if its cell has an outline.
fn outlines<'a>(recording: &'a Recording, line: &Line) -> Option<&'a PopulationSeen> {
    let population = recording.populations.iter().find(|seen| seen.name == line.trace.population)?;
    population.sections.iter().any(|section| !section.outline_um.is_empty()).then_some(population)
}

/// The sample next to a time, or when V first is half way up from its first value to its peak.
fn value(line: Line, time_ms: Option<f64>) -> f64 {
    match time_ms {
        Some(at) => {
            let index = ((at - line.samples.start_ms) / line.samples.every_ms).round().max(0.0) as usize;
            line.trace.values.get(index).copied().unwrap_or(f64::NAN)
        }
        None => {
            let values = &line.trace.values;
            let first = values.first().copied().unwrap_or(f64::NAN);
            let peak = values.iter().fold(f64::NEG_INFINITY, |peak, v| peak.max(*v));
            let half = 0.5 * (first + peak);
            let rises = |pair: &[f64]| pair[0] < half && pair[1] >= half;
            match values.windows(2).position(rises).filter(|_| peak - first >= LEAST_RISE) {
                Some(k) => {
                    let (before, after) = (values[k], values[k + 1]);
                    line.samples.time(k) + (half - before) / (after - before) * line.samples.every_ms
                }
                None => f64::NAN,
            }
        }
    }
}

fn distance(a: &[f64; 4], b: &[f64; 4]) -> f64 {
    (0..3).map(|axis| (a[axis] - b[axis]) * (a[axis] - b[axis])).sum::<f64>().sqrt()
}
