//! `config(…)`, `config.get(…)`, `config.require(…)`.

use std::sync::Arc;

use minijinja::Error;
use minijinja::value::{Kwargs, Value, from_args};

use super::Scope;
use super::fault::fault;
use crate::transform::artifact::default_setting;
use crate::transform::settings::Semantics;
use crate::transform::value::{Dict, List, from_json, to_json};

/// `config(materialized='table', …)`.
pub(super) fn config(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
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
        let value = to_json(&value);
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

/// The value of a setting as it is so far.
pub(super) fn configured(scope: &Arc<Scope>, key: &str) -> Option<Value> {
    let node = &scope.node;
    let record = scope.record();
    let value = node
        .over
        .get(key)
        .or_else(|| record.config.get(key))
        // What the template says itself is known from when it was read.
        .or_else(|| node.settings.get(key))
        .filter(|value| !value.is_null());
    match value {
        Some(value) => Some(from_json(value)),
        None => default_of(scope, key),
    }
}

/// What dbt takes for a setting that is nowhere made.
fn default_of(scope: &Arc<Scope>, key: &str) -> Option<Value> {
    let node = &scope.node;
    if scope.registry.settings.semantics == Semantics::Own {
        return None;
    }
    match key {
        "materialized" => Some(Value::from(node.materialization())),
        "enabled" => Some(Value::from(true)),
        "tags" => Some(List::value(Vec::new())),
        "meta" => Some(Dict::value([])),
        _ => default_setting(node.kind, key).map(|value| from_json(&value)),
    }
}

/// `config.get(key, default)`.
pub(super) fn get(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (key, default, kwargs): (String, Option<Value>, Kwargs) = from_args(args)?;
    let named: Option<Value> = kwargs.get("default")?;
    let _validator: Option<Value> = kwargs.get("validator")?;
    Ok(configured(scope, &key)
        .or(default)
        .or(named)
        .unwrap_or(Value::from(())))
}

/// `config.require(key)`.
pub(super) fn require(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (key,): (String,) = from_args(args)?;
    configured(scope, &key).ok_or_else(|| {
        fault(
            format!("config key `{key}` is required"),
            format!("Add `{key}=…` to `config(…)`."),
        )
    })
}

/// `config.persist_relation_docs()` and `config.persist_column_docs()`.
pub(super) fn persists(scope: &Arc<Scope>, part: &str) -> Value {
    let all = configured(scope, "persist_docs");
    let asked = all.and_then(|all| all.get_attr(part).ok());
    Value::from(asked.is_some_and(|asked| asked.is_true()))
}

/// `config.meta_get(key, default)`.
pub(super) fn meta_get(scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (key, default, kwargs): (String, Option<Value>, Kwargs) = from_args(args)?;
    let named: Option<Value> = kwargs.get("default")?;
    let found = configured(scope, "meta").and_then(|meta| meta.get_attr(&key).ok());
    let found = found.filter(|value| !value.is_undefined());
    Ok(found.or(default).or(named).unwrap_or(Value::from(())))
}
