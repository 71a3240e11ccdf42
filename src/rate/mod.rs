//! The network with the biology taken out: numbers instead of spikes, an activation function instead of channels.

pub mod adam;
pub mod fit;
pub mod fluctuation;
pub mod inputs;
pub mod layers;
pub mod population_network;
pub mod relax;
pub mod shapes;
pub mod surrogate;
pub mod train;
pub mod units;
