//! What a commit to the landing table says of itself.

use super::batch::ExtractCounts;

/// One commit: what was read for it and what became of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landing {
    /// Snapshot it made.
    pub snapshot_id: i64,
    /// The snapshot before it; `None` for the first of the table.
    pub follows: Option<i64>,
    /// When, in microseconds since the epoch.
    pub committed_at: i64,
    /// Run it belongs to.
    pub run_id: String,
    /// Rows it added, control rows among them.
    pub rows: u64,
    /// What became of the entries; `bytes` is not kept.
    pub counts: ExtractCounts,
}
