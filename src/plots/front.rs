//! When an action potential first passes each place, and how fast it travels.

use super::select::Line;
use super::text;

/// The crossings of one neuron, from the near end to the far one.
#[derive(Clone, Debug, Default)]
pub struct Front {
    /// mV.
    pub level: f64,
    /// First upward crossing (ms) at each place, `None` where there is none, and the place (um).
    pub crossings: Vec<(Option<f64>, f64)>,
    pub fit: Option<Fit>,
}

/// t = a + x / velocity, least squares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// m/s, negative towards the root.
    pub velocity: f64,
    /// Share of the variance of t that the line explains.
    pub r2: f64,
}

/// A rise of less than this (mV) is no action potential.
const LEAST_RISE: f64 = 20.0;
/// Below this the crossings do not lie on a line, and a velocity would be a fiction.
const LEAST_R2: f64 = 0.9;

/// Looks for the front in the potentials at `places` (um).
pub fn find(lines: &[Line], places: &[f64]) -> Front {
    let Some(level) = level(lines) else {
        return Front::default();
    };
    let cross = |(line, place): (&Line, &f64)| (first_crossing(*line, level), *place);
    let crossings: Vec<(Option<f64>, f64)> = lines.iter().zip(places).map(cross).collect();
    let known: Vec<(f64, f64)> = crossings.iter().filter_map(|(at, place)| at.map(|at| (at, *place))).collect();
    Front { level, fit: fit(&known), crossings }
}

/// 0 mV if it is reached anywhere from below, else half of the largest rise above the first sample.
fn level(lines: &[Line]) -> Option<f64> {
    let rise = |line: &Line| {
        let finite = || line.trace.values.iter().copied().filter(|v| v.is_finite());
        Some((finite().next()?, finite().fold(f64::NEG_INFINITY, f64::max)))
    };
    let largest = lines.iter().filter_map(rise).max_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)))?;
    if largest.0 < 0.0 && largest.1 > 0.0 {
        return Some(0.0);
    }
    (largest.1 - largest.0 >= LEAST_RISE).then_some((largest.0 + largest.1) / 2.0)
}

/// ms, linear between samples.
fn first_crossing(line: Line, level: f64) -> Option<f64> {
    let values = &line.trace.values;
    let index = values.windows(2).position(|two| two[0] < level && two[1] >= level)?;
    let part = (level - values[index]) / (values[index + 1] - values[index]);
    Some(line.samples.time(index) + part * line.samples.every_ms)
}

/// Of (ms, um); `None` for fewer than three points, or if all are at once.
fn fit(points: &[(f64, f64)]) -> Option<Fit> {
    if points.len() < 3 {
        return None;
    }
    let n = points.len() as f64;
    let (t_mean, x_mean) = (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
    let sum = |f: &dyn Fn(f64, f64) -> f64| points.iter().map(|p| f(p.0 - t_mean, p.1 - x_mean)).sum::<f64>();
    let (xx, xt, tt) = (sum(&|_, x| x * x), sum(&|t, x| x * t), sum(&|t, _| t * t));
    if xx == 0.0 || xt == 0.0 || tt == 0.0 {
        return None;
    }
    // um/ms are mm/s.
    Some(Fit { velocity: xx / xt * 1e-3, r2: xt * xt / (xx * tt) })
}

impl Front {
    /// (ms, um), broken where a place was not passed.
    pub fn pieces(&self) -> Vec<Vec<(f64, f64)>> {
        let parts = self.crossings.split(|(at, _)| at.is_none());
        let known = |part: &[(Option<f64>, f64)]| part.iter().filter_map(|(at, um)| at.map(|at| (at, *um))).collect();
        parts.filter(|part| !part.is_empty()).map(known).collect()
    }

    /// What the line on the heat map is, if there is one.
    pub fn legend(&self) -> Option<String> {
        let level = text::number(self.level, 0);
        let words = format!("dashed: first rise through {level} mV; velocity: least squares over these crossings");
        self.crossings.iter().any(|(at, _)| at.is_some()).then_some(words)
    }

    /// What the front did, in a few words.
    pub fn describe(&self) -> String {
        let all = self.crossings.len();
        let passed = self.crossings.iter().filter(|(at, _)| at.is_some()).count();
        let level = format!("{} mV", text::number(self.level, 0));
        let most = if passed < all { format!(", {passed} of {all} places reach {level}") } else { String::new() };
        match self.fit {
            _ if passed == 0 => "no action potential".to_string(),
            Some(fit) if fit.r2 >= LEAST_R2 => {
                let back = if fit.velocity < 0.0 { " towards the root" } else { "" };
                format!("{} m/s{back}{most}", text::short(fit.velocity.abs()))
            }
            Some(fit) => format!("no single velocity (r² = {}){most}", text::number(fit.r2.max(0.0), 2)),
            None => format!("{passed} of {all} places reach {level}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{Samples, Trace};

    #[test]
    fn a_front_of_one_metre_a_second_is_found() {
        // Passes 1 mm each ms: 1 m/s.
        let points: Vec<(f64, f64)> = (0..10).map(|k| (3.0 + k as f64, 1000.0 * k as f64)).collect();
        let fit = fit(&points).unwrap();
        assert!((fit.velocity - 1.0).abs() < 1e-12 && (fit.r2 - 1.0).abs() < 1e-12);
        let back: Vec<(f64, f64)> = points.iter().map(|p| (20.0 - p.0, p.1)).collect();
        assert!((super::fit(&back).unwrap().velocity + 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_failed_place_breaks_the_line_and_is_counted() {
        let rising = |values: &[f64]| Trace { values: values.to_vec(), ..Trace::default() };
        let traces =
            vec![rising(&[-65.0, -10.0, 10.0]), rising(&[-65.0, -60.0, -61.0]), rising(&[-65.0, f64::NAN, 5.0])];
        let samples = Samples { every_ms: 0.1, traces, ..Samples::default() };
        let lines: Vec<Line> = samples.traces.iter().map(|trace| Line { samples: &samples, trace }).collect();
        let front = find(&lines, &[0.0, 10.0, 20.0]);
        assert_eq!(front.crossings[0].0.map(|at| (at * 1e6).round() / 1e6), Some(0.15));
        assert_eq!((front.crossings[1].0, front.crossings[2].0), (None, None));
        assert!(front.describe().contains("1 of 3"));
    }
}
