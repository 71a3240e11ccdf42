//! Histograms of what spikes say of a population: intervals between them, and correlations of pairs.

use crate::recording::analysis::{cv, intervals, mean, trains, within};
use crate::recording::correlation::{self, Correlation, Pairs};
use crate::recording::{Recording, SpikeTrains, View};

use super::page::Quantity;
use super::scene::Drawing;
use super::strips::{self, Histogram, Strip};
use super::text;
use super::{Request, select};

const BINS: usize = 60;
/// The part of the intervals that is on the axis, where a few are far longer than the others.
const SHOWN: f64 = 0.98;
/// How many times the middle interval these may be as long on a plain axis: those of a Poisson process, 6 times.
const WIDE: f64 = 12.0;
/// A share (%) in one bin beside which others are not seen on a plain axis.
const DOMINANT: f64 = 40.0;

/// The intervals of the neurons of a population whose spikes are kept, and the CV of each neuron that has one.
pub struct Intervals {
    /// Sorted.
    pub all: Vec<f64>,
    pub cvs: Vec<f64>,
}

pub fn intervals_of(spikes: &SpikeTrains, (start, stop): (f64, f64)) -> Intervals {
    let trains = trains(spikes);
    let inside: Vec<&[f64]> = trains.iter().map(|train| within(train, start, stop)).collect();
    let mut all: Vec<f64> = inside.iter().flat_map(|train| intervals(train)).collect();
    all.sort_by(f64::total_cmp);
    Intervals { all, cvs: inside.iter().filter_map(|train| cv(train)).collect() }
}

/// The coefficients of a population's pairs, or why there are none.
pub fn correlation_of(spikes: &SpikeTrains, (start, stop): (f64, f64)) -> Result<Correlation, String> {
    let mut pairs = Pairs::new(correlation::NEURONS, start, stop, correlation::BIN_MS);
    for (time, neuron) in spikes.times_ms.iter().zip(&spikes.neurons) {
        pairs.spike(*neuron, *time);
    }
    pairs.finish(stop)
}

/// A range that holds all but the outermost of sorted coefficients, and zero.
pub fn coefficient_range<'a>(all: impl Iterator<Item = &'a Vec<f64>>) -> (f64, f64) {
    let (mut low, mut high) = (-0.01, 0.01);
    for sorted in all {
        low = f64::min(low, strips::quantile(sorted, 0.005).unwrap_or(low));
        high = f64::max(high, strips::quantile(sorted, 0.995).unwrap_or(high));
    }
    let margin = 0.04 * (high - low);
    ((low - margin).max(-1.0), (high + margin).min(1.0))
}

/// An axis for intervals: in ms, or their logarithms where bursts and long pauses would not fit on one that is not.
pub fn interval_axis<'a>(name: &str, all: impl Iterator<Item = &'a Intervals> + Clone) -> Quantity {
    let each = all.filter(|seen| !seen.all.is_empty());
    let part = |part: f64| each.clone().filter_map(move |seen| strips::quantile(&seen.all, part));
    let spread = part(SHOWN).zip(part(0.5)).map(|(long, middle)| long / middle.max(1e-9)).fold(0.0, f64::max);
    let longest = part(SHOWN).fold(0.0, f64::max);
    if spread < WIDE {
        return Quantity::new(name, "ms", (0.0, if longest > 0.0 { longest * 1.02 } else { 1.0 }));
    }
    let ends = (part(0.0).fold(f64::INFINITY, f64::min).max(1e-6), part(1.0).fold(0.0, f64::max) * 1.02);
    Quantity { log: true, ..Quantity::new(name, "ms", (ends.0.log10() - 0.02, ends.1.log10())) }
}

/// The intervals as they stand on this axis.
pub fn on_axis(axis: &Quantity, intervals: &[f64]) -> Vec<f64> {
    intervals.iter().map(|&interval| if axis.log { interval.max(1e-9).log10() } else { interval }).collect()
}

/// Histograms of the intervals between successive spikes of a neuron.
pub fn isi(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    let trains = select::populations(recording, request)?;
    let when = select::counted(recording, &trains);
    let seen: Vec<Intervals> = trains.iter().map(|view| intervals_of(view, view.warm(recording))).collect();
    if seen.iter().all(|intervals| intervals.all.is_empty()) {
        return Err(format!("no neuron fired twice, {when}"));
    }
    let x = interval_axis("inter-spike interval", seen.iter());
    let of = |seen: &Intervals| Histogram::new(&on_axis(&x, &seen.all), x.range, BINS);
    let histograms: Vec<Histogram> = seen.iter().map(of).collect();
    let beyond = seen.iter().flat_map(|seen| &seen.all).filter(|interval| !x.log && **interval > x.range.1).count();
    let mut notes = vec![format!(
        "intervals between successive spikes of a neuron, {when}; CV: mean over neurons with three spikes"
    )];
    if beyond > 0 {
        notes[0] += &format!("; {} longer ones are not shown", text::count(beyond));
    }
    notes.extend(select::thinned(&trains));
    notes.extend(select::interrupted(recording));
    let strip = |((view, seen), histogram): ((&View, &Intervals), &Histogram)| {
        let value = |name: &str, value: Option<f64>, unit: &str| {
            value.map(|value| format!("{name} {}{unit}", strips::significant(value)))
        };
        let facts = [
            value("CV", mean(seen.cvs.iter().copied()), ""),
            value("mean", mean(seen.all.iter().copied()), " ms"),
            Some(format!("{} intervals", text::count(seen.all.len()))),
            select::own_window(recording, &trains, view),
        ];
        Strip {
            name: view.name.clone(),
            color: select::color(recording, &view.population),
            facts: facts.into_iter().flatten().collect(),
            y: histogram.y("share"),
        }
    };
    let strips: Vec<Strip> = trains.iter().zip(&seen).zip(&histograms).map(strip).collect();
    let page = strips::page(select::title(recording, request), notes, x, &strips);
    for (((histogram, strip), seen), panel) in histograms.iter().zip(&strips).zip(&seen).zip(&page.panels) {
        histogram.draw(panel, false, strip.color);
        if seen.all.is_empty() {
            strips::nothing(&page, panel, "no neuron fired twice");
        }
    }
    Ok(page.finish())
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// Why no population has a coefficient.
fn no_correlation(recording: &Recording, trains: &[View], seen: &[Result<Correlation, String>]) -> String {
    let mut reasons: Vec<&str> = seen.iter().filter_map(|seen| seen.as_ref().err()).map(String::as_str).collect();
    reasons.dedup();
    let long = |view: &View| {
        let (from, to) = view.warm(recording);
        to - from >= 2.0 * correlation::BIN_MS
    };
    match reasons[..] {
        [same] => same.to_string(),
        _ if trains.iter().all(long) => {
            format!("no population has two neurons that fired, {}", select::counted(recording, trains))
        }
        _ => {
            let each = trains.iter().zip(seen).filter_map(|(view, seen)| Some((view, seen.as_ref().err()?)));
            each.map(|(view, why)| format!("{}: {why}", view.name)).collect::<Vec<_>>().join("; ")
        }
    }
}

/// Histograms of the correlation coefficients of pairs.
pub fn correlations(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    let trains = select::populations(recording, request)?;
    let when = select::counted(recording, &trains);
    let of = |view: &View| correlation_of(view, view.warm(recording));
    let seen: Vec<Result<Correlation, String>> = trains.iter().map(of).collect();
    if seen.iter().all(Result::is_err) {
        return Err(no_correlation(recording, &trains, &seen));
    }
    let sorted = |seen: &Result<Correlation, String>| {
        let mut list = seen.as_ref().map_or(vec![], |seen| seen.coefficients.clone());
        list.sort_by(f64::total_cmp);
        list
    };
    let lists: Vec<Vec<f64>> = seen.iter().map(sorted).collect();
    let range = coefficient_range(lists.iter());
    let histograms: Vec<Histogram> = lists.iter().map(|list| Histogram::new(list, range, BINS)).collect();
    let log = histograms.iter().any(|histogram| histogram.top() > DOMINANT);
    let outside = lists.iter().flatten().filter(|r| **r < range.0 || **r > range.1).count();
    let mut notes = vec![format!(
        "Pearson's coefficients of spike counts in bins of {} ms, {when}, of all pairs of at most {} neurons that fired; \
         dashed: the mean",
        correlation::BIN_MS,
        correlation::NEURONS
    )];
    if outside > 0 {
        notes[0] += &format!("; {} coefficients lie outside", text::count(outside));
    }
    if log {
        notes.push("vertical axes are logarithmic".into());
    }
    notes.extend(select::thinned(&trains));
    notes.extend(select::interrupted(recording));
    let strip = |((view, seen), histogram): ((&View, &Result<Correlation, String>), &Histogram)| {
        let mut facts = match seen {
            Err(_) => vec![],
            Ok(seen) => vec![
                format!("mean {}", strips::significant(seen.mean().unwrap_or(0.0))),
                format!("{} neurons", seen.neurons),
                format!("{} pair{}", text::count(seen.coefficients.len()), plural(seen.coefficients.len())),
            ],
        };
        facts.extend(select::own_window(recording, &trains, view));
        let color = select::color(recording, &view.population);
        let y = if log { Histogram::log_y("pairs") } else { histogram.y("pairs") };
        Strip { name: view.name.clone(), color, facts, y }
    };
    let strips: Vec<Strip> = trains.iter().zip(&seen).zip(&histograms).map(strip).collect();
    let x = Quantity::new("correlation coefficient", "", range);
    let page = strips::page(select::title(recording, request), notes, x, &strips);
    for (((histogram, strip), seen), panel) in histograms.iter().zip(&strips).zip(&seen).zip(&page.panels) {
        histogram.draw(panel, log, strip.color);
        match seen {
            Ok(seen) => strips::mark(&page, panel, seen.mean().unwrap_or(0.0), super::palette::INK),
            Err(why) => strips::nothing(&page, panel, why),
        }
    }
    Ok(page.finish())
}
