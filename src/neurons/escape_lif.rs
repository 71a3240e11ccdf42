//! The leaky integrate-and-fire neuron with a noisy threshold: the nearer V is to it, the likelier a spike.
//!
//!   C_m dV/dt = -g_L (V - E_L) + I_e + I(t) + sum_j g_j (E_j - V),   as [`lif`]
//!   rho(V) = rho_0 exp((V - V_th)/Delta_u):   the chance of a spike in dt is rho(V) dt; then V = V_reset for t_ref
//! (Gerstner, Kistler, Naud & Paninski 2014, Neuronal Dynamics, section 9.1; Jolivet, Rauch, Luescher & Gerstner 2006, J
//! Comput Neurosci 21:35.)
//!
//! The hazard is integrated until it reaches a number E that was drawn after the last spike, exponentially distributed with
//! mean 1; that is the same as a chance in each step, and randomness is only needed after a spike (time rescaling: Brown, Barbieri, Ventura,
//! Kass & Frank 2002, Neural Comput 14:325). Over a step V is taken from the middle: second order in dt.

use super::lif::{self, Lif};
use super::{Input, NeuronModel};
use crate::model::{ModelInfo, Parameter, Range, Variable};
use crate::num::math::{exp, ln};

pub struct EscapeLif;

/// The parameters before are those of `lif`.
const LIF: usize = 8;
const RHO_0: usize = LIF;
const DELTA_U: usize = LIF + 1;
const V_TH: usize = 4;

/// More steepness than this is a spike.
const STEEPEST: f64 = 300.0;

#[derive(Clone, Copy)]
pub struct Coefficients {
    lif: lif::Coefficients,
    v_th: f64,
    per_delta_u: f64,
    /// rho_0 dt.
    chance: f64,
}

/// Adds what the hazard is over a step from V `before` to `after`.
#[inline(always)]
fn endanger(c: &Coefficients, state: &mut [f64], before: f64) {
    let above = (0.5 * (before + state[0]) - c.v_th) * c.per_delta_u;
    state[1] += c.chance * exp(if above < STEEPEST { above } else { STEEPEST });
}

impl NeuronModel for EscapeLif {
    const INFO: ModelInfo = ModelInfo {
        name: "escape_lif",
        summary: "leaky integrate-and-fire neuron with a noisy threshold",
        equations: "C_m dV/dt = -g_L (V - E_L) + I_e + I(t) + sum g (E_rev - V), tau_m = C_m / g_L\n\
                    a spike with chance rho_0 exp((V - V_th)/Delta_u) dt, V = V_reset for t_ref",
        reference: "Gerstner, Kistler, Naud & Paninski 2014, Neuronal Dynamics, section 9.1",
        parameters: &[
            Lif::INFO.parameters[0],
            Lif::INFO.parameters[1],
            Lif::INFO.parameters[2],
            Lif::INFO.parameters[3],
            Parameter::new("V_th", "mV", Range::Finite, "potential at which it fires at the rate rho_0"),
            Lif::INFO.parameters[5],
            Lif::INFO.parameters[6],
            Lif::INFO.parameters[7],
            Parameter::new("rho_0", "Hz", Range::NonNegative, "hazard at V_th"),
            Parameter::new("Delta_u", "mV", Range::Positive, "this much above, it is e times as likely"),
        ],
        variables: &[
            Variable::new("V_m", "mV", "membrane potential"),
            Variable::new("H", "", "hazard added up since the last spike"),
            Variable::new("E", "", "where H makes it fire; drawn after each spike"),
        ],
    };
    const STATES: usize = 3;
    type Coefficients = Coefficients;
    const DRAW: Option<fn(&mut [f64], f64)> = Some(|state, uniform| state[2] = -ln(uniform));

    /// V_reset may lie above V_th: a spike ends as soon as its E is reached.
    fn complete(p: &mut [f64]) -> Result<(), String> {
        lif::complete_membrane(&mut p[..LIF])
    }

    fn coefficients(p: &[f64], dt: f64) -> Coefficients {
        Coefficients {
            lif: Lif::coefficients(&p[..LIF], dt),
            v_th: p[V_TH],
            per_delta_u: 1.0 / p[DELTA_U],
            chance: p[RHO_0] * dt / 1000.0,
        }
    }

    /// E is drawn.
    fn initial(p: &[f64], v: Option<f64>) -> Vec<f64> {
        vec![Lif::initial(&p[..LIF], v)[0], 0.0, f64::INFINITY]
    }

    #[inline(always)]
    fn scale(c: &Coefficients) -> f64 {
        Lif::scale(&c.lif)
    }

    #[inline(always)]
    fn scale_with_conductance(c: &Coefficients) -> f64 {
        Lif::scale_with_conductance(&c.lif)
    }

    #[inline(always)]
    fn resting(c: &Coefficients) -> Input {
        Lif::resting(&c.lif)
    }

    #[inline(always)]
    fn propagate(c: &Coefficients, state: &mut [f64], input: Input) {
        let before = state[0];
        Lif::propagate(&c.lif, state, input);
        endanger(c, state, before);
    }

    #[inline(always)]
    fn propagate_with_conductance(c: &Coefficients, state: &mut [f64], input: Input) {
        let before = state[0];
        Lif::propagate_with_conductance(&c.lif, state, input);
        endanger(c, state, before);
    }

    #[inline(always)]
    fn propagate_clamped(_: &Coefficients, _: &mut [f64]) {}

    #[inline(always)]
    fn fires(_: &Coefficients, state: &[f64]) -> bool {
        state[1] >= state[2]
    }

    #[inline(always)]
    fn reset(c: &Coefficients, state: &mut [f64]) {
        Lif::reset(&c.lif, state);
        state[1] = 0.0;
    }

    fn refractory_steps(p: &[f64], dt: f64) -> i64 {
        Lif::refractory_steps(&p[..LIF], dt)
    }

    fn membrane_time_constant(p: &[f64]) -> Option<f64> {
        Lif::membrane_time_constant(&p[..LIF])
    }

    fn capacitance(p: &[f64]) -> Option<f64> {
        Lif::capacitance(&p[..LIF])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::{Key, Purpose};

    /// Rests 4 mV below threshold with a hazard of 200 Hz exp(-4/2); t_ref 3 ms; reset to rest, so V stays.
    const P: [f64; 10] = [200.0, 20.0, 10.0, -54.0, -50.0, -54.0, 3.0, 0.0, 200.0, 2.0];

    /// Intervals of one cell under a constant `current`, in ms.
    fn intervals(p: &[f64], current: f64, count: usize) -> Vec<f64> {
        let (dt, key) = (0.1, Key::new(1, Purpose::Threshold, 0));
        let c = EscapeLif::coefficients(p, dt);
        let draw = EscapeLif::DRAW.unwrap();
        let mut state = EscapeLif::initial(p, None);
        draw(&mut state, key.uniform(0, 0));
        let (mut found, mut last, mut step) = (vec![], 0u64, 0u64);
        while found.len() < count {
            step += 1;
            EscapeLif::propagate(&c, &mut state, Input { current: EscapeLif::scale(&c) * current, ..Input::default() });
            if EscapeLif::fires(&c, &state) {
                EscapeLif::reset(&c, &mut state);
                draw(&mut state, key.uniform(0, step));
                step += EscapeLif::refractory_steps(p, dt) as u64;
                found.push((step - last) as f64 * dt);
                last = step;
            }
        }
        found
    }

    /// Where V does not move the neuron is a Poisson process with dead time: mean t_ref + 1/rho, standard deviation 1/rho.
    #[test]
    fn a_constant_hazard_gives_a_poisson_process_with_dead_time() {
        let rho = 0.2 * (-2.0_f64).exp();
        let list = intervals(&P, 0.0, 20_000);
        let mean = list.iter().sum::<f64>() / list.len() as f64;
        let std = (list.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / list.len() as f64).sqrt();
        // Four standard errors of 20 000, and half a step by which a spike waits for the grid.
        assert!((mean - 3.0 - 1.0 / rho).abs() < 4.0 / rho / 20_000f64.sqrt() + 0.05, "{mean}");
        assert!((std * rho - 1.0).abs() < 4.0 * (2.0 / 20_000f64).sqrt(), "{std}");
    }

    /// With E_L = V_reset = V_th the hazard is rho_0, and above V_th it is more: a spike ends all the same.
    #[test]
    fn it_may_be_reset_to_its_threshold_or_above() {
        for (above, rho) in [(0.0, 0.2), (2.0, 0.2 * 1.0_f64.exp())] {
            let v = -50.0 + above;
            let mut p = [200.0, 20.0, f64::NAN, v, -50.0, v, 3.0, 0.0, 200.0, 2.0];
            EscapeLif::complete(&mut p).unwrap();
            let list = intervals(&p, 0.0, 20_000);
            let mean = list.iter().sum::<f64>() / list.len() as f64;
            // As above.
            assert!((mean - 3.0 - 1.0 / rho).abs() < 4.0 / rho / 20_000f64.sqrt() + 0.05, "{above} mV: {mean}");
        }
    }

    /// The survivor function of the first interval: exp(-integral of the hazard), with V on its way to R I.
    #[test]
    fn a_moving_potential_integrates_its_hazard() {
        let p = [200.0, 20.0, 10.0, -70.0, -50.0, -70.0, 0.0, 0.0, 100.0, 2.0];
        let list = intervals(&p, 200.0, 20_000);
        let hazard = |t: f64| 0.1 * ((-70.0 + 20.0 * (1.0 - (-t / 20.0).exp()) + 50.0) / 2.0).exp();
        let until = |t: f64| (0..10_000).map(|i| hazard((f64::from(i) + 0.5) * t / 1e4) * t / 1e4).sum::<f64>();
        for t in [20.0, 40.0, 60.0] {
            let survives = (-until(t)).exp();
            let share = list.iter().filter(|interval| **interval > t + 0.05).count() as f64 / 20_000.0;
            let error = (survives * (1.0 - survives) / 20_000.0).sqrt();
            assert!((share - survives).abs() < 4.0 * error, "{t}: {share} against {survives}");
        }
    }

    #[test]
    fn far_above_the_threshold_it_fires_at_once() {
        let c = EscapeLif::coefficients(&P, 0.1);
        let mut state = [1e6, 0.0, 30.0];
        EscapeLif::propagate(&c, &mut state, Input::default());
        assert!(EscapeLif::fires(&c, &state) && state[1].is_finite());
    }
}
