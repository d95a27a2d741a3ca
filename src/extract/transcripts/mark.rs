//! The high-water mark of one file: how far it was read, and how to tell that it is still the same.
//!
//! Transcripts only ever grow, so a byte offset is a position. A file counts as the same when the
//! first bytes and the last bytes before the offset are unchanged; otherwise it was replaced and is
//! read from its beginning. A change in the middle that keeps both goes unnoticed.
//!
//! Beside that a mark tells what became of the file: how much of it waits for the end of a line,
//! how many lines were broken, and which machine wrote it.

use std::fs::File;
use std::fs::Metadata;
use std::io;

use serde::{Deserialize, Serialize};

use crate::entry::derive;
use crate::jsonl::ReadAt;

/// Bytes at the beginning of a file that identify it.
const HEAD: u64 = 4096;
/// Bytes before the offset that identify it.
const TAIL: u64 = 256;
/// What the keys of all marks begin with.
pub(super) const KEY_PREFIX: &str = "transcripts:";

/// Value of a mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Where the file was found.
    pub(super) path: String,
    /// Everything before this position is landed.
    pub(super) offset: u64,
    /// Fingerprint of the first bytes, no more than `offset`.
    pub(super) head: String,
    /// Fingerprint of the last bytes before `offset`.
    pub(super) tail: String,
    /// Newest `_seq` of the file.
    pub(super) seq: i64,
    /// Size, time and number of the file when it was read to its end; absent before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) seen: Option<Stamp>,
    /// Machine the file was written on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) machine: Option<String>,
    /// Lines before `offset` that became dead letters; absent where marks of earlier versions did
    /// not count them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) broken: Option<u64>,
}

/// What the system says about a file without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    pub(super) size: u64,
    /// Modification, in nanoseconds since the epoch.
    pub(super) modified: i64,
    /// Inode, where there is one.
    pub(super) inode: u64,
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.len(),
            modified: modified(metadata),
            inode: inode(metadata),
        }
    }
}

fn modified(metadata: &Metadata) -> i64 {
    let Ok(time) = metadata.modified() else {
        return 0;
    };
    let nanos = |span: std::time::Duration| i64::try_from(span.as_nanos()).unwrap_or(i64::MAX);
    match time.duration_since(std::time::UNIX_EPOCH) {
        Ok(after) => nanos(after),
        Err(before) => -nanos(before.duration()),
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_metadata: &Metadata) -> u64 {
    0
}

impl Mark {
    /// Whether it says the same of the same contents, whenever they were read.
    pub(super) fn is_as_far(&self, other: &Self) -> bool {
        let Self {
            path,
            offset,
            head,
            tail,
            seq: _,
            seen,
            machine,
            broken,
        } = self;
        (path, offset, head, tail) == (&other.path, &other.offset, &other.head, &other.tail)
            && (seen, machine, broken) == (&other.seen, &other.machine, &other.broken)
    }

    /// The mark a snapshot holds; one that cannot be read counts as none, so the file is read anew.
    pub(super) fn parse(value: &str) -> Option<Self> {
        serde_json::from_str(value).ok()
    }

    pub(super) fn to_json(&self) -> String {
        // A struct of text and numbers always has a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether `file` still begins as it did when this mark was set.
    pub(super) fn is_of(&self, file: &File, size: u64) -> io::Result<bool> {
        if size < self.offset {
            return Ok(false);
        }
        let (head, tail) = fingerprints(file, self.offset)?;
        Ok(head == self.head && tail == self.tail)
    }
}

/// Fingerprints of the first bytes and of the last bytes before `offset`.
pub(super) fn fingerprints(file: &File, offset: u64) -> io::Result<(String, String)> {
    let head = read_exactly(file, 0, offset.min(HEAD))?;
    let tail_length = offset.min(TAIL);
    let tail = read_exactly(file, offset - tail_length, tail_length)?;
    Ok((derive::short_hash(&[&head]), derive::short_hash(&[&tail])))
}

fn read_exactly(file: &File, from: u64, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    let mut filled = 0;
    while let Some(free) = bytes.get_mut(filled..).filter(|free| !free.is_empty()) {
        match file.read_at(free, from + filled as u64) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}
