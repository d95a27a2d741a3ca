//! Settings of strategy `merge` beyond keys and columns.

use serde_json::Value as Json;

use super::{ConfigPatch, texts};

/// Conditions and values of a merge; `DBT_INTERNAL_SOURCE` names the new rows in them,
/// `DBT_INTERNAL_DEST` the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::transform) struct Merge {
    /// Columns a matching row takes over; empty for all.
    pub update_columns: Vec<String>,
    /// Columns a matching row keeps.
    pub exclude_columns: Vec<String>,
    /// Columns that get other values than the new ones.
    pub set_expressions: Vec<(String, String)>,
    /// Which matching rows are updated.
    pub update_condition: Option<String>,
    /// Which new rows are inserted.
    pub insert_condition: Option<String>,
}

impl Merge {
    pub(super) fn resolve(patch: &ConfigPatch) -> Self {
        let list = |key: &str| patch.get(key).map(texts).unwrap_or_default();
        let text = |key: &str| patch.get(key).and_then(Json::as_str).map(str::to_owned);
        let expressions = patch.get("merge_update_set_expressions");
        Self {
            update_columns: list("merge_update_columns"),
            exclude_columns: list("merge_exclude_columns"),
            set_expressions: expressions
                .and_then(Json::as_object)
                .into_iter()
                .flatten()
                .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
                .collect(),
            update_condition: text("merge_update_condition"),
            insert_condition: text("merge_insert_condition"),
        }
    }
}
