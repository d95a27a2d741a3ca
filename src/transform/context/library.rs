//! All macros of a project and its packages, and which of them a name means.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::transform::builtin::PACKAGE;
use crate::transform::template::blocks::Block;

#[cfg(test)]
mod tests;

/// What the names of materializations begin with; they end with the engine, or `default`.
const MATERIALIZATION: &str = "materialization_";

/// Built in, but never done by the program itself.
const TABLE_FUNCTION: &str = "table_function";

/// Materializations that are built in, and whether they are for this engine or for all.
const BUILT_IN: [(&str, &str); 9] = [
    ("table", "duckdb"),
    ("incremental", "duckdb"),
    ("external", "duckdb"),
    (TABLE_FUNCTION, "duckdb"),
    ("view", "default"),
    ("snapshot", "default"),
    ("seed", "default"),
    ("test", "default"),
    ("unit", "default"),
];

/// Macros by which built-in materializations load seeds.
const LOADING: [&str; 9] = [
    "create_csv_table",
    "create_indexes",
    "get_batch_size",
    "get_binding_char",
    "get_csv_sql",
    "get_seed_column_quoted_csv",
    "load_csv_rows",
    "reset_csv_table",
    "run_hooks",
];

/// Macros by which the built-in materialization runs tests.
const TESTING: [&str; 4] = [
    "get_create_sql",
    "get_limit_subquery_sql",
    "get_test_sql",
    "should_store_failures",
];

/// What of the built-in ways a project may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::transform) enum Way {
    /// How relations are made, replaced or filled.
    Building,
    /// How seeds are loaded.
    Loading,
    /// How tests are run.
    Testing,
}

impl Way {
    fn macros(self) -> &'static [&'static str] {
        match self {
            Way::Building => &BUILDING,
            Way::Loading => &LOADING,
            Way::Testing => &TESTING,
        }
    }
}

/// Macros of dbt that its adapter for this engine defines.
const OF_ENGINE: [&str; 7] = [
    "create_table_as",
    "external_location",
    "location_exists",
    "register_upstream_external_models",
    "run_hooks",
    "store_relation",
    "write_to_file",
];

/// Macros by which built-in materializations make, replace and fill relations.
const BUILDING: [&str; 30] = [
    "apply_grants",
    "create_indexes",
    "create_or_replace_view",
    "create_table_as",
    "create_view_as",
    "drop_relation",
    "drop_relation_if_exists",
    "get_create_index_sql",
    "get_create_table_as_sql",
    "get_create_view_as_sql",
    "get_delete_insert_merge_sql",
    "get_incremental_append_sql",
    "get_incremental_default_sql",
    "get_incremental_delete_insert_sql",
    "get_incremental_merge_sql",
    "get_insert_into_sql",
    "get_merge_sql",
    "get_merge_update_columns",
    "incremental_validate_on_schema_change",
    "load_cached_relation",
    "load_relation",
    "make_backup_relation",
    "make_intermediate_relation",
    "make_temp_relation",
    "persist_docs",
    "process_schema_changes",
    "rename_relation",
    "run_hooks",
    "should_full_refresh",
    "sync_column_schemas",
];

/// A macro, test or materialization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::transform) struct Macro {
    /// `macro.package.name`.
    pub id: String,
    pub name: String,
    pub package: String,
    /// Name of its compiled template.
    pub template: String,
    /// The block as it stands in its file.
    pub written: String,
    pub path: String,
    /// File below the folder of its package.
    pub file: String,
    pub line: usize,
    /// Names of its parameters.
    pub parameters: Vec<String>,
    /// What it declares, if it takes others too.
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
            file: block.path.clone(),
            line: block.line,
            written: block.written.clone(),
            parameters: block.parameters.clone(),
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

    /// Id of the macro a template of `package` means by `name`, in the words of dbt, where macros
    /// of dbt have an implementation for each engine.
    pub(crate) fn id_of(&self, package: &str, name: &str) -> Option<String> {
        let found = self.find(package, name)?;
        let is_of_engine = name.starts_with("duckdb__") || OF_ENGINE.contains(&name);
        if found.package != PACKAGE || (found.name == name && !is_of_engine) {
            return Some(found.id.clone());
        }
        let owner = if is_of_engine { "dbt_duckdb" } else { PACKAGE };
        Some(format!("macro.{owner}.{name}"))
    }

    /// The macro a template of `package` means by `name`: its own, else the project's.
    pub(crate) fn find(&self, package: &str, name: &str) -> Option<&Arc<Macro>> {
        self.of_package(package, name)
            .or_else(|| self.of_package(&self.root, name))
            .or_else(|| self.of_package(PACKAGE, name))
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

    /// The template by which `name` is materialized, if that is not done by the program itself:
    /// one of the project, of a package, or a built-in one where `written` asks for it.
    ///
    /// One for this engine comes before one for all; a package replaces none that is built in.
    pub(crate) fn materialization(&self, name: &str, written: bool) -> Option<&Arc<Macro>> {
        let of = |owner: &str, adapter: &str| {
            let name = format!("{MATERIALIZATION}{name}_{adapter}");
            self.packages.get(owner)?.get(&name)
        };
        let built_in = BUILT_IN.iter().find(|(one, _)| *one == name);
        for adapter in ["duckdb", "default"] {
            if let Some(found) = of(&self.root, adapter) {
                return Some(found);
            }
            match built_in {
                Some((_, own)) if *own == adapter => break,
                Some(_) => {}
                None => {
                    let owners = self.packages.keys().filter(|owner| *owner != PACKAGE);
                    if let Some(found) = owners.filter_map(|owner| of(owner, adapter)).next() {
                        return Some(found);
                    }
                }
            }
        }
        of(PACKAGE, "duckdb").filter(|_| written || name == TABLE_FUNCTION)
    }

    /// Names of all materializations that are templates.
    pub(crate) fn materializations(&self) -> Vec<&str> {
        let names = self.packages.values().flat_map(BTreeMap::keys);
        names
            .filter_map(|one| {
                let rest = one.strip_prefix(MATERIALIZATION)?;
                let plain = rest.strip_suffix("_duckdb");
                plain.or_else(|| rest.strip_suffix("_default"))
            })
            .collect()
    }

    /// Whether the project, or a package it puts before dbt, replaces a macro of a way, so that it
    /// goes by templates.
    pub(crate) fn changes(&self, way: Way) -> bool {
        let order = self.search_order(PACKAGE);
        let owners = order.iter().filter(|owner| *owner != PACKAGE);
        owners
            .filter_map(|owner| self.packages.get(owner).map(|macros| (owner, macros)))
            .any(|(owner, macros)| {
                macros.keys().any(|name| {
                    let plain = ["duckdb__", "default__"]
                        .iter()
                        .find_map(|prefix| name.strip_prefix(prefix));
                    let is_own = *owner == self.root;
                    plain
                        .or_else(|| is_own.then_some(name.as_str()))
                        .is_some_and(|name| way.macros().contains(&name))
                })
            })
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
