//! A table of numbers as a heat map with the numbers written in: a confusion matrix.

use super::page::{Band, Pixels, Quantity, Sheet, Style};
use super::palette;
use super::scene::Drawing;
use plotters::style::RGBColor;

/// Height of a row, pixels.
const ROW: f64 = 34.0;
/// Numbers are written in up to so many columns.
const WRITTEN: usize = 24;

/// `values` row by row, from the top.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    pub title: String,
    pub notes: Vec<String>,
    pub rows: Vec<String>,
    pub columns: Vec<String>,
    pub x_name: String,
    pub y_name: String,
    pub values: Vec<f64>,
}

impl Matrix {
    pub fn draw(self) -> Drawing {
        let (rows, columns) = (self.rows.len().max(1), self.columns.len().max(1));
        let row = if rows <= WRITTEN { ROW } else { ROW * WRITTEN as f64 / rows as f64 };
        let sheet = Sheet {
            title: self.title,
            notes: self.notes,
            bands: vec![Band {
                height: row * rows as f64,
                y: Quantity::new(self.y_name, "", (-0.5, rows as f64 - 0.5)),
                above: 12.0,
                numbers: false,
            }],
            x: Quantity::new(self.x_name, "", (-0.5, columns as f64 - 0.5)),
            left: 60.0,
            right: 0.0,
        };
        let page = sheet.lay_out();
        let panel = &page.panels[0];
        let most = self.values.iter().copied().filter(|v| v.is_finite()).fold(0.0, f64::max);
        // Few are as different from none as many are: the root.
        let shade = |value: f64| if value > 0.0 && most > 0.0 { (value / most).sqrt() } else { 0.0 };
        let color = |value: f64| if value.is_finite() { palette::viridis(shade(value)) } else { palette::MISSING };
        let rgba = |value: &f64| {
            let RGBColor(r, g, b) = color(*value);
            [r, g, b, 255]
        };
        let mut pixels: Vec<u8> = self.values.iter().flat_map(rgba).collect();
        pixels.resize(rows * columns * 4, 255);
        let whole = (panel.left, panel.top, panel.right, panel.bottom);
        page.image(whole, Pixels { columns, rows, smooth: false, rgba: pixels });
        for (index, name) in self.rows.iter().enumerate().filter(|_| rows <= WRITTEN) {
            let y = panel.top + (index as f64 + 0.5) * row;
            page.pen.write(name, panel.left - 8.0, y, Style::tick().end());
        }
        for (index, value) in self.values.iter().enumerate().filter(|_| columns <= WRITTEN && rows <= WRITTEN) {
            if *value == 0.0 || !value.is_finite() {
                continue;
            }
            let x = panel.left + ((index % columns) as f64 + 0.5) * panel.width() / columns as f64;
            let y = panel.top + ((index / columns) as f64 + 0.5) * row;
            let ink = if shade(*value) > 0.6 { palette::INK } else { RGBColor(255, 255, 255) };
            page.pen.write(&format!("{value}"), x, y, Style::tick().centre().color(ink));
        }
        page.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::{Format, encode};

    #[test]
    fn numbers_stand_in_their_cells() {
        let names = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
        let matrix = Matrix {
            rows: names(2),
            columns: names(3),
            values: vec![7.0, 0.0, 1.0, 2.0, 33.0, f64::NAN],
            ..Matrix::default()
        };
        let svg = String::from_utf8(encode(&matrix.draw(), Format::Svg).unwrap()).unwrap();
        assert!(svg.contains(">33<") && svg.contains(">7<"), "{svg}");
        assert!(encode(&Matrix::default().draw(), Format::Png).is_ok(), "an empty one");
    }
}
