//! Calcium inside the compartments of a block: where channels let it in and a pool holds it.

use super::block::Block;
use super::tree::Tree;
use crate::mechanisms::{ALL, Calcium, Site};

/// Concentrations and currents; all empty where no mechanism has to do with calcium.
pub(super) struct Pool {
    /// mM, now and a stage ago.
    pub now: Vec<f64>,
    pub before: Vec<f64>,
    /// mM, in the middle of the interval over which gates are about to go.
    pub middle: Vec<f64>,
    /// uA/cm^2, outward positive.
    pub current: Vec<f64>,
    /// The membrane that holds it, if one does.
    holder: bool,
}

impl Pool {
    pub fn new(tree: &Tree, lanes: usize) -> Pool {
        let calcium = |wanted: fn(Calcium) -> bool| tree.painted.iter().any(|p| wanted(ALL[p.mechanism].calcium));
        let used = calcium(|calcium| calcium != Calcium::Ignored);
        let list = |value: f64| vec![value; if used { tree.nodes() * lanes } else { 0 }];
        let inside = tree.calcium_inside;
        let holder = calcium(|calcium| calcium == Calcium::Held);
        Pool { now: list(inside), before: list(inside), middle: list(inside), current: list(0.0), holder }
    }
}

impl Block {
    /// At the start, or where a pool was set: there is no earlier value.
    pub(super) fn find_calcium(&mut self) {
        if self.calcium.holder {
            self.read_pools();
            self.calcium.before.copy_from_slice(&self.calcium.now);
        }
    }

    fn read_pools(&mut self) {
        for membrane in self.membranes.iter().filter(|m| ALL[m.mechanism].calcium == Calcium::Held) {
            let own = membrane.nodes();
            membrane.read_first(self.lanes, &mut self.calcium.now[own.start * self.lanes..own.end * self.lanes]);
        }
    }

    /// A compartment at rest at `v`: calcium where pool and channels balance each other.
    pub(super) fn resting_site(&self, node: usize, lane: usize, v: f64) -> Site {
        let calcium = self.tree.calcium_inside;
        let mut site = Site { v, calcium, calcium_current: 0.0, thermal: self.thermal };
        if !self.calcium.holder {
            return site;
        }
        for _ in 0..MOST_PASSES {
            let (mut current, mut held) = (0.0, None);
            for membrane in self.membranes_near(node) {
                let Some(element) = membrane.element(node, self.lanes, lane) else { continue };
                match ALL[membrane.mechanism].calcium {
                    Calcium::Carried => {
                        let (g, drive) = membrane.kernel.steady_conductance(element, &site);
                        current += g * v - drive;
                    }
                    Calcium::Held => {
                        let site = Site { calcium_current: current, ..site };
                        held = Some(membrane.kernel.steady_first(element, &site));
                    }
                    _ => {}
                }
            }
            let Some(held) = held else { break };
            let moved = (held - site.calcium).abs();
            site = Site { calcium: held, calcium_current: current, ..site };
            if moved < 1e-12 * held {
                break;
            }
        }
        site
    }
}

/// Calcium acts back on its current by its driving force alone, a few parts in a hundred: each pass gains two digits.
const MOST_PASSES: usize = 20;
