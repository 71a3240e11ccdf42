//! The adaptive exponential integrate-and-fire neuron: a spike that starts by itself, and a fatigue that grows with it.
//!
//!   C_m dV/dt = -g_L (V - E_L) + g_L Delta_T exp((V - V_T)/Delta_T) - w + I_e + I(t) + sum_j g_j (E_j - V)
//!   tau_w dw/dt = a (V - E_L) - w
//!   V >= V_peak: a spike; V = V_reset for t_ref, w = w + b
//! (Brette & Gerstner 2005, J Neurophysiol 94:3637.)
//!
//! One classical Runge-Kutta step (order 4 between spikes) with the current and the mean conductance held. In both
//! equations V stands for min(V, V_peak): on the last step of an upstroke the exponential would otherwise overflow,
//! and w would follow a V that the cell never has.
//!
//! No polynomial follows V to infinity, so whether the upstroke ends within the step is asked of the equation itself.
//! With r the rest of dV/dt, held, and y its exponential part, dy/dt = y (y + r)/Delta_T blows up after
//! T = Delta_T/r ln(1 + r/y); and T <= dt where y >= Delta_T/dt x/(e^x - 1), x = r dt/Delta_T. The spike is stamped at
//! the end of its step: each is up to dt late, and the next starts from there.

use super::{Input, NeuronModel, steps};
use crate::model::{ModelInfo, Parameter, Range, Variable};
use crate::num::math::exp;

pub struct AdEx;

const C_M: usize = 0;
const G_L: usize = 1;
const E_L: usize = 2;
const V_T: usize = 3;
const DELTA_T: usize = 4;
const V_PEAK: usize = 5;
const V_RESET: usize = 6;
const TAU_W: usize = 7;
const A: usize = 8;
const B: usize = 9;
const T_REF: usize = 10;
const I_E: usize = 11;

#[derive(Clone, Copy)]
pub struct Coefficients {
    dt: f64,
    one_over_c: f64,
    g_l: f64,
    e_l: f64,
    v_t: f64,
    one_over_delta: f64,
    /// g_L Delta_T, pA.
    spike_current: f64,
    /// dt/Delta_T.
    dt_over_delta: f64,
    v_peak: f64,
    v_reset: f64,
    one_over_tau_w: f64,
    a: f64,
    b: f64,
    i_e: f64,
    /// exp(-dt/tau_w): w with V clamped decays exactly.
    w_decay: f64,
}

/// The exponential part of dV/dt, mV/ms.
#[inline(always)]
fn upstroke(c: &Coefficients, v: f64) -> f64 {
    c.spike_current * exp((v - c.v_t) * c.one_over_delta) * c.one_over_c
}

/// Whether V reaches infinity within dt, from the exponential part and the rest of dV/dt at the step's start.
#[inline(always)]
fn blows_up(c: &Coefficients, upstroke: f64, rest: f64) -> bool {
    let x = rest * c.dt_over_delta;
    // x/(e^x - 1) from above, which for the |x| < 1 of a useful dt is within 2e-3 of it.
    upstroke * c.dt_over_delta >= 1.0 - x * 0.5 + x * x * (1.0 / 12.0)
}

/// dV/dt in mV/ms and dw/dt in pA/ms.
#[inline(always)]
fn slope(c: &Coefficients, v: f64, w: f64, current: f64, conductance: f64) -> (f64, f64) {
    let v = if v > c.v_peak { c.v_peak } else { v };
    let leak = c.g_l * (v - c.e_l);
    let dv = upstroke(c, v) + (current - leak - w - conductance * v) * c.one_over_c;
    (dv, (c.a * (v - c.e_l) - w) * c.one_over_tau_w)
}

#[inline(always)]
fn runge_kutta(c: &Coefficients, state: &mut [f64], current: f64, conductance: f64) {
    let (v, w) = (state[0], state[1]);
    let half = 0.5 * c.dt;
    let (v1, w1) = slope(c, v, w, current, conductance);
    let (v2, w2) = slope(c, v + half * v1, w + half * w1, current, conductance);
    let (v3, w3) = slope(c, v + half * v2, w + half * w2, current, conductance);
    let (v4, w4) = slope(c, v + c.dt * v3, w + c.dt * w3, current, conductance);
    let sixth = c.dt * (1.0 / 6.0);
    let end = v + sixth * (v1 + 2.0 * (v2 + v3) + v4);
    let start = upstroke(c, v);
    state[0] = if blows_up(c, start, v1 - start) { c.v_peak } else { end };
    state[1] = w + sixth * (w1 + 2.0 * (w2 + w3) + w4);
}

impl NeuronModel for AdEx {
    const INFO: ModelInfo = ModelInfo {
        name: "adex",
        summary: "adaptive exponential integrate-and-fire neuron",
        equations: "C_m dV/dt = -g_L (V - E_L) + g_L Delta_T exp((V - V_T)/Delta_T) - w\n\
                    \x20           + I_e + I(t) + sum g (E_rev - V)\n\
                    tau_w dw/dt = a (V - E_L) - w\n\
                    V >= V_peak: spike, V = V_reset for t_ref, w = w + b",
        reference: "Brette & Gerstner 2005, J Neurophysiol 94:3637-3642; Naud et al. 2008, Biol Cybern 99:335-347",
        parameters: &[
            Parameter::new("C_m", "pF", Range::Positive, "capacitance"),
            Parameter::new("g_L", "nS", Range::Positive, "leak conductance"),
            Parameter::new("E_L", "mV", Range::Finite, "resting potential of the leak"),
            Parameter::new("V_T", "mV", Range::Finite, "potential at which the upstroke takes over"),
            Parameter::new("Delta_T", "mV", Range::Positive, "sharpness of the upstroke"),
            Parameter::new("V_peak", "mV", Range::Finite, "potential at which the spike is stamped").default(0.0),
            Parameter::new("V_reset", "mV", Range::Finite, "potential after a spike"),
            Parameter::new("tau_w", "ms", Range::Positive, "time constant of the adaptation"),
            Parameter::new("a", "nS", Range::Finite, "adaptation to the potential"),
            Parameter::new("b", "pA", Range::Finite, "jump of the adaptation at a spike"),
            Parameter::new("t_ref", "ms", Range::NonNegative, "refractory time").default(0.0).on_grid(),
            Parameter::new("I_e", "pA", Range::Finite, "constant current").default(0.0),
        ],
        variables: &[
            Variable::new("V_m", "mV", "membrane potential"),
            Variable::new("w", "pA", "adaptation current, positive outward"),
        ],
    };
    const STATES: usize = 2;
    type Coefficients = Coefficients;

    fn complete(p: &mut [f64]) -> Result<(), String> {
        if p[V_RESET] >= p[V_PEAK] {
            return Err(format!(
                "`V_reset` ({} mV) must lie below `V_peak` ({} mV), or a spike would never end",
                p[V_RESET], p[V_PEAK]
            ));
        }
        if p[V_T] >= p[V_PEAK] {
            return Err(format!(
                "`V_peak` ({} mV) must lie above `V_T` ({} mV), where the upstroke begins",
                p[V_PEAK], p[V_T]
            ));
        }
        Ok(())
    }

    fn coefficients(p: &[f64], dt: f64) -> Coefficients {
        Coefficients {
            dt,
            one_over_c: 1.0 / p[C_M],
            g_l: p[G_L],
            e_l: p[E_L],
            v_t: p[V_T],
            one_over_delta: 1.0 / p[DELTA_T],
            spike_current: p[G_L] * p[DELTA_T],
            dt_over_delta: dt / p[DELTA_T],
            v_peak: p[V_PEAK],
            v_reset: p[V_RESET],
            one_over_tau_w: 1.0 / p[TAU_W],
            a: p[A],
            b: p[B],
            i_e: p[I_E],
            w_decay: exp(-dt / p[TAU_W]),
        }
    }

    fn initial(p: &[f64], v: Option<f64>) -> Vec<f64> {
        vec![v.unwrap_or(p[E_L]), 0.0]
    }

    #[inline(always)]
    fn propagate(c: &Coefficients, state: &mut [f64], input: Input) {
        runge_kutta(c, state, input.current + c.i_e, 0.0);
    }

    #[inline(always)]
    fn propagate_with_conductance(c: &Coefficients, state: &mut [f64], input: Input) {
        runge_kutta(c, state, input.current + input.drive + c.i_e, input.conductance);
    }

    #[inline(always)]
    fn propagate_clamped(c: &Coefficients, state: &mut [f64]) {
        let target = c.a * (state[0] - c.e_l);
        state[1] = target + (state[1] - target) * c.w_decay;
    }

    #[inline(always)]
    fn fires(c: &Coefficients, state: &[f64]) -> bool {
        state[0] >= c.v_peak
    }

    #[inline(always)]
    fn reset(c: &Coefficients, state: &mut [f64]) {
        state[0] = c.v_reset;
        state[1] += c.b;
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

    /// w on dV/dt = 0 and on dw/dt = 0.
    fn nullclines(p: &[f64], v: f64, current: f64) -> Option<(f64, f64)> {
        let leak = v - p[E_L];
        let upstroke = p[DELTA_T] * exp((v - p[V_T]) / p[DELTA_T]);
        Some((p[G_L] * (upstroke - leak) + p[I_E] + current, p[A] * leak))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first spikes in ms under a constant current, in order of time, from E_L.
    fn spikes(p: &[f64], current: f64, dt: f64, duration: f64) -> Vec<f64> {
        let c = AdEx::coefficients(p, dt);
        let mut state = AdEx::initial(p, None);
        let mut times = vec![];
        for k in 1..=(duration / dt).round() as u64 {
            AdEx::propagate(&c, &mut state, Input { current, ..Input::default() });
            if AdEx::fires(&c, &state) {
                AdEx::reset(&c, &mut state);
                times.push(k as f64 * dt);
            }
        }
        times
    }

    /// Spikes on the grid are at most dt late each, and the next starts from there.
    fn assert_within_steps(p: &[f64], current: f64, exact: &[f64]) {
        for dt in [0.1, 0.05, 0.01] {
            let times = spikes(p, current, dt, exact[exact.len() - 1] + 1.0);
            for (n, exact) in exact.iter().enumerate() {
                let error = (times[n] - exact).abs();
                assert!(error <= (n + 1) as f64 * dt + 1e-9, "dt {dt}, spike {n}: {} for {exact}", times[n]);
            }
        }
    }

    // Naud et al. 2008, table 1 (values adapted by P. Mueller); times by an adaptive method of order 8 at 1e-11.
    #[test]
    fn adapts_as_the_exact_solution() {
        let p = [200.0, 12.0, -70.0, -50.0, 2.0, 0.0, -58.0, 300.0, 2.0, 60.0, 0.0, 0.0];
        let exact = [14.9040436479, 26.1718122047, 40.5479175692, 60.1580377564, 89.5806344516, 137.324639179];
        assert_within_steps(&p, 500.0, &exact);
    }

    #[test]
    fn bursts_as_the_exact_solution() {
        let p = [200.0, 10.0, -58.0, -50.0, 2.0, 0.0, -46.0, 120.0, 2.0, 100.0, 0.0, 0.0];
        let exact = [16.1579837879, 19.0756362488, 24.1984301719, 155.95599566, 161.309941064, 294.503394674];
        assert_within_steps(&p, 210.0, &exact);
    }

    #[test]
    fn order_four_below_threshold() {
        // A subthreshold current: no spike, so that halving dt shows the order of the step itself.
        let p = [200.0, 10.0, -58.0, -50.0, 2.0, 0.0, -46.0, 120.0, 2.0, 100.0, 0.0, 0.0];
        let end = |dt: f64| {
            let c = AdEx::coefficients(&p, dt);
            let mut state = AdEx::initial(&p, None);
            for _ in 0..(40.0 / dt).round() as u64 {
                AdEx::propagate(&c, &mut state, Input { current: 60.0, ..Input::default() });
            }
            state[0]
        };
        let ratio = (end(4.0) - end(0.25)) / (end(2.0) - end(0.25));
        assert!((12.0..22.0).contains(&ratio), "2^4, up to the next order: {ratio}");
    }

    #[test]
    fn clamped_adaptation_decays_to_its_target() {
        let p = [200.0, 12.0, -70.0, -50.0, 2.0, 0.0, -58.0, 300.0, 2.0, 60.0, 0.0, 0.0];
        let c = AdEx::coefficients(&p, 30.0);
        let mut state = [-58.0, 100.0];
        AdEx::propagate_clamped(&c, &mut state);
        // a (V - E_L) = 24 pA.
        assert_eq!(state[0], -58.0);
        assert!((state[1] - (24.0 + 76.0 * (-0.1_f64).exp())).abs() < 1e-12, "rounding");
    }

    #[test]
    fn a_strong_current_fires_without_overflow() {
        let p = [200.0, 12.0, -70.0, -50.0, 0.01, 30.0, -58.0, 300.0, 2.0, 60.0, 0.0, 0.0];
        let c = AdEx::coefficients(&p, 1.0);
        let mut state = [-50.5, 0.0];
        AdEx::propagate(&c, &mut state, Input { current: 1e6, ..Input::default() });
        assert!(AdEx::fires(&c, &state) && state[1].is_finite());
        AdEx::reset(&c, &mut state);
        assert_eq!(state[0], -58.0);
    }

    #[test]
    fn a_reset_above_the_peak_is_an_error() {
        let mut p = [200.0, 12.0, -70.0, -50.0, 2.0, 0.0, 1.0, 300.0, 2.0, 60.0, 0.0, 0.0];
        assert!(AdEx::complete(&mut p).unwrap_err().contains("V_reset"));
        p[V_RESET] = -58.0;
        p[V_PEAK] = -52.0;
        assert!(AdEx::complete(&mut p).unwrap_err().contains("V_T"));
    }
}
