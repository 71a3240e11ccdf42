//! The public face.
pub mod render;
