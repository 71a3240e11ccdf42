//! A network on one page: a row for each population with its spikes, its rate, and what they say of it.

use plotters::style::RGBColor;

use crate::recording::analysis::mean;
use crate::recording::{Recording, View};

use super::page::{self, Cell, FOOT, MARGIN, Page, Quantity, Style, Ticks, WIDTH};
use super::scene::Drawing;
use super::strips::{self, Histogram};
use super::text::{self, Weight};
use super::time;
use super::{Request, palette, select, statistics};

/// Left of the row: name, number of neurons, rate, CV.
const LABEL: f64 = 96.0;
/// Of the columns: spikes, rate, intervals, CV, correlation.
const WIDTHS: [f64; 5] = [206.0, 158.0, 106.0, 106.0, 106.0];
/// Left of each; the rate has numbers at its axis.
const GAPS: [f64; 5] = [0.0, 48.0, 34.0, 24.0, 24.0];
const HEADINGS: [&str; 5] = ["spikes", "rate (Hz)", "intervals", "CV of intervals", "correlation"];
const HEADING: f64 = 24.0;
const ROW: f64 = 78.0;
const BETWEEN: f64 = 14.0;
/// Neurons whose spikes are shown, and for how long (ms).
const NEURONS: usize = 60;
const LENGTH_MS: f64 = 1000.0;
/// Bins of the rate and of the histograms.
const BINS: f64 = 100.0;
const SHARES: usize = 30;

/// What is drawn of one population.
struct Row<'a> {
    view: &'a View<'a>,
    color: RGBColor,
    intervals: statistics::Intervals,
    /// Sorted, or why there are none.
    coefficients: Result<Vec<f64>, String>,
    hz: Vec<f64>,
    /// Where the first bin of the rate begins (ms).
    start_ms: f64,
}

/// The axes that all rows share.
struct Axes {
    time: (f64, f64),
    bin_ms: f64,
    interval: Quantity,
    cv: (f64, f64),
    coefficient: (f64, f64),
}

pub fn draw(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    let mut views = select::populations(recording, request)?;
    let all = views.len();
    views.truncate(strips::MOST_STRIPS);
    let windows: Vec<(f64, f64)> =
        views.iter().map(|view| view.warm(recording)).filter(|(from, to)| from < to).collect();
    if windows.is_empty() {
        return Err("no spikes are recorded after the warm-up".to_string());
    }
    let from = windows.iter().map(|window| window.0).fold(f64::INFINITY, f64::min);
    let to = windows.iter().map(|window| window.1).fold(from, f64::max);
    let time = (from, to.min(from + LENGTH_MS));
    let bin_ms = time::bin((time.1 - time.0) / BINS, recording.dt_ms);
    let rows: Vec<Row> = views.iter().map(|view| row(recording, view, time, bin_ms)).collect();
    let lists: Vec<Vec<f64>> = rows.iter().map(|row| row.coefficients.clone().unwrap_or_default()).collect();
    let highest = rows.iter().flat_map(|row| &row.intervals.cvs).copied().fold(1.0, f64::max);
    let axes = Axes {
        time,
        bin_ms,
        interval: statistics::interval_axis("interval", rows.iter().map(|row| &row.intervals)),
        cv: (0.0, highest.min(2.5) * 1.04),
        coefficient: statistics::coefficient_range(lists.iter()),
    };
    let mut notes = vec![describe((from, to), &select::counted(recording, &views), &axes)];
    if all > rows.len() {
        notes.push(format!("{} of {all} populations shown; `data` chooses others", rows.len()));
    }
    let intervals = rows.iter().flat_map(|row| &row.intervals.all);
    let beyond = intervals.filter(|interval| !axes.interval.log && **interval > axes.interval.range.1).count();
    if beyond > 0 {
        notes[0] += &format!("; {} longer intervals are not shown", text::count(beyond));
    }
    notes.extend(select::thinned(&views));
    notes.extend(select::interrupted(recording));
    let body = HEADING + rows.len() as f64 * (ROW + BETWEEN) - BETWEEN + FOOT;
    let (page, head) = Page::blank(&select::title(recording, request), &notes, body);
    for (column, heading) in HEADINGS.iter().enumerate() {
        page.pen.write(heading, edges(column).0, head + HEADING / 2.0, Style::tick().bold());
    }
    for (index, row) in rows.iter().enumerate() {
        let top = head + HEADING + index as f64 * (ROW + BETWEEN);
        label(&page, recording, row, top);
        fill(&page, row, &axes, top, index + 1 == rows.len());
    }
    Ok(page.finish())
}

fn describe(window: (f64, f64), when: &str, axes: &Axes) -> String {
    let more = match axes.time.1 < window.1 || !when.starts_with("from") {
        true => format!("; the other columns {when}"),
        false => String::new(),
    };
    format!(
        "at most {NEURONS} neurons of each population, and its rate in bins of {}, from {} to {} ms{more}; dashed: means",
        time::length(axes.bin_ms),
        time::plain(axes.time.0),
        time::plain(axes.time.1)
    )
}

fn row<'a>(recording: &Recording, view: &'a View<'a>, time: (f64, f64), bin_ms: f64) -> Row<'a> {
    let window = view.warm(recording);
    let coefficients = statistics::correlation_of(view, window).map(|seen| {
        let mut list = seen.coefficients;
        list.sort_by(f64::total_cmp);
        list
    });
    let (from, to) = (window.0.max(time.0), window.1.min(time.1));
    let bins = ((to - from) / bin_ms + 1e-6).floor().max(0.0);
    let worth = 1000.0 / bin_ms / view.recorded.len().max(1) as f64;
    let counts = if bins > 0.0 { view.counts(from, from + bins * bin_ms, bin_ms) } else { vec![] };
    Row {
        view,
        color: select::color(recording, &view.population),
        intervals: statistics::intervals_of(view, window),
        coefficients,
        hz: counts.iter().map(|count| count * worth).collect(),
        start_ms: from,
    }
}

/// Left and right of a column.
fn edges(column: usize) -> (f64, f64) {
    let before: f64 = WIDTHS[..column].iter().sum::<f64>() + GAPS[..=column].iter().sum::<f64>();
    let left = MARGIN + LABEL + before;
    (left, (left + WIDTHS[column]).min(WIDTH - MARGIN))
}

fn label(page: &Page, recording: &Recording, row: &Row, top: f64) {
    let name = text::elide(&row.view.name, page::LABEL_SIZE, Weight::SemiBold, LABEL - 8.0);
    page.pen.write(&name, MARGIN, top + 8.0, Style::label().bold().color(row.color));
    let seen = recording.populations.iter().find(|seen| seen.name == row.view.population);
    let (size, recorded) = (row.view.size, row.view.recorded.len());
    let all = recorded == size;
    let always = row.view.start_ms <= recording.warmup_ms && row.view.stop_ms >= recording.duration_ms;
    let plural = if size == 1 { "" } else { "s" };
    let mut lines = match all {
        true => vec![format!("{} neuron{plural}", text::count(size))],
        false => vec![format!("{} recorded", text::count(recorded)), format!("of {}", text::count(size))],
    };
    // The rest of the row knows only those that were recorded, while they were.
    let hz = if all && always { seen.and_then(|seen| seen.rate_hz) } else { mean(row.hz.iter().copied()) };
    lines.extend(hz.map(|hz| format!("{} Hz", strips::significant(hz))));
    lines.extend(mean(row.intervals.cvs.iter().copied()).map(|cv| format!("CV {}", strips::significant(cv))));
    for (index, line) in lines.iter().enumerate() {
        page.pen.write(line, MARGIN, top + 8.0 + 17.0 * (index + 1) as f64, Style::note());
    }
}

fn fill(page: &Page, row: &Row, axes: &Axes, top: f64, last: bool) {
    let cell = |column: usize, x: Quantity, y: Quantity| {
        let (left, right) = edges(column);
        let cell = Cell {
            left,
            top,
            right,
            bottom: top + ROW,
            x: if last { Ticks::Numbers } else { Ticks::Marks },
            y_numbers: column == 1,
        };
        page.cell(cell, &x, &y)
    };
    let plain = |range| Quantity::new("", "", range);
    let panel = cell(0, Quantity::new("time", "ms", axes.time), plain((0.0, 1.0)));
    spikes(page, &panel, row, axes);
    let most = row.hz.iter().copied().fold(0.0, f64::max);
    let y = plain((0.0, if most > 0.0 { most * 1.08 } else { 1.0 }));
    let panel = cell(1, Quantity::new("time", "ms", axes.time), y);
    let edge = |k: usize| (row.start_ms + k as f64 * axes.bin_ms).min(axes.time.1);
    let steps = row.hz.iter().enumerate().flat_map(|(k, &hz)| [(edge(k), hz), (edge(k + 1), hz)]);
    panel.line(steps.collect(), row.color, 1.2);
    let shares = |column: usize, x: Quantity, values: &[f64], why: &str| {
        let histogram = Histogram::new(values, x.range, SHARES);
        let panel = cell(column, x, histogram.y(""));
        histogram.draw(&panel, false, row.color);
        match mean(values.iter().copied()) {
            Some(mean) => strips::mark(page, &panel, mean, palette::INK),
            None => strips::nothing(page, &panel, why),
        }
    };
    let intervals = statistics::on_axis(&axes.interval, &row.intervals.all);
    shares(2, axes.interval.clone(), &intervals, "no intervals");
    shares(3, Quantity::new("CV", "", axes.cv), &row.intervals.cvs, "too few spikes");
    let coefficients = row.coefficients.as_deref().unwrap_or(&[]);
    let why = if row.view.kept().nth(1).is_none() { "one neuron" } else { "too few spikes" };
    shares(4, Quantity::new("coefficient", "", axes.coefficient), coefficients, why);
}

/// The spikes of some neurons, evenly spaced among those kept.
fn spikes(page: &Page, panel: &page::Panel, row: &Row, axes: &Axes) {
    let kept: Vec<usize> = row.view.kept().collect();
    let shown = select::evenly(&kept, NEURONS);
    let mut places = vec![None; row.view.size.max(shown.last().map_or(0, |last| last + 1))];
    shown.iter().enumerate().for_each(|(place, &neuron)| places[neuron] = Some(place));
    let height = panel.height() / shown.len().max(1) as f64;
    let mut any = false;
    for (&time, &neuron) in row.view.times_ms.iter().zip(&row.view.neurons) {
        let place = places.get(neuron as usize).copied().flatten();
        if let Some(place) = place.filter(|_| (axes.time.0..=axes.time.1).contains(&time)) {
            let (x, y) = (panel.x_pixel(time), panel.top + (place as f64 + 0.5) * height);
            match height >= 4.0 {
                true => page.pen.line(&[(x, y - height * 0.35), (x, y + height * 0.35)], row.color, 1.1),
                false => page.pen.dot((x, y), row.color, 0.8),
            }
            any = true;
        }
    }
    if !any {
        strips::nothing(page, panel, "no spikes");
    }
}
