//! What a run tells of itself: `run.json` for tools, a few lines for the one who waited.
//!
//! Both are made of a [`RunReport`] (how it ran) and a [`Recording`](crate::recording::Recording) (what was seen).

pub mod memory;
pub mod run_json;
pub mod summary;

pub use memory::peak_rss_mib;
pub use run_json::{ExpectationSeen, RunReport, Seeds, Status, WallSeconds, run_json};
pub use summary::summary;
