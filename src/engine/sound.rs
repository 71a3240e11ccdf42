//! The look at the numbers: a state that no neuron can have ends a run.

use super::deliver::Sums;
use super::exchange::Failure;
use super::part::{Part, PartBody};
use crate::network::Network;
use crate::num::dispatch::{self, Task};

/// Beyond this no membrane is (mV).
const ABSURD_MV: f64 = 1e5;

impl Part {
    /// A state that is not finite, or that no membrane has.
    pub fn failure(&self, network: &Network, step: i64) -> Option<Failure> {
        let whole = &network.populations[self.population];
        let found = match &self.body {
            PartBody::Point(point) => point.columns.iter().enumerate().find_map(|(column, values)| {
                let values = &values[..self.range.len()];
                // A unit without a dimension may be as large as it likes.
                let membrane = whole.model().variables[column].unit == "mV";
                let most = if membrane { ABSURD_MV } else { f64::MAX };
                if !dispatch::run(AnyBeyond { values, most }) {
                    return None;
                }
                let cell = values.iter().position(|v| !is_within(*v, most))?;
                Some((cell, whole.model().variables[column].name.to_string(), values[cell]))
            }),
            PartBody::Cable(cable) => cable.blocks.iter().enumerate().find_map(|(block, cells)| {
                let (lane, v) = cells.first_absurd(ABSURD_MV)?;
                Some((block * cable.lanes + lane, "V_m".to_string(), v))
            }),
            _ => None,
        };
        let (cell, variable, value) = found?;
        Some(Failure { population: self.population, neuron: self.range.start + cell, variable, value, step })
    }
}

impl Part {
    /// A synapse whose state is not finite.
    pub fn synaptic_failure(&self, network: &Network, sums: &Sums, step: i64) -> Option<Failure> {
        self.ports.iter().find_map(|own| {
            let cells = 0..self.range.len();
            let cell = cells.into_iter().find(|cell| !own.state_in(sums, *cell).is_finite())?;
            let port = &network.ports[own.port];
            let letter = if port.reversal.is_some() { "g" } else { "I" };
            let variable = format!("{letter}.{}", port.synapse_name);
            let (neuron, value) = (self.range.start + cell, own.state_in(sums, cell));
            Some(Failure { population: self.population, neuron, variable, value, step })
        })
    }
}

/// Not a number is not within any bound.
#[inline(always)]
fn is_within(v: f64, most: f64) -> bool {
    v.abs() <= most
}

/// Whether any of the values is beyond the bound: a fold over all is a vector loop, a search is not.
struct AnyBeyond<'a> {
    values: &'a [f64],
    most: f64,
}

impl Task for AnyBeyond<'_> {
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        let beyond = |v: &f64| if is_within(*v, self.most) { 0 } else { u64::MAX };
        self.values.iter().fold(0, |any, v| any | beyond(v)) != 0
    }
}
