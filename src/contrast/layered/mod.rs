//! The layered contrast: one trained network, as numbers and in spikes.

pub mod convert;
mod network;
pub mod spiking;
mod watch;
