//! 2. Land: append batches to the landing table.
//!
//! Receives [`Batch`](crate::entry::Batch)es, hands on committed snapshots. Data, dead letters and
//! high-water marks become true together: dead letters are on disk before the commit, and the
//! marks travel in the summary of the snapshot that holds the data they cover.

mod dead_letter;
mod landing_table;
mod landings;
mod marks;
mod recognition;
mod versions;

pub use landing_table::{LandReport, LandingTable};
pub use landings::landings;
pub use marks::current as marks;
pub use recognition::Recognition;
pub use versions::landed_versions;
