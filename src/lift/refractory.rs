//! Who is refractory: a bit a cell, and a queue of those that will be free again.
//!
//! The state of a cell is looked at in every step, so it is a bit; when it changes is known when the cell
//! fires, so it is written down once and not counted down.

use crate::num::bits::WORD;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The refractory ones among some cells.
#[derive(Clone, Default)]
pub struct Refractory {
    held: Vec<u64>,
    /// (steps after which it is free, cell), the earliest on top.
    releases: BinaryHeap<Reverse<(u64, u32)>>,
    passed: u64,
}

impl Refractory {
    /// All cells are free.
    pub fn new(cells: usize) -> Refractory {
        Refractory { held: vec![0; cells.div_ceil(WORD)], ..Refractory::default() }
    }

    /// A step is over: those whose time is over are free from here.
    #[inline]
    pub fn pass(&mut self) {
        self.passed += 1;
        while let Some(&Reverse((_, cell))) = self.releases.peek().filter(|next| next.0.0 <= self.passed) {
            self.releases.pop();
            self.held[cell as usize / WORD] &= !(1 << (cell as usize % WORD));
        }
    }

    /// A cell that fires now is held for the `steps` that follow.
    #[inline]
    pub fn hold(&mut self, cell: usize, steps: u32) {
        if steps > 0 {
            self.held[cell / WORD] |= 1 << (cell % WORD);
            self.releases.push(Reverse((self.passed + u64::from(steps), cell as u32)));
        }
    }

    pub fn is_held(&self, cell: usize) -> bool {
        self.held[cell / WORD] >> (cell % WORD) & 1 == 1
    }

    /// A bit a cell.
    pub fn words(&self) -> &[u64] {
        &self.held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_for_as_many_steps_as_asked() {
        let mut refractory = Refractory::new(70);
        refractory.hold(3, 2);
        refractory.hold(69, 1);
        refractory.hold(5, 0);
        let mut seen = vec![];
        for step in 0..4 {
            seen.push([3, 5, 69].map(|cell| refractory.is_held(cell)));
            refractory.pass();
            if step == 1 {
                refractory.hold(69, 1);
            }
        }
        assert_eq!(seen, [[true, false, true], [true, false, false], [false, false, true], [false; 3]]);
        assert_eq!(refractory.words(), [0, 0]);
    }
}
