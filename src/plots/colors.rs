//! The bar beside a picture in colours: what they mean.

use plotters::style::RGBColor;

use super::page::{self, Page, Pixels, Style};
use super::text::{self, Weight};
use super::{axis, palette};

/// Columns of the image: many, though they are alike, because some viewers blend the outermost with what is beside.
const COLUMNS: usize = 28;
const WIDTH: f64 = 14.0;

/// A bar of [`palette::viridis`] with its left edge, top and bottom; (name, unit) of what it shows, and its range.
pub fn color_bar(page: &Page, (left, top, bottom): (f64, f64, f64), (name, unit): (&str, &str), range: (f64, f64)) {
    let right = left + WIDTH;
    let rgba = (0..256).rev().flat_map(|k| {
        let RGBColor(r, g, b) = palette::viridis(f64::from(k) / 255.0);
        [r, g, b, 255].repeat(COLUMNS)
    });
    let pixels = Pixels { columns: COLUMNS, rows: 256, smooth: true, rgba: rgba.collect() };
    page.image((left, top, right, bottom), pixels);
    let scale = axis::Axis::up(name, unit, range, bottom - top);
    for (at, label) in &scale.ticks {
        let y = bottom - scale.part(*at) * (bottom - top);
        page.pen.line(&[(right, y), (right + 4.0, y)], palette::AXIS, 1.0);
        page.pen.write(label, right + 8.0, y, Style::tick());
    }
    let wide = |(_, label): &(f64, String)| text::width(label, page::TICK_SIZE, Weight::Regular);
    let beside = right + (8.0 + scale.ticks.iter().map(wide).fold(0.0, f64::max) + 14.0).max(50.0);
    page.pen.write(&scale.label, beside, (top + bottom) / 2.0, Style::label().centre().upright());
}
