//! The delayed rectifier of Traub & Miles (1991), as networks of Hodgkin-Huxley cells use it (Brette et al. 2007).
//!
//! ```text
//! I = g_K n^4 (V - E_K)          dn/dt = alpha_n (1 - n) - beta_n n      u = V - V_T
//! alpha_n = 0.032 (15 - u) / (exp((15 - u) / 5) - 1)       beta_n = 0.5 exp((10 - u) / 40)
//! ```
//! in ms and mV, at 36 degC; rates times q10^((T - 36 degC) / 10), where q10 is 1 by default.

use super::lift::q10;
use super::na_traub::{FARTHEST, V_T};
use super::rates::{Rates, exp_of_little, linear_over_expm1};
use super::{Mechanism, Site};
use crate::model::{ModelInfo, Parameter, Range, Variable};

pub struct KTraub;

const PARAMETERS: &[Parameter] = &[
    Parameter::new("g_K", "mS/cm^2", Range::NonNegative, "largest potassium conductance").default(30.0),
    Parameter::new("E_K", "mV", Range::Finite, "potassium reversal potential").default(-90.0),
    Parameter::new("V_T", "mV", Range::Finite, "what V is counted from: shifts the threshold").default(V_T),
    Parameter::new("q10", "", Range::Positive, "how many times faster the gate is in 10 degC more than 36 degC")
        .default(1.0),
];

const GATES: &[Variable] = &[Variable::new("n", "", "opening of the potassium channels")];

impl Mechanism<1, 4> for KTraub {
    const INFO: ModelInfo = ModelInfo {
        name: "k_traub",
        summary: "delayed rectifier of Traub & Miles",
        equations: "\
I = g_K n^4 (V - E_K)
dn/dt = alpha_n (1 - n) - beta_n n,  u = V - V_T,  rates times q10^((T - 36 degC) / 10)
alpha_n = 0.032 (15 - u) / (exp((15 - u) / 5) - 1)   beta_n = 0.5 exp((10 - u) / 40)",
        reference: "Traub & Miles (1991); Brette et al. (2007) J Comput Neurosci 23:349",
        parameters: PARAMETERS,
        variables: GATES,
    };
    const DEPENDS_ON_TEMPERATURE: bool = false;

    fn factors(&[.., base]: &[f64; 4], temperature: f64) -> [f64; 1] {
        [q10(base, temperature, 36.0)]
    }

    #[inline(always)]
    fn kinetics(&[.., v_t, _]: &[f64; 4], site: &Site) -> [(f64, f64); 1] {
        [rates(site.v - v_t, base(site.v - v_t)).kinetics()]
    }

    #[inline(always)]
    fn base(&[.., v_t, _]: &[f64; 4], site: &Site) -> f64 {
        base(site.v - v_t)
    }

    #[inline(always)]
    fn rates(&[.., v_t, _]: &[f64; 4], site: &Site, base: f64) -> Option<[Rates; 1]> {
        Some([rates(site.v - v_t, base)])
    }

    #[inline(always)]
    fn conductance(&[g_k, e_k, ..]: &[f64; 4], &[n]: &[f64; 1], _site: &Site) -> (f64, f64) {
        let potassium = g_k * (n * n) * (n * n);
        (potassium, potassium * e_k)
    }
}

/// exp(-u / 720).
#[inline(always)]
fn base(u: f64) -> f64 {
    exp_of_little(-u.clamp(-FARTHEST, FARTHEST) * (1.0 / 720.0))
}

/// Of n, from powers of the base: the 18th and 144th.
#[inline(always)]
fn rates(u: f64, one: f64) -> Rates {
    let u = u.clamp(-FARTHEST, FARTHEST);
    let two = one * one;
    let four = two * two;
    let per_80 = (four * four) * one;
    let per_40 = per_80 * per_80;
    let per_20 = per_40 * per_40;
    let per_10 = per_20 * per_20;
    let (opening, over) = linear_over_expm1((15.0 - u) * (1.0 / 5.0), per_10 * per_10 * E_3);
    Rates { opening: 0.16 * opening, closing: 0.5 * E_1_4 * per_40 * over, over }
}

/// e^3 and e^(1/4).
const E_3: f64 = 20.085_536_923_187_668;
const E_1_4: f64 = 1.284_025_416_687_741_5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_of_the_equations() {
        for v in (-1200..600).map(|i| f64::from(i) * 0.137) {
            let u = v + 63.0;
            let alpha = 0.032 * (15.0 - u) / (((15.0 - u) / 5.0).exp_m1());
            let beta = 0.5 * ((10.0 - u) / 40.0).exp();
            let [(steady, rate)] = KTraub::kinetics(&[0.0, 0.0, V_T, 1.0], &Site::at(v));
            // The 144th power of an exponential has 144 times its error, and more near the quotient's 0.
            assert!((rate / (alpha + beta) - 1.0).abs() < 1e-11, "{v}");
            assert!((steady / (alpha / (alpha + beta)) - 1.0).abs() < 1e-11, "{v}");
        }
    }

    /// By hand at u = 15 mV, where alpha_n is 0.16/ms and beta_n 0.5 e^(-1/8).
    #[test]
    fn rates_at_minus_48() {
        let [(n, rate)] = KTraub::kinetics(&[0.0, 0.0, V_T, 1.0], &Site::at(-48.0));
        let beta = 0.5 * (-0.125_f64).exp();
        assert!((rate - (0.16 + beta)).abs() < 1e-13 && (n - 0.16 / (0.16 + beta)).abs() < 1e-13);
    }

    #[test]
    fn numbers_stay_numbers_far_outside_of_biology() {
        for (v, v_t) in [(-1000.0, V_T), (1000.0, V_T), (0.0, 1e6), (0.0, -1e6)] {
            let mut gates = [0.3];
            KTraub::advance(&mut gates, &[0.0, 0.0, v_t, 1.0], &Site::at(v), &[0.1; 1]);
            assert!(gates.iter().all(|gate| (0.0..=1.0).contains(gate)), "{v} {v_t}: {gates:?}");
        }
    }
}
