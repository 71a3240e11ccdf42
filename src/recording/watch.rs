//! Watching V_m at one place while a run goes on, so that a measure needs no recorder.
//!
//! A [`Watch`] keeps what it needs of the past and no more: two samples for interpolation, the peak, and, for the width
//! at half height, the samples of the current excursion above half height. The half height only ever rises (it follows
//! the peak), so whatever came before the trace last was below it can be forgotten. Memory is thus bounded by
//! the longest time that the trace stays above half of its height.

use super::analysis::{Sample, crossing_time};
use std::collections::VecDeque;

/// Tolerance (ms) for a sample to lie within a window: times are step x dt, rounded.
const SAME_TIME: f64 = 1e-9;

/// What was seen of V_m (mV) at one place of one neuron within [start, stop].
#[derive(Clone, Debug)]
pub struct Watch {
    threshold_mv: f64,
    start_ms: f64,
    stop_ms: f64,
    /// The last two samples, the older one first.
    past: [Option<Sample>; 2],
    start_value: Option<f64>,
    first_crossing: Option<f64>,
    peak: Option<Sample>,
    /// Halfway between the value at the start and the peak.
    half: f64,
    excursion: VecDeque<Sample>,
    /// When it rose and fell through `half`, around the peak (ms).
    flanks: Option<[f64; 2]>,
    /// Both samples of the steepest rise.
    steepest: Option<[Sample; 2]>,
    /// The lowest sample since the peak.
    lowest: Option<Sample>,
}

impl Watch {
    pub fn new(threshold_mv: f64, start_ms: f64, stop_ms: f64) -> Watch {
        Watch {
            threshold_mv,
            start_ms,
            stop_ms,
            past: [None; 2],
            start_value: None,
            first_crossing: None,
            peak: None,
            half: f64::NEG_INFINITY,
            excursion: VecDeque::new(),
            flanks: None,
            steepest: None,
            lowest: None,
        }
    }

    /// The next sample; times ascend. Samples outside the window are looked at only for interpolation.
    pub fn feed(&mut self, time_ms: f64, v: f64) {
        let sample = (time_ms, v);
        if time_ms <= self.stop_ms + SAME_TIME && time_ms >= self.start_ms - SAME_TIME {
            self.look_for_slope(sample);
            self.look_for_crossing(sample);
            self.look_for_peak(sample);
        }
        self.past = [self.past[1], Some(sample)];
    }

    fn look_for_crossing(&mut self, sample: Sample) {
        if self.first_crossing.is_some() || sample.1 < self.threshold_mv {
            return;
        }
        if let Some(last) = self.past[1].filter(|last| last.1 < self.threshold_mv) {
            let time = crossing_time(self.past[0], last, sample, self.threshold_mv);
            self.first_crossing = (time >= self.start_ms - SAME_TIME).then_some(time);
        }
    }

    fn look_for_slope(&mut self, sample: Sample) {
        let Some(last) = self.past[1].filter(|last| last.0 >= self.start_ms - SAME_TIME) else { return };
        let rise = [last, sample];
        if self.steepest.is_none_or(|steepest| slope(rise) > slope(steepest)) {
            self.steepest = Some(rise);
        }
    }

    fn look_for_peak(&mut self, sample: Sample) {
        let start = *self.start_value.get_or_insert(sample.1);
        self.excursion.push_back(sample);
        self.lowest = self.lowest.map(|lowest| if sample.1 < lowest.1 { sample } else { lowest });
        if self.peak.is_none_or(|peak| sample.1 > peak.1) {
            self.peak = Some(sample);
            self.lowest = Some(sample);
            self.half = 0.5 * (start + sample.1);
            self.flanks = None;
            // Two samples below are kept, for the parabola.
            while self.excursion.get(2).is_some_and(|third| third.1 <= self.half) {
                self.excursion.pop_front();
            }
        } else if sample.1 <= self.half {
            if self.flanks.is_none() {
                self.flanks = self.flanks_of_excursion();
            }
            self.excursion.clear();
            self.excursion.push_back(sample);
        }
    }

    /// From the last rise through half height before the peak to the fall through it just now.
    fn flanks_of_excursion(&self) -> Option<[f64; 2]> {
        let peak = self.peak?;
        let samples = &self.excursion;
        let below = samples.iter().rposition(|sample| sample.0 < peak.0 && sample.1 <= self.half)?;
        let before = below.checked_sub(1).map(|before| samples[before]);
        let rise = crossing_time(before, samples[below], *samples.get(below + 1)?, self.half);
        // The fall is a rise upside down.
        let flipped = |index: usize| samples.get(index).map(|sample| (sample.0, -sample.1));
        let last = samples.len().checked_sub(2)?;
        let before = last.checked_sub(1).and_then(flipped);
        Some([rise, crossing_time(before, flipped(last)?, flipped(last + 1)?, -self.half)])
    }

    /// The steepest rise from one sample to the next (mV/ms).
    pub fn steepest(&self) -> Option<f64> {
        self.steepest.map(slope)
    }

    /// The two samples between which it rises most steeply.
    pub fn steepest_rise(&self) -> Option<[Sample; 2]> {
        self.steepest
    }

    /// The lowest sample after the peak.
    pub fn lowest(&self) -> Option<Sample> {
        self.lowest
    }

    /// How far V fell below its value at the start, after the peak (mV); below zero if it did not.
    pub fn undershoot(&self) -> Option<f64> {
        Some(self.start_value? - self.lowest?.1)
    }

    /// Whether there was a spike: V was at the threshold or above.
    pub fn reached_threshold(&self) -> bool {
        self.peak.is_some_and(|peak| peak.1 >= self.threshold_mv)
    }

    /// Time (ms) of the first upward crossing of the threshold in the window.
    pub fn first_crossing(&self) -> Option<f64> {
        self.first_crossing
    }

    /// The largest sample in the window (ms, mV).
    pub fn peak(&self) -> Option<Sample> {
        self.peak
    }

    /// The first sample in the window (mV).
    pub fn start_value(&self) -> Option<f64> {
        self.start_value
    }

    /// Peak minus value at the start (mV).
    pub fn amplitude(&self) -> Option<f64> {
        Some(self.peak?.1 - self.start_value?)
    }

    /// Time (ms) between the passages through half of the amplitude around the peak; `None` if one is outside the window.
    pub fn width(&self) -> Option<f64> {
        self.flanks.map(|[rise, fall]| fall - rise)
    }

    /// Those passages (ms), and half of the height (mV).
    pub fn flanks(&self) -> Option<([f64; 2], f64)> {
        Some((self.flanks?, self.half))
    }
}

/// mV/ms.
fn slope([from, to]: [Sample; 2]) -> f64 {
    (to.1 - from.1) / (to.0 - from.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(window: (f64, f64), step: f64, v: impl Fn(f64) -> f64) -> Watch {
        let mut watch = Watch::new(0.0, window.0, window.1);
        for k in 0..=(20.0 / step) as usize {
            watch.feed(k as f64 * step, v(k as f64 * step));
        }
        watch
    }

    /// A bump of height `a` and full width at half maximum `w` around `t`.
    fn gauss(t: f64, a: f64, w: f64) -> impl Fn(f64) -> f64 {
        let rate = 4.0 * std::f64::consts::LN_2 / (w * w);
        move |x| a * (-rate * (x - t) * (x - t)).exp()
    }

    #[test]
    fn a_bell_has_its_width_and_amplitude() {
        let bell = gauss(10.0, 100.0, 1.5);
        let seen = watch((0.0, 20.0), 0.025, |t| -70.0 + bell(t));
        // Interpolation on parabolas: an error of the order of step^3 / width^2.
        assert!((seen.width().unwrap() - 1.5).abs() < 0.025f64.powi(3));
        assert!((seen.amplitude().unwrap() - 100.0).abs() < 1e-9);
        assert!((seen.peak().unwrap().0 - 10.0).abs() < 1e-9);
        // The bell passes 70 of 100 where 4 ln 2 (t/1.5)^2 = ln(1/0.7).
        let crossing = 10.0 - 1.5 * ((1.0f64 / 0.7).ln() / (4.0 * std::f64::consts::LN_2)).sqrt();
        assert!((seen.first_crossing().unwrap() - crossing).abs() < 1e-5);
        assert!(seen.excursion.len() < 20, "{}", seen.excursion.len());
    }

    #[test]
    fn the_width_is_that_of_the_highest_bell() {
        let (small, large, late) = (gauss(3.0, 60.0, 1.0), gauss(9.0, 100.0, 2.0), gauss(15.0, 90.0, 0.5));
        let seen = watch((0.0, 20.0), 0.01, |t| -70.0 + small(t) + large(t) + late(t));
        assert!((seen.width().unwrap() - 2.0).abs() < 1e-3);
    }

    #[test]
    fn a_foot_above_the_old_half_height_is_not_part_of_the_width() {
        // A plateau at 30 (above half of itself), then a spike to 100 whose half height is 50.
        let bell = gauss(10.0, 70.0, 1.0);
        let seen = watch((0.0, 20.0), 0.01, |t| if (5.0..15.0).contains(&t) { 30.0 + bell(t) } else { 0.0 });
        // 30 + 70 g = 50 where g = 2/7.
        let expected = ((3.5f64).ln() / std::f64::consts::LN_2).sqrt();
        assert!((seen.width().unwrap() - expected).abs() < 1e-3, "{:?}", seen.width());
    }

    #[test]
    fn only_the_window_counts() {
        let (first, second) = (gauss(3.0, 100.0, 1.0), gauss(9.0, 80.0, 1.0));
        let seen = watch((6.0, 20.0), 0.01, |t| -70.0 + first(t) + second(t));
        assert!((seen.peak().unwrap().0 - 9.0).abs() < 1e-9);
        assert!((8.0..9.0).contains(&seen.first_crossing().unwrap()));
        assert!((seen.amplitude().unwrap() - 80.0).abs() < 1e-3);
        assert_eq!(watch((12.0, 20.0), 0.01, |t| -70.0 + first(t)).first_crossing(), None);
        assert_eq!(watch((0.0, 9.0), 0.01, |t| -70.0 + second(t)).width(), None);
    }
}
