//! Sets of things as bits of words.

/// Bits of a word.
pub const WORD: usize = 64;

/// The places of the bits of `word`, ascending.
#[inline(always)]
pub fn places(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = word.trailing_zeros() as usize;
        (word != 0).then(|| {
            word &= word - 1;
            place
        })
    })
}

/// Which of up to [`WORD`] words are not empty, a bit each. Where these are few and anywhere, a branch for each word is mispredicted as
/// often as not, which takes longer than all words together.
#[inline(always)]
pub fn occupied(words: &[u64]) -> u64 {
    words.iter().enumerate().fold(0, |all, (i, word)| all | u64::from(*word != 0) << i)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_ascend() {
        assert_eq!(places(0b1001_0000 | 1 << 63).collect::<Vec<_>>(), [4, 7, 63]);
        assert_eq!(places(0).count() + places(u64::MAX).count(), WORD);
    }

    #[test]
    fn words_that_are_not_empty() {
        let words: [u64; WORD] = std::array::from_fn(|i| if i % 21 == 0 { 1 << i } else { 0 });
        assert_eq!(places(occupied(&words)).collect::<Vec<_>>(), [0, 21, 42, 63]);
        assert_eq!(occupied(&[]), 0);
    }
}
