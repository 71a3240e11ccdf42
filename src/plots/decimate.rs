//! Fewer points, the same picture: of all samples within a column of pixels, the first, lowest, highest and last.
//!
//! Drawn as a line these four give the same pixels as all of them (the M4 aggregation of Jugel et al. 2014, VLDB 7(10)),
//! so an action potential of two samples among a million keeps its peak. Gaps (NaN) stay gaps.

/// The points (x, y) to draw, as unbroken pieces. `x` ascends; `column` is the width in x of half a pixel.
pub fn thin(points: impl Iterator<Item = (f64, f64)>, column: f64) -> Vec<Vec<(f64, f64)>> {
    let mut pieces: Vec<Vec<(f64, f64)>> = vec![];
    let mut piece: Vec<(f64, f64)> = vec![];
    let mut bucket: Vec<(f64, f64)> = vec![];
    let mut place = f64::NAN;
    for (x, y) in points {
        if !(x.is_finite() && y.is_finite()) {
            spill(&mut bucket, &mut piece);
            if !piece.is_empty() {
                pieces.push(std::mem::take(&mut piece));
            }
            continue;
        }
        let here = (x / column).floor();
        if here != place {
            spill(&mut bucket, &mut piece);
            place = here;
        }
        keep(&mut bucket, (x, y));
    }
    spill(&mut bucket, &mut piece);
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

/// A bucket holds first, lowest, highest and last, in that order, once there are four.
fn keep(bucket: &mut Vec<(f64, f64)>, point: (f64, f64)) {
    if bucket.is_empty() {
        bucket.extend([point; 4]);
        return;
    }
    if point.1 < bucket[1].1 {
        bucket[1] = point;
    }
    if point.1 > bucket[2].1 {
        bucket[2] = point;
    }
    bucket[3] = point;
}

fn spill(bucket: &mut Vec<(f64, f64)>, piece: &mut Vec<(f64, f64)>) {
    bucket.sort_by(|a, b| a.0.total_cmp(&b.0));
    bucket.dedup();
    piece.append(bucket);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_of_one_sample_in_a_million_survives() {
        let points = (0..1_000_000).map(|k| (k as f64, if k == 654_321 { 40.0 } else { -65.0 }));
        let pieces = thin(points, 1000.0);
        assert_eq!(pieces.len(), 1);
        assert!(pieces[0].len() <= 4000);
        assert!(pieces[0].contains(&(654_321.0, 40.0)));
        assert_eq!((pieces[0][0].0, pieces[0].last().unwrap().0), (0.0, 999_999.0));
    }

    #[test]
    fn gaps_break_the_line_and_sparse_points_all_stay() {
        let values = [1.0, 2.0, f64::NAN, f64::NAN, 3.0, f64::INFINITY, 4.0];
        let pieces = thin(values.iter().enumerate().map(|(k, &v)| (k as f64, v)), 0.1);
        assert_eq!(pieces, [vec![(0.0, 1.0), (1.0, 2.0)], vec![(4.0, 3.0)], vec![(6.0, 4.0)]]);
    }
}
