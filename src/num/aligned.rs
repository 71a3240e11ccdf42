//! Numbers that begin where a line of the cache does, so that no vector of them lies on two.

use std::ops::{Deref, DerefMut};

/// Numbers in a line of the cache.
const LINE: usize = 64 / size_of::<f64>();

/// A list of numbers that begins with a line of the cache.
#[derive(Debug, Default)]
pub struct Aligned {
    /// With other numbers before and behind it.
    list: Vec<f64>,
    start: usize,
    length: usize,
}

impl Aligned {
    pub fn zeros(length: usize) -> Aligned {
        let list = vec![0.0; length + LINE - 1];
        let start = list.as_ptr().align_offset(64).min(LINE - 1);
        Aligned { list, start, length }
    }
}

impl From<&[f64]> for Aligned {
    fn from(values: &[f64]) -> Aligned {
        let mut own = Aligned::zeros(values.len());
        own.copy_from_slice(values);
        own
    }
}

impl Deref for Aligned {
    type Target = [f64];
    #[inline(always)]
    fn deref(&self) -> &[f64] {
        &self.list[self.start..self.start + self.length]
    }
}

impl DerefMut for Aligned {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [f64] {
        &mut self.list[self.start..self.start + self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_with_a_line() {
        for length in [0, 1, 8, 1000, 100_000] {
            let mut list = Aligned::zeros(length);
            assert_eq!((list.as_ptr() as usize % 64, list.len()), (0, length));
            list.iter_mut().enumerate().for_each(|(i, x)| *x = i as f64);
            assert!(Aligned::from(&*list).iter().enumerate().all(|(i, x)| *x == i as f64));
        }
    }
}
