//! The project as a graph: models and seeds, what each refers to, and the order to build them in.

mod list;
mod node;
mod order;
mod parse;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

pub use self::list::NodeSummary;
pub(super) use self::node::Node;
pub use self::node::NodeKind;
use super::context::{Mode, Record, Registry, Scope};
use super::render::Templates;
use super::settings::TransformSettings;
use crate::error::Result;
use crate::project::Project;
use crate::warehouse::Connection;

/// A parsed project. Parsing reads no warehouse; the nodes are in an order in which each follows
/// everything it refers to.
pub struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) index: BTreeMap<String, usize>,
    pub(super) registry: Arc<Registry>,
    pub(super) templates: Templates,
    pub(super) notices: Vec<String>,
}

impl Graph {
    /// Reads models, macros, seeds and properties, and finds out what refers to what.
    ///
    /// # Errors
    /// `Project` for anything wrong in a file, with its line: syntax, unknown models, sources,
    /// variables and settings, names used twice, circles. `Config` for an unknown time zone.
    pub fn parse(project: &Project, settings: &TransformSettings) -> Result<Self> {
        parse::parse(project, settings)
    }

    /// What is worth knowing about the project although it is valid: settings without effect,
    /// descriptions of models that do not exist.
    #[must_use]
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// Identifier of this run, as `invocation_id` in templates.
    #[must_use]
    pub fn invocation_id(&self) -> &str {
        &self.registry.invocation_id
    }

    pub(super) fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.get(*self.index.get(name)?)
    }

    /// All nodes that `name` depends on, directly or not.
    pub(super) fn ancestors(&self, name: &str) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut open = vec![name];
        while let Some(node) = open.pop().and_then(|name| self.node(name)) {
            for parent in &node.parents {
                if found.insert(parent.as_str()) {
                    open.push(parent);
                }
            }
        }
        found
    }

    /// Renders a model or one of its texts as it is in `mode`.
    pub(super) fn scope(
        &self,
        node: &Node,
        mode: Mode,
        connection: Option<&Arc<Mutex<Connection>>>,
    ) -> Scope {
        Scope {
            registry: Arc::clone(&self.registry),
            name: node.name.clone(),
            path: node.path.clone(),
            this: node.relation.clone(),
            config: node.base.clone(),
            mode,
            parents: Some(node.parents.clone()),
            connection: connection.map(Arc::clone),
            record: Mutex::new(Record::default()),
            depth: AtomicUsize::new(0),
        }
    }
}
