//! The slow, muscarine-sensitive potassium current of Yamada, Koch & Adams (1989), which adapts a neuron's rate.
//!
//! ```text
//! I = g_M p (V - E_K)      p_inf = 1 / (1 + exp(-(V + 35) / 10))
//! tau_p = tau_max / (3.3 exp((V + 35) / 20) + exp(-(V + 35) / 20))
//! ```
//! in ms and mV, at 36 degC. Pospischil et al. (2008) fitted g_M and tau_max to cortical neurons.

use super::lift::q10;
use super::{Mechanism, Site};
use crate::model::{ModelInfo, Parameter, Range, Variable};
use crate::num::math::exp;

pub struct KM;

const PARAMETERS: &[Parameter] = &[
    Parameter::new("g_M", "mS/cm^2", Range::NonNegative, "largest conductance").default(0.07),
    Parameter::new("E_K", "mV", Range::Finite, "potassium reversal potential").default(-90.0),
    Parameter::new("tau_max", "ms", Range::Positive, "scale of the time constant").default(1000.0),
    Parameter::new("q10", "", Range::Positive, "how many times faster the gates are in 10 degC more").default(2.3),
];

const GATES: &[Variable] = &[Variable::new("p", "", "opening of the M channels")];

impl Mechanism<1, 4> for KM {
    const INFO: ModelInfo = ModelInfo {
        name: "k_m",
        summary: "slow potassium channels, which adapt the rate",
        equations: "\
I = g_M p (V - E_K),  dp/dt = (p_inf - p) / tau_p,  rate times q10^((T - 36 degC) / 10)
p_inf = 1 / (1 + exp(-(V + 35) / 10))
tau_p = tau_max / (3.3 exp((V + 35) / 20) + exp(-(V + 35) / 20))",
        reference: "Yamada, Koch & Adams (1989); Pospischil et al. (2008) Biol Cybern 99:427",
        parameters: PARAMETERS,
        variables: GATES,
    };
    const DEPENDS_ON_TEMPERATURE: bool = true;

    fn factors(&[.., base]: &[f64; 4], temperature: f64) -> [f64; 1] {
        [q10(base, temperature, 36.0)]
    }

    #[inline(always)]
    fn kinetics(&[_, _, tau_max, _]: &[f64; 4], &Site { v, .. }: &Site) -> [(f64, f64); 1] {
        let half = exp((v + 35.0) * (1.0 / 20.0));
        let square = half * half;
        [(square / (1.0 + square), (3.3 * half + 1.0 / half) / tau_max)]
    }

    #[inline(always)]
    fn conductance(&[g_m, e_k, ..]: &[f64; 4], &[p]: &[f64; 1], _site: &Site) -> (f64, f64) {
        (g_m * p, g_m * p * e_k)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At -35 mV half of the channels are open, and tau_p is tau_max / 4.3.
    #[test]
    fn half_are_open_at_minus_35() {
        let [(p, rate)] = KM::kinetics(&[0.0, 0.0, 1000.0, 2.3], &Site::at(-35.0));
        assert!((p - 0.5).abs() < 1e-15 && (1.0 / rate - 1000.0 / 4.3).abs() < 1e-12);
        let [(p, rate)] = KM::kinetics(&[0.0, 0.0, 400.0, 2.3], &Site::at(-65.0));
        assert!((p - 1.0 / (1.0 + 3.0_f64.exp())).abs() < 1e-15);
        assert!((1.0 / rate - 400.0 / (3.3 * (-1.5_f64).exp() + 1.5_f64.exp())).abs() < 1e-12);
    }
}
