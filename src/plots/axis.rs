//! Axes: a range of numbers, where its ticks stand, and what is written at them.

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged};
use std::ops::Range;

use super::text;

/// One axis of a panel, in the unit of its data.
#[derive(Clone, Debug)]
pub struct Axis {
    pub low: f64,
    pub high: f64,
    /// Name and unit.
    pub label: String,
    pub ticks: Vec<(f64, String)>,
}

impl Axis {
    /// Of horizontal ticks, those whose numbers do not run into the one before.
    pub fn keep_apart(&mut self, pixels: f64) {
        let half = |label: &str| 0.5 * text::width(label, 12.0, text::Weight::Regular);
        let mut end = f64::NEG_INFINITY;
        let places: Vec<f64> = self.ticks.iter().map(|tick| self.part(tick.0) * pixels).collect();
        let mut place = places.into_iter();
        self.ticks.retain(|(_, label)| {
            let middle = place.next().unwrap_or(0.0);
            let free = middle - half(label) > end + 6.0;
            if free {
                end = middle + half(label);
            }
            free
        });
    }

    /// From `low` to `high` exactly, with ticks at 1, 2 or 5 times a power of ten that keep `clear(text)` pixels each
    /// free on `pixels`. A range of nothing is widened.
    fn new(name: &str, unit: &str, (low, high): (f64, f64), pixels: f64, clear: impl Fn(&str) -> f64) -> Axis {
        let (low, high) = widen(low, high);
        let (power, raised) = factor(low, high);
        let scale = 10f64.powi(power);
        let shifted = prefixed(unit, power);
        let power = if shifted.is_some() { 0 } else { power };
        let unit = text::unit(shifted.as_deref().unwrap_or(unit));
        let label = match (unit.is_empty() || unit == "1", power) {
            (true, 0) => name.to_string(),
            (true, _) => format!("{name} (×10{raised})"),
            (false, 0) => format!("{name} ({unit})"),
            (false, _) => format!("{name} (×10{raised} {unit})"),
        };
        let ticks = ticks(low / scale, high / scale, pixels, clear);
        Axis { low, high, label, ticks: ticks.into_iter().map(|(at, text)| (at * scale, text)).collect() }
    }

    /// A horizontal axis of `pixels`.
    pub fn across(name: &str, unit: &str, range: (f64, f64), pixels: f64) -> Axis {
        Axis::new(name, unit, range, pixels, |t| {
            let width = text::width(t, super::page::TICK_SIZE, text::Weight::Regular);
            // In a narrow panel few numbers are better than none.
            if pixels < 240.0 { width + 14.0 } else { (width + 24.0).max(70.0) }
        })
    }

    /// A vertical axis of `pixels`.
    pub fn up(name: &str, unit: &str, range: (f64, f64), pixels: f64) -> Axis {
        let gap = if pixels < 90.0 { 20.0 } else { 32.0 };
        Axis::new(name, unit, range, pixels, |_| gap)
    }

    /// The part of the way from `low` to `high`.
    pub fn part(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        (f64::from(limit.0) + self.part(*value) * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.iter().map(|tick| tick.0).collect()
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

/// A range that has a length: a constant stands in the middle of its own.
fn widen(low: f64, high: f64) -> (f64, f64) {
    if !(low.is_finite() && high.is_finite()) || low > high {
        return (0.0, 1.0);
    }
    // Less than this is rounding error, which would be drawn as if it were a signal.
    let least = 1e-9 * low.abs().max(high.abs());
    if high - low > least {
        return (low, high);
    }
    let half = if low == 0.0 { 1.0 } else { low.abs() * 0.05 };
    (low - half, high + half)
}

/// Smallest and largest finite value with a margin of `part` of their distance; `None` if there is none.
pub fn span(values: impl Iterator<Item = f64>, part: f64) -> Option<(f64, f64)> {
    let finite = values.filter(|v| v.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    let (low, high) = if low <= high { widen(low, high) } else { return None };
    let margin = (high - low) * part;
    Some((low - margin, high + margin))
}

/// The power of ten (a multiple of three) that very large or small numbers are written in, and its exponent as raised digits.
fn factor(low: f64, high: f64) -> (i32, String) {
    let largest = low.abs().max(high.abs());
    if (1e-3..1e5).contains(&largest) || largest == 0.0 {
        return (0, String::new());
    }
    let power = (largest.log10() / 3.0).floor() as i32 * 3;
    let raise = |c: char| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + digit as u32 - '0' as u32).unwrap_or(digit),
    };
    (power, power.to_string().chars().map(raise).collect())
}

/// SI prefixes, from the power of ten -15 upward in steps of three.
const PREFIXES: [&str; 9] = ["f", "p", "n", "u", "m", "", "k", "M", "G"];
/// Units that take one.
const BASES: [&str; 9] = ["A", "V", "S", "F", "M", "s", "m", "Hz", "ohm"];

/// 10^power of `unit` with another prefix on its first factor: 10^3 pA are `nA`.
fn prefixed(unit: &str, power: i32) -> Option<String> {
    let end = unit.find([' ', '/', '^', '*']).unwrap_or(unit.len());
    let (first, rest) = unit.split_at(end);
    // A power would raise the prefix, too.
    if rest.starts_with('^') {
        return None;
    }
    let base = BASES.into_iter().find(|base| first.strip_suffix(base).is_some_and(|p| PREFIXES.contains(&p)))?;
    let own = PREFIXES.iter().position(|prefix| first.strip_suffix(base) == Some(prefix))?;
    let index = usize::try_from(own as i32 + power / 3).ok()?;
    Some(format!("{}{base}{rest}", PREFIXES.get(index)?))
}

/// Ticks at 1, 2 and 5 times each power of ten, or at the powers alone where there are many or no room for `most`,
/// placed by logarithms.
pub fn log_ticks(low: f64, high: f64, most: f64) -> Vec<(f64, String)> {
    let leads: &[f64] = if high - low > 4.0 || (high - low) * 10.0 / 3.0 > most { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let powers = low.floor().max(-300.0) as i32..=high.ceil().min(300.0) as i32;
    let all = powers.flat_map(|power| leads.iter().map(move |lead| (lead * 10f64.powi(power), power)));
    let every = ((high - low) / most.max(1.0)).ceil().max(1.0) as i32;
    let all = all.filter(|(_, power)| power % every == 0);
    let placed = all.map(|(value, power)| (value.log10(), text::number(value, (-power).clamp(0, 12) as usize)));
    placed.filter(|(at, _)| *at >= low && *at <= high).collect()
}

/// Ticks at multiples of 1, 2 or 5 times a power of ten, as dense as `clear` allows.
fn ticks(low: f64, high: f64, pixels: f64, clear: impl Fn(&str) -> f64) -> Vec<(f64, String)> {
    let range = high - low;
    let mut power = (range / 100.0).log10().floor() as i32;
    loop {
        for lead in [1.0, 2.0, 5.0] {
            let step = lead * 10f64.powi(power);
            let decimals = (-power).clamp(0, 12) as usize;
            let (first, last) = ((low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64);
            if last - first > 200 {
                continue;
            }
            let ticks: Vec<(f64, String)> =
                (first..=last).map(|k| k as f64 * step).map(|at| (at, text::number(at, decimals))).collect();
            let widest = ticks.iter().map(|tick| clear(&tick.1)).fold(0.0, f64::max);
            if step / range * pixels >= widest || ticks.len() <= 1 {
                return ticks;
            }
        }
        power += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_keep_apart() {
        for (low, high) in [(0.0, 100.0), (-72.3, 41.9), (0.0, 0.37), (3.0, 3.0), (1e-6, 5e-6), (0.0, 123456.0)] {
            let axis = Axis::across("time", "ms", (low, high), 800.0);
            assert!(axis.ticks.len() >= 2, "{axis:?}");
            for pair in axis.ticks.windows(2) {
                let pixels = (axis.part(pair[1].0) - axis.part(pair[0].0)) * 800.0;
                let widths = text::width(&pair[0].1, 12.0, text::Weight::Regular);
                assert!(pixels > widths + 8.0, "{axis:?}");
                assert_ne!(pair[0].1, pair[1].1);
            }
        }
    }

    #[test]
    fn logarithms_are_labelled_by_what_they_are_of() {
        let labels =
            |low: f64, high: f64| log_ticks(low, high, 30.0).into_iter().map(|tick| tick.1).collect::<Vec<_>>();
        assert_eq!(labels(-0.05, 1.1), ["1", "2", "5", "10"]);
        assert_eq!(labels(-1.0, 5.0).len(), 7);
    }

    #[test]
    fn nothing_at_all_still_has_an_axis() {
        for range in [(f64::NAN, f64::NAN), (f64::INFINITY, f64::NEG_INFINITY), (0.0, 0.0), (-65.0, -65.0)] {
            let axis = Axis::up("V_m", "mV", range, 100.0);
            assert!(axis.low < axis.high && !axis.ticks.is_empty());
        }
    }

    #[test]
    fn very_small_numbers_are_written_in_powers_of_ten() {
        let axis = Axis::up("x", "1", (0.0, 5e-6), 200.0);
        assert_eq!(axis.label, "x (×10⁻⁶)");
        assert_eq!(axis.ticks.last().unwrap().1, "5");
    }

    #[test]
    fn a_prefix_stands_for_a_power_of_ten_where_there_is_one() {
        let label = |unit: &str, high: f64| Axis::up("x", unit, (0.0, high), 200.0).label;
        assert_eq!([label("pA", 6e5), label("mM", 3e-6), label("uA/cm^2", 2e-4)], ["x (nA)", "x (nM)", "x (pA/cm²)"]);
        assert_eq!(
            [label("mV/ms", 2e5), label("um^2", 2e5), label("nS", 5e-9)],
            ["x (V/ms)", "x (×10³ µm²)", "x (×10⁻⁹ nS)"]
        );
        assert_eq!([label("pA", 600.0), label("ms", 2e5), label("/ms", 2e5)], ["x (pA)", "x (s)", "x (×10³ /ms)"]);
    }
}
