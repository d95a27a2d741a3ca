//! What a template sees: the names of the project, the model it belongs to, and how far it may
//! look (only read, compile, or run queries). One [`Scope`] per rendering; it is the root of the
//! template's variables, so that every name is looked up here.

pub(super) mod fault;

mod adapter;
mod caller;
mod column;
mod config;
mod contract;
mod extras;
mod functions;
mod library;
mod macros;
mod modules;
mod names;
mod namespace;
mod package;
mod query;
mod record;
mod registry;
mod relation;
mod slice;
mod statement;
mod transaction;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::Timestamp;
use minijinja::value::{Object, ObjectRepr, Serde, Value};
use serde_json::Value as Json;

use self::functions::Function;
pub(super) use self::functions::is_macro_of_dbt;
pub(super) use self::library::{Macro, Macros, Open, Way};
use self::macros::MacroCall;
use self::modules::Module;
use self::namespace::Namespace;
use self::package::PackageMacros;
pub(super) use self::query::QueryResult;
pub(super) use self::record::Record;
pub(super) use self::registry::{DocBlock, MacroNotes, Referent, Registry, SourceReferent, Vars};
use self::relation::RelationValue;
pub(super) use self::transaction::Transactions;
use super::graph::Node;
use super::graph::describe::node_json;
use super::periods::Period;
use super::value::dates::DateTime;
use super::value::{Dict, List, dict, from_json};
use crate::warehouse::Connection;

/// How far a template may look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mode {
    /// `execute`: whether queries run.
    pub execute: bool,
    /// What `is_incremental()` answers.
    pub incremental: bool,
    /// Whether clock and run id are fixed, so that equal definitions render equally.
    pub fixed: bool,
    /// The period a model that is built in periods is rendered for.
    pub period: Option<Period>,
}

/// What one rendering sees.
pub(super) struct Scope {
    pub registry: Arc<Registry>,
    /// What the template belongs to.
    pub node: Arc<Node>,
    pub mode: Mode,
    /// Ids of what it may refer to; `None` while they are being collected.
    pub parents: Option<BTreeSet<String>>,
    /// For `run_query`.
    pub connection: Option<Arc<Connection>>,
    pub record: Mutex<Record>,
    /// Macro calls inside each other.
    pub depth: AtomicUsize,
    /// Results of statements by name.
    pub results: Mutex<BTreeMap<String, Value>>,
    /// Transactions of what is run, where the templates decide about them.
    pub transactions: Option<Arc<Transactions>>,
    /// Whether a reference to something that is not there is taken down instead of failing.
    pub notes_missing: bool,
    /// Further names, such as those of the materialization that runs.
    pub extras: BTreeMap<&'static str, Value>,
}

/// Prefix of the common table expression of an ephemeral model.
pub(super) const CTE_PREFIX: &str = "__cte__";

/// Names that are not functions; together with [`Function::NAMES`] everything a template sees.
const VALUES: [&str; 21] = [
    "this",
    "target",
    "model",
    "execute",
    "invocation_id",
    "run_started_at",
    "adapter",
    "exceptions",
    "config",
    "loop",
    "modules",
    "api",
    "builtins",
    "flags",
    "graph",
    "project_name",
    "dbt_version",
    "selected_resources",
    "schema",
    "database",
    "results",
];

impl Scope {
    /// The record; a poisoned one is still the record.
    pub(super) fn record(&self) -> MutexGuard<'_, Record> {
        self.record
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// All names, for "did you mean".
    pub(super) fn known_names(registry: &Registry) -> Vec<&str> {
        registry
            .macros
            .names()
            .into_iter()
            .chain(VALUES)
            .chain(Function::NAMES.map(|(name, _)| name))
            .collect()
    }

    /// A scope that only reads: nothing runs, and every reference is taken down.
    pub(super) fn reading(registry: &Arc<Registry>, node: Arc<Node>, mode: Mode) -> Self {
        Self {
            registry: Arc::clone(registry),
            node,
            mode,
            parents: None,
            connection: None,
            record: Mutex::new(Record::default()),
            depth: AtomicUsize::new(0),
            results: Mutex::default(),
            transactions: None,
            notes_missing: false,
            extras: BTreeMap::new(),
        }
    }

    /// The same scope, in which what is missing is only taken down.
    pub(super) fn noting_missing(mut self) -> Self {
        self.notes_missing = true;
        self
    }

    /// `this`.
    fn this(&self) -> RelationValue {
        let relation = RelationValue::of(&self.node.relation);
        if self.node.kind == crate::transform::graph::NodeKind::Seed {
            return relation.of_kind("table");
        }
        match self.node.materialization() {
            "view" => relation.of_kind("view"),
            "table" | "incremental" | "snapshot" => relation.of_kind("table"),
            _ => relation,
        }
    }

    /// Names that are values and that a project may use for something else.
    fn plain_value(self: &Arc<Self>, key: &str) -> Option<Value> {
        if let Some(value) = self.extras.get(key) {
            return Some(value.clone());
        }
        let registry = &self.registry;
        let relation = &self.node.relation;
        let empty = || List::value(Vec::new());
        Some(match key {
            "project_name" => Value::from(registry.project.as_str()),
            "dbt_version" => Value::from(super::DBT_VERSION),
            "schema" if self.is_of_node() => Value::from(relation.schema.as_str()),
            "schema" => Value::from(registry.settings.target.schema.as_str()),
            "database" if self.is_of_node() => {
                let target = &registry.settings.target.database;
                Value::from(relation.database.clone().or_else(|| target.clone()))
            }
            "database" => Value::from(registry.settings.target.database.clone()),
            "identifier" => Value::from(relation.name.as_str()),
            "env" => self.target(),
            "graph" => registry.graph_value(),
            "selected_resources" => {
                let ids = registry.selected.get().into_iter().flatten();
                List::value(ids.map(|id| Value::from(id.as_str())).collect())
            }
            "invocation_args_dict" => from_json(&serde_json::json!({
                "which": registry.settings.command,
                "full_refresh": registry.settings.full_refresh,
                "target": registry.settings.target.name,
                "profile": registry.settings.target.profile,
                "vars": registry.settings.vars,
            })),
            "dbt_metadata_envs" => Dict::value([]),
            "thread_id" => Value::from(std::thread::current().name().unwrap_or("main")),
            "connection_name" => Value::from(self.node.id.as_str()),
            "pre_hooks" | "post_hooks" | "results" | "schemas" | "database_schemas" => empty(),
            "context" => Value::from_dyn_object(Arc::clone(self)),
            "sql" | "compiled_code" => Value::from(()),
            _ => return None,
        })
    }

    /// Whether `schema` and `database` are those of the node and not of the target.
    fn is_of_node(&self) -> bool {
        let kind = self.node.kind;
        kind.is_referable() || kind == crate::transform::graph::NodeKind::Test
    }

    /// The macro called `name` as the node sees it, ready to be called.
    fn macro_named(self: &Arc<Self>, name: &str) -> Option<Value> {
        let found = self.registry.macros.find(&self.node.package, name)?;
        Some(self.call_of(found))
    }

    /// A macro, ready to be called.
    pub(super) fn call_of(self: &Arc<Self>, found: &Arc<Macro>) -> Value {
        let full = || format!("{}.{}", found.package, found.name);
        if !self.registry.overrides.is_empty()
            && let Some(value) = self.registry.overrides.get(&full())
        {
            return constant(value);
        }
        Value::from_object(MacroCall {
            definition: Arc::clone(found),
            scope: Arc::clone(self),
        })
    }

    fn started(&self) -> Timestamp {
        if self.mode.fixed {
            Timestamp::UNIX_EPOCH
        } else {
            self.registry.started
        }
    }

    fn invocation_id(&self) -> &str {
        if self.mode.fixed {
            ""
        } else {
            &self.registry.invocation_id
        }
    }

    fn target(&self) -> Value {
        let settings = &self.registry.settings;
        let target = &settings.target;
        let threads = u64::try_from(settings.threads).unwrap_or(u64::MAX);
        let mut values = target.values.clone();
        for (key, value) in [
            ("name", Json::from(target.name.as_str())),
            ("target_name", Json::from(target.name.as_str())),
            ("profile_name", Json::from(target.profile.as_str())),
            ("schema", Json::from(target.schema.as_str())),
            ("database", Json::from(target.database.clone())),
            ("type", Json::from("duckdb")),
            (
                "threads",
                Json::from(if self.mode.fixed { 0 } else { threads }),
            ),
        ] {
            values.insert(key.to_owned(), value);
        }
        Value::from(Serde(Json::Object(values)))
    }

    /// The node itself, as macros that make names get it.
    pub(super) fn node_value(&self) -> Value {
        self.model()
    }

    /// The period a model is built for, as its templates see it; none where there are no periods.
    fn batch(&self) -> Value {
        let Some(period) = self.mode.period else {
            return Value::from(());
        };
        let size = self.node.config.microbatch.as_ref().map(|one| one.size);
        let id = size.map(|size| size.id(period.start)).unwrap_or_default();
        Value::from_pairs([
            ("id", Value::from(id)),
            ("event_time_start", DateTime::utc(period.start)),
            ("event_time_end", DateTime::utc(period.end)),
        ])
    }

    fn model(&self) -> Value {
        let settings = self.node.settings_with(&self.record().config);
        let about = from_json(&node_json(&self.node, &settings));
        if self.mode.period.is_none() {
            return about;
        }
        let pairs = dict::pairs_of(&about).unwrap_or_default().into_iter();
        Dict::value(pairs.chain([(Value::from("batch"), self.batch())]))
    }
}

/// A function that returns `value` whatever it is called with.
fn constant(value: &Json) -> Value {
    let value = Value::from(Serde(value));
    Value::from_function(move |_: minijinja::value::Rest<Value>| value.clone())
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("node", &self.node.id)
            .finish_non_exhaustive()
    }
}

impl Object for Scope {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        if let Some(value) = self.registry.overrides.get(key) {
            return Some(constant(value));
        }
        Some(match key {
            "this" => Value::from_object(self.this()),
            "target" => self.target(),
            "model" => self.model(),
            "execute" => Value::from(self.mode.execute),
            "invocation_id" => Value::from(self.invocation_id()),
            "run_started_at" => DateTime::utc(self.started()),
            "modules" => Module::all(self),
            _ => {
                return self
                    .macro_named(key)
                    .or_else(|| Namespace::named(key, self))
                    .or_else(|| self.plain_value(key))
                    .or_else(|| Function::named(key, self))
                    .or_else(|| PackageMacros::named(key, self));
            }
        })
    }
}
