//! Rows as Arrow columns, with the marks that must be committed with them.

use arrow::array::RecordBatch;
use serde::{Deserialize, Serialize};

/// An entry that could not be converted, kept whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// Source name, as in `_source`.
    pub source: String,
    /// `file:offset`, or `collection _id`.
    pub position: String,
    /// Why it could not be converted.
    pub reason: String,
    /// The entry as received; bytes that are not UTF-8 are kept as base64 with the prefix `base64:`.
    pub payload: String,
}

/// New value of one high-water mark. Marks travel in the summary of the snapshot that holds the
/// data they cover, so that no crash can separate them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarkUpdate {
    /// Name of the mark; unique over all sources (`transcripts:<file hash>`, `mongo:<db>.<collection>`).
    pub key: String,
    /// Value, a JSON document the source alone understands; `None` forgets the mark.
    pub value: Option<String>,
}

/// What became of the entries a batch covers: `read = landed + duplicates + dead_lettered`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtractCounts {
    /// Entries seen, not counting control rows.
    pub read: u64,
    /// Entries handed to the landing table.
    pub landed: u64,
    /// Entries that were already landed in the same version.
    pub duplicates: u64,
    /// Entries that could not be converted.
    pub dead_lettered: u64,
    /// Bytes read from the source.
    pub bytes: u64,
}

impl std::ops::AddAssign for ExtractCounts {
    fn add_assign(&mut self, other: Self) {
        self.read += other.read;
        self.landed += other.landed;
        self.duplicates += other.duplicates;
        self.dead_lettered += other.dead_lettered;
        self.bytes += other.bytes;
    }
}

/// What extract hands to land: columns, dead letters and the marks reached by them.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Rows in the schema of [`arrow_schema`](super::schema::arrow_schema); may be empty when only marks move.
    pub records: RecordBatch,
    /// Entries that could not be converted.
    pub dead_letters: Vec<DeadLetter>,
    /// Marks that are true once `records` and `dead_letters` are durable.
    pub marks: Vec<MarkUpdate>,
    /// What became of the entries.
    pub counts: ExtractCounts,
}
