//! The integration tests, one binary; a line for what each module holds.

/// The style, checked by reading the sources: floors, lengths, what may not stand in the code.
mod tidy;
