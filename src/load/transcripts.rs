//! `cca.transcripts`: how far each transcript file was read, as the marks of the lake tell, so that
//! rules can find files that were cut and machines that stopped synchronising.

use std::collections::BTreeMap;

use crate::entry::TranscriptState;
use crate::error::Result;
use crate::warehouse::{Connection, Relation, Value, instant};

pub(super) const TABLE: &str = "
CREATE TABLE IF NOT EXISTS cca.transcripts (
    transcript VARCHAR NOT NULL, path VARCHAR NOT NULL, machine VARCHAR, modified_at TIMESTAMP,
    size BIGINT, read_bytes BIGINT NOT NULL, waiting_bytes BIGINT, broken_lines BIGINT);
COMMENT ON TABLE cca.transcripts IS
    'one row per transcript file, as it was when it was last read';
COMMENT ON COLUMN cca.transcripts.transcript IS 'what `_id` of its entries begins with';
COMMENT ON COLUMN cca.transcripts.machine IS
    'machine it was written on: `transcripts.machine` and `transcripts.machines` of the configuration';
COMMENT ON COLUMN cca.transcripts.modified_at IS
    'last modification (UTC); empty while it is not read to its end';
COMMENT ON COLUMN cca.transcripts.read_bytes IS 'bytes whose entries are landed';
COMMENT ON COLUMN cca.transcripts.waiting_bytes IS
    'bytes after them: the beginning of a line without its end';
COMMENT ON COLUMN cca.transcripts.broken_lines IS
    'lines that are no JSON, kept as dead letters; empty where an earlier version read them';";

const COLUMNS: [&str; 8] = [
    "transcript",
    "path",
    "machine",
    "modified_at",
    "size",
    "read_bytes",
    "waiting_bytes",
    "broken_lines",
];

/// Whether nothing is recorded, as in a warehouse of an earlier version. The table must exist.
pub fn lacks_transcripts(connection: &Connection) -> Result<bool> {
    let first = connection.scalar("SELECT transcript FROM cca.transcripts LIMIT 1", &[])?;
    Ok(first.is_null())
}

/// Brings the table to `states`, if they are known; rows that stay as they are are not touched.
pub(super) fn record(connection: &Connection, states: Option<&[TranscriptState]>) -> Result<()> {
    let Some(states) = states else {
        return Ok(());
    };
    let mut known = known(connection)?;
    let mut outdated = Vec::new();
    let mut changed = Vec::new();
    for state in states {
        match known.remove(&state.transcript) {
            Some(before) if before == *state => continue,
            Some(before) => outdated.push(Value::from(before.transcript)),
            None => {}
        }
        changed.push(row(state));
    }
    outdated.extend(known.into_keys().map(Value::from));
    if !outdated.is_empty() {
        connection.execute(
            "DELETE FROM cca.transcripts
             WHERE transcript IN (SELECT unnest(CAST(? AS VARCHAR[])))",
            &[Value::List(outdated)],
        )?;
    }
    connection.append(&Relation::new("cca", "transcripts"), &COLUMNS, changed)
}

fn known(connection: &Connection) -> Result<BTreeMap<String, TranscriptState>> {
    let rows = connection.query(
        "SELECT transcript, path, machine, epoch_us(modified_at), size, read_bytes, broken_lines
         FROM cca.transcripts",
        &[],
    )?;
    Ok(rows.rows.iter().filter_map(|row| state(row)).collect())
}

fn state(row: &[Value]) -> Option<(String, TranscriptState)> {
    let [
        transcript,
        path,
        machine,
        modified_at,
        size,
        read_bytes,
        broken_lines,
    ] = row
    else {
        return None;
    };
    let count = |value: &Value| value.as_i64().and_then(|value| u64::try_from(value).ok());
    let transcript = transcript.as_str()?.to_owned();
    let state = TranscriptState {
        transcript: transcript.clone(),
        path: path.as_str()?.to_owned(),
        machine: machine.as_str().map(str::to_owned),
        modified_at: modified_at.as_i64(),
        size: count(size),
        read_bytes: count(read_bytes)?,
        broken_lines: count(broken_lines),
    };
    Some((transcript, state))
}

fn row(state: &TranscriptState) -> [Value; 8] {
    let waiting = state.size.map(|size| size.saturating_sub(state.read_bytes));
    [
        state.transcript.as_str().into(),
        state.path.as_str().into(),
        state.machine.clone().into(),
        state.modified_at.map(instant).into(),
        state.size.into(),
        state.read_bytes.into(),
        waiting.into(),
        state.broken_lines.into(),
    ]
}
