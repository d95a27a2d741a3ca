//! Models, seeds, snapshots and analyses: first what each is called, so that references can be
//! resolved, then what each says.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::versions::Versions;
use super::{Reading, relations};
use crate::error::Result;
use crate::project::{Layout, Origin, Package, SourceFile};
use crate::transform::config::ConfigPatch;
use crate::transform::graph::{Detail, ModelDetail, Node, NodeKind};
use crate::transform::properties::{Described, Section};
use crate::transform::render::block_template;
use crate::transform::template::blocks::{BlockKind, split};

/// The template of a snapshot in YAML; its relation is a setting.
const SNAPSHOT_QUERY: &str = "select * from ";

impl Reading<'_> {
    /// All nodes that `ref` may lead to, and analyses.
    pub(super) fn read_models(&mut self) -> Result<()> {
        let mut drafts = Vec::new();
        for package in self.project.all_packages() {
            self.draft_package(package, &mut drafts)?;
        }
        super::check::reject_double_names(&drafts)?;
        self.registry_mut()?.referents = relations::referents(&drafts);
        for draft in drafts {
            let node = self.finish_model(draft)?;
            self.nodes.push(node);
        }
        Ok(())
    }

    fn draft_package(&mut self, package: &Package, drafts: &mut Vec<Node>) -> Result<()> {
        let versions = self.versions(package)?;
        for file in &package.models {
            drafts.push(self.draft_model(package, file, &versions)?);
        }
        for file in &package.foreign_models {
            drafts.push(self.draft_foreign(package, file)?);
        }
        for file in &package.seeds {
            let mut node = self.draft(package, NodeKind::Seed, file.stem(), file)?;
            node.text.clone_from(&file.text);
            drafts.push(node);
        }
        for file in &package.snapshots {
            self.templates.add_file(&file.path, &file.text);
            for block in split(file)? {
                if block.kind == BlockKind::Snapshot {
                    let mut node = self.draft(package, NodeKind::Snapshot, &block.name, file)?;
                    node.template = block_template(&file.path, &block.name);
                    node.line = block.line;
                    node.text.clone_from(&block.body);
                    self.templates.add(&node.template, &block.template);
                    drafts.push(node);
                }
            }
        }
        self.draft_yaml_snapshots(package, drafts)?;
        for file in &package.analyses {
            // Our own analyses are compiled when somebody asks for them.
            if self.project.layout == Layout::Dbt {
                let mut node = self.draft(package, NodeKind::Analysis, file.stem(), file)?;
                self.add_template(&mut node, file);
                drafts.push(node);
            }
        }
        Ok(())
    }

    fn add_template(&mut self, node: &mut Node, file: &SourceFile) {
        node.template.clone_from(&file.path);
        node.text.clone_from(&file.text);
        self.templates.add(&node.template, &file.text);
    }

    /// A model in Python cannot be built here. What it reads is known all the same, and that
    /// what reads it is skipped.
    fn draft_foreign(&mut self, package: &Package, file: &SourceFile) -> Result<Node> {
        let mut node = self.draft(package, NodeKind::Model, file.stem(), file)?;
        node.template.clone_from(&file.path);
        node.text.clone_from(&file.text);
        node.detail = Detail::Model(ModelDetail::default());
        self.templates
            .add(&node.template, &python_calls(&file.text));
        Ok(node)
    }

    fn draft_model(
        &mut self,
        package: &Package,
        file: &SourceFile,
        versions: &Versions,
    ) -> Result<Node> {
        let Some((name, detail, entry)) = versions.get(file.stem()) else {
            let mut node = self.draft(package, NodeKind::Model, file.stem(), file)?;
            self.add_template(&mut node, file);
            node.detail = Detail::Model(ModelDetail::default());
            return Ok(node);
        };
        let mut node = self.draft(package, NodeKind::Model, name, file)?;
        self.add_template(&mut node, file);
        let version = detail
            .version
            .as_ref()
            .map(relations::version_text)
            .unwrap_or_default();
        node.id = format!("model.{}.{name}.v{version}", package.name);
        node.fqn.push(format!("v{version}"));
        let place = node
            .described_at
            .clone()
            .unwrap_or_else(|| file.path.clone());
        if let Some(Json::Object(config)) = entry.get("config") {
            let patch = self.checked_config(config.clone(), name, &place)?;
            node.base.overlay(&patch);
        }
        super::versions::describe(&mut node, entry);
        node.detail = Detail::Model(detail.clone());
        node.settings = node.settings_with(&ConfigPatch::default());
        node.relation = self.relation_of(&node)?;
        Ok(node)
    }

    fn draft_yaml_snapshots(&mut self, package: &Package, drafts: &mut Vec<Node>) -> Result<()> {
        let described = self
            .properties_of(&package.name)?
            .all(Section::Snapshots)
            .to_vec();
        for entry in described {
            let Some(relation) = entry.entry.get("relation").and_then(Json::as_str) else {
                continue;
            };
            let text = format!("{SNAPSHOT_QUERY}{{{{ {relation} }}}}");
            let file = SourceFile {
                path: entry.path.clone(),
                text: text.clone(),
                origin: origin_of(package, &entry.path),
            };
            let mut node = self.draft(package, NodeKind::Snapshot, &entry.name, &file)?;
            node.template = block_template(&entry.path, &entry.name);
            node.text.clone_from(&text);
            self.templates.add(&node.template, &text);
            drafts.push(node);
        }
        Ok(())
    }

    /// A node with everything that is known before its template is rendered.
    pub(super) fn draft(
        &mut self,
        package: &Package,
        kind: NodeKind,
        name: &str,
        file: &SourceFile,
    ) -> Result<Node> {
        let mut node = Node::blank(kind, &package.name, name, &file.path);
        package.own_path(&file.path).clone_into(&mut node.file);
        node.origin = file.origin.clone();
        node.fqn = fqn(package, kind, name, file);
        let properties = self.properties_of(&package.name)?;
        let described = self.description_of(package, kind, name, file)?;
        let mut base = relations::default_settings(kind);
        match self.project.layout {
            Layout::Own => base.overlay(&properties.defaults_of(&file.path)),
            Layout::Dbt => {
                let (own, over) = self.tree.layers(kind, &package.name, &node.fqn)?;
                base.overlay(&own);
                node.over = over;
            }
        }
        if let Some((owner, described)) = &described {
            base.overlay(&described.config(self.semantics, &mut self.notices)?);
            describe(&mut node, described);
            node.described_by = owner.clone();
        }
        node.base = base;
        node.settings = node.settings_with(&ConfigPatch::default());
        if !matches!(kind, NodeKind::Snapshot) {
            node.relation = self.relation_of(&node)?;
        }
        Ok(node)
    }

    /// The entry that describes a node: of its package, else of another one that has no such node
    /// itself, whose name is then told. What is switched off leaves its description to a
    /// namesake.
    fn description_of(
        &self,
        package: &Package,
        kind: NodeKind,
        name: &str,
        file: &SourceFile,
    ) -> Result<Option<(Option<String>, Described)>> {
        let own = self.properties_of(&package.name)?.described(kind, name);
        if self.project.packages.is_empty() || !matches!(kind, NodeKind::Model | NodeKind::Seed) {
            return Ok(own.map(|own| (None, own.clone())));
        }
        let is_here = self.is_switched_on(package, kind, name, file)?;
        let mut others = self.project.all_packages();
        let others = others.by_ref().filter(|other| other.name != package.name);
        let mut namesake = false;
        let mut foreign = None;
        for other in others {
            let files = match kind {
                NodeKind::Seed => &other.seeds,
                _ => &other.models,
            };
            let mut is_there = false;
            for file in files.iter().filter(|file| file.stem() == name) {
                is_there |= self.is_switched_on(other, kind, name, file)?;
            }
            namesake |= is_there;
            let entry = self.properties_of(&other.name)?.described(kind, name);
            if let Some(entry) = entry.filter(|_| !is_there && foreign.is_none()) {
                foreign = Some((Some(other.name.clone()), entry.clone()));
            }
        }
        Ok(match own {
            Some(_) if !is_here && namesake => None,
            Some(own) => Some((None, own.clone())),
            None => foreign.filter(|_| is_here),
        })
    }

    /// Whether the project files leave a node switched on.
    fn is_switched_on(
        &self,
        package: &Package,
        kind: NodeKind,
        name: &str,
        file: &SourceFile,
    ) -> Result<bool> {
        let fqn = fqn(package, kind, name, file);
        let (mut settings, over) = self.tree.layers(kind, &package.name, &fqn)?;
        settings.overlay(&over);
        Ok(settings.get("enabled") != Some(&Json::Bool(false)))
    }

    /// Checks the keys of a `config:` mapping.
    pub(super) fn checked_config(
        &mut self,
        raw: Map<String, Json>,
        owner: &str,
        place: &str,
    ) -> Result<ConfigPatch> {
        crate::transform::properties::config(raw, owner, place, self.semantics, &mut self.notices)
    }

    fn finish_model(&mut self, node: Node) -> Result<Node> {
        let node = Arc::new(node);
        // A disabled model may be anything; dbt does not render what its files turn off.
        let is_off = node.settings.get("enabled") == Some(&Json::Bool(false));
        let record = if is_off {
            crate::transform::context::Record::default()
        } else {
            let mut record = self.render_node(&node)?;
            if node.kind == NodeKind::Seed {
                // Hooks run beside it; what they read need not be there before.
                record.refs.clear();
                record.source_ids.clear();
            }
            record
        };
        let node = Arc::try_unwrap(node).unwrap_or_else(|shared| (*shared).clone());
        self.complete(node, record)
    }
}

/// The calls of `dbt.ref`, `dbt.source` and `dbt.config` in Python, as a template.
fn python_calls(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let code = line.split_once('#').map_or(line, |(code, _)| code);
        for part in code.split("dbt.").skip(1) {
            let call = part.split_inclusive(')').next().unwrap_or_default();
            if ["ref(", "source(", "config("]
                .iter()
                .any(|name| call.starts_with(name))
            {
                out.push_str("{{ ");
                out.push_str(call);
                out.push_str(" }}");
            }
        }
        out.push('\n');
    }
    out
}

/// Where the properties file at `path` comes from.
pub(super) fn origin_of(package: &Package, path: &str) -> Origin {
    let file = package.properties.iter().find(|file| file.path == path);
    file.map_or(Origin::Embedded, |file| file.origin.clone())
}

/// Takes over what a properties file says.
pub(super) fn describe(node: &mut Node, described: &Described) {
    node.description.clone_from(&described.description);
    node.doc_blocks.clone_from(&described.doc_blocks);
    node.columns.clone_from(&described.columns);
    node.properties = described.entry.clone();
    node.described_at = Some(described.place.clone());
}

/// Package, folders and name; of a snapshot block also its file.
fn fqn(package: &Package, kind: NodeKind, name: &str, file: &SourceFile) -> Vec<String> {
    let folders = package.inner_folders(&file.path);
    let mut fqn = vec![package.name.clone()];
    if kind == NodeKind::Analysis {
        fqn.push("analysis".to_owned());
    }
    fqn.extend(folders.into_iter().map(str::to_owned));
    if kind == NodeKind::Snapshot && file.extension() == "sql" {
        fqn.push(file.stem().to_owned());
    }
    fqn.push(name.to_owned());
    fqn
}
