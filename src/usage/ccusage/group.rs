//! Lines by response: what ccusage counts of it, refuses or does not read, and what we count.

use std::collections::{BTreeMap, HashMap};

use super::cause::Cause;
use super::dedupe;
use super::entry::Entry;
use super::line::Refusal;
use super::scan::{FileEntries, Outcome};
use crate::usage::direct::Traced;

/// A line with usage and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) file: &'a FileEntries,
    offset: u64,
    pub(super) line: u64,
}

/// All that belongs to one response.
#[derive(Default)]
pub(super) struct Group<'a> {
    /// Entries ccusage counts, those of days outside the range too.
    pub(super) kept: Vec<(Site<'a>, &'a Entry)>,
    /// Lines ccusage does not take.
    pub(super) refused: Vec<(Site<'a>, Refusal)>,
    /// Lines in files ccusage does not read.
    pub(super) unread: usize,
    pub(super) ours: Option<&'a Traced>,
}

/// By message id, else by place.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    Message(&'a str),
    Place(usize, u64),
}

pub(super) fn grouped<'a>(
    files: &'a [FileEntries],
    ours: &'a [Traced],
) -> BTreeMap<Key<'a>, Group<'a>> {
    let mut read: Vec<(Key<'a>, Site<'a>, &'a Entry)> = Vec::new();
    let mut groups: BTreeMap<Key<'a>, Group<'a>> = BTreeMap::new();
    let mut numbers: HashMap<&std::path::Path, usize> = HashMap::new();
    for (number, file) in files.iter().enumerate() {
        numbers.insert(&file.path, number);
        for line in &file.lines {
            let key = match line.message_id.as_deref() {
                Some(id) => Key::Message(id),
                None => Key::Place(number, line.offset),
            };
            let site = Site {
                file,
                offset: line.offset,
                line: line.number,
            };
            match &line.outcome {
                _ if !file.is_read => groups.entry(key).or_default().unread += 1,
                Outcome::Taken(entry) => read.push((key, site, entry)),
                Outcome::Refused(refusal) => {
                    let group = groups.entry(key).or_default();
                    group.refused.push((site, *refusal));
                }
            }
        }
    }
    let entries: Vec<&Entry> = read.iter().map(|(_, _, entry)| *entry).collect();
    for index in dedupe::kept(&entries) {
        if let Some((key, site, entry)) = read.get(index) {
            let group = groups.entry(key.clone()).or_default();
            group.kept.push((*site, entry));
        }
    }
    for traced in ours {
        let key = match traced.message_id.as_deref() {
            Some(id) => Key::Message(id),
            None => {
                let number = numbers.get(traced.file.as_path()).copied();
                Key::Place(number.unwrap_or(usize::MAX), traced.offset)
            }
        };
        groups.entry(key).or_default().ours = Some(traced);
    }
    groups
}

/// The entry that stands against ours: that of the same line, else the largest.
pub(super) fn counterpart(kept: &[(Site<'_>, &Entry)], ours: Option<&Traced>) -> Option<usize> {
    let traced = ours?;
    let same = kept
        .iter()
        .position(|(site, _)| site.offset == traced.offset && site.file.path == traced.file);
    same.or_else(|| {
        let largest = kept
            .iter()
            .enumerate()
            .max_by_key(|(index, (_, entry))| (entry.tokens.total(), std::cmp::Reverse(*index)));
        largest.map(|(index, _)| index)
    })
}

/// Why ccusage counts nothing of a response.
pub(super) fn missing(group: &Group<'_>, traced: &Traced) -> Cause {
    if !group.kept.is_empty() {
        return Cause::Day;
    }
    let own = group
        .refused
        .iter()
        .find(|(site, _)| site.offset == traced.offset && site.file.path == traced.file);
    match own.or(group.refused.first()) {
        Some((_, refusal)) => Cause::of_refusal(*refusal),
        None if group.unread > 0 => Cause::UnreadFile,
        None => Cause::UnexpectedValue,
    }
}

/// Why ccusage counts what is no response for us.
pub(super) fn surplus(group: &Group<'_>, entry: &Entry) -> Cause {
    if group.ours.is_some() {
        Cause::Day
    } else if entry.model.as_deref() == Some("<synthetic>") {
        Cause::Notice
    } else if entry.message_id.is_none() {
        Cause::NoMessageId
    } else {
        Cause::NoResponse
    }
}
