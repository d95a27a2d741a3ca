//! What entries of sources have.

use serde_json::{Map, Value as Json, json};

use super::node::{doc_ids, object, put};
use crate::transform::context::Registry;
use crate::transform::graph::{Detail, Node, SourceDetail};

pub(super) fn add_source(fields: &mut Map<String, Json>, registry: &Registry, node: &Node) {
    let Detail::Source(source) = &node.detail else {
        return;
    };
    put(fields, "source_name", source.source.as_str());
    put(
        fields,
        "source_description",
        source.source_description.as_str(),
    );
    put(fields, "loader", source.loader.as_str());
    put(fields, "identifier", node.relation.name.as_str());
    put(
        fields,
        "quoting",
        json!({"database": null, "schema": null, "identifier": null, "column": null}),
    );
    put(fields, "loaded_at_field", source.loaded_at_field.as_deref());
    put(fields, "loaded_at_query", source.loaded_at_query.as_deref());
    let freshness = freshness(source);
    if let Some(config) = fields.get_mut("config").and_then(Json::as_object_mut) {
        put(config, "freshness", freshness.clone());
        put(config, "loaded_at_field", source.loaded_at_field.as_deref());
        put(config, "loaded_at_query", source.loaded_at_query.as_deref());
    }
    put(fields, "freshness", freshness);
    put(fields, "external", Json::Null);
    put(fields, "source_meta", object(source.group.get("meta")));
    put(fields, "patch_path", Json::Null);
    put(
        fields,
        "doc_blocks",
        doc_ids(registry, &node.package, &node.doc_blocks),
    );
    put(
        fields,
        "unrendered_database",
        source.written_database.as_deref(),
    );
    put(
        fields,
        "unrendered_schema",
        source.written_schema.as_deref(),
    );
}

/// Thresholds with all their parts; `null` only where freshness is turned off.
fn freshness(source: &SourceDetail) -> Json {
    let given = &source.freshness;
    if source.is_unwatched {
        return Json::Null;
    }
    let threshold = |key: &str| {
        let one = given.get(key);
        let part = |name: &str| one.and_then(|one| one.get(name)).cloned();
        json!({"count": part("count"), "period": part("period")})
    };
    json!({
        "warn_after": threshold("warn_after"),
        "error_after": threshold("error_after"),
        "filter": given.get("filter"),
    })
}
