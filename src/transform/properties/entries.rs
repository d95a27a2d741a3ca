//! Entries of the sections of a properties file.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::keys::{COLUMN_KEYS, Section};
use super::{RenderValue, config};
use crate::error::{Error, Result, nearest};
use crate::project::SourceFile;
use crate::transform::config::ConfigPatch;
use crate::transform::graph::Column;
use crate::transform::settings::Semantics;
use crate::transform::template::docs::docs_named;

/// What a properties file says about one thing.
#[derive(Clone, Debug)]
pub(in crate::transform) struct Described {
    pub section: Section,
    pub name: String,
    /// `path:line` of the entry.
    pub place: String,
    /// Properties file.
    pub path: String,
    pub description: String,
    /// Docs blocks the description names, as package and name.
    pub doc_blocks: Vec<(Option<String>, String)>,
    pub columns: Vec<Column>,
    /// The entry as written; templates outside of tests and hooks are rendered.
    pub entry: Json,
    /// Its `config` before that, if it holds templates.
    pub written_config: Option<Json>,
}

impl Described {
    /// Its configuration: `config:`, and the keys that may also stand beside it.
    pub(crate) fn config(
        &self,
        semantics: Semantics,
        notices: &mut Vec<String>,
    ) -> Result<ConfigPatch> {
        config_of(&self.entry, &self.name, &self.place, semantics, notices)
    }
}

/// The configuration in an entry.
pub(super) fn config_of(
    entry: &Json,
    owner: &str,
    place: &str,
    semantics: Semantics,
    notices: &mut Vec<String>,
) -> Result<ConfigPatch> {
    let mut raw = entry
        .get("config")
        .and_then(Json::as_object)
        .cloned()
        .unwrap_or_default();
    for key in [
        "tags", "meta", "docs", "group", "access", "enabled", "relation",
    ] {
        if let Some(value) = entry.get(key) {
            raw.entry(key.to_owned()).or_insert_with(|| value.clone());
        }
    }
    config(raw, owner, place, semantics, notices)
}

/// The tests in an entry of a node or a column.
pub(in crate::transform) fn tests_of(entry: &Json) -> Vec<&Json> {
    ["data_tests", "tests"]
        .iter()
        .filter_map(|key| entry.get(*key)?.as_array())
        .flatten()
        .collect()
}

/// The text of a key; empty without one.
pub(in crate::transform) fn text_of(entry: &Json, key: &str) -> String {
    match entry.get(key) {
        Some(Json::String(text)) => text.trim().to_owned(),
        None | Some(Json::Null) => String::new(),
        Some(other) => other.to_string(),
    }
}

/// The description in an entry, with the line breaks it has.
pub(in crate::transform) fn description_of(entry: &Json) -> String {
    match entry.get("description") {
        Some(Json::String(text)) => text.clone(),
        None | Some(Json::Null) => String::new(),
        Some(other) => other.to_string(),
    }
}

/// The docs blocks that the descriptions of an entry and its columns name before they are
/// rendered, as package and name.
#[derive(Default)]
pub(super) struct NamedDocs {
    pub own: Vec<(Option<String>, String)>,
    /// By column.
    columns: BTreeMap<String, Vec<(Option<String>, String)>>,
}

impl NamedDocs {
    /// What `entry` names.
    pub(super) fn of(entry: &Json) -> Self {
        let named = |entry: &Json| docs_named(&description_of(entry));
        let columns = entry.get("columns").and_then(Json::as_array);
        let columns = columns.into_iter().flatten();
        Self {
            own: named(entry),
            columns: columns
                .map(|column| (text_of(column, "name"), named(column)))
                .filter(|(_, docs)| !docs.is_empty())
                .collect(),
        }
    }

    /// Gives the columns what their descriptions named.
    pub(super) fn give_to(&mut self, columns: &mut [Column]) {
        for column in columns {
            if let Some(docs) = self.columns.remove(&column.name) {
                column.doc_blocks = docs;
            }
        }
    }
}

/// The entries under the key of `section`.
pub(super) fn models_and_the_like(
    file: &SourceFile,
    section: Section,
    value: Json,
    render: RenderValue<'_>,
    notices: &mut Vec<String>,
) -> Result<Vec<Described>> {
    let mut found = Vec::new();
    for entry in listed(file, section.word(), value)? {
        let name = name_of(file, section.word(), &entry)?;
        let place = place(file, &name);
        let mut entry = Json::Object(entry);
        let mut written_config = entry.get("config").cloned();
        let mut named = NamedDocs::of(&entry);
        if section.is_rendered() {
            render(&place, &mut entry)?;
        }
        written_config.take_if(|written| entry.get("config") == Some(written));
        if let Some(object) = entry.as_object()
            && !section.keys().is_empty()
        {
            check_keys(notices, &place, object.keys(), section.keys());
        }
        let mut columns = columns_of(file, &entry, &name, notices);
        named.give_to(&mut columns);
        found.push(Described {
            section,
            place,
            path: file.path.clone(),
            description: description_of(&entry),
            doc_blocks: named.own,
            columns,
            name,
            entry,
            written_config,
        });
    }
    Ok(found)
}

/// A list of mappings; `null` is an empty one.
pub(super) fn listed(file: &SourceFile, word: &str, value: Json) -> Result<Vec<Map<String, Json>>> {
    let wrong = |what: &Json| {
        Error::project(format!("a {word} in a properties file is not a mapping"))
            .at(&file.path)
            .cause(format!("found `{what}`"))
            .hint("Begin each entry with `- name: …`.")
    };
    match value {
        Json::Null => Ok(Vec::new()),
        Json::Array(items) => items
            .into_iter()
            .map(|item| match item {
                Json::Object(entry) => Ok(entry),
                other => Err(wrong(&other)),
            })
            .collect(),
        other => Err(wrong(&other)),
    }
}

pub(super) fn name_of(file: &SourceFile, word: &str, entry: &Map<String, Json>) -> Result<String> {
    match entry.get("name") {
        Some(Json::String(name)) => Ok(name.clone()),
        Some(Json::Number(name)) => Ok(name.to_string()),
        _ => Err(
            Error::project(format!("a {word} in a properties file has no name"))
                .at(&file.path)
                .hint("Begin each entry with `- name: …`."),
        ),
    }
}

/// The columns an entry describes.
pub(super) fn columns_of(
    file: &SourceFile,
    entry: &Json,
    owner: &str,
    notices: &mut Vec<String>,
) -> Vec<Column> {
    let listed = entry.get("columns").and_then(Json::as_array);
    let mut columns = Vec::new();
    for column in listed.into_iter().flatten() {
        let Some(name) = column.get("name").map(|_| text_of(column, "name")) else {
            // Versions include columns without naming one.
            if column.get("include").is_none() {
                let place = place(file, owner);
                notices.push(format!("{place}: a column without a name has no effect"));
            }
            continue;
        };
        let is_known = |key: &String| COLUMN_KEYS.contains(&key.as_str());
        // Finding the place is only worth it where there is something to say.
        if let Some(object) = column.as_object().filter(|all| !all.keys().all(is_known)) {
            check_keys(notices, &place(file, &name), object.keys(), &COLUMN_KEYS);
        }
        columns.push(column_of(name, column));
    }
    columns
}

/// A column as its entry describes it.
pub(in crate::transform) fn column_of(name: String, entry: &Json) -> Column {
    let data_type = entry.get("data_type").and_then(Json::as_str);
    Column {
        description: description_of(entry),
        doc_blocks: Vec::new(),
        data_type: data_type.map(str::to_owned),
        quote: entry.get("quote").and_then(Json::as_bool),
        entry: entry.clone(),
        name,
    }
}

/// Notices keys that mean nothing, with the nearest that does.
pub(super) fn check_keys<'a>(
    notices: &mut Vec<String>,
    place: &str,
    keys: impl Iterator<Item = &'a String>,
    known: &[&'static str],
) {
    for key in keys {
        // People keep YAML anchors under keys of their own.
        if known.contains(&key.as_str()) || key.starts_with(['.', '_']) || key.starts_with("x-") {
            continue;
        }
        let meant = nearest(key, known.iter().copied())
            .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
        notices.push(format!("{place}: key `{key}` has no effect{meant}"));
    }
}

/// `path:line` of the entry called `name`, or the path alone.
pub(super) fn place(file: &SourceFile, name: &str) -> String {
    let is_entry = |line: &str| {
        let line = line.trim_start().trim_start_matches("- ").trim_start();
        let value = line
            .strip_prefix("name:")
            .map(|value| value.trim().trim_matches(['"', '\'']));
        value == Some(name)
    };
    let text = file.text.as_str();
    let line_at = |at: usize| {
        let before = text.get(..at).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = text.get(start..).and_then(|rest| rest.lines().next());
        (start, line.unwrap_or_default())
    };
    // Only lines that hold the name are looked at: a file may have thousands of entries.
    let found = text
        .match_indices(name)
        .map(|(at, _)| line_at(at))
        .find(|(_, line)| is_entry(line));
    match found {
        Some((start, _)) => {
            let before = text.get(..start).unwrap_or_default();
            format!("{}:{}", file.path, before.matches('\n').count() + 1)
        }
        None => file.path.clone(),
    }
}
