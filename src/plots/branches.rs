//! The branches of a tree in colours, as seen along the third axis of their outlines: between neighbouring compartments that were recorded the colour goes over from one to
//! the other, and what was not recorded stays grey.

use plotters::style::RGBColor;

use crate::recording::SectionSeen;

use super::page::{Panel, Pen};
use super::palette;

/// Thinner branches are drawn as wide as this (pixels), and what ties them to the soma, too.
const THINNEST: f64 = 1.2;
/// A place whose neighbours were not recorded is a disc of at least this radius (pixels).
const LEAST: f64 = 3.5;
/// The colour of so many pixels along a branch is one.
const STEP: f64 = 1.5;
/// Colours that are told apart: neighbours of one colour are one line.
const SHADES: f64 = 96.0;

/// What was seen of one section, by position 0..1.
pub struct Seen {
    pub position: f64,
    pub value: f64,
}

/// A section with what was seen on it.
pub struct Branch<'a> {
    pub section: &'a SectionSeen,
    /// Ascending.
    seen: Vec<Seen>,
}

impl<'a> Branch<'a> {
    pub fn new(section: &'a SectionSeen, mut seen: Vec<Seen>) -> Branch<'a> {
        seen.sort_by(|a, b| a.position.total_cmp(&b.position));
        Branch { section, seen }
    }

    /// The value at `position`; none where its compartment was not recorded.
    fn value(&self, position: f64) -> Option<f64> {
        let width = 1.0 / self.section.compartments.max(1) as f64;
        let after = self.seen.partition_point(|seen| seen.position <= position);
        let (before, after) = (self.seen[..after].last(), self.seen.get(after));
        if let (Some(a), Some(b)) = (before, after)
            && b.position - a.position <= 1.01 * width
        {
            let part = (position - a.position) / (b.position - a.position);
            return Some(a.value + part * (b.value - a.value)).filter(|value| value.is_finite());
        }
        let near = |seen: &&Seen| (seen.position - position).abs();
        let nearest = before.into_iter().chain(after).min_by(|a, b| near(a).total_cmp(&near(b)))?;
        let own = near(&nearest) <= 0.505 * width;
        Some(nearest.value).filter(|value| own && value.is_finite())
    }

    /// Places that stand alone: no neighbouring compartment was recorded. A section of one compartment is seen as a whole.
    fn lone(&self) -> impl Iterator<Item = &Seen> {
        let seen = if self.section.compartments > 1 { &self.seen[..] } else { &[] };
        let width = 1.01 / self.section.compartments.max(1) as f64;
        let near = move |a: &Seen, b: &Seen| a.position != b.position && (a.position - b.position).abs() <= width;
        seen.iter().filter(move |one| self.seen.iter().all(|other| !near(one, other)))
    }

    /// Place on the page and diameter (um) at `position`.
    fn point(&self, position: f64) -> Option<[f64; 3]> {
        let mut left = position * self.length();
        let mut last = None;
        for pair in self.section.outline_um.windows(2) {
            let step = distance(&pair[0], &pair[1]);
            let part = (left / step.max(1e-12)).clamp(0.0, 1.0);
            last = Some([0, 1, 3].map(|axis| pair[0][axis] + part * (pair[1][axis] - pair[0][axis])));
            if left <= step {
                break;
            }
            left -= step;
        }
        last
    }

    fn length(&self) -> f64 {
        self.section.outline_um.windows(2).map(|pair| distance(&pair[0], &pair[1])).sum()
    }

    /// Its middle and radius (um) if it is the cylinder that stands for a sphere.
    fn sphere(&self) -> Option<([f64; 2], f64)> {
        let [a, b] = self.section.outline_um[..] else { return None };
        let round = a[3] == b[3] && (distance(&a, &b) / a[3] - 1.0).abs() < 0.01;
        round.then_some(([0.5 * (a[0] + b[0]), 0.5 * (a[1] + b[1])], 0.5 * a[3]))
    }
}

/// Draws branches into a panel whose axes are um; colours are of `range`.
pub struct Painter<'p> {
    pub pen: &'p Pen,
    pub panel: &'p Panel,
    pub range: (f64, f64),
}

impl Painter<'_> {
    /// Roots last, so that the soma covers the beginnings of what grows from it.
    pub fn draw(&self, branches: &[Branch]) {
        for branch in branches {
            let parent = branches.iter().find(|other| Some(&other.section.name) == branch.section.parent.as_ref());
            if let Some(parent) = parent {
                self.tie(branch, parent);
            }
        }
        let roots = |roots: bool| branches.iter().filter(move |branch| branch.section.parent.is_none() == roots);
        roots(false).chain(roots(true)).for_each(|branch| self.branch(branch));
        for branch in branches.iter().filter(|branch| branch.sphere().is_none()) {
            for (seen, point) in branch.lone().filter_map(|seen| Some((seen, branch.point(seen.position)?))) {
                let radius = (0.5 * point[2] * self.per_um()).max(LEAST);
                let value = Some(seen.value).filter(|value| value.is_finite());
                self.pen.dot(self.pixel([point[0], point[1]]), self.color(value), radius);
            }
        }
    }

    fn color(&self, value: Option<f64>) -> RGBColor {
        let part = |value: f64| (value - self.range.0) / (self.range.1 - self.range.0);
        value.map_or(palette::UNSEEN, |value| palette::viridis((part(value) * SHADES).round() / SHADES))
    }

    fn per_um(&self) -> f64 {
        let x = &self.panel.x;
        self.panel.width() / (x.high - x.low)
    }

    fn pixel(&self, point: [f64; 2]) -> (f64, f64) {
        (self.panel.x_pixel(point[0]), self.panel.y_pixel(point[1]))
    }

    /// A thin line from where a branch begins to what it is joined to, if these are apart: that way has no membrane.
    fn tie(&self, branch: &Branch, parent: &Branch) {
        let Some(first) = branch.section.outline_um.first() else { return };
        let to = match parent.sphere() {
            Some((middle, _)) => Some(middle),
            None => {
                let pairs = parent.section.outline_um.windows(2);
                let nearest = pairs.map(|pair| foot(&pair[0], &pair[1], first));
                let apart = |to: &[f64; 2]| (to[0] - first[0]).hypot(to[1] - first[1]);
                nearest.min_by(|a, b| apart(a).total_cmp(&apart(b)))
            }
        };
        let Some(to) = to else { return };
        let (from, to) = (self.pixel([first[0], first[1]]), self.pixel(to));
        if (from.0 - to.0).hypot(from.1 - to.1) > 1.0 {
            self.pen.line(&[from, to], self.color(branch.value(0.0)), THINNEST);
        }
    }

    fn branch(&self, branch: &Branch) {
        let (length, per_um) = (branch.length().max(1e-12), self.per_um());
        if let Some((middle, radius)) = branch.sphere() {
            let (x, y) = self.pixel(middle);
            return self.pen.dot((x, y), self.color(branch.value(0.5)), (radius * per_um).max(THINNEST));
        }
        let mut along = 0.0;
        for pair in branch.section.outline_um.windows(2) {
            let step = distance(&pair[0], &pair[1]);
            let value = |part: f64| branch.value((along + part * step) / length);
            let width = self.segment(pair, step, value);
            // Where it bends.
            if along + step < length * (1.0 - 1e-9) && width > 2.0 * THINNEST {
                self.pen.dot(self.pixel([pair[1][0], pair[1][1]]), self.color(value(1.0)), 0.5 * width);
            }
            along += step;
        }
    }

    /// One straight stretch of `step` um with the value at each part of its way; its width at the end.
    fn segment(&self, pair: &[[f64; 4]], step: f64, value: impl Fn(f64) -> Option<f64>) -> f64 {
        let pieces = ((step * self.per_um() / STEP).ceil() as usize).clamp(1, 2000);
        let part = |piece: f64| (piece / pieces as f64).min(1.0);
        let mix = |axis: usize, part: f64| pair[0][axis] + (pair[1][axis] - pair[0][axis]) * part;
        let at = |part: f64| self.pixel([mix(0, part), mix(1, part)]);
        let width = |part: f64| (mix(3, part) * self.per_um()).max(THINNEST);
        let color = |piece: usize| self.color(value(part(piece as f64 + 0.5)));
        let mut begin = 0;
        for piece in 1..=pieces {
            if piece < pieces && color(piece) == color(begin) {
                continue;
            }
            // A little further, so that no seam shows.
            let (from, to) = (part(begin as f64), part(piece as f64 + 0.4));
            self.pen.line(&[at(from), at(to)], color(begin), width(0.5 * (from + to)));
            begin = piece;
        }
        width(1.0)
    }
}

/// The point of the way from `a` to `b` that is next to `point`, seen along the third axis.
fn foot(a: &[f64; 4], b: &[f64; 4], point: &[f64; 4]) -> [f64; 2] {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let along = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / (dx * dx + dy * dy).max(1e-12);
    let part = along.clamp(0.0, 1.0);
    [a[0] + part * dx, a[1] + part * dy]
}

fn distance(a: &[f64; 4], b: &[f64; 4]) -> f64 {
    (0..3).map(|axis| (a[axis] - b[axis]) * (a[axis] - b[axis])).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(compartments: usize) -> SectionSeen {
        let outline_um = vec![[0.0, 0.0, 0.0, 2.0], [0.0, 100.0, 0.0, 2.0]];
        SectionSeen { compartments, outline_um, ..SectionSeen::default() }
    }

    #[test]
    fn neighbours_go_over_into_one_another_and_what_is_not_recorded_is_grey() {
        let own = section(10);
        let seen = |list: &[(f64, f64)]| list.iter().map(|&(position, value)| Seen { position, value }).collect();
        let branch = Branch::new(&own, seen(&[(0.25, 10.0), (0.15, 0.0), (0.85, 3.0), (0.95, f64::NAN)]));
        assert!((branch.value(0.2).unwrap() - 5.0).abs() < 1e-9);
        assert_eq!(branch.value(0.11), Some(0.0), "all of its compartment");
        assert_eq!((branch.value(0.05), branch.value(0.5)), (None, None));
        let few = Branch::new(&own, seen(&[(0.25, 1.0), (0.35, 1.0), (0.65, 2.0)]));
        assert_eq!(few.lone().map(|seen| seen.position).collect::<Vec<_>>(), [0.65]);
        assert_eq!((few.point(0.65), few.point(1.0)), (Some([0.0, 65.0, 2.0]), Some([0.0, 100.0, 2.0])));
        assert_eq!((branch.value(0.82), branch.value(0.9)), (Some(3.0), None));
    }

    #[test]
    fn a_cylinder_as_long_as_wide_is_a_sphere() {
        let round = SectionSeen { outline_um: vec![[1.0, -5.0, 0.0, 10.0], [1.0, 5.0, 0.0, 10.0]], ..section(1) };
        assert_eq!(Branch::new(&round, vec![]).sphere(), Some(([1.0, 0.0], 5.0)));
        assert_eq!(Branch::new(&section(1), vec![]).sphere(), None);
        assert_eq!(foot(&[0.0, 0.0, 0.0, 1.0], &[10.0, 0.0, 0.0, 1.0], &[4.0, 3.0, 9.0, 1.0]), [4.0, 0.0]);
    }
}
