//! How shards meet: once per exchange interval, each having posted what the others must know.
//!
//! A few spikes on the grid fit on a [`Post`], two or three lines of the cache that also say that the shard has come so far:
//! what the others wait for brings the news along, and nobody asks for a lock. Whatever does not fit (many spikes, spikes between
//! grid points, samples, a failure) is left in an outbox beside it. There are two sets of outboxes, used in turn, so that one meeting
//! an interval is enough: while a shard fills one, the others may still be reading the other. Posts have more sets: a line that others
//! have read takes a while to be had back, which holds up all that is written after it, so it is asked for an interval ahead
//! (where two cores have no cache in common, that takes a twentieth off a step of 2 us).

use super::deliver_memory::claim;
use crossbeam_utils::CachePadded;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

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

/// What the shards left, as one of them reads it.
#[derive(Default)]
pub struct Inbox {
    /// Of each shard.
    pub spikes: Vec<Vec<Spike>>,
    /// There are samples in the outboxes.
    pub samples: bool,
    pub failure: Option<Failure>,
}

/// Sets of posts, used in turn: so many that all have long read the one that is written next.
const TURNS: usize = 4;
/// Spikes that a post holds.
const ROOM: usize = 46;
/// In place of their number: look into the outbox.
const IN_BOX: u64 = u64::MAX;

/// What a shard shows of an interval. Not longer than the lines that are fetched together, where few spikes are shown.
#[repr(C, align(128))]
struct Post {
    /// The number of the interval, plus one.
    interval: AtomicUsize,
    count: AtomicU64,
    spikes: [AtomicU64; ROOM],
}

impl Post {
    fn new() -> Post {
        let spikes = [const { AtomicU64::new(0) }; ROOM];
        Post { interval: AtomicUsize::new(0), count: AtomicU64::new(0), spikes }
    }

    /// Something on each of the lines that few spikes take.
    fn first_lines(&self) -> [&AtomicU64; 2] {
        [&self.count, &self.spikes[8]]
    }
}

/// A spike of an interval that ends with step `end` in one word, if it can be told so.
fn packed(spike: &Spike, end: i64) -> Option<u64> {
    let (before, population) = (u8::try_from(end - spike.step).ok()?, u16::try_from(spike.population).ok()?);
    let plain = spike.trigger == 0 && spike.late.to_bits() == 0;
    plain.then(|| u64::from(before) << 48 | u64::from(population) << 32 | u64::from(spike.neuron))
}

fn unpacked(word: u64, end: i64) -> Spike {
    let (before, population) = ((word >> 48) as i64, (word >> 32) as u32 & 0xffff);
    Spike { step: end - before, population, trigger: 0, neuron: word as u32, late: 0.0 }
}

/// The posts and outboxes of all shards.
pub struct Exchange {
    posts: [Vec<Post>; TURNS],
    boxes: [Vec<CachePadded<RwLock<Outbox>>>; 2],
    broken: AtomicBool,
    /// A shard that waits spins a little, then yields.
    spins: u32,
}

impl Exchange {
    /// A step takes microseconds, a sleeping thread takes longer to wake. To look without pauses at first, or to ask for the others'
    /// posts ahead of time, made no difference.
    const SPINS: u32 = 4000;

    pub fn new(shards: usize) -> Exchange {
        let boxes = || (0..shards).map(|_| CachePadded::new(RwLock::new(Outbox::default()))).collect();
        let posts = || (0..shards).map(|_| Post::new()).collect();
        // Where there are more shards than cores, who is waited for may be waiting for this core.
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        let spins = if shards > cores { 0 } else { Exchange::SPINS };
        Exchange {
            posts: std::array::from_fn(|_| posts()),
            boxes: [boxes(), boxes()],
            broken: AtomicBool::new(false),
            spins,
        }
    }

    /// Shows what `shard` has of interval `interval`, which ends with step `end`, and clears `outbox`.
    pub fn post(&self, interval: usize, shard: usize, end: i64, outbox: &mut Outbox) {
        let post = &self.posts[interval % TURNS][shard];
        let few = outbox.spikes.len() <= ROOM && outbox.samples.is_empty() && outbox.failure.is_none();
        let shown = few
            && outbox
                .spikes
                .iter()
                .zip(&post.spikes)
                .all(|(spike, place)| packed(spike, end).map(|word| place.store(word, Ordering::Relaxed)).is_some());
        post.count.store(if shown { outbox.spikes.len() as u64 } else { IN_BOX }, Ordering::Relaxed);
        if !shown {
            let mut left = self.boxes[interval % 2][shard].write().unwrap_or_else(PoisonError::into_inner);
            std::mem::swap(&mut *left, outbox);
        }
        outbox.clear();
        post.interval.store(interval + 1, Ordering::Release);
        self.posts[(interval + 1) % TURNS][shard].first_lines().into_iter().for_each(claim);
    }

    /// Waits for all shards to post `interval`.
    pub fn meet(&self, interval: usize) {
        let mut spins = 0;
        for post in &self.posts[interval % TURNS] {
            while post.interval.load(Ordering::Acquire) != interval + 1 {
                assert!(!self.broken.load(Ordering::Relaxed), "another shard panicked");
                spins += 1;
                if spins < self.spins { std::hint::spin_loop() } else { std::thread::yield_now() }
            }
        }
    }

    /// Reads what all shards posted of `interval`, which ends with step `end`.
    pub fn read(&self, interval: usize, end: i64, inbox: &mut Inbox) {
        inbox.spikes.resize(self.posts[0].len(), Vec::new());
        (inbox.samples, inbox.failure) = (false, None);
        for (shard, (post, spikes)) in self.posts[interval % TURNS].iter().zip(&mut inbox.spikes).enumerate() {
            spikes.clear();
            match post.count.load(Ordering::Relaxed) {
                IN_BOX => {
                    let left = self.left(interval, shard);
                    spikes.extend_from_slice(&left.spikes);
                    inbox.samples |= !left.samples.is_empty();
                    inbox.failure = inbox.failure.take().or_else(|| left.failure.clone());
                }
                count => {
                    let words = post.spikes.iter().take(count as usize);
                    spikes.extend(words.map(|word| unpacked(word.load(Ordering::Relaxed), end)));
                }
            }
        }
    }

    /// The outbox of `shard` of `interval`, if it left one.
    pub fn left(&self, interval: usize, shard: usize) -> RwLockReadGuard<'_, Outbox> {
        self.boxes[interval % 2][shard].read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Releases the others if this shard panics, which would else leave them waiting.
    pub fn watch(&self) -> Watchman<'_> {
        Watchman { broken: &self.broken }
    }
}

/// Breaks the exchange when it is dropped by a panic.
pub struct Watchman<'a> {
    broken: &'a AtomicBool,
}

impl Drop for Watchman<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.broken.store(true, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spike(step: i64, neuron: u32, late: f64) -> Spike {
        Spike { step, population: 3, trigger: 0, neuron, late }
    }

    /// Whatever a shard posts, few spikes or many, on the grid or not, is what the others read, turn after turn.
    #[test]
    fn what_is_posted_is_read() {
        let exchange = Exchange::new(2);
        let mut inbox = Inbox::default();
        let few = vec![spike(90, 7, 0.0), spike(100, u32::MAX, 0.0)];
        let many: Vec<Spike> = (0..200).map(|neuron| spike(100, neuron, 0.0)).collect();
        let between = vec![spike(100, 1, 0.03)];
        let sides = vec![Spike { trigger: 1, ..spike(100, 1, 0.0) }];
        for (interval, spikes) in [few, many, between, vec![], sides].into_iter().enumerate() {
            let mut outbox = Outbox { spikes: spikes.clone(), ..Outbox::default() };
            exchange.post(interval, 0, 100, &mut outbox);
            assert!(outbox.spikes.is_empty());
            exchange.post(interval, 1, 100, &mut outbox);
            exchange.meet(interval);
            exchange.read(interval, 100, &mut inbox);
            assert_eq!(inbox.spikes, [spikes, vec![]]);
        }
    }
}
