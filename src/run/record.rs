//! What `cca retry` goes by: the last run of the model runner, with the request it was given and
//! how each node ended. A retry writes what it did over what it took up, so that it can be repeated
//! until everything ended well.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::context::Context;
use super::request::{ModelsRequest, ProjectRequest};
use crate::error::{Error, IoContext, Result};
use crate::sys;
use crate::transform::{Period, Periods, TransformReport, status_word};

const FILE: &str = "last_run.json";
/// Raised when the file is read another way.
const VERSION: u32 = 1;

/// The last run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    version: u32,
    /// `run`, `build`, `test`, `seed` or `snapshot`.
    pub(super) command: String,
    pub(super) request: ModelsRequest,
    /// Variables of the models.
    pub(super) vars: BTreeMap<String, Json>,
    /// What was said about the project: profile, target, threads.
    #[serde(default)]
    pub(super) asked: ProjectRequest,
    /// By id.
    units: BTreeMap<String, Ended>,
}

/// How a node ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Ended {
    status: String,
    done: Vec<(Timestamp, Timestamp)>,
    failed: Vec<(Timestamp, Timestamp)>,
}

impl Record {
    /// A run that begins; nothing has ended.
    pub(super) fn begin(context: &Context, command: &str, request: &ModelsRequest) -> Self {
        Self {
            version: VERSION,
            command: command.to_owned(),
            request: request.clone(),
            vars: context.settings.vars.clone(),
            asked: context.asked.clone(),
            units: BTreeMap::new(),
        }
    }

    /// The last run, if one is recorded.
    ///
    /// # Errors
    /// `DataInvalid` if the record cannot be read.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(FILE);
        if !path.is_file() {
            return Ok(None);
        }
        let bytes = std::fs::read(&path).io("read", &path)?;
        let unreadable = |cause: String| {
            Error::data("the record of the last run cannot be read")
                .at(path.display())
                .cause(cause)
                .hint("Run the command again instead of `cca retry`.")
        };
        let record: Self =
            serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))?;
        if record.version == VERSION {
            Ok(Some(record))
        } else {
            Err(unreadable(format!("it has version {}", record.version)))
        }
    }

    /// Takes in how the nodes of a run ended.
    pub(super) fn absorb(&mut self, report: &TransformReport) {
        let pairs = |all: &[Period]| all.iter().map(|one| (one.start, one.end)).collect();
        for unit in &report.units {
            let ended = Ended {
                status: status_word(unit).to_owned(),
                done: pairs(&unit.periods.done),
                failed: pairs(&unit.periods.failed),
            };
            self.units.insert(unit.id.clone(), ended);
        }
    }

    /// Writes the record.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder).io("create the folder", folder)?;
        let bytes = serde_json::to_vec(self)
            .map_err(|error| Error::bug("failed to write the record of the run").cause(error))?;
        sys::fs::write_atomic(&folder.join(FILE), &bytes)
    }

    /// Ids of the nodes that did not end well.
    pub(super) fn unfinished(&self) -> Vec<String> {
        let open = |ended: &Ended| {
            matches!(
                ended.status.as_str(),
                "error" | "fail" | "skipped" | "partial success"
            )
        };
        let units = self.units.iter().filter(|(_, ended)| open(ended));
        units.map(|(id, _)| id.clone()).collect()
    }

    /// Periods that are missing, of nodes of which some were built.
    pub(super) fn periods(&self) -> BTreeMap<String, Periods> {
        let read = |all: &[(Timestamp, Timestamp)]| -> Vec<Period> {
            let all = all.iter();
            all.map(|&(start, end)| Period { start, end }).collect()
        };
        let units = self.units.iter().filter(|(_, one)| !one.failed.is_empty());
        units
            .map(|(id, one)| {
                let periods = Periods {
                    done: read(&one.done),
                    failed: read(&one.failed),
                };
                (id.clone(), periods)
            })
            .collect()
    }
}

/// The folder the record lies in.
pub(super) fn folder(context: &Context) -> PathBuf {
    match &context.project.root.root {
        Some(root) if context.profile.is_some() => root.join("target"),
        _ => context.settings.project.data_dir.clone(),
    }
}
