//! Names and settings of a project, the same for all templates, and how a name is looked up: in
//! the project first, then in the package of the node that asks, then everywhere.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use minijinja::value::Value;
use serde_json::Value as Json;

use crate::project::Layout;
use crate::transform::builtin::PACKAGE;
use crate::transform::graph::describe::node_json;
use crate::transform::graph::{Node, NodeKind};
use crate::transform::settings::TransformSettings;
use crate::transform::template::blocks::Block;
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

/// A macro, test or materialization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::transform) struct Macro {
    /// `macro.package.name`.
    pub id: String,
    pub name: String,
    pub package: String,
    /// Name of its compiled template.
    pub template: String,
    pub path: String,
    pub line: usize,
    /// Names of its parameters, if it takes others too.
    pub open: Option<Open>,
}

/// What a macro that takes any arguments declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::transform) struct Open {
    pub parameters: Vec<String>,
    pub takes_varargs: bool,
    pub takes_kwargs: bool,
}

impl Macro {
    /// The macro of a block.
    pub(crate) fn of(package: &str, template: String, block: &Block) -> Self {
        Self {
            id: format!("macro.{package}.{}", block.name),
            name: block.name.clone(),
            package: package.to_owned(),
            template,
            path: block.path.clone(),
            line: block.line,
            open: block.open.clone(),
        }
    }
}

/// All macros, by package and name.
#[derive(Clone, Debug, Default)]
pub(in crate::transform) struct Macros {
    root: String,
    packages: BTreeMap<String, BTreeMap<String, Arc<Macro>>>,
    /// `dispatch:` of the project: where macros of a package are looked for.
    search_order: BTreeMap<String, Vec<String>>,
}

impl Macros {
    /// Macros of the project `root` and its packages.
    pub(crate) fn new(root: &str, search_order: BTreeMap<String, Vec<String>>) -> Self {
        let built_in = crate::transform::builtin::macros()
            .map(|one| (one.name.clone(), Arc::new(one)))
            .collect();
        Self {
            root: root.to_owned(),
            packages: BTreeMap::from([(PACKAGE.to_owned(), built_in)]),
            search_order,
        }
    }

    /// Adds a macro; returns the one of the same name that was there.
    pub(crate) fn add(&mut self, one: Macro) -> Option<Arc<Macro>> {
        self.packages
            .entry(one.package.clone())
            .or_default()
            .insert(one.name.clone(), Arc::new(one))
    }

    /// The macro a template of `package` means by `name`: its own, else the project's.
    pub(crate) fn find(&self, package: &str, name: &str) -> Option<&Arc<Macro>> {
        self.of_package(package, name)
            .or_else(|| self.of_package(&self.root, name))
            .or_else(|| self.built_in(name))
    }

    /// A macro of dbt itself. Where others have an implementation for each engine, there is one.
    fn built_in(&self, name: &str) -> Option<&Arc<Macro>> {
        let plain = ["duckdb__", "default__"]
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix));
        let found = self.packages.get(PACKAGE)?;
        found.get(plain.unwrap_or(name))
    }

    /// The macro `adapter.dispatch` means.
    pub(crate) fn dispatch(
        &self,
        package: &str,
        namespace: Option<&str>,
        name: &str,
    ) -> Option<&Arc<Macro>> {
        let candidates = [
            format!("duckdb__{name}"),
            format!("default__{name}"),
            name.to_owned(),
        ];
        let Some(namespace) = namespace else {
            let owners = [package, self.root.as_str()];
            let of_project = candidates.iter().find_map(|candidate| {
                owners
                    .iter()
                    .find_map(|owner| self.packages.get(*owner)?.get(candidate))
            });
            return of_project.or_else(|| self.built_in(name));
        };
        let order = self.search_order(namespace);
        let adapted = candidates.iter().take(2);
        order
            .iter()
            .find_map(|package| {
                adapted
                    .clone()
                    .find_map(|candidate| self.of_package(package, candidate))
            })
            .or_else(|| self.of_package(namespace, name))
    }

    /// The macro of one package. One of dbt itself may be replaced by the project: as
    /// `duckdb__name` or `default__name`, or where `dispatch:` says.
    pub(crate) fn of_package(&self, package: &str, name: &str) -> Option<&Arc<Macro>> {
        if package != PACKAGE && package != "dbt_duckdb" {
            return self.packages.get(package)?.get(name);
        }
        let built_in = self.built_in(name)?;
        if built_in.name != name {
            return Some(built_in);
        }
        let adapted = [format!("duckdb__{name}"), format!("default__{name}")];
        let order = self.search_order(PACKAGE);
        order
            .iter()
            .filter(|owner| *owner != PACKAGE)
            .filter_map(|owner| self.packages.get(owner))
            .find_map(|macros| adapted.iter().find_map(|name| macros.get(name)))
            .or(Some(built_in))
    }

    /// Whether a package of this name has macros.
    pub(crate) fn has_package(&self, package: &str) -> bool {
        self.packages.contains_key(package)
    }

    /// Names of the macros of a package.
    pub(crate) fn names_of(&self, package: &str) -> Vec<String> {
        let names = self.packages.get(package).map(BTreeMap::keys);
        names.into_iter().flatten().cloned().collect()
    }

    /// Packages in which `adapter.dispatch` looks for macros of `namespace`.
    pub(crate) fn search_order(&self, namespace: &str) -> Vec<String> {
        self.search_order
            .get(namespace)
            .cloned()
            .unwrap_or_else(|| vec![self.root.clone(), namespace.to_owned()])
    }

    /// All macros.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Macro>> {
        self.packages.values().flat_map(BTreeMap::values)
    }

    /// Names of all macros, those of packages with their package.
    pub(crate) fn names(&self) -> Vec<&str> {
        let names = self.packages.values().flat_map(BTreeMap::keys);
        names.map(String::as_str).collect()
    }
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
    /// Texts of `{% docs %}` blocks by package and name.
    pub docs: BTreeMap<(String, String), String>,
    /// All nodes, once they are known.
    pub nodes: Vec<Arc<Node>>,
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
                let about = from_json(&node_json(node, &node.settings));
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
        let prefix = "materialization_";
        let names: Vec<&str> = self
            .macros
            .names()
            .into_iter()
            .filter_map(|one| {
                let rest = one.strip_prefix(prefix)?;
                rest.strip_suffix("_duckdb")
                    .or(rest.strip_suffix("_default"))
            })
            .collect();
        if names.contains(&name) {
            return None;
        }
        let built_in = ["view", "table", "incremental", "ephemeral"];
        let known = names.into_iter().chain(built_in);
        let hint = crate::error::nearest(name, known).map_or_else(
            || format!("Define it with `{{% materialization {name}, default %}}`."),
            |near| format!("Did you mean `{near}`?"),
        );
        Some((format!("there is no materialization `{name}`"), hint))
    }

    /// What a template of `asking` means by `source(name, table)`.
    pub(crate) fn source(&self, asking: &str, name: &str, table: &str) -> Option<&SourceReferent> {
        let all = self.sources.get(&(name.to_owned(), table.to_owned()))?;
        let of = |package: &str| all.iter().find(|one| one.package == package);
        of(&self.project).or_else(|| of(asking)).or(all.first())
    }
}
