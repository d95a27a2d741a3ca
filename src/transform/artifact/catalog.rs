//! `catalog.json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::{metadata, write};
use crate::error::Result;
use crate::transform::graph::{Graph, Node, NodeKind};
use crate::warehouse::{Connection, Value};

/// Writes `catalog.json` into `folder`: what the warehouse holds of the nodes of the project.
///
/// # Errors
/// `DataInvalid` if the warehouse cannot be asked, `SourceUnavailable` if the folder cannot be
/// written.
pub fn write_catalog(graph: &Graph, connection: &Connection, folder: &Path) -> Result<()> {
    let own = connection.scalar("SELECT current_database()", &[])?;
    let catalog = Catalog {
        graph,
        tables: tables(connection)?,
        own: own.as_str().unwrap_or_default().to_owned(),
    };
    write(folder, "catalog.json", &catalog)
}

/// The document; the entry of a node exists only while it is written.
struct Catalog<'a> {
    graph: &'a Graph,
    tables: BTreeMap<Key, Json>,
    /// Database of relations that name none.
    own: String,
}

impl Serialize for Catalog<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let list = |kinds: &'static [NodeKind]| List {
            catalog: self,
            kinds,
        };
        let built = list(&[NodeKind::Model, NodeKind::Seed, NodeKind::Snapshot]);
        let mut all = serializer.serialize_map(None)?;
        all.serialize_entry("metadata", &metadata(self.graph, "catalog/v1"))?;
        all.serialize_entry("nodes", &built)?;
        all.serialize_entry("sources", &list(&[NodeKind::Source]))?;
        all.serialize_entry("errors", &Json::Null)?;
        all.end()
    }
}

struct List<'a> {
    catalog: &'a Catalog<'a>,
    kinds: &'static [NodeKind],
}

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nodes = self.catalog.graph.nodes.iter();
        let listed = nodes.filter(|node| self.kinds.contains(&node.kind));
        serializer.collect_map(listed.filter_map(|node| {
            let key = key_of(node, &self.catalog.own);
            let mut entry = self.catalog.tables.get(&key)?.clone();
            if let Some(fields) = entry.as_object_mut() {
                fields.insert("unique_id".to_owned(), Json::from(node.id.as_str()));
            }
            Some((&node.id, entry))
        }))
    }
}

type Key = (String, String, String);

fn key_of(node: &Node, own: &str) -> Key {
    let relation = &node.relation;
    let database = relation.database.as_deref().unwrap_or(own);
    (
        database.to_lowercase(),
        relation.schema.to_lowercase(),
        relation.name.to_lowercase(),
    )
}

const COLUMNS: &str = "\
SELECT c.database_name, c.schema_name, c.table_name, c.column_name, c.data_type, c.column_index, \
c.comment, t.comment, t.kind \
FROM duckdb_columns() AS c JOIN ( \
SELECT database_name, schema_name, table_name, comment, 'BASE TABLE' AS kind FROM duckdb_tables() \
UNION ALL SELECT database_name, schema_name, view_name, comment, 'VIEW' FROM duckdb_views()) AS t \
USING (database_name, schema_name, table_name) WHERE NOT c.internal ORDER BY ALL";

fn tables(connection: &Connection) -> Result<BTreeMap<Key, Json>> {
    let mut all: BTreeMap<Key, Json> = BTreeMap::new();
    let found = connection.query(COLUMNS, &[])?;
    for row in &found.rows {
        let text = |at: usize| row.get(at).and_then(Value::as_str);
        let lower = |at: usize| text(at).unwrap_or_default().to_lowercase();
        let table = all
            .entry((lower(0), lower(1), lower(2)))
            .or_insert_with(|| {
                json!({
                    "metadata": {
                        "type": text(8),
                        "schema": text(1),
                        "name": text(2),
                        "database": text(0),
                        "comment": text(7),
                        "owner": "",
                    },
                    "columns": {},
                    "stats": {
                        "has_stats": {
                            "id": "has_stats",
                            "label": "Has Stats?",
                            "value": false,
                            "include": false,
                            "description": "Indicates whether there are statistics for this table",
                        },
                    },
                })
            });
        let name = text(3).unwrap_or_default();
        let column = json!({
            "type": text(4),
            "index": row.get(5).and_then(Value::as_i64),
            "name": name,
            "comment": text(6),
        });
        if let Some(columns) = table.get_mut("columns").and_then(Json::as_object_mut) {
            columns.insert(name.to_owned(), column);
        }
    }
    Ok(all)
}
