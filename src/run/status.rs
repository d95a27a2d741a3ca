//! The state of a data folder.

use std::path::Path;

use jiff::Timestamp;

use super::context::Context;
use super::journal;
use super::lock::RunLock;
use super::report::{
    LandingStatus, LockStatus, PublishedStatus, StatusReport, UnpricedModel, WarehouseStatus,
};
use crate::error::{IoContext, Result};
use crate::lake::Lake;
use crate::land;
use crate::load;
use crate::publish;
use crate::warehouse::{Access, Connection, Value};

/// Describes what is landed, loaded, published and running. Opens everything for reading only; a
/// warehouse that a run has open is described without its contents.
pub fn status(context: &Context) -> Result<StatusReport> {
    let settings = &context.settings;
    let lake = if Lake::exists(&settings.lake) {
        Some(Lake::open(&settings.lake)?)
    } else {
        None
    };
    let landing = lake.as_ref().map(landing).transpose()?.flatten();
    let data_dir = &settings.project.data_dir;
    let running = RunLock::holder(data_dir);
    let warehouse = match (&running, settings.warehouse.path.exists()) {
        (None, true) => Some(warehouse(context, lake.as_ref())?),
        _ => None,
    };
    Ok(StatusReport {
        places: context.places(),
        landing,
        warehouse,
        published: published(&settings.publish.dir)?,
        dead_letters: dead_letters(&settings.dead_letter.dir)?,
        running: running.map(|holder| LockStatus {
            pid: holder.pid,
            host: holder.host,
            command: holder.command,
            since: holder.since.parse().ok(),
        }),
        last_run: journal::last(data_dir),
    })
}

fn landing(lake: &Lake) -> Result<Option<LandingStatus>> {
    let Some(table) = lake.table()? else {
        return Ok(None);
    };
    let files = table.files_since(None)?.files;
    Ok(Some(LandingStatus {
        snapshot_id: table.snapshot_id(),
        committed_at: table.committed_at(),
        snapshots: table.snapshot_count() as u64,
        rows: files.iter().map(|file| file.rows).sum(),
        files: files.len() as u64,
        bytes: files.iter().map(|file| file.bytes).sum(),
        marks: land::marks(&table)?,
    }))
}

fn warehouse(context: &Context, lake: Option<&Lake>) -> Result<WarehouseStatus> {
    let connection = context.warehouse(Access::ReadOnly)?.connect()?;
    let loaded = if has(&connection, "cca", "loads")? {
        load::loaded_snapshot(&connection)?
    } else {
        None
    };
    let behind = match lake.map(Lake::table).transpose()?.flatten() {
        Some(table) => table.snapshots_after(loaded),
        None => 0,
    };
    let count = |sql: &str| -> Result<u64> {
        let value = connection.scalar(sql, &[])?;
        Ok(value
            .as_i64()
            .and_then(|count| u64::try_from(count).ok())
            .unwrap_or(0))
    };
    let has_entries = has(&connection, "raw", "conversations")?;
    let newest = if has_entries {
        connection.scalar(
            "SELECT epoch_us(max(timestamp)) FROM raw.conversations",
            &[],
        )?
    } else {
        Value::Null
    };
    Ok(WarehouseStatus {
        loaded_snapshot_id: loaded,
        behind,
        entries: if has_entries {
            count("SELECT count(*) FROM raw.conversations")?
        } else {
            0
        },
        relations: count(
            "SELECT count(*) FROM information_schema.tables
             WHERE table_schema IN ('staging', 'intermediate', 'marts', 'seeds')",
        )?,
        bytes: std::fs::metadata(&context.settings.warehouse.path).map_or(0, |file| file.len()),
        newest_entry: newest
            .as_i64()
            .and_then(|micros| Timestamp::from_microsecond(micros).ok()),
        unpriced_models: unpriced_models(&connection)?,
    })
}

/// Models whose responses have no price; none while the model that prices them is not built.
fn unpriced_models(connection: &Connection) -> Result<Vec<UnpricedModel>> {
    if !has(connection, "intermediate", "int_api_calls")? {
        return Ok(Vec::new());
    }
    let table = connection.query(
        "SELECT model, min(price_name), count(*), sum(total_tokens)::BIGINT
         FROM intermediate.int_api_calls
         WHERE NOT is_priced
         GROUP BY model
         ORDER BY 4 DESC, 1",
        &[],
    )?;
    let text = |value: Option<&Value>| value.map(Value::to_string).unwrap_or_default();
    let number = |value: Option<&Value>| {
        let number = value.and_then(Value::as_i64);
        number
            .and_then(|number| u64::try_from(number).ok())
            .unwrap_or(0)
    };
    let models = table.rows.iter().map(|row| UnpricedModel {
        model: text(row.first()),
        price_name: text(row.get(1)),
        api_calls: number(row.get(2)),
        tokens: number(row.get(3)),
    });
    Ok(models.collect())
}

fn has(connection: &Connection, schema: &str, table: &str) -> Result<bool> {
    let found = connection.scalar(
        "SELECT count(*) FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?",
        &[schema.into(), table.into()],
    )?;
    Ok(found.as_i64() == Some(1))
}

fn published(dir: &Path) -> Result<Option<PublishedStatus>> {
    let Some(state) = publish::state(dir)? else {
        return Ok(None);
    };
    Ok(Some(PublishedStatus {
        generation: state.generation,
        generations: state.generations,
        published_at: Timestamp::from_microsecond(state.published_at).ok(),
        relations: state.relations,
        bytes: state.bytes,
    }))
}

/// Lines of all files with entries that could not be converted; rows that broke expectations are
/// in the warehouse as well.
fn dead_letters(dir: &Path) -> Result<u64> {
    let mut lines = 0;
    for item in walkdir::WalkDir::new(dir).into_iter().flatten() {
        if item.file_type().is_file() && item.file_name() == "extraction_failures.jsonl" {
            let text = std::fs::read(item.path()).io("read", item.path())?;
            lines += memchr::memchr_iter(b'\n', &text).count() as u64;
        }
    }
    Ok(lines)
}
