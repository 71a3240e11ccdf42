pub mod error;
pub mod files;
pub mod model;
pub mod num;
pub mod config;
pub mod neurons;
pub mod recording;
pub mod report;
