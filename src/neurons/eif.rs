//! The exponential integrate-and-fire neuron: a leak, and a spike that starts by itself.
//!
//!   C_m dV/dt = -g_L (V - E_L) + g_L Delta_T exp((V - V_T)/Delta_T) + I_e + I(t) + sum_j g_j (E_j - V)
//!   V >= V_peak: a spike; V = V_reset for t_ref
//! (Fourcaud-Trocme, Hansel, van Vreeswijk & Brunel 2003, J Neurosci 23:11628.)
//!
//! It is an [`adex`] that does not adapt, and is integrated as that is.

use super::adex::{self, AdEx};
use super::{Input, NeuronModel, steps};
use crate::model::{ModelInfo, Parameter, Range, Variable};

pub struct Eif;

const C_M: usize = 0;
const G_L: usize = 1;
const E_L: usize = 2;
const V_T: usize = 3;
const DELTA_T: usize = 4;
const V_PEAK: usize = 5;
const V_RESET: usize = 6;
const T_REF: usize = 7;
const I_E: usize = 8;

/// The parameters of the `adex` that never adapts: w stays 0, whatever its time constant.
fn adaptive(p: &[f64]) -> [f64; 12] {
    [p[C_M], p[G_L], p[E_L], p[V_T], p[DELTA_T], p[V_PEAK], p[V_RESET], 1.0, 0.0, 0.0, p[T_REF], p[I_E]]
}

impl NeuronModel for Eif {
    const INFO: ModelInfo = ModelInfo {
        name: "eif",
        summary: "exponential integrate-and-fire neuron",
        equations: "C_m dV/dt = -g_L (V - E_L) + g_L Delta_T exp((V - V_T)/Delta_T)\n\
                    \x20           + I_e + I(t) + sum g (E_rev - V)\n\
                    V >= V_peak: spike, V = V_reset for t_ref",
        reference: "Fourcaud-Trocme, Hansel, van Vreeswijk & Brunel 2003, J Neurosci 23:11628-11640",
        parameters: &[
            Parameter::new("C_m", "pF", Range::Positive, "capacitance"),
            Parameter::new("g_L", "nS", Range::Positive, "leak conductance"),
            Parameter::new("E_L", "mV", Range::Finite, "resting potential of the leak"),
            Parameter::new("V_T", "mV", Range::Finite, "potential at which the upstroke takes over"),
            Parameter::new("Delta_T", "mV", Range::Positive, "sharpness of the upstroke"),
            Parameter::new("V_peak", "mV", Range::Finite, "potential at which the spike is stamped").default(0.0),
            Parameter::new("V_reset", "mV", Range::Finite, "potential after a spike"),
            Parameter::new("t_ref", "ms", Range::NonNegative, "refractory time").default(0.0).on_grid(),
            Parameter::new("I_e", "pA", Range::Finite, "constant current").default(0.0),
        ],
        variables: &[Variable::new("V_m", "mV", "membrane potential")],
    };
    const STATES: usize = 1;
    type Coefficients = adex::Coefficients;

    fn complete(p: &mut [f64]) -> Result<(), String> {
        AdEx::complete(&mut adaptive(p))
    }

    fn coefficients(p: &[f64], dt: f64) -> adex::Coefficients {
        AdEx::coefficients(&adaptive(p), dt)
    }

    fn initial(p: &[f64], v: Option<f64>) -> Vec<f64> {
        vec![v.unwrap_or(p[E_L])]
    }

    #[inline(always)]
    fn propagate(c: &adex::Coefficients, state: &mut [f64], input: Input) {
        let mut adaptive = [state[0], 0.0];
        AdEx::propagate(c, &mut adaptive, input);
        state[0] = adaptive[0];
    }

    #[inline(always)]
    fn propagate_with_conductance(c: &adex::Coefficients, state: &mut [f64], input: Input) {
        let mut adaptive = [state[0], 0.0];
        AdEx::propagate_with_conductance(c, &mut adaptive, input);
        state[0] = adaptive[0];
    }

    #[inline(always)]
    fn propagate_clamped(_: &adex::Coefficients, _: &mut [f64]) {}

    #[inline(always)]
    fn fires(c: &adex::Coefficients, state: &[f64]) -> bool {
        AdEx::fires(c, state)
    }

    #[inline(always)]
    fn reset(c: &adex::Coefficients, state: &mut [f64]) {
        let mut adaptive = [state[0], 0.0];
        AdEx::reset(c, &mut adaptive);
        state[0] = adaptive[0];
    }

    fn refractory_steps(p: &[f64], dt: f64) -> i64 {
        steps(p[T_REF], dt)
    }

    fn membrane_time_constant(_: &[f64]) -> Option<f64> {
        None
    }

    fn capacitance(p: &[f64]) -> Option<f64> {
        Some(p[C_M])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::math::exp;

    /// 100 pF, 10 nS, and the upstroke of the paper.
    const P: [f64; 9] = [100.0, 10.0, -65.0, -59.9, 3.48, -30.0, -68.0, 0.0, 0.0];

    /// The interval between the spikes of a constant current, from reset to peak.
    fn interval(current: f64, dt: f64) -> f64 {
        let c = Eif::coefficients(&P, dt);
        let mut state = [P[V_RESET]];
        let mut steps = 0;
        while !Eif::fires(&c, &state) {
            Eif::propagate(&c, &mut state, Input { current, ..Input::default() });
            steps += 1;
        }
        f64::from(steps) * dt
    }

    // By an adaptive method of order 8 at 1e-11.
    #[test]
    fn fires_as_the_exact_solution() {
        for (current, exact) in [(80.0, 19.2034525), (150.0, 10.8480350), (400.0, 4.6021680)] {
            for dt in [0.1, 0.05, 0.01] {
                let found = interval(current, dt);
                // The spike is stamped at the end of its step; an upstroke is cut off at most a step before its peak.
                assert!((found - exact).abs() <= dt + 1e-9, "{current} pA, dt {dt}: {found} for {exact}");
            }
        }
    }

    #[test]
    fn the_threshold_current_is_that_of_the_closed_form() {
        // dV/dt = 0 and its derivative 0 at V_T: I = g_L (V_T - E_L - Delta_T).
        let rheobase = 10.0 * (-59.9 + 65.0 - 3.48);
        let c = Eif::coefficients(&P, 0.1);
        let fires = |current: f64| {
            let mut state = [P[E_L]];
            (0..50_000).any(|_| {
                Eif::propagate(&c, &mut state, Input { current, ..Input::default() });
                Eif::fires(&c, &state)
            })
        };
        assert!(fires(rheobase + 0.1) && !fires(rheobase - 0.1));
        // The fixed point below it: V - E_L = I/g_L + Delta_T exp((V - V_T)/Delta_T).
        let mut state = [P[E_L]];
        (0..10_000).for_each(|_| Eif::propagate(&c, &mut state, Input { current: 10.0, ..Input::default() }));
        let left = state[0] - P[E_L] - 1.0 - P[DELTA_T] * exp((state[0] - P[V_T]) / P[DELTA_T]);
        assert!(left.abs() < 1e-10, "settled: {left}");
    }
}
