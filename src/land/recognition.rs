//! Recognising entries that are landed already, when a source is read from its beginning again.
//!
//! Of every landed version 16 bytes are held: the fingerprint of its `_id` and its contents. An
//! entry that is met again is counted as a duplicate and not landed. Entries of a file that was
//! replaced are all landed, because what was landed of the file before goes away. A dead letter
//! that is kept already is counted, but not kept twice.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Int64Type;

use super::dead_letter::KnownLetters;
use crate::entry::derive::short_hash;
use crate::entry::{Batch, DeadLetter};
use crate::error::{Error, Result};
use crate::lake::{LakeTable, RowFilter};

/// The landed versions of one source.
#[derive(Debug, Default)]
pub struct Recognition {
    versions: HashSet<(u64, i64)>,
    replaced: std::collections::BTreeSet<String>,
    source: String,
    dead_letters: PathBuf,
    /// Read with the first dead letter that is met.
    known_letters: Option<KnownLetters>,
}

impl Recognition {
    /// Reads the versions of `source` from the landing table; its dead letters are in
    /// `dead_letters`.
    pub(super) fn load(table: &LakeTable<'_>, source: &str, dead_letters: &Path) -> Result<Self> {
        let mut recognition = Self {
            source: source.to_owned(),
            dead_letters: dead_letters.to_owned(),
            ..Self::default()
        };
        table.each_batch(
            &["_id", "_content_hash"],
            &RowFilter::source(source),
            |records| {
                let ids = column(records, "_id")?.as_string::<i32>();
                let hashes = column(records, "_content_hash")?.as_primitive::<Int64Type>();
                for row in 0..records.num_rows() {
                    recognition
                        .versions
                        .insert((key(ids.value(row)), hashes.value(row)));
                }
                Ok(())
            },
        )?;
        Ok(recognition)
    }

    /// Takes landed entries out of a batch and counts them as duplicates.
    pub fn filter(&mut self, mut batch: Batch) -> Result<Batch> {
        self.filter_letters(&mut batch.dead_letters)?;
        let records = &batch.records;
        let ids = column(records, "_id")?.as_string::<i32>();
        let hashes = column(records, "_content_hash")?.as_primitive::<Int64Type>();
        let operations = column(records, "_op")?.as_string::<i32>();
        let files = column(records, "source_file")?.as_string::<i32>();
        let mut keep = Vec::with_capacity(records.num_rows());
        for row in 0..records.num_rows() {
            let file = if files.is_null(row) {
                ""
            } else {
                files.value(row)
            };
            if operations.value(row) == "truncate" {
                self.replaced.insert(file.to_owned());
            }
            let is_landed = operations.value(row) == "upsert"
                && !self.replaced.contains(file)
                && self
                    .versions
                    .contains(&(key(ids.value(row)), hashes.value(row)));
            keep.push(!is_landed);
        }
        let landed = keep.iter().filter(|kept| !**kept).count();
        if landed > 0 {
            batch.records = filter_record_batch(records, &BooleanArray::from(keep))
                .map_err(|error| Error::bug("failed to filter a batch").cause(error))?;
            batch.counts.landed -= landed as u64;
            batch.counts.duplicates += landed as u64;
        }
        Ok(batch)
    }

    fn filter_letters(&mut self, letters: &mut Vec<DeadLetter>) -> Result<()> {
        if letters.is_empty() {
            return Ok(());
        }
        let known = match self.known_letters.take() {
            Some(known) => known,
            None => KnownLetters::load(&self.dead_letters, &self.source)?,
        };
        letters.retain(|letter| !known.contains(letter));
        self.known_letters = Some(known);
        Ok(())
    }
}

fn column<'a>(records: &'a RecordBatch, name: &str) -> Result<&'a dyn Array> {
    let found = records.column_by_name(name).map(AsRef::as_ref);
    found.ok_or_else(|| Error::bug(format!("a batch without the column `{name}`")))
}

fn key(id: &str) -> u64 {
    u64::from_str_radix(&short_hash(&[id.as_bytes()]), 16).unwrap_or_default()
}
