//! `manifest.json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value as Json, json};

use super::node::{entry, macro_entry};
use super::{metadata, write};
use crate::error::Result;
use crate::transform::graph::{Graph, NodeKind};

/// Writes `manifest.json` into `folder`; `compiled` holds the SQL of nodes that were compiled, by
/// id.
///
/// # Errors
/// `SourceUnavailable` if the folder cannot be written.
pub fn write_manifest(
    graph: &Graph,
    compiled: &BTreeMap<String, String>,
    folder: &Path,
) -> Result<()> {
    let mut lists: BTreeMap<&str, Map<String, Json>> =
        LISTS.iter().map(|(name, _)| (*name, Map::new())).collect();
    let now = crate::sys::clock::now().as_duration().as_secs_f64();
    for node in &graph.nodes {
        let Some(list) = list_of(node.kind) else {
            continue;
        };
        let sql = compiled.get(&node.id).map(String::as_str);
        let one = entry(graph, node, sql, now);
        lists.entry(list).or_default().insert(node.id.clone(), one);
    }
    let (parents, children) = maps(graph);
    let mut manifest = Map::new();
    manifest.insert("metadata".to_owned(), head(graph));
    for (name, list) in lists {
        manifest.insert(name.to_owned(), Json::Object(list));
    }
    manifest.insert("macros".to_owned(), macros(graph, now));
    manifest.insert("docs".to_owned(), docs(graph));
    manifest.insert("groups".to_owned(), json!({}));
    manifest.insert("selectors".to_owned(), selectors(graph));
    manifest.insert("disabled".to_owned(), json!({}));
    manifest.insert("parent_map".to_owned(), parents);
    manifest.insert("child_map".to_owned(), children);
    manifest.insert("group_map".to_owned(), json!({}));
    write(folder, "manifest.json", &manifest)
}

/// Where nodes of a kind stand; metrics and what belongs to them are listed nowhere, because what
/// they are compiled to is not known here.
const LISTS: [(&str, &[NodeKind]); 8] = [
    (
        "nodes",
        &[
            NodeKind::Model,
            NodeKind::Seed,
            NodeKind::Snapshot,
            NodeKind::Test,
            NodeKind::Analysis,
            NodeKind::Operation,
        ],
    ),
    ("sources", &[NodeKind::Source]),
    ("exposures", &[NodeKind::Exposure]),
    ("unit_tests", &[NodeKind::UnitTest]),
    ("metrics", &[]),
    ("semantic_models", &[]),
    ("saved_queries", &[]),
    ("functions", &[]),
];

fn list_of(kind: NodeKind) -> Option<&'static str> {
    let mut lists = LISTS.iter();
    lists
        .find(|(_, kinds)| kinds.contains(&kind))
        .map(|(name, _)| *name)
}

fn head(graph: &Graph) -> Json {
    let mut head = metadata(graph, "manifest/v12");
    if let Some(fields) = head.as_object_mut() {
        let project = graph.registry.project.as_str();
        fields.insert("project_name".to_owned(), Json::from(project));
        fields.insert("adapter_type".to_owned(), Json::from("duckdb"));
        fields.insert("send_anonymous_usage_stats".to_owned(), Json::from(false));
        let quoting = json!({"database": true, "schema": true, "identifier": true, "column": null});
        fields.insert("quoting".to_owned(), quoting);
    }
    head
}

/// What each node depends on, and what depends on it, by id.
fn maps(graph: &Graph) -> (Json, Json) {
    let is_listed = |id: &str| {
        graph
            .node(id)
            .is_some_and(|node| list_of(node.kind).is_some())
    };
    let listed = || graph.nodes.iter().filter(|node| is_listed(&node.id));
    let mut children: BTreeMap<&str, Vec<&str>> = listed()
        .map(|node| (node.id.as_str(), Vec::new()))
        .collect();
    let mut parents: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for node in listed() {
        let of_node = node.parents.iter().filter(|id| is_listed(id));
        for parent in of_node.clone() {
            children.entry(parent).or_default().push(&node.id);
        }
        parents.insert(&node.id, of_node.map(String::as_str).collect());
    }
    (json!(parents), json!(children))
}

fn macros(graph: &Graph, now: f64) -> Json {
    let all = graph.registry.macros.all();
    let entries = all.map(|one| (one.id.clone(), macro_entry(graph, one, now)));
    Json::Object(entries.collect())
}

fn docs(graph: &Graph) -> Json {
    let entries = graph.registry.docs.iter().map(|((package, name), text)| {
        let id = format!("doc.{package}.{name}");
        let entry = json!({
            "name": name,
            "resource_type": "doc",
            "package_name": package,
            "path": "",
            "original_file_path": "",
            "unique_id": id,
            "block_contents": text,
        });
        (id, entry)
    });
    Json::Object(entries.collect())
}

fn selectors(graph: &Graph) -> Json {
    let all = graph.selectors.get("selectors").and_then(Json::as_array);
    let entries = all.into_iter().flatten().filter_map(|one| {
        let name = one.get("name")?.as_str()?.to_owned();
        Some((name, one.clone()))
    });
    Json::Object(entries.collect())
}
