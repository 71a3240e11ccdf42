//! Fits a unit to a measured f-I curve by least squares: what is given stays, what is left out is found.
//!
//! For a ReLU the best pair of gain and threshold is found exactly: for each set of points that may lie on its sloping
//! part (the m highest drives), the line through them by linear regression, its corner kept between the points that it
//! separates (and, if asked, from going below a drive at which the cell is known to be silent). All other cases go down the simplex of Nelder and Mead (1965, Computer J 7:308).

use super::units::{Size, Unit};
use crate::activations::Activation;

/// What a config gives of a unit; the rest is fitted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Given {
    pub gain: Option<f64>,
    pub threshold: Option<f64>,
    pub size: Option<f64>,
    /// A ReLU's threshold is not fitted below this.
    pub least_threshold: Option<f64>,
}

/// The coefficient of determination, 1 - sum (y - f)^2 / sum (y - mean)^2; `None` where y does not vary.
pub fn r_squared(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> Option<f64> {
    let count = pairs.clone().count() as f64;
    let mean = pairs.clone().map(|(_, y)| y).sum::<f64>() / count;
    let residual: f64 = pairs.clone().map(|(f, y)| (y - f) * (y - f)).sum();
    let total: f64 = pairs.map(|(_, y)| (y - mean) * (y - mean)).sum();
    // Rates that differ by rounding alone do not vary.
    (total > 1e-12 * (1.0 + mean * mean) * count).then(|| 1.0 - residual / total)
}

/// The unit nearest to `curve`, (drive, rate in Hz) ascending in drive; `None` if nothing in it fires and something
/// had to be fitted.
pub fn fit(activation: &'static dyn Activation, given: Given, curve: &[(f64, f64)]) -> Option<Unit> {
    let free = Size::of(activation) == Size::Free;
    if let (Some(gain), Some(threshold), true) = (given.gain, given.threshold, free || given.size.is_some()) {
        return Some(Unit { activation, gain, threshold, size: given.size.unwrap_or(1.0) });
    }
    let line = relu(curve, given.least_threshold.unwrap_or(f64::NEG_INFINITY))?;
    let top = curve.iter().map(|(_, rate)| *rate).fold(0.0, f64::max);
    let size = match Size::of(activation) {
        Size::Free => 1.0,
        Size::Ceiling => top,
        Size::Softness => 0.1 * top,
    };
    let start = Unit {
        activation,
        gain: given.gain.unwrap_or(line.0),
        threshold: given.threshold.unwrap_or(line.1),
        size: given.size.unwrap_or(size),
    };
    if activation.name() == "relu" && given.gain.is_none() && given.threshold.is_none() {
        return Some(start);
    }
    Some(simplex(start, given, curve))
}

/// Gain and threshold of the best ReLU whose threshold is not below `least`.
fn relu(curve: &[(f64, f64)], least: f64) -> Option<(f64, f64)> {
    let mut best: Option<(f64, f64, f64)> = None;
    for first in 0..curve.len().saturating_sub(1) {
        let part = &curve[first..];
        let n = part.len() as f64;
        let (x, y) = part.iter().fold((0.0, 0.0), |(x, y), (drive, rate)| (x + drive / n, y + rate / n));
        let xx: f64 = part.iter().map(|(drive, _)| (drive - x) * (drive - x)).sum();
        let xy: f64 = part.iter().map(|(drive, rate)| (drive - x) * (rate - y)).sum();
        if xy <= 0.0 || xx <= 0.0 {
            continue;
        }
        let below = if first == 0 { f64::NEG_INFINITY } else { curve[first - 1].0 };
        let threshold = (x - y * xx / xy).clamp(below, curve[first].0).max(least);
        let up = |drive: f64| (drive - threshold).max(0.0);
        let squares: f64 = part.iter().map(|(drive, _)| up(*drive) * up(*drive)).sum();
        let gain = part.iter().map(|(drive, rate)| up(*drive) * rate).sum::<f64>() / squares;
        let error: f64 = curve.iter().map(|(drive, rate)| (gain * up(*drive) - rate).powi(2)).sum();
        if gain > 0.0 && best.is_none_or(|(least, _, _)| error < least) {
            best = Some((error, gain, threshold));
        }
    }
    best.map(|(_, gain, threshold)| (gain, threshold))
}

/// Rounds of the simplex: three numbers settle in some hundred.
const ROUNDS: usize = 600;

/// Improves `start` in the numbers that are not given.
fn simplex(start: Unit, given: Given, curve: &[(f64, f64)]) -> Unit {
    let span = curve.last().zip(curve.first()).map_or(1.0, |(last, first)| last.0 - first.0).max(f64::MIN_POSITIVE);
    let free = Size::of(start.activation) == Size::Free;
    // Logarithms keep gain and size positive.
    let unit = |x: &[f64; 3]| Unit {
        gain: if given.gain.is_some() { start.gain } else { start.gain * x[0].exp() },
        threshold: if given.threshold.is_some() { start.threshold } else { start.threshold + span * x[1] },
        size: if given.size.is_some() || free { start.size } else { start.size * x[2].exp() },
        ..start
    };
    let cost = |x: &[f64; 3]| {
        let unit = unit(x);
        let error: f64 = curve.iter().map(|(drive, rate)| (unit.rate(*drive) - rate).powi(2)).sum();
        if error.is_finite() { error } else { f64::INFINITY }
    };
    let mut points: Vec<([f64; 3], f64)> =
        [[0.0; 3], [0.3, 0.0, 0.0], [0.0, 0.1, 0.0], [0.0, 0.0, 0.3]].map(|x| (x, cost(&x))).to_vec();
    for _ in 0..ROUNDS {
        points.sort_by(|a, b| a.1.total_cmp(&b.1));
        let worst = points[3];
        let centre: [f64; 3] = std::array::from_fn(|i| points[..3].iter().map(|(x, _)| x[i]).sum::<f64>() / 3.0);
        let along = |step: f64| {
            let x: [f64; 3] = std::array::from_fn(|i| centre[i] + step * (centre[i] - worst.0[i]));
            (x, cost(&x))
        };
        let reflected = along(1.0);
        let new = if reflected.1 < points[0].1 {
            let expanded = along(2.0);
            if expanded.1 < reflected.1 { expanded } else { reflected }
        } else if reflected.1 < points[2].1 {
            reflected
        } else {
            along(if reflected.1 < worst.1 { 0.5 } else { -0.5 })
        };
        if new.1 < worst.1 {
            points[3] = new;
            continue;
        }
        let best = points[0].0;
        for (x, error) in &mut points[1..] {
            *x = std::array::from_fn(|i| 0.5 * (x[i] + best[i]));
            *error = cost(x);
        }
    }
    points.sort_by(|a, b| a.1.total_cmp(&b.1));
    unit(&points[0].0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activations::find;

    fn curve(f: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
        (0..41).map(|k| f64::from(k) * 10.0).map(|drive| (drive, f(drive))).collect()
    }

    #[test]
    fn a_relu_is_found_exactly() {
        let found = fit(find("relu").unwrap(), Given::default(), &curve(|i| 0.3 * (i - 123.0f64).max(0.0))).unwrap();
        assert!((found.gain - 0.3).abs() < 1e-12 && (found.threshold - 123.0).abs() < 1e-9, "rounding: {found:?}");
        // Below all points, the corner is where the line meets zero.
        let found = fit(find("relu").unwrap(), Given::default(), &curve(|i| 0.3 * (i + 50.0))).unwrap();
        assert!((found.threshold + 50.0).abs() < 1e-9, "{found:?}");
        assert!(fit(find("relu").unwrap(), Given::default(), &curve(|_| 0.0)).is_none());
        // Kept from below zero, the best line through (0, 0): sum x y / sum x^2.
        let held = Given { least_threshold: Some(0.0), ..Given::default() };
        let found = fit(find("relu").unwrap(), held, &curve(|i| 0.3 * (i + 50.0))).unwrap();
        let (xy, xx) =
            (0..41).map(|k| f64::from(k) * 10.0).fold((0.0, 0.0), |(a, b), i| (a + 0.3 * i * (i + 50.0), b + i * i));
        assert!(found.threshold == 0.0 && (found.gain - xy / xx).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn no_other_relu_is_nearer() {
        let data = curve(|i| (i - 100.0f64).max(0.0).sqrt());
        let found = fit(find("relu").unwrap(), Given::default(), &data).unwrap();
        let error = |unit: &Unit| data.iter().map(|(x, y)| (unit.rate(*x) - y).powi(2)).sum::<f64>();
        for gain in [-1.0, 0.0, 1.0] {
            for threshold in [-1.0, 0.0, 1.0] {
                let other =
                    Unit { gain: found.gain * (1.0 + 1e-3 * gain), threshold: found.threshold + threshold, ..found };
                assert!(error(&other) >= error(&found), "{other:?} {found:?}");
            }
        }
    }

    #[test]
    fn what_is_given_stays() {
        let data = curve(|i| 0.3 * (i - 123.0f64).max(0.0));
        let relu = find("relu").unwrap();
        let found = fit(relu, Given { gain: Some(0.2), ..Given::default() }, &data).unwrap();
        assert_eq!(found.gain, 0.2);
        assert!(found.threshold < 100.0, "{found:?}");
        let found = fit(relu, Given { threshold: Some(100.0), ..Given::default() }, &data).unwrap();
        // Least squares through (100, 0): sum x y / sum x^2 over the points above.
        let above = data.iter().filter(|(x, _)| *x > 100.0);
        let (xy, xx) = above.fold((0.0, 0.0), |(xy, xx), (x, y)| (xy + (x - 100.0) * y, xx + (x - 100.0).powi(2)));
        assert!((found.gain - xy / xx).abs() < 1e-6 * found.gain, "the simplex's last step: {found:?}");
        let all = Given { gain: Some(1.0), threshold: Some(2.0), size: None, ..Given::default() };
        assert_eq!(fit(relu, all, &[]).unwrap().rate(5.0), 3.0);
    }

    #[test]
    fn bounded_and_soft_functions_find_themselves() {
        for name in ["clipped_relu", "sigmoid", "softplus"] {
            let Some(activation) = find(name) else { continue };
            let truth = Unit { activation, gain: 0.4, threshold: 150.0, size: 60.0 };
            let data = curve(|i| truth.rate(i));
            let found = fit(activation, Given::default(), &data).unwrap();
            let r2 = r_squared(data.iter().map(|(x, y)| (found.rate(*x), *y))).unwrap();
            assert!(r2 > 0.9999, "{name}: {found:?} {r2}");
        }
    }

    #[test]
    fn r_squared_is_that_of_the_identity_line() {
        assert_eq!(r_squared([(1.0, 1.0), (3.0, 3.0)].into_iter()), Some(1.0));
        // Residual 1 + 1, total 2.
        assert_eq!(r_squared([(2.0, 1.0), (2.0, 3.0)].into_iter()), Some(0.0));
        assert_eq!(r_squared([(1.0, 5.0), (2.0, 5.0)].into_iter()), None);
    }
}
