//! Which settings there are, and which values each of them takes.

use serde_json::Value as Json;

use super::values::{Materialization, OnSchemaChange, Strategy};
use crate::error::nearest;
use crate::transform::settings::Semantics;

/// Keys that are known here; those of dbt without an effect on our own layout included.
pub(super) const KEYS: [&str; 75] = [
    "access",
    "alias",
    "batch_size",
    "begin",
    "check_cols",
    "column_types",
    "concurrent_batches",
    "contract",
    "csv_read_options",
    "database",
    "dbt_valid_to_current",
    "delimiter",
    "docs",
    "enabled",
    "error_if",
    "event_time",
    "external_location",
    "fail_calc",
    "format",
    "freshness",
    "full_refresh",
    "grants",
    "group",
    "hard_deletes",
    "incremental_predicates",
    "incremental_strategy",
    "indexes",
    "invalidate_hard_deletes",
    "json_read_options",
    "limit",
    "loaded_at_field",
    "loaded_at_query",
    "location",
    "location_root",
    "lookback",
    "materialized",
    "merge_exclude_columns",
    "merge_insert_condition",
    "merge_update_columns",
    "merge_update_condition",
    "merge_update_set_expressions",
    "meta",
    "node_color",
    "on_schema_change",
    "options",
    "overwrite",
    "packages",
    "parquet_read_options",
    "partition_by",
    "persist_docs",
    "post_hook",
    "pre_hook",
    "predicates",
    "query_tag",
    "quote_columns",
    "quoting",
    "relation",
    "schema",
    "severity",
    "snapshot_meta_column_names",
    "sql_header",
    "static_analysis",
    "store_failures",
    "store_failures_as",
    "strategy",
    "tags",
    "target_database",
    "target_schema",
    "time_spine",
    "touched",
    "uncompressed",
    "unique_key",
    "updated_at",
    "warn_if",
    "where",
];

/// Why a configured value is refused: what is wrong, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::transform) struct Refusal {
    pub(in crate::transform) cause: String,
    pub(in crate::transform) hint: String,
}

/// `value` as the rules of dbt understand it.
pub(super) fn loosened(key: &str, value: Json) -> Json {
    let is_truth = matches!(
        key,
        "enabled" | "full_refresh" | "quote_columns" | "store_failures" | "invalidate_hard_deletes"
    );
    let word = value.as_str().map(str::to_lowercase);
    match word.as_deref() {
        Some("true" | "yes" | "on") if is_truth => Json::Bool(true),
        Some("false" | "no" | "off" | "") if is_truth => Json::Bool(false),
        _ => value,
    }
}

/// A text or a list of texts; hooks may also be `{sql: …}`.
pub(super) fn texts(value: &Json) -> Vec<String> {
    match value {
        Json::String(text) => vec![text.clone()],
        Json::Array(items) => items.iter().flat_map(texts).collect(),
        Json::Object(fields) => fields.get("sql").map(texts).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// A notice if dbt takes its default in place of this value.
pub(super) fn falls_back(key: &str, value: &Json, rules: Semantics) -> Option<String> {
    let word = value.as_str()?;
    let known = OnSchemaChange::ALL.map(|(word, _)| word);
    let is_unknown = key == "on_schema_change" && !known.contains(&word);
    (is_unknown && rules == Semantics::Dbt).then(|| {
        let meant = nearest(word, known);
        let meant = meant.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        format!("`on_schema_change` is not `{word}`, so it is `ignore`{meant}")
    })
}

pub(super) fn check(key: &str, value: &Json, rules: Semantics) -> Result<(), Refusal> {
    match key {
        _ if rules == Semantics::Dbt && value.is_null() => Ok(()),
        "materialized" | "incremental_strategy" if rules == Semantics::Dbt => {
            expect(key, value, "a text", Json::is_string)
        }
        "materialized" => one_of(key, value, &Materialization::ALL.map(|(word, _)| word)),
        "incremental_strategy" => one_of(key, value, &Strategy::ALL.map(|(word, _)| word)),
        "on_schema_change" => one_of(key, value, &OnSchemaChange::ALL.map(|(word, _)| word)),
        "enabled" | "full_refresh" => expect(key, value, "true or false", Json::is_boolean),
        "schema" | "alias" | "touched" | "location" | "format" | "event_time" | "sql_header" => {
            expect(key, value, "a text", |value| {
                value.is_string() || value.is_null()
            })
        }
        "tags"
        | "uncompressed"
        | "unique_key"
        | "merge_update_columns"
        | "merge_exclude_columns"
        | "incremental_predicates"
        | "predicates"
        | "partition_by" => expect(key, value, "a text or a list of texts", is_texts),
        "pre_hook" | "post_hook" => expect(key, value, "SQL or a list of SQL texts", |value| {
            is_texts(value) || !texts(value).is_empty()
        }),
        "column_types" => expect(key, value, "a mapping from column to type", |value| {
            value
                .as_object()
                .is_some_and(|types| types.values().all(is_type_name))
        }),
        _ => Ok(()),
    }
}

fn is_texts(value: &Json) -> bool {
    match value {
        Json::Array(items) => items.iter().all(Json::is_string),
        other => other.is_string() || other.is_null(),
    }
}

/// A type may be written by people, but it must not be able to end the expression it stands in.
fn is_type_name(value: &Json) -> bool {
    let allowed = |letter: char| letter.is_alphanumeric() || "_ (),[]\"".contains(letter);
    value
        .as_str()
        .is_some_and(|text| !text.is_empty() && text.chars().all(allowed))
}

fn expect(
    key: &str,
    value: &Json,
    wanted: &str,
    is_right: impl Fn(&Json) -> bool,
) -> Result<(), Refusal> {
    if is_right(value) {
        return Ok(());
    }
    Err(Refusal {
        cause: format!("config key `{key}` is `{value}`, not {wanted}"),
        hint: format!("Give `{key}` {wanted}."),
    })
}

fn one_of(key: &str, value: &Json, allowed: &[&'static str]) -> Result<(), Refusal> {
    let given = value.as_str().unwrap_or_default();
    if allowed.contains(&given) {
        return Ok(());
    }
    Err(none_of(
        key,
        value.as_str().unwrap_or(&value.to_string()),
        allowed,
    ))
}

/// The refusal of a word that is not among the allowed ones.
pub(super) fn none_of(key: &str, given: &str, allowed: &[&'static str]) -> Refusal {
    let list = allowed
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ");
    let meant = nearest(given, allowed.iter().copied())
        .map_or(String::new(), |near| format!("Did you mean `{near}`? "));
    Refusal {
        cause: format!("config key `{key}` is \"{given}\", which is none of {list}"),
        hint: format!("{meant}Write one of {list}."),
    }
}
