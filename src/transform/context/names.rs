//! `ref`, `source` and `var`: names of the project.

use std::sync::Arc;

use minijinja::Error;
use minijinja::value::{Kwargs, Value, from_args};

use super::fault::fault;
use super::registry::Miss;
use super::relation::RelationValue;
use super::slice::Slice;
use super::{CTE_PREFIX, Scope};
use crate::error::nearest;
use crate::project::Layout;
use crate::transform::graph::RefCall;
use crate::transform::value::from_json;
use crate::warehouse::{Relation, quote};

/// `ref('name')`, `ref('package', 'name')`, `ref('name', v=2)`.
pub(super) fn reference(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let call = ref_call(args)?;
    let registry = &scope.registry;
    let found = registry.referent(
        &scope.node.package,
        // Our own layout has one package, whatever it is called.
        call.package
            .as_deref()
            .filter(|_| registry.layout == Layout::Dbt),
        &call.name,
        call.version.as_deref(),
    );
    let referent = match found {
        Ok(referent) => referent,
        Err(_) if scope.notes_missing => return Ok(missing(scope, &call.name)),
        Err(miss) => return Err(unknown(scope, &call, miss)),
    };
    let is_allowed = |parents: &std::collections::BTreeSet<String>| {
        parents.contains(&referent.id) || scope.node.id == referent.id
    };
    if !scope.parents.as_ref().is_none_or(is_allowed) {
        let name = &call.name;
        return Err(fault(
            format!("`{name}` is referred to only when the model runs, so its order is unknown"),
            format!("Add `-- depends on {{{{ ref('{name}') }}}}` to the model."),
        ));
    }
    let mut record = scope.record();
    record.refs.insert(referent.id.clone());
    record.ref_calls.push(call);
    if referent.is_ephemeral {
        let name = format!("{CTE_PREFIX}{}", referent.identifier);
        return Ok(match (&referent.event_time, scope.mode.period) {
            (Some(column), Some(period)) => Value::from(period.rows_of(&quote(&name), column)),
            _ => Value::from_object(RelationValue::cte(name)),
        });
    }
    let event_time = referent.event_time.as_ref();
    Ok(Slice::of(&referent.relation, event_time, scope.mode.period))
}

/// Stands for what is not there, until it is clear whether that matters.
fn missing(scope: &Arc<Scope>, name: &str) -> Value {
    scope.record().missing.push(name.to_owned());
    let schema = scope.registry.settings.target.schema.as_str();
    Value::from_object(RelationValue::of(&Relation::new(schema, name)))
}

fn ref_call(args: &[Value]) -> Result<RefCall, Error> {
    let (first, second, kwargs): (String, Option<String>, Kwargs) = from_args(args)?;
    let version: Option<Value> = match kwargs.get("v")? {
        Some(version) => Some(version),
        None => kwargs.get("version")?,
    };
    kwargs.assert_all_used()?;
    let version = version.filter(|version| !version.is_none() && !version.is_undefined());
    let (package, name) = match second {
        Some(name) => (Some(first), name),
        None => (None, first),
    };
    Ok(RefCall {
        name,
        package,
        version: version.map(|version| version.to_string()),
    })
}

fn unknown(scope: &Arc<Scope>, call: &RefCall, miss: Miss) -> Error {
    let registry = &scope.registry;
    let name = &call.name;
    let all = registry.referents.get(name).map_or(&[][..], Vec::as_slice);
    match miss {
        Miss::Name => {
            let names = registry.referents.keys().map(String::as_str);
            let hint = match (nearest(name, names), registry.layout) {
                (Some(near), _) => format!("Did you mean `{near}`?"),
                (None, Layout::Own) => {
                    format!("Add `{name}.sql` below `sql/models/` or `{name}.csv` to `seeds/`.")
                }
                (None, Layout::Dbt) => {
                    format!("Add `{name}.sql` to the models or `{name}.csv` to the seeds.")
                }
            };
            fault(format!("`{name}` is not a model or seed"), hint)
        }
        Miss::Package => {
            let packages: Vec<&str> = all.iter().map(|one| one.package.as_str()).collect();
            fault(
                format!(
                    "package `{}` has no model or seed `{name}`",
                    call.package.as_deref().unwrap_or_default()
                ),
                format!("There is one in `{}`.", packages.join("`, `")),
            )
        }
        Miss::Version => {
            let mut versions: Vec<&str> = all
                .iter()
                .filter_map(|one| one.version.as_deref())
                .collect();
            versions.sort_unstable();
            let hint = if versions.is_empty() {
                "Leave the version out; the model has none.".to_owned()
            } else {
                format!("Its versions are {}.", versions.join(", "))
            };
            let version = call.version.as_deref().unwrap_or_default();
            fault(format!("`{name}` has no version `{version}`"), hint)
        }
    }
}

/// `source('name', 'table')`.
pub(super) fn source(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (name, table): (String, String) = from_args(args)?;
    let registry = &scope.registry;
    if let Some(found) = registry.source(&scope.node.package, &name, &table) {
        let mut record = scope.record();
        record.source_ids.insert(found.id.clone());
        record.sources.push((name, table));
        let event_time = found.event_time.as_ref();
        return Ok(Slice::of(&found.relation, event_time, scope.mode.period));
    }
    let wanted = format!("{name}.{table}");
    if scope.notes_missing {
        return Ok(missing(scope, &wanted));
    }
    let declared: Vec<String> = registry
        .sources
        .keys()
        .map(|(name, table)| format!("{name}.{table}"))
        .collect();
    let hint = match nearest(&wanted, declared.iter().map(String::as_str)) {
        Some(near) => format!("Did you mean `{near}`?"),
        None => "Declare it under `sources:` in a properties file beside the models.".to_owned(),
    };
    Err(fault(format!("`{wanted}` is not a source"), hint))
}

/// `var('name')`, `var('name', default)`.
pub(super) fn var(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (name, default, kwargs): (String, Option<Value>, Kwargs) = from_args(args)?;
    let default = default.or(kwargs.get("default")?);
    // That there is none is a default too.
    let is_given = kwargs.has("default") || args.get(1).is_some_and(|second| !second.is_kwargs());
    let default = default.or(is_given.then(|| Value::from(())));
    let registry = &scope.registry;
    let package = &scope.node.package;
    if let Some(value) = registry.vars.get(package, &name) {
        return Ok(from_json(value));
    }
    let names = registry.vars.names(package);
    default.ok_or_else(|| {
        let hint = match (nearest(&name, names), registry.layout) {
            (Some(near), _) => format!("Did you mean `{near}`?"),
            (None, Layout::Own) => format!(
                "Set `{name}` under `[vars]` in `cca.toml`, or give a default: `var('{name}', …)`."
            ),
            (None, Layout::Dbt) => format!(
                "Set `{name}` under `vars:` in `dbt_project.yml` or with `--vars`, or give a default: `var('{name}', …)`."
            ),
        };
        fault(format!("variable `{name}` is not set"), hint)
    })
}

/// `var.has_var(name)`: whether a variable is set.
pub(super) fn has_var(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (name,): (String,) = from_args(args)?;
    let value = scope.registry.vars.get(&scope.node.package, &name);
    Ok(Value::from(value.is_some()))
}
