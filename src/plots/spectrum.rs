//! The power spectrum of populations: at which frequencies they fire together.

use crate::recording::spectrum::{Spectrum, Welch, segment};
use crate::recording::{Recording, SpikeTrains, View};

use super::page::Quantity;
use super::scene::Drawing;
use super::strips::{self, Strip};
use super::{Request, palette, select, time};

/// Width of the bins, as near as steps allow (ms): frequencies up to 500 Hz.
const BIN_MS: f64 = 1.0;
/// Fewer spikes have no spectrum that is worth a look.
const LEAST_SPIKES: f64 = 10.0;
/// Of powers that are shown, from the highest down: what is below is rounding.
const DECADES: f64 = 8.0;

pub fn draw(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    let trains = select::populations(recording, request)?;
    let when = select::counted(recording, &trains);
    let dt = recording.dt_ms.max(1e-6);
    let bin_ms = dt * (BIN_MS / dt).round().max(1.0);
    let bins = |view: &View| whole_bins(view.warm(recording), bin_ms);
    // The same frequencies for all.
    let length = segment(trains.iter().map(bins).min().unwrap_or(0), bin_ms, None)?;
    let of = |view: &View| {
        let start = view.warm(recording).0;
        spectrum(view, (start, start + bins(view) as f64 * bin_ms), bin_ms, length)
    };
    let spectra: Vec<Option<Spectrum>> = trains.iter().map(of).collect();
    let Some(first) = spectra.iter().flatten().min_by_key(|spectrum| spectrum.segments) else {
        return Err(format!("fewer than {LEAST_SPIKES} spikes, {when}"));
    };
    let least = if spectra.iter().flatten().all(|other| other.segments == first.segments) { "" } else { "at least " };
    let mut notes = vec![format!(
        "of the spikes of all recorded neurons of a population, {when}, per neuron (Hz = 1/s); frequencies {} Hz apart, \
         mean over {least}{} windows of {}; dashed: Poisson neurons of the same rate, each by itself",
        strips::significant(first.step_hz),
        first.segments,
        time::length(length as f64 * bin_ms)
    )];
    notes.extend(select::interrupted(recording));
    let rates: Vec<f64> = trains.iter().map(|view| rate(view, view.warm(recording))).collect();
    let strip = |((view, spectrum), rate): ((&View, &Option<Spectrum>), &f64)| {
        let powers = spectrum.iter().flat_map(|spectrum| spectrum.power.iter().skip(1)).chain([rate]);
        let positive = powers.copied().filter(|power| *power > 0.0).map(f64::log10);
        let (low, high) = positive.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(x), h.max(x)));
        let low = low.max(high - DECADES);
        let range = if low <= high { (low.floor(), high.ceil().max(low.floor() + 1.0)) } else { (0.0, 1.0) };
        let own = select::own_window(recording, &trains, view);
        Strip {
            name: view.name.clone(),
            color: select::color(recording, &view.population),
            facts: spectrum.iter().flat_map(highest).chain(own).collect(),
            y: Quantity { log: true, ..Quantity::new("power", "Hz", range) },
        }
    };
    let strips: Vec<Strip> = trains.iter().zip(&spectra).zip(&rates).map(strip).collect();
    let range = (first.step_hz.log10(), ((first.power.len() - 1) as f64 * first.step_hz).log10());
    let x = Quantity { log: true, ..Quantity::new("frequency", "Hz", range) };
    let page = strips::page(select::title(recording, request), notes, x, &strips);
    for (((spectrum, strip), rate), panel) in spectra.iter().zip(&strips).zip(&rates).zip(&page.panels) {
        let Some(spectrum) = spectrum else {
            strips::nothing(&page, panel, "too few spikes");
            continue;
        };
        let point = |(k, power): (usize, &f64)| ((k as f64 * spectrum.step_hz).log10(), power.log10());
        let points = spectrum.power.iter().enumerate().skip(1).map(point);
        panel.line(points.map(|(x, y)| (x, y.max(panel.y.low))).collect(), strip.color, 1.4);
        if *rate > 0.0 {
            let y = panel.y_pixel(rate.log10());
            page.pen.dashes(&[(panel.left, y), (panel.right, y)], palette::NOTE, 1.0, 4.0);
        }
    }
    Ok(page.finish())
}

fn whole_bins((start, stop): (f64, f64), bin_ms: f64) -> u64 {
    ((stop - start) / bin_ms + 1e-6).floor().max(0.0) as u64
}

/// Where it is highest. The edges, over which slow drifts are smeared, are not looked at: that is said where they are higher.
fn highest(spectrum: &Spectrum) -> Vec<String> {
    let Some(hz) = spectrum.peak() else { return vec![] };
    let (inner, edges) = (2..spectrum.power.len() - 1, [1, spectrum.power.len() - 1]);
    let most = inner.map(|k| spectrum.power[k]).fold(0.0, f64::max);
    let but = edges.iter().any(|k| spectrum.power[*k] > most).then(|| "but for the edges".to_string());
    std::iter::once(format!("highest at {} Hz", strips::significant(hz))).chain(but).collect()
}

/// Of whole bins from start to stop; nothing with too few spikes.
fn spectrum(trains: &SpikeTrains, (start, stop): (f64, f64), bin_ms: f64, length: usize) -> Option<Spectrum> {
    let counts = trains.counts(start, stop, bin_ms);
    let mut welch = Welch::new(length);
    counts.iter().for_each(|&count| welch.push(count));
    (counts.iter().sum::<f64>() >= LEAST_SPIKES).then(|| welch.finish(bin_ms, trains.recorded.len()))?
}

/// Hz per neuron.
fn rate(trains: &SpikeTrains, (start, stop): (f64, f64)) -> f64 {
    let length = (stop - start).max(1e-9);
    trains.counts(start, stop, length)[0] * 1000.0 / length / trains.recorded.len().max(1) as f64
}
