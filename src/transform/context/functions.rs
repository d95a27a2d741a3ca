//! The functions of the template language, by name.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use minijinja::value::{Kwargs, Object, ObjectRepr, Value, from_args};
use minijinja::{Error, ErrorKind, State};

use super::Scope;
use super::extras;
use super::fault::fault;
use super::macros::leave_with;
use super::names::{has_var, reference, source, var};
use super::statement::{Begin, execute, load_result, run_query, statement, store_result};
use crate::error::nearest;
use crate::transform::builtin::PACKAGE;
use crate::transform::graph::NodeKind;
use crate::transform::materialization::reading_of_external;
use crate::warehouse::quote;

/// Functions that are macros in dbt.
const MACROS: [&str; 5] = [
    "is_incremental",
    "register_upstream_external_models",
    "run_query",
    "should_full_refresh",
    "statement",
];

/// Whether a function stands for a macro of dbt.
pub(in crate::transform) fn is_macro_of_dbt(name: &str) -> bool {
    MACROS.contains(&name)
}

pub(super) type Call = fn(&Arc<Scope>, &[Value]) -> Result<Value, Error>;

/// A function bound to the model that calls it.
pub(super) struct Function {
    name: &'static str,
    call: Call,
    scope: Arc<Scope>,
}

impl Function {
    /// All functions.
    pub(in crate::transform) const NAMES: [(&'static str, Call); 32] = [
        ("load_result", load_result),
        ("store_result", store_result),
        ("store_raw_result", store_result),
        ("statement", without_block),
        ("tojson", extras::tojson),
        ("fromjson", extras::fromjson),
        ("toyaml", extras::toyaml),
        ("fromyaml", extras::fromyaml),
        ("set", extras::set),
        ("set_strict", extras::set),
        ("zip", extras::zip),
        ("zip_strict", extras::zip),
        ("local_md5", extras::local_md5),
        ("diff_of_two_dicts", extras::diff_of_two_dicts),
        ("try_or_compiler_error", without_block),
        ("render", without_block),
        ("debug", nothing),
        ("should_full_refresh", should_full_refresh),
        ("metric", nothing),
        ("doc", doc),
        ("ref", reference),
        ("source", source),
        ("var", var),
        ("env_var", env_var),
        ("is_incremental", is_incremental),
        ("log", log),
        ("print", print),
        ("return", leave),
        ("run_query", run_query),
        ("register_upstream_external_models", register_external),
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

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        if is_macro_of_dbt(self.name) && self.scope.depth.load(Ordering::Relaxed) == 0 {
            let id = format!("macro.{PACKAGE}.{}", self.name);
            self.scope.record().note_call(&id);
        }
        match self.name {
            // Its SQL is the block of the calling template.
            "statement" => statement(&self.scope, state, args),
            "try_or_compiler_error" => extras::try_or_fail(state, args),
            "render" => extras::render(&self.scope, state, args),
            _ => (self.call)(&self.scope, args),
        }
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        match (self.name, method) {
            ("var", "has_var") => has_var(&self.scope, args),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

/// Stands for functions that need more than their arguments; they are called in another way.
fn without_block(_scope: &Arc<Scope>, _args: &[Value]) -> Result<Value, Error> {
    Err(fault("this function cannot be called here", ""))
}

#[expect(clippy::unnecessary_wraps, reason = "all functions have one shape")]
fn nothing(_scope: &Arc<Scope>, _args: &[Value]) -> Result<Value, Error> {
    Ok(Value::from(""))
}

/// Whether an incremental model is built as a whole: as configured, else as asked.
fn should_full_refresh(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let () = from_args(args)?;
    let configured = super::config::configured(scope, "full_refresh");
    let asked = || Value::from(scope.registry.settings.full_refresh);
    Ok(configured.unwrap_or_else(asked))
}

/// `doc('name')`, `doc('package', 'name')`: the text of a docs block.
fn doc(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (first, second): (String, Option<String>) = from_args(args)?;
    let registry = &scope.registry;
    let (package, name) = match second {
        Some(name) => (Some(first), name),
        None => (None, first),
    };
    let found = registry.doc_block(&scope.node.package, package.as_deref(), &name);
    found
        .map(|(_, block)| Value::from(block.text.as_str()))
        .ok_or_else(|| {
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

pub(super) fn notice(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (message,): (Value,) = from_args(args)?;
    if scope.mode.execute {
        scope.record().notices.push(message.to_string());
    }
    Ok(Value::from(""))
}

/// What an operation prints is what it is run for; elsewhere it is a message like others.
fn print(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    if scope.node.kind != NodeKind::Operation {
        return notice(scope, args);
    }
    let (message,): (Value,) = from_args(args)?;
    if scope.mode.execute {
        scope.record().printed.push(message.to_string());
    }
    Ok(Value::from(""))
}

fn leave(_scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    match args {
        [] => Err(leave_with(Value::from(()))),
        // What is not defined stays that: it has a length, unlike `none`.
        [value] => Err(leave_with(value.clone())),
        _ => Err(Error::from(ErrorKind::TooManyArguments)),
    }
}

/// Gives views to the external models that what is selected reads without being selected, so that
/// files which are there can be read from a database that is new.
fn register_external(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let () = from_args(args)?;
    let registry = &scope.registry;
    let selected = registry.selected.get().map_or(&[][..], Vec::as_slice);
    let parents = selected.iter().filter_map(|id| registry.node(id));
    let read: BTreeSet<&String> = parents.flat_map(|node| &node.parents).collect();
    let unselected = read.into_iter().filter(|id| !selected.contains(id));
    for node in unselected.filter_map(|id| registry.node(id)) {
        let Some(query) = reading_of_external(node, &registry.settings.external_root) else {
            continue;
        };
        let relation = &node.relation;
        let database = relation.database.as_ref();
        let database = database.map_or(String::new(), |name| format!("{}.", quote(name)));
        let sql = format!(
            "CREATE SCHEMA IF NOT EXISTS {database}{};\nCREATE OR REPLACE VIEW {relation} AS {query}",
            quote(&relation.schema)
        );
        execute(scope, &sql, Begin::No)?;
    }
    Ok(Value::from(""))
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
