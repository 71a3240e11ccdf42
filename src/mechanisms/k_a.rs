//! The transient potassium current of Connor & Stevens (1971), which lets a neuron fire slowly.
//!
//! ```text
//! I = g_A a^3 b (V - E_K)
//! a_inf = (0.0761 exp((V + 94.22) / 31.84) / (1 + exp((V + 1.17) / 28.93)))^(1/3)
//! tau_a = 0.3632 + 1.158 / (1 + exp((V + 55.96) / 20.12))
//! b_inf = 1 / (1 + exp((V + 53.3) / 14.54))^4          tau_b = 1.24 + 2.678 / (1 + exp((V + 50) / 16.027))
//! ```
//! in ms and mV, as fitted for 18 degC by Connor, Walter & McKown (1977, Biophys J 18:81); Dayan & Abbott (2001, appendix of
//! chapter 6) print the same.

use super::lift::q10;
use super::{Mechanism, Site};
use crate::model::{ModelInfo, Parameter, Range, Variable};
use crate::num::math::{exp, ln};

pub struct KA;

/// 0.0761^(1/3).
const CUBE_ROOT: f64 = 0.4237680587379348;

const PARAMETERS: &[Parameter] = &[
    Parameter::new("g_A", "mS/cm^2", Range::NonNegative, "largest conductance").default(47.7),
    Parameter::new("E_K", "mV", Range::Finite, "reversal potential").default(-75.0),
    Parameter::new("q10", "", Range::Positive, "how many times faster the gates are in 10 degC more").default(3.8),
];

const GATES: &[Variable] =
    &[Variable::new("a", "", "opening of the A channels"), Variable::new("b", "", "A channels not inactivated")];

impl Mechanism<2, 3> for KA {
    const INFO: ModelInfo = ModelInfo {
        name: "k_a",
        summary: "transient potassium channels, which delay a spike",
        equations: "\
I = g_A a^3 b (V - E_K)
dx/dt = (x_inf - x) / tau_x,  x = a, b,  rates times q10^((T - 18 degC) / 10)
a_inf = (0.0761 exp((V + 94.22) / 31.84) / (1 + exp((V + 1.17) / 28.93)))^(1/3)
tau_a = 0.3632 + 1.158 / (1 + exp((V + 55.96) / 20.12))
b_inf = 1 / (1 + exp((V + 53.3) / 14.54))^4
tau_b = 1.24 + 2.678 / (1 + exp((V + 50) / 16.027))",
        reference: "Connor & Stevens (1971) J Physiol 213:31; Connor, Walter & McKown (1977) Biophys J 18:81",
        parameters: PARAMETERS,
        variables: GATES,
    };
    const DEPENDS_ON_TEMPERATURE: bool = true;

    fn factors(&[.., base]: &[f64; 3], temperature: f64) -> [f64; 2] {
        [q10(base, temperature, 18.0); 2]
    }

    #[inline(always)]
    fn kinetics(_parameters: &[f64; 3], &Site { v, .. }: &Site) -> [(f64, f64); 2] {
        // The cube root of an exponential is an exponential; of what is left a logarithm takes it.
        let falling = 1.0 + exp((v + 1.17) * (1.0 / 28.93));
        let a = CUBE_ROOT * exp((v + 94.22) * (1.0 / (3.0 * 31.84)) - ln(falling) * (1.0 / 3.0));
        let tau_a = 0.3632 + 1.158 / (1.0 + exp((v + 55.96) * (1.0 / 20.12)));
        let b = 1.0 / (1.0 + exp((v + 53.3) * (1.0 / 14.54)));
        let tau_b = 1.24 + 2.678 / (1.0 + exp((v + 50.0) * (1.0 / 16.027)));
        [(a, 1.0 / tau_a), ((b * b) * (b * b), 1.0 / tau_b)]
    }

    #[inline(always)]
    fn conductance(&[g_a, e_k, _]: &[f64; 3], &[a, b]: &[f64; 2], _site: &Site) -> (f64, f64) {
        let g = g_a * (a * a * a) * b;
        (g, g * e_k)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand at -65 mV: a_inf^3 = 0.0761 e^(29.22/31.84) / (1 + e^(-63.83/28.93)).
    #[test]
    fn steady_values_at_minus_65() {
        let [(a, rate_k), (b, rate_b)] = KA::kinetics(&[0.0; 3], &Site::at(-65.0));
        let cube = 0.0761 * (29.22_f64 / 31.84).exp() / (1.0 + (-63.83_f64 / 28.93).exp());
        assert!((a * a * a / cube - 1.0).abs() < 1e-13, "float sum order");
        assert!((b - (1.0 + (-11.7_f64 / 14.54).exp()).powi(-4)).abs() < 1e-15);
        assert!((1.0 / rate_k - (0.3632 + 1.158 / (1.0 + (-9.04_f64 / 20.12).exp()))).abs() < 1e-14);
        assert!((1.0 / rate_b - (1.24 + 2.678 / (1.0 + (-15.0_f64 / 16.027).exp()))).abs() < 1e-14);
    }

    #[test]
    fn ten_degrees_are_one_q10() {
        assert!((KA::factors(&[0.0, 0.0, 3.8], 28.0)[0] - 3.8).abs() < 1e-14);
    }
}
