//! Recognising entries that are landed already, when a source is read from its beginning again.
//!
//! Of every landed version 16 bytes are held: the fingerprint of its `_id` and its contents. An
//! entry that is met again is counted as a duplicate and not landed. Entries of a file that was
//! replaced are all landed, because what was landed of the file before goes away.

use std::collections::HashSet;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Int64Type;

use crate::entry::Batch;
use crate::entry::derive::short_hash;
use crate::error::{Error, Result};
use crate::lake::LakeTable;

/// The landed versions of one source.
#[derive(Debug, Default)]
pub struct Recognition {
    versions: HashSet<(u64, i64)>,
    replaced: std::collections::BTreeSet<String>,
}

impl Recognition {
    /// Reads the versions of `source` from the landing table.
    pub fn load(table: &LakeTable<'_>, source: &str) -> Result<Self> {
        let mut recognition = Self::default();
        table.each_batch(&["_id", "_content_hash"], ("_source", source), |records| {
            let ids = column(records, "_id")?.as_string::<i32>();
            let hashes = column(records, "_content_hash")?.as_primitive::<Int64Type>();
            for row in 0..records.num_rows() {
                recognition
                    .versions
                    .insert((key(ids.value(row)), hashes.value(row)));
            }
            Ok(())
        })?;
        Ok(recognition)
    }

    /// Takes landed entries out of a batch and counts them as duplicates.
    pub fn filter(&mut self, mut batch: Batch) -> Result<Batch> {
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
}

fn column<'a>(records: &'a RecordBatch, name: &str) -> Result<&'a dyn Array> {
    let found = records.column_by_name(name).map(AsRef::as_ref);
    found.ok_or_else(|| Error::bug(format!("a batch without the column `{name}`")))
}

fn key(id: &str) -> u64 {
    u64::from_str_radix(&short_hash(&[id.as_bytes()]), 16).unwrap_or_default()
}
