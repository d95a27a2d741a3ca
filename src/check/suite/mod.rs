//! Suites of expectations, read from the project's YAML and validated as a whole.
//!
//! A file holds one suite per YAML document:
//!
//! ```yaml
//! suite: bronze_conversations
//! layer: bronze
//! table: raw.conversations
//! keys: [_id]
//! expectations:
//!   - expect_column_to_exist: {column: _id}
//!   - expect_column_values_to_be_in_set: {column: type, value_set: [user], mostly: 0.99, severity: warn, why: "…"}
//! ```
//!
//! `from: orders.json` takes the expectations of a suite of Great Expectations, in either of its
//! forms, unchanged.

mod declaration;
mod great_expectations;
mod lines;
mod parameters;
mod yaml;

use std::collections::BTreeMap;

pub(super) use lines::key_line;

use super::expectation::Expectation;
use crate::error::{Error, Result, nearest};
use crate::project::{Project, SourceFile};
use crate::warehouse::{Column, Relation};

/// Expectations about one table of one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Suite {
    /// Name; unique in the project.
    pub name: String,
    /// `bronze`, `silver`, `gold`, or a layer of the project's own.
    pub layer: String,
    /// Path of the file in the project.
    pub file: String,
    /// Line of its head.
    pub line: usize,
    /// Table its expectations are about; absent if all compare queries.
    pub table: Option<Relation>,
    /// Column with the number of the load that wrote a row, if a row is only ever replaced by rows
    /// of later loads. Checks within runs then count what changed since the last one.
    pub incremental_by: Option<String>,
    /// Words to select it by.
    pub tags: Vec<String>,
    /// In the order of the file.
    pub expectations: Vec<Expectation>,
}

impl Suite {
    /// Refuses columns without the one that should tell which load wrote a row.
    pub(super) fn find_load_in(&self, columns: &[Column]) -> Result<()> {
        let Some(wanted) = &self.incremental_by else {
            return Ok(());
        };
        let mut names = columns.iter().map(|column| column.name.as_str());
        if names.any(|name| name == wanted) {
            return Ok(());
        }
        let table = self.table.as_ref();
        let table = table.map(|table| format!("{}.{}", table.schema, table.name));
        let error = Error::data(format!(
            "there is no column `{wanted}` in {}, which is declared `incremental_by` it",
            table.unwrap_or_default()
        ));
        let names = columns.iter().map(|column| column.name.as_str());
        Err(match nearest(wanted, names) {
            Some(close) => error.hint(format!("Did you mean `{close}`?")),
            None => error.hint("Name the column with the number of the load, or leave it out."),
        }
        .at(format!("{}:{}", self.file, self.line)))
    }
}

/// Reads every suite of the project, in the order of the files.
///
/// # Errors
/// `Project`, naming file and line: a file that cannot be read, an unknown expectation or argument,
/// an argument of the wrong kind, a suite or expectation declared twice, a file of JSON that no
/// suite takes its expectations from.
pub fn load_suites(project: &Project) -> Result<Vec<Suite>> {
    load_suites_about(project, &About::default())
}

/// What suites are about that do not say it, or whatever they say.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The table.
    pub table: Option<Relation>,
    /// Whether suites that name another table are about it too.
    pub always: bool,
}

/// Reads every suite of the project, about a table of the caller's. A file of JSON that no suite
/// takes its expectations from is a suite about that table.
///
/// # Errors
/// As [`load_suites`].
pub fn load_suites_about(project: &Project, about: &About) -> Result<Vec<Suite>> {
    let (suites, faults) = read_suites(project, about);
    faults.into_iter().next().map_or(Ok(suites), Err)
}

/// The suites of a project as far as they can be read, and everything that is wrong with them.
pub(super) fn read_suites(project: &Project, about: &About) -> (Vec<Suite>, Vec<Error>) {
    let mut suites = Vec::new();
    let mut faults = Vec::new();
    let (json, yaml): (Vec<&SourceFile>, Vec<&SourceFile>) = project
        .expectations
        .iter()
        .partition(|file| file.extension() == "json");
    let mut reader = yaml::Reader::new(&json, about);
    for file in yaml {
        suites.extend(reader.suites(file, &mut faults));
    }
    for file in reader.unused() {
        match &about.table {
            None => faults.push(homeless(file)),
            Some(table) => match great_expectations::suite(file, table) {
                Ok(suite) => suites.push(suite),
                Err(fault) => faults.push(fault),
            },
        }
    }
    faults.extend(refuse_duplicates(&suites).err());
    (suites, faults)
}

fn homeless(file: &SourceFile) -> Error {
    let name = file.path.trim_start_matches("expectations/");
    Error::project("the suite of Great Expectations does not say which table it is about")
        .at(&file.path)
        .hint(format!(
            "Add a suite with `suite`, `layer`, `table` and `from: {name}` to a file of YAML \
             beside it; with `--on`, name the table by `--table`."
        ))
}

/// Two suites of one name, or one rule twice for the same rows of a table, are a slip of copying.
/// Expectations of a suite need different labels, by which their outcomes are followed over time.
fn refuse_duplicates(suites: &[Suite]) -> Result<()> {
    let mut names: BTreeMap<&str, &Suite> = BTreeMap::new();
    for suite in suites {
        if let Some(first) = names.insert(&suite.name, suite) {
            return Err(
                Error::project(format!("the suite `{}` is declared twice", suite.name))
                    .at(format!("{}:{}", suite.file, suite.line))
                    .at(format!("{}:{}", first.file, first.line))
                    .hint("Rename one of them, or join them."),
            );
        }
        refuse_same_labels(suite)?;
    }
    let declared: Vec<&Expectation> = suites
        .iter()
        .flat_map(|suite| &suite.expectations)
        .collect();
    for (index, expectation) in declared.iter().enumerate() {
        let earlier = declared
            .iter()
            .take(index)
            .find(|other| same_rule(expectation, other));
        if let Some(first) = earlier {
            return Err(
                Error::project(format!("`{}` is declared twice", expectation.label()))
                    .at(format!("{}:{}", expectation.file, expectation.line))
                    .at(format!("{}:{}", first.file, first.line))
                    .hint("Remove one of them."),
            );
        }
    }
    Ok(())
}

fn refuse_same_labels(suite: &Suite) -> Result<()> {
    let mut labels: BTreeMap<String, &Expectation> = BTreeMap::new();
    for expectation in &suite.expectations {
        if let Some(first) = labels.insert(expectation.label(), expectation)
            && !same_rule(expectation, first)
        {
            let label = expectation.label();
            return Err(
                Error::project(format!("two expectations are called `{label}`"))
                    .at(format!("{}:{}", expectation.file, expectation.line))
                    .at(format!("{}:{}", first.file, first.line))
                    .hint("Add `name: …` to one of them."),
            );
        }
    }
    Ok(())
}

fn same_rule(one: &Expectation, other: &Expectation) -> bool {
    one.table == other.table
        && one.rule == other.rule
        && one.row_condition == other.row_condition
        && (one.mostly - other.mostly).abs() < f64::EPSILON
}
