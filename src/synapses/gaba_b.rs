//! The GABA_B receptor, which opens potassium channels through a G-protein.
//!
//! ```text
//! I = g G^n / (G^n + K_d) (V - E_rev),  g is the weight
//! dR/dt = K1 T (1 - R) - K2 R,  dG/dt = K3 R - K4 G
//! T = T_max / (1 + exp(-(V_pre - V_p) / K_p)), or that of the mechanism `release`,
//!     or T_max for `duration` after a spike
//! ```
//! (Destexhe & Sejnowski 1995, PNAS 92:9515.) E_rev is -95 mV unless the table says otherwise.

use super::Synapse;
use super::kinetic::{self, Kinetic, RELEASE, Scheme};
use crate::model::{ModelInfo, Parameter, Range};

/// Reversal potential where the table names none, mV.
pub const REVERSAL: f64 = -95.0;

pub const INFO: ModelInfo = ModelInfo {
    name: "gaba_b",
    summary: "GABA_B receptors, which open channels through a G-protein",
    equations: "\
I = g G^n / (G^n + K_d) (V - E_rev),  g is the weight
dR/dt = K1 T (1 - R) - K2 R,  dG/dt = K3 R - K4 G
r = G^n / (G^n + K_d), the open channels
T = T_max / (1 + exp(-(V_pre - V_p) / K_p)), or that of the mechanism `release`,
    or T_max for `duration` after a spike",
    reference: "Destexhe & Sejnowski (1995) PNAS 92:9515; Destexhe et al. (1998) in Koch & Segev, ch. 1",
    parameters: &[
        Parameter::new("K1", "1/mM ms", Range::NonNegative, "rate of binding").default(0.52),
        Parameter::new("K2", "1/ms", Range::Positive, "rate of unbinding").default(0.0013),
        Parameter::new("K3", "1/ms", Range::NonNegative, "making of G-protein").default(0.098),
        Parameter::new("K4", "1/ms", Range::Positive, "decay of G-protein").default(0.033),
        Parameter::new("K_d", "", Range::Positive, "G^n at which half of the channels are open").default(100.0),
        Parameter::new("n", "", Range::Positive, "sites of a channel").default(4.0),
        RELEASE[0],
        RELEASE[1],
        RELEASE[2],
        RELEASE[3],
        RELEASE[4],
        Parameter::new("E_rev", "mV", Range::Finite, "reversal potential").default(REVERSAL),
    ],
    variables: &kinetic::VARIABLES,
};

pub fn build(parameters: &[f64], _dt: f64) -> Result<Synapse, String> {
    let k = [parameters[0], parameters[1], parameters[2], parameters[3]];
    let scheme = Scheme::GProtein { k, k_d: parameters[4], n: parameters[5] };
    Ok(Synapse::Kinetic(Kinetic { release: kinetic::release(&parameters[6..]), scheme }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With all receptors bound, G is K3 / K4, of which the fourth power is 78: 44 % open.
    #[test]
    fn it_opens_as_far_as_its_rates_say() {
        let numbers = [0.52, 0.0013, 0.098, 0.033, 100.0, 4.0, 0.0, 1.0, 1.0, 2.0, 5.0];
        let Ok(Synapse::Kinetic(receptor)) = build(&numbers, 0.1) else { unreachable!() };
        let mut state = [0.0; 2];
        (0..2000).for_each(|_| receptor.scheme.advance(&mut state, 1.0, 1.0));
        let g = 0.098 / 0.033 * 0.52 / 0.5213_f64;
        assert!((receptor.scheme.open(&state) - g.powi(4) / (g.powi(4) + 100.0)).abs() < 1e-12);
    }
}
