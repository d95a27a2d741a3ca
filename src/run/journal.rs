//! One line per run that ended, in `<data>/runs.jsonl`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::report::{LastRun, RunReport};
use crate::error::{Error, Result};
use crate::sys;

const FILE: &str = "runs.jsonl";

#[derive(Serialize, Deserialize)]
struct Line {
    run_id: String,
    command: String,
    started_at: Timestamp,
    seconds: f64,
    succeeded: bool,
    message: Option<String>,
}

/// Appends the outcome of a run.
pub(super) fn record(
    data_dir: &Path,
    report: &RunReport,
    elapsed: Duration,
    error: Option<&Error>,
) -> Result<()> {
    let line = Line {
        run_id: report.run_id.clone(),
        command: report.command.clone(),
        started_at: report.started_at,
        seconds: elapsed.as_secs_f64(),
        succeeded: error.is_none(),
        message: error.map(|error| error.message().to_owned()),
    };
    let mut text = serde_json::to_vec(&line)
        .map_err(|error| Error::bug("failed to write the journal").cause(error))?;
    text.push(b'\n');
    sys::fs::append_durably(&path(data_dir), &text)
}

/// The last run that ended; a torn last line is passed over.
pub(super) fn last(data_dir: &Path) -> Option<LastRun> {
    let text = std::fs::read_to_string(path(data_dir)).ok()?;
    let line: Line = text
        .lines()
        .rev()
        .find_map(|line| serde_json::from_str(line).ok())?;
    Some(LastRun {
        run_id: line.run_id,
        command: line.command,
        started_at: line.started_at,
        elapsed: Duration::try_from_secs_f64(line.seconds).unwrap_or_default(),
        succeeded: line.succeeded,
        message: line.message,
    })
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE)
}
