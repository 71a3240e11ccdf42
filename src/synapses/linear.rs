//! Synapses whose time course is a sum of exponentials, solved exactly from grid point to grid point.
//!
//!   y0' = -a y0 + y1,   y1' = -b y1        a = 1/tau_decay, b = 1/tau_rise (y1 absent for one exponential)
//!
//! Every coefficient is a convolution of exponentials, and that is a divided difference of exp: the convolution of
//! e^{-at} and e^{-bt} over a time t is t exp[-at, -bt], with exp[x, y] = (e^x - e^y)/(x - y), and of three it is
//! t^2 exp[-at, -bt, -ct] (de Boor 2005, Surv Approx Theory 1:46). Evaluated as such, they do not lose digits where
//! two time constants are close or equal, where the formulas of the literature divide 0 by 0.

use crate::num::divided::{divided_difference, divided_difference_of_three};
use crate::num::math::{exp, ln};

/// A synapse whose state obeys y' = A y between arrivals: y\[0\] is the conductance (nS) or current (pA), y\[1\] (if any)
/// feeds it (per ms).
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// 1 or 2. With 1, second entries below are 0.
    pub states: usize,
    /// Rates of decay of y\[0\] and y\[1\], 1/ms.
    rates: [f64; 2],
    arrive: [f64; 2],
    dt: f64,
}

impl Linear {
    /// One exponential: jumps to the weight, decays with `tau` (ms).
    pub fn exponential(tau: f64, dt: f64) -> Linear {
        Linear { states: 1, rates: [1.0 / tau, 0.0], arrive: [1.0, 0.0], dt }
    }

    /// The shorter of its time constants.
    pub fn fastest_ms(&self) -> f64 {
        1.0 / self.rates[0].max(self.rates[1])
    }

    /// Rises with `tau_rise`, decays with `tau_decay` (ms), peaks at the weight.
    pub fn dual_exponential(tau_rise: f64, tau_decay: f64, dt: f64) -> Linear {
        let rates = [1.0 / tau_decay, 1.0 / tau_rise];
        // The peak of t exp[-at, -bt] is where its derivative is 0: ln(b/a)/(b - a).
        let ratio = rates[1] / rates[0];
        let peak_time = if ratio == 1.0 { 1.0 } else { ln(ratio) / (ratio - 1.0) } / rates[0];
        let peak = peak_time * divided_difference(-rates[0] * peak_time, -rates[1] * peak_time);
        Linear { states: 2, rates, arrive: [0.0, 1.0 / peak], dt }
    }

    /// Added to y per unit of weight at an arrival on the grid.
    pub fn arrive(&self) -> [f64; 2] {
        self.arrive
    }

    /// y(t + dt) = P y(t).
    pub fn propagate(&self) -> [[f64; 2]; 2] {
        [self.output_after(1.0), [0.0, self.feed_after(self.dt)]]
    }

    /// y\[0\](t + fraction x dt) = row . y(t).
    pub fn output_after(&self, fraction: f64) -> [f64; 2] {
        self.output(fraction * self.dt)
    }

    /// The mean over the step of y\[0\] = row . y(t).
    pub fn mean(&self) -> [f64; 2] {
        self.integral(0.0, self.dt).map(|x| x / self.dt)
    }

    /// The constant current over the step that has the same effect at its end on a membrane with `tau_m` (ms) as
    /// y\[0\] itself = row . y(t) (Rotter & Diesmann 1999).
    pub fn equivalent(&self, tau_m: f64) -> [f64; 2] {
        let constant = self.dt * divided_difference(-self.dt / tau_m, 0.0);
        self.integral(1.0 / tau_m, self.dt).map(|x| x / constant)
    }

    /// An event that arrived `late` ms before the grid point (0 <= late < dt): the increments of y there per unit of
    /// weight, and the impulse that it delivered in between, the integral of y\[0\] (unit of y\[0\] x ms).
    pub fn arrive_late(&self, late: f64) -> ([f64; 2], f64) {
        let output = self.output(late);
        let impulse = self.integral(0.0, late);
        let along = |row: [f64; 2]| row[0] * self.arrive[0] + row[1] * self.arrive[1];
        ([along(output), self.feed_after(late) * self.arrive[1]], along(impulse))
    }

    fn feed_after(&self, t: f64) -> f64 {
        if self.states == 2 { exp(-self.rates[1] * t) } else { 0.0 }
    }

    fn output(&self, t: f64) -> [f64; 2] {
        let [a, b] = self.rates;
        [exp(-a * t), if self.states == 2 { t * divided_difference(-a * t, -b * t) } else { 0.0 }]
    }

    /// The integral from 0 to t of exp(-m (t - s)) y\[0\](s) ds = row . y(0).
    fn integral(&self, m: f64, t: f64) -> [f64; 2] {
        let [a, b] = self.rates;
        let second = if self.states == 2 { t * t * divided_difference_of_three(-m * t, -a * t, -b * t) } else { 0.0 };
        [t * divided_difference(-m * t, -a * t), second]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(row: [f64; 2], y: [f64; 2]) -> f64 {
        row[0] * y[0] + row[1] * y[1]
    }

    /// Simpson's rule on 2000 intervals: error far below 1e-12 for these functions.
    fn integrate(f: impl Fn(f64) -> f64, end: f64) -> f64 {
        let h = end / 2000.0;
        let weight = |i: usize| {
            if i == 0 || i == 2000 {
                1.0
            } else if i % 2 == 1 {
                4.0
            } else {
                2.0
            }
        };
        (0..=2000).map(|i| weight(i) * f(h * i as f64)).sum::<f64>() * h / 3.0
    }

    #[test]
    fn alpha_is_the_alpha_function() {
        let synapse = Linear::dual_exponential(2.0, 2.0, 0.5);
        let mut y = synapse.arrive();
        let p = synapse.propagate();
        for k in 1..=40 {
            y = [dot(p[0], y), dot(p[1], y)];
            let t = f64::from(k) * 0.5;
            let exact = t / 2.0 * (1.0 - t / 2.0).exp();
            assert!((y[0] - exact).abs() < 1e-14, "rounding of {k} steps");
        }
    }

    #[test]
    fn the_peak_is_the_weight() {
        for (rise, decay) in [(0.2_f64, 2.0_f64), (1.0, 1.000_001), (1.0, 1.0), (0.1, 100.0)] {
            let synapse = Linear::dual_exponential(rise, decay, 1.0);
            let peak = if rise == decay { rise } else { rise * decay / (decay - rise) * (decay / rise).ln() };
            // At its peak the course is flat: an error in the peak's time does not show.
            assert!((dot(synapse.output(peak), synapse.arrive()) - 1.0).abs() < 1e-14, "{rise} {decay}");
        }
    }

    #[test]
    fn coefficients_are_the_integrals_they_stand_for() {
        for (rise, decay, tau_m, dt) in [
            (0.5, 3.0, 10.0, 0.1),
            (2.0, 2.0, 2.0, 0.1),
            (2.0, 2.0 + 1e-9, 2.0 - 1e-9, 1.0),
            (0.01, 0.02, 10.0, 0.5),
            (0.02, 500.0, 30.0, 1.0),
        ] {
            let synapse = Linear::dual_exponential(rise, decay, dt);
            for y in [[1.0, 0.0], [0.0, 1.0]] {
                let output = |t: f64| dot(synapse.output_after(t / dt), y);
                let mean = integrate(output, dt) / dt;
                assert!((dot(synapse.mean(), y) - mean).abs() < 1e-6 * mean.abs(), "quadrature of a fast rise");
                let effect = integrate(|t| output(t) * (-(dt - t) / tau_m).exp(), dt);
                let constant = tau_m * (1.0 - (-dt / tau_m).exp());
                let equivalent = effect / constant;
                assert!((dot(synapse.equivalent(tau_m), y) - equivalent).abs() < 1e-6 * equivalent.abs());
            }
        }
        // Where the quadrature is exact to rounding, so are the coefficients.
        let synapse = Linear::dual_exponential(2.0, 2.0 + 1e-9, 0.1);
        let mean = integrate(|t| dot(synapse.output_after(t / 0.1), [0.3, 0.7]), 0.1) / 0.1;
        assert!((dot(synapse.mean(), [0.3, 0.7]) - mean).abs() < 1e-14);
    }

    #[test]
    fn equivalent_current_of_an_exponential_is_that_of_rotter_and_diesmann() {
        let (tau, tau_m, dt) = (2.0_f64, 10.0_f64, 0.1_f64);
        // P21/P20 without the common factor 1/C_m.
        let p21 = tau * tau_m / (tau_m - tau) * ((-dt / tau_m).exp() - (-dt / tau).exp());
        let p20 = tau_m * (1.0 - (-dt / tau_m).exp());
        let row = Linear::exponential(tau, dt).equivalent(tau_m);
        assert!((row[0] - p21 / p20).abs() < 1e-13 && row[1] == 0.0, "cancellation in the naive formula");
        // tau = tau_m: P21 = dt exp(-dt/tau).
        let row = Linear::exponential(tau_m, dt).equivalent(tau_m);
        assert!((row[0] - dt * (-dt / tau_m).exp() / p20).abs() < 1e-13);
    }

    #[test]
    fn a_late_event_is_an_early_one_propagated() {
        for synapse in [Linear::exponential(2.0, 0.1), Linear::dual_exponential(0.5, 3.0, 0.1)] {
            let (now, nothing) = synapse.arrive_late(0.0);
            assert_eq!((now, nothing), (synapse.arrive(), 0.0));
            let (late, impulse) = synapse.arrive_late(0.04);
            assert!((late[0] - dot(synapse.output_after(0.4), synapse.arrive())).abs() < 1e-15);
            let exact = integrate(|t| dot(synapse.output_after(t / 0.1), synapse.arrive()), 0.04);
            assert!((impulse - exact).abs() < 1e-15);
            // Late by a whole step is on the grid one step ago.
            let (late, impulse) = synapse.arrive_late(0.1);
            let p = synapse.propagate();
            for (late, row) in late.iter().zip(p) {
                assert!((late - dot(row, synapse.arrive())).abs() < 1e-15);
            }
            assert!((impulse - 0.1 * dot(synapse.mean(), synapse.arrive())).abs() < 1e-15);
        }
    }
}
