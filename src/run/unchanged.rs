//! `--skip-unchanged`: with which fingerprint each node was built, kept beside the record of the
//! last run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::error::{Error, IoContext, Result};
use crate::event::Status;
use crate::sys;
use crate::transform::{Graph, TransformReport};
use crate::warehouse::Connection;

const FILE: &str = "built_from.json";

/// Fingerprints of nodes by id.
#[derive(Debug, Default)]
pub(super) struct Built(BTreeMap<String, String>);

impl Built {
    /// What was built so far; nothing if that is not known.
    ///
    /// # Errors
    /// `SourceUnavailable` if the file cannot be read; one that is damaged is nothing known.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        if !path.is_file() {
            return Ok(Self::default());
        }
        let bytes = std::fs::read(&path).io("read", &path)?;
        Ok(Self(serde_json::from_slice(&bytes).unwrap_or_default()))
    }

    /// Ids of the nodes that would be built as they are.
    pub(super) fn unchanged(
        &self,
        graph: &Graph,
        connection: &Connection,
    ) -> Result<BTreeSet<String>> {
        let now = graph.fingerprints(connection)?;
        let same = now
            .into_iter()
            .filter(|(id, now)| self.0.get(id) == Some(now));
        Ok(same.map(|(id, _)| id).collect())
    }

    /// Remembers what ended well, and forgets what did not.
    pub(super) fn remember(
        mut self,
        graph: &Graph,
        connection: &Connection,
        report: &TransformReport,
        folder: &Path,
    ) -> Result<()> {
        let now = graph.fingerprints(connection)?;
        for unit in &report.units {
            match now.get(&unit.id).filter(|_| unit.status == Status::Ok) {
                Some(fingerprint) => self.0.insert(unit.id.clone(), fingerprint.clone()),
                None => self.0.remove(&unit.id),
            };
        }
        let bytes = serde_json::to_vec(&self.0)
            .map_err(|error| Error::bug("failed to write fingerprints").cause(error))?;
        std::fs::create_dir_all(folder).io("create the folder", folder)?;
        sys::fs::write_atomic(&folder.join(FILE), &bytes)
    }
}
