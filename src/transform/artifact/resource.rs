//! What entries of models, seeds, snapshots, tests, analyses and hooks have: where they are built,
//! from what, and their SQL.

use serde_json::{Map, Value as Json, json};

use super::checksum;
use super::columns::columns;
use super::node::{doc_ids, put};
use super::sql::Query;
use crate::transform::context::Registry;
use crate::transform::graph::describe::ref_json;
use crate::transform::graph::{Detail, Node, NodeKind};

/// The properties file that describes a node, with its package.
fn patch_path(registry: &Registry, node: &Node) -> Option<String> {
    let place = node.described_at.as_deref()?;
    let path = place.rsplit_once(':').map_or(place, |(path, _)| path);
    let package = node.described_by.as_ref().unwrap_or(&node.package);
    let prefix = registry.prefixes.get(package).map_or("", String::as_str);
    let file = path.strip_prefix(prefix).unwrap_or(path);
    Some(format!("{package}://{file}"))
}

pub(super) fn add_relation(fields: &mut Map<String, Json>, registry: &Registry, node: &Node) {
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
pub(super) fn add_resource(fields: &mut Map<String, Json>, registry: &Registry, node: &Node) {
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

pub(super) fn add_compiled(
    fields: &mut Map<String, Json>,
    registry: &Registry,
    node: &Node,
    query: Option<&Query<'_>>,
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
    put(fields, "compiled", query.is_some());
    put(fields, "compiled_code", query.map(|query| query.text));
    let path = query.map(|query| query.path.display().to_string());
    put(fields, "compiled_path", path);
    if query.is_some() {
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
pub(super) fn parents<'n>(registry: &'n Registry, node: &'n Node) -> Vec<&'n str> {
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

pub(super) fn sources(node: &Node) -> Json {
    let pairs = node.sources.iter();
    pairs
        .map(|(source, table)| json!([source, table]))
        .collect()
}

pub(super) fn root_path(node: &Node) -> Option<String> {
    match &node.origin {
        crate::project::Origin::Disk(path) => {
            let text = path.display().to_string();
            let root = text.strip_suffix(node.path.as_str());
            root.map(|root| root.trim_end_matches('/').to_owned())
        }
        crate::project::Origin::Embedded => None,
    }
}
