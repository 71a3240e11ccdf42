pub mod error;
pub mod model;
pub mod num;
pub mod config;
pub mod neurons;
pub mod recording;
pub mod plots;
