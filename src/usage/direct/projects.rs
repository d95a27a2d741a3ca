//! The directory of each session's project.
//!
//! It is that of the first line the session itself wrote; nearly all sessions name only one.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use super::file::MessageLine;
use super::responses::copy_order;
use super::scanner::Read;
use super::sessions::Sessions;

/// Directories named by the message lines of a session.
#[derive(Clone, Copy)]
enum Named<'a> {
    Nothing,
    One(&'a str),
    Several,
}

/// Directory of the project of every session, in their order.
pub(super) fn directories<'a>(files: &[&'a Read], sessions: &Sessions<'a>) -> Vec<&'a str> {
    let named = named(files, sessions);
    let contested: HashSet<u32> = (0..)
        .zip(&named)
        .filter(|(_, named)| matches!(named, Named::Several))
        .map(|(number, _)| number)
        .collect();
    let settled = settle(files, sessions, &contested);
    (0..)
        .zip(sessions.all.iter().zip(named))
        .map(|(number, (facts, named))| match named {
            Named::One(directory) => directory,
            Named::Several => settled.get(&number).copied().unwrap_or("unknown"),
            Named::Nothing => match facts.first_directory {
                Some((_, directory)) => directory,
                None if facts.project_id.1.is_empty() => "unknown",
                None => facts.project_id.1,
            },
        })
        .collect()
}

fn named<'a>(files: &[&'a Read], sessions: &Sessions<'a>) -> Vec<Named<'a>> {
    let mut named = vec![Named::Nothing; sessions.all.len()];
    for (file, read) in files.iter().copied().enumerate() {
        for line in &read.1.messages {
            let Some(directory) = line.directory.map(|number| read.1.names.name(number)) else {
                continue;
            };
            let session = sessions.number(file, line.place.session);
            if let Some(named) = named.get_mut(session as usize) {
                *named = match *named {
                    Named::Nothing => Named::One(directory),
                    Named::One(known) if known == directory => Named::One(known),
                    _ => Named::Several,
                };
            }
        }
    }
    named
}

/// A message line with what orders it.
struct Row<'a> {
    read: &'a Read,
    line: &'a MessageLine,
    session: u32,
}

/// The directory of the first own line, for sessions that name several.
fn settle<'a>(
    files: &[&'a Read],
    sessions: &Sessions<'a>,
    contested: &HashSet<u32>,
) -> HashMap<u32, &'a str> {
    if contested.is_empty() {
        return HashMap::new();
    }
    let rows = || {
        files.iter().copied().enumerate().flat_map(|(file, read)| {
            read.1.messages.iter().map(move |line| Row {
                read,
                line,
                session: sessions.number(file, line.place.session),
            })
        })
    };
    let keys: HashSet<u64> = rows()
        .filter(|row| contested.contains(&row.session))
        .map(|row| row.line.key)
        .collect();
    let order =
        |row: &Row<'a>| copy_order(&row.line.place, row.session, sessions, &row.read.0.hash);
    let mut originals: HashMap<u64, Row<'a>> = HashMap::new();
    for row in rows().filter(|row| keys.contains(&row.line.key)) {
        match originals.get(&row.line.key) {
            Some(first) if order(first) <= order(&row) => {}
            _ => {
                originals.insert(row.line.key, row);
            }
        }
    }
    let is_copy = |row: &Row<'_>| {
        originals
            .get(&row.line.key)
            .is_some_and(|first| !std::ptr::eq(first.line, row.line))
    };
    let mut firsts: HashMap<u32, (bool, Row<'a>)> = HashMap::new();
    for row in rows().filter(|row| contested.contains(&row.session)) {
        if row.line.directory.is_none() {
            continue;
        }
        let candidate = (is_copy(&row), row);
        match firsts.get(&candidate.1.session) {
            Some(first) if before(first, &candidate).is_le() => {}
            _ => {
                firsts.insert(candidate.1.session, candidate);
            }
        }
    }
    firsts
        .into_iter()
        .filter_map(|(session, (_, row))| {
            Some((session, row.read.1.names.name(row.line.directory?)))
        })
        .collect()
}

/// Own lines before copies, then by time, transcript and offset.
fn before(left: &(bool, Row<'_>), right: &(bool, Row<'_>)) -> Ordering {
    let key = |(is_copy, row): &(bool, Row<'_>)| {
        let time = row.line.place.timestamp;
        (*is_copy, time.is_none(), time.unwrap_or(0))
    };
    key(left)
        .cmp(&key(right))
        .then_with(|| left.1.read.0.source_file.cmp(&right.1.read.0.source_file))
        .then_with(|| left.1.line.place.offset.cmp(&right.1.line.place.offset))
}
