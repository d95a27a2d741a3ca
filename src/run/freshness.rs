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
use crate::error::{Kind, Result};
use crate::event::{Silent, Status};
use crate::extract::transcripts;
use crate::lake::Lake;
use crate::land;
use crate::load;
use crate::transform::Graph;
use crate::warehouse::{Access, Connection, Value, Warehouse};

/// What a look at the store tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    /// Nothing is new.
    Current,
    /// Something may be new.
    Unknown,
}

/// Looks at the transcripts while the store is opened.
pub(super) fn of(context: &Context) -> Result<Freshness> {
    let settings = &context.settings;
    let has_store = Lake::exists(&settings.lake) && settings.warehouse.path.exists();
    if settings.source != SourceKind::Transcripts || !has_store {
        return Ok(Freshness::Unknown);
    }
    let built = match built(context) {
        Ok(built) => built,
        Err(error) if error.kind() == Kind::Locked => return Err(error),
        // What is wrong with the warehouse, the run says better.
        Err(_) => return Ok(Freshness::Unknown),
    };
    let lake = Lake::open(&settings.lake)?;
    let Some(table) = lake.table()? else {
        return Ok(Freshness::Unknown);
    };
    if built.is_none() || built != table.snapshot_id() {
        return Ok(Freshness::Unknown);
    }
    let marks = land::marks(&table)?;
    if transcripts::has_news(&settings.transcripts, &marks, &Silent)? {
        return Ok(Freshness::Unknown);
    }
    Ok(Freshness::Current)
}

/// The snapshot the models are of, if they were made from the definitions of this project.
fn built(context: &Context) -> Result<Option<i64>> {
    let connection = context.warehouse(Access::ReadOnly)?.connect()?;
    let sql = "SELECT snapshot_id FROM cca.usage_state WHERE definitions = ?";
    let definitions = definitions(context).as_str().into();
    Ok(connection.scalar(sql, &[definitions])?.as_i64())
}

/// Remembers that the models usage needs are built, if `report` says so; forgets it if one failed.
pub(super) fn note(
    context: &Context,
    warehouse: &Warehouse,
    report: &TransformReport,
) -> Result<()> {
    let needed = needed_units(context)?;
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

/// Names of the models and seeds that usage needs.
fn needed_units(context: &Context) -> Result<Vec<String>> {
    let graph = Graph::parse(&context.project, &models::settings(context, None))?;
    let nodes = graph.list(&models::selection(&usage::needed()))?;
    Ok(nodes.into_iter().map(|node| node.name).collect())
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
    let files = project.models.iter().chain(&project.properties);
    let mut reads_environment = false;
    for file in files.chain(&project.macros).chain(&project.seeds) {
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
