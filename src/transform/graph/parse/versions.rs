//! Models with versions: which file is which, and what each version says for itself.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Reading, relations};
use crate::error::{Error, Result};
use crate::project::Package;
use crate::transform::graph::{Column, ModelDetail, Node};
use crate::transform::properties::{Section, column_of, description_of, text_of};

/// By name of the file: the model, its version and the entry of that version.
pub(super) type Versions = BTreeMap<String, (String, ModelDetail, Json)>;

impl Reading<'_> {
    /// File names of versioned models, with the model they belong to.
    pub(super) fn versions(&self, package: &Package) -> Result<Versions> {
        let mut all = BTreeMap::new();
        for model in self.properties_of(&package.name)?.all(Section::Models) {
            let Some(list) = model.entry.get("versions").and_then(Json::as_array) else {
                continue;
            };
            let greatest = list
                .iter()
                .filter_map(|one| one.get("v"))
                .max_by(|left, right| match (left.as_f64(), right.as_f64()) {
                    (Some(left), Some(right)) => left.total_cmp(&right),
                    _ => left.to_string().cmp(&right.to_string()),
                });
            let latest = model.entry.get("latest_version").or(greatest).cloned();
            for entry in list {
                let Some(version) = entry.get("v") else {
                    return Err(Error::project(format!(
                        "a version of model `{}` has no `v`",
                        model.name
                    ))
                    .at(&model.place)
                    .hint("Write `- v: 1`."));
                };
                let default = format!("{}_v{}", model.name, relations::version_text(version));
                let file = entry
                    .get("defined_in")
                    .and_then(Json::as_str)
                    .map(str::to_owned);
                let detail = ModelDetail {
                    version: Some(version.clone()),
                    latest_version: latest.clone(),
                };
                let of_version = (model.name.clone(), detail, entry.clone());
                all.insert(file.unwrap_or_else(|| default.clone()), of_version.clone());
                // `name.v2.sql` is accepted beside `name_v2.sql`.
                let dotted = format!("{}.v{}", model.name, relations::version_text(version));
                all.insert(dotted, of_version);
            }
        }
        Ok(all)
    }
}

/// Takes over what the entry of a version says beside its configuration: a description, tests in
/// place of those of the model, and columns.
pub(super) fn describe(node: &mut Node, entry: &Json) {
    if entry.get("description").is_some() {
        node.description = description_of(entry);
    }
    let tests = entry.get("data_tests").or_else(|| entry.get("tests"));
    if let (Some(tests), Some(properties)) = (tests, node.properties.as_object_mut()) {
        properties.remove("tests");
        properties.insert("data_tests".to_owned(), tests.clone());
    }
    if let Some(listed) = entry.get("columns").and_then(Json::as_array) {
        node.columns = columns(&node.columns, listed);
    }
}

/// Columns of the model, all or as `include` and `exclude` say, and those of the version.
fn columns(of_model: &[Column], listed: &[Json]) -> Vec<Column> {
    let choice = listed.iter().find(|one| one.get("include").is_some());
    let names = |key: &str| -> Option<Vec<&str>> {
        let all = choice?.get(key)?.as_array()?;
        Some(all.iter().filter_map(Json::as_str).collect())
    };
    // Anything but a list, such as `all` or `*`, includes everything.
    let included = names("include");
    let excluded = names("exclude").unwrap_or_default();
    let is_kept = |column: &&Column| {
        let name = column.name.as_str();
        included.as_ref().is_none_or(|all| all.contains(&name)) && !excluded.contains(&name)
    };
    let own = listed
        .iter()
        .filter(|one| one.get("name").is_some())
        .map(|one| column_of(text_of(one, "name"), one));
    of_model
        .iter()
        .filter(is_kept)
        .cloned()
        .chain(own)
        .collect()
}
