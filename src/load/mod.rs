//! 3. Load: merge data files added since the last loaded snapshot into the warehouse.
//!
//! Receives a list of data files and the snapshot they lead to, guarantees that
//! `raw.conversations` holds the newest version of every entry and that the loaded snapshot is
//! recorded in the transaction that merges it.

mod landings;
mod merge;
mod schema;
mod transcripts;

pub use merge::{LoadReport, LoadRequest, last_loaded_snapshot, load, loaded_snapshot};
pub use schema::{ACCOUNTS, entries};
pub use transcripts::lacks_transcripts;
