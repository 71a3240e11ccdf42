//! The NMDA receptor as two states, closed and open.
//!
//! ```text
//! I = g r B(V) (V - E_rev),  dr/dt = alpha T (1 - r) - beta r,  g is the weight
//! B = 1 / (1 + exp(-0.062 V) Mg / 3.57)
//! T = T_max / (1 + exp(-(V_pre - V_p) / K_p)), or that of the mechanism `release`,
//!     or T_max for `duration` after a spike
//! ```
//! (Destexhe, Mainen & Sejnowski 1994; the block by magnesium of Jahr & Stevens 1990). E_rev is 0 mV unless the table says otherwise.

use super::Synapse;
use super::kinetic::{self, Kinetic, RELEASE, Scheme};
use crate::model::{ModelInfo, Parameter, Range};

/// Reversal potential where the table names none, mV.
pub const REVERSAL: f64 = 0.0;

pub const INFO: ModelInfo = ModelInfo {
    name: "nmda",
    summary: "NMDA receptors on the transmitter of a terminal, with the block by magnesium",
    equations: "\
I = g r B(V) (V - E_rev),  dr/dt = alpha T (1 - r) - beta r,  g is the weight
B = 1 / (1 + exp(-0.062 V) Mg / 3.57)
T = T_max / (1 + exp(-(V_pre - V_p) / K_p)), or that of the mechanism `release`,
    or T_max for `duration` after a spike
g.<synapse> is recorded as what magnesium leaves of it: g r B(V)",
    reference: "Destexhe, Mainen & Sejnowski (1994) J Comput Neurosci 1:195; (1998) in Koch & Segev, ch. 1",
    parameters: &[
        Parameter::new("alpha", "1/mM ms", Range::NonNegative, "rate of opening by transmitter").default(0.072),
        Parameter::new("beta", "1/ms", Range::Positive, "rate of closing").default(0.0066),
        Parameter::new("Mg", "mM", Range::NonNegative, "magnesium outside").default(1.0),
        RELEASE[0],
        RELEASE[1],
        RELEASE[2],
        RELEASE[3],
        RELEASE[4],
        Parameter::new("E_rev", "mV", Range::Finite, "reversal potential").default(REVERSAL),
    ],
    variables: kinetic::TWO_STATES,
};

pub fn build(parameters: &[f64], _dt: f64) -> Result<Synapse, String> {
    let scheme = Scheme::TwoState { alpha: parameters[0], beta: parameters[1], magnesium: parameters[2] };
    Ok(Synapse::Kinetic(Kinetic { release: kinetic::release(&parameters[3..]), scheme }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With transmitter for ever, alpha T / (alpha T + beta) is open.
    #[test]
    fn it_opens_as_far_as_its_rates_say() {
        let numbers = [0.072, 0.0066, 1.0, 0.0, 1.0, 1.0, 2.0, 5.0];
        let Ok(Synapse::Kinetic(receptor)) = build(&numbers, 0.1) else { unreachable!() };
        let mut state = [0.0; 2];
        receptor.scheme.advance(&mut state, 0.5, 1e5);
        let expected = 0.5 * 0.072 / (0.5 * 0.072 + 0.0066);
        assert!((receptor.scheme.open(&state) - expected).abs() < 1e-14);
    }
}
