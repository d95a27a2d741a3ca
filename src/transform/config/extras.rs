//! Settings that add something to a relation: indexes, a contract, comments.

use serde_json::Value as Json;

use super::{ConfigPatch, Refusal, texts};

/// An index of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::transform) struct Index {
    /// Columns or expressions in parentheses, as SQL.
    pub columns: Vec<String>,
    pub unique: bool,
}

/// Reads `indexes=[{'columns': ['a'], 'unique': true}]`.
pub(super) fn indexes(patch: &ConfigPatch) -> Result<Vec<Index>, Refusal> {
    let Some(given) = patch.get("indexes").filter(|value| !value.is_null()) else {
        return Ok(Vec::new());
    };
    let wrong = || Refusal {
        cause: format!("config key `indexes` is `{given}`"),
        hint: "Write a list such as `indexes=[{'columns': ['id'], 'unique': true}]`.".to_owned(),
    };
    let items = given.as_array().ok_or_else(wrong)?;
    let read = |item: &Json| {
        let columns = item.get("columns").map(texts).unwrap_or_default();
        let unique = item.get("unique").and_then(Json::as_bool).unwrap_or(false);
        (!columns.is_empty()).then_some(Index { columns, unique })
    };
    items
        .iter()
        .map(|item| read(item).ok_or_else(wrong))
        .collect()
}

/// Whether the columns and constraints of the properties file are binding.
pub(super) fn is_contract_enforced(patch: &ConfigPatch) -> bool {
    let contract = patch.get("contract");
    contract
        .and_then(|contract| contract.get("enforced").or(Some(contract)))
        .and_then(Json::as_bool)
        .unwrap_or(false)
}

/// Which descriptions become comments where that has to be asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::transform) struct PersistDocs {
    pub relation: bool,
    pub columns: bool,
}

impl PersistDocs {
    /// All descriptions.
    pub(in crate::transform) const ALL: Self = Self {
        relation: true,
        columns: true,
    };

    pub(super) fn resolve(patch: &ConfigPatch) -> Self {
        let asked = |what: &str| {
            let value = patch.get("persist_docs").and_then(|docs| docs.get(what));
            value.and_then(Json::as_bool).unwrap_or(false)
        };
        Self {
            relation: asked("relation"),
            columns: asked("columns"),
        }
    }
}
