//! How old the newest rows of sources are.

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::artifacts;
use super::context::Context;
use super::models::{graph, selection};
use super::request::Selection;
use crate::error::{Error, IoContext, Kind, Result};
use crate::event::Status;
use crate::sys;
use crate::transform::{self, Graph, SourceFreshness};
use crate::warehouse::Access;

/// What was found out about the sources.
#[derive(Debug, Serialize)]
pub struct FreshnessReport {
    /// One entry per source with limits.
    pub sources: Vec<SourceAge>,
    /// Why the command fails.
    #[serde(skip)]
    pub failure: Option<Error>,
}

/// The age of one source.
#[derive(Clone, Debug, Serialize)]
pub struct SourceAge {
    /// `source.table`.
    pub name: String,
    /// Fresh, too old for `warn_after`, or too old for `error_after`.
    pub status: Status,
    /// Instant of the newest row.
    pub newest: Option<String>,
    /// Its age in seconds.
    pub age_seconds: Option<f64>,
    /// Limits and filter as configured.
    pub criteria: Json,
    /// Why it fails.
    pub message: Option<String>,
}

/// How fresh the selected sources are; a dbt project gets `sources.json` among its artifacts.
///
/// # Errors
/// A project that cannot be read, a warehouse that is not there, a selector without a match. A
/// source that is too old is in the report.
pub fn freshness(context: &Context, request: &Selection) -> Result<FreshnessReport> {
    let graph = graph(context)?;
    let warehouse = context.warehouse(Access::ReadOnly)?;
    let started = sys::clock::now();
    let found = transform::freshness(&graph, &warehouse, &selection(context, request)?)?;
    if let Some(folder) = artifacts::of_project(context) {
        let document = document(&graph, &started, &found);
        std::fs::create_dir_all(&folder).io("create the folder", &folder)?;
        let text = serde_json::to_vec_pretty(&document)
            .map_err(|error| Error::bug("the freshness is no JSON").cause(error))?;
        sys::fs::write_atomic(&folder.join("sources.json"), &text)?;
    }
    Ok(report(found))
}

fn report(found: Vec<SourceFreshness>) -> FreshnessReport {
    let sources = found
        .iter()
        .map(|one| SourceAge {
            name: one.name.clone(),
            status: one.status,
            newest: one.newest.map(instant),
            age_seconds: one.age().map(|age| age.as_secs_f64()),
            criteria: one.criteria.clone(),
            message: one.error.as_ref().map(|error| {
                let cause = error.causes().first().cloned();
                cause.unwrap_or_else(|| error.message().to_owned())
            }),
        })
        .collect();
    let mut errors: Vec<Error> = found.into_iter().filter_map(|one| one.error).collect();
    let failure = match errors.len() {
        0 | 1 => errors.pop(),
        count => {
            let kind = if errors.iter().all(|error| error.kind() == Kind::CheckFailed) {
                Kind::CheckFailed
            } else {
                Kind::Project
            };
            let failure = Error::new(kind, format!("{count} sources are not fresh"));
            Some(errors.iter().fold(failure, |failure, error| {
                let cause = error.causes().first().cloned().unwrap_or_default();
                failure.cause(format!("{}: {cause}", error.message()))
            }))
        }
    };
    FreshnessReport { sources, failure }
}

fn instant(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros)
        .map_or_else(|_| format!("{micros} µs"), |instant| instant.to_string())
}

/// The document dbt calls `sources.json`.
fn document(graph: &Graph, started: &jiff::Timestamp, found: &[SourceFreshness]) -> Json {
    let total: f64 = found.iter().map(|one| one.elapsed.as_secs_f64()).sum();
    let results: Vec<Json> = found.iter().map(result).collect();
    json!({
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/sources/v3.json",
            "dbt_version": transform::DBT_VERSION,
            "generated_at": sys::clock::now().to_string(),
            "invocation_id": graph.invocation_id(),
            "invocation_started_at": started.to_string(),
            "env": {},
        },
        "results": results,
        "elapsed_time": total,
    })
}

fn result(one: &SourceFreshness) -> Json {
    let is_broken = one
        .error
        .as_ref()
        .filter(|error| error.kind() != Kind::CheckFailed);
    if let Some(error) = is_broken {
        return json!({
            "unique_id": one.id,
            "error": error.causes().join("\n"),
            "status": "runtime error",
        });
    }
    json!({
        "unique_id": one.id,
        // Without rows dbt takes the first instant it knows.
        "max_loaded_at": one.newest.map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), instant),
        "snapshotted_at": instant(one.looked_at),
        "max_loaded_at_time_ago_in_s": one.age().map_or(0.0, |age| age.as_secs_f64()),
        "status": match one.status {
            Status::Failed => "error",
            Status::Warned => "warn",
            _ => "pass",
        },
        "criteria": one.criteria,
        "adapter_response": {},
        "timing": [],
        "thread_id": "main",
        "execution_time": one.elapsed.as_secs_f64(),
    })
}
