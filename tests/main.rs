//! The integration tests, one binary; a line for what each module holds.

/// Every file in configs/ checks, runs and keeps its promises.
mod configs;
/// Every message that a mistaken config can cause, as golden text in `snapshots/`.
mod errors;
/// Pictures of real runs: labels, marks, sizes, the same bytes each time.
mod plots;
/// What must hold for any network and any text, tried on random ones.
mod properties;
/// The style, checked by reading the sources: floors, lengths, what may not stand in the code.
mod tidy;
