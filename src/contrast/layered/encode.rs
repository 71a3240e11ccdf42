//! Numbers between 0 and 1 as spikes of the input, one code a function.

use crate::engine::layers::SpikeBits;
use crate::network::population_key;
use crate::num::dispatch::{self, Task};
use crate::num::rng::{Key, Purpose};

/// A spike by chance, with probability x `rate` in each step. Sample by sample; `first` is the number of the first.
pub fn poisson(x: &[f64], features: usize, steps: usize, rate: f64, first: usize, seed: u64) -> SpikeBits {
    let mut spikes = SpikeBits::none(features, x.len() / features, steps);
    let key = Key::new(seed, Purpose::PoissonCell, population_key("input"));
    let mut chances = vec![0.0; features];
    let mut uniforms = vec![0.0; features];
    for (copy, x) in x.chunks_exact(features).enumerate() {
        chances.iter_mut().zip(x).for_each(|(chance, x)| *chance = x * rate);
        for step in 0..steps {
            let stream = ((first + copy) * features) as u64;
            dispatch::run(Uniforms { key, stream, step: step as u64 + 1, out: &mut uniforms });
            for (neuron, _) in uniforms.iter().zip(&chances).enumerate().filter(|(_, (u, chance))| u < chance) {
                spikes.set(copy, step, neuron);
            }
        }
    }
    spikes
}

/// V = V + x `rate` in each step; a spike when it reaches 1, which is then taken away.
pub fn regular(x: &[f64], features: usize, steps: usize, rate: f64, initial: f64) -> SpikeBits {
    let mut spikes = SpikeBits::none(features, x.len() / features, steps);
    for (index, x) in x.iter().enumerate() {
        let (current, mut v) = (x * rate, initial);
        for step in 0..steps {
            v += current;
            if v >= 1.0 {
                v -= 1.0;
                spikes.set(index / features, step, index % features);
            }
        }
    }
    spikes
}

/// One spike, the sooner the larger x is: of 1 at once, of 0 never.
pub fn latency(x: &[f64], features: usize, steps: usize) -> SpikeBits {
    let mut spikes = SpikeBits::none(features, x.len() / features, steps);
    for (index, x) in x.iter().enumerate() {
        let lasts = (x.clamp(0.0, 1.0) * steps as f64).round() as usize;
        if lasts > 0 {
            spikes.set(index / features, steps - lasts, index % features);
        }
    }
    spikes
}

struct Uniforms<'a> {
    key: Key,
    stream: u64,
    step: u64,
    out: &'a mut [f64],
}

impl Task for Uniforms<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.key.uniforms(self.stream, self.step, self.out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(spikes: &SpikeBits) -> Vec<u32> {
        let mut counts = vec![0; spikes.copies() * spikes.neurons()];
        spikes.count(&mut counts);
        counts
    }

    #[test]
    fn a_regular_code_counts_to_its_number() {
        let spikes = regular(&[0.0, 0.25, 1.0, 0.5], 2, 64, 1.0, 0.0);
        assert_eq!(counts(&spikes), [0, 16, 64, 32]);
        assert_eq!((spikes.row(0, 3), spikes.row(0, 4)), (&[0b10][..], &[0][..]));
    }

    #[test]
    fn a_chance_code_counts_to_it_on_average() {
        let (n, p) = (4000, 0.3);
        let spikes = poisson(&[p, 1.0], 2, n, 1.0, 0, 5);
        let counts = counts(&spikes);
        let deviation = (n as f64 * p * (1.0 - p)).sqrt();
        assert!((f64::from(counts[0]) - n as f64 * p).abs() < 4.0 * deviation, "four standard errors");
        assert_eq!(counts[1], n as u32);
        // A sample draws the same wherever it stands.
        let later = poisson(&[p, 1.0], 2, n, 1.0, 7, 5);
        assert_eq!(poisson(&[0.0, 0.0, p, 1.0], 2, n, 1.0, 6, 5).row(1, 9), later.row(0, 9));
    }

    #[test]
    fn a_latency_is_the_shorter_the_larger_the_number() {
        let spikes = latency(&[1.0, 0.25, 0.0, 7.0], 4, 8);
        let found: Vec<u64> = (0..8).map(|step| spikes.row(0, step)[0]).collect();
        assert_eq!(found, [0b1001, 0, 0, 0, 0, 0, 0b10, 0]);
    }
}
