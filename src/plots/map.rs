//! Neurons where they are, in the colour of their first spike: a wave is a ring, a bump a spot.

use crate::recording::{PopulationSeen, Recording, SpikeTrains};

use super::colors::color_bar;
use super::page::{Band, Quantity, Sheet, Style};
use super::scene::Drawing;
use super::{Request, axis, palette, select, text};

/// Left of the panels, room for the numbers of the vertical axis.
const LEFT: f64 = 80.0;
/// Least room right of them, for the colour bar.
const RIGHT: f64 = 130.0;
/// More neurons are thinned.
const MOST: usize = 20_000;
const MOST_PANELS: usize = 4;

/// One population's neurons and when each first fired.
struct Layer<'a> {
    seen: &'a PopulationSeen,
    /// ms; NaN: never.
    first: Vec<f64>,
}

pub fn draw(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    let trains = select::trains(recording, request)?;
    let mut notes: Vec<String> = select::interrupted(recording).into_iter().collect();
    let mut sheets: Vec<Layer> = trains.iter().filter_map(|trains| sheet(recording, trains)).collect();
    if sheets.is_empty() {
        return Err("a map needs neurons with positions in two dimensions: give a `[population]` a `position`".into());
    }
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
    notes.extend(select::thinned(&trains));
    let every = sheets.iter().map(|sheet| sheet.first.len()).max().unwrap_or(1).div_ceil(MOST);
    if every > 1 {
        notes.push(format!("1 of {every} neurons shown"));
    }
    let points = || sheets.iter().flat_map(|sheet| &sheet.seen.positions_um);
    let extent = |axis: usize| {
        let (low, high) = points().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| {
            (low.min(point[axis]), high.max(point[axis]))
        });
        let margin = 0.02 * (high - low).max(1e-6);
        (low - margin, high + margin)
    };
    let (x, y) = (extent(0), extent(1));
    // As wide as it is high, where there is room.
    let aspect = (x.1 - x.0) / (y.1 - y.0);
    let room = super::page::WIDTH - 2.0 * super::page::MARGIN - LEFT - RIGHT;
    let height = if sheets.len() == 1 { 520.0_f64 } else { 300.0 }.min(room / aspect);
    let right = super::page::WIDTH - 2.0 * super::page::MARGIN - LEFT - height * aspect;
    let (scale, unit) = if (x.1 - x.0).max(y.1 - y.0) >= 2000.0 { (1e-3, "mm") } else { (1.0, "um") };
    let band = |_: &Layer| {
        let y = Quantity::new("y", unit, (y.0 * scale, y.1 * scale));
        Band { height, y, above: 26.0, numbers: true }
    };
    let bands = sheets.iter().map(band).collect();
    let x = Quantity::new("x", unit, (x.0 * scale, x.1 * scale));
    let title = select::title(recording, request);
    let page = Sheet { title, notes, bands, x, left: LEFT, right }.lay_out();
    for (sheet, panel) in sheets.iter().zip(&page.panels) {
        page.pen.write(&sheet.seen.name, panel.left, panel.top - 11.0, Style::tick().bold());
        // Half of the distance between neighbours on a square grid of as many.
        let area = (panel.right - panel.left) * (panel.bottom - panel.top);
        let radius = (0.42 * (area * every as f64 / sheet.first.len().max(1) as f64).sqrt()).clamp(0.8, 9.0);
        // Those that fired lie on top.
        let drawn = || sheet.seen.positions_um.iter().zip(&sheet.first).step_by(every);
        let silent = drawn().filter(|(_, first)| first.is_nan());
        for (point, first) in silent.chain(drawn().filter(|(_, first)| !first.is_nan())) {
            let color = match first.is_nan() {
                true => palette::FAINT,
                false => palette::viridis((first - range.0) / (range.1 - range.0)),
            };
            page.pen.dot((panel.x_pixel(point[0] * scale), panel.y_pixel(point[1] * scale)), color, radius);
        }
    }
    if let Some(panel) = page.panels.first() {
        let bottom = page.panels.last().map_or(panel.bottom, |last| last.bottom).min(panel.top + 360.0);
        color_bar(&page, (panel.right + 40.0, panel.top, bottom), ("first spike", "ms"), range);
    }
    Ok(page.finish())
}

/// The neurons of one population, if they lie in two dimensions or three (seen from above).
fn sheet<'a>(recording: &'a Recording, trains: &SpikeTrains) -> Option<Layer<'a>> {
    let seen = recording.populations.iter().find(|seen| seen.name == trains.population)?;
    let flat = |axis: usize| seen.positions_um.windows(2).all(|pair| pair[0][axis] == pair[1][axis]);
    if seen.positions_um.is_empty() || flat(0) || flat(1) {
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
