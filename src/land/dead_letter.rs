//! Entries that could not be converted, kept whole, one JSON object a line.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use crate::entry::DeadLetter;
use crate::error::{Error, Result};
use crate::sys;

/// File name inside the folder of the day.
const FILE: &str = "extraction_failures.jsonl";

#[derive(Serialize)]
struct Record<'a> {
    recorded_at: String,
    run_id: &'a str,
    #[serde(flatten)]
    letter: &'a DeadLetter,
    attempt: u32,
}

/// Appends letters to `<dir>/<date>/extraction_failures.jsonl` and makes them durable. A run that
/// is killed between this and the commit writes them again: twice is better than never, and
/// `source` with `position` tells which ones are the same.
pub(super) fn append(dir: &Path, run_id: &str, letters: &[DeadLetter]) -> Result<PathBuf> {
    let now: Timestamp = sys::clock::now();
    let path = dir.join(now.strftime("%Y-%m-%d").to_string()).join(FILE);
    let mut lines = Vec::new();
    for letter in letters {
        let record = Record {
            recorded_at: now.to_string(),
            run_id,
            letter,
            attempt: 1,
        };
        serde_json::to_writer(&mut lines, &record)
            .map_err(|error| Error::bug("failed to write a dead letter as JSON").cause(error))?;
        lines.push(b'\n');
    }
    sys::fs::append_durably(&path, &lines)?;
    Ok(path)
}
