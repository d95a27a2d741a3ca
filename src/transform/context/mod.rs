//! What a template sees: the names of the project, the model it belongs to, and how far it may
//! look (only read, compile, or run queries). One [`Scope`] per rendering; it is the root of the
//! template's variables, so that every name is looked up here.

pub(super) mod fault;
pub(super) mod methods;

mod clock;
mod functions;
mod macros;
mod query;
mod relation;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard};

use jiff::Timestamp;
use minijinja::value::{Object, ObjectRepr, Serde, Value};
use serde_json::Value as Json;

use self::clock::Instant;
use self::functions::{Function, Namespace};
use self::macros::MacroCall;
use self::relation::RelationValue;
use super::config::ConfigPatch;
use super::settings::TransformSettings;
use super::zone::LocalZone;
use crate::warehouse::{Connection, Relation};

/// What `ref(…)` leads to.
#[derive(Clone, Debug)]
pub(super) struct Referent {
    /// Where it is built; unused for ephemeral models.
    pub relation: Relation,
    /// Whether it becomes a common table expression.
    pub is_ephemeral: bool,
}

/// Names and settings of the project, the same for all templates.
#[derive(Clone, Debug)]
pub(super) struct Registry {
    pub settings: TransformSettings,
    pub zone: LocalZone,
    pub invocation_id: String,
    pub started: Timestamp,
    pub referents: BTreeMap<String, Referent>,
    pub sources: BTreeMap<String, BTreeMap<String, Relation>>,
    /// Macro name to the template that defines it.
    pub macros: BTreeMap<String, String>,
}

/// How far a template may look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mode {
    /// `execute`: whether queries run.
    pub execute: bool,
    /// What `is_incremental()` answers.
    pub incremental: bool,
    /// Whether clock and run id are fixed, so that equal definitions render equally.
    pub fixed: bool,
}

/// What a template asked for while it was rendered.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub refs: BTreeSet<String>,
    pub sources: BTreeSet<(String, String)>,
    pub config: ConfigPatch,
    pub asked_incremental: bool,
    pub notices: Vec<String>,
}

/// What one rendering sees.
pub(super) struct Scope {
    pub registry: Arc<Registry>,
    /// Model name.
    pub name: String,
    /// File of the model.
    pub path: String,
    /// Relation of the model.
    pub this: Relation,
    /// Configuration known before rendering.
    pub config: ConfigPatch,
    pub mode: Mode,
    /// Models it may refer to; `None` while they are being collected.
    pub parents: Option<BTreeSet<String>>,
    /// For `run_query`.
    pub connection: Option<Arc<Mutex<Connection>>>,
    pub record: Mutex<Record>,
    /// Macro calls inside each other.
    pub depth: AtomicUsize,
}

/// Prefix of the common table expression of an ephemeral model.
pub(super) const CTE_PREFIX: &str = "__cte__";

/// Names that are not functions; together with [`Function::NAMES`] everything a template sees.
const VALUES: [&str; 10] = [
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
        let macros = registry.macros.keys().map(String::as_str);
        macros
            .chain(VALUES)
            .chain(Function::NAMES.map(|(name, _)| name))
            .collect()
    }

    /// The macro called `name`, ready to be called.
    fn macro_named(self: &Arc<Self>, name: &str) -> Option<Value> {
        let template = self.registry.macros.get(name)?;
        Some(Value::from_object(MacroCall {
            name: name.to_owned(),
            template: template.clone(),
            scope: Arc::clone(self),
        }))
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
        let threads = u64::try_from(self.registry.settings.threads).unwrap_or(u64::MAX);
        Value::from_pairs([
            (
                "name",
                Value::from(self.registry.settings.target_name.as_str()),
            ),
            ("schema", Value::from("main")),
            ("type", Value::from("duckdb")),
            (
                "threads",
                Value::from(if self.mode.fixed { 0 } else { threads }),
            ),
        ])
    }

    fn model(&self) -> Value {
        let mut config = self.config.clone();
        config.overlay(&self.record().config);
        let config: serde_json::Map<String, Json> = config
            .values()
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        Value::from_pairs([
            ("name", Value::from(self.name.as_str())),
            ("alias", Value::from(self.this.name.as_str())),
            ("schema", Value::from(self.this.schema.as_str())),
            ("path", Value::from(self.path.as_str())),
            ("original_file_path", Value::from(self.path.as_str())),
            ("resource_type", Value::from("model")),
            ("unique_id", Value::from(format!("model.{}", self.name))),
            ("config", Value::from(Serde(Json::Object(config)))),
        ])
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("name", &self.name)
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
        Some(match key {
            "this" => Value::from_object(RelationValue(self.this.clone())),
            "target" => self.target(),
            "model" => self.model(),
            "execute" => Value::from(self.mode.execute),
            "invocation_id" => Value::from(self.invocation_id()),
            "run_started_at" => Value::from_object(Instant(self.started())),
            "adapter" => Value::from_object(Namespace::adapter(self)),
            "exceptions" => Value::from_object(Namespace::exceptions(self)),
            "config" => Value::from_object(Namespace::config(self)),
            _ => return self.macro_named(key).or_else(|| Function::named(key, self)),
        })
    }
}
