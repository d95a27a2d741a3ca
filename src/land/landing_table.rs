//! The landing table: batches in, snapshots out.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use serde::Serialize;

use super::marks::MarkStore;
use super::recognition::Recognition;
use super::{dead_letter, landings};
use crate::config::LakeSettings;
use crate::entry::{Batch, COLUMNS, ExtractCounts, MarkUpdate};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::lake::{DataFile, Lake, LakeTable, LakeWriter, WriterOptions};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// What was landed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LandReport {
    /// Snapshots committed.
    pub snapshots: u64,
    /// Rows added.
    pub rows: u64,
    /// Data files added.
    pub files: u64,
    /// Bytes of these files.
    pub bytes: u64,
    /// Marks moved: files or collections read.
    pub positions: u64,
    /// What became of the entries.
    pub counts: ExtractCounts,
}

/// Where one run appends its batches.
pub struct LandingTable<'a> {
    table: LakeTable<'a>,
    marks: MarkStore,
    settings: LakeSettings,
    dead_letters: PathBuf,
    run_id: String,
    pending: Pending,
    report: LandReport,
    positions: BTreeSet<String>,
}

/// What the next commit will make true, beside the rows in the open writer.
#[derive(Default)]
struct Pending {
    marks: Vec<MarkUpdate>,
    bytes: usize,
    counts: ExtractCounts,
}

impl<'a> LandingTable<'a> {
    /// Opens the landing table, creating it where missing.
    pub fn open(
        lake: &'a Lake,
        settings: &LakeSettings,
        dead_letters: PathBuf,
        run_id: &str,
    ) -> Result<Self> {
        let table = lake.table_or_create(COLUMNS)?;
        let marks = MarkStore::load(&table)?;
        Ok(Self {
            table,
            marks,
            settings: settings.clone(),
            dead_letters,
            run_id: run_id.to_owned(),
            pending: Pending::default(),
            report: LandReport::default(),
            positions: BTreeSet::new(),
        })
    }

    /// The versions of `source` that are landed, to recognise them.
    pub fn recognition(&self, source: &str) -> Result<Recognition> {
        Recognition::load(&self.table, source, &self.dead_letters)
    }

    /// What was landed so far; true after an error too.
    #[must_use]
    pub fn report(&self) -> LandReport {
        LandReport {
            positions: self.positions.len() as u64,
            ..self.report
        }
    }

    /// The high-water marks of the current snapshot.
    #[must_use]
    pub fn marks(&self) -> std::collections::BTreeMap<String, String> {
        self.marks.marks().clone()
    }

    /// Appends everything `next` yields, in commits of about `lake.commit_bytes`. An error of
    /// `next` is returned after what came before it is committed, so that a broken source loses
    /// nothing it delivered.
    pub fn append_all(
        &mut self,
        mut next: impl FnMut() -> Option<Result<Batch>>,
        observer: &dyn Observer,
    ) -> Result<()> {
        let mut failure = None;
        let mut finished = false;
        while !finished && failure.is_none() {
            finished = self.append_one_commit(&mut next, &mut failure, observer)?;
        }
        match failure {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Fills and commits one snapshot; returns whether the batches came to an end.
    fn append_one_commit(
        &mut self,
        next: &mut impl FnMut() -> Option<Result<Batch>>,
        failure: &mut Option<Error>,
        observer: &dyn Observer,
    ) -> Result<bool> {
        let mut writer = DayWriter {
            table: &self.table,
            settings: &self.settings,
            open: None,
            files: Vec::new(),
        };
        let mut finished = false;
        while self.pending.bytes < self.settings.commit_bytes {
            let batch = match next() {
                Some(Ok(batch)) => batch,
                Some(Err(error)) => {
                    *failure = Some(error);
                    break;
                }
                None => {
                    finished = true;
                    break;
                }
            };
            self.pending.bytes += batch.records.get_array_memory_size();
            writer.write(&batch.records)?;
            Self::keep_dead_letters(&self.dead_letters, &self.run_id, &batch, observer)?;
            self.pending.marks.extend(batch.marks);
            self.pending.counts += batch.counts;
        }
        let files = writer.close()?;
        self.commit(files, observer)?;
        Ok(finished)
    }

    fn keep_dead_letters(
        dir: &std::path::Path,
        run_id: &str,
        batch: &Batch,
        observer: &dyn Observer,
    ) -> Result<()> {
        if batch.dead_letters.is_empty() {
            return Ok(());
        }
        dead_letter::append(dir, run_id, &batch.dead_letters)?;
        let mut reasons = std::collections::BTreeMap::<&str, u64>::new();
        for letter in &batch.dead_letters {
            *reasons.entry(letter.reason.as_str()).or_default() += 1;
        }
        for (reason, count) in reasons {
            observer.observe(Event::RowsDeadLettered {
                count,
                reason: reason.to_owned(),
                intended: false,
            });
        }
        Ok(())
    }

    fn commit(&mut self, files: Vec<DataFile>, observer: &dyn Observer) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        self.report.counts += pending.counts;
        self.positions
            .extend(pending.marks.iter().map(|mark| mark.key.clone()));
        if files.is_empty() && !self.marks.would_move(&pending.marks) {
            return Ok(());
        }
        let folder = self.table.location().join("metadata").join("marks");
        let mut properties: HashMap<String, String> =
            self.marks.advance(&pending.marks, &folder)?;
        properties.extend(landings::properties(&self.run_id, &pending.counts));
        let committed = self.table.append(files, properties)?;
        self.report.snapshots += 1;
        self.report.rows += committed.rows;
        self.report.files += committed.files;
        self.report.bytes += committed.bytes;
        observer.observe(Event::LandSnapshotCommitted {
            snapshot_id: committed.snapshot_id,
            rows: committed.rows,
            files: committed.files,
            bytes: committed.bytes,
        });
        Ok(())
    }
}

/// Writes batches into data files, a new one where the day of extraction changes: the partition of
/// a file must be that of every row in it.
struct DayWriter<'a> {
    table: &'a LakeTable<'a>,
    settings: &'a LakeSettings,
    open: Option<(i32, LakeWriter<'a>)>,
    files: Vec<DataFile>,
}

impl DayWriter<'_> {
    fn write(&mut self, records: &RecordBatch) -> Result<()> {
        let Some(day) = day_of(records)? else {
            return Ok(());
        };
        let mut writer = match self.open.take() {
            Some((open_day, writer)) if open_day == day => writer,
            other => {
                if let Some((_, done)) = other {
                    self.files.extend(done.close()?);
                }
                let options = WriterOptions {
                    target_file_bytes: self.settings.target_file_bytes,
                    row_group_rows: self.settings.row_group_rows,
                    compression_level: self.settings.compression_level,
                };
                self.table.writer(COLUMNS, options, day)?
            }
        };
        writer.write(records)?;
        self.open = Some((day, writer));
        Ok(())
    }

    fn close(mut self) -> Result<Vec<DataFile>> {
        if let Some((_, writer)) = self.open.take() {
            self.files.extend(writer.close()?);
        }
        Ok(self.files)
    }
}

/// Day of extraction of a batch, whose rows share the instant; `None` without rows.
fn day_of(records: &RecordBatch) -> Result<Option<i32>> {
    if records.num_rows() == 0 {
        return Ok(None);
    }
    let column = records
        .column_by_name("_extracted_at")
        .ok_or_else(|| Error::bug("a batch without the column `_extracted_at`"))?;
    let instants = column.as_primitive::<TimestampMicrosecondType>();
    let day = instants.value(0).div_euclid(MICROS_PER_DAY);
    i32::try_from(day)
        .map(Some)
        .map_err(|_| Error::bug("a batch with an instant of extraction out of range"))
}
