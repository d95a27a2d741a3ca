//! What exists in properties files only: sources, exposures, unit tests, metrics and the like;
//! and the hooks of the run as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::Reading;
use crate::error::{Error, Result};
use crate::project::{DBT_PROJECT_FILE, Layout, Package, SourceFile};
use crate::transform::context::{Mode, Scope, SourceReferent};
use crate::transform::graph::{Detail, Node, NodeKind, UnitTestDetail};
use crate::transform::properties::{Described, Section, SourceTable};
use crate::transform::render::block_template;
use crate::warehouse::Relation;

impl Reading<'_> {
    /// Sources, before anything refers to them.
    pub(super) fn read_sources(&mut self) -> Result<()> {
        let mut referents: BTreeMap<(String, String), Vec<SourceReferent>> = BTreeMap::new();
        let mut places: BTreeMap<String, String> = BTreeMap::new();
        for package in self.project.all_packages() {
            let tables = self.properties_of(&package.name)?.sources.clone();
            for table in tables {
                let node = self.source(package, &table)?;
                if let Some(other) = places.insert(node.id.clone(), table.place.clone()) {
                    let name = format!("{}.{}", table.detail.source, table.name);
                    return Err(Error::project(format!("source `{name}` is declared twice"))
                        .at(other)
                        .at(table.place)
                        .hint("Keep one of the two declarations."));
                }
                let key = (table.detail.source.clone(), table.name.clone());
                referents.entry(key).or_default().push(SourceReferent {
                    id: node.id.clone(),
                    package: node.package.clone(),
                    relation: node.relation.clone(),
                    event_time: node.config.event_time.clone(),
                });
                self.nodes.push(node);
            }
        }
        self.registry_mut()?.sources = referents;
        Ok(())
    }

    fn source(&mut self, package: &Package, table: &SourceTable) -> Result<Node> {
        let source = &table.detail.source;
        let mut node = Node::blank(NodeKind::Source, &package.name, &table.name, &table.path);
        node.id = format!("source.{}.{source}.{}", package.name, table.name);
        package.own_path(&table.path).clone_into(&mut node.file);
        node.origin = super::models::origin_of(package, &table.path);
        node.fqn = vec![package.name.clone()];
        let folders = package.inner_folders(&table.path);
        node.fqn.extend(folders.into_iter().map(str::to_owned));
        node.fqn.extend([source.clone(), table.name.clone()]);
        if self.project.layout == Layout::Dbt {
            let (own, over) = self
                .tree
                .layers(NodeKind::Source, &package.name, &node.fqn)?;
            node.base = own;
            node.over = over;
        }
        node.base
            .overlay(&table.config(self.semantics, &mut self.notices)?);
        node.settings = node.settings_with(&Default::default());
        node.config = self.resolve(&node, &node.settings)?;
        node.description.clone_from(&table.description);
        node.doc_blocks.clone_from(&table.doc_blocks);
        node.columns.clone_from(&table.columns);
        node.properties = table.entry.clone();
        node.described_at = Some(table.place.clone());
        let target = &self.registry.settings.target;
        let schema = table.schema.clone().unwrap_or_else(|| source.clone());
        let database = table.database.clone().or_else(|| target.database.clone());
        node.relation = Relation::new(schema, table.identifier.clone()).in_database(database);
        node.relation.read_from = super::files::read_from(&node, &mut self.notices)?;
        node.detail = Detail::Source(table.detail.clone());
        Ok(node)
    }

    /// Everything else that is only described, and hooks.
    pub(super) fn read_described(&mut self) -> Result<()> {
        for package in self.project.all_packages() {
            for (section, kind) in [
                (Section::Exposures, NodeKind::Exposure),
                (Section::UnitTests, NodeKind::UnitTest),
                (Section::Metrics, NodeKind::Metric),
                (Section::SemanticModels, NodeKind::SemanticModel),
                (Section::SavedQueries, NodeKind::SavedQuery),
            ] {
                let entries = self.properties_of(&package.name)?.all(section).to_vec();
                for entry in entries {
                    let node = self.described(package, kind, &entry)?;
                    self.nodes.push(node);
                }
            }
            self.read_hooks(package)?;
        }
        Ok(())
    }

    fn described(&mut self, package: &Package, kind: NodeKind, entry: &Described) -> Result<Node> {
        let file = SourceFile {
            path: entry.path.clone(),
            text: String::new(),
            origin: super::models::origin_of(package, &entry.path),
        };
        let mut node = self.draft(package, kind, &entry.name, &file)?;
        node.base
            .overlay(&entry.config(self.semantics, &mut self.notices)?);
        super::models::describe(&mut node, entry);
        if kind == NodeKind::UnitTest {
            let model = entry
                .entry
                .get("model")
                .and_then(Json::as_str)
                .unwrap_or_default();
            let model = model.trim();
            node.id = format!("unit_test.{}.{model}.{}", package.name, entry.name);
            let found = self.evaluate_ref(&node, &format!("ref('{model}')"), &entry.place)?;
            let model = found.refs.first().cloned().unwrap_or_default();
            node.detail = Detail::UnitTest(UnitTestDetail { model });
            node.parents.extend(found.refs);
            for given in entry
                .entry
                .get("given")
                .and_then(Json::as_array)
                .into_iter()
                .flatten()
            {
                let input = given
                    .get("input")
                    .and_then(Json::as_str)
                    .unwrap_or_default();
                if input != "this" && !input.is_empty() {
                    let found = self.evaluate_ref(&node, input, &entry.place)?;
                    node.parents.extend(found.refs);
                    node.parents.extend(found.source_ids);
                }
            }
        }
        let depends = entry.entry.get("depends_on").and_then(Json::as_array);
        for text in depends.into_iter().flatten().filter_map(Json::as_str) {
            let found = self.evaluate_ref(&node, text, &entry.place)?;
            node.parents.extend(found.refs);
            node.parents.extend(found.source_ids);
            node.refs.extend(found.ref_calls);
            node.sources.extend(found.sources);
        }
        if let Some(text) = entry.entry.get("model").and_then(Json::as_str)
            && kind == NodeKind::SemanticModel
        {
            let found = self.evaluate_ref(&node, text, &entry.place)?;
            node.parents.extend(found.refs);
            node.refs.extend(found.ref_calls);
        }
        self.complete(node, crate::transform::context::Record::default())
    }

    /// What an expression such as `ref('x')` in a properties file refers to.
    pub(super) fn evaluate_ref(
        &self,
        node: &Node,
        expression: &str,
        place: &str,
    ) -> Result<crate::transform::context::Record> {
        // Metrics are no relations, so nothing depends on their being built.
        if expression.trim_start().starts_with("metric(") {
            return Ok(crate::transform::context::Record::default());
        }
        let scope = Scope::reading(&self.registry, Arc::new(node.clone()), Mode::default());
        let text = format!("{{{{ {expression} }}}}");
        let (_, record) = self.templates.render_text(place, &text, scope)?;
        Ok(record)
    }

    /// `on-run-start` and `on-run-end`.
    fn read_hooks(&mut self, package: &Package) -> Result<()> {
        for (key, at_end) in [("on-run-start", false), ("on-run-end", true)] {
            let texts = match package.settings.get(key) {
                Some(Json::String(text)) => vec![text.clone()],
                Some(Json::Array(items)) => items
                    .iter()
                    .filter_map(Json::as_str)
                    .map(str::to_owned)
                    .collect(),
                _ => continue,
            };
            for (index, text) in texts.into_iter().enumerate() {
                let path = format!("{}{DBT_PROJECT_FILE}", package.prefix);
                let name = format!("{}-{key}-{index}", package.name);
                let mut node = Node::blank(NodeKind::Operation, &package.name, &name, &path);
                node.fqn = vec![package.name.clone(), "hooks".to_owned(), name.clone()];
                DBT_PROJECT_FILE.clone_into(&mut node.file);
                node.template = block_template(&path, &format!("{key}.{index}"));
                node.detail = Detail::Hook { at_end, index };
                self.templates.add(&node.template, &text);
                node.text = text;
                (node.base, node.over) =
                    self.tree
                        .layers(NodeKind::Operation, &package.name, &node.fqn)?;
                let shared = Arc::new(node.clone());
                let scope = Scope::reading(&self.registry, shared, Mode::default());
                let (_, record) = self.templates.render(&node.template, scope)?;
                let node = self.complete(node, record)?;
                self.nodes.push(node);
            }
        }
        Ok(())
    }
}
