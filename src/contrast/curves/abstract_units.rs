//! The neuron without units: V = beta V + I each step, a spike at V >= theta, and then V - theta ("soft") or 0 ("hard").
//!
//! This is what a trained ReLU network is converted to, because its rate can be written down:
//! - **soft, beta = 1.** A spike takes away theta exactly, so after T steps V = V0 + T I - n theta. While
//!   0 <= I <= theta, V is within [0, theta) after every step, which leaves one n: floor((T I + V0)/theta). Below I = 0
//!   it never fires, above theta it fires each step: the rate *is* the clipped ReLU, in steps of 1/T.
//! - **hard, beta = 1.** What exceeded theta is lost, so each interval is the whole number of steps ceil(theta/I): a
//!   staircase of rates 1, 1/2, 1/3 ... beneath the ReLU.
//! - **leaky, hard.** From 0, V after n steps is I (1 - beta^n)/(1 - beta); it reaches theta after
//!   n = ceil(ln(1 - theta (1 - beta)/I)/ln beta) steps, never if I/(1 - beta) < theta.
//! - **leaky, soft.** Averaged over time, what comes in goes out: I = (1 - beta) mean(V) + theta rate. With V spread evenly
//!   over [0, theta), mean(V) is near theta/2, so rate = I/theta - (1 - beta)/2: a ReLU with its threshold moved, which is
//!   the bias that conversion to leaky units has to give back.
//! - **leaky in continuous time.** tau dV/dt = -V + I/(1 - beta) with tau = -1/ln beta reaches theta from 0 after
//!   tau ln(V_inf/(V_inf - theta)), V_inf = I/(1 - beta); one step is the unit of time.

use crate::num::math::ln;

/// Spikes of a unit that keeps what exceeded the threshold, after `steps`; 0 <= `initial` < `threshold`.
pub fn soft_count(current: f64, initial: f64, threshold: f64, steps: u32) -> u32 {
    let steps = f64::from(steps);
    ((steps * current + initial) / threshold).floor().clamp(0.0, steps) as u32
}

/// Spikes of a unit that starts again from 0, after `steps` from 0.
pub fn hard_count(current: f64, threshold: f64, steps: u32) -> u32 {
    if current <= 0.0 { 0 } else { full_intervals((threshold / current).ceil(), steps) }
}

/// As [`hard_count`], of a unit whose V decays by `beta` a step.
pub fn leaky_hard_count(current: f64, beta: f64, threshold: f64, steps: u32) -> u32 {
    let left = 1.0 - threshold * (1.0 - beta) / current;
    if current <= 0.0 || left <= 0.0 { 0 } else { full_intervals((ln(left) / ln(beta)).ceil(), steps) }
}

fn full_intervals(interval: f64, steps: u32) -> u32 {
    (f64::from(steps) / interval.max(1.0)).floor() as u32
}

/// Spikes a step of a leaky unit that keeps what exceeded the threshold, nearly; it is not limited to 1.
pub fn leaky_soft_rate(current: f64, beta: f64, threshold: f64) -> f64 {
    let leak = threshold * (1.0 - beta);
    if current < leak { 0.0 } else { (current - 0.5 * leak) / threshold }
}

/// Spikes a step of the leaky unit whose time does not go in steps.
pub fn leaky_continuous_rate(current: f64, beta: f64, threshold: f64) -> f64 {
    let farthest = current / (1.0 - beta);
    if farthest <= threshold { 0.0 } else { -ln(beta) / ln(farthest / (farthest - threshold)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::{Purpose, Stream};
    use crate::rate::shapes::{sigmoid, softplus};
    use proptest::prelude::*;

    const STEPS: u32 = 1024;
    /// The reference prints six significant digits of numbers up to 2.
    const PRINTED: f64 = 5e-6;

    /// Column by column, the reference table of rates against current (numpy, f64).
    fn reference() -> Vec<(String, Vec<f64>)> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/data/contrast/fi_curves.csv");
        let text = std::fs::read_to_string(path).unwrap();
        let rows: Vec<Vec<&str>> = text.lines().map(|line| line.trim().split(',').collect()).collect();
        let column = |k: usize| rows[1..].iter().map(|row| row[k].parse().unwrap()).collect();
        rows[0].iter().enumerate().map(|(k, name)| (name.to_string(), column(k))).collect()
    }

    fn simulate(
        beta: f64,
        hard: bool,
        threshold: f64,
        initial: f64,
        steps: u32,
        mut input: impl FnMut() -> f64,
    ) -> u32 {
        let (mut v, mut count) = (initial, 0);
        for _ in 0..steps {
            v = beta * v + input();
            if v >= threshold {
                v = if hard { 0.0 } else { v - threshold };
                count += 1;
            }
        }
        count
    }

    fn compare(name: &str, f: impl Fn(f64) -> f64) {
        let table = reference();
        let (_, expected) = table.iter().find(|(column, _)| column == name).unwrap();
        for (current, expected) in table[0].1.iter().zip(expected) {
            let found = f(*current);
            assert!((found - expected).abs() <= PRINTED, "{name} at {current}: {found}, not {expected}");
        }
    }

    fn rate(count: u32) -> f64 {
        f64::from(count) / f64::from(STEPS)
    }

    #[test]
    fn activations_are_those_of_the_reference() {
        compare("relu", |x| x.max(0.0));
        compare("clipped_relu", |x| x.clamp(0.0, 1.0));
        compare("sigmoid", sigmoid);
        compare("softplus", softplus);
    }

    #[test]
    fn simulated_units_are_those_of_the_reference() {
        let run = |beta, hard| move |i| rate(simulate(beta, hard, 1.0, 0.0, STEPS, || i));
        compare("IF_soft_sim", run(1.0, false));
        compare("IF_hard_sim", run(1.0, true));
        compare("LIF.95_soft_sim", run(0.95, false));
        compare("LIF.95_hard_sim", run(0.95, true));
    }

    #[test]
    fn formulas_are_those_of_the_reference() {
        compare("IF_soft_formula", |i| rate(soft_count(i, 0.0, 1.0, STEPS)));
        compare("IF_hard_formula", |i| rate(hard_count(i, 1.0, STEPS)));
        compare("LIF.95_soft_approx", |i| leaky_soft_rate(i, 0.95, 1.0));
        compare("LIF.95_hard_formula", |i| rate(leaky_hard_count(i, 0.95, 1.0, STEPS)));
        compare("LIF_continuous", |i| leaky_continuous_rate(i, 0.95, 1.0));
    }

    /// The reference is one run with other random numbers, so it lies within a few standard deviations of the mean of
    /// many runs of ours: five of those (one in two million), and a spike or two where nothing or everything fires.
    #[test]
    fn noisy_units_are_those_of_the_reference_as_far_as_chance_allows() {
        let table = reference();
        for (name, beta) in [("IF_noise0.3", 1.0), ("LIF.95_noise0.3", 0.95)] {
            let (_, expected) = table.iter().find(|(column, _)| column == name).unwrap();
            for (row, (current, expected)) in table[0].1.iter().zip(expected).enumerate() {
                let rates: Vec<f64> = (0..64)
                    .map(|run| {
                        let mut stream = Stream::new(11, Purpose::Noise, row as u64, run);
                        rate(simulate(beta, false, 1.0, 0.0, STEPS, || current + 0.3 * stream.normal()))
                    })
                    .collect();
                let mean = rates.iter().sum::<f64>() / 64.0;
                let sd = (rates.iter().map(|rate| (rate - mean) * (rate - mean)).sum::<f64>() / 63.0).sqrt();
                let allowed = 5.0 * sd + rate(2);
                assert!((mean - expected).abs() < allowed, "{name} at {current}: {mean} +- {sd}, not {expected}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { rng_seed: proptest::test_runner::RngSeed::Fixed(3), ..ProptestConfig::default() })]
        /// Sums of dyadic numbers are exact, so the count is the formula's to the last spike.
        #[test]
        fn a_soft_reset_counts_exactly(
            current in -4096..12288i32, threshold in 1..8192i32, part in 0.0..1.0f64, steps in 0..2000u32,
        ) {
            let dyadic = |k: i32| f64::from(k) / 4096.0;
            let initial = dyadic((part * f64::from(threshold)) as i32);
            let (current, threshold) = (dyadic(current), dyadic(threshold));
            let counted = simulate(1.0, false, threshold, initial, steps, || current);
            prop_assert_eq!(counted, soft_count(current, initial, threshold, steps));
        }

        #[test]
        fn a_hard_reset_counts_exactly(current in -4096..12288i32, threshold in 1..8192i32, steps in 0..2000u32) {
            let (current, threshold) = (f64::from(current) / 4096.0, f64::from(threshold) / 4096.0);
            let counted = simulate(1.0, true, threshold, 0.0, steps, || current);
            prop_assert_eq!(counted, hard_count(current, threshold, steps));
        }

        /// The derivation's mean(V) is theta/2 up to half of theta: so far may the leaky unit be from its formula,
        /// (1 - beta)/2, and by a spike.
        #[test]
        fn a_leaky_soft_reset_counts_nearly(current in 0.0..1.0f64, beta in 0.8..1.0f64) {
            let counted = rate(simulate(beta, false, 1.0, 0.0, STEPS, || current));
            let formula = leaky_soft_rate(current, beta, 1.0).min(1.0);
            prop_assert!((counted - formula).abs() <= 0.5 * (1.0 - beta) + 1.5 / f64::from(STEPS), "{counted} {formula}");
        }
    }
}
