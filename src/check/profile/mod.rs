//! Proposes a suite from the data as they are: what holds today, where it is likely to be meant.
//!
//! One scan measures every column; columns with few values are asked for them. What is proposed
//! passes on the data it was made from.

mod format;
mod measure;
mod propose;
mod yaml;

use crate::error::{Error, Result, nearest};
use crate::warehouse::{Connection, Relation};

/// A proposed suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The YAML of the suite.
    pub text: String,
    /// Expectations in it.
    pub expectations: usize,
    /// Rows of the table.
    pub rows: u64,
}

/// Measures a relation and proposes a suite about it.
///
/// # Errors
/// `DataInvalid` if it cannot be read.
pub fn propose(connection: &Connection, relation: &Relation, layer: &str) -> Result<Proposal> {
    let table = measure::measure(connection, relation)?;
    let expectations = propose::expectations(&table);
    Ok(Proposal {
        text: yaml::suite(relation, layer, &table, &expectations),
        expectations: expectations.len(),
        rows: table.rows,
    })
}

/// The relation a name means: `schema.name`, or a name that only one schema has.
///
/// # Errors
/// `Usage` if there is none, or several.
pub fn find_relation(connection: &Connection, name: &str) -> Result<Relation> {
    let relations = relations(connection)?;
    let full = |relation: &Relation| format!("{}.{}", relation.schema, relation.name);
    let meant: Vec<&Relation> = relations
        .iter()
        .filter(|relation| relation.name == name || full(relation) == name)
        .collect();
    match meant.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            let names = relations.iter().map(full);
            let names: Vec<String> = names
                .chain(relations.iter().map(|relation| relation.name.clone()))
                .collect();
            let error = Error::usage(format!("there is no table `{name}`"));
            Err(match nearest(name, names.iter().map(String::as_str)) {
                Some(close) => error.hint(format!("Did you mean `{close}`?")),
                None => error.hint(format!(
                    "There are: {}.",
                    relations.iter().map(full).collect::<Vec<_>>().join(", ")
                )),
            })
        }
        several => {
            let names: Vec<String> = several.iter().map(|relation| full(relation)).collect();
            Err(Error::usage(format!("`{name}` may be several tables"))
                .hint(format!("Say which: {}.", names.join(", "))))
        }
    }
}

/// The relation of a database that has only one.
pub fn only_relation(connection: &Connection) -> Result<Option<Relation>> {
    let mut relations = relations(connection)?;
    let only = relations.pop();
    Ok(only.filter(|_| relations.is_empty()))
}

fn relations(connection: &Connection) -> Result<Vec<Relation>> {
    let listed = connection.query(
        "SELECT table_schema, table_name FROM information_schema.tables
         WHERE table_schema NOT IN ('information_schema', 'pg_catalog', 'cca') ORDER BY ALL",
        &[],
    )?;
    Ok(listed
        .rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [schema, table] => Some(Relation::new(schema.as_str()?, table.as_str()?)),
            _ => None,
        })
        .collect())
}
