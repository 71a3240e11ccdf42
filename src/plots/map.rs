//! Neurons where they are, in the colour of their first spike: a wave is a ring, a bump a spot.

use crate::recording::{PopulationSeen, Recording, View};

use super::colors::color_bar;
use super::page::{Cell, FOOT, MARGIN, Page, Panel, Quantity, Style, Ticks, WIDTH};
use super::scene::Drawing;
use super::unfit::Unfit;
use super::{Request, axis, palette, select, text};

/// Left of each panel, room for the numbers of the vertical axis.
const LEFT: f64 = 76.0;
/// Right of them, for the colour bar.
const RIGHT: f64 = 110.0;
const HEADING: f64 = 26.0;
const HIGHEST: f64 = 740.0;
/// More neurons are thinned.
const MOST: usize = 20_000;
const MOST_PANELS: usize = 4;
/// What lies on a line is shown as so much of its length wide.
const NARROWEST: f64 = 0.2;
/// A neuron alone is shown in the middle of so much (um).
const ALONE: f64 = 100.0;

/// One population's neurons and when each first fired.
struct Layer<'a> {
    seen: &'a PopulationSeen,
    /// ms; NaN: never.
    first: Vec<f64>,
}

/// Whether neurons with spikes have positions.
pub fn check(recording: &Recording, request: &Request) -> Result<(), Unfit> {
    let trains = select::trains(recording, request).map_err(Unfit::by(&["data"]))?;
    sheets(recording, &trains).map_err(Unfit::by(&["data"])).map(drop)
}

pub fn draw(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    let trains = select::trains(recording, request)?;
    let mut notes: Vec<String> = select::interrupted(recording).into_iter().collect();
    let mut sheets = sheets(recording, &trains)?;
    if sheets.len() > MOST_PANELS {
        notes.push(format!("{MOST_PANELS} of {} populations shown; `data` chooses others", sheets.len()));
        sheets.truncate(MOST_PANELS);
    }
    let range = axis::span(sheets.iter().flat_map(|sheet| sheet.first.iter().copied()), 0.0).unwrap_or((0.0, 1.0));
    let silent: usize = sheets.iter().map(|sheet| sheet.first.iter().filter(|t| t.is_nan()).count()).sum();
    let all: usize = sheets.iter().map(|sheet| sheet.first.len()).sum();
    if silent > 0 {
        notes.push(format!("grey: {} of {} neurons did not fire", text::count(silent), text::count(all)));
    }
    notes.extend(select::recorded(recording, &trains));
    notes.extend(select::thinned(&trains));
    let every = sheets.iter().map(|sheet| sheet.first.len()).max().unwrap_or(1).div_ceil(MOST);
    if every > 1 {
        notes.push(format!("1 of {every} neurons shown"));
    }
    let view = Frame::of(&sheets);
    let (page, head) = Page::blank(&select::title(recording, request), &notes, view.body());
    let mut last = (0.0, 0.0, 0.0);
    for (index, sheet) in sheets.iter().enumerate() {
        let panel = page.cell(view.cell(index, head), &view.x, &view.y);
        page.pen.write(&sheet.seen.name, panel.left, panel.top - 11.0, Style::tick().bold());
        dots(&page, &panel, sheet, (view.scale, every), range);
        last =
            if index == 0 { (panel.right, panel.top, panel.bottom) } else { (panel.right.max(last.0), last.1, last.2) };
    }
    let (right, top, bottom) = last;
    color_bar(&page, (right + 40.0, top, bottom.min(top + 360.0)), ("first spike", "ms"), range);
    Ok(page.finish())
}

/// What all panels show, and where they stand: one alone, or two side by side.
struct Frame {
    x: Quantity,
    y: Quantity,
    /// From um to the unit of the axes.
    scale: f64,
    width: f64,
    height: f64,
    panels: usize,
}

impl Frame {
    /// A place around all neurons, as wide as it is high where they are.
    fn of(sheets: &[Layer]) -> Frame {
        let points = || sheets.iter().flat_map(|sheet| &sheet.seen.positions_um);
        let extent = |axis: usize| {
            let (low, high) = points().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| {
                (low.min(point[axis]), high.max(point[axis]))
            });
            let margin = 0.02 * (high - low).max(1e-6);
            (low - margin, high + margin)
        };
        let (x, y) = (extent(0), extent(1));
        let widened = |(low, high): (f64, f64), least: f64| {
            let margin = 0.5 * (least - (high - low)).max(0.0);
            (low - margin, high + margin)
        };
        let longest = |(x, y): ((f64, f64), (f64, f64))| f64::max(x.1 - x.0, y.1 - y.0);
        let x = if longest((x, y)) < 1e-3 { widened(x, ALONE) } else { x };
        let least = NARROWEST * longest((x, y));
        let (x, y) = (widened(x, least), widened(y, least));
        let aspect = (x.1 - x.0) / (y.1 - y.0);
        let columns = sheets.len().min(2) as f64;
        let room = (WIDTH - 2.0 * MARGIN - RIGHT - columns * LEFT) / columns;
        let height = (room / aspect).min(HIGHEST);
        let (scale, unit) = if (x.1 - x.0).max(y.1 - y.0) >= 2000.0 { (1e-3, "mm") } else { (1.0, "um") };
        let quantity = |name: &str, (low, high): (f64, f64)| Quantity::new(name, unit, (low * scale, high * scale));
        Frame { x: quantity("x", x), y: quantity("y", y), scale, width: height * aspect, height, panels: sheets.len() }
    }

    /// The height of all panels.
    fn body(&self) -> f64 {
        self.panels.div_ceil(2) as f64 * (HEADING + self.height + FOOT)
    }

    fn cell(&self, index: usize, head: f64) -> Cell {
        let columns = self.panels.min(2) as f64;
        // What is too high to fill the page stands in the middle of it.
        let all = columns * (LEFT + self.width) + RIGHT;
        let left = (WIDTH - all) / 2.0 + LEFT + (index % 2) as f64 * (self.width + LEFT);
        let top = head + HEADING + (index / 2) as f64 * (HEADING + self.height + FOOT);
        let (right, bottom) = (left + self.width, top + self.height);
        Cell { left, top, right, bottom, x: Ticks::Numbers, y_numbers: true }
    }
}

/// A dot for one neuron of `every`, in the colour of its first spike.
fn dots(page: &Page, panel: &Panel, sheet: &Layer, (scale, every): (f64, usize), range: (f64, f64)) {
    let at = |point: &[f64; 3]| (panel.x_pixel(point[0] * scale), panel.y_pixel(point[1] * scale));
    let places: Vec<(f64, f64)> = sheet.seen.positions_um.iter().map(at).collect();
    let span = |part: fn(&(f64, f64)) -> f64| {
        let all = places.iter().map(part);
        let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        (high - low).max(1.0)
    };
    let (wide, high) = (span(|place| place.0), span(|place| place.1));
    let share = every as f64 / places.len().max(1) as f64;
    // Half of the distance between neighbours on a line, or on a square grid of as many.
    let apart = if wide.min(high) > 1.0 { (wide * high * share).sqrt() } else { wide.max(high) * share };
    let radius = if places.len() == 1 { 9.0 } else { (0.42 * apart).clamp(0.8, 9.0) };
    // Those that fired lie on top.
    let drawn = || places.iter().zip(&sheet.first).step_by(every);
    let silent = drawn().filter(|(_, first)| first.is_nan());
    for (place, first) in silent.chain(drawn().filter(|(_, first)| !first.is_nan())) {
        let color = match first.is_nan() {
            true => palette::FAINT,
            false => palette::viridis((first - range.0) / (range.1 - range.0)),
        };
        page.pen.dot(*place, color, radius);
    }
}

/// Every population that lies in a plane.
fn sheets<'a>(recording: &'a Recording, trains: &[View]) -> Result<Vec<Layer<'a>>, String> {
    let sheets: Vec<Layer> = trains.iter().filter_map(|trains| sheet(recording, trains)).collect();
    if sheets.is_empty() {
        return Err("a map needs neurons with positions in two dimensions: give a `[population]` a `position`".into());
    }
    Ok(sheets)
}

/// The neurons of one population, if they lie in two dimensions or three (seen from above).
fn sheet<'a>(recording: &'a Recording, trains: &View) -> Option<Layer<'a>> {
    let seen = recording.populations.iter().find(|seen| seen.name == trains.population)?;
    let flat = |axis: usize| seen.positions_um.windows(2).all(|pair| pair[0][axis] == pair[1][axis]);
    if seen.positions_um.is_empty() || seen.dimensions < 2 && (flat(0) || flat(1)) {
        return None;
    }
    let mut first = vec![f64::NAN; seen.positions_um.len()];
    for (time, neuron) in trains.times_ms.iter().zip(&trains.neurons) {
        if let Some(first) = first.get_mut(*neuron as usize) {
            *first = first.min(*time);
        }
    }
    Some(Layer { seen, first })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_fill_the_page_or_stand_in_its_middle() {
        let square = |high: f64| PopulationSeen {
            positions_um: vec![[0.0; 3], [1000.0, high * 1000.0, 0.0]],
            ..PopulationSeen::default()
        };
        let (square, tall) = (square(1.0), square(4.0));
        let line = PopulationSeen {
            positions_um: vec![[0.0; 3], [1000.0, 0.0, 0.0]],
            dimensions: 2,
            ..PopulationSeen::default()
        };
        let alone = PopulationSeen { positions_um: vec![[5.0; 3]], ..line.clone() };
        let layer = |seen| Layer { seen, first: vec![] };
        let edges = |sheets: &[Layer]| {
            let (view, last) = (Frame::of(sheets), sheets.len() - 1);
            (view.cell(0, 0.0).left - LEFT, WIDTH - view.cell(last, 0.0).right - RIGHT)
        };
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        for sheets in [vec![layer(&square)], vec![layer(&square), layer(&square)]] {
            let (left, right) = edges(&sheets);
            assert!(near(left, MARGIN) && near(right, MARGIN), "{left} {right}");
        }
        let (left, right) = edges(&[layer(&tall)]);
        assert!(near(left, right) && left > 2.0 * MARGIN, "{left} {right}");
        // A line has some width, and so has a neuron alone.
        let shape = |seen| Frame::of(&[layer(seen)]).height / Frame::of(&[layer(seen)]).width;
        assert!(near(shape(&line), NARROWEST) && near(shape(&alone), NARROWEST), "{}", shape(&line));
    }
}
