//! A plotters backend that draws nothing: it collects marks, which [`super::svg`] and [`super::png`] then write.
//!
//! Both formats so show the same picture, point for point. plotters' coordinates are integers; the canvas is [`SUB`]
//! times as large as the picture, so that they mean tenths of a pixel. Consecutive marks of one style become one mark,
//! which keeps an SVG of a hundred thousand points to one path.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
    FontTransform,
};

use super::text::{self, Weight};

/// Canvas units per pixel.
pub const SUB: i32 = 10;

/// A colour and its opacity (0..1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ink {
    pub rgb: (u8, u8, u8),
    pub alpha: f64,
}

/// One thing on the canvas; all lengths in canvas units.
#[derive(Clone, Debug)]
pub enum Mark {
    Lines {
        paths: Vec<Vec<BackendCoord>>,
        width: u32,
        ink: Ink,
    },
    Areas {
        polygons: Vec<Vec<BackendCoord>>,
        ink: Ink,
    },
    /// Filled discs of one size.
    Dots {
        centres: Vec<BackendCoord>,
        diameter: u32,
        ink: Ink,
    },
    Text(Label),
    Image(Image),
}

/// A line of text: `at` is on the baseline.
#[derive(Clone, Debug)]
pub struct Label {
    pub at: BackendCoord,
    pub text: String,
    pub size: f64,
    pub weight: Weight,
    pub ink: Ink,
    /// Which point of the baseline `at` is: 0 the start, 0.5 the middle, 1 the end.
    pub anchor: f64,
    /// Reads from bottom to top.
    pub upright: bool,
}

/// A picture stretched over a rectangle.
#[derive(Clone, Debug)]
pub struct Image {
    pub at: BackendCoord,
    pub size: (u32, u32),
    pub columns: u32,
    pub rows: u32,
    /// Blend between pixels, rather than show each as a square.
    pub smooth: bool,
    /// RGBA, not premultiplied, row by row from the top.
    pub rgba: Vec<u8>,
}

/// All marks, in the order in which they are painted.
#[derive(Debug, Default)]
pub struct Drawing {
    /// In canvas units.
    pub size: (u32, u32),
    pub marks: Vec<Mark>,
}

/// The backend: a shared handle on a [`Drawing`].
#[derive(Clone)]
pub struct Scene(Rc<RefCell<Drawing>>);

type Done = Result<(), DrawingErrorKind<Infallible>>;

impl Scene {
    pub fn new(width: u32, height: u32) -> Scene {
        Scene(Rc::new(RefCell::new(Drawing { size: (width, height), marks: vec![] })))
    }

    /// Takes what was drawn.
    pub fn take(&self) -> Drawing {
        let size = self.0.borrow().size;
        self.0.replace(Drawing { size, marks: vec![] })
    }

    pub fn image(&mut self, image: Image) {
        self.0.borrow_mut().marks.push(Mark::Image(image));
    }

    fn line(&mut self, path: Vec<BackendCoord>, style: &impl BackendStyle) {
        let path = simplify(path);
        let (ink, stroke) = (ink(style.color()), style.stroke_width());
        if path.is_empty() || ink.alpha == 0.0 {
            return;
        }
        let marks = &mut self.0.borrow_mut().marks;
        if let Some(Mark::Lines { paths, width, ink: last }) = marks.last_mut()
            && *width == stroke
            && *last == ink
        {
            return paths.push(path);
        }
        marks.push(Mark::Lines { paths: vec![path], width: stroke, ink });
    }

    fn area(&mut self, polygon: Vec<BackendCoord>, color: BackendColor) {
        let ink = ink(color);
        let marks = &mut self.0.borrow_mut().marks;
        if let Some(Mark::Areas { polygons, ink: last }) = marks.last_mut()
            && *last == ink
        {
            return polygons.push(polygon);
        }
        marks.push(Mark::Areas { polygons: vec![polygon], ink });
    }

    fn dot(&mut self, centre: BackendCoord, size: u32, color: BackendColor) {
        let ink = ink(color);
        let marks = &mut self.0.borrow_mut().marks;
        if let Some(Mark::Dots { centres, diameter, ink: last }) = marks.last_mut()
            && *diameter == size
            && *last == ink
        {
            return centres.push(centre);
        }
        marks.push(Mark::Dots { centres: vec![centre], diameter: size, ink });
    }
}

fn ink(color: BackendColor) -> Ink {
    Ink { rgb: color.rgb, alpha: color.alpha }
}

/// Without points that change nothing: repeated ones, and those in the midst of a straight run.
fn simplify(path: Vec<BackendCoord>) -> Vec<BackendCoord> {
    let mut kept: Vec<BackendCoord> = Vec::with_capacity(path.len());
    for point in path {
        if kept.len() > 1 && kept.last() == Some(&point) {
            continue;
        }
        if let [.., a, b] = kept[..] {
            let (before, after) = ((b.0 - a.0, b.1 - a.1), (point.0 - b.0, point.1 - b.1));
            let cross = i64::from(before.0) * i64::from(after.1) - i64::from(before.1) * i64::from(after.0);
            let along = i64::from(before.0) * i64::from(after.0) + i64::from(before.1) * i64::from(after.1);
            if cross == 0 && along >= 0 {
                kept.pop();
            }
        }
        kept.push(point);
    }
    kept
}

impl DrawingBackend for Scene {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.0.borrow().size
    }

    fn ensure_prepared(&mut self) -> Done {
        Ok(())
    }

    fn present(&mut self) -> Done {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Done {
        self.dot(point, 1, color);
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Done {
        self.line(vec![from, to], style);
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(&mut self, a: BackendCoord, b: BackendCoord, style: &S, fill: bool) -> Done {
        let mut corners = vec![a, (b.0, a.1), b, (a.0, b.1)];
        if fill {
            self.area(corners, style.color());
        } else {
            corners.push(a);
            self.line(corners, style);
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Done {
        self.line(path.into_iter().collect(), style);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, centre: BackendCoord, radius: u32, style: &S, fill: bool) -> Done {
        if fill {
            self.dot(centre, 2 * radius, style.color());
            return Ok(());
        }
        let corner = |k: i32| {
            let angle = f64::from(k) * std::f64::consts::TAU / 48.0;
            let reach = f64::from(radius);
            (centre.0 + (reach * angle.cos()).round() as i32, centre.1 + (reach * angle.sin()).round() as i32)
        };
        self.line((0..=48).map(corner).collect(), style);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, corners: I, style: &S) -> Done {
        self.area(corners.into_iter().collect(), style.color());
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, written: &str, style: &T, at: BackendCoord) -> Done {
        let size = style.size();
        let drop = match style.anchor().v_pos {
            VPos::Top => text::CAP_HEIGHT * size,
            VPos::Center => text::CAP_HEIGHT * size / 2.0,
            VPos::Bottom => 0.0,
        } as i32;
        let anchor = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Center => 0.5,
            HPos::Right => 1.0,
        };
        let upright = matches!(style.transform(), FontTransform::Rotate270);
        let at = if upright { (at.0 + drop, at.1) } else { (at.0, at.1 + drop) };
        let weight = if matches!(style.style(), FontStyle::Bold) { Weight::SemiBold } else { Weight::Regular };
        let label = Label { at, text: written.to_string(), size, weight, ink: ink(style.color()), anchor, upright };
        self.0.borrow_mut().marks.push(Mark::Text(label));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_run_is_two_points_and_a_corner_stays() {
        assert_eq!(simplify(vec![(0, 0), (1, 0), (2, 0), (2, 0), (5, 0)]), [(0, 0), (5, 0)]);
        assert_eq!(simplify(vec![(0, 0), (1, 5), (2, 0)]), [(0, 0), (1, 5), (2, 0)]);
        // A run that turns back on itself covers ground that must stay drawn.
        assert_eq!(simplify(vec![(0, 0), (0, 9), (0, 3)]), [(0, 0), (0, 9), (0, 3)]);
    }

    #[test]
    fn marks_of_one_style_become_one() {
        let mut scene = Scene::new(100, 100);
        let black = BackendColor { alpha: 1.0, rgb: (0, 0, 0) };
        for k in 0..5 {
            scene.draw_circle((k, k), 3, &black, true).unwrap();
        }
        let drawing = scene.take();
        assert_eq!(drawing.marks.len(), 1);
        assert!(matches!(&drawing.marks[0], Mark::Dots { centres, diameter: 6, .. } if centres.len() == 5));
    }
}
