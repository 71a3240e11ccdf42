//! How shards meet: once per exchange interval, at a barrier, each having left its spikes and samples in an outbox.
//!
//! There are two sets of outboxes, used in turn, so that one barrier an interval is enough: while a shard fills one
//! set, the others may still be reading the other.
//!
//! With delays of one step (CUBA of 4 000 neurons) meeting, receiving and collecting take a third of a step of 5 us. Collecting 32
//! steps at once instead of one made no difference: the work is that of the spikes, and the others wait as long.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A spike of one trigger of a population.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spike {
    /// The grid point at or after it.
    pub step: i64,
    pub population: u32,
    pub trigger: u32,
    pub neuron: u32,
    /// How long before the grid point it was (ms, 0 <= late < dt).
    pub late: f64,
}

/// What a shard says at the end of an interval.
#[derive(Default)]
pub struct Outbox {
    /// Ascending in (step, population, trigger, neuron).
    pub spikes: Vec<Spike>,
    /// (recorder, step, where its values start in `values`).
    pub samples: Vec<(u32, i64, u32)>,
    pub values: Vec<f64>,
    /// What went wrong with the numbers, if something did.
    pub failure: Option<Failure>,
}

/// A state that no neuron can have.
#[derive(Clone, Debug)]
pub struct Failure {
    pub population: usize,
    pub neuron: usize,
    pub variable: String,
    pub value: f64,
    pub step: i64,
}

impl Outbox {
    pub fn clear(&mut self) {
        self.spikes.clear();
        self.samples.clear();
        self.values.clear();
        self.failure = None;
    }
}

/// The outboxes of all shards and the barrier between them.
pub struct Exchange {
    boxes: [Vec<RwLock<Outbox>>; 2],
    barrier: Barrier,
}

impl Exchange {
    pub fn new(shards: usize) -> Exchange {
        let boxes = || (0..shards).map(|_| RwLock::new(Outbox::default())).collect();
        Exchange { boxes: [boxes(), boxes()], barrier: Barrier::new(shards) }
    }

    pub fn shards(&self) -> usize {
        self.boxes[0].len()
    }

    /// The outbox of `shard` in interval `interval`, to be filled.
    pub fn outbox(&self, interval: usize, shard: usize) -> RwLockWriteGuard<'_, Outbox> {
        self.boxes[interval % 2][shard].write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `shard` left in interval `interval`.
    pub fn left(&self, interval: usize, shard: usize) -> RwLockReadGuard<'_, Outbox> {
        self.boxes[interval % 2][shard].read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for all shards.
    pub fn meet(&self) {
        self.barrier.wait();
    }

    /// Releases the others if this shard panics, which would else leave them waiting.
    pub fn watch(&self) -> Watchman<'_> {
        Watchman { barrier: &self.barrier }
    }
}

/// Spins a little, then yields: a step takes microseconds, a sleeping thread takes longer to wake.
struct Barrier {
    shards: usize,
    arrived: AtomicUsize,
    generation: AtomicUsize,
    broken: AtomicBool,
}

impl Barrier {
    const SPINS: u32 = 4000;

    fn new(shards: usize) -> Barrier {
        let zero = || AtomicUsize::new(0);
        Barrier { shards, arrived: zero(), generation: zero(), broken: AtomicBool::new(false) }
    }

    fn wait(&self) {
        let generation = self.generation.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.shards {
            self.arrived.store(0, Ordering::Release);
            self.generation.store(generation.wrapping_add(1), Ordering::Release);
            return;
        }
        let mut spins = 0;
        while self.generation.load(Ordering::Acquire) == generation {
            assert!(!self.broken.load(Ordering::Acquire), "another shard panicked");
            spins += 1;
            if spins < Barrier::SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
    }
}

/// Breaks the barrier when it is dropped by a panic.
pub struct Watchman<'a> {
    barrier: &'a Barrier,
}

impl Drop for Watchman<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.barrier.broken.store(true, Ordering::Release);
        }
    }
}
