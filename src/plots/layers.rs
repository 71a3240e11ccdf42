//! One sample on its way through a layered network: spikes, and beside them what a network of numbers says of it.

use super::page::{Band, Quantity, Sheet, Style};
use super::palette;
use super::scene::Drawing;

/// Room right of the spikes for the numbers.
const BARS: f64 = 150.0;
const GAP: f64 = 16.0;
const LOWEST: f64 = 70.0;
const HIGHEST: f64 = 190.0;

#[derive(Clone, Debug, Default)]
pub struct LayersPicture {
    pub title: String,
    pub notes: Vec<String>,
    pub steps: usize,
    /// Name of the time axis and its unit.
    pub x: (String, String),
    /// From the input to the output.
    pub layers: Vec<LayerPicture>,
}

#[derive(Clone, Debug, Default)]
pub struct LayerPicture {
    pub name: String,
    pub size: usize,
    /// (step, neuron).
    pub spikes: Vec<(u32, u32)>,
    /// One number a neuron, or none.
    pub activations: Vec<f64>,
}

impl LayersPicture {
    pub fn draw(self) -> Drawing {
        let band = |layer: &LayerPicture| Band {
            height: (layer.size as f64).clamp(LOWEST, HIGHEST),
            y: Quantity::new(layer.name.clone(), "", (-0.5, layer.size.max(1) as f64 - 0.5)),
            above: 14.0,
            numbers: true,
        };
        let sheet = Sheet {
            title: self.title,
            notes: self.notes,
            bands: self.layers.iter().map(band).collect(),
            x: Quantity::new(self.x.0, self.x.1, (0.0, self.steps.max(1) as f64)),
            left: 0.0,
            right: BARS + GAP,
        };
        let page = sheet.lay_out();
        for (index, (layer, panel)) in self.layers.iter().zip(&page.panels).enumerate() {
            let color = palette::category(index % 7, 7);
            let radius = (panel.height() / layer.size.max(1) as f64 * 0.5).clamp(0.9, 3.0);
            for (step, neuron) in &layer.spikes {
                panel.dot((f64::from(*step) + 0.5, f64::from(*neuron)), color, radius);
            }
            let most = layer.activations.iter().copied().filter(|a| a.is_finite()).fold(0.0, f64::max);
            let left = panel.right + GAP;
            page.pen.line(&[(left, panel.top), (left, panel.bottom)], palette::AXIS, 1.0);
            for (neuron, activation) in layer.activations.iter().enumerate().filter(|(_, a)| **a > 0.0 && most > 0.0) {
                let y = panel.y_pixel(neuron as f64);
                let width = (panel.height() / layer.size.max(1) as f64 * 0.8).clamp(0.7, 8.0);
                page.pen.line(&[(left, y), (left + BARS * activation / most, y)], color, width);
            }
            if index == 0 && !layer.activations.is_empty() {
                page.pen.write("as numbers", left, panel.top - 7.0, Style::tick().color(palette::NOTE));
            }
        }
        page.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::{Format, encode};

    #[test]
    fn spikes_and_bars_have_a_place() {
        let layer = LayerPicture {
            name: "one".into(),
            size: 3,
            spikes: vec![(0, 2), (9, 0)],
            activations: vec![0.0, 2.0, 1.0],
        };
        let picture =
            LayersPicture { steps: 10, layers: vec![layer, LayerPicture::default()], ..LayersPicture::default() };
        assert!(encode(&picture.draw(), Format::Svg).is_ok());
        assert!(encode(&LayersPicture::default().draw(), Format::Png).is_ok());
    }
}
