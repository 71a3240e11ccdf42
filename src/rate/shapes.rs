//! Units fitted to a neuron: which gain and threshold of a ReLU, or which sigmoid, answer as the neuron's rate does?
//!
//! Every shape is an amplitude times a basis function with a position and, but for the ReLU, a width:
//! ```text
//! relu            gain max(0, x - threshold)
//! clipped_relu    min(ceiling, gain max(0, x - threshold))
//! sigmoid         max / (1 + exp(-(x - midpoint)/width))
//! softplus        gain width ln(1 + exp((x - threshold)/width))
//! ```
//! For a given position and width the best amplitude is a quotient of sums, (sum y b)/(sum b^2), so least squares has
//! two unknowns left, whatever the shape (variable projection: Golub & Pereyra 1973, SIAM J Numer Anal 10:413). These
//! are searched on a grid, and from its best points downhill with the simplex of Nelder & Mead (1965, Computer J
//! 7:308), which minds no corners. Nothing is drawn at random: the same points give the same fit.

use crate::num::math::{exp, ln};

/// A function that stands for a neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Relu,
    ClippedRelu,
    Sigmoid,
    Softplus,
}

impl Shape {
    /// From the simplest.
    pub const ALL: [Shape; 4] = [Shape::Relu, Shape::ClippedRelu, Shape::Sigmoid, Shape::Softplus];

    pub fn name(self) -> &'static str {
        match self {
            Shape::Relu => "relu",
            Shape::ClippedRelu => "clipped_relu",
            Shape::Sigmoid => "sigmoid",
            Shape::Softplus => "softplus",
        }
    }

    /// As a sentence says it.
    pub fn title(self) -> &'static str {
        match self {
            Shape::Relu => "ReLU",
            Shape::ClippedRelu => "clipped ReLU",
            Shape::Sigmoid => "sigmoid",
            Shape::Softplus => "softplus",
        }
    }

    /// Names of a fit's [`Fit::parameters`].
    pub fn parameters(self) -> &'static [&'static str] {
        match self {
            Shape::Relu => &["gain", "threshold"],
            Shape::ClippedRelu => &["gain", "threshold", "ceiling"],
            Shape::Sigmoid => &["max", "midpoint", "width"],
            Shape::Softplus => &["gain", "threshold", "width"],
        }
    }

    /// The function with amplitude 1, which is a slope of the ReLU and the softplus and a height of the others.
    fn basis(self, x: f64, position: f64, width: f64) -> f64 {
        let z = (x - position) / width;
        match self {
            Shape::Relu => (x - position).max(0.0),
            Shape::ClippedRelu => z.clamp(0.0, 1.0),
            Shape::Sigmoid => sigmoid(z),
            Shape::Softplus => width * softplus(z),
        }
    }
}

/// 1/(1 + e^-x).
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

/// ln(1 + e^x), which does not overflow.
pub fn softplus(x: f64) -> f64 {
    x.max(0.0) + ln(1.0 + exp(-x.abs()))
}

/// A shape with the numbers that come nearest to the points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    pub shape: Shape,
    /// Gain (y per x) or height (y).
    amplitude: f64,
    position: f64,
    width: f64,
    /// 1 - (sum of squared residuals)/(sum of squares about the mean): 1 is perfect, 0 no better than a constant.
    pub r2: f64,
    /// Root of the mean squared residual.
    pub rms: f64,
}

impl Fit {
    pub fn value(&self, x: f64) -> f64 {
        self.amplitude * self.shape.basis(x, self.position, self.width)
    }

    /// In the order of [`Shape::parameters`], in the units of the points.
    pub fn parameters(&self) -> Vec<f64> {
        match self.shape {
            Shape::Relu => vec![self.amplitude, self.position],
            Shape::ClippedRelu => vec![self.amplitude / self.width, self.position, self.amplitude],
            Shape::Sigmoid | Shape::Softplus => vec![self.amplitude, self.position, self.width],
        }
    }

    /// A number of [`Shape::parameters`].
    pub fn parameter(&self, name: &str) -> Option<f64> {
        let index = self.shape.parameters().iter().position(|known| *known == name)?;
        self.parameters().get(index).copied()
    }

    /// The point at which the neuron is farthest from the unit, as (x, y measured, y of the unit).
    pub fn departure(&self, x: &[f64], y: &[f64]) -> Option<(f64, f64, f64)> {
        let points = x.iter().zip(y).map(|(x, y)| (*x, *y, self.value(*x)));
        points.max_by(|a, b| (a.1 - a.2).abs().total_cmp(&(b.1 - b.2).abs()))
    }
}

/// The least-squares fit of `shape` to the points; amplitudes are not negative.
///
/// `None` where there is nothing to fit: fewer than three points, all x or all y equal, or a number that is none.
pub fn fit(shape: Shape, x: &[f64], y: &[f64]) -> Option<Fit> {
    let scaled = Scaled::new(shape, x, y)?;
    let [position, width] = scaled.search();
    let (amplitude, _) = scaled.project(position, width);
    let mut found = Fit {
        shape,
        amplitude: amplitude * scaled.height * if scaled.is_slope() { 1.0 / scaled.span } else { 1.0 },
        position: scaled.left + position * scaled.span,
        width: width * scaled.span,
        r2: 0.0,
        rms: 0.0,
    };
    found.shorten(scaled.left + scaled.span);
    let count = y.len() as f64;
    let mean = y.iter().sum::<f64>() / count;
    let about_mean: f64 = y.iter().map(|y| (y - mean) * (y - mean)).sum();
    let residual: f64 = x.iter().zip(y).map(|(x, y)| (y - found.value(*x)) * (y - found.value(*x))).sum();
    found.r2 = 1.0 - residual / about_mean;
    found.rms = (residual / count).sqrt();
    Some(found)
}

/// All four shapes, from the simplest; empty where there is nothing to fit.
pub fn fit_all(x: &[f64], y: &[f64]) -> Vec<Fit> {
    Shape::ALL.into_iter().filter_map(|shape| fit(shape, x, y)).collect()
}

/// The fit with the largest R2; of equals the simplest.
pub fn best(fits: &[Fit]) -> Option<&Fit> {
    // Less than this is rounding, or a limit in which one shape becomes another.
    const EQUAL: f64 = 1e-9;
    fits.iter().reduce(|best, next| if next.r2 > best.r2 + EQUAL { next } else { best })
}

impl Fit {
    /// A ceiling that no point reaches could be anywhere above: the lowest is told.
    fn shorten(&mut self, last: f64) {
        let (top, seen) = (self.position + self.width, last - self.position);
        if self.shape == Shape::ClippedRelu && top > last && seen > 0.0 {
            self.amplitude *= seen / self.width;
            self.width = seen;
        }
    }
}

/// Positions and widths are looked for within these, in units of the range of x.
const POSITIONS: (f64, f64) = (-2.0, 5.0);
const WIDTHS: (f64, f64) = (1e-4, 5.0);
/// Points of the grid that are followed downhill.
const STARTS: usize = 6;

/// The points with x from 0 to 1 and |y| up to 1.
struct Scaled {
    shape: Shape,
    x: Vec<f64>,
    y: Vec<f64>,
    left: f64,
    span: f64,
    height: f64,
}

impl Scaled {
    fn new(shape: Shape, x: &[f64], y: &[f64]) -> Option<Scaled> {
        let finite = x.iter().chain(y).all(|number| number.is_finite());
        if x.len() != y.len() || x.len() < 3 || !finite {
            return None;
        }
        let bounds = |list: &[f64]| {
            let fold = |(low, high): (f64, f64), x: &f64| (low.min(*x), high.max(*x));
            list.iter().fold((f64::INFINITY, f64::NEG_INFINITY), fold)
        };
        let ((left, right), (low, high)) = (bounds(x), bounds(y));
        if right <= left || high <= low {
            return None;
        }
        let (span, height) = (right - left, high.abs().max(low.abs()));
        let x = x.iter().map(|x| (x - left) / span).collect();
        let y = y.iter().map(|y| y / height).collect();
        Some(Scaled { shape, x, y, left, span, height })
    }

    fn is_slope(&self) -> bool {
        matches!(self.shape, Shape::Relu | Shape::Softplus)
    }

    /// The best amplitude for a position and a width, and the sum of squared residuals that it leaves.
    fn project(&self, position: f64, width: f64) -> (f64, f64) {
        let (mut product, mut square) = (0.0, 0.0);
        for (x, y) in self.x.iter().zip(&self.y) {
            let b = self.shape.basis(*x, position, width);
            product += y * b;
            square += b * b;
        }
        let amplitude = if square > 0.0 { (product / square).max(0.0) } else { 0.0 };
        // From the residuals themselves: as a difference of the sums it would lose all digits near a perfect fit.
        let residual = self.x.iter().zip(&self.y).map(|(x, y)| {
            let off = y - amplitude * self.shape.basis(*x, position, width);
            off * off
        });
        (amplitude, residual.sum())
    }

    /// What is left at a point of the search: (position, ln width).
    fn cost(&self, [position, ln_width]: [f64; 2]) -> f64 {
        let width = exp(ln_width);
        let within = position >= POSITIONS.0 && position <= POSITIONS.1 && width >= WIDTHS.0 && width <= WIDTHS.1;
        if within { self.project(position, width).1 } else { f64::INFINITY }
    }

    /// Position and width of the least cost.
    fn search(&self) -> [f64; 2] {
        let one = self.shape == Shape::Relu;
        let (positions, widths) = if one { (400, 1) } else { (56, 14) };
        let mut grid = Vec::with_capacity(positions * widths);
        for i in 0..positions {
            for j in 0..widths {
                let position = -0.5 + 2.5 * i as f64 / positions as f64;
                // Each 1.7 times as wide as the one before; the ReLU's does not matter.
                let ln_width = if one { 0.0 } else { ln(0.002) + 0.53 * j as f64 };
                grid.push((self.cost([position, ln_width]), [position, ln_width]));
            }
        }
        grid.sort_by(|a, b| a.0.total_cmp(&b.0));
        grid.truncate(STARTS);
        grid.extend(self.without_ceiling());
        let step = [0.03, if one { 0.0 } else { 0.3 }];
        let mut best = (f64::INFINITY, grid[0].1);
        for (_, start) in &grid {
            let mut found = downhill(|point| self.cost(point), *start, step);
            // A simplex may have collapsed before the valley's end: a fresh one goes on.
            for shrink in [0.1, 1e-3, 1e-5] {
                found = downhill(|point| self.cost(point), found.1, step.map(|step| step * shrink));
            }
            if found.0 < best.0 {
                best = found;
            }
        }
        [best.1[0], exp(best.1[1])]
    }

    /// A clipped ReLU begins as the ReLU, too, so that it is never worse.
    fn without_ceiling(&self) -> Option<(f64, [f64; 2])> {
        if self.shape != Shape::ClippedRelu {
            return None;
        }
        let relu = Scaled { shape: Shape::Relu, x: self.x.clone(), y: self.y.clone(), ..*self };
        let [position, _] = relu.search();
        let start = [position, ln((1.0 - position).max(WIDTHS.0))];
        Some((self.cost(start), start))
    }
}

/// The simplex of Nelder & Mead in the plane, from `start` with sides `step`; where a step is 0, along a line.
/// Returns the least cost found, and where.
fn downhill(cost: impl Fn([f64; 2]) -> f64, start: [f64; 2], step: [f64; 2]) -> (f64, [f64; 2]) {
    let at = |point: [f64; 2]| (cost(point), point);
    let mut simplex = vec![at(start)];
    for axis in (0..2).filter(|axis| step[*axis] > 0.0) {
        let mut corner = start;
        corner[axis] += step[axis];
        simplex.push(at(corner));
    }
    let worst = simplex.len() - 1;
    for _ in 0..400 {
        simplex.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (best, far) = (simplex[0].1, simplex[worst].1);
        if (0..2).all(|axis| (best[axis] - far[axis]).abs() < 1e-14) {
            break;
        }
        let mean = |axis: usize| simplex[..worst].iter().map(|corner| corner.1[axis]).sum::<f64>() / worst as f64;
        let centre = [mean(0), mean(1)];
        let along = |t: f64| at([0, 1].map(|axis| centre[axis] + t * (centre[axis] - far[axis])));
        let reflected = along(1.0);
        let next = if reflected.0 < simplex[0].0 {
            let further = along(2.0);
            if further.0 < reflected.0 { further } else { reflected }
        } else if reflected.0 < simplex[worst - 1].0 {
            reflected
        } else {
            along(if reflected.0 < simplex[worst].0 { 0.5 } else { -0.5 })
        };
        if next.0 < simplex[worst].0 {
            simplex[worst] = next;
        } else {
            for corner in &mut simplex[1..] {
                *corner = at([0, 1].map(|axis| 0.5 * (best[axis] + corner.1[axis])));
            }
        }
    }
    simplex.sort_by(|a, b| a.0.total_cmp(&b.0));
    simplex[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn points(count: usize, from: f64, to: f64, f: impl Fn(f64) -> f64) -> (Vec<f64>, Vec<f64>) {
        let x: Vec<f64> = (0..count).map(|i| from + (to - from) * i as f64 / (count - 1) as f64).collect();
        let y = x.iter().map(|x| f(*x)).collect();
        (x, y)
    }

    fn close(found: &Fit, expected: &[f64]) {
        for ((name, value), expected) in found.shape.parameters().iter().zip(found.parameters()).zip(expected) {
            assert!((value / expected - 1.0).abs() < 1e-6, "{name}: {value}, not {expected}");
        }
        assert!(found.r2 > 1.0 - 1e-12, "R2 {}", found.r2);
    }

    #[test]
    fn every_shape_is_recovered_from_its_own_points() {
        let (x, y) = points(31, 0.0, 600.0, |x| 0.17 * (x - 153.0).max(0.0));
        close(&fit(Shape::Relu, &x, &y).unwrap(), &[0.17, 153.0]);
        let (x, y) = points(31, 0.0, 600.0, |x| (0.17 * (x - 153.0).max(0.0)).min(40.0));
        close(&fit(Shape::ClippedRelu, &x, &y).unwrap(), &[0.17, 153.0, 40.0]);
        let (x, y) = points(41, -40.0, 40.0, |v| 1.0 / (1.0 + (-(v - 2.0) / 5.0).exp()));
        close(&fit(Shape::Sigmoid, &x, &y).unwrap(), &[1.0, 2.0, 5.0]);
        let (x, y) = points(31, 0.0, 600.0, |x| 0.2 * 35.0 * ((x - 153.0) / 35.0).exp().ln_1p());
        close(&fit(Shape::Softplus, &x, &y).unwrap(), &[0.2, 153.0, 35.0]);
    }

    /// By hand: with the first point under the threshold, the ReLU is the line of least squares through the other three,
    /// 1.5 x - 2/3, whose root 4/9 lies between the first point and the second, as it must.
    #[test]
    fn a_relu_is_the_line_through_the_points_above_its_threshold() {
        let found = fit(Shape::Relu, &[0.0, 1.0, 2.0, 3.0], &[0.0, 1.0, 2.0, 4.0]).unwrap();
        let [gain, threshold] = found.parameters()[..] else { panic!() };
        assert!((gain - 1.5).abs() < 1e-7 && (threshold - 4.0 / 9.0).abs() < 1e-7, "{gain} {threshold}");
        // Residuals 0, 1/6, -1/3, 1/6; squares about the mean of 1.75: 8.75.
        assert!((found.r2 - (1.0 - (1.0 / 6.0) / 8.75)).abs() < 1e-12, "{}", found.r2);
        assert!((found.rms - (1.0f64 / 24.0).sqrt()).abs() < 1e-12);
        let (x, measured, unit) = found.departure(&[0.0, 1.0, 2.0, 3.0], &[0.0, 1.0, 2.0, 4.0]).unwrap();
        assert!((x, measured) == (2.0, 2.0) && (unit - 7.0 / 3.0).abs() < 1e-7);
    }

    #[test]
    fn a_ceiling_that_is_not_reached_is_the_highest_point() {
        let (x, y) = points(21, 0.0, 10.0, |x| 2.0 * (x - 3.0).max(0.0));
        close(&fit(Shape::ClippedRelu, &x, &y).unwrap(), &[2.0, 3.0, 14.0]);
    }

    #[test]
    fn the_best_of_equals_is_the_simplest() {
        let (x, y) = points(21, 0.0, 10.0, |x| 2.0 * (x - 3.0).max(0.0));
        let fits = fit_all(&x, &y);
        assert_eq!(best(&fits).unwrap().shape, Shape::Relu);
        let (x, y) = points(21, 0.0, 10.0, |x| sigmoid(x - 4.0));
        assert_eq!(best(&fit_all(&x, &y)).unwrap().shape, Shape::Sigmoid);
    }

    #[test]
    fn nothing_to_fit_is_no_fit() {
        assert_eq!(fit(Shape::Relu, &[0.0, 1.0, 2.0], &[0.0; 3]), None, "silent");
        assert_eq!(fit(Shape::Relu, &[1.0; 3], &[0.0, 1.0, 2.0]), None, "one current");
        assert_eq!(fit(Shape::Relu, &[0.0, 1.0], &[0.0, 1.0]), None, "too few");
        assert_eq!(fit(Shape::Relu, &[0.0, 1.0, f64::NAN], &[0.0, 1.0, 2.0]), None, "not a number");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, rng_seed: proptest::test_runner::RngSeed::Fixed(5), ..ProptestConfig::default() })]
        /// Whatever the units of both axes, a neuron that is one of the shapes is found to be it.
        #[test]
        fn any_shape_in_any_units_is_recovered(
            shape in 0..4usize, position in 0.15..0.7f64, width in 0.05..0.25f64,
            left in -100.0..100.0f64, span in 0.01..1e4f64, height in 0.01..1e3f64,
        ) {
            let shape = Shape::ALL[shape];
            let (x, y) = points(40, left, left + span, |x| height * shape.basis((x - left) / span, position, width));
            let found = fit(shape, &x, &y).unwrap();
            prop_assert!(found.r2 > 1.0 - 1e-10, "{:?}", found);
            // The middle point of a steep flank may be all that tells of it.
            prop_assert!((found.position - (left + position * span)).abs() < 1e-3 * span, "{:?}", found);
        }

        /// R2 of a shape with a free parameter more is never less.
        #[test]
        fn the_clipped_relu_is_never_worse_than_the_relu(y in prop::collection::vec(0.0..10.0f64, 12)) {
            let x: Vec<f64> = (0..12).map(f64::from).collect();
            let (relu, clipped) = (fit(Shape::Relu, &x, &y).unwrap(), fit(Shape::ClippedRelu, &x, &y).unwrap());
            prop_assert!(clipped.r2 >= relu.r2 - 1e-6, "{} {}", clipped.r2, relu.r2);
        }
    }
}
