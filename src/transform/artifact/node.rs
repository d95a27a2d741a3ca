//! One node or macro as an entry of `manifest.json`.

use serde_json::{Map, Value as Json, json};

use std::path::Path;

use super::columns::{columns, constraints_of_model};
use super::key::primary_key;
use super::sql::file_of;
use super::{checksum, config, semantic};
use crate::transform::FAILURES_SCHEMA;
use crate::transform::context::Registry;
use crate::transform::graph::describe::ref_json;
use crate::transform::graph::{Detail, Node, NodeKind, SourceDetail, TestDetail};

/// The entry of a node; `compiled` is its SQL if it was compiled.
pub(in crate::transform) fn entry(
    registry: &Registry,
    node: &Node,
    compiled: Option<&str>,
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
                _ => add_compiled(&mut fields, registry, node, compiled),
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

/// The properties file that describes a node, with its package.
fn patch_path(registry: &Registry, node: &Node) -> Option<String> {
    let place = node.described_at.as_deref()?;
    let path = place.rsplit_once(':').map_or(place, |(path, _)| path);
    let package = node.described_by.as_ref().unwrap_or(&node.package);
    let prefix = registry.prefixes.get(package).map_or("", String::as_str);
    let file = path.strip_prefix(prefix).unwrap_or(path);
    Some(format!("{package}://{file}"))
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
    let is_built = match node.kind {
        NodeKind::Test => keeps_failures(node),
        NodeKind::Analysis | NodeKind::Operation => false,
        _ => !node.is_ephemeral(),
    };
    let name = is_built.then(|| relation.to_string());
    put(fields, "relation_name", name);
    put(fields, "columns", columns(registry, node));
}

/// Whether a test is configured to keep the rows it finds.
fn keeps_failures(node: &Node) -> bool {
    let of = |key: &str| node.settings.get(key).filter(|value| !value.is_null());
    match of("store_failures_as").and_then(Json::as_str) {
        Some(kind) => kind != "ephemeral",
        None => of("store_failures") == Some(&Json::Bool(true)),
    }
}

/// What models, seeds, snapshots, tests, analyses and hooks have.
fn add_resource(fields: &mut Map<String, Json>, registry: &Registry, node: &Node) {
    put(fields, "alias", node.relation.name.as_str());
    let is_generic = matches!(&node.detail, Detail::Test(test) if !test.generic.is_empty());
    let fingerprint = if node.text.is_empty() || is_generic {
        json!({"name": "none", "checksum": ""})
    } else {
        json!({"name": "sha256", "checksum": checksum(node)})
    };
    put(fields, "checksum", fingerprint);
    let setting = |key: &str| node.settings.get(key).cloned();
    put(fields, "group", node.group());
    let mut docs = json!({"show": true, "node_color": null});
    if let (Some(docs), Some(Json::Object(given))) = (docs.as_object_mut(), setting("docs")) {
        docs.extend(given);
    }
    put(fields, "docs", docs);
    put(
        fields,
        "patch_path",
        patch_path(registry, node).filter(|_| !is_generic),
    );
    put(fields, "build_path", Json::Null);
    let code = match node.kind {
        NodeKind::Seed => "",
        NodeKind::Snapshot => node.text.as_str(),
        _ => node.text.trim(),
    };
    put(fields, "raw_code", code);
    put(
        fields,
        "doc_blocks",
        doc_ids(registry, &node.package, &node.doc_blocks),
    );
    if let Some(config) = fields.get_mut("config").and_then(Json::as_object_mut) {
        let is_unbuilt = matches!(node.kind, NodeKind::Analysis | NodeKind::Operation);
        let kind = if is_unbuilt {
            node.config.materialization()
        } else {
            node.materialization()
        };
        put(config, "materialized", kind);
        if node.kind == NodeKind::Test {
            let is_set = |key: &str| config.get(key).is_some_and(|value| !value.is_null());
            if is_set("store_failures_as") {
                put(config, "store_failures", keeps_failures(node));
            } else if is_set("store_failures") {
                let kind = if keeps_failures(node) {
                    "table"
                } else {
                    "ephemeral"
                };
                put(config, "store_failures_as", kind);
            }
        }
    }
}

fn add_compiled(
    fields: &mut Map<String, Json>,
    registry: &Registry,
    node: &Node,
    compiled: Option<&str>,
) {
    let language = if node.is_python() { "python" } else { "sql" };
    put(fields, "language", language);
    put(fields, "refs", refs(node));
    put(fields, "sources", sources(node));
    put(fields, "metrics", json!([]));
    put(fields, "functions", json!([]));
    put(
        fields,
        "depends_on",
        json!({"macros": node.called, "nodes": parents(registry, node)}),
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

/// Ids of what a node reads: sources and then the rest, in the order they are first named in.
fn parents<'n>(registry: &'n Registry, node: &'n Node) -> Vec<&'n str> {
    let sources = node.sources.iter().filter_map(|(source, table)| {
        let found = registry.source(&node.package, source, table)?;
        Some(found.id.as_str())
    });
    let refs = node.refs.iter().filter_map(|call| {
        let (package, version) = (call.package.as_deref(), call.version.as_deref());
        let found = registry.referent(&node.package, package, &call.name, version);
        found.ok().map(|found| found.id.as_str())
    });
    let mut ordered: Vec<&str> = Vec::new();
    for id in sources
        .chain(refs)
        .chain(node.parents.iter().map(String::as_str))
    {
        if node.parents.contains(id) && !ordered.contains(&id) {
            ordered.push(id);
        }
    }
    ordered
}

pub(super) fn refs(node: &Node) -> Json {
    node.refs.iter().map(ref_json).collect()
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

fn add_exposure(fields: &mut Map<String, Json>, registry: &Registry, node: &Node) {
    let text = |key: &str| property(node, key).filter(Json::is_string);
    put(
        fields,
        "type",
        text("type").unwrap_or_else(|| "application".into()),
    );
    let owner = property(node, "owner").filter(Json::is_object);
    let mut whole = json!({"name": null, "email": null});
    if let (Some(whole), Some(Json::Object(given))) = (whole.as_object_mut(), owner) {
        whole.extend(given);
    }
    put(fields, "owner", whole);
    for key in ["label", "maturity", "url"] {
        put(fields, key, text(key));
    }
    put(fields, "refs", refs(node));
    put(fields, "sources", sources(node));
    put(fields, "metrics", json!([]));
    put(
        fields,
        "depends_on",
        json!({"macros": [], "nodes": parents(registry, node)}),
    );
}

fn add_unit_test(fields: &mut Map<String, Json>, registry: &Registry, node: &Node) {
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
    let overrides = property(node, "overrides").map(|given| {
        let mut whole = json!({"macros": {}, "vars": {}, "env_vars": {}});
        if let (Some(whole), Json::Object(given)) = (whole.as_object_mut(), given) {
            whole.extend(given);
        }
        whole
    });
    put(fields, "overrides", overrides);
    let nodes: Vec<&str> = node.selected_with().collect();
    put(
        fields,
        "depends_on",
        json!({"macros": node.called, "nodes": nodes}),
    );
    let tested = nodes.first().and_then(|id| registry.node(id));
    let schema = tested.map_or(&node.relation.schema, |tested| &tested.relation.schema);
    put(fields, "schema", schema.as_str());
    put(fields, "checksum", checksum(node));
    put(fields, "versions", Json::Null);
    put(fields, "version", Json::Null);
}

fn add_source(fields: &mut Map<String, Json>, registry: &Registry, node: &Node) {
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
