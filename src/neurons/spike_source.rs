//! A neuron that fires at listed times, with no membrane: something to project from.
//!
//! Its keys, `times` or `file`, are not numbers: they are read where files are.

use crate::model::ModelInfo;

pub const INFO: ModelInfo = ModelInfo {
    name: "spike_source",
    summary: "a source of spikes at the times given (`times` or `file`)",
    equations: "spikes at t_1, t_2, ...",
    reference: "-",
    parameters: &[],
    variables: &[],
};

#[cfg(test)]
mod tests {
    /// Nothing to integrate, nothing to record but its spikes.
    #[test]
    fn it_has_neither_numbers_nor_state() {
        assert!(super::INFO.parameters.is_empty() && super::INFO.variables.is_empty());
    }
}
