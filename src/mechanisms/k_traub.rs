//! The delayed rectifier of Traub & Miles (1991), as networks of Hodgkin-Huxley cells use it (Brette et al. 2007).
//!
//! ```text
//! I = g_K n^4 (V - E_K)          dn/dt = alpha_n (1 - n) - beta_n n      u = V - V_T
//! alpha_n = 0.032 (15 - u) / (exp((15 - u) / 5) - 1)       beta_n = 0.5 exp((10 - u) / 40)
//! ```
//! in ms and mV, at 36 degC whatever the run's temperature.

use super::lift::linear_over;
use super::na_traub::V_T;
use super::{Mechanism, Site};
use crate::model::{ModelInfo, Parameter, Range, Variable};
use crate::num::math::exp;

pub struct KTraub;

const PARAMETERS: &[Parameter] = &[
    Parameter::new("g_K", "mS/cm^2", Range::NonNegative, "largest potassium conductance").default(30.0),
    Parameter::new("E_K", "mV", Range::Finite, "potassium reversal potential").default(-90.0),
    Parameter::new("V_T", "mV", Range::Finite, "what V is counted from: shifts the threshold").default(V_T),
];

const GATES: &[Variable] = &[Variable::new("n", "", "opening of the potassium channels")];

impl Mechanism<1, 3> for KTraub {
    const INFO: ModelInfo = ModelInfo {
        name: "k_traub",
        summary: "delayed rectifier of Traub & Miles",
        equations: "\
I = g_K n^4 (V - E_K)
dn/dt = alpha_n (1 - n) - beta_n n,  u = V - V_T
alpha_n = 0.032 (15 - u) / (exp((15 - u) / 5) - 1)   beta_n = 0.5 exp((10 - u) / 40)",
        reference: "Traub & Miles (1991); Brette et al. (2007) J Comput Neurosci 23:349",
        parameters: PARAMETERS,
        variables: GATES,
    };
    const DEPENDS_ON_TEMPERATURE: bool = false;

    #[inline(always)]
    fn kinetics(&[.., v_t]: &[f64; 3], &Site { v, .. }: &Site) -> [(f64, f64); 1] {
        let u = v - v_t;
        // One exponential for both: (15 - u) / 5 = 8 p + 1 with p = (10 - u) / 40.
        let one = exp((10.0 - u) * (1.0 / 40.0));
        let (two, beta) = (one * one, 0.5 * one);
        let eight = (two * two) * (two * two);
        let alpha = 0.16 * linear_over((15.0 - u) * (1.0 / 5.0), eight * std::f64::consts::E);
        [(alpha / (alpha + beta), alpha + beta)]
    }

    #[inline(always)]
    fn conductance(&[g_k, e_k, _]: &[f64; 3], &[n]: &[f64; 1], _site: &Site) -> (f64, f64) {
        let potassium = g_k * (n * n) * (n * n);
        (potassium, potassium * e_k)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_of_the_equations() {
        for v in (-1200..600).map(|i| f64::from(i) * 0.137) {
            let u = v + 63.0;
            let alpha = 0.032 * (15.0 - u) / (((15.0 - u) / 5.0).exp_m1());
            let beta = 0.5 * ((10.0 - u) / 40.0).exp();
            let [(steady, rate)] = KTraub::kinetics(&[0.0, 0.0, V_T], &Site::at(v));
            // Eight times the error of an exponential, more near the quotient's 0.
            assert!((rate / (alpha + beta) - 1.0).abs() < 1e-12, "{v}");
            assert!((steady / (alpha / (alpha + beta)) - 1.0).abs() < 1e-12, "{v}");
        }
    }

    /// By hand at u = 15 mV, where alpha_n is 0.16/ms and beta_n 0.5 e^(-1/8).
    #[test]
    fn rates_at_minus_48() {
        let [(n, rate)] = KTraub::kinetics(&[0.0, 0.0, V_T], &Site::at(-48.0));
        let beta = 0.5 * (-0.125_f64).exp();
        assert!((rate - (0.16 + beta)).abs() < 1e-13 && (n - 0.16 / (0.16 + beta)).abs() < 1e-13);
    }
}
