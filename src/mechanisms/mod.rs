//! Ion channels: each file is one mechanism, the equations of ONE patch of membrane and a table of its numbers.
//!
//! A mechanism is a current per area of membrane, `I = g (V - E)`, positive outward, whose conductance depends on
//! gates that follow V: `dx/dt = rate(V) (x_inf(V) - x)`. The author writes scalars; `lift` writes the loop over all
//! compartments of all cells of a block, and `cable` puts the currents into its equations.
//!
//! To add a mechanism: write a file with a type that implements [`Mechanism`], and add a line to [`ALL`].

pub mod hh;
pub mod k_traub;
mod lift;
pub mod na_traub;
pub mod passive;

use crate::model::ModelInfo;
pub use lift::{Kernel, Parameters, Patch};

/// The author's door: the equations of one patch of membrane with `GATES` gates and `PARAMETERS` numbers.
///
/// Units: V in mV, time in ms, densities of conductance in mS/cm^2 and of current in uA/cm^2.
pub trait Mechanism<const GATES: usize, const PARAMETERS: usize>: Send + Sync + Sized + 'static {
    /// Its variables are the gates, in order.
    const INFO: ModelInfo;
    /// Whether a run with this mechanism must state its temperature.
    const DEPENDS_ON_TEMPERATURE: bool;

    /// How many times faster the gates move at this temperature (degC) than `kinetics` says.
    fn factor(temperature: f64) -> f64;

    /// Steady value and rate (1/ms) of each gate at a clamped V.
    fn kinetics(v: f64) -> [(f64, f64); GATES];

    /// Conductance g and g E, per area, in the order and units of `INFO.parameters`.
    fn conductance(parameters: &[f64; PARAMETERS], gates: &[f64; GATES]) -> (f64, f64);

    /// The gates after `time` (ms x factor) at a clamped V: exact.
    #[inline(always)]
    fn advance(gates: &mut [f64; GATES], v: f64, time: f64) {
        let kinetics = Self::kinetics(v);
        for (gate, (steady, rate)) in gates.iter_mut().zip(kinetics) {
            *gate = steady + (*gate - steady) * crate::num::math::exp(-rate * time);
        }
    }
}

/// Patches, lanes, parameters of each patch, temperature.
type Build = fn(Vec<Patch>, usize, Vec<Parameters>, f64) -> Box<dyn Kernel>;

/// One line of the list: a mechanism without its type.
pub struct Entry {
    pub info: &'static ModelInfo,
    pub depends_on_temperature: bool,
    build: Build,
}

impl Entry {
    const fn of<M: Mechanism<G, P>, const G: usize, const P: usize>() -> Entry {
        Entry {
            info: const { &M::INFO },
            depends_on_temperature: M::DEPENDS_ON_TEMPERATURE,
            build: lift::Lifted::<M, G, P>::boxed,
        }
    }

    /// The loop over `patches` of `lanes` cells each; `parameters` has one entry a patch; temperature in degC.
    pub fn kernel(
        &self,
        patches: Vec<Patch>,
        lanes: usize,
        parameters: Vec<Parameters>,
        temperature: f64,
    ) -> Box<dyn Kernel> {
        (self.build)(patches, lanes, parameters, temperature)
    }
}

/// Every mechanism.
pub static ALL: &[Entry] = &[
    Entry::of::<hh::HodgkinHuxley, 3, 6>(),
    Entry::of::<passive::Passive, 0, 2>(),
    Entry::of::<na_traub::NaTraub, 2, 2>(),
    Entry::of::<k_traub::KTraub, 1, 2>(),
];

/// Its index in [`ALL`].
pub fn find(name: &str) -> Option<usize> {
    ALL.iter().position(|entry| entry.info.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mechanism_says_what_it_is() {
        for (index, entry) in ALL.iter().enumerate() {
            assert_eq!(find(entry.info.name), Some(index));
            assert!(
                !entry.info.equations.is_empty() && !entry.info.reference.is_empty() && !entry.info.summary.is_empty()
            );
        }
        assert_eq!(find("nonesuch"), None);
    }
}
