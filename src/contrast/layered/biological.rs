//! The same network of leaky integrate-and-fire neurons, in mV and pA.
//!
//! A neuron's rate is nearly a straight line of its current, above the one at which it begins to fire:
//!   f(I) = 1 / (t_ref + tau_m ln((R I + E_L - V_reset) / (R I + E_L - V_th)))           (Lapicque 1907; Burkitt 2006)
//! The line I(a) = I_0 + k a, fitted to the inverse of f between 5 and 100 % of the highest rate used, says
//! which current stands for an activation a: I_0 is a bias for every neuron, k scales the weights. A spike's current
//! decays with tau_syn, so that neurons firing at rate r bring in w r tau_syn on average: w = k W' / (r_max tau_syn).

use super::network::{Kind, Neurons};

/// The highest rate that is used, spikes per ms: 200 Hz, of which 256 ms count 51.
const HIGHEST_PER_MS: f64 = 0.2;
/// Of the time, at most this is spent refractory at the highest rate; beyond, the line bends.
const REFRACTORY_SHARE: f64 = 0.5;
/// Points of the fit.
const POINTS: usize = 20;

/// Numbers of model `lif` in the order of its table, completed.
struct Lif<'p>(&'p [f64]);

impl Lif<'_> {
    fn tau_m(&self) -> f64 {
        self.0[1]
    }
    /// nS; R = 1 / g_L.
    fn g_l(&self) -> f64 {
        self.0[2]
    }
    fn e_l(&self) -> f64 {
        self.0[3]
    }
    fn v_th(&self) -> f64 {
        self.0[4]
    }
    fn v_reset(&self) -> f64 {
        self.0[5]
    }
    fn t_ref(&self) -> f64 {
        self.0[6]
    }
    fn i_e(&self) -> f64 {
        self.0[7]
    }

    /// The current (pA) at which it fires once in `interval` ms: x = exp((interval - t_ref) / tau_m) is the ratio of
    /// the distances from R I + E_L at reset and at threshold.
    fn current_for(&self, interval: f64) -> f64 {
        let x = ((interval - self.t_ref()) / self.tau_m()).exp();
        let driven = (x * (self.v_th() - self.e_l()) - (self.v_reset() - self.e_l())) / (x - 1.0);
        driven * self.g_l()
    }
}

/// How converted numbers act on cells of model `lif` with `parameters`; `initial` in units of the threshold.
pub fn neurons(parameters: &[f64], dt_ms: f64, tau_syn_ms: f64, initial: f64) -> Neurons {
    let cell = Lif(parameters);
    let highest = HIGHEST_PER_MS.min(REFRACTORY_SHARE / (cell.t_ref() + dt_ms));
    // A spike waits for the grid, half a step on average.
    let point = |k: usize| {
        let activation = k as f64 / POINTS as f64;
        (activation, cell.current_for(1.0 / (activation * highest) - 0.5 * dt_ms))
    };
    let (offset, gain) = line((1..=POINTS).map(point));
    Neurons {
        kind: Kind::Lif(parameters.to_vec()),
        initial: cell.e_l() + initial * (cell.v_th() - cell.e_l()),
        offset: offset - cell.i_e(),
        gain,
        full_rate: highest * dt_ms,
        tau_syn_ms: Some(tau_syn_ms),
    }
}

/// Least squares: where it begins, and its slope.
fn line(points: impl Iterator<Item = (f64, f64)> + Clone) -> (f64, f64) {
    let n = points.clone().count() as f64;
    let (x, y) = points.clone().fold((0.0, 0.0), |(x, y), point| (x + point.0 / n, y + point.1 / n));
    let (xy, xx) = points.fold((0.0, 0.0), |(xy, xx), p| (xy + (p.0 - x) * (p.1 - y), xx + (p.0 - x) * (p.0 - x)));
    (y - xy / xx * x, xy / xx)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 200 pF, 20 ms, 10 nS.
    const CELL: [f64; 8] = [200.0, 20.0, 10.0, -70.0, -50.0, -70.0, 2.0, 0.0];

    #[test]
    fn the_current_of_an_interval_is_that_of_the_closed_form() {
        let current = Lif(&CELL).current_for(12.0);
        // R I = 20 / (1 - exp(-10/20)) mV above rest.
        assert!((current - 10.0 * 20.0 / (1.0 - (-0.5_f64).exp())).abs() < 1e-9, "rounding");
    }

    #[test]
    fn a_line_through_points_on_a_line() {
        let (start, slope) = line((0..5).map(|k| (f64::from(k), 3.0 - 2.0 * f64::from(k))));
        assert!((start - 3.0).abs() < 1e-12 && (slope + 2.0).abs() < 1e-12, "rounding");
    }

    #[test]
    fn full_activation_fires_at_the_highest_rate() {
        let neurons = neurons(&CELL, 1.0, 5.0, 0.0);
        let interval = 1.0 / neurons.full_rate;
        let error = Lif(&CELL).current_for(interval - 0.5) / (neurons.offset + neurons.gain) - 1.0;
        assert!(error.abs() < 0.12, "half of the time refractory, the curve bends a tenth away from its line: {error}");
    }
}
