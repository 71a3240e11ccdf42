//! The leaky integrate-and-fire neuron: a capacitor with a leak, a threshold and a reset.
//!
//!   C_m dV/dt = -g_L (V - E_L) + I_e + I(t) + sum_j g_j (E_j - V),   tau_m = C_m / g_L
//!   V >= V_th: a spike; V = V_reset for t_ref
//!
//! With a current held over the step it is solved exactly (Rotter & Diesmann 1999, Biol Cybern 81:381):
//!   V(t + dt) = E_L + (V - E_L) exp(-dt/tau_m) + I tau_m/C_m (1 - exp(-dt/tau_m)).
//! With conductances held over the step at their mean G, V decays to (g_L E_L + sum g E + I) / (g_L + G) with time constant
//! C_m / (g_L + G), up to the digits that [`relaxation`] states: rounding for steps below half of it. That is second order in dt.

use super::{Input, NeuronModel, steps};
use crate::model::{ModelInfo, Parameter, Range, Variable};
use crate::num::math::{exp, expm1, relaxation};

pub struct Lif;

const C_M: usize = 0;
const TAU_M: usize = 1;
const G_L: usize = 2;
const E_L: usize = 3;
const V_TH: usize = 4;
const V_RESET: usize = 5;
const T_REF: usize = 6;
const I_E: usize = 7;

#[derive(Clone, Copy)]
pub struct Coefficients {
    e_l: f64,
    v_th: f64,
    v_reset: f64,
    /// exp(-dt/tau_m).
    decay: f64,
    /// tau_m/C_m (1 - exp(-dt/tau_m)), mV/pA.
    gain: f64,
    /// What it decays from: E_L + I_e gain.
    target: f64,
    /// dt/C_m, 1/nS.
    dt_over_c: f64,
    /// g_L dt/C_m.
    leak: f64,
    /// (g_L E_L + I_e) dt/C_m, mV.
    drive: f64,
}

impl NeuronModel for Lif {
    const INFO: ModelInfo = ModelInfo {
        name: "lif",
        summary: "leaky integrate-and-fire neuron",
        equations: "C_m dV/dt = -g_L (V - E_L) + I_e + I(t) + sum g (E_rev - V), tau_m = C_m / g_L\n\
                    V >= V_th: spike, V = V_reset for t_ref",
        reference: "Lapicque 1907; Rotter & Diesmann 1999, Biol Cybern 81:381-402 (exact integration)",
        parameters: &[
            Parameter::new("C_m", "pF", Range::Positive, "capacitance; only delta synapses can do without").optional(),
            Parameter::new("tau_m", "ms", Range::Positive, "membrane time constant, C_m / g_L").optional(),
            Parameter::new("g_L", "nS", Range::Positive, "leak conductance; may stand for C_m or tau_m").optional(),
            Parameter::new("E_L", "mV", Range::Finite, "resting potential"),
            Parameter::new("V_th", "mV", Range::OrInfinite, "threshold; inf never fires"),
            Parameter::new("V_reset", "mV", Range::Finite, "potential after a spike; E_L if left out").optional(),
            Parameter::new("t_ref", "ms", Range::NonNegative, "refractory time").default(0.0).on_grid(),
            Parameter::new("I_e", "pA", Range::Finite, "constant current").default(0.0),
        ],
        variables: &[Variable::new("V_m", "mV", "membrane potential")],
    };
    const STATES: usize = 1;
    type Coefficients = Coefficients;

    fn complete(p: &mut [f64]) -> Result<(), String> {
        complete_membrane(p)?;
        if p[V_RESET] >= p[V_TH] {
            return Err(format!(
                "`V_reset` ({} mV) must lie below `V_th` ({} mV), or a spike would never end",
                p[V_RESET], p[V_TH]
            ));
        }
        Ok(())
    }

    fn coefficients(p: &[f64], dt: f64) -> Coefficients {
        let decay = exp(-dt / p[TAU_M]);
        // Without a capacitance no current arrives; a NaN would spread from 0 times it.
        let has_capacitance = !p[C_M].is_nan();
        let or_zero = |x: f64| if has_capacitance { x } else { 0.0 };
        let gain = or_zero(-expm1(-dt / p[TAU_M]) * p[TAU_M] / p[C_M]);
        let leak = dt / p[TAU_M];
        Coefficients {
            e_l: p[E_L],
            v_th: p[V_TH],
            v_reset: p[V_RESET],
            decay,
            gain,
            target: p[E_L] + p[I_E] * gain,
            dt_over_c: if has_capacitance { dt / p[C_M] } else { leak },
            leak,
            drive: leak * p[E_L] + or_zero(dt / p[C_M]) * p[I_E],
        }
    }

    fn initial(p: &[f64], v: Option<f64>) -> Vec<f64> {
        vec![v.unwrap_or(p[E_L])]
    }

    #[inline(always)]
    fn scale(c: &Coefficients) -> f64 {
        c.gain
    }

    #[inline(always)]
    fn scale_with_conductance(c: &Coefficients) -> f64 {
        c.dt_over_c
    }

    #[inline(always)]
    fn resting(c: &Coefficients) -> Input {
        Input { conductance: c.leak, drive: c.drive, ..Input::default() }
    }

    #[inline(always)]
    fn propagate(c: &Coefficients, state: &mut [f64], input: Input) {
        state[0] = (state[0] - c.e_l).mul_add(c.decay, c.target + input.current);
    }

    #[inline(always)]
    fn propagate_with_conductance(_: &Coefficients, state: &mut [f64], input: Input) {
        let (gone, of) = relaxation(input.conductance);
        state[0] += (-input.conductance).mul_add(state[0], input.drive + input.current) * gone / of;
    }

    #[inline(always)]
    fn propagate_clamped(_: &Coefficients, _: &mut [f64]) {}

    #[inline(always)]
    fn fires(c: &Coefficients, state: &[f64]) -> bool {
        state[0] >= c.v_th
    }

    #[inline(always)]
    fn reset(c: &Coefficients, state: &mut [f64]) {
        state[0] = c.v_reset;
    }

    fn refractory_steps(p: &[f64], dt: f64) -> i64 {
        steps(p[T_REF], dt)
    }

    fn membrane_time_constant(p: &[f64]) -> Option<f64> {
        Some(p[TAU_M])
    }

    fn capacitance(p: &[f64]) -> Option<f64> {
        Some(p[C_M]).filter(|c| !c.is_nan())
    }
}

/// What follows from what is written of a leaky membrane, whatever makes it fire.
pub(super) fn complete_membrane(p: &mut [f64]) -> Result<(), String> {
    match (p[C_M].is_nan(), p[TAU_M].is_nan(), p[G_L].is_nan()) {
        (false, false, false) if agree(p[C_M], p[G_L] * p[TAU_M]) => {}
        (false, false, false) => {
            return Err(format!(
                "`C_m`, `tau_m` and `g_L` contradict each other: g_L x tau_m is {} pF, C_m is {} pF; leave one out",
                p[G_L] * p[TAU_M],
                p[C_M]
            ));
        }
        (false, false, true) => p[G_L] = p[C_M] / p[TAU_M],
        (false, true, false) => p[TAU_M] = p[C_M] / p[G_L],
        (true, false, false) => p[C_M] = p[G_L] * p[TAU_M],
        (true, false, true) if p[I_E] != 0.0 => {
            return Err("a current `I_e` needs `C_m` or `g_L` beside `tau_m`".into());
        }
        // Enough where nothing but jumps of V_m arrives.
        (true, false, true) => {}
        (_, true, _) => return Err("two of `C_m`, `tau_m` and `g_L` are needed to know `tau_m`".into()),
    }
    if p[V_RESET].is_nan() {
        p[V_RESET] = p[E_L];
    }
    Ok(())
}

/// Equal to the digits that people write.
fn agree(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * a.abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;

    /// 250 pF, 10 ms: NEST's iaf_psc_exp.
    fn parameters() -> Vec<f64> {
        let mut p = vec![250.0, 10.0, NAN, -70.0, -55.0, NAN, 2.0, 0.0];
        Lif::complete(&mut p).unwrap();
        p
    }

    #[test]
    fn one_of_three_may_be_left_out() {
        assert_eq!(parameters()[G_L], 25.0);
        assert_eq!(parameters()[V_RESET], -70.0);
        let completed = |c: f64, tau: f64, g: f64, i_e: f64| {
            let mut p = [c, tau, g, -70.0, -55.0, NAN, 0.0, i_e];
            Lif::complete(&mut p).map(|()| (p[0], p[1], p[2]))
        };
        assert_eq!(completed(250.0, NAN, 25.0, 0.0), Ok((250.0, 10.0, 25.0)));
        assert_eq!(completed(NAN, 10.0, 25.0, 0.0), Ok((250.0, 10.0, 25.0)));
        assert_eq!(completed(250.0, 10.0, 25.0, 0.0), Ok((250.0, 10.0, 25.0)));
        assert!(completed(250.0, 10.0, 30.0, 0.0).unwrap_err().contains("contradict"));
        assert!(completed(250.0, NAN, NAN, 0.0).unwrap_err().contains("two of"));
        assert!(completed(NAN, 10.0, NAN, 0.0).is_ok());
        assert!(completed(NAN, 10.0, NAN, 5.0).unwrap_err().contains("I_e"));
        let mut p = parameters();
        p[V_RESET] = -55.0;
        assert!(Lif::complete(&mut p).unwrap_err().contains("V_reset"));
    }

    #[test]
    fn without_capacitance_it_only_leaks() {
        let mut p = [NAN, 10.0, NAN, -70.0, -55.0, NAN, 0.0, 0.0];
        Lif::complete(&mut p).unwrap();
        assert_eq!(Lif::capacitance(&p), None);
        let c = Lif::coefficients(&p, 10.0);
        let mut v = [-60.0];
        Lif::propagate(&c, &mut v, Input::default());
        assert!((v[0] - (-70.0 + 10.0 / std::f64::consts::E)).abs() < 1e-13, "rounding");
        assert!(!Lif::fires(&c, &v));
    }

    #[test]
    fn a_constant_current_is_exact_for_any_step() {
        for dt in [0.01, 0.1, 5.0] {
            let c = Lif::coefficients(&parameters(), dt);
            let mut v = [-70.0];
            let n = (20.0_f64 / dt).round() as usize;
            for _ in 0..n {
                Lif::propagate(&c, &mut v, Input { current: Lif::scale(&c) * 300.0, ..Input::default() });
            }
            // V = E_L + R I (1 - exp(-t/tau)), R = 40 MOhm, t = 2 tau.
            let exact = -70.0 + 12.0 * (1.0 - (-2.0_f64).exp());
            assert!((v[0] - exact).abs() < 1e-11, "rounding of 2000 steps: {dt} {}", v[0] - exact);
        }
    }

    #[test]
    fn a_constant_conductance_is_exact_but_for_the_approximant() {
        for dt in [0.1, 0.5, 4.0] {
            let c = Lif::coefficients(&parameters(), dt);
            let mut v = [-70.0];
            let steps = (8.0_f64 / dt).round();
            for _ in 0..steps as usize {
                let [current, conductance, drive] = [50.0, 15.0, -150.0].map(|x| Lif::scale_with_conductance(&c) * x);
                let (conductance, drive) = (conductance + Lif::resting(&c).conductance, drive + Lif::resting(&c).drive);
                let input = Input { current, conductance, drive };
                Lif::propagate_with_conductance(&c, &mut v, input);
            }
            // 40 nS in all: tau 6.25 ms, target (25 x -70 - 150 + 50) / 40 mV.
            let target = -46.25;
            let exact = target + (-70.0 - target) * (-8.0_f64 / 6.25).exp();
            // That of a step, of the distance, and rounding.
            let error = 23.75 * steps * 7.1e-7 * (dt / 6.25_f64).powi(8) + 1e-12;
            assert!((v[0] - exact).abs() < error, "{} at {dt}, {error}", v[0] - exact);
        }
    }
}
