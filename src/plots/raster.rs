//! Who fired when: a row per neuron, populations one above the other, and the population rates beneath.

use plotters::style::{Color, RGBColor};

use crate::recording::{Recording, View};

use super::page::{self, Band, Page, Panel, Pixels, Quantity, Sheet, Style};
use super::scene::Drawing;
use super::text::{self, Weight};
use super::time::{self, Time};
use super::{Request, palette, select};

/// Beyond this many spikes the raster is an image: as a path it would be megabytes of SVG.
const MOST_DOTS: usize = 30_000;
/// Below this many spikes rates are drawn in wider bins.
const FEW: usize = 2000;
/// Pixels of the image per pixel of the page.
const FINE: f64 = 2.0;
/// Beyond this many spikes one pixel each is fine enough.
const MANY: usize = 300_000;
const HEIGHT: f64 = 380.0;
/// A population's least share of it, so that its name fits.
const LEAST: f64 = 17.0;
const LABEL_LIMIT: f64 = 130.0;

/// A population's rows.
struct Block<'a> {
    trains: &'a View<'a>,
    name: String,
    color: RGBColor,
    /// Pixels below the panel's top.
    top: f64,
    height: f64,
    /// Row of each neuron, where it was recorded and kept.
    rows: Vec<Option<u32>>,
    /// How many have one.
    shown: usize,
}

impl Block<'_> {
    fn row_height(&self) -> f64 {
        self.height / self.shown.max(1) as f64
    }

    /// Time (ms) and the middle of the row (pixels below the panel's top) of every spike within `time`.
    fn spikes<'b>(&'b self, time: &'b Time) -> impl Iterator<Item = (f64, f64)> + 'b {
        let pairs = self.trains.times_ms.iter().zip(&self.trains.neurons);
        pairs.filter(|(at, _)| time.holds(**at)).filter_map(|(&at, &neuron)| {
            let row = (*self.rows.get(neuron as usize)?)?;
            Some((at, self.top + (f64::from(row) + 0.5) * self.row_height()))
        })
    }
}

pub fn draw(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    let trains = select::trains(recording, request)?;
    // From when the first is recorded to when the last is.
    let low_ms = trains.iter().map(|view| view.start_ms).fold(f64::INFINITY, f64::min);
    let high_ms = trains.iter().map(|view| view.stop_ms).fold(low_ms, f64::max);
    let time = Time { low_ms, high_ms: high_ms.max(low_ms + recording.dt_ms).max(low_ms + 1e-6) };
    let blocks = blocks(recording, &trains);
    let height = blocks.iter().map(|block| block.top + block.height).fold(0.0, f64::max);
    let spikes: usize = blocks.iter().map(|block| block.spikes(&time).count()).sum();
    // Few spikes in narrow bins would be a comb, not a rate.
    let bins = if spikes < FEW { 40.0 } else { 200.0 };
    let bin = time::bin((time.high_ms - time.low_ms) / bins, recording.dt_ms);
    let lines = rate_lines(&blocks, &time, bin);

    let mut notes = vec![describe(&blocks, spikes, bin)];
    if lines.len() < blocks.len() {
        notes.push("rate: of all these neurons together; a plot of kind `rate` shows each population".into());
    }
    notes.extend(select::thinned(&trains).map(|thinned| format!("{thinned} shown; rates are of all")));
    notes.extend(select::recorded(recording, &trains));
    notes.extend(select::interrupted(recording));
    let label = |block: &Block| text::width(&block.name, page::TICK_SIZE, Weight::SemiBold).min(LABEL_LIMIT) + 8.0;
    let left = blocks.iter().map(label).fold(0.0, f64::max) + 8.0;
    let top_rate = lines.iter().flat_map(|(rates, _)| rates).copied().fold(0.0, f64::max);
    let rate = Quantity::new("rate", "Hz", (0.0, if top_rate > 0.0 { top_rate * 1.05 } else { 1.0 }));
    let bands = vec![
        Band { height, y: Quantity::new("", "", (0.0, 1.0)), above: 10.0, numbers: false },
        Band { height: 110.0, y: rate, above: 18.0, numbers: true },
    ];
    let title = select::title(recording, request);
    let page = Sheet { title, notes, bands, x: time.quantity(), left, right: 0.0 }.lay_out();
    let panel = &page.panels[0];
    name_blocks(&page, panel, &blocks);
    if spikes == 0 {
        let (x, y) = ((panel.left + panel.right) / 2.0, (panel.top + panel.bottom) / 2.0);
        page.pen.write("no spikes", x, y, Style::label().color(palette::NOTE).centre());
    } else if spikes > MOST_DOTS {
        image(&page, panel, &blocks, &time, spikes);
    } else {
        blocks.iter().for_each(|block| marks(&page, panel, block, &time));
    }
    for (rates, color) in &lines {
        histogram(&page.panels[1], rates, bin, &time, *color, lines.len() == 1);
    }
    Ok(page.finish())
}

fn blocks<'a>(recording: &Recording, trains: &'a [View<'a>]) -> Vec<Block<'a>> {
    let total: usize = trains.iter().map(|trains| trains.recorded.len()).sum();
    // Few neurons need no more than a dozen pixels each.
    let room = HEIGHT.min((total as f64 * 14.0).max(70.0));
    let many = trains.len();
    let apart = trains.iter().map(|trains| &trains.population).collect::<std::collections::HashSet<_>>().len() == many;
    let mut top = 0.0;
    let mut blocks = vec![];
    for (index, trains) in trains.iter().enumerate() {
        let share = trains.recorded.len() as f64 / total.max(1) as f64;
        let height = (share * room).max(LEAST);
        let mut rows = vec![None; trains.size.max(trains.recorded.last().map_or(0, |last| last + 1))];
        trains.kept().enumerate().for_each(|(row, neuron)| rows[neuron] = Some(row as u32));
        let site = if trains.site.is_empty() { String::new() } else { format!(" {}", trains.site) };
        let name = format!("{}{site}", trains.name);
        // Sites of one population are told apart by colours, too.
        let color = if apart { select::color(recording, &trains.population) } else { palette::category(index, many) };
        blocks.push(Block { trains, name, color, top, height, rows, shown: trains.kept().count() });
        top += height;
    }
    blocks
}

fn describe(blocks: &[Block], spikes: usize, bin: f64) -> String {
    let neurons: usize = blocks.iter().map(|block| block.trains.recorded.len()).sum();
    // A population that recorders saw at several times is one all the same.
    let sizes: std::collections::HashMap<(&str, &str), usize> = blocks
        .iter()
        .map(|block| {
            ((&*block.trains.population, &*block.trains.site), block.trains.size.max(block.trains.recorded.len()))
        })
        .collect();
    let all: usize = sizes.values().sum();
    let of = if all > neurons { format!(" (recorded, of {})", text::count(all)) } else { String::new() };
    let plural =
        |count: usize, what: &str| format!("{} {what}{}", text::count(count), if count == 1 { "" } else { "s" });
    let total: u64 = blocks.iter().map(|block| block.trains.total()).sum();
    let overlap = match spikes > MOST_DOTS {
        true if total > spikes as u64 => ", darker where they overlap",
        true => ", all shown, darker where they overlap",
        false => "",
    };
    let spikes = spikes.max(total as usize);
    format!(
        "{} of {}{of}{overlap}; rate per neuron in bins of {}",
        plural(spikes, "spike"),
        plural(neurons, "neuron"),
        time::length(bin)
    )
}

fn name_blocks(page: &Page, panel: &Panel, blocks: &[Block]) {
    for (index, block) in blocks.iter().enumerate() {
        let top = panel.top + block.top;
        if index > 0 {
            page.pen.line(&[(panel.left, top), (panel.right, top)], palette::FAINT, 1.0);
        }
        let name = text::elide(&block.name, page::TICK_SIZE, Weight::SemiBold, LABEL_LIMIT);
        let middle = top + block.height / 2.0;
        let (x, roomy) = (panel.left - 8.0, block.height >= 34.0);
        let style = Style::tick().bold().color(block.color).end();
        page.pen.write(&name, x, if roomy { middle - 8.0 } else { middle }, style);
        if roomy {
            page.pen.write(&text::count(block.trains.recorded.len()), x, middle + 8.0, Style::note().end());
        }
    }
}

/// Upright strokes where rows are high enough, dots where they are not. Spikes on the same tenth of a pixel are one.
fn marks(page: &Page, panel: &Panel, block: &Block, time: &Time) {
    let stroke = (block.row_height() * 0.7).min(12.0);
    for (at, row) in block.spikes(time) {
        let (x, y) = (panel.x_pixel(at * time.scale()), panel.top + row);
        if stroke >= 3.0 {
            page.pen.line(&[(x, y - stroke / 2.0), (x, y + stroke / 2.0)], block.color, 1.3);
        } else {
            page.pen.dot((x, y), block.color, 0.8);
        }
    }
}

/// Every spike darkens its cell of a fine grid, by less the more spikes there are.
fn image(page: &Page, panel: &Panel, blocks: &[Block], time: &Time, spikes: usize) {
    let fine = if spikes > MANY { 1.0 } else { FINE };
    let (columns, rows) = ((panel.width() * fine) as usize, (panel.height() * fine) as usize);
    // How often each cell was hit, and by which block.
    let mut hits = vec![0u32; columns * rows];
    let mut owner = vec![0usize; columns * rows];
    for (index, block) in blocks.iter().enumerate() {
        let bottom = (((block.top + block.height) * fine) as usize).min(rows);
        for (at, row) in block.spikes(time) {
            let x = ((panel.x.part(at * time.scale()) * columns as f64) as usize).min(columns - 1);
            let y = ((row * fine) as usize).min(bottom - 1);
            // On the fine grid a spike is two cells wide and high, else it would be a speck.
            let reach = if fine > 1.0 { 2 } else { 1 };
            for y in y..(y + reach).min(bottom) {
                for cell in y * columns + x..(y * columns + x + reach).min((y + 1) * columns) {
                    (hits[cell], owner[cell]) = (hits[cell] + 1, index);
                }
            }
        }
    }
    // Where the page is evenly full, half of the ink should be on it.
    let load = hits.iter().map(|&count| f64::from(count)).sum::<f64>() / hits.len() as f64;
    let cover = (0.7 / load).clamp(0.05, 0.8);
    let pixel = |(&count, &owner): (&u32, &usize)| {
        let RGBColor(r, g, b) = blocks[owner].color;
        // Sixteen shades: more would not be seen, and would not compress.
        let ink = ((1.0 - (1.0 - cover).powf(f64::from(count))) * 15.0).ceil() * 17.0;
        if count == 0 { [0; 4] } else { [r, g, b, ink as u8] }
    };
    let rgba = hits.iter().zip(&owner).flat_map(pixel).collect();
    let pixels = Pixels { columns, rows, smooth: false, rgba };
    page.image((panel.left, panel.top, panel.right, panel.bottom), pixels);
}

/// The rates of each block in its colour; of more than can be told apart, their common rate.
fn rate_lines(blocks: &[Block], time: &Time, bin: f64) -> Vec<(Vec<f64>, RGBColor)> {
    let each: Vec<Vec<f64>> = blocks.iter().map(|block| rates(block, time, bin)).collect();
    if blocks.len() <= palette::COUNT {
        return each.into_iter().zip(blocks.iter().map(|block| block.color)).collect();
    }
    let bins = each.iter().map(Vec::len).max().unwrap_or(0);
    let common = |k: usize| {
        let known = each.iter().zip(blocks).filter(|(rates, _)| rates[k].is_finite());
        let (sum, neurons) = known.fold((0.0, 0.0), |(sum, neurons), (rates, block)| {
            let size = block.trains.recorded.len() as f64;
            (sum + rates[k] * size, neurons + size)
        });
        sum / neurons
    };
    vec![((0..bins).map(common).collect(), palette::INK)]
}

/// Hz per recorded neuron in each bin, of which the part counts that was recorded; NaN where there is none.
fn rates(block: &Block, time: &Time, bin: f64) -> Vec<f64> {
    let counts = block.trains.counts(time.low_ms, time.high_ms, bin);
    let neurons = block.trains.recorded.len().max(1) as f64;
    let hz = |(k, count): (usize, &f64)| {
        let (from, to) = (time.low_ms + k as f64 * bin, time.low_ms + (k + 1) as f64 * bin);
        let seen = to.min(block.trains.stop_ms).min(time.high_ms) - from.max(block.trains.start_ms);
        if seen > 1e-6 * bin { count * 1000.0 / seen / neurons } else { f64::NAN }
    };
    counts.iter().enumerate().map(hz).collect()
}

fn histogram(panel: &Panel, rates: &[f64], bin: f64, time: &Time, color: RGBColor, alone: bool) {
    let edge = |k: usize| (time.low_ms + k as f64 * bin).min(time.high_ms) * time.scale();
    let known = rates.iter().enumerate().filter(|(_, rate)| rate.is_finite());
    let steps: Vec<(f64, f64)> = known.flat_map(|(k, &rate)| [(edge(k), rate), (edge(k + 1), rate)]).collect();
    if let (true, [first, .., last]) = (alone && steps.iter().any(|step| step.1 > 0.0), steps.as_slice()) {
        let outline = [(first.0, 0.0)].into_iter().chain(steps.iter().copied()).chain([(last.0, 0.0)]);
        panel.area(outline.collect(), color.mix(0.35));
    }
    if steps.iter().any(|step| step.1 > 0.0) {
        panel.line(steps, color, 1.3);
    }
}
