//! Methods of texts and mappings that templates written for Python use.

use minijinja::value::{Value, ValueKind, from_args};
use minijinja::{Error, ErrorKind, State};

use super::fault::fault;

/// Called by the engine for a method it does not know.
pub(in crate::transform) fn unknown_method(
    state: &mut State<'_, '_>,
    value: &Value,
    method: &str,
    args: &[Value],
) -> Result<Value, Error> {
    if let Some(text) = value.as_str() {
        return text_method(text, method, args);
    }
    match value.kind() {
        ValueKind::Map => map_method(state, value, method, args),
        ValueKind::Seq if matches!(method, "append" | "extend" | "insert" | "remove" | "pop") => {
            Err(fault(
                format!("lists cannot change, so they have no method `{method}`"),
                "Build the list with `+` in a `namespace`: `{% set ns.all = ns.all + [item] %}`.",
            ))
        }
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}

fn text_method(text: &str, method: &str, args: &[Value]) -> Result<Value, Error> {
    if let Some(value) = shape(text, method, args)? {
        return Ok(value);
    }
    Ok(match method {
        "startswith" => {
            let (start,): (&str,) = from_args(args)?;
            Value::from(text.starts_with(start))
        }
        "endswith" => {
            let (end,): (&str,) = from_args(args)?;
            Value::from(text.ends_with(end))
        }
        "replace" => {
            let (from, to, count): (&str, &str, Option<usize>) = from_args(args)?;
            Value::from(match count {
                Some(count) => text.replacen(from, to, count),
                None => text.replace(from, to),
            })
        }
        "split" => {
            let (separator, most): (Option<&str>, Option<usize>) = from_args(args)?;
            split(text, separator, most)
        }
        "splitlines" => text.lines().map(Value::from).collect(),
        "join" => {
            let (items,): (Value,) = from_args(args)?;
            let parts: Vec<String> = items.try_iter()?.map(|item| item.to_string()).collect();
            Value::from(parts.join(text))
        }
        "find" => {
            let (part,): (&str,) = from_args(args)?;
            let position = text.find(part).and_then(|at| text.get(..at));
            Value::from(position.map_or(-1, |before| {
                i64::try_from(before.chars().count()).unwrap_or(i64::MAX)
            }))
        }
        "count" => {
            let (part,): (&str,) = from_args(args)?;
            Value::from(text.matches(part).count())
        }
        _ => return Err(Error::from(ErrorKind::UnknownMethod)),
    })
}

/// Methods that give the same text in another shape.
fn shape(text: &str, method: &str, args: &[Value]) -> Result<Option<Value>, Error> {
    let changed = match method {
        "upper" => text.to_uppercase(),
        "lower" => text.to_lowercase(),
        "capitalize" => capitalize(text),
        "title" => text.split_inclusive(' ').map(capitalize).collect(),
        "strip" | "lstrip" | "rstrip" => {
            let (letters,): (Option<&str>,) = from_args(args)?;
            let is_cut = |letter: char| match letters {
                Some(letters) => letters.contains(letter),
                None => letter.is_whitespace(),
            };
            match method {
                "lstrip" => text.trim_start_matches(is_cut),
                "rstrip" => text.trim_end_matches(is_cut),
                _ => text.trim_matches(is_cut),
            }
            .to_owned()
        }
        _ => return Ok(None),
    };
    Ok(Some(Value::from(changed)))
}

fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first
            .to_uppercase()
            .chain(letters.flat_map(char::to_lowercase))
            .collect(),
        None => String::new(),
    }
}

fn split(text: &str, separator: Option<&str>, most: Option<usize>) -> Value {
    let limit = most.map_or(usize::MAX, |most| most.saturating_add(1));
    match separator {
        Some(separator) => text.splitn(limit, separator).map(Value::from).collect(),
        None => text.split_whitespace().map(Value::from).collect(),
    }
}

fn map_method(
    state: &mut State<'_, '_>,
    value: &Value,
    method: &str,
    args: &[Value],
) -> Result<Value, Error> {
    match method {
        "items" => state.apply_filter("items", std::slice::from_ref(value)),
        "keys" => Ok(value.try_iter()?.collect()),
        "values" => {
            let values: Result<Vec<Value>, Error> =
                value.try_iter()?.map(|key| value.get_item(&key)).collect();
            Ok(Value::from(values?))
        }
        "get" => {
            let (key, default): (Value, Option<Value>) = from_args(args)?;
            let found = value.get_item(&key)?;
            Ok(if found.is_undefined() {
                default.unwrap_or(Value::from(()))
            } else {
                found
            })
        }
        "update" | "pop" | "setdefault" => Err(fault(
            format!("mappings cannot change, so they have no method `{method}`"),
            "Keep what changes in a `namespace`.",
        )),
        _ => Err(Error::from(ErrorKind::UnknownMethod)),
    }
}
