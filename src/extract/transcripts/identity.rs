//! Which file is which, over runs, roots and machines.
//!
//! A file is known by the hash of its project folder and its path below it, so its entries keep
//! their `_id` when the whole tree moves. When two folders hold a file of the same name, the first
//! one keeps that hash, and the other is known by the hash that includes its base folder. A file
//! keeps the hash under which it was read before: marks decide first, so neither a new root nor
//! another order of roots renames what is landed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::convert::FileFacts;
use super::discover::FoundFile;
use super::machine::Machines;
use super::mark::{KEY_PREFIX, Mark};
use crate::config::TranscriptSettings;
use crate::entry::derive::{agent_of_file, session_of_file, short_hash};

/// A file with its identity and the mark it had.
#[derive(Debug)]
pub(super) struct KnownFile {
    pub(super) found: FoundFile,
    pub(super) facts: FileFacts,
    pub(super) mark: Option<Mark>,
    /// Machine that wrote it.
    pub(super) machine: Option<String>,
}

impl KnownFile {
    pub(super) fn mark_key(&self) -> String {
        format!("{KEY_PREFIX}{}", self.facts.hash)
    }
}

/// Gives each file its identity. `marks` are by hash; `seq` and the user of `settings` go into the
/// facts.
pub(super) fn identify(
    files: Vec<FoundFile>,
    marks: &BTreeMap<String, Mark>,
    seq: i64,
    settings: &TranscriptSettings,
) -> Vec<KnownFile> {
    let machines = Machines::of(settings);
    let owned_before = |file: &FoundFile, hash: &str| {
        marks
            .get(hash)
            .is_some_and(|mark| mark.path == file.path.to_string_lossy())
    };
    let mut taken: BTreeSet<String> = files
        .iter()
        .filter(|file| !marks.contains_key(&rooted_hash(file)))
        .map(|file| (file, plain_hash(file)))
        .filter(|(file, hash)| owned_before(file, hash))
        .map(|(_, hash)| hash)
        .collect();
    let mut known = Vec::with_capacity(files.len());
    for found in files {
        let (plain, rooted) = (plain_hash(&found), rooted_hash(&found));
        let own = owned_before(&found, &plain) || taken.insert(plain.clone());
        let is_rooted = marks.contains_key(&rooted) || !own;
        let hash = if is_rooted { rooted } else { plain };
        let facts = facts(&found, hash.clone(), is_rooted, seq, &settings.user);
        known.push(KnownFile {
            mark: marks.get(&hash).cloned(),
            machine: machines.that_wrote(&found.path),
            found,
            facts,
        });
    }
    known
}

fn plain_hash(file: &FoundFile) -> String {
    short_hash(&[bytes(&file.project), bytes(&file.below)])
}

fn rooted_hash(file: &FoundFile) -> String {
    short_hash(&[bytes(&file.project), bytes(&file.below), bytes(&file.base)])
}

fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_encoded_bytes()
}

fn facts(file: &FoundFile, hash: String, is_rooted: bool, seq: i64, user: &str) -> FileFacts {
    let project_id = file.project.to_string_lossy().into_owned();
    let below = slashed(&file.below);
    // `source_file` names what a truncate row removes, so it must differ where the hash does.
    let source_file = if is_rooted {
        format!("{}/{project_id}/{below}", slashed(&file.base))
    } else {
        format!("{project_id}/{below}")
    };
    let agent_id = agent_of_file(&below);
    FileFacts {
        hash,
        source_file,
        project_id,
        session_id: session_of_file(&below),
        agent_id,
        user_name: (!user.is_empty()).then(|| user.to_owned()),
        seq,
    }
}

fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' {
        text.into_owned()
    } else {
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }
}
