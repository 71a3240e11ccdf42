//! Divided differences of exp: what convolutions of exponentials are made of.
//!
//! The convolution of e^{-at} and e^{-bt} over a time t is t exp[-at, -bt], with exp[x, y] = (e^x - e^y)/(x - y), and of
//! three it is t^2 exp[-at, -bt, -ct] (de Boor 2005, Surv Approx Theory 1:46). Evaluated as such, they do not lose
//! digits where two time constants are close or equal, where the formulas of the literature divide 0 by 0.

use super::math::{exp, exprel};

/// (e^x - e^y) / (x - y), e^x where they meet; for x, y <= 0.
pub fn divided_difference(x: f64, y: f64) -> f64 {
    // e^y (e^d - 1)/d with d = x - y: from the larger, so that nothing overflows.
    let (high, low) = if x > y { (x, y) } else { (y, x) };
    exp(high) / exprel(low - high)
}

/// exp[x, y, z] = (exp[x, y] - exp[y, z]) / (x - z); for x, y, z <= 0.
pub fn divided_difference_of_three(x: f64, y: f64, z: f64) -> f64 {
    let mut nodes = [x, y, z];
    nodes.sort_by(f64::total_cmp);
    let [low, middle, high] = nodes;
    let spread = high - low;
    if spread > 1.0 {
        // Far apart: the difference loses less than a digit.
        return (divided_difference(middle, high) - divided_difference(low, middle)) / spread;
    }
    // Taylor series about the highest node: sum of h_k(0, q, p) / (k + 2)!, with h_k the complete homogeneous
    // symmetric polynomials of the other nodes' distances p, q in [-1, 0].
    let (p, q) = (low - high, middle - high);
    let (mut power, mut symmetric, mut factorial, mut sum) = (1.0, 1.0, 2.0, 0.5);
    for k in 1..24 {
        power *= p;
        symmetric = q * symmetric + power;
        factorial *= f64::from(k + 2);
        sum += symmetric / factorial;
    }
    exp(high) * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nodes_meet_they_are_derivatives() {
        let close = |found: f64, exact: f64| assert!((found / exact - 1.0).abs() < 1e-13, "{found} {exact}");
        close(divided_difference(-0.3, -0.3), (-0.3_f64).exp());
        close(divided_difference(0.0, -2.0), (1.0 - (-2.0_f64).exp()) / 2.0);
        close(divided_difference_of_three(-0.3, -0.3, -0.3), 0.5 * (-0.3_f64).exp());
        // (e^x (x - y - 1) + e^y) / (x - y)^2 for x twice.
        close(divided_difference_of_three(0.0, 0.0, -3.0), (2.0 + (-3.0_f64).exp()) / 9.0);
    }
}
