//! Names and ids of generic tests, as dbt makes them, so that selectors and stored results mean
//! the same tests.

use md5::{Digest, Md5};
use serde_json::{Map, Value as Json};

use super::TestDetail;

/// The two names of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::transform) struct TestName {
    /// In ids and selectors.
    pub full: String,
    /// Of files and relations: shorter than 64 letters.
    pub short: String,
}

/// The names of a test of `subject`.
pub(in crate::transform) fn of(test: &TestDetail, subject: &str, is_source: bool) -> TestName {
    let mut kind = match &test.namespace {
        Some(namespace) => format!("{namespace}_{}", test.generic),
        None => test.generic.clone(),
    };
    if is_source {
        kind = format!("source_{kind}");
    }
    let mut names: Vec<&String> = test.arguments.keys().collect();
    names.sort();
    let mut parts = Vec::new();
    for name in names {
        match test.arguments.get(name) {
            Some(Json::Array(items)) => parts.extend(items.iter().map(python_text)),
            Some(Json::Object(entries)) => parts.extend(entries.values().map(python_text)),
            Some(other) => parts.push(python_text(other)),
            None => {}
        }
    }
    let clean: Vec<String> = parts.iter().map(|part| plain(part)).collect();
    let identifier = format!("{kind}_{subject}");
    let full = format!("{identifier}_{}", clean.join("__"));
    let short = if full.chars().count() < 64 {
        full.clone()
    } else {
        let head: String = identifier.chars().take(30).collect();
        format!("{head}_{}", md5_hex(&full))
    };
    TestName { full, short }
}

/// The last part of a test's id.
pub(in crate::transform) fn hash(name: &str, test: &TestDetail) -> String {
    let mut kwargs: Map<String, Json> = test.arguments.clone();
    let model = format!("{{{{ get_where_subquery({}) }}}}", test.model);
    kwargs.insert("model".to_owned(), Json::from(model));
    let metadata = Json::Object(Map::from_iter([
        ("kwargs".to_owned(), Json::Object(kwargs)),
        ("name".to_owned(), Json::from(test.generic.as_str())),
        (
            "namespace".to_owned(),
            test.namespace.as_deref().map_or(Json::Null, Json::from),
        ),
    ]));
    let digest = md5_hex(&format!("{name}{}", hashable(&metadata)));
    digest
        .chars()
        .skip(digest.len().saturating_sub(10))
        .collect()
}

/// A template for an argument that is one: `ref('x')` without braces, or a text with them.
pub(in crate::transform) fn template_of(argument: &str) -> Option<String> {
    let text = argument.trim();
    let is_call = ["ref", "source", "var", "env_var", "doc"]
        .iter()
        .any(|name| {
            text.strip_prefix(name)
                .is_some_and(|rest| rest.trim_start().starts_with('(') && rest.ends_with(')'))
        });
    if is_call {
        return Some(format!("{{{{ {text} }}}}"));
    }
    crate::transform::config::is_template(text).then(|| argument.to_owned())
}

/// Hexadecimal MD5 of a text.
pub(in crate::transform) fn md5_hex(text: &str) -> String {
    let digest = Md5::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Runs of other letters than those of identifiers become one `_`.
fn plain(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() || letter == '_' {
            clean.push(letter);
        } else if !clean.ends_with('\u{0}') {
            clean.push('\u{0}');
        }
    }
    clean.replace('\u{0}', "_")
}

/// A value as Python's `str` shows it.
fn python_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => python_repr(other),
    }
}

pub(in crate::transform) fn python_repr(value: &Json) -> String {
    match value {
        Json::Null => "None".to_owned(),
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        Json::Number(number) => number.to_string(),
        Json::String(text) => quoted(text),
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(python_repr).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", quoted(key), python_repr(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// The representation of a value of which every leaf is text and every mapping sorted.
fn hashable(value: &Json) -> String {
    match value {
        Json::Array(items) => {
            let items: Vec<String> = items.iter().map(hashable).collect();
            format!("[{}]", items.join(", "))
        }
        Json::Object(entries) => {
            let mut keys: Vec<&String> = entries.keys().collect();
            keys.sort();
            let entries: Vec<String> = keys
                .into_iter()
                .filter_map(|key| Some(format!("{}: {}", quoted(key), hashable(entries.get(key)?))))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => quoted(&python_text(other)),
    }
}

/// A text in the quotes Python would choose.
fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::from(quote);
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if letter == quote => {
                out.push('\\');
                out.push(letter);
            }
            letter => out.push(letter),
        }
    }
    out.push(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn test(generic: &str, arguments: &Json) -> TestDetail {
        TestDetail {
            generic: generic.to_owned(),
            arguments: arguments.as_object().cloned().unwrap_or_default(),
            model: "ref('orders')".to_owned(),
            ..TestDetail::default()
        }
    }

    /// Expected values are those of dbt-core 1.12 for the same properties file.
    #[test]
    fn names_and_ids_are_those_of_dbt() {
        let unique = test("unique", &json!({"column_name": "order_id"}));
        let name = of(&unique, "orders", false);
        assert_eq!(name.full, "unique_orders_order_id");
        assert_eq!(name.short, name.full);
        assert_eq!(hash(&name.full, &unique), "fed79b3a6e");
        let values = test(
            "accepted_values",
            &json!({"values": ["placed", "shipped", "completed", "return_pending", "returned"], "column_name": "status"}),
        );
        let name = of(&values, "orders", false);
        assert_eq!(
            name.full,
            "accepted_values_orders_status__placed__shipped__completed__return_pending__returned"
        );
        assert_eq!(
            name.short,
            "accepted_values_orders_1ce6ab157c285f7cd2ac656013faf758"
        );
        assert_eq!(hash(&name.full, &values), "be6b5b5ec3");
    }
}
