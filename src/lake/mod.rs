//! The lake: Iceberg tables on a file system with a SQLite catalog. The sole importer of `iceberg`.
//!
//! Guards against what the crates do not guarantee:
//! * a commit is reported only after the catalog was read back and points to it ([`catalog`]);
//! * an append is bound to the snapshot it was prepared on: if somebody committed meanwhile it
//!   fails instead of being rebased, because it carries marks that follow from that base ([`pinned`]);
//! * every file, including table metadata, is synced before the catalog points to it ([`storage`]);
//! * columns that can exceed the length at which statistics are cut have none ([`writer`]);
//! * appends never read old manifests, so that a commit costs the same after thousands.

mod catalog;
mod filter;
mod open;
mod pinned;
mod schema;
mod storage;
mod table;
mod writer;

pub use filter::RowFilter;
pub use iceberg::spec::DataFile;
pub use open::Lake;
pub use table::{Commit, Committed, DataFileRef, Delta, LakeTable};
pub use writer::{LakeWriter, WriterOptions};

use crate::error::{Error, Kind};

/// Turns a failure of the Iceberg crate into ours.
fn lake_error(action: &str, error: &iceberg::Error) -> Error {
    let kind = match error.kind() {
        iceberg::ErrorKind::CatalogCommitConflicts => Kind::CommitConflict,
        iceberg::ErrorKind::DataInvalid => Kind::DataInvalid,
        _ => Kind::SourceUnavailable,
    };
    let text = error.to_string();
    let failure = Error::new(kind, action).cause(first_line(&text));
    if kind == Kind::CommitConflict {
        return failure.hint("Run the same command again; nothing was written.");
    }
    if text.contains("No space left on device") || text.contains("disk is full") {
        return failure.hint("Free disk space and run the same command again; nothing is lost.");
    }
    failure
}

fn first_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let head = lines.next().unwrap_or_default().to_owned();
    match lines.rfind(|line| line.contains("os error") || line.starts_with("Source")) {
        Some(source) => format!("{head} ({source})"),
        None => head,
    }
}
