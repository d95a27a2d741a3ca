//! `manifest.json`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value as Json, json};

use super::macros::macro_entry;
use super::node::entry;
use super::sql::Queries;
use super::{metadata, write};
use crate::error::Result;
use crate::transform::graph::{Detail, Graph, Group, Node, NodeKind};

/// Writes `manifest.json` into `folder`; `queries` are those of nodes that were compiled.
///
/// # Errors
/// `SourceUnavailable` if the folder cannot be written.
pub fn write_manifest(graph: &Graph, queries: &Queries<'_>, folder: &Path) -> Result<()> {
    let now = crate::sys::clock::now().as_duration().as_secs_f64();
    let manifest = Manifest {
        graph,
        queries,
        now,
    };
    write(folder, "manifest.json", &manifest)
}

/// The document. An entry exists only while it is written, because all of them together are many
/// times the project.
struct Manifest<'a> {
    graph: &'a Graph,
    queries: &'a Queries<'a>,
    /// Seconds since 1970.
    now: f64,
}

impl Serialize for Manifest<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let graph = self.graph;
        let mut all = serializer.serialize_map(None)?;
        all.serialize_entry("metadata", &head(graph))?;
        for (name, kinds) in LISTS {
            let manifest = self;
            all.serialize_entry(name, &List { manifest, kinds })?;
        }
        all.serialize_entry("macros", &MacroList { manifest: self })?;
        all.serialize_entry("docs", &docs(graph))?;
        all.serialize_entry("groups", &groups(graph))?;
        all.serialize_entry("selectors", &selectors(graph))?;
        all.serialize_entry("disabled", &self.disabled())?;
        let (parents, children) = maps(graph);
        all.serialize_entry("parent_map", &parents)?;
        all.serialize_entry("child_map", &children)?;
        all.serialize_entry("group_map", &group_map(graph))?;
        all.end()
    }
}

impl Manifest<'_> {
    /// What is switched off: lists, because several files may have meant to define a node.
    fn disabled(&self) -> BTreeMap<&str, Vec<Json>> {
        let mut all: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
        let listed = |node: &&Node| list_of(node.kind).is_some();
        for node in self.graph.disabled.iter().filter(listed) {
            let one = entry(&self.graph.registry, node, None, self.now);
            all.entry(&node.id).or_default().push(one);
        }
        all
    }
}

fn groups(graph: &Graph) -> BTreeMap<String, Json> {
    let entry = |group: &Group| {
        let id = format!("group.{}.{}", group.package, group.name);
        let of = |key: &str| group.entry.get(key);
        let owner = |key: &str| of("owner").and_then(|owner| owner.get(key));
        let meta = of("config").and_then(|config| config.get("meta"));
        let entry = json!({
            "name": group.name,
            "resource_type": "group",
            "package_name": group.package,
            "path": group.path.split_once('/').map_or(group.path.as_str(), |(_, rest)| rest),
            "original_file_path": group.path,
            "unique_id": id,
            "owner": {"email": owner("email"), "name": owner("name")},
            "description": of("description"),
            "config": {"meta": meta.cloned().unwrap_or_else(|| json!({}))},
        });
        (id, entry)
    };
    graph.groups.iter().map(entry).collect()
}

/// The members of each group.
fn group_map(graph: &Graph) -> BTreeMap<&str, Vec<&str>> {
    let groups = graph.groups.iter();
    let mut map: BTreeMap<&str, Vec<&str>> = groups
        .map(|group| (group.name.as_str(), Vec::new()))
        .collect();
    let is_test = |node: &&Arc<Node>| node.kind == NodeKind::Test;
    let others = graph.nodes.iter().filter(|node| !is_test(node));
    for node in others.chain(graph.nodes.iter().filter(is_test)) {
        // A test is of the group of what it tests.
        let member = match &node.detail {
            Detail::Test(test) => test.attached.as_ref().and_then(|id| graph.node(id)),
            _ => Some(node),
        };
        let group = member.and_then(|member| member.group());
        if let Some(members) = group.and_then(|group| map.get_mut(group)) {
            members.push(&node.id);
        }
    }
    map
}

/// The nodes of some kinds, by id.
struct List<'a> {
    manifest: &'a Manifest<'a>,
    kinds: &'static [NodeKind],
}

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Manifest {
            graph,
            queries,
            now,
        } = *self.manifest;
        let nodes = graph.nodes.iter();
        let listed = nodes.filter(|node| self.kinds.contains(&node.kind));
        serializer.collect_map(listed.map(|node| {
            (
                &node.id,
                entry(&graph.registry, node, queries.of(node).as_ref(), now),
            )
        }))
    }
}

/// The macros, by id.
struct MacroList<'a> {
    manifest: &'a Manifest<'a>,
}

impl Serialize for MacroList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Manifest { graph, now, .. } = *self.manifest;
        let all = graph.registry.macros.all();
        serializer.collect_map(all.map(|one| (&one.id, macro_entry(&graph.registry, one, now))))
    }
}

/// Where nodes of a kind stand.
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
    ("metrics", &[NodeKind::Metric]),
    ("semantic_models", &[NodeKind::SemanticModel]),
    ("saved_queries", &[NodeKind::SavedQuery]),
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

/// Ids next to each node, by its id.
type Edges<'g> = BTreeMap<&'g str, Vec<&'g str>>;

/// What each node depends on, and what depends on it, by id.
fn maps(graph: &Graph) -> (Edges<'_>, Edges<'_>) {
    let is_listed = |id: &str| {
        graph
            .node(id)
            .is_some_and(|node| list_of(node.kind).is_some())
    };
    let listed = || graph.nodes.iter().filter(|node| is_listed(&node.id));
    let mut children: Edges<'_> = listed()
        .map(|node| (node.id.as_str(), Vec::new()))
        .collect();
    let mut parents = Edges::new();
    for node in listed() {
        let of_node: Vec<&str> = node.selected_with().filter(|id| is_listed(id)).collect();
        for parent in &of_node {
            children.entry(parent).or_default().push(&node.id);
        }
        parents.insert(&node.id, of_node);
    }
    (parents, children)
}

fn docs(graph: &Graph) -> Json {
    let entries = graph.registry.docs.iter().map(|((package, name), block)| {
        let id = format!("doc.{package}.{name}");
        let entry = json!({
            "name": name,
            "resource_type": "doc",
            "package_name": package,
            "path": block.inner_path,
            "original_file_path": block.file,
            "unique_id": id,
            "block_contents": block.text,
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
