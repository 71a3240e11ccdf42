//! Cells with a shape: sections cut into compartments, joined by axial and gap-junction conductances, solved implicitly.
//!
//! ```text
//! C dV/dt = - sum of mechanisms g (V - E) + axial currents + loads      in each compartment
//!       0 =                                 axial currents + loads      at ends and junctions, which have no area
//! ```
//! A [`Tree`] says what is constant about one cell. A [`Block`] holds the state of many cells ("lanes") with the same tree;
//! its arrays are indexed `node * lanes + lane`, so that every loop runs across cells (and, for a single long cable, along
//! it). [`step`] takes blocks from k to k+1 under their [`Load`]s, together where [`Gap`] junctions join them.
//! Units: mV, ms, um, pA, nS, pF; densities are mS/cm^2, uF/cm^2, uA/cm^2; resistivity is ohm cm.

mod block;
mod calcium;
mod constants;
mod gaps;
pub mod morphology;
mod pieces;
mod rest;
mod segments;
mod shape;
pub mod solver;
mod spread;
mod sweeps;
mod tree;
mod unusual;

#[cfg(test)]
mod import3d_tests;
#[cfg(test)]
mod passive_tests;
#[cfg(test)]
mod reference;

pub use block::{Block, Overridden, Override};
pub use gaps::{Gap, TooManyGaps, Workspace};
pub use solver::{Load, STAGE_TIMES, STAGES, crossing_fraction, step, step_apart};
pub use tree::{Place, SectionSpec, Tree};
