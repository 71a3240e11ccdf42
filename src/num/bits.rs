//! Sets of things as bits of words.

/// Bits of a word.
pub const WORD: usize = 64;

/// The places of the bits of `word`, ascending.
pub fn places(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = word.trailing_zeros() as usize;
        (word != 0).then(|| {
            word &= word - 1;
            place
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_ascend() {
        assert_eq!(places(0b1001_0000 | 1 << 63).collect::<Vec<_>>(), [4, 7, 63]);
        assert_eq!(places(0).count() + places(u64::MAX).count(), WORD);
    }
}
