//! Pulses of transmitter: what a spike brings to a receptor that waits for transmitter.
//!
//! From the arrival of a spike on, for a time, there is transmitter; a spike that arrives meanwhile makes it last until that
//! time after its own arrival. Both ends lie where they lie between grid points: a step is cut there, so receptors that go exactly
//! through a constant transmitter go exactly through the step.

use std::collections::VecDeque;

/// The pulses at one terminal.
#[derive(Clone, Debug, Default)]
pub struct Pulses {
    /// Spikes to come: step of arrival, and how long before it (ms). In the order of time.
    arriving: VecDeque<(i64, f64)>,
    /// There is transmitter until then (ms from the step that begins).
    until: f64,
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
    pub fn arrive(&mut self, step: i64, late: f64) {
        self.arriving.push_back((step, late));
    }

    /// Goes from one time to another within a step (ms): calls `each(there is transmitter, ms)` for what lies between. Returns
    /// how many spikes arrived.
    pub fn advance(&mut self, timing: &Timing, [from, to]: [f64; 2], mut each: impl FnMut(bool, f64)) -> u64 {
        let when = |&(step, late): &(i64, f64)| (step - timing.step) as f64 * timing.dt_ms - late;
        let (mut now, mut arrived) = (from, 0);
        while now < to {
            while let Some(time) = self.arriving.front().map(when).filter(|time| *time <= now) {
                self.until = self.until.max(time + timing.duration_ms);
                self.arriving.pop_front();
                arrived += 1;
            }
            let next = self.arriving.front().map_or(to, |arrival| when(arrival).min(to));
            let on = self.until > now;
            let end = if on { next.min(self.until) } else { next };
            each(on, end - now);
            now = end;
        }
        arrived
    }

    /// The next step begins.
    pub fn pass(&mut self, dt_ms: f64) {
        self.until -= dt_ms;
    }

    /// There is transmitter at `step`, which begins.
    pub fn is_on(&self, step: i64) -> bool {
        self.until > 0.0 || self.arriving.front().is_some_and(|(arrival, late)| *arrival <= step && *late == 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Arrivals at 0.25, 0.75 and 2.0 ms, pulses of 1 ms, steps of 0.5 ms: on from 0.25 to 1.75, and from 2 to 3.
    #[test]
    fn pulses_extend_each_other() {
        let mut pulses = Pulses::default();
        [(1, 0.25), (2, 0.25), (4, 0.0)].iter().for_each(|(step, late)| pulses.arrive(*step, *late));
        let (mut pieces, mut arrived) = (vec![], 0);
        for step in 0..7 {
            let timing = Timing { step, dt_ms: 0.5, duration_ms: 1.0 };
            assert_eq!(pulses.is_on(step), [1, 2, 3, 4, 5].contains(&step), "{step}");
            arrived += pulses.advance(&timing, [0.0, 0.5], |on, ms| pieces.push((on, ms)));
            pulses.pass(0.5);
        }
        let on: f64 = pieces.iter().filter(|(on, _)| *on).map(|(_, ms)| ms).sum();
        let all: f64 = pieces.iter().map(|(_, ms)| ms).sum();
        assert_eq!((on, all, arrived), (2.5, 3.5, 3));
        assert_eq!(pieces[..3], [(false, 0.25), (true, 0.25), (true, 0.25)]);
    }
}
