//! Whether the marts say everything there is, found out without running anything.
//!
//! A run that built all models usage needs writes, into the warehouse it built them in, which
//! snapshot they are of and from which definitions they were made. They are current while that
//! snapshot is the lake's, the definitions are the project's, and no transcript looks different
//! from when it was read.

use sha2::{Digest, Sha256};

use super::context::Context;
use super::models;
use super::report::TransformReport;
use super::usage;
use crate::config::SourceKind;
use crate::error::{Error, Kind, Result};
use crate::event::{Silent, Status};
use crate::extract::transcripts;
use crate::lake::Lake;
use crate::land;
use crate::load;
use crate::transform::{Graph, NodeKind};
use crate::warehouse::{Access, Connection, Value, Warehouse};

/// What `read` finds in the marts if they are current, else `None`. The transcripts are looked at
/// while the marts are read.
pub(super) fn current<T>(
    context: &Context,
    read: impl FnOnce(&Connection) -> Result<T>,
) -> Result<Option<T>> {
    let settings = &context.settings;
    let has_store = Lake::exists(&settings.lake) && settings.warehouse.path.exists();
    if settings.source != SourceKind::Transcripts || !has_store {
        return Ok(None);
    }
    std::thread::scope(|scope| {
        let landed = scope.spawn(|| landed_whole(context));
        let found = match built(context) {
            Ok(Some((snapshot, connection))) => Some((snapshot, read(&connection)?)),
            Ok(None) => None,
            Err(error) if error.kind() == Kind::Locked => return Err(error),
            // What is wrong with the warehouse, the run says better.
            Err(_) => None,
        };
        let landed = landed
            .join()
            .map_err(|_| Error::bug("a thread died while looking for news"))??;
        Ok(found
            .filter(|(snapshot, _)| Some(*snapshot) == landed)
            .map(|(_, value)| value))
    })
}

/// The snapshot of the lake, if it holds all the transcripts say.
fn landed_whole(context: &Context) -> Result<Option<i64>> {
    let settings = &context.settings;
    let lake = Lake::open(&settings.lake)?;
    let Some(table) = lake.table()? else {
        return Ok(None);
    };
    let marks = land::marks(&table)?;
    let has_news = transcripts::has_news(&settings.transcripts, &marks, &Silent)?;
    Ok(table.snapshot_id().filter(|_| !has_news))
}

/// The snapshot the models are of, if they were made from the definitions of this project.
fn built(context: &Context) -> Result<Option<(i64, Connection)>> {
    let definitions = definitions(context).as_str().into();
    let connection = context.warehouse(Access::ReadOnly)?.connect()?;
    let sql = "SELECT snapshot_id FROM cca.usage_state WHERE definitions = ?";
    let snapshot = connection.scalar(sql, &[definitions])?.as_i64();
    Ok(snapshot.map(|snapshot| (snapshot, connection)))
}

/// Remembers that the models usage needs are built, if `report` says so; forgets it if one failed.
pub(super) fn note(
    context: &Context,
    graph: &Graph,
    warehouse: &Warehouse,
    report: &TransformReport,
) -> Result<()> {
    let needed = needed_units(context, graph)?;
    let status = |name: &String| {
        let unit = report.units.iter().find(|unit| &unit.name == name);
        unit.map(|unit| unit.status)
    };
    let statuses: Vec<Option<Status>> = needed.iter().map(status).collect();
    let connection = warehouse.connect()?;
    prepare(&connection)?;
    if statuses.iter().all(|status| *status == Some(Status::Ok)) {
        let snapshot = load::loaded_snapshot(&connection)?.map_or(Value::Null, Value::from);
        let definitions = definitions(context).as_str().into();
        return connection.transaction(|connection| {
            connection.batch("DELETE FROM cca.usage_state")?;
            let sql = "INSERT INTO cca.usage_state VALUES (?, ?)";
            connection.execute(sql, &[snapshot, definitions]).map(drop)
        });
    }
    if statuses.iter().any(Option::is_some) {
        connection.batch("DELETE FROM cca.usage_state")?;
    }
    Ok(())
}

fn prepare(connection: &Connection) -> Result<()> {
    connection.batch(
        "CREATE SCHEMA IF NOT EXISTS cca;
         CREATE TABLE IF NOT EXISTS cca.usage_state (snapshot_id BIGINT, definitions VARCHAR NOT NULL)",
    )
}

/// Names of the relations that usage needs and a run builds. Seeds that did not change are not
/// loaded again, so a run says nothing of them; a model fails with its seed.
fn needed_units(context: &Context, graph: &Graph) -> Result<Vec<String>> {
    let nodes = graph.list(&models::selection(context, &usage::needed())?)?;
    let built = nodes
        .into_iter()
        .filter(|node| node.kind == NodeKind::Model && node.materialization != "ephemeral");
    Ok(built.map(|node| node.name).collect())
}

/// Fingerprint of everything the models are made from.
fn definitions(context: &Context) -> String {
    let project = &context.project;
    let settings = &context.settings;
    let mut hasher = Sha256::new();
    let mut add = |text: &str| {
        hasher.update(text.len().to_le_bytes());
        hasher.update(text.as_bytes());
    };
    add(env!("CARGO_PKG_VERSION"));
    add(&settings.project.timezone);
    for (name, value) in &settings.vars {
        add(name);
        add(&value.to_string());
    }
    let files = project.all_packages().flat_map(|package| {
        let models = package.models.iter().chain(&package.properties);
        models.chain(&package.macros).chain(&package.seeds)
    });
    let mut reads_environment = false;
    for file in files {
        add(&file.path);
        add(&file.text);
        reads_environment |= file.text.contains("env_var");
    }
    if reads_environment {
        for (name, value) in &settings.env {
            add(name);
            add(value);
        }
    }
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
