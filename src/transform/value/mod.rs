//! Values of the template language that Python has and the engine lacks: lists and mappings that
//! change, texts with all their methods, dates, patterns.

pub(super) mod arithmetic;
pub(super) mod dates;
pub(super) mod dict;
pub(super) mod format;
pub(super) mod instant;
pub(super) mod list;
pub(super) mod patterns;
pub(super) mod sequences;
pub(super) mod set;
pub(super) mod span;
pub(super) mod texts;

use minijinja::value::Value;
use serde_json::Value as Json;

pub(super) use self::dict::Dict;
pub(super) use self::list::List;
pub(super) use self::set::Set;

/// A JSON value as templates may change it.
pub(super) fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Value::from(number),
            (None, Some(number)) => Value::from(number),
            _ => Value::from(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => List::value(items.iter().map(from_json).collect()),
        Json::Object(entries) => Dict::value(
            entries
                .iter()
                .map(|(key, value)| (Value::from(key.as_str()), from_json(value))),
        ),
    }
}

/// A value as plain JSON; what has none becomes text.
pub(super) fn to_json(value: &Value) -> Json {
    serde_json::to_value(value).unwrap_or_else(|_| Json::String(value.to_string()))
}
