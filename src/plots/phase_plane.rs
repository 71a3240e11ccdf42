//! One variable of a neuron against another: time is along the curve, and the nullclines say where it must turn.

use plotters::style::RGBColor;

use crate::recording::{Nullclines, Recording};

use super::page::{self, Band, Entry, Page, Panel, Quantity, Sheet, Style};
use super::scene::Drawing;
use super::select::{self, Line};
use super::unfit::Unfit;
use super::{Request, axis, palette, text};

/// The two traces of one neuron.
struct Orbit<'a> {
    x: Line<'a>,
    y: Line<'a>,
    points: Vec<(f64, f64)>,
}

const ORBIT: RGBColor = RGBColor(0x00, 0x72, 0xb2);
const SPIKE: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
const X_NULLCLINE: RGBColor = RGBColor(0x00, 0x9e, 0x73);
const Y_NULLCLINE: RGBColor = RGBColor(0xcc, 0x79, 0xa7);

/// Whether the variables, and the nullclines, are there.
pub fn check(recording: &Recording, request: &Request) -> Result<(), Unfit> {
    let lines = select::lines(recording, request).map_err(Unfit::by(&["data"]))?;
    recorded(&lines, request).map_err(Unfit::by(&["neuron"]))?;
    let orbit = orbit(recording, request).map_err(Unfit::by(&["x", "y", "neuron", "data"]))?;
    nullclines(recording, request, &orbit).map_err(Unfit::by(&["nullclines"])).map(drop)
}

pub fn draw(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    let orbit = orbit(recording, request)?;
    let span = |part: fn(&(f64, f64)) -> f64| axis::span(orbit.points.iter().map(part), 0.06);
    let none = || "no moment at which both variables are finite was recorded".to_string();
    let (x, y) = (span(|p| p.0).ok_or_else(none)?, span(|p| p.1).ok_or_else(none)?);
    let nullclines = nullclines(recording, request, &orbit)?;
    let spikes = spikes(recording, &orbit);

    let mut notes = vec![place(recording, &orbit)];
    notes
        .extend(nullclines.map(|n| format!("nullclines for a constant input of {}", n.input.replace('-', "\u{2212}"))));
    notes.extend(select::interrupted(recording));
    let entries = entries(&orbit, !spikes.is_empty(), nullclines.is_some());
    let name = |line: Line| {
        if line.trace.variable == "V_m" { "membrane potential".to_string() } else { line.trace.variable.clone() }
    };
    let sheet = Sheet {
        title: select::title(recording, request),
        notes,
        bands: vec![Band {
            height: 480.0,
            y: Quantity::new(name(orbit.y), &orbit.y.trace.unit, y),
            above: 12.0,
            numbers: true,
        }],
        x: Quantity::new(name(orbit.x), &orbit.x.trace.unit, x),
        left: 0.0,
        right: page::legend_width(&entries),
    };
    let page = sheet.lay_out();
    let panel = &page.panels[0];
    if let Some(nullclines) = nullclines {
        curve(&page, panel, &nullclines.x_nullcline, X_NULLCLINE);
        curve(&page, panel, &nullclines.y_nullcline, Y_NULLCLINE);
    }
    for piece in orbit.points.split(|point| !(point.0.is_finite() && point.1.is_finite())).filter(|p| !p.is_empty()) {
        panel.line(piece.to_vec(), ORBIT, 1.4);
    }
    spikes.iter().for_each(|&point| panel.dot(point, SPIKE, 3.0));
    start(&page, panel, &orbit);
    page.legend(panel, &entries);
    Ok(page.finish())
}

/// Whether there is anything of the neuron asked for.
fn recorded(lines: &[Line], request: &Request) -> Result<(), String> {
    match request.options.neuron {
        Some(neuron) if lines.iter().all(|line| line.trace.neuron != neuron) => {
            Err(format!("no variable of neuron {neuron} is recorded here"))
        }
        _ => Ok(()),
    }
}

/// The traces of `x` (default V_m) and `y` (default the first other variable) of one neuron, sampled together.
fn orbit<'a>(recording: &'a Recording, request: &Request) -> Result<Orbit<'a>, String> {
    let lines = select::lines(recording, request)?;
    recorded(&lines, request)?;
    let x_name = request.options.x.as_deref().unwrap_or("V_m");
    let of_neuron = |line: &&Line| request.options.neuron.is_none_or(|neuron| neuron == line.trace.neuron);
    let partner = |x: &Line| {
        let fits = |y: &&Line| {
            let together = std::ptr::eq(x.samples, y.samples)
                || (x.samples.start_ms, x.samples.every_ms) == (y.samples.start_ms, y.samples.every_ms);
            let wanted =
                request.options.y.as_ref().map_or(y.trace.variable != x_name, |name| *name == y.trace.variable);
            together && wanted && y.place() == x.place()
        };
        lines.iter().find(fits).copied()
    };
    let candidates = lines.iter().filter(of_neuron).filter(|line| line.trace.variable == x_name);
    let Some((x, y)) = candidates.filter_map(|x| Some((*x, partner(x)?))).next() else {
        let y_name = request.options.y.as_deref().map_or("another variable".to_string(), |name| format!("`{name}`"));
        let of = request.options.neuron.map_or("one neuron".to_string(), |neuron| format!("neuron {neuron}"));
        return Err(format!("`{x_name}` and {y_name} of {of} are not recorded with the same times"));
    };
    let points = x.trace.values.iter().copied().zip(y.trace.values.iter().copied()).collect();
    Ok(Orbit { x, y, points })
}

fn nullclines<'a>(
    recording: &'a Recording,
    request: &Request,
    orbit: &Orbit,
) -> Result<Option<&'a Nullclines>, String> {
    if !request.options.nullclines {
        return Ok(None);
    }
    let (population, x, y) = (&orbit.x.trace.population, &orbit.x.trace.variable, &orbit.y.trace.variable);
    let found = recording.nullclines.iter().find(|n| (&n.population, &n.x, &n.y) == (population, x, y));
    match found {
        Some(nullclines) => Ok(Some(nullclines)),
        None => Err(format!("the model of `{population}` has no nullclines in the plane of `{x}` and `{y}`")),
    }
}

/// Where the orbit was at each recorded spike.
fn spikes(recording: &Recording, orbit: &Orbit) -> Vec<(f64, f64)> {
    let trace = orbit.x.trace;
    let here =
        recording.spikes.iter().filter(|trains| trains.population == trace.population && trains.site == trace.site);
    let times = here.flat_map(|trains| trains.neurons.iter().zip(&trains.times_ms));
    let mine = times.filter(|(neuron, _)| **neuron as usize == trace.neuron).map(|(_, at)| *at);
    let at = |ms: f64| {
        let place = (ms - orbit.x.samples.start_ms) / orbit.x.samples.every_ms;
        // A spike on the grid is the sample itself: no interpolation towards what follows a reset.
        let nearest = place.round();
        let (index, part) =
            if (place - nearest).abs() < 1e-6 { (nearest, 0.0) } else { (place.floor(), place.fract()) };
        let a = *orbit.points.get(index as usize)?;
        let b = if part > 0.0 { *orbit.points.get(index as usize + 1)? } else { a };
        Some((a.0 + (b.0 - a.0) * part, a.1 + (b.1 - a.1) * part))
    };
    mine.filter(|ms| *ms >= orbit.x.samples.start_ms)
        .filter_map(at)
        .filter(|p| p.0.is_finite() && p.1.is_finite())
        .collect()
}

fn place(recording: &Recording, orbit: &Orbit) -> String {
    let from = orbit.x.samples.time(0);
    let to = orbit.x.samples.time(orbit.points.len().saturating_sub(1));
    format!(
        "{}, {} to {} ms",
        select::place_name(recording, orbit.x.place()),
        text::number(from, 0),
        text::number(to, 0)
    )
}

fn entries(orbit: &Orbit, spikes: bool, nullclines: bool) -> Vec<Entry> {
    let mut entries = vec![("orbit".to_string(), ORBIT)];
    if spikes {
        entries.push(("spike".to_string(), SPIKE));
    }
    if nullclines {
        entries.push((format!("d{}/dt = 0", orbit.x.trace.variable), X_NULLCLINE));
        entries.push((format!("d{}/dt = 0", orbit.y.trace.variable), Y_NULLCLINE));
    }
    entries
}

/// A curve as dashes, cut off at the panel's edges.
fn curve(page: &Page, panel: &Panel, points: &[(f64, f64)], color: RGBColor) {
    let mut piece: Vec<(f64, f64)> = vec![];
    for two in points.windows(2) {
        let ends = [two[0], two[1]].map(|p| (panel.x_pixel(p.0), panel.y_pixel(p.1)));
        match cut(ends, (panel.left, panel.top, panel.right, panel.bottom)) {
            Some([a, b]) => {
                if piece.last() != Some(&a) {
                    page.pen.dashes(&std::mem::take(&mut piece), color, 1.6, 6.0);
                    piece.push(a);
                }
                piece.push(b);
            }
            None => page.pen.dashes(&std::mem::take(&mut piece), color, 1.6, 6.0),
        }
    }
    page.pen.dashes(&piece, color, 1.6, 6.0);
}

/// The part of a segment within a rectangle (Liang & Barsky 1984).
fn cut([a, b]: [(f64, f64); 2], (left, top, right, bottom): (f64, f64, f64, f64)) -> Option<[(f64, f64); 2]> {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (mut from, mut to) = (0.0f64, 1.0f64);
    for (slope, room) in [(-dx, a.0 - left), (dx, right - a.0), (-dy, a.1 - top), (dy, bottom - a.1)] {
        if !(slope.is_finite() && room.is_finite()) || (slope == 0.0 && room < 0.0) {
            return None;
        }
        if slope < 0.0 {
            from = from.max(room / slope);
        } else if slope > 0.0 {
            to = to.min(room / slope);
        }
    }
    let at = |part: f64| (a.0 + dx * part, a.1 + dy * part);
    // The ends themselves stay exact, so that pieces join.
    (from <= to).then(|| [if from == 0.0 { a } else { at(from) }, if to == 1.0 { b } else { at(to) }])
}

/// An open circle at the first point.
fn start(page: &Page, panel: &Panel, orbit: &Orbit) {
    let Some(&first) = orbit.points.iter().find(|p| p.0.is_finite() && p.1.is_finite()) else { return };
    let (x, y) = (panel.x_pixel(first.0), panel.y_pixel(first.1));
    page.pen.dot((x, y), palette::INK, 5.0);
    page.pen.dot((x, y), RGBColor(255, 255, 255), 3.4);
    let right = x + 50.0 < panel.right;
    let style = if right { Style::tick() } else { Style::tick().end() };
    page.pen.write("start", if right { x + 9.0 } else { x - 9.0 }, (y - 11.0).max(panel.top + 6.0), style);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_cut_at_the_edges() {
        let edges = (0.0, 0.0, 10.0, 10.0);
        assert_eq!(cut([(-5.0, 5.0), (15.0, 5.0)], edges), Some([(0.0, 5.0), (10.0, 5.0)]));
        assert_eq!(cut([(2.0, 2.0), (3.0, 4.0)], edges), Some([(2.0, 2.0), (3.0, 4.0)]));
        assert_eq!(cut([(-5.0, -1.0), (15.0, -1.0)], edges), None);
        assert_eq!(cut([(f64::NAN, 1.0), (1.0, 1.0)], edges), None);
    }
}
