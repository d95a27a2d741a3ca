//! `cca.landings`: what was read for each commit of the landing table, and which load took it in,
//! so that rules can hold the account of extraction against the rows that arrived.

use super::merge::LoadRequest;
use crate::entry::Landing;
use crate::error::Result;
use crate::warehouse::{Connection, Value};

pub(super) const TABLE: &str = "
CREATE TABLE IF NOT EXISTS cca.landings (
    snapshot_id BIGINT NOT NULL, committed_at TIMESTAMP NOT NULL, run_id VARCHAR NOT NULL,
    rows BIGINT NOT NULL, read BIGINT NOT NULL, landed BIGINT NOT NULL,
    duplicates BIGINT NOT NULL, dead_lettered BIGINT NOT NULL, load_id BIGINT);
COMMENT ON TABLE cca.landings IS
    'one row per commit of the landing table: entries read for it and what became of them';
COMMENT ON COLUMN cca.landings.load_id IS
    'load that took the commit in; empty where the history of the landing table did not tell';";

/// Adds the commits that are not known yet. Rows of commits that left the history stay.
pub(super) fn record(
    connection: &Connection,
    request: &LoadRequest,
    known: Option<i64>,
    load_id: i64,
) -> Result<()> {
    let landings = &request.landings;
    let first_loaded = match known {
        Some(snapshot) if !request.from_scratch => landings
            .iter()
            .position(|landing| landing.snapshot_id == snapshot)
            .map_or(landings.len(), |place| place + 1),
        _ if landings
            .first()
            .is_some_and(|first| first.follows.is_none()) =>
        {
            0
        }
        _ => landings.len(),
    };
    if request.from_scratch {
        connection.batch("UPDATE cca.landings SET load_id = NULL")?;
    }
    let unknown = if request.from_scratch {
        0
    } else {
        first_of_unknown(connection, landings)?
    };
    for (place, landing) in landings.iter().enumerate().skip(unknown) {
        let load = (place >= first_loaded).then_some(load_id);
        save(connection, landing, load)?;
    }
    Ok(())
}

/// Commits are recorded in their order: what follows the last recorded one is unknown.
fn first_of_unknown(connection: &Connection, landings: &[Landing]) -> Result<usize> {
    let last = connection.scalar(
        "SELECT arg_max(snapshot_id, committed_at) FROM cca.landings",
        &[],
    )?;
    let last = last.as_i64();
    let place = landings
        .iter()
        .rposition(|landing| Some(landing.snapshot_id) == last);
    Ok(place.map_or(0, |place| place + 1))
}

fn save(connection: &Connection, landing: &Landing, load_id: Option<i64>) -> Result<()> {
    let counts = &landing.counts;
    connection.execute(
        "DELETE FROM cca.landings WHERE snapshot_id = ?",
        &[landing.snapshot_id.into()],
    )?;
    connection.execute(
        "INSERT INTO cca.landings VALUES (?, make_timestamp(?), ?, ?, ?, ?, ?, ?, ?)",
        &[
            landing.snapshot_id.into(),
            landing.committed_at.into(),
            landing.run_id.as_str().into(),
            landing.rows.into(),
            counts.read.into(),
            counts.landed.into(),
            counts.duplicates.into(),
            counts.dead_lettered.into(),
            Value::from(load_id),
        ],
    )?;
    Ok(())
}
