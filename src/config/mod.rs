//! What the user wrote.
pub mod value;
