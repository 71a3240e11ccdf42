//! Products of dense matrices with the same bits on every processor and for any number of threads.
//!
//! Each number of the result is a sum over the inner index in rising order, in blocks of a fixed length, with neither
//! fused multiply-adds nor sums across vector lanes: what is trained with these products does not depend on the
//! machine. The way is that of Goto & van de Geijn (2008): a block of each factor is copied ("packed") into panels in
//! the order in which it is needed, and a small tile of the result stays in registers while the inner index runs.

use super::dispatch::{self, Task};
use rayon::prelude::*;
use std::ops::{Add, AddAssign, Mul};

/// A number that matrices are made of: f32 or f64.
pub trait Scalar: Copy + Default + Send + Sync + Add<Output = Self> + Mul<Output = Self> + AddAssign {}

impl Scalar for f32 {}
impl Scalar for f64 {}

/// Rows of a tile, and columns: four registers of 512 bits, or eight of 256, hold one of f32. Measured: a larger tile is
/// left in memory by the compiler, and twenty times slower.
const ROWS: usize = 4;
const COLUMNS: usize = 16;
/// The inner index runs through so many before the result is touched: two panels fit into a first-level cache.
const DEPTH: usize = 256;
/// Rows of the result for one thread at a time.
const SHARE: usize = 32;
/// Multiply-accumulates below which a second thread costs more than it brings: some tens of microseconds of work.
const WORTH_SHARING: usize = 4_000_000;

/// A matrix that lies row by row in a slice, or the transpose of one.
#[derive(Clone, Copy)]
pub struct View<'a, T> {
    data: &'a [T],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a, T> View<'a, T> {
    /// `data[row * columns + column]`.
    pub fn new(data: &'a [T], rows: usize, columns: usize) -> View<'a, T> {
        assert_eq!(data.len(), rows * columns, "a matrix of {rows} x {columns}");
        View { data, rows, columns, row_stride: columns, column_stride: 1 }
    }

    pub fn transposed(self) -> View<'a, T> {
        View {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// The slice, and the distances of neighbours in a column and in a row.
    pub fn parts(&self) -> (&'a [T], usize, usize) {
        (self.data, self.row_stride, self.column_stride)
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn columns(&self) -> usize {
        self.columns
    }
}

/// Memory for packed panels, to be used again and again.
#[derive(Default)]
pub struct Products<T> {
    left: Vec<T>,
    right: Vec<T>,
}

impl<T: Scalar> Products<T> {
    pub fn new() -> Products<T> {
        Products { left: vec![], right: vec![] }
    }

    /// `out = left right`, row by row.
    pub fn set(&mut self, left: View<T>, right: View<T>, out: &mut [T]) {
        out.fill(T::default());
        self.add(left, right, out);
    }

    /// `out += left right`, row by row.
    pub fn add(&mut self, left: View<T>, right: View<T>, out: &mut [T]) {
        assert_eq!(left.columns, right.rows, "factors that do not fit");
        assert_eq!(out.len(), left.rows * right.columns, "a result of the wrong size");
        if out.is_empty() {
            return;
        }
        let shared = left.rows * left.columns * right.columns >= WORTH_SHARING;
        let share = if shared { SHARE } else { left.rows.next_multiple_of(ROWS) };
        for from in (0..left.columns).step_by(DEPTH) {
            let depth = DEPTH.min(left.columns - from);
            self.right.resize(right.columns.next_multiple_of(COLUMNS) * depth, T::default());
            dispatch::run(Pack::<T, COLUMNS> {
                view: right.transposed(),
                first: 0,
                count: right.columns,
                from,
                depth,
                panels: &mut self.right,
            });
            self.left.resize(left.rows.next_multiple_of(share) * depth, T::default());
            let panels = self.right.as_slice();
            let work = |(index, (out, packed)): (usize, (&mut [T], &mut [T]))| {
                let (first, count) = (index * share, out.len() / right.columns);
                dispatch::run(Pack::<T, ROWS> { view: left, first, count, from, depth, panels: packed });
                dispatch::run(Tiles { depth, left: packed, right: panels, columns: right.columns, out });
            };
            let (out_share, packed_share) = (share * right.columns, share * depth);
            if shared {
                let parts = out.par_chunks_mut(out_share).zip(self.left.par_chunks_mut(packed_share));
                parts.enumerate().for_each(work);
            } else {
                out.chunks_mut(out_share).zip(self.left.chunks_mut(packed_share)).enumerate().for_each(work);
            }
        }
    }
}

/// Copies `count` rows of a matrix, columns `from..from + depth`, into panels of `WIDTH` rows: `[panel][column][row]`,
/// padded with zeros.
struct Pack<'a, T, const WIDTH: usize> {
    view: View<'a, T>,
    first: usize,
    count: usize,
    from: usize,
    depth: usize,
    panels: &'a mut [T],
}

impl<T: Scalar, const WIDTH: usize> Task for Pack<'_, T, WIDTH> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Pack { view, first, count, from, depth, panels } = self;
        for (index, panel) in panels.chunks_mut(WIDTH * depth).enumerate() {
            let row = index * WIDTH;
            let width = WIDTH.min(count.saturating_sub(row));
            let start = (first + row) * view.row_stride + from * view.column_stride;
            if width < WIDTH {
                panel.fill(T::default());
            }
            if width == 0 {
                continue;
            }
            if view.row_stride == 1 {
                for (k, cells) in panel.chunks_exact_mut(WIDTH).enumerate() {
                    let source = &view.data[start + k * view.column_stride..];
                    // A panel that is full has a length that the compiler knows.
                    if width == WIDTH {
                        cells.copy_from_slice(&source[..WIDTH]);
                    } else {
                        cells[..width].copy_from_slice(&source[..width]);
                    }
                }
            } else {
                for i in 0..width {
                    let source = &view.data[start + i * view.row_stride..][..depth];
                    for (cell, x) in panel[i..].iter_mut().step_by(WIDTH).zip(source) {
                        *cell = *x;
                    }
                }
            }
        }
    }
}

/// `out +=` packed rows times packed columns.
struct Tiles<'a, T> {
    depth: usize,
    left: &'a [T],
    right: &'a [T],
    columns: usize,
    out: &'a mut [T],
}

impl<T: Scalar> Task for Tiles<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Tiles { depth, left, right, columns, out } = self;
        for (j, right) in right.chunks_exact(COLUMNS * depth).enumerate() {
            let first = j * COLUMNS;
            let width = COLUMNS.min(columns - first);
            for (rows, left) in out.chunks_mut(ROWS * columns).zip(left.chunks_exact(ROWS * depth)) {
                let sums = tile(left, right);
                for (row, sums) in rows.chunks_exact_mut(columns).zip(&sums) {
                    let cells = &mut row[first..first + width];
                    if width == COLUMNS {
                        for j in 0..COLUMNS {
                            cells[j] += sums[j];
                        }
                    } else {
                        for (cell, sum) in cells.iter_mut().zip(sums) {
                            *cell += *sum;
                        }
                    }
                }
            }
        }
    }
}

/// The whole of the work: products of a panel of rows and one of columns.
#[inline(always)]
fn tile<T: Scalar>(left: &[T], right: &[T]) -> [[T; COLUMNS]; ROWS] {
    let mut sums = [[T::default(); COLUMNS]; ROWS];
    for (left, right) in left.as_chunks::<ROWS>().0.iter().zip(right.as_chunks::<COLUMNS>().0) {
        for i in 0..ROWS {
            for j in 0..COLUMNS {
                sums[i][j] += left[i] * right[j];
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::{Purpose, Stream};

    fn random(n: usize, stream: &mut Stream) -> Vec<f64> {
        (0..n).map(|_| stream.normal()).collect()
    }

    /// By definition, in the order that the module promises.
    fn naive(a: &[f64], b: &[f64], (m, k, n): (usize, usize, usize)) -> Vec<f64> {
        let mut out = vec![0.0; m * n];
        for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
            for block in (0..k).step_by(DEPTH) {
                let block = block..(block + DEPTH).min(k);
                out[i * n + j] += block.fold(0.0, |sum, p| sum + a[i * k + p] * b[p * n + j]);
            }
        }
        out
    }

    fn transpose(a: &[f64], rows: usize, columns: usize) -> Vec<f64> {
        (0..rows * columns).map(|at| a[(at % rows) * columns + at / rows]).collect()
    }

    #[test]
    fn products_of_any_shape_are_those_of_the_definition() {
        let mut stream = Stream::new(1, Purpose::Weight, 0, 0);
        let mut products = Products::new();
        // The last is shared among threads.
        for (m, k, n) in
            [(1, 1, 1), (3, 0, 2), (0, 3, 2), (5, 7, 33), (4, 256, 32), (10, 300, 1), (17, 513, 70), (200, 300, 130)]
        {
            let (a, b) = (random(m * k, &mut stream), random(k * n, &mut stream));
            let exact = naive(&a, &b, (m, k, n));
            let (at, bt) = (transpose(&a, m, k), transpose(&b, k, n));
            for left in [View::new(&a, m, k), View::new(&at, k, m).transposed()] {
                for right in [View::new(&b, k, n), View::new(&bt, n, k).transposed()] {
                    let mut out = vec![7.0; m * n];
                    products.set(left, right, &mut out);
                    assert_eq!(out, exact, "{m} {k} {n}");
                    products.add(left, right, &mut out);
                    let doubled = exact.iter().map(|x| x + x);
                    // Added block by block: where there are several, in another order.
                    assert!(out.iter().zip(doubled).all(|(x, y)| (x - y).abs() < 1e-12));
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "factors that do not fit")]
    fn shapes_are_checked() {
        Products::new().set(View::new(&[1.0; 6], 2, 3), View::new(&[1.0; 6], 2, 3), &mut [0.0; 6]);
    }
}
