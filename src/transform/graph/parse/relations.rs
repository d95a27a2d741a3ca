//! What relations are called. In our own layout the folder is the schema; in a dbt project the
//! target's schema, followed by the configured one, unless the project has macros that say
//! otherwise.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::value::Value;
use serde_json::Value as Json;

use super::Reading;
use crate::error::Result;
use crate::project::Layout;
use crate::transform::FAILURES_SCHEMA;
use crate::transform::config::ConfigPatch;
use crate::transform::context::{Mode, Referent, Scope};
use crate::transform::graph::{Detail, Node, NodeKind};
use crate::warehouse::Relation;

/// Schema of seeds in our own layout.
const SEED_SCHEMA: &str = "seeds";

impl Reading<'_> {
    /// The relation of a node with its configuration.
    pub(super) fn relation_of(&self, node: &Node) -> Result<Relation> {
        if node.kind == NodeKind::Source {
            return Ok(node.relation.clone());
        }
        match self.project.layout {
            Layout::Own => Ok(own_relation(node)),
            Layout::Dbt => self.dbt_relation(node),
        }
    }

    fn dbt_relation(&self, node: &Node) -> Result<Relation> {
        let target = &self.registry.settings.target;
        let settings = &node.settings;
        let text = |key: &str| text(settings, key);
        let named =
            |generator: &str, key: &str, default: &dyn Fn(Option<&str>) -> Option<String>| {
                let custom = text(key);
                match self
                    .registry
                    .macros
                    .of_package(&self.registry.project, generator)
                {
                    Some(_) => self.generate(node, generator, custom.as_deref()),
                    None => Ok(default(custom.as_deref())),
                }
            };
        let schema = match text("target_schema").filter(|_| node.kind == NodeKind::Snapshot) {
            Some(schema) => schema,
            None => {
                let custom_key = "schema";
                named("generate_schema_name", custom_key, &|custom| {
                    Some(match custom {
                        Some(custom) => format!("{}_{}", target.schema, custom.trim()),
                        None => target.schema.clone(),
                    })
                })?
                .unwrap_or_else(|| target.schema.clone())
            }
        };
        let version = version_of(node);
        let alias = named("generate_alias_name", "alias", &|custom| {
            Some(match (custom, &version) {
                (Some(custom), _) => custom.trim().to_owned(),
                (None, Some(version)) => format!("{}_v{}", node.name, version.replace('.', "_")),
                (None, None) => node.name.clone(),
            })
        })?;
        let database = match text("target_database").filter(|_| node.kind == NodeKind::Snapshot) {
            Some(database) => Some(database),
            None => named("generate_database_name", "database", &|custom| {
                custom
                    .map(|custom| custom.trim().to_owned())
                    .or(target.database.clone())
            })?,
        };
        let name = alias.unwrap_or_else(|| node.name.clone());
        Ok(Relation::new(schema, name).in_database(database))
    }

    /// The answer of a macro of the project, trimmed; empty means none.
    fn generate(
        &self,
        node: &Node,
        generator: &str,
        custom: Option<&str>,
    ) -> Result<Option<String>> {
        let scope = Scope::reading(&self.registry, Arc::new(node.clone()), Mode::default());
        let custom = custom.map_or(Value::from(()), Value::from);
        let text = self
            .templates
            .call(generator, vec![custom], scope)?
            .to_string();
        let text = text.trim();
        Ok((!text.is_empty() && text != "None").then(|| text.to_owned()))
    }
}

fn own_relation(node: &Node) -> Relation {
    let schema = match node.kind {
        NodeKind::Seed => SEED_SCHEMA,
        _ => folder_schema(&node.path),
    };
    let settings = &node.settings;
    Relation::new(
        text(settings, "schema").unwrap_or_else(|| schema.to_owned()),
        text(settings, "alias").unwrap_or_else(|| node.name.clone()),
    )
}

/// The first folder below `sql/models/`; `main` for a model in no folder.
fn folder_schema(path: &str) -> &str {
    let below = path.strip_prefix("sql/models/").unwrap_or(path);
    below.split_once('/').map_or("main", |(folder, _)| folder)
}

fn text(settings: &ConfigPatch, key: &str) -> Option<String> {
    settings.get(key).and_then(Json::as_str).map(str::to_owned)
}

/// Version of a model as text.
pub(super) fn version_of(node: &Node) -> Option<String> {
    match &node.detail {
        Detail::Model(model) => model.version.as_ref().map(version_text),
        _ => None,
    }
}

/// A version as `ref` compares it.
pub(super) fn version_text(version: &Json) -> String {
    match version {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The default schema setting of a kind of node.
pub(super) fn default_settings(kind: NodeKind) -> ConfigPatch {
    let mut patch = ConfigPatch::default();
    if kind == NodeKind::Test {
        patch.put("schema", Json::from(FAILURES_SCHEMA));
    }
    patch
}

/// What `ref` may lead to.
pub(super) fn referents(nodes: &[Node]) -> BTreeMap<String, Vec<Referent>> {
    let mut all: BTreeMap<String, Vec<Referent>> = BTreeMap::new();
    for node in nodes.iter().filter(|node| node.kind.is_referable()) {
        let latest = match &node.detail {
            Detail::Model(model) => model.latest_version.as_ref().map(version_text),
            _ => None,
        };
        let version = version_of(node);
        all.entry(node.name.clone()).or_default().push(Referent {
            id: node.id.clone(),
            package: node.package.clone(),
            is_latest: version.is_none() || version == latest,
            version,
            relation: node.relation.clone(),
            is_ephemeral: node.is_ephemeral(),
            identifier: node.relation.name.clone(),
            event_time: node.config.event_time.clone(),
        });
    }
    all
}
