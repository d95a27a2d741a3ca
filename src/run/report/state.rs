//! Where a project stands.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::{Places, seconds};

/// The state of a data folder, as `cca status` prints it.
#[derive(Clone, Debug, Serialize)]
pub struct StatusReport {
    /// Where everything lies.
    pub places: Places,
    /// Landing table; `None` before the first landing.
    pub landing: Option<LandingStatus>,
    /// Warehouse; `None` before the first load.
    pub warehouse: Option<WarehouseStatus>,
    /// What readers open; `None` before the first publication.
    pub published: Option<PublishedStatus>,
    /// Dead letters on disk.
    pub dead_letters: u64,
    /// The run that holds the lock now.
    pub running: Option<LockStatus>,
    /// The last run that ended.
    pub last_run: Option<LastRun>,
}

/// State of the landing table.
#[derive(Clone, Debug, Serialize)]
pub struct LandingStatus {
    /// Current snapshot.
    pub snapshot_id: Option<i64>,
    /// When it was committed.
    pub committed_at: Option<Timestamp>,
    /// Snapshots kept.
    pub snapshots: u64,
    /// Rows, counting every version of an entry.
    pub rows: u64,
    /// Data files.
    pub files: u64,
    /// Bytes of these files.
    pub bytes: u64,
    /// High-water marks by source.
    pub marks: BTreeMap<String, String>,
}

/// State of the warehouse.
#[derive(Clone, Debug, Serialize)]
pub struct WarehouseStatus {
    /// Snapshot loaded last.
    pub loaded_snapshot_id: Option<i64>,
    /// Snapshots landed but not loaded.
    pub behind: u64,
    /// Entries in `raw.conversations`.
    pub entries: u64,
    /// Relations built from models and seeds.
    pub relations: u64,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Instant of the newest entry.
    pub newest_entry: Option<Timestamp>,
    /// Models without a price on the day of a response, the most used first.
    pub unpriced_models: Vec<UnpricedModel>,
}

/// A model whose responses cost nothing in the reports, because the price list does not hold it.
#[derive(Clone, Debug, Serialize)]
pub struct UnpricedModel {
    /// Model, as logged.
    pub model: String,
    /// Name it is looked up by in the price list.
    pub price_name: String,
    /// Responses without a price, answers of advisors included.
    pub api_calls: u64,
    /// Their tokens, all classes.
    pub tokens: u64,
}

/// State of what readers open.
#[derive(Clone, Debug, Serialize)]
pub struct PublishedStatus {
    /// Current generation.
    pub generation: u64,
    /// Generations kept.
    pub generations: u64,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// Relations in it.
    pub relations: u64,
    /// Bytes of it.
    pub bytes: u64,
}

/// The holder of the lock.
#[derive(Clone, Debug, Serialize)]
pub struct LockStatus {
    /// Process id.
    pub pid: u32,
    /// Host name.
    pub host: String,
    /// Command it runs.
    pub command: String,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// A run that ended.
#[derive(Clone, Debug, Serialize)]
pub struct LastRun {
    /// Identifier.
    pub run_id: String,
    /// Command.
    pub command: String,
    /// When it began.
    pub started_at: Timestamp,
    /// Wall time.
    #[serde(serialize_with = "seconds")]
    pub elapsed: Duration,
    /// Whether it ended well.
    pub succeeded: bool,
    /// First line of the error otherwise.
    pub message: Option<String>,
}
