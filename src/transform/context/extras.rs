//! Small functions of the language: JSON, YAML, sets, pairs.

use std::sync::Arc;

use minijinja::value::{Kwargs, Rest, Tuple, Value, from_args};
use minijinja::{Error, State};

use super::Scope;
use super::fault::fault;
use crate::project::parse_yaml;
use crate::transform::config::is_template;
use crate::transform::graph::test_name::md5_hex;
use crate::transform::template::rewrite::Rewritten;
use crate::transform::value::{Dict, List, Set, dict, from_json, to_json};

/// `tojson(value, default, sort_keys)`.
pub(super) fn tojson(_scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (value, default, kwargs): (Value, Option<Value>, Kwargs) = from_args(args)?;
    let sorted = kwargs.get::<Option<bool>>("sort_keys")?.unwrap_or(false);
    let default = default.or(kwargs.get("default")?);
    match serde_json::to_value(&value) {
        Ok(json) => Ok(Value::from(python_json(&json, sorted))),
        Err(error) => default.ok_or_else(|| fault(format!("a value has no JSON: {error}"), "")),
    }
}

/// JSON with a space after commas and colons, as Python writes it.
fn python_json(json: &serde_json::Value, sorted: bool) -> String {
    match json {
        serde_json::Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| python_json(item, sorted)).collect();
            format!("[{}]", items.join(", "))
        }
        serde_json::Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            if sorted {
                entries.sort_by_key(|(key, _)| key.as_str());
            }
            let entries: Vec<String> = entries
                .into_iter()
                .map(|(key, value)| {
                    let key = serde_json::Value::from(key.as_str());
                    format!(
                        "{}: {}",
                        ascii(&key.to_string()),
                        python_json(value, sorted)
                    )
                })
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => ascii(&other.to_string()),
    }
}

/// Letters outside of ASCII as `\\uXXXX`.
fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out
}

/// `fromjson(text, default)`.
pub(super) fn fromjson(_scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (text, default): (Value, Option<Value>) = from_args(args)?;
    match serde_json::from_str(&text.to_string()) {
        Ok(json) => Ok(from_json(&json)),
        Err(error) => default.ok_or_else(|| fault(format!("a text is not JSON: {error}"), "")),
    }
}

/// `toyaml(value, default)`.
pub(super) fn toyaml(_scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (value, default, kwargs): (Value, Option<Value>, Kwargs) = from_args(args)?;
    let sorted = kwargs.get::<Option<bool>>("sort_keys")?.unwrap_or(false);
    let mut json = to_json(&value);
    if sorted && let Some(entries) = json.as_object_mut() {
        entries.sort_keys();
    }
    match serde_yaml_ng::to_string(&json) {
        Ok(text) => Ok(Value::from(text)),
        Err(error) => default.ok_or_else(|| fault(format!("a value has no YAML: {error}"), "")),
    }
}

/// `fromyaml(text, default)`.
pub(super) fn fromyaml(_scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (text, default): (Value, Option<Value>) = from_args(args)?;
    match parse_yaml(&text.to_string()) {
        Ok(json) => Ok(from_json(&json)),
        Err(error) => {
            let cause = format!("a text is not YAML: {}", error.message);
            default.ok_or_else(|| fault(cause, ""))
        }
    }
}

/// `set(items)`: each item once.
pub(super) fn set(_scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (items, default): (Option<Value>, Option<Value>) = from_args(args)?;
    let Some(items) = items else {
        return Ok(Set::value([]));
    };
    match items.try_iter() {
        Ok(items) => Ok(Set::value(items)),
        Err(error) => default.ok_or(error),
    }
}

/// `zip(a, b, …)`: pairs, as many as the shortest has.
pub(super) fn zip(_scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (lists, kwargs): (Rest<Value>, Kwargs) = from_args(args)?;
    let _default: Option<Value> = kwargs.get("default")?;
    let mut iterators = Vec::new();
    for list in lists.iter() {
        iterators.push(list.try_iter()?);
    }
    let mut rows = Vec::new();
    while !iterators.is_empty() {
        let row: Option<Vec<Value>> = iterators.iter_mut().map(Iterator::next).collect();
        let Some(row) = row else { break };
        rows.push(Value::from(Tuple::from(row)));
    }
    Ok(List::value(rows))
}

/// `local_md5(text)`.
pub(super) fn local_md5(_scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (text,): (Value,) = from_args(args)?;
    Ok(Value::from(md5_hex(&text.to_string())))
}

/// Entries of the first mapping of lists that the second lacks.
pub(super) fn diff_of_two_dicts(_scope: &Arc<Scope>, args: &[Value]) -> Result<Value, Error> {
    let (first, second): (Value, Value) = from_args(args)?;
    let lower = |value: &Value| value.to_string().to_lowercase();
    let others = dict::pairs_of(&second)?;
    let mut pairs = Vec::new();
    for (key, items) in dict::pairs_of(&first)? {
        let other = others.iter().find(|(one, _)| lower(one) == lower(&key));
        let there: Vec<String> = match other {
            Some((_, other)) => other.try_iter()?.map(|item| lower(&item)).collect(),
            None => Vec::new(),
        };
        let missing: Vec<Value> = items
            .try_iter()?
            .filter(|item| !there.contains(&lower(item)))
            .collect();
        if !missing.is_empty() {
            pairs.push((key, List::value(missing)));
        }
    }
    Ok(Dict::value(pairs))
}

/// `try_or_compiler_error(message, function, …)`.
pub(super) fn try_or_fail(state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
    let (message, function) = match args {
        [message, function, ..] => (message.to_string(), function),
        _ => {
            return Err(fault(
                "`try_or_compiler_error` needs a message and a function",
                "",
            ));
        }
    };
    let rest = args.get(2..).unwrap_or_default();
    function.call(state, rest).map_err(|_| fault(message, ""))
}

/// `render(text)`: a text, such as a hook, as the template it is.
pub(super) fn render(
    scope: &Arc<Scope>,
    state: &State<'_, '_>,
    args: &[Value],
) -> Result<Value, Error> {
    let (text,): (Value,) = from_args(args)?;
    let text = text.as_str().unwrap_or_default();
    if !is_template(text) {
        return Ok(Value::from(text));
    }
    let root = Value::from_dyn_object(Arc::clone(scope));
    let rendered =
        state
            .env()
            .render_named_str("a rendered text", &Rewritten::of(text).text, root)?;
    Ok(Value::from(rendered))
}
