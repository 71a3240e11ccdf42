//! The sodium current of Traub & Miles (1991), as networks of Hodgkin-Huxley cells use it (Brette et al. 2007).
//!
//! ```text
//! I = g_Na m^3 h (V - E_Na)      dx/dt = alpha_x (1 - x) - beta_x x      u = V - V_T
//! alpha_m = 0.32 (13 - u) / (exp((13 - u) / 4) - 1)        beta_m = 0.28 (u - 40) / (exp((u - 40) / 5) - 1)
//! alpha_h = 0.128 exp((17 - u) / 18)                       beta_h = 4 / (1 + exp((40 - u) / 5))
//! ```
//! in ms and mV. The rates are those of a mammal's neuron at 36 degC and do not depend on the run's temperature; a V_T of
//! -63 mV puts the threshold near -50 mV.

use super::lift::linear_over;
use super::{Mechanism, Site};
use crate::model::{ModelInfo, Parameter, Range, Variable};
use crate::num::math::exp;

pub struct NaTraub;

const PARAMETERS: &[Parameter] = &[
    Parameter::new("g_Na", "mS/cm^2", Range::NonNegative, "largest sodium conductance").default(100.0),
    Parameter::new("E_Na", "mV", Range::Finite, "sodium reversal potential").default(50.0),
    Parameter::new("V_T", "mV", Range::Finite, "what V is counted from: shifts the threshold").default(V_T),
];

const GATES: &[Variable] = &[
    Variable::new("m", "", "opening of the sodium channels"),
    Variable::new("h", "", "sodium channels not inactivated"),
];

/// mV.
pub(super) const V_T: f64 = -63.0;

impl Mechanism<2, 3> for NaTraub {
    const INFO: ModelInfo = ModelInfo {
        name: "na_traub",
        summary: "sodium channels of Traub & Miles",
        equations: "\
I = g_Na m^3 h (V - E_Na)
dx/dt = alpha_x (1 - x) - beta_x x,  x = m, h,  u = V - V_T
alpha_m = 0.32 (13 - u) / (exp((13 - u) / 4) - 1)
beta_m = 0.28 (u - 40) / (exp((u - 40) / 5) - 1)
alpha_h = 0.128 exp((17 - u) / 18)
beta_h = 4 / (1 + exp((40 - u) / 5))",
        reference: "Traub & Miles (1991); Brette et al. (2007) J Comput Neurosci 23:349",
        parameters: PARAMETERS,
        variables: GATES,
    };
    const DEPENDS_ON_TEMPERATURE: bool = false;

    #[inline(always)]
    fn kinetics(&[.., v_t]: &[f64; 3], &Site { v, .. }: &Site) -> [(f64, f64); 2] {
        let u = v - v_t;
        // Two exponentials for four rates: (17 - u) / 18 = 2 p and (13 - u) / 4 = 9 p - 1 with p = (17 - u) / 36.
        let one = exp((17.0 - u) * (1.0 / 36.0));
        let two = one * one;
        let eight = (two * two) * (two * two);
        let alpha_m = 1.28 * linear_over((13.0 - u) * (1.0 / 4.0), eight * one * (1.0 / std::f64::consts::E));
        let alpha_h = 0.128 * two;
        let q = (u - 40.0) * (1.0 / 5.0);
        let exp_q = exp(q);
        let beta_m = 1.4 * linear_over(q, exp_q);
        let beta_h = 4.0 * exp_q / (1.0 + exp_q);
        [(alpha_m, beta_m), (alpha_h, beta_h)].map(|(alpha, beta)| (alpha / (alpha + beta), alpha + beta))
    }

    #[inline(always)]
    fn conductance(&[g_na, e_na, _]: &[f64; 3], &[m, h]: &[f64; 2], _site: &Site) -> (f64, f64) {
        let sodium = g_na * (m * m * m) * h;
        (sodium, sodium * e_na)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shared exponentials lose some digits: nine times those of one, and more where the quotient of alpha_m begins, 0.02 from 0.
    #[test]
    fn rates_are_those_of_the_equations() {
        for v in (-1200..600).map(|i| f64::from(i) * 0.137) {
            let u = v + 63.0;
            let opening = |a: f64, x: f64, width: f64| a * x / ((x / width).exp_m1());
            let m = (opening(0.32, 13.0 - u, 4.0), opening(0.28, u - 40.0, 5.0));
            let h = (0.128 * ((17.0 - u) / 18.0).exp(), 4.0 / (1.0 + ((40.0 - u) / 5.0).exp()));
            for ((steady, rate), (alpha, beta)) in
                NaTraub::kinetics(&[0.0, 0.0, V_T], &Site::at(v)).into_iter().zip([m, h])
            {
                assert!((rate / (alpha + beta) - 1.0).abs() < 1e-12, "{v}");
                assert!((steady / (alpha / (alpha + beta)) - 1.0).abs() < 1e-12, "{v}");
            }
        }
    }

    /// By hand at u = 13 mV, where alpha_m is 1.28/ms: beta_m = 0.28 x 27 / (1 - e^-5.4), alpha_h = 0.128 e^(4/18).
    #[test]
    fn rates_at_minus_50() {
        let [(m, rate_m), (h, rate_h)] = NaTraub::kinetics(&[0.0, 0.0, V_T], &Site::at(-50.0));
        let beta_m = 0.28 * 27.0 / (1.0 - (-5.4_f64).exp());
        let (alpha_h, beta_h) = (0.128 * (4.0_f64 / 18.0).exp(), 4.0 / (1.0 + 5.4_f64.exp()));
        assert!((rate_m - (1.28 + beta_m)).abs() < 1e-12 && (m - 1.28 / (1.28 + beta_m)).abs() < 1e-13);
        assert!((rate_h - (alpha_h + beta_h)).abs() < 1e-13 && (h - alpha_h / (alpha_h + beta_h)).abs() < 1e-13);
    }
}
