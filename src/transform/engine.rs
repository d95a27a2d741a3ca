//! The template engine, with what makes it speak the language of dbt.

use minijinja::value::{Kwargs, Rest, Tuple, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};

use super::context::fault::fault;
use super::settings::Semantics;
use super::value::arithmetic::{add, multiply, subtract};
use super::value::format::percent;
use super::value::texts::unknown_method;
use super::value::{Dict, List, dict};

/// An engine without templates. In a dbt project what is not defined is empty, as it is to dbt;
/// in our own layout it is a mistake.
pub(super) fn engine(semantics: Semantics) -> Environment<'static> {
    let mut engine = Environment::new();
    engine.set_debug(true);
    engine.set_undefined_behavior(match semantics {
        Semantics::Own => UndefinedBehavior::SemiStrict,
        Semantics::Dbt => UndefinedBehavior::Chainable,
    });
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    engine.set_unknown_method_callback(unknown_method);
    engine.set_loader(super::builtin::load);
    // What rewritten expressions call.
    engine.add_function("__list", |items: Value| List::collect(&items));
    engine.add_function("__dict", |entries: Value| Dict::copy_of(&entries));
    engine.add_function("__add", |left: Value, right: Value| add(&left, &right));
    engine.add_function("__sub", |left: Value, right: Value| subtract(&left, &right));
    engine.add_function("__mul", |left: Value, right: Value| multiply(&left, &right));
    engine.add_function("__mod", |left: Value, right: Value| percent(&left, &right));
    engine.add_function("dict", |from: Option<Value>, named: Kwargs| {
        new_dict(from.as_ref(), &named)
    });
    engine.add_function("list", |items: Option<Value>| match items {
        Some(items) => List::collect(&items),
        None => Ok(List::value(Vec::new())),
    });
    engine.add_filter("list", |items: Value| List::collect(&items));
    engine.add_filter("length", length);
    engine.add_filter("count", length);
    engine.add_filter(
        "int",
        |value: Value, default: Option<Value>, base: Option<u32>, named: Kwargs| {
            let (default, base) = (
                default.or(named.get("default")?),
                base.or(named.get("base")?),
            );
            Ok::<_, Error>(to_int(&value, default, base))
        },
    );
    engine.add_filter(
        "float",
        |value: Value, default: Option<Value>, named: Kwargs| {
            Ok::<_, Error>(to_float(&value, default.or(named.get("default")?)))
        },
    );
    engine.add_filter("as_text", |value: Value| value.to_string());
    engine.add_filter("as_bool", as_native);
    engine.add_filter("as_number", as_native);
    engine.add_filter("as_native", as_native);
    engine.add_filter("wordcount", |text: &str| text.split_whitespace().count());
    engine.add_filter("center", |text: String, width: Option<usize>| {
        format!("{text:^width$}", width = width.unwrap_or(80))
    });
    engine.add_filter("truncate", truncate);
    engine.add_filter("random", |items: Value| {
        items.try_iter().map(|mut all| all.next())
    });
    engine.add_filter(
        "format",
        |text: Value, values: Rest<Value>, named: Kwargs| {
            let values = match values.as_slice() {
                [] => Value::from(named),
                [one] => one.clone(),
                many => Value::from(Tuple::from(many.to_vec())),
            };
            percent(&text, &values)
        },
    );
    engine.add_test("callable", |value: Value| {
        value.as_object().is_some() && value.kind() == ValueKind::Plain
    });
    // As to Python, texts and mappings have items by position or key too.
    engine.add_test("sequence", |value: Value| {
        let kind = value.kind();
        matches!(kind, ValueKind::Seq | ValueKind::Map | ValueKind::String)
    });
    engine
}

/// `dict(pairs, name=value)`.
fn new_dict(from: Option<&Value>, kwargs: &Kwargs) -> Result<Value, Error> {
    let mut pairs = match from {
        Some(from) if !from.is_none() => dict::pairs_of(from)?,
        _ => Vec::new(),
    };
    for name in kwargs.args() {
        pairs.push((Value::from(name), kwargs.get(name)?));
    }
    Ok(Dict::value(pairs))
}

/// What is not defined is empty.
fn length(value: &Value) -> Result<usize, Error> {
    if value.is_undefined() {
        return Ok(0);
    }
    minijinja::filters::length(value)
}

/// A whole number; where there is none, `default`, else 0.
fn to_int(value: &Value, default: Option<Value>, base: Option<u32>) -> Value {
    let whole = match value.as_str() {
        Some(text) => {
            let text = text.trim().replace('_', "");
            let whole = i128::from_str_radix(&text, base.unwrap_or(10).clamp(2, 36)).ok();
            whole.or_else(|| truncated(text.parse().ok()?))
        }
        None => match i128::try_from(value.clone()) {
            Ok(whole) => Some(whole),
            Err(_) => f64::try_from(value.clone()).ok().and_then(truncated),
        },
    };
    let whole = whole.map(Value::from);
    whole.or(default).unwrap_or_else(|| Value::from(0))
}

/// Without what follows the point; nothing for what is no number.
fn truncated(number: f64) -> Option<i128> {
    format!("{:.0}", number.trunc()).parse().ok()
}

/// A number; where there is none, `default`, else 0.0.
fn to_float(value: &Value, default: Option<Value>) -> Value {
    let number = match value.as_str() {
        Some(text) => text.trim().replace('_', "").parse().ok(),
        None => f64::try_from(value.clone()).ok(),
    };
    let number = number.map(Value::from);
    number.or(default).unwrap_or_else(|| Value::from(0.0))
}

/// A text that is written like a number or a truth value, as that.
fn as_native(value: Value) -> Value {
    let Some(text) = value.as_str() else {
        return value;
    };
    match text.trim() {
        "true" | "True" => Value::from(true),
        "false" | "False" => Value::from(false),
        other => match (other.parse::<i64>(), other.parse::<f64>()) {
            (Ok(whole), _) => Value::from(whole),
            (_, Ok(broken)) => Value::from(broken),
            _ => value,
        },
    }
}

fn truncate(text: &str, length: Option<usize>, whole: Option<bool>) -> Result<String, Error> {
    let length = length.unwrap_or(255);
    if text.chars().count() <= length {
        return Ok(text.to_owned());
    }
    let kept = length.checked_sub(3);
    let kept = kept.ok_or_else(|| fault("`truncate` needs a length of 3 or more", ""))?;
    let cut: String = text.chars().take(kept).collect();
    let cut = match cut.rsplit_once(' ') {
        Some((words, _)) if whole != Some(true) => words.to_owned(),
        _ => cut,
    };
    Ok(format!("{cut}..."))
}
