//! Nodes as templates see them: `model`, `node`, `graph.nodes`, in the shape of dbt's manifest.

use serde_json::{Map, Value as Json, json};

use super::{Detail, Node, NodeKind, RefCall};
use crate::transform::config::ConfigPatch;

/// A node with `settings` for its configuration.
pub(in crate::transform) fn node_json(node: &Node, settings: &ConfigPatch) -> Json {
    let mut config = Map::new();
    for (key, value) in settings.values() {
        config.insert(key.clone(), value.clone());
    }
    let defaults = [
        ("enabled", Json::Bool(true)),
        ("materialized", Json::from(node.materialization())),
        ("tags", json!([])),
        ("meta", json!({})),
    ];
    for (key, value) in defaults {
        config.entry(key.to_owned()).or_insert(value);
    }
    for hooks in ["pre_hook", "post_hook"] {
        if let Some(texts) = config.remove(hooks) {
            config.insert(hooks.replace('_', "-"), texts);
        }
    }
    let tags = config.get("tags").cloned().unwrap_or_default();
    let meta = config.get("meta").cloned().unwrap_or_default();
    let refs: Vec<Json> = node.refs.iter().map(ref_json).collect();
    let sources: Vec<Json> = node
        .sources
        .iter()
        .map(|(name, table)| json!([name, table]))
        .collect();
    let mut all = json!({
        "unique_id": node.id,
        "resource_type": node.kind.name(),
        "name": node.name,
        "package_name": node.package,
        "path": node.inner_path(),
        "original_file_path": node.file,
        "fqn": node.fqn,
        "alias": node.relation.name,
        "schema": node.relation.schema,
        "database": node.relation.database,
        "relation_name": node.has_relation().then(|| node.relation.to_string()),
        "description": node.description,
        "columns": columns(node),
        "tags": tags,
        "meta": meta,
        "config": config,
        "raw_code": if node.kind == NodeKind::Seed { "" } else { node.text.as_str() },
        "raw_sql": if node.kind == NodeKind::Seed { "" } else { node.text.as_str() },
        "language": "sql",
        "depends_on": {"nodes": node.parents, "macros": node.called},
        "refs": refs,
        "sources": sources,
        "patch_path": node.described_at.as_ref().map(|place| format!("{}://{place}", node.package)),
    });
    if let Some(entries) = all.as_object_mut() {
        entries.extend(of_kind(node));
    }
    all
}

/// A reference as the manifest lists it; a version is a number if it reads like one.
pub(in crate::transform) fn ref_json(call: &RefCall) -> Json {
    let version = call.version.as_ref().map(|text| match text.parse::<i64>() {
        Ok(number) => Json::from(number),
        Err(_) => Json::from(text.as_str()),
    });
    json!({"name": call.name, "package": call.package, "version": version})
}

fn columns(node: &Node) -> Json {
    let columns = node.columns.iter().map(|column| {
        let entry = |key: &str| column.entry.get(key).cloned();
        let about = json!({
            "name": column.name,
            "description": column.description,
            "data_type": column.data_type,
            "quote": column.quote,
            "meta": entry("meta").unwrap_or_else(|| json!({})),
            "tags": entry("tags").unwrap_or_else(|| json!([])),
            "constraints": entry("constraints").unwrap_or_else(|| json!([])),
        });
        (column.name.clone(), about)
    });
    Json::Object(columns.collect())
}

/// What only some kinds have.
fn of_kind(node: &Node) -> Map<String, Json> {
    let entry = |key: &str| node.properties.get(key).cloned().unwrap_or_default();
    let found = match &node.detail {
        Detail::Model(model) => json!({
            "version": model.version,
            "latest_version": model.latest_version,
            "access": node.settings.get("access").cloned().unwrap_or_else(|| "protected".into()),
            "group": node.settings.get("group"),
            "constraints": node.properties.get("constraints").cloned().unwrap_or_else(|| json!([])),
        }),
        Detail::Source(source) => json!({
            "source_name": source.source,
            "source_description": source.source_description,
            "identifier": node.relation.name,
            "loader": source.loader,
            "loaded_at_field": source.loaded_at_field,
            "freshness": source.freshness,
        }),
        Detail::Test(test) => {
            let metadata = json!({
                "name": test.generic,
                "namespace": test.namespace,
                "kwargs": test.arguments,
            });
            json!({
                "test_metadata": (!test.generic.is_empty()).then_some(metadata),
                "column_name": test.column,
                "attached_node": test.attached,
                "file_key_name": test.attached.as_ref().map(|id| format!("models.{}", id.rsplit('.').next().unwrap_or_default())),
            })
        }
        Detail::UnitTest(_) => json!({
            "model": entry("model"),
            "given": entry("given"),
            "expect": entry("expect"),
            "overrides": entry("overrides"),
        }),
        _ => match node.kind {
            NodeKind::Exposure => json!({
                "type": entry("type"),
                "owner": entry("owner"),
                "label": entry("label"),
                "maturity": entry("maturity"),
                "url": entry("url"),
            }),
            _ => Json::Null,
        },
    };
    match found {
        Json::Object(entries) => entries,
        _ => Map::new(),
    }
}
