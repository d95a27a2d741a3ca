//! What each selector method matches.

use serde_json::Value as Json;

use super::expression::Criterion;
use super::pattern::{glob, has_folder, is_under, names};
use crate::error::{Error, Result, nearest};
use crate::transform::graph::{Detail, Graph, Node, NodeKind};
use crate::transform::prior::Prior;

/// All methods, with what they go by.
pub(super) const METHODS: [(&str, &str); 24] = [
    ("fqn", "package, folders and name, with dots"),
    ("path", "folder or file"),
    ("file", "file name"),
    ("package", "package; `this` is the project"),
    ("tag", "tag"),
    ("config", "configured value: `config.materialized:view`"),
    ("resource_type", "kind of node"),
    ("model", "name of a model"),
    ("seed", "name of a seed"),
    ("snapshot", "name of a snapshot"),
    ("test_type", "`generic`, `singular`, `data` or `unit`"),
    ("test_name", "name of a generic test"),
    ("unit_test", "name of a unit test"),
    ("source", "source, or source.table"),
    ("exposure", "name of an exposure"),
    ("metric", "name of a metric"),
    ("semantic_model", "name of a semantic model"),
    ("saved_query", "name of a saved query"),
    ("group", "group"),
    ("access", "`private`, `protected` or `public`"),
    (
        "version",
        "`latest`, `prerelease`, `old`, `none`, or a version",
    ),
    ("state", "difference to the state given with `--state`"),
    ("result", "status in the run given with `--state`"),
    (
        "source_status",
        "`fresher` than in the state given with `--state`",
    ),
];

/// What a criterion is compared with.
pub(super) struct Surroundings<'a> {
    pub graph: &'a Graph,
    pub prior: Option<&'a Prior>,
}

/// Whether a criterion of this method may match nothing without being a mistake.
pub(super) fn may_be_empty(method: &str) -> bool {
    matches!(method, "state" | "result" | "source_status")
}

/// Refuses unknown methods, and those that need a state where there is none.
pub(super) fn check(criterion: &Criterion, around: &Surroundings<'_>) -> Result<()> {
    let method = criterion.method.as_str();
    let known = METHODS.iter().map(|(name, _)| *name);
    if !method.is_empty() && !known.clone().any(|name| name == method) {
        let near = nearest(method, known.clone())
            .map_or(String::new(), |near| format!("Did you mean `{near}:`? "));
        let list: Vec<String> = known.map(|name| format!("`{name}:`")).collect();
        return Err(Error::usage(format!("unknown selector method `{method}:`"))
            .at(&criterion.text)
            .hint(format!("{near}Use one of {}.", list.join(", "))));
    }
    if may_be_empty(method) && around.prior.is_none() {
        return Err(Error::usage(format!(
            "selector method `{method}:` compares with an earlier state, and none is given"
        ))
        .at(&criterion.text)
        .hint("Add `--state FOLDER`, the folder with the `manifest.json` to compare with."));
    }
    if method == "config" && criterion.arguments.is_empty() {
        return Err(Error::usage("`config:` needs the name of a setting")
            .at(&criterion.text)
            .hint("Write `config.materialized:view`."));
    }
    Ok(())
}

/// Whether `node` is matched.
pub(super) fn matches(
    node: &Node,
    criterion: &Criterion,
    around: &Surroundings<'_>,
) -> Result<bool> {
    let value = criterion.value.as_str();
    let of_kind = |kind: NodeKind| node.kind == kind && named(node, value);
    Ok(match criterion.method.as_str() {
        "" => matches_bare(node, value),
        "fqn" => is_selectable_by_name(node) && names(value, &node.fqn, is_version(node)),
        "path" => is_under(&node.path, value) || is_under(&node.file, value),
        "file" => matches_file(node, value),
        "package" => {
            let wanted = if value == "this" {
                around.graph.registry.project.as_str()
            } else {
                value
            };
            glob(wanted, &node.package)
        }
        "tag" => node.config.tags.iter().any(|tag| glob(value, tag)),
        "config" => matches_config(node, &criterion.arguments, value),
        "resource_type" => node.kind.name() == value,
        "model" => of_kind(NodeKind::Model),
        "seed" => of_kind(NodeKind::Seed),
        "snapshot" => of_kind(NodeKind::Snapshot),
        "exposure" => of_kind(NodeKind::Exposure),
        "metric" => of_kind(NodeKind::Metric),
        "semantic_model" => of_kind(NodeKind::SemanticModel),
        "saved_query" => of_kind(NodeKind::SavedQuery),
        "unit_test" => of_kind(NodeKind::UnitTest),
        "test_type" => matches_test_type(node, value)?,
        "test_name" => generic_name(node).is_some_and(|name| glob(value, name)),
        "source" => matches_source(node, value),
        "group" => matches_config(node, &["group".to_owned()], value),
        "access" => node.kind == NodeKind::Model && access(node) == value,
        "version" => matches_version(node, value),
        "state" => match around.prior {
            Some(prior) => prior.matches_state(around.graph, node, value)?,
            None => false,
        },
        "result" => around
            .prior
            .is_some_and(|prior| prior.has_result(node, value)),
        "source_status" => around.prior.is_some_and(|prior| prior.is_fresher(node)),
        _ => false,
    })
}

/// A name without a method is a full name, a folder or a file.
fn matches_bare(node: &Node, value: &str) -> bool {
    if value.contains('/') {
        return is_under(&node.path, value) || is_under(&node.file, value);
    }
    let is_file = [".sql", ".csv", ".py"]
        .iter()
        .any(|ending| value.ends_with(ending));
    if is_file && matches_file(node, value) {
        return true;
    }
    is_selectable_by_name(node) && names(value, &node.fqn, is_version(node))
}

/// The last resort for a bare name: any folder on the way to the file.
pub(super) fn matches_folder(node: &Node, value: &str) -> bool {
    is_selectable_by_name(node) && has_folder(&node.path, value)
}

fn is_version(node: &Node) -> bool {
    matches!(&node.detail, Detail::Model(model) if model.version.is_some())
}

/// Sources and exposures are only meant where the method says so.
fn is_selectable_by_name(node: &Node) -> bool {
    !matches!(
        node.kind,
        NodeKind::Source
            | NodeKind::Exposure
            | NodeKind::Metric
            | NodeKind::SemanticModel
            | NodeKind::SavedQuery
            | NodeKind::Operation
    )
}

fn named(node: &Node, value: &str) -> bool {
    match value.split_once('.') {
        Some((package, name)) if glob(package, &node.package) => glob(name, &node.name),
        _ => glob(value, &node.name),
    }
}

fn matches_file(node: &Node, value: &str) -> bool {
    let file = node.path.rsplit('/').next().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    glob(value, file) || glob(value, stem)
}

/// The setting as text, `true` and `false` for truth, any item of a list, any key of a mapping.
fn matches_config(node: &Node, path: &[String], value: &str) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return false;
    };
    if first == "materialized" && rest.is_empty() {
        return glob(value, node.materialization());
    }
    let fallback = match first.as_str() {
        "tags" => Json::from(node.config.tags.clone()),
        "enabled" => Json::from(node.config.enabled),
        _ => Json::Null,
    };
    let mut found = node.settings.get(first).unwrap_or(&fallback);
    for key in rest {
        match found.get(key) {
            Some(inner) => found = inner,
            None => return false,
        }
    }
    equals(found, value)
}

fn equals(found: &Json, value: &str) -> bool {
    match found {
        Json::Array(items) => items.iter().any(|item| equals(item, value)),
        Json::Object(fields) => fields.keys().any(|key| glob(value, key)),
        Json::String(text) => glob(value, text),
        Json::Bool(truth) => value.eq_ignore_ascii_case(if *truth { "true" } else { "false" }),
        Json::Number(number) => number.to_string() == value,
        Json::Null => false,
    }
}

/// Name of the generic test a node is made from, with its package if it was written with one.
fn generic_name(node: &Node) -> Option<&str> {
    match &node.detail {
        Detail::Test(test) if !test.generic.is_empty() => Some(&test.generic),
        _ => None,
    }
}

fn matches_test_type(node: &Node, value: &str) -> Result<bool> {
    let is_test = node.kind == NodeKind::Test;
    Ok(match value {
        "generic" | "schema" => is_test && generic_name(node).is_some(),
        "singular" => is_test && generic_name(node).is_none(),
        "data" => is_test,
        "unit" => node.kind == NodeKind::UnitTest,
        _ => {
            return Err(Error::usage(format!("`{value}` is no type of tests"))
                .hint("Write `generic`, `singular`, `data` or `unit`."));
        }
    })
}

fn matches_source(node: &Node, value: &str) -> bool {
    let Detail::Source(source) = &node.detail else {
        return false;
    };
    let parts: Vec<&str> = value.split('.').collect();
    match parts.as_slice() {
        [name] => glob(name, &source.source),
        [name, table] => glob(name, &source.source) && glob(table, &node.name),
        [package, name, table] => {
            glob(package, &node.package) && glob(name, &source.source) && glob(table, &node.name)
        }
        _ => false,
    }
}

fn access(node: &Node) -> &str {
    let configured = node.settings.get("access").and_then(Json::as_str);
    let described = node.properties.get("access").and_then(Json::as_str);
    configured.or(described).unwrap_or("protected")
}

fn matches_version(node: &Node, value: &str) -> bool {
    let Detail::Model(model) = &node.detail else {
        return value == "none" && node.kind == NodeKind::Model;
    };
    let (version, latest) = (model.version.as_ref(), model.latest_version.as_ref());
    let Some(version) = version else {
        return value == "none";
    };
    match value {
        "none" => false,
        "latest" => latest == Some(version),
        "prerelease" => latest.is_some_and(|latest| order(version, latest).is_gt()),
        "old" => latest.is_some_and(|latest| order(version, latest).is_lt()),
        other => text_of(version) == other,
    }
}

/// Numbers before texts, as versions are compared.
fn order(one: &Json, other: &Json) -> std::cmp::Ordering {
    let number = |value: &Json| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one.total_cmp(&other),
        _ => text_of(one).cmp(&text_of(other)),
    }
}

fn text_of(value: &Json) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
