//! `hodgkin_huxley`: the squid axon's membrane as a point neuron.
//!
//! Only its table stands on this shelf: `network` makes of it a cable of one compartment with the mechanism
//! [`hh`](crate::mechanisms::hh), where the equations stand once.

use crate::model::{ModelInfo, Parameter, Range, Variable};

pub const INFO: ModelInfo = ModelInfo {
    name: "hodgkin_huxley",
    summary: "the squid axon's membrane as a point neuron (a cable of one compartment)",
    equations: "C_m dV/dt = -g_Na m^3 h (V - E_Na) - g_K n^4 (V - E_K) - g_L (V - E_L) + I, per area\n\
                dx/dt = 3^((T - 6.3 degC)/10) (alpha_x(V) (1 - x) - beta_x(V) x)   for x = m, h, n",
    reference: "Hodgkin & Huxley 1952, J Physiol 117:500-544",
    parameters: &[
        Parameter::new("area", "um^2", Range::Positive, "area of the membrane").default(10_000.0),
        Parameter::new("C_m", "uF/cm^2", Range::Positive, "capacitance per area").default(1.0),
        Parameter::new("I_e", "pA", Range::Finite, "constant current, or density such as \"10 uA/cm^2\"").default(0.0),
        Parameter::new("g_Na", "mS/cm^2", Range::NonNegative, "sodium conductance").default(120.0),
        Parameter::new("E_Na", "mV", Range::Finite, "sodium reversal potential").default(50.0),
        Parameter::new("g_K", "mS/cm^2", Range::NonNegative, "potassium conductance").default(36.0),
        Parameter::new("E_K", "mV", Range::Finite, "potassium reversal potential").default(-77.0),
        Parameter::new("g_L", "mS/cm^2", Range::NonNegative, "leak conductance").default(0.3),
        Parameter::new("E_L", "mV", Range::Finite, "leak reversal potential").default(-54.3),
    ],
    variables: &[
        Variable::new("V_m", "mV", "membrane potential"),
        Variable::new("m", "", "sodium activation"),
        Variable::new("h", "", "sodium inactivation"),
        Variable::new("n", "", "potassium activation"),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The conductances and potentials are those of the mechanism, in its order.
    #[test]
    fn its_membrane_is_the_mechanism() {
        let mechanism = crate::mechanisms::ALL[crate::mechanisms::find("hh").unwrap()].info;
        for (ours, theirs) in INFO.parameters[3..].iter().zip(mechanism.parameters) {
            assert_eq!((ours.name, ours.unit, ours.default), (theirs.name, theirs.unit, theirs.default));
        }
        assert_eq!(INFO.parameters.len(), 3 + mechanism.parameters.len());
    }
}
