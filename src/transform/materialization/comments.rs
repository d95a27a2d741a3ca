//! Descriptions of the properties files as comments of the relation and its columns.

use crate::error::Result;
use crate::transform::graph::Node;
use crate::transform::state::RelationKind;
use crate::warehouse::{Connection, quote};

/// Writes the comments of a relation just created; documented columns that do not exist are
/// returned as notices.
pub(in crate::transform) fn comment(
    node: &Node,
    kind: RelationKind,
    connection: &Connection,
) -> Result<Vec<String>> {
    let relation = &node.relation;
    let mut sql = Vec::new();
    if !node.description.is_empty() {
        let word = match kind {
            RelationKind::Table => "TABLE",
            RelationKind::View => "VIEW",
        };
        let text = literal(&node.description);
        sql.push(format!("COMMENT ON {word} {relation} IS {text};"));
    }
    let mut notices = Vec::new();
    if !node.columns.is_empty() {
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

/// A text in quotes; comments take no parameters.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
