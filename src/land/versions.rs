//! Which versions of entries are landed.

use std::collections::HashMap;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;

use crate::error::{Error, Result};
use crate::lake::{LakeTable, RowFilter};

/// Fingerprints by `_id` of the entries of `source` whose `_ingested_at` lies from `since` to
/// `until` (µs); of several versions, the newest. Only data files whose bounds reach the span are
/// read.
pub fn landed_versions(
    table: &LakeTable<'_>,
    source: &str,
    since: i64,
    until: i64,
) -> Result<HashMap<String, i64>> {
    let mut newest = HashMap::<String, (i64, i64)>::new();
    let filter = RowFilter::ingested_between(source, since, until);
    table.each_batch(&["_id", "_seq", "_content_hash"], &filter, |batch| {
        let column = |name: &str| {
            batch
                .column_by_name(name)
                .ok_or_else(|| Error::bug(format!("a scan without the column `{name}`")))
        };
        let ids = column("_id")?.as_string::<i32>();
        let seqs = column("_seq")?.as_primitive::<Int64Type>();
        let hashes = column("_content_hash")?.as_primitive::<Int64Type>();
        for row in 0..ids.len() {
            let (seq, hash) = (seqs.value(row), hashes.value(row));
            let known = newest
                .entry(ids.value(row).to_owned())
                .or_insert((seq, hash));
            if seq >= known.0 {
                *known = (seq, hash);
            }
        }
        Ok(())
    })?;
    Ok(newest
        .into_iter()
        .map(|(id, (_, hash))| (id, hash))
        .collect())
}
