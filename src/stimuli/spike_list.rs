//! Spikes at listed times: `times` for every neuron of `to`, or a `file` whose rows name the neuron.
//!
//! Each spike acts through the stimulus' `synapse` with its `weight`, without a delay. Its keys are not numbers: they
//! are read where files are.

use crate::model::ModelInfo;

pub const INFO: ModelInfo = ModelInfo {
    name: "spike_list",
    summary: "spikes at the times given (`times` or `file`)",
    equations: "spikes at t_1, t_2, ...",
    reference: "-",
    parameters: &[],
    variables: &[],
};

#[cfg(test)]
mod tests {
    #[test]
    fn its_keys_are_not_numbers() {
        assert!(super::INFO.parameters.is_empty());
        assert!(["times", "file"].iter().all(|key| super::INFO.summary.contains(key)));
    }
}
