//! The membrane potential along a path of sections, through time: an action potential is a ridge whose slope is its speed.
//!
//! Where the potential first rises through 0 mV (or half of the largest rise, where 0 mV is not reached) a line is drawn;
//! the conduction velocity is the least-squares fit of these crossing times against the path distance.

use plotters::style::RGBColor;

use crate::recording::{PopulationSeen, Recording, Samples};

use super::colors::color_bar;
use super::front::{self, Front};
use super::page::{self, Band, Page, Panel, Pixels, Quantity, Sheet, Style};
use super::scene::Drawing;
use super::select::{self, Line};
use super::time::Time;
use super::unfit::Unfit;
use super::{Request, axis, palette, text};

const LEAST_PLACES: usize = 8;
const MOST_NEURONS: usize = 8;
/// Right of the panels: section names, the colour bar and its numbers.
const RIGHT: f64 = 170.0;

/// One neuron's potentials, from the near end of the path to the far one.
struct Strip<'a> {
    name: String,
    lines: Vec<Line<'a>>,
    /// Path distance of each line, um.
    places: Vec<f64>,
    front: Front,
}

/// Whether a recorder saw some section at so many places that it must have been asked for the whole.
pub fn holds_a_whole_section(samples: &Samples) -> bool {
    let mut places = std::collections::HashMap::new();
    for trace in samples.traces.iter().filter(|trace| trace.variable == "V_m" && trace.distance_um.is_some()) {
        if let Some(section) = &trace.section {
            *places.entry((&trace.population, trace.neuron, section)).or_insert(0) += 1;
        }
    }
    places.values().any(|&count| count >= LEAST_PLACES)
}

pub fn draw(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    let mut notes: Vec<String> = select::interrupted(recording).into_iter().collect();
    let strips = strips(recording, request, &mut notes)?;
    let time = Time::of(strips.iter().flat_map(|strip| {
        let (samples, count) = (strip.lines[0].samples, strip.lines[0].trace.values.len());
        [samples.time(0), samples.time(count.saturating_sub(1))]
    }));
    let values = strips.iter().flat_map(|strip| strip.lines.iter().flat_map(|line| line.trace.values.iter().copied()));
    let range = axis::span(values, 0.0).ok_or("no finite potential was recorded")?;
    notes.extend(strips.iter().find_map(|strip| strip.front.legend()));
    let missing = strips.iter().any(|strip| strip.lines.iter().any(|l| l.trace.values.iter().any(|v| !v.is_finite())));
    if missing {
        notes.push("grey: no finite value was recorded".to_string());
    }
    let height = match strips.len() {
        1 => 360.0,
        2 | 3 => 200.0,
        _ => 130.0,
    };
    let band = |strip: &Strip| {
        let (scale, unit) = length_unit(strip);
        let first = strip.places[0] * scale;
        let last = strip.places[strip.places.len() - 1] * scale;
        Band { height, y: Quantity::new("distance", unit, (first, last)), above: 28.0, numbers: true }
    };
    let bands = strips.iter().map(band).collect();
    let title = select::title(recording, request);
    let page = Sheet { title, notes, bands, x: time.quantity(), left: 0.0, right: RIGHT }.lay_out();
    for (strip, panel) in strips.iter().zip(&page.panels) {
        heat(&page, panel, strip, range);
        sections(&page, panel, strip, recording);
        crossings(&page, panel, strip, &time);
        page.pen.write(&strip.name, panel.left, panel.top - 11.0, Style::tick().bold());
        let words = strip.front.describe();
        let name_width = text::width(&strip.name, page::TICK_SIZE, text::Weight::SemiBold) * 1.06;
        page.pen.write(&words, panel.left + name_width + 10.0, panel.top - 11.0, Style::tick());
    }
    if let (Some(first), Some(last)) = (page.panels.first(), page.panels.last()) {
        let edges = (first.right + 96.0, first.top, last.bottom.min(first.top + 360.0));
        color_bar(&page, edges, ("V_m", "mV"), range);
    }
    Ok(page.finish())
}

/// Whether potentials along a cell are there.
pub fn check(recording: &Recording, request: &Request) -> Result<(), Unfit> {
    placed(recording, request).map_err(Unfit::by(&["neuron", "data"])).map(drop)
}

/// A population and a neuron of it.
type Neuron<'a> = (&'a str, usize);

/// The potentials whose place along a cell is known, and these cells.
fn placed<'a>(recording: &'a Recording, request: &Request) -> Result<(Vec<Line<'a>>, Vec<Neuron<'a>>), String> {
    let lines = select::lines(recording, request)?;
    let placed = |line: &&Line| line.trace.variable == "V_m" && line.trace.distance_um.is_some();
    let placed: Vec<Line> = lines.iter().filter(placed).copied().collect();
    let mut cells: Vec<Neuron> = placed.iter().map(|l| (l.trace.population.as_str(), l.trace.neuron)).collect();
    let mut seen = std::collections::HashSet::new();
    cells.retain(|cell| request.options.neuron.is_none_or(|wanted| wanted == cell.1) && seen.insert(*cell));
    match (cells.is_empty(), request.options.neuron.filter(|_| !placed.is_empty())) {
        (true, Some(neuron)) => Err(format!("V_m of neuron {neuron} is not recorded along a section")),
        (true, None) => Err("V_m is not recorded along a section; add a recorder with `at = \"<section>\"`".into()),
        (false, _) => Ok((placed, cells)),
    }
}

fn strips<'a>(recording: &'a Recording, request: &Request, notes: &mut Vec<String>) -> Result<Vec<Strip<'a>>, String> {
    let (placed, cells) = placed(recording, request)?;
    let mut strips = vec![];
    let mut refused = None;
    for cell in cells {
        let mine: Vec<Line> =
            placed.iter().copied().filter(|l| (l.trace.population.as_str(), l.trace.neuron) == cell).collect();
        match strip(recording, request, mine) {
            Ok(strip) => strips.push(strip),
            Err(why) => refused = Some(why),
        }
    }
    if let (true, Some(why)) = (strips.is_empty(), refused) {
        return Err(why);
    }
    if strips.len() > MOST_NEURONS {
        notes.push(format!("{MOST_NEURONS} of {} neurons shown; `data` chooses others", strips.len()));
        strips.truncate(MOST_NEURONS);
    }
    Ok(strips)
}

fn strip<'a>(recording: &Recording, request: &Request, mut lines: Vec<Line<'a>>) -> Result<Strip<'a>, String> {
    let first = lines[0];
    let population = recording.populations.iter().find(|seen| seen.name == first.trace.population);
    let path = path(population, request, &lines)?;
    if !path.is_empty() {
        lines.retain(|line| line.trace.section.as_ref().is_some_and(|section| path.contains(section)));
        up_to_turns(&mut lines, population, &path);
    }
    // One time base: that of the recorder with the most places.
    let count = |line: &Line| lines.iter().filter(|l| std::ptr::eq(l.samples, line.samples)).count();
    let Some(base) = lines.iter().max_by_key(|line| count(line)).map(|line| line.samples) else {
        return Err(format!("V_m was not recorded along {}", select::quoted(&path)));
    };
    lines.retain(|line| std::ptr::eq(line.samples, base));
    let place = |line: &Line| line.trace.distance_um.unwrap_or(0.0);
    lines.sort_by(|a, b| place(a).total_cmp(&place(b)));
    lines.dedup_by(|a, b| place(a) == place(b));
    if lines.len() < 2 {
        return Err("V_m was recorded at a single place; space and time need at least two".to_string());
    }
    let places: Vec<f64> = lines.iter().map(place).collect();
    let name = select::place_name(recording, (&first.trace.population, first.trace.neuron, ""));
    let front = front::find(&lines, &places);
    Ok(Strip { name, lines, places, front })
}

/// That sections are one way from the root outward, in whatever order they are named; `sections` are all of the cell, with their
/// parents.
///
/// # Errors
/// In words.
pub fn one_way(sections: &[(&str, Option<&str>)], path: &[String]) -> Result<(), String> {
    let mut names: Vec<&str> = path.iter().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let mut hangs: Vec<(Option<&str>, &str)> = vec![];
    for name in names.iter().copied() {
        let Some((_, parent)) = sections.iter().find(|(known, _)| *known == name) else {
            let known: Vec<String> = sections.iter().take(16).map(|(name, _)| name.to_string()).collect();
            let more = if sections.len() > known.len() { ", ..." } else { "" };
            return Err(format!("there is no section `{name}`; its sections: {}{more}", select::quoted(&known)));
        };
        // Those whose parent is not among them all begin the way.
        let parent = parent.filter(|parent| names.contains(parent));
        if let Some((_, other)) = hangs.iter().find(|(own, _)| *own == parent) {
            return Err(match parent {
                Some(parent) => format!("`{other}` and `{name}` both hang on `{parent}`: a path takes one of them"),
                None => {
                    format!("neither of `{other}` and `{name}` leads to the other: a path goes from the root outward")
                }
            });
        }
        hangs.push((parent, name));
    }
    Ok(())
}

/// Drops what lies beyond where the path turns into a branch.
fn up_to_turns(lines: &mut Vec<Line>, population: Option<&PopulationSeen>, path: &[String]) {
    let sections = population.map_or(&[][..], |population| &population.sections);
    let turn = |name: &str| {
        let next = sections.iter().filter(|section| path.contains(&section.name));
        next.filter(|section| section.parent.as_deref() == Some(name)).map(|section| section.start_um).next()
    };
    let before = |line: &Line| {
        let turn = line.trace.section.as_deref().and_then(turn).unwrap_or(f64::INFINITY);
        // Floats that were added up in another order.
        line.trace.distance_um.is_some_and(|place| place <= turn * (1.0 + 1e-9))
    };
    lines.retain(before);
}

/// The sections to draw: as asked for, else from the root to the farthest tip that was recorded. Empty for all.
fn path(population: Option<&PopulationSeen>, request: &Request, lines: &[Line]) -> Result<Vec<String>, String> {
    let sections = population.map_or(&[][..], |population| &population.sections);
    if !request.options.path.is_empty() {
        let parents: Vec<(&str, Option<&str>)> =
            sections.iter().map(|section| (section.name.as_str(), section.parent.as_deref())).collect();
        if !parents.is_empty() {
            one_way(&parents, &request.options.path)?;
        }
        return Ok(request.options.path.clone());
    }
    let far = lines
        .iter()
        .max_by(|a, b| a.trace.distance_um.partial_cmp(&b.trace.distance_um).unwrap_or(std::cmp::Ordering::Equal));
    let mut path = vec![];
    let mut at = far.and_then(|line| line.trace.section.clone());
    while let Some(name) = at {
        at = sections.iter().find(|section| section.name == name).and_then(|section| section.parent.clone());
        if path.contains(&name) {
            break;
        }
        path.push(name);
    }
    Ok(path)
}

/// Factor from um, and the unit.
fn length_unit(strip: &Strip) -> (f64, &'static str) {
    let longest = strip.places.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
    if longest >= 2000.0 { (1e-3, "mm") } else { (1.0, "um") }
}

/// The potentials as an image: linear between places; of the samples within a column the highest, so that a short
/// action potential in a long run stays whole.
fn heat(page: &Page, panel: &Panel, strip: &Strip, (low, high): (f64, f64)) {
    let count = strip.lines[0].trace.values.len();
    let columns = (panel.width() as usize).min(count.max(1));
    let rows = panel.height() as usize;
    let of = |values: &[f64], column: usize| {
        let (from, to) = (column * count / columns, ((column + 1) * count / columns).max(column * count / columns + 1));
        let bucket = values.get(from..to.min(values.len())).unwrap_or(&[]);
        bucket.iter().copied().filter(|v| v.is_finite()).fold(f64::NAN, f64::max)
    };
    let table: Vec<Vec<f64>> =
        strip.lines.iter().map(|line| (0..columns).map(|column| of(&line.trace.values, column)).collect()).collect();
    let (near, far) = (strip.places[0], strip.places[strip.places.len() - 1]);
    let mut rgba = Vec::with_capacity(columns * rows * 4);
    for row in 0..rows {
        let place = far - (far - near) * (row as f64 + 0.5) / rows as f64;
        let above = strip.places.partition_point(|p| *p <= place).clamp(1, strip.places.len() - 1);
        let (a, b) = (strip.places[above - 1], strip.places[above]);
        let weight = (place - a) / (b - a);
        for (near, far) in table[above - 1].iter().zip(&table[above]) {
            let value = near * (1.0 - weight) + far * weight;
            let RGBColor(r, g, b) =
                if value.is_finite() { palette::viridis((value - low) / (high - low)) } else { palette::MISSING };
            rgba.extend([r, g, b, 255]);
        }
    }
    let pixels = Pixels { columns, rows, smooth: true, rgba };
    page.image((panel.left + 0.5, panel.top, panel.right, panel.bottom - 0.5), pixels);
}

/// A line where sections meet, and their names at the right.
fn sections(page: &Page, panel: &Panel, strip: &Strip, recording: &Recording) {
    let (scale, _) = length_unit(strip);
    let Some(population) = recording.populations.iter().find(|p| p.name == strip.lines[0].trace.population) else {
        return;
    };
    let seen = |name: &str| strip.lines.iter().any(|line| line.trace.section.as_deref() == Some(name));
    let shown: Vec<_> = population.sections.iter().filter(|section| seen(&section.name)).collect();
    let mut lowest = f64::INFINITY;
    for section in &shown {
        let (start, end) = (section.start_um * scale, (section.start_um + section.length_um) * scale);
        let (bottom, top) = (panel.y_pixel(start.max(panel.y.low)), panel.y_pixel(end.min(panel.y.high)));
        if start > panel.y.low {
            page.pen.line(&[(panel.left, bottom), (panel.right + 6.0, bottom)], RGBColor(255, 255, 255), 1.0);
            page.pen.line(&[(panel.right, bottom), (panel.right + 6.0, bottom)], palette::AXIS, 1.0);
        }
        let middle = (top + bottom) / 2.0;
        if shown.len() > 1 && middle + 14.0 <= lowest {
            let name = text::elide(&section.name, 12.0, text::Weight::Regular, 80.0);
            page.pen.write(&name, panel.right + 8.0, middle, Style::tick());
            lowest = middle;
        }
    }
}

fn crossings(page: &Page, panel: &Panel, strip: &Strip, time: &Time) {
    let (scale, _) = length_unit(strip);
    let white = RGBColor(255, 255, 255);
    for piece in strip.front.pieces() {
        let at = |(ms, um): (f64, f64)| (panel.x_pixel(ms * time.scale()), panel.y_pixel(um * scale));
        let points: Vec<(f64, f64)> = piece.into_iter().map(at).collect();
        match points[..] {
            [only] => page.pen.dot(only, white, 1.5),
            _ => page.pen.dashes(&points, white, 1.6, 4.0),
        }
    }
}
