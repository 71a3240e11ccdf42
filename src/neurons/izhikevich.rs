//! Izhikevich's simple model: a parabola with a slow recovery, which fires in twenty ways.
//!
//!   dV/dt = 0.04 V^2 + k1 V + k0 - u + I_e + I(t)       (mV/ms; 0.04 is per mV and ms)
//!   du/dt = a (b (V - u_offset) - u)
//!   V >= V_peak: a spike; V = c, u = u + d
//! (Izhikevich 2003, IEEE Trans Neural Netw 14:1569; 2004, 15:1063.)
//!
//! One Euler step per dt, because the model's published behaviour *is* its Euler scheme: the spike adds what V makes
//! of the overshoot. u sees the new V in the code of the 2004 figure (`update = "sequential"`), the old one in NEST
//! (`"simultaneous"`). The figure tests V > 30, NEST V >= 30: they differ only where V is exactly 30, and `>=` is
//! used here. The figure's times are those of the step's start; here, as in NEST, a spike is stamped at its end.
//! There is no capacitance: currents are in mV/ms.

use super::{Input, NeuronModel};
use crate::model::{ModelInfo, Parameter, Range, Variable};

pub struct Izhikevich;

const A: usize = 0;
const B: usize = 1;
const C: usize = 2;
const D: usize = 3;
const V_PEAK: usize = 4;
const I_E: usize = 5;
const K1: usize = 6;
const K0: usize = 7;
const U_OFFSET: usize = 8;
const UPDATE: usize = 9;

#[derive(Clone, Copy)]
pub struct Coefficients {
    dt: f64,
    /// dt a.
    dt_a: f64,
    b: f64,
    c: f64,
    d: f64,
    v_peak: f64,
    i_e: f64,
    k1: f64,
    k0: f64,
    u_offset: f64,
    simultaneous: bool,
}

#[inline(always)]
fn euler(p: &Coefficients, state: &mut [f64], current: f64) {
    let (v, u) = (state[0], state[1]);
    let new = v + p.dt * (0.04 * v * v + p.k1 * v + p.k0 - u + current);
    state[0] = new;
    recover(p, state, if p.simultaneous { v } else { new });
}

#[inline(always)]
fn recover(p: &Coefficients, state: &mut [f64], v: f64) {
    state[1] += p.dt_a * (p.b * (v - p.u_offset) - state[1]);
}

impl NeuronModel for Izhikevich {
    const INFO: ModelInfo = ModelInfo {
        name: "izhikevich",
        summary: "Izhikevich's simple model; currents and weights in mV/ms",
        equations: "dV/dt = 0.04 V^2 + k1 V + k0 - u + I_e + I(t)\n\
                    du/dt = a (b (V - u_offset) - u)\n\
                    V >= V_peak: spike, V = c, u = u + d",
        reference: "Izhikevich 2003, IEEE Trans Neural Netw 14:1569-1572; 2004, 15:1063-1070",
        parameters: &[
            Parameter::new("a", "/ms", Range::Finite, "rate of recovery"),
            Parameter::new("b", "/ms", Range::Finite, "recovery per potential"),
            Parameter::new("c", "mV", Range::Finite, "potential after a spike"),
            Parameter::new("d", "mV/ms", Range::Finite, "jump of u at a spike"),
            Parameter::new("V_peak", "mV", Range::Finite, "potential at which the spike is stamped").default(30.0),
            Parameter::new("I_e", "mV/ms", Range::Finite, "constant current").default(0.0),
            Parameter::new("k1", "/ms", Range::Finite, "linear coefficient").default(5.0),
            Parameter::new("k0", "mV/ms", Range::Finite, "constant coefficient").default(140.0),
            Parameter::new("u_offset", "mV", Range::Finite, "potential at which u aims at 0").default(0.0),
            Parameter::new("update", "", Range::Finite, "whether u sees the new V or the old")
                .choice(&["sequential", "simultaneous"]),
        ],
        variables: &[Variable::new("V_m", "mV", "membrane potential"), Variable::new("u", "mV/ms", "recovery")],
    };
    const STATES: usize = 2;
    type Coefficients = Coefficients;

    fn complete(p: &mut [f64]) -> Result<(), String> {
        if p[C] >= p[V_PEAK] {
            return Err(format!(
                "`c` ({} mV) must lie below `V_peak` ({} mV), or a spike would never end",
                p[C], p[V_PEAK]
            ));
        }
        Ok(())
    }

    fn coefficients(p: &[f64], dt: f64) -> Coefficients {
        Coefficients {
            dt,
            dt_a: dt * p[A],
            b: p[B],
            c: p[C],
            d: p[D],
            v_peak: p[V_PEAK],
            i_e: p[I_E],
            k1: p[K1],
            k0: p[K0],
            u_offset: p[U_OFFSET],
            simultaneous: p[UPDATE] == 1.0,
        }
    }

    fn initial(p: &[f64], v: Option<f64>) -> Vec<f64> {
        let v = v.unwrap_or(p[C]);
        vec![v, p[B] * (v - p[U_OFFSET])]
    }

    #[inline(always)]
    fn propagate(p: &Coefficients, state: &mut [f64], input: Input) {
        euler(p, state, input.current + p.i_e);
    }

    #[inline(always)]
    fn propagate_with_conductance(p: &Coefficients, state: &mut [f64], input: Input) {
        euler(p, state, input.current + p.i_e + (input.drive - input.conductance * state[0]));
    }

    #[inline(always)]
    fn propagate_clamped(p: &Coefficients, state: &mut [f64]) {
        recover(p, state, state[0]);
    }

    #[inline(always)]
    fn fires(p: &Coefficients, state: &[f64]) -> bool {
        state[0] >= p.v_peak
    }

    #[inline(always)]
    fn reset(p: &Coefficients, state: &mut [f64]) {
        state[0] = p.c;
        state[1] += p.d;
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

    /// u on dV/dt = 0 and on du/dt = 0.
    fn nullclines(p: &[f64], v: f64, current: f64) -> Option<(f64, f64)> {
        Some((0.04 * v * v + p[K1] * v + p[K0] + p[I_E] + current, p[B] * (v - p[U_OFFSET])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spike times in ms, stamped at the end of the step.
    fn spikes(p: &[f64], start: [f64; 2], dt: f64, duration: f64, current: impl Fn(u32) -> f64) -> Vec<f64> {
        let c = Izhikevich::coefficients(p, dt);
        let mut state = start;
        let mut times = vec![];
        for k in 0..(duration / dt).round() as u32 {
            Izhikevich::propagate(&c, &mut state, Input { current: current(k), ..Input::default() });
            if Izhikevich::fires(&c, &state) {
                Izhikevich::reset(&c, &mut state);
                times.push(f64::from(k + 1) * dt);
            }
        }
        times
    }

    fn parameters(a: f64, b: f64, c: f64, d: f64) -> Vec<f64> {
        vec![a, b, c, d, 30.0, 0.0, 5.0, 140.0, 0.0, 0.0]
    }

    /// The figure's code stamps a spike with the start of its step.
    fn shifted(times: &[f64], dt: f64) -> Vec<f64> {
        times.iter().map(|t| t + dt).collect()
    }

    // Spike times printed by figure1.m (Izhikevich 2004).
    #[test]
    fn tonic_spiking_as_in_the_figure() {
        let p = parameters(0.02, 0.2, -65.0, 6.0);
        let times = spikes(&p, [-70.0, -14.0], 0.25, 100.25, |k| if k >= 41 { 14.0 } else { 0.0 });
        assert_eq!(times, shifted(&[13.0, 17.0, 31.5, 59.25, 86.75], 0.25));
    }

    #[test]
    fn tonic_bursting_as_in_the_figure() {
        let p = parameters(0.02, 0.2, -50.0, 2.0);
        let times = spikes(&p, [-70.0, -14.0], 0.25, 85.0, |k| if k >= 89 { 15.0 } else { 0.0 });
        let figure = [25.0, 26.5, 28.25, 30.0, 32.0, 34.0, 36.25, 38.75, 41.75, 45.5, 80.0, 82.25, 84.75];
        assert_eq!(times, shifted(&figure, 0.25));
    }

    #[test]
    fn other_quadratics_as_in_the_figure() {
        // Class 1 excitability: 0.04 V^2 + 4.1 V + 108, a ramp of current.
        let mut p = parameters(0.02, -0.1, -55.0, 6.0);
        (p[K1], p[K0]) = (4.1, 108.0);
        let times = spikes(&p, [-60.0, 6.0], 0.25, 182.0, |k| (0.075 * (f64::from(k) * 0.25 - 30.0)).max(0.0));
        assert_eq!(times, shifted(&[84.5, 125.0, 155.75, 181.0], 0.25));
    }

    #[test]
    fn simultaneous_as_nest() {
        // NEST 3.10, izhikevich with consistent_integration, dt 0.1 ms, 14 mV/ms from 9.5 ms, before any input spike.
        let mut p = parameters(0.1, 0.2, -65.0, 2.0);
        p[UPDATE] = 1.0;
        let times = spikes(&p, [-65.0, -13.0], 0.1, 16.4, |k| if k >= 95 { 14.0 } else { 0.0 });
        assert!((times[0] - 12.4).abs() < 1e-9 && (times[1] - 15.4).abs() < 1e-9, "grid times: {times:?}");
    }

    #[test]
    fn rests_where_the_parabola_says() {
        assert_eq!(Izhikevich::initial(&parameters(0.02, 0.2, -65.0, 6.0), None), [-65.0, -13.0]);
        // 0.04 V^2 + 4.8 V + 140 = 0 at V = -70 for b = 0.2.
        let c = Izhikevich::coefficients(&parameters(0.02, 0.2, -65.0, 6.0), 0.5);
        let mut state = [-70.0, -14.0];
        Izhikevich::propagate(&c, &mut state, Input::default());
        assert!((state[0] + 70.0).abs() < 1e-12 && (state[1] + 14.0).abs() < 1e-12, "rounding");
    }
}
