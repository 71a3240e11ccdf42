//! The pictures of a twin: rates in time, f-I curves with their units, neuron by neuron.

use super::super::html::Picture;
use super::compare::{Compared, Twin};
use crate::plots::chart::{Chart, ChartPanel, Curve, Look};

/// Panels of one picture, and pictures of one kind.
const MOST: usize = 12;
/// Dots of one panel.
const MOST_DOTS: usize = 2000;
/// Points of a unit's line.
const LINE: usize = 200;
const HEIGHT: f64 = 130.0;
const TALL: f64 = 300.0;

/// Populations that are drawn: those with a membrane.
fn shown(twin: &Twin) -> impl Iterator<Item = (usize, &Compared)> {
    twin.populations.iter().filter(|population| population.has_membrane).take(MOST).enumerate()
}

fn rate() -> (String, String) {
    ("rate".into(), "Hz".into())
}

fn curve(name: &str, points: Vec<(f64, f64)>, look: Look, color: usize) -> Curve {
    Curve { name: name.into(), points, look, color }
}

/// How many populations are left out, if any.
fn left_out(twin: &Twin) -> Vec<String> {
    let all = twin.populations.iter().filter(|population| population.has_membrane).count();
    if all > MOST { vec![format!("the first {MOST} of {all} populations")] } else { vec![] }
}

/// A panel for each population; nothing without one.
pub fn in_time(twin: &Twin) -> Option<Picture> {
    shown(twin).next()?;
    let panel = |(index, population): (usize, &Compared)| {
        let line = |rates: &[f64]| twin.times_ms.iter().copied().zip(rates.iter().copied()).collect();
        ChartPanel {
            y: (population.name.clone(), "Hz".into()),
            height: HEIGHT,
            curves: vec![
                curve("spikes", line(&population.spikes_in_time), Look::Line, index),
                curve("twin", line(&population.twin_in_time), Look::Dashes, index + 1),
            ],
            range: None,
        }
    };
    let chart = Chart {
        log_x: false,
        title: "rates in time".into(),
        notes: left_out(twin),
        x: ("time".into(), "ms".into()),
        panels: shown(twin).map(panel).collect(),
    };
    Some(Picture {
        name: "twin_rates".into(),
        caption: "Rates of the spiking populations, and of their twins (dashed). Look at what follows a change of the \
                  input, and at what moves in the one alone."
            .into(),
        drawing: chart.draw(),
    })
}

/// The measured curve of each population's cell, and the unit fitted to it.
pub fn f_i(twin: &Twin) -> Vec<Picture> {
    let picture = |(_, population): (usize, &Compared)| {
        let measured: Vec<(f64, f64)> = population.curve.pairs();
        let (low, high) = (measured.first()?.0, measured.last()?.0);
        let mut curves = vec![curve("spiking cell", measured.clone(), Look::Dots, 0)];
        if let Some(unit) = population.unit {
            let drive = |k: usize| low + (high - low) * k as f64 / (LINE - 1) as f64;
            let line = (0..LINE).map(drive).map(|drive| (drive, unit.rate(drive))).collect();
            curves.push(curve(unit.activation.name(), line, Look::Line, 1));
        }
        let top = measured.iter().map(|(_, rate)| *rate).fold(0.0, f64::max);
        let met = population.drives.1;
        if (low..=high).contains(&met) && top > 0.0 {
            curves.push(curve("mean drive met", vec![(met, 0.0), (met, top)], Look::Dashes, 2));
        }
        let chart = Chart {
            log_x: false,
            title: format!("f-I curve of `{}`", population.name),
            notes: vec![],
            x: ("constant drive".into(), population.drive_unit.into()),
            panels: vec![ChartPanel { y: rate(), height: TALL, curves, range: None }],
        };
        Some(Picture {
            name: format!("twin_f_i_{}", population.name),
            caption: format!(
                "How fast the cell of `{}` fires for a constant drive, alone, and the unit that stands for it. The dashed \
                 line is the mean drive that its neurons met.",
                population.name
            ),
            drawing: chart.draw(),
        })
    };
    shown(twin).filter_map(picture).collect()
}

/// Each neuron's rate against its unit's; nothing where units stand for populations.
pub fn neurons(twin: &Twin) -> Option<Picture> {
    let dots = |(index, population): (usize, &Compared)| {
        let stride = population.neurons.len().div_ceil(MOST_DOTS).max(1);
        let points = population.neurons.iter().step_by(stride).copied().collect();
        curve(&population.name, points, Look::Dots, index)
    };
    let mut curves: Vec<Curve> = shown(twin).map(dots).collect();
    let top = curves.iter().flat_map(|curve| &curve.points).fold(0.0, |top: f64, (x, y)| top.max(*x).max(*y));
    if !twin.per_neuron || top <= 0.0 {
        return None;
    }
    curves.push(curve("equal", vec![(0.0, 0.0), (top, top)], Look::Dashes, MOST));
    let chart = Chart {
        log_x: false,
        title: "neuron by neuron".into(),
        notes: left_out(twin),
        x: ("rate of the unit".into(), "Hz".into()),
        panels: vec![ChartPanel { y: ("rate of the neuron".into(), "Hz".into()), height: TALL, curves, range: None }],
    };
    Some(Picture {
        name: "twin_neurons".into(),
        caption: "Each neuron's rate after the warm-up against that of its unit; on the line, they agree.".into(),
        drawing: chart.draw(),
    })
}
