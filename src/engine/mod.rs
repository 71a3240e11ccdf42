//! Time: takes a [`Network`] from step 0 to its end.
//!
//! The step k -> k+1, in `Shard::step`; every state is true at k before and at k+1 after:
//! 1. stimulate: what acts during [k, k+1), with the synapses' state at k;
//! 2. propagate every cell to k+1;
//! 3. add what arrives at k+1 (all of it was emitted at step k or before, so it is gathered first): V_m jumps by delta
//!    input, currents and conductances by the others'; where few arrive (plain exponentials, real weights) they are added
//!    one by one once the cells have been through the step, which did not need them;
//! 4. test the threshold, reset, stamp the spike k+1;
//! 5. exchange spikes, once every minimum delay; where all that arrive at once land in synapses' states, others are waited for
//!    after the first cells' step instead of before it;
//! 6. record at k+1, after input and reset.
//!
//! Neurons are divided into shards, one a thread; what a neuron computes does not depend on who else lives in its
//! shard, so results are the same bits for any number of threads. The engine has never heard of TOML, names or files:
//! it speaks to an [`Observer`].

mod clamped;
mod collector;
mod connect;
mod counts;
mod coupling;
mod deliver;
mod deliver_layers;
mod deliver_memory;
mod deliver_plan;
mod drive;
mod exchange;
mod graded;
pub mod layers;
mod part;
mod point;
mod port;
mod profile;
mod pulses;
mod release;
mod resources;
mod shard;
mod sound;
mod spike_bits;

pub use collector::Observer;
pub use counts::Counts;
pub use deliver_plan::{Form, forms};
pub use exchange::{Failure, Spike};
pub use profile::Phase;

use crate::error::{Code, Error, Exit};
use crate::network::connections::Connections;
use crate::network::{Body, Network, Population};
use collector::Collector;
use crossbeam_utils::CachePadded;
use deliver_plan::Plan;
use exchange::{Exchange, Inbox, Outbox};
use rayon::{ThreadPool, ThreadPoolBuilder};
pub use shard::Ledger;
use shard::{Shard, Wiring};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

/// The longest interval without a look at the numbers, the clock and the keyboard, in steps.
const LONGEST_INTERVAL: i64 = 64;
/// Steps between looks at the numbers, or an interval if that is longer.
const LOOK_EVERY: i64 = 16;
/// Neurons of a shard start at multiples of this, so that blocks are the same for any number of shards.
const ALIGNMENT: usize = 64;
/// The thread of the first shard also collects, which takes as long as the steps of some neurons with one number of state: of a
/// population of these it has a chunk of [`ALIGNMENT`] fewer for so many that a shard has.
const LARGE: usize = 12;
/// But not more chunks fewer than this.
const SPARED: usize = 2;
/// Spikes that are not kept for later: all at once would make the other threads wait, few at a time cost more each.
const MANY: usize = 64;
/// Work (point-neuron steps, roughly) below which a second thread costs more than it does.
const WORK_PER_THREAD: f64 = 2000.0;

/// What a run did.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Steps done; fewer than the network's if an observer asked to stop.
    pub steps: i64,
    pub counts: Vec<Counts>,
    pub events: u64,
    /// Of the events that neurons sent: all of them arrived or are on their way.
    pub ledger: Ledger,
    /// Seconds in each [`Phase`], on the mean over threads; zeros unless asked for.
    pub phases: [f64; Phase::ALL.len()],
    pub digest: String,
    pub threads: usize,
}

/// A network ready to run: its neurons divided, their state at step 0.
pub struct Engine<'n> {
    network: &'n Network,
    shards: Vec<CachePadded<Shard<'n>>>,
    /// Its threads, if they are more than one.
    pool: Option<ThreadPool>,
    threads: usize,
    interval: i64,
    /// The first step of an interval begins before the spikes of the last are looked at.
    overlaps: bool,
}

impl<'n> Engine<'n> {
    /// Divides the network among `threads`, or as many as its work is worth.
    ///
    /// # Errors
    /// If gap junctions are too entangled to be solved.
    pub fn new(network: &'n Network, threads: Option<usize>) -> Result<Engine<'n>, Error> {
        let threads = threads.unwrap_or_else(|| worthwhile_threads(network)).max(1);
        let pulsed = network.graded.iter().filter(|graded| graded.trigger().is_some());
        let told = network.pathways.iter().map(|pathway| &pathway.connections);
        let bounds = told.chain(pulsed.map(|graded| &graded.connections)).filter_map(Connections::delay_bounds);
        let (shortest, longest) =
            bounds.fold((u32::MAX, 1), |(low, high), (least, most)| (low.min(least), high.max(most)));
        let interval = (shortest as i64).clamp(1, LONGEST_INTERVAL);
        let kept = longest as usize + 2 * interval as usize + 1;
        let (plans, direct) = deliver_plan::plan(network);
        let overlaps = network.graded.is_empty() && plans.iter().all(|plan| may_wait(network, plan, interval));
        let divided = divide(network, threads.min(most_shards(network)));
        // Those beside a lone shard help it; beside several, more would have nothing to do.
        let threads = if divided.len() == 1 { threads } else { divided.len() };
        let (exponents, alone) = (deliver_plan::port_exponents(network, &plans), divided.len() == 1 && threads > 1);
        let wiring = Wiring { exponents, plans, direct, kept, alone };
        let pool = if threads > 1 { Some(pool_of(threads)?) } else { None };
        // Each is built where it runs, so that what two threads write does not lie side by side.
        let build =
            |index: usize| divided.get(index).map(|own| Shard::new(network, own, &wiring).map(CachePadded::new));
        let built = match &pool {
            Some(pool) => pool.broadcast(|thread| build(thread.index())),
            None => vec![build(0)],
        };
        let shards = built.into_iter().flatten().collect::<Result<_, _>>()?;
        Ok(Engine { network, shards, pool, threads, interval, overlaps })
    }

    /// Looks at the clock in every phase of every step.
    pub fn profiled(mut self) -> Engine<'n> {
        self.shards.iter_mut().for_each(|shard| shard.profile.start());
        self
    }

    /// Runs to the end, or until the observer asks to stop.
    ///
    /// # Errors
    /// If a state stops being a number (exit 3), or the observer fails.
    pub fn run(mut self, observer: &mut dyn Observer) -> Result<Outcome, Error> {
        let exchange = CachePadded::new(Exchange::new(self.shards.len()));
        let run = CachePadded::new(Run {
            network: self.network,
            interval: self.interval,
            overlaps: self.overlaps && self.shards.len() > 1,
            exchange: &exchange,
            stop_from: AtomicI64::new(i64::MAX),
            error: Mutex::new(None),
        });
        let collector = CachePadded::new(Mutex::new((Collector::new(self.network, &self.shards), observer)));
        let mut shards = std::mem::take(&mut self.shards);
        let threads = self.threads;
        let steps = run.all(&mut shards, self.pool.as_ref(), &collector);
        if let Some(error) = run.into_inner().error.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()) {
            return Err(error);
        }
        let events = shards.iter().map(|shard| shard.events()).sum();
        let ledger = balance(&shards)?;
        let mut phases = [0.0; Phase::ALL.len()];
        for shard in &shards {
            phases.iter_mut().zip(shard.profile.seconds()).for_each(|(sum, s)| *sum += s / shards.len() as f64);
        }
        let (collector, _) = collector.into_inner().into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut counts = vec![Counts::default(); self.network.populations.len()];
        shards.iter_mut().for_each(|shard| shard.hand_over(&mut counts));
        Ok(Outcome { steps, digest: collector.digest(), counts, events, ledger, phases, threads })
    }
}

/// Nothing is lost on the way: what was sent has arrived or is in flight.
fn balance(shards: &[CachePadded<Shard>]) -> Result<Ledger, Error> {
    let ledger = shards.iter().map(|shard| shard.ledger()).fold(Ledger::default(), |sum, own| Ledger {
        sent: sum.sent + own.sent,
        arrived: sum.arrived + own.arrived,
        in_flight: sum.in_flight + own.in_flight,
    });
    if ledger.sent == ledger.arrived + ledger.in_flight {
        return Ok(ledger);
    }
    let Ledger { sent, arrived, in_flight } = ledger;
    let message = format!("{sent} synaptic events were sent, but {arrived} arrived and {in_flight} are on their way");
    Err(Error::plain(Exit::Numeric, Code::Numeric, message).help("this is an error of axonal: please report it"))
}

type Watching<'w, 'n, 'o> = Mutex<(Collector<'n>, &'o mut dyn Observer)>;

/// Where one thread's post goes out and comes in.
#[derive(Default)]
struct Desk {
    index: usize,
    outbox: Outbox,
    inbox: Inbox,
    /// Spikes that came in and are yet to be collected, if this thread does that.
    uncollected: Vec<Spike>,
}

/// What the threads of one run share.
struct Run<'r> {
    network: &'r Network,
    interval: i64,
    overlaps: bool,
    exchange: &'r Exchange,
    /// All threads stop before the interval of this number.
    stop_from: AtomicI64,
    error: Mutex<Option<Error>>,
}

impl Run<'_> {
    /// Every shard on a thread of its own, or a lone one on the first of several, which help with its cables.
    fn all(&self, shards: &mut [CachePadded<Shard>], pool: Option<&ThreadPool>, watching: &Watching) -> i64 {
        let Some(pool) = pool else { return self.shard(0, &mut shards[0], Some(watching)) };
        if let [alone] = shards {
            return pool.install(|| self.shard(0, alone, Some(watching)));
        }
        let shards: Vec<Mutex<&mut CachePadded<Shard>>> = shards.iter_mut().map(Mutex::new).collect();
        let done = pool.broadcast(|thread| {
            let index = thread.index();
            let mut shard = shards[index].lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            self.shard(index, &mut shard, (index == 0).then_some(watching))
        });
        done[0]
    }

    /// One thread's run; the first also watches. Returns the step reached.
    fn shard(&self, index: usize, shard: &mut Shard, watching: Option<&Watching>) -> i64 {
        let _watchman = self.exchange.watch();
        let mut desk = Desk { index, ..Desk::default() };
        let (mut number, mut k) = (0, 0);
        shard.start(&mut desk.outbox);
        self.post((number, k), shard, &mut desk);
        let mut sound = self.overlaps || self.take((number, k), shard, &mut desk, watching);
        while sound && k < self.network.steps && (number as i64) < self.stop_from.load(Ordering::Acquire) - 1 {
            let (before, end) = ((number, k), (k + self.interval).min(self.network.steps));
            shard.begin(k);
            sound = !self.overlaps || self.take(before, shard, &mut desk, watching);
            shard.finish(k, &mut desk.outbox);
            (k + 1..end).for_each(|step| shard.step(step, &mut desk.outbox));
            if self.looks(end) {
                desk.outbox.failure = shard.failure(end);
            }
            (number, k) = (number + 1, end);
            if sound {
                self.post((number, k), shard, &mut desk);
                sound = self.overlaps || self.take((number, k), shard, &mut desk, watching);
            }
        }
        if sound && self.overlaps {
            self.take((number, k), shard, &mut desk, watching);
        }
        if !desk.uncollected.is_empty() {
            self.collect(number, None, &mut desk, watching);
        }
        if sound && !self.looks(k) {
            self.look_at_the_end(k, shard, watching);
        }
        k
    }

    /// Where a run was stopped between two looks.
    fn look_at_the_end(&self, k: i64, shard: &Shard, watching: Option<&Watching>) {
        let seen = watching.map_or(Ok(false), |watching| {
            watching.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).1.reached(k)
        });
        let failure = shard.failure(k).map(|failure| describe(self.network, &failure));
        if let Some(error) = failure.or(seen.err()) {
            self.keep(error);
        }
    }

    /// The first error is the run's.
    fn keep(&self, error: Error) {
        self.error.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).get_or_insert(error);
    }

    /// Whether an interval that ends with `step` ends with a look at the numbers and the clock, which cost as much as a
    /// step: with short intervals not every one does. One ends the warm-up.
    fn looks(&self, step: i64) -> bool {
        let before = step - self.interval;
        let warmed_up = before < self.network.warmup && self.network.warmup <= step;
        step == 0
            || step == self.network.steps
            || warmed_up
            || step.div_euclid(LOOK_EVERY) != before.div_euclid(LOOK_EVERY)
    }

    /// Shows the others what there is of an interval and where it ends.
    fn post(&self, (number, end): (usize, i64), shard: &mut Shard, desk: &mut Desk) {
        shard.profile.lap(Phase::Record);
        self.exchange.post(number, desk.index, end, &mut desk.outbox);
    }

    /// Meets the others and takes in what they posted; false if a number went wrong.
    fn take(
        &self,
        (number, end): (usize, i64),
        shard: &mut Shard,
        desk: &mut Desk,
        watching: Option<&Watching>,
    ) -> bool {
        self.exchange.meet(number);
        shard.profile.lap(Phase::Wait);
        self.exchange.read(number, end, &mut desk.inbox);
        let spikes = shard.receive(&desk.inbox.spikes);
        if watching.is_some() {
            desk.uncollected.extend_from_slice(spikes);
        }
        shard.profile.lap(Phase::Receive);
        let sound = desk.inbox.failure.is_none();
        // Few spikes can wait, samples stay in outboxes that the others are soon to fill again.
        if !sound || desk.inbox.samples || self.looks(end) || desk.uncollected.len() >= MANY {
            self.collect(number, self.looks(end).then_some(end), desk, watching);
            shard.profile.lap(Phase::Collect);
        }
        sound
    }

    /// Hands what came in to the observer, if this thread watches; `reached` is told to it.
    fn collect(&self, number: usize, reached: Option<i64>, desk: &mut Desk, watching: Option<&Watching>) {
        let Some(watching) = watching else { return };
        let mut watching = watching.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let (collector, observer) = &mut *watching;
        let seen = collector.collect(self.exchange, number, (&mut desk.uncollected, &desk.inbox), *observer);
        desk.uncollected.clear();
        let seen = seen.and_then(|()| reached.map_or(Ok(false), |step| observer.reached(step)));
        let error = match (seen, &desk.inbox.failure) {
            (Err(error), _) => Some(error),
            (_, Some(failure)) => Some(describe(self.network, failure)),
            (Ok(stop), None) => {
                if stop {
                    self.stop_after(number);
                }
                None
            }
        };
        if let Some(error) = error {
            self.stop_after(number);
            self.keep(error);
        }
    }
}

impl Run<'_> {
    /// All stop soon. The others may have passed this interval's check and, where they do not wait for each other before it, the
    /// next one's.
    fn stop_after(&self, number: usize) {
        self.stop_from.fetch_min(number as i64 + if self.overlaps { 3 } else { 2 }, Ordering::AcqRel);
    }
}

fn pool_of(threads: usize) -> Result<ThreadPool, Error> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|error| Error::plain(Exit::Refused, Code::TooLarge, error.to_string()))
}

fn describe(network: &Network, failure: &Failure) -> Error {
    let population = &network.populations[failure.population].name;
    let time = network.time_ms(failure.step);
    let (variable, neuron, value) = (&failure.variable, failure.neuron, failure.value);
    let message = format!("`{variable}` of `{population}[{neuron}]` became {value:.3e} by {time} ms");
    Error::plain(Exit::Numeric, Code::Numeric, message)
        .help("use a finer dt, or look for a stimulus or weight that is too large")
}

/// Threads that have enough to do, at most as many as there are. Populations that gap junctions join are one thread's.
fn worthwhile_threads(network: &Network) -> usize {
    let links = links(network);
    let joined = |index: usize| links.iter().any(|link| link.contains(&index));
    let work = |(index, population): (usize, &Population)| {
        let size = population.size as f64;
        match &population.body {
            _ if joined(index) => 0.0,
            Body::Cable(cable) => 30.0 * cable.tree.compartments() as f64 * size,
            _ if population.size <= ALIGNMENT => 0.0,
            Body::Point(_) => size,
            _ => 0.2 * size,
        }
    };
    let work: f64 = network.populations.iter().enumerate().map(work).sum();
    let most = std::thread::available_parallelism().map_or(1, |n| n.get());
    ((work / WORK_PER_THREAD) as usize).clamp(1, most)
}

/// Shards beyond this would stay empty.
fn most_shards(network: &Network) -> usize {
    let chunks = network.populations.iter().map(|population| population.size.div_ceil(ALIGNMENT));
    let islands = links(network).len() + 1;
    chunks.max().unwrap_or(1).max(islands)
}

/// Whether what a plan's spikes bring is not asked for before the first step of the next interval has begun.
fn may_wait(network: &Network, plan: &Plan, interval: i64) -> bool {
    let shortest = |pathway: &usize| network.pathways[*pathway].connections.delay_bounds().map(|(least, _)| least);
    plan.direct || plan.pathways.iter().filter_map(shortest).all(|least| i64::from(least) > interval)
}

/// Populations that act on each other within a step: through gap junctions, or terminals and their receptors.
fn links(network: &Network) -> Vec<[usize; 2]> {
    let gaps = network.gaps.iter().map(|gap| [gap.a.population, gap.b.population]);
    let followed = network.graded.iter().filter(|graded| graded.trigger().is_none());
    let graded = followed.map(|graded| [graded.source, network.ports[graded.port].population]);
    let mut links: Vec<[usize; 2]> = gaps.chain(graded).collect();
    links.sort_unstable();
    links.dedup();
    links
}

/// [shard][population]: its neurons. Those that are linked stay in one shard.
fn divide(network: &Network, shards: usize) -> Vec<Vec<Range<usize>>> {
    let mut islands: Vec<usize> = (0..network.populations.len()).collect();
    let mut joined = vec![false; network.populations.len()];
    for [a, b] in links(network) {
        (joined[a], joined[b]) = (true, true);
        let (from, to) = (islands[a].max(islands[b]), islands[a].min(islands[b]));
        islands.iter_mut().filter(|island| **island == from).for_each(|island| *island = to);
    }
    let mut ranges = vec![Vec::new(); shards];
    for (index, population) in network.populations.iter().enumerate() {
        let chunks = population.size.div_ceil(ALIGNMENT);
        for (shard, list) in ranges.iter_mut().enumerate() {
            let cheap = matches!(&population.body, Body::Point(point) if point.kernel.states() == 1);
            let spared = if cheap { (chunks / shards / LARGE).min(SPARED) } else { 0 };
            let edge = |shard: usize| (edge(shard, shards, chunks, spared) * ALIGNMENT).min(population.size);
            let whole = joined[index] && islands[index] % shards == shard;
            list.push(match (joined[index], whole) {
                (true, true) => 0..population.size,
                (true, false) => 0..0,
                (false, _) => edge(shard)..edge(shard + 1),
            });
        }
    }
    ranges
}

/// Where a shard's share of so many chunks begins; the first has some fewer, what is left is shared evenly.
fn edge(shard: usize, shards: usize, chunks: usize, spared: usize) -> usize {
    let first = chunks / shards - spared;
    match shard {
        0 => 0,
        _ if shard == shards => chunks,
        _ => first + (chunks - first) * (shard - 1) / (shards - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::edge;

    #[test]
    fn shares_are_even_but_for_what_is_spared() {
        let shares = |shards: usize, chunks: usize, spared: usize| -> Vec<usize> {
            (0..shards).map(|i| edge(i + 1, shards, chunks, spared) - edge(i, shards, chunks, spared)).collect()
        };
        assert_eq!(shares(1, 7, 0), [7]);
        assert_eq!(shares(2, 1, 0), [0, 1]);
        assert_eq!(shares(2, 50, 2), [23, 27]);
        assert_eq!(shares(4, 102, 2), [23, 26, 26, 27]);
    }
}
