//! The functions of the template language, by name.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Kwargs, Object, ObjectRepr, Serde, Value, from_args};
use minijinja::{Error, State};
use serde_json::Value as Json;

use super::Scope;
use super::fault::fault;
use super::macros::leave_with;
use super::names::{reference, source, var};
use super::query::QueryResult;
use crate::error::nearest;
use crate::warehouse::quote;

type Call = fn(&Arc<Scope>, &[Value]) -> Result<Value, Error>;

/// A function bound to the model that calls it.
pub(super) struct Function {
    name: &'static str,
    call: Call,
    scope: Arc<Scope>,
}

impl Function {
    /// All functions.
    pub(in crate::transform) const NAMES: [(&'static str, Call); 12] = [
        ("doc", doc),
        ("ref", reference),
        ("source", source),
        ("var", var),
        ("env_var", env_var),
        ("is_incremental", is_incremental),
        ("log", log),
        ("print", notice),
        ("return", leave),
        ("run_query", run_query),
        ("to_local", to_local),
        ("local_zone", local_zone),
    ];

    /// The function called `name`, bound to `scope`.
    pub(super) fn named(name: &str, scope: &Arc<Scope>) -> Option<Value> {
        let (name, call) = Self::NAMES.into_iter().find(|(one, _)| *one == name)?;
        Some(Value::from_object(Self {
            name,
            call,
            scope: Arc::clone(scope),
        }))
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<function {}>", self.name)
    }
}

impl Object for Function {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        (self.call)(&self.scope, args)
    }
}

/// A name with methods: `config`, `adapter`, `exceptions`.
#[derive(Debug)]
pub(super) struct Namespace {
    name: &'static str,
    call: Option<Call>,
    methods: &'static [(&'static str, Call)],
    scope: Arc<Scope>,
}

impl Namespace {
    /// `config(…)`, `config.get(…)`, `config.require(…)`.
    pub(super) fn config(scope: &Arc<Scope>) -> Self {
        const METHODS: &[(&str, Call)] = &[("get", config_get), ("require", config_require)];
        Self {
            name: "config",
            call: Some(config),
            methods: METHODS,
            scope: Arc::clone(scope),
        }
    }

    /// `adapter.dispatch(…)` and relatives.
    pub(super) fn adapter(scope: &Arc<Scope>) -> Self {
        const METHODS: &[(&str, Call)] = &[
            ("dispatch", dispatch),
            ("quote", quote_name),
            ("type", adapter_type),
        ];
        Self {
            name: "adapter",
            call: None,
            methods: METHODS,
            scope: Arc::clone(scope),
        }
    }

    /// `exceptions.raise_compiler_error(…)` and relatives.
    pub(super) fn exceptions(scope: &Arc<Scope>) -> Self {
        const METHODS: &[(&str, Call)] = &[("raise_compiler_error", raise), ("warn", notice)];
        Self {
            name: "exceptions",
            call: None,
            methods: METHODS,
            scope: Arc::clone(scope),
        }
    }
}

impl Object for Namespace {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        match self.call {
            Some(call) => call(&self.scope, args),
            None => Err(fault(format!("`{}` is not a function", self.name), "")),
        }
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        if let Some((_, call)) = self.methods.iter().find(|(name, _)| *name == method) {
            return call(&self.scope, args);
        }
        let names = self.methods.iter().map(|(name, _)| *name);
        let hint = nearest(method, names).map_or(String::new(), |near| {
            format!("Did you mean `{}.{near}`?", self.name)
        });
        Err(fault(
            format!("`{}` has no method `{method}`", self.name),
            hint,
        ))
    }
}

/// `doc('name')`, `doc('package', 'name')`: the text of a docs block.
fn doc(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (first, second): (String, Option<String>) = from_args(args)?;
    let registry = &scope.registry;
    let (packages, name) = match second {
        Some(name) => (vec![first], name),
        None => (
            vec![registry.project.clone(), scope.node.package.clone()],
            first,
        ),
    };
    let found = packages
        .into_iter()
        .find_map(|package| registry.docs.get(&(package, name.clone())));
    let found = found.or_else(|| {
        let all = registry.docs.iter();
        all.filter(|((_, one), _)| *one == name)
            .map(|(_, text)| text)
            .next()
    });
    found.map(|text| Value::from(text.as_str())).ok_or_else(|| {
        let names = registry.docs.keys().map(|(_, name)| name.as_str());
        let hint = nearest(&name, names).map_or_else(
            || format!("Add `{{% docs {name} %}}` to a Markdown file."),
            |near| format!("Did you mean `{near}`?"),
        );
        fault(format!("there is no docs block `{name}`"), hint)
    })
}

fn env_var(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (name, default): (String, Option<Value>) = from_args(args)?;
    let found = scope
        .registry
        .settings
        .env
        .get(&name)
        .map(|text| Value::from(text.as_str()));
    found.or(default).ok_or_else(|| {
        fault(
            format!("environment variable `{name}` is not set"),
            format!(
                "Set `{name}` in the environment or in `.env`, or give a default: `env_var('{name}', '…')`."
            ),
        )
    })
}

fn is_incremental(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let () = from_args(args)?;
    scope.record().asked_incremental = true;
    Ok(Value::from(scope.mode.incremental))
}

/// Messages appear once, when the model runs, and not each time it is only read.
fn log(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (message, info, kwargs): (Value, Option<bool>, Kwargs) = from_args(args)?;
    let named: Option<bool> = kwargs.get("info")?;
    kwargs.assert_all_used()?;
    if info.or(named).unwrap_or(false) {
        return notice(scope, &[message]);
    }
    tracing::debug!(target: "transform", node = scope.node.id, "{message}");
    Ok(Value::from(""))
}

fn notice(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (message,): (Value,) = from_args(args)?;
    if scope.mode.execute {
        scope.record().notices.push(message.to_string());
    }
    Ok(Value::from(""))
}

fn leave(_scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (value,): (Option<Value>,) = from_args(args)?;
    Err(leave_with(value.unwrap_or(Value::from(()))))
}

fn raise(_scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (message,): (String,) = from_args(args)?;
    Err(fault(message, ""))
}

fn run_query(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (sql,): (String,) = from_args(args)?;
    let Some(connection) = scope.connection.as_ref().filter(|_| scope.mode.execute) else {
        return Ok(Value::from_object(QueryResult::empty()));
    };
    let connection = connection
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let table = connection.query(&sql, &[]).map_err(|error| {
        let cause = error.causes().join("\n");
        fault(
            format!(
                "`run_query` failed: {}",
                if cause.is_empty() {
                    error.message()
                } else {
                    &cause
                }
            ),
            "",
        )
    })?;
    Ok(Value::from_object(QueryResult::new(table)))
}

fn to_local(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (expression,): (Value,) = from_args(args)?;
    Ok(Value::from(
        scope.registry.zone.to_local(&expression.to_string()),
    ))
}

fn local_zone(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let () = from_args(args)?;
    Ok(Value::from(scope.registry.zone.name()))
}

fn config(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (settings, kwargs): (Option<Value>, Kwargs) = from_args(args)?;
    let mut pairs: Vec<(String, Value)> = Vec::new();
    if let Some(settings) = settings {
        for key in settings.try_iter()? {
            pairs.push((key.to_string(), settings.get_item(&key)?));
        }
    }
    for key in kwargs.args().map(str::to_owned).collect::<Vec<_>>() {
        let value = kwargs.get(&key)?;
        pairs.push((key, value));
    }
    for (key, value) in pairs {
        let value: Json = serde_json::to_value(&value).map_err(|error| {
            fault(
                format!("config key `{key}` has no plain value: {error}"),
                "",
            )
        })?;
        let mut record = scope.record();
        match record
            .config
            .set(&key, value, scope.registry.settings.semantics)
        {
            // The project was read before it runs, and then this was said.
            Ok(Some(notice)) if !scope.mode.execute => record.notices.push(notice),
            Ok(_) => {}
            Err(refusal) => return Err(fault(refusal.cause, refusal.hint)),
        }
    }
    Ok(Value::from(""))
}

fn configured(scope: &Arc<Scope>, key: &str) -> Option<Value> {
    let node = &scope.node;
    let record = scope.record();
    let value = node
        .over
        .get(key)
        .or_else(|| record.config.get(key))
        .or_else(|| node.base.get(key))
        .filter(|value| !value.is_null())?;
    Some(Value::from(Serde(value)))
}

fn config_get(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (key, default, kwargs): (String, Option<Value>, Kwargs) = from_args(args)?;
    let named: Option<Value> = kwargs.get("default")?;
    Ok(configured(scope, &key)
        .or(default)
        .or(named)
        .unwrap_or(Value::from(())))
}

fn config_require(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (key,): (String,) = from_args(args)?;
    configured(scope, &key).ok_or_else(|| {
        fault(
            format!("config key `{key}` is required"),
            format!("Add `{key}=…` to `config(…)`."),
        )
    })
}

/// The macro for this engine: `duckdb__name`, else `default__name`, in each package of the search
/// order; without a namespace, as the node sees them.
fn dispatch(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (name, namespace, kwargs): (String, Option<String>, Kwargs) = from_args(args)?;
    let named: Option<String> = kwargs.get("macro_namespace")?;
    let _packages: Option<Value> = kwargs.get("packages")?;
    kwargs.assert_all_used()?;
    let macros = &scope.registry.macros;
    let candidates = [
        format!("duckdb__{name}"),
        format!("default__{name}"),
        name.clone(),
    ];
    let found = match namespace.or(named) {
        None => candidates
            .iter()
            .find_map(|candidate| macros.find(&scope.node.package, candidate)),
        Some(namespace) => macros.search_order(&namespace).iter().find_map(|package| {
            candidates
                .iter()
                .take(2)
                .find_map(|candidate| macros.of_package(package, candidate))
        }),
    };
    found.map(|found| scope.call_of(found)).ok_or_else(|| {
        fault(
            format!("there is no macro `duckdb__{name}` or `default__{name}`"),
            "Define one of them among the macros of the project.",
        )
    })
}

fn quote_name(_scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (name,): (String,) = from_args(args)?;
    Ok(Value::from(quote(&name)))
}

fn adapter_type(_scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let () = from_args(args)?;
    Ok(Value::from("duckdb"))
}
