//! The integration tests: whole configs, run as a user runs them, held against what is known from elsewhere.
//!
//! One binary, so that it links once. Every module says at its top what it holds and where its numbers come from.

/// Running a config, reading reference data, measuring errors and their order.
mod support;

/// The published and converged numbers of other simulators and of theory: squid membrane and axon, Rallpacks, NEST.
mod reference;

/// Halve dt: the error falls by 2^p, with the p that the engine claims.
mod convergence;

/// The same for channels, calcium, terminals and receptors.
mod convergence_biology;
/// The same bits for any number of threads, and for any order of tables.
mod determinism;

/// Every message of mistakes in what is biological, as golden text.
mod biology_errors;
/// What the command line answers, and how it ends.
mod cli;
/// Every file in configs/ checks, runs and keeps its promises.
mod configs;
/// The same for a layered contrast and the samples that it names.
mod contrast_errors;
/// One neuron beside one unit: what the config that ships says of itself is true.
mod contrast_neuron;
/// Every message that a mistaken config can cause, as golden text in `snapshots/`.
mod errors;
/// What `check` tells of networks: connections, files of spikes, plots that could not be drawn.
mod network_errors;
/// Pictures of real runs: labels, marks, sizes, the same bytes each time.
mod plots;
/// What must hold for any network and any text, tried on random ones.
mod properties;

/// Channels, calcium, terminals, receptors, clamps and reconstructions.
mod biology;
/// Cells with a shape and channels: distances along the tree, rest, names.
mod cells;
/// Electrodes that hold the potential: how tightly, and what is a spike.
mod clamps;
/// Rates and currents that follow a course in time.
mod courses;
/// Spikes from outside: in common, in windows of time, from NumPy archives.
mod inputs;
/// Sizes, numbers and disks that are too large, too small or full.
mod limits;
/// Where cells begin, and from when on measures wait.
mod onsets;
/// Pulses of transmitter that spikes bring to receptors.
mod pulses;
/// Release by chance, vesicle by vesicle.
mod quantal;
/// Chance as asked for, over many seeds; events that are not lost, sums that are exact.
mod randomness;
/// Configs with their defaults written out.
mod resolved;
/// Synapses that change by use.
mod short_term;
/// Mistakes that would otherwise pass in silence.
mod silence;
/// Neurons with positions, and connections of files.
mod space;
/// Pictures that show the parts of a synapse, or of a tree, that were asked for.
mod synapse_pictures;
/// The style, checked by reading the sources: floors, lengths, what may not stand in the code.
mod tidy;
/// Recorders that look for a while, and at some neurons: what pictures say is said of these.
mod windows;
/// Who is joined with whom, by what number, in whatever order it is written.
mod wiring;
