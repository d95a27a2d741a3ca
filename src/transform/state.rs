//! What the warehouse already holds: its relations, and with which definition they were built.
//!
//! Definitions are kept in `cca.model_state` and written in the transaction that builds the
//! relation, so that they never disagree with it.

use std::collections::{BTreeMap, BTreeSet};

use std::ops::ControlFlow;

use super::settings::Semantics;
use crate::error::Result;
use crate::warehouse::{Connection, Relation, Value, quote};

/// Table or view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RelationKind {
    Table,
    View,
}

/// The relations of the warehouse at the beginning of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Existing {
    kinds: BTreeMap<Relation, RelationKind>,
    definitions: BTreeMap<Relation, String>,
    /// Name of the database the connection was opened on.
    database: String,
}

const STATE_SCHEMA: &str = "cca";
const STATE_TABLE: &str = "model_state";

impl Existing {
    /// Reads relations and definitions.
    pub(super) fn read(connection: &Connection) -> Result<Self> {
        let database = connection.scalar("SELECT current_database()", &[])?;
        let mut found = Self {
            database: database.as_str().unwrap_or_default().to_lowercase(),
            ..Self::default()
        };
        let sql = "SELECT table_schema, table_name, table_type, table_catalog \
                   FROM information_schema.tables WHERE table_catalog NOT IN ('system', 'temp')";
        connection.each_row(sql, &[], |_, row| {
            if let [schema, name, kind, Value::Text(catalog)] = row {
                let kind = match kind.as_str() {
                    Some("VIEW") => RelationKind::View,
                    _ => RelationKind::Table,
                };
                let relation = relation_of(schema, name).in_database(Some(catalog.clone()));
                found.kinds.insert(found.folded(&relation), kind);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let state = Relation::new(STATE_SCHEMA, STATE_TABLE);
        if found.kind(&state).is_some() {
            let sql = format!("SELECT schema_name, relation_name, definition FROM {state}");
            connection.each_row(&sql, &[], |_, row| {
                if let [schema, name, Value::Text(definition)] = row {
                    found
                        .definitions
                        .insert(relation_of(schema, name), definition.clone());
                }
                Ok(ControlFlow::Continue(()))
            })?;
        }
        Ok(found)
    }

    /// What `relation` is, if it exists.
    pub(super) fn kind(&self, relation: &Relation) -> Option<RelationKind> {
        self.kinds.get(&self.folded(relation)).copied()
    }

    /// Whether `relation` exists as a table.
    pub(super) fn is_table(&self, relation: &Relation) -> bool {
        self.kind(relation) == Some(RelationKind::Table)
    }

    /// The definition `relation` was built with.
    pub(super) fn definition(&self, relation: &Relation) -> Option<&str> {
        self.definitions.get(&folded(relation)).map(String::as_str)
    }

    /// Lower case, and without the database if it is the one the connection was opened on.
    fn folded(&self, relation: &Relation) -> Relation {
        let database = relation.database.as_ref().map(|name| name.to_lowercase());
        folded(relation).in_database(database.filter(|name| *name != self.database))
    }
}

/// The engine compares names without regard to case.
fn folded(relation: &Relation) -> Relation {
    Relation::new(relation.schema.to_lowercase(), relation.name.to_lowercase())
}

fn relation_of(schema: &Value, name: &Value) -> Relation {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_lowercase();
    Relation::new(text(schema), text(name))
}

/// Creates the schemas of a run and, for a project of ours, the table of definitions.
pub(super) fn prepare(
    connection: &Connection,
    schemas: &BTreeSet<(Option<&str>, &str)>,
    semantics: Semantics,
) -> Result<()> {
    let state = Relation::new(STATE_SCHEMA, STATE_TABLE);
    let own = (semantics == Semantics::Own).then_some(STATE_SCHEMA);
    let mut sql: Vec<String> = schemas
        .iter()
        .copied()
        .chain(own.map(|schema| (None, schema)))
        .map(|(database, schema)| {
            let database = database.map_or(String::new(), |name| format!("{}.", quote(name)));
            format!("CREATE SCHEMA IF NOT EXISTS {database}{};", quote(schema))
        })
        .collect();
    if own.is_some() {
        sql.push(format!(
            "CREATE TABLE IF NOT EXISTS {state} (schema_name VARCHAR NOT NULL, relation_name \
             VARCHAR NOT NULL, definition VARCHAR NOT NULL, built_at TIMESTAMP NOT NULL)"
        ));
    }
    connection.batch(&sql.join("\n"))
}

/// Remembers the definition `relation` is being built with.
pub(super) fn remember(
    connection: &Connection,
    relation: &Relation,
    definition: &str,
) -> Result<()> {
    forget(connection, relation)?;
    let relation = folded(relation);
    let now = crate::sys::clock::now_micros();
    let sql = format!(
        "INSERT INTO {} VALUES (?, ?, ?, make_timestamp(?))",
        Relation::new(STATE_SCHEMA, STATE_TABLE)
    );
    connection.execute(
        &sql,
        &[
            relation.schema.into(),
            relation.name.into(),
            definition.into(),
            now.into(),
        ],
    )?;
    Ok(())
}

/// When each relation of a project of ours was last built as a whole, in microseconds since the
/// epoch; what was added to it since does not count.
///
/// # Errors
/// Whatever keeps it from being read.
pub fn built_at(connection: &Connection) -> Result<BTreeMap<Relation, String>> {
    let state = Relation::new(STATE_SCHEMA, STATE_TABLE);
    let exists = connection.scalar(
        "SELECT count(*) FROM duckdb_tables()
         WHERE database_name = current_database() AND schema_name = ? AND table_name = ?",
        &[STATE_SCHEMA.into(), STATE_TABLE.into()],
    )?;
    if exists.as_i64() == Some(0) {
        return Ok(BTreeMap::new());
    }
    let sql = format!("SELECT schema_name, relation_name, epoch_us(built_at) FROM {state}");
    let mut all = BTreeMap::new();
    connection.each_row(&sql, &[], |_, row| {
        if let [schema, name, built_at] = row {
            all.insert(relation_of(schema, name), built_at.to_string());
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(all)
}

/// Forgets with which definition `relation` was built.
pub(super) fn forget(connection: &Connection, relation: &Relation) -> Result<()> {
    let relation = folded(relation);
    let sql = format!(
        "DELETE FROM {} WHERE schema_name = ? AND relation_name = ?",
        Relation::new(STATE_SCHEMA, STATE_TABLE)
    );
    connection.execute(&sql, &[relation.schema.into(), relation.name.into()])?;
    Ok(())
}
