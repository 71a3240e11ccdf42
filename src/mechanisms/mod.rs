//! Ion channels: each file is one mechanism, the equations of ONE patch of membrane and a table of its numbers.
//!
//! A mechanism is a current per area of membrane, `I = g (V - E)`, positive outward, whose conductance depends on
//! gates that follow V: `dx/dt = rate(V) (x_inf(V) - x)`. The author writes scalars; `lift` writes the loop over all
//! compartments of all cells of a block, and `cable` puts the currents into its equations.
//!
//! To add a mechanism: write a file with a type that implements [`Mechanism`], and add a line to [`ALL`].

pub mod ca_hva;
pub mod ca_l;
pub mod ca_pool;
pub mod ca_t;
mod calcium;
pub mod h;
pub mod hh;
pub mod k_a;
pub mod k_ca;
pub mod k_m;
pub mod k_traub;
pub mod leak;
mod lift;
pub mod na_p;
pub mod na_traub;
pub mod passive;
mod rates;
pub mod release;

use crate::model::ModelInfo;
pub use calcium::CALCIUM_AT_REST;
pub use lift::{Kernel, Parameters, Patch, Stage, thermal};
use rates::Rates;

/// What a patch of membrane meets: where its gates and currents are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// Membrane potential, mV.
    pub v: f64,
    /// Calcium inside, mM.
    pub calcium: f64,
    /// Sum of the calcium currents, uA/cm^2, outward positive.
    pub calcium_current: f64,
    /// R T / F at the run's temperature, mV.
    pub thermal: f64,
}

/// What a mechanism has to do with calcium.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calcium {
    Ignored,
    /// Its gates or its current depend on the concentration.
    Read,
    /// Its current is one of calcium; it may read the concentration, too.
    Carried,
    /// Its first variable is the concentration.
    Held,
}

/// The author's door: the equations of one patch of membrane with `GATES` gates and `PARAMETERS` numbers.
///
/// Units: V in mV, time in ms, densities of conductance in mS/cm^2 and of current in uA/cm^2.
pub trait Mechanism<const GATES: usize, const PARAMETERS: usize>: Send + Sync + Sized + 'static {
    /// Its variables are the gates, in order.
    const INFO: ModelInfo;
    /// Whether a run with this mechanism must state its temperature; one with another q10 than 1 must in any case.
    const DEPENDS_ON_TEMPERATURE: bool;
    const CALCIUM: Calcium = Calcium::Ignored;

    /// How many times faster each gate moves at this temperature (degC) than `kinetics` says.
    fn factors(_parameters: &[f64; PARAMETERS], _temperature: f64) -> [f64; GATES] {
        [1.0; GATES]
    }

    /// Steady value and rate (1/ms) of each gate where the site stays as it is.
    fn kinetics(parameters: &[f64; PARAMETERS], site: &Site) -> [(f64, f64); GATES];

    /// Conductance g and g E, per area, in the order and units of `INFO.parameters`; a constant, if there are no gates and calcium is
    /// ignored. A current that is not linear in V gives
    /// its slope at the site's V and what makes `g V - (g E)` the current there.
    fn conductance(parameters: &[f64; PARAMETERS], gates: &[f64; GATES], site: &Site) -> (f64, f64);

    /// The exponential of which those in `rates` are powers.
    #[inline(always)]
    fn base(_parameters: &[f64; PARAMETERS], _site: &Site) -> f64 {
        0.0
    }

    /// Rates of opening and closing, where `kinetics` comes from such: the gates then do without exponentials of their own, see
    /// `rates`. `base` is what [`Mechanism::base`] says.
    #[inline(always)]
    fn rates(_parameters: &[f64; PARAMETERS], _site: &Site, _base: f64) -> Option<[Rates; GATES]> {
        None
    }

    /// The gates after `times` (ms x factor, of each) where the site stays as it is: exact for gates that obey `kinetics`.
    #[inline(always)]
    fn advance(gates: &mut [f64; GATES], parameters: &[f64; PARAMETERS], site: &Site, times: &[f64; GATES]) {
        if let Some(rates) = Self::rates(parameters, site, Self::base(parameters, site)) {
            gates
                .iter_mut()
                .zip(rates)
                .zip(times)
                .for_each(|((gate, rates), time)| *gate = rates.advance(*gate, *time));
            return;
        }
        let kinetics = Self::kinetics(parameters, site);
        for ((gate, (steady, rate)), time) in gates.iter_mut().zip(kinetics).zip(times) {
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
    pub calcium: Calcium,
    build: Build,
}

impl Entry {
    const fn of<M: Mechanism<G, P>, const G: usize, const P: usize>() -> Entry {
        Entry {
            info: const { &M::INFO },
            depends_on_temperature: M::DEPENDS_ON_TEMPERATURE,
            calcium: M::CALCIUM,
            build: lift::Lifted::<M, G, P>::boxed,
        }
    }

    /// A single patch on its own.
    pub fn single(&self, values: Vec<f64>, temperature: f64) -> Box<dyn Kernel> {
        let patch = Patch { first_node: 0, nodes: 1, first_slot: 0 };
        self.kernel(vec![patch], 1, vec![Parameters { values, per_lane: vec![] }], temperature)
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
    Entry::of::<na_traub::NaTraub, 2, 4>(),
    Entry::of::<k_traub::KTraub, 1, 4>(),
    Entry::of::<k_a::KA, 2, 3>(),
    Entry::of::<k_m::KM, 1, 4>(),
    Entry::of::<na_p::NaP, 1, 4>(),
    Entry::of::<ca_l::CaL, 1, 6>(),
    Entry::of::<ca_hva::CaHva, 2, 3>(),
    Entry::of::<ca_t::CaT, 2, 5>(),
    Entry::of::<k_ca::KCa, 2, 4>(),
    Entry::of::<h::H, 1, 3>(),
    Entry::of::<leak::Leak, 0, 2>(),
    Entry::of::<ca_pool::CaPool, 1, 4>(),
    Entry::of::<release::Release, 4, 14>(),
];

/// The unit of a parameter that is the largest conductance of one kind of channels.
pub const CONDUCTANCE: &str = "mS/cm^2";

/// The kinds of channels of a mechanism that has several: `Na`, `K`, `L` of `hh`, each with the parameter `g_Na`, ...
pub fn channels(mechanism: usize) -> Vec<(&'static str, usize)> {
    let parameters = ALL[mechanism].info.parameters.iter().enumerate().filter(|(_, p)| p.unit == CONDUCTANCE);
    let named: Vec<_> = parameters.filter_map(|(index, p)| Some((p.name.strip_prefix("g_")?, index))).collect();
    if named.len() > 1 { named } else { vec![] }
}

/// Its index in [`ALL`].
pub fn find(name: &str) -> Option<usize> {
    ALL.iter().position(|entry| entry.info.name == name)
}

#[cfg(test)]
impl Site {
    /// A patch at `v` (mV) with little calcium, at 36 degC.
    pub(crate) fn at(v: f64) -> Site {
        Site { v, calcium: 5e-5, calcium_current: 0.0, thermal: lift::thermal(36.0) }
    }
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
