//! Spikes beside numbers: one network, two codes, compared.

pub mod data;
pub mod plan;
pub mod seen;
