//! Hints to the machine: what memory that is read at random is needed soon, that pages should be large, and what is written soon
//! that another core has read.
//!
//! Hints change no result. Without them a cold segment of some forty synapses costs several times as long as its
//! additions: two hundred nanoseconds of waiting for memory, and a walk through the page table for each page of 4 KiB.

use std::ops::Range;

/// Lines of the cache that are asked for at most; what comes after them the hardware guesses by itself.
#[cfg(target_arch = "x86_64")]
const LINES: usize = 4;

/// Asks for the first lines of `list[range]`.
#[inline(always)]
pub fn prefetch<T>(list: &[T], range: Range<usize>) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let bytes = range.len() * size_of::<T>();
        let start = list.as_ptr().wrapping_add(range.start).cast::<i8>();
        for line in 0..bytes.div_ceil(64).min(LINES) {
            // SAFETY: a prefetch reads nothing and faults at no address.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(64 * line)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (list, range);
}

/// Asks for the line of `place`, to be written: whoever else has it must give it up.
#[inline(always)]
pub fn claim<T>(place: &T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing and faults at no address; processors that do not know this one take it for no operation.
    unsafe {
        std::arch::asm!("prefetchw [{}]", in(reg) std::ptr::from_ref(place), options(nostack, preserves_flags, readonly));
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}

/// An empty list with room for `length`, on large pages where the system has them.
pub fn with_room<T>(length: usize) -> Vec<T> {
    let list = Vec::with_capacity(length);
    #[cfg(target_os = "linux")]
    {
        const PAGE: usize = 4096;
        let start = (list.as_ptr() as usize).next_multiple_of(PAGE);
        let end = (list.as_ptr() as usize + length * size_of::<T>()) / PAGE * PAGE;
        if end > start + (2 << 20) {
            // SAFETY: the pages lie within the list's own allocation, and the advice changes nothing of what is in them.
            unsafe { libc::madvise(start as *mut libc::c_void, end - start, libc::MADV_HUGEPAGE) };
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_change_nothing() {
        let mut list: Vec<u32> = with_room(3_000_000);
        list.extend(0..3_000_000);
        prefetch(&list, 5..900);
        prefetch(&list, 2_999_999..3_000_000);
        list.iter().step_by(1000).for_each(claim);
        assert!(list.iter().enumerate().all(|(i, x)| i as u32 == *x));
    }
}
