//! The sodium, potassium and leak currents of the squid giant axon (Hodgkin & Huxley 1952).
//!
//! ```text
//! I = g_Na m^3 h (V - E_Na) + g_K n^4 (V - E_K) + g_L (V - E_L)
//! dx/dt = q (alpha_x (1 - x) - beta_x x)      x = m, h, n      q = 3^((T - 6.3 degC) / 10)
//! alpha_m = 0.1 (V + 40) / (1 - exp(-(V + 40) / 10))       beta_m = 4 exp(-(V + 65) / 18)
//! alpha_h = 0.07 exp(-(V + 65) / 20)                       beta_h = 1 / (1 + exp(-(V + 35) / 10))
//! alpha_n = 0.01 (V + 55) / (1 - exp(-(V + 55) / 10))      beta_n = 0.125 exp(-(V + 65) / 80)
//! ```
//! in ms and mV, with the sign and the offset of V that are usual today (rest near -65 mV). Temperature scales the six
//! rates and no conductance. With the default E_L the resting potential is -64.974 mV.

use super::lift::q10;
use super::rates::{Rates, exp_of_little, linear_over_expm1};
use super::{Mechanism, Site};
use crate::model::{ModelInfo, Parameter, Range, Variable};

pub struct HodgkinHuxley;

const PARAMETERS: &[Parameter] = &[
    Parameter::new("g_Na", "mS/cm^2", Range::NonNegative, "largest sodium conductance").default(120.0),
    Parameter::new("E_Na", "mV", Range::Finite, "sodium reversal potential").default(50.0),
    Parameter::new("g_K", "mS/cm^2", Range::NonNegative, "largest potassium conductance").default(36.0),
    Parameter::new("E_K", "mV", Range::Finite, "potassium reversal potential").default(-77.0),
    Parameter::new("g_L", "mS/cm^2", Range::NonNegative, "leak conductance").default(0.3),
    Parameter::new("E_L", "mV", Range::Finite, "leak reversal potential").default(-54.3),
];

const GATES: &[Variable] = &[
    Variable::new("m", "", "opening of the sodium channels"),
    Variable::new("h", "", "sodium channels not inactivated"),
    Variable::new("n", "", "opening of the potassium channels"),
];

const EQUATIONS: &str = "\
I = g_Na m^3 h (V - E_Na) + g_K n^4 (V - E_K) + g_L (V - E_L)
dx/dt = q (alpha_x (1 - x) - beta_x x),  x = m, h, n,  q = 3^((T - 6.3 degC) / 10)
alpha_m = 0.1 (V + 40) / (1 - exp(-(V + 40) / 10))   beta_m = 4 exp(-(V + 65) / 18)
alpha_h = 0.07 exp(-(V + 65) / 20)                   beta_h = 1 / (1 + exp(-(V + 35) / 10))
alpha_n = 0.01 (V + 55) / (1 - exp(-(V + 55) / 10))  beta_n = 0.125 exp(-(V + 65) / 80)";

impl Mechanism<3, 6> for HodgkinHuxley {
    const INFO: ModelInfo = ModelInfo {
        name: "hh",
        summary: "sodium, potassium and leak channels of the squid giant axon",
        equations: EQUATIONS,
        reference: "Hodgkin & Huxley (1952) J Physiol 117:500-544",
        parameters: PARAMETERS,
        variables: GATES,
    };
    const DEPENDS_ON_TEMPERATURE: bool = true;

    fn factors(_parameters: &[f64; 6], temperature: f64) -> [f64; 3] {
        [q10(3.0, temperature, 6.3); 3]
    }

    #[inline(always)]
    fn kinetics(_parameters: &[f64; 6], site: &Site) -> [(f64, f64); 3] {
        rates(site.v, base(site.v)).map(Rates::kinetics)
    }

    #[inline(always)]
    fn base(_parameters: &[f64; 6], site: &Site) -> f64 {
        base(site.v)
    }

    #[inline(always)]
    fn rates(_parameters: &[f64; 6], site: &Site, base: f64) -> Option<[Rates; 3]> {
        Some(rates(site.v, base))
    }

    #[inline(always)]
    fn conductance(&[g_na, e_na, g_k, e_k, g_l, e_l]: &[f64; 6], &[m, h, n]: &[f64; 3], _site: &Site) -> (f64, f64) {
        let sodium = g_na * (m * m * m) * h;
        let potassium = g_k * (n * n) * (n * n);
        (sodium + potassium + g_l, sodium * e_na + potassium * e_k + g_l * e_l)
    }
}

/// exp(-(V + 65) / 720).
#[inline(always)]
fn base(v: f64) -> f64 {
    exp_of_little(-(v + 65.0) * (1.0 / 720.0))
}

/// Of m, h and n, from powers of the base: the 9th, 36th, 40th and 72nd.
#[inline(always)]
fn rates(v: f64, one: f64) -> [Rates; 3] {
    let two = one * one;
    let four = two * two;
    let per_80 = (four * four) * one;
    let per_40 = per_80 * per_80;
    let per_20 = per_40 * per_40;
    let per_18 = per_20 * four;
    let per_10 = per_20 * per_20;
    let (m, over_m) = linear_over_expm1(-(v + 40.0) * (1.0 / 10.0), per_10 * E_2_5);
    let (n, over_n) = linear_over_expm1(-(v + 55.0) * (1.0 / 10.0), per_10 * E_1);
    let over_h = 1.0 + per_10 * E_3;
    [
        Rates { opening: m, closing: 4.0 * per_18 * over_m, over: over_m },
        Rates { opening: 0.07 * per_20 * over_h, closing: 1.0, over: over_h },
        Rates { opening: 0.1 * n, closing: 0.125 * per_80 * over_n, over: over_n },
    ]
}

/// e, e^2.5 and e^3.
const E_1: f64 = std::f64::consts::E;
const E_2_5: f64 = 12.182_493_960_703_473;
const E_3: f64 = 20.085_536_923_187_668;

#[cfg(test)]
mod tests {
    use super::*;

    /// Steady gates at -65 mV as every implementation with these rates has them.
    #[test]
    fn steady_gates_at_minus_65() {
        let expected = [0.052_932_49, 0.596_120_8, 0.317_676_9];
        for ((steady, _), expected) in HodgkinHuxley::kinetics(&[0.0; 6], &Site::at(-65.0)).iter().zip(expected) {
            assert!((steady - expected).abs() < 5e-8, "rounding of the reference");
        }
    }

    #[test]
    fn temperature_triples_the_rates_in_ten_degrees() {
        assert!((HodgkinHuxley::factors(&[0.0; 6], 6.3)[0] - 1.0).abs() < 1e-15);
        assert!((HodgkinHuxley::factors(&[0.0; 6], 16.3)[2] - 3.0).abs() < 1e-14);
    }

    /// The 72nd power of an exponential has 72 times its error, and more where the quotients begin, 0.004 from 0.
    #[test]
    fn rates_are_those_of_the_equations() {
        let opening = |x: f64| if x == 0.0 { 1.0 } else { x / (1.0 - (-x).exp()) };
        for v in (-1200..700).map(|i| f64::from(i) * 0.125) {
            let decay = |from: f64, width: f64| (-(v + from) / width).exp();
            let expected = [
                (opening((v + 40.0) / 10.0), 4.0 * decay(65.0, 18.0)),
                (0.07 * decay(65.0, 20.0), 1.0 / (1.0 + decay(35.0, 10.0))),
                (0.1 * opening((v + 55.0) / 10.0), 0.125 * decay(65.0, 80.0)),
            ];
            for ((steady, rate), (alpha, beta)) in
                HodgkinHuxley::kinetics(&[0.0; 6], &Site::at(v)).into_iter().zip(expected)
            {
                assert!((rate / (alpha + beta) - 1.0).abs() < 1e-11, "{v}");
                assert!((steady / (alpha / (alpha + beta)) - 1.0).abs() < 1e-11, "{v}");
            }
        }
    }

    #[test]
    fn numbers_stay_numbers_far_outside_of_biology() {
        for v in [-1000.0, -500.0, 500.0, 1000.0] {
            let mut gates = [0.3, 0.6, 0.3];
            HodgkinHuxley::advance(&mut gates, &[0.0; 6], &Site::at(v), &[0.1; 3]);
            let open = if v > 0.0 { [1.0, 0.0, 1.0] } else { [0.0, 1.0, 0.0] };
            for (gate, open) in gates.iter().zip(open) {
                assert!((0.0..=1.0).contains(gate) && (gate - open).abs() < 0.7, "{v}: {gates:?}");
            }
        }
    }

    #[test]
    fn one_advance_is_as_good_as_many() {
        let (mut once, mut often) = ([0.1, 0.5, 0.4], [0.1, 0.5, 0.4]);
        let site = Site::at(-20.0);
        HodgkinHuxley::advance(&mut once, &[0.0; 6], &site, &[0.1; 3]);
        (0..10).for_each(|_| HodgkinHuxley::advance(&mut often, &[0.0; 6], &site, &[0.01; 3]));
        let fastest =
            HodgkinHuxley::kinetics(&[0.0; 6], &site).iter().fold(0.0f64, |fastest, (_, rate)| fastest.max(*rate));
        for (a, b) in once.iter().zip(often) {
            assert!((a - b).abs() < (0.1 * fastest).powi(6) / 7200.0, "the approximant's error: {}", a - b);
        }
    }
}
