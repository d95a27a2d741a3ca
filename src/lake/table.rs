//! Reading and appending to a table of the lake.

use std::collections::HashMap;
use std::path::Path;

use futures::TryStreamExt;
use iceberg::spec::{DataFile, Operation};
use iceberg::table::Table;
use iceberg::transaction::{ApplyTransactionAction, Transaction};
use iceberg::util::snapshot::{ancestors_between, ancestors_of};

use super::filter::RowFilter;
use super::open::Lake;
use super::pinned::PinnedCatalog;
use super::writer::{LakeWriter, WriterOptions};
use crate::entry::ColumnSpec;
use crate::error::{Error, Result};

/// A table as of the moment it was opened; everything it answers is about that snapshot.
pub struct LakeTable<'a> {
    pub(super) lake: &'a Lake,
    pub(super) table: Table,
}

/// A data file of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFileRef {
    /// Absolute path.
    pub path: String,
    /// Rows in it.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
}

/// Data files added between two snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// Snapshot up to which files are listed; `None` for a table without snapshots.
    pub snapshot_id: Option<i64>,
    /// Files in the order they were committed.
    pub files: Vec<DataFileRef>,
    /// Whether `files` are only the ones added since the given snapshot. `false` means that the
    /// given snapshot is no longer part of the history and every live file is listed.
    pub is_incremental: bool,
}

/// A commit that added data, as its snapshot tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its snapshot.
    pub snapshot_id: i64,
    /// The snapshot before it; `None` for the first of the table.
    pub follows: Option<i64>,
    /// When, in microseconds since the epoch.
    pub committed_at: i64,
    /// The summary of the snapshot.
    pub properties: HashMap<String, String>,
}

/// What a commit added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Committed {
    /// New snapshot.
    pub snapshot_id: i64,
    /// Rows added.
    pub rows: u64,
    /// Data files added.
    pub files: u64,
    /// Bytes of these files.
    pub bytes: u64,
}

impl LakeTable<'_> {
    /// Current snapshot, `None` before the first commit.
    #[must_use]
    pub fn snapshot_id(&self) -> Option<i64> {
        self.table.metadata().current_snapshot_id()
    }

    /// Number of snapshots in the history.
    #[must_use]
    pub fn snapshot_count(&self) -> usize {
        self.table.metadata().snapshots().len()
    }

    /// When the current snapshot was committed.
    #[must_use]
    pub fn committed_at(&self) -> Option<jiff::Timestamp> {
        let snapshot = self.table.metadata().current_snapshot()?;
        jiff::Timestamp::from_millisecond(snapshot.timestamp_ms()).ok()
    }

    /// Number of snapshots committed after `last`; all of them without one.
    #[must_use]
    pub fn snapshots_after(&self, last: Option<i64>) -> u64 {
        let Some(current) = self.snapshot_id() else {
            return 0;
        };
        ancestors_between(&self.table.metadata_ref(), current, last).count() as u64
    }

    /// The commits in the history of the table that added data or marks, the oldest first.
    #[must_use]
    pub fn appends(&self) -> Vec<Commit> {
        let Some(current) = self.snapshot_id() else {
            return Vec::new();
        };
        let mut commits: Vec<Commit> = ancestors_of(&self.table.metadata_ref(), current)
            .filter(|snapshot| snapshot.summary().operation == Operation::Append)
            .map(|snapshot| Commit {
                snapshot_id: snapshot.snapshot_id(),
                follows: snapshot.parent_snapshot_id(),
                committed_at: snapshot.timestamp_ms() * 1000,
                properties: snapshot.summary().additional_properties.clone(),
            })
            .collect();
        commits.reverse();
        commits
    }

    /// A property of the current snapshot's summary.
    #[must_use]
    pub fn summary(&self, key: &str) -> Option<&str> {
        let snapshot = self.table.metadata().current_snapshot()?;
        snapshot
            .summary()
            .additional_properties
            .get(key)
            .map(String::as_str)
    }

    /// All properties of the current snapshot's summary whose key begins with `prefix`, without it.
    #[must_use]
    pub fn summary_with_prefix(&self, prefix: &str) -> Vec<(String, String)> {
        let Some(snapshot) = self.table.metadata().current_snapshot() else {
            return Vec::new();
        };
        let properties = &snapshot.summary().additional_properties;
        let mut found: Vec<_> = properties
            .iter()
            .filter_map(|(key, value)| {
                key.strip_prefix(prefix)
                    .map(|rest| (rest.to_owned(), value.clone()))
            })
            .collect();
        found.sort();
        found
    }

    /// Folder of the table.
    #[must_use]
    pub fn location(&self) -> &Path {
        Path::new(self.table.metadata().location())
    }

    /// The metadata file of the opened version.
    #[must_use]
    pub fn metadata_location(&self) -> Option<&str> {
        self.table.metadata_location()
    }

    /// A writer for one partition: the day of extraction, in days since the epoch.
    pub fn writer(
        &self,
        columns: &[ColumnSpec],
        options: WriterOptions,
        day: i32,
    ) -> Result<LakeWriter<'_>> {
        LakeWriter::open(&self.lake.runtime, &self.table, columns, options, day)
    }

    /// Commits data files and summary properties in one snapshot on exactly this base.
    ///
    /// # Errors
    /// `CommitConflict` if the table was changed since it was opened, or if the catalog does not
    /// show the commit afterwards; nothing was added then.
    pub fn append(
        &mut self,
        files: Vec<DataFile>,
        properties: HashMap<String, String>,
    ) -> Result<Committed> {
        let fail = |error| {
            self.lake
                .failed("failed to commit to the landing table", &error)
        };
        let added = (
            files.iter().map(DataFile::record_count).sum(),
            files.len() as u64,
            files.iter().map(DataFile::file_size_in_bytes).sum(),
        );
        let base = self
            .table
            .metadata_location_result()
            .map_err(fail)?
            .to_owned();
        let pinned = PinnedCatalog::new(self.lake.catalog.clone(), &base);
        let transaction = Transaction::new(&self.table);
        let action = transaction
            .fast_append()
            .with_check_duplicate(false)
            .set_snapshot_properties(properties)
            .add_data_files(files);
        let transaction = action.apply(transaction).map_err(fail)?;
        let table = self
            .lake
            .runtime
            .block_on(transaction.commit(&pinned))
            .map_err(fail)?;
        let snapshot_id = table
            .metadata()
            .current_snapshot_id()
            .ok_or_else(|| Error::bug("a commit without a snapshot"))?;
        self.table = table;
        let (rows, files, bytes) = added;
        Ok(Committed {
            snapshot_id,
            rows,
            files,
            bytes,
        })
    }

    /// Data files added since `last`, or all live ones if `last` is `None` or out of the history.
    pub fn files_since(&self, last: Option<i64>) -> Result<Delta> {
        let Some(current) = self.snapshot_id() else {
            return Ok(Delta {
                snapshot_id: None,
                files: Vec::new(),
                is_incremental: last.is_none(),
            });
        };
        let metadata = self.table.metadata_ref();
        let known = last.is_none_or(|id| {
            ancestors_of(&metadata, current).any(|snapshot| snapshot.snapshot_id() == id)
        });
        let since = if known { last } else { None };
        let new: Vec<_> = ancestors_between(&metadata, current, since).collect();
        let rewritten = new.iter().any(|snapshot| {
            !matches!(
                snapshot.summary().operation,
                Operation::Append | Operation::Replace
            )
        });
        let is_incremental = known && !rewritten;
        let since = if is_incremental { since } else { None };
        let wanted = since.map(|_| {
            new.iter()
                .filter(|snapshot| snapshot.summary().operation == Operation::Append)
                .map(|snapshot| snapshot.snapshot_id())
                .collect::<std::collections::BTreeSet<_>>()
        });
        let files = self
            .lake
            .runtime
            .block_on(self.live_files(wanted.as_ref()))
            .map_err(|error| {
                self.lake
                    .failed("failed to list the files of the landing table", &error)
            })?;
        Ok(Delta {
            snapshot_id: Some(current),
            files,
            is_incremental,
        })
    }

    async fn live_files(
        &self,
        wanted: Option<&std::collections::BTreeSet<i64>>,
    ) -> iceberg::Result<Vec<DataFileRef>> {
        let Some(snapshot) = self.table.metadata().current_snapshot() else {
            return Ok(Vec::new());
        };
        let list = self.table.manifest_list_reader(snapshot).load().await?;
        let mut found = Vec::new();
        for manifest in list.entries() {
            if wanted.is_some_and(|ids| !ids.contains(&manifest.added_snapshot_id)) {
                continue;
            }
            for entry in manifest
                .load_manifest(self.table.file_io())
                .await?
                .entries()
            {
                if entry.is_alive() {
                    found.push((
                        manifest.sequence_number,
                        DataFileRef {
                            path: entry.file_path().to_owned(),
                            rows: entry.record_count(),
                            bytes: entry.file_size_in_bytes(),
                        },
                    ));
                }
            }
        }
        found.sort_by(|left, right| (left.0, &left.1.path).cmp(&(right.0, &right.1.path)));
        Ok(found.into_iter().map(|(_, file)| file).collect())
    }

    /// Hands over `columns` of the rows that `filter` lets through, batch by batch. Data files and
    /// row groups whose bounds exclude them are not read.
    pub fn each_batch(
        &self,
        columns: &[&str],
        filter: &RowFilter<'_>,
        mut visit: impl FnMut(&arrow::array::RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let fail = |error| self.lake.failed("failed to scan the landing table", &error);
        let scan = self
            .table
            .scan()
            .select(columns.iter().copied())
            .with_filter(filter.predicate())
            .with_row_group_filtering_enabled(true)
            .build();
        let scan = scan.map_err(fail)?;
        self.lake.runtime.block_on(async {
            let mut batches = scan.to_arrow().await.map_err(fail)?;
            while let Some(batch) = batches.try_next().await.map_err(fail)? {
                visit(&batch)?;
            }
            Ok(())
        })
    }

    pub(super) fn ensure_columns(&self, columns: &[ColumnSpec]) -> Result<()> {
        let schema = self.table.metadata().current_schema();
        let missing: Vec<&str> = columns
            .iter()
            .map(|column| column.name)
            .filter(|name| schema.field_by_name(name).is_none())
            .collect();
        if missing.is_empty() && schema.as_struct().fields().len() == columns.len() {
            return Ok(());
        }
        Err(Error::data("the landing table has other columns than this version writes")
            .at(&self.lake.ident)
            .cause(format!("columns missing from it: [{}]", missing.join(", ")))
            .hint("Use the version that created the lake, or point `lake.warehouse_path` to a new folder and run `cca backfill`."))
    }
}
