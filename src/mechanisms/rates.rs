//! Gates that open and close with given rates, advanced without an exponential and with one division.
//!
//! `dx/dt = alpha (1 - x) - beta x` with constant rates goes to `s + (x - s) exp(-z)` in a time t, where s = alpha/r,
//! z = r t, r = alpha + beta. With the (2,3) Pade approximant of the exponential (Hairer & Wanner 1996, Solving
//! Ordinary Differential Equations II, section IV.3),
//! ```text
//! exp(-z) = N/D - z^6/7200 + ...      N = 1 - 2z/5 + z^2/20      D = 1 + 3z/5 + 3z^2/20 + z^3/60
//! ```
//! which falls from 1 to 0 for z from 0 to infinity and never below, r cancels: `x' = (alpha t (1 + z/10 + z^2/60) + x N) / D`. A
//! gate of the squid axon at 6.3 degC and 0.025 ms has z < 0.5 at all potentials that a spike visits: an error below
//! 3e-6 of its distance from s. Rates are often quotients; with alpha and beta over one denominator, all is multiplied by its
//! third power, and the one division does for these too.
//!
//! The exponentials in the rates of one channel are powers of one of them with a wide base, whose argument is so small that its
//! Taylor series needs no reduction: 10 terms and 10 multiplications instead of six exponentials of 45 operations.
//!
//! One division for all gates of a channel, or for two of them, was slower: each gate then waits longer, and no more operations fit
//! into the processor's queues. What helped is a
//! loop for the rates, one for each gate and one for the conductance, over some vectors at a time: what one vector waits for is
//! long, and a processor looks ahead by some two hundred operations, less than one vector's of all these.

/// Rates of opening and closing (1/ms), both over one denominator.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    pub opening: f64,
    pub closing: f64,
    pub over: f64,
}

impl Rates {
    /// Steady value and rate (1/ms).
    #[inline(always)]
    pub(super) fn kinetics(self) -> (f64, f64) {
        let sum = self.opening + self.closing;
        (self.opening / sum, sum / self.over)
    }

    /// The gate after a time (ms). With P = 1 + z/10 + z^2/60, D is N + z P.
    #[inline(always)]
    pub(super) fn advance(self, gate: f64, time: f64) -> f64 {
        let Rates { opening, closing, over } = self;
        let opened = opening * time;
        let z = opened + closing * time;
        let (constant, linear, square) = (over * over, over * (0.1 * z), z * ((1.0 / 60.0) * z));
        // Sums in place of multiples of 4 and 3: there are fewer of them.
        let (twice, thrice) = (linear + linear, square + square + square);
        let stays = over * ((constant - (twice + twice)) + thrice);
        let opens = (constant + linear) + square;
        (opened * opens + gate * stays) / (stays + z * opens)
    }
}

/// `x / (e^x - 1)`, the form of many rates, as a numerator and a denominator that are smooth through 0.
///
/// Within 0.004 of 0 it is the series 1 - x/2 + x^2/12, whose next term is below 4e-13, while the quotient loses digits as the
/// error of `exp_x` over x.
#[inline(always)]
pub(super) fn linear_over_expm1(x: f64, exp_x: f64) -> (f64, f64) {
    let series = 1.0 + x * (x * (1.0 / 12.0) - 0.5);
    let near = x.abs() < 0.004;
    (if near { series } else { x }, if near { 1.0 } else { exp_x - 1.0 })
}

/// e^x by its Taylor series up to x^10: to the last place for |x| < 0.17, and to 1e-5 for |x| < 1.5.
#[inline(always)]
pub(super) fn exp_of_little(x: f64) -> f64 {
    let x2 = x * x;
    let x4 = x2 * x2;
    let low = (1.0 + x) + x2 * (1.0 / 2.0 + x * (1.0 / 6.0));
    let middle = (1.0 / 24.0 + x * (1.0 / 120.0)) + x2 * (1.0 / 720.0 + x * (1.0 / 5040.0));
    let high = (1.0 / 40_320.0 + x * (1.0 / 362_880.0)) + x2 * (1.0 / 3_628_800.0);
    low + x4 * (middle + x4 * high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_goes_as_the_exponential_says() {
        for (alpha, beta, gate) in [(0.3, 0.2, 0.9), (9.0, 0.01, 0.05), (0.02, 28.0, 1.0), (0.0, 1.0, 1.0)] {
            for (over, time) in [(1.0, 0.025), (-0.1, 0.1), (1e90, 0.5), (0.3, 0.01)] {
                let z: f64 = (alpha + beta) * time;
                let steady = alpha / (alpha + beta);
                let exact = steady + (gate - steady) * (-z).exp();
                let rates = Rates { opening: alpha * over, closing: beta * over, over };
                let error = (rates.advance(gate, time) - exact).abs();
                // The approximant's first term; the next is 9/70 of z smaller.
                assert!(error < z.powi(6) / 7200.0 + 1e-15, "{alpha} {beta} {time}: {error:e} at z = {z}");
                let (s, r) = rates.kinetics();
                assert!((s - steady).abs() < 1e-15 && (r / (alpha + beta) - 1.0).abs() < 1e-15);
            }
        }
    }

    #[test]
    fn a_gate_stays_between_nothing_and_one_however_long_the_step() {
        for time in [0.0, 1.0, 10.0, 1e3, 1e6] {
            for gate in [0.0, 0.5, 1.0] {
                let after = Rates { opening: 3.0, closing: 1.0, over: 1.0 }.advance(gate, time);
                assert!((0.0..=1.0).contains(&after), "{gate} after {time}: {after}");
                assert!(time < 1e3 || (after - 0.75).abs() < 0.01, "{gate} after {time}: {after}");
            }
        }
    }

    #[test]
    fn removable_singularity_is_smooth() {
        for x in
            [-3.0f64, -0.5, -0.1, -0.0041, -0.0039, -1e-4, -1e-9, 0.0, 1e-12, 1e-5, 0.0039, 0.0041, 0.1, 0.5, 3.0, 40.0]
        {
            let expected = if x == 0.0 { 1.0 } else { x / x.exp_m1() };
            let (numerator, denominator) = linear_over_expm1(x, x.exp());
            assert!((numerator / denominator / expected - 1.0).abs() < 4e-13, "{x}");
        }
    }

    #[test]
    fn little_exponentials() {
        for i in -170..=170 {
            let x = f64::from(i) * 1e-3;
            assert!((exp_of_little(x) / x.exp() - 1.0).abs() < 7e-16, "three units in the last place: {x}");
            assert!((exp_of_little(8.8 * x) / (8.8 * x).exp() - 1.0).abs() < 1e-5);
        }
    }
}
