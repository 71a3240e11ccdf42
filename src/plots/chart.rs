//! Curves over a common axis, from plain numbers: the pictures that are not of a recording.

use super::page::{Band, Quantity, Sheet};
use super::scene::Drawing;

/// Panels one above the other.
#[derive(Clone, Debug, Default)]
pub struct Chart {
    pub title: String,
    /// Lines beneath the title.
    pub notes: Vec<String>,
    /// Name and unit of the horizontal axis.
    pub x: (String, String),
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
}

impl Chart {
    pub fn draw(self) -> Drawing {
        let band = |panel: &ChartPanel| Band {
            height: panel.height,
            y: Quantity::new(panel.y.0.clone(), panel.y.1.clone(), panel.range.unwrap_or((0.0, 1.0))),
            above: 12.0,
            numbers: true,
        };
        let sheet = Sheet {
            title: self.title,
            notes: self.notes,
            bands: self.panels.iter().map(band).collect(),
            x: Quantity::new(self.x.0, self.x.1, (0.0, 1.0)),
            left: 0.0,
            right: 0.0,
        };
        sheet.lay_out().finish()
    }
}
