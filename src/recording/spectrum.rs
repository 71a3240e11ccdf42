//! The power spectrum of a population's spikes: at which frequencies it fires together.
//!
//! Welch's estimate (1967, IEEE Trans Audio Electroacoust 15:70): the counts in bins are cut into segments that overlap
//! by half; of each the mean is taken away, it is weighted by a Hann window w, and |F|^2 of its Fourier transform F is
//! averaged over the segments:
//!
//! ```text
//! S(f) = < |sum_k w_k (c_k - <c>) exp(-2 pi i f k h)|^2 > / (h sum_k w_k^2) / N
//! ```
//! with c the spikes of all N neurons in bins of h. It is in Hz (spikes^2 per second and neuron), and two-sided: what
//! neurons do that fire by themselves, as Poisson processes of rate r, is flat at r, however many they are; in
//! unison they reach N r.

use crate::num::math;

/// Fewer bins are no segment.
const LEAST: usize = 16;
/// Longest segment that is chosen where none is asked for.
const MOST: usize = 1 << 12;

/// An average over segments, as they come.
pub struct Welch {
    window: Vec<f64>,
    /// Counts of the segment that is being filled.
    segment: Vec<f64>,
    power: Vec<f64>,
    segments: u64,
}

/// Power at k x `step_hz`, k = 0, 1, ...
#[derive(Clone, Debug)]
pub struct Spectrum {
    pub step_hz: f64,
    /// Hz.
    pub power: Vec<f64>,
    pub segments: u64,
}

/// Bins of a segment, a power of two: as fine as `resolution_hz`, or a quarter of all `bins`, which makes seven segments.
///
/// An error says in words why there is none.
pub fn segment(bins: u64, bin_ms: f64, resolution_hz: Option<f64>) -> Result<usize, String> {
    let length = match resolution_hz {
        Some(hz) => ((1000.0 / (hz * bin_ms)).ceil().min(1e9) as usize).next_power_of_two(),
        None => 1 << (bins / 4).max(1).ilog2().min(MOST.ilog2()),
    };
    if (length as u64) <= bins && length >= LEAST {
        return Ok(length);
    }
    let needed = length.max(LEAST) as f64 * bin_ms * if resolution_hz.is_some() { 1.0 } else { 4.0 };
    Err(format!(
        "a spectrum in bins of {bin_ms} ms needs {needed} ms of spikes, and there are {} ms",
        bins as f64 * bin_ms
    ))
}

impl Welch {
    /// Segments of `length`, a power of two.
    pub fn new(length: usize) -> Welch {
        let hann = |k: usize| 0.5 - 0.5 * math::cos(2.0 * std::f64::consts::PI * k as f64 / length as f64);
        let window = (0..length).map(hann).collect();
        Welch { window, segment: vec![], power: vec![0.0; length / 2 + 1], segments: 0 }
    }

    /// Bins of a segment.
    pub fn length(&self) -> usize {
        self.window.len()
    }

    /// The next bin.
    pub fn push(&mut self, count: f64) {
        self.segment.push(count);
        let length = self.window.len();
        if self.segment.len() < length {
            return;
        }
        let mean = self.segment.iter().sum::<f64>() / length as f64;
        let mut values: Vec<Complex> =
            self.segment.iter().zip(&self.window).map(|(count, w)| ((count - mean) * w, 0.0)).collect();
        transform(&mut values);
        self.power.iter_mut().zip(&values).for_each(|(sum, value)| *sum += value.0 * value.0 + value.1 * value.1);
        self.segments += 1;
        self.segment.drain(..length / 2);
    }

    /// The spectrum per neuron; nothing before the first whole segment.
    pub fn finish(self, bin_ms: f64, neurons: usize) -> Option<Spectrum> {
        let seconds = bin_ms * 1e-3;
        let weight: f64 = self.window.iter().map(|w| w * w).sum();
        let scale = 1.0 / (seconds * weight * neurons.max(1) as f64 * self.segments as f64);
        let step_hz = 1.0 / (seconds * self.window.len() as f64);
        let power = self.power.iter().map(|sum| sum * scale).collect();
        (self.segments > 0).then_some(Spectrum { step_hz, power, segments: self.segments })
    }
}

impl Spectrum {
    /// Frequency (Hz) of the largest power, on the parabola through its logarithm and its neighbours'. The first two
    /// frequencies are left out: the window smears the mean and slow drifts over them. Nothing if there is no power.
    pub fn peak(&self) -> Option<f64> {
        let inner = 2..self.power.len().saturating_sub(1);
        let top = inner.reduce(|best, k| if self.power[k] > self.power[best] { k } else { best })?;
        let log = |k: usize| math::ln(self.power[k].max(f64::MIN_POSITIVE));
        let (before, at, after) = (log(top - 1), log(top), log(top + 1));
        let bend = before - 2.0 * at + after;
        let shift = if bend < 0.0 { (0.5 * (before - after) / bend).clamp(-0.5, 0.5) } else { 0.0 };
        (self.power[top] > 0.0).then_some((top as f64 + shift) * self.step_hz)
    }
}

/// Real and imaginary part.
type Complex = (f64, f64);

/// The discrete Fourier transform in place, of a power of two (Cooley & Tukey 1965, Math Comp 19:297).
fn transform(values: &mut [Complex]) {
    let n = values.len();
    let bits = n.ilog2();
    for k in 0..n {
        let mirror = if bits == 0 { 0 } else { k.reverse_bits() >> (usize::BITS - bits) };
        if k < mirror {
            values.swap(k, mirror);
        }
    }
    let turn = |k: usize| {
        let angle = -2.0 * std::f64::consts::PI * k as f64 / n as f64;
        (math::cos(angle), math::sin(angle))
    };
    let turns: Vec<Complex> = (0..n / 2).map(turn).collect();
    let mut half = 1;
    while half < n {
        for block in values.chunks_exact_mut(2 * half) {
            let (even, odd) = block.split_at_mut(half);
            for (k, (a, b)) in even.iter_mut().zip(odd).enumerate() {
                let turn = turns[k * (n / (2 * half))];
                let turned = (b.0 * turn.0 - b.1 * turn.1, b.0 * turn.1 + b.1 * turn.0);
                (*a, *b) = ((a.0 + turned.0, a.1 + turned.1), (a.0 - turned.0, a.1 - turned.1));
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::{Purpose, Stream};

    fn spectrum(length: usize, counts: impl Iterator<Item = f64>, bin_ms: f64, neurons: usize) -> Spectrum {
        let mut welch = Welch::new(length);
        counts.for_each(|count| welch.push(count));
        welch.finish(bin_ms, neurons).unwrap()
    }

    /// Whether a neuron of this chance a bin fires, independently in each.
    fn coin(stream: &mut Stream, chance: f64) -> f64 {
        f64::from(u8::from(stream.uniform() < chance))
    }

    #[test]
    fn the_fast_transform_is_the_slow_one() {
        let wave: Vec<Complex> = (0..32).map(|k| (f64::from(k * k % 7), f64::from(k % 3))).collect();
        let mut fast = wave.clone();
        transform(&mut fast);
        for (f, got) in fast.iter().enumerate() {
            let sum = wave.iter().enumerate().fold((0.0, 0.0), |sum, (k, value)| {
                let angle = -2.0 * std::f64::consts::PI * (f * k) as f64 / 32.0;
                let (c, s) = (angle.cos(), angle.sin());
                (sum.0 + value.0 * c - value.1 * s, sum.1 + value.0 * s + value.1 * c)
            });
            assert!((sum.0 - got.0).abs() < 1e-11 && (sum.1 - got.1).abs() < 1e-11, "{f}: {sum:?} {got:?}");
        }
    }

    #[test]
    fn it_is_the_estimate_of_scipy() {
        // scipy.signal.welch([k*k % 11 for k in range(40)], fs=1000, nperseg=16, return_onesided=False) of SciPy 1.17,
        // here per second rather than per count: times 1000^2.
        let ours = spectrum(16, (0..40).map(|k| f64::from(k * k % 11)), 1.0, 1);
        let theirs = [
            0.0023853939259343604,
            0.007991820898601204,
            0.015596752099859569,
            0.02881816841913218,
            0.006356098869156435,
            0.0020309611238905957,
            0.002738925533795965,
            0.001419968703289701,
            0.001224887363039177,
        ];
        assert_eq!(ours.segments, 4);
        for (ours, theirs) in ours.power.iter().zip(theirs) {
            let theirs = theirs * 1e6;
            assert!((ours - theirs).abs() < 1e-9 * theirs.abs().max(1.0), "{ours} {theirs}");
        }
    }

    #[test]
    fn poisson_neurons_are_flat_at_their_rate_however_many() {
        let mut stream = Stream::new(1, Purpose::PoissonCell, 0, 0);
        for neurons in [1usize, 20] {
            // 10 Hz in bins of 1 ms, 200 s: 1561 segments of 256, half of which overlap.
            let counts = (0..200_000).map(|_| (0..neurons).map(|_| coin(&mut stream, 0.01)).sum());
            let seen = spectrum(256, counts, 1.0, neurons);
            // A Bernoulli bin has the variance p (1 - p): 9.9 Hz. Each estimate has a relative error of 1/sqrt(1000);
            // five of them, for there are 127.
            for (k, power) in seen.power.iter().enumerate().skip(2).take(125) {
                assert!((power / 9.9 - 1.0).abs() < 5.0 / 1000f64.sqrt(), "{neurons} neurons at {k}: {power}");
            }
        }
    }

    #[test]
    fn unison_is_as_strong_as_there_are_neurons() {
        let mut stream = Stream::new(2, Purpose::PoissonCell, 0, 0);
        let seen = spectrum(256, (0..200_000).map(|_| 50.0 * coin(&mut stream, 0.01)), 1.0, 50);
        let mean = seen.power[2..128].iter().sum::<f64>() / 126.0;
        assert!((mean / (50.0 * 9.9) - 1.0).abs() < 0.02, "{mean}");
    }

    #[test]
    fn a_modulated_rate_has_its_peak_at_its_frequency() {
        let mut stream = Stream::new(3, Purpose::PoissonCell, 0, 0);
        for hz in [23.0, 40.0, 81.5] {
            let rate = |k: usize| 0.01 * (1.0 + 0.5 * (2.0 * std::f64::consts::PI * hz * k as f64 * 1e-3).sin());
            let counts = (0..20_000).map(|k| (0..100).map(|_| coin(&mut stream, rate(k))).sum());
            let peak = spectrum(512, counts, 1.0, 100).peak().unwrap();
            // A step is 2 Hz; the parabola finds the place within it.
            assert!((peak - hz).abs() < 0.5, "{peak} instead of {hz}");
        }
        assert_eq!(spectrum(16, (0..16).map(|_| 1.0), 1.0, 1).peak(), None);
    }

    #[test]
    fn segments_are_as_fine_as_asked_for_or_a_quarter() {
        assert_eq!(segment(1000, 1.0, None), Ok(128));
        assert_eq!(segment(1_000_000, 1.0, None), Ok(4096));
        assert_eq!(segment(1000, 1.0, Some(2.0)), Ok(512));
        assert!(segment(1000, 1.0, Some(0.5)).unwrap_err().contains("needs 2048 ms of spikes, and there are 1000"));
        assert!(segment(20, 1.0, None).unwrap_err().contains("needs 64 ms"));
    }
}
