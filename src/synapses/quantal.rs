//! Quantal release: a synapse is a few sites, each of which lets go of one vesicle or of none.
//!
//! ```text
//! at a spike       each full site releases with the probability p, and is empty then
//! between spikes   an empty site is full again after a time, exponential with the mean tau_rec
//! a spike transmits weight x (sites that released) / n
//! ```
//! (del Castillo & Katz 1954, J Physiol 124:560; with depletion: Vere-Jones 1966, Aust J Stat 8:53.) The weight is what all n sites
//! transmit together, as it is without this table: one vesicle, the quantum q, carries weight / n. At rest a spike transmits
//! n p q on the mean, with the variance n p (1 - p) q^2.
//!
//! Beside `short_term` both tell of the same vesicles: p is then u, which facilitates, `tau_rec` is that of `short_term`, and the
//! share of full sites is on the mean x, so that the mean over many synapses is what `short_term` alone transmits
//! (Fuhrmann, Segev, Markram & Tsodyks 2002, J Neurophysiol 87:140).
//!
//! Sites forget: how many of them are full is all there is to know of a synapse. What happened since the last spike is drawn
//! when the next one arrives, from a counter that names projection, target, synapse and spike, so that neither threads nor the
//! order of events can change it.

use crate::model::{ModelInfo, Parameter, Range, Variable};
use crate::num::math::exp;
use crate::num::rng::Stream;

/// The most sites of a synapse.
pub const MOST_SITES: f64 = 65_535.0;

pub const INFO: ModelInfo = ModelInfo {
    name: "quantal",
    summary: "release by chance, vesicle by vesicle, of any synapse but receptors",
    equations: "\
at a spike: each full site of n releases with the probability p, and is empty then
between spikes: an empty site fills after a time, exponential with the mean tau_rec
a spike transmits weight (sites that released) / n: the weight is that of all n sites together
beside `short_term`: p is its u, tau_rec its tau_rec, x the mean share of full sites",
    reference: "del Castillo & Katz (1954) J Physiol 124:560; Vere-Jones (1966) Aust J Stat 8:53; Fuhrmann et al. (2002) J Neurophysiol 87:140",
    parameters: &[
        Parameter::new("n", "", Range::Within(1.0, MOST_SITES), "sites of a synapse, a vesicle each"),
        Parameter::new(
            "p",
            "",
            Range::Within(0.0, 1.0),
            "a full site releases at a spike; with `short_term`, u stands for it",
        )
        .optional(),
        Parameter::new(
            "tau_rec",
            "ms",
            Range::NonNegative,
            "mean time until an empty site is full; 0: at once; with `short_term`, its own",
        )
        .optional(),
    ],
    variables: &VARIABLES,
};

/// What a projection can record of a source, all its synapses together, such as `released.<synapse>`.
pub const VARIABLES: [Variable; 2] = [
    Variable { name: "vesicles", unit: "", summary: "full sites; since its last spike, as many as expected" },
    Variable { name: "released", unit: "", summary: "vesicles that its last spike released" },
];

/// The numbers of one table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantal {
    pub sites: u16,
    /// Of release; `None`: that of the short-term plasticity beside it.
    pub probability: Option<f64>,
    /// ms.
    pub recovery: f64,
    /// The share of sites that are full at time 0.
    pub full: f64,
}

/// What a source has done so far: how many spikes, the last at `step` less `late` ms.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Past {
    spikes: u64,
    step: i64,
    late: f64,
}

/// What a spike does to every site of its source's synapses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chances {
    /// The number of the spike among those of its source.
    pub spike: u64,
    /// That an empty site has filled since the spike before.
    pub filled: f64,
    /// That a full one releases.
    pub released: f64,
}

impl Quantal {
    /// A spike at `step` less `late` ms; `u` is that of the short-term plasticity, before the spike.
    pub fn spike(&self, past: &mut Past, (step, late): (i64, f64), u: Option<f64>, dt_ms: f64) -> Chances {
        let elapsed = ((step - past.step) as f64 * dt_ms - (late - past.late)).max(0.0);
        let left = if self.recovery > 0.0 { exp(-elapsed / self.recovery) } else { 0.0 };
        // A synapse begins with no site full: the first spike draws what was so at time 0 along with what came after.
        let empty = if past.spikes == 0 { 1.0 - self.full } else { 1.0 };
        let released = self.probability.or(u).unwrap_or(0.0);
        let chances = Chances { spike: past.spikes, filled: 1.0 - empty * left, released };
        *past = Past { spikes: past.spikes + 1, step, late };
        chances
    }

    /// One synapse at a spike, of which `full` sites were left full by the spike before: the share of the weight that it
    /// transmits.
    pub fn release(&self, full: &mut u16, chances: &Chances, stream: &mut Stream) -> f64 {
        let mut draw = |sites: u16, chance: f64| match chance {
            1.0 => sites,
            _ => (0..sites).filter(|_| stream.uniform() < chance).count() as u16,
        };
        *full += draw(self.sites - *full, chances.filled);
        let released = draw(*full, chances.released);
        *full -= released;
        f64::from(released) / f64::from(self.sites)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::Purpose;

    fn shares(quantal: Quantal, times: &[i64], synapses: u64) -> Vec<Vec<f64>> {
        let mut past = Past::default();
        let mut full = vec![0; synapses as usize];
        let each = |time: &i64| {
            let chances = quantal.spike(&mut past, (*time, 0.0), None, 0.1);
            let draw = |(synapse, full): (usize, &mut u16)| {
                let mut stream = Stream::new(chances.spike, Purpose::Release, 7, synapse as u64);
                quantal.release(full, &chances, &mut stream)
            };
            full.iter_mut().enumerate().map(draw).collect()
        };
        times.iter().map(each).collect()
    }

    /// At rest: binomial, the mean p and the variance p (1 - p) / n of the share. Standard errors of 20 000 synapses: 0.0013
    /// and 0.00035; four of them are allowed.
    #[test]
    fn a_rested_synapse_is_binomial() {
        let quantal = Quantal { sites: 5, probability: Some(0.3), recovery: 100.0, full: 1.0 };
        let shares = &shares(quantal, &[50], 20_000)[0];
        let mean = shares.iter().sum::<f64>() / 20_000.0;
        let variance = shares.iter().map(|share| (share - mean) * (share - mean)).sum::<f64>() / 20_000.0;
        assert!((mean - 0.3).abs() < 4.0 * 0.0013, "{mean}: 4 standard errors");
        assert!((variance - 0.042).abs() < 4.0 * 0.00035, "{variance}: 4 standard errors");
    }

    /// Of regular spikes each finds (1 - e) / (1 - (1 - p) e) of the sites full, e = exp(-T / tau_rec).
    #[test]
    fn a_regular_train_empties_the_sites() {
        let quantal = Quantal { sites: 4, probability: Some(0.4), recovery: 100.0, full: 1.0 };
        let times: Vec<i64> = (1..=40).map(|i| 300 * i).collect();
        let shares = shares(quantal, &times, 2_000);
        let late = &shares[20..];
        let mean = late.iter().flatten().sum::<f64>() / (20.0 * 2_000.0);
        let e = (-0.3_f64).exp();
        let expected = 0.4 * (1.0 - e) / (1.0 - 0.6 * e);
        // Of 160 000 sites; what one spike takes the next lacks, which makes the error smaller.
        assert!((mean - expected).abs() < 4.0 * (0.19 * 0.81 / 160_000.0_f64).sqrt(), "{mean} {expected}");
    }

    #[test]
    fn certain_release_and_recovery_need_no_chance() {
        let sure = Quantal { sites: 3, probability: Some(1.0), recovery: 0.0, full: 1.0 };
        assert!(shares(sure, &[5, 5, 6], 10).iter().flatten().skip(20).all(|share| *share == 1.0));
        let never = Quantal { sites: 3, probability: Some(1.0), recovery: 1e30, full: 1.0 };
        let shares = shares(never, &[5, 5, 6000], 10);
        assert!(shares[0].iter().all(|share| *share == 1.0) && shares[1..].iter().flatten().all(|share| *share == 0.0));
    }
}
