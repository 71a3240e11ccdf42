//! Populations one above the other on a common horizontal axis: a strip each, its name and a few facts beside it.

use plotters::style::{Color, RGBColor};

use super::page::{Band, Page, Panel, Quantity, Sheet, Style};
use super::{page, palette, text};

/// Height of all strips together, and of one at least and at most.
const HEIGHT: f64 = 420.0;
const LEAST: f64 = 66.0;
const MOST: f64 = 260.0;
/// Right of the strips, for names and facts.
const RIGHT: f64 = 158.0;
const LINE: f64 = 17.0;
/// More strips are said, not shown.
pub const MOST_STRIPS: usize = 12;

/// What stands beside a panel, and its vertical axis.
pub struct Strip {
    pub name: String,
    pub color: RGBColor,
    /// At most three short lines.
    pub facts: Vec<String>,
    pub y: Quantity,
}

/// A page with a panel for each of at most [`MOST_STRIPS`] strips.
pub fn page(title: String, mut notes: Vec<String>, x: Quantity, strips: &[Strip]) -> Page {
    if strips.len() > MOST_STRIPS {
        notes.push(format!("{MOST_STRIPS} of {} populations shown; `data` chooses others", strips.len()));
    }
    let strips = &strips[..strips.len().min(MOST_STRIPS)];
    let height = (HEIGHT / strips.len().max(1) as f64).clamp(LEAST, MOST);
    let band = |strip: &Strip| Band { height, y: strip.y.clone(), above: 14.0, numbers: true };
    let page = Sheet { title, notes, bands: strips.iter().map(band).collect(), x, left: 0.0, right: RIGHT }.lay_out();
    for (strip, panel) in strips.iter().zip(&page.panels) {
        let (left, room) = (panel.right + 14.0, RIGHT - 14.0);
        let name = text::elide(&strip.name, page::TICK_SIZE, text::Weight::SemiBold, room);
        page.pen.write(&name, left, panel.top + 8.0, Style::tick().bold().color(strip.color));
        for (index, fact) in strip.facts.iter().enumerate() {
            let y = panel.top + 8.0 + (index + 1) as f64 * LINE;
            let fact = text::elide(fact, page::TICK_SIZE, text::Weight::Regular, room);
            page.pen.write(&fact, left, y, Style::note());
        }
    }
    page
}

/// Shares (%) of values in bins of one width.
#[derive(Clone, Debug)]
pub struct Histogram {
    low: f64,
    width: f64,
    shares: Vec<f64>,
}

impl Histogram {
    /// Of what lies in [low, high); shares are of all `values`.
    pub fn new(values: &[f64], (low, high): (f64, f64), bins: usize) -> Histogram {
        let width = (high - low) / bins as f64;
        let mut shares = vec![0.0; bins];
        let share = 100.0 / values.len().max(1) as f64;
        for value in values.iter().filter(|value| **value >= low && **value <= high) {
            shares[(((value - low) / width) as usize).min(bins - 1)] += share;
        }
        Histogram { low, width, shares }
    }

    pub fn top(&self) -> f64 {
        self.shares.iter().copied().fold(0.0, f64::max)
    }

    /// From 0 to a little above the highest.
    pub fn y(&self, name: &str) -> Quantity {
        let top = self.top();
        Quantity::new(name, "%", (0.0, if top > 0.0 { top * 1.08 } else { 1.0 }))
    }

    /// From a hundredth of a percent to all, so that what is rare is seen beside what is common.
    pub fn log_y(name: &str) -> Quantity {
        Quantity { log: true, ..Quantity::new(name, "%", (-2.0, 2.0)) }
    }

    /// On a vertical axis of shares, or of their logarithms.
    pub fn draw(&self, panel: &Panel, log: bool, color: RGBColor) {
        if self.top() <= 0.0 {
            return;
        }
        let floor = panel.y.low;
        let height = |share: f64| if log { share.log10().max(floor) } else { share };
        let edge = |k: usize| (self.low + k as f64 * self.width).min(panel.x.high);
        let each = self.shares.iter().enumerate();
        let steps: Vec<(f64, f64)> =
            each.flat_map(|(k, &share)| [(edge(k), height(share)), (edge(k + 1), height(share))]).collect();
        let ends = (vec![(edge(0), floor)], vec![(edge(self.shares.len()), floor)]);
        panel.area([ends.0, steps.clone(), ends.1].concat(), color.mix(0.35));
        panel.line(steps, color, 1.2);
    }
}

/// A dashed vertical line at a value, if it lies on the axis.
pub fn mark(page: &Page, panel: &Panel, value: f64, color: RGBColor) {
    if (panel.x.low..=panel.x.high).contains(&value) {
        let x = panel.x_pixel(value);
        page.pen.dashes(&[(x, panel.bottom), (x, panel.top)], color, 1.2, 4.0);
    }
}

/// What is said where a population has nothing to show.
pub fn nothing(page: &Page, panel: &Panel, why: &str) {
    let (x, y) = ((panel.left + panel.right) / 2.0, (panel.top + panel.bottom) / 2.0);
    let why = text::elide(why, page::TICK_SIZE, text::Weight::Regular, panel.width() - 6.0);
    page.pen.write(&why, x, y, Style::tick().color(palette::NOTE).centre());
}

/// The value that this part (0..1) of `values` does not exceed; `values` are sorted.
pub fn quantile(values: &[f64], part: f64) -> Option<f64> {
    values
        .get(((values.len() as f64 * part).ceil() as usize).saturating_sub(1).min(values.len().saturating_sub(1)))
        .copied()
}

/// Three significant digits, plain.
pub fn significant(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    if value.abs() < 1e-4 {
        return format!("{value:.0e}");
    }
    let decimals = (2 - value.abs().log10().floor() as i32).clamp(0, 9) as usize;
    text::number(value, decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_all_values() {
        let histogram = Histogram::new(&[0.0, 0.5, 1.5, 2.0, 9.0], (0.0, 2.0), 2);
        assert_eq!(histogram.shares, [40.0, 40.0]);
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(significant(0.001234), "0.00123");
        assert_eq!(significant(1234.5), "1234");
    }
}
