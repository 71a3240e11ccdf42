//! Spikes that are counted where they are fired: how many, and the intervals between them.

use crate::num::math::variation;

/// Of the neurons of a population, or of a part of it.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub spikes: u64,
    /// From the warm-up on.
    pub counted: u64,
    intervals: Vec<Intervals>,
}

/// Running sums over the inter-spike intervals of a neuron (ms), of how far they are from the first, so that equal ones have no
/// variance; together, as a spike needs all of them.
#[derive(Clone, Copy, Debug)]
struct Intervals {
    last: f64,
    first: f64,
    count: u32,
    sum: f64,
    squares: f64,
}

impl Counts {
    pub(super) fn new(neurons: usize) -> Counts {
        let none = Intervals { last: f64::NAN, first: f64::NAN, count: 0, sum: 0.0, squares: 0.0 };
        Counts { intervals: vec![none; neurons], ..Counts::default() }
    }

    /// A spike of one neuron.
    pub(super) fn add(&mut self, neuron: usize, time_ms: f64, counted: bool) {
        self.spikes += 1;
        if !counted {
            return;
        }
        self.counted += 1;
        let Intervals { last, first, count, sum, squares } = &mut self.intervals[neuron];
        let interval = time_ms - std::mem::replace(last, time_ms);
        if interval.is_finite() {
            if *count == 0 {
                *first = interval;
            }
            let more = interval - *first;
            *count += 1;
            *sum += more;
            *squares += more * more;
        }
    }

    /// The neurons of `next` follow.
    pub(super) fn append(&mut self, next: &mut Counts) {
        self.spikes += next.spikes;
        self.counted += next.counted;
        self.intervals.append(&mut next.intervals);
    }

    /// Mean over neurons with at least two intervals of sd / mean of their intervals.
    pub fn cv_isi(&self) -> Option<f64> {
        let of = |own: &Intervals| {
            let n = f64::from(own.count);
            let more = own.sum / n;
            let (mean, variance) = (own.first + more, (own.squares / n - more * more).max(0.0));
            (n >= 2.0 && mean > 0.0).then(|| variation(variance.sqrt(), mean))
        };
        let all: Vec<f64> = self.intervals.iter().filter_map(of).collect();
        (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Intervals of 10 and 30 ms: mean 20, sd 10. Those before the warm-up and a neuron with one interval do not count.
    #[test]
    fn parts_of_a_population_count_as_the_whole() {
        let (mut whole, mut rest) = (Counts::new(1), Counts::new(2));
        whole.add(0, 1.0, false);
        [5.0, 15.0, 45.0].into_iter().for_each(|time| whole.add(0, time, true));
        [7.0, 8.0].into_iter().for_each(|time| rest.add(1, time, true));
        whole.append(&mut rest);
        assert_eq!((whole.spikes, whole.counted, whole.cv_isi()), (6, 5, Some(0.5)));
    }

    #[test]
    fn a_clock_has_no_variation_however_long_it_ticks() {
        let mut counts = Counts::new(1);
        (0..200_000).for_each(|tick| counts.add(0, f64::from(tick) * 24.3, true));
        assert_eq!(counts.cv_isi(), Some(0.0));
    }
}
