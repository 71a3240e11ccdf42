//! The current that hyperpolarisation switches on, of sodium and potassium, in thalamic relay cells (Huguenard & McCormick 1992).
//!
//! ```text
//! I = g_h l (V - E_h)      l_inf = 1 / (1 + exp((V + 75) / 5.5))
//! tau_l = 1 / (exp(-14.59 - 0.086 V) + exp(-1.87 + 0.0701 V))
//! ```
//! in ms and mV at 35.5 degC.

use super::lift::q10;
use super::{Mechanism, Site};
use crate::model::{ModelInfo, Parameter, Range, Variable};
use crate::num::math::exp;

pub struct H;

const PARAMETERS: &[Parameter] = &[
    Parameter::new("g_h", "mS/cm^2", Range::NonNegative, "largest conductance").default(0.02),
    Parameter::new("E_h", "mV", Range::Finite, "reversal potential").default(-43.0),
    Parameter::new("q10", "", Range::Positive, "how many times faster the gates are in 10 degC more").default(3.0),
];

const GATES: &[Variable] = &[Variable::new("l", "", "opening of the h channels")];

impl Mechanism<1, 3> for H {
    const INFO: ModelInfo = ModelInfo {
        name: "h",
        summary: "channels that hyperpolarisation opens",
        equations: "\
I = g_h l (V - E_h),  dl/dt = (l_inf - l) / tau_l,  rate times q10^((T - 35.5 degC) / 10)
l_inf = 1 / (1 + exp((V + 75) / 5.5))
tau_l = 1 / (exp(-14.59 - 0.086 V) + exp(-1.87 + 0.0701 V))",
        reference: "Huguenard & McCormick (1992) J Neurophysiol 68:1373",
        parameters: PARAMETERS,
        variables: GATES,
    };
    const DEPENDS_ON_TEMPERATURE: bool = true;

    fn factors(&[.., base]: &[f64; 3], temperature: f64) -> [f64; 1] {
        [q10(base, temperature, 35.5)]
    }

    #[inline(always)]
    fn kinetics(_parameters: &[f64; 3], &Site { v, .. }: &Site) -> [(f64, f64); 1] {
        [(1.0 / (1.0 + exp((v + 75.0) * (1.0 / 5.5))), exp(-14.59 - 0.086 * v) + exp(-1.87 + 0.0701 * v))]
    }

    #[inline(always)]
    fn conductance(&[g_h, e_h, _]: &[f64; 3], &[l]: &[f64; 1], _site: &Site) -> (f64, f64) {
        (g_h * l, g_h * l * e_h)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_are_open_at_minus_75() {
        let [(l, rate)] = H::kinetics(&[0.0; 3], &Site::at(-75.0));
        assert!((l - 0.5).abs() < 1e-15);
        assert!((rate - (-8.14_f64).exp() - (-7.1275_f64).exp()).abs() < 1e-16);
    }
}
