//! The columns that tell the rows of a model apart, as far as the project says.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::transform::context::Registry;
use crate::transform::graph::{Detail, Node};

/// The columns a constraint names, else those tested for being unique and not null, else those
/// tested for being unique.
pub(super) fn primary_key(registry: &Registry, node: &Node) -> Json {
    let is_key = |one: &&Json| one.get("type").and_then(Json::as_str) == Some("primary_key");
    let key_of = |entry: &Json| -> Option<Json> {
        let list = entry.get("constraints").and_then(Json::as_array)?;
        list.iter().find(is_key).cloned()
    };
    if let Some(one) = key_of(&node.properties) {
        return one.get("columns").cloned().unwrap_or_else(|| json!([]));
    }
    let mut columns = node.columns.iter();
    if let Some(column) = columns.find(|column| key_of(&column.entry).is_some()) {
        return json!([column.name]);
    }
    let tests = registry.nodes.iter().filter_map(|one| match &one.detail {
        Detail::Test(test) if test.attached.as_deref() == Some(node.id.as_str()) => Some(test),
        _ => None,
    });
    let (mut unique, mut not_null) = (BTreeSet::new(), BTreeSet::new());
    for test in tests {
        match (test.generic.as_str(), &test.column) {
            ("unique", Some(column)) => {
                unique.insert(column.as_str());
            }
            ("not_null", Some(column)) => {
                not_null.insert(column.as_str());
            }
            ("unique_combination_of_columns", None) => {
                let columns = test.arguments.get("combination_of_columns");
                let columns = columns.and_then(Json::as_array).into_iter().flatten();
                unique.extend(columns.filter_map(Json::as_str));
            }
            _ => {}
        }
    }
    let both: Vec<&str> = unique.intersection(&not_null).copied().collect();
    if both.is_empty() {
        json!(unique)
    } else {
        json!(both)
    }
}
