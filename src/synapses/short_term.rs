//! Short-term plasticity: a synapse that is used runs out of vesicles, and releases them more readily.
//!
//! ```text
//! between spikes   dx/dt = (1 - x) / tau_rec          du/dt = (U - u) / tau_fac
//! at a spike       transmits weight x u x, then       x -> x - u x,   u -> u + U (1 - u)
//! ```
//! (Tsodyks, Pawelzik & Markram 1998, in the form of Maass & Markram 2002: u and x are those before the spike.) x is the
//! share of the resources that is available, u the share of these that a spike uses. With `tau_fac` 0, u is always U: the
//! synapse only depresses; with `tau_rec` 0, x is always 1.
//!
//! All synapses of one presynaptic neuron with the same table see the same spikes, so u and x are held once for a source
//! and not for each of its synapses; what a spike sends along is one factor.

use crate::model::{ModelInfo, Parameter, Range, Variable};
use crate::num::math::exp;

pub const INFO: ModelInfo = ModelInfo {
    name: "short_term",
    summary: "depression and facilitation by use, of any synapse that spikes open",
    equations: "\
dx/dt = (1 - x) / tau_rec,  du/dt = (U - u) / tau_fac
at a spike: transmits weight u x, then x = x - u x,  u = u + U (1 - u)
of receptors that pulses open: the pulse is one of T_max u x",
    reference: "Tsodyks, Pawelzik & Markram (1998) Neural Comput 10:821; Maass & Markram (2002) Neural Netw 15:155",
    parameters: &[
        Parameter::new("U", "", Range::Within(0.0, 1.0), "share of the available resources that a spike uses at rest"),
        Parameter::new("tau_rec", "ms", Range::NonNegative, "recovery of the resources; 0: at once"),
        Parameter::new("tau_fac", "ms", Range::NonNegative, "decay of the facilitation; 0: there is none").default(0.0),
    ],
    variables: &[
        Variable { name: "u", unit: "", summary: "share of the resources that the next spike uses" },
        Variable { name: "x", unit: "", summary: "share of the resources that is available" },
    ],
};

/// What a projection can record: `u.<synapse>`, `x.<synapse>`.
pub const VARIABLES: [&str; 2] = ["u", "x"];

/// The numbers of one table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShortTerm {
    pub utilisation: f64,
    /// ms.
    pub recovery: f64,
    /// ms.
    pub facilitation: f64,
    /// u and x at time 0.
    pub initial: [f64; 2],
}

/// u and x of one source, true at `step` less `late` ms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resources {
    u: f64,
    x: f64,
    step: i64,
    late: f64,
}

impl ShortTerm {
    /// At time 0.
    pub fn start(&self) -> Resources {
        let [u, x] = self.initial;
        Resources { u, x, step: 0, late: 0.0 }
    }

    /// [u, x] at `step` less `late` ms.
    pub fn at(&self, resources: &Resources, step: i64, late: f64, dt_ms: f64) -> [f64; 2] {
        let elapsed = ((step - resources.step) as f64 * dt_ms - (late - resources.late)).max(0.0);
        let left = |tau: f64| if tau > 0.0 { exp(-elapsed / tau) } else { 0.0 };
        let u = self.utilisation + (resources.u - self.utilisation) * left(self.facilitation);
        [u, 1.0 + (resources.x - 1.0) * left(self.recovery)]
    }

    /// A spike at `step` less `late` ms: u and x before it, whose product it transmits.
    pub fn spike(&self, resources: &mut Resources, step: i64, late: f64, dt_ms: f64) -> [f64; 2] {
        let [u, x] = self.at(resources, step, late, dt_ms);
        let facilitated = u + self.utilisation * (1.0 - u);
        *resources = Resources { u: facilitated, x: x - u * x, step, late };
        [u, x]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DT: f64 = 0.1;
    /// Ten spikes at 20 Hz, then one 500 ms later.
    const STEPS: [i64; 11] = [100, 600, 1100, 1600, 2100, 2600, 3100, 3600, 4100, 4600, 9600];

    fn factors(synapse: ShortTerm) -> Vec<f64> {
        let mut resources = synapse.start();
        STEPS.iter().map(|&step| synapse.spike(&mut resources, step, 0.0, DT).iter().product()).collect()
    }

    /// Against the recursion of Maass & Markram (2002), eqs 4 and 5, which NEST's tsodyks2_synapse gives to all digits.
    #[test]
    fn trains_of_spikes_are_those_of_the_literature() {
        let depressing = [
            0.5,
            0.265146734297,
            0.154834621474,
            0.103020301587,
            0.0786827771163,
            0.067251282914,
            0.0618818354235,
            0.0593597708671,
            0.0581751406723,
            0.0576187121326,
            0.247789822823,
        ];
        let facilitating = [
            0.05,
            0.0900508208632,
            0.119559063469,
            0.140268557059,
            0.154556406497,
            0.164535627972,
            0.171757650195,
            0.177235883773,
            0.181583651853,
            0.185156669511,
            0.152888818886,
        ];
        let table = |utilisation, recovery, facilitation, expected: [f64; 11]| {
            let synapse = ShortTerm { utilisation, recovery, facilitation, initial: [utilisation, 1.0] };
            for (factor, expected) in factors(synapse).into_iter().zip(expected) {
                assert!((factor / expected - 1.0).abs() < 5e-12, "digits of the reference: {factor} {expected}");
            }
        };
        table(0.5, 800.0, 0.0, depressing);
        table(0.05, 130.0, 530.0, facilitating);
    }

    /// The same recursion at 50 Hz, with numbers between depression and facilitation.
    #[test]
    fn a_synapse_between_the_two() {
        let expected = [
            0.25,
            0.265523159658,
            0.239878934637,
            0.221264830691,
            0.211461213504,
            0.206768418766,
            0.204609337568,
            0.203635342545,
            0.203200714944,
            0.203008005109,
            0.249993019516,
        ];
        let synapse = ShortTerm { utilisation: 0.25, recovery: 50.0, facilitation: 20.0, initial: [0.25, 1.0] };
        let mut resources = synapse.start();
        let times = (0..10).map(|spike| 100 + 200 * spike).chain([6900]);
        for (step, expected) in times.zip(expected) {
            let [u, x] = synapse.spike(&mut resources, step, 0.0, DT);
            assert!((u * x / expected - 1.0).abs() < 5e-12, "digits of the reference: {} {expected}", u * x);
        }
    }

    #[test]
    fn a_late_spike_is_as_late_as_it_says() {
        let synapse = ShortTerm { utilisation: 0.4, recovery: 50.0, facilitation: 20.0, initial: [0.4, 1.0] };
        let (mut coarse, mut fine) = (synapse.start(), synapse.start());
        synapse.spike(&mut coarse, 2, 0.04, DT);
        synapse.spike(&mut fine, 16, 0.0, 0.01);
        let (a, b) = (synapse.at(&coarse, 5, 0.03, DT), synapse.at(&fine, 47, 0.0, 0.01));
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-15), "{a:?} {b:?}");
    }

    #[test]
    fn without_time_constants_there_is_no_memory() {
        let synapse = ShortTerm { utilisation: 0.3, recovery: 0.0, facilitation: 0.0, initial: [0.3, 1.0] };
        assert!(factors(synapse).iter().all(|factor| *factor == 0.3));
    }
}
