//! The merge of one delta: one transaction, newest version wins, tombstones delete.
//!
//! 1. Keys of the delta (`_id`, `_seq`, fingerprint, position in its file) are read; per `_id` the
//!    newest version remains.
//! 2. They are compared with the keys of `raw.conversations`, which decides for each: insert,
//!    update, delete, or unchanged (same fingerprint, or an older version arriving late).
//! 3. `MERGE INTO` applies inserts and updates (without updates: `INSERT`); only their rows are
//!    read in full.
//! 4. What was removed is remembered in `raw.tombstones`, so that an older version arriving later
//!    does not revive it and incremental models learn of it.

use serde::Serialize;

use super::schema::{LAKE_ONLY, ensure, loaded_columns, read_expression};
use super::{landings, transcripts};
use crate::entry::{Landing, TranscriptState};
use crate::error::Result;
use crate::event::{Event, Observer};
use crate::sys;
use crate::warehouse::{Connection, Value, quote};

/// What is to be loaded.
#[derive(Clone, Debug)]
pub struct LoadRequest {
    /// Data files to merge, in commit order.
    pub files: Vec<String>,
    /// Every live data file of the landing table, for the view over the raw documents.
    pub live_files: Vec<String>,
    /// Snapshot the files lead to.
    pub snapshot_id: i64,
    /// Empty the table first: the files are everything there is.
    pub from_scratch: bool,
    /// The commits in the history of the landing table, for `cca.landings`.
    pub landings: Vec<Landing>,
    /// How far the transcripts were read for the snapshot, for `cca.transcripts`; `None` leaves
    /// the table as it is.
    pub transcripts: Option<Vec<TranscriptState>>,
}

/// What a load did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LoadReport {
    /// Data files read.
    pub files: u64,
    /// Rows inserted.
    pub inserted: u64,
    /// Rows replaced by a newer version.
    pub updated: u64,
    /// Rows removed by tombstones or because their file was replaced.
    pub deleted: u64,
    /// Rows that were there already in the same or a newer version.
    pub unchanged: u64,
    /// Entries in the files, whatever was done with them.
    pub entries: u64,
}

/// The snapshot recorded by the last load, `None` before the first. Creates the loader's tables
/// where missing.
pub fn last_loaded_snapshot(connection: &Connection) -> Result<Option<i64>> {
    ensure(connection)?;
    loaded_snapshot(connection)
}

/// The same for a warehouse opened for reading, in which `cca.loads` must exist.
pub fn loaded_snapshot(connection: &Connection) -> Result<Option<i64>> {
    let value = connection.scalar(
        "SELECT snapshot_id FROM cca.loads ORDER BY load_id DESC LIMIT 1",
        &[],
    )?;
    Ok(value.as_i64())
}

/// Merges the files of the request. A request without files whose snapshot is already recorded
/// changes no entry.
pub fn load(
    connection: &Connection,
    request: &LoadRequest,
    observer: &dyn Observer,
) -> Result<LoadReport> {
    let known = last_loaded_snapshot(connection)?;
    if known == Some(request.snapshot_id) && !request.from_scratch {
        let states = request.transcripts.as_deref();
        connection.transaction(|connection| transcripts::record(connection, states))?;
        return Ok(LoadReport::default());
    }
    let report = connection.transaction(|connection| merge(connection, request, known))?;
    observer.observe(Event::LoadDeltaMerged {
        files: report.files,
        inserted: report.inserted,
        updated: report.updated,
        deleted: report.deleted,
        unchanged: report.unchanged,
    });
    Ok(report)
}

fn merge(connection: &Connection, request: &LoadRequest, known: Option<i64>) -> Result<LoadReport> {
    let load_id = connection
        .scalar("SELECT coalesce(max(load_id), 0) + 1 FROM cca.loads", &[])?
        .as_i64()
        .unwrap_or(1);
    if request.from_scratch {
        connection.batch("DELETE FROM raw.conversations; DELETE FROM raw.tombstones;")?;
    }
    let mut report = LoadReport {
        files: request.files.len() as u64,
        ..LoadReport::default()
    };
    if !request.files.is_empty() {
        let files = file_list(&request.files);
        stage_keys(connection, &files)?;
        decide(connection)?;
        count(connection, &mut report)?;
        remember_removed(connection, load_id)?;
        remove(connection)?;
        apply(connection, &files, load_id, &report)?;
        connection
            .batch("DROP TABLE delta_keys; DROP TABLE delta_actions; DROP TABLE delta_removed;")?;
    }
    create_raw_view(connection, &request.live_files)?;
    record(connection, request, known, load_id, &report)?;
    Ok(report)
}

/// A list of paths as a SQL list. Paths come from the catalog; quotes in them are doubled.
fn file_list(files: &[String]) -> String {
    let quoted: Vec<String> = files
        .iter()
        .map(|path| format!("'{}'", path.replace('\'', "''")))
        .collect();
    format!("[{}]", quoted.join(", "))
}

fn stage_keys(connection: &Connection, files: &str) -> Result<()> {
    connection.batch(&format!(
        "CREATE OR REPLACE TEMP TABLE delta_keys AS
         SELECT _id, _source, _op, _seq, _content_hash, source_file,
                filename, file_row_number
         FROM read_parquet({files}, hive_partitioning = false, filename = true, file_row_number = true)"
    ))
}

/// One row per `_id` with what is to happen to it, and one row per existing entry to be removed.
/// Few keys come several times; only those are put in order.
fn decide(connection: &Connection) -> Result<()> {
    connection.batch(
        "CREATE OR REPLACE TEMP TABLE delta_actions AS
         WITH entries AS (
             SELECT * FROM delta_keys WHERE _op <> 'truncate'
         ),
         repeated AS (
             SELECT _id FROM entries GROUP BY _id HAVING count(*) > 1
         ),
         newest AS (
             SELECT _id, _seq, _op, _content_hash, filename, file_row_number
             FROM entries ANTI JOIN repeated USING (_id)
             UNION ALL
             SELECT _id, _seq, _op, _content_hash, filename, file_row_number
             FROM entries SEMI JOIN repeated USING (_id)
             QUALIFY row_number() OVER (
                 PARTITION BY _id ORDER BY _seq DESC, filename DESC, file_row_number DESC) = 1
         ),
         removed_later AS (
             SELECT _id, max(_seq) AS _seq FROM raw.tombstones GROUP BY _id
         )
         SELECT newest._id,
                newest._seq,
                newest.filename,
                newest.file_row_number,
                CASE
                    WHEN removed_later._seq > newest._seq THEN 'unchanged'
                    WHEN newest._op = 'delete' AND existing._id IS NULL THEN 'forget'
                    WHEN newest._op = 'delete' AND existing._seq <= newest._seq THEN 'delete'
                    WHEN newest._op = 'delete' THEN 'unchanged'
                    WHEN existing._id IS NULL THEN 'insert'
                    WHEN existing._seq < newest._seq
                         AND existing._content_hash <> newest._content_hash THEN 'update'
                    ELSE 'unchanged'
                END AS action
         FROM newest
         LEFT JOIN raw.conversations AS existing ON existing._id = newest._id
         LEFT JOIN removed_later ON removed_later._id = newest._id;

         CREATE OR REPLACE TEMP TABLE delta_removed AS
         WITH truncates AS (
             SELECT _source, source_file, max(_seq) AS _seq
             FROM delta_keys WHERE _op = 'truncate' GROUP BY _source, source_file
         )
         SELECT existing._id, truncates._seq
         FROM raw.conversations AS existing
         JOIN truncates ON truncates._source = existing._source
                       AND truncates.source_file = existing.source_file
                       AND truncates._seq > existing._seq
         WHERE NOT EXISTS (
             SELECT 1 FROM delta_keys AS again
             WHERE again._id = existing._id AND again._op = 'upsert' AND again._seq >= truncates._seq)
         UNION
         SELECT _id, _seq FROM delta_actions WHERE action IN ('delete', 'forget')",
    )
}

fn count(connection: &Connection, report: &mut LoadReport) -> Result<()> {
    let table = connection.query(
        "SELECT (SELECT count(*) FROM delta_actions WHERE action = 'insert'),
                (SELECT count(*) FROM delta_actions WHERE action = 'update'),
                (SELECT count(*) FROM delta_removed
                 WHERE _id IN (SELECT _id FROM raw.conversations)),
                (SELECT count(*) FROM delta_keys WHERE _op = 'upsert'),
                (SELECT count(*) FROM delta_keys WHERE _op <> 'truncate')",
        &[],
    )?;
    let number = |index: usize| {
        let value = table
            .rows
            .first()
            .and_then(|row| row.get(index))
            .and_then(Value::as_i64);
        value
            .and_then(|value| u64::try_from(value).ok())
            .unwrap_or(0)
    };
    report.inserted = number(0);
    report.updated = number(1);
    report.deleted = number(2);
    report.unchanged = number(3).saturating_sub(report.inserted + report.updated);
    report.entries = number(4);
    Ok(())
}

fn remember_removed(connection: &Connection, load_id: i64) -> Result<()> {
    connection.execute(
        "INSERT INTO raw.tombstones
         SELECT removed._id, removed._seq, existing.session_id, existing.message_id, existing.uuid, ?
         FROM delta_removed AS removed
         LEFT JOIN raw.conversations AS existing ON existing._id = removed._id",
        &[load_id.into()],
    )?;
    // An update can move an entry to another session: the one it leaves has changed as well.
    connection.execute(
        "INSERT INTO raw.tombstones
         SELECT existing._id, existing._seq, existing.session_id, existing.message_id, existing.uuid, ?
         FROM delta_actions AS action
         JOIN raw.conversations AS existing ON existing._id = action._id
         WHERE action.action = 'update'",
        &[load_id.into()],
    )?;
    Ok(())
}

fn remove(connection: &Connection) -> Result<()> {
    connection.batch("DELETE FROM raw.conversations WHERE _id IN (SELECT _id FROM delta_removed)")
}

fn apply(connection: &Connection, files: &str, load_id: i64, report: &LoadReport) -> Result<()> {
    if report.inserted + report.updated == 0 {
        return Ok(());
    }
    let columns: Vec<String> = loaded_columns().map(|column| quote(column.name)).collect();
    let names = columns.join(", ");
    let reads: Vec<String> = loaded_columns().map(read_expression).collect();
    let reads = reads.join(", ");
    let delta = format!(
        "SELECT {reads}
         FROM read_parquet({files}, hive_partitioning = false, filename = true, file_row_number = true) AS file
         SEMI JOIN (SELECT filename, file_row_number FROM delta_actions
                    WHERE action IN ('insert', 'update')) AS wanted
           ON wanted.filename = file.filename AND wanted.file_row_number = file.file_row_number"
    );
    if report.updated == 0 {
        // Nothing can match; a plain insert runs on all threads, which a merge does not.
        return connection.batch(&format!(
            "INSERT INTO raw.conversations ({names}, _load_id)
             SELECT delta.*, {load_id} FROM ({delta}) AS delta"
        ));
    }
    let sets: Vec<String> = columns
        .iter()
        .map(|name| format!("{name} = delta.{name}"))
        .collect();
    let values: Vec<String> = columns.iter().map(|name| format!("delta.{name}")).collect();
    connection.batch(&format!(
        "MERGE INTO raw.conversations AS existing
         USING ({delta}) AS delta
         ON existing._id = delta._id
         WHEN MATCHED THEN UPDATE SET {sets}, _load_id = {load_id}
         WHEN NOT MATCHED THEN INSERT ({names}, _load_id) VALUES ({values}, {load_id})",
        sets = sets.join(", "),
        values = values.join(", "),
    ))
}

/// `raw.conversation_json`: the documents as received, read from the lake where they stay.
fn create_raw_view(connection: &Connection, live_files: &[String]) -> Result<()> {
    let wide = LAKE_ONLY.map(quote).join(", ");
    let source = if live_files.is_empty() {
        let nothing = LAKE_ONLY
            .map(|name| format!("NULL::VARCHAR AS {}", quote(name)))
            .join(", ");
        format!("(SELECT NULL::VARCHAR AS _id, NULL::BIGINT AS _seq, {nothing} WHERE false)")
    } else {
        format!(
            "read_parquet({}, hive_partitioning = false)",
            file_list(live_files)
        )
    };
    connection.batch(&format!(
        "CREATE OR REPLACE VIEW raw.conversation_json AS
         SELECT _id, {wide}
         FROM {source} AS lake
         SEMI JOIN raw.conversations AS current
           ON current._id = lake._id AND current._seq = lake._seq
         QUALIFY row_number() OVER (PARTITION BY _id) = 1;
         COMMENT ON VIEW raw.conversation_json IS
           'one row per entry of raw.conversations: the entry as received, read from the lake'"
    ))
}

fn record(
    connection: &Connection,
    request: &LoadRequest,
    known: Option<i64>,
    load_id: i64,
    report: &LoadReport,
) -> Result<()> {
    let number = |value: u64| Value::from(value);
    connection.execute(
        "INSERT INTO cca.loads VALUES (?, ?, make_timestamp(?), ?, ?, ?, ?, ?, ?, ?)",
        &[
            load_id.into(),
            request.snapshot_id.into(),
            sys::clock::now_micros().into(),
            number(report.files),
            number(report.inserted),
            number(report.updated),
            number(report.deleted),
            number(report.unchanged),
            number(report.entries),
            request.from_scratch.into(),
        ],
    )?;
    landings::record(connection, request, known, load_id)?;
    transcripts::record(connection, request.transcripts.as_deref())
}
