//! Curves over a common axis, from plain numbers: the pictures that are not of a recording.

use super::page::{self, Band, Entry, Page, Panel, Quantity, Sheet};
use super::scene::Drawing;
use super::{axis, palette};

/// Colours that all panels of a chart share.
const COLORS: usize = 7;
/// Around the points.
const AROUND: f64 = 0.03;
/// Of a dash and of the gap after it, pixels.
const DASH: f64 = 6.0;
/// The part of the room between neighbours that a bar fills.
const BAR: f64 = 0.8;

/// Panels one above the other.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    pub title: String,
    /// Lines beneath the title.
    pub notes: Vec<String>,
    /// Name and unit of the horizontal axis.
    pub x: (String, String),
    /// The horizontal axis has a power of ten in equal distances; values of 0 and below are left out.
    pub log_x: bool,
    pub panels: Vec<ChartPanel>,
}

#[derive(Clone, Debug, Default)]
pub struct ChartPanel {
    /// Name and unit of the vertical axis.
    pub y: (String, String),
    /// Pixels.
    pub height: f64,
    pub curves: Vec<Curve>,
    /// Given, or as the points need.
    pub range: Option<(f64, f64)>,
}

#[derive(Clone, Debug)]
pub struct Curve {
    /// In the legend; empty: not there.
    pub name: String,
    pub points: Vec<(f64, f64)>,
    pub look: Look,
    /// Number of a colour of the palette.
    pub color: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Line,
    Dashes,
    Dots,
    /// From 0 up or down.
    Bars,
}

impl Chart {
    pub fn draw(mut self) -> Drawing {
        self.drop_what_has_no_place();
        let all = || self.panels.iter().flat_map(|panel| &panel.curves);
        let bars = all().any(|curve| curve.look == Look::Bars);
        let x = axis::span(all().flat_map(|curve| curve.points.iter().map(|point| point.0)), AROUND);
        let (low, high) = x.unwrap_or((0.0, 1.0));
        let half = if bars { 0.5 * BAR * spacing(all()) } else { 0.0 };
        let (name, unit) = self.x.clone();
        let entries: Vec<Vec<Entry>> = self.panels.iter().map(ChartPanel::entries).collect();
        let sheet = Sheet {
            title: self.title.clone(),
            notes: self.notes.clone(),
            bands: self.panels.iter().zip(&entries).map(|(panel, entries)| panel.band(entries.len())).collect(),
            x: Quantity { log: self.log_x, ..Quantity::new(name, unit, (low - half, high + half)) },
            left: 0.0,
            right: entries.iter().map(|entries| page::legend_width(entries)).fold(0.0, f64::max),
        };
        let page = sheet.lay_out();
        for ((panel, place), entries) in self.panels.iter().zip(&page.panels).zip(&entries) {
            // What comes first lies on top.
            panel.curves.iter().rev().for_each(|curve| curve.draw(&page, place, half));
            let dashed =
                panel.curves.iter().filter(|curve| !curve.name.is_empty()).map(|curve| curve.look == Look::Dashes);
            page.legend_of(place, entries.iter().zip(dashed));
        }
        page.finish()
    }

    /// Points that are not finite, or lie beyond a given range, or have no logarithm.
    fn drop_what_has_no_place(&mut self) {
        let log = self.log_x;
        for panel in &mut self.panels {
            let (low, high) = panel.range.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
            for curve in &mut panel.curves {
                if log {
                    curve.points.retain(|(x, _)| *x > 0.0);
                    curve.points.iter_mut().for_each(|(x, _)| *x = x.log10());
                }
                curve.points.retain(|(x, y)| x.is_finite() && y.is_finite());
                curve.points.iter_mut().for_each(|(_, y)| *y = y.clamp(low, high));
            }
        }
    }
}

/// Least distance between neighbouring points.
fn spacing<'c>(curves: impl Iterator<Item = &'c Curve>) -> f64 {
    let mut xs: Vec<f64> = curves.flat_map(|curve| curve.points.iter().map(|point| point.0)).collect();
    xs.sort_by(f64::total_cmp);
    let apart = xs.windows(2).map(|pair| pair[1] - pair[0]).filter(|apart| *apart > 0.0);
    Some(apart.fold(f64::INFINITY, f64::min)).filter(|least| least.is_finite()).unwrap_or(1.0)
}

impl ChartPanel {
    fn band(&self, entries: usize) -> Band {
        let points = || self.curves.iter().flat_map(|curve| curve.points.iter().map(|point| point.1));
        let bars = self.curves.iter().any(|curve| curve.look == Look::Bars);
        let from_zero = bars.then_some(0.0);
        let (low, high) = axis::span(points().chain(from_zero), AROUND).unwrap_or((0.0, 1.0));
        // Bars stand on the axis.
        let low = if bars && points().all(|y| y >= 0.0) { 0.0 } else { low };
        Band {
            height: self.height.max(page::legend_height(entries)).max(60.0),
            y: Quantity::new(self.y.0.clone(), self.y.1.clone(), self.range.unwrap_or((low, high))),
            above: 12.0,
            numbers: true,
        }
    }

    fn entries(&self) -> Vec<Entry> {
        let named = self.curves.iter().filter(|curve| !curve.name.is_empty());
        named.map(|curve| (curve.name.clone(), palette::category(curve.color % COLORS, COLORS))).collect()
    }
}

impl Curve {
    fn draw(&self, page: &Page, panel: &Panel, half: f64) {
        let color = palette::category(self.color % COLORS, COLORS);
        match self.look {
            Look::Line if self.points.is_empty() => {}
            Look::Line => panel.line(self.points.clone(), color, 1.8),
            Look::Dots => {
                let radius = if self.points.len() > 200 { 1.5 } else { 3.0 };
                self.points.iter().for_each(|&point| panel.dot(point, color, radius));
            }
            Look::Dashes => {
                let pixels: Vec<(f64, f64)> =
                    self.points.iter().map(|(x, y)| (panel.x_pixel(*x), panel.y_pixel(*y))).collect();
                page.pen.dashes(&pixels, color, 1.8, DASH);
            }
            Look::Bars => {
                for &(x, y) in &self.points {
                    panel.area(vec![(x - half, 0.0), (x + half, 0.0), (x + half, y), (x - half, y)], color);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::{Format, encode};

    fn chart(points: Vec<(f64, f64)>, look: Look) -> Chart {
        let curve = Curve { name: "a".into(), points, look, color: 1 };
        let panel = ChartPanel { y: ("y".into(), "mV".into()), height: 100.0, curves: vec![curve], range: None };
        Chart { title: "t".into(), x: ("x".into(), "ms".into()), panels: vec![panel], ..Chart::default() }
    }

    #[test]
    fn anything_can_be_drawn() {
        let odd =
            [vec![], vec![(1.0, 1.0)], vec![(f64::NAN, 1.0), (0.0, f64::INFINITY), (2.0, -3.0)], vec![(0.0, 0.0); 3]];
        for points in odd {
            for look in [Look::Line, Look::Dashes, Look::Dots, Look::Bars] {
                for log_x in [false, true] {
                    let drawing = Chart { log_x, ..chart(points.clone(), look) }.draw();
                    assert!(encode(&drawing, Format::Svg).is_ok() && encode(&drawing, Format::Png).is_ok());
                }
            }
        }
        assert!(!Chart::default().draw().marks.is_empty());
    }

    #[test]
    fn bars_do_not_overlap() {
        let bars = chart(vec![(0.0, 1.0), (1.0, 2.0), (3.0, 0.5)], Look::Bars);
        assert_eq!(spacing(bars.panels[0].curves.iter()), 1.0);
        assert_eq!(bars.panels[0].band(1).y.range.0, 0.0);
    }
}
