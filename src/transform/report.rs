//! How a run of models or seeds ended.

use std::time::Duration;

use super::graph::NodeKind;
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
    /// Bytes of the files written, where the unit is files.
    pub bytes: Option<u64>,
    /// What a test found, where it could be counted.
    pub failures: Option<u64>,
    /// Wall time.
    pub elapsed: Duration,
    /// What is worth knowing: why it was rebuilt, left alone or skipped.
    pub message: Option<String>,
    /// Why it failed.
    pub error: Option<Error>,
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
