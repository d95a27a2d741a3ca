//! SQL before and after a node.

use serde_json::Value as Json;

use super::ConfigPatch;

/// One statement or several, possibly a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::transform) struct Hook {
    pub sql: String,
    /// Whether it is part of the transaction that builds the node; otherwise it runs before that
    /// begins or after it is committed.
    pub is_inside: bool,
}

/// The hooks configured under `key`: a text, `{sql: …, transaction: …}`, the latter as JSON in a
/// text (as `before_begin('…')` gives it), or a list of these.
pub(in crate::transform) fn hooks(patch: &ConfigPatch, key: &str) -> Vec<Hook> {
    let mut found = Vec::new();
    if let Some(value) = patch.get(key) {
        collect(value, &mut found);
    }
    found
}

fn collect(value: &Json, found: &mut Vec<Hook>) {
    match value {
        Json::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Json::Object(entry) => {
            let sql = entry.get("sql").and_then(Json::as_str);
            let is_inside = entry.get("transaction").and_then(Json::as_bool);
            found.extend(sql.map(|sql| Hook {
                sql: sql.to_owned(),
                is_inside: is_inside.unwrap_or(true),
            }));
        }
        Json::String(text) => match serde_json::from_str::<Json>(text.trim()) {
            Ok(entry @ Json::Object(_)) => collect(&entry, found),
            _ => found.push(Hook {
                sql: text.clone(),
                is_inside: true,
            }),
        },
        _ => {}
    }
}
