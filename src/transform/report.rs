//! How a run of models or seeds ended.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::graph::NodeKind;
use super::periods::Period;
use crate::error::Error;
use crate::event::Status;

/// The result of one model or seed.
#[derive(Debug)]
pub struct UnitResult {
    /// Unique: `model.package.name`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: NodeKind,
    /// `view`, `table`, `incremental` or `seed`.
    pub materialization: String,
    /// How it ended.
    pub status: Status,
    /// Rows written, where the materialization knows them.
    pub rows: Option<u64>,
    /// What of it was written, if it ended well.
    pub written: Extent,
    /// Bytes of the files written, where the unit is files.
    pub bytes: Option<u64>,
    /// All statements that were run for it, where they are kept.
    pub ran: Option<String>,
    /// What a test found, where it could be counted.
    pub failures: Option<u64>,
    /// Wall time.
    pub elapsed: Duration,
    /// When it began.
    pub started: Timestamp,
    /// The thread that built it.
    pub thread: String,
    /// The query as it was run, where there is one.
    pub compiled: Option<String>,
    /// How the periods of a model ended that is built in periods.
    pub periods: Periods,
    /// What is worth knowing: why it was rebuilt, left alone or skipped.
    pub message: Option<String>,
    /// Why it failed.
    pub error: Option<Error>,
}

/// What of a relation a run wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// Nothing: it is as it was.
    Nothing,
    /// Rows came, or took the place of others.
    Rows,
    /// All of it.
    #[default]
    Whole,
}

/// Periods of a model, in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Periods {
    /// Built in this run, or before in the run that is tried again.
    pub done: Vec<Period>,
    /// Failed, or not tried because an earlier one failed.
    pub failed: Vec<Period>,
}

/// The results of all units, in the order in which they ended.
#[derive(Debug, Default)]
pub struct TransformReport {
    /// One result per unit.
    pub units: Vec<UnitResult>,
    /// The stop that ended the run early; what had been built before it stays.
    pub stopped: Option<Error>,
}

impl TransformReport {
    /// How many units ended with `status`.
    #[must_use]
    pub fn count(&self, status: Status) -> usize {
        self.units
            .iter()
            .filter(|unit| unit.status == status)
            .count()
    }

    /// Whether nothing failed and nothing was skipped.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.units
            .iter()
            .all(|unit| matches!(unit.status, Status::Ok | Status::Warned))
    }

    /// The unit called `name`.
    #[must_use]
    pub fn unit(&self, name: &str) -> Option<&UnitResult> {
        self.units.iter().find(|unit| unit.name == name)
    }
}
