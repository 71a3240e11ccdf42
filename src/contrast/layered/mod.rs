//! The layered contrast: one trained network, as numbers and in spikes.

pub mod convert;
pub mod network;
pub mod spiking;
mod watch;
