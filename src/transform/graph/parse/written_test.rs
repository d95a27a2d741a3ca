//! A test as it stands in a properties file, in any of the forms dbt takes.

use serde_json::{Map, Value as Json};

use crate::error::{Error, Result};

/// Settings that may also stand beside the arguments of a test.
pub(super) const SETTINGS: [&str; 14] = [
    "severity",
    "tags",
    "enabled",
    "where",
    "limit",
    "warn_if",
    "error_if",
    "fail_calc",
    "store_failures",
    "store_failures_as",
    "meta",
    "database",
    "schema",
    "alias",
];

/// A test as written: `unique`, or `{accepted_values: {values: […], config: {…}}}`.
pub(super) struct Written {
    pub name: String,
    /// `name:` of the test, instead of the made one.
    pub own_name: Option<String>,
    pub arguments: Map<String, Json>,
    pub settings: Map<String, Json>,
    pub description: String,
}

/// Reads a test of `subject`, which is a name or a mapping.
pub(super) fn read_test(test: &Json, (subject, place): (&str, &str)) -> Result<Written> {
    let wrong = || {
        Error::project(format!(
            "a test of `{subject}` is neither a name nor a mapping"
        ))
        .at(place)
        .cause(format!("found `{test}`"))
        .hint("Write `- unique` or `- accepted_values: {values: […]}`.")
    };
    let (name, body) = match test {
        Json::String(name) => (name.clone(), Map::new()),
        Json::Object(entry) => match entry.get("test_name").and_then(Json::as_str) {
            Some(name) => {
                let mut body = entry.clone();
                body.remove("test_name");
                (name.to_owned(), body)
            }
            None => match entry.iter().next() {
                Some((name, Json::Object(body))) if entry.len() == 1 => {
                    (name.clone(), body.clone())
                }
                Some((name, Json::Null)) if entry.len() == 1 => (name.clone(), Map::new()),
                // Settings may stand beside the name of the test.
                Some((name, body)) => {
                    let mut all = body.as_object().cloned().unwrap_or_default();
                    let others = entry.iter().skip(1);
                    all.extend(others.map(|(key, value)| (key.clone(), value.clone())));
                    (name.clone(), all)
                }
                None => return Err(wrong()),
            },
        },
        _ => return Err(wrong()),
    };
    let mut written = Written {
        name,
        own_name: None,
        arguments: Map::new(),
        settings: Map::new(),
        description: String::new(),
    };
    for (key, value) in body {
        match (key.as_str(), value) {
            ("name", Json::String(name)) => written.own_name = Some(name),
            ("description", value) => {
                written.description = value.as_str().unwrap_or_default().trim().to_owned();
            }
            ("config", Json::Object(config)) => written.settings.extend(config),
            // What is called like a setting is one, even among the arguments.
            ("arguments", Json::Object(arguments)) => {
                for (key, value) in arguments {
                    let all = if SETTINGS.contains(&key.as_str()) {
                        &mut written.settings
                    } else {
                        &mut written.arguments
                    };
                    all.insert(key, value);
                }
            }
            (key, value) if SETTINGS.contains(&key) => {
                written.settings.entry(key.to_owned()).or_insert(value);
            }
            (key, value) => {
                written.arguments.insert(key.to_owned(), value);
            }
        }
    }
    Ok(written)
}
