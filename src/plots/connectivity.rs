//! Who is connected to whom: a matrix of populations, how many synapses neurons have, and every synapse of a small network.
//!
//! Chemical synapses alone. Rows are targets and columns sources, as in the literature's tables.

use plotters::style::{Color, RGBColor};

use crate::recording::{ConnectivitySeen, DegreesSeen, Recording};

use super::page::{self, Cell, FOOT, MARGIN, Page, Panel, Pixels, Quantity, Style, Ticks, WIDTH};
use super::scene::Drawing;
use super::text::{self, Weight};
use super::unfit::Unfit;
use super::{Request, palette, select, strips};

/// Most populations whose matrix has numbers in it.
const WRITTEN: usize = 12;
const MOST: usize = 40;
/// Most whose names are written.
const NAMED: usize = 20;
/// Room for such a name.
const NAME: f64 = 110.0;
/// Areas under more lines than this would hide each other.
const FILLED: usize = 4;
/// Between the two columns of the page.
const GAP: f64 = 56.0;
const HEADING: f64 = 26.0;
const DEGREES: f64 = 150.0;
const FINE: f64 = 420.0;

/// Synapses between populations, `[target][source]`.
struct Blocks {
    names: Vec<String>,
    sizes: Vec<usize>,
    /// No neuron meets itself.
    without_autapses: Vec<bool>,
    synapses: Vec<f64>,
}

/// Whether there are synapses of the populations that `data` names.
pub fn check(recording: &Recording, request: &Request) -> Result<(), Unfit> {
    blocks(recording, request).map_err(Unfit::by(&["data"])).map(drop)
}

pub fn draw(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    let blocks = blocks(recording, request)?;
    let seen = recording.connectivity.as_ref();
    let shown = |all: &[DegreesSeen]| -> Vec<DegreesSeen> {
        all.iter().filter(|degrees| blocks.names.contains(&degrees.population)).cloned().collect()
    };
    let degrees = seen.map(|seen| (shown(&seen.in_degrees), shown(&seen.out_degrees)));
    let fine = seen.filter(|seen| !seen.pairs.is_empty());
    let mut notes = vec![notes(&blocks, seen)];
    notes.extend(select::interrupted(recording));
    let rows = blocks.names.len() as f64;
    let matrix = (rows * 34.0).clamp(68.0, 330.0);
    let names = blocks.names.iter().map(|name| text::width(name, page::TICK_SIZE, Weight::Regular));
    let names = names.fold(0.0, f64::max).min(NAME);
    let left = MARGIN + 22.0 + names + 12.0;
    let half = (WIDTH - MARGIN - left - GAP) / 2.0;
    let upright = if rows <= NAMED as f64 && names > half / rows - 4.0 { names } else { 0.0 };
    let mut body = HEADING + matrix + upright + FOOT;
    body += degrees.as_ref().map_or(0.0, |_| HEADING + DEGREES + FOOT) + fine.map_or(0.0, |_| HEADING + FINE + FOOT);
    let (page, head) = Page::blank(&select::title(recording, request), &notes, body);
    let place = |column: f64, top: f64, height: f64| Cell {
        left: left + column * (half + GAP),
        top,
        right: left + column * (half + GAP) + half,
        bottom: top + height,
        x: Ticks::None,
        y_numbers: false,
    };
    let mut top = head + HEADING;
    let indegree = |target: usize, source: usize| blocks.at(target, source) / blocks.sizes[target].max(1) as f64;
    let density = |target: usize, source: usize| {
        let itself = usize::from(target == source && blocks.without_autapses[target]);
        100.0 * blocks.at(target, source) / (blocks.sizes[target] * (blocks.sizes[source] - itself)).max(1) as f64
    };
    let heading = "synapses per neuron (mean in-degree)";
    let panel = matrix_of(&page, &blocks, (place(0.0, top, matrix), upright), heading, indegree);
    name_targets(&page, &panel, &blocks, degrees.as_ref().map(|_| recording));
    let heading = "synapses per 100 pairs of neurons";
    matrix_of(&page, &blocks, (place(1.0, top, matrix), upright), heading, density);
    top += matrix + upright + FOOT + HEADING;
    if let Some((incoming, outgoing)) = degrees {
        histogram(&page, recording, place(0.0, top, DEGREES), "in-degree", &incoming);
        histogram(&page, recording, place(1.0, top, DEGREES), "out-degree", &outgoing);
        top += DEGREES + FOOT + HEADING;
    }
    if let Some(seen) = fine {
        let cell = Cell { right: place(1.0, top, FINE).right, ..place(0.0, top, FINE) };
        every_synapse(&page, recording, seen, cell);
    }
    Ok(page.finish())
}

fn notes(blocks: &Blocks, seen: Option<&ConnectivitySeen>) -> String {
    let total: f64 = blocks.synapses.iter().sum();
    let of = match seen {
        None => "; degrees were not counted in this run: ask for this plot in its config".to_string(),
        Some(seen) if seen.every > 1 => format!("; degrees are those of every {}th neuron", seen.every),
        Some(_) => String::new(),
    };
    format!("{} chemical synapses; rows are targets, columns sources{of}", text::count(total as usize))
}

impl Blocks {
    fn at(&self, target: usize, source: usize) -> f64 {
        self.synapses[target * self.names.len() + source]
    }
}

fn blocks(recording: &Recording, request: &Request) -> Result<Blocks, String> {
    let chemical = || recording.projections.iter().filter(|seen| seen.synapse != "gap junction" && seen.synapses > 0);
    let connected = |name: &String| chemical().any(|seen| seen.from == *name || seen.to == *name);
    let wanted = |name: &String| request.data.is_empty() || request.data.contains(name);
    let chosen: Vec<_> =
        recording.populations.iter().filter(|seen| connected(&seen.name) && wanted(&seen.name)).take(MOST).collect();
    if chosen.is_empty() {
        return Err("there are no chemical synapses to show".to_string());
    }
    let names: Vec<String> = chosen.iter().map(|seen| seen.name.clone()).collect();
    let mut synapses = vec![0.0; names.len() * names.len()];
    for seen in chemical() {
        let place = |name: &String| names.iter().position(|known| known == name);
        if let (Some(target), Some(source)) = (place(&seen.to), place(&seen.from)) {
            synapses[target * names.len() + source] += seen.synapses as f64;
        }
    }
    let meets_itself = |name: &String| chemical().any(|seen| seen.from == *name && seen.to == *name && seen.autapses);
    let without_autapses = names.iter().map(|name| !meets_itself(name)).collect();
    Ok(Blocks { sizes: chosen.iter().map(|seen| seen.size).collect(), without_autapses, names, synapses })
}

/// `upright`: room beneath for names that stand on end, 0 if they have room side by side.
fn matrix_of(
    page: &Page,
    blocks: &Blocks,
    (cell, upright): (Cell, f64),
    heading: &str,
    value: impl Fn(usize, usize) -> f64,
) -> Panel {
    let count = blocks.names.len();
    let range = (-0.5, count as f64 - 0.5);
    let panel = page.cell(cell, &Quantity::new("", "", range), &Quantity::new("", "", range));
    page.pen.write(heading, panel.left, panel.top - 12.0, Style::tick().bold());
    let values: Vec<f64> = (0..count * count).map(|index| value(index / count, index % count)).collect();
    let most = values.iter().copied().fold(0.0, f64::max);
    // Few are as different from none as many are: the root.
    let shade = |value: f64| if most > 0.0 { (value / most).sqrt() } else { 0.0 };
    let rgba = |value: &f64| {
        let RGBColor(r, g, b) = if *value > 0.0 { palette::viridis(0.15 + 0.85 * shade(*value)) } else { EMPTY };
        [r, g, b, 255]
    };
    let pixels = Pixels { columns: count, rows: count, smooth: false, rgba: values.iter().flat_map(rgba).collect() };
    page.image((panel.left + 0.5, panel.top, panel.right, panel.bottom - 0.5), pixels);
    let (wide, high) = (panel.width() / count as f64, panel.height() / count as f64);
    for edge in 1..count {
        let (x, y) = (panel.left + edge as f64 * wide, panel.top + edge as f64 * high);
        page.pen.line(&[(x, panel.top), (x, panel.bottom - 0.5)], RGBColor(255, 255, 255), 1.0);
        page.pen.line(&[(panel.left + 0.5, y), (panel.right, y)], RGBColor(255, 255, 255), 1.0);
    }
    for (index, value) in values.iter().enumerate().filter(|(_, value)| **value > 0.0 && count <= WRITTEN) {
        let (x, y) = (panel.left + (index % count) as f64 * wide, panel.top + (index / count) as f64 * high);
        let ink = if 0.15 + 0.85 * shade(*value) > 0.6 { palette::INK } else { RGBColor(255, 255, 255) };
        let fits = |number: &String| text::width(number, page::TICK_SIZE, Weight::Regular) <= wide - 2.0;
        let digits =
            |digits: i32| text::number(*value, (digits - 1 - value.log10().floor() as i32).clamp(0, 9) as usize);
        let Some(number) = [strips::significant(*value), digits(2), digits(1)].into_iter().find(fits) else { continue };
        page.pen.write(&number, x + wide / 2.0, y + high / 2.0, Style::tick().centre().color(ink));
    }
    for (index, name) in blocks.names.iter().enumerate().filter(|_| count <= NAMED) {
        let x = panel.left + (index as f64 + 0.5) * wide;
        let room = if upright > 0.0 { upright } else { wide - 4.0 };
        let short = text::elide(name, page::TICK_SIZE, Weight::Regular, room);
        if upright > 0.0 {
            let middle = panel.bottom + 8.0 + text::width(&short, page::TICK_SIZE, Weight::Regular) / 2.0;
            page.pen.write(&short, x, middle, Style::tick().centre().upright());
        } else {
            page.pen.write(&short, x, panel.bottom + 13.0, Style::tick().centre());
        }
    }
    page.pen.write("source", (panel.left + panel.right) / 2.0, panel.bottom + upright + 32.0, Style::label().centre());
    panel
}

/// Names left of a matrix, in the colours of the degrees beneath it if there are any.
fn name_targets(page: &Page, panel: &Panel, blocks: &Blocks, colored: Option<&Recording>) {
    let high = panel.height() / blocks.names.len() as f64;
    for (index, name) in blocks.names.iter().enumerate().filter(|_| blocks.names.len() <= NAMED) {
        let y = panel.top + (index as f64 + 0.5) * high;
        let short = text::elide(name, page::TICK_SIZE, Weight::Regular, NAME);
        let color = colored.map_or(palette::AXIS, |recording| select::color(recording, name));
        page.pen.write(&short, panel.left - 8.0, y, Style::tick().color(color).end());
    }
    page.pen.write("target", MARGIN + 5.0, (panel.top + panel.bottom) / 2.0, Style::label().centre().upright());
}

/// Where there are no synapses.
const EMPTY: RGBColor = RGBColor(0xf2, 0xf2, 0xf2);

/// How many neurons of each population have how many synapses.
fn histogram(page: &Page, recording: &Recording, cell: Cell, name: &str, all: &[DegreesSeen]) {
    let shown: Vec<&DegreesSeen> = all.iter().filter(|degrees| !degrees.counts.is_empty()).collect();
    let share =
        |degrees: &DegreesSeen, count: u64| 100.0 * count as f64 / degrees.counts.iter().sum::<u64>().max(1) as f64;
    let top = shown.iter().flat_map(|degrees| degrees.counts.iter().map(|&count| share(degrees, count)));
    let top = top.fold(0.0, f64::max);
    let high =
        shown.iter().map(|degrees| degrees.low + degrees.width * degrees.counts.len() as f64).fold(1.0, f64::max);
    let low = shown.iter().map(|degrees| degrees.low).fold(f64::INFINITY, f64::min).min(high);
    // Many alike are a distribution; from zero, if that costs no more than half of the axis.
    let low = if low < high / 2.0 { 0.0 } else { low };
    let margin = 0.03 * (high - low);
    let x = Quantity::new(format!("{name} (synapses of a neuron)"), "", ((low - margin).max(0.0), high + margin));
    let y = Quantity::new("neurons", "%", (0.0, if top > 0.0 { top * 1.08 } else { 1.0 }));
    let panel = page.cell(Cell { x: Ticks::Numbers, y_numbers: true, ..cell }, &x, &y);
    for degrees in &shown {
        let color = select::color(recording, &degrees.population);
        let edge = |k: usize| degrees.low + k as f64 * degrees.width;
        let steps = degrees.counts.iter().enumerate();
        let steps: Vec<(f64, f64)> = steps
            .flat_map(|(k, &count)| [(edge(k), share(degrees, count)), (edge(k + 1), share(degrees, count))])
            .collect();
        let ends = (vec![(edge(0), 0.0)], vec![(edge(degrees.counts.len()), 0.0)]);
        let outline = [ends.0, steps, ends.1].concat();
        if shown.len() <= FILLED {
            panel.area(outline.clone(), color.mix(0.15));
        }
        panel.line(outline, color, 1.3);
    }
    legend(page, recording, &panel, &shown);
}

/// Names above the panel, side by side; where there is no room for all, those of the matrix do.
fn legend(page: &Page, recording: &Recording, panel: &Panel, shown: &[&DegreesSeen]) {
    let width =
        |degrees: &DegreesSeen| text::width(&degrees.population, page::TICK_SIZE, Weight::SemiBold) * 1.06 + 12.0;
    let mut left = panel.left;
    if shown.iter().map(|degrees| width(degrees)).sum::<f64>() - 12.0 > panel.width() {
        let words = match recording.populations.len() <= NAMED {
            true => "colours: those of the targets' names above",
            false => "colours: from dark to light in the order of the rows above",
        };
        page.pen.write(words, left, panel.top - 10.0, Style::note());
        return;
    }
    for degrees in shown {
        let color = select::color(recording, &degrees.population);
        page.pen.write(&degrees.population, left, panel.top - 10.0, Style::tick().bold().color(color));
        left += width(degrees);
    }
}

/// A dot for each pair of neurons, populations one after the other.
fn every_synapse(page: &Page, recording: &Recording, seen: &ConnectivitySeen, cell: Cell) {
    let total: usize = recording.populations.iter().map(|population| population.size).sum();
    let range = (-0.5, total as f64 - 0.5);
    let x = Quantity::new("source neuron, populations one after the other", "", range);
    // Targets from the top down, as in a matrix.
    let panel = page.cell(Cell { x: Ticks::Numbers, ..cell }, &x, &Quantity::new("", "", range));
    page.pen.write("every synapse", panel.left, panel.top - 12.0, Style::tick().bold());
    let mut first = 0;
    for population in &recording.populations {
        let edge = |at: usize| at as f64 - 0.5;
        if first > 0 {
            let (x, y) = (panel.x_pixel(edge(first)), panel.top + (edge(first) + 0.5) / total as f64 * panel.height());
            page.pen.line(&[(x, panel.top), (x, panel.bottom)], palette::FAINT, 1.0);
            page.pen.line(&[(panel.left, y), (panel.right, y)], palette::FAINT, 1.0);
        }
        let middle = panel.top + (first as f64 + population.size as f64 / 2.0) / total as f64 * panel.height();
        if panel.height() * population.size as f64 / total as f64 >= 13.0 {
            let name = text::elide(&population.name, page::TICK_SIZE, Weight::Regular, NAME);
            page.pen.write(&name, panel.left - 8.0, middle, Style::tick().end());
        }
        first += population.size;
    }
    let radius = (panel.height() / total as f64 * 0.4).clamp(0.7, 3.5);
    for &(source, target) in &seen.pairs {
        let y = panel.top + (f64::from(target) + 0.5) / total as f64 * panel.height();
        let population = population_of(recording, source);
        page.pen.dot((panel.x_pixel(f64::from(source)), y), select::color(recording, population), radius);
    }
}

/// The population of a neuron counted through all of them.
fn population_of(recording: &Recording, neuron: u32) -> &str {
    let mut left = neuron as usize;
    for population in &recording.populations {
        if left < population.size {
            return &population.name;
        }
        left -= population.size;
    }
    ""
}
