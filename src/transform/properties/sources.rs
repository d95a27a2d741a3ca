//! `sources:` of a properties file: groups of tables that somebody else fills.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::RenderValue;
use super::entries::{
    NamedDocs, check_keys, columns_of, config_of, description_of, listed, name_of, place, text_of,
};
use super::keys::SOURCE_KEYS;
use crate::error::{Error, Result};
use crate::project::SourceFile;
use crate::transform::config::ConfigPatch;
use crate::transform::graph::{Column, SourceDetail};
use crate::transform::settings::Semantics;

/// One table of a source.
#[derive(Clone, Debug)]
pub(in crate::transform) struct SourceTable {
    pub name: String,
    /// `path:line` of the table's entry.
    pub place: String,
    /// Properties file.
    pub path: String,
    pub description: String,
    /// Docs blocks the description names, as package and name.
    pub doc_blocks: Vec<(Option<String>, String)>,
    pub columns: Vec<Column>,
    pub detail: SourceDetail,
    pub database: Option<String>,
    pub schema: Option<String>,
    pub identifier: String,
    /// The entry of the table as written.
    pub entry: Json,
}

impl SourceTable {
    /// Takes the line breaks at both ends from its descriptions.
    pub(super) fn trim(&mut self) {
        super::trim(&mut self.description, &mut self.columns);
        let of_group = &mut self.detail.source_description;
        of_group.trim().to_owned().clone_into(of_group);
    }

    /// Configuration of the group and then of the table.
    pub(crate) fn config(
        &self,
        semantics: Semantics,
        notices: &mut Vec<String>,
    ) -> Result<ConfigPatch> {
        let owner = format!("{}.{}", self.detail.source, self.name);
        let mut patch = config_of(&self.detail.group, &owner, &self.place, semantics, notices)?;
        patch.overlay(&config_of(
            &self.entry,
            &owner,
            &self.place,
            semantics,
            notices,
        )?);
        Ok(patch)
    }
}

/// The tables under `sources:`.
pub(in crate::transform) fn read_sources(
    file: &SourceFile,
    value: Json,
    render: RenderValue<'_>,
    notices: &mut Vec<String>,
) -> Result<Vec<SourceTable>> {
    let mut found: Vec<SourceTable> = Vec::new();
    for group in listed(file, "source", value)? {
        let name = name_of(file, "source", &group)?;
        let at = place(file, &name);
        check_keys(notices, &at, group.keys(), &SOURCE_KEYS);
        let mut group = Json::Object(group);
        let text = |key: &str| group.get(key).and_then(Json::as_str).map(str::to_owned);
        let written = (text("database"), text("schema"));
        let tables = group.get("tables").and_then(Json::as_array);
        let mut named: BTreeMap<String, NamedDocs> = tables
            .into_iter()
            .flatten()
            .map(|table| (text_of(table, "name"), NamedDocs::of(table)))
            .collect();
        render(&at, &mut group)?;
        let tables = group.get("tables").cloned().unwrap_or_default();
        if let Some(object) = group.as_object_mut() {
            object.remove("tables");
        }
        for table in listed(file, "table of a source", tables)? {
            let mut table = read_table(file, &name, &group, Json::Object(table), notices)?;
            (table.detail.written_database, table.detail.written_schema) = written.clone();
            let mut docs = named.remove(&table.name).unwrap_or_default();
            docs.give_to(&mut table.columns);
            table.doc_blocks = docs.own;
            if found
                .iter()
                .any(|other| other.name == table.name && other.detail.source == name)
            {
                let name = format!("{name}.{}", table.name);
                return Err(Error::project(format!("source `{name}` is declared twice"))
                    .at(table.place)
                    .hint("Keep one of the two declarations."));
            }
            found.push(table);
        }
    }
    Ok(found)
}

fn read_table(
    file: &SourceFile,
    source: &str,
    group: &Json,
    entry: Json,
    notices: &mut Vec<String>,
) -> Result<SourceTable> {
    let name = match &entry {
        Json::Object(table) => name_of(file, "table of a source", table)?,
        _ => String::new(),
    };
    let at = place(file, &name);
    if let Some(object) = entry.as_object() {
        check_keys(notices, &at, object.keys(), &SOURCE_KEYS);
    }
    let text = |from: &Json, key: &str| Some(text_of(from, key)).filter(|text| !text.is_empty());
    // A key may stand in the entry or in its `config`; the table's own comes first.
    let inherited = |key: &str| {
        [&entry, group]
            .into_iter()
            .find_map(|from| from.get(key).or_else(|| from.get("config")?.get(key)))
    };
    let inherited_text = |key: &str| inherited(key).and_then(Json::as_str).map(str::to_owned);
    let detail = SourceDetail {
        source: source.to_owned(),
        freshness: freshness_of(&entry, group),
        is_unwatched: inherited("freshness").is_some_and(Json::is_null),
        loaded_at_field: inherited_text("loaded_at_field"),
        loaded_at_query: inherited_text("loaded_at_query"),
        loader: inherited_text("loader").unwrap_or_default(),
        written_database: None,
        written_schema: None,
        source_description: description_of(group),
        group: group.clone(),
    };
    Ok(SourceTable {
        description: description_of(&entry),
        doc_blocks: Vec::new(),
        columns: columns_of(file, &entry, &name, notices),
        database: text(group, "database"),
        schema: text(group, "schema"),
        identifier: text(&entry, "identifier").unwrap_or_else(|| name.clone()),
        path: file.path.clone(),
        place: at,
        detail,
        name,
        entry,
    })
}

/// `freshness` in effect: that of the table, completed by that of the group; `null` in the entry
/// of the table turns it off.
fn freshness_of(entry: &Json, group: &Json) -> Json {
    let given = |from: &Json| {
        let beside = from.get("freshness");
        beside
            .or_else(|| from.get("config")?.get("freshness"))
            .cloned()
    };
    match (given(entry), given(group)) {
        (Some(Json::Object(own)), Some(Json::Object(mut all))) => {
            all.extend(own.into_iter().filter(|(_, value)| !value.is_null()));
            Json::Object(all)
        }
        (Some(own), _) => own,
        (None, of_group) => of_group.unwrap_or_default(),
    }
}
