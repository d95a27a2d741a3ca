//! Everything that can happen during a run, as one enum; printers, the journal and the summary
//! only read it.
//!
//! Names are `<Stage><Noun><PastVerb>`. Whatever is lost, skipped or folded together is an event
//! with a count, never silence.

use std::time::Duration;

use serde::Serialize;

/// The steps of a run, in the order data passes through them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Read entries from a source.
    Extract,
    /// Append them to the landing table.
    Land,
    /// Merge new data files into the warehouse.
    Load,
    /// Build the models.
    Transform,
    /// Evaluate the expectations.
    Check,
    /// Swap what readers open.
    Publish,
}

impl Stage {
    /// The word used for the folder, the subcommand and the log target.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Stage::Extract => "extract",
            Stage::Land => "land",
            Stage::Load => "load",
            Stage::Transform => "transform",
            Stage::Check => "check",
            Stage::Publish => "publish",
        }
    }
}

/// How a model, seed or expectation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Built, or passed.
    Ok,
    /// Failed below the severity that stops a run.
    Warned,
    /// Failed.
    Failed,
    /// Not attempted, because something before it failed.
    Skipped,
}

/// One thing that happened.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A stage began.
    StageStarted {
        /// Which.
        stage: Stage,
    },
    /// A stage ended well.
    StageFinished {
        /// Which.
        stage: Stage,
        /// Wall time.
        #[serde(serialize_with = "seconds")]
        elapsed: Duration,
    },
    /// How much there is to read, once known.
    ExtractSizeEstimated {
        /// Source name.
        source: String,
        /// Bytes (transcripts) or documents (MongoDB) to read.
        total: u64,
        /// `bytes` or `documents`.
        unit: &'static str,
    },
    /// Progress of reading, in the unit of [`Event::ExtractSizeEstimated`].
    ExtractProgressed {
        /// Read since the last such event.
        advanced: u64,
    },
    /// Entries that could not be converted were written to the dead letter file.
    RowsDeadLettered {
        /// How many.
        count: u64,
        /// Short reason.
        reason: String,
        /// Whether the user asked for it.
        intended: bool,
    },
    /// Something was left out on purpose or needs the user's attention; the run goes on.
    Noticed {
        /// Stage concerned.
        stage: Stage,
        /// One sentence, lower case, without a full stop.
        message: String,
    },
    /// The source failed and will be asked again.
    ExtractRetried {
        /// Which attempt failed, from 1.
        attempt: u32,
        /// Pause before the next one.
        #[serde(serialize_with = "seconds")]
        pause: Duration,
        /// Why, without secrets.
        reason: String,
    },
    /// A snapshot was committed to the landing table.
    LandSnapshotCommitted {
        /// Iceberg snapshot id.
        snapshot_id: i64,
        /// Rows added.
        rows: u64,
        /// Data files added.
        files: u64,
        /// Bytes of these files.
        bytes: u64,
    },
    /// New data files were merged into `raw.conversations`.
    LoadDeltaMerged {
        /// Data files read.
        files: u64,
        /// Rows inserted.
        inserted: u64,
        /// Rows replaced by a newer version.
        updated: u64,
        /// Rows removed by tombstones.
        deleted: u64,
        /// Rows that were already there, unchanged or newer.
        unchanged: u64,
    },
    /// A model or seed began.
    TransformUnitStarted {
        /// Its name.
        name: String,
    },
    /// A model or seed ended.
    TransformUnitFinished {
        /// Its name.
        name: String,
        /// `view`, `table`, `incremental`, `seed`, …
        materialization: String,
        /// Result.
        status: Status,
        /// Rows written, where the materialization knows them.
        rows: Option<u64>,
        /// Wall time.
        #[serde(serialize_with = "seconds")]
        elapsed: Duration,
        /// Error or reason of a skip.
        message: Option<String>,
    },
    /// An expectation was evaluated.
    CheckExpectationEvaluated {
        /// `suite.expectation` identifier.
        name: String,
        /// Result.
        status: Status,
        /// Short explanation for people.
        message: String,
    },
    /// A generation became what readers open.
    PublishGenerationSwapped {
        /// Number of the generation.
        generation: u64,
        /// Relations in it.
        relations: u64,
        /// Bytes written for it.
        bytes: u64,
    },
}

fn seconds<S: serde::Serializer>(value: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(value.as_secs_f64())
}

/// Receives events; shared by the threads of a run.
pub trait Observer: Send + Sync {
    /// Takes note of one event; never fails and never blocks for long.
    fn observe(&self, event: Event);
}

/// An observer that ignores everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn observe(&self, _event: Event) {}
}
