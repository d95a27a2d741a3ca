//! Suites of expectations, read from the project's YAML and validated as a whole.
//!
//! A file holds one suite per YAML document:
//!
//! ```yaml
//! suite: bronze_conversations
//! layer: bronze
//! table: raw.conversations
//! expectations:
//!   - expect_column_to_exist: {column: _id}
//!   - expect_column_values_to_be_in_set: {column: type, value_set: [user], mostly: 0.99, severity: warn, why: "…"}
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_yaml_ng::{Mapping, Value as Yaml};

use super::expectation::{Expectation, Kwargs, Place, Severity, lookup};
use super::yaml_lines::{self, DocumentLines};
use crate::error::{Error, Result};
use crate::project::{Project, SourceFile};
use crate::warehouse::Relation;

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
    /// In the order of the file.
    pub expectations: Vec<Expectation>,
}

/// Reads every suite of the project, in the order of the files.
///
/// # Errors
/// `Project`, naming file and line: YAML that cannot be read, an unknown expectation or argument, an
/// argument of the wrong kind, a suite or expectation declared twice.
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

/// Reads every suite of the project, about a table of the caller's.
///
/// # Errors
/// As [`load_suites`].
pub fn load_suites_about(project: &Project, about: &About) -> Result<Vec<Suite>> {
    let mut suites = Vec::new();
    for file in &project.expectations {
        read_file(file, about, &mut suites)?;
    }
    refuse_duplicates(&suites)?;
    Ok(suites)
}

fn read_file(file: &SourceFile, about: &About, suites: &mut Vec<Suite>) -> Result<()> {
    let lines = yaml_lines::documents(&file.text);
    for (index, document) in serde_yaml_ng::Deserializer::from_str(&file.text).enumerate() {
        let value = Yaml::deserialize(document).map_err(|error| unreadable(file, &error))?;
        let place = lines.get(index).cloned().unwrap_or_default();
        match value {
            Yaml::Null => {}
            Yaml::Mapping(mapping) => suites.push(read_suite(file, &place, about, mapping)?),
            _ => {
                return Err(Error::project("a suite must be a mapping")
                    .at(format!("{}:{}", file.path, place.start))
                    .hint("Begin it with `suite: <name>`."));
            }
        }
    }
    Ok(())
}

fn unreadable(file: &SourceFile, error: &serde_yaml_ng::Error) -> Error {
    let line = error.location().map_or(1, |location| location.line());
    Error::project("failed to read a suite of expectations")
        .at(format!("{}:{line}", file.path))
        .cause(error)
}

fn read_suite(
    file: &SourceFile,
    lines: &DocumentLines,
    about: &About,
    mapping: Mapping,
) -> Result<Suite> {
    let place = Place {
        file: &file.path,
        text: &file.text,
        span: (lines.start, lines.end),
    };
    let mut kwargs = Kwargs::new("suite", place, mapping);
    let mut suite = Suite {
        name: kwargs.text(&["suite"])?,
        layer: kwargs.text(&["layer"])?,
        file: file.path.clone(),
        line: lines.start,
        table: kwargs.optional_table(&["table"])?,
        expectations: Vec::new(),
    };
    if about.always || suite.table.is_none() {
        suite.table = about.table.clone().or(suite.table);
    }
    kwargs.optional_text(&["description"])?;
    let items = match kwargs.take(&["expectations"])? {
        Some(Yaml::Sequence(items)) => items,
        Some(_) => return Err(kwargs.mistake("expectations", "must be a list")),
        None => return Err(kwargs.mistake("expectations", "is missing")),
    };
    kwargs.finish()?;
    let count = items.len();
    for (index, item) in items.into_iter().enumerate() {
        let place = Place {
            span: lines.item(index, count),
            ..place
        };
        suite
            .expectations
            .push(read_expectation(&suite, place, item)?);
    }
    Ok(suite)
}

fn read_expectation(suite: &Suite, place: Place<'_>, item: Yaml) -> Result<Expectation> {
    let (name, arguments) = name_and_arguments(place, item)?;
    let entry = lookup(&name).map_err(|close| {
        let unknown = Error::project(format!("there is no expectation `{name}`")).at(place.start());
        match close {
            Some(close) => unknown.hint(format!("Did you mean `{close}`?")),
            None => unknown.hint("Use a name of the reference of expectations."),
        }
    })?;
    let declared = declared_arguments(&arguments);
    let mut kwargs = Kwargs::new(entry.name, place, arguments);
    let mostly = if entry.takes_mostly {
        kwargs.number("mostly")?
    } else {
        None
    };
    let mostly = mostly.unwrap_or(1.0);
    if !(0.0..=1.0).contains(&mostly) {
        return Err(kwargs.mistake("mostly", "must be from 0 to 1"));
    }
    let severity = kwargs.choice(
        "severity",
        &[("error", Severity::Error), ("warn", Severity::Warn)],
    )?;
    let row_condition = if entry.needs_table {
        kwargs.optional_text(&["row_condition"])?
    } else {
        None
    };
    let expectation = Expectation {
        name: entry.name,
        line: place.span.0,
        table: suite.table.clone(),
        mostly,
        severity: severity.unwrap_or(entry.severity),
        row_condition,
        why: kwargs.optional_text(&["why"])?,
        title: kwargs.optional_text(&["name"])?,
        kwargs: declared,
        rule: (entry.read)(&mut kwargs)?,
    };
    kwargs.finish()?;
    if entry.needs_table && expectation.table.is_none() {
        return Err(Error::project(format!("`{name}` needs a table"))
            .at(place.start())
            .hint(format!(
                "Add `table: schema.name` to the suite `{}`.",
                suite.name
            )));
    }
    Ok(expectation)
}

/// The arguments of the rule, without those about the declaration.
fn declared_arguments(arguments: &Mapping) -> serde_json::Value {
    let rule = arguments.iter().filter_map(|(key, value)| {
        let key = key.as_str()?;
        let is_own = !["severity", "why", "name"].contains(&key);
        is_own.then(|| Some((key.to_owned(), serde_json::to_value(value).ok()?)))?
    });
    serde_json::Value::Object(rule.collect())
}

/// `name`, `name:` or `name: {arguments}`.
fn name_and_arguments(place: Place<'_>, item: Yaml) -> Result<(String, Mapping)> {
    let malformed = || {
        Error::project("an expectation must be one name with its arguments")
            .at(place.start())
            .hint("Write it as `- expect_…: {column: …}`.")
    };
    match item {
        Yaml::String(name) => Ok((name, Mapping::new())),
        Yaml::Mapping(mapping) if mapping.len() == 1 => {
            let (key, value) = mapping.into_iter().next().ok_or_else(malformed)?;
            let name = key.as_str().ok_or_else(malformed)?.to_owned();
            match value {
                Yaml::Null => Ok((name, Mapping::new())),
                Yaml::Mapping(arguments) => Ok((name, arguments)),
                _ => Err(malformed()),
            }
        }
        _ => Err(malformed()),
    }
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
    let declared: Vec<(&Suite, &Expectation)> = suites
        .iter()
        .flat_map(|suite| {
            suite
                .expectations
                .iter()
                .map(move |expectation| (suite, expectation))
        })
        .collect();
    for (index, (suite, expectation)) in declared.iter().enumerate() {
        let earlier = declared
            .iter()
            .take(index)
            .find(|(_, other)| same_rule(expectation, other));
        if let Some((first_suite, first)) = earlier {
            return Err(
                Error::project(format!("`{}` is declared twice", expectation.label()))
                    .at(format!("{}:{}", suite.file, expectation.line))
                    .at(format!("{}:{}", first_suite.file, first.line))
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
                    .at(format!("{}:{}", suite.file, expectation.line))
                    .at(format!("{}:{}", suite.file, first.line))
                    .hint("Add `name: …` to one of them."),
            );
        }
    }
    Ok(())
}

fn same_rule(one: &Expectation, other: &Expectation) -> bool {
    one.table == other.table && one.rule == other.rule && one.row_condition == other.row_condition
}
