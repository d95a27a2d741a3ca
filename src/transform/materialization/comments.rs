//! Descriptions of the properties files as comments of the relation and its columns.

use super::Build;
use crate::error::Result;
use crate::transform::config::PersistDocs;
use crate::transform::graph::Node;
use crate::transform::state::RelationKind;
use crate::warehouse::{Connection, literal, quote};

/// Writes the comments of a relation just created; documented columns that do not exist are
/// returned as notices.
pub(super) fn comment(build: &Build<'_>, kind: RelationKind) -> Result<Vec<String>> {
    let which = build.compiled.config.persist_docs;
    write_comments(build.node, kind, which, build.connection)
}

/// The same for any node; `which` says which descriptions are written.
pub(in crate::transform) fn write_comments(
    node: &Node,
    kind: RelationKind,
    which: PersistDocs,
    connection: &Connection,
) -> Result<Vec<String>> {
    let relation = &node.relation;
    let mut sql = Vec::new();
    if which.relation && !node.description.is_empty() {
        let word = match kind {
            RelationKind::Table => "TABLE",
            RelationKind::View => "VIEW",
        };
        let text = literal(&node.description);
        sql.push(format!("COMMENT ON {word} {relation} IS {text};"));
    }
    let mut notices = Vec::new();
    if which.columns && !node.columns.is_empty() {
        let present = connection.describe(&relation.to_string())?;
        for described in &node.columns {
            let (name, description) = (&described.name, &described.description);
            match present
                .iter()
                .find(|column| column.name.eq_ignore_ascii_case(name))
            {
                None => notices.push(format!(
                    "{}: column `{name}` is described but does not exist",
                    node.path
                )),
                Some(_) if description.is_empty() => {}
                Some(column) => {
                    let column = quote(&column.name);
                    let text = literal(description);
                    sql.push(format!("COMMENT ON COLUMN {relation}.{column} IS {text};"));
                }
            }
        }
    }
    if !sql.is_empty() {
        connection.batch(&sql.join("\n"))?;
    }
    Ok(notices)
}
