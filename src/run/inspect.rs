//! Questions that change nothing: list, compile, query.

use std::ops::ControlFlow;
use std::path::Path;

use super::context::Context;
use super::report::{CompiledModel, NodeSummary};
use super::request::{ModelsRequest, QueryRequest, Selection};
use super::{artifacts, models};
use crate::error::{Error, IoContext, Kind, Result, nearest};
use crate::project::{Origin, SourceFile};
use crate::transform;
use crate::warehouse::{Access, Column, Value};

/// Models and seeds in dependency order, without opening the warehouse.
pub fn list(context: &Context, selection: &Selection) -> Result<Vec<NodeSummary>> {
    let graph = models::graph(context)?;
    let selection = models::selection(context, selection)?;
    models::tell_unmatched(context, &graph, &selection)?;
    let nodes = graph.list(&selection)?;
    Ok(nodes
        .into_iter()
        .map(|node| NodeSummary {
            id: node.id,
            name: node.name,
            kind: node.kind.to_string(),
            materialization: node.materialization,
            schema: node.schema,
            tags: node.tags,
            depends_on: node.depends_on,
            path: node.path,
            origin: match node.origin {
                Origin::Embedded => "embedded".to_owned(),
                Origin::Disk(path) => path.display().to_string(),
            },
            why: node.why,
        })
        .collect())
}

/// The SQL of models as the warehouse would see it, without opening the warehouse.
///
/// A dbt project gets its `manifest.json` and compiled SQL.
pub fn compile(context: &Context, request: &ModelsRequest) -> Result<Vec<CompiledModel>> {
    let graph = models::graph(context)?;
    let selection = models::selection(context, &request.selection)?;
    let compiled = graph.compile(&selection, None)?;
    if let Some(folder) = artifacts::target(context, request.target_path.as_ref()) {
        let texts = compiled
            .iter()
            .map(|one| (one.id.as_str(), one.sql.as_str()));
        let queries = artifacts::queries(context, texts, &folder);
        transform::write_manifest(&graph, &queries, &folder)?;
        let sql = compiled.iter().map(|one| transform::Sql {
            id: &one.id,
            compiled: Some(&one.sql),
            ran: None,
        });
        transform::write_sql(&graph, sql, &folder)?;
    }
    Ok(compiled
        .into_iter()
        .map(|model| CompiledModel {
            name: model.name,
            path: model.path,
            sql: model.sql,
        })
        .collect())
}

/// The text of a statement in a file, else of the analysis of the project that has the path or the
/// name given.
///
/// # Errors
/// `Usage` if there is neither, with the nearest analysis.
pub fn statement(context: &Context, path: &Path) -> Result<String> {
    if path.is_file() {
        return std::fs::read_to_string(path).io("read", path);
    }
    let name = path.to_string_lossy().replace('\\', "/");
    let analyses = &context.project.root.analyses;
    let found = analyses.iter().find(|file| {
        file.path == name || file.stem() == name || name == format!("{}.sql", file.stem())
    });
    if let Some(file) = found {
        return Ok(file.text.clone());
    }
    let names: Vec<&str> = analyses.iter().map(SourceFile::stem).collect();
    let error = Error::usage(format!("there is no file or analysis `{name}`"));
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    Err(match nearest(stem, names.iter().copied()) {
        Some(near) => error.hint(format!("Did you mean `{near}`?")),
        None if names.is_empty() => error.hint("Name a file with a statement."),
        None => error.hint(format!(
            "Name a file, or one of the analyses: {}.",
            names.join(", ")
        )),
    })
}

/// Takes each row of a result with its columns.
pub type RowVisitor<'a> = &'a mut dyn FnMut(&[Column], &[Value]) -> Result<()>;

/// Runs a query on the warehouse without changing it; hands over each row with the columns, and
/// returns the columns.
///
/// # Errors
/// `Usage` if the statement fails or would write.
///
/// A statement with template tags, as the analyses of the project have them, is rendered first.
pub fn query(
    context: &Context,
    request: &QueryRequest,
    visit: RowVisitor<'_>,
) -> Result<Vec<Column>> {
    let warehouse = context.warehouse(Access::ReadOnly)?;
    let connection = warehouse.connect()?.cancellable(&context.cancel);
    let sql = rendered(context, &request.sql)?;
    let mut seen = 0_u64;
    let outcome = connection.each_row(&sql, &[], |columns, row| {
        if request.limit.is_some_and(|limit| seen >= limit) {
            return Ok(ControlFlow::Break(()));
        }
        seen += 1;
        visit(columns, row).map(ControlFlow::Continue)
    });
    match outcome {
        Err(error) if error.kind() == Kind::DataInvalid => Err(as_usage(&error)),
        other => other,
    }
}

fn rendered(context: &Context, sql: &str) -> Result<String> {
    if !sql.contains("{{") && !sql.contains("{%") {
        return Ok(sql.to_owned());
    }
    let graph = models::graph(context)?;
    graph.compile_text("query", sql, None)
}

/// A statement that fails is the user's, not the data's.
fn as_usage(error: &Error) -> Error {
    let mut usage = Error::usage("the query failed");
    for cause in error.causes() {
        usage = usage.cause(cause);
    }
    if error
        .causes()
        .iter()
        .any(|cause| cause.contains("read-only"))
    {
        return usage.hint("`cca query` only reads; change the data through models.");
    }
    usage.hint("`cca query \"SHOW ALL TABLES\"` lists the relations and their columns.")
}
