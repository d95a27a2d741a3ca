//! Contracts: the columns, types and constraints a properties file binds a model to.
//!
//! The query must give exactly the columns described, with their types; a table is created with
//! them in the described order, and the constraints the engine knows become part of it.

use serde_json::Value as Json;

use super::{Build, UNCOMPRESSED};
use crate::error::{Error, Result};
use crate::transform::compile::SqlFailure;
use crate::transform::graph::{Column as Described, Node};
use crate::warehouse::{Column, quote};

/// The binding columns of a model; `None` where the contract is not enforced.
pub(super) struct Contract<'a> {
    node: &'a Node,
    types: Vec<(&'a Described, &'a str)>,
}

impl<'a> Contract<'a> {
    /// The contract of a model, checked against the columns its query gives.
    ///
    /// # Errors
    /// `Project` if columns or types are not those described, or if a type is missing.
    pub(super) fn of(build: &Build<'a>) -> Result<Option<Self>, SqlFailure> {
        if !build.compiled.config.is_contract_enforced {
            return Ok(None);
        }
        let node = build.node;
        let untyped = node
            .columns
            .iter()
            .find(|column| column.data_type.is_none());
        if let Some(name) = untyped.map(|column| &column.name) {
            return Err(broken(node)
                .cause(format!("column `{name}` has no `data_type`"))
                .hint("Give every column of an enforced contract a `data_type`.")
                .into());
        }
        if node.columns.is_empty() {
            return Err(broken(node)
                .cause("no column is described")
                .hint("Describe the columns with their `data_type` in a properties file.")
                .into());
        }
        let types = node.columns.iter();
        let contract = Self {
            node,
            types: types
                .filter_map(|column| Some((column, column.data_type.as_deref()?)))
                .collect(),
        };
        contract.check(build)?;
        Ok(Some(contract))
    }

    fn check(&self, build: &Build<'_>) -> Result<(), SqlFailure> {
        let query = &build.compiled.sql;
        let describe = |sql: &str| build.connection.describe(&format!("(\n{sql}\n)"));
        let given = describe(query).map_err(|error| SqlFailure {
            error,
            query: Some((query.clone(), 1)),
        })?;
        let casts: Vec<String> = self
            .types
            .iter()
            .map(|(column, kind)| format!("CAST(NULL AS {kind}) AS {}", quote(&column.name)))
            .collect();
        let wanted = describe(&format!("SELECT {}", casts.join(", "))).map_err(|error| {
            broken(self.node)
                .cause("a `data_type` is not known to the engine")
                .cause(error.causes().join("\n"))
        })?;
        let differences = differences(&given, &wanted);
        if differences.is_empty() {
            return Ok(());
        }
        let error = differences
            .into_iter()
            .fold(broken(self.node), Error::cause);
        Err(error
            .hint("Cast the columns in the query, or correct the properties file.")
            .into())
    }

    /// Names in the described order, as SQL.
    pub(super) fn names(&self) -> String {
        let names = self.types.iter().map(|(column, _)| quote(&column.name));
        names.collect::<Vec<_>>().join(", ")
    }

    /// Columns and constraints, as they stand in `CREATE TABLE`; the `plain` ones are stored as they
    /// are.
    pub(super) fn definition(&self, plain: &[String]) -> Result<String> {
        let mut parts = Vec::new();
        for (column, kind) in &self.types {
            let is_plain = plain
                .iter()
                .any(|name| name.eq_ignore_ascii_case(&column.name));
            let storage = if is_plain { UNCOMPRESSED } else { "" };
            let mut part = format!("{} {kind}{storage}", quote(&column.name));
            for constraint in list(&column.entry) {
                part.push(' ');
                let refused = |(cause, hint)| broken(self.node).cause(cause).hint(hint);
                part.push_str(&constraint_of_column(constraint).map_err(refused)?);
            }
            parts.push(part);
        }
        for constraint in list(&self.node.properties) {
            let refused = |(cause, hint)| broken(self.node).cause(cause).hint(hint);
            parts.push(constraint_of_table(constraint).map_err(refused)?);
        }
        Ok(parts.join(", "))
    }
}

/// A constraint as it stands behind a column; cause and hint if there is no such constraint.
pub(in crate::transform) fn constraint_of_column(
    constraint: &Json,
) -> Result<String, (String, String)> {
    let expression = text(constraint, "expression").unwrap_or_default();
    Ok(match kind(constraint) {
        "not_null" => "NOT NULL".to_owned(),
        "unique" => "UNIQUE".to_owned(),
        "primary_key" => "PRIMARY KEY".to_owned(),
        "check" => format!("CHECK ({expression})"),
        "foreign_key" => references(constraint),
        "custom" => expression.to_owned(),
        other => return Err(unknown(other)),
    })
}

/// A constraint of a whole table; cause and hint if there is no such constraint.
pub(in crate::transform) fn constraint_of_table(
    constraint: &Json,
) -> Result<String, (String, String)> {
    let name = text(constraint, "name");
    let name = name.map_or_else(String::new, |name| format!("CONSTRAINT {} ", quote(name)));
    let expression = text(constraint, "expression").unwrap_or_default();
    let columns = columns(constraint, "columns");
    Ok(match kind(constraint) {
        "unique" => format!("{name}UNIQUE ({columns})"),
        "primary_key" => format!("{name}PRIMARY KEY ({columns})"),
        "check" => format!("{name}CHECK ({expression})"),
        "not_null" => format!("{name}CHECK ({columns} IS NOT NULL)"),
        "foreign_key" => format!("{name}FOREIGN KEY ({columns}) {}", references(constraint)),
        "custom" => format!("{name}{expression}"),
        other => return Err(unknown(other)),
    })
}

fn unknown(kind: &str) -> (String, String) {
    let known = [
        "not_null",
        "unique",
        "primary_key",
        "foreign_key",
        "check",
        "custom",
    ];
    let near = crate::error::nearest(kind, known)
        .map_or(String::new(), |near| format!("Did you mean `{near}`? "));
    (
        format!("there is no constraint `{kind}`"),
        format!("{near}Write one of `{}`.", known.join("`, `")),
    )
}

fn list(entry: &Json) -> impl Iterator<Item = &Json> {
    let list = entry.get("constraints").and_then(Json::as_array);
    list.into_iter().flatten()
}

fn kind(constraint: &Json) -> &str {
    text(constraint, "type").unwrap_or_default()
}

fn text<'j>(constraint: &'j Json, key: &str) -> Option<&'j str> {
    constraint.get(key).and_then(Json::as_str)
}

fn columns(constraint: &Json, key: &str) -> String {
    let names = constraint.get(key).and_then(Json::as_array);
    let names = names.into_iter().flatten().filter_map(Json::as_str);
    names.map(quote).collect::<Vec<_>>().join(", ")
}

/// `to` is a relation as SQL; without it `expression` says everything.
fn references(constraint: &Json) -> String {
    match text(constraint, "to") {
        Some(to) => format!("REFERENCES {to} ({})", columns(constraint, "to_columns")),
        None => {
            let expression = text(constraint, "expression").unwrap_or_default();
            format!("REFERENCES {expression}")
        }
    }
}

fn broken(node: &Node) -> Error {
    let error = Error::project(format!("model `{}` breaks its contract", node.name)).at(&node.path);
    match &node.described_at {
        Some(place) => error.at(place),
        None => error,
    }
}

fn differences(given: &[Column], wanted: &[Column]) -> Vec<String> {
    let find = |all: &[Column], name: &str| {
        let mut all = all.iter();
        all.find(|one| one.name.eq_ignore_ascii_case(name)).cloned()
    };
    let mut all = Vec::new();
    for column in wanted {
        match find(given, &column.name) {
            None => all.push(format!(
                "column `{}` is described but not selected",
                column.name
            )),
            Some(one) if one.type_name != column.type_name => all.push(format!(
                "column `{}` is {}, described as {}",
                column.name, one.type_name, column.type_name
            )),
            Some(_) => {}
        }
    }
    for column in given.iter().filter(|one| find(wanted, &one.name).is_none()) {
        all.push(format!(
            "column `{}` {} is not described",
            column.name, column.type_name
        ));
    }
    all
}
