//! What is written about a relation, with some of its rows.

use super::context::Context;
use super::models;
use super::report::{ShowReport, ShownColumn};
use crate::error::{Error, Result, nearest};
use crate::project::Origin;
use crate::transform::{NodeSummary, Selection};
use crate::warehouse::{Access, Column, Connection, Relation};

/// Documentation, columns and the first `limit` rows of a model, seed or snapshot, by its name or by
/// `schema.name`.
///
/// # Errors
/// `Usage` if nothing is called so, with the nearest name.
pub fn show(context: &Context, name: &str, limit: u64) -> Result<ShowReport> {
    let graph = models::graph(context)?;
    let nodes: Vec<NodeSummary> = graph
        .list(&Selection::default())?
        .into_iter()
        .filter(|node| node.kind.is_referable())
        .collect();
    let node = find(&nodes, name)?;
    let relation = Relation::new(&*node.schema, &*node.identifier);
    let mut report = describe(node, &nodes);
    if let Some(connection) = built(context, &relation)? {
        fill(&mut report, node, &relation, &connection, limit)?;
    }
    Ok(report)
}

fn find<'a>(nodes: &'a [NodeSummary], name: &str) -> Result<&'a NodeSummary> {
    let found = nodes.iter().find(|node| {
        node.name == name
            || node.identifier == name
            || format!("{}.{}", node.schema, node.identifier) == name
    });
    found.ok_or_else(|| {
        let error = Error::usage(format!("nothing is called `{name}`"));
        let plain = name.rsplit('.').next().unwrap_or(name);
        match nearest(plain, nodes.iter().map(|node| node.name.as_str())) {
            Some(near) => error.hint(format!("Did you mean `{near}`?")),
            None => error.hint("`cca ls` lists everything there is."),
        }
    })
}

fn describe(node: &NodeSummary, nodes: &[NodeSummary]) -> ShowReport {
    let uses = |other: &&NodeSummary| other.depends_on.contains(&node.name);
    let mut depends_on = node.depends_on.clone();
    depends_on.extend(node.sources.iter().cloned());
    ShowReport {
        name: node.name.clone(),
        kind: node.kind.to_string(),
        materialization: node.materialization.clone(),
        relation: format!("{}.{}", node.schema, node.identifier),
        path: node.path.clone(),
        origin: match &node.origin {
            Origin::Embedded => "embedded".to_owned(),
            Origin::Disk(path) => path.display().to_string(),
        },
        tags: node.tags.clone(),
        depends_on,
        used_by: nodes
            .iter()
            .filter(uses)
            .map(|other| other.name.clone())
            .collect(),
        description: node.description.clone(),
        columns: node
            .columns
            .iter()
            .map(|column| ShownColumn {
                name: column.name.clone(),
                type_name: column.data_type.clone().unwrap_or_default(),
                description: column.description.clone(),
            })
            .collect(),
        rows: None,
        sample: Vec::new(),
    }
}

/// A connection to the warehouse if the relation is in it.
fn built(context: &Context, relation: &Relation) -> Result<Option<Connection>> {
    if !context.settings.warehouse.path.exists() {
        return Ok(None);
    }
    let connection = context.warehouse(Access::ReadOnly)?.connect()?;
    let found = connection.scalar(
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = ? AND table_name = ?",
        &[
            relation.schema.as_str().into(),
            relation.name.as_str().into(),
        ],
    )?;
    Ok((found.as_i64() == Some(1)).then_some(connection))
}

fn fill(
    report: &mut ShowReport,
    node: &NodeSummary,
    relation: &Relation,
    connection: &Connection,
    limit: u64,
) -> Result<()> {
    let rows = connection.scalar(&format!("SELECT count(*) FROM {relation}"), &[])?;
    report.rows = rows.as_i64().and_then(|rows| u64::try_from(rows).ok());
    let table = connection.query(
        &format!("SELECT * FROM {relation} LIMIT ?"),
        &[limit.into()],
    )?;
    report.columns = table
        .columns
        .iter()
        .map(|column| shown(column, node))
        .collect();
    let names = || table.columns.iter().map(|column| column.name.clone());
    report.sample = table
        .rows
        .into_iter()
        .map(|row| names().zip(row).collect())
        .collect();
    Ok(())
}

fn shown(column: &Column, node: &NodeSummary) -> ShownColumn {
    let documented = node
        .columns
        .iter()
        .find(|documented| documented.name.eq_ignore_ascii_case(&column.name));
    ShownColumn {
        name: column.name.clone(),
        type_name: column.type_name.to_lowercase(),
        description: documented.map_or_else(String::new, |found| found.description.clone()),
    }
}
