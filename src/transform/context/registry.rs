//! Names and settings of a project, the same for all templates, and how a reference is looked up:
//! in the project first, then in the package of the node that asks, then everywhere.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use minijinja::value::Value;
use serde_json::Value as Json;

use super::library::Macros;
use crate::project::Layout;
use crate::transform::artifact::entry;
use crate::transform::graph::{Node, NodeKind};
use crate::transform::settings::TransformSettings;
use crate::transform::value::{Dict, from_json};
use crate::transform::zone::LocalZone;
use crate::warehouse::Relation;

/// What `ref(…)` leads to.
#[derive(Clone, Debug)]
pub(in crate::transform) struct Referent {
    pub id: String,
    pub package: String,
    /// Version as text, of a model that has some.
    pub version: Option<String>,
    /// Whether a reference without a version means this one.
    pub is_latest: bool,
    /// Where it is built; unused for ephemeral models.
    pub relation: Relation,
    /// Whether it becomes a common table expression.
    pub is_ephemeral: bool,
    /// Name of that expression, without its prefix.
    pub identifier: String,
    /// Column by which models built in periods cut it.
    pub event_time: Option<String>,
}

/// What `source(…)` leads to.
#[derive(Clone, Debug)]
pub(in crate::transform) struct SourceReferent {
    pub id: String,
    /// Column by which models built in periods cut it.
    pub event_time: Option<String>,
    pub package: String,
    pub relation: Relation,
}

/// A `{% docs %}` block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::transform) struct DocBlock {
    pub text: String,
    /// File below the folder of its package.
    pub file: String,
    /// File below the folder of documentation or models it is in.
    pub inner_path: String,
}

/// What a properties file says about a macro.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::transform) struct MacroNotes {
    pub description: String,
    /// The entry; templates are rendered.
    pub entry: Json,
    /// Properties file below the folder of its package.
    pub file: String,
}

/// Variables of a project: those asked for on the command line, then what the project says for
/// one package, then for all, then what the package says itself.
#[derive(Clone, Debug, Default)]
pub(in crate::transform) struct Vars {
    pub asked: BTreeMap<String, Json>,
    /// `vars:` of each package, as written.
    pub packages: BTreeMap<String, Json>,
    pub root: String,
}

impl Vars {
    /// The value of `name` as templates of `package` see it.
    pub(crate) fn get(&self, package: &str, name: &str) -> Option<&Json> {
        if let Some(value) = self.asked.get(name) {
            return Some(value);
        }
        [self.root.as_str(), package].into_iter().find_map(|owner| {
            let vars = self.packages.get(owner)?;
            vars.get(package)
                .and_then(|of_package| of_package.get(name))
                .or_else(|| vars.get(name))
        })
    }

    /// All names that have a value for `package`.
    pub(crate) fn names(&self, package: &str) -> Vec<&str> {
        let mut all: Vec<&str> = self.asked.keys().map(String::as_str).collect();
        for owner in [self.root.as_str(), package] {
            if let Some(vars) = self.packages.get(owner) {
                all.extend(keys(vars));
                all.extend(vars.get(package).map(keys).unwrap_or_default());
            }
        }
        all
    }
}

fn keys(vars: &Json) -> Vec<&str> {
    let keys = vars.as_object().into_iter().flat_map(serde_json::Map::keys);
    keys.map(String::as_str).collect()
}

/// Names and settings of the project, the same for all templates.
#[derive(Clone, Debug)]
pub(in crate::transform) struct Registry {
    pub layout: Layout,
    /// Name of the project.
    pub project: String,
    pub settings: TransformSettings,
    pub zone: LocalZone,
    pub invocation_id: String,
    pub started: Timestamp,
    pub vars: Vars,
    /// Models, seeds and snapshots by name.
    pub referents: BTreeMap<String, Vec<Referent>>,
    /// Tables by source and name.
    pub sources: BTreeMap<(String, String), Vec<SourceReferent>>,
    pub macros: Macros,
    /// What a unit test puts in place of macros and functions: what each of them returns.
    pub overrides: BTreeMap<String, Json>,
    /// `{% docs %}` blocks by package and name.
    pub docs: BTreeMap<(String, String), DocBlock>,
    /// What stands before the paths of each package's files.
    pub prefixes: BTreeMap<String, String>,
    /// What properties files say about macros, by id.
    pub macro_notes: BTreeMap<String, MacroNotes>,
    /// All nodes, once they are known.
    pub nodes: Vec<Arc<Node>>,
    /// Position of each node by its id.
    pub index: BTreeMap<String, usize>,
    /// Ids of what the command concerns, once that is known.
    pub selected: OnceLock<Vec<String>>,
    /// `graph`, made when a template asks for it.
    pub graph: OnceLock<Value>,
}

/// Why a reference leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transform) enum Miss {
    /// Nothing is called that way.
    Name,
    /// Something is, but not in that package.
    Package,
    /// Something is, but it has no such version.
    Version,
}

impl Registry {
    /// The node with this id, once nodes are known.
    pub(crate) fn node(&self, id: &str) -> Option<&Arc<Node>> {
        self.nodes.get(*self.index.get(id)?)
    }

    /// The docs block that templates of `package` mean by `name`, by package and name.
    pub(crate) fn doc_block(
        &self,
        asking: &str,
        package: Option<&str>,
        name: &str,
    ) -> Option<(&(String, String), &DocBlock)> {
        let of = |package: &str| {
            self.docs
                .get_key_value(&(package.to_owned(), name.to_owned()))
        };
        match package {
            Some(package) => of(package),
            None => of(&self.project).or_else(|| of(asking)),
        }
        .or_else(|| self.docs.iter().find(|((_, one), _)| one == name))
    }

    /// Whether references to `node` lead to another place than it is built in.
    pub(crate) fn is_elsewhere(&self, node: &Node) -> bool {
        let referents = self.referents.get(&node.name).into_iter().flatten();
        let mut own = referents.filter(|one| one.id == node.id);
        own.any(|one| one.relation != node.relation)
    }

    /// What a template of `asking` means by `ref(package?, name, version?)`.
    pub(crate) fn referent(
        &self,
        asking: &str,
        package: Option<&str>,
        name: &str,
        version: Option<&str>,
    ) -> Result<&Referent, Miss> {
        let all = self.referents.get(name).ok_or(Miss::Name)?;
        let fits = |one: &&Referent| match version {
            Some(version) => one.version.as_deref() == Some(version),
            None => one.is_latest,
        };
        let of = |package: &str| {
            let mut candidates = all.iter().filter(|one| one.package == package).peekable();
            candidates.peek()?;
            Some(candidates.find(fits).ok_or(Miss::Version))
        };
        if let Some(package) = package {
            return of(package).unwrap_or(Err(Miss::Package));
        }
        of(&self.project)
            .or_else(|| of(asking))
            .unwrap_or_else(|| all.iter().find(fits).ok_or(Miss::Version))
    }

    /// `graph`: nodes, sources, exposures and the rest by id.
    pub(crate) fn graph_value(&self) -> Value {
        let of = |wanted: &dyn Fn(NodeKind) -> bool| {
            let nodes = self.nodes.iter().filter(|node| wanted(node.kind));
            Dict::value(nodes.map(|node| {
                let about = from_json(&entry(self, node, None, 0.0));
                (Value::from(node.id.as_str()), about)
            }))
        };
        let make = || {
            let is_node = |kind: NodeKind| {
                kind.is_referable()
                    || matches!(
                        kind,
                        NodeKind::Test | NodeKind::Analysis | NodeKind::Operation
                    )
            };
            Dict::value([
                (Value::from("nodes"), of(&is_node)),
                (Value::from("sources"), of(&|kind| kind == NodeKind::Source)),
                (
                    Value::from("exposures"),
                    of(&|kind| kind == NodeKind::Exposure),
                ),
                (Value::from("metrics"), of(&|kind| kind == NodeKind::Metric)),
                (
                    Value::from("semantic_models"),
                    of(&|kind| kind == NodeKind::SemanticModel),
                ),
                (
                    Value::from("saved_queries"),
                    of(&|kind| kind == NodeKind::SavedQuery),
                ),
                (
                    Value::from("unit_tests"),
                    of(&|kind| kind == NodeKind::UnitTest),
                ),
                (Value::from("groups"), Dict::value([])),
                (Value::from("macros"), Dict::value([])),
            ])
        };
        if self.nodes.is_empty() {
            // While the project is only read, there is nothing to see yet.
            return make();
        }
        self.graph.get_or_init(make).clone()
    }

    /// Why `name` is no materialization here, and what is near; `None` if a package defines it.
    pub(crate) fn unknown_materialization(&self, name: &str) -> Option<(String, String)> {
        let names = self.macros.materializations();
        if names.contains(&name) {
            return None;
        }
        let built_in = ["view", "table", "incremental", "external", "ephemeral"];
        let known = names.into_iter().chain(built_in);
        let hint = crate::error::nearest(name, known).map_or_else(
            || format!("Define it with `{{% materialization {name}, default %}}`."),
            |near| format!("Did you mean `{near}`?"),
        );
        Some((format!("there is no materialization `{name}`"), hint))
    }

    /// Why `name` is no incremental strategy for a node of `asking`, and what to do about it;
    /// `None` if there is a macro for it.
    pub(crate) fn unknown_strategy(&self, asking: &str, name: &str) -> Option<(String, String)> {
        let wanted = strategy_macro(name);
        if self.macros.find(asking, &wanted).is_some() {
            return None;
        }
        let built_in = ["append", "delete+insert", "merge", "microbatch"];
        let hint = crate::error::nearest(name, built_in).map_or_else(
            || format!("Define it with a macro `{wanted}(arg_dict)`."),
            |near| format!("Did you mean `{near}`?"),
        );
        Some((format!("there is no incremental strategy `{name}`"), hint))
    }

    /// What a template of `asking` means by `source(name, table)`.
    pub(crate) fn source(&self, asking: &str, name: &str, table: &str) -> Option<&SourceReferent> {
        let all = self.sources.get(&(name.to_owned(), table.to_owned()))?;
        let of = |package: &str| all.iter().find(|one| one.package == package);
        of(&self.project).or_else(|| of(asking)).or(all.first())
    }
}

/// Name of the macro that gives the statement of an incremental strategy.
pub(super) fn strategy_macro(strategy: &str) -> String {
    format!("get_incremental_{}_sql", strategy.replace('+', "_"))
}
