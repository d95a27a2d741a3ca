//! Entries that could not be converted, kept whole, one JSON object a line.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::entry::DeadLetter;
use crate::entry::derive::short_hash;
use crate::error::{Error, IoContext, Result};
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

/// Letters that are kept already, recognised by 8 bytes each: source, position and contents.
#[derive(Debug, Default)]
pub(super) struct KnownLetters(HashSet<u64>);

#[derive(Deserialize)]
struct Kept {
    #[serde(flatten)]
    letter: DeadLetter,
}

impl KnownLetters {
    /// Reads the letters of `source` kept on any day. A line that is no letter, such as one cut by
    /// a full disk, is passed over: the worst that follows is a letter kept twice.
    pub(super) fn load(dir: &Path, source: &str) -> Result<Self> {
        let mut known = Self::default();
        let days = match std::fs::read_dir(dir) {
            Ok(days) => days,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(known),
            Err(error) => return Err(error).io("list the dead letters in", dir),
        };
        for day in days {
            let path = day.io("list the dead letters in", dir)?.path().join(FILE);
            if !path.is_file() {
                continue;
            }
            let file = std::fs::File::open(&path).io("read the dead letters in", &path)?;
            for line in BufReader::new(file).split(b'\n') {
                let line = line.io("read the dead letters in", &path)?;
                if let Ok(kept) = serde_json::from_slice::<Kept>(&line)
                    && kept.letter.source == source
                {
                    known.0.insert(identity(&kept.letter));
                }
            }
        }
        Ok(known)
    }

    /// Whether `letter` is kept.
    pub(super) fn contains(&self, letter: &DeadLetter) -> bool {
        self.0.contains(&identity(letter))
    }
}

fn identity(letter: &DeadLetter) -> u64 {
    let parts = [&letter.source, &letter.position, &letter.payload].map(String::as_bytes);
    u64::from_str_radix(&short_hash(&parts), 16).unwrap_or_default()
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
