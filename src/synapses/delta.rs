//! The delta synapse: all its charge at once.
//!
//!   V -> V + w
//! It changes V_m at the grid point of its arrival, before the threshold is tested; a refractory cell drops it.

use super::Synapse;
use crate::model::ModelInfo;

pub const INFO: ModelInfo = ModelInfo {
    name: "delta",
    summary: "an instantaneous jump of V_m by the weight (a charge, on cables)",
    equations: "V -> V + w",
    reference: "Stein 1965, Biophys J 5:173-194",
    parameters: &[],
    variables: &[],
};

pub fn build(_: &[f64], _: f64) -> Result<Synapse, String> {
    Ok(Synapse::Delta)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_no_time_course() {
        assert_eq!(build(&[], 0.1), Ok(Synapse::Delta));
    }
}
