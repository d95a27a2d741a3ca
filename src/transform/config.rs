//! What a model may configure, and the values it may have.
//!
//! Settings come from `defaults:` of folders, from properties files and from `config(…)` in the
//! model, in this order; a later one replaces an earlier one, except that tags and hooks add up.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use crate::error::nearest;

/// How a model becomes a relation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Materialization {
    /// A view.
    #[default]
    View,
    /// A table, rebuilt as a whole.
    Table,
    /// A table to which new rows are added.
    Incremental,
    /// No relation: a common table expression of the models that refer to it.
    Ephemeral,
}

impl Materialization {
    const ALL: [(&'static str, Self); 4] = [
        ("view", Self::View),
        ("table", Self::Table),
        ("incremental", Self::Incremental),
        ("ephemeral", Self::Ephemeral),
    ];

    /// The word in `config(materialized=…)`.
    #[must_use]
    pub fn name(self) -> &'static str {
        word(&Self::ALL, &self)
    }
}

/// How an incremental model adds its new rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Insert them.
    Append,
    /// Update the rows with the same key, insert the others.
    Merge,
    /// Delete all rows with the same keys, then insert.
    DeleteInsert,
}

impl Strategy {
    const ALL: [(&'static str, Self); 3] = [
        ("append", Self::Append),
        ("merge", Self::Merge),
        ("delete+insert", Self::DeleteInsert),
    ];

    /// The word in `config(incremental_strategy=…)`.
    #[must_use]
    pub fn name(self) -> &'static str {
        word(&Self::ALL, &self)
    }
}

/// What an incremental model does when its columns are not those of its table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnSchemaChange {
    /// Keep the columns of the table.
    #[default]
    Ignore,
    /// Fail.
    Fail,
    /// Add new columns.
    AppendNewColumns,
    /// Add new columns, drop missing ones, change types.
    SyncAllColumns,
}

impl OnSchemaChange {
    const ALL: [(&'static str, Self); 4] = [
        ("ignore", Self::Ignore),
        ("fail", Self::Fail),
        ("append_new_columns", Self::AppendNewColumns),
        ("sync_all_columns", Self::SyncAllColumns),
    ];
}

fn word<T: PartialEq>(all: &[(&'static str, T)], value: &T) -> &'static str {
    all.iter()
        .find(|(_, one)| one == value)
        .map_or("", |(word, _)| word)
}

/// Keys that have an effect here.
const KEYS: [&str; 17] = [
    "alias",
    "column_types",
    "enabled",
    "full_refresh",
    "incremental_strategy",
    "materialized",
    "merge_exclude_columns",
    "merge_update_columns",
    "on_schema_change",
    "post_hook",
    "pre_hook",
    "schema",
    "tags",
    "touched",
    "unique_key",
    "meta",
    "docs",
];

/// Why a configured value is refused: what is wrong, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub cause: String,
    pub hint: String,
}

/// Settings from one place, checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ConfigPatch(BTreeMap<String, Json>);

impl ConfigPatch {
    /// Takes one key; the answer is a notice when the key is unknown.
    pub fn set(&mut self, key: &str, value: Json) -> Result<Option<String>, Refusal> {
        let key = key.trim_start_matches('+').replace('-', "_");
        check(&key, &value)?;
        let notice = (!KEYS.contains(&key.as_str())).then(|| {
            let meant = nearest(&key, KEYS)
                .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            format!("config key `{key}` has no effect{meant}")
        });
        self.add(key, value);
        Ok(notice)
    }

    fn add(&mut self, key: String, value: Json) {
        let adds_up = matches!(key.as_str(), "tags" | "pre_hook" | "post_hook");
        match self.0.get_mut(&key) {
            Some(old) if adds_up => {
                let mut all = texts(old);
                all.extend(texts(&value));
                *old = Json::from(all);
            }
            _ => {
                self.0.insert(key, value);
            }
        }
    }

    /// Lays `other` over this one.
    pub fn overlay(&mut self, other: &Self) {
        for (key, value) in &other.0 {
            self.add(key.clone(), value.clone());
        }
    }

    /// The configured value of `key`.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.0.get(key)
    }

    /// All settings.
    pub fn values(&self) -> &BTreeMap<String, Json> {
        &self.0
    }
}

/// The settings of one model or seed, resolved.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ModelConfig {
    pub materialized: Materialization,
    pub strategy: Option<Strategy>,
    pub unique_key: Vec<String>,
    pub touched: Option<String>,
    pub tags: Vec<String>,
    pub schema: Option<String>,
    pub alias: Option<String>,
    pub enabled: bool,
    pub on_schema_change: OnSchemaChange,
    pub merge_update_columns: Vec<String>,
    pub merge_exclude_columns: Vec<String>,
    pub pre_hook: Vec<String>,
    pub post_hook: Vec<String>,
    pub full_refresh: Option<bool>,
    pub column_types: BTreeMap<String, String>,
}

impl ModelConfig {
    /// Gives every setting its value or default, and checks that they fit together.
    pub fn resolve(patch: &ConfigPatch) -> Result<Self, Refusal> {
        let list = |key: &str| patch.get(key).map(texts).unwrap_or_default();
        let text = |key: &str| patch.get(key).and_then(Json::as_str).map(str::to_owned);
        let unique_key = list("unique_key");
        let mut tags = list("tags");
        tags.sort();
        tags.dedup();
        let config = Self {
            materialized: choice(patch, "materialized", &Materialization::ALL).unwrap_or_default(),
            strategy: choice(patch, "incremental_strategy", &Strategy::ALL),
            touched: text("touched").filter(|sql| !sql.trim().is_empty()),
            schema: text("schema"),
            alias: text("alias"),
            enabled: patch.get("enabled").and_then(Json::as_bool).unwrap_or(true),
            on_schema_change: choice(patch, "on_schema_change", &OnSchemaChange::ALL)
                .unwrap_or_default(),
            merge_update_columns: list("merge_update_columns"),
            merge_exclude_columns: list("merge_exclude_columns"),
            pre_hook: list("pre_hook"),
            post_hook: list("post_hook"),
            full_refresh: patch.get("full_refresh").and_then(Json::as_bool),
            column_types: column_types(patch),
            unique_key,
            tags,
        };
        config.check_together()?;
        Ok(config)
    }

    /// The strategy in effect: as configured, else by whether there is a key.
    pub fn strategy(&self) -> Strategy {
        self.strategy.unwrap_or(if self.unique_key.is_empty() {
            Strategy::Append
        } else {
            Strategy::DeleteInsert
        })
    }

    fn check_together(&self) -> Result<(), Refusal> {
        let strategy = self.strategy();
        if strategy != Strategy::Append && self.unique_key.is_empty() {
            return Err(Refusal {
                cause: format!("strategy `{}` needs a `unique_key`", strategy.name()),
                hint: "Add `unique_key='column'` to `config(…)`.".to_owned(),
            });
        }
        if self.touched.is_some() && strategy != Strategy::DeleteInsert {
            return Err(Refusal {
                cause: format!(
                    "`touched` has no meaning for strategy `{}`",
                    strategy.name()
                ),
                hint: "Use `incremental_strategy='delete+insert'` with it.".to_owned(),
            });
        }
        if !self.merge_update_columns.is_empty() && !self.merge_exclude_columns.is_empty() {
            return Err(Refusal {
                cause: "both `merge_update_columns` and `merge_exclude_columns` are set".to_owned(),
                hint: "Keep one of the two.".to_owned(),
            });
        }
        Ok(())
    }
}

fn choice<T: Copy>(patch: &ConfigPatch, key: &str, all: &[(&'static str, T)]) -> Option<T> {
    let wanted = patch.get(key)?.as_str()?;
    all.iter()
        .find(|(word, _)| *word == wanted)
        .map(|(_, value)| *value)
}

fn column_types(patch: &ConfigPatch) -> BTreeMap<String, String> {
    let types = patch.get("column_types").and_then(Json::as_object);
    types
        .into_iter()
        .flatten()
        .filter_map(|(name, kind)| Some((name.clone(), kind.as_str()?.to_owned())))
        .collect()
}

/// A text or a list of texts; hooks may also be `{sql: …}`.
fn texts(value: &Json) -> Vec<String> {
    match value {
        Json::String(text) => vec![text.clone()],
        Json::Array(items) => items.iter().flat_map(texts).collect(),
        Json::Object(fields) => fields.get("sql").map(texts).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn check(key: &str, value: &Json) -> Result<(), Refusal> {
    match key {
        "materialized" => one_of(key, value, &Materialization::ALL.map(|(word, _)| word)),
        "incremental_strategy" => one_of(key, value, &Strategy::ALL.map(|(word, _)| word)),
        "on_schema_change" => one_of(key, value, &OnSchemaChange::ALL.map(|(word, _)| word)),
        "enabled" | "full_refresh" => expect(key, value, "true or false", Json::is_boolean),
        "schema" | "alias" | "touched" => expect(key, value, "a text", |value| {
            value.is_string() || value.is_null()
        }),
        "tags" | "unique_key" | "merge_update_columns" | "merge_exclude_columns" => {
            expect(key, value, "a text or a list of texts", is_texts)
        }
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
    let list = allowed
        .iter()
        .map(|word| format!("`{word}`"))
        .collect::<Vec<_>>()
        .join(", ");
    let meant = nearest(given, allowed.iter().copied())
        .map_or(String::new(), |near| format!("Did you mean `{near}`? "));
    Err(Refusal {
        cause: format!("config key `{key}` is {value}, which is none of {list}"),
        hint: format!("{meant}Write one of {list}."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn patch(pairs: &[(&str, Json)]) -> ConfigPatch {
        let mut patch = ConfigPatch::default();
        for (key, value) in pairs {
            patch.set(key, value.clone()).expect("valid");
        }
        patch
    }

    #[test]
    fn later_places_win_but_tags_and_hooks_add_up() {
        let mut base = patch(&[
            ("materialized", json!("view")),
            ("tags", json!("a")),
            ("post-hook", json!("one")),
        ]);
        base.overlay(&patch(&[
            ("+materialized", json!("table")),
            ("tags", json!(["b", "a"])),
            ("post_hook", json!([{"sql": "two"}])),
        ]));
        let config = ModelConfig::resolve(&base).expect("fits");
        assert_eq!(config.materialized, Materialization::Table);
        assert_eq!(config.tags, ["a", "b"]);
        assert_eq!(config.post_hook, ["one", "two"]);
        assert!(config.enabled);
    }

    #[test]
    fn wrong_values_name_the_allowed_ones() {
        let refusal = ConfigPatch::default()
            .set("materialized", json!("tabel"))
            .expect_err("a typo");
        assert_eq!(
            refusal.cause,
            "config key `materialized` is \"tabel\", which is none of `view`, `table`, \
             `incremental`, `ephemeral`"
        );
        assert!(
            refusal.hint.starts_with("Did you mean `table`?"),
            "{}",
            refusal.hint
        );
        assert!(ConfigPatch::default().set("enabled", json!("yes")).is_err());
        assert!(
            ConfigPatch::default()
                .set("column_types", json!({"a": "int); drop"}))
                .is_err()
        );
    }

    #[test]
    fn unknown_keys_are_noticed_with_the_nearest_one() {
        let notice = ConfigPatch::default()
            .set("materialised", json!("table"))
            .expect("kept");
        let text = notice.expect("a notice");
        assert_eq!(
            text,
            "config key `materialised` has no effect; did you mean `materialized`?"
        );
        assert_eq!(ConfigPatch::default().set("meta", json!({})), Ok(None));
    }

    #[test]
    fn settings_must_fit_together() {
        let no_key = patch(&[("incremental_strategy", json!("merge"))]);
        assert!(
            ModelConfig::resolve(&no_key)
                .expect_err("no key")
                .cause
                .contains("unique_key")
        );
        let touched = patch(&[("touched", json!("select 1"))]);
        assert!(
            ModelConfig::resolve(&touched)
                .expect_err("append")
                .cause
                .contains("`touched`")
        );
        let by_key = patch(&[("unique_key", json!("id"))]);
        let config = ModelConfig::resolve(&by_key).expect("fits");
        assert_eq!(config.strategy(), Strategy::DeleteInsert);
    }
}
