//! Numbers that are the same on every machine: elementary functions, random streams, and loops at full vector width.
//!
//! A run's digest must not depend on the processor, so nothing here asks the platform's libm, and no multiplication is fused with
//! an addition but where the code says so.
pub mod aligned;
pub mod bits;
pub mod dispatch;
pub mod divided;
pub mod math;
pub mod matrix;
pub mod poisson;
pub mod product;
pub mod rng;
