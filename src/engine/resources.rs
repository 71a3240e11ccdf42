//! The resources of synapses as their sources see them: u and x of the neurons that a recorder samples.

use crate::synapses::ShortTerm;
use crate::synapses::short_term::Resources;

/// Sources of a shard whose resources are sampled.
#[derive(Default)]
pub struct Watched {
    /// Ascending by [`Source`].
    list: Vec<(Source, Vec<(ShortTerm, Resources)>)>,
}

/// Part, trigger and neuron of the population.
pub type Source = (usize, usize, u32);

impl Watched {
    pub fn watch(&mut self, source: Source, short_term: ShortTerm) {
        let at = self.list.binary_search_by_key(&source, |(known, _)| *known).unwrap_or_else(|at| {
            self.list.insert(at, (source, vec![]));
            at
        });
        let tables = &mut self.list[at].1;
        if tables.iter().all(|(known, _)| *known != short_term) {
            tables.push((short_term, short_term.start()));
        }
    }

    /// Takes in what the neurons of one part did: (neuron, late) for each trigger.
    pub fn follow(&mut self, part: usize, fired: &[Vec<(u32, f64)>], step: i64, dt_ms: f64) {
        if self.list.is_empty() {
            return;
        }
        for (trigger, fired) in fired.iter().enumerate() {
            for &(neuron, late) in fired {
                let source = (part, trigger, neuron);
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
}
