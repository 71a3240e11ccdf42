//! Numbers that are the same on every machine: exponentials, random streams.
pub mod rng;
