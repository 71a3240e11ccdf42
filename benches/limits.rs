//! What this machine can do, whatever program runs on it: `benches/scaling.py` sets axonal's events beside it.
//!
//!     cargo bench --bench limits
//!
//! A synaptic event reads a synapse (4 bytes at least) from memory and adds its weight to a sum that stays in the second-level
//! cache. So two numbers bound events per second: how fast memory is read, and how fast sums are added to at places that the
//! synapses name. Printed as `name<TAB>threads<TAB>value<TAB>unit`, the best of several runs: a limit is what is possible.

use std::hint::black_box;
use std::time::Instant;

/// Far more than the caches hold.
const BYTES: usize = 1 << 29;
/// Sums of a shard of the microcircuit on two threads: 16 bits name one, 4 bytes each.
const SUMS: usize = 1 << 16;
const USED: usize = 38_585;
/// Synapses of one row; the targets in a row ascend.
const ROW: usize = 1000;
/// Rows that are read again and again: 256 KB, in the second-level cache with the sums.
const NEAR: usize = 1 << 16;
const RUNS: usize = 7;

fn main() {
    // `cargo bench` adds `--bench`; `cargo test --benches` must not measure.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let synapses = rows(BYTES / 4);
    let most = std::thread::available_parallelism().map_or(1, |n| n.get()).min(2);
    for threads in 1..=most {
        let bytes = best(threads, &synapses, read) * 4.0;
        println!("read\t{threads}\t{:.1}\tGB/s", bytes * 1e-9);
        let far = best(threads, &synapses, scatter);
        println!("scatter_from_memory\t{threads}\t{:.2}\tG/s", far * 1e-9);
        let near = best(threads, &synapses, |part| (0..part.len() / NEAR).for_each(|_| scatter(&part[..NEAR])));
        println!("scatter_from_cache\t{threads}\t{:.2}\tG/s", near * 1e-9);
    }
}

/// Synapses in rows: the target in the low 16 bits, the weight above.
fn rows(count: usize) -> Vec<u32> {
    let mut state = 1u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32
    };
    let mut synapses: Vec<u32> = (0..count)
        .map(|_| {
            let word = draw();
            ((word as u64 * USED as u64) >> 32) as u32 | (word & 0x3fff) << 16
        })
        .collect();
    synapses.chunks_mut(ROW).for_each(|row| row.sort_unstable_by_key(|word| word & 0xffff));
    synapses
}

/// Synapses a second that `work` gets through on so many threads, each with its own part.
fn best(threads: usize, synapses: &[u32], work: impl Fn(&[u32]) + Sync) -> f64 {
    let part = synapses.len() / threads / NEAR * NEAR;
    let rate = |_| {
        let begun = Instant::now();
        std::thread::scope(|scope| {
            for thread in 0..threads {
                let mine = &synapses[thread * part..][..part];
                let work = &work;
                scope.spawn(move || work(mine));
            }
        });
        (threads * part) as f64 / begun.elapsed().as_secs_f64()
    };
    (0..RUNS).map(rate).fold(0.0, f64::max)
}

fn read(synapses: &[u32]) {
    black_box(synapses.iter().fold(0u32, |sum, word| sum.wrapping_add(*word)));
}

fn scatter(synapses: &[u32]) {
    let mut sums = Box::new([0i32; SUMS]);
    for word in synapses {
        let sum = &mut sums[(word & 0xffff) as usize];
        *sum = sum.wrapping_add((word >> 16) as i32);
    }
    black_box(sums);
}
