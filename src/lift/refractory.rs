//! Who is refractory: a bit a cell, and a queue of those that will be free again.
//!
//! The state of a cell is looked at in every step, so it is a bit; when it changes is known when the cell
//! fires, so it is written down once and not counted down. Cells that are held equally long are free in the order in which they
//! fired: a heap is for the others.

use crate::num::bits::WORD;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// The refractory ones among some cells.
#[derive(Clone, Default)]
pub struct Refractory {
    held: Vec<u64>,
    /// (steps after which it is free, cell), ascending in these steps.
    queue: VecDeque<(u64, u32)>,
    /// Those that were free before others that fired before them; the earliest on top.
    others: BinaryHeap<Reverse<(u64, u32)>>,
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
        while let Some(&(_, cell)) = self.queue.front().filter(|next| next.0 <= self.passed) {
            self.queue.pop_front();
            self.free(cell);
        }
        while let Some(&Reverse((_, cell))) = self.others.peek().filter(|next| next.0.0 <= self.passed) {
            self.others.pop();
            self.free(cell);
        }
    }

    fn free(&mut self, cell: u32) {
        self.held[cell as usize / WORD] &= !(1 << (cell as usize % WORD));
    }

    /// A cell that fires now is held for the `steps` that follow.
    #[inline]
    pub fn hold(&mut self, cell: usize, steps: u32) {
        if steps > 0 {
            self.held[cell / WORD] |= 1 << (cell % WORD);
            let release = (self.passed + u64::from(steps), cell as u32);
            if self.queue.back().is_none_or(|last| last.0 <= release.0) {
                self.queue.push_back(release);
            } else {
                self.others.push(Reverse(release));
            }
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
