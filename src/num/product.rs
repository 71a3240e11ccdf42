//! Products of matrices in single precision, by `matrixmultiply`: its one unsafe call behind checked lengths.

use rayon::prelude::*;

/// A matrix in memory, row by row, or the transpose of one.
#[derive(Clone, Copy)]
pub struct Factor<'a> {
    pub values: &'a [f32],
    /// Of the matrix as it takes part in the product.
    pub rows: usize,
    pub columns: usize,
    /// `values` holds the transpose, row by row.
    pub transposed: bool,
}

impl<'a> Factor<'a> {
    pub fn new(values: &'a [f32], rows: usize, columns: usize) -> Factor<'a> {
        Factor { values, rows, columns, transposed: false }
    }

    /// The transpose of `rows` x `columns` values.
    pub fn transpose(values: &'a [f32], rows: usize, columns: usize) -> Factor<'a> {
        Factor { values, rows: columns, columns: rows, transposed: true }
    }

    fn strides(&self) -> (isize, isize) {
        if self.transposed { (1, self.rows as isize) } else { (self.columns as isize, 1) }
    }
}

/// Rows of a product that one thread takes at least.
const ROWS: usize = 64;
/// Multiplications below which a second thread costs more than it does.
const WORTHWHILE: usize = 1 << 22;

/// out = a b + keep out, `out` row by row. Each number is summed in the same order for any number of threads.
///
/// # Panics
/// If the sizes do not fit together.
pub fn product(a: Factor, b: Factor, keep: f32, out: &mut [f32]) {
    assert!(a.columns == b.rows && out.len() == a.rows * b.columns, "factors and product fit together");
    let work = a.rows * a.columns * b.columns;
    let threads = rayon::current_num_threads();
    if work < WORTHWHILE || threads < 2 || a.rows < 2 * ROWS {
        return multiply(a, b, keep, out);
    }
    let rows = a.rows.div_ceil(threads).next_multiple_of(ROWS);
    out.par_chunks_mut(rows * b.columns).enumerate().for_each(|(part, out)| {
        let count = out.len() / b.columns;
        let part = match a.transposed {
            false => Factor { values: &a.values[part * rows * a.columns..], rows: count, ..a },
            // A transposed factor's rows lie across: the part keeps the whole's stride.
            true => return multiply_part(a, part * rows, count, b, keep, out),
        };
        multiply(part, b, keep, out);
    });
}

fn multiply(a: Factor, b: Factor, keep: f32, out: &mut [f32]) {
    multiply_part(a, 0, a.rows, b, keep, out);
}

/// The product of `count` rows of `a`, from `first` on, with `b`.
fn multiply_part(a: Factor, first: usize, count: usize, b: Factor, keep: f32, out: &mut [f32]) {
    assert!(first + count <= a.rows && a.values.len() >= a.rows * a.columns, "the first factor is all there");
    assert!(b.values.len() >= b.rows * b.columns, "the second factor is all there");
    assert!(out.len() == count * b.columns && a.columns == b.rows, "factors and product fit together");
    let ((a_row, a_column), (b_row, b_column)) = (a.strides(), b.strides());
    let start = &a.values[(first as isize * a_row) as usize..];
    // SAFETY: the strides reach the last element of rows x columns values and no further, and the three assertions
    // say that so many are there; `out` is borrowed alone, so the product does not overlap a factor.
    unsafe {
        matrixmultiply::sgemm(
            count,
            a.columns,
            b.columns,
            1.0,
            start.as_ptr(),
            a_row,
            a_column,
            b.values.as_ptr(),
            b_row,
            b_column,
            keep,
            out.as_mut_ptr(),
            b.columns as isize,
            1,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive(a: Factor, b: Factor) -> Vec<f32> {
        let at = |m: &Factor, i: usize, j: usize| {
            let (row, column) = m.strides();
            f64::from(m.values[i * row as usize + j * column as usize])
        };
        let sum = |i: usize, j: usize| (0..a.columns).map(|k| at(&a, i, k) * at(&b, k, j)).sum::<f64>() as f32;
        (0..a.rows).flat_map(|i| (0..b.columns).map(move |j| (i, j))).map(|(i, j)| sum(i, j)).collect()
    }

    #[test]
    fn as_the_definition_says() {
        for (m, k, n) in [(1, 1, 1), (3, 5, 2), (300, 70, 230), (129, 256, 200)] {
            let numbers = |count: usize| (0..count).map(|i| (i * 7 % 13) as f32 - 6.0).collect::<Vec<f32>>();
            let (a, b) = (numbers(m * k), numbers(k * n));
            let a = [Factor::new(&a, m, k), Factor::transpose(&a, k, m)];
            let b = [Factor::new(&b, k, n), Factor::transpose(&b, n, k)];
            for a in a {
                for b in b {
                    let mut out = vec![1.0; m * n];
                    product(a, b, 1.0, &mut out);
                    // Integers below 2^24: every sum is exact.
                    let wanted: Vec<f32> = naive(a, b).iter().map(|value| value + 1.0).collect();
                    assert!(out == wanted, "{m} {k} {n}");
                }
            }
        }
    }
}
