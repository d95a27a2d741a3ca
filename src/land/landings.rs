//! The account each commit gives of itself, in the summary of its snapshot.

use std::collections::HashMap;

use crate::entry::{ExtractCounts, Landing};
use crate::lake::{Commit, LakeTable};

const RUN: &str = "cca.run-id";
const READ: &str = "cca.read";
const LANDED: &str = "cca.landed";
const DUPLICATES: &str = "cca.duplicates";
const DEAD_LETTERED: &str = "cca.dead-lettered";

/// The properties that tell what was read for a commit.
pub(super) fn properties(run_id: &str, counts: &ExtractCounts) -> HashMap<String, String> {
    let number = |key: &str, value: u64| (key.to_owned(), value.to_string());
    HashMap::from([
        (RUN.to_owned(), run_id.to_owned()),
        number(READ, counts.read),
        number(LANDED, counts.landed),
        number(DUPLICATES, counts.duplicates),
        number(DEAD_LETTERED, counts.dead_lettered),
    ])
}

/// Every commit that is still in the history of the table, the oldest first.
#[must_use]
pub fn landings(table: &LakeTable<'_>) -> Vec<Landing> {
    table.appends().iter().filter_map(landing).collect()
}

/// `None` for a commit that does not tell, because another program made it.
fn landing(commit: &Commit) -> Option<Landing> {
    let text = |key: &str| commit.properties.get(key);
    let number = |key: &str| text(key)?.parse().ok();
    Some(Landing {
        snapshot_id: commit.snapshot_id,
        follows: commit.follows,
        committed_at: commit.committed_at,
        run_id: text(RUN)?.clone(),
        rows: number("added-records").unwrap_or(0),
        counts: ExtractCounts {
            read: number(READ)?,
            landed: number(LANDED)?,
            duplicates: number(DUPLICATES)?,
            dead_lettered: number(DEAD_LETTERED)?,
            bytes: 0,
        },
    })
}
