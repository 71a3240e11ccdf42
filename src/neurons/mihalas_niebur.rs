//! The generalised integrate-and-fire neuron of Mihalas & Niebur: linear between spikes, with a threshold that moves and
//! two currents that spikes leave behind. It fires in some twenty patterns.
//!
//!   C_m dV/dt = -g_L (V - E_L) + I1 + I2 + I_e + I(t) + sum_j g_j (E_j - V)
//!   dTheta/dt = a (V - E_L) - b (Theta - Theta_inf),   dI_j/dt = -k_j I_j
//!   V >= Theta: a spike; I_j = R_j I_j + A_j, V = V_reset for t_ref, Theta = max(Theta, Theta_reset)
//! (Mihalas & Niebur 2009, Neural Comput 21:704. The paper divides by C: its G/C, I/C and A_j/C are here
//! g_L/C_m, I_e/C_m and A_j/C_m. A refractory time is ours, 0 if left out.)
//!
//! All is linear between spikes, so that a step under a held current is exact: convolutions of exponentials, see
//! [`divided`](crate::num::divided). With conductances, V is exact for their mean and for the mean of I1 + I2 over the
//! step, Theta for V at the middle of the step: second order in dt.

use super::{Input, NeuronModel, steps};
use crate::model::{ModelInfo, Parameter, Range, Variable};
use crate::num::divided::{divided_difference, divided_difference_of_three};
use crate::num::math::exp;

pub struct MihalasNiebur;

const C_M: usize = 0;
const G_L: usize = 1;
const E_L: usize = 2;
const V_RESET: usize = 3;
const A: usize = 4;
const B: usize = 5;
const THETA_INF: usize = 6;
const THETA_RESET: usize = 7;
const K: usize = 8;
const R: usize = 10;
const JUMP: usize = 12;
const T_REF: usize = 14;
const I_E: usize = 15;

#[derive(Clone, Copy)]
pub struct Coefficients {
    e_l: f64,
    v_reset: f64,
    theta_inf: f64,
    theta_reset: f64,
    i_e: f64,
    g_l: f64,
    dt_over_c: f64,
    a: f64,
    /// exp(-dt/tau_m), and what 1 pA adds to V: held, and of I1 and I2 at the start of the step.
    v_decay: f64,
    v_held: f64,
    v_induced: [f64; 2],
    /// exp(-b dt), and what adds to Theta: V - E_L at the start (per mV), a held current, I1 and I2 (per pA).
    theta_decay: f64,
    theta_v: f64,
    theta_held: f64,
    theta_induced: [f64; 2],
    /// exp(-k_j dt), and the mean over the step of a current that begins at 1.
    decay: [f64; 2],
    mean: [f64; 2],
    /// The integral of exp(-b s) over the step, ms.
    b_integral: f64,
    r: [f64; 2],
    jump: [f64; 2],
}

impl NeuronModel for MihalasNiebur {
    const INFO: ModelInfo = ModelInfo {
        name: "mihalas_niebur",
        summary: "generalised integrate-and-fire neuron with a threshold that moves",
        equations: "C_m dV/dt = -g_L (V - E_L) + I1 + I2 + I_e + I(t) + sum g (E_rev - V)\n\
                    dTheta/dt = a (V - E_L) - b (Theta - Theta_inf), dI_j/dt = -k_j I_j\n\
                    V >= Theta: spike, I_j = R_j I_j + A_j, V = V_reset for t_ref,\n\
                    \x20           Theta = max(Theta, Theta_reset)",
        reference: "Mihalas & Niebur 2009, Neural Comput 21:704-718",
        parameters: &[
            Parameter::new("C_m", "pF", Range::Positive, "capacitance"),
            Parameter::new("g_L", "nS", Range::Positive, "leak conductance"),
            Parameter::new("E_L", "mV", Range::Finite, "resting potential"),
            Parameter::new("V_reset", "mV", Range::Finite, "potential after a spike"),
            Parameter::new("a", "/ms", Range::Finite, "how the potential moves the threshold").default(0.0),
            Parameter::new("b", "/ms", Range::NonNegative, "rate at which the threshold returns"),
            Parameter::new("Theta_inf", "mV", Range::Finite, "threshold at rest"),
            Parameter::new("Theta_reset", "mV", Range::Finite, "least threshold after a spike"),
            Parameter::new("k1", "/ms", Range::NonNegative, "rate of decay of I1").default(0.2),
            Parameter::new("k2", "/ms", Range::NonNegative, "rate of decay of I2").default(0.02),
            Parameter::new("R1", "", Range::Finite, "what is left of I1 at a spike").default(0.0),
            Parameter::new("R2", "", Range::Finite, "what is left of I2 at a spike").default(1.0),
            Parameter::new("A1", "pA", Range::Finite, "added to I1 at a spike").default(0.0),
            Parameter::new("A2", "pA", Range::Finite, "added to I2 at a spike").default(0.0),
            Parameter::new("t_ref", "ms", Range::NonNegative, "refractory time").default(0.0).on_grid(),
            Parameter::new("I_e", "pA", Range::Finite, "constant current").default(0.0),
        ],
        variables: &[
            Variable::new("V_m", "mV", "membrane potential"),
            Variable::new("Theta", "mV", "threshold"),
            Variable::new("I1", "pA", "first current that spikes leave behind"),
            Variable::new("I2", "pA", "second current that spikes leave behind"),
        ],
    };
    const STATES: usize = 4;
    type Coefficients = Coefficients;

    fn complete(p: &mut [f64]) -> Result<(), String> {
        if p[V_RESET] >= p[THETA_RESET] {
            return Err(format!(
                "`V_reset` ({} mV) must lie below `Theta_reset` ({} mV), or a spike would never end",
                p[V_RESET], p[THETA_RESET]
            ));
        }
        Ok(())
    }

    fn coefficients(p: &[f64], dt: f64) -> Coefficients {
        let (g, b, c) = (-dt * p[G_L] / p[C_M], -dt * p[B], p[C_M]);
        let k = [-dt * p[K], -dt * p[K + 1]];
        let (one, two) = (dt / c, p[A] * dt * dt / c);
        Coefficients {
            e_l: p[E_L],
            v_reset: p[V_RESET],
            theta_inf: p[THETA_INF],
            theta_reset: p[THETA_RESET],
            i_e: p[I_E],
            g_l: p[G_L],
            dt_over_c: one,
            a: p[A],
            v_decay: exp(g),
            v_held: one * divided_difference(0.0, g),
            v_induced: k.map(|k| one * divided_difference(k, g)),
            theta_decay: exp(b),
            theta_v: p[A] * dt * divided_difference(g, b),
            theta_held: two * divided_difference_of_three(0.0, g, b),
            theta_induced: k.map(|k| two * divided_difference_of_three(k, g, b)),
            decay: k.map(exp),
            mean: k.map(|k| divided_difference(0.0, k)),
            b_integral: dt * divided_difference(0.0, b),
            r: [p[R], p[R + 1]],
            jump: [p[JUMP], p[JUMP + 1]],
        }
    }

    fn initial(p: &[f64], v: Option<f64>) -> Vec<f64> {
        vec![v.unwrap_or(p[E_L]), p[THETA_INF], 0.0, 0.0]
    }

    #[inline(always)]
    fn propagate(c: &Coefficients, state: &mut [f64], input: Input) {
        let &mut [v, theta, i1, i2] = state else { return };
        let (held, above) = (input.current + c.i_e, v - c.e_l);
        state[0] = c.e_l + above * c.v_decay + held * c.v_held + (i1 * c.v_induced[0] + i2 * c.v_induced[1]);
        state[1] = c.theta_inf
            + (theta - c.theta_inf) * c.theta_decay
            + above * c.theta_v
            + held * c.theta_held
            + (i1 * c.theta_induced[0] + i2 * c.theta_induced[1]);
        (state[2], state[3]) = (i1 * c.decay[0], i2 * c.decay[1]);
    }

    #[inline(always)]
    fn propagate_with_conductance(c: &Coefficients, state: &mut [f64], input: Input) {
        let &mut [v, theta, i1, i2] = state else { return };
        let total = c.g_l + input.conductance;
        let induced = i1 * c.mean[0] + i2 * c.mean[1];
        let target = (c.g_l * c.e_l + input.drive + input.current + c.i_e + induced) / total;
        let half = exp(-0.5 * total * c.dt_over_c);
        let middle = target + (v - target) * half;
        state[0] = target + (v - target) * half * half;
        state[1] = c.theta_inf + (theta - c.theta_inf) * c.theta_decay + c.a * (middle - c.e_l) * c.b_integral;
        (state[2], state[3]) = (i1 * c.decay[0], i2 * c.decay[1]);
    }

    #[inline(always)]
    fn propagate_clamped(c: &Coefficients, state: &mut [f64]) {
        state[1] = c.theta_inf + (state[1] - c.theta_inf) * c.theta_decay + c.a * (state[0] - c.e_l) * c.b_integral;
        state[2] *= c.decay[0];
        state[3] *= c.decay[1];
    }

    #[inline(always)]
    fn fires(_: &Coefficients, state: &[f64]) -> bool {
        state[0] >= state[1]
    }

    #[inline(always)]
    fn reset(c: &Coefficients, state: &mut [f64]) {
        state[0] = c.v_reset;
        state[1] = if state[1] > c.theta_reset { state[1] } else { c.theta_reset };
        state[2] = c.r[0] * state[2] + c.jump[0];
        state[3] = c.r[1] * state[3] + c.jump[1];
    }

    fn refractory_steps(p: &[f64], dt: f64) -> i64 {
        steps(p[T_REF], dt)
    }

    fn membrane_time_constant(p: &[f64]) -> Option<f64> {
        Some(p[C_M] / p[G_L])
    }

    fn capacitance(p: &[f64]) -> Option<f64> {
        Some(p[C_M])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paper's table 1, with C = 100 pF: `a` in 1/s, I/C in V/s.
    fn parameters(a: f64, current: f64) -> [f64; 16] {
        let i_e = current * 100.0;
        [100.0, 5.0, -70.0, -70.0, a * 1e-3, 0.01, -50.0, -60.0, 0.2, 0.02, 0.0, 1.0, 0.0, 0.0, 0.0, i_e]
    }

    fn spikes(p: &[f64], dt: f64, duration: f64) -> Vec<f64> {
        let c = MihalasNiebur::coefficients(p, dt);
        let mut state = MihalasNiebur::initial(p, None);
        let mut times = vec![];
        for k in 1..=(duration / dt).round() as u64 {
            MihalasNiebur::propagate(&c, &mut state, Input::default());
            if MihalasNiebur::fires(&c, &state) {
                MihalasNiebur::reset(&c, &mut state);
                times.push(k as f64 * dt);
            }
        }
        times
    }

    // Tonic spiking, class 1, adaptation, phasic spiking: the first crossings, by an adaptive method of order 8 at 1e-11.
    #[test]
    fn the_first_spikes_of_the_papers_patterns() {
        for (a, current, exact) in
            [(0.0, 1.5, 20.0 * 3.0_f64.ln()), (0.0, 1.0 + 1e-6, 276.3102), (5.0, 2.0, 14.6947), (5.0, 1.5, 25.2)]
        {
            let p = parameters(a, current);
            for dt in [0.1, 0.01] {
                let first = spikes(&p, dt, 300.0)[0];
                // Stamped at the end of its step; the times are known to four decimals.
                assert!((-1e-4..dt + 1e-4).contains(&(first - exact)), "a {a}, dt {dt}: {first} for {exact}");
            }
        }
    }

    #[test]
    fn tonic_goes_on_and_a_threshold_that_rises_adapts() {
        let times = spikes(&parameters(5.0, 2.0), 0.1, 300.0);
        let intervals: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(intervals.len() > 3 && intervals[0] > times[0] && intervals[1] > intervals[0], "{times:?}");
        // Every 20 ln 3 ms, stamped up to a step late.
        assert_eq!(spikes(&parameters(0.0, 1.5), 0.1, 500.0).len(), 22);
    }

    /// The equations by Runge-Kutta in a hundredth of the step.
    fn by_runge_kutta(p: &[f64], mut y: [f64; 4], conductance: f64, drive: f64, dt: f64) -> [f64; 4] {
        let slope = |y: [f64; 4]| {
            let current = p[I_E] + y[2] + y[3] + drive - conductance * y[0];
            [
                (-p[G_L] * (y[0] - p[E_L]) + current) / p[C_M],
                p[A] * (y[0] - p[E_L]) - p[B] * (y[1] - p[THETA_INF]),
                -p[K] * y[2],
                -p[K + 1] * y[3],
            ]
        };
        let h = dt / 100.0;
        for _ in 0..100 {
            let along = |k: [f64; 4], h: f64| std::array::from_fn(|i| y[i] + h * k[i]);
            let k1 = slope(y);
            let k2 = slope(along(k1, h / 2.0));
            let k3 = slope(along(k2, h / 2.0));
            let k4 = slope(along(k3, h));
            y = std::array::from_fn(|i| y[i] + h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]));
        }
        y
    }

    #[test]
    fn a_step_is_exact_however_long_and_where_rates_meet() {
        // b = k2 = g_L / C_m in the second: the formulas of partial fractions would divide 0 by 0.
        for (b, k2) in [(0.01, 0.02), (0.05, 0.05)] {
            let mut p = parameters(5.0, 1.2);
            (p[B], p[K + 1]) = (b, k2);
            let start = [-62.0, -55.0, 30.0, -12.0];
            let mut found = start;
            MihalasNiebur::propagate(&MihalasNiebur::coefficients(&p, 4.0), &mut found, Input::default());
            let exact = by_runge_kutta(&p, start, 0.0, 0.0, 4.0);
            for (found, exact) in found.iter().zip(exact) {
                assert!((found - exact).abs() < 5e-9, "Runge-Kutta in steps of 0.04 ms: {found} {exact}");
            }
        }
    }

    #[test]
    fn with_conductances_the_error_falls_with_the_square_of_the_step() {
        let p = parameters(5.0, 1.2);
        let start = [-62.0, -55.0, 30.0, -12.0];
        let error = |n: u32| {
            let dt = 4.0 / f64::from(n);
            let c = MihalasNiebur::coefficients(&p, dt);
            let mut y = start;
            let input = Input { current: 0.0, conductance: 6.0, drive: -200.0 };
            (0..n).for_each(|_| MihalasNiebur::propagate_with_conductance(&c, &mut y, input));
            let exact = by_runge_kutta(&p, start, 6.0, -200.0, 4.0);
            [y[0] - exact[0], y[1] - exact[1]]
        };
        let (coarse, fine) = (error(8), error(16));
        for i in 0..2 {
            let ratio = coarse[i] / fine[i];
            assert!((3.6..4.4).contains(&ratio), "2^2: {ratio} of {coarse:?}");
        }
    }

    #[test]
    fn what_a_spike_leaves_behind() {
        let mut p = parameters(0.0, 1.0);
        (p[R], p[R + 1], p[JUMP], p[JUMP + 1]) = (0.5, 1.0, 7.0, -3.0);
        let c = MihalasNiebur::coefficients(&p, 0.1);
        let mut state = [-49.0, -65.0, 10.0, 10.0];
        MihalasNiebur::reset(&c, &mut state);
        assert_eq!(state, [-70.0, -60.0, 12.0, 7.0]);
        p[V_RESET] = -60.0;
        assert!(MihalasNiebur::complete(&mut p).unwrap_err().contains("Theta_reset"));
    }
}
