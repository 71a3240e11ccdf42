//! A leak: the membrane of a passive cable.
//!
//! ```text
//! I = g_L (V - E_L)
//! ```
//! With the specific capacitance it gives the membrane's time constant, `tau = C_m / g_L`, and with the axial resistivity the
//! cable's length constant, `lambda = sqrt(d / (4 R_a g_L))` (Rall 1959).

use super::{Mechanism, Site};
use crate::model::{ModelInfo, Parameter, Range};

pub struct Passive;

const PARAMETERS: &[Parameter] = &[
    Parameter::new("g_L", "mS/cm^2", Range::NonNegative, "leak conductance").default(0.1),
    Parameter::new("E_L", "mV", Range::Finite, "leak reversal potential").default(-65.0),
];

impl Mechanism<0, 2> for Passive {
    const INFO: ModelInfo = ModelInfo {
        name: "passive",
        summary: "a leak of constant conductance",
        equations: "I = g_L (V - E_L)",
        reference: "Rall (1959) Exp Neurol 1:491-527",
        parameters: PARAMETERS,
        variables: &[],
    };
    const DEPENDS_ON_TEMPERATURE: bool = false;

    #[inline(always)]
    fn kinetics(_parameters: &[f64; 2], _site: &Site) -> [(f64, f64); 0] {
        []
    }

    #[inline(always)]
    fn conductance(&[g_l, e_l]: &[f64; 2], _gates: &[f64; 0], _site: &Site) -> (f64, f64) {
        (g_l, g_l * e_l)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ohms_law() {
        let (g, drive) = Passive::conductance(&[0.1, -65.0], &[], &Site::at(-55.0));
        assert!((g * -55.0 - drive - 1.0).abs() < 1e-14, "0.1 mS/cm^2 x 10 mV = 1 uA/cm^2");
    }
}
