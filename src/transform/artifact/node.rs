//! One node or macro as an entry of `manifest.json`.

use serde_json::{Map, Value as Json, json};

use super::columns::constraints_of_model;
use super::described::{add_exposure, add_unit_test};
use super::key::primary_key;
use super::resource::{add_compiled, add_relation, add_resource, root_path};
use super::source::add_source;
use super::sql::Query;
use super::{config, semantic};
use crate::transform::FAILURES_SCHEMA;
use crate::transform::context::Registry;
use crate::transform::graph::{Detail, Node, NodeKind, TestDetail};

/// The entry of a node; `query` is its own if it was compiled.
pub(in crate::transform) fn entry(
    registry: &Registry,
    node: &Node,
    query: Option<&Query<'_>>,
    now: f64,
) -> Json {
    let mut fields = common(node, now);
    match node.kind {
        NodeKind::Exposure => add_exposure(&mut fields, registry, node),
        NodeKind::UnitTest => add_unit_test(&mut fields, registry, node),
        NodeKind::Metric | NodeKind::SemanticModel | NodeKind::SavedQuery => {
            semantic::add(&mut fields, registry, node);
        }
        NodeKind::Source => {
            add_relation(&mut fields, registry, node);
            add_source(&mut fields, registry, node);
        }
        _ => {
            add_relation(&mut fields, registry, node);
            add_resource(&mut fields, registry, node);
            match node.kind {
                NodeKind::Seed => {
                    put(&mut fields, "root_path", root_path(node));
                    put(&mut fields, "depends_on", json!({"macros": node.called}));
                }
                _ => add_compiled(&mut fields, registry, node, query),
            }
        }
    }
    add_detail(&mut fields, registry, node);
    Json::Object(fields)
}

pub(super) fn put(fields: &mut Map<String, Json>, key: &str, value: impl Into<Json>) {
    fields.insert(key.to_owned(), value.into());
}

fn common(node: &Node, now: f64) -> Map<String, Json> {
    let mut fields = Map::new();
    put(&mut fields, "unique_id", node.id.as_str());
    put(&mut fields, "name", node.name.as_str());
    put(&mut fields, "resource_type", node.kind.name());
    put(&mut fields, "package_name", node.package.as_str());
    put(&mut fields, "path", below_its_folder(node));
    put(&mut fields, "original_file_path", own_file(node));
    put(&mut fields, "fqn", json!(node.fqn));
    put(&mut fields, "description", node.description.as_str());
    put(&mut fields, "created_at", now);
    let mut config = Map::new();
    for (key, value) in node.settings.values() {
        config.insert(key.clone(), value.clone());
    }
    let mut written = config.clone();
    written.extend(node.unrendered.clone());
    if node.kind == NodeKind::Test && !node.configured.contains("schema") {
        written.retain(|key, value| key != "schema" || *value != FAILURES_SCHEMA);
    }
    put(&mut fields, "unrendered_config", Json::Object(written));
    put(&mut config, "enabled", node.config.enabled);
    let tags = tags_of(node);
    put(&mut config, "tags", tags.clone());
    let meta = object(config.get("meta"));
    put(&mut config, "meta", meta.clone());
    config::complete(node.kind, &node.settings, &mut config);
    put(&mut fields, "tags", tags);
    put(&mut fields, "meta", meta);
    put(&mut fields, "config", Json::Object(config));
    fields
}

/// The tags in the order they are given in, each once; a test has those of its own sorted.
fn tags_of(node: &Node) -> Vec<&str> {
    let given = node.settings.get("tags").and_then(Json::as_array);
    let mut tags: Vec<&str> = Vec::new();
    for tag in given.into_iter().flatten().filter_map(Json::as_str) {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    if tags.is_empty() {
        return node.config.tags.iter().map(String::as_str).collect();
    }
    tags
}

/// The file below the folder of its package, as dbt calls it.
fn own_file(node: &Node) -> String {
    match node.kind {
        NodeKind::Operation => format!("./{}", node.file),
        _ => node.file.clone(),
    }
}

/// Ids of docs blocks.
pub(super) fn doc_ids(
    registry: &Registry,
    package: &str,
    named: &[(Option<String>, String)],
) -> Vec<String> {
    let blocks = named
        .iter()
        .filter_map(|(owner, name)| registry.doc_block(package, owner.as_deref(), name));
    blocks
        .map(|((package, name), _)| format!("doc.{package}.{name}"))
        .collect()
}

/// The file below the folder of its kind, `models` or another; what has no file of its own is
/// given one by its name.
pub(super) fn below_its_folder(node: &Node) -> String {
    let inner = match node.file.split_once('/') {
        Some((_, rest)) if node.kind != NodeKind::Source => rest,
        _ => &node.file,
    };
    if let Detail::Test(test) = &node.detail
        && !test.generic.is_empty()
    {
        return format!("{}.sql", test.file_stem);
    }
    let is_named = node.kind == NodeKind::Snapshot && !node.path.ends_with(".sql");
    match node.kind {
        NodeKind::Operation => format!("hooks/{}.sql", node.name),
        NodeKind::Analysis => format!("analysis/{inner}"),
        _ if is_named => format!("{}.sql", node.name),
        _ => inner.to_owned(),
    }
}

pub(super) fn object(value: Option<&Json>) -> Json {
    value
        .filter(|value| value.is_object())
        .cloned()
        .unwrap_or_else(|| json!({}))
}

pub(super) fn property(node: &Node, key: &str) -> Option<Json> {
    node.properties
        .get(key)
        .filter(|value| !value.is_null())
        .cloned()
}

fn add_detail(fields: &mut Map<String, Json>, registry: &Registry, node: &Node) {
    if node.kind == NodeKind::Model {
        put(fields, "access", node.access());
        let constraints = property(node, "constraints");
        put(
            fields,
            "constraints",
            constraints_of_model(constraints.as_ref()),
        );
        put(
            fields,
            "deprecation_date",
            property(node, "deprecation_date"),
        );
        put(fields, "primary_key", primary_key(registry, node));
        put(fields, "time_spine", property(node, "time_spine"));
        let (version, latest) = match &node.detail {
            Detail::Model(model) => (model.version.clone(), model.latest_version.clone()),
            _ => (None, None),
        };
        put(fields, "version", version);
        put(fields, "latest_version", latest);
    }
    if let Detail::Test(test) = &node.detail
        && !test.generic.is_empty()
    {
        add_generic_test(fields, registry, test);
    }
    if let Detail::Hook { index, at_end } = &node.detail {
        let tag = if *at_end {
            "on-run-end"
        } else {
            "on-run-start"
        };
        put(fields, "tags", json!([tag]));
        put(fields, "index", *index);
    }
}

/// What a test of a properties file has.
fn add_generic_test(fields: &mut Map<String, Json>, registry: &Registry, test: &TestDetail) {
    let tested = test.attached.as_ref().and_then(|id| registry.node(id));
    let key = tested.map(|node| match &node.detail {
        Detail::Source(source) => format!("sources.{}", source.source),
        _ => format!("{}s.{}", node.kind.name(), node.name),
    });
    let is_of_source = tested.is_some_and(|node| node.kind == NodeKind::Source);
    let attached = test.attached.as_deref().filter(|_| !is_of_source);
    if let Some(group) = tested.and_then(|node| node.group()) {
        put(fields, "group", group);
    }
    put(fields, "column_name", test.column.as_deref());
    put(fields, "file_key_name", key);
    put(fields, "attached_node", attached);
    let mut arguments = test.arguments.clone();
    let model = format!("{{{{ get_where_subquery({}) }}}}", test.model);
    put(&mut arguments, "model", model);
    put(
        fields,
        "test_metadata",
        json!({"name": test.generic, "kwargs": arguments, "namespace": test.namespace}),
    );
}
