//! The definition of a model as one fingerprint: its query as a full build would run it, the
//! settings that decide its contents, and the definitions of everything it depends on.
//!
//! When the fingerprint differs from the one a table was built with, new rows would not fit the
//! old ones: an incremental table is then rebuilt, so that it always equals a full build.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::compile_node;
use crate::error::Result;
use crate::transform::config::{Materialization, ModelConfig};
use crate::transform::context::Mode;
use crate::transform::graph::{Graph, Node, NodeKind};

/// Raised when the same definition starts to build other contents.
const VERSION: &str = "1";

/// Fingerprints of nodes, computed when first asked for.
pub(in crate::transform) struct Definitions<'g> {
    graph: &'g Graph,
    known: BTreeMap<&'g str, String>,
}

impl<'g> Definitions<'g> {
    /// Of the nodes of `graph`.
    pub(crate) fn new(graph: &'g Graph) -> Self {
        Self {
            graph,
            known: BTreeMap::new(),
        }
    }

    /// The fingerprint of `node`.
    pub(crate) fn of(&mut self, node: &'g Arc<Node>) -> Result<String> {
        let graph = self.graph;
        let ancestors = graph.ancestors(&node.id);
        // Nodes are sorted, so every parent is known before its children.
        let needed = graph
            .nodes
            .iter()
            .filter(|one| ancestors.contains(one.id.as_str()));
        for one in needed.chain([node]) {
            if !self.known.contains_key(one.id.as_str()) {
                let fingerprint = self.compute(one)?;
                self.known.insert(one.id.as_str(), fingerprint);
            }
        }
        Ok(self
            .known
            .get(node.id.as_str())
            .cloned()
            .unwrap_or_default())
    }

    fn compute(&self, node: &Arc<Node>) -> Result<String> {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update(text.len().to_le_bytes());
            hash.update(text.as_bytes());
        };
        add(VERSION);
        match node.kind {
            NodeKind::Seed => {
                add(&seed_definition(node));
            }
            NodeKind::Model | NodeKind::Snapshot => {
                let mode = Mode {
                    fixed: true,
                    ..Mode::default()
                };
                let compiled = compile_node(self.graph, &self.graph.templates, node, mode, None)?;
                add(&compiled.sql);
                add(node.materialization());
                if node.config.materialized == Materialization::Incremental {
                    let config = &compiled.config;
                    add(config.strategy().name());
                    add(&config.unique_key.join("\n"));
                    add(config.touched.as_deref().unwrap_or_default());
                    add(&config.merge.update_columns.join("\n"));
                    add(&config.merge.exclude_columns.join("\n"));
                    add_extras(&compiled.config, &mut add);
                }
            }
            // What others fill has no definition here.
            _ => {}
        }
        let parents = node.parents.iter().filter_map(|id| self.graph.node(id));
        for parent in parents.filter(|parent| parent.kind.is_referable()) {
            add(&parent.name);
            add(self
                .known
                .get(parent.id.as_str())
                .map_or("", String::as_str));
        }
        Ok(format!("{:x}", hash.finalize()))
    }
}

/// Settings that are seldom there; what lacks them keeps the fingerprint it always had.
fn add_extras(config: &ModelConfig, add: &mut impl FnMut(&str)) {
    let merge = &config.merge;
    let extras = [
        ("predicates", config.incremental_predicates.join("\n")),
        (
            "update_condition",
            merge.update_condition.clone().unwrap_or_default(),
        ),
        (
            "microbatch",
            config
                .microbatch
                .as_ref()
                .map_or(String::new(), |one| format!("{one:?}")),
        ),
        (
            "insert_condition",
            merge.insert_condition.clone().unwrap_or_default(),
        ),
        (
            "set",
            merge
                .set_expressions
                .iter()
                .map(|(name, value)| format!("{name}={value}\n"))
                .collect(),
        ),
    ];
    for (name, text) in extras.iter().filter(|(_, text)| !text.is_empty()) {
        add(name);
        add(text);
    }
}

/// The fingerprint of a seed: its text and the types it is given.
pub(in crate::transform) fn seed_definition(node: &Node) -> String {
    let mut hash = Sha256::new();
    hash.update(VERSION);
    hash.update(node.text.as_bytes());
    for (column, kind) in &node.config.column_types {
        hash.update(format!("\n{column}={kind}"));
    }
    format!("{:x}", hash.finalize())
}
