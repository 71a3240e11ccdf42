//! A leak of one kind of ion, beside that of the membrane: the potassium leak of thalamic cells, for one.
//!
//! ```text
//! I = g (V - E)
//! ```

use super::{Mechanism, Site};
use crate::model::{ModelInfo, Parameter, Range};

pub struct Leak;

const PARAMETERS: &[Parameter] = &[
    Parameter::new("g", "mS/cm^2", Range::NonNegative, "conductance").default(0.01),
    Parameter::new("E", "mV", Range::Finite, "reversal potential").default(-90.0),
];

impl Mechanism<0, 2> for Leak {
    const INFO: ModelInfo = ModelInfo {
        name: "leak",
        summary: "a leak of one kind of ion, beside `passive`",
        equations: "\
I = g (V - E)",
        reference: "McCormick & Huguenard (1992) J Neurophysiol 68:1384",
        parameters: PARAMETERS,
        variables: &[],
    };
    const DEPENDS_ON_TEMPERATURE: bool = false;

    #[inline(always)]
    fn kinetics(_parameters: &[f64; 2], _site: &Site) -> [(f64, f64); 0] {
        []
    }

    #[inline(always)]
    fn conductance(&[g, e]: &[f64; 2], _gates: &[f64; 0], _site: &Site) -> (f64, f64) {
        (g, g * e)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_current_flows_at_its_reversal_potential() {
        let (g, drive) = Leak::conductance(&[0.02, -90.0], &[], &Site::at(-90.0));
        assert_eq!(g * -90.0 - drive, 0.0);
    }
}
