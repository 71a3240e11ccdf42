//! Release of transmitter from a terminal: calcium binds to a fusion factor, which binds to vesicles, which empty.
//!
//! ```text
//! dCa/dt = -b F Ca^4 + 4 u F_A + influx - k_t Ca / (Ca + k_d) + (Ca_inf - Ca) / tau_r      F = F_max - F_A - V_A
//! dF_A/dt = b F Ca^4 - u F_A - k_1 V_e F_A + k_2 V_A
//! dV_A/dt = k_1 V_e F_A - (k_2 + k_3) V_A
//! dT/dt = n k_3 V_A - k_h T
//! ```
//! (Destexhe, Mainen & Sejnowski 1994, J Comput Neurosci 1:195, after Yamada & Zucker 1992, Biophys J 61:671), in mM and ms. F is
//! the free fusion factor, F_A the one with calcium, V_A the vesicles about to empty, V_e their supply, T the transmitter
//! in the cleft. The mechanism holds the terminal's calcium, as `ca_pool` does elsewhere, and takes in what channels carry. It
//! conducts nothing. Its equations are stiff (b Ca^4 reaches 1000 /ms): a Rosenbrock method of order 2 solves them, L-stable
//! (ROS2: Verwer, Spee, Blom & Hundsdorfer 1999, SIAM J Sci Comput 20:1456).

use super::calcium::influx;
use super::{Calcium, Mechanism, Site};
use crate::model::{ModelInfo, Parameter, Range, Variable};
use crate::num::math::exp;

pub struct Release;

const PARAMETERS: &[Parameter] = &[
    Parameter::new("V_e", "mM", Range::NonNegative, "vesicles").default(0.01),
    Parameter::new("F_max", "mM", Range::NonNegative, "fusion factor").default(0.001),
    Parameter::new("b", "1/mM^4 ms", Range::NonNegative, "binding of calcium to the fusion factor").default(1e16),
    Parameter::new("u", "1/ms", Range::NonNegative, "unbinding").default(0.1),
    Parameter::new("k_1", "1/mM ms", Range::NonNegative, "binding of the fusion factor to vesicles").default(1000.0),
    Parameter::new("k_2", "1/ms", Range::NonNegative, "unbinding").default(0.1),
    Parameter::new("k_3", "1/ms", Range::NonNegative, "emptying").default(4.0),
    Parameter::new("n", "", Range::NonNegative, "transmitter in the cleft for each vesicle").default(10_000.0),
    Parameter::new("k_h", "1/ms", Range::Positive, "clearing of the transmitter").default(10.0),
    Parameter::new("k_d", "mM", Range::Positive, "calcium at which the pump works at half its rate").default(1e-5),
    Parameter::new("k_t", "mM/ms", Range::NonNegative, "rate of the pump").default(1e-3),
    Parameter::new("depth", "um", Range::Positive, "of the shell").default(1.0),
    Parameter::new("tau_r", "ms", Range::Positive, "other ways of calcium to rest").default(1e10),
    Parameter::new("Ca_inf", "mM", Range::NonNegative, "calcium without pump and influx").default(1e-8),
];

const STATE: &[Variable] = &[
    Variable::new("Ca", "mM", "calcium inside the terminal"),
    Variable::new("F_A", "mM", "fusion factor with calcium"),
    Variable::new("V_A", "mM", "vesicles about to empty"),
    Variable::new("T", "mM", "transmitter in the cleft"),
];

/// Of ROS2.
const GAMMA: f64 = 1.0 - std::f64::consts::FRAC_1_SQRT_2;
/// Less calcium (mM) is none: a cell has one such ion in a cubic metre.
const LEAST_CALCIUM: f64 = 1e-30;
/// Of some hundred powers of ten to the last digit of a number.
const HALVINGS: usize = 70;
/// The solver's interval is cut into so many: the cascade moves as fast as the channels do.
const PARTS: usize = 2;

impl Mechanism<4, 14> for Release {
    const INFO: ModelInfo = ModelInfo {
        name: "release",
        summary: "transmitter released by calcium: fusion factor, vesicles, cleft",
        equations: "\
dCa/dt = -b F Ca^4 + 4 u F_A + influx - k_t Ca / (Ca + k_d) + (Ca_inf - Ca) / tau_r
F = F_max - F_A - V_A,  influx = max(0, -I_Ca / (2 Faraday depth))
dF_A/dt = b F Ca^4 - u F_A - k_1 V_e F_A + k_2 V_A
dV_A/dt = k_1 V_e F_A - (k_2 + k_3) V_A
dT/dt = n k_3 V_A - k_h T",
        reference: "Destexhe, Mainen & Sejnowski (1994) J Comput Neurosci 1:195-230",
        parameters: PARAMETERS,
        variables: STATE,
    };
    const DEPENDS_ON_TEMPERATURE: bool = false;
    const CALCIUM: Calcium = Calcium::Held;

    /// At rest, where all four stand still, and how fast each goes there by itself.
    fn kinetics(parameters: &[f64; 14], site: &Site) -> [(f64, f64); 4] {
        let [_, _, _, u, _, k_2, k_3, n, k_h, k_d, k_t, ..] = *parameters;
        let cascade = Cascade { parameters, influx: influx(site.calcium_current, parameters[11]) };
        let [calcium, bound, vesicles] = cascade.rest();
        [(calcium, k_t / k_d), (bound, u), (vesicles, k_2 + k_3), (n * k_3 * vesicles / k_h, k_h)]
    }

    #[inline(always)]
    fn conductance(_parameters: &[f64; 14], _state: &[f64; 4], _site: &Site) -> (f64, f64) {
        (0.0, 0.0)
    }

    #[inline(always)]
    fn advance(state: &mut [f64; 4], parameters: &[f64; 14], site: &Site, times: &[f64; 4]) {
        let cascade = Cascade { parameters, influx: influx(site.calcium_current, parameters[11]) };
        let time = times[0] / PARTS as f64;
        let (emptying, clearing) = (parameters[7] * parameters[6], parameters[8]);
        let left = exp(-clearing * time);
        for _ in 0..PARTS {
            let [calcium, bound, vesicles, cleft] = *state;
            let [x, y, z] = cascade.step([calcium, bound, vesicles], time);
            // Exact for what is emptied on the mean.
            let steady = emptying * 0.5 * (vesicles + z) / clearing;
            *state = [x.max(0.0), y, z, steady + (cleft - steady) * left];
        }
    }
}

/// Calcium, fusion factor with calcium, vesicles about to empty.
struct Cascade<'a> {
    parameters: &'a [f64; 14],
    /// mM/ms.
    influx: f64,
}

impl Cascade<'_> {
    #[inline(always)]
    fn slopes(&self, [calcium, bound, vesicles]: [f64; 3]) -> [f64; 3] {
        let [v_e, f_max, b, u, k_1, k_2, k_3, _, _, k_d, k_t, _, tau_r, rest] = *self.parameters;
        let binding = b * (f_max - bound - vesicles) * (calcium * calcium) * (calcium * calcium);
        let docking = k_1 * v_e * bound - k_2 * vesicles;
        let pump = k_t * calcium / (calcium + k_d);
        [
            -binding + 4.0 * u * bound + self.influx - pump + (rest - calcium) / tau_r,
            binding - u * bound - docking,
            docking - k_3 * vesicles,
        ]
    }

    /// Calcium at which influx, pump, binding and leak balance, with what is then bound: F_A (u + q k_3) = b F Ca^4 and V_A = q F_A, with
    /// q = k_1 V_e / (k_2 + k_3). More calcium is taken out the more there is, so halving finds it; in the exponent, as it spans
    /// many decades.
    fn rest(&self) -> [f64; 3] {
        let [v_e, f_max, b, u, k_1, k_2, k_3, _, _, _, _, _, tau_r, inside] = *self.parameters;
        let q = if k_2 + k_3 > 0.0 { k_1 * v_e / (k_2 + k_3) } else { 0.0 };
        let at = |calcium: f64| {
            let binding = b * (calcium * calcium) * (calcium * calcium);
            let unbinding = u + q * k_3 + binding * (1.0 + q);
            let bound = if unbinding > 0.0 { f_max * binding / unbinding } else { 0.0 };
            [calcium, bound, q * bound]
        };
        let (mut low, mut high) = (LEAST_CALCIUM, inside + tau_r * (self.influx + 4.0 * u * f_max) + LEAST_CALCIUM);
        for _ in 0..HALVINGS {
            let middle = (low * high).sqrt();
            let rises = self.slopes(at(middle))[0] > 0.0;
            *(if rises { &mut low } else { &mut high }) = middle;
        }
        at((low * high).sqrt())
    }

    /// One step of ROS2.
    #[inline(always)]
    fn step(&self, y: [f64; 3], h: f64) -> [f64; 3] {
        let [v_e, f_max, b, u, k_1, k_2, k_3, _, _, k_d, k_t, _, tau_r, _] = *self.parameters;
        let [calcium, bound, vesicles] = y;
        let cube = calcium * calcium * calcium;
        let steep = 4.0 * b * (f_max - bound - vesicles) * cube;
        let used = b * cube * calcium;
        let dock = k_1 * v_e;
        let pump = k_t * k_d / ((calcium + k_d) * (calcium + k_d));
        let g = GAMMA * h;
        // I - gamma h J.
        let matrix = [
            [1.0 + g * (steep + pump + 1.0 / tau_r), -g * (used + 4.0 * u), -g * used],
            [-g * steep, 1.0 + g * (used + u + dock), g * (used - k_2)],
            [0.0, -g * dock, 1.0 + g * (k_2 + k_3)],
        ];
        let first = solve(&matrix, self.slopes(y));
        let ahead = std::array::from_fn(|i| y[i] + h * first[i]);
        let slopes = self.slopes(ahead);
        let second = solve(&matrix, std::array::from_fn(|i| slopes[i] - 2.0 * first[i]));
        std::array::from_fn(|i| y[i] + h * (1.5 * first[i] + 0.5 * second[i]))
    }
}

/// Gauss without a choice of pivots: the matrix is near the unit matrix or dominated by its diagonal.
#[inline(always)]
fn solve(m: &[[f64; 3]; 3], r: [f64; 3]) -> [f64; 3] {
    let down = m[1][0] / m[0][0];
    let (m11, m12, r1) = (m[1][1] - down * m[0][1], m[1][2] - down * m[0][2], r[1] - down * r[0]);
    let down = m[2][1] / m11;
    let z = (r[2] - down * r1) / (m[2][2] - down * m12);
    let y = (r1 - m12 * z) / m11;
    [(r[0] - m[0][1] * y - m[0][2] * z) / m[0][0], y, z]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers() -> [f64; 14] {
        std::array::from_fn(|i| match PARAMETERS[i].default {
            crate::model::Default::Number(number) => number,
            _ => unreachable!(),
        })
    }

    /// A millisecond of 20 uA/cm^2, and two more without.
    fn after(steps: u32) -> [f64; 4] {
        let (numbers, h) = (numbers(), 3.0 / f64::from(steps));
        let mut state = [1e-5, 0.0, 0.0, 0.0];
        for step in 0..steps {
            let calcium_current = if 3 * step < steps { -20.0 } else { 0.0 };
            Release::advance(&mut state, &numbers, &Site { calcium_current, ..Site::at(0.0) }, &[h; 4]);
        }
        state
    }

    #[test]
    fn it_is_of_second_order() {
        let (fine, middle, coarse) = (after(19_200), after(600), after(300));
        for i in 0..4 {
            let ratio = (coarse[i] - fine[i]) / (middle[i] - fine[i]);
            assert!((3.0..5.5).contains(&ratio), "{i}: {ratio}");
        }
    }

    /// With a trickle of calcium, as resting channels let it in, and without: nothing moves, and the pump takes out what comes in.
    #[test]
    fn it_rests() {
        let mut numbers = numbers();
        for (current, inside) in [(-0.05, 1e-8), (-3.0, 1e-8), (0.0, 5e-5)] {
            numbers[13] = inside;
            let site = Site { calcium_current: current, ..Site::at(-65.0) };
            let rest = Release::kinetics(&numbers, &site).map(|(steady, _)| steady);
            let mut state = rest;
            (0..4000).for_each(|_| Release::advance(&mut state, &numbers, &site, &[0.025; 4]));
            for (after, before) in state.iter().zip(rest) {
                assert!((after - before).abs() <= 1e-9 * before, "{rest:?} moves to {state:?}: float rounding");
            }
        }
        let influx = influx(-0.05, 1.0);
        let calcium = Release::kinetics(&numbers, &Site { calcium_current: -0.05, ..Site::at(-65.0) })[0].0;
        // Hardly anything is bound.
        assert!((calcium / (1e-5 * influx / (1e-3 - influx)) - 1.0).abs() < 1e-3, "{calcium}");
    }

    #[test]
    fn matrices_are_solved() {
        let m = [[2.0, -1.0, 0.5], [-0.3, 1.5, 0.2], [0.0, -0.7, 1.9]];
        let x = solve(&m, [1.0, 2.0, 3.0]);
        for (row, r) in m.iter().zip([1.0, 2.0, 3.0]) {
            assert!((row.iter().zip(x).map(|(a, x)| a * x).sum::<f64>() - r).abs() < 1e-14);
        }
    }
}
