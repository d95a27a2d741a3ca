//! What a run did, for people, for the journal and as JSON.
//!
//! Plain owned values: no type of a stage appears, so that the printed report and the stages can
//! change apart. Durations are seconds in JSON; money is a decimal text.

mod checks;
mod findings;
mod shown;
mod state;

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

pub use self::checks::{
    BrokenExpectation, CheckFailure, CheckHistory, CheckReport, CheckedSuite, PastCheck,
    ProposedSuite, Severity, SuiteFault, SuiteValidation,
};
pub use self::findings::{DoctorReport, Finding, Level};
pub use self::shown::{ShowReport, ShownColumn};
pub use self::state::{
    LandingStatus, LastRun, LockStatus, PublishedStatus, StatusReport, UnpricedModel,
    WarehouseStatus,
};
use crate::entry::ExtractCounts;
use crate::error::Error;
use crate::event::{Stage, Status};
pub use crate::transform::Extent;

/// Everything one run did.
#[derive(Clone, Debug, Serialize)]
pub struct RunReport {
    /// Identifier, ordered by time.
    pub run_id: String,
    /// The command: `backfill`, `sync`, …
    pub command: String,
    /// When it began.
    pub started_at: Timestamp,
    /// Wall time of the whole run.
    #[serde(serialize_with = "seconds")]
    pub elapsed: Duration,
    /// Wall time of each stage, in order.
    pub stages: Vec<StageTiming>,
    /// What was read, if asked for.
    pub extract: Option<ExtractReport>,
    /// What was appended to the landing table.
    pub land: Option<LandReport>,
    /// What was merged into the warehouse.
    pub load: Option<LoadReport>,
    /// Models and seeds built.
    pub transform: Option<TransformReport>,
    /// Expectations evaluated.
    pub check: Option<CheckReport>,
    /// What readers now open.
    pub publish: Option<PublishReport>,
    /// What the marts say; absent when they were not built.
    pub summary: Option<Summary>,
    /// Where everything lies.
    pub places: Places,
    /// Demonstration transcripts generated because the source was empty.
    pub demo: Option<DemoReport>,
    /// Sentences that need attention, in the order they came up.
    pub notices: Vec<String>,
    /// What an operation printed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub printed: Vec<String>,
    /// Peak resident memory of the process in bytes.
    pub peak_memory: Option<u64>,
}

impl RunReport {
    /// A report in which nothing happened yet.
    #[must_use]
    pub fn new(run_id: String, command: &str, started_at: Timestamp, places: Places) -> Self {
        Self {
            run_id,
            command: command.to_owned(),
            started_at,
            elapsed: Duration::ZERO,
            stages: Vec::new(),
            extract: None,
            land: None,
            load: None,
            transform: None,
            check: None,
            publish: None,
            summary: None,
            places,
            demo: None,
            notices: Vec::new(),
            printed: Vec::new(),
            peak_memory: None,
        }
    }
}

/// Wall time of one stage.
#[derive(Clone, Debug, Serialize)]
pub struct StageTiming {
    /// Which.
    pub stage: Stage,
    /// How long.
    #[serde(serialize_with = "seconds")]
    pub elapsed: Duration,
}

/// What extract did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ExtractReport {
    /// One item per source, in the order they were read.
    pub sources: Vec<SourceReport>,
}

impl ExtractReport {
    /// Sums over all sources.
    #[must_use]
    pub fn totals(&self) -> ExtractCounts {
        let mut totals = ExtractCounts::default();
        for source in &self.sources {
            totals += source.counts;
        }
        totals
    }

    /// Files or collections read, over all sources.
    #[must_use]
    pub fn files(&self) -> u64 {
        self.sources.iter().map(|source| source.files).sum()
    }
}

/// What one source gave.
#[derive(Clone, Debug, Serialize)]
pub struct SourceReport {
    /// Name for people, without secrets.
    pub name: String,
    /// `read = landed + duplicates + dead_lettered`.
    pub counts: ExtractCounts,
    /// Files (transcripts) or collections (MongoDB) read.
    pub files: u64,
}

/// What land did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LandReport {
    /// Snapshots committed.
    pub snapshots: u64,
    /// Rows added.
    pub rows: u64,
    /// Data files added.
    pub files: u64,
    /// Bytes of these files.
    pub bytes: u64,
}

/// What load did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LoadReport {
    /// Data files read.
    pub files: u64,
    /// Rows inserted.
    pub inserted: u64,
    /// Rows replaced by a newer version.
    pub updated: u64,
    /// Rows removed by tombstones.
    pub deleted: u64,
    /// Rows already there, unchanged or newer.
    pub unchanged: u64,
}

/// What transform did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TransformReport {
    /// Seeds and models in the order they ended.
    pub units: Vec<UnitReport>,
}

impl TransformReport {
    /// The units that wrote something, each with what of its relation it wrote.
    pub fn changed(&self) -> impl Iterator<Item = (&str, Extent)> {
        self.units
            .iter()
            .filter(|unit| unit.status == Status::Ok && unit.written != Extent::Nothing)
            .map(|unit| (unit.name.as_str(), unit.written))
    }

    /// How many ended with `status`.
    #[must_use]
    pub fn count(&self, status: Status) -> usize {
        self.units
            .iter()
            .filter(|unit| unit.status == status)
            .count()
    }
}

/// One model or seed.
#[derive(Clone, Debug, Serialize)]
pub struct UnitReport {
    /// Unique: `model.package.name`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `model` or `seed`.
    pub kind: String,
    /// `view`, `table`, `incremental`, `seed`, …
    pub materialization: String,
    /// Result.
    pub status: Status,
    /// Rows written, where the materialization knows them.
    pub rows: Option<u64>,
    /// What of it was written, if it ended well.
    pub written: Extent,
    /// Bytes of the files written, where the unit is files.
    pub bytes: Option<u64>,
    /// What a test found, where it could be counted.
    pub failures: Option<u64>,
    /// Wall time.
    #[serde(serialize_with = "seconds")]
    pub elapsed: Duration,
    /// Error or reason of a skip.
    pub message: Option<String>,
    /// Why it failed, whole.
    pub error: Option<Error>,
}

/// What publish did.
#[derive(Clone, Debug, Serialize)]
pub struct PublishReport {
    /// Number of the generation.
    pub generation: u64,
    /// Relations in it.
    pub relations: u64,
    /// Bytes written for it.
    pub bytes: u64,
    /// The file BI tools open.
    pub path: PathBuf,
}

/// What the marts say about everything loaded so far.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// Sessions.
    pub sessions: u64,
    /// Projects.
    pub projects: u64,
    /// Entries in the warehouse.
    pub entries: u64,
    /// API responses, each counted once.
    pub api_calls: u64,
    /// Prompts typed by people.
    pub prompts: u64,
    /// Tool calls.
    pub tool_calls: u64,
    /// Input tokens that did not touch the cache.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Tokens written to the cache.
    pub cache_creation_tokens: u64,
    /// Tokens read from the cache.
    pub cache_read_tokens: u64,
    /// Cost at list prices in US dollars, exact decimal digits.
    pub cost_usd: String,
    /// Models without a price, which the cost leaves out.
    pub unpriced_models: Vec<String>,
    /// Share (0–1) of responses whose output tokens are provisional.
    pub provisional_share: f64,
    /// Most used tools, descending by calls.
    pub top_tools: Vec<ToolSummary>,
    /// Models by cost, descending.
    pub top_models: Vec<ModelSummary>,
    /// First local day with activity.
    pub first_day: Option<Date>,
    /// Last local day with activity.
    pub last_day: Option<Date>,
    /// Days with activity.
    pub active_days: u64,
}

/// Use of one tool.
#[derive(Clone, Debug, Serialize)]
pub struct ToolSummary {
    /// Tool name.
    pub name: String,
    /// Calls.
    pub calls: u64,
    /// Share (0–1) of calls with a result that succeeded; `None` without results.
    pub success_rate: Option<f64>,
}

/// Use of one model.
#[derive(Clone, Debug, Serialize)]
pub struct ModelSummary {
    /// Model name.
    pub name: String,
    /// API responses.
    pub calls: u64,
    /// All tokens.
    pub tokens: u64,
    /// Cost at list prices in US dollars; `None` without a price.
    pub cost_usd: Option<String>,
}

/// Where a run reads and writes.
#[derive(Clone, Debug, Serialize)]
pub struct Places {
    /// Folder of everything written.
    pub data_dir: PathBuf,
    /// Folder of the landing table.
    pub lake: PathBuf,
    /// The warehouse file.
    pub warehouse: PathBuf,
    /// The file BI tools open.
    pub published: PathBuf,
    /// Folder of dead letters.
    pub dead_letters: PathBuf,
}

/// One node of the project graph, as `cca ls` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NodeSummary {
    /// Unique: `model.package.name`.
    pub id: String,
    /// Name.
    pub name: String,
    /// `model`, `seed`, `source`, `expectation`, …
    pub kind: String,
    /// `view`, `table`, `incremental`, …; empty where there is none.
    pub materialization: String,
    /// Schema it is built in; empty where there is none.
    pub schema: String,
    /// Tags, sorted.
    pub tags: Vec<String>,
    /// Names it depends on directly, sorted.
    pub depends_on: Vec<String>,
    /// Path below the project.
    pub path: String,
    /// `embedded`, or the file on disk.
    pub origin: String,
    /// In what it differs from the earlier state, where one is given.
    pub why: Vec<String>,
}

/// One model after rendering, as `cca compile` prints it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CompiledModel {
    /// Name.
    pub name: String,
    /// Path below the project.
    pub path: String,
    /// The SQL the warehouse would see.
    pub sql: String,
}

/// What `demo` generated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DemoReport {
    /// Transcripts written.
    pub files: u64,
    /// Lines written.
    pub entries: u64,
    /// Bytes written.
    pub bytes: u64,
    /// Sessions in them.
    pub sessions: u64,
    /// Folder they are in.
    pub path: PathBuf,
}

fn seconds<S: serde::Serializer>(value: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(value.as_secs_f64())
}
