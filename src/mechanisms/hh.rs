//! The sodium, potassium and leak currents of the squid giant axon (Hodgkin & Huxley 1952).
//!
//! ```text
//! I = g_Na m^3 h (V - E_Na) + g_K n^4 (V - E_K) + g_L (V - E_L)
//! dx/dt = q (alpha_x (1 - x) - beta_x x)      x = m, h, n      q = 3^((T - 6.3 degC) / 10)
//! alpha_m = 0.1 (V + 40) / (1 - exp(-(V + 40) / 10))       beta_m = 4 exp(-(V + 65) / 18)
//! alpha_h = 0.07 exp(-(V + 65) / 20)                       beta_h = 1 / (1 + exp(-(V + 35) / 10))
//! alpha_n = 0.01 (V + 55) / (1 - exp(-(V + 55) / 10))      beta_n = 0.125 exp(-(V + 65) / 80)
//! ```
//! in ms and mV, with the sign and the offset of V that are usual today (rest near -65 mV). Temperature scales the six
//! rates and no conductance. With the default E_L the resting potential is -64.974 mV.

use super::lift::{linear_over_expm1, q10};
use super::{Mechanism, Site};
use crate::model::{ModelInfo, Parameter, Range, Variable};
use crate::num::math::exp;

pub struct HodgkinHuxley;

const PARAMETERS: &[Parameter] = &[
    Parameter::new("g_Na", "mS/cm^2", Range::NonNegative, "largest sodium conductance").default(120.0),
    Parameter::new("E_Na", "mV", Range::Finite, "sodium reversal potential").default(50.0),
    Parameter::new("g_K", "mS/cm^2", Range::NonNegative, "largest potassium conductance").default(36.0),
    Parameter::new("E_K", "mV", Range::Finite, "potassium reversal potential").default(-77.0),
    Parameter::new("g_L", "mS/cm^2", Range::NonNegative, "leak conductance").default(0.3),
    Parameter::new("E_L", "mV", Range::Finite, "leak reversal potential").default(-54.3),
];

const GATES: &[Variable] = &[
    Variable::new("m", "", "opening of the sodium channels"),
    Variable::new("h", "", "sodium channels not inactivated"),
    Variable::new("n", "", "opening of the potassium channels"),
];

const EQUATIONS: &str = "\
I = g_Na m^3 h (V - E_Na) + g_K n^4 (V - E_K) + g_L (V - E_L)
dx/dt = q (alpha_x (1 - x) - beta_x x),  x = m, h, n,  q = 3^((T - 6.3 degC) / 10)
alpha_m = 0.1 (V + 40) / (1 - exp(-(V + 40) / 10))   beta_m = 4 exp(-(V + 65) / 18)
alpha_h = 0.07 exp(-(V + 65) / 20)                   beta_h = 1 / (1 + exp(-(V + 35) / 10))
alpha_n = 0.01 (V + 55) / (1 - exp(-(V + 55) / 10))  beta_n = 0.125 exp(-(V + 65) / 80)";

impl Mechanism<3, 6> for HodgkinHuxley {
    const INFO: ModelInfo = ModelInfo {
        name: "hh",
        summary: "sodium, potassium and leak channels of the squid giant axon",
        equations: EQUATIONS,
        reference: "Hodgkin & Huxley (1952) J Physiol 117:500-544",
        parameters: PARAMETERS,
        variables: GATES,
    };
    const DEPENDS_ON_TEMPERATURE: bool = true;

    fn factors(_parameters: &[f64; 6], temperature: f64) -> [f64; 3] {
        [q10(3.0, temperature, 6.3); 3]
    }

    #[inline(always)]
    fn kinetics(_parameters: &[f64; 6], &Site { v, .. }: &Site) -> [(f64, f64); 3] {
        // Times a constant inverse: a division costs as much as a third of an exponential.
        let alpha_m = linear_over_expm1(-(v + 40.0) * (1.0 / 10.0));
        let beta_m = 4.0 * exp(-(v + 65.0) * (1.0 / 18.0));
        let alpha_h = 0.07 * exp(-(v + 65.0) * (1.0 / 20.0));
        let beta_h = 1.0 / (1.0 + exp(-(v + 35.0) * (1.0 / 10.0)));
        let alpha_n = 0.1 * linear_over_expm1(-(v + 55.0) * (1.0 / 10.0));
        let beta_n = 0.125 * exp(-(v + 65.0) * (1.0 / 80.0));
        [(alpha_m, beta_m), (alpha_h, beta_h), (alpha_n, beta_n)]
            .map(|(alpha, beta)| (alpha / (alpha + beta), alpha + beta))
    }

    #[inline(always)]
    fn conductance(&[g_na, e_na, g_k, e_k, g_l, e_l]: &[f64; 6], &[m, h, n]: &[f64; 3], _site: &Site) -> (f64, f64) {
        let sodium = g_na * (m * m * m) * h;
        let potassium = g_k * (n * n) * (n * n);
        (sodium + potassium + g_l, sodium * e_na + potassium * e_k + g_l * e_l)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steady gates at -65 mV as every implementation with these rates has them.
    #[test]
    fn steady_gates_at_minus_65() {
        let expected = [0.052_932_49, 0.596_120_8, 0.317_676_9];
        for ((steady, _), expected) in HodgkinHuxley::kinetics(&[0.0; 6], &Site::at(-65.0)).iter().zip(expected) {
            assert!((steady - expected).abs() < 5e-8, "rounding of the reference");
        }
    }

    #[test]
    fn temperature_triples_the_rates_in_ten_degrees() {
        assert!((HodgkinHuxley::factors(&[0.0; 6], 6.3)[0] - 1.0).abs() < 1e-15);
        assert!((HodgkinHuxley::factors(&[0.0; 6], 16.3)[2] - 3.0).abs() < 1e-14);
    }

    #[test]
    fn one_advance_is_as_good_as_many() {
        let (mut once, mut often) = ([0.1, 0.5, 0.4], [0.1, 0.5, 0.4]);
        let site = Site::at(-20.0);
        HodgkinHuxley::advance(&mut once, &[0.0; 6], &site, &[1.0; 3]);
        (0..100).for_each(|_| HodgkinHuxley::advance(&mut often, &[0.0; 6], &site, &[0.01; 3]));
        for (a, b) in once.iter().zip(often) {
            assert!((a - b).abs() < 1e-13, "float sum order");
        }
    }
}
