//! All chemical synapses in one list, whether spikes or a potential open them: for those who count or draw them.

use super::Network;
use super::connections::Connections;
use super::synapses::weight_unit;

/// Those from one population to one port.
#[derive(Clone, Copy)]
pub struct Chemical<'n> {
    /// The number of its `[projection]`.
    pub projection: usize,
    pub name: &'n str,
    pub source: usize,
    pub port: usize,
    pub connections: &'n Connections,
    /// They wait for spikes, so their delays mean something.
    pub spiking: bool,
}

impl Chemical<'_> {
    /// The shortest and the longest delay, in steps.
    pub fn delay_bounds(&self) -> Option<(u32, u32)> {
        self.connections.delay_bounds().filter(|_| self.spiking)
    }

    /// What its weights are measured in.
    pub fn weight_unit(&self, network: &Network) -> &'static str {
        let port = &network.ports[self.port];
        // Who built the port asked, and was not refused.
        weight_unit(&network.populations[port.population].body, &port.synapse, port.reversal).unwrap_or("")
    }
}

impl Network {
    /// In the order of the projections.
    pub fn chemical(&self) -> Vec<Chemical<'_>> {
        let pathways = self.pathways.iter().map(|pathway| Chemical {
            projection: pathway.projection,
            name: &pathway.name,
            source: pathway.source,
            port: pathway.port,
            connections: &pathway.connections,
            spiking: true,
        });
        let graded = self.graded.iter().map(|graded| Chemical {
            projection: graded.projection,
            name: &graded.name,
            source: graded.source,
            port: graded.port,
            connections: &graded.connections,
            spiking: graded.trigger().is_some(),
        });
        let mut all: Vec<Chemical> = pathways.chain(graded).collect();
        all.sort_by_key(|chemical| chemical.projection);
        all
    }

    /// Chemical synapses, all projections together.
    pub fn synapses(&self) -> u64 {
        self.chemical().iter().map(|chemical| chemical.connections.len()).sum()
    }
}
