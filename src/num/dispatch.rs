//! The same loop compiled for several vector units, chosen when the program runs.
//!
//! A [`Task`]'s `run` must be `#[inline(always)]`, and so must all that its loop calls: only what is inlined into the
//! functions below is compiled with their features. The bits do not depend on the choice: the compiler fuses no multiplication and
//! addition by itself, lanes never add up across each other, and where a loop asks for a fused multiply-add (`f64::mul_add`) it is
//! one at every level, if only by a call of the platform's `fma` on processors older than 2013.

use std::sync::LazyLock;

/// A piece of work whose loops should use the widest vectors that the machine has.
pub trait Task {
    type Output;
    /// Implement with `#[inline(always)]`.
    fn run(self) -> Self::Output;
}

/// A [`Task`] along lists that are arguments of their own: so the compiler knows that none of them is part of another. Where it
/// does not know, it asks before each loop, which took a fifth of the time of short loops.
pub trait TaskAlong {
    /// Implement with `#[inline(always)]`.
    fn run(self, a: &mut [f64], b: &mut [f64], x: &[f64], y: &[f64], z: &[f64]);
}

/// What a processor offers, narrowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Baseline,
    Avx2,
    Avx512,
}

impl Level {
    pub const ALL: [Level; 3] = [Level::Baseline, Level::Avx2, Level::Avx512];

    #[cfg(target_arch = "x86_64")]
    #[inline]
    pub fn is_available(self) -> bool {
        // The standard library remembers the answers.
        match self {
            Level::Baseline => true,
            Level::Avx2 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("fma")
                    && is_x86_feature_detected!("popcnt")
                    && is_x86_feature_detected!("bmi1")
                    && is_x86_feature_detected!("bmi2")
            }
            Level::Avx512 => {
                Level::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
            }
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    #[inline]
    pub fn is_available(self) -> bool {
        self == Level::Baseline
    }
}

/// The widest level available; asked once.
static WIDEST: LazyLock<Level> =
    LazyLock::new(|| Level::ALL.into_iter().rfind(|level| level.is_available()).unwrap_or(Level::Baseline));

/// Runs the task at the widest level available.
#[inline]
pub fn run<T: Task>(task: T) -> T::Output {
    // SAFETY: the level is available.
    unsafe { run_unasked(*WIDEST, task) }
}

/// Runs the task at `level`, or at the baseline if the machine does not have it.
#[inline]
pub fn run_at<T: Task>(level: Level, task: T) -> T::Output {
    let level = if level.is_available() { level } else { Level::Baseline };
    // SAFETY: the level is available.
    unsafe { run_unasked(level, task) }
}

/// [`run`] along lists.
#[inline]
pub fn run_along<T: TaskAlong>(task: T, a: &mut [f64], b: &mut [f64], x: &[f64], y: &[f64], z: &[f64]) {
    #[cfg(target_arch = "x86_64")]
    match *WIDEST {
        Level::Baseline => task.run(a, b, x, y, z),
        // SAFETY: the level is available.
        Level::Avx2 => unsafe { avx2_along(task, a, b, x, y, z) },
        // SAFETY: as above.
        Level::Avx512 => unsafe { avx512_along(task, a, b, x, y, z) },
    }
    #[cfg(not(target_arch = "x86_64"))]
    task.run(a, b, x, y, z);
}

/// # Safety
/// The processor must have what `level` says.
#[cfg(target_arch = "x86_64")]
#[inline]
unsafe fn run_unasked<T: Task>(level: Level, task: T) -> T::Output {
    match level {
        Level::Baseline => task.run(),
        // SAFETY: the caller says that the processor has the features that the callee is compiled for.
        Level::Avx2 => unsafe { avx2(task) },
        // SAFETY: as above.
        Level::Avx512 => unsafe { avx512(task) },
    }
}

/// # Safety
/// None is needed where there is one level only.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
unsafe fn run_unasked<T: Task>(_: Level, task: T) -> T::Output {
    task.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,popcnt,bmi1,bmi2")]
fn avx2<T: Task>(task: T) -> T::Output {
    task.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,fma,popcnt,bmi1,bmi2")]
fn avx512<T: Task>(task: T) -> T::Output {
    task.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,popcnt,bmi1,bmi2")]
fn avx2_along<T: TaskAlong>(task: T, a: &mut [f64], b: &mut [f64], x: &[f64], y: &[f64], z: &[f64]) {
    task.run(a, b, x, y, z);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,fma,popcnt,bmi1,bmi2")]
fn avx512_along<T: TaskAlong>(task: T, a: &mut [f64], b: &mut [f64], x: &[f64], y: &[f64], z: &[f64]) {
    task.run(a, b, x, y, z);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::math;

    struct Everything<'a>(&'a [f64], &'a mut [f64]);

    impl Task for Everything<'_> {
        type Output = ();
        #[inline(always)]
        fn run(self) {
            for (x, y) in self.0.iter().zip(self.1) {
                *y = math::exp(*x) + math::sin(*x) * math::cos(*x) - math::ln(x.abs()) * math::exprel(*x);
            }
        }
    }

    #[test]
    fn every_level_gives_the_same_bits() {
        let x: Vec<f64> = (0..1003).map(|i| (i as f64 - 500.0) * 0.0771).collect();
        let results = Level::ALL.map(|level| {
            let mut y = vec![0.0; x.len()];
            run_at(level, Everything(&x, &mut y));
            y.iter().map(|y| y.to_bits()).collect::<Vec<_>>()
        });
        assert!(results.iter().all(|bits| *bits == results[0]));
    }
}
