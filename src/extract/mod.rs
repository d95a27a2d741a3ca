//! 1. Extract: read entries from a source, from its high-water mark on.
//!
//! Receives marks, hands on [`Batch`](crate::entry::Batch)es, guarantees that
//! `read = landed + duplicates + dead_lettered` and that memory does not grow with the input.

pub mod mongo;
mod source;
pub mod transcripts;

pub use source::{Marks, Sink, Source, VersionLookup};
