//! The lines with usage of a transcript, as ccusage sees them.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};

use memchr::memmem;

use super::entry::Entry;
use super::line::{self, Refusal};
use crate::jsonl::{LONGEST_LINE, Line, LineReader};
use crate::usage::direct::Transcript;

/// A transcript.
#[derive(Clone, Debug)]
pub struct FileEntries {
    pub(super) path: PathBuf,
    /// Whether ccusage reads it.
    pub(super) is_read: bool,
    pub(super) lines: Vec<UsageLine>,
}

/// A line that mentions usage.
#[derive(Clone, Debug)]
pub(super) struct UsageLine {
    pub(super) offset: u64,
    /// From 1.
    pub(super) number: u64,
    pub(super) message_id: Option<String>,
    pub(super) outcome: Outcome,
}

/// What ccusage makes of it.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    Taken(Box<Entry>),
    Refused(Refusal),
}

/// Reads transcripts in the order ccusage takes them: that of their whole paths.
///
/// # Errors
/// The transcript that cannot be read, with its reason.
pub fn read_all(transcripts: &[Transcript]) -> Result<Vec<FileEntries>, (PathBuf, std::io::Error)> {
    let mut files: Vec<&Transcript> = transcripts.iter().collect();
    files.sort_by(|left, right| {
        let bytes = |path: &Path| path.as_os_str().as_encoded_bytes().to_vec();
        bytes(&left.path).cmp(&bytes(&right.path))
    });
    files
        .into_iter()
        .map(|transcript| read(transcript).map_err(|error| (transcript.path.clone(), error)))
        .collect()
}

fn read(transcript: &Transcript) -> std::io::Result<FileEntries> {
    let file = File::open(&transcript.path)?;
    let mut reader = LineReader::new(&file, 0, transcript.size, LONGEST_LINE);
    let marker = memmem::Finder::new("\"usage\"");
    let mut lines = Vec::new();
    let mut number = 0;
    while let Some(line) = reader.next_line()? {
        number += 1;
        let (Line::Ended { offset, bytes } | Line::Unended { offset, bytes }) = line else {
            continue;
        };
        if marker.find(bytes).is_none() {
            continue;
        }
        // Bytes that are no text make a line no JSON for either side.
        let Ok(text) = std::str::from_utf8(bytes) else {
            continue;
        };
        let start = text.len() - text.trim_start_matches([' ', '\t', '\r', '\0']).len();
        let outcome = match line::read(text) {
            Ok(mut entry) => {
                entry.session_id = entry.session_id.or_else(|| session_of(&transcript.path));
                Outcome::Taken(Box::new(entry))
            }
            Err(refusal) => Outcome::Refused(refusal),
        };
        lines.push(UsageLine {
            offset: offset + start as u64,
            number,
            message_id: line::message_id(text),
            outcome,
        });
    }
    Ok(FileEntries {
        is_read: is_read(&transcript.path),
        path: transcript.path.clone(),
        lines,
    })
}

/// The session a path tells: `project/<session>.jsonl`, `…/<session>/subagents/x.jsonl`; of other
/// files the name of their folder.
fn session_of(path: &Path) -> Option<String> {
    let parts: Vec<&OsStr> = path.iter().collect();
    let projects = parts.iter().position(|part| *part == "projects")?;
    let below = parts.get(projects + 1..)?;
    let name = match below {
        [_, file] => Path::new(file).file_stem()?,
        [.., session, folder, _] if below.len() >= 4 && *folder == "subagents" => session,
        [.., folder, _] => folder,
        _ => return None,
    };
    Some(name.to_string_lossy().into_owned())
}

/// Below a folder `projects`, not behind a symbolic link.
fn is_read(path: &Path) -> bool {
    let is_below = path.parent().is_some_and(|folder| {
        folder
            .components()
            .any(|part| part.as_os_str() == "projects")
    });
    is_below && path.canonicalize().is_ok_and(|real| real == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_the_session() {
        for (path, session) in [
            ("/h/projects/p/s0.jsonl", "s0"),
            ("/h/projects/p/s1/subagents/agent-x.jsonl", "s1"),
            ("/h/projects/p/other/x.jsonl", "other"),
        ] {
            assert_eq!(
                session_of(Path::new(path)).as_deref(),
                Some(session),
                "{path}"
            );
        }
    }
}
