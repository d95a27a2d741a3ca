//! The directory of each session's project.
//!
//! It is where the program was started, taken back from sub-folders and worktrees, as far as the
//! directory of the first line the session itself wrote tells; nearly all sessions name only one.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;

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
pub(super) fn directories<'a>(files: &[&'a Read], sessions: &Sessions<'a>) -> Vec<String> {
    let named = named(files, sessions);
    let contested: HashSet<u32> = (0..)
        .zip(&named)
        .filter(|(_, named)| matches!(named, Named::Several))
        .map(|(number, _)| number)
        .collect();
    let settled = settle(files, sessions, &contested);
    (0..)
        .zip(sessions.all.iter().zip(named))
        .map(|(number, (facts, named))| {
            let worked_in = match named {
                Named::One(directory) => Some(directory),
                Named::Several => settled.get(&number).copied(),
                Named::Nothing => facts.first_directory.map(|(_, directory)| directory),
            };
            let folder = facts.project_id.1;
            match worked_in {
                Some(directory) => without_worktree(launch_directory(directory, folder)),
                None => folder.to_owned(),
            }
        })
        .collect()
}

/// The directory the program was started in: the macro `launch_directory`. The folder of a
/// transcript is named like it, every character but letters and digits written as `-`.
fn launch_directory<'a>(directory: &'a str, folder: &str) -> &'a str {
    let dashed = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '-'
        }
    };
    let mut letters = directory.char_indices();
    for expected in folder.chars() {
        match letters.next() {
            Some((_, letter)) if dashed(letter) == expected => {}
            _ => return directory,
        }
    }
    match letters.next() {
        Some((at, '/' | '\\')) => directory.get(..at).unwrap_or(directory),
        _ => directory,
    }
}

#[expect(clippy::expect_used, reason = "constants, compiled by the tests")]
static INSIDE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(.+?)[/\\]\.(claude[/\\])?worktrees[/\\]").expect("a valid pattern")
});

#[expect(clippy::expect_used, reason = "constants, compiled by the tests")]
static BESIDE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^.+/worktrees/([^/]+)/[^/]+/([^/]+)").expect("a valid pattern"));

#[expect(clippy::expect_used, reason = "constants, compiled by the tests")]
static BELOW_WORKTREES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"/worktrees/([^/]+)/.*$").expect("a valid pattern"));

/// The repository of a worktree made for an agent: the macro `without_worktree`.
fn without_worktree(directory: &str) -> String {
    if let Some(repository) = INSIDE.captures(directory).and_then(|found| found.get(1)) {
        return repository.as_str().to_owned();
    }
    let is_beside = BESIDE.captures(directory).is_some_and(|found| {
        found.get(1).map(|name| name.as_str()) == found.get(2).map(|name| name.as_str())
    });
    if is_beside {
        return BELOW_WORKTREES.replace(directory, "/${1}").into_owned();
    }
    directory.to_owned()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sub_folders_are_taken_back_to_where_work_was_started() {
        assert_eq!(launch_directory("/w/my.app/src", "-w-my-app"), "/w/my.app");
        assert_eq!(launch_directory("/w/my.app", "-w-my-app"), "/w/my.app");
        assert_eq!(launch_directory("/w/other", "-w-my-app"), "/w/other");
        assert_eq!(launch_directory("/w/my.apple", "-w-my-app"), "/w/my.apple");
    }

    #[test]
    fn worktrees_belong_to_their_repository() {
        for (directory, repository) in [
            ("/w/app/.claude/worktrees/x/src", "/w/app"),
            ("/w/app/.worktrees/x", "/w/app"),
            ("/w/worktrees/app/quiet/app", "/w/app"),
            (
                "/w/worktrees/app/quiet/other",
                "/w/worktrees/app/quiet/other",
            ),
        ] {
            assert_eq!(without_worktree(directory), repository);
        }
    }
}
