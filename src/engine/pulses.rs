//! Pulses of transmitter: what a spike brings to a receptor that waits for transmitter.
//!
//! From the arrival of a spike on, for a time, there is transmitter; a spike that arrives meanwhile makes it last until that
//! time after its own arrival. Where synapses tire, each spike brings its share of the most: of pulses that overlap the largest
//! holds. All ends lie where they lie between grid points: a step is cut there, so receptors that go exactly through a constant
//! transmitter go exactly through the step.

use std::collections::VecDeque;

/// The pulses at one terminal.
#[derive(Clone, Debug, Default)]
pub struct Pulses {
    /// Spikes to come: step of arrival, how long before it (ms), and the share of the most transmitter. In the order of time.
    arriving: VecDeque<(i64, f64, f64)>,
    /// Until when (ms from the step that begins) there is which share: later ends have smaller shares.
    lasting: VecDeque<(f64, f64)>,
}

/// A step and how long its pulses are.
#[derive(Clone, Copy)]
pub struct Timing {
    /// The step that begins.
    pub step: i64,
    pub dt_ms: f64,
    pub duration_ms: f64,
}

impl Pulses {
    /// A spike that arrives at `step` less `late` ms.
    pub fn arrive(&mut self, step: i64, late: f64, share: f64) {
        self.arriving.push_back((step, late, share));
    }

    /// Spikes on their way.
    pub fn in_flight(&self) -> usize {
        self.arriving.len()
    }

    /// Goes from one time to another within a step (ms): calls `each(share of the most transmitter, ms)` for what lies between.
    /// Returns how many spikes arrived.
    pub fn advance(&mut self, timing: &Timing, [from, to]: [f64; 2], mut each: impl FnMut(f64, f64)) -> u64 {
        let when = |&(step, late, _): &(i64, f64, f64)| (step - timing.step) as f64 * timing.dt_ms - late;
        let (mut now, mut arrived) = (from, 0);
        while now < to {
            while let Some(spike) = self.arriving.front().copied().filter(|spike| when(spike) <= now) {
                self.begin(when(&spike) + timing.duration_ms, spike.2);
                self.arriving.pop_front();
                arrived += 1;
            }
            while self.lasting.front().is_some_and(|(until, _)| *until <= now) {
                self.lasting.pop_front();
            }
            let next = self.arriving.front().map_or(to, |spike| when(spike).min(to));
            let (end, share) = self.lasting.front().map_or((next, 0.0), |(until, share)| (next.min(*until), *share));
            each(share, end - now);
            now = end;
        }
        arrived
    }

    /// A pulse that ends at `until`, which no pulse before it outlasts: it covers those that have no more.
    fn begin(&mut self, until: f64, share: f64) {
        while self.lasting.back().is_some_and(|(_, before)| *before <= share) {
            self.lasting.pop_back();
        }
        self.lasting.push_back((until, share));
    }

    /// The next step begins.
    pub fn pass(&mut self, dt_ms: f64) {
        self.lasting.iter_mut().for_each(|(until, _)| *until -= dt_ms);
    }

    /// The share of the most transmitter at `step`, which begins.
    pub fn share(&self, step: i64) -> f64 {
        let lasting = self.lasting.iter().find(|(until, _)| *until > 0.0).map_or(0.0, |(_, share)| *share);
        let now = self.arriving.iter().take_while(|(arrival, ..)| *arrival <= step).filter(|(_, late, _)| *late == 0.0);
        now.fold(lasting, |most, (.., share)| most.max(*share))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Arrivals at 0.25, 0.75 and 2.0 ms, pulses of 1 ms, steps of 0.5 ms: on from 0.25 to 1.75, and from 2 to 3.
    #[test]
    fn pulses_extend_each_other() {
        let mut pulses = Pulses::default();
        [(1, 0.25), (2, 0.25), (4, 0.0)].iter().for_each(|(step, late)| pulses.arrive(*step, *late, 1.0));
        let (mut pieces, mut arrived) = (vec![], 0);
        for step in 0..7 {
            let timing = Timing { step, dt_ms: 0.5, duration_ms: 1.0 };
            assert_eq!(pulses.share(step) > 0.0, [1, 2, 3, 4, 5].contains(&step), "{step}");
            arrived += pulses.advance(&timing, [0.0, 0.5], |share, ms| pieces.push((share > 0.0, ms)));
            pulses.pass(0.5);
        }
        let on: f64 = pieces.iter().filter(|(on, _)| *on).map(|(_, ms)| ms).sum();
        let all: f64 = pieces.iter().map(|(_, ms)| ms).sum();
        assert_eq!((on, all, arrived), (2.5, 3.5, 3));
        assert_eq!(pieces[..3], [(false, 0.25), (true, 0.25), (true, 0.25)]);
    }

    /// From 0 to 2 ms all of it, from 1 to 3 half of it, from 1.5 to 3.5 a quarter: 2 ms of all, one of half, half of a quarter.
    #[test]
    fn the_largest_of_overlapping_pulses_holds() {
        let mut pulses = Pulses::default();
        [(0, 0.0, 1.0), (2, 0.0, 0.5), (3, 0.0, 0.25)]
            .iter()
            .for_each(|&(step, late, share)| pulses.arrive(step, late, share));
        let mut times = [0.0; 4];
        for step in 0..8 {
            let timing = Timing { step, dt_ms: 0.5, duration_ms: 2.0 };
            assert_eq!(pulses.share(step), [1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.0][step as usize], "{step}");
            pulses.advance(&timing, [0.0, 0.5], |share, ms| times[(share * 4.0) as usize % 4] += ms);
            pulses.pass(0.5);
        }
        // Shares of 0 and of 1 lie in the first.
        assert_eq!(times, [2.0 + 0.5, 0.5, 1.0, 0.0]);
    }
}
