//! Reference data: axonal against theory and against other simulators' converged solutions.
//!
//! `data/` holds one JSON file per case (parameters, expected numbers, the reference's own tolerance and how it was
//! cross-checked) and a CSV file where a trace is compared. Made with NEURON 9.0.2, Arbor 0.12.2, NEST 3.10.0, Brian2
//! 2.9.0 and SciPy 1.17 by refining dt and dx until nothing changed within the stated tolerance.

/// The files of the digits network.
mod contrast_curves;
mod contrast_data;
/// The digits network in spikes, where every sum is exact.
mod contrast_exact;
/// The digits network in numbers: inference, training, training as spikes.
mod contrast_relu;
/// Gap junctions: squid membranes, leaky integrators that fire, passive pairs.
mod gap;
/// The squid membrane at a point: spikes, f-I curve, thresholds, refractoriness.
mod hh_point;
/// NEST's squid membrane with alpha-shaped currents.
mod hh_psc_alpha;
/// Izhikevich's figure, and NEST's version of the model.
mod izhikevich;
/// LIF with current synapses: NEST's exact integration, spike for spike.
mod lif_current;
/// NEST's two protocols, as configs.
mod nest;
/// Rallpack 1, 2 and 3: cables and trees.
mod rallpack;
/// A passive cell with one synaptic event.
mod rc_synapse;
/// A network of 100 neurons, spike for spike as NEST and Brian2.
mod replay;
/// Neurons that reset on the grid: conductance-based LIF and AdEx, first order at spikes.
mod reset_first_order;
/// A ring of branched cells: a spike's journey through 33 synapses.
mod ring;
/// The squid's axon: velocity, shape, a step in diameter.
mod squid_axon;
mod traub;
