//! Configuration of folders: the sections `models:`, `seeds:` and so on of `dbt_project.yml`, by
//! package, folder and name.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::Reading;
use crate::error::{Result, nearest};
use crate::project::{DBT_PROJECT_FILE, Project};
use crate::transform::config::ConfigPatch;
use crate::transform::graph::NodeKind;
use crate::transform::properties::config;
use crate::transform::settings::Semantics;

/// Keys of `dbt_project.yml`.
const KEYS: [&str; 43] = [
    "name",
    "version",
    "config-version",
    "profile",
    "model-paths",
    "seed-paths",
    "test-paths",
    "analysis-paths",
    "macro-paths",
    "snapshot-paths",
    "docs-paths",
    "asset-paths",
    "function-paths",
    "target-path",
    "log-path",
    "packages-install-path",
    "clean-targets",
    "query-comment",
    "require-dbt-version",
    "flags",
    "dbt-cloud",
    "quoting",
    "project-root",
    "on-run-start",
    "on-run-end",
    "dispatch",
    "restrict-access",
    "vars",
    "models",
    "seeds",
    "snapshots",
    "tests",
    "data_tests",
    "sources",
    "metrics",
    "semantic-models",
    "saved-queries",
    "exposures",
    "unit_tests",
    "analyses",
    "functions",
    "anchors",
    "loader",
];

/// Keys of former versions, and what they are called now.
const FORMER: [(&str, &str); 4] = [
    ("source-paths", "model-paths"),
    ("data-paths", "seed-paths"),
    ("modules-path", "packages-install-path"),
    ("data-tests", "data_tests"),
];

/// The sections of all packages, with their templates rendered.
#[derive(Debug, Default)]
pub(super) struct ConfigTree {
    root: String,
    /// By package and section.
    sections: BTreeMap<(String, &'static str), Json>,
    /// Sections with templates, as they are written.
    written: BTreeMap<(String, &'static str), Json>,
}

impl ConfigTree {
    pub(super) fn read(reading: &Reading<'_>, _notices: &mut Vec<String>) -> Result<Self> {
        let mut tree = Self {
            root: reading.project.root.name.clone(),
            sections: BTreeMap::new(),
            written: BTreeMap::new(),
        };
        for package in reading.project.all_packages() {
            for key in [
                "models",
                "seeds",
                "snapshots",
                "tests",
                "data_tests",
                "data-tests",
                "sources",
                "exposures",
                "unit_tests",
                "analyses",
                "metrics",
                "semantic-models",
                "saved-queries",
            ] {
                let Some(section) = package.settings.get(key) else {
                    continue;
                };
                let written = section;
                let mut section = section.clone();
                let place = format!("{}{DBT_PROJECT_FILE} ({key})", package.prefix);
                reading.render_yaml(package, &place, &mut section)?;
                let key = match key {
                    "tests" | "data-tests" => "data_tests",
                    other => other,
                };
                if *written != section {
                    let of = (package.name.clone(), key);
                    tree.written.insert(of, written.clone());
                }
                tree.sections.insert((package.name.clone(), key), section);
            }
        }
        Ok(tree)
    }

    /// What a package says about its own node, and what the project says about a node of a
    /// package.
    pub(super) fn layers(
        &self,
        kind: NodeKind,
        package: &str,
        fqn: &[String],
    ) -> Result<(ConfigPatch, ConfigPatch)> {
        let own = self.levels(package, kind, fqn)?;
        let over = if package == self.root {
            ConfigPatch::default()
        } else {
            self.levels(&self.root, kind, fqn)?
        };
        Ok((own, over))
    }

    /// Whether any section holds templates.
    pub(super) fn has_templates(&self) -> bool {
        !self.written.is_empty()
    }

    /// What the sections of `owner` set for a node, inner levels later; a template as it is
    /// written, `None` for any other value.
    pub(super) fn templates(
        &self,
        owner: &str,
        kind: NodeKind,
        fqn: &[String],
    ) -> Vec<(String, Option<Json>)> {
        let of = (owner.to_owned(), section_of(kind));
        let mut found = Vec::new();
        let mut level = self.sections.get(&of);
        let mut written = self.written.get(&of);
        let mut names = fqn.iter();
        while let Some(Json::Object(keys)) = level {
            let raw = written.and_then(Json::as_object).map(own_keys);
            for (key, value) in own_keys(keys) {
                let raw = raw.as_ref().and_then(|raw| raw.get(&key));
                let raw = raw.filter(|raw| **raw != value).cloned();
                found.push((key.replace('-', "_"), raw));
            }
            let name = names.next();
            level = name.and_then(|name| keys.get(name));
            written = name.and_then(|name| written?.get(name));
        }
        found
    }

    fn levels(&self, owner: &str, kind: NodeKind, fqn: &[String]) -> Result<ConfigPatch> {
        let mut patch = ConfigPatch::default();
        let Some(section) = self.sections.get(&(owner.to_owned(), section_of(kind))) else {
            return Ok(patch);
        };
        let mut level = Some(section);
        let mut names = fqn.iter();
        while let Some(Json::Object(keys)) = level {
            let place = format!("{DBT_PROJECT_FILE} ({}: {})", section_of(kind), owner);
            patch.overlay(&config(
                own_keys(keys),
                owner,
                &place,
                Semantics::Dbt,
                &mut Vec::new(),
            )?);
            level = names.next().and_then(|name| keys.get(name));
        }
        Ok(patch)
    }
}

/// The settings of a level: keys with `+`, and those whose value is no mapping.
fn own_keys(level: &Map<String, Json>) -> Map<String, Json> {
    level
        .iter()
        .filter(|(key, value)| key.starts_with('+') || !value.is_object())
        .map(|(key, value)| (key.trim_start_matches('+').to_owned(), value.clone()))
        .collect()
}

fn section_of(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Seed => "seeds",
        NodeKind::Snapshot => "snapshots",
        NodeKind::Test => "data_tests",
        NodeKind::UnitTest => "unit_tests",
        NodeKind::Source => "sources",
        NodeKind::Exposure => "exposures",
        NodeKind::Metric => "metrics",
        NodeKind::SemanticModel => "semantic-models",
        NodeKind::SavedQuery => "saved-queries",
        // To dbt, what is compiled but not built is a model in this respect.
        NodeKind::Model | NodeKind::Analysis | NodeKind::Operation => "models",
    }
}

/// Keys of `dbt_project.yml` that mean nothing, with the nearest that does; and those that are
/// called otherwise now.
pub(super) fn check_project_files(project: &Project) -> Vec<String> {
    let mut notices = Vec::new();
    let place = DBT_PROJECT_FILE;
    let keys = project.root.settings.as_object();
    for key in keys.into_iter().flat_map(Map::keys) {
        if let Some((_, now)) = FORMER.iter().find(|(former, _)| former == key) {
            notices.push(format!("{place}: `{key}` is called `{now}` now"));
        } else if !KEYS.contains(&key.as_str()) {
            let meant = nearest(key, KEYS)
                .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            notices.push(format!("{place}: key `{key}` has no effect{meant}"));
        }
    }
    notices
}
