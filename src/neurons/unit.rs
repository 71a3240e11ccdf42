//! The integrate-and-fire unit of artificial spiking networks: no units, no biology, one number that adds up.
//!
//!   V(t) = beta V(t-1) + I(t);   V >= theta: a spike, and V = V - theta (reset by subtraction) or V = 0 (reset to zero)
//!
//! I(t) is the current held over the step plus the weights of what arrives at its end. beta = 1 integrates perfectly:
//! reset by subtraction then loses nothing, and T steps of a constant current I give exactly
//! clip(floor((T I + V(0)) / theta), 0, T) spikes. That is the ReLU in spikes (Cao, Chen & Khosla 2015, Int J Comput
//! Vis 113:54; Rueckauer et al. 2017, Front Neurosci 11:682). beta < 1 leaks. With theta = inf it is a counter that adds
//! up its input: the readout.
//!
//! These units stand in a layered contrast; a TOML cell has a membrane, and `lif` is its leaky unit.

use crate::lift::{Input, NeuronModel};
use crate::model::{ModelInfo, Parameter, Range, Variable};

const INFO: ModelInfo = ModelInfo {
    name: "unit",
    summary: "integrate-and-fire unit without dimensions",
    equations: "V(t) = beta V(t-1) + I(t); V >= theta: a spike, and V = V - theta, or V = 0",
    reference: "Rueckauer et al. 2017, Front Neurosci 11:682",
    parameters: &[
        Parameter::new("beta", "", Range::Positive, "what is left of V after a step"),
        Parameter::new("theta", "", Range::OrInfinite, "threshold"),
    ],
    variables: &[Variable::new("V_m", "", "what has added up")],
};

/// `SUBTRACT`: the reset takes the threshold away, and what was beyond it stays; else V starts again from 0.
pub struct Unit<const SUBTRACT: bool>;

#[derive(Clone, Copy)]
pub struct Coefficients {
    beta: f64,
    theta: f64,
}

impl<const SUBTRACT: bool> NeuronModel for Unit<SUBTRACT> {
    const INFO: ModelInfo = INFO;
    const STATES: usize = 1;
    type Coefficients = Coefficients;

    fn coefficients(parameters: &[f64], _: f64) -> Coefficients {
        Coefficients { beta: parameters[0], theta: parameters[1] }
    }

    fn initial(_: &[f64], v: Option<f64>) -> Vec<f64> {
        vec![v.unwrap_or(0.0)]
    }

    #[inline(always)]
    fn propagate(c: &Coefficients, state: &mut [f64], input: Input) {
        state[0] = c.beta * state[0] + input.current;
    }

    /// A conductance means nothing to it: no synapse of it has one.
    #[inline(always)]
    fn propagate_with_conductance(c: &Coefficients, state: &mut [f64], input: Input) {
        Self::propagate(c, state, input);
    }

    #[inline(always)]
    fn propagate_clamped(_: &Coefficients, _: &mut [f64]) {}

    #[inline(always)]
    fn fires(c: &Coefficients, state: &[f64]) -> bool {
        state[0] >= c.theta
    }

    #[inline(always)]
    fn reset(c: &Coefficients, state: &mut [f64]) {
        state[0] = if SUBTRACT { state[0] - c.theta } else { 0.0 };
    }

    fn refractory_steps(_: &[f64], _: f64) -> i64 {
        0
    }

    fn membrane_time_constant(_: &[f64]) -> Option<f64> {
        None
    }

    fn capacitance(_: &[f64]) -> Option<f64> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spikes<const SUBTRACT: bool>(beta: f64, v0: f64, current: f64, steps: usize) -> usize {
        let c = Unit::<SUBTRACT>::coefficients(&[beta, 1.0], 1.0);
        let mut state = [v0];
        let mut step = || {
            Unit::<SUBTRACT>::propagate(&c, &mut state, Input { current, ..Input::default() });
            let fires = Unit::<SUBTRACT>::fires(&c, &state);
            if fires {
                Unit::<SUBTRACT>::reset(&c, &mut state);
            }
            fires
        };
        (0..steps).filter(|_| step()).count()
    }

    proptest::proptest! {
        /// The closed form of a perfect integrator, for numbers that a float holds exactly.
        #[test]
        fn reset_by_subtraction_counts_the_integral(k in -512i64..2048, v in 0i64..1024, steps in 0usize..600) {
            let (current, v0) = (k as f64 / 1024.0, v as f64 / 1024.0);
            let exact = ((steps as f64 * current + v0).floor()).clamp(0.0, steps as f64);
            proptest::prop_assert_eq!(spikes::<true>(1.0, v0, current, steps) as f64, exact);
        }
    }

    #[test]
    fn reset_to_zero_loses_what_was_beyond_the_threshold() {
        // ceil(1/I) steps a spike.
        assert_eq!(spikes::<false>(1.0, 0.0, 0.75, 12), 6);
        assert_eq!(spikes::<true>(1.0, 0.0, 0.75, 12), 9);
        // A leak that balances the current below threshold: V = I / (1 - beta).
        assert_eq!(spikes::<true>(0.5, 0.0, 0.4375, 1000), 0);
    }
}
