//! What every source offers.

use std::collections::BTreeMap;

use crate::entry::Batch;
use crate::error::Result;
use crate::event::Observer;

/// High-water marks by key, as the last committed snapshot holds them.
pub type Marks = BTreeMap<String, String>;

/// Receives batches; blocks while downstream is busy (back-pressure). An error means that the
/// consumer is gone: the source stops and returns that error.
pub trait Sink {
    /// Takes one batch. Batches are committed in the order they are given.
    fn accept(&mut self, batch: Batch) -> Result<()>;
}

/// Answers which version of an entry is landed, so that re-read entries are not landed twice.
pub trait VersionLookup: Send + Sync {
    /// Fingerprints (`_content_hash`) by `_id` of the entries of `source` whose `_ingested_at` lies
    /// from `since` to `until` (µs since the epoch).
    fn landed_between(
        &self,
        source: &str,
        since: i64,
        until: i64,
    ) -> Result<std::collections::HashMap<String, i64>>;
}

/// A source of entries.
pub trait Source {
    /// Name for people and for `_source`.
    fn name(&self) -> String;

    /// Reads everything beyond `marks` into `sink`.
    ///
    /// `full` ignores the marks and reads everything again.
    fn read(
        &self,
        marks: &Marks,
        full: bool,
        sink: &mut dyn Sink,
        observer: &dyn Observer,
    ) -> Result<()>;
}
