//! The fastest product of two matrices of f32 that the machine offers, for a network that is only evaluated.
//!
//! The crate `matrixmultiply` uses fused multiply-adds where there are any, so the last bits depend on the processor:
//! what is trained, or reaches a digest, uses [`matrix`](super::matrix). Its interface is of pointers and strides,
//! which stands here behind slices of checked lengths.

use super::matrix::View;

/// `out = left right`, row by row; `out` has `left.rows() * right.columns()` numbers.
pub fn product(left: View<f32>, right: View<f32>, out: &mut [f32]) {
    let (m, k, n) = (left.rows(), left.columns(), right.columns());
    assert_eq!(k, right.rows(), "factors that do not fit");
    assert_eq!(out.len(), m * n, "a result of the wrong size");
    let ((a, a_row, a_column), (b, b_row, b_column)) = (left.parts(), right.parts());
    // SAFETY: a `View` cannot be made of a slice of another length than rows times columns, and its strides are those
    // of such a matrix or of its transpose, so every element that is read lies in the slice; `out` has just been seen
    // to have m n numbers, no two of which share a place, and is borrowed mutably, so it overlaps neither factor.
    unsafe {
        matrixmultiply::sgemm(
            m,
            k,
            n,
            1.0,
            a.as_ptr(),
            a_row as isize,
            a_column as isize,
            b.as_ptr(),
            b_row as isize,
            b_column as isize,
            0.0,
            out.as_mut_ptr(),
            n as isize,
            1,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::{Purpose, Stream};

    #[test]
    fn as_the_definition_says() {
        let mut stream = Stream::new(1, Purpose::Weight, 0, 0);
        for (m, k, n) in [(1, 1, 1), (3, 0, 2), (5, 7, 33), (17, 513, 70)] {
            let mut random = |n: usize| (0..n).map(|_| stream.normal() as f32).collect::<Vec<f32>>();
            let (a, b) = (random(m * k), random(k * n));
            let bt: Vec<f32> = (0..k * n).map(|at| b[(at % k) * n + at / k]).collect();
            for right in [View::new(&b, k, n), View::new(&bt, n, k).transposed()] {
                let mut out = vec![f32::NAN; m * n];
                product(View::new(&a, m, k), right, &mut out);
                for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                    let exact: f64 = (0..k).map(|p| f64::from(a[i * k + p]) * f64::from(b[p * n + j])).sum();
                    // Rounding of k sums of standard normal products.
                    assert!((f64::from(out[i * n + j]) - exact).abs() < 1e-4, "{m} {k} {n}");
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "a result of the wrong size")]
    fn shapes_are_checked() {
        product(View::new(&[1.0; 6], 2, 3), View::new(&[1.0; 6], 3, 2), &mut [0.0; 3]);
    }
}
