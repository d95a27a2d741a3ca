//! A model or seed of the project.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::project::Origin;
use crate::transform::config::{ConfigPatch, ModelConfig};
use crate::warehouse::Relation;

/// What a node is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// A query below `sql/models/`.
    Model,
    /// A CSV file below `seeds/`.
    Seed,
}

impl std::fmt::Display for NodeKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            NodeKind::Model => "model",
            NodeKind::Seed => "seed",
        })
    }
}

impl NodeKind {
    /// The word for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            NodeKind::Model => "model",
            NodeKind::Seed => "seed",
        }
    }
}

/// A model or seed.
#[derive(Clone, Debug)]
pub(in crate::transform) struct Node {
    pub name: String,
    pub kind: NodeKind,
    pub path: String,
    pub origin: Origin,
    /// CSV of a seed; empty for models, whose text is a template.
    pub text: String,
    pub relation: Relation,
    pub config: ModelConfig,
    /// Configuration from folders and properties files, before the model adds its own.
    pub base: ConfigPatch,
    pub description: String,
    /// Documented columns and their descriptions.
    pub columns: Vec<(String, String)>,
    /// Names of the nodes it refers to.
    pub parents: BTreeSet<String>,
    pub sources: BTreeSet<(String, String)>,
}

impl Node {
    /// `view`, `table`, `incremental`, `ephemeral` or `seed`.
    pub(crate) fn materialization(&self) -> &'static str {
        match self.kind {
            NodeKind::Model => self.config.materialized.name(),
            NodeKind::Seed => "seed",
        }
    }
}
