//! Names with methods: `config`, `adapter`, `exceptions`, `api`, `builtins`, `flags`.

use std::sync::Arc;

use minijinja::value::{Enumerator, Kwargs, Object, ObjectRepr, Rest, Value, from_args};
use minijinja::{Error, ErrorKind, State};

use super::column::ColumnClass;
use super::fault::fault;
use super::functions::{Function, notice};
use super::relation::RelationValue;
use super::{Scope, adapter, config, contract};
use crate::error::nearest;
use crate::warehouse::quote;

/// Which of the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Config,
    Adapter,
    Exceptions,
    Api,
    Builtins,
    Flags,
}

/// A name with methods, bound to the node that uses it.
#[derive(Debug)]
pub(super) struct Namespace {
    name: Name,
    scope: Arc<Scope>,
}

const NAMES: [(&str, Name); 6] = [
    ("config", Name::Config),
    ("adapter", Name::Adapter),
    ("exceptions", Name::Exceptions),
    ("api", Name::Api),
    ("builtins", Name::Builtins),
    ("flags", Name::Flags),
];

const CONFIG: [&str; 7] = [
    "get",
    "require",
    "set",
    "meta_get",
    "meta_require",
    "persist_relation_docs",
    "persist_column_docs",
];

/// Methods of the adapter, for "did you mean".
const ADAPTER: [&str; 18] = [
    "get_incremental_strategy_macro",
    "dispatch",
    "quote",
    "type",
    "get_relation",
    "get_columns_in_relation",
    "get_missing_columns",
    "list_relations_without_caching",
    "check_schema_exists",
    "create_schema",
    "drop_schema",
    "drop_relation",
    "truncate_relation",
    "rename_relation",
    "already_exists",
    "execute",
    "add_query",
    "commit",
];

const EXCEPTIONS: [&str; 6] = [
    "raise_compiler_error",
    "raise_contract_error",
    "raise_database_error",
    "raise_not_implemented",
    "warn",
    "warn_once",
];

impl Namespace {
    /// The name, if it is one of these.
    pub(super) fn named(name: &str, scope: &Arc<Scope>) -> Option<Value> {
        let (_, name) = NAMES.into_iter().find(|(one, _)| *one == name)?;
        Some(Value::from_object(Self {
            name,
            scope: Arc::clone(scope),
        }))
    }

    /// `config.…`.
    fn config(&self, method: &str, args: &[Value]) -> Result<Value, Error> {
        match method {
            "get" => config::get(&self.scope, args),
            "require" => config::require(&self.scope, args),
            "meta_get" | "meta_require" => config::meta_get(&self.scope, args),
            "persist_relation_docs" => Ok(config::persists(&self.scope, "relation")),
            "persist_column_docs" => Ok(config::persists(&self.scope, "columns")),
            "set" => {
                let (key, value): (String, Value) = from_args(args)?;
                let one = Kwargs::from_iter([(key, value)]);
                config::config(&self.scope, &[one.into()])
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }

    /// `adapter.…`.
    fn adapter(&self, method: &str, args: &[Value]) -> Result<Value, Error> {
        match method {
            "dispatch" => dispatch(&self.scope, args),
            "quote" => {
                let (name,): (String,) = from_args(args)?;
                Ok(Value::from(quote(&name)))
            }
            "type" => Ok(Value::from("duckdb")),
            _ => adapter::call(&self.scope, method, args),
        }
    }

    /// `exceptions.…`: everything that is not a warning ends the rendering.
    fn exceptions(&self, method: &str, args: &[Value]) -> Result<Value, Error> {
        match method {
            "raise_contract_error" => return Err(contract::broken(&self.scope, args)),
            "column_type_missing" => return Err(contract::untyped(&self.scope, args)),
            _ => {}
        }
        let (message, _rest): (Option<Value>, Rest<Value>) = from_args(args)?;
        let message = message.map_or_else(|| method.to_owned(), |message| message.to_string());
        match method {
            "warn" | "warn_once" => notice(&self.scope, &[Value::from(message)]),
            _ if EXCEPTIONS.contains(&method)
                || method.starts_with("raise_")
                || method.starts_with("missing_")
                || method.starts_with("column_")
                || method.ends_with("_not_found") =>
            {
                Err(fault(message, ""))
            }
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }

    fn flag(&self, name: &str) -> Value {
        let settings = &self.scope.registry.settings;
        match name.to_uppercase().as_str() {
            "FULL_REFRESH" => Value::from(settings.full_refresh),
            "WHICH" => Value::from(settings.command.as_str()),
            "STORE_FAILURES" | "FAIL_FAST" | "EMPTY" | "DEBUG" => Value::from(false),
            "INTROSPECT" | "USE_COLORS" | "VERSION_CHECK" => Value::from(true),
            _ => Value::from(()),
        }
    }
}

/// The macro for this engine: `duckdb__name`, else `default__name`, in each package of the search
/// order; without a namespace, as the node sees them.
fn dispatch(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (name, namespace, kwargs): (Option<String>, Option<Value>, Kwargs) = from_args(args)?;
    let named: Option<Value> = kwargs.get("macro_namespace")?;
    let packages: Option<Value> = kwargs.get("packages")?;
    let name = name.or(kwargs.get("macro_name")?);
    kwargs.assert_all_used()?;
    let name = name.ok_or_else(|| fault("`dispatch` needs the name of a macro", ""))?;
    let is_text = |value: &Value| value.as_str().is_some();
    // Packages were a list once.
    let namespace = namespace.or(named).filter(is_text).or_else(|| {
        let listed = packages?.try_iter().ok()?.last()?;
        Some(listed)
    });
    let macros = &scope.registry.macros;
    let found = macros.dispatch(
        &scope.node.package,
        namespace.as_ref().and_then(Value::as_str),
        &name,
    );
    found.map(|found| scope.call_of(found)).ok_or_else(|| {
        fault(
            format!("there is no macro `duckdb__{name}` or `default__{name}`"),
            "Define one of them among the macros of the project.",
        )
    })
}

impl Object for Namespace {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        match self.name {
            Name::Builtins | Name::Flags => ObjectRepr::Map,
            _ => ObjectRepr::Plain,
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        match self.name {
            Name::Api => match name {
                "Relation" => Some(Value::from_object(RelationValue::new(
                    [None, None, None],
                    None,
                ))),
                "Column" => Some(Value::from_object(ColumnClass)),
                _ => None,
            },
            Name::Builtins if name == "config" => Self::named(name, &self.scope),
            Name::Builtins => Function::named(name, &self.scope),
            Name::Flags => Some(self.flag(name)),
            Name::Config => match name {
                "model" => Some(self.scope.node_value()),
                _ => config::configured(&self.scope, name),
            },
            Name::Adapter | Name::Exceptions => None,
        }
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        match self.name {
            Name::Config => config::config(&self.scope, args),
            Name::Builtins | Name::Adapter | Name::Exceptions | Name::Api | Name::Flags => {
                Err(fault("this name is not a function", ""))
            }
        }
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        let (label, methods, result) = match self.name {
            Name::Config => ("config", &CONFIG[..], self.config(method, args)),
            Name::Adapter => ("adapter", &ADAPTER[..], self.adapter(method, args)),
            Name::Exceptions => ("exceptions", &EXCEPTIONS[..], self.exceptions(method, args)),
            Name::Flags if method == "get" => {
                let (name, default): (String, Option<Value>) = from_args(args)?;
                let found = self.flag(&name);
                return Ok(if found.is_none() {
                    default.unwrap_or(found)
                } else {
                    found
                });
            }
            Name::Builtins | Name::Api | Name::Flags => {
                return match self.get_value(&Value::from(method)) {
                    Some(value) => value.call(state, args),
                    None => Err(Error::from(ErrorKind::UnknownMethod)),
                };
            }
        };
        result.map_err(|error| match error.kind() {
            ErrorKind::UnknownMethod => {
                let hint = nearest(method, methods.iter().copied()).map_or(String::new(), |near| {
                    format!("Did you mean `{label}.{near}`?")
                });
                fault(format!("`{label}` has no method `{method}`"), hint)
            }
            _ => error,
        })
    }
}
