//! What the calcium mechanisms have in common: the current through a constant field, and what it does to a shell.

use super::Site;
use super::lift::{FARADAY, linear_over_expm1};

/// Calcium inside a neuron at rest, where its cell says nothing of it (mM): 50 nM, as NEURON has it (`cai0`).
pub const CALCIUM_AT_REST: f64 = 5e-5;

/// Slope and (slope V - current) of a calcium current through a permeability (cm/s), with `outside` (mM), by the constant-field
/// equation (Hodgkin & Katz 1949, J Physiol 108:37):
/// `I = P 2 F z (in - out exp(-z)) / (1 - exp(-z))`, z = 2 V / (R T / F), with f(z) = z / (exp(z) - 1) and f(-z) = f(z) + z
/// `I = P 2 F ((in - out) f(z) + in z)`, smooth through z = 0. P in cm/s and mM give uA/cm^2.
#[inline(always)]
pub(super) fn constant_field(permeability: f64, outside: f64, site: &Site) -> (f64, f64) {
    let per_mv = 2.0 / site.thermal;
    let z = site.v * per_mv;
    let f = linear_over_expm1(z);
    let scale = 2.0 * FARADAY * permeability;
    let current = scale * ((site.calcium - outside) * f + site.calcium * z);
    let slope = scale * per_mv * ((site.calcium - outside) * derivative(z, f) + site.calcium);
    (slope, slope * site.v - current)
}

/// df/dz = f (1 - f - z) / z, which is -1/2 + z/6 - z^3/180 + z^5/5040 near 0: the next term is below 1e-12 there.
#[inline(always)]
fn derivative(z: f64, f: f64) -> f64 {
    let square = z * z;
    let series = -0.5 + z * (1.0 / 6.0 - square * (1.0 / 180.0 - square * (1.0 / 5040.0)));
    let quotient = f * (1.0 - f - z) / z;
    if z.abs() < 0.1 { series } else { quotient }
}

/// What an inward current (uA/cm^2, outward positive) adds to a shell of `depth` um, mM/ms: 1e-6 A/cm^2 / (2 F 1e-4 cm) is
/// 1e-2 / (2 F) mol/(cm^3 s) = 1e4 / (2 F) mM/s. An outward one adds nothing.
#[inline(always)]
pub(super) fn influx(current: f64, depth: f64) -> f64 {
    (-current * 10.0 / (2.0 * FARADAY * depth)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The equation as it is usually written.
    fn literal(v: f64, inside: f64, outside: f64, thermal: f64) -> f64 {
        let z = 2.0 * v / thermal;
        2e-4 * 2.0 * FARADAY * z * (inside - outside * (-z).exp()) / -(-z).exp_m1()
    }

    #[test]
    fn current_and_slope_are_those_of_the_equation() {
        for v in [-120.0, -65.0, -3.0, -0.9, 0.9, 20.0, 90.0] {
            let site = Site { calcium: 2.4e-4, ..Site::at(v) };
            let (slope, drive) = constant_field(2e-4, 2.0, &site);
            let current = |v| literal(v, 2.4e-4, 2.0, site.thermal);
            assert!(((slope * v - drive) / current(v) - 1.0).abs() < 1e-11, "cancellation: {v}");
            let difference = (current(v + 1e-3) - current(v - 1e-3)) / 2e-3;
            assert!((slope / difference - 1.0).abs() < 1e-6, "of the difference: {v}");
        }
    }

    #[test]
    fn no_current_flows_at_the_nernst_potential() {
        let site = Site::at(0.0);
        let nernst = 0.5 * site.thermal * (2.0_f64 / 5e-5).ln();
        let (slope, drive) = constant_field(2e-4, 2.0, &Site { v: nernst, ..site });
        assert!((slope * nernst - drive).abs() < 1e-12 * drive.abs());
    }
}
