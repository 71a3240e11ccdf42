//! Sources that spike by chance, at most once a step.

use crate::num::dispatch::Task;
use crate::num::rng::Key;

/// Neurons at a time.
const LANES: usize = 64;

/// One spike or none for each neuron.
pub struct Toss<'a> {
    pub key: Key,
    pub chances: &'a [f64],
    /// Random stream, and number, of the first neuron.
    pub first: u64,
    pub neuron: u32,
    pub step: i64,
    pub fired: &'a mut Vec<(u32, f64)>,
}

impl Task for Toss<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let mut uniforms = [0.0; LANES];
        for (block, chances) in self.chances.chunks(LANES).enumerate() {
            let start = block * LANES;
            let uniforms = &mut uniforms[..chances.len()];
            self.key.uniforms(self.first + start as u64, self.step as u64, uniforms);
            for (i, (u, chance)) in uniforms.iter().zip(chances).enumerate() {
                if u < chance {
                    self.fired.push((self.neuron + (start + i) as u32, 0.0));
                }
            }
        }
    }
}
