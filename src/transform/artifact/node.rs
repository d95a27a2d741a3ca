//! One node or macro as an entry of `manifest.json`.

use serde_json::{Map, Value as Json, json};

use std::path::Path;

use super::columns::{columns, constraints_of_model};
use super::key::primary_key;
use super::sql::file_of;
use super::{checksum, config, semantic};
use crate::transform::context::Registry;
use crate::transform::graph::{Detail, Node, NodeKind, TestDetail};

/// The entry of a node; `compiled` is its SQL if it was compiled.
pub(in crate::transform) fn entry(
    registry: &Registry,
    node: &Node,
    compiled: Option<&str>,
    now: f64,
) -> Json {
    let mut fields = common(node, now);
    match node.kind {
        NodeKind::Exposure => add_exposure(&mut fields, node),
        NodeKind::UnitTest => add_unit_test(&mut fields, node),
        NodeKind::Metric | NodeKind::SemanticModel | NodeKind::SavedQuery => {
            semantic::add(&mut fields, registry, node);
        }
        NodeKind::Source => {
            add_relation(&mut fields, registry, node);
            add_source(&mut fields, node);
        }
        _ => {
            add_relation(&mut fields, registry, node);
            add_resource(&mut fields, node);
            match node.kind {
                NodeKind::Seed => {
                    put(&mut fields, "root_path", root_path(node));
                    put(&mut fields, "depends_on", json!({"macros": node.macros}));
                }
                _ => add_compiled(&mut fields, node, compiled),
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
    put(&mut fields, "original_file_path", node.path.as_str());
    put(&mut fields, "fqn", json!(node.fqn));
    put(&mut fields, "description", node.description.as_str());
    put(&mut fields, "created_at", now);
    let mut config = Map::new();
    for (key, value) in node.settings.values() {
        config.insert(key.clone(), value.clone());
    }
    let mut written = config.clone();
    written.extend(node.unrendered.clone());
    put(&mut fields, "unrendered_config", Json::Object(written));
    put(&mut config, "enabled", node.config.enabled);
    put(&mut config, "tags", json!(node.config.tags));
    let meta = object(config.get("meta"));
    put(&mut config, "meta", meta.clone());
    config::complete(node.kind, &mut config);
    put(&mut fields, "tags", json!(node.config.tags));
    put(&mut fields, "meta", meta);
    put(&mut fields, "config", Json::Object(config));
    fields
}

/// The file below the folder of its kind, `models` or another; what has no file of its own is
/// given one by its name.
fn below_its_folder(node: &Node) -> String {
    let inner = match node.file.split_once('/') {
        Some((_, rest)) if node.kind != NodeKind::Source => rest,
        _ => &node.file,
    };
    let is_named = match &node.detail {
        Detail::Test(test) => !test.generic.is_empty(),
        _ => node.kind == NodeKind::Snapshot && !node.path.ends_with(".sql"),
    };
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

fn add_relation(fields: &mut Map<String, Json>, registry: &Registry, node: &Node) {
    let relation = &node.relation;
    let database = relation.database.as_deref();
    let database = database.or(registry.settings.target.database.as_deref());
    put(fields, "database", database);
    put(fields, "schema", relation.schema.as_str());
    let is_built = !matches!(
        node.kind,
        NodeKind::Test | NodeKind::Analysis | NodeKind::Operation
    ) && !node.is_ephemeral();
    let name = is_built.then(|| relation.to_string());
    put(fields, "relation_name", name);
    put(fields, "columns", columns(node));
}

/// What models, seeds, snapshots, tests, analyses and hooks have.
fn add_resource(fields: &mut Map<String, Json>, node: &Node) {
    put(fields, "alias", node.relation.name.as_str());
    let fingerprint = if node.text.is_empty() {
        json!({"name": "none", "checksum": ""})
    } else {
        json!({"name": "sha256", "checksum": checksum(node)})
    };
    put(fields, "checksum", fingerprint);
    let setting = |key: &str| node.settings.get(key).cloned();
    put(fields, "group", node.group());
    let color = setting("docs").and_then(|docs| docs.get("node_color").cloned());
    put(fields, "docs", json!({"show": true, "node_color": color}));
    let patch = node.described_at.as_deref().map(|place| {
        let file = place.rsplit_once(':').map_or(place, |(file, _)| file);
        format!("{}://{file}", node.package)
    });
    put(
        fields,
        "patch_path",
        patch.filter(|_| node.kind != NodeKind::Test),
    );
    put(fields, "build_path", Json::Null);
    let is_seed = node.kind == NodeKind::Seed;
    let code = if is_seed { "" } else { node.text.trim() };
    put(fields, "raw_code", code);
    put(fields, "doc_blocks", json!([]));
    if let Some(config) = fields.get_mut("config").and_then(Json::as_object_mut) {
        let is_unbuilt = matches!(node.kind, NodeKind::Analysis | NodeKind::Operation);
        let kind = if is_unbuilt {
            "view"
        } else {
            node.materialization()
        };
        put(config, "materialized", kind);
    }
}

fn add_compiled(fields: &mut Map<String, Json>, node: &Node, compiled: Option<&str>) {
    let language = if node.is_python() { "python" } else { "sql" };
    put(fields, "language", language);
    put(fields, "refs", refs(node));
    put(fields, "sources", sources(node));
    put(fields, "metrics", json!([]));
    put(fields, "functions", json!([]));
    put(
        fields,
        "depends_on",
        json!({"macros": node.macros, "nodes": node.parents}),
    );
    put(fields, "compiled", compiled.is_some());
    put(fields, "compiled_code", compiled);
    let path = Path::new("target/compiled").join(file_of(node));
    put(
        fields,
        "compiled_path",
        compiled.map(|_| path.display().to_string()),
    );
    if compiled.is_some() {
        put(fields, "extra_ctes_injected", true);
        put(fields, "extra_ctes", json!([]));
    }
    put(
        fields,
        "contract",
        json!({"enforced": node.config.is_contract_enforced, "alias_types": true, "checksum": null}),
    );
}

pub(super) fn refs(node: &Node) -> Json {
    let one = |call: &crate::transform::graph::RefCall| json!({"name": call.name, "package": call.package, "version": call.version});
    node.refs.iter().map(one).collect()
}

fn sources(node: &Node) -> Json {
    let pairs = node.sources.iter();
    pairs
        .map(|(source, table)| json!([source, table]))
        .collect()
}

fn root_path(node: &Node) -> Option<String> {
    match &node.origin {
        crate::project::Origin::Disk(path) => {
            let text = path.display().to_string();
            let root = text.strip_suffix(node.path.as_str());
            root.map(|root| root.trim_end_matches('/').to_owned())
        }
        crate::project::Origin::Embedded => None,
    }
}

fn property(node: &Node, key: &str) -> Option<Json> {
    node.properties
        .get(key)
        .filter(|value| !value.is_null())
        .cloned()
}

fn add_exposure(fields: &mut Map<String, Json>, node: &Node) {
    let text = |key: &str| property(node, key).filter(Json::is_string);
    put(
        fields,
        "type",
        text("type").unwrap_or_else(|| "application".into()),
    );
    let owner = property(node, "owner").filter(Json::is_object);
    put(
        fields,
        "owner",
        owner.unwrap_or_else(|| json!({"name": null, "email": null})),
    );
    for key in ["label", "maturity", "url"] {
        put(fields, key, text(key));
    }
    put(fields, "refs", refs(node));
    put(fields, "sources", sources(node));
    put(fields, "metrics", json!([]));
    put(
        fields,
        "depends_on",
        json!({"macros": [], "nodes": node.parents}),
    );
}

fn add_unit_test(fields: &mut Map<String, Json>, node: &Node) {
    fields.remove("unrendered_config");
    fields.remove("tags");
    fields.remove("meta");
    let model = property(node, "model").unwrap_or_default();
    let mut fqn: Vec<Json> = node.fqn.iter().map(|part| part.as_str().into()).collect();
    fqn.insert(fqn.len().saturating_sub(1), model.clone());
    put(fields, "fqn", fqn);
    put(fields, "model", model);
    let with_format = |mut item: Json| {
        if let Some(fields) = item.as_object_mut() {
            fields.entry("format").or_insert_with(|| "dict".into());
            fields.entry("fixture").or_insert(Json::Null);
        }
        item
    };
    let given = property(node, "given").unwrap_or_else(|| json!([]));
    let given = given.as_array().cloned().unwrap_or_default();
    put(
        fields,
        "given",
        given.into_iter().map(with_format).collect::<Vec<_>>(),
    );
    let expect = property(node, "expect").unwrap_or_else(|| json!({}));
    put(fields, "expect", with_format(expect));
    put(fields, "overrides", property(node, "overrides"));
    let nodes: Vec<&str> = node.selected_with().collect();
    put(
        fields,
        "depends_on",
        json!({"macros": node.macros, "nodes": nodes}),
    );
    put(fields, "schema", node.relation.schema.as_str());
    put(fields, "checksum", checksum(node));
    put(fields, "versions", Json::Null);
    put(fields, "version", Json::Null);
}

fn add_source(fields: &mut Map<String, Json>, node: &Node) {
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
    put(fields, "freshness", freshness(&source.freshness));
    put(fields, "external", Json::Null);
    put(fields, "source_meta", object(source.group.get("meta")));
    put(fields, "patch_path", Json::Null);
    put(fields, "doc_blocks", json!([]));
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

fn freshness(given: &Json) -> Json {
    if !given.is_object() {
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
    if let Detail::Hook { index, .. } = &node.detail {
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
