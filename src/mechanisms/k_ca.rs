//! Potassium currents that calcium switches on: SK channels, by calcium alone, and BK channels, by calcium and V.
//!
//! ```text
//! I = (g_SK w + g_BK c) (V - E_K)
//! w_inf = 1 / (1 + (0.00043 / Ca)^4.8)         tau_w = 1 ms
//! dc/dt = alpha (1 - c) - beta c     alpha = 0.28 / (1 + 0.00048 exp(-1.68 V/v) / Ca)     beta = 0.48 / (1 + Ca / (1.3e-7 exp(-2 V/v)))
//! ```
//! in ms, mV and mM, with v = R T / F. SK as Koehler et al. (1996, Science 273:1709) measured and Hay et al. (2011) modelled;
//! BK is the scheme of Moczydlowski & Latorre (1983). Ca is that of `ca_pool`; without a pool it stays what `[cell.x.ion.Ca] inside`
//! says, or 50 nM, at which no SK channel is open.

use super::lift::q10;
use super::{Calcium, Mechanism, Site};
use crate::model::{ModelInfo, Parameter, Range, Variable};
use crate::num::math::{exp, ln};

pub struct KCa;

const PARAMETERS: &[Parameter] = &[
    Parameter::new("g_SK", "mS/cm^2", Range::NonNegative, "largest conductance of the SK channels").default(0.1),
    Parameter::new("g_BK", "mS/cm^2", Range::NonNegative, "largest conductance of the BK channels").default(0.0),
    Parameter::new("E_K", "mV", Range::Finite, "potassium reversal potential").default(-90.0),
    Parameter::new("q10", "", Range::Positive, "how many times faster the gates are in 10 degC more than 22 degC")
        .default(1.0),
];

const GATES: &[Variable] =
    &[Variable::new("w", "", "opening of the SK channels"), Variable::new("c", "", "opening of the BK channels")];

impl Mechanism<2, 4> for KCa {
    const INFO: ModelInfo = ModelInfo {
        name: "k_ca",
        summary: "potassium channels that calcium opens: SK and BK",
        equations: "\
I = (g_SK w + g_BK c) (V - E_K)
dw/dt = (w_inf - w) / 1 ms,  w_inf = 1 / (1 + (0.00043 mM / Ca)^4.8)
dc/dt = alpha (1 - c) - beta c,  v = R T / F
alpha = 0.28 / (1 + 0.00048 mM exp(-1.68 V / v) / Ca)
beta = 0.48 / (1 + Ca / (1.3e-7 mM exp(-2 V / v)))
Ca: of `ca_pool`, or of `release`; without them what `[cell.x.ion.Ca] inside` says, or 5e-5 mM",
        reference: "Hay et al. (2011) PLoS Comput Biol 7:e1002107; Moczydlowski & Latorre (1983) J Gen Physiol 82:511",
        parameters: PARAMETERS,
        variables: GATES,
    };
    const DEPENDS_ON_TEMPERATURE: bool = true;
    const CALCIUM: Calcium = Calcium::Read;

    fn factors(&[.., base]: &[f64; 4], temperature: f64) -> [f64; 2] {
        [q10(base, temperature, 22.0); 2]
    }

    #[inline(always)]
    fn kinetics(_parameters: &[f64; 4], &Site { v, calcium, thermal, .. }: &Site) -> [(f64, f64); 2] {
        let calcium = calcium.max(f64::MIN_POSITIVE);
        let w = 1.0 / (1.0 + exp(4.8 * ln(0.000_43 / calcium)));
        let folds = v / thermal;
        let alpha = 0.28 / (1.0 + 0.000_48 * exp(-1.68 * folds) / calcium);
        let beta = 0.48 / (1.0 + calcium / (1.3e-7 * exp(-2.0 * folds)));
        [(w, 1.0), (alpha / (alpha + beta), alpha + beta)]
    }

    #[inline(always)]
    fn conductance(&[g_sk, g_bk, e_k, _]: &[f64; 4], &[w, c]: &[f64; 2], _site: &Site) -> (f64, f64) {
        let g = g_sk * w + g_bk * c;
        (g, g * e_k)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_sk_channels_are_open_at_430_nm() {
        let site = Site { calcium: 0.000_43, ..Site::at(-60.0) };
        let [(w, _), _] = KCa::kinetics(&[0.0; 4], &site);
        assert!((w - 0.5).abs() < 1e-14);
        let site = Site { calcium: 0.000_86, ..site };
        let [(w, _), _] = KCa::kinetics(&[0.0; 4], &site);
        assert!((w - 1.0 / (1.0 + 0.5_f64.powf(4.8))).abs() < 1e-13);
    }

    /// By hand at 0 mV and 1 uM.
    #[test]
    fn bk_channels_at_0_mv() {
        let [_, (c, rate)] = KCa::kinetics(&[0.0; 4], &Site { calcium: 1e-3, ..Site::at(0.0) });
        let (alpha, beta) = (0.28 / 1.48, 0.48 / (1.0 + 1e-3 / 1.3e-7));
        assert!((rate - alpha - beta).abs() < 1e-15 && (c - alpha / (alpha + beta)).abs() < 1e-14);
    }
}
