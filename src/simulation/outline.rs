//! A config that was understood, short of running it: what `axonal check` tells of.

use super::Simulation;
use crate::config::Config;
use crate::error::{Diagnostic, Error};
use crate::network::{self, Network};

/// As a [`Simulation`], but the number of its synapses may be an estimate, so that it cannot run.
pub struct Outline(Simulation);

impl Outline {
    /// Reads all of `config`, without drawing each of many synapses.
    ///
    /// # Errors
    /// As [`Simulation::new`].
    pub fn new(config: Config) -> Result<Outline, Error> {
        Simulation::with(config, network::outline).map(Outline)
    }

    pub fn network(&self) -> &Network {
        self.0.network()
    }

    pub fn config(&self) -> &Config {
        self.0.config()
    }

    pub fn warnings(&self) -> &[Diagnostic] {
        self.0.warnings()
    }

    /// The config with every default written out.
    pub fn resolved(&self) -> String {
        self.0.resolved()
    }
}

impl From<Simulation> for Outline {
    fn from(simulation: Simulation) -> Outline {
        Outline(simulation)
    }
}
