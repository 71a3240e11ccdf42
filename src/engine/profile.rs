//! Where each step's time goes, phase by phase, if somebody asks.

use std::time::Instant;

/// What a thread can be doing; the order is that of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Adding the weights of spikes that arrive.
    Deliver,
    /// Drawing and adding what stimuli do.
    Stimulate,
    /// Propagating neurons and synapses, testing, resetting.
    Update,
    /// Sources, samples, looking for numbers that went wrong.
    Record,
    /// Waiting for other threads.
    Wait,
    /// Writing spikes into the calendar.
    Receive,
    /// Counting and handing out spikes and samples.
    Collect,
}

impl Phase {
    pub const ALL: [Phase; 7] =
        [Phase::Deliver, Phase::Stimulate, Phase::Update, Phase::Record, Phase::Wait, Phase::Receive, Phase::Collect];

    pub fn name(self) -> &'static str {
        match self {
            Phase::Deliver => "deliver",
            Phase::Stimulate => "stimulate",
            Phase::Update => "update",
            Phase::Record => "record",
            Phase::Wait => "wait",
            Phase::Receive => "receive",
            Phase::Collect => "collect",
        }
    }
}

/// The clock of one thread; without being asked it never looks at the time.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    last: Option<Instant>,
    seconds: [f64; Phase::ALL.len()],
}

impl Profile {
    /// Starts to count.
    pub fn start(&mut self) {
        self.last = Some(Instant::now());
    }

    /// The time since the last lap was spent in `phase`.
    #[inline]
    pub fn lap(&mut self, phase: Phase) {
        if let Some(last) = &mut self.last {
            let now = Instant::now();
            self.seconds[phase as usize] += now.duration_since(*last).as_secs_f64();
            *last = now;
        }
    }

    /// Seconds in each phase, in the order of [`Phase::ALL`].
    pub fn seconds(&self) -> [f64; Phase::ALL.len()] {
        self.seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_asked_counts() {
        let mut silent = Profile::default();
        silent.lap(Phase::Update);
        assert_eq!(silent.seconds(), [0.0; 7]);
        let mut asked = Profile::default();
        asked.start();
        std::thread::sleep(std::time::Duration::from_millis(2));
        asked.lap(Phase::Wait);
        assert!(asked.seconds()[Phase::Wait as usize] >= 2e-3 && asked.seconds()[0] == 0.0);
    }
}
