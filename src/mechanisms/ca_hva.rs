//! A calcium current of high threshold in cortical cells (Reuveni, Friedman, Amitai & Gutnick 1993).
//!
//! ```text
//! I = g_Ca m_C^2 h_C (V - E_Ca)      dx/dt = alpha_x (1 - x) - beta_x x
//! alpha_m = 0.055 (-27 - V) / (exp((-27 - V) / 3.8) - 1)      beta_m = 0.94 exp((-75 - V) / 17)
//! alpha_h = 0.000457 exp((-13 - V) / 50)                      beta_h = 0.0065 / (exp((-15 - V) / 28) + 1)
//! ```
//! in ms and mV, at 36 degC in the form of Mainen & Sejnowski (1996, Nature 382:363) and Pospischil et al. (2008).

use super::lift::{linear_over_expm1, q10};
use super::{Calcium, Mechanism, Site};
use crate::model::{ModelInfo, Parameter, Range, Variable};
use crate::num::math::exp;

pub struct CaHva;

const PARAMETERS: &[Parameter] = &[
    Parameter::new("g_Ca", "mS/cm^2", Range::NonNegative, "largest conductance").default(0.1),
    Parameter::new("E_Ca", "mV", Range::Finite, "calcium reversal potential").default(120.0),
    Parameter::new("q10", "", Range::Positive, "how many times faster the gates are in 10 degC more").default(2.3),
];

const GATES: &[Variable] =
    &[Variable::new("m_C", "", "opening of the channels"), Variable::new("h_C", "", "channels not inactivated")];

impl Mechanism<2, 3> for CaHva {
    const INFO: ModelInfo = ModelInfo {
        name: "ca_hva",
        summary: "calcium channels of high threshold, in cortical cells",
        equations: "\
I = g_Ca m_C^2 h_C (V - E_Ca)
dx/dt = q (alpha_x (1 - x) - beta_x x),  q = q10^((T - 36 degC) / 10)
alpha_m = 0.055 (-27 - V) / (exp((-27 - V) / 3.8) - 1)
beta_m = 0.94 exp((-75 - V) / 17)
alpha_h = 0.000457 exp((-13 - V) / 50)
beta_h = 0.0065 / (exp((-15 - V) / 28) + 1)",
        reference: "Reuveni et al. (1993) J Neurosci 13:4609; Pospischil et al. (2008) Biol Cybern 99:427",
        parameters: PARAMETERS,
        variables: GATES,
    };
    const DEPENDS_ON_TEMPERATURE: bool = true;
    const CALCIUM: Calcium = Calcium::Carried;

    fn factors(&[.., base]: &[f64; 3], temperature: f64) -> [f64; 2] {
        [q10(base, temperature, 36.0); 2]
    }

    #[inline(always)]
    fn kinetics(_parameters: &[f64; 3], &Site { v, .. }: &Site) -> [(f64, f64); 2] {
        let alpha_m = 0.055 * 3.8 * linear_over_expm1((-27.0 - v) * (1.0 / 3.8));
        let beta_m = 0.94 * exp((-75.0 - v) * (1.0 / 17.0));
        let alpha_h = 0.000_457 * exp((-13.0 - v) * (1.0 / 50.0));
        let beta_h = 0.0065 / (exp((-15.0 - v) * (1.0 / 28.0)) + 1.0);
        [(alpha_m, beta_m), (alpha_h, beta_h)].map(|(alpha, beta)| (alpha / (alpha + beta), alpha + beta))
    }

    #[inline(always)]
    fn conductance(&[g_ca, e_ca, _]: &[f64; 3], &[m, h]: &[f64; 2], _site: &Site) -> (f64, f64) {
        let g = g_ca * (m * m) * h;
        (g, g * e_ca)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand at -27 mV, where alpha_m is 0.055 x 3.8 = 0.209/ms.
    #[test]
    fn rates_at_minus_27() {
        let [(m, rate_m), (h, rate_h)] = CaHva::kinetics(&[0.0; 3], &Site::at(-27.0));
        let beta_m = 0.94 * (-48.0_f64 / 17.0).exp();
        assert!((rate_m - 0.209 - beta_m).abs() < 1e-14 && (m - 0.209 / (0.209 + beta_m)).abs() < 1e-14);
        let (alpha_h, beta_h) = (0.000457 * (14.0_f64 / 50.0).exp(), 0.0065 / (1.0 + (12.0_f64 / 28.0).exp()));
        assert!((rate_h - alpha_h - beta_h).abs() < 1e-17 && (h - alpha_h / (alpha_h + beta_h)).abs() < 1e-14);
    }
}
