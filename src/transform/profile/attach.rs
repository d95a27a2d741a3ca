//! What a profile asks of the engine beside the file: extensions, settings, secrets, attached
//! databases.

use serde_json::{Map, Value as Json};

use crate::error::{Error, Result};
use crate::warehouse::{literal, quote};

/// Settings that are those of the database as a whole, run on each connection all the same.
pub(super) fn session(output: &Map<String, Json>, place: &str) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for key in ["config_options", "settings"] {
        let Some(settings) = output.get(key).filter(|value| !value.is_null()) else {
            continue;
        };
        let settings = settings
            .as_object()
            .ok_or_else(|| wrong(place, key, "a mapping from setting to value"))?;
        for (name, value) in settings {
            let value = match value {
                Json::String(text) => literal(text),
                other => other.to_string(),
            };
            all.push(format!("SET {} = {value}", quote(name)));
        }
    }
    Ok(all)
}

/// Extensions, secrets and attached databases, in this order.
pub(super) fn opening(output: &Map<String, Json>, place: &str) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for extension in listed(output, "extensions", place)? {
        let name = extension
            .as_str()
            .or_else(|| extension.get("name")?.as_str());
        let name = name.ok_or_else(|| wrong(place, "extensions", "a list of names"))?;
        // Those that are compiled in need not be loaded, and cannot be.
        if !["json", "parquet", "core_functions"].contains(&name) {
            all.push(format!("LOAD {}", literal(name)));
        }
    }
    for (index, secret) in listed(output, "secrets", place)?.iter().enumerate() {
        all.push(secret_sql(secret, index, place)?);
    }
    for attached in listed(output, "attach", place)? {
        all.push(attach_sql(attached, place)?);
    }
    Ok(all)
}

fn listed<'a>(output: &'a Map<String, Json>, key: &str, place: &str) -> Result<&'a [Json]> {
    match output.get(key) {
        None | Some(Json::Null) => Ok(&[]),
        Some(Json::Array(items)) => Ok(items),
        Some(_) => Err(wrong(place, key, "a list")),
    }
}

fn wrong(place: &str, key: &str, wanted: &str) -> Error {
    Error::config(format!("`{key}` of the profile is not {wanted}")).at(place)
}

fn secret_sql(secret: &Json, index: usize, place: &str) -> Result<String> {
    let entries = secret
        .as_object()
        .ok_or_else(|| wrong(place, "secrets", "a list of mappings"))?;
    let default = format!("_dbt_secret_{}", index + 1);
    let name = entries
        .get("name")
        .and_then(Json::as_str)
        .unwrap_or(&default);
    let mut options = Vec::new();
    for (key, value) in entries.iter().filter(|(key, _)| *key != "name") {
        let values: Vec<String> = match value {
            Json::Array(items) => items.iter().map(option_value).collect(),
            one => vec![option_value(one)],
        };
        let value = match values.as_slice() {
            [one] => one.clone(),
            many => format!("({})", many.join(", ")),
        };
        options.push(format!("{} {value}", quote(key)));
    }
    Ok(format!(
        "CREATE OR REPLACE SECRET {} ({})",
        quote(name),
        options.join(", ")
    ))
}

fn attach_sql(attached: &Json, place: &str) -> Result<String> {
    let text = |key: &str| attached.get(key).and_then(Json::as_str);
    let path =
        text("path").ok_or_else(|| wrong(place, "attach", "a list of mappings with `path`"))?;
    let mut sql = format!("ATTACH IF NOT EXISTS {}", literal(path));
    if let Some(alias) = text("alias") {
        sql.push_str(" AS ");
        sql.push_str(&quote(alias));
    }
    let mut options = Vec::new();
    for key in ["type", "secret"] {
        if let Some(value) = text(key) {
            options.push(format!("{key} {}", quote(value)));
        }
    }
    if attached.get("read_only").and_then(Json::as_bool) == Some(true) {
        options.push("READ_ONLY".to_owned());
    }
    let more = attached.get("options").and_then(Json::as_object);
    for (key, value) in more.into_iter().flatten() {
        match value {
            Json::Bool(true) => options.push(quote(key)),
            Json::Bool(false) | Json::Null => {}
            other => options.push(format!("{} {}", quote(key), option_value(other))),
        }
    }
    if !options.is_empty() {
        sql.push_str(&format!(" ({})", options.join(", ")));
    }
    Ok(sql)
}

fn option_value(value: &Json) -> String {
    match value {
        Json::String(text) => literal(text),
        other => other.to_string(),
    }
}
