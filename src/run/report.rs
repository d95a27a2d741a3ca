//! What a run did, for people, for the journal and as JSON.
//!
//! Plain owned values: no type of a stage appears, so that the printed report and the stages can
//! change apart. Durations are seconds in JSON; money is a decimal text.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::entry::ExtractCounts;
use crate::event::{Stage, Status};

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
    /// Names of the relations whose contents may differ from before this run.
    #[must_use]
    pub fn changed(&self) -> BTreeSet<String> {
        let changed = self.units.iter().filter(|unit| {
            unit.status == Status::Ok
                && !(unit.materialization == "incremental" && unit.rows == Some(0))
        });
        changed.map(|unit| unit.name.clone()).collect()
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
    /// Bytes of the files written, where the unit is files.
    pub bytes: Option<u64>,
    /// Wall time.
    #[serde(serialize_with = "seconds")]
    pub elapsed: Duration,
    /// Error or reason of a skip.
    pub message: Option<String>,
}

/// What check found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CheckReport {
    /// Expectations met.
    pub passed: u64,
    /// Expectations of severity `warn` not met.
    pub warned: u64,
    /// Expectations of severity `error` not met.
    pub failed: u64,
    /// Expectations that could not be evaluated.
    pub errored: u64,
    /// Expectations left out because an earlier one failed and the check was to stop there.
    pub skipped: u64,
    /// Every expectation that was not met or not evaluated, in the order of the suites.
    pub failures: Vec<CheckFailure>,
    /// Every outcome in full, for machines.
    pub outcomes: Vec<serde_json::Value>,
    /// The same by suite, for people.
    #[serde(skip)]
    pub suites: Vec<CheckedSuite>,
    /// The same in the shape of validation results, where a check was all that was asked for.
    #[serde(skip)]
    pub validation: Option<serde_json::Value>,
}

/// A suite as it is told to people.
#[derive(Clone, Debug, Default)]
pub struct CheckedSuite {
    /// Its name.
    pub name: String,
    /// `schema.name` of its table.
    pub table: Option<String>,
    /// Expectations met.
    pub passed: u64,
    /// All its expectations.
    pub total: u64,
    /// Those not met or not evaluated, in the order of the file.
    pub broken: Vec<BrokenExpectation>,
}

/// An expectation that was not met, with what explains it.
#[derive(Clone, Debug)]
pub struct BrokenExpectation {
    /// Its name in the suite.
    pub name: String,
    /// One sentence.
    pub message: String,
    /// Why the expectation is there.
    pub why: Option<String>,
    /// `file:line` of the declaration.
    pub place: String,
    /// `warn` or `error`.
    pub severity: Severity,
    /// Whether it could not be evaluated at all.
    pub errored: bool,
    /// Rows that break it, if they were counted.
    pub unexpected: Option<u64>,
    /// Names of the columns of `sample`.
    pub columns: Vec<String>,
    /// Some of the rows that break it.
    pub sample: Vec<Vec<String>>,
}

impl CheckReport {
    /// Expectations evaluated or tried.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.passed + self.warned + self.failed + self.errored
    }

    /// Whether the run may go on: nothing of severity `error` failed.
    #[must_use]
    pub fn is_success(&self) -> bool {
        !self
            .failures
            .iter()
            .any(|failure| failure.severity == Severity::Error)
    }
}

/// One expectation that was not met.
#[derive(Clone, Debug, Serialize)]
pub struct CheckFailure {
    /// `suite.expectation`.
    pub name: String,
    /// Short explanation for people.
    pub message: String,
    /// `warn` or `error`.
    pub severity: Severity,
    /// Whether it could not be evaluated at all.
    pub errored: bool,
}

/// A suite proposed from data.
#[derive(Clone, Debug, Serialize)]
pub struct ProposedSuite {
    /// `schema.name` of the table.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// Expectations proposed, all of which the data meet.
    pub expectations: u64,
    /// The suite as YAML.
    pub text: String,
}

/// What came of one expectation in earlier checks.
#[derive(Clone, Debug, Serialize)]
pub struct CheckHistory {
    /// `suite.expectation(column)`.
    pub name: String,
    /// The checks, the oldest first.
    pub checks: Vec<PastCheck>,
}

/// One expectation in one earlier check.
#[derive(Clone, Debug, Serialize)]
pub struct PastCheck {
    /// When.
    pub checked_at: Timestamp,
    /// Run it belongs to.
    pub run_id: String,
    /// `passed`, `failed` or `error`.
    pub status: &'static str,
    /// `warn` or `error`.
    pub severity: String,
    /// What was found, for people.
    pub observed: String,
    /// The number in it that a trend is made of.
    pub figure: Option<f64>,
    /// Rows that broke it.
    pub unexpected_count: Option<u64>,
    /// Their share of the rows with a value, in percent.
    pub unexpected_percent: Option<f64>,
    /// One sentence for people.
    pub message: String,
}

/// How serious an unmet expectation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Told, and the run goes on.
    Warn,
    /// Fails the run.
    Error,
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

/// What `cca doctor` found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DoctorReport {
    /// Findings in the order they were looked for.
    pub findings: Vec<Finding>,
}

impl DoctorReport {
    /// The most serious level found.
    #[must_use]
    pub fn worst(&self) -> Level {
        self.findings
            .iter()
            .map(|finding| finding.level)
            .max()
            .unwrap_or(Level::Ok)
    }
}

/// One thing looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How it is.
    pub level: Level,
    /// What was looked at: `data folder`, `warehouse`, …
    pub subject: String,
    /// What was seen.
    pub message: String,
    /// What to do, one imperative sentence.
    pub remedy: Option<String>,
}

impl Finding {
    /// Something in order.
    pub fn ok(subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            level: Level::Ok,
            subject: subject.into(),
            message: message.into(),
            remedy: None,
        }
    }

    /// Something that works but deserves attention.
    pub fn warn(
        subject: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Warn,
            subject: subject.into(),
            message: message.into(),
            remedy: Some(remedy.into()),
        }
    }

    /// Something that will make a run fail.
    pub fn error(
        subject: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Error,
            subject: subject.into(),
            message: message.into(),
            remedy: Some(remedy.into()),
        }
    }
}

/// How a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// In order.
    Ok,
    /// Works, but deserves attention.
    Warn,
    /// Will make a run fail.
    Error,
}

fn seconds<S: serde::Serializer>(value: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(value.as_secs_f64())
}
