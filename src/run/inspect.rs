//! Questions that change nothing: list, compile, query.

use std::ops::ControlFlow;

use super::context::Context;
use super::models;
use super::report::{CompiledModel, NodeSummary};
use super::request::{QueryRequest, Selection};
use crate::error::{Error, Kind, Result};
use crate::project::Origin;
use crate::transform::Graph;
use crate::warehouse::{Access, Column, Value};

/// Models and seeds in dependency order, without opening the warehouse.
pub fn list(context: &Context, selection: &Selection) -> Result<Vec<NodeSummary>> {
    let graph = Graph::parse(&context.project, &models::settings(context, None))?;
    let nodes = graph.list(&models::selection(selection))?;
    Ok(nodes
        .into_iter()
        .map(|node| NodeSummary {
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
        })
        .collect())
}

/// The SQL of models as the warehouse would see it, without opening the warehouse.
pub fn compile(context: &Context, selection: &Selection) -> Result<Vec<CompiledModel>> {
    let graph = Graph::parse(&context.project, &models::settings(context, None))?;
    let compiled = graph.compile(&models::selection(selection), None)?;
    Ok(compiled
        .into_iter()
        .map(|model| CompiledModel {
            name: model.name,
            path: model.path,
            sql: model.sql,
        })
        .collect())
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
    let graph = Graph::parse(&context.project, &models::settings(context, None))?;
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
