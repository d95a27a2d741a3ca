//! What the Iceberg crates do not guarantee and the lake does; each test fails without its guard.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use cca::config::{LakeSettings, Settings};
use cca::entry::{Batch, BatchBuilder, COLUMNS, EntryRow};
use cca::error::{Kind, Result};
use cca::lake::{Committed, Lake, LakeTable, RowFilter, WriterOptions};

const OPTIONS: WriterOptions = WriterOptions {
    target_file_bytes: 1 << 20,
    row_group_rows: 1024,
    compression_level: 1,
};

fn settings(dir: &Path) -> LakeSettings {
    Settings::defaults(dir).lake
}

fn batch(source: &str, ids: std::ops::Range<usize>) -> Batch {
    let mut builder = BatchBuilder::new(source, 1_000_000);
    for id in ids {
        builder.push(&EntryRow {
            id: format!("id-{id}").into(),
            ingested_at: Some(5_000_000),
            raw_json: "{}".into(),
            ..EntryRow::default()
        });
    }
    builder.finish().expect("a valid batch")
}

fn append(
    table: &mut LakeTable<'_>,
    options: WriterOptions,
    batches: &[Batch],
) -> Result<Committed> {
    let mut writer = table.writer(COLUMNS, options, 0)?;
    for batch in batches {
        writer.write(&batch.records)?;
    }
    let files = writer.close()?;
    table.append(
        files,
        HashMap::from([("cca.test".to_owned(), "1".to_owned())]),
    )
}

fn found(table: &LakeTable<'_>, source: &str) -> usize {
    let mut rows = 0;
    table
        .each_batch(
            &["_id"],
            &RowFilter::ingested_between(source, 0, i64::MAX),
            |batch| {
                rows += batch.num_rows();
                Ok(())
            },
        )
        .expect("a readable table");
    rows
}

#[test]
fn a_stale_append_conflicts_instead_of_being_rebased() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = Lake::open(&settings(dir.path())).expect("a lake");
    let mut first = lake.table_or_create(COLUMNS).expect("a table");
    let mut second = lake.table().expect("readable").expect("created");
    append(&mut first, OPTIONS, &[batch("s", 0..3)]).expect("committed");
    let error = append(&mut second, OPTIONS, &[batch("s", 0..3)]).expect_err("stale");
    assert_eq!(error.kind(), Kind::CommitConflict, "{error}");
    let now = lake.table().expect("readable").expect("created");
    assert_eq!(found(&now, "s"), 3);
    assert_eq!(now.snapshot_count(), 1);
}

#[test]
fn a_commit_the_catalog_does_not_show_is_an_error() {
    let dir = tempfile::tempdir().expect("a folder");
    let settings = settings(dir.path());
    let lake = Lake::open(&settings).expect("a lake");
    let mut table = lake.table_or_create(COLUMNS).expect("a table");
    let catalog =
        rusqlite::Connection::open(settings.warehouse_path.join("catalog.db")).expect("a catalog");
    // The statement succeeds and reports one changed row, but the pointer does not stay.
    catalog
        .execute_batch(
            "CREATE TRIGGER lose AFTER UPDATE OF metadata_location ON iceberg_tables BEGIN
               UPDATE iceberg_tables SET metadata_location = OLD.metadata_location;
             END;",
        )
        .expect("a trigger");
    let error = append(&mut table, OPTIONS, &[batch("s", 0..3)]).expect_err("lost");
    assert_eq!(error.kind(), Kind::CommitConflict, "{error}");
    catalog.execute_batch("DROP TRIGGER lose").expect("dropped");
    let mut now = lake.table().expect("readable").expect("created");
    assert_eq!(now.snapshot_id(), None);
    append(&mut now, OPTIONS, &[batch("s", 0..3)]).expect("committed");
    assert_eq!(found(&now, "s"), 3);
}

#[test]
fn rows_with_long_values_are_found_whatever_the_row_groups() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = Lake::open(&settings(dir.path())).expect("a lake");
    let mut table = lake.table_or_create(COLUMNS).expect("a table");
    let long = "z".repeat(100);
    let options = WriterOptions {
        row_group_rows: 4,
        ..OPTIONS
    };
    append(
        &mut table,
        options,
        &[batch("aaa", 0..4), batch(&long, 4..8)],
    )
    .expect("committed");
    assert_eq!(found(&table, "aaa"), 4);
    assert_eq!(
        found(&table, &long),
        4,
        "the file's bounds must cover values longer than 64 bytes"
    );
}

#[test]
fn a_commit_reads_no_older_manifest() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = Lake::open(&settings(dir.path())).expect("a lake");
    let mut table = lake.table_or_create(COLUMNS).expect("a table");
    for start in 0..3 {
        append(&mut table, OPTIONS, &[batch("s", start..start + 1)]).expect("committed");
    }
    // With the old manifests out of the way, only a commit that would read them can fail.
    let metadata = table.location().join("metadata");
    let manifests: Vec<PathBuf> = std::fs::read_dir(&metadata)
        .expect("metadata")
        .map(|item| item.expect("an item").path())
        .filter(|path| {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            name.is_some_and(|name| name.ends_with(".avro") && !name.starts_with("snap-"))
        })
        .collect();
    assert_eq!(manifests.len(), 3);
    for manifest in &manifests {
        std::fs::rename(manifest, manifest.with_extension("hidden")).expect("renamed");
    }
    append(&mut table, OPTIONS, &[batch("s", 3..4)]).expect("committed without reading them");
    for manifest in &manifests {
        std::fs::rename(manifest.with_extension("hidden"), manifest).expect("renamed back");
    }
    assert_eq!(found(&table, "s"), 4);
}

#[test]
fn a_file_appears_whole_and_an_abandoned_one_does_not_appear() {
    let dir = tempfile::tempdir().expect("a folder");
    let lake = Lake::open(&settings(dir.path())).expect("a lake");
    let table = lake.table_or_create(COLUMNS).expect("a table");
    let mut writer = table.writer(COLUMNS, OPTIONS, 0).expect("a writer");
    writer.write(&batch("s", 0..3).records).expect("written");
    drop(writer);
    let left: Vec<_> = walkdir::WalkDir::new(table.location().join("data"))
        .into_iter()
        .flatten()
        .filter(|item| item.file_type().is_file())
        .collect();
    assert!(
        left.is_empty(),
        "an abandoned writer leaves nothing: {left:?}"
    );
}
