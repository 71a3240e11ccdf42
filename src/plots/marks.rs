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
/// A steepest rise lasts one step: its line is drawn this long, so that it is seen (pixels).
const TANGENT: f64 = 44.0;

type Point = (f64, f64);

/// Draws the marks of the lines of a panel of potentials.
pub fn draw(recording: &Recording, page: &Page, panel: &Panel, lines: &[Line], time: &Time) {
    let mut taken: Vec<[f64; 4]> = vec![];
    for line in lines.iter().filter(|line| line.trace.variable == "V_m") {
        for measure in &recording.measures {
            let here = |mark: &&Mark| (mark.population.as_str(), mark.neuron, mark.site.as_str()) == line.place();
            for mark in measure.marks.iter().filter(here) {
                let held = mark.points.iter().all(|(at, _)| time.holds(*at));
                let points: Vec<Point> = mark.points.iter().map(|point| pixels(panel, time, *point)).collect();
                if held && !points.is_empty() {
                    let points = shape(page, panel, measure, points);
                    write(page, panel, &points, &label(measure, mark), &mut taken);
                }
            }
        }
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
    if upright { vec![(a.0, 0.5 * (a.1 + b.1))] } else { vec![a, b] }
}

/// `width 0.94 ms`; of what is measured between two places the name alone.
fn label(measure: &MeasureSeen, mark: &Mark) -> String {
    let Some(value) = mark.value else { return measure.name.clone() };
    let unit = if measure.unit.is_empty() { String::new() } else { format!(" {}", text::unit(&measure.unit)) };
    format!("{} {}{unit}", measure.name, significant(value))
}

/// Three digits that count.
fn significant(value: f64) -> String {
    let digits = if value == 0.0 { 0 } else { (2 - value.abs().log10().floor() as i32).clamp(0, 4) };
    plain((value * 10f64.powi(digits)).round() / 10f64.powi(digits))
}

/// Right of a mark, or left of it at the panel's end; moved up or down until it hides no other text.
fn write(page: &Page, panel: &Panel, points: &[Point], label: &str, taken: &mut Vec<[f64; 4]>) {
    if taken.len() == MOST_TEXTS {
        return;
    }
    let width = text::width(label, TICK_SIZE, Weight::Regular) * 1.06;
    let right = points.iter().fold(f64::MIN, |right, point| right.max(point.0));
    let left = points.iter().fold(f64::MAX, |left, point| left.min(point.0));
    let fits = right + GAP + width <= panel.right;
    let x = if fits { right + GAP } else { left - GAP - width };
    let y = points[points.len() - 1].1;
    let free = |y: f64| {
        let inside = y - 0.5 * ROW >= panel.top && y + 0.5 * ROW <= panel.bottom;
        inside && taken.iter().all(|[l, t, r, b]| x + width < *l || *r < x || y + 0.5 * ROW <= *t || *b <= y - 0.5 * ROW)
    };
    let tries = (0..12).flat_map(|row| [f64::from(row) * 0.5 * ROW, -f64::from(row) * 0.5 * ROW]);
    let Some(shift) = tries.into_iter().find(|shift| free(y + shift)) else { return };
    let y = y + shift;
    taken.push([x, y - 0.5 * ROW, x + width, y + 0.5 * ROW]);
    page.pen.write(label, x, y, Style::tick().color(palette::INK));
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
