//! Spikes of many copies of a layer during some steps, a bit for each neuron.

use crate::num::bits::{WORD, places};
use crate::num::dispatch::{self, Task};
use std::ops::Range;

/// `[copy][step][neuron]`; the bits beyond the last neuron of a row are 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpikeBits {
    neurons: usize,
    copies: usize,
    steps: usize,
    bits: Vec<u64>,
}

impl SpikeBits {
    /// No spikes.
    pub fn none(neurons: usize, copies: usize, steps: usize) -> SpikeBits {
        SpikeBits { neurons, copies, steps, bits: vec![0; neurons.div_ceil(WORD) * copies * steps] }
    }

    pub fn neurons(&self) -> usize {
        self.neurons
    }

    pub fn copies(&self) -> usize {
        self.copies
    }

    pub fn steps(&self) -> usize {
        self.steps
    }

    /// Words of a row.
    pub fn words(&self) -> usize {
        self.neurons.div_ceil(WORD)
    }

    /// One copy's neurons in one step.
    pub fn row(&self, copy: usize, step: usize) -> &[u64] {
        let first = (copy * self.steps + step) * self.words();
        &self.bits[first..first + self.words()]
    }

    /// All rows, step after step of copy after copy.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[u64]> {
        self.bits.chunks_exact(self.words().max(1))
    }

    /// As [`SpikeBits::row`], to be written; bits beyond the last neuron must stay 0.
    pub fn row_mut(&mut self, copy: usize, step: usize) -> &mut [u64] {
        let words = self.words();
        let first = (copy * self.steps + step) * words;
        &mut self.bits[first..first + words]
    }

    /// A spike.
    pub fn set(&mut self, copy: usize, step: usize, neuron: usize) {
        assert!(neuron < self.neurons, "a neuron that is not there");
        self.row_mut(copy, step)[neuron / WORD] |= 1 << (neuron % WORD);
    }

    /// The neurons of one copy that spike in one step, ascending.
    pub fn spiking(&self, copy: usize, step: usize) -> impl Iterator<Item = usize> {
        let words = self.row(copy, step).iter().enumerate();
        words.flat_map(|(number, word)| places(*word).map(move |place| number * WORD + place))
    }

    /// Some copies.
    pub fn of_copies(&self, copies: Range<usize>) -> SpikeBits {
        let row = self.words() * self.steps;
        let bits = self.bits[copies.start * row..copies.end * row].to_vec();
        SpikeBits { copies: copies.len(), bits, neurons: self.neurons, steps: self.steps }
    }

    /// The steps `first .. first + steps`; there are no spikes beyond the last.
    pub fn part(&self, first: usize, steps: usize) -> SpikeBits {
        let mut part = SpikeBits::none(self.neurons, self.copies, steps);
        for copy in 0..self.copies {
            for step in first..(first + steps).min(self.steps) {
                part.row_mut(copy, step - first).copy_from_slice(self.row(copy, step));
            }
        }
        part
    }

    /// Forgets all spikes; `steps` may change.
    pub(super) fn clear(&mut self, steps: usize) {
        self.steps = steps;
        self.bits.clear();
        self.bits.resize(self.words() * self.copies * steps, 0);
    }

    /// Spikes of all copies in one step.
    pub fn at(&self, step: usize) -> u64 {
        let of = |copy: usize| self.row(copy, step).iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
        (0..self.copies).map(of).sum()
    }

    /// Adds each neuron's spikes to `counts`, `[copy][neuron]`.
    pub fn count(&self, counts: &mut [u32]) {
        assert_eq!(counts.len(), self.copies * self.neurons, "a count for each neuron");
        dispatch::run(Count { spikes: self, counts });
    }
}

struct Count<'a> {
    spikes: &'a SpikeBits,
    counts: &'a mut [u32],
}

impl Task for Count<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Count { spikes, counts } = self;
        let words = spikes.words();
        for (copy, counts) in counts.chunks_exact_mut(spikes.neurons.max(1)).enumerate() {
            for (word, counts) in counts.chunks_mut(WORD).enumerate() {
                let mut sums = [0; WORD];
                for step in 0..spikes.steps {
                    let bits = spikes.bits[(copy * spikes.steps + step) * words + word];
                    let (low, high) = (bits as u32, (bits >> 32) as u32);
                    for i in 0..WORD / 2 {
                        sums[i] += (low >> i) & 1;
                        sums[WORD / 2 + i] += (high >> i) & 1;
                    }
                }
                counts.iter_mut().zip(&sums).for_each(|(count, sum)| *count += sum);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::{Purpose, Stream};

    #[test]
    fn bits_are_counted_one_by_one() {
        let mut spikes = SpikeBits::none(70, 3, 5);
        let mut stream = Stream::new(1, Purpose::Weight, 0, 0);
        let (mut counts, mut at) = ([0u32; 210], [0u64; 5]);
        for copy in 0..3 {
            for (step, at) in at.iter_mut().enumerate() {
                for neuron in 0..70 {
                    if stream.uniform() < 0.3 {
                        spikes.set(copy, step, neuron);
                        counts[copy * 70 + neuron] += 1;
                        *at += 1;
                    }
                }
            }
        }
        let mut found = [0; 210];
        spikes.count(&mut found);
        assert_eq!(found, counts);
        assert_eq!([0, 1, 2, 3, 4].map(|step| spikes.at(step)), at);
        let part = spikes.part(3, 4);
        assert_eq!((part.row(2, 0), part.row(2, 1), part.at(2)), (spikes.row(2, 3), spikes.row(2, 4), 0));
    }
}
