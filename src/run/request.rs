//! What a caller of [`run`](crate::run) may ask for: flags after the command line is understood.
//!
//! Nothing here reads the machine; a request says everything a run needs beside the settings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::event::Stage;

/// Which models, seeds and expectations are meant, in dbt's selector syntax
/// (`+model+`, `tag:daily`, `path:sql/models/marts`); empty selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// Selectors joined by union; empty for everything.
    pub select: Vec<String>,
    /// Selectors taken away.
    pub exclude: Vec<String>,
    /// Name of a selector of `selectors.yml`.
    pub selector: Option<String>,
    /// Which tests come along: `eager`, `cautious`, `buildable` or `empty`.
    pub indirect: Option<String>,
    /// Kinds of nodes meant; empty for all.
    pub resource_types: Vec<String>,
    /// Kinds of nodes taken away.
    pub exclude_resource_types: Vec<String>,
    /// Ids meant; empty for no limit.
    pub ids: Vec<String>,
    /// Artifacts of an earlier run to compare with, or another warehouse file to read from.
    pub state: Option<PathBuf>,
    /// Read from `state` what is not built here.
    pub defer: bool,
    /// Read from there even what is built here, unless it is selected.
    pub favor_state: bool,
}

impl Selection {
    /// Whether everything is meant.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.select.is_empty() && self.exclude.is_empty()
    }
}

/// `backfill`, `sync`, `extract`, `load`, `publish`: some or all stages in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PipelineRequest {
    /// Stages to run; always in the order of [`Stage`].
    pub stages: BTreeSet<Stage>,
    /// Read sources from the beginning, recognising what is landed already; for load, merge every
    /// snapshot again.
    pub full: bool,
    /// Leave out entries that arrived before this instant.
    pub since: Option<Timestamp>,
    /// Rebuild incremental models from scratch.
    pub full_refresh: bool,
    /// Models and expectations meant.
    pub selection: Selection,
    /// Stop at the first model that fails.
    pub fail_fast: bool,
    /// Bytes of demonstration transcripts to generate and read if the source holds nothing.
    pub demo_if_empty: Option<u64>,
}

impl PipelineRequest {
    /// The given stages with nothing special asked.
    #[must_use]
    pub fn of(stages: impl IntoIterator<Item = Stage>) -> Self {
        Self {
            stages: stages.into_iter().collect(),
            full: false,
            since: None,
            full_refresh: false,
            selection: Selection::default(),
            fail_fast: false,
            demo_if_empty: None,
        }
    }

    /// All stages.
    #[must_use]
    pub fn everything() -> Self {
        Self::of([
            Stage::Extract,
            Stage::Land,
            Stage::Load,
            Stage::Transform,
            Stage::Check,
            Stage::Publish,
        ])
    }

    /// Whether `stage` is asked for.
    #[must_use]
    pub fn has(&self, stage: Stage) -> bool {
        self.stages.contains(&stage)
    }
}

/// `run`, `seed`, `snapshot`, `test` and `build`: work on nodes in the warehouse.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelsRequest {
    /// Models or seeds meant.
    pub selection: Selection,
    /// Rebuild incremental models from scratch.
    pub full_refresh: bool,
    /// Stop at the first failure.
    pub fail_fast: bool,
    /// Keep what tests find.
    pub store_failures: bool,
    /// Units built at once; `None` takes the setting.
    pub threads: Option<usize>,
    /// First instant models that are built in periods cover.
    pub event_time_start: Option<Timestamp>,
    /// First instant they no longer cover.
    pub event_time_end: Option<Timestamp>,
    /// Folder of artifacts; `None` for `target` of a dbt project, and for none of ours.
    pub target_path: Option<PathBuf>,
    /// Leave alone what would be built as it is.
    pub skip_unchanged: bool,
}

/// `retry`: what failed in the last run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetryRequest {
    /// Stop at the first failure.
    pub fail_fast: bool,
}

/// `run-operation`: one macro.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OperationRequest {
    /// `name`, or `package.name`.
    pub name: String,
    /// Arguments by name.
    pub arguments: serde_json::Map<String, serde_json::Value>,
    /// Folder of artifacts; `None` for the usual one.
    pub target_path: Option<PathBuf>,
}

/// What the command line says about a dbt project.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProjectRequest {
    /// Folder of `profiles.yml`.
    pub profiles_dir: Option<PathBuf>,
    /// Profile instead of the one the project names.
    pub profile: Option<String>,
    /// Target instead of the default one of the profile.
    pub target: Option<String>,
    /// Variables of the models, over those of the project.
    pub vars: BTreeMap<String, serde_json::Value>,
    /// Models built at once, over what the profile says.
    pub threads: Option<usize>,
}

/// `check`: evaluate expectations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CheckRequest {
    /// Expectations meant: by suite, layer, model or tag.
    pub selection: Selection,
    /// Stop after the table in which an expectation of severity `error` is not met.
    pub fail_fast: bool,
    /// Write the rows that break expectations to the folder of dead letters.
    pub save_failures: bool,
    /// Files to write besides.
    pub documents: Documents,
}

/// `check --on`: evaluate expectations about a file, without a project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FileCheckRequest {
    /// A DuckDB database, or Parquet.
    pub on: PathBuf,
    /// Files of suites.
    pub suites: Vec<PathBuf>,
    /// The table all suites are about; `None` for the one each names, or the only one there is.
    pub table: Option<String>,
    /// Expectations meant.
    pub selection: Selection,
    /// Stop after the table in which an expectation of severity `error` is not met.
    pub fail_fast: bool,
    /// Write the rows that break expectations to the folder of dead letters.
    pub save_failures: bool,
    /// Files to write besides.
    pub documents: Documents,
}

/// `check init`: propose a suite.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProposalRequest {
    /// The table; `None` for the only one of the file.
    pub table: Option<String>,
    /// The file it is in; `None` for the warehouse.
    pub on: Option<PathBuf>,
}

/// Files made of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Documents {
    /// JUnit XML.
    pub junit: Option<PathBuf>,
    /// One HTML page.
    pub html: Option<PathBuf>,
}

/// `query`: one statement that reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct QueryRequest {
    /// The statement.
    pub sql: String,
    /// Rows handed to the caller at most; `None` for all.
    pub limit: Option<u64>,
}

/// `demo`: generate transcripts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DemoRequest {
    /// Folder written; created if it is not there.
    pub target: PathBuf,
    /// How much to generate, within a few percent.
    pub bytes: u64,
    /// The same seed gives the same transcripts.
    pub seed: u64,
    /// Last instant in the transcripts; `None` for now.
    pub end: Option<Timestamp>,
    /// Take transcripts that are in the folder already, instead of refusing to mix with them.
    pub reuse: bool,
}

/// Where usage is read from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum UsageMode {
    /// The marts, after taking in what is new.
    #[default]
    Store,
    /// The transcripts, without a store.
    Direct,
}

/// `usage`: every call once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UsageRequest {
    /// Where from.
    pub mode: UsageMode,
}
