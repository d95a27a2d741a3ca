//! Columns and constraints in entries of `manifest.json`.

use serde_json::{Value as Json, json};

use super::node::{doc_ids, object};
use crate::transform::context::Registry;
use crate::transform::graph::{Column, Node};

/// The described columns, by name.
pub(super) fn columns(registry: &Registry, node: &Node) -> Json {
    let entry = |column: &Column| {
        let constraints = column.entry.get("constraints").cloned();
        let of = |key: &str| {
            let config = column
                .entry
                .get("config")
                .and_then(|config| config.get(key));
            config.or_else(|| column.entry.get(key)).cloned()
        };
        let meta = object(of("meta").as_ref());
        let tags = of("tags")
            .filter(Json::is_array)
            .unwrap_or_else(|| json!([]));
        json!({
            "name": column.name,
            "description": column.description,
            "meta": meta,
            "data_type": column.data_type,
            "constraints": constraints_of(constraints.as_ref()),
            "quote": column.quote,
            "config": {"meta": meta, "tags": tags},
            "tags": tags,
            "granularity": column.entry.get("granularity"),
            "dimension": null,
            "entity": null,
            "doc_blocks": doc_ids(registry, &node.package, &column.doc_blocks),
        })
    };
    let entries = node
        .columns
        .iter()
        .map(|column| (column.name.clone(), entry(column)));
    Json::Object(entries.collect())
}

/// Constraints, each with all keys.
fn constraints_of(written: Option<&Json>) -> Json {
    let items = written.and_then(Json::as_array).into_iter().flatten();
    let whole = |one: &Json| {
        let mut all = json!({
            "type": null, "name": null, "expression": null, "warn_unenforced": true,
            "warn_unsupported": true, "to": null, "to_columns": [],
        });
        if let (Some(all), Some(given)) = (all.as_object_mut(), one.as_object()) {
            all.extend(given.clone());
        }
        all
    };
    items.map(whole).collect()
}

/// Constraints of a model as a whole, which name their columns.
pub(super) fn constraints_of_model(written: Option<&Json>) -> Json {
    let mut constraints = constraints_of(written);
    for one in constraints.as_array_mut().into_iter().flatten() {
        if let Some(fields) = one.as_object_mut() {
            fields.entry("columns").or_insert_with(|| json!([]));
        }
    }
    constraints
}
