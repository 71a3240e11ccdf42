//! The calcium current of a presynaptic terminal, of high threshold (Destexhe, Mainen & Sejnowski 1994).
//!
//! ```text
//! I = P O ghk(V, Ca, Ca_o)      dO/dt = a (1 - O) - b O
//! a = r / (1 + exp(-(V - V_h) / k))      b = r / (1 + exp((V - V_h) / k))
//! ```
//! with one open and one closed state, in ms and mV at 22 degC, and the constant-field equation of Goldman (1943) and Hodgkin
//! & Katz (1949) for the current: with calcium inside some 10^4 times less than outside, there is no conductance to speak of.

use super::calcium::constant_field;
use super::lift::q10;
use super::{Calcium, Mechanism, Site};
use crate::model::{ModelInfo, Parameter, Range, Variable};
use crate::num::math::exp;

pub struct CaL;

const PARAMETERS: &[Parameter] = &[
    Parameter::new("P", "cm/s", Range::NonNegative, "largest permeability").default(0.0002),
    Parameter::new("Ca_o", "mM", Range::Positive, "calcium outside").default(2.0),
    Parameter::new("r", "1/ms", Range::Positive, "rate of opening and closing").default(1.6),
    Parameter::new("V_h", "mV", Range::Finite, "half of the channels are open").default(5.0),
    Parameter::new("k", "mV", Range::Positive, "width of the sigmoid").default(10.0),
    Parameter::new("q10", "", Range::Positive, "how many times faster the gates are in 10 degC more").default(3.0),
];

const GATES: &[Variable] = &[Variable::new("O", "", "open calcium channels")];

impl Mechanism<1, 6> for CaL {
    const INFO: ModelInfo = ModelInfo {
        name: "ca_l",
        summary: "calcium channels of a terminal; the current is that of a constant field",
        equations: "\
I = P O ghk(V, Ca, Ca_o),  dO/dt = q (a (1 - O) - b O),  q = q10^((T - 22 degC) / 10)
a = r / (1 + exp(-(V - V_h) / k)),  b = r / (1 + exp((V - V_h) / k))
ghk = 2 F z (Ca - Ca_o exp(-z)) / (1 - exp(-z)),  z = 2 F V / (R T)",
        reference: "Destexhe, Mainen & Sejnowski (1994) J Comput Neurosci 1:195",
        parameters: PARAMETERS,
        variables: GATES,
    };
    const DEPENDS_ON_TEMPERATURE: bool = true;
    const CALCIUM: Calcium = Calcium::Carried;

    fn factors(&[.., base]: &[f64; 6], temperature: f64) -> [f64; 1] {
        [q10(base, temperature, 22.0)]
    }

    #[inline(always)]
    fn kinetics(&[_, _, r, v_h, k, _]: &[f64; 6], &Site { v, .. }: &Site) -> [(f64, f64); 1] {
        // a + b = r.
        [(1.0 / (1.0 + exp(-(v - v_h) / k)), r)]
    }

    #[inline(always)]
    fn conductance(&[p, outside, ..]: &[f64; 6], &[open]: &[f64; 1], site: &Site) -> (f64, f64) {
        constant_field(p * open, outside, site)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_are_open_at_5_mv() {
        let [(open, rate)] = CaL::kinetics(&[2e-4, 2.0, 1.6, 5.0, 10.0, 3.0], &Site::at(5.0));
        assert_eq!((open, rate), (0.5, 1.6));
    }
}
