//! Rules of space: each ordered pair is connected with a chance that depends on how far apart its neurons are.
//!
//! A rule of this kind is a [`Profile`]: a chance that falls, or stays, as two neurons move apart. Sources are put into boxes;
//! the chance at the nearest point of a box bounds that of all in it, so sources are drawn with this chance, in
//! jumps (see `pairwise_bernoulli`), and kept with the ratio of their own chance to it: the drawing is exact. Boxes are halved again and
//! again into smaller ones, and opened only where they hold more than a few to be drawn: what is far away costs one jump in all.

use super::{Rule, RuleInfo, Sides};
use crate::model::Parameter;
use crate::num::math::{ln, ln_rest};
use crate::num::rng::Stream;
use std::ops::Range;
use std::sync::Arc;

/// Coordinates in um; those of dimensions that a population lacks are 0.
pub type Point = [f64; 3];

/// A chance of being connected.
pub trait Profile: Send + Sync {
    /// `offset` is the distance along each axis (um, 0 or above), `distance` the whole. Must not grow with any of them.
    fn chance(&self, offset: Point, distance: f64) -> f64;
}

/// A rule of space: what it says of itself, and how numbers become a profile.
pub struct Shape {
    pub info: RuleInfo,
    pub parameters: &'static [Parameter],
    /// `parameters` in the order and units of the table; those left out are NaN.
    pub build: fn(&[f64]) -> Box<dyn Profile>,
}

/// Every rule of space.
pub const SHAPES: &[&Shape] = &[
    &super::gaussian::SHAPE,
    &super::exponential::SHAPE,
    &super::linear::SHAPE,
    &super::disc::SHAPE,
    &super::r#box::SHAPE,
];

/// The rule of space of this name.
pub fn shape(name: &str) -> Option<&'static Shape> {
    SHAPES.iter().copied().find(|shape| shape.info.name == name)
}

/// What all rules of space are given beside their own numbers.
pub const WITHIN: Parameter =
    Parameter::new("within", "um", crate::model::Range::Positive, "no pair farther apart is connected").optional();

/// Whether a distance is no longer than `reach`: neighbours on a grid at just that distance are, however their places were rounded.
pub(super) fn is_within(distance: f64, reach: f64) -> bool {
    distance <= reach * (1.0 + 1e-9)
}

/// Where the neurons of both sides are.
#[derive(Clone, Debug, Default)]
pub struct Places {
    pub sources: Arc<[Point]>,
    pub targets: Arc<[Point]>,
    /// Length of the box whose opposite faces touch, along each axis; 0 where they do not.
    pub period: Point,
}

impl Places {
    /// The distance along each axis.
    #[inline]
    pub fn offset(&self, a: Point, b: Point) -> Point {
        std::array::from_fn(|axis| {
            let apart = (a[axis] - b[axis]).abs();
            if self.period[axis] > 0.0 { apart.min((self.period[axis] - apart).abs()) } else { apart }
        })
    }
}

/// The length of a vector.
#[inline]
pub fn length(offset: Point) -> f64 {
    (offset[0] * offset[0] + offset[1] * offset[1] + offset[2] * offset[2]).sqrt()
}

/// A box around the sources `members` of the order in which they were put.
struct Block {
    low: Point,
    high: Point,
    members: Range<usize>,
    /// Its halves, if it was cut.
    halves: Option<[u32; 2]>,
}

/// Sources of the smallest boxes, at most.
const MEMBERS: usize = 24;
/// A box of which so many are expected to be drawn, by its bound, is not opened.
const FEW: f64 = 0.5;
/// Targets whose chances are added up for an estimate.
const SAMPLED: usize = 128;

pub struct ByDistance {
    profile: Box<dyn Profile>,
    within: f64,
    places: Places,
    /// Box by box.
    order: Vec<u32>,
    /// The first is around all.
    blocks: Vec<Block>,
}

impl ByDistance {
    /// `within`: the greatest distance, may be infinite.
    pub fn new(profile: Box<dyn Profile>, within: f64, places: Places) -> ByDistance {
        let mut order: Vec<u32> = (0..places.sources.len() as u32).collect();
        let mut blocks = vec![];
        divide(&places.sources, &mut order, 0, &mut blocks);
        ByDistance { profile, within, places, order, blocks }
    }

    #[inline]
    fn chance(&self, offset: Point) -> f64 {
        let distance = length(offset);
        if is_within(distance, self.within) { self.profile.chance(offset, distance) } else { 0.0 }
    }

    /// The least distance along each axis of a place and any point of a box.
    fn gap(&self, at: Point, block: &Block) -> Point {
        std::array::from_fn(|axis| {
            let apart = |shift: f64| {
                let (low, high) = (block.low[axis] + shift, block.high[axis] + shift);
                (low - at[axis]).max(at[axis] - high).max(0.0)
            };
            let period = self.places.period[axis];
            if period > 0.0 { apart(0.0).min(apart(period)).min(apart(-period)) } else { apart(0.0) }
        })
    }
}

/// Puts a box around `sources[order[..]]`, and boxes into it; `start` is where `order` begins among all. Returns its number.
fn divide(sources: &[Point], order: &mut [u32], start: usize, blocks: &mut Vec<Block>) -> u32 {
    let fold = |first: f64, pick: fn(f64, f64) -> f64| -> Point {
        std::array::from_fn(|axis| order.iter().fold(first, |best, source| pick(best, sources[*source as usize][axis])))
    };
    let (low, high) = (fold(f64::INFINITY, f64::min), fold(f64::NEG_INFINITY, f64::max));
    let own = blocks.len();
    blocks.push(Block { low, high, members: start..start + order.len(), halves: None });
    let spans = std::array::from_fn::<f64, 3, _>(|axis| high[axis] - low[axis]);
    let longest = (0..3).fold(0, |best, axis| if spans[axis] > spans[best] { axis } else { best });
    if order.len() > MEMBERS && spans[longest] > 0.0 {
        let middle = order.len() / 2;
        // Ties are broken, so that the order does not hang on how the library selects.
        let along = |source: &u32| (sources[*source as usize][longest], *source);
        order.select_nth_unstable_by(middle, |a, b| {
            let (a, b) = (along(a), along(b));
            a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
        });
        let (left, right) = order.split_at_mut(middle);
        let halves = [divide(sources, left, start, blocks), divide(sources, right, start + middle, blocks)];
        blocks[own].halves = Some(halves);
    } else {
        order.sort_unstable();
    }
    own as u32
}

impl Rule for ByDistance {
    fn sources_of(&self, target: usize, sides: &Sides, stream: &mut Stream, sources: &mut Vec<u32>) {
        let (at, excluded) = (self.places.targets[target], sides.excluded(target));
        let begin = sources.len();
        let mut open = vec![0];
        while let Some(block) = open.pop().and_then(|number: u32| self.blocks.get(number as usize)) {
            let members = &self.order[block.members.clone()];
            let bound = self.chance(self.gap(at, block));
            if bound <= 0.0 {
                continue;
            }
            if let Some([left, right]) = block.halves.filter(|_| bound * members.len() as f64 > FEW) {
                open.extend([right, left]);
                continue;
            }
            let scale = if bound < 1.0 { 1.0 / ln_rest(bound) } else { 0.0 };
            let jump = |stream: &mut Stream| if bound < 1.0 { ln(stream.uniform()) * scale } else { 0.0 };
            let mut next = jump(stream);
            while next < members.len() as f64 {
                let source = members[next as usize];
                let chance = self.chance(self.places.offset(self.places.sources[source as usize], at));
                let kept = stream.uniform() * bound < chance;
                if kept && Some(source) != excluded {
                    sources.push(source);
                }
                next = next.floor() + 1.0 + jump(stream);
            }
        }
        sources[begin..].sort_unstable();
    }

    fn counts_by_drawing(&self) -> bool {
        true
    }

    fn expected(&self, sides: &Sides) -> f64 {
        // Fractions of multiples of the golden ratio are spread evenly, and in step with no grid.
        let spread = |i: usize| (i as f64 * 0.618_033_988_749_895).fract() * sides.targets as f64;
        let sampled: Vec<usize> = match sides.targets <= SAMPLED {
            true => (0..sides.targets).collect(),
            false => (0..SAMPLED).map(|i| spread(i) as usize).collect(),
        };
        let of = |target: usize| {
            let at = self.places.targets[target];
            let chance = |source: Point| self.chance(self.places.offset(source, at));
            let itself = sides.excluded(target).map_or(0.0, |source| chance(self.places.sources[source as usize]));
            self.places.sources.iter().map(|source| chance(*source)).sum::<f64>() - itself
        };
        let count = sampled.len().max(1) as f64;
        sampled.into_iter().map(of).sum::<f64>() / count * sides.targets as f64
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Given, Source, rule};
    use super::*;
    use crate::num::rng::Purpose;

    /// A line of sources 10 um apart, and one target at its beginning.
    fn line(count: usize, period: f64) -> Places {
        let sources = (0..count).map(|i| [10.0 * i as f64, 0.0, 0.0]).collect();
        Places { sources, targets: [[0.0; 3]].into(), period: [period, 0.0, 0.0] }
    }

    /// How often each source was drawn for the only target, of `seeds` seeds.
    fn drawn(name: &str, numbers: &[f64], within: f64, places: &Places, seeds: u64) -> Vec<f64> {
        let sides = Sides { sources: places.sources.len(), targets: 1, itself: None, autapses: true, multapses: true };
        let given = Given::Distance { numbers: numbers.to_vec(), within, places: places.clone() };
        let rule = rule(name, given, &sides, Source { seed: 1, key: 1 }).unwrap();
        let mut counts = vec![0.0; places.sources.len()];
        for seed in 0..seeds {
            let mut row = vec![];
            rule.sources_of(0, &sides, &mut Stream::new(seed, Purpose::Structure, 7, 0), &mut row);
            assert!(row.windows(2).all(|pair| pair[0] < pair[1]), "each once, ascending");
            row.iter().for_each(|source| counts[*source as usize] += 1.0);
        }
        counts
    }

    /// Chi-square of counts against chances; `n` seeds.
    fn assert_chances(counts: &[f64], chances: &[f64], n: f64, what: &str) {
        let term = |(count, p): (&f64, &f64)| match *p {
            p if p <= 0.0 || p >= 1.0 => {
                assert_eq!(*count, n * p, "{what}: certain");
                0.0
            }
            p => (count - n * p) * (count - n * p) / (n * p * (1.0 - p)),
        };
        let free = chances.iter().filter(|p| **p > 0.0 && **p < 1.0).count() as f64;
        let sum: f64 = counts.iter().zip(chances).map(term).sum();
        // Mean `free`, variance 2 `free`: five standard deviations.
        assert!((sum - free).abs() < 5.0 * (2.0 * free).sqrt(), "{what}: chi-square {sum} of {free}");
    }

    #[test]
    fn chances_follow_the_profile() {
        let n = 4000;
        let distance: Vec<f64> = (0..100).map(|i| 10.0 * f64::from(i)).collect();
        let of = |f: &dyn Fn(f64) -> f64| distance.iter().map(|d| f(*d)).collect::<Vec<_>>();
        for (name, numbers, within, chances) in [
            ("gaussian", vec![0.8, 100.0], 250.0, of(&|d| if d > 250.0 { 0.0 } else { 0.8 * (-d * d / 2e4).exp() })),
            ("exponential", vec![0.5, 300.0], f64::INFINITY, of(&|d| 0.5 * (-d / 300.0).exp())),
            ("linear", vec![1.0, 400.0], f64::INFINITY, of(&|d| (1.0 - d / 400.0).max(0.0))),
            ("disc", vec![0.3, 200.0], f64::INFINITY, of(&|d| if d <= 200.0 { 0.3 } else { 0.0 })),
            ("box", vec![0.3, 200.0], f64::INFINITY, of(&|d| if d <= 100.0 { 0.3 } else { 0.0 })),
        ] {
            let counts = drawn(name, &numbers, within, &line(100, 0.0), n);
            assert_chances(&counts, &chances, n as f64, name);
        }
    }

    #[test]
    fn opposite_edges_touch() {
        let n = 4000;
        let near = |i: i32| 10.0 * f64::from(i.min(100 - i));
        let chances: Vec<f64> = (0..100).map(|i| (1.0 - near(i) / 300.0).max(0.0)).collect();
        let counts = drawn("linear", &[1.0, 300.0], f64::INFINITY, &line(100, 1000.0), n);
        assert_chances(&counts, &chances, n as f64, "periodic");
    }

    #[test]
    fn a_box_is_square_and_a_disc_is_round() {
        // Corners of a square of side 200 um around the target, and points beyond its edges.
        let sources = vec![[90.0, 90.0, 0.0], [-90.0, 90.0, 0.0], [110.0, 0.0, 0.0], [0.0, -99.0, 0.0]];
        let places = Places { sources: sources.into(), targets: [[0.0; 3]].into(), period: [0.0; 3] };
        assert_eq!(drawn("box", &[1.0, 200.0], f64::INFINITY, &places, 1), [1.0, 1.0, 0.0, 1.0]);
        assert_eq!(drawn("disc", &[1.0, 100.0], f64::INFINITY, &places, 1), [0.0, 0.0, 0.0, 1.0]);
    }

    /// A sheet of 64 x 64: its targets are looked at here and there, not along its edges. All but the outermost have four neighbours.
    #[test]
    fn neighbours_at_just_the_radius_count_and_so_does_their_expected_number() {
        let place = |i: i32| (f64::from(i) + 0.5) / 64.0 * 1280.0 - 640.0;
        let sheet: Arc<[Point]> = (0..64 * 64).map(|i| [place(i / 64), place(i % 64), 0.0]).collect();
        let places = Places { sources: sheet.clone(), targets: sheet, period: [0.0; 3] };
        let itself = Some((0..64 * 64).map(Some).collect());
        let sides = Sides { sources: 4096, targets: 4096, itself, autapses: false, multapses: true };
        for (name, numbers, neighbours) in [("disc", vec![1.0, 20.0], 4), ("box", vec![1.0, 40.0], 8)] {
            let given = Given::Distance { numbers, within: f64::INFINITY, places: places.clone() };
            let rule = rule(name, given, &sides, Source { seed: 1, key: 1 }).unwrap();
            let degree = |i: usize| rule.degree(i, &sides, &mut Stream::new(1, Purpose::Structure, 7, i as u64));
            let inside = (0..4096).filter(|i| (1..63).contains(&(i / 64)) && (1..63).contains(&(i % 64)));
            assert!(inside.clone().all(|i| degree(i) == neighbours), "{name}");
            let all: usize = (0..4096).map(degree).sum();
            assert!((rule.expected(&sides) / all as f64 - 1.0).abs() < 0.05, "{name}: {all}");
        }
    }

    #[test]
    fn an_expected_number_is_the_sum_of_chances() {
        let places = line(100, 0.0);
        let sides = Sides { sources: 100, targets: 1, itself: None, autapses: true, multapses: true };
        let given = Given::Distance { numbers: vec![1.0, 400.0], within: f64::INFINITY, places };
        let rule = rule("linear", given, &sides, Source { seed: 1, key: 1 }).unwrap();
        // Sum of 1 - i/40 for i = 0 ... 40.
        assert!((rule.expected(&sides) - 20.5).abs() < 1e-12, "rounding");
    }
}
