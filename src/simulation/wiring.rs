//! What a recording says of the wiring: how many synapses neurons have, and every synapse of a small network.
//!
//! Connections are drawn when they are asked for, so looking at hundreds of millions of them takes as long as building
//! them: it is done for small networks, and for others where a plot asks for it; of very many, for some targets.

use crate::network::Network;
use crate::network::connections::Row;
use crate::recording::{ConnectivitySeen, DegreesSeen};

/// Synapses that are looked at without being asked for.
pub const FEW: u64 = 4_000_000;
/// Of more synapses only those onto some neurons are looked at.
const MOST: u64 = 30_000_000;
/// Neurons and synapses of a network whose synapses are all kept.
const SMALL: usize = 500;
const SMALL_SYNAPSES: u64 = 20_000;
const BINS: usize = 50;

/// The wiring of `network`; nothing without chemical synapses.
pub fn seen(network: &Network) -> Option<ConnectivitySeen> {
    let synapses = network.synapses();
    if synapses == 0 {
        return None;
    }
    let every = synapses.div_ceil(MOST).max(1) as usize;
    let sizes: Vec<usize> = network.populations.iter().map(|population| population.size).collect();
    let first: Vec<usize> = sizes.iter().scan(0, |sum, size| Some(std::mem::replace(sum, *sum + size))).collect();
    let keeps_all = sizes.iter().sum::<usize>() <= SMALL && synapses <= SMALL_SYNAPSES;
    let zeros = || sizes.iter().map(|&size| vec![0u64; size]).collect::<Vec<_>>();
    let (mut incoming, mut outgoing, mut pairs) = (zeros(), zeros(), vec![]);
    let mut row = Row::default();
    for pathway in network.chemical() {
        let (source, target) = (pathway.source, network.ports[pathway.port].population);
        for (position, &neuron) in pathway.connections.targets.iter().enumerate() {
            if !(neuron as usize).is_multiple_of(every) {
                continue;
            }
            pathway.connections.sources_of(position, &mut row);
            incoming[target][neuron as usize] += row.sources.len() as u64;
            row.sources.iter().for_each(|&source_neuron| outgoing[source][source_neuron as usize] += 1);
            if keeps_all {
                let target = (first[target] + neuron as usize) as u32;
                pairs.extend(row.sources.iter().map(|&neuron| ((first[source] + neuron as usize) as u32, target)));
            }
        }
    }
    Some(ConnectivitySeen {
        every: every as u64,
        in_degrees: histograms(network, &incoming, every),
        // Of some targets, the synapses of a source say nothing.
        out_degrees: if every == 1 { histograms(network, &outgoing, 1) } else { vec![] },
        pairs,
    })
}

/// How many neurons have how many synapses, in bins that are equally wide for all populations; of every `step`th neuron.
fn histograms(network: &Network, degrees: &[Vec<u64>], step: usize) -> Vec<DegreesSeen> {
    let some = |of: &Vec<u64>| -> Vec<u64> { of.iter().copied().step_by(step).collect() };
    let degrees: Vec<Vec<u64>> = degrees.iter().map(some).collect();
    let width = degrees.iter().map(|of| width(of)).max().unwrap_or(1);
    let named = network.populations.iter().zip(&degrees);
    named.map(|(population, of)| histogram(&population.name, of, width)).collect()
}

fn width(degrees: &[u64]) -> u64 {
    let (low, high) = (degrees.iter().min().unwrap_or(&0), degrees.iter().max().unwrap_or(&0));
    (high - low + 1).div_ceil(BINS as u64)
}

/// Nothing in it where nobody has a synapse.
fn histogram(population: &str, degrees: &[u64], width: u64) -> DegreesSeen {
    let mut seen = DegreesSeen { population: population.to_owned(), ..DegreesSeen::default() };
    let (Some(&low), Some(&high)) = (degrees.iter().min(), degrees.iter().max()) else { return seen };
    if high == 0 {
        return seen;
    }
    // A bin of whole numbers is drawn around them; bins of all populations begin at multiples of their width.
    let low = low / width * width;
    (seen.low, seen.width) = (low as f64 - 0.5, width as f64);
    seen.counts = vec![0; ((high - low) / width + 1) as usize];
    degrees.iter().for_each(|degree| seen.counts[((degree - low) / width) as usize] += 1);
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Simulation;

    fn of(rule: &str) -> ConnectivitySeen {
        let text = format!(
            "[run]\nduration = \"1 ms\"\n[cell.s]\nmodel = \"poisson\"\nrate = \"0 Hz\"\n[cell.n]\nmodel = \"lif\"\n\
             tau_m = \"10 ms\"\nE_L = \"-65 mV\"\nV_th = \"-50 mV\"\nV_reset = \"-65 mV\"\nt_ref = \"2 ms\"\n\
             [population.a]\ncell = \"s\"\nsize = 20\n[population.b]\ncell = \"n\"\nsize = 10\n[synapse.d]\n\
             model = \"delta\"\n[projection.p]\nfrom = \"a\"\nto = \"b\"\n{rule}\nsynapse = \"d\"\nweight = \"1 mV\"\n\
             delay = \"1 ms\"\n"
        );
        seen(Simulation::from_toml(&text).unwrap().network()).unwrap()
    }

    #[test]
    fn degrees_are_those_of_the_rule() {
        let seen = of("rule = { fixed_indegree = 4 }\nmultapses = false");
        assert_eq!(seen.in_degrees[1], DegreesSeen { population: "b".into(), low: 3.5, width: 1.0, counts: vec![10] });
        assert!(seen.in_degrees[0].counts.is_empty() && seen.out_degrees[1].counts.is_empty());
        assert_eq!(seen.out_degrees[0].counts.iter().sum::<u64>(), 20);
        assert_eq!(seen.pairs.len(), 40);
        // Targets are counted behind the twenty of `a`.
        assert!(seen.pairs.iter().all(|(source, target)| *source < 20 && (20..30).contains(target)));
    }

    #[test]
    fn wide_ranges_have_wide_bins() {
        let all: Vec<u64> = (100..1100).collect();
        let seen = histogram("x", &all, width(&all));
        assert_eq!((seen.low, seen.width, seen.counts.len()), (99.5, 20.0, 50));
        assert!(seen.counts.iter().all(|count| *count == 20));
    }
}
