//! Calcium in a thin shell under the membrane: channels let it in, pumps take it out, a buffer holds most of it.
//!
//! ```text
//! (1 + kappa) dCa/dt = max(0, -I_Ca / (2 F depth)) + (Ca_rest - Ca) / tau
//! ```
//! (Destexhe, Contreras, Sejnowski & Steriade 1994, J Neurophysiol 72:803, for the shell; Neher & Augustine 1992, J Physiol
//! 450:273, for kappa, the calcium bound by a fast buffer for each that is free.) I_Ca is the sum of all calcium currents of
//! the compartment. Ca_rest is what `[cell.x.ion.Ca] inside` says, unless the mechanism does; so is, all the time, the calcium of
//! compartments without a pool. Where nobody says, both are 50 nM; thalamic models have 240 nM.

use super::calcium::{CALCIUM_AT_REST, influx};
use super::{Calcium, Mechanism, Site};

use crate::model::{ModelInfo, Parameter, Range, Variable};

pub struct CaPool;

const PARAMETERS: &[Parameter] = &[
    Parameter::new("depth", "um", Range::Positive, "of the shell").default(1.0),
    Parameter::new("tau", "ms", Range::Positive, "of the pumps").default(5.0),
    Parameter::new("Ca_rest", "mM", Range::NonNegative, "without influx").default(CALCIUM_AT_REST),
    Parameter::new("kappa", "", Range::NonNegative, "calcium bound by a buffer for each that is free").default(0.0),
];

const GATES: &[Variable] = &[Variable::new("Ca", "mM", "calcium inside")];

impl Mechanism<1, 4> for CaPool {
    const INFO: ModelInfo = ModelInfo {
        name: "ca_pool",
        summary: "calcium under the membrane, for the channels that read it",
        equations: "\
(1 + kappa) dCa/dt = max(0, -I_Ca / (2 F depth)) + (Ca_rest - Ca) / tau
I_Ca: the sum of all calcium currents of the compartment
Ca_rest is `[cell.x.ion.Ca] inside` where that is written; without a pool Ca stays there
Ca begins where influx and pumps balance each other at the V that its cell begins with",
        reference: "Destexhe et al. (1994) J Neurophysiol 72:803; Neher & Augustine (1992) J Physiol 450:273",
        parameters: PARAMETERS,
        variables: GATES,
    };
    const DEPENDS_ON_TEMPERATURE: bool = false;
    const CALCIUM: Calcium = Calcium::Held;

    #[inline(always)]
    fn kinetics(&[depth, tau, rest, kappa]: &[f64; 4], site: &Site) -> [(f64, f64); 1] {
        [(rest + influx(site.calcium_current, depth) * tau, 1.0 / (tau * (1.0 + kappa)))]
    }

    #[inline(always)]
    fn conductance(_parameters: &[f64; 4], _gates: &[f64; 1], _site: &Site) -> (f64, f64) {
        (0.0, 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 uA/cm^2 into a shell of 1 um: 1e-6 / (2 F 1e-4) mol/(cm^3 s) = 10 / (2 F) mM/ms.
    #[test]
    fn influx_by_hand_and_no_efflux() {
        let numbers = [1.0, 5.0, 1e-4, 0.0];
        let at = |calcium_current| CaPool::kinetics(&numbers, &Site { calcium_current, ..Site::at(0.0) })[0].0;
        assert!((at(-1.0) - 1e-4 - 5.0 * 10.0 / (2.0 * 96_485.332)).abs() < 1e-12);
        assert_eq!((at(0.0), at(1.0)), (1e-4, 1e-4));
    }

    #[test]
    fn a_buffer_slows_but_does_not_move_the_end() {
        let site = Site { calcium_current: -3.0, ..Site::at(0.0) };
        let ([(a, fast)], [(b, slow)]) =
            (CaPool::kinetics(&[1.0, 5.0, 1e-4, 0.0], &site), CaPool::kinetics(&[1.0, 5.0, 1e-4, 19.0], &site));
        assert_eq!(a, b);
        assert!((fast / slow - 20.0).abs() < 1e-12);
    }
}
