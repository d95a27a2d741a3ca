//! From files to a graph: compile the templates, render each node once without a warehouse, and
//! take down what it refers to and how it is configured.
//!
//! The same steps serve our own layout and dbt projects; they differ in where configuration
//! comes from ([`tree`]) and how relations are called ([`relations`]).

mod check;
mod described;
mod files;
mod metrics;
mod models;
mod relations;
mod setup;
mod tests;
mod tree;
mod versions;
mod written_test;
mod yaml_values;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use self::tree::ConfigTree;
use super::{Graph, Group, Node, NodeKind, groups, order};
use crate::error::{Error, IoContext, Result};
use crate::project::{Layout, Package, Project, parse_yaml};
use crate::transform::config::{ConfigPatch, ModelConfig};
use crate::transform::context::{MacroNotes, Mode, Record, Registry, Scope};
use crate::transform::properties::{Properties, Section};
use crate::transform::render::Templates;
use crate::transform::settings::{Semantics, TransformSettings};

pub(super) fn parse(project: &Project, settings: &TransformSettings) -> Result<Graph> {
    let mut reading = Reading::begin(project, settings)?;
    reading.read_sources()?;
    reading.read_models()?;
    reading.read_tests()?;
    reading.read_described()?;
    reading.finish()
}

/// A project while it is being read.
struct Reading<'p> {
    project: &'p Project,
    semantics: Semantics,
    templates: Templates,
    registry: Arc<Registry>,
    tree: ConfigTree,
    /// By package.
    properties: BTreeMap<String, Properties>,
    nodes: Vec<Node>,
    notices: Vec<String>,
}

impl<'p> Reading<'p> {
    fn begin(project: &'p Project, settings: &TransformSettings) -> Result<Self> {
        let semantics = match project.layout {
            Layout::Own => settings.semantics,
            // A dbt project means what dbt understands by it.
            Layout::Dbt => Semantics::Dbt,
        };
        let settings = TransformSettings {
            semantics,
            ..settings.clone()
        };
        let mut templates = Templates::new(semantics);
        let registry = Arc::new(setup::registry(project, settings, &mut templates)?);
        let mut reading = Self {
            project,
            semantics,
            templates,
            registry,
            tree: ConfigTree::default(),
            properties: BTreeMap::new(),
            nodes: Vec::new(),
            notices: Vec::new(),
        };
        reading.tree = ConfigTree::read(&reading, &mut Vec::new())?;
        let mut notices = Vec::new();
        if project.layout == Layout::Dbt {
            notices.extend(tree::check_project_files(project));
        }
        for package in project.all_packages() {
            let render = |place: &str, value: &mut serde_json::Value| {
                reading.render_yaml(package, place, value)
            };
            let read = Properties::read(package, semantics, &render)?;
            notices.extend(read.notices.clone());
            reading.properties.insert(package.name.clone(), read);
        }
        reading.notices = notices;
        Ok(reading)
    }

    /// The registry while nothing else holds it.
    fn registry_mut(&mut self) -> Result<&mut Registry> {
        Arc::get_mut(&mut self.registry)
            .ok_or_else(|| Error::bug("a template outlived its rendering"))
    }

    fn properties_of(&self, package: &str) -> Result<&Properties> {
        self.properties
            .get(package)
            .ok_or_else(|| Error::bug(format!("package `{package}` has no properties")))
    }

    /// Renders a node, once more as an incremental run would, and the templates among its
    /// settings, so that what it refers to only then is known as well.
    ///
    /// What a disabled node refers to need not be there.
    fn render_node(&self, node: &Arc<Node>) -> Result<Record> {
        let scope = |incremental: bool| {
            let mode = Mode {
                incremental,
                ..Mode::default()
            };
            Scope::reading(&self.registry, Arc::clone(node), mode).noting_missing()
        };
        let mut record = match node.kind {
            NodeKind::Seed => Record::default(),
            _ => self.templates.render(&node.template, scope(false))?.1,
        };
        if record.asked_incremental {
            let (_, other) = self.templates.render(&node.template, scope(true))?;
            record.absorb(other);
        }
        let settings = node.settings_with(&record.config);
        for (place, text) in settings.templates(&node.path) {
            let (_, other) = self.templates.render_text(&place, &text, scope(true))?;
            record.absorb(other);
        }
        let is_off = settings.get("enabled") == Some(&Json::Bool(false));
        let may_miss = matches!(node.kind, NodeKind::Test | NodeKind::Seed);
        if record.missing.is_empty() || is_off || may_miss {
            return Ok(record);
        }
        // Now that it matters, it fails where it is.
        for incremental in [false, true] {
            let mode = Mode {
                incremental,
                ..Mode::default()
            };
            let strict = || Scope::reading(&self.registry, Arc::clone(node), mode);
            self.templates.render(&node.template, strict())?;
            for (place, text) in settings.templates(&node.path) {
                self.templates.render_text(&place, &text, strict())?;
            }
        }
        Ok(record)
    }

    /// Gives a node what its rendering asked for, and its configuration.
    fn complete(&mut self, mut node: Node, record: Record) -> Result<Node> {
        let noticed = record.notices.iter();
        self.notices
            .extend(noticed.map(|text| format!("{}: {text}", node.path)));
        node.settings = node.settings_with(&record.config);
        node.configured = record.config.values().keys().cloned().collect();
        node.unrendered = self.unrendered(&node, &record.config)?;
        node.config = self.resolve(&node, &node.settings)?;
        if !record.missing.is_empty() && node.kind == NodeKind::Test {
            if node.config.enabled {
                self.notices.push(format!(
                    "{}: test `{}` is left out, because there is no `{}`",
                    node.described_at.as_ref().unwrap_or(&node.path),
                    node.name,
                    record.missing.join("`, `")
                ));
            }
            node.config.enabled = false;
        }
        node.parents.extend(record.refs);
        node.parents.extend(record.source_ids);
        node.refs.extend(record.ref_calls);
        node.sources.extend(record.sources);
        node.macros.extend(record.macros);
        node.called.extend(record.called);
        node.relation = self.relation_of(&node)?;
        Ok(node)
    }

    /// The settings in effect that YAML files give as templates.
    fn unrendered(&self, node: &Node, own: &ConfigPatch) -> Result<BTreeMap<String, Json>> {
        let described = self
            .properties_of(&node.package)?
            .described(node.kind, &node.name);
        let config = described.and_then(|one| one.written_config.as_ref());
        if !self.tree.has_templates() && config.is_none() {
            return Ok(BTreeMap::new());
        }
        let mut all = self.tree.templates(&node.package, node.kind, &node.fqn);
        let rendered = described.and_then(|one| one.entry.get("config")?.as_object());
        for (key, value) in rendered.into_iter().flatten() {
            let raw = config.and_then(|config| config.get(key));
            all.push((
                key.replace('-', "_"),
                raw.filter(|raw| *raw != value).cloned(),
            ));
        }
        if node.package != self.project.root.name {
            all.extend(
                self.tree
                    .templates(&self.project.root.name, node.kind, &node.fqn),
            );
        }
        let mut found = BTreeMap::new();
        for (key, raw) in all {
            match raw {
                Some(raw) => found.insert(key, raw),
                None => found.remove(&key),
            };
        }
        found.retain(|key, _| own.get(key).is_none() || node.over.get(key).is_some());
        Ok(found)
    }

    fn resolve(&self, node: &Node, settings: &ConfigPatch) -> Result<ModelConfig> {
        let refused = |cause: String, hint: String| {
            let what = format!(
                "the configuration of {} `{}` is wrong",
                node.kind.word(),
                node.name
            );
            Err(Error::project(what).at(&node.path).cause(cause).hint(hint))
        };
        match ModelConfig::resolve(settings, self.semantics) {
            Err(refusal) => refused(refusal.cause, refusal.hint),
            Ok(config) if node.kind == NodeKind::Model => {
                let registry = &self.registry;
                let custom = config.custom.as_ref();
                let strategy = config.custom_strategy.as_ref();
                let unknown = custom
                    .and_then(|name| registry.unknown_materialization(name))
                    .or_else(|| registry.unknown_strategy(&node.package, strategy?));
                match unknown {
                    None => Ok(config),
                    Some((cause, hint)) => refused(cause, hint),
                }
            }
            Ok(config) => Ok(config),
        }
    }

    fn package(&self, name: &str) -> Result<&'p Package> {
        self.project
            .all_packages()
            .find(|package| package.name == name)
            .ok_or_else(|| Error::bug(format!("there is no package `{name}`")))
    }

    fn groups(&self) -> Result<Vec<Group>> {
        let mut groups = Vec::new();
        for package in self.project.all_packages() {
            let entries = self.properties_of(&package.name)?.all(Section::Groups);
            groups.extend(entries.iter().map(|entry| Group {
                name: entry.name.clone(),
                package: package.name.clone(),
                path: entry.path.clone(),
                entry: entry.entry.clone(),
            }));
        }
        Ok(groups)
    }

    /// What properties files say about macros, by id.
    fn macro_notes(&self) -> Result<BTreeMap<String, MacroNotes>> {
        let mut all = BTreeMap::new();
        for package in self.project.all_packages() {
            for entry in self.properties_of(&package.name)?.all(Section::Macros) {
                let notes = MacroNotes {
                    description: entry.description.clone(),
                    entry: entry.entry.clone(),
                    file: package.own_path(&entry.path).to_owned(),
                };
                all.insert(format!("macro.{}.{}", package.name, entry.name), notes);
            }
        }
        Ok(all)
    }

    fn finish(mut self) -> Result<Graph> {
        let mut nodes = std::mem::take(&mut self.nodes);
        metrics::link(&mut nodes, &mut self.notices);
        let (nodes, disabled) = check::drop_disabled(nodes, &mut self.notices)?;
        let groups = self.groups()?;
        groups::check(&nodes, &groups, &restricted(self.project))?;
        check::reject_double_relations(&nodes)?;
        self.notices
            .extend(check::unknown_descriptions(&self, &nodes));
        let referents = relations::referents(&nodes);
        let nodes: Vec<Arc<Node>> = order::sort(nodes)?.into_iter().map(Arc::new).collect();
        let macro_notes = self.macro_notes()?;
        let registry = self.registry_mut()?;
        registry.macro_notes = macro_notes;
        registry.referents = referents;
        registry.nodes.clone_from(&nodes);
        let ids = nodes.iter().enumerate();
        registry.index = ids.map(|(at, node)| (node.id.clone(), at)).collect();
        let fixtures = self
            .project
            .all_packages()
            .flat_map(|package| package.fixtures.iter().cloned())
            .collect();
        Ok(Graph {
            nodes,
            disabled,
            groups,
            registry: self.registry,
            templates: Arc::new(self.templates),
            notices: self.notices,
            selectors: read_selectors(self.project)?,
            fixtures: Arc::new(fixtures),
        })
    }
}

/// The packages that keep what is not public to themselves.
fn restricted(project: &Project) -> BTreeSet<&str> {
    let is_set =
        |package: &&Package| package.settings.get("restrict-access") == Some(&Json::Bool(true));
    let packages = project.all_packages().filter(is_set);
    packages.map(|package| package.name.as_str()).collect()
}

/// `selectors.yml` in the folder of the project.
fn read_selectors(project: &Project) -> Result<Json> {
    let Some(root) = &project.root.root else {
        return Ok(Json::Null);
    };
    for name in ["selectors.yml", "selectors.yaml"] {
        let path = root.join(name);
        if path.is_file() {
            let text = std::fs::read_to_string(&path).io("read", &path)?;
            return parse_yaml(&text).map_err(|error| {
                Error::project("failed to read the selectors")
                    .at(format!("{name}:{}", error.line.unwrap_or(1)))
                    .cause(error.message)
            });
        }
    }
    Ok(Json::Null)
}
