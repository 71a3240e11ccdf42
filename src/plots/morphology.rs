//! The tree of a cell drawn to scale, in the colours of a recorded variable at one time, or of when the spike arrived.

use crate::recording::{PopulationSeen, Recording, SectionSeen};

use super::branches::{Branch, Painter, Seen};
use super::colors::color_bar;
use super::page::{Band, Quantity, Sheet};
use super::scene::Drawing;
use super::select::Line;
use super::{Request, axis, select, time};

/// Left of the panel, room for the numbers of the vertical axis, and right of it for the colour bar.
const LEFT: f64 = 80.0;
const RIGHT: f64 = 130.0;
const HIGHEST: f64 = 600.0;
/// A colour bar with its name has room beside it.
const LOWEST: f64 = 200.0;
/// A rise that is smaller (mV) is none: no spike arrives.
const LEAST_RISE: f64 = 5.0;

pub fn draw(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    let lines = lines(recording, request)?;
    let drawn = |line: &&Line| line.trace.section.is_some() && outlines(recording, line).is_some();
    let Some(first) = lines.iter().find(drawn) else {
        return Err(
            "a morphology needs a cell that was read from an SWC file, and places on it that are recorded".into()
        );
    };
    let Some(population) = outlines(recording, first) else { return Err("no morphology".into()) };
    let same = |line: &&Line| {
        let trace = (&line.trace.population, line.trace.neuron, &line.trace.variable);
        trace == (&first.trace.population, first.trace.neuron, &first.trace.variable)
    };
    let own: Vec<Line> = lines.iter().filter(same).copied().collect();
    let plane = plane(&population.sections);
    let sections: Vec<SectionSeen> = population.sections.iter().map(|section| turned(section, plane)).collect();
    let branches: Vec<Branch> = sections.iter().map(|section| branch(section, &own, request.options.time_ms)).collect();
    let values = own.iter().map(|line| value(*line, request.options.time_ms));
    let Some(range) = axis::span(values, 0.0) else {
        return Err(match request.options.time_ms {
            Some(at) => format!("nothing was recorded at {} ms", time::plain(at)),
            None => format!("nothing rises by {LEAST_RISE} mV where it is recorded; `time` shows V at one time"),
        });
    };
    let (name, unit) = match request.options.time_ms {
        Some(at) => (format!("{} at {} ms", first.trace.variable, time::plain(at)), first.trace.unit.clone()),
        None => ("half of the rise".to_string(), "ms".to_string()),
    };
    let (x, y, height) = frame(extent(&sections, 0), extent(&sections, 1));
    let [across, up] = [plane[0], plane[1]].map(|axis| AXES[axis]);
    let bands = vec![Band { height, y: Quantity::new(up, "um", y), above: 10.0, numbers: true }];
    let grey = if request.options.time_ms.is_some() { "not recorded" } else { "not recorded, or no spike" };
    let called = select::place_name(recording, (&population.name, first.trace.neuron, ""));
    let one_of = if population.size > 1 { format!(", one of {}", population.size) } else { String::new() };
    let mut notes = vec![format!("{called}{one_of}, in the plane of {across} and {up}; grey: {grey}")];
    notes.extend(select::interrupted(recording));
    let title = select::title(recording, request);
    let page = Sheet { title, notes, bands, x: Quantity::new(across, "um", x), left: LEFT, right: RIGHT }.lay_out();
    let Some(panel) = page.panels.first() else { return Ok(page.finish()) };
    Painter { pen: &page.pen, panel, range }.draw(&branches);
    let bottom = panel.bottom.min(panel.top + 360.0);
    color_bar(&page, (panel.right + 40.0, panel.top, bottom), (&name, &unit), range);
    Ok(page.finish())
}

const AXES: [&str; 3] = ["x", "y", "z"];

/// The axes across and up the page, and that along which one looks: the tree is least deep there. Of two equally good ones that of
/// x and y.
fn plane(sections: &[SectionSeen]) -> [usize; 3] {
    let depth = [0, 1, 2].map(|axis| {
        let (low, high) = extent(sections, axis);
        high - low
    });
    match depth {
        [x, y, z] if z <= x && z <= y => [0, 1, 2],
        [x, y, _] if y <= x => [0, 2, 1],
        _ => [1, 2, 0],
    }
}

/// A section with its outline turned into the page.
fn turned(section: &SectionSeen, plane: [usize; 3]) -> SectionSeen {
    let turn = |point: &[f64; 4]| [point[plane[0]], point[plane[1]], point[plane[2]], point[3]];
    SectionSeen { outline_um: section.outline_um.iter().map(turn).collect(), ..section.clone() }
}

/// From where to where (um) sections reach along an axis.
fn extent(sections: &[SectionSeen], axis: usize) -> (f64, f64) {
    let points = sections.iter().flat_map(|section| &section.outline_um);
    points.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), point| {
        (low.min(point[axis] - 0.5 * point[3]), high.max(point[axis] + 0.5 * point[3]))
    })
}

/// Both axes of a panel, and its height: as many um a pixel to the side as upward, the tree in the middle.
fn frame(x: (f64, f64), y: (f64, f64)) -> ((f64, f64), (f64, f64), f64) {
    let wider = |(low, high): (f64, f64), to: f64| {
        let more = 0.5 * (to - (high - low)).max(0.0);
        (low - more, high + more)
    };
    let [x, y] = [x, y].map(|(low, high)| wider((low, high), high - low + 0.08 * (high - low).max(1.0)));
    let room = super::page::WIDTH - 2.0 * super::page::MARGIN - LEFT - RIGHT;
    let height = (room * (y.1 - y.0) / (x.1 - x.0)).clamp(LOWEST, HIGHEST);
    let per_pixel = ((y.1 - y.0) / height).max((x.1 - x.0) / room);
    (wider(x, per_pixel * room), wider(y, per_pixel * height), height)
}

/// What was recorded of the variable that was asked for; of V_m, where none was and it is there.
fn lines<'a>(recording: &'a Recording, request: &Request) -> Result<Vec<Line<'a>>, String> {
    let lines = select::lines(recording, request)?;
    let wanted = request.options.variable.as_deref();
    let chosen: Vec<Line> =
        lines.iter().copied().filter(|line| line.trace.variable == wanted.unwrap_or("V_m")).collect();
    match (chosen.is_empty(), wanted) {
        (true, Some(name)) => Err(format!("`{name}` was not recorded on a cell that this plot could show")),
        (true, None) => Ok(lines),
        (false, _) => Ok(chosen),
    }
}

/// A section with its own of `lines`.
fn branch<'a>(section: &'a SectionSeen, lines: &[Line], time_ms: Option<f64>) -> Branch<'a> {
    let own = lines.iter().filter(|line| line.trace.section.as_deref() == Some(&section.name));
    let seen = own.filter_map(|line| Some(Seen { position: line.trace.position?, value: value(*line, time_ms) }));
    Branch::new(section, seen.collect())
}

/// The population of a line, if its cell has an outline.
fn outlines<'a>(recording: &'a Recording, line: &Line) -> Option<&'a PopulationSeen> {
    let population = recording.populations.iter().find(|seen| seen.name == line.trace.population)?;
    population.sections.iter().any(|section| !section.outline_um.is_empty()).then_some(population)
}

/// The sample next to a time, or when V first is half way up from its first value to its peak.
fn value(line: Line, time_ms: Option<f64>) -> f64 {
    match time_ms {
        Some(at) => {
            let index = ((at - line.samples.start_ms) / line.samples.every_ms).round().max(0.0) as usize;
            line.trace.values.get(index).copied().unwrap_or(f64::NAN)
        }
        None => {
            let values = &line.trace.values;
            let first = values.first().copied().unwrap_or(f64::NAN);
            let peak = values.iter().fold(f64::NEG_INFINITY, |peak, v| peak.max(*v));
            let half = 0.5 * (first + peak);
            let rises = |pair: &[f64]| pair[0] < half && pair[1] >= half;
            match values.windows(2).position(rises).filter(|_| peak - first >= LEAST_RISE) {
                Some(k) => {
                    let (before, after) = (values[k], values[k + 1]);
                    line.samples.time(k) + (half - before) / (after - before) * line.samples.every_ms
                }
                None => f64::NAN,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn straight(to: [f64; 3]) -> Vec<SectionSeen> {
        let outline_um = vec![[0.0, 0.0, 0.0, 2.0], [to[0], to[1], to[2], 2.0]];
        vec![SectionSeen { outline_um, ..SectionSeen::default() }]
    }

    #[test]
    fn a_tree_is_seen_where_it_spreads_most() {
        assert_eq!(plane(&straight([30.0, 50.0, 20.0])), [0, 1, 2]);
        assert_eq!(plane(&straight([300.0, 5.0, 20.0])), [0, 2, 1]);
        assert_eq!(plane(&straight([3.0, 50.0, 20.0])), [1, 2, 0]);
        assert_eq!(plane(&straight([0.0, 50.0, 0.0])), [0, 1, 2], "nothing speaks for z");
        let flat = straight([300.0, 5.0, 20.0]);
        assert_eq!(turned(&flat[0], [0, 2, 1]).outline_um[1], [300.0, 20.0, 5.0, 2.0]);
    }

    #[test]
    fn a_um_is_as_long_across_as_up() {
        let room = super::super::page::WIDTH - 2.0 * super::super::page::MARGIN - LEFT - RIGHT;
        for (x, y) in [((0.0, 1000.0), (0.0, 10.0)), ((0.0, 10.0), (0.0, 1000.0)), ((-50.0, 50.0), (0.0, 80.0))] {
            let (across, up, height) = frame(x, y);
            let [a, b] = [(across.1 - across.0) / room, (up.1 - up.0) / height];
            assert!((a / b - 1.0).abs() < 1e-9 && (LOWEST..=HIGHEST).contains(&height));
            assert!(across.0 < x.0 && across.1 > x.1 && up.0 < y.0 && up.1 > y.1);
        }
    }
}
