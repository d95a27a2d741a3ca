//! A proposed suite as YAML, in the form suites are written by hand.

use serde_json::Value as Json;

use super::measure::{Measured, MeasuredColumn};
use super::propose::Proposed;
use crate::warehouse::Relation;

/// The suite, with what was measured beside what is proposed.
pub(super) fn suite(
    relation: &Relation,
    layer: &str,
    table: &Measured,
    expectations: &[Proposed],
) -> String {
    let mut text = format!(
        "# Proposed from {} rows of {}.{}: keep what is meant, tighten what is known better.\n\
         suite: {}\nlayer: {}\ntable: {}\nexpectations:\n",
        table.rows,
        relation.schema,
        relation.name,
        scalar(&Json::from(format!("{layer}_{}", relation.name))),
        scalar(&Json::from(layer)),
        scalar(&Json::from(format!(
            "{}.{}",
            relation.schema, relation.name
        ))),
    );
    let mut about: Option<&str> = None;
    for expectation in expectations {
        let column = expectation.kwargs.get("column").and_then(Json::as_str);
        if column != about {
            let measured = table
                .columns
                .iter()
                .find(|one| Some(one.name.as_str()) == column);
            if let Some(measured) = measured {
                text.push_str(&format!("  # {}\n", measures(measured, table.rows)));
            }
            about = column;
        }
        let arguments: Vec<String> = expectation
            .kwargs
            .iter()
            .map(|(key, value)| format!("{key}: {}", flow(value)))
            .collect();
        text.push_str(&format!(
            "  - {}: {{{}}}\n",
            expectation.name,
            arguments.join(", ")
        ));
    }
    text
}

/// One line of what was found.
fn measures(column: &MeasuredColumn, rows: u64) -> String {
    let missing = rows.saturating_sub(column.present);
    let mut parts = vec![if missing == 0 {
        "no nulls".to_owned()
    } else {
        format!("{missing} nulls")
    }];
    if column.distinct > 0 {
        parts.push(format!("{} different values", column.distinct));
    }
    if let Some((low, high)) = &column.range {
        parts.push(format!("from {low} to {high}"));
    }
    if let Some((shortest, longest)) = column.lengths {
        parts.push(format!("{shortest} to {longest} characters"));
    }
    let text = format!("{}: {}", column.name, parts.join(", "));
    text.replace(['\n', '\r'], " ")
}

fn flow(value: &Json) -> String {
    match value {
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(scalar).collect();
            format!("[{}]", items.join(", "))
        }
        value => scalar(value),
    }
}

/// Plain where YAML reads it back as the same, else in quotes; a JSON text is YAML as well.
fn scalar(value: &Json) -> String {
    let Json::String(text) = value else {
        return value.to_string();
    };
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'));
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    if is_word && !reserved.contains(&text.to_lowercase().as_str()) {
        return text.clone();
    }
    value.to_string()
}
