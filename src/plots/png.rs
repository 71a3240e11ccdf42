//! Paints a [`Drawing`] as PNG, anti-aliased, with tiny-skia.
//!
//! plotters' own bitmap backend does not anti-alias, and loses the upstroke of an action potential in lines wider than
//! a pixel. Letters are outlines of the fonts that ship with axonal, so that a picture is the same on every machine.

use ab_glyph::{Font, OutlineCurve};
use tiny_skia::{
    Color, FillRule, FilterQuality, IntSize, LineJoin, Paint, Path, PathBuilder, Pixmap, PixmapPaint,
    PremultipliedColorU8, Stroke, Transform,
};

use super::encode;
use super::scene::{Drawing, Image, Ink, Label, Mark, SUB};
use super::text;

/// Pixels of the PNG per pixel of the layout: sharp on dense screens and in print.
pub const SCALE: f32 = 2.0;

/// The PNG file. The same drawing gives the same bytes.
pub fn write(drawing: &Drawing) -> Result<Vec<u8>, String> {
    let zoom = SCALE / SUB as f32;
    let pixels = |length: u32| (length as f32 * zoom).round().max(1.0) as u32;
    let mut map = Pixmap::new(pixels(drawing.size.0), pixels(drawing.size.1)).ok_or("the picture is too large")?;
    map.fill(Color::WHITE);
    let view = Transform::from_scale(zoom, zoom);
    for mark in &drawing.marks {
        match mark {
            Mark::Lines { paths, width, ink } => {
                let stroke = Stroke { width: *width as f32, line_join: LineJoin::Round, ..Stroke::default() };
                // One by one: the rasteriser's cost grows with all that a path holds.
                for path in paths.iter().filter_map(|path| trace(std::slice::from_ref(path), false)) {
                    map.stroke_path(&path, &paint(*ink), &stroke, view, None);
                }
            }
            Mark::Areas { polygons, ink } => {
                if let Some(path) = trace(polygons, true) {
                    map.fill_path(&path, &paint(*ink), FillRule::Winding, view, None);
                }
            }
            Mark::Dots { centres, diameter, ink } => {
                let radius = *diameter as f32 / 2.0;
                for group in centres.chunks(256) {
                    let mut builder = PathBuilder::new();
                    group.iter().for_each(|c| builder.push_circle(c.0 as f32, c.1 as f32, radius));
                    if let Some(path) = builder.finish() {
                        map.fill_path(&path, &paint(*ink), FillRule::Winding, view, None);
                    }
                }
            }
            Mark::Text(label) => letters(&mut map, label, view),
            Mark::Image(image) => {
                let stretch = (image.size.0 as f32 / image.columns as f32, image.size.1 as f32 / image.rows as f32);
                let place = Transform::from_row(stretch.0, 0.0, 0.0, stretch.1, image.at.0 as f32, image.at.1 as f32);
                let quality = if image.smooth { FilterQuality::Bilinear } else { FilterQuality::Nearest };
                let filter = PixmapPaint { quality, ..PixmapPaint::default() };
                map.draw_pixmap(0, 0, pixmap(image)?.as_ref(), &filter, place.post_concat(view), None);
            }
        }
    }
    // The page is white and opaque, so that premultiplied and straight colours are the same.
    encode::png(map.width(), map.height(), map.data())
}

fn pixmap(image: &Image) -> Result<Pixmap, String> {
    let size = IntSize::from_wh(image.columns, image.rows).ok_or("an image has no pixels")?;
    let mut bytes = image.rgba.clone();
    for pixel in bytes.chunks_exact_mut(4) {
        let color = tiny_skia::ColorU8::from_rgba(pixel[0], pixel[1], pixel[2], pixel[3]).premultiply();
        pixel.copy_from_slice(&rgba(color));
    }
    Pixmap::from_vec(bytes, size).ok_or_else(|| "an image has too few pixels".to_string())
}

fn rgba(color: PremultipliedColorU8) -> [u8; 4] {
    [color.red(), color.green(), color.blue(), color.alpha()]
}

fn paint(ink: Ink) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color_rgba8(ink.rgb.0, ink.rgb.1, ink.rgb.2, (ink.alpha * 255.0).round() as u8);
    paint
}

fn trace(paths: &[Vec<(i32, i32)>], closed: bool) -> Option<Path> {
    let mut builder = PathBuilder::new();
    for path in paths {
        for (index, &(x, y)) in path.iter().enumerate() {
            if index == 0 { builder.move_to(x as f32, y as f32) } else { builder.line_to(x as f32, y as f32) }
        }
        if closed {
            builder.close();
        }
    }
    builder.finish()
}

fn letters(map: &mut Pixmap, label: &Label, view: Transform) {
    let font = text::font(label.weight);
    let scale = label.size as f32 / font.units_per_em().unwrap_or(1000.0);
    let mut builder = PathBuilder::new();
    let mut pen = -(label.anchor * text::width(&label.text, label.size, label.weight)) as f32;
    for letter in label.text.chars() {
        let glyph = font.glyph_id(letter);
        if let Some(outline) = font.outline(glyph) {
            contour(&mut builder, &outline.curves, |p| (pen + p.x * scale, -p.y * scale));
        }
        pen += font.h_advance_unscaled(glyph) * scale;
    }
    let Some(path) = builder.finish() else { return };
    let turn = if label.upright { Transform::from_rotate(-90.0) } else { Transform::identity() };
    let place = turn.post_translate(label.at.0 as f32, label.at.1 as f32).post_concat(view);
    map.fill_path(&path, &paint(label.ink), FillRule::Winding, place, None);
}

/// Adds a glyph's curves, which come as unconnected pieces, as closed contours.
fn contour(builder: &mut PathBuilder, curves: &[OutlineCurve], at: impl Fn(ab_glyph::Point) -> (f32, f32)) {
    let mut last = None;
    for curve in curves {
        let (start, end) = match curve {
            OutlineCurve::Line(a, b) | OutlineCurve::Quad(a, _, b) | OutlineCurve::Cubic(a, _, _, b) => (*a, *b),
        };
        if last != Some(start) {
            let (x, y) = at(start);
            builder.move_to(x, y);
        }
        let (x, y) = at(end);
        match curve {
            OutlineCurve::Line(..) => builder.line_to(x, y),
            OutlineCurve::Quad(_, c, _) => builder.quad_to(at(*c).0, at(*c).1, x, y),
            OutlineCurve::Cubic(_, c, d, _) => builder.cubic_to(at(*c).0, at(*c).1, at(*d).0, at(*d).1, x, y),
        }
        last = Some(end);
    }
}
