//! Swaps what readers open, atomically: one Parquet file per mart, and a tiny catalog of views.
//!
//! ```text
//! published/
//!   cca.duckdb          views over current/<relation>.parquet; what a BI tool opens
//!   current -> gen-12   replaced in one step by every publication
//!   gen-12/             <relation>.parquet, manifest.json
//!   gen-11/ …           kept for readers that are still at it
//!   catalog.json        fingerprint of the views in cca.duckdb
//! ```
//!
//! Guarantees: nobody but this program opens the warehouse; an open connection of a reader sees the
//! new generation with its next query, and no run waits for it; a crash at any point leaves a whole
//! generation in place; every published column is a flat scalar with the comment of the warehouse.

mod catalog;
mod folder;
mod generation;
mod parts;
mod publication;
mod relations;

#[cfg(test)]
mod tests;

pub use generation::{Change, Changes};
pub use publication::{PublishReport, PublishState, publish, state};
