//! Artifacts of the model runner: written for every run of a dbt project, and for our own layout
//! where a folder is named.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value as Json;

use super::context::Context;
use super::request::ModelsRequest;
use crate::error::{Error, Result};
use crate::transform::{
    Graph, Queries, RunFacts, Sql, TransformReport, write_catalog, write_manifest,
    write_run_results, write_sql,
};
use crate::warehouse::Warehouse;

/// Where artifacts go; `None` for nowhere.
pub(super) fn target(context: &Context, asked: Option<&PathBuf>) -> Option<PathBuf> {
    asked.cloned().or_else(|| of_project(context))
}

/// The folder a dbt project names for its artifacts: `DBT_TARGET_PATH`, else `target-path`, else
/// `target`.
pub(super) fn of_project(context: &Context) -> Option<PathBuf> {
    context.profile.as_ref()?;
    let package = &context.project.root;
    let configured = package.settings.get("target-path").and_then(Json::as_str);
    let named = context.settings.env.get("DBT_TARGET_PATH");
    let folder = named.map(String::as_str).or(configured).unwrap_or("target");
    Some(package.root.as_ref()?.join(folder))
}

/// Queries by the id of their node, with the folder they are written below.
pub(super) fn queries<'a>(
    context: &Context,
    sql: impl Iterator<Item = (&'a str, &'a str)>,
    folder: &Path,
) -> Queries<'a> {
    let root = context.project.root.root.as_deref();
    let inner = root.and_then(|root| folder.strip_prefix(root).ok());
    Queries {
        sql: sql.collect(),
        folder: inner.unwrap_or(folder).to_owned(),
    }
}

/// Writes all artifacts of a run.
pub(super) fn write(
    context: &Context,
    graph: &Graph,
    warehouse: &Warehouse,
    report: &TransformReport,
    ran: &Ran<'_>,
) -> Result<()> {
    let Some(folder) = target(context, ran.request.target_path.as_ref()) else {
        return Ok(());
    };
    let compiled = report
        .units
        .iter()
        .filter_map(|unit| Some((unit.id.as_str(), unit.compiled.as_deref()?)));
    write_manifest(graph, &queries(context, compiled, &folder), &folder)?;
    write_run_results(graph, report, &ran.facts()?, &folder)?;
    write_catalog(graph, &warehouse.connect()?, &folder)?;
    let sql = report.units.iter().map(|unit| Sql {
        id: &unit.id,
        compiled: unit.compiled.as_deref(),
        ran: unit.ran.as_deref(),
    });
    write_sql(graph, sql, &folder)
}

/// The command behind the artifacts.
pub(super) struct Ran<'a> {
    pub(super) command: &'a str,
    pub(super) request: &'a ModelsRequest,
    pub(super) elapsed: Duration,
}

impl Ran<'_> {
    fn facts(&self) -> Result<RunFacts> {
        let request = serde_json::to_value(self.request)
            .map_err(|error| Error::bug("a request is no JSON").cause(error))?;
        let mut args = match request {
            Json::Object(mut fields) => {
                let selection = fields.remove("selection");
                if let Some(Json::Object(selection)) = selection {
                    fields.extend(selection);
                }
                fields
            }
            _ => serde_json::Map::new(),
        };
        args.insert("which".to_owned(), Json::from(self.command));
        Ok(RunFacts {
            elapsed: self.elapsed,
            args,
        })
    }
}
