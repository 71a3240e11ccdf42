//! The integration tests, one binary; a line for what each module holds.

/// The style, checked by reading the sources: floors, lengths, what may not stand in the code.
mod tidy;

/// Every message that a mistaken config can cause, as golden text in `snapshots/`.
mod errors;
