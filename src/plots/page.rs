//! A page: a title, notes beneath it, and panels one above the other on one horizontal axis.
//!
//! A plot fills in a [`Sheet`] (what it needs room for), gets a [`Page`] of [`Panel`]s, draws into them in the data's
//! units, and gives the page back. Lengths here are pixels of a page [`WIDTH`] wide.

use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::ranged1d::Ranged;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, FontTransform, IntoFont, RGBColor, ShapeStyle, TextStyle};

use super::axis::{self, Axis};
use super::palette;
use super::scene::{Drawing, Image, SUB, Scene};
use super::text::{self, Weight};

pub const WIDTH: f64 = 960.0;
pub const TITLE_SIZE: f64 = 17.0;
pub const LABEL_SIZE: f64 = 13.0;
pub const TICK_SIZE: f64 = 12.0;
/// Around the whole page.
pub const MARGIN: f64 = 18.0;
/// From the left edge to the baseline of the vertical axis' name, and on to its tick labels.
const NAME_WIDTH: f64 = 22.0;
const TICK: f64 = 5.0;
/// Below the last panel: ticks, their labels, the axis' name.
pub const FOOT: f64 = 48.0;
const LINE: f64 = 17.0;
/// The sample of a line's colour in a legend, and the gap before its name.
const SWATCH: f64 = 18.0;
/// Wider names are elided.
const LEGEND_LIMIT: f64 = 190.0;

/// RGBA, row by row from the top; `smooth` blends between them.
pub struct Pixels {
    pub columns: usize,
    pub rows: usize,
    pub smooth: bool,
    pub rgba: Vec<u8>,
}

/// A name and its colour in a legend.
pub type Entry = (String, RGBColor);

/// An axis before its pixels are known.
#[derive(Clone, Debug)]
pub struct Quantity {
    pub name: String,
    pub unit: String,
    pub range: (f64, f64),
    /// `range` and all places are logarithms to the base of 10; what is written at the axis is not.
    pub log: bool,
}

impl Quantity {
    pub fn new(name: impl Into<String>, unit: impl Into<String>, range: (f64, f64)) -> Quantity {
        Quantity { name: name.into(), unit: unit.into(), range, log: false }
    }

    /// `power (Hz, log)`: where few numbers stand at an axis, they do not show what it is. None if there is no room.
    fn log_label(&self, room: f64) -> Option<String> {
        let unit = if self.unit.is_empty() { String::new() } else { format!("{}, ", text::unit(&self.unit)) };
        let labels = [format!("{} ({unit}log)", self.name), format!("{} (log)", self.name)];
        labels.into_iter().find(|label| text::width(label, LABEL_SIZE, Weight::Regular) <= room)
    }

    fn across(&self, pixels: f64) -> Axis {
        let mut x = Axis::across(&self.name, &self.unit, self.range, pixels);
        if self.log {
            x.ticks = axis::log_ticks(x.low, x.high, pixels / 28.0);
            x.keep_apart(pixels);
            x.label = self.log_label(pixels).unwrap_or(x.label);
        }
        x
    }

    fn up(&self, pixels: f64) -> Axis {
        let mut y = Axis::up(&self.name, &self.unit, self.range, pixels);
        if self.log {
            y.ticks = axis::log_ticks(y.low, y.high, pixels / 17.0);
            y.label = self.log_label(pixels + 12.0).unwrap_or(y.label);
        }
        y
    }
}

/// A panel before its place is known.
#[derive(Clone, Debug)]
pub struct Band {
    pub height: f64,
    pub y: Quantity,
    /// Gap to the panel above.
    pub above: f64,
    /// Numbers at the vertical axis; without, the plot writes there itself.
    pub numbers: bool,
}

/// What a page must have room for.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub title: String,
    /// Lines beneath the title: what is shown, and what is left out.
    pub notes: Vec<String>,
    pub bands: Vec<Band>,
    pub x: Quantity,
    /// Least width left of the panels, for what the plot writes there.
    pub left: f64,
    /// Width right of the panels: for a legend, a colour bar.
    pub right: f64,
}

/// A page with its axes drawn.
pub struct Page {
    scene: Scene,
    pub pen: Pen,
    pub panels: Vec<Panel>,
}

/// One plotting area; `left`, `top`, `right`, `bottom` in pixels of the page.
pub struct Panel {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
    pub x: Axis,
    pub y: Axis,
    /// Where the vertical axis' name stands.
    name_x: f64,
    area: DrawingArea<Scene, Cartesian2d<Axis, Axis>>,
}

/// The edges of a panel that stands alone, and what is written at its axes.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
    pub x: Ticks,
    pub y_numbers: bool,
}

/// What stands at a horizontal axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ticks {
    /// Nothing: the plot writes there itself.
    None,
    /// Those of a panel further down.
    Marks,
    /// With numbers, and the axis' name.
    Numbers,
}

fn units(pixels: f64) -> i32 {
    (pixels * f64::from(SUB)).round() as i32
}

fn stroke(color: impl Color, width: f64) -> ShapeStyle {
    ShapeStyle { color: color.to_rgba(), filled: false, stroke_width: units(width) as u32 }
}

fn fill(color: impl Color) -> ShapeStyle {
    ShapeStyle { color: color.to_rgba(), filled: true, stroke_width: 0 }
}

impl Sheet {
    /// Draws title, notes and axes.
    pub fn lay_out(self) -> Page {
        let heights: f64 = self.bands.iter().map(|band| band.above + band.height).sum();
        let (mut page, head) = Page::blank(&self.title, &self.notes, heights + FOOT - 6.0);
        page.panels = self.panels(head, &page.pen.area);
        for (index, panel) in page.panels.iter().enumerate() {
            panel.draw_axes(&page.pen, self.bands[index].numbers, index + 1 == page.panels.len());
        }
        page
    }

    fn panels(&self, head: f64, root: &DrawingArea<Scene, Shift>) -> Vec<Panel> {
        let up = |band: &Band| band.y.up(band.height);
        let ys: Vec<Axis> = self.bands.iter().map(up).collect();
        let widest = ys
            .iter()
            .zip(&self.bands)
            .filter(|(_, band)| band.numbers)
            .flat_map(|(axis, _)| &axis.ticks)
            .map(|tick| text::width(&tick.1, TICK_SIZE, Weight::Regular))
            .fold(0.0, f64::max);
        let left = (MARGIN + NAME_WIDTH + widest + TICK + 4.0).max(MARGIN + self.left);
        // The last tick label may stand half outside of the panel.
        let right = WIDTH - MARGIN - self.right.max(14.0);
        let x = self.x.across(right - left);
        let mut top = head;
        let mut panels = vec![];
        for (band, y) in self.bands.iter().zip(ys) {
            top += band.above;
            let bottom = top + band.height;
            let actual = (units(left)..units(right), units(bottom)..units(top));
            let area = root.apply_coord_spec(Cartesian2d::new(x.clone(), y.clone(), actual));
            panels.push(Panel { left, top, right, bottom, x: x.clone(), y, name_x: MARGIN + 5.0, area });
            top = bottom;
        }
        panels
    }
}

impl Page {
    /// A page with a title, notes and room for `body` pixels beneath them; also where that room begins.
    pub fn blank(title: &str, notes: &[String], body: f64) -> (Page, f64) {
        let inner = WIDTH - 2.0 * MARGIN;
        let notes: Vec<String> =
            notes.iter().flat_map(|note| text::wrap(note, TICK_SIZE, Weight::Regular, inner)).collect();
        let head = MARGIN + TITLE_SIZE + notes.len() as f64 * LINE + 6.0;
        let height = (head + body + MARGIN).ceil();
        let scene = Scene::new(units(WIDTH) as u32, units(height) as u32);
        let pen = Pen { area: scene.clone().into_drawing_area() };
        let title = text::elide(title, TITLE_SIZE, Weight::SemiBold, inner);
        pen.write(&title, MARGIN, MARGIN + TITLE_SIZE * 0.75, Style::title());
        for (index, note) in notes.iter().enumerate() {
            let line = MARGIN + TITLE_SIZE * 0.75 + (index + 1) as f64 * LINE + 2.0;
            pen.write(note, MARGIN, line, Style::note());
        }
        (Page { scene, pen, panels: vec![] }, head)
    }

    /// A panel at any place of the page, with its axes drawn; at the left there must be room for its numbers, beneath it
    /// [`FOOT`] pixels for those of the horizontal axis.
    pub fn cell(&self, cell: Cell, x: &Quantity, y: &Quantity) -> Panel {
        let Cell { left, top, right, bottom, .. } = cell;
        let (mut x, y) = (x.across(right - left), y.up(bottom - top));
        if cell.x == Ticks::None {
            x.ticks.clear();
        }
        let actual = (units(left)..units(right), units(bottom)..units(top));
        let area = self.pen.area.apply_coord_spec(Cartesian2d::new(x.clone(), y.clone(), actual));
        let widest = y.ticks.iter().map(|tick| text::width(&tick.1, TICK_SIZE, Weight::Regular)).fold(0.0, f64::max);
        let panel = Panel { left, top, right, bottom, x, y, name_x: left - TICK - widest - 16.0, area };
        panel.draw_axes(&self.pen, cell.y_numbers, cell.x == Ticks::Numbers);
        panel
    }

    /// The finished drawing.
    pub fn finish(self) -> Drawing {
        self.scene.take()
    }

    /// Stretches `pixels` over a rectangle of the page.
    pub fn image(&self, (left, top, right, bottom): (f64, f64, f64, f64), pixels: Pixels) {
        let size = (units(right - left) as u32, units(bottom - top) as u32);
        let Pixels { columns, rows, smooth, rgba } = pixels;
        let (columns, rows) = (columns as u32, rows as u32);
        self.scene.clone().image(Image { at: (units(left), units(top)), size, columns, rows, smooth, rgba });
    }

    /// Names and their colours right of a panel, from its top down.
    pub fn legend(&self, panel: &Panel, entries: &[Entry]) {
        self.legend_of(panel, entries.iter().map(|entry| (entry, false)));
    }

    /// As [`Page::legend`]; true where the line is dashed.
    pub fn legend_of<'e>(&self, panel: &Panel, entries: impl Iterator<Item = (&'e Entry, bool)>) {
        let left = panel.right + 14.0;
        for (index, ((name, color), dashed)) in entries.enumerate() {
            let middle = panel.top + 8.0 + index as f64 * LINE;
            let swatch = [(left, middle), (left + SWATCH, middle)];
            match dashed {
                true => self.pen.dashes(&swatch, *color, 2.4, SWATCH / 4.0),
                false => self.pen.line(&swatch, *color, 2.4),
            }
            let short = text::elide(name, TICK_SIZE, Weight::Regular, LEGEND_LIMIT);
            self.pen.write(&short, left + SWATCH + 6.0, middle, Style::tick());
        }
    }
}

/// The room right of the panels that a legend takes.
pub fn legend_width(entries: &[Entry]) -> f64 {
    let widest = |(name, _): &Entry| text::width(name, TICK_SIZE, Weight::Regular).min(LEGEND_LIMIT);
    // A viewer without Inter may lay letters out a little wider.
    entries.iter().map(widest).map(|width| 14.0 + SWATCH + 6.0 + width * 1.06).fold(0.0, f64::max)
}

/// Height of so many entries.
pub fn legend_height(entries: usize) -> f64 {
    entries as f64 * LINE
}

impl Panel {
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub fn x_pixel(&self, value: f64) -> f64 {
        self.left + self.x.part(value) * self.width()
    }

    pub fn y_pixel(&self, value: f64) -> f64 {
        self.bottom - self.y.part(value) * self.height()
    }

    /// A line through points in the data's units, which must lie within the axes.
    pub fn line(&self, points: Vec<(f64, f64)>, color: impl Color, width: f64) {
        if let [only] = points[..] {
            return self.dot(only, color, width.max(2.0));
        }
        let _ = self.area.draw(&PathElement::new(points, stroke(color, width)));
    }

    /// A filled disc.
    pub fn dot(&self, point: (f64, f64), color: impl Color, radius: f64) {
        let _ = self.area.draw(&Circle::new(point, units(radius), fill(color)));
    }

    /// A filled area.
    pub fn area(&self, corners: Vec<(f64, f64)>, color: impl Color) {
        let _ = self.area.draw(&Polygon::new(corners, fill(color)));
    }

    fn draw_axes(&self, pen: &Pen, numbers: bool, last: bool) {
        let limits = (units(self.left), units(self.right));
        pen.line(&[(self.left, self.top), (self.left, self.bottom)], palette::AXIS, 1.0);
        pen.line(&[(self.left, self.bottom), (self.right, self.bottom)], palette::AXIS, 1.0);
        for (at, label) in &self.x.ticks {
            let x = f64::from(self.x.map(at, limits)) / f64::from(SUB);
            pen.line(&[(x, self.bottom), (x, self.bottom + TICK)], palette::AXIS, 1.0);
            if last {
                pen.write(label, x, self.bottom + TICK + 10.0, Style::tick().centre());
            }
        }
        if last {
            let middle = (self.left + self.right) / 2.0;
            pen.write(&self.x.label, middle, self.bottom + TICK + 31.0, Style::label().centre());
        }
        if !numbers {
            return;
        }
        for (at, label) in &self.y.ticks {
            let y = self.y_pixel(*at);
            pen.line(&[(self.left - TICK, y), (self.left, y)], palette::AXIS, 1.0);
            pen.write(label, self.left - TICK - 4.0, y, Style::tick().end());
        }
        self.name(pen);
    }

    /// The vertical axis' name; in a slim panel it may be higher than the panel itself.
    fn name(&self, pen: &Pen) {
        let name = text::elide(&self.y.label, LABEL_SIZE, Weight::Regular, self.height() + 28.0);
        pen.write(&name, self.name_x, (self.top + self.bottom) / 2.0, Style::label().centre().upright());
    }
}

/// How a text looks and which point of it is given; its middle height is, always.
#[derive(Clone, Copy)]
pub struct Style {
    size: f64,
    weight: Weight,
    color: RGBColor,
    anchor: HPos,
    upright: bool,
}

impl Style {
    fn new(size: f64, weight: Weight, color: RGBColor) -> Style {
        Style { size, weight, color, anchor: HPos::Left, upright: false }
    }
    pub fn title() -> Style {
        Style::new(TITLE_SIZE, Weight::SemiBold, palette::INK)
    }
    pub fn note() -> Style {
        Style::new(TICK_SIZE, Weight::Regular, palette::NOTE)
    }
    pub fn label() -> Style {
        Style::new(LABEL_SIZE, Weight::Regular, palette::INK)
    }
    pub fn tick() -> Style {
        Style::new(TICK_SIZE, Weight::Regular, palette::AXIS)
    }
    pub fn bold(self) -> Style {
        Style { weight: Weight::SemiBold, ..self }
    }
    pub fn color(self, color: RGBColor) -> Style {
        Style { color, ..self }
    }
    pub fn centre(self) -> Style {
        Style { anchor: HPos::Center, ..self }
    }
    pub fn end(self) -> Style {
        Style { anchor: HPos::Right, ..self }
    }
    pub fn upright(self) -> Style {
        Style { upright: true, ..self }
    }
}

/// Draws in pixels of the page. The backend only collects marks and cannot fail, so results are not looked at.
pub struct Pen {
    area: DrawingArea<Scene, Shift>,
}

impl Pen {
    pub fn line(&self, points: &[(f64, f64)], color: impl Color, width: f64) {
        let points: Vec<(i32, i32)> = points.iter().map(|p| (units(p.0), units(p.1))).collect();
        let _ = self.area.draw(&PathElement::new(points, stroke(color, width)));
    }

    /// A line of dashes, each `dash` long with a gap as long.
    pub fn dashes(&self, points: &[(f64, f64)], color: RGBColor, width: f64, dash: f64) {
        let mut walked = 0.0;
        let mut piece: Vec<(f64, f64)> = vec![];
        for two in points.windows(2) {
            let (a, b) = (two[0], two[1]);
            let length = (b.0 - a.0).hypot(b.1 - a.1);
            let mut done = 0.0;
            while done < length {
                let on = ((walked / dash) as u64).is_multiple_of(2);
                let step = (dash - walked % dash).min(length - done).max(1e-3);
                let at = |way: f64| (a.0 + (b.0 - a.0) * way / length, a.1 + (b.1 - a.1) * way / length);
                if on {
                    if piece.is_empty() {
                        piece.push(at(done));
                    }
                    piece.push(at(done + step));
                } else if !piece.is_empty() {
                    self.line(&std::mem::take(&mut piece), color, width);
                }
                walked += step;
                done += step;
            }
        }
        if piece.len() > 1 {
            self.line(&piece, color, width);
        }
    }

    pub fn dot(&self, (x, y): (f64, f64), color: impl Color, radius: f64) {
        let _ = self.area.draw(&Circle::new((units(x), units(y)), units(radius), fill(color)));
    }

    /// Text whose middle height is at `y`; upright text has its middle height at `x`.
    pub fn write(&self, written: &str, x: f64, y: f64, style: Style) {
        text::font(style.weight);
        let face = if style.weight == Weight::SemiBold { FontStyle::Bold } else { FontStyle::Normal };
        let turn = if style.upright { FontTransform::Rotate270 } else { FontTransform::None };
        let font = (text::FAMILY, style.size * f64::from(SUB), face).into_font().transform(turn);
        let look: TextStyle = TextStyle::from(font).color(&style.color).pos(Pos::new(style.anchor, VPos::Center));
        let _ = self.area.draw(&Text::new(written, (units(x), units(y)), look));
    }
}
