//! The sodium current of Traub & Miles (1991), as networks of Hodgkin-Huxley cells use it (Brette et al. 2007).
//!
//! ```text
//! I = g_Na m^3 h (V - E_Na)      dx/dt = alpha_x (1 - x) - beta_x x      u = V - V_T
//! alpha_m = 0.32 (13 - u) / (exp((13 - u) / 4) - 1)        beta_m = 0.28 (u - 40) / (exp((u - 40) / 5) - 1)
//! alpha_h = 0.128 exp((17 - u) / 18)                       beta_h = 4 / (1 + exp((40 - u) / 5))
//! ```
//! in ms and mV. The rates are those of a mammal's neuron at 36 degC, times q10^((T - 36 degC) / 10); with the default q10 of 1 they do
//! not depend on the run's temperature. A V_T of -63 mV puts the threshold near -50 mV.

use super::lift::q10;
use super::rates::{Rates, exp_of_little, linear_over_expm1};
use super::{Mechanism, Site};
use crate::model::{ModelInfo, Parameter, Range, Variable};

pub struct NaTraub;

const PARAMETERS: &[Parameter] = &[
    Parameter::new("g_Na", "mS/cm^2", Range::NonNegative, "largest sodium conductance").default(100.0),
    Parameter::new("E_Na", "mV", Range::Finite, "sodium reversal potential").default(50.0),
    Parameter::new("V_T", "mV", Range::Finite, "what V is counted from: shifts the threshold").default(V_T),
    Parameter::new("q10", "", Range::Positive, "how many times faster the gates are in 10 degC more than 36 degC")
        .default(1.0),
];

const GATES: &[Variable] = &[
    Variable::new("m", "", "opening of the sodium channels"),
    Variable::new("h", "", "sodium channels not inactivated"),
];

/// mV.
pub(super) const V_T: f64 = -63.0;

impl Mechanism<2, 4> for NaTraub {
    const INFO: ModelInfo = ModelInfo {
        name: "na_traub",
        summary: "sodium channels of Traub & Miles",
        equations: "\
I = g_Na m^3 h (V - E_Na)
dx/dt = alpha_x (1 - x) - beta_x x,  x = m, h,  u = V - V_T,  rates times q10^((T - 36 degC) / 10)
alpha_m = 0.32 (13 - u) / (exp((13 - u) / 4) - 1)
beta_m = 0.28 (u - 40) / (exp((u - 40) / 5) - 1)
alpha_h = 0.128 exp((17 - u) / 18)
beta_h = 4 / (1 + exp((40 - u) / 5))",
        reference: "Traub & Miles (1991); Brette et al. (2007) J Comput Neurosci 23:349",
        parameters: PARAMETERS,
        variables: GATES,
    };
    const DEPENDS_ON_TEMPERATURE: bool = false;

    fn factors(&[.., base]: &[f64; 4], temperature: f64) -> [f64; 2] {
        [q10(base, temperature, 36.0); 2]
    }

    #[inline(always)]
    fn kinetics(&[.., v_t, _]: &[f64; 4], site: &Site) -> [(f64, f64); 2] {
        rates(site.v - v_t, base(site.v - v_t)).map(Rates::kinetics)
    }

    #[inline(always)]
    fn base(&[.., v_t, _]: &[f64; 4], site: &Site) -> f64 {
        base(site.v - v_t)
    }

    #[inline(always)]
    fn rates(&[.., v_t, _]: &[f64; 4], site: &Site, base: f64) -> Option<[Rates; 2]> {
        Some(rates(site.v - v_t, base))
    }

    #[inline(always)]
    fn conductance(&[g_na, e_na, ..]: &[f64; 4], &[m, h]: &[f64; 2], _site: &Site) -> (f64, f64) {
        let sodium = g_na * (m * m * m) * h;
        (sodium, sodium * e_na)
    }
}

/// exp(-u / 720).
#[inline(always)]
fn base(u: f64) -> f64 {
    exp_of_little(-u.clamp(-FARTHEST, FARTHEST) * (1.0 / 720.0))
}

/// Of m and h, from powers of the base: the 40th, 144th and 180th.
#[inline(always)]
fn rates(u: f64, one: f64) -> [Rates; 2] {
    let u = u.clamp(-FARTHEST, FARTHEST);
    let two = one * one;
    let four = two * two;
    let per_80 = (four * four) * one;
    let per_40 = per_80 * per_80;
    let per_20 = per_40 * per_40;
    let per_18 = per_20 * four;
    let per_10 = per_20 * per_20;
    let per_5 = per_10 * per_10 * E_8;
    let (opening, over_opening) = linear_over_expm1((13.0 - u) * (1.0 / 4.0), per_10 * per_10 * per_20 * E_13_4);
    // beta_m = 1.4 q / (e^q - 1) with q = (u - 40) / 5, and q / (e^q - 1) = e^-q (-q) / (e^-q - 1).
    let (closing, over_closing) = linear_over_expm1((40.0 - u) * (1.0 / 5.0), per_5);
    let over_h = 1.0 + per_5;
    [
        Rates {
            opening: 1.28 * opening * over_closing,
            closing: 1.4 * per_5 * closing * over_opening,
            over: over_opening * over_closing,
        },
        Rates { opening: 0.128 * E_17_18 * per_18 * over_h, closing: 4.0, over: over_h },
    ]
}

/// Potentials farther from V_T (mV) are taken for this: the third power of exp(u/4) exp(u/5) is then still a number.
pub(super) const FARTHEST: f64 = 400.0;
/// e^8, e^(13/4), e^(17/18).
const E_8: f64 = 2_980.957_987_041_728;
const E_13_4: f64 = 25.790_339_917_193_062;
const E_17_18: f64 = 2.571_384_434_788_029_7;

#[cfg(test)]
mod tests {
    use super::*;

    /// The 180th power of an exponential has 180 times its error, and more where the quotient of alpha_m begins, 0.004 from 0.
    #[test]
    fn rates_are_those_of_the_equations() {
        for v in (-1200..600).map(|i| f64::from(i) * 0.137) {
            let u = v + 63.0;
            let opening = |a: f64, x: f64, width: f64| a * x / ((x / width).exp_m1());
            let m = (opening(0.32, 13.0 - u, 4.0), opening(0.28, u - 40.0, 5.0));
            let h = (0.128 * ((17.0 - u) / 18.0).exp(), 4.0 / (1.0 + ((40.0 - u) / 5.0).exp()));
            for ((steady, rate), (alpha, beta)) in
                NaTraub::kinetics(&[0.0, 0.0, V_T, 1.0], &Site::at(v)).into_iter().zip([m, h])
            {
                assert!((rate / (alpha + beta) - 1.0).abs() < 1e-11, "{v}");
                assert!((steady / (alpha / (alpha + beta)) - 1.0).abs() < 1e-11, "{v}");
            }
        }
    }

    /// By hand at u = 13 mV, where alpha_m is 1.28/ms: beta_m = 0.28 x 27 / (1 - e^-5.4), alpha_h = 0.128 e^(4/18).
    #[test]
    fn rates_at_minus_50() {
        let [(m, rate_m), (h, rate_h)] = NaTraub::kinetics(&[0.0, 0.0, V_T, 1.0], &Site::at(-50.0));
        let beta_m = 0.28 * 27.0 / (1.0 - (-5.4_f64).exp());
        let (alpha_h, beta_h) = (0.128 * (4.0_f64 / 18.0).exp(), 4.0 / (1.0 + 5.4_f64.exp()));
        assert!((rate_m - (1.28 + beta_m)).abs() < 1e-12 && (m - 1.28 / (1.28 + beta_m)).abs() < 1e-13);
        assert!((rate_h - (alpha_h + beta_h)).abs() < 1e-13 && (h - alpha_h / (alpha_h + beta_h)).abs() < 1e-13);
    }

    #[test]
    fn numbers_stay_numbers_far_outside_of_biology() {
        for (v, v_t) in [(-1000.0, V_T), (1000.0, V_T), (0.0, 1e6), (0.0, -1e6)] {
            let mut gates = [0.3, 0.6];
            NaTraub::advance(&mut gates, &[0.0, 0.0, v_t, 1.0], &Site::at(v), &[0.1; 2]);
            assert!(gates.iter().all(|gate| (0.0..=1.0).contains(gate)), "{v} {v_t}: {gates:?}");
        }
    }
}
