//! What a model may configure, and the values it may have.
//!
//! Settings come from `defaults:` of folders, from properties files and from `config(…)` in the
//! model, in this order; a later one replaces an earlier one, except that tags and hooks add up.

mod check;
mod data_test;
mod external;
mod extras;
mod hook;
mod merge;
mod microbatch;
mod snapshot;
mod values;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value as Json;

pub(super) use self::check::Refusal;
use self::check::{KEYS, check, falls_back, loosened, texts};
pub(super) use self::data_test::{DataTestConfig, TestSeverity};
pub(super) use self::external::{External, FileFormat};
pub(super) use self::extras::{Index, PersistDocs};
pub(super) use self::hook::{Hook, hooks};
pub(super) use self::merge::Merge;
pub use self::microbatch::instant;
pub(super) use self::microbatch::{BatchSize, Microbatch};
pub(super) use self::snapshot::{ChangedBy, HardDeletes, SnapshotConfig};
use self::values::choice;
pub(super) use self::values::{Materialization, OnSchemaChange, Strategy};
use super::settings::Semantics;
use crate::error::nearest;

/// Settings from one place, checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ConfigPatch(BTreeMap<String, Json>);

impl ConfigPatch {
    /// Takes one key; the answer is a notice when the key is unknown.
    pub(super) fn set(
        &mut self,
        key: &str,
        value: Json,
        rules: Semantics,
    ) -> Result<Option<String>, Refusal> {
        let key = key.trim_start_matches('+').replace('-', "_");
        let value = match rules {
            Semantics::Own => value,
            Semantics::Dbt => loosened(&key, value),
        };
        if let Some(notice) = falls_back(&key, &value, rules) {
            return Ok(Some(notice));
        }
        check(&key, &value, rules)?;
        let notice = (!KEYS.contains(&key.as_str())).then(|| {
            let meant = nearest(&key, KEYS)
                .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            format!("config key `{key}` has no effect{meant}")
        });
        self.add(key, value);
        Ok(notice)
    }

    /// Sets a value without checking it.
    pub(super) fn put(&mut self, key: &str, value: Json) {
        self.0.insert(key.to_owned(), value);
    }

    fn add(&mut self, key: String, value: Json) {
        match (self.0.get_mut(&key), key.as_str()) {
            (Some(old), "tags") => {
                let mut all = texts(old);
                all.extend(texts(&value));
                *old = Json::from(all);
            }
            (Some(old), "pre_hook" | "post_hook") => {
                let mut all = listed(old.take());
                all.extend(listed(value));
                *old = Json::Array(all);
            }
            (
                Some(Json::Object(old)),
                "meta" | "column_types" | "docs" | "contract" | "quoting",
            ) if value.is_object() => {
                if let Json::Object(new) = value {
                    old.extend(new);
                }
            }
            _ => {
                self.0.insert(key, value);
            }
        }
    }

    /// Lays `other` over this one.
    pub(super) fn overlay(&mut self, other: &Self) {
        for (key, value) in &other.0 {
            self.add(key.clone(), value.clone());
        }
    }

    /// The configured value of `key`.
    pub(super) fn get(&self, key: &str) -> Option<&Json> {
        self.0.get(key)
    }

    /// Settings that are templates themselves, each with its place in errors.
    pub(super) fn templates(&self, path: &str) -> Vec<(String, String)> {
        let of = |key: &'static str| {
            let all = self.get(key).map(texts).unwrap_or_default();
            all.into_iter()
                .map(move |text| (setting_place(path, key), text))
        };
        let all = ["pre_hook", "post_hook", "touched"]
            .into_iter()
            .flat_map(of);
        all.filter(|(_, text)| is_template(text)).collect()
    }

    /// All settings.
    pub(super) fn values(&self) -> &BTreeMap<String, Json> {
        &self.0
    }
}

/// The settings of one model or seed, resolved.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ModelConfig {
    pub materialized: Materialization,
    /// Name of a materialization of the project.
    pub custom: Option<String>,
    pub strategy: Option<Strategy>,
    /// Name of an incremental strategy of the project.
    pub custom_strategy: Option<String>,
    pub unique_key: Vec<String>,
    pub touched: Option<String>,
    /// Columns a table stores as they are.
    pub uncompressed: Vec<String>,
    pub tags: Vec<String>,
    pub schema: Option<String>,
    pub alias: Option<String>,
    pub enabled: bool,
    pub on_schema_change: OnSchemaChange,
    pub merge: Merge,
    /// Further conditions on the rows of the table that new rows replace.
    pub incremental_predicates: Vec<String>,
    /// Column by which models that read this one are cut into periods.
    pub event_time: Option<String>,
    pub microbatch: Option<Microbatch>,
    pub external: Option<External>,
    pub is_contract_enforced: bool,
    pub indexes: Vec<Index>,
    pub persist_docs: PersistDocs,
    pub has_grants: bool,
    /// SQL that runs before the query, in its transaction.
    pub sql_header: Option<String>,
    pub pre_hook: Vec<Hook>,
    pub post_hook: Vec<Hook>,
    pub full_refresh: Option<bool>,
    pub column_types: BTreeMap<String, String>,
    /// What separates the fields of a seed.
    pub delimiter: String,
}

impl ModelConfig {
    /// Gives every setting its value or default, and checks that they fit together.
    pub(super) fn resolve(patch: &ConfigPatch, semantics: Semantics) -> Result<Self, Refusal> {
        let list = |key: &str| patch.get(key).map(texts).unwrap_or_default();
        let text = |key: &str| patch.get(key).and_then(Json::as_str).map(str::to_owned);
        let unique_key = list("unique_key");
        let known = choice(patch, "materialized", &Materialization::ALL);
        let custom = text("materialized").filter(|_| known.is_none());
        let materialized = match &custom {
            Some(_) => Materialization::Custom,
            None => known.unwrap_or_default(),
        };
        let mut tags = list("tags");
        tags.sort();
        tags.dedup();
        let strategy = choice(patch, "incremental_strategy", &Strategy::ALL);
        let custom_strategy = text("incremental_strategy")
            .filter(|_| strategy.is_none() && materialized == Materialization::Incremental)
            .filter(|name| name != "default");
        let is_microbatch =
            materialized == Materialization::Incremental && strategy == Some(Strategy::Microbatch);
        let config = Self {
            custom,
            materialized,
            strategy,
            custom_strategy,
            touched: text("touched").filter(|sql| !sql.trim().is_empty()),
            uncompressed: list("uncompressed"),
            schema: text("schema"),
            alias: text("alias"),
            enabled: patch.get("enabled").and_then(Json::as_bool).unwrap_or(true),
            on_schema_change: choice(patch, "on_schema_change", &OnSchemaChange::ALL)
                .unwrap_or_default(),
            merge: Merge::resolve(patch),
            incremental_predicates: match list("predicates") {
                older if older.is_empty() => list("incremental_predicates"),
                older => older,
            },
            event_time: text("event_time"),
            microbatch: is_microbatch
                .then(|| Microbatch::resolve(patch))
                .transpose()?,
            external: (materialized == Materialization::External)
                .then(|| External::resolve(patch))
                .transpose()?,
            is_contract_enforced: extras::is_contract_enforced(patch),
            indexes: extras::indexes(patch)?,
            persist_docs: match semantics {
                Semantics::Own => PersistDocs::ALL,
                Semantics::Dbt => PersistDocs::resolve(patch),
            },
            has_grants: patch
                .get("grants")
                .and_then(Json::as_object)
                .is_some_and(|g| !g.is_empty()),
            sql_header: text("sql_header").filter(|sql| !sql.trim().is_empty()),
            pre_hook: hooks(patch, "pre_hook"),
            post_hook: hooks(patch, "post_hook"),
            full_refresh: patch.get("full_refresh").and_then(Json::as_bool),
            column_types: column_types(patch),
            delimiter: text("delimiter").unwrap_or_else(|| ",".to_owned()),
            unique_key,
            tags,
        };
        config.check_together(semantics)?;
        Ok(config)
    }

    /// `view`, `table`, … or the name of a materialization of the project.
    pub(super) fn materialization(&self) -> &str {
        self.custom
            .as_deref()
            .unwrap_or_else(|| self.materialized.name())
    }

    /// The strategy in effect: as configured, else by whether there is a key.
    pub(super) fn strategy(&self) -> Strategy {
        self.strategy.unwrap_or(if self.unique_key.is_empty() {
            Strategy::Append
        } else {
            Strategy::DeleteInsert
        })
    }

    fn check_together(&self, semantics: Semantics) -> Result<(), Refusal> {
        let strategy = self.strategy();
        let is_by_key = matches!(strategy, Strategy::Merge | Strategy::DeleteInsert);
        if semantics == Semantics::Own && is_by_key && self.unique_key.is_empty() {
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
        let has_table = matches!(
            self.materialized,
            Materialization::Table | Materialization::Incremental
        );
        if semantics == Semantics::Own && !self.uncompressed.is_empty() && !has_table {
            return Err(Refusal {
                cause: format!(
                    "`uncompressed` has no meaning for materialization `{}`",
                    self.materialization()
                ),
                hint: "Use `materialized='table'` or `'incremental'` with it.".to_owned(),
            });
        }
        if !self.merge.update_columns.is_empty() && !self.merge.exclude_columns.is_empty() {
            return Err(Refusal {
                cause: "both `merge_update_columns` and `merge_exclude_columns` are set".to_owned(),
                hint: "Keep one of the two.".to_owned(),
            });
        }
        Ok(())
    }
}

/// A list as it is, anything else as a list of one.
fn listed(value: Json) -> Vec<Json> {
    match value {
        Json::Array(items) => items,
        Json::Null => Vec::new(),
        one => vec![one],
    }
}

/// Where a setting of the model at `path` stands, for errors.
pub(super) fn setting_place(path: &str, key: &str) -> String {
    format!("{path} ({key})")
}

/// Whether rendering would change `text`.
pub(super) fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|open| text.contains(open))
}

fn column_types(patch: &ConfigPatch) -> BTreeMap<String, String> {
    let types = patch.get("column_types").and_then(Json::as_object);
    types
        .into_iter()
        .flatten()
        .filter_map(|(name, kind)| Some((name.clone(), kind.as_str()?.to_owned())))
        .collect()
}
