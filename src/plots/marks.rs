//! Measures on the traces that they belong to: a dot at a peak, a bar across a width, each with its name and number.

use super::page::{Page, Panel, Style, TICK_SIZE};
use super::palette;
use super::select::Line;
use super::text::{self, Weight};
use super::time::{Time, plain};
use crate::recording::{Mark, MeasureSeen, Recording};

/// Half the stroke that ends a bar, pixels.
const CAP: f64 = 3.5;
const THICKNESS: f64 = 1.3;
const DOT: f64 = 2.8;
const GAP: f64 = 7.0;
/// Rows of text are so far apart.
const ROW: f64 = 14.0;
/// More texts than this in one panel would hide what they are about.
const MOST_TEXTS: usize = 10;
/// Pixels between what is looked at of a line.
const STRIDE: f64 = 3.0;
/// A text further from its mark than this has a line to it (pixels).
const FAR: f64 = 24.0;
/// A steepest rise lasts one step: its line is drawn this long, so that it is seen (pixels).
const TANGENT: f64 = 44.0;

type Point = (f64, f64);

/// Draws the marks of the lines of a panel of potentials: all shapes, then texts where nothing else is.
pub fn draw(recording: &Recording, page: &Page, panel: &Panel, lines: &[Line], time: &Time) {
    let mut room = Room { panel, points: vec![], texts: vec![] };
    let mut texts: Vec<(Vec<Point>, String)> = vec![];
    for line in lines.iter().filter(|line| line.trace.variable == "V_m") {
        for measure in &recording.measures {
            let here = |mark: &&Mark| (mark.population.as_str(), mark.neuron, mark.site.as_str()) == line.place();
            for mark in measure.marks.iter().filter(here) {
                let held = mark.points.iter().all(|(at, _)| time.holds(*at));
                let points: Vec<Point> = mark.points.iter().map(|point| pixels(panel, time, *point)).collect();
                if held && !points.is_empty() {
                    room.keep_clear(&points);
                    let clear_of = shape(page, panel, measure, points);
                    texts.extend(mark.value.map(|value| (clear_of, label(measure, value))));
                }
            }
        }
    }
    for piece in lines.iter().flat_map(|line| time.thin(line.points(), panel)) {
        let piece: Vec<Point> = piece.iter().map(|(at, v)| (panel.x_pixel(*at), panel.y_pixel(*v))).collect();
        room.keep_clear(&piece);
    }
    for (points, label) in texts.iter().take(MOST_TEXTS) {
        room.write(page, points, label);
    }
}

/// In pixels, at the edge of the panel if it lies beyond: peaks between samples are higher than all of them.
fn pixels(panel: &Panel, time: &Time, (at, v): Point) -> Point {
    (panel.x_pixel(at * time.scale()), panel.y_pixel(v).clamp(panel.top, panel.bottom))
}

/// A dot, or a bar with its ends; returns what the text must keep clear of.
fn shape(page: &Page, panel: &Panel, measure: &MeasureSeen, points: Vec<Point>) -> Vec<Point> {
    let pen = &page.pen;
    let [a, b] = points[..] else {
        pen.dot(points[0], palette::INK, DOT);
        return points;
    };
    if measure.kind == "max_slope" {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let reach = 0.5 * TANGENT / dx.hypot(dy).max(1e-9);
        let middle = (0.5 * (a.0 + b.0), 0.5 * (a.1 + b.1));
        let end = |way: f64| (middle.0 + way * dx, (middle.1 + way * dy).clamp(panel.top, panel.bottom));
        pen.line(&[end(-reach), end(reach)], palette::INK, 2.0 * THICKNESS);
        return vec![middle];
    }
    pen.line(&[a, b], palette::INK, THICKNESS);
    let upright = (a.0 - b.0).abs() < (a.1 - b.1).abs();
    for (x, y) in [a, b] {
        let cap = if upright { [(x - CAP, y), (x + CAP, y)] } else { [(x, y - CAP), (x, y + CAP)] };
        pen.line(&cap, palette::INK, THICKNESS);
    }
    // Off the middle, where the bar of a width crosses it.
    if upright { vec![(a.0, 0.75 * a.1 + 0.25 * b.1)] } else { vec![a, b] }
}

/// `width 0.94 ms`.
fn label(measure: &MeasureSeen, value: f64) -> String {
    let unit = if measure.unit.is_empty() { String::new() } else { format!(" {}", text::unit(&measure.unit)) };
    format!("{} {}{unit}", measure.name, significant(value))
}

/// Three digits that count.
fn significant(value: f64) -> String {
    let digits = if value == 0.0 { 0 } else { (2 - value.abs().log10().floor() as i32).clamp(0, 4) };
    plain((value * 10f64.powi(digits)).round() / 10f64.powi(digits))
}

/// Where texts may stand.
struct Room<'p> {
    panel: &'p Panel,
    /// What is drawn already, every few pixels.
    points: Vec<Point>,
    /// left, top, right, bottom.
    texts: Vec<[f64; 4]>,
}

impl Room<'_> {
    /// No text on this line.
    fn keep_clear(&mut self, line: &[Point]) {
        self.points.extend(line.first());
        for two in line.windows(2) {
            let (a, b) = (two[0], two[1]);
            let steps = ((b.0 - a.0).hypot(b.1 - a.1) / STRIDE).ceil().clamp(1.0, 1000.0) as usize;
            let at = |step: usize| {
                let part = step as f64 / steps as f64;
                (a.0 + part * (b.0 - a.0), a.1 + part * (b.1 - a.1))
            };
            self.points.extend((1..=steps).map(at));
        }
    }

    fn is_free(&self, [left, top, right, bottom]: [f64; 4]) -> bool {
        let panel = self.panel;
        let inside = left >= panel.left + 2.0 && right <= panel.right && top >= panel.top && bottom <= panel.bottom;
        let apart = |text: &[f64; 4]| right < text[0] || text[2] < left || bottom <= text[1] || text[3] <= top;
        let hidden = |point: &Point| (left..=right).contains(&point.0) && (top..=bottom).contains(&point.1);
        inside && self.texts.iter().all(apart) && !self.points.iter().any(hidden)
    }

    /// As near to a mark as there is room, right of it rather than left; with a line to it, if that is not near. Nowhere, if there is
    /// no room.
    fn write(&mut self, page: &Page, points: &[Point], label: &str) {
        let width = text::width(label, TICK_SIZE, Weight::Regular) * 1.06;
        let right =
            points.iter().copied().fold((f64::MIN, 0.0), |best, point| if point.0 > best.0 { point } else { best });
        let left =
            points.iter().copied().fold((f64::MAX, 0.0), |best, point| if point.0 < best.0 { point } else { best });
        let mut best: Option<(f64, f64, f64, Point)> = None;
        for row in -12..=12 {
            for column in 0..16 {
                let (dx, dy) = (GAP + 12.0 * f64::from(column), 0.5 * ROW * f64::from(row));
                for (x, from, extra) in [(right.0 + dx, right, 0.0), (left.0 - dx - width, left, 10.0)] {
                    let (y, cost) = (from.1 + dy, dx.hypot(1.5 * dy) + extra);
                    let place = [x - 2.0, y - 0.5 * ROW, x + width + 2.0, y + 0.5 * ROW];
                    if best.is_none_or(|best| cost < best.0) && self.is_free(place) {
                        best = Some((cost, x, y, from));
                    }
                }
            }
        }
        let Some((cost, x, y, from)) = best else { return };
        self.texts.push([x, y - 0.5 * ROW, x + width, y + 0.5 * ROW]);
        if cost > FAR {
            let end = if x > from.0 { x - 3.0 } else { x + width + 3.0 };
            page.pen.line(&[from, (end, y)], palette::NOTE, 0.6);
        }
        page.pen.write(label, x, y, Style::tick().color(palette::INK));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        let written = [0.93741, 41.26, -64.97, 312.4, 1234.0, 0.0, 9.999].map(significant);
        assert_eq!(written, ["0.937", "41.3", "\u{2212}65", "312", "1234", "0", "10"]);
    }
}
