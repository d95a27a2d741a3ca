//! One declared expectation: the arguments that all of them take, and those of its type.

use serde_yaml_ng::Mapping;

use super::Suite;
use crate::check::expectation::{
    Expectation, Kwargs, Place, RecordTest, RowCondition, Rule, Severity, ValueTest, json, lookup,
};
use crate::error::{Error, Result};

/// Arguments that say how to treat an expectation, not what it asks.
const TREATMENT: [&str; 10] = [
    "severity",
    "why",
    "name",
    "tags",
    "meta",
    "id",
    "notes",
    "description",
    "catch_exceptions",
    "batch_id",
];

/// An expectation as it stands in a suite.
pub(super) struct Declaration<'a> {
    /// Its type.
    pub name: String,
    /// Its arguments.
    pub arguments: Mapping,
    /// Where it stands.
    pub place: Place<'a>,
}

impl Declaration<'_> {
    /// Reads it as a part of the suite.
    ///
    /// # Errors
    /// `Project`, naming file and line, for anything that is unknown or of the wrong kind.
    pub(super) fn read(self, suite: &Suite) -> Result<Expectation> {
        let Self {
            name,
            arguments,
            place,
        } = self;
        let entry = lookup(&name).map_err(|close| {
            let unknown =
                Error::project(format!("there is no expectation `{name}`")).at(place.start());
            match close {
                Some(close) => unknown.hint(format!("Did you mean `{close}`?")),
                None => unknown.hint("Use a name of the reference of expectations."),
            }
        })?;
        let own: Mapping = arguments
            .iter()
            .filter(|(key, _)| key.as_str().is_none_or(|key| !TREATMENT.contains(&key)))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let mut kwargs = Kwargs::new(entry.name, place, arguments).about(suite.table.as_ref());
        kwargs.refuse_windows()?;
        let mostly = match entry.takes_mostly {
            true => mostly(&mut kwargs)?,
            false => 1.0,
        };
        let row_condition = if entry.needs_table {
            RowCondition::take(&mut kwargs)?
        } else {
            None
        };
        let (keys, sample_rows) = result_format(&mut kwargs)?;
        let why = why(&mut kwargs)?;
        let expectation = Expectation {
            name: entry.name,
            file: place.file.to_owned(),
            line: place.span.0,
            declared: place.lines(),
            table: suite.table.clone(),
            mostly,
            severity: severity(&mut kwargs)?.unwrap_or(entry.severity),
            row_condition,
            reads_times: kwargs.flag("parse_strings_as_datetimes")?,
            keys,
            sample_rows,
            why,
            title: kwargs.optional_text(&["name"])?,
            tags: kwargs.optional_texts("tags")?.unwrap_or_default(),
            kwargs: json(&own.into()).unwrap_or_default(),
            meta: kwargs.optional_json("meta")?.unwrap_or_default(),
            id: kwargs.optional_text(&["id"])?,
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
}

/// Share of rows that must meet the rule; all by default.
fn mostly(kwargs: &mut Kwargs<'_>) -> Result<f64> {
    let mostly = kwargs.number("mostly")?.unwrap_or(1.0);
    if (0.0..=1.0).contains(&mostly) {
        return Ok(mostly);
    }
    Err(kwargs.mistake("mostly", "must be from 0 to 1"))
}

fn severity(kwargs: &mut Kwargs<'_>) -> Result<Option<Severity>> {
    kwargs.choice(
        "severity",
        &[
            ("error", Severity::Error),
            ("warn", Severity::Warn),
            // The words of Great Expectations.
            ("critical", Severity::Error),
            ("warning", Severity::Warn),
            ("info", Severity::Warn),
        ],
    )
}

/// The reason, also under the names that Great Expectations has for it.
fn why(kwargs: &mut Kwargs<'_>) -> Result<Option<String>> {
    let why = kwargs.optional_text(&["why"])?;
    let description = kwargs.optional_text(&["description"])?;
    let notes = match kwargs.optional_json("notes")? {
        Some(serde_json::Value::String(text)) => Some(text),
        Some(serde_json::Value::Array(lines)) => {
            let lines: Vec<&str> = lines.iter().filter_map(serde_json::Value::as_str).collect();
            Some(lines.join(" "))
        }
        _ => None,
    };
    Ok(why.or(description).or(notes))
}

/// Keys and number of the rows shown, from the settings of Great Expectations; what it says about
/// exceptions and batches has no meaning here.
fn result_format(kwargs: &mut Kwargs<'_>) -> Result<(Vec<String>, Option<usize>)> {
    kwargs.flag("catch_exceptions")?;
    kwargs.optional_text(&["batch_id"])?;
    if kwargs.optional_json("windows")?.is_some() {
        return Err(kwargs
            .mistake("windows", "is not understood")
            .hint("Write the range as `min_value` and `max_value`."));
    }
    let Some(format) = kwargs.optional_json("result_format")? else {
        return Ok((Vec::new(), None));
    };
    let names = format
        .get("unexpected_index_column_names")
        .and_then(serde_json::Value::as_array);
    let keys = names
        .into_iter()
        .flatten()
        .filter_map(serde_json::Value::as_str)
        .map(str::to_owned)
        .collect();
    let rows = format
        .get("partial_unexpected_count")
        .and_then(serde_json::Value::as_u64)
        .and_then(|rows| usize::try_from(rows).ok());
    Ok((keys, rows))
}

/// Rows are named by these columns; without any, by those that the suite expects to be unique.
pub(super) fn give_keys(expectations: &mut [Expectation], keys: Option<&[String]>) {
    let unique = || {
        let whole = expectations
            .iter()
            .filter(|expectation| expectation.row_condition.is_none());
        whole
            .filter(|one| is_unique(&one.rule))
            .map(|one| one.rule.columns())
            .next()
    };
    let keys = keys
        .map(<[String]>::to_vec)
        .or_else(unique)
        .unwrap_or_default();
    for expectation in expectations {
        if expectation.keys.is_empty() && expectation.table.is_some() {
            expectation.keys.clone_from(&keys);
        }
    }
}

fn is_unique(rule: &Rule) -> bool {
    matches!(
        rule,
        Rule::Values {
            test: ValueTest::Unique,
            ..
        } | Rule::Record {
            test: RecordTest::Unique,
            ..
        }
    )
}
