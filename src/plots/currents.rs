//! The currents of a membrane, stacked: outward ones upward, inward ones downward, V above them on the same axis of time.

use crate::recording::Recording;

use super::page::{self, Band, Entry, Quantity, Sheet};
use super::scene::Drawing;
use super::select::Line;
use super::time::Time;
use super::unfit::Unfit;
use super::{Request, axis, palette, select};

/// Whether a current is there.
pub fn check(recording: &Recording, request: &Request) -> Result<(), Unfit> {
    let by = Unfit::by(&["neurons", "data"]);
    select::lines(recording, request).and_then(|lines| first(&lines).map(drop)).map_err(by)
}

/// Through channels, per area.
fn flows(line: &Line) -> bool {
    line.trace.variable.starts_with("I.") && line.trace.unit == "uA/cm^2"
}

/// The first current, whose place is drawn.
fn first<'a>(lines: &[Line<'a>]) -> Result<Line<'a>, String> {
    let found = lines.iter().find(|line| flows(line)).copied();
    found.ok_or("no current of a mechanism is recorded: add `\"I.<mechanism>\"` to a recorder's `what`".to_string())
}

pub fn draw(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    let lines = select::lines(recording, request)?;
    let current = |line: &&Line| flows(line);
    let first = first(&lines)?;
    let here = |line: &&Line| line.place() == first.place();
    let mut currents: Vec<Line> = lines.iter().filter(current).filter(here).copied().collect();
    // Of a mechanism whose channels were recorded by their kinds, the whole is no current beside them.
    let names: Vec<String> = currents.iter().map(|line| format!("{}.", line.trace.variable)).collect();
    let kinds: Vec<bool> =
        names.iter().map(|name| currents.iter().any(|l| l.trace.variable.starts_with(name))).collect();
    let mut kinds = kinds.into_iter();
    currents.retain(|_| kinds.next() != Some(true));
    let potential = lines.iter().filter(here).find(|line| line.trace.variable == "V_m");
    let time = Time::of(
        lines
            .iter()
            .flat_map(|line| [line.samples.time(0), line.samples.time(line.trace.values.len().saturating_sub(1))]),
    );
    let stacks = stack(&currents);
    let edges = || stacks.iter().flat_map(|(upper, lower)| upper.iter().chain(lower).copied());
    let range = axis::span(edges().chain([0.0]), 0.05).unwrap_or((-1.0, 1.0));
    let names: Vec<String> = currents.iter().map(|line| line.trace.variable.clone()).collect();
    let legend: Vec<Entry> =
        names.iter().enumerate().map(|(i, name)| (name.clone(), palette::category(i, names.len()))).collect();
    let mut bands = vec![];
    if let Some(line) = potential {
        let range = axis::span(line.trace.values.iter().copied(), 0.05).unwrap_or((-80.0, 40.0));
        bands.push(Band { height: 150.0, y: Quantity::new("V_m", "mV", range), above: 10.0, numbers: true });
    }
    let y = Quantity::new("current, outward", "uA/cm^2", range);
    bands.push(Band { height: 320.0, y, above: 16.0, numbers: true });
    let mut places: Vec<_> = lines.iter().filter(current).map(|line| line.place()).collect();
    places.sort_unstable();
    places.dedup();
    let mut notes = vec![select::place_name(recording, first.place())];
    if places.len() > 1 {
        notes[0] += &format!(", one of {} places; `neurons` or `data` chooses another", places.len());
    }
    notes.push("outward currents above zero, inward ones below, each on top of those before it".into());
    if names.iter().any(|name| name == "I.hh") {
        notes.push(
            "`I.hh` is sodium, potassium and leak together: record `I.hh.Na`, `I.hh.K`, `I.hh.L` to see each".into(),
        );
    }
    notes.extend(select::interrupted(recording));
    let right = page::legend_width(&legend);
    let title = select::title(recording, request);
    let page = Sheet { title, notes, bands, x: time.quantity(), left: 0.0, right }.lay_out();
    if let (Some(line), Some(panel)) = (potential, page.panels.first()) {
        panel.line(line.points().map(|(t, v)| (t * time.scale(), v)).collect(), palette::category(0, 1), 1.4);
    }
    let Some(panel) = page.panels.last() else { return Ok(page.finish()) };
    for ((line, (upper, lower)), (_, color)) in currents.iter().zip(&stacks).zip(&legend) {
        let at = |k: usize| line.samples.time(k) * time.scale();
        let mut outline: Vec<(f64, f64)> = upper.iter().enumerate().map(|(k, y)| (at(k), *y)).collect();
        outline.extend(lower.iter().enumerate().rev().map(|(k, y)| (at(k), *y)));
        panel.area(outline, *color);
    }
    page.legend(panel, &legend);
    Ok(page.finish())
}

/// The upper and lower edge of each current, stacked away from zero.
fn stack(currents: &[Line]) -> Vec<(Vec<f64>, Vec<f64>)> {
    let length = currents.iter().map(|line| line.trace.values.len()).min().unwrap_or(0);
    let (mut above, mut below) = (vec![0.0; length], vec![0.0; length]);
    let edges = |line: &Line| {
        let (mut upper, mut lower) = (Vec::with_capacity(length), Vec::with_capacity(length));
        for (k, value) in line.trace.values[..length].iter().enumerate() {
            let value = if value.is_finite() { *value } else { 0.0 };
            let edge = if value >= 0.0 { &mut above[k] } else { &mut below[k] };
            let (from, to) = (*edge, *edge + value);
            *edge = to;
            upper.push(from.max(to));
            lower.push(from.min(to));
        }
        (upper, lower)
    };
    currents.iter().map(edges).collect()
}
