//! The calcium current of low threshold in thalamic relay cells (Huguenard & McCormick 1992), which bursts on rebound.
//!
//! ```text
//! I = P m_T^2 h_T ghk(V, Ca, Ca_o)       U = V + shift
//! m_inf = 1 / (1 + exp(-(U + 57) / 6.2))       h_inf = 1 / (1 + exp((U + 81) / 4))
//! tau_m = 0.612 + 1 / (exp(-(U + 132) / 16.7) + exp((U + 16.8) / 18.2))
//! tau_h = exp((U + 467) / 66.6) for U < -80, else 28 + exp(-(U + 22) / 10.5)
//! ```
//! in ms and mV at 24 degC, where the activation is 5 and the inactivation 3 times faster in 10 degC more. The shift of 2 mV is
//! for 2 mM of calcium outside (Destexhe, Bal, McCormick & Sejnowski 1996, J Neurophysiol 76:2049).

use super::calcium::constant_field;
use super::lift::q10;
use super::{Calcium, Mechanism, Site};
use crate::model::{ModelInfo, Parameter, Range, Variable};
use crate::num::math::exp;

pub struct CaT;

const PARAMETERS: &[Parameter] = &[
    Parameter::new("P", "cm/s", Range::NonNegative, "largest permeability").default(0.0002),
    Parameter::new("Ca_o", "mM", Range::Positive, "calcium outside").default(2.0),
    Parameter::new("shift", "mV", Range::Finite, "of V, by charges on the surface").default(2.0),
    Parameter::new("q10_m", "", Range::Positive, "of the activation").default(5.0),
    Parameter::new("q10_h", "", Range::Positive, "of the inactivation").default(3.0),
];

const GATES: &[Variable] =
    &[Variable::new("m_T", "", "opening of the T channels"), Variable::new("h_T", "", "T channels not inactivated")];

impl Mechanism<2, 5> for CaT {
    const INFO: ModelInfo = ModelInfo {
        name: "ca_t",
        summary: "calcium channels of low threshold: a burst on rebound",
        equations: "\
I = P m_T^2 h_T ghk(V, Ca, Ca_o)
dx/dt = q_x (x_inf - x) / tau_x,  q_x = q10_x^((T - 24 degC) / 10)
m_inf = 1 / (1 + exp(-(U + 57) / 6.2)),  h_inf = 1 / (1 + exp((U + 81) / 4)),  U = V + shift
tau_m = 0.612 + 1 / (exp(-(U + 132) / 16.7) + exp((U + 16.8) / 18.2))
tau_h = exp((U + 467) / 66.6) for U < -80, else 28 + exp(-(U + 22) / 10.5)
ghk = 2 F z (Ca - Ca_o exp(-z)) / (1 - exp(-z)),  z = 2 F V / (R T)",
        reference: "Huguenard & McCormick (1992) J Neurophysiol 68:1373",
        parameters: PARAMETERS,
        variables: GATES,
    };
    const DEPENDS_ON_TEMPERATURE: bool = true;
    const CALCIUM: Calcium = Calcium::Carried;

    fn factors(&[.., base_m, base_h]: &[f64; 5], temperature: f64) -> [f64; 2] {
        [q10(base_m, temperature, 24.0), q10(base_h, temperature, 24.0)]
    }

    #[inline(always)]
    fn kinetics(&[_, _, shift, ..]: &[f64; 5], &Site { v, .. }: &Site) -> [(f64, f64); 2] {
        let u = v + shift;
        let m = 1.0 / (1.0 + exp(-(u + 57.0) * (1.0 / 6.2)));
        let tau_m = 0.612 + 1.0 / (exp(-(u + 132.0) * (1.0 / 16.7)) + exp((u + 16.8) * (1.0 / 18.2)));
        let h = 1.0 / (1.0 + exp((u + 81.0) * (1.0 / 4.0)));
        let below = exp((u + 467.0) * (1.0 / 66.6));
        let above = 28.0 + exp(-(u + 22.0) * (1.0 / 10.5));
        [(m, 1.0 / tau_m), (h, 1.0 / if u < -80.0 { below } else { above })]
    }

    #[inline(always)]
    fn conductance(&[p, outside, ..]: &[f64; 5], &[m, h]: &[f64; 2], site: &Site) -> (f64, f64) {
        constant_field(p * (m * m) * h, outside, site)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_by_hand() {
        let numbers = [2e-4, 2.0, 2.0, 5.0, 3.0];
        let [(m, rate_m), (h, _)] = CaT::kinetics(&numbers, &Site::at(-59.0));
        assert!((m - 0.5).abs() < 1e-15 && (h - 1.0 / (1.0 + 6.0_f64.exp())).abs() < 1e-15);
        let tau_m = 0.612 + 1.0 / ((-75.0_f64 / 16.7).exp() + (-40.2_f64 / 18.2).exp());
        assert!((1.0 / rate_m - tau_m).abs() < 1e-13);
        let tau_h = |v| 1.0 / CaT::kinetics(&numbers, &Site::at(v))[1].1;
        assert!((tau_h(-92.0) - (377.0_f64 / 66.6).exp()).abs() < 1e-10);
        assert!((tau_h(-62.0) - 28.0 - (38.0_f64 / 10.5).exp()).abs() < 1e-12);
    }
}
