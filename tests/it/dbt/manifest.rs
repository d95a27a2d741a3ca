//! What the two write about a project as it stands: `manifest.json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;

use super::{json, run, unequal};

/// What is of the moment or the place, of compiling, or in the words of dbt's template engine.
const UNCOMPARED: [&str; 13] = [
    "created_at",
    "build_path",
    "root_path",
    "checksum",
    "macro_sql",
    "given",
    "expect",
    "unrendered_config",
    "compiled",
    "compiled_code",
    "compiled_path",
    "extra_ctes",
    "extra_ctes_injected",
];

/// The value without keys that hold nothing.
fn without_nothing(value: &Json) -> Json {
    match value {
        Json::Object(entries) => {
            let compared = entries
                .iter()
                .filter(|(key, _)| !UNCOMPARED.contains(&key.as_str()));
            let kept = compared.map(|(key, one)| (key.clone(), without_nothing(one)));
            let is_nothing = |one: &Json| match one {
                Json::Null => true,
                Json::String(text) => text.is_empty(),
                Json::Array(items) => items.is_empty(),
                Json::Object(entries) => entries.is_empty(),
                _ => false,
            };
            let mut kept: serde_json::Map<String, Json> =
                kept.filter(|(_, one)| !is_nothing(one)).collect();
            // Their order means nothing.
            if let Some(tags) = kept.get_mut("tags").and_then(Json::as_array_mut) {
                tags.sort_by_key(Json::to_string);
            }
            Json::Object(kept)
        }
        Json::Array(items) => items.iter().map(without_nothing).collect(),
        other => other.clone(),
    }
}

/// Differences between what dbt and `cca compile` write about a project, by id and key.
pub(super) fn compare(project: &Path, work: &Path) -> Vec<(String, String)> {
    let Some(wanted) = json(&project.join("manifest.json")) else {
        return Vec::new();
    };
    run(work, &serde_json::json!({"command": ["compile"]}));
    let ours = json(&work.join("target/manifest.json")).expect("a manifest");
    std::fs::remove_dir_all(work.join("target")).expect("removed");
    let mut found = Vec::new();
    for (section, entries) in wanted.as_object().expect("sections") {
        let is_own = |entry: &Json| entry["package_name"] != "dbt";
        let all = ours[section].as_object().expect("entries");
        let ours: BTreeMap<String, Json> = all
            .iter()
            .filter(|(_, entry)| is_own(entry))
            .map(|(key, entry)| (key.clone(), without_nothing(entry)))
            .collect();
        for (key, text) in unequal(entries, &ours) {
            let (Some(one), Some(other)) = (entries[&key].as_object(), ours.get(&key)) else {
                found.push((key, text));
                continue;
            };
            let ours = other.as_object().expect("an entry").clone();
            let parts = unequal(&Json::Object(one.clone()), &ours.into_iter().collect());
            found.extend(
                parts
                    .into_iter()
                    .map(|(part, text)| (key.clone(), format!("{part}: {text}"))),
            );
        }
    }
    found
}
