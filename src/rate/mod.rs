//! The network with the biology taken out: numbers instead of spikes, an activation function instead of channels.

pub mod layers;
pub mod shapes;
