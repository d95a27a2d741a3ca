//! An earlier state of the project: the artifacts in a folder, as this program and dbt write them.
//!
//! From `manifest.json` follows which nodes are new or modified, and where those not built here
//! can be read; from `run_results.json` which failed; from `sources.json` which sources have newer
//! data. A file that is not there answers nothing.

mod compare;
mod declared;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;

pub(super) use self::compare::Aspect;
use super::graph::{Graph, Node, NodeKind};
use crate::error::{Error, IoContext, Result};
use crate::warehouse::Relation;

/// The artifacts of an earlier run.
#[derive(Clone, Debug, Default)]
pub struct Prior {
    /// `manifest.json`; `null` without one.
    manifest: Json,
    /// Status of each node in `run_results.json`.
    results: BTreeMap<String, String>,
    /// Newest data of each source, then and now.
    loaded_then: BTreeMap<String, String>,
    loaded_now: BTreeMap<String, String>,
}

impl Prior {
    /// Reads the artifacts of `folder`; those of `current` say how new sources are now.
    ///
    /// # Errors
    /// `Usage` if there is no artifact at all, `DataInvalid` if one is no JSON.
    pub fn read(folder: &Path, current: &Path) -> Result<Self> {
        let manifest = read_json(&folder.join("manifest.json"))?;
        let results = read_json(&folder.join("run_results.json"))?;
        let sources = read_json(&folder.join("sources.json"))?;
        if manifest.is_none() && results.is_none() && sources.is_none() {
            return Err(Error::usage("there is no state to compare with")
                .at(folder.display())
                .hint(
                    "Name a folder with `manifest.json`, `run_results.json` or `sources.json`.",
                ));
        }
        let now = read_json(&current.join("sources.json"))?;
        Ok(Self {
            manifest: manifest.unwrap_or_default(),
            results: statuses(&results.unwrap_or_default()),
            loaded_then: newest(&sources.unwrap_or_default()),
            loaded_now: newest(&now.unwrap_or_default()),
        })
    }

    /// Whether `node` is in the asked relation to the earlier manifest: `new`, `old`, `modified`,
    /// `unmodified`, or `modified.body` and its like.
    pub(super) fn matches_state(&self, graph: &Graph, node: &Node, value: &str) -> Result<bool> {
        let is_new = self.node(node).is_none();
        Ok(match value {
            "new" => is_new,
            "old" => !is_new,
            "modified" => is_new || !self.changes(graph, node).is_empty(),
            "unmodified" => !is_new && self.changes(graph, node).is_empty(),
            _ => {
                let aspect = value.strip_prefix("modified.").and_then(Aspect::named);
                let Some(aspect) = aspect else {
                    return Err(
                        Error::usage(format!("`state:{value}` is not a comparison")).hint(format!(
                            "Write `new`, `old`, `unmodified`, `modified`, or one of {}.",
                            Aspect::list()
                        )),
                    );
                };
                if is_new {
                    return Ok(compare::is_news(graph, node, aspect, &self.manifest));
                }
                let changes = self.changes(graph, node);
                changes.iter().any(|(one, _)| *one == aspect)
            }
        })
    }

    /// In what `node` differs from the earlier manifest, for people; empty if it does not.
    pub(super) fn why(&self, graph: &Graph, node: &Node) -> Vec<String> {
        if self.node(node).is_none() {
            return vec!["new".to_owned()];
        }
        let changes = self.changes(graph, node).into_iter();
        changes
            .map(|(aspect, text)| format!("{}: {text}", aspect.name()))
            .collect()
    }

    fn changes(&self, graph: &Graph, node: &Node) -> Vec<(Aspect, String)> {
        match self.node(node) {
            Some(before) => compare::changes(graph, node, before, &self.manifest),
            None => Vec::new(),
        }
    }

    /// The earlier entry of the node.
    fn node(&self, node: &Node) -> Option<&Json> {
        let list = match node.kind {
            NodeKind::Source => "sources",
            NodeKind::Exposure => "exposures",
            NodeKind::Metric => "metrics",
            NodeKind::SemanticModel => "semantic_models",
            NodeKind::SavedQuery => "saved_queries",
            NodeKind::UnitTest => "unit_tests",
            _ => "nodes",
        };
        self.manifest.get(list)?.get(&node.id)
    }

    /// Where the node was built then.
    pub(super) fn relation(&self, node: &Node) -> Option<Relation> {
        let before = self.node(node)?;
        let text = |key: &str| before.get(key).and_then(Json::as_str).map(str::to_owned);
        let relation = Relation::new(text("schema")?, text("alias")?);
        Some(relation.in_database(text("database")))
    }

    /// Whether the node ended with this status: `error`, `fail`, `success`, `pass`, `warn`, …
    pub(super) fn has_result(&self, node: &Node, status: &str) -> bool {
        let given = self.results.get(&node.id).map(String::as_str);
        match status {
            "skip" => given == Some("skipped"),
            _ => given == Some(status),
        }
    }

    /// Whether a source has newer data than then.
    pub(super) fn is_fresher(&self, node: &Node) -> bool {
        match (
            self.loaded_then.get(&node.id),
            self.loaded_now.get(&node.id),
        ) {
            (Some(then), Some(now)) => now > then,
            (None, Some(_)) => true,
            _ => false,
        }
    }
}

fn read_json(path: &Path) -> Result<Option<Json>> {
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = std::fs::read(path).io("read", path)?;
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        Error::data("an artifact is no JSON")
            .at(path.display())
            .cause(error)
            .hint("Write it again with `cca compile`.")
    })
}

fn results_of<'a>(artifact: &'a Json, key: &'a str) -> impl Iterator<Item = (String, String)> + 'a {
    let list = artifact.get("results").and_then(Json::as_array);
    list.into_iter().flatten().filter_map(move |one| {
        let id = one.get("unique_id")?.as_str()?;
        Some((id.to_owned(), one.get(key)?.as_str()?.to_owned()))
    })
}

fn statuses(artifact: &Json) -> BTreeMap<String, String> {
    results_of(artifact, "status").collect()
}

fn newest(artifact: &Json) -> BTreeMap<String, String> {
    results_of(artifact, "max_loaded_at").collect()
}
