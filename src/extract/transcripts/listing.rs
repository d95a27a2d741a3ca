//! Which transcripts there are, and whether any holds news, without reading them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::discover::discover;
use super::identity::{KnownFile, identify};
use super::mark::Mark;
use super::source::{by_hash, may_have_news};
use crate::config::TranscriptSettings;
use crate::entry::TranscriptState;
use crate::error::Result;
use crate::event::{Observer, Silent};
use crate::extract::Marks;

/// A transcript, with what its name tells.
#[derive(Clone, Debug)]
pub struct TranscriptFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Size, modification in nanoseconds since the epoch, inode.
    pub stamp: (u64, i64, u64),
    /// What the ids of its entries begin with.
    pub hash: String,
    /// Path below the folder of projects.
    pub source_file: String,
    /// Project folder.
    pub project_id: String,
    /// Session its name tells.
    pub session_id: Option<String>,
    /// Whether its name is that of a sub-agent's.
    pub is_agent: bool,
}

/// All transcripts below the roots, in reading order.
///
/// # Errors
/// `SourceUnavailable` if none of the roots can be read.
pub fn list(settings: &TranscriptSettings, observer: &dyn Observer) -> Result<Vec<TranscriptFile>> {
    let files = known(settings, &BTreeMap::new(), observer)?;
    Ok(files
        .into_iter()
        .map(|file| TranscriptFile {
            path: file.found.path,
            size: file.found.stamp.size,
            stamp: (
                file.found.stamp.size,
                file.found.stamp.modified,
                file.found.stamp.inode,
            ),
            hash: file.facts.hash,
            source_file: file.facts.source_file,
            project_id: file.facts.project_id,
            session_id: file.facts.session_id,
            is_agent: file.facts.agent_id.is_some(),
        })
        .collect())
}

/// Whether any transcript differs from when it was last read to its end, as far as the system
/// tells without opening it.
///
/// # Errors
/// `SourceUnavailable` if none of the roots can be read.
pub fn has_news(
    settings: &TranscriptSettings,
    marks: &Marks,
    observer: &dyn Observer,
) -> Result<bool> {
    let files = known(settings, marks, observer)?;
    Ok(files.iter().any(may_have_news))
}

/// How far each transcript was read, as the marks tell.
#[must_use]
pub fn read_states(marks: &Marks) -> Vec<TranscriptState> {
    let state = |(transcript, mark): (String, Mark)| TranscriptState {
        transcript,
        path: mark.path,
        machine: mark.machine,
        modified_at: mark.seen.map(|seen| seen.modified.div_euclid(1000)),
        size: mark.seen.map(|seen| seen.size),
        read_bytes: mark.offset,
        broken_lines: mark.broken,
    };
    by_hash(marks, &Silent).into_iter().map(state).collect()
}

fn known(
    settings: &TranscriptSettings,
    marks: &Marks,
    observer: &dyn Observer,
) -> Result<Vec<KnownFile>> {
    let found = discover(&settings.roots, observer)?;
    let marks = by_hash(marks, observer);
    Ok(identify(found, &marks, 0, settings))
}
