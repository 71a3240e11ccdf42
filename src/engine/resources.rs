//! The resources of synapses as their sources see them: u, x and vesicles of the neurons that a recorder samples.
//!
//! Synapses live where their targets do, and vesicles with them. What they draw depends on nothing but names and numbers, so
//! it is drawn here once more, when the spike is sent, and is the same.

use crate::network::connections::Row;
use crate::network::{Network, Probe, Quantity};
use crate::num::rng::{Key, Purpose};
use crate::synapses::quantal::Past;
use crate::synapses::short_term::Resources;
use crate::synapses::{Quantal, ShortTerm};
use std::collections::BTreeMap;

/// Sources of a shard whose resources are sampled.
#[derive(Default)]
pub struct Watched {
    /// Ascending by [`Source`].
    list: Vec<(Source, Vec<(ShortTerm, Resources)>)>,
    /// By source and pathway.
    vesicles: BTreeMap<(Source, usize), Vesicles>,
}

/// The sites of all synapses of a source in a pathway.
struct Vesicles {
    quantal: Quantal,
    resources: Option<(ShortTerm, Resources)>,
    past: Past,
    key: Key,
    /// What a synapse draws by, and how many of its sites the last spike left full.
    synapses: Vec<(u64, u16)>,
    /// By the last spike.
    released: f64,
}

/// Part, trigger and neuron of the population.
pub type Source = (usize, usize, u32);

impl Watched {
    /// Whatever of this kind a neuron's probe asks for.
    pub fn look(&mut self, network: &Network, probe: &Probe, part: usize) {
        match &probe.what {
            Quantity::Resource { trigger, short_term, .. } => self.watch((part, *trigger, probe.neuron), *short_term),
            Quantity::Vesicles { pathways, .. } => pathways.iter().for_each(|&pathway| {
                let source = (part, network.pathways[pathway].trigger, probe.neuron);
                if let Some(vesicles) = Vesicles::new(network, pathway) {
                    self.vesicles.entry((source, pathway)).or_insert(vesicles);
                }
            }),
            _ => {}
        }
    }

    fn watch(&mut self, source: Source, short_term: ShortTerm) {
        let at = self.list.binary_search_by_key(&source, |(known, _)| *known).unwrap_or_else(|at| {
            self.list.insert(at, (source, vec![]));
            at
        });
        let tables = &mut self.list[at].1;
        if tables.iter().all(|(known, _)| *known != short_term) {
            tables.push((short_term, short_term.start()));
        }
    }

    /// Finds the synapses whose vesicles are watched.
    pub fn connect(&mut self, network: &Network) {
        let (mut row, mut found) = (Row::default(), BTreeMap::<(usize, u32), Vec<u64>>::new());
        self.vesicles.keys().for_each(|((.., neuron), pathway)| _ = found.insert((*pathway, *neuron), vec![]));
        let mut pathways: Vec<usize> = found.keys().map(|(pathway, _)| *pathway).collect();
        pathways.dedup();
        for pathway in pathways {
            let connections = &network.pathways[pathway].connections;
            for (position, &target) in connections.targets.iter().enumerate() {
                connections.sources_of(position, &mut row);
                for (number, &source) in row.sources.iter().enumerate() {
                    let own = found.get_mut(&(pathway, source));
                    own.into_iter().for_each(|list| list.push(u64::from(target) << 32 | number as u64));
                }
            }
        }
        for (((.., neuron), pathway), own) in &mut self.vesicles {
            let list = found.get(&(*pathway, *neuron)).into_iter().flatten();
            own.synapses = list.map(|&name| (name, 0)).collect();
        }
    }

    /// Takes in what the neurons of one part did: (neuron, late) for each trigger.
    pub fn follow(&mut self, part: usize, fired: &[Vec<(u32, f64)>], step: i64, dt_ms: f64) {
        if self.list.is_empty() && self.vesicles.is_empty() {
            return;
        }
        for (trigger, fired) in fired.iter().enumerate() {
            for &(neuron, late) in fired {
                let source = (part, trigger, neuron);
                let own = self.vesicles.range_mut((source, 0)..=(source, usize::MAX));
                own.for_each(|(_, vesicles)| vesicles.spike((step, late), dt_ms));
                let Ok(at) = self.list.binary_search_by_key(&source, |(known, _)| *known) else { continue };
                for (short_term, resources) in &mut self.list[at].1 {
                    short_term.spike(resources, step, late, dt_ms);
                }
            }
        }
    }

    /// [u, x] of a source at `step`, after what it did there.
    pub fn read(&self, source: Source, short_term: &ShortTerm, step: i64, dt_ms: f64) -> Option<[f64; 2]> {
        let at = self.list.binary_search_by_key(&source, |(known, _)| *known).ok()?;
        let (table, resources) = self.list[at].1.iter().find(|(known, _)| known == short_term)?;
        Some(table.at(resources, step, 0.0, dt_ms))
    }

    /// [`quantal::VARIABLES`](crate::synapses::quantal::VARIABLES) of a source at `step`, after what it did there.
    pub fn vesicles(&self, network: &Network, (part, neuron): (usize, u32), pathways: &[usize], step: i64) -> [f64; 2] {
        let of = |&pathway: &usize| {
            let source = (part, network.pathways[pathway].trigger, neuron);
            self.vesicles.get(&(source, pathway)).map_or([f64::NAN; 2], |own| own.at(step, network.dt_ms))
        };
        pathways.iter().map(of).fold([0.0; 2], |sum, own| [sum[0] + own[0], sum[1] + own[1]])
    }
}

impl Vesicles {
    fn new(network: &Network, pathway: usize) -> Option<Vesicles> {
        let pathway = &network.pathways[pathway];
        let port = &network.ports[pathway.port];
        Some(Vesicles {
            quantal: port.quantal?,
            resources: port.short_term.map(|table| (table, table.start())),
            past: Past::default(),
            key: Key::new(network.seeds.of(Purpose::Release), Purpose::Release, pathway.connections.key()),
            synapses: vec![],
            released: 0.0,
        })
    }

    fn spike(&mut self, (step, late): (i64, f64), dt_ms: f64) {
        let u = self.resources.as_mut().map(|(table, own)| table.spike(own, step, late, dt_ms)[0]);
        let chances = self.quantal.spike(&mut self.past, (step, late), u, dt_ms);
        let release = |(name, full): &mut (u64, u16)| {
            self.quantal.release(full, &chances, &mut self.key.stream(*name, chances.spike))
        };
        let shares: f64 = self.synapses.iter_mut().map(release).sum();
        self.released = (shares * f64::from(self.quantal.sites)).round();
    }

    fn at(&self, step: i64, dt_ms: f64) -> [f64; 2] {
        let filled = self.quantal.spike(&mut self.past.clone(), (step, 0.0), None, dt_ms).filled;
        let full = self.synapses.iter().map(|(_, full)| f64::from(*full)).sum::<f64>();
        let sites = self.synapses.len() as f64 * f64::from(self.quantal.sites);
        [full + (sites - full) * filled, self.released]
    }
}
