//! The project as a graph: everything it consists of, what each part refers to, and the order to
//! build in.
//!
//! A [`Node`] is a model, seed, snapshot, test (generic or singular), unit test, source, exposure,
//! analysis, hook of the run (`operation`), metric, semantic model or saved query. All have an
//! `id` (`model.package.name`, …), a name, a package, an `fqn`, a file with the line at which
//! they begin, settings in layers (`base` before the template's own `config(…)`, `over` after it,
//! `settings` all together, `config` what of them has an effect here), a description, columns,
//! the entry of the properties file as written (`properties`), and parents by id; what only some
//! kinds have is in `detail`. Macros and docs blocks are no nodes; they are in the registry of the
//! graph.
//!
//! Nodes come from a [`Project`], which is our own layout (`sql/`, `seeds/`) or a dbt project with
//! its packages. Parsing renders every template once with `execute` false; nothing else is read.

pub(super) mod describe;
mod groups;
mod list;
mod node;
mod order;
mod parse;
pub(super) mod test_call;
pub(super) mod test_name;

#[cfg(test)]
pub(super) mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

pub(super) use self::groups::Group;
pub use self::list::NodeSummary;
pub use self::node::NodeKind;
pub(super) use self::node::{
    Column, Detail, ModelDetail, Node, RefCall, SourceDetail, TestDetail, UnitTestDetail,
};
use serde_json::Value as Json;

use super::context::{Mode, Record, Registry, Scope};
use super::render::Templates;
use super::select::unmatched;
use super::settings::{Selection, TransformSettings};
use crate::error::Result;
use crate::project::{Project, SourceFile};
use crate::warehouse::Connection;

/// A parsed project. Parsing reads no warehouse; the nodes are in an order in which each follows
/// everything it refers to.
pub struct Graph {
    pub(super) nodes: Vec<Arc<Node>>,
    /// What is switched off, as far as it was read.
    pub(super) disabled: Vec<Node>,
    pub(super) groups: Vec<Group>,
    pub(super) registry: Arc<Registry>,
    pub(super) templates: Arc<Templates>,
    pub(super) notices: Vec<String>,
    /// `selectors.yml`; `null` without one.
    pub(super) selectors: Json,
    /// Rows of unit tests that stand in files.
    pub(super) fixtures: Arc<Vec<SourceFile>>,
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

    /// Selectors that match nothing, where that is no error.
    ///
    /// # Errors
    /// `Usage` for a selector that is wrong.
    pub fn unmatched(&self, selection: &Selection) -> Result<Vec<String>> {
        unmatched(self, selection)
    }

    /// Identifier of this run, as `invocation_id` in templates.
    #[must_use]
    pub fn invocation_id(&self) -> &str {
        &self.registry.invocation_id
    }

    /// The node with this id.
    pub(super) fn node(&self, id: &str) -> Option<&Arc<Node>> {
        self.nodes.get(*self.registry.index.get(id)?)
    }

    /// The text of a macro, by `macro.package.name`.
    pub(super) fn macro_text(&self, id: &str) -> Option<&str> {
        let (package, name) = id.strip_prefix("macro.")?.split_once('.')?;
        let found = self.registry.macros.of_package(package, name)?;
        Some(&found.written)
    }

    /// The file at `path` as it is written, if it is one of templates.
    pub(super) fn text_of(&self, path: &str) -> Option<&str> {
        self.templates.file(path).or_else(|| {
            let mut nodes = self.nodes.iter();
            let node = nodes.find(|node| node.path == path && !node.template.is_empty())?;
            Some(node.text.as_str())
        })
    }

    /// A line of such a file, counted from 1.
    pub(super) fn line_of(&self, path: &str, line: usize) -> Option<String> {
        let text = self.text_of(path)?;
        text.lines().nth(line.checked_sub(1)?).map(str::to_owned)
    }

    /// Ids of all nodes that the one with `id` depends on, directly or not.
    pub(super) fn ancestors(&self, id: &str) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut open = vec![id];
        while let Some(node) = open.pop().and_then(|id| self.node(id)) {
            for parent in &node.parents {
                if found.insert(parent.as_str()) {
                    open.push(parent);
                }
            }
        }
        found
    }

    /// Ids of the nodes the one with `id` reads, also through models that are part of its query.
    pub(super) fn read_by(&self, id: &str) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut open = vec![id];
        while let Some(node) = open.pop().and_then(|id| self.node(id)) {
            for parent in &node.parents {
                let is_part = self.node(parent).is_some_and(|node| node.is_ephemeral());
                if found.insert(parent.as_str()) && is_part {
                    open.push(parent);
                }
            }
        }
        found
    }

    /// Renders a model or one of its texts as it is in `mode`.
    pub(super) fn scope(
        &self,
        node: &Arc<Node>,
        mode: Mode,
        connection: Option<&Arc<Connection>>,
    ) -> Scope {
        Scope {
            registry: Arc::clone(&self.registry),
            node: Arc::clone(node),
            mode,
            parents: Some(node.parents.clone()),
            connection: connection.map(Arc::clone),
            record: Mutex::new(Record::default()),
            depth: AtomicUsize::new(0),
            results: Mutex::default(),
            transactions: None,
            notes_missing: false,
            extras: BTreeMap::new(),
        }
    }
}
