//! The persistent sodium current of Butera, Rinzel & Smith (1999), which makes neurons burst.
//!
//! ```text
//! I = g_NaP m_inf h_P (V - E_Na)        m_inf = 1 / (1 + exp(-(V + 40) / 6))
//! dh_P/dt = (h_inf - h_P) / tau_h       h_inf = 1 / (1 + exp((V + 48) / 6))     tau_h = tau_max / cosh((V + 48) / 12)
//! ```
//! in ms and mV, h_P times q10^((T - 22 degC) / 10) faster. m follows V at once, so that the current is not linear in V: the solver gets its slope. The default g_NaP is
//! the paper's 2.8 nS on 21 pF.

use super::lift::q10;
use super::{Mechanism, Site};
use crate::model::{ModelInfo, Parameter, Range, Variable};
use crate::num::math::exp;

pub struct NaP;

const PARAMETERS: &[Parameter] = &[
    Parameter::new("g_NaP", "mS/cm^2", Range::NonNegative, "largest conductance").default(0.133),
    Parameter::new("E_Na", "mV", Range::Finite, "sodium reversal potential").default(50.0),
    Parameter::new("tau_max", "ms", Range::Positive, "largest time constant of the inactivation").default(10_000.0),
    Parameter::new("q10", "", Range::Positive, "how many times faster h_P is in 10 degC more than 22 degC")
        .default(1.0),
];

const GATES: &[Variable] = &[Variable::new("h_P", "", "persistent sodium channels not inactivated")];

impl Mechanism<1, 4> for NaP {
    const INFO: ModelInfo = ModelInfo {
        name: "na_p",
        summary: "persistent sodium channels, which make a neuron burst",
        equations: "\
I = g_NaP m_inf h_P (V - E_Na),  m_inf = 1 / (1 + exp(-(V + 40) / 6))
dh_P/dt = (h_inf - h_P) / tau_h,  rate times q10^((T - 22 degC) / 10)
h_inf = 1 / (1 + exp((V + 48) / 6)),  tau_h = tau_max / cosh((V + 48) / 12)",
        reference: "Butera, Rinzel & Smith (1999) J Neurophysiol 82:382",
        parameters: PARAMETERS,
        variables: GATES,
    };
    const DEPENDS_ON_TEMPERATURE: bool = false;

    fn factors(&[.., base]: &[f64; 4], temperature: f64) -> [f64; 1] {
        [q10(base, temperature, 22.0)]
    }

    #[inline(always)]
    fn kinetics(&[.., tau_max, _]: &[f64; 4], &Site { v, .. }: &Site) -> [(f64, f64); 1] {
        let root = exp((v + 48.0) * (1.0 / 12.0));
        [(1.0 / (1.0 + root * root), 0.5 * (root + 1.0 / root) / tau_max)]
    }

    #[inline(always)]
    fn conductance(&[g_nap, e_na, ..]: &[f64; 4], &[h]: &[f64; 1], &Site { v, .. }: &Site) -> (f64, f64) {
        let m = 1.0 / (1.0 + exp(-(v + 40.0) * (1.0 / 6.0)));
        let g = g_nap * m * h;
        let slope = g * (1.0 + (1.0 - m) * (v - e_na) * (1.0 / 6.0));
        (slope, slope * v - g * (v - e_na))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_and_its_slope() {
        let numbers = [0.133, 50.0, 1e4, 1.0];
        let current = |v: f64| 0.133 * 0.4 / (1.0 + (-(v + 40.0) / 6.0).exp()) * (v - 50.0);
        for v in [-80.0, -52.5, -40.0, -10.0] {
            let (slope, drive) = NaP::conductance(&numbers, &[0.4], &Site::at(v));
            assert!((slope * v - drive - current(v)).abs() < 1e-13, "float sum order");
            let difference = (current(v + 1e-4) - current(v - 1e-4)) / 2e-4;
            assert!((slope - difference).abs() < 1e-8, "of the difference, its step squared");
        }
    }

    #[test]
    fn inactivation_is_slowest_at_its_middle() {
        let [(h, rate)] = NaP::kinetics(&[0.0, 0.0, 1e4, 1.0], &Site::at(-48.0));
        assert!((h - 0.5).abs() < 1e-15 && (rate - 1e-4).abs() < 1e-18);
    }
}
