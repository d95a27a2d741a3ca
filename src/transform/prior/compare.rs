//! In what a node differs from its entry in an earlier manifest.
//!
//! Only what the author wrote is compared: text, settings, names, descriptions that become
//! comments, macros, contracts. Nothing that follows from where or when the project is run.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::declared;
use crate::transform::artifact::checksum;
use crate::transform::graph::{Graph, Node, NodeKind};

/// A kind of difference, as `state:modified.…` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transform) enum Aspect {
    Body,
    Configs,
    Relation,
    Descriptions,
    Macros,
    Contract,
    /// Folders and name, by which selectors and `dbt_project.yml` go.
    Place,
    /// What others go by: access, versions; all of what is only declared, such as exposures.
    Properties,
}

impl Aspect {
    const ALL: [(&'static str, Self); 8] = [
        ("body", Self::Body),
        ("configs", Self::Configs),
        ("relation", Self::Relation),
        ("persisted_descriptions", Self::Descriptions),
        ("macros", Self::Macros),
        ("contract", Self::Contract),
        ("fqn", Self::Place),
        ("properties", Self::Properties),
    ];

    /// The word behind `state:modified.`.
    pub(super) fn name(self) -> &'static str {
        let mut all = Self::ALL.iter();
        all.find(|(_, one)| *one == self)
            .map_or("", |(name, _)| name)
    }

    pub(super) fn named(word: &str) -> Option<Self> {
        let mut all = Self::ALL.iter();
        all.find(|(name, _)| *name == word).map(|(_, one)| *one)
    }

    pub(super) fn list() -> String {
        Self::ALL
            .map(|(name, _)| format!("`modified.{name}`"))
            .join(", ")
    }
}

/// All differences, each with what people want to know about it.
pub(super) fn changes(
    graph: &Graph,
    node: &Node,
    before: &Json,
    manifest: &Json,
) -> Vec<(Aspect, String)> {
    let mut all = Vec::new();
    let mut add = |aspect, text: Option<String>| all.extend(text.map(|text| (aspect, text)));
    add(Aspect::Body, body(node, before));
    if is_defined(node.kind) {
        let (configs, relation) = configs(node, before);
        add(Aspect::Configs, configs);
        add(Aspect::Relation, relation);
        add(Aspect::Descriptions, descriptions(node, before));
        add(Aspect::Contract, contract(node, before));
    }
    if node.kind != NodeKind::UnitTest {
        add(Aspect::Place, place(node, before));
    }
    add(Aspect::Macros, macros(graph, node, before, manifest));
    all.extend(declared::changes(graph, node, before));
    all
}

/// Whether a node that was not there before counts as another one in this respect.
pub(super) fn is_news(graph: &Graph, node: &Node, aspect: Aspect, manifest: &Json) -> bool {
    match aspect {
        Aspect::Macros => macros(graph, node, &Json::Null, manifest).is_some(),
        Aspect::Configs | Aspect::Relation if node.kind == NodeKind::Source => true,
        Aspect::Configs => node.kind != NodeKind::UnitTest,
        Aspect::Place | Aspect::Properties => true,
        _ => is_defined(node.kind),
    }
}

/// Whether it has text or rows of its own; the others are only declared.
fn is_defined(kind: NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::Model
            | NodeKind::Seed
            | NodeKind::Snapshot
            | NodeKind::Analysis
            | NodeKind::Operation
            | NodeKind::Test
    )
}

fn place(node: &Node, before: &Json) -> Option<String> {
    let then = before.get("fqn")?.as_array()?;
    let then: Vec<&str> = then.iter().filter_map(Json::as_str).collect();
    (then != node.fqn).then(|| format!("it was `{}`", then.join(".")))
}

fn body(node: &Node, before: &Json) -> Option<String> {
    let text = |key: &str| before.get(key).and_then(Json::as_str);
    match node.kind {
        NodeKind::Seed => {
            let then = before.get("checksum")?.get("checksum")?.as_str()?;
            (then != checksum(node)).then(|| "the rows differ".to_owned())
        }
        NodeKind::Model | NodeKind::Snapshot | NodeKind::Analysis | NodeKind::Operation => {
            first_difference(text("raw_code")?, &node.text)
        }
        NodeKind::Test if !node.text.is_empty() => first_difference(text("raw_code")?, &node.text),
        // Of a generic test the settings beside its arguments are its text.
        NodeKind::Test => configs(node, before).0,
        _ => None,
    }
}

/// The first line that is another one.
fn first_difference(then: &str, now: &str) -> Option<String> {
    let (then, now) = (then.trim(), now.trim());
    if then == now {
        return None;
    }
    let mut lines = now.lines().zip(then.lines()).enumerate();
    let at = lines.find(|(_, (one, other))| one != other);
    Some(match at {
        Some((index, (line, _))) => format!("line {}: {}", index + 1, line.trim()),
        None => "lines were added or removed at the end".to_owned(),
    })
}

/// Settings that name the relation are compared apart.
const NAMES: [&str; 3] = ["alias", "database", "schema"];
/// Settings that are not compared.
const LEFT_OUT: [&str; 2] = ["tags", "group"];
/// The settings of a test that are.
const OF_TESTS: [&str; 9] = [
    "severity",
    "where",
    "limit",
    "fail_calc",
    "warn_if",
    "error_if",
    "store_failures",
    "store_failures_as",
    "sql_header",
];

/// Changed settings, and changed names of the relation.
pub(super) fn configs(node: &Node, before: &Json) -> (Option<String>, Option<String>) {
    // Entries without settings, such as unit tests, are compared as a whole.
    let Some(then) = before.get("unrendered_config").and_then(Json::as_object) else {
        return (None, None);
    };
    let then = then
        .iter()
        .map(|(key, value)| (key.trim_start_matches('+').replace('-', "_"), plain(value)));
    let mut then: BTreeMap<String, Json> = then.filter(|(_, value)| is_said(value)).collect();
    let mut now = written_settings(node);
    for key in defaults_of(node) {
        then.remove(*key);
        now.remove(*key);
    }
    let keys: BTreeSet<&String> = then.keys().chain(now.keys()).collect();
    let is_text_unchanged = is_text_unchanged(node, before);
    let is_compared = |key: &str| match node.kind {
        NodeKind::Test => OF_TESTS.contains(&key),
        _ => !LEFT_OUT.contains(&key),
    };
    let mut changed = Vec::new();
    let mut moved = Vec::new();
    for key in keys {
        let is_name = NAMES.contains(&key.as_str());
        if is_text_unchanged && node.configured.contains(key) {
            continue;
        }
        if (!is_name && !is_compared(key)) || then.get(key) == now.get(key) {
            continue;
        }
        let show =
            |value: Option<&Json>| value.map_or_else(|| "not set".to_owned(), Json::to_string);
        let text = format!(
            "`{key}` was {}, is {}",
            show(then.get(key)),
            show(now.get(key))
        );
        if is_name {
            moved.push(text);
        } else {
            changed.push(text);
        }
    }
    let joined = |all: Vec<String>| (!all.is_empty()).then(|| all.join(", "));
    (joined(changed), joined(moved))
}

/// The settings as somebody wrote them, templates of YAML files and all.
fn written_settings(node: &Node) -> BTreeMap<String, Json> {
    let mut all = node.settings.values().clone();
    all.extend(node.unrendered.clone());
    let all = all.into_iter().map(|(key, value)| (key, plain(&value)));
    all.filter(|(_, value)| is_said(value)).collect()
}

/// Settings that one of the two programs writes without being asked, or that are compared as
/// something else.
fn defaults_of(node: &Node) -> &'static [&'static str] {
    match node.kind {
        NodeKind::Test => &["schema"],
        NodeKind::Snapshot => &["relation"],
        NodeKind::Source => &["freshness", "loaded_at_field", "loaded_at_query"],
        _ => &[],
    }
}

fn is_said(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Array(items) => !items.is_empty(),
        Json::Object(fields) => !fields.is_empty(),
        _ => true,
    }
}

/// Whether the text is as it was: what it configures may follow from the target, but nobody has
/// changed it.
fn is_text_unchanged(node: &Node, before: &Json) -> bool {
    let then = before.get("raw_code").and_then(Json::as_str);
    !node.text.is_empty() && then.is_some_and(|then| then.trim() == node.text.trim())
}

/// One item alone is the same as a list of it; hooks are the same as their SQL.
fn plain(value: &Json) -> Json {
    match value {
        Json::Array(items) => {
            let mut all: Vec<Json> = items.iter().map(plain).collect();
            // dbt repeats the columns that a snapshot checks.
            all.dedup();
            match all.as_slice() {
                [one] => one.clone(),
                _ => Json::Array(all),
            }
        }
        Json::Object(fields) if fields.contains_key("sql") => {
            fields.get("sql").map_or(Json::Null, plain)
        }
        Json::Object(fields) => Json::Object(
            fields
                .iter()
                .map(|(key, value)| (key.clone(), plain(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}

fn descriptions(node: &Node, before: &Json) -> Option<String> {
    let asked = |what: &str| {
        let docs = node.settings.get("persist_docs");
        docs.and_then(|docs| docs.get(what)).and_then(Json::as_bool) == Some(true)
    };
    let text = |value: &Json| {
        let text = value.get("description").and_then(Json::as_str);
        text.unwrap_or_default().trim().to_owned()
    };
    if asked("relation") && text(before) != node.description.trim() {
        return Some("the description".to_owned());
    }
    if !asked("columns") {
        return None;
    }
    let then = |name: &str| before.get("columns").and_then(|all| all.get(name));
    let changed = node.columns.iter().find(|column| {
        then(&column.name).map(text).unwrap_or_default() != column.description.trim()
    });
    changed.map(|column| format!("the description of column `{}`", column.name))
}

fn macros(graph: &Graph, node: &Node, before: &Json, manifest: &Json) -> Option<String> {
    let then = |id: &str| {
        let all = manifest.get("macros")?;
        all.get(id)?.get("macro_sql").and_then(Json::as_str)
    };
    let changed: Vec<&str> = node
        .macros
        .iter()
        .filter(|id| {
            let now = graph.macro_text(id).unwrap_or_default();
            then(id).map_or(!is_shipped(id), |text| text.trim() != now.trim())
        })
        .map(String::as_str)
        .collect();
    if !changed.is_empty() {
        return Some(changed.join(", "));
    }
    let listed = before.get("depends_on")?.get("macros")?.as_array()?;
    let gone: Vec<&str> = listed
        .iter()
        .filter_map(Json::as_str)
        .filter(|id| !is_shipped(id) && graph.macro_text(id).is_none())
        .collect();
    (!gone.is_empty()).then(|| format!("{} are no longer there", gone.join(", ")))
}

/// Whether a macro comes with the program or with dbt.
fn is_shipped(id: &str) -> bool {
    id.starts_with("macro.dbt.") || id.starts_with("macro.dbt_duckdb.")
}

fn contract(node: &Node, before: &Json) -> Option<String> {
    let then = before.get("contract").and_then(|one| one.get("enforced"));
    let was_enforced = then.and_then(Json::as_bool).unwrap_or(false);
    match (was_enforced, node.config.is_contract_enforced) {
        (false, false) => None,
        (true, false) => Some("it is no longer enforced".to_owned()),
        (false, true) => Some("it is enforced now".to_owned()),
        (true, true) => changed_column(node, before),
    }
}

fn changed_column(node: &Node, before: &Json) -> Option<String> {
    let columns = before.get("columns").and_then(Json::as_object)?;
    let gone = columns
        .keys()
        .find(|name| !node.columns.iter().any(|column| column.name == **name));
    if let Some(name) = gone {
        return Some(format!("column `{name}` is gone"));
    }
    let differs = |name: &str, now: Option<&str>| {
        let then = columns.get(name).and_then(|one| one.get("data_type"));
        then.and_then(Json::as_str) != now
    };
    let changed = node
        .columns
        .iter()
        .find(|column| differs(&column.name, column.data_type.as_deref()));
    changed.map(|column| format!("the type of column `{}`", column.name))
}
