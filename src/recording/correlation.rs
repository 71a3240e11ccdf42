//! Pairwise correlation: whether two neurons fire together more often than by chance.
//!
//! Pearson's coefficient of the spike counts of two neurons in the same bins, of all pairs among 200 neurons that fired;
//! the mean is that of the pairs (the bins of 2 ms and the 200 neurons are those of the microcircuit's reference). Which
//! neurons is a matter of chance, but always of the same: those of the lowest of some scrambled numbers.
//!
//! Counts come spike by spike and are not kept: only sums of counts and of products of two. A neuron that fires for
//! the first time has counted nothing so far, so it can take the place of one of a higher number at any time.

use crate::num::rng::philox;
use std::collections::HashMap;

/// Width of the bins.
pub const BIN_MS: f64 = 2.0;
/// Neurons that are looked at.
pub const NEURONS: usize = 200;

/// The coefficients of all pairs.
#[derive(Clone, Debug, Default)]
pub struct Correlation {
    pub coefficients: Vec<f64>,
    /// Neurons that make these pairs.
    pub neurons: usize,
}

impl Correlation {
    pub fn mean(&self) -> Option<f64> {
        super::analysis::mean(self.coefficients.iter().copied())
    }
}

/// One of the neurons looked at.
struct Member {
    key: u64,
    neuron: u32,
    /// In the current bin.
    count: u64,
    sum: u64,
}

/// Sums over bins, while spikes come.
pub struct Pairs {
    most: usize,
    start_ms: f64,
    bin_ms: f64,
    bin: u64,
    members: Vec<Member>,
    /// Member of a neuron.
    places: HashMap<u32, usize>,
    /// The highest key of a member, where all places are taken.
    highest: Option<(u64, usize)>,
    /// Members that fired in the current bin.
    fired: Vec<usize>,
    /// [a * most + b], a >= b: sum over bins of the product of counts.
    products: Vec<u64>,
    beyond: bool,
    /// The window ends with its last bin.
    filled: bool,
    stop_ms: f64,
}

/// A number that tells nothing of `neuron`, for drawing some of many.
pub fn scrambled(neuron: u32) -> u64 {
    let [a, b, _, _] = philox([neuron, 0, 0, 0], [0x6b65_7973, 0x6f66_6577]);
    u64::from(a) << 32 | u64::from(b)
}

impl Pairs {
    /// Of at most `most` neurons, in whole bins between start and stop.
    pub fn new(most: usize, start_ms: f64, stop_ms: f64, bin_ms: f64) -> Pairs {
        let most = most.max(2);
        let bins = ((stop_ms - start_ms) / bin_ms + 1e-6).floor().max(0.0);
        Pairs {
            most,
            start_ms,
            bin_ms,
            bin: 0,
            members: vec![],
            places: HashMap::new(),
            highest: None,
            fired: vec![],
            products: vec![],
            beyond: bins < 1.0,
            filled: bins >= 1.0 && (bins - (stop_ms - start_ms) / bin_ms).abs() < 1e-6,
            stop_ms: start_ms + bins * bin_ms,
        }
    }

    /// Spikes come in the order of their times.
    pub fn spike(&mut self, neuron: u32, time_ms: f64) {
        if time_ms < self.start_ms || self.beyond {
            return;
        }
        let mut bin = ((time_ms - self.start_ms) / self.bin_ms + 1e-6) as u64;
        // The last bin has its end, if the window has.
        if self.filled && time_ms <= self.stop_ms + 1e-6 * self.bin_ms {
            bin = bin.min(((self.stop_ms - self.start_ms) / self.bin_ms + 0.5) as u64 - 1);
        }
        if self.start_ms + (bin as f64 + 0.5) * self.bin_ms > self.stop_ms {
            self.beyond = true;
            return;
        }
        if bin > self.bin {
            self.close();
            self.bin = bin;
        }
        let known = self.places.get(&neuron).copied();
        let Some(place) = known.or_else(|| self.admit(neuron)) else { return };
        if self.members[place].count == 0 {
            self.fired.push(place);
        }
        self.members[place].count += 1;
    }

    /// A place for a neuron that fires for the first time, if there is one or its key is low enough to take one.
    fn admit(&mut self, neuron: u32) -> Option<usize> {
        let key = scrambled(neuron);
        let fresh = Member { key, neuron, count: 0, sum: 0 };
        let place = if self.members.len() < self.most {
            self.members.push(fresh);
            self.products.resize(self.members.len() * self.most, 0);
            self.members.len() - 1
        } else {
            let (highest, place) = self.highest?;
            if highest <= key {
                return None;
            }
            self.places.remove(&self.members[place].neuron);
            self.fired.retain(|&other| other != place);
            self.members[place] = fresh;
            self.products[place * self.most..][..self.most].fill(0);
            self.products.iter_mut().skip(place).step_by(self.most).for_each(|product| *product = 0);
            place
        };
        self.places.insert(neuron, place);
        self.highest = if self.members.len() < self.most { None } else { self.find_highest() };
        Some(place)
    }

    fn find_highest(&self) -> Option<(u64, usize)> {
        self.members.iter().enumerate().map(|(place, member)| (member.key, place)).max()
    }

    /// Adds the current bin to the sums.
    fn close(&mut self) {
        self.fired.sort_unstable();
        for (index, &a) in self.fired.iter().enumerate() {
            let count = self.members[a].count;
            self.members[a].sum += count;
            for &b in &self.fired[..=index] {
                self.products[a * self.most + b] += count * self.members[b].count;
            }
        }
        for place in self.fired.drain(..) {
            self.members[place].count = 0;
        }
    }

    /// The coefficients, of the bins that were whole by `reached_ms`. An error says in words why there are none.
    pub fn finish(mut self, reached_ms: f64) -> Result<Correlation, String> {
        let window = reached_ms.min(self.stop_ms) - self.start_ms;
        let bins = (window / self.bin_ms + 1e-6).floor().max(0.0);
        if (self.bin as f64) < bins {
            self.close();
        }
        if bins < 2.0 {
            let needed = 2.0 * self.bin_ms;
            return Err(format!("counts in bins of {} ms need {needed} ms of spikes to correlate", self.bin_ms));
        }
        let mean = |a: usize| self.members[a].sum as f64 / bins;
        let covariance = |a: usize, b: usize| self.products[a * self.most + b] as f64 / bins - mean(a) * mean(b);
        // A neuron whose counts do not vary is correlated with nobody.
        let varying: Vec<(usize, f64)> =
            (0..self.members.len()).map(|a| (a, covariance(a, a))).filter(|(_, variance)| *variance > 0.0).collect();
        if varying.len() < 2 {
            let fired = match varying.len() {
                0 => "no neuron",
                _ => "a single neuron",
            };
            return Err(format!("{fired} fired in {window} ms, and a correlation needs two"));
        }
        let mut coefficients = Vec::with_capacity(varying.len() * (varying.len() - 1) / 2);
        for (index, &(a, variance)) in varying.iter().enumerate() {
            for &(b, other) in &varying[..index] {
                coefficients.push(covariance(a, b) / (variance * other).sqrt());
            }
        }
        Ok(Correlation { coefficients, neurons: varying.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::num::rng::{Purpose, Stream};

    #[test]
    fn a_bin_that_a_run_stopped_in_does_not_count() {
        let begun = [(1.0, 0), (1.5, 1), (3.0, 0), (5.0, 1), (7.0, 0), (7.5, 1)];
        let stopped = |spikes: &[(f64, u32)], reached_ms: f64| {
            let mut pairs = Pairs::new(5, 0.0, 100.0, 2.0);
            spikes.iter().for_each(|&(time, neuron)| pairs.spike(neuron, time));
            pairs.finish(reached_ms).unwrap().coefficients
        };
        // Counts [1 1 0 1] and [1 0 1 1]: means 3/4, covariance 1/2 - 9/16, variances 3/4 - 9/16.
        let whole = stopped(&begun, 8.0);
        assert!((whole[0] + 1.0 / 3.0).abs() < 1e-12, "{whole:?}");
        let more = [&begun[..], &[(8.1, 0), (8.2, 0), (8.3, 1)]].concat();
        assert_eq!(stopped(&more, 9.0), whole);
        assert_eq!(stopped(&begun[..5], 7.2), stopped(&begun[..4], 6.0));
    }

    fn of(trains: &[(f64, u32)], most: usize, stop_ms: f64) -> Result<Correlation, String> {
        let mut pairs = Pairs::new(most, 0.0, stop_ms, 2.0);
        trains.iter().for_each(|&(time, neuron)| pairs.spike(neuron, time));
        pairs.finish(stop_ms)
    }

    #[test]
    fn counts_of_a_few_bins_have_the_coefficient_of_the_textbook() {
        // Counts (1, 0, 2, 1) and (0, 0, 1, 1): covariance 1/4, variances 1/2 and 1/4.
        let spikes = [(0.5, 3), (4.0, 3), (4.1, 9), (5.0, 3), (6.0, 3), (7.9, 9), (8.0, 3)];
        let seen = of(&spikes, 200, 9.0).unwrap();
        assert_eq!(seen.neurons, 2);
        assert!((seen.coefficients[0] - 0.5f64.sqrt()).abs() < 1e-12, "{seen:?}");
    }

    #[test]
    fn independent_neurons_are_uncorrelated_and_a_common_source_makes_its_share() {
        // Each of two neurons fires with its own source and with a common one: with shares 1 - c and c of the rate, the
        // counts have the covariance of the common source alone, and the coefficient is c (for rare spikes).
        for c in [0.0, 0.2, 0.6] {
            let mut stream = Stream::new(7, Purpose::PoissonCell, 0, (c * 10.0) as u64);
            let (mut spikes, chance) = (vec![], 0.002);
            for step in 0..1_000_000u32 {
                let time = f64::from(step) * 0.1;
                let common = stream.uniform() < chance * c;
                for neuron in 0..2 {
                    if common || stream.uniform() < chance * (1.0 - c) {
                        spikes.push((time, neuron));
                    }
                }
            }
            let seen = of(&spikes, 200, 100_000.0).unwrap();
            // 50 000 bins: a standard error of 1/sqrt(50 000), five of them; and the chance squared of two in a step.
            assert!((seen.coefficients[0] - c).abs() < 5.0 / 50_000f64.sqrt() + 2.0 * chance, "{c}: {seen:?}");
        }
    }

    #[test]
    fn a_late_neuron_of_a_low_number_takes_a_place() {
        // Three neurons fire together, three times; there is room for two, and the later come when others have it.
        let mut all = vec![];
        for bin in 0..20 {
            let time = f64::from(bin) * 2.0;
            (0..10).filter(|neuron| bin >= *neuron && (bin + neuron) % 3 == 0).for_each(|n| all.push((time, n as u32)));
        }
        let mut keys: Vec<(u64, u32)> = (0..10).map(|neuron| (scrambled(neuron), neuron)).collect();
        keys.sort_unstable();
        let chosen: Vec<u32> = keys[..4].iter().map(|key| key.1).collect();
        let only: Vec<(f64, u32)> = all.iter().copied().filter(|spike| chosen.contains(&spike.1)).collect();
        let sorted = |seen: Correlation| {
            let mut list = seen.coefficients;
            list.sort_by(f64::total_cmp);
            list
        };
        assert_eq!(sorted(of(&all, 4, 40.0).unwrap()), sorted(of(&only, 4, 40.0).unwrap()));
    }

    #[test]
    fn too_few_is_said_in_words() {
        assert_eq!(of(&[], 200, 100.0).unwrap_err(), "no neuron fired in 100 ms, and a correlation needs two");
        assert!(of(&[(1.0, 5), (3.0, 5)], 200, 100.0).unwrap_err().contains("a single neuron"));
        assert!(of(&[(1.0, 5), (1.0, 6)], 200, 3.0).unwrap_err().contains("bins of 2 ms need 4 ms"));
    }
}
